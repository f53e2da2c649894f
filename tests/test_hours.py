"""Quiet hours, rest, office hours and weekly moments on the clock on the wall, through both clock changes."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot import hours
from bot.config import QuietHours
from bot.hours import Rest
from bot.model import WEEKDAYS

ZONE = ZoneInfo("Europe/Amsterdam")
QUIET = QuietHours()
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
ORDINARY, SPRING, AUTUMN = date(2026, 11, 23), date(2027, 3, 22), date(2026, 10, 19)  # Mondays; both changes on Sunday

moments = some.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001
walls = some.times().map(lambda wall: wall.replace(second=0, microsecond=0))
rests = some.none() | some.builds(Rest, walls, walls).filter(lambda rest: hours.leaves_room(QUIET, rest))


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def quiet(moment: datetime, hush: QuietHours = QUIET, rest: Rest | None = None) -> bool:
    return hours.is_quiet(moment, ZONE, hush, rest)


def loud(moment: datetime, hush: QuietHours = QUIET, rest: Rest | None = None) -> datetime:
    return hours.next_loud(moment, ZONE, hush, rest)


NIGHTS, DAYS = Rest(time(22, 30), time(9, 30)), Rest(time(8), time(16))


@pytest.mark.parametrize("rest", [None, NIGHTS, DAYS], ids=["no rest", "nights", "days"])
@pytest.mark.parametrize("hush", [QUIET, QuietHours(time(20, 30), time(6, 30), time(6, 30))], ids=["usual", "own"])
@pytest.mark.parametrize("monday", [ORDINARY, SPRING, AUTUMN], ids=["ordinary", "spring", "autumn"])
def test_every_minute_of_a_week_is_quiet_or_loud_as_the_wall_says(
    monday: date, hush: QuietHours, rest: Rest | None
) -> None:
    week = list(minutes(monday))
    then = None  # the first loud minute from here on, found backwards
    for moment in reversed(week):
        wall = moment.astimezone(ZONE)
        first = hush.sunday_until if wall.weekday() == 6 else hush.end
        open_at_school = first <= wall.time() < hush.start
        hers = rest is None or (not 8 <= wall.hour < 16 if rest == DAYS else time(9, 30) <= wall.time() < time(22, 30))
        assert quiet(moment, hush, rest) == (not (open_at_school and hers)), wall
        then = moment if open_at_school and hers else then
        assert then is None or loud(moment, hush, rest) == then, wall


def minutes(first: date, days: int = 7) -> Iterator[datetime]:
    """Every minute of these days, in UTC."""
    moment, end = (hours.at(each, time(0), ZONE) for each in (first, first + timedelta(days=days)))
    while moment < end:
        yield moment
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


@given(moments, rests)
def test_the_next_loud_moment_is_loud_and_the_first(moment: datetime, rest: Rest | None) -> None:
    then = loud(moment, QUIET, rest)
    assert not quiet(then, QUIET, rest)
    assert then == moment or quiet(then - MINUTE, QUIET, rest)
    assert moment <= then <= moment + timedelta(hours=24)


@given(moments, rests)
def test_the_next_quiet_moment_is_quiet_and_the_first(moment: datetime, rest: Rest | None) -> None:
    then = hours.next_quiet(moment, ZONE, QUIET, rest)
    assert quiet(then, QUIET, rest)
    assert then == moment or not quiet(then - MINUTE, QUIET, rest)
    assert moment <= then <= moment + timedelta(hours=24)


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2026, 10, 25)], ids=["spring", "autumn"])
def test_hours_that_end_in_the_night_of_a_change_are_exact(day: date) -> None:
    """Nobody sets them so, but a moment that is skipped or comes twice must end nothing too early or too late."""
    awake, rest = QuietHours(time(23, 59), time(0), time(0)), Rest(time(1), time(2, 30))
    night = list(minutes(day, 1))
    for moment in night[:300]:
        first = next(each for each in night if each >= moment and not quiet(each, awake, rest))
        assert loud(moment, awake, rest) == first
        silent = next(each for each in night if each >= moment and quiet(each, awake, rest))
        assert hours.next_quiet(moment, ZONE, awake, rest) == silent


@pytest.mark.parametrize(
    ("rest", "enough"),
    [
        (("22:30", "06:30"), True),
        (("08:00", "16:00"), True),
        (("16:00", "12:00"), True),  # on Sunday noon to four is left
        (("14:00", "12:00"), True),
        (("13:59", "12:00"), False),
        (("09:00", "20:00"), False),  # on Sunday one hour is left
        (("07:00", "21:00"), False),
        (("00:00", "00:00"), True),  # nothing
    ],
)
def test_rest_must_leave_two_hours_of_every_day(rest: tuple[str, str], enough: bool) -> None:
    found = Rest.of(*rest)
    assert found is not None
    assert hours.leaves_room(QUIET, found) is enough
    if enough:
        for day in range(7):
            heard = [each for each in minutes(ORDINARY + timedelta(days=day), 1) if not quiet(each, QUIET, found)]
            assert len(heard) >= 120


def test_no_rest_where_she_wished_none() -> None:
    assert Rest.of(None, None) is Rest.of("22:00", None) is None


# --- not all at once
def test_three_hundred_families_are_spread_and_keep_their_place() -> None:
    seven = local(2026, 11, 24, 7)
    places = [hours.spread(seven, contact_id, 20, ZONE, QUIET) for contact_id in range(1, 301)]
    again = [hours.spread(seven, contact_id, 20, ZONE, QUIET) for contact_id in range(1, 301)]
    assert places == again
    assert min(places) >= seven
    assert max(places) < seven + 20 * MINUTE
    per_minute = Counter((place - seven) // MINUTE for place in places)
    assert set(per_minute) == set(range(20))
    assert max(per_minute.values()) <= 20, "fifteen on average"


@given(moments, rests, some.integers(1, 10**9), some.floats(0, 120))
def test_nobody_is_spread_into_quiet_hours(
    moment: datetime, rest: Rest | None, contact_id: int, minutes_long: float
) -> None:
    first = loud(moment, QUIET, rest)
    place = hours.spread(first, contact_id, minutes_long, ZONE, QUIET, rest)
    assert first <= place <= first + timedelta(minutes=minutes_long)
    assert not quiet(place, QUIET, rest)


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
        ("2026-11-23 22:00", "2026-11-23 22:00"),  # they have begun
    ],
)
def test_the_next_quiet_hours_begin_at_their_wall_time(now: str, then: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    assert hours.next_quiet(moment, ZONE, QUIET) == datetime.fromisoformat(then).replace(tzinfo=ZONE)


# --- three thousand eight hundred and forty cases
def changes() -> list[date]:
    """The days on which the clock changed or will, in twenty years."""
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365 * 20 + 5)]
    return [day for day in days if hours.at(day + DAY, time(0), ZONE) - hours.at(day, time(0), ZONE) != DAY]


QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]


def test_the_wall_clock_through_both_changes_of_twenty_years() -> None:
    """At every quarter of an hour: one run on each local date that is due, and the day before is at the same time."""
    cases = 0
    for change in changes():
        for wall in QUARTERS:
            cases += 1
            for weekday in ("za", "zo", "ma"):
                _check_runs(change, weekday, wall)
            _check_day_before(change, wall)
    assert cases == 3840


def _check_runs(change: date, weekday: str, wall: time) -> None:
    """Five weeks round a change: the dates are those of the calendar, each once, each at its time on the wall."""
    begin = change - 2 * WEEK - DAY * 3
    due = [day for day in (begin + DAY * number for number in range(35)) if WEEKDAYS[day.weekday()] == weekday]
    moment = hours.at(begin, time(0), ZONE) - MINUTE
    for day in due:
        moment = hours.next_weekly(moment, weekday, wall, ZONE)
        there = moment.astimezone(ZONE)
        assert (there.date(), there.time(), there.fold) == (day, _on_the_wall(day, wall), 0)
        assert hours.next_weekly(moment - MINUTE, weekday, wall, ZONE) == moment


def _check_day_before(change: date, wall: time) -> None:
    for day in (change, change + DAY):
        for days in (1, 7):
            then = hours.day_before(hours.at(day, wall, ZONE), ZONE, days).astimezone(ZONE)
            earlier = day - DAY * days
            meant = _on_the_wall(day, wall)  # what she reads on her clock today
            assert (then.date(), then.time()) == (earlier, _on_the_wall(earlier, meant))


def _on_the_wall(day: date, wall: time) -> time:
    """On the day that summer begins there is no half past two: counted from before, it is half past three."""
    skipped = day.month == 3 and day in CHANGES and time(2) <= wall < time(3)
    return wall.replace(hour=3) if skipped else wall


CHANGES = frozenset(changes())


@given(moments, some.integers(0, 14))
def test_days_before_the_wall_shows_the_same(moment: datetime, days: int) -> None:
    there, then = moment.astimezone(ZONE), hours.day_before(moment, ZONE, days).astimezone(ZONE)
    assert then.date() == there.date() - timedelta(days=days)
    same = then.time() == there.time()
    assert same or (then.date() in CHANGES and then.month == 3 and then.hour == there.hour + 1 == 3)


# --- at school
OFFICE = {"ma": (time(8), time(17)), "wo": (time(8, 30), time(12)), "do": (time(9), time(9))}


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23 07:00", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "2026-11-23 08:00"),
        ("2026-11-23 16:59", "2026-11-23 16:59"),
        ("2026-11-23 17:00", "2026-11-25 08:30"),
        ("2026-11-25 12:00", "2026-11-30 08:00"),  # her Thursday has no hours
        ("2026-12-18 12:00", "2027-01-04 08:00"),  # after a holiday
        ("2027-03-27 12:00", "2027-03-29 08:00"),
    ],
)
def test_the_next_moment_in_her_office(now: str, then: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    holiday = date(2026, 12, 19), date(2027, 1, 3)
    found = hours.next_office(moment, ZONE, OFFICE, lambda day: not holiday[0] <= day <= holiday[1])
    assert found == datetime.fromisoformat(then).replace(tzinfo=ZONE)


def test_no_office_where_no_school_day_is_known() -> None:
    assert hours.next_office(local(2026, 7, 3, 12), ZONE, OFFICE, lambda day: day > date(2026, 11, 1)) is None
    assert hours.next_office(local(2026, 7, 3, 12), ZONE, {}, lambda _: True) is None
