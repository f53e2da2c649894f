"""Two broadcasts of one school that wait for the same week become one message, where neither asks anything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Row, bindparam, literal_column, select, update

from bot import errors
from bot.model import Status
from bot.outbox.due import QUEUED
from bot.outbox.judge import is_begun, over
from bot.outbox.post import Post
from bot.outbox.queue import joined, load_parts
from bot.outbox.ways import Way
from bot.store.database import Tx
from bot.store.tables import outbox

log = structlog.get_logger()
_MARGIN = timedelta(hours=1)  # what is of no use soon after the other leaves stays by itself, and does not end it
_o = outbox.c
_ALONE = (
    _o.cls == "broadcast",
    _o.scope.is_(None),  # a newer one may take its place
    _o.step.is_(None),
    _o.thread_id.is_(None),
    _o.piece == 0,
    _o.hop == 0,
)
_OLDER = (
    select(outbox)
    .where(_o.status.in_([QUEUED, literal_column("'sending'")]), _o.status == QUEUED)  # the index's own words
    .where(_o.contact_id.in_(bindparam("ids", expanding=True)), _o.reason == "budget", _o.due_at > bindparam("now"))
    .where(*_ALONE)
    .order_by(_o.id)
    .with_for_update(skip_locked=True)
)
_JOIN = (
    update(outbox)
    .where(_o.id == bindparam("it"))
    .values(parts=bindparam("new_parts"), until_at=bindparam("new_until_at"))
)


class Waiting(NamedTuple):
    """A broadcast that would wait for her week, and its state if it does so by itself."""

    row: Row[Any]
    way: Way
    state: dict[str, Any]


def join(tx: Tx, post: Post, waiting: Sequence[Waiting], now: datetime) -> list[dict[str, Any]]:
    """Lay each into an older one that waits as well, where there is one; returns the new states of their rows."""
    alone = [each for each in waiting if _is_alone(each.row)]
    if not alone:
        return [each.state for each in waiting]
    found = tx.execute(_OLDER, {"ids": sorted({each.row.contact_id for each in alone}), "now": now}).all()
    older = {_whose(row): row for row in reversed(found) if not row.lane}
    states = {each.row.id: each.state for each in waiting}
    for each in alone:
        row, other = each.row, older.get(_whose(each.row))
        if other is None or other.id >= row.id:
            continue
        until = min(filter(None, (row.until_at, other.until_at)), default=None)
        if until and until < other.due_at + _MARGIN:
            continue
        both = _both(tx, post, each, other)
        if both is None:
            continue
        tx.execute(_JOIN, {"it": other.id, "new_parts": tx.seal("outbox.parts", both), "new_until_at": until})
        del older[_whose(row)]  # what it says now is not what was read here
        states[row.id] = {**over(row, Status.CANCELLED, "merged", now), "new_merged_into": other.id}
    return list(states.values())


def _is_alone(row: Row[Any]) -> bool:
    return not (row.scope or row.step or row.thread_id or is_begun(row))


def _both(tx: Tx, post: Post, each: Waiting, other: Row[Any]) -> str | None:
    """The parts of both; None where one of them must stay as it is."""
    try:
        first, second = (tx.open("outbox.parts", row.parts) for row in (other, each.row))
        return joined(first, second) if _is_plain(post, each.way, first) and _is_plain(post, each.way, second) else None
    except Exception as error:  # a loop: it waits by itself, and the others go on
        log.error("join_failed", row=each.row.id, error=type(error).__name__, at=errors.place(error))
        return None


def _is_plain(post: Post, way: Way, text: str) -> bool:
    """Whether it asks nothing, and would not reach her by itself as a text that is approved for closed windows."""
    parts, ask, _, _ = load_parts(text)
    window = post.channels[way.to.channel].limits.window
    return not ask and (window is None or not any(part.key in post.templates for part in parts))


def _whose(row: Row[Any]) -> tuple[Any, ...]:
    return row.contact_id, row.school, row.purpose, row.address_id
