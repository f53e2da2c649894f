"""A round as somebody wants it: a file that an office worker can write, and everything that is wrong with it."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.booking.faults import faults
from bot.booking.plan import FAULTS, WARNINGS, Facts, Plan, Seats, seats, without
from bot.booking.roundfile import example, read
from bot.booking.slots import Hours
from bot.schooldays import Free, Schooldays

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 23, 16, 0, tzinfo=ZONE)  # a Monday
THURSDAY, SATURDAY = date(2026, 11, 26), date(2026, 11, 28)
FREE = [
    Free(date(2026, 12, 21), date(2027, 1, 1), "vakantie", "kerst"),
    Free(date(2026, 11, 27), date(2026, 11, 27), "studiedag", "Studiedag rekenen"),
]
FACTS = Facts(
    ZONE, Schooldays(FREE, date(2027, 7, 1)), {3: "groep 3", 4: "groep 4"}, {1: "juf Janneke", 2: "meester Bas"},
    {"janneke": 1, "bas": 2}, {3: [1], 4: [2, 1]}, {3: 4, 4: 30}, names={"Oud": 7},
)  # fmt: skip
FILE = """
name   = "Rapportgesprekken"
kind   = "rapport"
groups = ["Groep 3", "groep 4"]
length = 10
opens  = "2026-11-24 16:00"
early  = 2026-11-23T18:00:00
closes = "25-11-2026 12:00"
place  = "eigen lokaal"

[[hours]]
staff = "Juf janneke"
day   = ["26-11-2026", 2026-12-01]
from  = "15:00"
until = 20:00:00
break = [["17:00", "18:30"], ["19:00", "19:15"]]

