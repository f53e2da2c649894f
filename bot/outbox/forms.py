"""The fixed part of a message and what fills its places: what a provider must know beforehand, and what it may not.

Within the window a form is a question with buttons or a list; outside it the wording that WhatsApp has approved.
Nothing about a person stands in a form: names, numbers and her children among the options are values.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bot.channels.sms import utf16_units
from bot.conversation.flow import Flow, Step
from bot.conversation.late import late
from bot.model import Choice, Form, Part, Value
from bot.outbox.fit import numbered
from bot.outbox.render import render
from bot.translation import languages
from bot.translation.catalogue import Catalogue

BODY, TITLE, TITLES = 1024, 20, 10  # of an approved text: signs, signs of a button, buttons

_PLACE = re.compile(r"\{\{(\d+)\}\}")
_AT_AN_END = re.compile(r"\A\s*\{\{\d+\}\}|\{\{\d+\}\}\s*\Z")
_ADJACENT = re.compile(r"\{\{\d+\}\}\s*\{\{\d+\}\}")
_HOLES = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029]| {4}")  # what may not stand in a value
_MARKS = re.compile("[\u2068\u2069]")
_NEUTRAL = {"leerkracht": "algemeen.leerkracht", "school": "algemeen.school", "kind": "algemeen.uw_kind"}
_Late = tuple[str, str, str, list[list[str]] | None]  # a text, the question under it, its type and its options


class Message(NamedTuple):
    """What one row says: its parts and its question, as the outbox keeps them."""

    parts: Sequence[Part]
    ask: str = ""
    kind: str = ""
    shown: Sequence[Sequence[str]] | None = None


class Filled(NamedTuple):
    """A form and what stands at its places, in order."""

    form: Form
    values: tuple[str, ...]

    @property
    def text(self) -> str:
        return fill(self.form.body, self.values)

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(Choice(*(fill(each, self.values) for each in option)) for option in self.form.options)


def fill(text: str, values: Sequence[str]) -> str:
    """The words with their values. What looks like a place in a value stays as it is."""
    return _PLACE.sub(lambda place: values[int(place[1]) - 1], text)


class _Places:
    """Puts {{1}}, {{2}} ... where values would stand, and keeps the values."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.values: list[str] = []

    def __call__(self, name: str, words: str) -> str:
        self.names.append(name)
        self.values.append(words)
        return f"{{{{{len(self.values)}}}}}"


def question(catalogue: Catalogue, language: str, message: Message, layout: str, *, isolates: bool) -> Filled | None:
    """A question with buttons or a list, for within the window: the options are places too, ids and labels.

    None where a value cannot stand at a place (it is empty or has several lines), or two options look alike: then the
    message goes as numbered text.
    """
    places = _Places()
    said = render(catalogue, language, *message, isolates=isolates, put=places)
    body = "\n\n".join(filter(None, said.texts))
    options = tuple(
        Choice(places(f"id{number}", choice.id), places(f"option{number}", choice.label))
        for number, choice in enumerate(said.choices, 1)
    )
    alike = len({choice.label for choice in said.choices}) < len(said.choices)
    if alike or not body or not all(map(_may_stand, places.values)):
        return None
    opener = catalogue.words(said.language).say("algemeen.keuzes", {}) if layout == "list" else ""
    form = Form("", said.language, layout, body, options, tuple(places.names), opener)
    return Filled(form, tuple(places.values))


def template(catalogue: Catalogue, language: str, message: Message, *, isolates: bool) -> Filled | None:
    """One text as WhatsApp approves it, for outside the window: its options stand in it, its values are made to fit.

    None where it is no such text: several parts, options that nobody can know beforehand, or too long.
    """
    [*parts] = message.parts
    if len(parts) != 1 or any(each[1] for each in message.shown or ()):
        return None
    places = _Places()
    said = render(catalogue, language, *message, isolates=isolates, put=places)
    pairs = zip(places.names, places.values, strict=True)
    values = tuple(_made_to_fit(catalogue, said.language, name, words) for name, words in pairs)
    layout, body, options = _layout(said.texts[0], said.choices)
    form = Form(parts[0].key, said.language, layout, body, options, tuple(places.names))
    filled = Filled(form, values)
    fits = not broken(form) and all(values) and utf16_units(filled.text) <= BODY
    return filled if fits else None


