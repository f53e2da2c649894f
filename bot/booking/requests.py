"""Talks that somebody asked for, at any time and without a reason: until a colleague names hours, calls or lets go."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import literal_column, or_, select, update

from bot import hours as wall
from bot.booking import rounds, teaching
from bot.booking.faults import FIRST, LAST, meet, wall_fault
from bot.booking.plan import LONGEST, STEP, Plan
from bot.booking.slots import Hours
from bot.config import Config
from bot.errors import BotError, Taken
from bot.people import barred
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

PARENT, CHILD, SCHOOL = ("parent", "child", "school")  # who asked
OPEN, PLANNED, CALLED, DROPPED = ("open", "planned", "called", "dropped")
_WRONG = {
    "hours_odd": "the second must be later than the first",
    "hours_uneven": "write whole five minutes, such as 15:00 or 15:25",
    "hours_at_night": f"talks lie between {FIRST:%H:%M} and {LAST:%H:%M}",
    "hours_short": "no talk fits in there",
}
_q = t.talk_request.c


class Request(NamedTuple):
    """A talk that was asked for. `staff_id`: the child's teacher."""

    id: int
    school: str
    contact_id: int
    child_id: int
    staff_id: int | None
    who: str
    state: str
    made_at: datetime
    round_id: int | None = None


_COLUMNS = select(*_q[Request._fields])


# --- asked
def ask(tx: Tx, school: str, contact_id: int, child_id: int, who: str, now: datetime) -> int:
    """Somebody wants a talk about this child with her; one at a time: the number of the request.

    Raises BotError where nothing about the child may be said to her.
    """
    if barred.is_shut(tx, contact_id, school, child_id, now) or not _is_hers(tx, contact_id, child_id, now):
        raise BotError("nothing about this child may be said to this parent")
    tx.execute(select(t.contact.c.id).where(t.contact.c.id == contact_id).with_for_update(key_share=True))
    hers = _q.contact_id == contact_id, _q.child_id == child_id, _q.state == OPEN
    there: int | None = tx.execute(select(_q.id).where(*hers).order_by(_q.id)).scalars().first()
    if there:
        return there
    row = {
        "school": school, "contact_id": contact_id, "child_id": child_id, "who": who, "state": OPEN, "made_at": now,
        "staff_id": _teacher(tx, child_id, now),
    }  # fmt: skip
    number: int = tx.execute(t.talk_request.insert().returning(_q.id), row).scalar_one()
    return number


def _is_hers(tx: Tx, contact_id: int, child_id: int, now: datetime) -> bool:
    g, c = t.guardian.c, t.child.c
    hers = select(g.id).join(t.child, c.id == g.child_id).where(g.contact_id == contact_id, g.child_id == child_id)
    return tx.execute(hers.where(or_(c.left_at.is_(None), c.left_at > now))).first() is not None


def _teacher(tx: Tx, child_id: int, now: datetime) -> int | None:
    """Who teaches it: in the newest year that has begun."""
    m, g = t.membership.c, t.group.c
    group = select(g.id).join(t.membership, m.group_id == g.id).where(m.child_id == child_id)
    begun = group.where(g.year <= school_year(now.date())).order_by(g.year.desc())
    number = tx.execute(begun).scalars().first()
    return next(iter(teaching.teachers(tx, [number]).get(number, ())), None) if number else None


# --- looked up
def get(tx: Tx, request_id: int) -> Request | None:
    """This request; None where there is none."""
    row = tx.execute(_COLUMNS.where(_q.id == request_id)).first()
    return Request._make(row) if row else None


def open_for(tx: Tx, school: str, staff_ids: Collection[int] | None = None) -> list[Request]:
    """The talks of a school that wait for an answer, the oldest first; only those of these colleagues, and of nobody:
    somebody has to take them."""
    rows = _COLUMNS.where(_q.school == school, literal_column("state = 'open'"))
    if staff_ids is not None:
        rows = rows.where(or_(_q.staff_id.in_(staff_ids), _q.staff_id.is_(None)))
    return [Request._make(row) for row in tx.execute(rows.order_by(_q.made_at, _q.id))]


