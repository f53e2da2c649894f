"""What can be wrong with the steps of a flow, whatever the words."""

import re
from collections.abc import Collection, Iterable, Iterator

from bot.check.content import Content, at
from bot.check.finding import Finding, error
from bot.conversation import paths
from bot.conversation.flow import Flow, Step
from bot.conversation.spoken import said
from bot.translation.samples import CONTEXT

_ANSWER = re.compile(r"\{(\w+)\}")


def targets(content: Content) -> Iterator[Finding]:
    """Ways to a step or a flow that does not exist."""
    names = {flow.name for flow in content.flows}
    for flow in content.flows:
        for way in paths.ways(flow):
            if way.target not in flow.steps:
                message = f"goes to {way.target!r}, which is no step"
                yield error(at(flow, way.source), way.kind, message, _one_of(flow.steps))
        for step in flow.steps.values():
            if step.start and not _ANSWER.fullmatch(step.start) and step.start not in names:
                yield error(at(flow, step.name), "start", f"starts {step.start!r}, which is no flow", _one_of(names))


def ends(content: Content) -> Iterator[Finding]:
    """Dead ends: steps after which nothing is said to happen."""
    for flow in content.flows:
        last = [*flow.steps.values()][-1]
        if not paths.ends(last) and not paths.is_covered(last):
            yield error(at(flow, last.name), "", "is a dead end: nothing comes after it", 'add end = "done", or next')


def ways(content: Content) -> Iterator[Finding]:
    """Steps nobody comes to, falls into a foreign branch, and circles that ask nothing."""
    for flow in content.flows:
        is_whole = all(way.target in flow.steps for way in paths.ways(flow))  # else `targets` says why
        for name in flow.steps.keys() - paths.reached(flow) if is_whole else ():
            yield error(at(flow, name), "", "is never reached", "let a step go to it, or remove it")
        for way in paths.strays(flow):
            message = f"falls through into {way.target!r}, a branch that other steps jump to"
            yield error(at(flow, way.source), "next", message, f'end it, or say so: next = "{way.target}"')
        for name in paths.circles(flow):
            yield error(at(flow, name), "next", "goes round without a question, for ever", "let it ask, or end")


def questions(content: Content) -> Iterator[Finding]:
    """Choices without options, and conditions on answers that cannot be."""
    for flow in content.flows:
        saved = {name: step for step in flow.steps.values() for name in _saves(step) if name}
        for step in flow.steps.values():
            place = at(flow, step.name)
            if step.ask and step.type == "choice" and not (step.options or step.options_from):
                yield error(place, "options", "asks for a choice but offers none", "name options, or give a type")
            for answer, value, test in _conditions(step):
                asked = saved.get(answer) if answer else step
                if asked is None:
                    yield error(place, answer, "is an answer that no step saves", _one_of(saved))
                elif test == "is" and paths.results(asked) and value not in paths.results(asked):
                    yield error(place, value, "can never be the answer", _one_of(paths.results(asked)))


def _conditions(step: Step) -> Iterator[tuple[str, str, str]]:
    for rule in step.next:
        for answer, test, value in rule.conditions:
            if answer or step.ask:  # the results of an action are its own
                yield answer, value, test


def actions(content: Content) -> Iterator[Finding]:
    """Actions that no room has."""
    for flow in content.flows:
        for step in flow.steps.values():
            for name, known in ((step.do, content.actions), (step.options_from, content.offers)):
                if name and name not in known:
                    yield error(at(flow, step.name), name, "is an action that does not exist", _one_of(known))


def givers(content: Content) -> Iterator[Finding]:
    """Fields of texts, plans and actions that no earlier step saves and no context gives."""
    for flow in content.flows:
        earlier = paths.earlier(flow)
        for step in flow.steps.values():
            saved = {name for each in earlier[step.name] for name in _saves(flow.steps[each])}
            before = saved | CONTEXT.keys()
            first = _fields(content, (key for verb, key in said(step) if verb != "handoff"))
            yield from (_ungiven(flow, step, *each) for each in (*first, *_braced(step)) if each[1] not in before)
            after = before | {step.save}
            last = (*_fields(content, [step.handoff.say] if step.handoff else []), *_begun(step))
            yield from (_ungiven(flow, step, *each) for each in last if each[1] not in after)


def _saves(step: Step) -> tuple[str, ...]:
    return (step.save, step.free.save) if step.free else (step.save,)


def _fields(content: Content, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The fields of texts: (key, field)."""
    for key in keys:
        if key in content.source.texts:
            yield from ((key, name) for name in sorted(content.source.texts[key].fields))


def _braced(step: Step) -> Iterator[tuple[str, str]]:
    """The fields that a step gives to an action or a plan."""
    for place, value in step.given:
        yield from ((f"with.{place}", name) for name in _ANSWER.findall(value))
    if step.remind:
        yield from (("remind", name) for name in _ANSWER.findall(step.remind.on + step.remind.at))


def _begun(step: Step) -> Iterator[tuple[str, str]]:
    """The field that names the flow to start."""
    return (("start", name) for name in _ANSWER.findall(step.start))


def _ungiven(flow: Flow, step: Step, place: str, name: str) -> Finding:
    is_later = any(name in _saves(each) for each in flow.steps.values())
    way_out = "ask for it earlier" if is_later else f'add save = "{name}" to a question before it'
    return error(at(flow, step.name), place, f"needs {{{name}}}, which no step before it saves", way_out)


def _one_of(names: Collection[str]) -> str:
    return f"choose one of: {', '.join(sorted(names))}" if names else "there is none yet"
