"""Who comes after whom: one place in time for each of some children, as many as fit, at the least cost. Pure.

A walk through time that keeps, for every set of children that have their place, the best way to have come so far. What
a place costs behind another depends on the wait between the two, so ways are kept by when their last talk ends.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

NEAR = 15  # minutes that somebody may wait between two talks
_WAIT = tuple((10, 0, 20, 30)[-(-wait // 5)] for wait in range(NEAR + 1))  # at once; some time to walk; ten minutes ...
_APART = 700  # more than a short wait on the same day, and for each minute:
_MINUTE = 2
_AGAIN = 1500  # on another day: she comes twice
_NEVER = 1 << 60
FIXED = -1


class Node(NamedTuple):
    """A place that a child may have, in minutes; `FIXED` for a talk that stands already."""

    start: int
    end: int
    day: int
    cost: int
    child: int  # 0, 1, 2 ...
    place: int = 0  # what it is, to whoever asks


class _Way(NamedTuple):
    """How some children have come to their places, the last first."""

    cost: int
    end: int
    node: Node | None = None
    before: "_Way | None" = None


class _Ways:
    """The best ways for one set of children: those of just now by their end, earlier today, and on days before."""

    __slots__ = ("best", "earlier", "late", "recent", "today")

    def __init__(self, first: _Way | None = None) -> None:
        self.recent: dict[int, _Way] = {}
        self.late: list[int] = []  # what is not of just now any more
        self.today: _Way | None = None
        self.earlier = self.best = first

    def add(self, cost: int, node: Node, before: _Way) -> None:
        known = self.recent.get(node.end)
        if known is None or cost < known.cost:
            way = self.recent[node.end] = _Way(cost, node.end, node, before)
            if self.best is None or cost < self.best.cost:
                self.best = way

    def only(self, way: _Way) -> None:
        """From here on all go by this one."""
        self.recent, self.today, self.earlier, self.best = {way.end: way}, None, None, way

    def turn(self, start: int) -> None:
        """Another day begins."""
        past = [way for end, way in self.recent.items() if end <= start]
        for way in (*past, self.today):
            if way and (self.earlier is None or way.cost < self.earlier.cost):
                self.earlier = way
        self.recent = {end: way for end, way in self.recent.items() if end > start}
        self.today = None

    def until(self, start: int) -> tuple[int, _Way | None]:
        """What it costs at least to have a talk at `start` behind these, and behind which."""
        cost, found = (self.earlier.cost + _AGAIN, self.earlier) if self.earlier else (_NEVER, None)
        for end, way in self.recent.items():
            wait = start - end
            if wait > NEAR:
                self.late.append(end)
            elif wait >= 0 and way.cost + _WAIT[wait] < cost:
                cost, found = way.cost + _WAIT[wait], way
        if self.late:
            self._rest()
        if self.today:
            later = self.today.cost + _APART + _MINUTE * (start - self.today.end)
            if later < cost:
                cost, found = later, self.today
        return cost, found

    def _rest(self) -> None:
        """Of those that ended longer ago, one is the best for all that is still to come today."""
        for end in self.late:
            way = self.recent.pop(end)
            if self.today is None or way.cost - _MINUTE * end < self.today.cost - _MINUTE * self.today.end:
                self.today = way
        self.late.clear()


def best(nodes: Sequence[Node], children: int) -> tuple[int, tuple[Node, ...]]:
    """The cost and the places of as many of the children as fit, in time; nodes in the order of their start."""
    if children == 1 and not any(each.child == FIXED for each in nodes):
        alone = min(nodes, key=attrgetter("cost"), default=None)
        return (alone.cost, (alone,)) if alone else (0, ())
    ways = [_Ways() for _ in range(1 << children)]
    ways[0] = _Ways(_Way(-_AGAIN, 0))
    day = None
    for start, group in groupby(nodes, attrgetter("start")):
        together = tuple(group)
        if together[0].day != day:
            day = together[0].day
            for each in ways:
                each.turn(start)
        _place(ways, start, together)
    size = max(bin(taken).count("1") for taken, each in enumerate(ways) if each.best)
    full = (each.best for taken, each in enumerate(ways) if each.best and bin(taken).count("1") == size)
    return _back(min(full, key=attrgetter("cost")))


def _place(ways: Sequence[_Ways], start: int, together: Sequence[Node]) -> None:
    """Each of these, which begin at once, behind every way without its child."""
    here = [(taken, each, *each.until(start)) for taken, each in enumerate(ways) if each.best]
    for node in reversed(together):  # of two that are as good, the eldest has the first
        if node.child == FIXED:
            for _, each, cost, way in here:
                each.only(_Way(cost, node.end, node, way))
            continue
        child = 1 << node.child
        for taken, _, cost, way in here:
            if way and not taken & child:
                ways[taken | child].add(cost + node.cost, node, way)


def _back(way: _Way) -> tuple[int, tuple[Node, ...]]:
    nodes, last = [], way
    while last.node and last.before:
        nodes.append(last.node)
        last = last.before
    return way.cost, tuple(node for node in reversed(nodes) if node.child != FIXED)