# --- answered; of two colleagues at once one is first
def answer(
    tx: Tx, config: Config, request_id: int, hours: Sequence[Hours], minutes: int, staff_id: int, now: datetime,
    *, links: Mapping[int, str] = MappingProxyType({}),
) -> int:  # fmt: skip
    """A colleague names hours: a round of one talk, open at once, in which only she is asked. Its number; the same
    request again gives the same one. Raises BotError where it cannot be so, Taken where it was answered otherwise."""
    request = _known(tx, request_id)
    if request.state == PLANNED and request.round_id:
        return request.round_id
    if barred.is_shut(tx, request.contact_id, request.school, request.child_id, now):
        raise BotError("nothing about this child may be said to this parent: there is a contact bar")
    zone = config.zone(request.school)
    _check(hours, minutes, now.astimezone(zone))
    last = max(wall.at(each.day, each.until, zone) for each in hours)
    free = tuple(_beside(tx, each, minutes) for each in hours)
    plan = Plan(
        request.school, "", (), free, minutes, now, last - timedelta(minutes=minutes), links=links,
        key=f"request:{request_id}",
    )  # fmt: skip
    number = rounds.lay(tx, plan, staff_id, now, kind=rounds.EXTRA, state=rounds.OPEN)
    _settle(tx, request, now, state=PLANNED, round_id=number)
    row = {
        "round_id": number, "contact_id": request.contact_id, "child_id": request.child_id, "school": request.school,
        "staff_id": hours[0].staff_id, "state": "waiting", "asks_at": now, "changed_at": now,
    }  # fmt: skip
    tx.execute(insert_new(tx, t.invitee), row)
    return number


def drop(tx: Tx, request_id: int, now: datetime) -> None:
    """No talk comes of it. Raises Taken where somebody has answered it."""
    _settle(tx, _known(tx, request_id), now, state=DROPPED)


def call(tx: Tx, request_id: int, now: datetime) -> None:
    """A colleague has called her instead. Raises Taken where somebody has answered it."""
    _settle(tx, _known(tx, request_id), now, state=CALLED)


def _check(hours: Sequence[Hours], minutes: int, today: datetime) -> None:
    """Raises BotError that says what is wrong with these hours."""
    if not STEP <= minutes <= LONGEST or minutes % STEP:
        raise BotError(f"a talk takes 5 to {LONGEST} minutes, in steps of five")
    if not hours or len({each.staff_id for each in hours}) > 1:
        raise BotError("name hours of one colleague")
    for each in hours:
        fault = wall_fault(each, minutes)
        if fault:
            raise BotError(f"{each.start:%H:%M} - {each.until:%H:%M}: {_WRONG[fault]}")
        if (each.day, each.until) <= (today.date(), today.time()):
            raise BotError(f"{each.day:%d-%m-%Y} {each.until:%H:%M} is past; name hours that are still to come")
    for one, other in combinations(hours, 2):
        if meet(one, other):
            raise BotError(f"{other.start:%H:%M} on {other.day:%d-%m-%Y} is named twice")


def _beside(tx: Tx, each: Hours, minutes: int) -> Hours:
    """The same hours, where she has named them before a talk later: the first is for whom she named them first."""
    h = t.talk_hours.c
    that_day = h.staff_id == each.staff_id, h.day == each.day.isoformat()
    named = set(tx.execute(select(h.from_at).where(*that_day)).scalars())
    while f"{each.start:%H:%M}" in named:
        later = datetime.combine(each.day, each.start) + timedelta(minutes=minutes)
        each = each._replace(start=later.time())
        if wall_fault(each, minutes):
            raise Taken("these hours are given to others; name more, or other ones")
    return each


def _known(tx: Tx, request_id: int) -> Request:
    found = get(tx, request_id)
    if found is None:
        raise BotError(f"there is no request {request_id}")
    return found


def _settle(tx: Tx, request: Request, now: datetime, **values: Any) -> None:
    still = _q.id == request.id, _q.state == OPEN
    if not tx.execute(update(t.talk_request).where(*still).values(settled_at=now, **values)).rowcount:
        raise Taken(f"request {request.id} was answered by somebody else")
