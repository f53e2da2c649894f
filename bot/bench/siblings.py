"""A round of talks on paper: how many brothers and sisters get theirs within a quarter of an hour of each other."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from operator import attrgetter
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.bench.figures import Figure, Peer, Progress, Skipped, rounds
from bot.booking.propose import Placed, Proposal, Wanted, Wish, propose
from bot.booking.slots import Hours, Slot, slots
from bot.model import WEEKDAYS

FAMILIES, TEACHERS, PART_TIME, BOUND = 300, 12, 2, 90
NEAR = timedelta(minutes=15)
_ZONE = ZoneInfo("Europe/Amsterdam")
_EVENINGS = (date(2027, 2, 2), date(2027, 2, 4), date(2027, 2, 9))
_WALLS = ((time(15, 30), time(17, 30)), (time(18, 30), time(20, 30)))
_MINUTES, _LATE = 10, time(20)
_SIZES = (1, 2, 3)
_SHARES = (57, 35, 8)  # of a hundred families
_WISHES = (
    (60, Wish()), (12, Wish(after=time(17))), (8, Wish(before=time(17, 30))),
    (8, Wish(weekdays=("di",))), (8, Wish(weekdays=("do",))), (4, Wish(weekdays=("do",), after=time(18))),
)  # fmt: skip


class Family(NamedTuple):
    """The teachers of her children, and what suits her."""

    teachers: Sequence[int]
    wish: Wish


class Outcome(NamedTuple):
    """What came of a round, in shares of a hundred."""

    near: float  # pairs of siblings that follow each other within a quarter of an hour
    placed: float  # children who have a talk
    wished: float  # talks as the family wished
    late: float  # talks that end after eight without a wish for it


Planner = Callable[[Sequence[Wanted], Wish], Proposal]


def measure(seconds: float, progress: Progress, families: int = FAMILIES) -> list[Figure | Skipped]:
    """Whole rounds, each with other families who come in another order."""
    ours, alone = [], []
    for number in rounds(seconds, progress):
        ours.append(play(families, number, together).near)
        alone.append(play(families, number, each_alone).near)
    name = f"siblings within 15 minutes, {families} families, {TEACHERS} teachers, {len(_EVENINGS)} evenings"
    return [Figure(name, median(ours), "%", BOUND, (Peer("each child alone, first come", median(alone), True),))]


def play(families: int, seed: int, planner: Planner) -> Outcome:
    """They book one after the other, in whatever order they come."""
    chance = random.Random(seed)  # noqa: S311 - the same ones every time
    came = list(_families(families, chance))
    chance.shuffle(came)
    free = {teacher: _slots(teacher) for teacher in range(TEACHERS)}
    done = []
    for family in came:
        wanted = [Wanted(child, teacher, free[teacher]) for child, teacher in enumerate(family.teachers)]
        found = [placed.slot for placed in planner(wanted, family.wish).values()]
        for slot in found:
            free[slot.staff_id] = [each for each in free[slot.staff_id] if not _meet(each, slot)]
        done.append((family, sorted(found, key=attrgetter("starts_at"))))
    return _counted(done)


def together(wanted: Sequence[Wanted], wish: Wish) -> Proposal:
    """As the bot does: what fits the whole family best."""
    return next(iter(propose(wanted, zone=_ZONE, wish=wish)), {})


def each_alone(wanted: Sequence[Wanted], wish: Wish) -> Proposal:
    """As a list on a door does: for each child the first that suits her and that she can come to."""
    found: dict[int, Placed] = {}
    for each in wanted:
        open_ = [slot for slot in each.slots if not any(_meet(slot, other.slot) for other in found.values())]
        if open_:
            suits = (slot for slot in open_ if _suits(slot, wish))
            found[each.child_id] = Placed(next(suits, open_[0]))
    return found


def _families(many: int, chance: random.Random) -> Iterator[Family]:
    """Their children spread over the groups as school spreads them: none much fuller than the others."""
    seats: list[int] = []
    for _ in range(many):
        (size,), (wish,) = chance.choices(_SIZES, _SHARES), chance.choices(*_weighed(_WISHES))
        teachers: list[int] = []
        while len(teachers) < size:
            if not seats:
                seats = chance.sample(range(TEACHERS), TEACHERS)
            teachers.append(seats.pop())
        yield Family(teachers, wish)


def _weighed(shares: Sequence[tuple[int, Wish]]) -> tuple[list[Wish], list[int]]:
    return [wish for _, wish in shares], [share for share, _ in shares]


def _slots(teacher: int) -> list[Slot]:
    """All evenings; two of the teachers work on two of them only."""
    evenings = _EVENINGS[: 2 if teacher < PART_TIME else None]
    hours = (Hours(teacher, day, start, until) for day in evenings for start, until in _WALLS)
    return list(slots(hours, _MINUTES, 0, _ZONE, frozenset()))


def _meet(one: Slot, other: Slot) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _suits(slot: Slot, wish: Wish) -> bool:
    begin, end = slot.starts_at.astimezone(_ZONE), slot.ends_at.astimezone(_ZONE)
    day = not wish.weekdays or WEEKDAYS[begin.weekday()] in wish.weekdays
    return day and (wish.after or time.min) <= begin.time() and end.time() <= (wish.before or time.max)


def _counted(done: Sequence[tuple[Family, Sequence[Slot]]]) -> Outcome:
    """A sibling who has no talk is not near."""
    talks = [(family, slot) for family, found in done for slot in found]
    children = sum(len(family.teachers) for family, _ in done)
    siblings = sum(len(family.teachers) - 1 for family, _ in done)
    near = sum(after.starts_at - slot.ends_at <= NEAR for _, found in done for slot, after in pairwise(found))
    late = [slot for family, slot in talks if not family.wish.after and slot.ends_at.astimezone(_ZONE).time() > _LATE]
    return Outcome(
        100 * near / max(siblings, 1),
        100 * len(talks) / children,
        100 * sum(_suits(slot, family.wish) for family, slot in talks) / children,
        100 * len(late) / children,
    )
