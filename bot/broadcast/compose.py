"""What a broadcast says: its texts, and beforehand what of them arrives in each language."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.broadcast.audience import Receiver
from bot.broadcast.content import OUTCOME, OWN, QUESTION, READY, WORDS, Content
from bot.broadcast.filled import problems, until, value
from bot.channels.phone import LIMITS
from bot.channels.sms import sms_parts
from bot.config import School
from bot.conversation.flow import Flow
from bot.conversation.ready import Ready
from bot.model import Limits, Part, Value
from bot.outbox import words
from bot.outbox.fit import Piece, fit
from bot.outbox.forms import Message
from bot.outbox.render import render
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.catalogue import Catalogue
from bot.translation.orders import Said, Wanted
from bot.translation.texts import SOURCE

__all__ = ["Books", "Shown", "message", "order_all", "parts", "preview", "problems", "until", "value"]

AUTHORED = "authored"  # beside the states of an order: people wrote it in her language
_WORST = (orders.FAILED, orders.WAITING, orders.DONE)
_FILES = {"image": "bericht.foto", "audio": "bericht.stem", "application": "bericht.pdf"}


class Flows(Protocol):
    def newest(self, name: str, language: str) -> Flow: ...


class Books(Protocol):
    """What is needed here of what lies on the desk."""

    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def library(self) -> Flows: ...
    @property
    def ready(self) -> Mapping[str, Ready]: ...


class Shown(NamedTuple):
    """What arrives in one language, on the channel (`channel`) by which most who read it are reached.

    `text`: as it stands on the phone, its answers as numbered lines unless they are in `choices`, under it. `parts`: of
    an SMS with it. `said_in`: the language of what people have authored: Dutch where hers has no such text. `state`:
    AUTHORED where nobody's own words are in it, else what became of the words, the worst of all; `back` and `risks` of
    all of them. `pairs`: of each text its words and what became of them.
    """

    language: str
    people: int
    channel: str
    text: str
    choices: tuple[str, ...]
    parts: int
    said_in: str
    state: str
    back: str = ""
    risks: tuple[str, ...] = ()
    pairs: tuple[tuple[str, Said], ...] = ()


# --- what it says
def parts(books: Books, school: School, sender: str, content: Content, file: Value | None = None) -> list[Part]:
    """The texts of a broadcast from `sender`, the name of who writes; what goes with it is a text of its own."""
    from_whom = {"leerkracht": Value("name", sender), "school": Value("name", school.name)}
    if content.kind == READY:
        ready = books.ready[content.what]
        own = {name: content.fields[name] for name in ready.fields if name in content.fields}
        first = Part(ready.say(set(own)), {**own, **from_whom})
    elif content.kind == OWN:
        first = Part(
            "peiling.uitslag" if content.what == OUTCOME else "bericht.eigen",
            {**from_whom, WORDS: content.fields[WORDS]},
        )
    else:
        step = books.library.newest(content.what, "").first
        number = Value("number", "0")  # it has none yet, and none is shown
        first = Part(step.ask or step.say, {**from_whom, "vraag": content.fields[WORDS], "peiling": number})
    return [first, *([Part(_FILES[file.of.partition("/")[0]], {"bestand": file})] if file else [])]


def message(books: Books, school: School, sender: str, content: Content, file: Value | None = None) -> Message:
    """The same with the answers there are, as the outbox sends it."""
    said = parts(books, school, sender, content, file)
    if content.kind != QUESTION:
        return Message(said)
    step = books.library.newest(content.what, "").first
    offers = [[str(number), label, SOURCE] for number, label in enumerate(content.choices, 1)]
    shown = offers if step.options_from else [[option, ""] for option in step.options]
    return Message(said, step.ask, step.type, shown or None)


# --- what arrives
def preview(  # noqa: PLR0913 - what goes with it is given by few
    tx: Tx, books: Books, channels: Mapping[str, Limits], school: School, sender: str, content: Content,
    people: Sequence[Receiver], now: datetime, *, file: Value | None = None,
) -> list[Shown]:  # fmt: skip
    """What arrives in each language that is read, most readers first; who cannot be reached does not count."""
    written = message(books, school, sender, content, file)
    readers: dict[str, Counter[str]] = {}
    for person in people:
        if person.channel in channels:
            readers.setdefault(person.language, Counter())[person.channel] += 1
    found = orders.said(tx, {each for language in readers for each in words.wanted(written, school.key, language)})
    shown = []
    for language, here in readers.items():
        channel = min(here, key=lambda each: (-here[each], each))
        needed = words.wanted(written, school.key, language)
        pairs = tuple((each.text, _so_far(found.get(each), each, now)) for each in needed)
        hers = words.spoken(written, school.key, language, found)
        arrives = [_pieces(books.catalogue, hers, language, each) for each in (channels[channel], LIMITS["sms"])]
        shown.append(_shown(language, here.total(), channel, arrives, pairs, written))
    return sorted(shown, key=lambda each: (-each.people, each.language))


def order_all(tx: Tx, school: School, content: Content, languages: Iterable[str], now: datetime) -> None:
    """Order what these readers need of somebody's own words, and is not there yet."""
    own = [(each.value, each.of) for each in content.fields.values() if each.kind == "words"]
    own += [(each, SOURCE) for each in content.choices]
    said = [(text, of) for text, of in own if any(map(str.isalpha, text))]
    orders.order(tx, (Wanted(school.key, of, to, text) for to in sorted({*languages}) for text, of in said), now)


def _so_far(found: Said | None, wanted: Wanted, now: datetime) -> Said:
    """What became of words; for what nobody has ordered a machine is still to come, for what is overdue none is."""
    if found is None:
        return Said(wanted.text, orders.WAITING)
    late = found.state == orders.WAITING and found.is_ready(now)
    return found._replace(state=orders.FAILED) if late else found


def _pieces(catalogue: Catalogue, hers: Message, language: str, limits: Limits) -> tuple[list[Piece], str]:
    """What leaves on a channel, but for files as themselves, and the language of what people have authored of it."""
    said = render(catalogue, language, *hers, isolates=limits.isolates)
    return [each for each in fit(said.texts, said.choices, limits, said.files) if not each.file], said.language


def _shown(
    language: str, people: int, channel: str, arrives: Sequence[tuple[list[Piece], str]],
    pairs: tuple[tuple[str, Said], ...], written: Message,
) -> Shown:  # fmt: skip
    (pieces, said_in), (as_sms, _) = arrives
    states = {said.state for _, said in pairs}
    plain = orders.OWN if any(words.own(written)) else AUTHORED
    return Shown(
        language=language,
        people=people,
        channel=channel,
        text="\n\n".join(piece.text for piece in pieces),
        choices=tuple(choice.label for choice in pieces[-1].choices),
        parts=sum(sms_parts(piece.text) for piece in as_sms),
        said_in=said_in,
        state=next((state for state in _WORST if state in states), plain),
        back="\n".join(said.back for _, said in pairs if said.back),
        risks=tuple(dict.fromkeys(risk for _, said in pairs for risk in said.risks)),
        pairs=pairs,
    )
