"""A child that goes to another school: its last day, known beforehand, and the goodbye that its parents get."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select, update

from bot import hours
from bot.config import School
from bot.model import Value
from bot.scheduler import afterwards
from bot.scheduler.afterwards import Moment
from bot.store import tables as t
from bot.store.database import Tx

FLOW = "vertrek"
BEFORE = timedelta(days=7)  # so long before the last day its parents are asked
AT = time(16, 30)
_DAY = timedelta(days=1)
_c = t.child.c


class Leaving(NamedTuple):
    """A child with its last day here. `name` is sealed."""

    child_id: int
    name: bytes
    last: date


def mark(tx: Tx, school: School, child_id: int, last: date, now: datetime) -> None:
    """This is its last day: from the next on, nothing about it is said any more. Its parents hear a week before it, or
    now where that is past."""
    ends = hours.at(last + _DAY, time(0), school.zone)
    tx.execute(update(t.child).where(_c.id == child_id, _c.school == school.key).values(left_at=ends))
    due_at = max(now, hours.at(last - BEFORE, AT, school.zone))
    fields = {"datum": Value("date", last.isoformat())}
    g = t.guardian.c
    theirs = select(g.contact_id).where(g.child_id == child_id, g.school == school.key, g.barred_at.is_(None))
    moments = [
        Moment(each, school.key, child_id, "after", _scope(child_id), FLOW, fields, due_at, ends)
        for each in sorted(set(tx.execute(theirs).scalars()))
    ]
    if moments and due_at < ends:
        afterwards.lay(tx, moments, school.zone)


def unmark(tx: Tx, school: str, child_id: int, now: datetime) -> None:
    """It stays after all; what was to be said about its leaving is not said."""
    coming = _c.id == child_id, _c.school == school, _c.left_at > now
    tx.execute(update(t.child).where(*coming).values(left_at=None))
    g = t.guardian.c
    for each in tx.execute(select(g.contact_id).where(g.child_id == child_id, g.school == school)).scalars().all():
        afterwards.drop(tx, each, _scope(child_id), "stays")


def last_day(tx: Tx, school: School, child_id: int, now: datetime) -> date | None:
    """Its last day, where that is still to come."""
    coming = select(_c.left_at).where(_c.id == child_id, _c.school == school.key, _c.left_at > now)
    left_at = tx.execute(coming).scalar()
    return (left_at.astimezone(school.zone) - _DAY).date() if left_at else None


def coming(tx: Tx, school: School, now: datetime, child_ids: Collection[int] | None = None) -> list[Leaving]:
    """Who leaves this school in the time to come, the first to go first; of these children, where given."""
    rows = select(_c.id, _c.name, _c.left_at).where(_c.school == school.key, _c.left_at > now)
    if child_ids is not None:
        rows = rows.where(_c.id.in_(child_ids))
    found = tx.execute(rows.order_by(_c.left_at, _c.id))
    return [Leaving(row.id, row.name, (row.left_at.astimezone(school.zone) - _DAY).date()) for row in found]


def _scope(child_id: int) -> str:
    return f"vertrek:{child_id}"
