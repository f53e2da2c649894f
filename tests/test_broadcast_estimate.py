"""How long a broadcast takes and which limit binds: by hand, and for any audience against what a provider allows."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import hours
from bot.broadcast.estimate import LATE, LIMITS, Going, Rate, estimate, leaving
from bot.config import QuietHours

ZONE = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 20, 59, 0, tzinfo=ZONE).astimezone(UTC)
DAY = timedelta(days=1)
QUIET = QuietHours()
RATES = {"sms": Rate(1.0), "whatsapp": Rate(80.0, portfolio=250), "telegram": Rate(30.0)}


def some(many: int, channel: str, first: int = 0, **fields: object) -> list[Going]:
    return [Going(first + number, channel, **fields) for number in range(many)]  # type: ignore[arg-type]


def loud(moment: datetime, _person: Going) -> datetime:
    return hours.next_loud(moment, ZONE, QUIET)


# --- by hand
def test_what_each_channel_carries_costs_and_takes() -> None:
    people = [*some(10, "sms", parts=3), *some(20, "whatsapp", 100), *some(30, "telegram", 200)]
    nobody = [Going(900, why="gestopt"), Going(901, why="geen_weg"), Going(902, why="gestopt")]
    found = estimate([*people, *nobody], RATES, NOON)
    assert [(each.channel, each.people, each.parts, each.euros) for each in found.lines] == [
        ("telegram", 30, 0, 0.0), ("whatsapp", 20, 0, 0.10), ("sms", 10, 30, 3.0),
    ]  # fmt: skip
    assert (found.people, found.parts, found.euros, found.today) == (60, 30, 3.10, 60)
    assert found.seconds == 30 == (found.until - NOON).total_seconds(), "three parts a message, one part a second"
    assert found.limit == "tempo"
    assert found.unreachable == {"gestopt": [900, 902], "geen_weg": [901]}


def test_a_few_are_bound_by_nothing() -> None:
    found = estimate(some(1, "sms"), RATES, NOON)
    assert (found.limit, found.held) == ("", {})
    assert estimate([], RATES, NOON).until == NOON


def test_two_hundred_and_fifty_a_day_outside_the_window_and_the_rest_tomorrow() -> None:
    found = estimate(some(300, "whatsapp", outside=True), RATES, NOON)
    assert (found.limit, found.today, found.held["dagmaximum"]) == ("dagmaximum", 250, 50)
    assert NOON + DAY < found.until < NOON + DAY + timedelta(seconds=5)
    assert found.euros == round(300 * 0.055, 2)
    assert estimate(some(300, "whatsapp"), RATES, NOON).today == 300, "within the window nobody counts"


def test_who_was_written_to_today_counts_once_and_makes_no_room() -> None:
    used = {number: NOON - timedelta(hours=2) for number in range(240)}
    rates = {"whatsapp": Rate(80.0, 250, used)}
    again = estimate(some(250, "whatsapp", outside=True), rates, NOON)
    assert (again.today, again.limit) == (250, "tempo")
    others = estimate(some(20, "whatsapp", 1000, outside=True), rates, NOON)
    assert (others.held["dagmaximum"], others.today) == (10, 20)
    assert others.until > NOON + timedelta(hours=22), "when those of two hours ago are a day old"


def test_what_is_of_no_use_tomorrow_does_not_reach_the_fifty() -> None:
    found = estimate(some(300, "whatsapp", outside=True), RATES, NOON, until=NOON + timedelta(hours=10))
    assert (found.people, len(found.unreachable[LATE]), found.limit) == (250, 50, "dagmaximum")


def test_a_knock_waits_for_her_tap() -> None:
    found = estimate([*some(3, "whatsapp", knock=True), *some(60, "sms", 10)], RATES, NOON)
    assert (found.limit, found.held["venster"]) == ("venster", 3)
    assert found.lines[1].euros == pytest.approx(3 * 0.065, abs=0.01), "a template, her tap and the message"


def test_quiet_hours_cut_it_in_two() -> None:
    """At 20:59 sixty leave in the minute that is left, all but the first in turn; the others at seven."""
    found = estimate(some(100, "sms"), RATES, EVENING, loud)
    assert (found.limit, found.held) == ("stil", {"tempo": 59, "stil": 40})
    assert found.until.astimezone(ZONE).time() == time(7, 0, 40)


def test_her_week_is_full_until_thursday() -> None:
    thursday = NOON + 3 * DAY
    found = estimate([*some(5, "telegram"), Going(9, "telegram", week_until=thursday)], RATES, NOON)
    assert (found.limit, found.held, found.today) == ("week", {"week": 1}, 5)
    assert found.lines[0].until > thursday


# --- for any audience
going = st.builds(
    Going,
    contact_id=st.integers(1, 40), channel=st.sampled_from(["", "sms", "whatsapp"]), parts=st.integers(1, 4),
    outside=st.booleans(), knock=st.booleans(), why=st.just("geen_weg"),
    week_until=st.none() | st.timedeltas(-DAY, 3 * DAY).map(lambda span: NOON + span),
)  # fmt: skip
audiences = st.lists(going, max_size=40, unique_by=lambda each: each.contact_id)
rates = st.builds(
    Rate,
    per_second=st.sampled_from([0.001, 0.1, 1.0, 80.0]), portfolio=st.integers(0, 8),
    used=st.dictionaries(st.integers(1, 60), st.timedeltas(-2 * DAY, timedelta(0)).map(lambda span: NOON + span),
                         max_size=12),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(audiences, rates)
def test_everybody_counts_once_and_no_limit_is_broken(people: list[Going], rate: Rate) -> None:
    plan = [*leaving(people, rate, NOON, loud)]
    assert Counter(each.person for each in plan) == Counter(people)
    for each, after in pairwise(plan):
        apart = each.person.parts / rate.per_second
        assert (after.at - each.at).total_seconds() >= apart - 1e-5, "faster than the sender may"
    for each in plan:
        assert each.at >= max(NOON, each.person.week_until or NOON)
        assert not hours.is_quiet(each.at, ZONE, QUIET)
        assert each.held in ("", *LIMITS)
    last = {who: at for who, at in rate.used.items() if at > NOON - DAY}
    for each in plan if rate.portfolio else ():
        if each.person.outside or each.person.knock:
            last[each.person.contact_id] = each.at
            recent = [at for at in last.values() if each.at - DAY < at <= each.at]
            before = sum(at > NOON - DAY for at in rate.used.values())
            assert len(recent) <= max(rate.portfolio, before), "more people in a day than there may be"


@settings(max_examples=40, deadline=None)
@given(audiences, rates, st.timedeltas(timedelta(0), 2 * DAY))
def test_the_sums_are_those_of_the_lines(people: list[Going], rate: Rate, span: timedelta) -> None:
    channels = dict.fromkeys(("sms", "whatsapp"), rate)
    found = estimate(people, channels, NOON, loud, NOON + span)
    assert found.people == sum(line.people for line in found.lines)
    assert found.people + sum(map(len, found.unreachable.values())) == len(people)
    assert {*found.unreachable} <= {"geen_weg", LATE}
    assert all(line.people and line.seconds > 0 for line in found.lines)
    assert found.seconds == max((line.seconds for line in found.lines), default=0.0)
    assert found.euros == pytest.approx(sum(line.euros for line in found.lines), abs=0.02)
    quicker = {name: rate._replace(per_second=rate.per_second * 10) for name in channels}
    assert estimate(people, quicker, NOON, loud, NOON + span).people >= found.people
