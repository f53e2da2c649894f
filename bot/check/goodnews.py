"""Good news first: nothing hard is the first thing that a family reads of a school."""

from collections.abc import Iterator

from bot.check.content import Content
from bot.check.finding import Finding, Place, error
from bot.check.journeys import file
from bot.conversation.flow import Flow
from bot.conversation.journey import ENROLLED, Journey

_WARM = 9  # the cell in which school lives along with parents


def first(content: Content) -> Iterator[Finding]:
    """Hard flows that a new family gets by itself, and first weeks that do not begin warmly."""
    known = {flow.name: flow for flow in content.flows if not flow.language}
    for journey in content.journeys:
        new = [entry for entry in journey.entries if entry.since == ENROLLED]
        for entry in new:
            flow = known.get(entry.flow)
            if flow and flow.hard:
                message = f"begins {flow.name!r}, which is hard to read, with a family that has just come"
                yield error(Place(file(entry), entry.name), "flow", message, "let a person say it")
        if len(new) == len(journey.entries):
            yield from _begins(journey, known)


def _begins(journey: Journey, known: "dict[str, Flow]") -> Iterator[Finding]:
    earliest = min(journey.entries, key=lambda entry: entry.days)
    flow = known.get(earliest.flow)
    if flow and (flow.cell != _WARM or flow.hard):
        message = f"is the first thing a new family reads, and {flow.name!r} is no welcome (cell {flow.cell})"
        yield error(Place(file(earliest), earliest.name), "flow", message, f"begin with a flow of cell {_WARM}")
