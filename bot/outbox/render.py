"""From keys and fields to words, in the reader's language of today; a message falls back only as a whole."""

from collections.abc import Iterable, Mapping, Sequence

from bot.model import WEEKDAYS, Choice, Offer, Part, Value
from bot.translation.catalogue import Catalogue


def render(
    catalogue: Catalogue, language: str, parts: Sequence[Part], ask: str, kind: str,
    shown: Sequence[Sequence[str]] | None, *, isolates: bool,
) -> tuple[list[str], list[Choice]]:  # fmt: skip
    """The texts of a message and its options."""
    offers = [Offer(*each) for each in shown or ()]
    own = [part.key for part in parts if not part.language]
    words = catalogue.reader(language, [*own, *_labels(ask, kind, offers)])
    texts = []
    for part in parts:
        reader = catalogue.reader(part.language, [part.key]) if part.language else words
        texts.append(reader.say(part.key, _in_language(part.fields, reader.language), isolates=isolates))
    return texts, [Choice(offer.id, words.label(ask, offer)) for offer in offers]


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
