"""Texts that can leave more than a day after her last message: WhatsApp must approve them, in every language."""

import re
from collections.abc import Iterator

from bot.channels.sms import utf16_units
from bot.check.content import Content, file
from bot.check.finding import Finding, error
from bot.conversation.late import late

BODY = 1024
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
    if utf16_units(form) > BODY:
        yield f"it is longer than {BODY} signs", "say less"
