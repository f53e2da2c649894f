"""A round of talks as somebody wants it, what the school has for it, and how many talks there is room for. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bot.booking.slots import CELL, Hours, slots
from bot.schooldays import Schooldays

KINDS = ("start", "rapport", "anders")  # of `extra` is the round of one talk that somebody asked for
PER = ("child", "household")
LONGEST = 120  # minutes of a talk
SPARE = 60  # minutes between two talks at most
NAME = 60
STEP = int(CELL.total_seconds()) // 60

# What can be wrong with a round, with the data that its sentence needs. Whoever shows it has the sentence: the commands
# in cli/talks_words.py, the pages as texts `console.rounds.fault.<code>`. Days are dates, moments are on the clock of
# the school, `from` and `until` are walls as `15:00`, `known` is a list of words.
FAULTS: Mapping[str, Sequence[str]] = {
    # of the round itself; it cannot be opened so
    "no_name": (),
    "long_name": ("most",),
    "name_taken": ("name", "round"),  # another round of this name is still going
    "no_groups": (),
    "group_gone": ("group",),  # no group of this school in this year
    "no_hours": (),
    "kind_odd": ("kind", "known"),
    "per_odd": ("per", "known"),
    "minutes_odd": ("minutes", "most"),  # not 5 to `most`, or not a multiple of five
    "pause_odd": ("minutes", "most"),  # not 0 to `most`, or not a multiple of five
    "early_late": ("early", "opens"),  # families with several children would come in after the others
    "closes_early": ("opens", "closes"),
    "closes_past": ("closes",),
    "opens_late": ("opens", "last"),  # after the last talk could begin
    # of somebody's hours
    "staff_gone": ("staff",),  # nobody who works here
    "staff_without_group": ("staff",),  # she teaches none of these groups
    "day_past": ("staff", "day"),
    "day_free": ("staff", "day", "why"),  # `why`: the name of the holiday, "" for a weekend
    "mode_odd": ("staff", "day", "mode", "known"),
    "long_place": ("staff", "day", "most"),
    "no_link": ("staff", "day"),  # by video, and there is no address, or none that is safe to open
    "hours_odd": ("staff", "day", "from", "until"),  # they end before they begin
    "hours_uneven": ("staff", "day", "from", "until"),  # not whole five minutes
    "hours_at_night": ("staff", "day", "from", "until", "first", "last"),
    "hours_short": ("staff", "day", "from", "until", "minutes"),  # not one talk fits
    "hours_cross": ("staff", "day", "from"),  # two of hers at the same time
    "hours_elsewhere": ("staff", "day", "from", "round"),  # she has given them to another round
    # warnings: it can be opened so
    "study_day": ("staff", "day", "why"),
    "no_family": (),
    "group_without_hours": ("group", "children"),  # nobody who teaches it has hours
    "few_slots": ("staff", "slots", "families"),
}
WARNINGS = ("study_day", "no_family", "group_without_hours", "few_slots")


class Problem(NamedTuple):
    """One thing that is wrong. `data`: by the names in FAULTS; `row`: which of the hours, from 1 on, 0 for none."""

    code: str
    data: Mapping[str, Any] = {}
    row: int = 0

    @property
    def warns(self) -> bool:
        """Whether the round can be opened all the same."""
        return self.code in WARNINGS


class Plan(NamedTuple):
    """A round as somebody wants it: groups by id, hours without their breaks (`Hours.id`: the row they came from).

    `links`: the address of a colleague's talks by video. `key`: the form or the file; the same again makes one round.
    """

    school: str
    name: str
    groups: tuple[int, ...]
    hours: tuple[Hours, ...]
    minutes: int
    opens_at: datetime
    closes_at: datetime
    kind: str = "anders"
    early_at: datetime | None = None
    pause: int = 0
    per: str = "child"
    prepares: bool = True
    links: Mapping[int, str] = {}
    key: str = ""

    @property
    def once(self) -> str:
        """Its key; without one, what it says: the same words make one round."""
        if self.key:
            return self.key
        said = (*self[:-2], sorted(self.links.items()))
        return f"said:{hashlib.sha256(repr(said).encode()).hexdigest()[:32]}"


class Facts(NamedTuple):
    """What a school has, for as far as a round needs it: who teaches which group, how many children each has."""

    zone: ZoneInfo
    days: Schooldays
    groups: Mapping[int, str]
    staff: Mapping[int, str]
    keys: Mapping[str, int] = {}  # how commands name a colleague
    teachers: Mapping[int, Sequence[int]] = {}  # by group, who comes first before the others
    children: Mapping[int, int] = {}  # by group, who has a parent that may hear of it
    elsewhere: Sequence[tuple[Hours, str]] = ()  # hours that colleagues gave to other rounds, with the round's name
    names: Mapping[str, int] = {}  # rounds that are going


class Seats(NamedTuple):
    """What there is for whom: of one colleague."""

    staff_id: int
    name: str
    slots: int
    children: int


def without(start: time, until: time, breaks: Iterable[tuple[time, time]]) -> Iterator[tuple[time, time]]:
    """What is left of these hours between the breaks."""
    for first, last in sorted(breaks):
        if first > start:
            yield start, min(first, until)
        start = max(start, last)
    if start < until:
        yield start, until


def teacher(teachers: Sequence[int], having: Iterable[int]) -> int | None:
    """With whom the children of a group talk: the first of its teachers who has hours."""
    there = set(having)
    return next((each for each in teachers if each in there), None)


def seats(plan: Plan, facts: Facts) -> list[Seats]:
    """How many talks each colleague has room for, and how many children would come to her."""
    having = {each.staff_id for each in plan.hours}
    come: dict[int, int] = dict.fromkeys(sorted(having), 0)
    for group in plan.groups:
        with_whom = teacher(facts.teachers.get(group, ()), having)
        if with_whom:
            come[with_whom] += facts.children.get(group, 0)
    many = dict.fromkeys(come, 0)
    for slot in slots(plan.hours, plan.minutes, plan.pause, facts.zone, frozenset()):
        many[slot.staff_id] += 1
    return [Seats(each, facts.staff.get(each, str(each)), many[each], come[each]) for each in come]
