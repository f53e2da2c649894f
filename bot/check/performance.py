"""A transcript played on a stage: by many parents at once, each in her own language, channel and way of answering."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.check import facts
from bot.check.casting import SCHOOLS, Heard, Parent, Role
from bot.check.rehearsal import Said, Stage
from bot.check.transcript import ALL, Line, Transcript
from bot.conversation.shape import span
from bot.store.database import Tx
from bot.translation.catalogue import Catalogue, LanguageWords
from bot.translation.texts import FIELD

if TYPE_CHECKING:
    from bot.check.echo import Echo

_ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_DIGITS = re.compile(r"[\d:]+")

Text = tuple[str, tuple[str, ...] | None]  # a key, and the options where it is a question


class Player(NamedTuple):
    """A parent with her way of answering: number, digits (Arabic-Indic), label or tap."""

    parent: Parent
    way: str

    def __str__(self) -> str:
        role = self.parent.role
        return f"{role.language} {role.channel} {self.way}"


class Difference(NamedTuple):
    """Where somebody read or got something else than the transcript says."""

    line: int
    player: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.player}: expected {self.expected}, found {self.found}"


class Beat(NamedTuple):
    """What happens (she speaks, time passes, the house begins), and what must follow."""

    action: Line
    expected: tuple[Line, ...]


WAYS = ("number", "digits", "label", "tap")


def roles(transcript: Transcript, languages: Sequence[str], channels: Sequence[str]) -> list[tuple[Role, str]]:
    """Everyone who must play this transcript."""
    written = [each for each in channels if {each, ALL} & set(transcript.channels)]
    return [
        (Role(language, channel, transcript.consent, **transcript.family), way)
        for language in spoken(transcript, languages)
        for channel in written
        for way in WAYS
        if can(way, channel)
    ]


def spoken(transcript: Transcript, languages: Sequence[str]) -> list[str]:
    """The languages in which it must hold."""
    return [each for each in languages if {each, ALL} & set(transcript.languages)]


def can(way: str, channel: str) -> bool:
    """Whether she can answer in this way there: nobody taps on SMS."""
    return way != "tap" or channel != "sms"


async def perform(
    stage: Stage, transcript: Transcript, players: Sequence[Player], echo: "Echo | None" = None
) -> list[Difference]:
    """Play a transcript with all players side by side; returns every difference, also of those who only follow."""
    found: list[Difference] = []
    asked = {player.parent: "" for player in players}
    await prepare(stage, transcript, players)
    for beat in beats(transcript):
        before = {player.parent: len(player.parent.heard) for player in players}
        if echo and beat.action.kind == ">":
            found += await _echoed(stage, echo, beat)
        await act(stage, transcript, beat.action, players)
        for player in players:
            new = player.parent.heard[before[player.parent] :]
            found += _compare(beat, player, new, asked[player.parent])
            found += misread(stage.bot.catalogue, beat, player, new)
            found += echo.reads(beat, player, new) if echo else ()
            asked[player.parent] = next((heard.ask for heard in reversed(new) if heard.ask), asked[player.parent])
        found += await _left_behind(stage, transcript.flow, beat, players)
    return found


async def _echoed(stage: Stage, echo: "Echo", beat: Beat) -> list[Difference]:
    now = stage.clock().astimezone(SCHOOLS[0].zone)
    return await stage.bot.database.fetch(lambda tx: list(echo.answers(tx, beat, now)))


async def _left_behind(stage: Stage, flow: str, beat: Beat, players: Sequence[Player]) -> list[Difference]:
    stated = [line for line in beat.expected if facts.states(line)]

    def look(tx: Tx) -> list[Difference]:
        return [
            Difference(line.number, str(player), *each)
            for line in stated
            for player in players
            for each in facts.wrong(tx, flow, player.parent, line)
        ]

    return await stage.bot.database.fetch(look) if stated else []


def beats(transcript: Transcript) -> Iterator[Beat]:
    """The transcript cut after everything that happens."""
    action = Line("", number=1)
    expected: list[Line] = []
    begun = transcript.begins_by_itself
    for line in transcript.lines:
        if line.kind in (">", "~"):
            if begun:
                yield Beat(action, tuple(expected))
            action, expected, begun = line, [], True
        else:
            expected.append(line)
    yield Beat(action, tuple(expected))


async def prepare(stage: Stage, transcript: Transcript, players: Sequence[Player]) -> None:
    """What stands before the first line."""
    if transcript.talks:
        await stage.open(transcript.talks, [player.parent for player in players])
    if transcript.shelf:
        await stage.offer(transcript.shelf, [player.parent for player in players])
    if transcript.evening:
        await stage.gather(transcript.evening, [player.parent for player in players])


async def act(stage: Stage, transcript: Transcript, action: Line, players: Sequence[Player]) -> None:
    """Let it happen: she speaks, time passes, or the house begins."""
    if action.kind == "~":
        await stage.wait(span(action.text))
    elif action.kind == ">":
        await stage.say({player.parent: said(stage.bot.catalogue, player, action.text) for player in players})
    else:
        await stage.begin(transcript.flow, [player.parent for player in players], transcript.poll)


def said(catalogue: Catalogue, player: Player, text: str) -> Said:
    """What this player does where the transcript has `text`: a number, a text key, {code}, or words as they stand."""
    parent = player.parent
    if catalogue.has(text):
        return Said(_first(catalogue.words(parent.role.language), text))
    if _DIGITS.fullmatch(text):
        return _picked(parent, player.way, text)
    return Said(text.replace("{code}", parent.code).replace("{poster}", parent.poster))


def _first(words: LanguageWords, key: str) -> str:
    """A label, or the first word of a list."""
    listed = words.list(key)
    return listed[0] if listed else words.say(key, {})


def _picked(parent: Parent, way: str, text: str) -> Said:
    asked = parent.asked
    place = int(text) - 1 if text.isdecimal() else -1
    if asked and 0 <= place < len(asked.options):
        if way == "tap" and asked.messages[-1].choices:
            return Said(choice=asked.options[place], ours=asked.messages[-1].id)
        if way == "label":
            return Said(label(asked, place))
    return Said(text.translate(_ARABIC_INDIC) if way == "digits" else text)


def label(asked: Heard, place: int) -> str:
    """The words of an option as she read them: on a button, in a list, or behind its number."""
    if asked.messages[-1].choices:
        return asked.messages[-1].choices[place].label
    lines = asked.text.splitlines()
    return next(line for line in reversed(lines) if line.startswith(f"{place + 1} ")).partition(" ")[2]


# --- what she read
def texts(heard: Sequence[Heard], asked: str = "") -> Iterator[tuple[Text, bool]]:
    """The texts in what was heard, and whether each is only the open question `asked` that comes again."""
    for each in heard:
        for place, part in enumerate(each.parts, 1):
            is_question = bool(each.ask) and place == len(each.parts)
            again = is_question and place > 1 and each.ask == asked
            yield (part.key, each.options if is_question else None), again
        asked = each.ask or asked


def _compare(beat: Beat, player: Player, new: Sequence[Heard], asked: str) -> Iterator[Difference]:
    """The keys and options. The question that comes again after a miss need not be written down."""
    language = player.parent.role.language
    expected = [line for line in beat.expected if line.kind == "<" and line.is_for(language)]
    found = list(texts(new, asked))
    for whole in (True, False):
        read = [text for text, again in found if whole or not again]
        if len(read) == len(expected) and all(map(_is, expected, read)):
            return
    wanted = ", ".join(str(line._replace(comment=""))[2:] for line in expected)
    got = ", ".join(shown(text) for text, _ in found)
    yield Difference(beat.action.number, str(player), wanted or "silence", got or "silence")


def _is(line: Line, text: Text) -> bool:
    return line.text == text[0] and (line.options is None or line.options == (text[1] or ()))


def shown(text: Text) -> str:
    """A text as a transcript has it."""
    return str(Line("<", text[0], text[1] or None))[2:]


def misread(catalogue: Catalogue, beat: Beat, player: Player, new: Sequence[Heard]) -> Iterator[Difference]:
    """Whether the words are those of her language, and every option can be seen."""
    for heard in new:
        for part in heard.parts:
            language = part.language or heard.language
            missing = _unsaid(catalogue, language, part.key, heard.text)
            if missing:
                yield Difference(beat.action.number, str(player), f"{part.key} in {language}", f"no {missing!r}")
        last = heard.messages[-1]
        seen = tuple(choice.id for choice in last.choices) or tuple(_numbered(heard))
        if heard.options and seen != heard.options:
            yield Difference(beat.action.number, str(player), f"options {heard.options}", f"{seen}")


def _unsaid(catalogue: Catalogue, language: str, key: str, text: str) -> str:
    """The first piece of the text between its fields that was not said."""
    own = catalogue.text(language, key)
    forms = own.forms if own else ()
    pieces = [[piece.strip() for piece in FIELD.split(form)[::2]] for form in forms]
    if any(all(piece in text for piece in each) for each in pieces):
        return ""
    return next((piece for each in pieces for piece in each if piece not in text), key)


def _numbered(heard: Heard) -> Iterator[str]:
    """The options that stand in the text behind their numbers, in order."""
    lines = heard.text.splitlines()
    return (
        option for place, option in enumerate(heard.options, 1) if any(line.startswith(f"{place} ") for line in lines)
    )
