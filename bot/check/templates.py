"""Texts that can leave more than a day after her last message: WhatsApp must approve them, in every language."""

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.check.content import Content, file
from bot.check.finding import Finding, error
from bot.conversation import paths
from bot.conversation.flow import Flow, Step
from bot.outbox.fit import units

BODY = 1024
_DAY = timedelta(hours=24)
_FIELD = r"\{[^{}]*\}"
_AT_AN_END = re.compile(rf"^\s*{_FIELD}|{_FIELD}\s*$")
_ADJACENT = re.compile(rf"{_FIELD}\s*{_FIELD}")
_HOLES = re.compile(r"\n{3,}| {4,}|\t")


def rules(content: Content) -> Iterator[Finding]:
    """WhatsApp's rules for the body of a template."""
    needed = {key: file(flow) for flow in content.flows for key in late(flow)}
    for locale in content.locales.values():
        for key, flow in needed.items():
            for form in locale.texts[key].forms if key in locale.texts else ():
                for message, way_out in _broken(form):
                    yield error(locale.place, key, f"a template for {flow}: {message}", way_out)


def _broken(form: str) -> Iterator[tuple[str, str]]:
    if _AT_AN_END.search(form):
        yield "it begins or ends with a field", "put a word before or after it"
    if _ADJACENT.search(form):
        yield "two fields stand side by side", "put a word between them"
    if _HOLES.search(form):
        yield "it has empty lines, tabs or a row of spaces", "at most one empty line"
    if units(form) > BODY:
        yield f"it is longer than {BODY} signs", "say less"


def late(flow: Flow) -> frozenset[str]:
    """The keys of a flow's texts that can leave more than 24 hours after the parent's last message."""
    found = {step.remind.say for step in flow.steps.values() if step.remind}
    begun = [step.name for step in flow.steps.values() if step.wait]
    for step in flow.steps.values():
        if step.timeout and step.timeout.after >= _DAY:
            found.add(step.timeout.say)
            begun.append(step.timeout.then)
    if flow.journey:
        begun.append(flow.first.name)
    return frozenset(found | {key for step in _until_she_speaks(flow, begun) for key in _said(step)}) - {""}


def _until_she_speaks(flow: Flow, begun: "list[str]") -> Iterator[Step]:
    """The steps from these on, up to and with the first question of each way."""
    targets = {way.source: set[str]() for way in paths.ways(flow)}
    for way in paths.ways(flow):
        if not flow.steps[way.source].ask:
            targets[way.source].add(way.target)
    names = set(begun).union(*(paths.beyond(name, targets) for name in begun))
    return (step for name, step in flow.steps.items() if name in names)


def _said(step: Step) -> tuple[str, ...]:
    return step.say, step.ask, step.handoff.say if step.handoff else ""
