"""Learning at home: which series of small ideas fits the years of a child's group."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bot.booking.questions import MIDDLE, OLD, YOUNG, level
from bot.conversation.events import Finished
from bot.desk.load import GuardianRow, Live
from bot.model import Offer

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
_SERIES = {YOUNG: "klein", MIDDLE: "midden", OLD: "groot"}


def children(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Her children, where their years have different series; else it is not asked."""
    rows = case.batch.families.get(case.person.id, ())
    offers = tuple(Offer(str(row.child_id), case.tx.open("child.name", row.child)) for row in rows)
    one = len({_series(row) for row in rows}) <= 1
    return Finished(case.at, "only" if one else "ok", offers if len(offers) == 1 or not one else ())


def series(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`klein`, `midden` or `groot`: for the child that this is about, else for her youngest."""
    rows = case.batch.families.get(case.person.id, ())
    hers = [row for row in rows if row.child_id == live.child_id] or rows
    found = {_series(row) for row in hers}
    return Finished(case.at, next((name for name in _SERIES.values() if name in found), _SERIES[MIDDLE]))


def _series(row: GuardianRow) -> str:
    return _SERIES[level([row.group or ""])]


ACTIONS: Mapping[str, Action] = {"learning.series": series}
OFFERS: Mapping[str, Action] = {"learning.children": children}
