"""What providers say became of our messages: late, twice and out of order; a status only moves up."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Update, bindparam, select, update

from bot.model import Receipt, Status
from bot.people import consent
from bot.store.database import Tx
from bot.store.tables import address, outbox

_RANK = {Status.SENT: 1, Status.DELIVERED: 2, Status.FAILED: 2, Status.READ: 3}
_BELOW = {status: [s.value for s, rank in _RANK.items() if rank < mine] for status, mine in _RANK.items()}
_OPEN = [Status.SENDING.value, Status.UNKNOWN.value]
_OURS = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,4}))?")  # the row, and which piece of it


def apply(tx: Tx, receipts: Sequence[Receipt], now: datetime) -> None:
    """Note receipts; those that are unknown, older or of an earlier piece of the same message change nothing."""
    for status in _RANK:
        rows = [
            {"it": int(ours[1]), "at_piece": int(ours[2] or 0), "why": receipt.code or None, "at": now}
            for receipt in receipts
            if receipt.status == status and (ours := _OURS.fullmatch(receipt.ours))
        ]
        if rows:
            tx.execute(_statement(status), sorted(rows, key=lambda row: row["it"]))
    blocked = [_OURS.fullmatch(receipt.ours) for receipt in receipts if receipt.code == "blocked"]
    close_blocked(tx, [int(ours[1]) for ours in blocked if ours], now)


def _statement(status: Status) -> Update:
    return (
        update(outbox)
        .where(
            outbox.c.id == bindparam("it"),
            outbox.c.piece == bindparam("at_piece"),
            outbox.c.piece == outbox.c.pieces - 1,
        )
        .where(outbox.c.status.in_([*_BELOW[status], *_OPEN]))
        .values(status=status.value, reason=bindparam("why"), settled_at=bindparam("at"), token=None, lease_until=None)
    )


def close_blocked(tx: Tx, outbox_ids: Sequence[int], now: datetime) -> None:
    """The receivers of these messages closed the channel: their consent for it is withdrawn."""
    if not outbox_ids:
        return
    rows = tx.execute(
        select(address.c.id, address.c.contact_id, address.c.channel)
        .join(outbox, outbox.c.address_id == address.c.id)
        .where(outbox.c.id.in_(outbox_ids))
    ).all()
    for row in rows:
        tx.execute(update(address).where(address.c.id == row.id).values(blocked_at=now))
        consent.withdraw(tx, row.contact_id, "block", now, channel=row.channel)
