"""From keys and fields to words, in the reader's language of today; a message falls back only as a whole."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.model import WEEKDAYS, Choice, Offer, Part, Value
from bot.translation.catalogue import Catalogue, Put, as_said


class Said(NamedTuple):
    """The texts of a message, its options, and the language it is in."""

    texts: list[str]
    choices: list[Choice]
    language: str


def render(
    catalogue: Catalogue, language: str, parts: Sequence[Part], ask: str, kind: str,
    shown: Sequence[Sequence[str]] | None, *, isolates: bool, put: Put = as_said,
) -> Said:  # fmt: skip
    """A message in words; `put` may put something else where the value of a field would stand."""
    offers = [Offer(*each) for each in shown or ()]
    own = [part.key for part in parts if not part.language]
    words = catalogue.reader(language, [*own, *_labels(ask, kind, offers)])
    texts = []
    for part in parts:
        reader = catalogue.reader(part.language, [part.key]) if part.language else words
        texts.append(reader.say(part.key, _in_language(part.fields, reader.language), isolates=isolates, put=put))
    return Said(texts, [Choice(offer.id, words.label(ask, offer)) for offer in offers], words.language)


def _in_language(fields: Mapping[str, Value], language: str) -> Mapping[str, Value]:
    """A link with a page per language leads to the reader's."""
    return {
        name: Value("link", value.value + language) if value.kind == "link" and value.of == "language" else value
        for name, value in fields.items()
    }


def _labels(ask: str, kind: str, offers: Iterable[Offer]) -> Iterable[str]:
    if kind == "yesno":
        return ("algemeen.ja", "algemeen.nee")
    if kind == "weekday":
        return ()
    return (f"{ask}.{offer.id}" for offer in offers if not offer.label and offer.id not in WEEKDAYS)
