"""Texts that can leave more than a day after her last message: WhatsApp must approve them, in every language."""

import re
from collections.abc import Iterable, Iterator

from bot.channels.sms import utf16_units
from bot.check import ready
from bot.check.answers import options
from bot.check.content import Content, at, file
from bot.check.finding import Finding, error
from bot.conversation.flow import Flow, Step
from bot.conversation.late import late

BODY, TITLE, TITLES = 1024, 20, 10
_FIELD = r"\{[^{}]*\}"
_AT_AN_END = re.compile(rf"^\s*{_FIELD}|{_FIELD}\s*$")
_ADJACENT = re.compile(rf"{_FIELD}\s*{_FIELD}")
_HOLES = re.compile(r"\n{3,}| {4,}|\t")


def rules(content: Content) -> Iterator[Finding]:
    """WhatsApp's rules for the body of a template."""
    needed = {key: file(flow) for flow in content.flows for key in late(flow)}
    needed |= {key: ready.file(each) for each in content.ready for key in each.texts()}
    for locale in content.locales.values():
        for key, flow in needed.items():
            for form in locale.texts[key].forms if key in locale.texts else ():
                for message, way_out in _broken(form):
                    yield error(locale.place, key, f"a template for {flow}: {message}", way_out)


def buttons(content: Content) -> Iterator[Finding]:
    """The options under a template: WhatsApp approves them with it, so they must be few, short and always the same."""
    for flow in content.flows:
        for step in _asking(flow):
            if step.options_from:
                message = "can leave a day after her last words, with options that nobody can approve beforehand"
                yield error(at(flow, step.name), step.ask, message, "name the options, or ask it sooner")
                continue
            keys = options(content, step)
            if len(keys) > TITLES:
                message = f"has {len(keys)} options; a template has {TITLES}"
                yield error(at(flow, step.name), step.ask, message, "offer fewer")
            yield from _long(content, keys)


def _asking(flow: Flow) -> Iterator[Step]:
    """The questions of a flow that can stand under a template: as one, or repeated by a nudge."""
    keys = late(flow)
    for step in flow.steps.values():
        if step.ask and keys & {step.ask, step.timeout.say if step.timeout else ""} - {""}:
            yield step


def _long(content: Content, keys: Iterable[str]) -> Iterator[Finding]:
    for locale in content.locales.values():
        for text in (locale.texts[key] for key in keys if key in locale.texts):
            length = max(map(utf16_units, text.forms), default=0)
            if length > TITLE:
                message = f"has {length} signs; a button of a template has {TITLE}"
                yield error(locale.place, text.key, message, "say it shorter")


def _broken(form: str) -> Iterator[tuple[str, str]]:
    if _AT_AN_END.search(form):
        yield "it begins or ends with a field", "put a word before or after it"
    if _ADJACENT.search(form):
        yield "two fields stand side by side", "put a word between them"
    if _HOLES.search(form):
        yield "it has empty lines, tabs or a row of spaces", "at most one empty line"
    if utf16_units(form) > BODY:
        yield f"it is longer than {BODY} signs", "say less"
