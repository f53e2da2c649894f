"""The demo's clock runs, can only go forward, survives a restart, and is played from due moment to due moment."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.demo import clock
from bot.demo.clock import START, Clock
from bot.scheduler.playing import play

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)


class Elapsed:
    """A stopwatch that a test turns by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def told(tmp_path: Path, elapsed: Elapsed) -> Clock:
    return Clock(tmp_path / "home" / "clock.json", elapsed=elapsed)


def test_it_begins_on_a_monday_after_school_and_runs(told: Clock, elapsed: Elapsed) -> None:
    assert f"{clock.day(told(), AMSTERDAM)} {clock.hour(told(), AMSTERDAM)}" == "ma 23 nov 16.00"
    elapsed.seconds = 90
    assert told() == START + timedelta(seconds=90)


def test_it_is_moved_forward_and_never_back(told: Clock, elapsed: Elapsed) -> None:
    told.move(START + HOUR)
    elapsed.seconds = 2
    told.move(START)
    assert told() == START + HOUR + timedelta(seconds=2)


def test_a_restart_continues_and_never_tells_an_earlier_time(tmp_path: Path, elapsed: Elapsed) -> None:
    first = Clock(tmp_path / "clock.json", elapsed=elapsed)
    first.move(START + HOUR)
    for second in range(0, 60, 3):
        elapsed.seconds = second
        last = first()
    again = Clock(tmp_path / "clock.json", elapsed=Elapsed())
    assert last <= again() <= last + timedelta(seconds=10)


def test_many_threads_read_it_while_it_is_moved(tmp_path: Path) -> None:
    told = Clock(tmp_path / "clock.json", elapsed=itertools.count(0, 6).__next__)  # each look has to be saved

    def look(_: int) -> bool:
        before = told()
        told.move(before + HOUR)
        return before < told()

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(look, range(100)))


class Diary:
    """A bot with appointments: notes at which moment it was asked to do what was due."""

    def __init__(self, clock: Clock, *due: datetime, deaf: int = 0) -> None:
        self.clock = clock
        self.due = sorted(due)
        self.deaf = deaf  # so many ticks at the due moment have no effect
        self.done: list[datetime] = []
        self.ticks = 0

    async def tick(self) -> None:
        now = self.clock()
        self.ticks += 1
        if self.due and self.due[0] <= now and self.deaf:
            self.deaf -= 1
            return
        while self.due and self.due[0] <= now:
            self.done.append(now)
            if self.due.pop(0) == START + 2 * HOUR:  # what it does brings something new
                self.due.insert(0, START + 3 * HOUR)

    async def settle(self) -> None:
        assert self.ticks

    async def next_due(self) -> datetime | None:
        return self.due[0] if self.due else None


async def test_play_visits_each_due_moment_also_those_that_arise(told: Clock) -> None:
    bot = Diary(told, START + HOUR, START + 2 * HOUR, START + timedelta(days=3), START + timedelta(days=8))
    await play(told, bot, START + timedelta(days=7))
    assert bot.done == [START + HOUR, START + 2 * HOUR, START + 3 * HOUR, START + timedelta(days=3)]
    assert bot.due == [START + timedelta(days=8)]
    assert told() == START + timedelta(days=7)


async def test_play_gives_time_to_what_stays_due_and_always_ends(told: Clock) -> None:
    slow = Diary(told, START + HOUR, deaf=4)
    await play(told, slow, START + timedelta(days=1))
    assert START + HOUR < slow.done[0] < START + HOUR + timedelta(minutes=1)
    stuck = Diary(told, told(), deaf=10**9)
    await play(told, stuck, told() + timedelta(days=7))
    assert stuck.ticks < 40
    assert told() == START + timedelta(days=8)


@pytest.mark.parametrize(
    ("before", "move", "after"),
    [
        ("2026-11-23 16:00", "hour", "2026-11-23 17:00"),
        ("2026-11-23 16:00", "day", "2026-11-24 16:00"),
        ("2026-12-30 16:00", "week", "2027-01-06 16:00"),
        ("2027-03-27 16:00", "day", "2027-03-28 16:00"),  # a day of 23 hours
        ("2027-10-30 16:00", "week", "2027-11-06 16:00"),  # an hour more
    ],
)
def test_a_day_later_is_the_same_time_on_the_wall(before: str, move: str, after: str) -> None:
    now = datetime.fromisoformat(before).replace(tzinfo=AMSTERDAM).astimezone(UTC)
    later = clock.moved(now, move, AMSTERDAM)
    assert f"{later.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}" == after
    assert later.tzinfo is UTC


def test_moments_as_one_says_them() -> None:
    assert clock.soon(START + 2 * HOUR, START, AMSTERDAM) == "18.00"
    assert clock.soon(START + 15 * HOUR, START, AMSTERDAM) == "di 7.00"
    assert clock.soon(START + timedelta(days=8), START, AMSTERDAM) == "di 1 dec 16.00"
    assert clock.soon(START - timedelta(days=1), START, AMSTERDAM) == "zo 22 nov 16.00"
