"""What providers say became of our messages: late, twice and out of order; a status only moves up."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, func, select, update

from bot.model import Receipt, Status
from bot.people import consent
from bot.store.database import Tx
from bot.store.tables import address, outbox

_RANK = {Status.SENT: 1, Status.DELIVERED: 2, Status.FAILED: 2, Status.READ: 3}
# Queued: put back because nobody knew whether it had arrived. What is not listed here is settled for good.
_OPEN = (Status.QUEUED, Status.SENDING, Status.UNKNOWN)
_OURS = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,4}))?(?:-([0-9]{1,4}))?")  # the row, which piece of it, and by which way
_NOW_AT = case(
    {status.value: rank for status, rank in {**dict.fromkeys(_OPEN, 0), **_RANK}.items()},
    value=outbox.c.status,
    else_=9,
)
_MOVE_UP = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("it"),
        outbox.c.piece == bindparam("at_piece"),
        outbox.c.hop == bindparam("at_hop"),
        outbox.c.piece == outbox.c.pieces - 1,
        bindparam("level") > _NOW_AT,
    )
    .values(
        status=bindparam("new_status"), reason=bindparam("why"), settled_at=bindparam("at"), token=None,
        lease_until=None, left_at=func.coalesce(outbox.c.left_at, bindparam("at")),
    )
)  # fmt: skip


def apply(tx: Tx, receipts: Sequence[Receipt], now: datetime) -> None:
    """Note receipts; those that are unknown, older or of an earlier piece of the same message change nothing."""
    rows = [
        {
            "it": int(ours[1]), "at_piece": int(ours[2] or 0), "at_hop": int(ours[3] or 0),
            "level": _RANK[receipt.status], "new_status": receipt.status.value, "why": receipt.code or None, "at": now,
        }
        for receipt in receipts
        if (ours := _OURS.fullmatch(receipt.ours))
    ]  # fmt: skip
    if rows:
        # In the order of their ids, as everyone who changes many rows here: nobody waits for another in a circle.
        tx.execute(_MOVE_UP, sorted(rows, key=lambda row: (row["it"], row["level"])))
    blocked = [_OURS.fullmatch(receipt.ours) for receipt in receipts if receipt.code == "blocked"]
    close_blocked(tx, [int(ours[1]) for ours in blocked if ours], now)


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
