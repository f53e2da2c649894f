"""How a message fits its channel: buttons, a list, or numbered text; a file, or the link to it. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bot.channels.sms import utf16_units
from bot.model import Choice, File, Form, Limits


class Piece(NamedTuple):
    """One message as a channel can carry it; its form where the provider must know that beforehand.

    `file`: what leaves instead of the text, which says where it is found.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    layout: str = "plain"
    form: Form | None = None
    values: tuple[str, ...] = ()
    file: File | None = None

    def without_buttons(self) -> "Piece":
        """The same, with its options as numbered lines."""
        return Piece(numbered(self.text, self.choices)) if self.choices else Piece(self.text)


def dump(pieces: Sequence[Piece]) -> str:
    """The pieces as they are stored."""
    return json.dumps([_stored(piece) for piece in pieces])


def _stored(piece: Piece) -> Sequence[Any]:
    """Without what it has not got."""
    return piece if piece.file else piece[:5] if piece.form else piece[:3]


def load_pieces(text: str) -> list[Piece]:
    """The pieces as `dump` wrote them; what left before there were forms has none."""
    return [_piece(*each) for each in json.loads(text)]


def as_read(text: str) -> str:
    """What stood on her screen, of a body as `dump` wrote it; plain words stay as they are."""
    return "\n".join(piece.without_buttons().text for piece in load_pieces(text)) if text.startswith("[[") else text


def _piece(
    words: str, choices: list[list[str]], layout: str, form: list[Any] | None = None, values: Sequence[str] = (),
    file: list[str] | None = None,
) -> Piece:  # fmt: skip
    shown = tuple(Choice(*choice) for choice in choices)
    if form is None:
        return Piece(words, shown, layout, file=File(*file) if file else None)
    template, language, look, body, options, fields, *opener = form
    known = Form(template, language, look, body, tuple(Choice(*each) for each in options), tuple(fields), *opener)
    return Piece(words, shown, layout, known, tuple(values))


def fit(
    texts: Sequence[str], choices: Sequence[Choice], limits: Limits, files: Mapping[int, File] = {}
) -> list[Piece]:  # fmt: skip
    """The messages, in order, that say `texts` and offer `choices`. Options stand with the last one.

    `files`: to which of the texts there is one. What the channel carries leaves as a message of its own, so that the
    words arrive also where it does not: behind them, before a question.
    """
    carried = {place: file for place, file in files.items() if file.content_type in limits.files}
    alone = [Piece(texts[place], file=file) for place, file in sorted(carried.items())]
    said = [text for place, text in enumerate(texts) if place not in carried]
    words = _words(said, choices, limits) if choices or any(said) or not alone else []
    return [*alone, *words] if choices else [*words, *alone]


def _words(texts: Sequence[str], choices: Sequence[Choice], limits: Limits) -> list[Piece]:
    layout = _layout(choices, limits)
    if layout == "plain" and choices:
        texts = [*texts[:-1], numbered(texts[-1] if texts else "", choices)]
    most = limits.interactive_text if layout != "plain" else limits.text
    whole = "\n\n".join(filter(None, texts))
    if utf16_units(whole) <= most:
        return [Piece(whole, tuple(choices) if layout != "plain" else (), layout)]
    *first, last = [piece for text in texts for piece in _cut(text, most)] or [""]
    return [*(Piece(text) for text in first), Piece(last, tuple(choices) if layout != "plain" else (), layout)]


def _layout(choices: Sequence[Choice], limits: Limits) -> str:
    if not choices:
        return "plain"
    if len(choices) <= limits.buttons and all(utf16_units(choice.label) <= limits.button_label for choice in choices):
        return "buttons"
    if len(choices) <= limits.rows and all(utf16_units(choice.label) <= limits.row_label for choice in choices):
        return "list"
    return "plain"


def numbered(text: str, choices: Sequence[Choice]) -> str:
    """The text with its options as lines: she answers with a number."""
    lines = [f"{number} {choice.label}" for number, choice in enumerate(choices, 1)]
    return "\n".join([*filter(None, [text]), *lines])


def _cut(text: str, most: int) -> list[str]:
    """Pieces of at most `most` units, cut at a line, a sentence or a word where there is one."""
    pieces = []
    while utf16_units(text) > most:
        head = text[:most]
        while utf16_units(head) > most:
            head = head[:-1]
        ends = (head.rfind("\n"), head.rfind(". ") + 1, head.rfind(" "))
        place = next((place for place in ends if place > most // 2), len(head))
        pieces.append(text[:place].strip())
        text = text[place:].strip()
    return list(filter(None, [*pieces, text]))
