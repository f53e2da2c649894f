"""A colleague's own talks of a day, as blocks one below the other: who, where, what was said before."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from bot import hours
from bot.booking import feeds
from bot.console.mine import asked, forms, named
from bot.console.mine.named import Line
from bot.console.visit import TALKING, Answer, Page, Visit, get
from bot.store import tables as t
from bot.store.database import Tx

HERE = "/mijn"
AHEAD, BACK = timedelta(days=120), timedelta(days=14)
SHOWN = ("planned", "held", "missed")
OPEN_DAYS = timedelta(days=60)  # talks that nobody has closed for so long are history
_STEP, _LONGEST = 5, 60  # minutes: of a block's height, and of the highest
_PAUSE = timedelta(hours=2)  # what lies between two talks is longer than free time
_DAY = timedelta(days=1)
_a = t.appointment.c


class Block(NamedTuple):
    """A talk, or the time between two. `high`: minutes, in steps of five; `kind`: planned held missed now free."""

    kind: str
    high: int
    line: Line | None = None
    text: str = ""


class Day(NamedTuple):
    """A day with talks. `to`: as it stands in the address."""

    to: str
    name: str
    many: int
    here: bool


def show(visit: Visit, tx: Tx) -> Answer:
    """The day that is asked for; else today, or the next day on which she has talks."""
    days = _days(visit, tx)
    day = asked_day(visit.query.get("dag", "")) or _first(visit, days)
    rows = of_day(visit, tx, day)
    lines = named.lines(visit, tx, rows)
    values = {
        "room": "afspraken", "day": visit.say.day(day), "at": day.isoformat(), "today": day == visit.local.date(),
        "days": [
            Day(each.isoformat(), named.short(visit, each), many, each == day) for each, many in sorted(days.items())
        ],
        "blocks": [*_blocks(visit, rows, lines)], "many": len(rows),
        "sheets": any(row.state != "missed" for row in rows),
        "open": named.lines(visit, tx, [row for row in planned(visit, tx) if is_over(visit, row)], days=True),
        "requests": asked.waiting(visit, tx), "feed": feeds.since(tx, visit.who.staff_id) is not None,
        "refresh": 60,
    }  # fmt: skip
    return Page("mijn.html", values)


def of_day(visit: Visit, tx: Tx, day: date) -> Sequence[Any]:
    """Her talks of a day in their order, also those that are over."""
    zone = visit.school.zone
    then = _a.starts_at >= hours.at(day, time.min, zone), _a.starts_at < hours.at(day + _DAY, time.min, zone)
    return named.rows(tx, *_hers(visit), *then, _a.state.in_(SHOWN))


def planned(visit: Visit, tx: Tx) -> Sequence[Any]:
    """Her talks until tonight that nobody has closed, also those that are over."""
    return [row for row in _to_come(visit, tx) if row.starts_at < _midnight(visit, 1)]


def tomorrow(visit: Visit, tx: Tx) -> Sequence[Any]:
    """Her talks of tomorrow."""
    return [row for row in _to_come(visit, tx) if row.starts_at >= _midnight(visit, 1)]


def _to_come(visit: Visit, tx: Tx) -> Sequence[Any]:
    then = _a.starts_at > visit.now - OPEN_DAYS, _a.starts_at < _midnight(visit, 2)
    look = ("her talks", visit.who.staff_id), [t.appointment, t.invitee]
    return tx.once(*look, lambda: named.rows(tx, *_hers(visit), *then, _a.state == "planned"))


def _midnight(visit: Visit, days: int) -> datetime:
    return hours.at(visit.local.date() + days * _DAY, time.min, visit.school.zone)


def is_over(visit: Visit, row: Any) -> bool:
    ends: datetime = row.starts_at + timedelta(minutes=row.minutes)
    return ends <= visit.now


def _hers(visit: Visit) -> tuple[Any, ...]:
    return _a.staff_id == visit.who.staff_id, _a.school.in_(visit.who.schools)


# --- which day
def _days(visit: Visit, tx: Tx) -> dict[date, int]:
    """The days with talks, from two weeks ago on, and how many."""
    then = _a.starts_at > visit.now - BACK, _a.starts_at < visit.now + AHEAD
    rows = tx.execute(select(_a.starts_at).where(*_hers(visit), *then, _a.state.in_(SHOWN))).scalars()
    found: dict[date, int] = {}
    for each in rows:
        day = each.astimezone(visit.school.zone).date()
        found[day] = found.get(day, 0) + 1
    return found


def asked_day(text: str) -> date | None:
    try:
        return forms.a_day(text)
    except ValueError:
        return None


def _first(visit: Visit, days: dict[date, int]) -> date:
    today = visit.local.date()
    return min((day for day in days if day >= today), default=today)


# --- in blocks
def _blocks(visit: Visit, rows: Sequence[Any], lines: Sequence[Line]) -> Iterator[Block]:
    before: datetime | None = None
    for row, line in zip(rows, lines, strict=True):
        free = row.starts_at - before if before else timedelta(0)
        if free >= _PAUSE:
            yield Block("pause", _STEP)
        elif free > timedelta(0):
            minutes = int(free.total_seconds()) // 60
            yield Block("free", _high(minutes), text=visit.say("mijn.vrij", aantal=minutes))
        ends = row.starts_at + timedelta(minutes=row.minutes)
        kind = "now" if row.state == "planned" and row.starts_at <= visit.now < ends else row.state
        yield Block(kind, _high(row.minutes), line)
        before = max(before, ends) if before else ends


def _high(minutes: int) -> int:
    return min(_LONGEST, -(-minutes // _STEP) * _STEP)


DOORS = (get(HERE, show, TALKING),)
