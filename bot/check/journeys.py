"""What can be wrong with the journeys: flows that do not fit, hours in which nobody is woken, plans nobody makes."""

from collections.abc import Iterator

from bot.check.content import Content, at
from bot.check.finding import Finding, Place, error, warning
from bot.config import QuietHours
from bot.conversation.flow import Flow
from bot.conversation.journey import Entry
from bot.people.known import TOPICS

_OWN = ("broadcast", "plan", "tip")  # what the weekly budget counts
_SPEAKER = {"leerkracht", "school"}


def file(entry: Entry) -> str:
    """The file of a journey, as an author knows it."""
    return f"flows/journeys/{entry.journey}.toml"


def flows(content: Content) -> Iterator[Finding]:
    """Each entry's flow exists, belongs to this journey, and says by itself only what the budget counts."""
    known = {flow.name: flow for flow in content.flows}
    for entry in _entries(content):
        place, flow = Place(file(entry), entry.name), known.get(entry.flow)
        if flow is None:
            yield error(place, "flow", f"begins {entry.flow!r}, which is no flow", f"make flows/{entry.flow}.toml")
        elif flow.journey != entry.journey:
            way_out = f'write start = {{ journey = "{entry.journey}" }} there'
            yield error(place, "flow", f"begins {entry.flow!r}, which does not name this journey", way_out)
        else:
            yield from _manners(content, flow)


def _manners(content: Content, flow: Flow) -> Iterator[Finding]:
    if flow.cls not in _OWN:
        message = f'has class = "{flow.cls}", which no budget counts; nobody asked for it'
        yield error(at(flow, "start"), "class", message, f"choose one of: {', '.join(_OWN)}")
    first = content.source.texts.get(flow.first.say or flow.first.ask)
    if first and not first.fields >= _SPEAKER:
        message = "is the first thing she reads, and does not say who speaks"
        way_out = "begin: Dag, hier {leerkracht} van {school}."
        yield warning(content.source.place, first.key, message, way_out)


def moments(content: Content) -> Iterator[Finding]:
    """Hours in which nothing may leave."""
    quiet = QuietHours()
    for entry in _entries(content):
        first = max(quiet.end, quiet.sunday_until) if entry.day == "zo" else quiet.end
        if not first <= entry.at < quiet.start:
            message = f"{entry.at:%H:%M} is in the quiet hours"
            yield error(Place(file(entry), entry.name), "at", message, f"choose {first:%H:%M} to {quiet.start:%H:%M}")


def plans(content: Content) -> Iterator[Finding]:
    """Plans that no flow makes."""
    made = {f"plan:{step.remind.id}" for flow in content.flows for step in flow.steps.values() if step.remind}
    made |= {f"known:{topic}" for topic in TOPICS}
    for entry in _entries(content):
        if entry.unless and entry.unless not in made:
            way_out = f"choose one of: {', '.join(sorted(made))}" if made else "leave it out"
            yield error(Place(file(entry), entry.name), "unless", f"no flow makes {entry.unless!r}", way_out)


def named(content: Content) -> Iterator[Finding]:
    """Flows that name a journey in which they do not stand."""
    begun = {(entry.journey, entry.flow) for entry in _entries(content)}
    for flow in content.flows:
        if flow.journey and (flow.journey, flow.name) not in begun:
            message = f"names the journey {flow.journey!r}, in which nothing begins it"
            yield error(at(flow, "start"), "journey", message, f"add an entry to flows/journeys/{flow.journey}.toml")


def _entries(content: Content) -> Iterator[Entry]:
    return (entry for journey in content.journeys for entry in journey.entries)
