"""What the operator sees of the outbox and does to it: counts and rows without names, numbers or words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, update

from bot.errors import BotError
from bot.outbox import reroute
from bot.outbox.queue import LIFE, load_parts
from bot.store.database import Tx
from bot.store.tables import address, outbox

KINDS = {
    "unknown": ("unknown",),
    "failed": ("failed", "expired"),
    "waiting": ("queued", "sending"),
}
_STUCK = ("unknown", "failed", "expired")
# What a reason means where the machinery decided so; the others are words of the providers.
WHY = {
    "quiet_hours": "quiet hours of the school, or her own",
    "budget": "her week is full",
    "apart": "too soon after another message to her",
    "paused": "she has asked for a pause",
    "merged": "said in another message that waited for her week",
    "replaced": "a newer one took its place",
    "knocked": "she is asked whether she wants to read it",
    "not_read": "she did not answer the question whether she wants to read it",
    "portfolio": "enough people were written to outside the window today",
    "translating": "its words are being translated",
    "too_late": "it could not leave while it was of use",
}


class Entry(NamedTuple):
    """One message. `age`: seconds since it was queued; `channel`: "" where none is chosen yet."""

    id: int
    school: str
    cls: str
    channel: str
    status: str
    reason: str
    age: int
    thread: int | None


def counts(tx: Tx) -> dict[str, int]:
    """How many messages are in which status."""
    rows = tx.execute(select(outbox.c.status, func.count().label("many")).group_by(outbox.c.status).order_by("status"))
    return {row.status: row.many for row in rows}


class Why(NamedTuple):
    """So many messages of one status have one reason."""

    status: str
    reason: str
    many: int
    why: str


def reasons(tx: Tx) -> list[Why]:
    """Why messages wait, ended unsent or were taken back, the most frequent first; in words where they are ours."""
    o = outbox.c
    many = func.count().label("many")
    rows = tx.execute(
        select(o.status, o.reason, many)
        .where(o.status.in_(("queued", "failed", "expired", "cancelled", "unknown")), o.reason.is_not(None))
        .group_by(o.status, o.reason)
        .order_by(many.desc(), o.status, o.reason)
    )
    return [Why(row.status, row.reason, row.many, WHY.get(row.reason, "")) for row in rows]


def entries(tx: Tx, statuses: Sequence[str], now: datetime, most: int) -> list[Entry]:
    """The messages in these statuses, the newest first, up to so many."""
    columns = select(outbox, address.c.channel).outerjoin(address, address.c.id == outbox.c.address_id)
    rows = tx.execute(columns.where(outbox.c.status.in_(statuses)).order_by(outbox.c.id.desc()).limit(most))
    return [
        Entry(
            row.id, row.school or "", row.cls, row.lane or row.channel or "", row.status, row.reason or "",
            round((now - row.queued_at).total_seconds()), row.thread_id,
        )
        for row in rows
    ]  # fmt: skip


def again(tx: Tx, row_id: int, now: datetime, *, late: bool = False) -> None:
    """Put a message that did not arrive, or of which nobody knows, back into the queue; consent and hours are asked as
    always. `late`: also where it has expired. Raises BotError."""
    row = tx.execute(select(outbox).where(outbox.c.id == row_id).with_for_update()).first()
    if row is None:
        raise BotError(f"there is no message {row_id}")
    if row.status not in _STUCK:
        raise BotError(f"message {row_id} is {row.status}; only {', '.join(_STUCK)} can go again")
    if not load_parts(tx.open("outbox.parts", row.parts))[0]:
        raise BotError(f"message {row_id} has no words any more; they go after the school year")
    expired = row.expires_at <= now
    if expired and not late:
        raise BotError(f"message {row_id} has expired; it may no longer be true: add --late to send it all the same")
    life: timedelta = LIFE[row.cls]
    values = {**reroute.again(row, now), "tried": None, "reason": "again"}
    values |= {"expires_at": now + life} if expired else {}
    tx.execute(update(outbox).where(outbox.c.id == row_id).values(values))


def drop(tx: Tx, row_id: int, now: datetime) -> None:
    """End a message that waits, failed or is unknown: nothing of it is sent any more. Raises BotError."""
    may = outbox.c.id == row_id, outbox.c.status.in_(("queued", *_STUCK))
    done = (
        update(outbox).where(*may).values(status="cancelled", reason="dropped", settled_at=now, lane="", lane_at=None)
    )
    if tx.execute(done).rowcount:
        return
    status = tx.execute(select(outbox.c.status).where(outbox.c.id == row_id)).scalar()
    if status is None:
        raise BotError(f"there is no message {row_id}")
    raise BotError(f"message {row_id} is {status}; it cannot be called back")