def broken(form: Form) -> str:
    """What WhatsApp would refuse a template for; "" where nothing is known."""
    if _AT_AN_END.search(form.body):
        return "it begins or ends with a field"
    if _ADJACENT.search(form.body):
        return "two fields stand side by side"
    return f"it is longer than {BODY} signs" if utf16_units(form.body) > BODY else ""


def wanted(catalogue: Catalogue, flows: Iterable[Flow], keys: Iterable[str]) -> Iterator[Form]:
    """Every form in which one of these texts can leave outside the window, in every language that is offered."""
    chosen, told = frozenset(keys), [*flows]
    seen: set[str] = set()
    for flow in told:
        for text in _leaving(flow, chosen):
            yield from _forms(catalogue, [flow.language] if flow.language else catalogue.languages, text, seen)
    for key in sorted(chosen.difference(*map(late, told))):  # a ready message, which asks nothing
        yield from _forms(catalogue, catalogue.languages, (key, "", "", None), seen)


def _forms(catalogue: Catalogue, spoken: Iterable[str], text: _Late, seen: set[str]) -> Iterator[Form]:
    """The forms of one text in these languages, one for each plural; those that are `seen` already are left out."""
    key, ask, kind, shown = text
    for language in spoken:
        for number in _numbers(catalogue, language, key):
            message = Message([Part(key, _examples(catalogue, key, number))], ask, kind, shown)
            filled = template(catalogue, language, message, isolates=False)
            if filled and filled.form.language == language and filled.form.key not in seen:
                seen.add(filled.form.key)
                yield filled.form


def _leaving(flow: Flow, keys: frozenset[str]) -> Iterator[_Late]:
    """The texts of a flow that can leave late, each with the question whose options stand under it."""
    for key in sorted(late(flow) & keys):
        for step in flow.steps.values():
            if step.ask and key in (step.ask, step.timeout.say if step.timeout else ""):
                if not step.options_from:
                    yield key, step.ask, step.type, _offers(step)
            elif key in (step.say, step.remind.say if step.remind else "", step.handoff.say if step.handoff else ""):
                yield key, "", "", None


def _offers(step: Step) -> list[list[str]]:
    return [[option, ""] for option in step.options]


def _numbers(catalogue: Catalogue, language: str, key: str) -> list[int]:
    """A number for each plural form of a text; one where it has none."""
    own = catalogue.text(language, key)
    if own is None or len(own.forms) < 2:
        return [3]
    chosen: dict[int, int] = {}
    for number in range(201):
        chosen.setdefault(languages.plural_form(language, number), number)
    return sorted(chosen.values())


def _examples(catalogue: Catalogue, key: str, number: int) -> Mapping[str, Value]:
    return {name: Value("text", str(number) if name == "aantal" else "x") for name in catalogue.fields(key)}


def _layout(text: str, choices: Sequence[Choice]) -> tuple[str, str, tuple[Choice, ...]]:
    """Buttons where the options fit on them, else numbered lines."""
    if not choices:
        return "plain", text, ()
    if len(choices) <= TITLES and all(utf16_units(choice.label) <= TITLE for choice in choices):
        return "buttons", text, tuple(choices)
    return "plain", numbered(text, choices), ()


def _may_stand(value: str) -> bool:
    return bool(_MARKS.sub("", value).strip()) and not _HOLES.search(value)


def _made_to_fit(catalogue: Catalogue, language: str, name: str, words: str) -> str:
    """A value without lines and holes; a plain word where it is empty and there is one."""
    fitting = " ".join(words.split())
    if _MARKS.sub("", fitting).strip() or name not in _NEUTRAL:
        return fitting if _may_stand(fitting) else ""
    return catalogue.reader(language, [_NEUTRAL[name]]).say(_NEUTRAL[name], {})
