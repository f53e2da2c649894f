"""What a slot costs a parent and the school: how far from her wish, how late, how far from the interpreter's. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.booking.sequence import FIXED, Node
from bot.booking.slots import CELL, Slot
from bot.booking.wanted import Placed, Proposal, Span, Wanted, Wish
from bot.model import WEEKDAYS

STEP = int(CELL.total_seconds()) // 60
OUTSIDE = 6000  # for each way in which a talk is not as she wished: more than anything else can be
_OFF, _OFF_MOST = 5, 240  # for each minute that it is off
_EACH_DAY, _LATEST_DAY = 30, 10  # a day later in the round
_LATER = 3  # as many minutes later on the day
_SOON_AFTER = 2  # and behind the hour from which it suits her
_LATE, _LATE_MINUTE = 20 * 60, 4  # after eight in the evening, for each minute
_BLOCK, _BLOCK_MINUTE, _BLOCK_MOST = 100, 3, 120  # an interpreter waits, or comes once more
_NOBODY = ((0, 0),)
_ANOTHER = 200  # an interpreter other than that of the talk before


class Sought(NamedTuple):
    """All that could be: in each run the nodes in time, with one interpreter throughout or with whoever is free."""

    children: tuple[int, ...]
    places: Sequence[Placed]
    runs: Sequence[Sequence[Node]]


def weigh(
    wanted: Sequence[Wanted],
    zone: ZoneInfo,
    wish: Wish,
    has: Sequence[Span],
    interpreters: Sequence[Span] | None,
    blocks: Sequence[Span],
) -> Sought:
    """Every slot that she can have, with what it costs. Without `interpreters` none is needed."""
    places: list[Placed] = []
    nodes = []
    fixed = _fixed(has, zone)
    moments = _moments(wanted, zone, wish)
    for child, each in enumerate(wanted):
        for slot in each.slots:
            start, end, day, cost = moments[slot.starts_at, slot.minutes]
            if fixed and any(other.start < end and start < other.end for other in fixed):
                continue
            for who, more in _interpreted(slot, interpreters, blocks) if interpreters is not None else _NOBODY:
                nodes.append(Node(start, end, day, cost + more, child, len(places)))
                places.append(Placed(slot, who))
    return Sought(tuple(each.child_id for each in wanted), places, _runs(nodes, fixed, places))


def as_nodes(sought: Sought, proposal: Proposal, zone: ZoneInfo) -> tuple[Node, ...]:
    """A proposal from elsewhere, in time; as far as it is about these children."""
    found = []
    for child, number in enumerate(sought.children):
        if placed := proposal.get(number):
            start, end, day, _ = _wall(placed.slot.starts_at, placed.slot.minutes, zone)
            found.append(Node(start, end, day, 0, child))
    return tuple(sorted(found))


def change(places: Sequence[Placed], nodes: Sequence[Node]) -> int:
    """What it costs that interpreters follow each other."""
    who = [places[each.place].interpreter_id for each in nodes]
    return _ANOTHER * sum(one != next_one for one, next_one in pairwise(who))


def _wall(moment: datetime, minutes: int, zone: ZoneInfo) -> tuple[int, int, int, int]:
    """From when until when it takes somebody's time, in minutes and whole cells; the day, and the minute of it."""
    wall, start = moment.astimezone(zone), int(moment.timestamp()) // 60
    return start // STEP * STEP, -(-(start + minutes) // STEP) * STEP, wall.toordinal(), wall.hour * 60 + wall.minute


def _fixed(has: Sequence[Span], zone: ZoneInfo) -> list[Node]:
    """Her own talks as they follow each other; those that run into each other are one."""
    found: list[Node] = []
    for each in sorted(has):
        start, end, day, _ = _wall(each.starts_at, int((each.ends_at - each.starts_at).total_seconds()) // 60, zone)
        if found and start < found[-1].end:
            found[-1] = found[-1]._replace(end=max(end, found[-1].end))
        else:
            found.append(Node(start, end, day, 0, FIXED))
    return found


def _moments(
    wanted: Sequence[Wanted], zone: ZoneInfo, wish: Wish
) -> dict[tuple[datetime, int], tuple[int, int, int, int]]:
    """When a talk would begin and end, on which day, and what that costs her; siblings have many of them in common."""
    walls = {
        (slot.starts_at, slot.minutes): _wall(slot.starts_at, slot.minutes, zone)
        for each in wanted
        for slot in each.slots
    }
    days = sorted({day for _, _, day, _ in walls.values()})
    turn = {day: _EACH_DAY * min(number, _LATEST_DAY) + _off_day(wish, day) for number, day in enumerate(days)}
    return {
        moment: (start, end, day, turn[day] + _off_hour(wish, minute, minute + moment[1]))
        for moment, (start, end, day, minute) in walls.items()
    }


def _off_day(wish: Wish, day: int) -> int:
    """Whether it is on another day than she wished."""
    if not wish.weekdays and not wish.days:
        return 0
    return OUTSIDE * (WEEKDAYS[(day - 1) % 7] not in wish.weekdays and date.fromordinal(day) not in wish.days)


def _off_hour(wish: Wish, begin: int, end: int) -> int:
    """How far it is from the hours that suit her, and from those that suit most."""
    cost = begin // _LATER + max(0, end - _LATE) * _LATE_MINUTE
    cost += max(0, begin - _minute(wish.after)) // _SOON_AFTER if wish.after else 0
    for off in (wish.after and _minute(wish.after) - begin, wish.before and end - _minute(wish.before)):
        if off and off > 0:
            cost += OUTSIDE + _OFF * min(off, _OFF_MOST)
    return cost


def _minute(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _interpreted(slot: Slot, interpreters: Sequence[Span], blocks: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Who can interpret all the time, each once, and what that costs beside the talks that are interpreted already."""
    ends_at = slot.ends_at
    free = {each.who for each in interpreters if each.covers(slot)}
    alone = _BLOCK + _BLOCK_MINUTE * _BLOCK_MOST if blocks else 0
    for who in sorted(free):
        yield who, min((_wait(slot, ends_at, each) for each in blocks if each.who in (0, who)), default=alone)


def _wait(slot: Slot, ends_at: datetime, block: Span) -> int:
    apart = max(slot.starts_at - block.ends_at, block.starts_at - ends_at).total_seconds() // 60
    return _BLOCK * (apart > 0) + _BLOCK_MINUTE * int(min(max(apart, 0), _BLOCK_MOST))


def _runs(nodes: Sequence[Node], fixed: Sequence[Node], places: Sequence[Placed]) -> list[list[Node]]:
    """With whoever is free; and where there are several interpreters, with each of them alone."""
    every = sorted({places[each.place].interpreter_id for each in nodes})
    chosen = [set(every), *([{who} for who in every] if len(every) > 1 else [])]
    return [
        sorted([*fixed, *(each for each in nodes if len(chosen) == 1 or places[each.place].interpreter_id in whose)])
        for whose in chosen
    ]
