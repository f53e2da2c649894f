"""What a parent wishes of us, above all schools: a pause until a moment, and hours without messages."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, update

from bot.store.database import Tx
from bot.store.tables import contact


def pause(tx: Tx, contact_id: int, until: datetime | None) -> None:
    """Nothing but what is needed until then; None: no pause (any more). Why is neither asked nor kept."""
    tx.execute(update(contact).where(contact.c.id == contact_id).values(paused_until=until))


def leave_alone(tx: Tx, contact_ids: Sequence[int], until: datetime) -> None:
    """Nothing but what is needed for these people until then; whose own pause is longer keeps it."""
    shorter = or_(contact.c.paused_until.is_(None), contact.c.paused_until < until)
    tx.execute(update(contact).where(contact.c.id.in_(contact_ids), shorter).values(paused_until=until))


def rest(tx: Tx, contact_id: int, hours: tuple[str, str] | None) -> None:
    """No messages from one wall time to another, such as 22:30 and 08:00; None: no hours of her own (any more)."""
    start, until = hours or (None, None)
    tx.execute(update(contact).where(contact.c.id == contact_id).values(rest_from=start, rest_until=until))
