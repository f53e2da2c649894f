"""Every screen of a flow, as a parent would see it in one language on one channel."""

from collections.abc import Iterator
from typing import NamedTuple

from bot.channels.phone import LIMITS
from bot.channels.sms import sms_parts
from bot.conversation.flow import Flow
from bot.conversation.spoken import labels, said
from bot.model import Choice, Offer
from bot.outbox.fit import Piece, fit
from bot.translation.catalogue import Catalogue
from bot.translation.samples import samples


class Shown(NamedTuple):
    """What leaves on one channel; `parts` where it is paid by SMS part, else 0."""

    channel: str
    pieces: tuple[Piece, ...]
    parts: int


class Screen(NamedTuple):
    """One text of a step on every channel. `language` is the fallback where the reader has no text of her own."""

    step: str
    verb: str
    key: str
    language: str
    direction: str
    is_open: bool  # a room offers the options: they are not known here
    shown: tuple[Shown, ...]


def screens(flow: Flow, language: str, catalogue: Catalogue) -> Iterator[Screen]:
    """The screens of a flow in the order of its file, with an example in every field."""
    for step in flow.steps.values():
        for verb, key in said(step):
            keys = (key, *labels(step)) if verb == "ask" else (key,)
            words = catalogue.reader(language, keys)
            offers = map(Offer, step.options) if verb == "ask" else ()
            choices = tuple(Choice(offer.id, words.label(step.ask, offer)) for offer in offers)
            example = samples(flow, catalogue.fields(key))
            shown = []
            for channel, limits in LIMITS.items():
                pieces = tuple(fit([words.say(key, example, isolates=limits.isolates)], choices, limits))
                parts = sum(sms_parts(piece.text) for piece in pieces) if limits.parts else 0
                shown.append(Shown(channel, pieces, parts))
            is_open = verb == "ask" and bool(step.options_from)
            yield Screen(step.name, verb, key, words.language, words.direction, is_open, tuple(shown))
