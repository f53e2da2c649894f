"""Time: two bots side by side do each thing once, no one is woken, and a weekly plan keeps its wall time for years."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import hours
from bot.app import Bot
from bot.config import Config, QuietHours, School
from bot.inbox import receive
from bot.model import WEEKDAYS, Inbound
from bot.outbox.address import Addressee
from bot.outbox.hours import REPLY_AT_ONCE, Hours
from bot.scheduler import plans
from bot.scheduler.plans import PlanRow
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests.harness import shelf
from tests.harness.parents import Parent, enrol
from tests.harness.stage import FULL, SCHOOL, Stage

pytestmark = pytest.mark.slow
HOME = ZoneInfo("Europe/Amsterdam")
QUIET = QuietHours()
MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)
YEARS = range(2026, 2046)
PARENTS = 40 if FULL else 20
WEEKS = 8 if FULL else 4


# --- two bots, one database -------------------------------------------------------------------------------------------
@dataclass
class Hand:
    """A clock that a test sets."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Pair:
    """Two bots that know nothing of each other, on one database and by one clock."""

    clock: Hand
    bots: tuple[Bot, Bot]
    parents: list[Parent]

    @property
    def database(self) -> Database:
        return self.bots[0].database

    async def tick(self) -> None:
        await asyncio.gather(*(bot.tick() for bot in self.bots))

    async def read(self) -> None:
        """Both desks, until the inbox is empty."""
        while any(await asyncio.gather(*(bot.read_letters() for bot in self.bots))):
            pass


@pytest.fixture
def pair(tmp_path: Path, database_url: str, ring: Ring) -> Iterator[Pair]:
    """Parents with a weekly plan each, in the weeks round the end of summer time."""
    clock = Hand(datetime(2026, 10, 5, 10, 0, tzinfo=UTC))
    stage = Stage(tmp_path, database_url, ring)
    config = stage.settings()
    bots = tuple(
        Bot(config, Database(database_url, ring), clock=clock, channels={}, books=shelf.books(config)) for _ in range(2)
    )
    with bots[0].database.begin() as tx:
        for bot in bots:
            bot.books.library.publish(tx, clock())
        parents = enrol(tx, PARENTS, clock())
        plans.save(tx, [plan(parent, clock()) for parent in parents])
    yield Pair(clock, (bots[0], bots[1]), parents)
    for bot in bots:
        bot.database.close()


def plan(parent: Parent, now: datetime) -> PlanRow:
    """Every parent another weekday and hour."""
    weekday, wall = WEEKDAYS[parent.number % 7], time(8 + parent.number % 12, 30)
    due_at = hours.next_weekly(now, weekday, wall, HOME)
    rule = {"weekday": weekday, "time": f"{wall:%H:%M}"}
    return PlanRow(
        parent.contact_id, SCHOOL, "plan:voorlezen", "voorlezen", "voorlezen.herinnering", "{}", "plan", "tips",
        HOME.key, rule, due_at, now + timedelta(days=300),
    )  # fmt: skip


async def test_two_bots_do_each_followup_once(pair: Pair) -> None:
    until = pair.clock() + WEEKS * WEEK
    while (due := await pair.bots[0].next_due()) and due <= until:
        pair.clock.now = max(due, pair.clock())
        await pair.tick()
        await pair.read()
        with pair.database.begin() as tx:  # nothing leaves here: only what was laid ready counts
            tx.execute(t.outbox.update().values(status="sent"))
    with pair.database.read() as tx:
        letters = tx.execute(select(t.inbox.c.contact_id, t.inbox.c.received_at).where(t.inbox.c.kind == "plan")).all()
        ready = Counter(tx.execute(select(t.outbox.c.contact_id)).scalars())
        done = set(tx.execute(select(t.inbox.c.state)).scalars())
    days = Counter((row.contact_id, row.received_at.astimezone(HOME).date()) for row in letters)
    assert set(days.values()) == {1}, f"more than once on a day: {[each for each in days.items() if each[1] > 1]}"
    expected = {parent.contact_id: WEEKS for parent in pair.parents}
    assert Counter(contact_id for contact_id, _ in days) == expected
    assert ready == expected
    assert done == {"done"}


async def test_two_bots_ring_each_timer_once(pair: Pair) -> None:
    """Nobody says what may be done with her words: after ten minutes they go to the teacher, once."""
    words = [Inbound(f"m{parent.number}", parent.address, f"verhaal {parent.number}") for parent in pair.parents]
    with pair.database.begin() as tx:
        receive.store(tx, words, pair.clock())
    await pair.read()
    with pair.database.begin() as tx:  # her silence counts from the moment at which the question left
        tx.execute(t.outbox.update().values(status="sent", left_at=pair.clock()))
    pair.clock.now += timedelta(minutes=10)
    await pair.tick()
    await pair.tick()
    await pair.read()
    with pair.database.read() as tx:
        rung = Counter(tx.execute(select(t.inbox.c.contact_id).where(t.inbox.c.kind == "silent")).scalars())
        lie = Counter(
            tx.execute(
                select(t.thread.c.contact_id).join(t.thread_message, t.thread_message.c.thread_id == t.thread.c.id)
            ).scalars()
        )
    assert rung == lie == {parent.contact_id: 1 for parent in pair.parents}


