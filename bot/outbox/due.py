"""Which messages may be looked at now: each person's in order, the most pressing first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, exists, select

from bot.store.database import Tx
from bot.store.tables import contact, outbox

_earlier = outbox.alias("earlier")
# What was put off because its sender was busy or out of reach keeps its place; what waits for the morning does not.
_before_it = (
    (_earlier.c.address_id == outbox.c.address_id)
    & (_earlier.c.cls == outbox.c.cls)
    & _earlier.c.reason.is_distinct_from("quiet_hours")
)
_DUE = (
    select(outbox, contact.c.language)
    .join(contact, contact.c.id == outbox.c.contact_id)
    .where(outbox.c.status == "queued", outbox.c.due_at <= bindparam("now"))
    .where(
        (outbox.c.cls == "urgent")  # nobody in danger waits until a doubt about another message is settled
        | ~exists().where(
            _earlier.c.contact_id == outbox.c.contact_id,
            _earlier.c.id < outbox.c.id,
            _earlier.c.status.in_(("queued", "sending")),
            (_earlier.c.due_at <= bindparam("now")) | (_earlier.c.status == "sending") | _before_it,
        )
    )
    .order_by(outbox.c.rank, outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=outbox, skip_locked=True)
)


def due(tx: Tx, now: datetime, most: int) -> Sequence[Row[Any]]:
    """Up to `most` rows whose time has come, locked, each with the language of its reader."""
    return tx.execute(_DUE, {"now": now, "most": most}).all()
