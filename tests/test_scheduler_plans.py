"""The arithmetic of a weekly plan: when it is next said, as it fades, round holidays, to the end of the school year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Config
from bot.model import WEEKDAYS
from bot.scheduler import plans
from bot.scheduler.almanac import Almanac
from bot.scheduler.plans import Rule
from bot.schooldays import Free, Schooldays

HOME = ZoneInfo("Europe/Amsterdam")
KERST = Free(date(2026, 12, 19), date(2027, 1, 3), "vakantie", "kerst")
STUDY = Free(date(2026, 12, 8), date(2026, 12, 8), "studiedag", "studiedag")
DAYS = Schooldays([KERST, STUDY])
NONE = Schooldays([])
FADING = Rule("di", "19:30", 1, (4, 2), ("vakantie",))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=HOME).astimezone(UTC)  # type: ignore[arg-type,misc]


def said(rule: Rule, now: datetime, days: Schooldays, most: int = 30) -> list[str]:
    """The days on which a plan is said, until it has faded."""
    found: list[str] = []
    due_at = plans.first(rule, now, HOME, days)
    while due_at is not None and len(found) < most:
        found.append(f"{due_at.astimezone(HOME):%m-%d %H:%M}")
        due_at = plans.following(rule, due_at, len(found), due_at, HOME, days)
    return found


def test_four_times_every_week_then_twice_every_second_then_over() -> None:
    found = said(FADING, local(2026, 9, 7, 12), NONE)
    assert found == [f"{day} 19:30" for day in ("09-08", "09-15", "09-22", "09-29", "10-13", "10-27")]


def test_the_third_stage_is_every_fourth_week() -> None:
    found = said(FADING._replace(fade=(1, 1, 2)), local(2026, 9, 7, 12), NONE)
    assert found == [f"{day} 19:30" for day in ("09-08", "09-22", "10-20", "11-17")]


def test_without_a_fade_it_goes_on() -> None:
    assert len(said(Rule("di", "19:30"), local(2026, 9, 7), NONE, most=40)) == 40


def test_what_falls_into_a_holiday_is_skipped_and_does_not_count() -> None:
    found = said(FADING, local(2026, 11, 23, 16), DAYS)
    assert found == [f"{day} 19:30" for day in ("11-24", "12-01", "12-08", "12-15", "01-05", "01-19")]


@pytest.mark.parametrize(("skip", "day"), [(("vakantie",), 8), (("studiedag",), 15), ((), 8)])
def test_only_the_kinds_that_the_flow_names_are_skipped(skip: tuple[str, ...], day: int) -> None:
    found = plans.first(FADING._replace(skip=skip), local(2026, 12, 7), HOME, DAYS)
    assert found == local(2026, 12, day, 19, 30)


def test_what_was_missed_is_not_made_up_for() -> None:
    """After five weeks without power it goes on with the next week, on the same day and at the same time."""
    found = plans.following(FADING, local(2026, 9, 8, 19, 30), 1, local(2026, 10, 14, 9), HOME, NONE)
    assert found == local(2026, 10, 20, 19, 30)


def test_half_as_often_until_it_is_over() -> None:
    rule = Rule("di", "19:30")
    found = []
    for _ in range(2):
        found.append(rule := plans.rarer(rule, 0) or rule)
    assert [each.every for each in found] == [2, 4]
    assert plans.rarer(rule, 0) is None
    assert plans.rarer(FADING, 4) == FADING._replace(every=4), "it came every second week already"
    assert plans.interval(FADING._replace(every=2), 0) == 2
    assert plans.interval(FADING._replace(every=2), 4) == 2, "fading does not make it rarer than she asked for"


def test_moved_to_another_day() -> None:
    now, due_at = local(2026, 11, 25, 10), local(2026, 12, 1, 19, 30)
    friday = FADING._replace(weekday="vr")
    assert plans.moved(friday, 1, due_at, now, HOME, NONE) == local(2026, 11, 27, 19, 30)
    rare = friday._replace(every=2)
    assert plans.moved(rare, 1, due_at, now, HOME, NONE) == local(2026, 12, 4, 19, 30), "in the week it waits for"
    assert plans.moved(rare._replace(weekday="ma"), 1, due_at, local(2026, 12, 1), HOME, NONE) == local(
        2026, 12, 7, 19, 30
    )


@pytest.mark.parametrize(
    ("today", "ends"),
    [
        ((2026, 11, 23), (2027, 7, 17)),  # the summer holiday of the middle begins on the 17th
        ((2027, 7, 16), (2027, 7, 17)),
        ((2026, 8, 20), (2027, 7, 17)),
        ((2026, 7, 20), (2027, 7, 17)),  # in the summer holiday it is for the next year
        ((2027, 7, 20), (2028, 8, 1)),  # when that ends nobody knows yet
    ],
)
def test_the_end_of_the_school_year(today: tuple[int, int, int], ends: tuple[int, int, int]) -> None:
    summers = [
        Free(date(2026, 7, 18), date(2026, 8, 30), "vakantie", "zomer"),
        Free(date(2027, 7, 17), date(2027, 8, 29), "vakantie", "zomer"),
    ]
    assert plans.year_end(local(*today, 12), HOME, Schooldays(summers)) == local(*ends)


def test_a_rule_is_read_as_it_was_written() -> None:
    assert Rule.read(FADING.dump()) == FADING
    assert Rule.read({"weekday": "ma", "time": "08:00"}) == Rule("ma", "08:00")


@pytest.mark.parametrize(
    ("day", "later"),
    [((2026, 11, 23), (2026, 12, 23)), ((2026, 12, 31), (2027, 1, 31)), ((2027, 1, 31), (2027, 2, 28))],
)
def test_a_month_later(day: tuple[int, int, int], later: tuple[int, int, int]) -> None:
    assert plans.month_later(date(*day)) == date(*later)


@given(
    st.sampled_from(WEEKDAYS),
    st.integers(0, 23),
    st.datetimes(datetime(2026, 8, 1), datetime(2027, 7, 1)),  # noqa: DTZ001
    st.lists(st.integers(1, 6), max_size=4),
)
def test_any_plan_keeps_its_wall_and_its_rhythm(weekday: str, hour: int, begun: datetime, fade: list[int]) -> None:
    """Over both clock changes: never in a holiday, at least as far apart as its stage says, and no more often."""
    days = Almanac.load(Config(schools={})).regional.free["midden"]
    rule = Rule(weekday, f"{hour:02}:30", 1, tuple(fade), ("vakantie",))
    due_at, count, before = plans.first(rule, begun.replace(tzinfo=UTC), HOME, Schooldays(days)), 0, date.min
    while due_at is not None and count < 40:
        wall = due_at.astimezone(HOME)
        assert WEEKDAYS[wall.weekday()] == weekday
        assert (wall.hour, wall.minute) == (hour, 30) or wall.utcoffset() != (wall - timedelta(hours=3)).utcoffset()
        assert not plans.is_free(rule, Schooldays(days), wall.date())
        assert count == 0 or (wall.date() - before).days >= 7 * (plans.interval(rule, count) or 0)
        count, before = count + 1, wall.date()
        due_at = plans.following(rule, due_at, count, due_at, HOME, Schooldays(days))
    assert count == sum(fade) if fade else count == 40
