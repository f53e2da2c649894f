"""How a message fits its channel: buttons, a list, or numbered text. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.channels.sms import utf16_units
from bot.model import Choice, Limits


class Piece(NamedTuple):
    """One message as a channel can carry it."""

    text: str
    choices: tuple[Choice, ...] = ()
    layout: str = "plain"


def fit(texts: Sequence[str], choices: Sequence[Choice], limits: Limits) -> list[Piece]:
    """The messages, in order, that say `texts` and offer `choices`. Options stand with the last one."""
    layout = _layout(choices, limits)
    if layout == "plain" and choices:
        texts = [*texts[:-1], _numbered(texts[-1] if texts else "", choices)]
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


def _numbered(text: str, choices: Sequence[Choice]) -> str:
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
