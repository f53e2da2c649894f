"""All rounds of talks, the newest first, each with how far it is."""

from typing import NamedTuple

from bot.booking import rounds
from bot.booking.rounds import Round
from bot.console import reach
from bot.console.rounds import opened as one
from bot.console.rounds import sheet, standing
from bot.console.visit import CLASS, Answer, Page, Visit, get
from bot.store.database import Tx

_MOST, _COUNTED = 40, 6


class Line(NamedTuple):
    """A round in the list."""

    id: int
    name: str
    groups: str
    moments: str
    chosen: str
    state: str


def show(visit: Visit, tx: Tx) -> Answer:
    """Those that she may see."""
    found = [each for each in rounds.listed(tx, visit.who.school) if reach.may_see(tx, visit.who, "round", each.id)]
    values = {
        "lines": [_line(visit, tx, each, counts=place < _COUNTED) for place, each in enumerate(found[:_MOST])],
        "begun": sheet.kept(visit, tx) is not None,
    }
    return Page("afspraken.html", values)


def _line(visit: Visit, tx: Tx, each: Round, *, counts: bool) -> Line:
    going = each.state == rounds.OPEN or (counts and each.state == rounds.CLOSED)
    count = one.counted(visit, standing.count(standing.children(tx, visit.who, each))) if going else ""
    groups = ", ".join(rounds.groups(tx, each.id).values())
    return Line(each.id, each.name, groups, one.moments(visit, each), count, each.state)


DOORS = (get("/afspraken", show, CLASS),)
