"""Once per local date, at 3:30: not twice where the clock goes back, not left out where it goes on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.scheduler import daily
from bot.store.database import Database

HOME = ZoneInfo("Europe/Amsterdam")
JOBS = {"journeys:brug": HOME}


def due(database: Database, now: datetime) -> dict[str, date]:
    with database.read() as tx:
        return daily.due(tx, JOBS, now)


def do(database: Database, day: date, now: datetime) -> bool:
    with database.begin() as tx:
        return daily.once(tx, "journeys:brug", day, now)


def test_it_is_done_once_a_day(database: Database) -> None:
    at = datetime(2026, 11, 23, 4, 0, tzinfo=HOME)
    assert due(database, at) == {"journeys:brug": at.date()}
    assert [do(database, at.date(), at) for _ in range(2)] == [True, False]
    assert due(database, at) == {}
    assert due(database, at + timedelta(days=1)) == {"journeys:brug": date(2026, 11, 24)}


def test_nothing_before_half_past_three(database: Database) -> None:
    night = datetime(2026, 11, 23, 3, 29, tzinfo=HOME)
    assert due(database, night) == {}
    with database.read() as tx:
        assert daily.next_due(tx, JOBS, night) == datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


def test_what_an_outage_left_out_is_done_once_for_today(database: Database) -> None:
    long_ago, today = (datetime(2026, 11, day, 10, 0, tzinfo=HOME) for day in (1, 23))
    do(database, long_ago.date(), long_ago)
    assert due(database, today) == {"journeys:brug": date(2026, 11, 23)}


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2027, 3, 28)])
def test_once_on_the_days_on_which_the_clock_changes(database: Database, day: date) -> None:
    """Every quarter of an hour of three days: three times, each at 3:30 on the wall."""
    now = datetime(day.year, day.month, day.day, tzinfo=HOME).astimezone(UTC) - timedelta(days=1)
    done = []
    for _ in range(3 * 24 * 4):
        for found in due(database, now).values():
            assert do(database, found, now)
            done.append(now.astimezone(HOME).isoformat(timespec="minutes")[:16])
        now += timedelta(minutes=15)
    assert done == [f"{day + timedelta(days=number)}T03:30" for number in (-1, 0, 1)]


def test_a_clock_that_is_set_back_does_not_do_it_again(database: Database) -> None:
    now = datetime(2026, 11, 23, 10, 0, tzinfo=HOME)
    for number in range(40):
        then = now + timedelta(days=number)
        assert do(database, then.date(), then)
    assert due(database, now + timedelta(days=30)) == {}
    with database.read() as tx:
        assert daily.next_due(tx, JOBS, now + timedelta(days=39)) == datetime(2027, 1, 2, 2, 30, tzinfo=UTC)


def test_no_jobs_no_moment(database: Database) -> None:
    with database.read() as tx:
        assert (daily.due(tx, {}, datetime.now(UTC)), daily.next_due(tx, {}, datetime.now(UTC))) == ({}, None)