[[hours]]
staff = "bas"
day   = "2026-11-26"
from  = "18.00"
until = "20:00"
break = ["19:00", "19:10"]
mode  = "video"
link  = "https://video.example.org/b"
"""


def wrong(text: str) -> list[str]:
    return read(text, "brug", FACTS, NOW).wrong


def test_an_office_worker_can_write_it() -> None:
    plan = read(FILE, "brug", FACTS, NOW).plan
    assert plan is not None
    assert (plan.name, plan.kind, plan.groups, plan.minutes, plan.per) == (
        "Rapportgesprekken", "rapport", (3, 4), 10, "child",
    )  # fmt: skip
    moments = [plan.early_at, plan.opens_at, plan.closes_at]
    assert [f"{each.astimezone(ZONE):%d %H:%M}" for each in moments if each] == ["23 18:00", "24 16:00", "25 12:00"]
    assert [(each.day.day, f"{each.start:%H:%M}-{each.until:%H:%M}", each.id) for each in plan.hours] == [
        (26, "15:00-17:00", 1), (26, "18:30-19:00", 1), (26, "19:15-20:00", 1),
        (1, "15:00-17:00", 1), (1, "18:30-19:00", 1), (1, "19:15-20:00", 1),
        (26, "18:00-19:00", 2), (26, "19:10-20:00", 2),
    ]  # fmt: skip
    assert {(each.mode, each.place) for each in plan.hours} == {("school", "eigen lokaal"), ("video", "")}
    assert plan.links == {2: "https://video.example.org/b"}
    assert seats(plan, FACTS) == [Seats(1, "juf Janneke", 2 * (12 + 3 + 4), 4), Seats(2, "meester Bas", 6 + 5, 30)]
    found = faults(plan, FACTS, NOW)
    assert [(each.code, each.warns) for each in found] == [("few_slots", True)]
    assert found[0].data == {"staff": "meester Bas", "slots": 11, "families": 30}
    again = read(FILE.replace('kind   = "rapport"', '# met opmerking\nkind = "rapport"'), "brug", FACTS, NOW).plan
    assert again is not None
    assert again.once == plan.once, "the same words are the same round"
    other = read(FILE.replace("20:00:00", "20:30:00"), "brug", FACTS, NOW).plan
    assert other is not None
    assert other.once != plan.once


def test_the_example_can_be_opened_as_it_is() -> None:
    text = example(FACTS, NOW.date())
    plan, lines = read(text, "brug", FACTS, NOW)
    assert lines == []
    assert plan is not None
    assert [each.code for each in faults(plan, FACTS, NOW) if not each.warns] == []
    assert {each.staff_id for each in plan.hours} == {1}


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ('"groep 4"]', '"groep 9"]', 'groups = "groep 9": there is no such group; there are: groep 3, groep 4'),
        ('"bas"', '"truus"', '[[hours]] 2 staff = "truus": there is no such colleague; there are: juf Janneke, mees'),
        ("length = 10", 'length = "tien"', 'length = "tien" cannot be read; write a number of minutes'),
        ("length = 10", "", "length is missing; write a number"),
        ("kind ", "sort ", "sort is unknown; known are name, kind"),
        ('"2026-11-24 16:00"', '"volgende week"', 'opens = "volgende week" cannot be read; write a day and a time as'),
        ('"2026-11-24 16:00"', '"2026-11-24"', "cannot be read; write a day and a time as"),
        ('"26-11-2026"', '"31-11-2026"', '[[hours]] 1 day = "31-11-2026": the day is not right'),
        ('from  = "15:00"', 'from  = "drie uur"', '[[hours]] 1 from = "drie uur" cannot be read; write a time as'),
        ('["19:00", "19:10"]', '["19:10", "19:00"]', "[[hours]] 2 break: 19:10 - 19:00 does not lie between 18:00"),
        ('["19:00", "19:10"]', '"19:00"', '[[hours]] 2 break = "19:00" cannot be read; write ["19:00", "19:15"]'),
        ("[[hours]]", "[[hour]]", "hour is unknown"),
        ("groups = [", "groups = ", "line 4"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_key_and_way_out(was: str, now: str, says: str) -> None:
    lines = wrong(FILE.replace(was, now))
    assert len(lines) == 1, lines
    assert says in lines[0]


def test_every_mistake_is_said_at_once() -> None:
    lines = wrong(FILE.replace('"bas"', '"truus"').replace("length = 10", "").replace('"groep 4"]', '"groep 9"]'))
    assert len(lines) == 3


GOOD = Plan(
    "brug", "Rapport", (3, 4), (Hours(1, THURSDAY, time(15), time(17), id=1), Hours(2, THURSDAY, time(15), time(20))),
    10, datetime(2026, 11, 24, 16, 0, tzinfo=ZONE), datetime(2026, 11, 25, 16, 0, tzinfo=ZONE),
)  # fmt: skip

LATER = GOOD.closes_at.replace(month=12)
UNSAFE = (
    "javascript:alert(1)", "http://video.example.org/b", "https://", "https://video.example.org/\nb",
    "https://video.example.org/\u202eb", 'https://video.example.org/"><b>', "https://" + "x" * 5000,
)  # fmt: skip


def hours(**changes: Any) -> dict[str, Any]:
    return {"hours": (GOOD.hours[0]._replace(**changes),)}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("no_name", {"name": " "}),
        ("long_name", {"name": "x" * 61}),
        ("name_taken", {"name": "Oud"}),
        ("no_groups", {"groups": (), "hours": ()}),
        ("group_gone", {"groups": (3, 9)}),
        ("no_hours", {"hours": ()}),
        ("kind_odd", {"kind": "extra"}),
        ("per_odd", {"per": "group"}),
        ("minutes_odd", {"minutes": 12}),
        ("minutes_odd", {"minutes": 0}),
        ("pause_odd", {"pause": -5}),
        ("early_late", {"early_at": GOOD.closes_at}),
        ("closes_early", {"closes_at": GOOD.opens_at}),
        ("closes_past", {"opens_at": datetime(2026, 11, 1, tzinfo=ZONE), "closes_at": NOW}),
        ("opens_late", {"opens_at": datetime(2026, 11, 26, 20, 0, tzinfo=ZONE), "closes_at": LATER}),
        ("staff_gone", hours(staff_id=9)),
        ("staff_without_group", {"groups": (3,)}),
        ("day_past", hours(day=date(2026, 11, 20))),
        ("day_free", hours(day=SATURDAY)),
        ("day_free", hours(day=date(2026, 12, 22))),
        ("mode_odd", hours(mode="fax")),
        ("long_place", hours(place="x" * 61)),
        ("no_link", hours(mode="video")),
        *(("no_link", {**hours(mode="video"), "links": {1: each}}) for each in UNSAFE),
        ("hours_odd", hours(until=time(15))),
        ("hours_uneven", hours(until=time(16, 42))),
        ("hours_at_night", hours(until=time(22, 30))),
        ("hours_short", {**hours(until=time(15, 30)), "minutes": 45}),
        ("hours_cross", {"hours": (GOOD.hours[0], GOOD.hours[0]._replace(start=time(16, 55), until=time(18)))}),
        ("study_day", hours(day=date(2026, 11, 27))),
        ("group_without_hours", {"hours": GOOD.hours[1:]}),
        ("few_slots", {**hours(until=time(15, 30)), "groups": (3,)}),
    ],
)  # fmt: skip
def test_each_fault_is_found_and_has_what_its_sentence_needs(code: str, changes: dict[str, Any]) -> None:
    found = {each.code: each for each in faults(GOOD._replace(**changes), FACTS, NOW)}
    assert code in found, sorted(found)
    assert sorted(found[code].data) == sorted(FAULTS[code])
    assert found[code].warns == (code in WARNINGS)


def test_hours_that_another_round_has_and_a_round_for_nobody() -> None:
    given = FACTS._replace(elsewhere=((Hours(1, THURSDAY, time(16), time(18)), "Start"),))
    [found] = faults(GOOD, given, NOW)
    assert (found.code, found.data["round"], found.row) == ("hours_elsewhere", "Start", 1)
    assert "no_family" in {each.code for each in faults(GOOD, FACTS._replace(children={}), NOW)}


def test_breaks_cut_hours_also_at_their_edges() -> None:
    cut = list(without(time(15), time(20), [(time(19), time(20)), (time(15), time(15, 30)), (time(15, 20), time(16))]))
    assert cut == [(time(16), time(19))]
    assert GOOD.once == GOOD._replace().once != GOOD._replace(minutes=15).once
