"""Which of the twelve cells of partnership a flow or a ready message stands in: every one that is not of the house."""

from collections.abc import Iterator

from bot.check import ready
from bot.check.content import Content, file
from bot.check.finding import Finding, Place, error

_HOUSE = "huis"
_LAST = 11  # the twelfth stays empty: reading a file refuses it


def named(content: Content) -> Iterator[Finding]:
    """A kind of partnership without its cell, or with one that is not there."""
    placed = [(file(flow), flow.kind, flow.cell) for flow in content.flows]
    placed += [(ready.file(each), each.kind, each.cell) for each in content.ready]
    for place, kind, cell in placed:
        if kind != _HOUSE and not 1 <= cell <= _LAST:
            message = f"has kind {kind!r} and {f'cell {cell}' if cell else 'no cell'}"
            way_out = "1-4 own child, 5-8 group and school, 9-11 at home: live along, help, think along, decide"
            yield error(Place(place), "cell", message, way_out)
        elif kind == _HOUSE and cell:
            yield error(
                Place(place), "cell", f"is of the house and has cell {cell}", "leave the cell out, or say which kind"
            )
