"""What people at school promised parents, and when each is reminded: once a day, in her office hours, on her phone."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update

from bot import hours
from bot.errors import BotError, Taken
from bot.model import WEEKDAYS
from bot.people import staff
from bot.people.staff import StaffRow
from bot.scheduler.almanac import Almanac
from bot.schooldays import Schooldays
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import upsert

LONGEST = 200  # characters of a promise
_PATIENCE = 2  # school days after which the office hears of what a colleague left open
_KEPT = timedelta(days=365)
_DAY = timedelta(days=1)


class Promise(NamedTuple):
    """One promise; the words are those of whoever made it."""

    id: int
    staff_id: int
    staff: str
    words: str
    due_on: date
    thread_id: int | None


def add(
    tx: Tx, row: StaffRow, words: str, due_on: date, now: datetime, *, thread_id: int | None = None
) -> int:  # fmt: skip
    """Note a promise; its number. Raises BotError where it has no words or that thread is not of this school."""
    if not words.strip() or len(words) > LONGEST:
        raise BotError(f"say in 1 to {LONGEST} characters what was promised")
    contact_id = None
    if thread_id is not None:
        of_thread = t.thread.c.id == thread_id, t.thread.c.school == row.school
        contact_id = tx.execute(select(t.thread.c.contact_id).where(*of_thread)).scalar()
        if contact_id is None:
            raise BotError(f"there is no thread {thread_id} at this school; see: ouderbrug threads list")
    made = {
        "school": row.school, "staff_id": row.id, "contact_id": contact_id, "thread_id": thread_id,
        "words": tx.seal("promise.words", words.strip()), "due_on": due_on.isoformat(), "made_at": now,
    }  # fmt: skip
    return int(tx.execute(t.promise.insert().returning(t.promise.c.id), made).scalar_one())


def settle(tx: Tx, promise_id: int, state: str, now: datetime) -> str:
    """It is `kept` or `dropped`, once; its school. Raises BotError where there is none, Taken where it is settled."""
    mine = t.promise.c.id == promise_id
    settled = update(t.promise).where(mine, t.promise.c.state == "open").values(state=state, settled_at=now)
    school: str | None = tx.execute(settled.returning(t.promise.c.school)).scalar()
    if school is None:
        before = tx.execute(select(t.promise.c.state).where(mine)).scalar()
        if before is None:
            raise BotError(f"there is no promise {promise_id}; see: ouderbrug promise list")
        raise Taken(f"promise {promise_id} is {before} already")
    return school


def reopen(tx: Tx, promise_id: int) -> str:
    """It was not done after all; its school. Raises Taken where it is open."""
    again = update(t.promise).where(t.promise.c.id == promise_id, t.promise.c.state != "open")
    school: str | None = tx.execute(again.values(state="open", settled_at=None).returning(t.promise.c.school)).scalar()
    if school is None:
        raise Taken(f"promise {promise_id} is open")
    return school


def open_ones(tx: Tx, school: str, staff_id: int | None = None) -> list[Promise]:
    """What is promised and not done yet, what is due first at the top: so what is overdue comes before all else."""
    p = t.promise.c
    wanted = select(t.promise, t.staff.c.name).join(t.staff, t.staff.c.id == p.staff_id)
    wanted = wanted.where(p.school == school, p.state == "open")
    rows = tx.execute((wanted.where(p.staff_id == staff_id) if staff_id else wanted).order_by(p.due_on, p.id))
    return [
        Promise(
            row.id, row.staff_id, tx.open("staff.name", row.name), tx.open("promise.words", row.words),
            date.fromisoformat(row.due_on), row.thread_id,
        )
        for row in rows
    ]  # fmt: skip


# --- the digest
def waiting_for(tx: Tx, row: StaffRow, days: Schooldays, today: date) -> int:
    """How many promises she is to be reminded of: her own that are due, and as office what colleagues left open."""
    return sum(_told_on(row, each, days) <= today for each in _dues(tx, row))


def lay(tx: Tx, almanac: Almanac, row: StaffRow, now: datetime, *, not_before: datetime | None = None) -> None:
    """Her next digest: when her office hours begin, on the first school day on which something is due."""
    if row.contact_id is None:
        return
    days, zone = almanac.of(tx, row.school), almanac.zone(row.school)
    due = not_before
    first = min((_told_on(row, each, days) for each in _dues(tx, row)), default=None)
    if first is not None and due is None:
        due = opens(almanac, row, days, max(now, hours.at(first, time.min, zone)))
    scope = f"digest:{row.id}"
    if first is None or due is None:
        mine = t.followup.c.contact_id == row.contact_id, t.followup.c.scope == scope
        tx.execute(update(t.followup).where(*mine).values(state="dropped", reason=None))
        return
    laid = {
        "contact_id": row.contact_id, "scope": scope, "school": row.school, "kind": "digest", "flow": staff.DIGEST,
        "say": "", "fields": tx.seal("followup.fields", json.dumps({})), "cls": "appointment", "purpose": "school",
        "zone": zone.key, "rule": {}, "state": "waiting", "count": 0, "due_at": due, "expires_at": due + _KEPT,
        "child_id": None, "reason": None,
    }  # fmt: skip
    upsert(tx, t.followup, [laid], key=["contact_id", "scope"], raised=["rev"])


def lay_school(tx: Tx, almanac: Almanac, school: str, now: datetime) -> None:
    """The digests of everybody at a school: a promise was made or settled, a phone linked, a colleague has left."""
    rows, c = staff.colleagues(tx, school), t.contact.c.id
    people = select(c).where(c.in_([row.contact_id for row in rows if row.contact_id])).order_by(c)
    tx.execute(people.with_for_update(key_share=True)).all()  # people before their rows, as the desk does: no deadlock
    for row in rows:
        lay(tx, almanac, row, now)


def opens(almanac: Almanac, row: StaffRow, days: Schooldays, after: datetime) -> datetime | None:
    """When her office hours next begin, later than `after`; None where no such day is known."""
    zone = almanac.zone(row.school)
    found = _in_office(almanac, row, days, after)
    if found is not None and found <= after:  # they have begun
        tomorrow = after.astimezone(zone).date() + _DAY
        found = _in_office(almanac, row, days, hours.at(tomorrow, time.min, zone))
    return found


def closes(almanac: Almanac, row: StaffRow, days: Schooldays, now: datetime) -> datetime | None:
    """When her office hours of this moment end; None where this is none of her hours."""
    zone = almanac.zone(row.school)
    if _in_office(almanac, row, days, now) != now:
        return None
    today = now.astimezone(zone)
    office = staff.office_hours(row, almanac.config.school(row.school))
    return hours.at(today.date(), office[WEEKDAYS[today.weekday()]][1], zone)


def _in_office(almanac: Almanac, row: StaffRow, days: Schooldays, moment: datetime) -> datetime | None:
    office = staff.office_hours(row, almanac.config.school(row.school))
    return hours.next_office(moment, almanac.zone(row.school), office, days.is_school_day)


class _Due(NamedTuple):
    staff_id: int
    due_on: str


def _dues(tx: Tx, row: StaffRow) -> Sequence[Any]:
    """Whose open promises concern her, and when they are due; an answer that is overdue is what the school promised."""
    p = t.promise.c
    hers = p.school == row.school if row.role == staff.OFFICE else p.staff_id == row.id
    found = list(tx.execute(select(p.staff_id, p.due_on).where(p.state == "open", hers)))
    return [*found, *(_Due(row.id, at.date().isoformat()) for at in _overdue(tx, row))]


def _overdue(tx: Tx, row: StaffRow) -> Sequence[datetime]:
    """Since when answers are overdue that she looks after now."""
    if not staff.stands_behind(tx, row):
        return ()
    th = t.thread.c
    late = th.school == row.school, th.state == "open", th.overdue_at.is_not(None)
    return tx.execute(select(th.overdue_at).where(*late)).scalars().all()


def _told_on(row: StaffRow, promise: Any, days: Schooldays) -> date:
    """From which day on she is reminded of it: of a colleague's when two whole school days have gone by."""
    due_on = date.fromisoformat(promise.due_on)
    return due_on if promise.staff_id == row.id else days.school_day_after(due_on, _PATIENCE + 1)
