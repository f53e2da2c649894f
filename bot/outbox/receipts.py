"""What providers say became of our messages: late, twice and out of order; a status only moves up."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, case, func, or_, select, update

from bot.model import Receipt, Status
from bot.outbox import reroute
from bot.outbox.verdict import verdict
from bot.store.database import Tx
from bot.store.tables import outbox

_RANK = {Status.SENT: 1, Status.DELIVERED: 2, Status.FAILED: 2, Status.READ: 3}
# Queued: put back because nobody knew whether it had arrived. What is not listed here is settled for good.
_OPEN = (Status.QUEUED, Status.SENDING, Status.UNKNOWN)
_MAY_FAIL = (*_OPEN, Status.SENT)
_SECOND_WAY = (Status.QUEUED, Status.UNKNOWN, Status.FAILED, Status.EXPIRED)
_OURS = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,4}))?(?:-([0-9]{1,4}))?")  # the row, which piece of it, and by which way
_NOW_AT = case(
    {status.value: rank for status, rank in {**dict.fromkeys(_OPEN, 0), **_RANK}.items()},
    value=outbox.c.status,
    else_=9,
)
_SETTLED: dict[str, Any] = {
    "status": bindparam("new_status"), "reason": None, "settled_at": bindparam("at"), "token": None,
    "lease_until": None, "left_at": func.coalesce(outbox.c.left_at, bindparam("at")),
    # A receipt may overtake the provider's answer; by this id we know what she taps on.
    "provider_id": func.coalesce(bindparam("theirs", type_=String), outbox.c.provider_id),
}  # fmt: skip
_MOVE_UP = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("it"),
        outbox.c.piece == bindparam("at_piece"),
        outbox.c.hop == bindparam("at_hop"),
        outbox.c.piece == outbox.c.pieces - 1,
        bindparam("level") > _NOW_AT,
    )
    .values(_SETTLED)
)
# It had failed and was to take another way, and now it has arrived by the first one after all.
_ARRIVED = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("it"),
        outbox.c.hop > bindparam("at_hop"),
        outbox.c.piece == 0,
        outbox.c.pieces - 1 == bindparam("at_piece"),
        or_(*(outbox.c.status == status.value for status in _SECOND_WAY)),  # no IN: it runs for many rows at once
    )
    .values(_SETTLED)
)


class _News(NamedTuple):
    """A receipt of one of our messages."""

    row_id: int
    piece: int
    hop: int
    status: Status
    code: str
    theirs: str


def apply(tx: Tx, receipts: Sequence[Receipt], now: datetime) -> None:
    """Note receipts; those that are unknown, older or of an earlier piece of the same message change nothing.

    What failed ends there or goes to her by another way.
    """
    # In the order of their ids, as everyone who changes many rows here: nobody waits for another in a circle.
    news = sorted(filter(None, map(_read, receipts)), key=lambda each: (each.row_id, _RANK[each.status]))
    good = [each for each in news if each.status is not Status.FAILED]
    for statement, those in (
        (_MOVE_UP, good),
        (_ARRIVED, [each for each in good if each.status is not Status.SENT]),
    ):
        if those:
            tx.execute(statement, [_values(each, now) for each in those])
    for each in news:
        if each.status is Status.FAILED:
            _fail(tx, each, now)


def _read(receipt: Receipt) -> _News | None:
    ours = _OURS.fullmatch(receipt.ours)
    if ours is None:
        return None
    return _News(int(ours[1]), int(ours[2] or 0), int(ours[3] or 0), receipt.status, receipt.code, receipt.theirs)


def _values(news: _News, now: datetime) -> dict[str, object]:
    return {
        "it": news.row_id, "at_piece": news.piece, "at_hop": news.hop, "level": _RANK[news.status],
        "new_status": news.status.value, "at": now, "theirs": news.theirs[:120] or None,
    }  # fmt: skip


def _fail(tx: Tx, news: _News, now: datetime) -> None:
    """One piece of a message did not arrive, by the way that it last took."""
    o = outbox.c
    this = o.id == news.row_id, o.hop == news.hop, o.piece >= news.piece, o.status.in_(_MAY_FAIL)
    row = tx.execute(select(outbox).where(*this).with_for_update()).first()
    if row is not None:
        reroute.follow(tx, row, verdict(news.code, reroute.facts(row), now), news.code, now)
