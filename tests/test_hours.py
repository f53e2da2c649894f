"""Quiet hours and weekly plans on the clock on the wall, through both clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot import hours
from bot.config import QuietHours
from bot.model import WEEKDAYS

ZONE = ZoneInfo("Europe/Amsterdam")
QUIET = QuietHours()
MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)
ORDINARY, SPRING, AUTUMN = date(2026, 11, 23), date(2027, 3, 22), date(2026, 10, 19)  # Mondays; both changes on Sunday

moments = some.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001
walls = some.times().map(lambda wall: wall.replace(second=0, microsecond=0))


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def quiet(moment: datetime, hush: QuietHours = QUIET) -> bool:
    return hours.is_quiet(moment, ZONE, hush.start, hush.end, hush.sunday_until)


def loud(moment: datetime, hush: QuietHours = QUIET) -> datetime:
    return hours.next_loud(moment, ZONE, hush.start, hush.end, hush.sunday_until)


@pytest.mark.parametrize("monday", [ORDINARY, SPRING, AUTUMN])
def test_every_minute_of_a_week_is_quiet_or_loud_as_the_wall_says(monday: date) -> None:
    moment = hours.at(monday, time(0), ZONE)
    end = hours.at(monday + WEEK, time(0), ZONE)
    while moment < end:
        wall = moment.astimezone(ZONE)
        first = 12 if wall.weekday() == 6 else 7
        assert quiet(moment) == (not first <= wall.hour < 21), wall
        moment += MINUTE


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        (local(2026, 11, 23, 20, 59), local(2026, 11, 23, 20, 59)),
        (local(2026, 11, 23, 21, 0), local(2026, 11, 24, 7, 0)),
        (local(2026, 11, 24, 6, 59), local(2026, 11, 24, 7, 0)),
        (local(2026, 11, 28, 23, 0), local(2026, 11, 29, 12, 0)),  # Saturday night: Sunday noon
        (local(2026, 11, 29, 22, 0), local(2026, 11, 30, 7, 0)),
        (local(2027, 3, 27, 23, 0), local(2027, 3, 28, 12, 0)),  # the night of spring is an hour shorter
        (local(2026, 10, 24, 23, 0), local(2026, 10, 25, 12, 0)),
    ],
)
def test_the_next_loud_moment(moment: datetime, then: datetime) -> None:
    assert loud(moment) == then


@given(moments)
def test_the_next_loud_moment_is_loud_and_the_first(moment: datetime) -> None:
    then = loud(moment)
    assert not quiet(then)
    assert then == moment or quiet(then - MINUTE)
    assert moment <= then <= moment + timedelta(hours=16)


def test_quiet_hours_without_a_loud_one_say_so() -> None:
    with pytest.raises(ValueError, match="no hour of the day"):
        loud(local(2026, 11, 23, 12), QuietHours(start=time(7), end=time(7)))


def test_what_spring_skips_counts_from_before_it_and_autumn_has_its_first() -> None:
    assert hours.at(date(2027, 3, 28), time(2, 30), ZONE) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert hours.at(date(2026, 10, 25), time(2, 30), ZONE) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(moments, some.sampled_from(WEEKDAYS), walls)
def test_a_weekly_moment_comes_within_a_week_on_its_day_and_hour(after: datetime, day: str, wall: time) -> None:
    found = hours.next_weekly(after, day, wall, ZONE)
    there = found.astimezone(ZONE)
    skipped = there.replace(tzinfo=None, fold=0).time() != wall
    assert after < found <= after + WEEK + timedelta(hours=1)
    assert WEEKDAYS[there.weekday()] == day
    assert not skipped or (there.month == 3 and there.hour == 3), "only spring moves it, by an hour"


def test_the_same_hour_on_the_wall_through_the_change() -> None:
    found, walls_seen = local(2026, 10, 12, 12), []
    for _ in range(4):
        found = hours.next_weekly(found, "di", time(19, 30), ZONE)
        walls_seen.append(found.astimezone(ZONE).strftime("%d-%m %H:%M"))
    assert walls_seen == ["13-10 19:30", "20-10 19:30", "27-10 19:30", "03-11 19:30"]


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23 16:00", "2026-11-23 21:00"),
        ("2026-11-23 21:00", "2026-11-23 21:00"),
        ("2026-11-23 22:00", "2026-11-24 21:00"),
    ],
)
def test_the_next_quiet_hours_begin_at_their_wall_time(now: str, then: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    assert hours.next_quiet(moment, ZONE, time(21)) == datetime.fromisoformat(then).replace(tzinfo=ZONE)