async def test_a_tick_repeated_changes_nothing(pair: Pair) -> None:
    pair.clock.now += WEEK
    await pair.tick()
    await pair.read()
    with pair.database.read() as tx:
        before = everything(tx)
    for _ in range(3):
        await pair.tick()
        await pair.read()
    with pair.database.read() as tx:
        assert everything(tx) == before


def everything(tx: Tx) -> dict[str, list[Any]]:
    """All rows of all tables."""
    return {table.name: sorted(map(tuple, tx.execute(select(table))), key=str) for table in t.metadata.sorted_tables}


# --- no one is woken --------------------------------------------------------------------------------------------------
def change_weeks(years: range) -> list[date]:
    """The Wednesdays before both clock changes of each year: a week from there has the change in its middle."""
    return [_last_sunday(year, month) - timedelta(days=4) for year in years for month in (3, 10)]


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def minutes(first: date, days: int = 7) -> Iterator[datetime]:
    """Every minute of these days, in UTC."""
    moment = datetime.combine(first, time(0), tzinfo=HOME).astimezone(UTC)
    end = datetime.combine(first + timedelta(days=days), time(0), tzinfo=HOME).astimezone(UTC)
    while moment < end:
        yield moment
        moment += MINUTE


def loud_spans(first: date, days: int) -> list[tuple[datetime, datetime]]:
    """When a parent may be written to, as the school would say it: from seven, on Sunday from noon, until nine."""
    spans = []
    for number in range(days):
        day = first + timedelta(days=number)
        opens = time(12) if day.weekday() == 6 else time(7)
        spans.append(tuple(datetime.combine(day, wall, tzinfo=HOME).astimezone(UTC) for wall in (opens, time(21))))
    return cast("list[tuple[datetime, datetime]]", spans)


@pytest.mark.parametrize("first", [date(2026, 11, 18), *change_weeks(range(2026, 2036 if FULL else 2027))], ids=str)
def test_quiet_hours_hold_for_every_minute_of_a_week(first: date) -> None:
    spans = loud_spans(first, 10)
    for moment in minutes(first):
        loud = next(max(opens, moment) for opens, closes in spans if moment < closes)
        assert hours.next_loud(moment, HOME, QUIET) == loud, moment
        assert hours.is_quiet(moment, HOME, QUIET) == (loud > moment), moment


@pytest.mark.parametrize("first", change_weeks(range(2026, 2027)), ids=str)
@pytest.mark.parametrize("cls", ["urgent", "reply", "appointment", "broadcast", "plan", "tip"])
def test_what_leaves_in_a_quiet_minute(cls: str, first: date) -> None:
    """Only what is urgent, and an answer within ten minutes of her own words."""
    config = Config({SCHOOL: School(SCHOOL, "De Brug", quiet_hours=replace(QUIET, spread=0.0))})
    row = cast("Any", SimpleNamespace(cls=cls, school=SCHOOL, contact_id=1, rest_from=None, rest_until=None))
    for moment in minutes(first):
        loud = hours.next_loud(moment, HOME, QUIET)
        row.due_at = moment
        for ago in (REPLY_AT_ONCE, REPLY_AT_ONCE + MINUTE):
            to = Addressee(1, "sms", b"", moment - ago, False, ())
            at_once = cls == "urgent" or (cls == "reply" and ago <= REPLY_AT_ONCE)
            assert Hours(config, moment).deferral(row, to) == (None if at_once or loud == moment else loud), moment


@settings(max_examples=2000 if FULL else 200, deadline=None)
@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2046, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - it adds UTC
    start=st.times(time(18), time(23, 59)), end=st.times(time(4), time(10)), sunday=st.times(time(0), time(14)),
)  # fmt: skip
def test_the_next_loud_moment_is_the_first(moment: datetime, start: time, end: time, sunday: time) -> None:
    quiet = QuietHours(start, end, sunday)
    loud = hours.next_loud(moment, HOME, quiet)
    assert loud >= moment
    assert not hours.is_quiet(loud, HOME, quiet)
    for share in range(50):
        between = moment + (loud - moment) * share / 50
        assert between >= loud or hours.is_quiet(between, HOME, quiet), between


# --- the same hour, summer and winter ---------------------------------------------------------------------------------
@pytest.mark.parametrize("wall", [time(0, 0), time(2, 0), time(2, 30), time(3, 0), time(7, 0), time(19, 30)], ids=str)
@pytest.mark.parametrize("weekday", WEEKDAYS)
def test_a_weekly_plan_keeps_its_wall_time_for_twenty_years(weekday: str, wall: time) -> None:
    moment = datetime.combine(date(YEARS[0], 1, 1), time(0), tzinfo=HOME).astimezone(UTC) - timedelta(seconds=1)
    day = date(YEARS[0], 1, 1) + timedelta(days=(WEEKDAYS.index(weekday) - date(YEARS[0], 1, 1).weekday()) % 7)
    while day.year in YEARS:
        moment = hours.next_weekly(moment, weekday, wall, HOME)
        local = moment.astimezone(HOME)
        assert (local.date(), local.time()) == (day, _as_the_clock_shows(day, wall)), f"{day} {wall}"
        assert hours.next_weekly(moment - timedelta(seconds=1), weekday, wall, HOME) == moment
        day += WEEK


def _as_the_clock_shows(day: date, wall: time) -> time:
    """In the night that summer time begins there is no half past two: it is half past three."""
    skipped = time(2) <= wall < time(3) and day == _last_sunday(day.year, 3)
    return wall.replace(hour=3) if skipped else wall
