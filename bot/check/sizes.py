"""How long texts and labels become, with an example in every field: in signs, and in parts of an SMS."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bot.channels.sms import sms_parts, utf16_units
from bot.check.answers import options
from bot.check.content import Content
from bot.check.finding import Finding, Place, error, warning
from bot.check.locales import Locale
from bot.conversation.flow import Flow
from bot.conversation.spoken import texts
from bot.errors import ContentError
from bot.model import Value
from bot.translation.catalogue import Catalogue
from bot.translation.samples import of_ready, samples

BY_SMS = 160
MOST_PARTS = 3
BUTTONS, BUTTON = 3, 20
ROWS, ROW = 10, 24


class Size(NamedTuple):
    """A text of a flow in one language, with examples filled in."""

    language: str
    key: str
    length: int
    parts: int


def measure(content: Content, folder: Path) -> tuple[list[Size], list[Finding]]:
    """All sizes; none, and why, where the bot itself could not load these texts."""
    languages = content.languages
    offered = tuple(language for language in languages.offered if language in content.locales)
    try:
        catalogue = Catalogue.load(folder, offered=offered, fallback=languages.fallback, send=languages.send)
    except ContentError as problem:
        return [], [error(Place("locales"), "", str(problem), "the bot does not start with this; mend it first")]
    return list(sizes(content, catalogue)), []


def sizes(content: Content, catalogue: Catalogue) -> Iterator[Size]:
    """Every text that a flow or a ready message can say, in every language that has it."""
    for locale in content.locales.values():
        if locale.language in catalogue.languages:
            for flow, key in _once(content, locale):
                yield _size(catalogue, locale.language, key, samples(flow, catalogue.fields(key)))
            for ready in content.ready:
                for key in ready.texts():
                    if key in locale.texts and locale.texts[key].forms:
                        yield _size(catalogue, locale.language, key, of_ready(ready))


def _size(catalogue: Catalogue, language: str, key: str, example: Mapping[str, Value]) -> Size:
    said = catalogue.words(language).say(key, example, isolates=False)
    return Size(language, key, utf16_units(said), sms_parts(said))


def _once(content: Content, locale: Locale) -> Iterator[tuple[Flow, str]]:
    """Each text key of the flows once, with a flow that says it; only those this language has."""
    seen: set[str] = set()
    for flow in content.flows:
        for key in (key for step in flow.steps.values() for key in texts(step)):
            if key not in seen and key in locale.texts and locale.texts[key].forms:
                seen.add(key)
                yield flow, key


def too_long(content: Content, measured: Iterable[Size]) -> Iterator[Finding]:
    """Texts that a parent with a plain phone would get in more than a glance."""
    for size in measured:
        if size.parts > MOST_PARTS:
            message = f"costs {size.parts} SMS parts ({size.length} signs); {MOST_PARTS} is the most"
            yield error(
                content.locales[size.language].place,
                size.key,
                message,
                "say less, or leave the rest for a next message",
            )
        elif size.length > BY_SMS:
            message = f"has {size.length} signs ({size.parts} SMS parts); an SMS should have {BY_SMS}"
            yield warning(content.locales[size.language].place, size.key, message, "say one thing")


def labels_too_long(content: Content) -> Iterator[Finding]:
    """Labels that fit no button or row of the tightest channel."""
    for step in content.questions.values():
        keys = options(content, step)
        allowed, place = (BUTTON, "button") if len(keys) <= BUTTONS else (ROW, "row of a list")
        for locale in content.locales.values() if len(keys) <= ROWS else ():
            for text in (locale.texts[key] for key in keys if key in locale.texts):
                length = max(map(utf16_units, text.forms), default=0)
                if length > allowed:
                    yield error(
                        locale.place, text.key, f"has {length} signs; a {place} has {allowed}", "say it shorter"
                    )
