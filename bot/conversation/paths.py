"""The ways through a flow: which step can follow which, and why. For those who check it and those who draw it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from bot.conversation.flow import Flow, Step
from bot.conversation.rules import Rule


class Way(NamedTuple):
    """A way from one step to another. kind: next, falls (the file's order), miss (not understood), silence,
    free (words that are no option)."""

    source: str
    target: str
    kind: str
    label: str = ""


def ways(flow: Flow) -> tuple[Way, ...]:
    """Every way of the flow, in the file's order; targets that do not exist are among them."""
    return tuple(way for step in flow.steps.values() for way in _ways_from(step, flow))


def _ways_from(step: Step, flow: Flow) -> Iterator[Way]:
    if step.ask and step.retry.then:
        yield Way(step.name, step.retry.then, "miss")
    if step.timeout:
        yield Way(step.name, step.timeout.then, "silence")
    if step.free:
        yield Way(step.name, step.free.go, "free")
    if ends(step):
        return
    for rule in step.next:
        yield Way(step.name, rule.go, "next", condition(rule) or ("else" if len(step.next) > 1 else ""))
    if not is_covered(step) and step.name in flow.following:
        yield Way(step.name, flow.following[step.name], "falls")


def ends(step: Step) -> bool:
    """Whether the run is over after this step."""
    return bool(step.end or step.handoff or step.start)


def is_covered(step: Step) -> bool:
    """Whether every result of the step has a step named in `next`, so that it never falls through."""
    if any(not rule.conditions for rule in step.next):
        return True
    possible = results(step)
    return bool(possible) and all(any(_holds(rule, value, step) for rule in step.next) for value in possible)


def results(step: Step) -> tuple[str, ...]:
    """The answers that are possible, where they can be counted; () where they cannot."""
    if not step.ask or step.options_from:
        return ()
    if step.type == "number" and step.range:
        low, high = map(int, step.range)
        return tuple(map(str, range(low, high + 1)))
    return step.options


def condition(rule: Rule) -> str:
    """The conditions of a rule as an author reads them: `bedtijd`, `keren ≥ 5`; "" where there are none."""
    signs = {"is": "=", "min": "≥", "max": "≤"}
    return ", ".join(f"{answer} {signs[test]} {value}" if answer else value for answer, test, value in rule.conditions)


def reached(flow: Flow) -> frozenset[str]:
    """The steps that a parent can come to."""
    first = flow.first.name
    return beyond(first, _targets(ways(flow))) | {first}


def beyond(start: str, targets: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Everything that can come after `start`; `start` itself only where a way leads back to it."""
    found: set[str] = set()
    waiting = list(targets.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(targets.get(name, ()))
    return frozenset(found)


def earlier(flow: Flow) -> dict[str, frozenset[str]]:
    """For each step, the steps that can come before it."""
    sources: dict[str, set[str]] = {}
    for way in ways(flow):
        sources.setdefault(way.target, set()).add(way.source)
    return {name: beyond(name, sources) for name in flow.steps}


def _targets(found: Iterable[Way]) -> dict[str, set[str]]:
    targets: dict[str, set[str]] = {}
    for way in found:
        targets.setdefault(way.source, set()).add(way.target)
    return targets


def circles(flow: Flow) -> tuple[str, ...]:
    """The steps on a way back to themselves that asks nothing: the bot would talk for ever."""
    mute = {name for name, step in flow.steps.items() if not step.ask}
    targets = _targets(way for way in ways(flow) if way.source in mute and way.target in mute)
    return tuple(name for name in flow.steps if name in beyond(name, targets))


def strays(flow: Flow) -> tuple[Way, ...]:
    """The falls into a branch that does not belong to the step above it.

    A step that an earlier one jumps to opens a branch. Whoever goes there must say so: a step above it that merely
    falls into it has most likely forgotten its `next` or `end`. A jump back up, to ask again, opens no branch.
    """
    order = {name: place for place, name in enumerate(flow.steps)}
    found = ways(flow)
    opened = {
        (way.target, way.source)
        for way in found
        if way.kind != "falls" and order[way.source] < order.get(way.target, 0)
    }
    return tuple(
        way for way in found if way.kind == "falls" and any(to == way.target and by != way.source for to, by in opened)
    )


def _holds(rule: Rule, value: str, step: Step) -> bool:
    return all(answer in ("", step.save) and _test(test, value, wanted) for answer, test, wanted in rule.conditions)


def _test(test: str, value: str, wanted: str) -> bool:
    if test == "is":
        return value == wanted
    return int(value) >= int(wanted) if test == "min" else int(value) <= int(wanted)
