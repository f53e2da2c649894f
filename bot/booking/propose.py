"""Which talks fit a parent best: hard rules kept, wishes weighed. Pure and fast; it plans for one parent at a time."""

from collections.abc import Callable, Collection, Iterator, Sequence
from zoneinfo import ZoneInfo

from bot.booking import sequence
from bot.booking.sequence import FIXED, Node
from bot.booking.wanted import Placed, Proposal, Span, Wanted, Wish
from bot.booking.weighing import OUTSIDE, Sought, as_nodes, change, weigh

__all__ = ["Placed", "Proposal", "Span", "Wanted", "Wish", "propose"]

_OTHER = 60  # minutes apart, or it is hardly another proposal
_APART = (_OTHER, 30, 1)  # as she wished: more of that before anything else
_DAYS = 7  # as many other days are looked at
_NO_WISH = Wish()
Keep = Callable[[Node], bool]
Nodes = tuple[Node, ...]


def propose(  # noqa: PLR0913 - most are given by few
    wanted: Sequence[Wanted],
    *,
    zone: ZoneInfo,
    wish: Wish = _NO_WISH,
    has: Sequence[Span] = (),
    interpreters: Sequence[Span] = (),
    need: bool = False,
    blocks: Sequence[Span] = (),
    besides: Collection[Proposal] = (),
    most: int = 1,
) -> list[Proposal]:
    """One slot for each child, or for as many as can be (who is left out has none), the best first.

    She is never in two talks at once, nor where she has one already (`has`), and with `need` an interpreter is free all
    the time. Then count, in this order: her wish, that siblings follow each other within a quarter of an hour, that the
    interpreter's families do (`blocks`), a day soon, and an hour that is not late. The others (`most` above 1, or
    `besides` what she knows) are earlier, later or on another day, in order of time: first those as she wished.
    """
    sought = weigh(wanted, zone, wish, has, interpreters if need else None, blocks)
    best = _best(sought)
    if not best:
        return []
    told = list(filter(None, (as_nodes(sought, each, zone) for each in besides)))
    first = [] if told else [best]
    more = most - len(first)
    others = _others(sought, len(best), told or first, more, picky=wish != _NO_WISH) if more > 0 else []
    return [_as_proposal(sought, each) for each in [*first, *others]]


def _best(sought: Sought, keep: Keep | None = None) -> Nodes:
    """The best places for as many children as can be, among those that are kept."""
    found = []
    for run in sought.runs:
        nodes = [each for each in run if each.child == FIXED or keep(each)] if keep else run
        cost, places = sequence.best(nodes, len(sought.children))
        found.append((-len(places), cost + change(sought.places, places), places))
    return min(found)[2]


# --- what is really another proposal
def _others(sought: Sought, size: int, known: Sequence[Nodes], most: int, *, picky: bool) -> list[Nodes]:
    """Other ways for as many children: as she wished, then earlier, later or on another day; in order of time."""
    said = list(known)
    for keep in _wished(said) if picky or most == 1 else ():
        _look(sought, keep, size, most + len(known) - len(said), said)
    for keep in _looks(sought, known[0], said):
        _look(sought, keep, size, 1, said)
    for keep in _small_looks(sought, said):
        _look(sought, keep, size, most + len(known) - len(said), said)
    nearest = sorted(said[len(known) :], key=_missed)[:most]
    return sorted(nearest, key=lambda nodes: (_missed(nodes), nodes))


def _look(sought: Sought, keep: Keep, size: int, most: int, said: list[Nodes]) -> None:
    """Put at most so many more to what is said."""
    for _ in range(most):
        nodes = _best(sought, keep)
        if len(nodes) < size or _moments(nodes) in map(_moments, said):
            return
        said.append(nodes)


def _wished(said: Sequence[Nodes]) -> Iterator[Keep]:
    """Where it is as she likes it: far from each other, nearer, and then anything else."""
    for apart in _APART:
        yield lambda node, apart=apart: node.cost < OUTSIDE and _far(node, said, apart)  # type: ignore[misc]


def _far(node: Node, said: Sequence[Nodes], apart: int) -> bool:
    return all(each.child != node.child or abs(each.start - node.start) >= apart for way in said for each in way)


def _looks(sought: Sought, first: Nodes, said: Sequence[Nodes]) -> Iterator[Keep]:
    """Where to look for another one each."""

    def far(node: Node) -> bool:
        return _far(node, said, _OTHER)

    day, begin, end = first[0].day, first[0].start, first[-1].end
    yield lambda node: node.day == day and node.end <= begin and far(node)
    yield lambda node: node.day == day and node.start >= end and far(node)
    days = {each.day for each in sought.runs[0] if each.child != FIXED} - {day}
    for other in sorted(days, key=lambda each: (abs(each - day), each))[:_DAYS]:
        yield lambda node, other=other: node.day == other and far(node)  # type: ignore[misc]


def _small_looks(sought: Sought, said: Sequence[Nodes]) -> Iterator[Keep]:
    """Where little is left: other moments for all of them, then for one of them."""

    def fresh(node: Node) -> bool:
        return all((each.child, each.start) != (node.child, node.start) for way in said for each in way)

    yield fresh
    for child in range(len(sought.children)):
        yield lambda node, child=child: node.child != child or fresh(node)  # type: ignore[misc]


def _moments(nodes: Nodes) -> list[tuple[int, int]]:
    return [(each.child, each.start) for each in nodes]


def _missed(nodes: Nodes) -> int:
    """How often it is not as she wished."""
    return sum(each.cost // OUTSIDE for each in nodes)


def _as_proposal(sought: Sought, nodes: Nodes) -> Proposal:
    return {sought.children[each.child]: sought.places[each.place] for each in nodes}
