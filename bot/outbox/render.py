"""From keys and fields to words, in the reader's language of today; a message falls back only as a whole."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.channels.files import NAMES
from bot.model import WEEKDAYS, Choice, File, Offer, Part, Value
from bot.translation.catalogue import Catalogue, Put, as_said

BY_MACHINE, NOT_TRANSLATED = "vertaling.machine", "vertaling.niet"
NOTES = frozenset({BY_MACHINE, NOT_TRANSLATED})  # they say of a message how its words were translated: its last line


class Said(NamedTuple):
    """The texts of a message, its options, and the language it is in; to which of the texts there is a file."""

    texts: list[str]
    choices: list[Choice]
    language: str
    files: Mapping[int, File] = {}


def render(
    catalogue: Catalogue, language: str, parts: Sequence[Part], ask: str, kind: str,
    shown: Sequence[Sequence[str]] | None, *, isolates: bool, put: Put = as_said,
) -> Said:  # fmt: skip
    """A message in words; `put` may put something else where the value of a field would stand."""
    offers = [Offer(*each) for each in shown or ()]
    own = [part.key for part in parts if not part.language]
    words = catalogue.reader(language, [*own, *_labels(ask, kind, offers)])
    texts: list[str] = []
    files: dict[int, File] = {}
    for part in parts:
        reader = catalogue.reader(part.language, [part.key]) if part.language else words
        text = reader.say(part.key, _in_language(part.fields, reader.language), isolates=isolates, put=put)
        said = [place for place in range(len(texts)) if place not in files]
        if part.key in NOTES and said:
            texts[said[-1]] += f"\n{text}"
            continue
        files |= {len(texts): _file(value) for value in part.fields.values() if value.kind == "file"}
        texts.append(text)
    return Said(texts, [Choice(offer.id, words.label(ask, offer)) for offer in offers], words.language, files)


def _file(value: Value) -> File:
    return File(value.value, value.of, NAMES.get(value.of, "bijlage"))


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
