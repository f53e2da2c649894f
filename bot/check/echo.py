"""What parents of one language go through in a rehearsal, once more in every other language and way of answering.

Their runs are taken as they were stored, each answer is understood by the engine in the words of its language, and what
was said is written out as her channel carries it. Only the words differ: all must be led to the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.channels.phone import LIMITS
from bot.check.casting import Heard
from bot.check.performance import WAYS, Beat, Difference, Player, can, misread, said
from bot.conversation import engine, events
from bot.conversation.answers import understand
from bot.desk import keywords
from bot.desk.books import Books
from bot.desk.load import Batch, Live
from bot.model import Outbound
from bot.outbox.fit import fit
from bot.outbox.render import render
from bot.store.database import Tx

_OWN = "iets in haar eigen woorden"  # where any words are an answer, those of one are as good as another's


class Led(NamedTuple):
    """What an answer leads to: a turn in what was asked, or a flow that its words start."""

    turn: events.Turn | None = None
    starts: str = ""


class Echo:
    """The other languages, behind those who really play."""

    def __init__(self, books: Books, languages: Sequence[str], players: Sequence[Player]) -> None:
        """`players`: all who play; of each channel who answers by number, in the first language, is followed."""
        first = players[0].parent.role.language
        self._books = books
        self._followed = [each for each in players if each.way == WAYS[0] and each.parent.role.language == first]
        self._others = [each for each in languages if each != first]

    def answers(self, tx: Tx, beat: Beat, now: datetime) -> Iterator[Difference]:
        """Before she answers: where it would lead elsewhere in another language. `now`: wall time at school."""
        batch = Batch(tx, self._books, [each.parent.contact_id for each in self._followed], now)
        for player in self._followed:
            runs = batch.people[player.parent.contact_id].runs
            asking = next((live for live in reversed(runs) if live.asks and live.state == "active"), None)
            led = self._led(player, beat.action.text, asking, now)
            for voice in self._voices(player):
                other = self._led(voice, beat.action.text, asking, now)
                if other != led:
                    yield Difference(beat.action.number, str(voice), str(led), str(other))

    def reads(self, beat: Beat, player: Player, new: Sequence[Heard]) -> Iterator[Difference]:
        """What was heard, as it reads in the other languages: whether the words are those, and every option is seen."""
        if player in self._followed:
            for language in self._others:
                voice = _voice(player, language, player.way)
                heard = [self._in_words(each, language, player.parent.role.channel) for each in new]
                yield from misread(self._books.catalogue, beat, voice, heard)

    def _voices(self, player: Player) -> Iterator[Player]:
        """Who else says what this player says, with the question before her as she reads it."""
        channel, asked = player.parent.role.channel, player.parent.asked
        for language in self._others:
            heard = [self._in_words(asked, language, channel)] if asked else []
            for way in WAYS:
                if can(way, channel):
                    voice = _voice(player, language, way)
                    voice.parent.heard[:] = heard
                    yield voice

    def _led(self, voice: Player, text: str, asking: Live | None, now: datetime) -> Led:
        answer, language = said(self._books.catalogue, voice, text), voice.parent.role.language
        if house := "" if answer.choice else keywords.house_flow(answer.text, self._books.keywords):
            return Led(starts=house)
        starts = "" if answer.choice else keywords.flow_for(answer.text, language, self._books.keywords)
        if asking is None or asking.flow is None:
            return Led(starts=starts)
        words = self._books.catalogue.words(language)
        asked = engine.question(asking.flow, asking.run)
        assert asked is not None and asked.question is not None
        values = () if answer.choice else understand(asked.question, answer.text, words, now.date())
        if starts and not values:
            return Led(starts=starts)
        own = not answer.choice and (not values or values[0].kind == "text")
        heard = events.Heard(now, _OWN if own else answer.text, answer.choice)
        turn = engine.advance(asking.flow, asking.run, heard, words)
        started = [each.flow for each in turn.effects if isinstance(each, events.Start)]
        return Led(starts=started[0]) if started else Led(turn)

    def _in_words(self, heard: Heard, language: str, channel: str) -> Heard:
        limits, last = LIMITS[channel], heard.messages[-1]
        written = render(self._books.catalogue, language, *heard.said, isolates=limits.isolates)
        pieces = fit(written.texts, written.choices, limits, written.files)
        messages = tuple(Outbound(last.id, last.to, piece.text, piece.choices) for piece in pieces)
        return Heard(heard.said, language, messages)


def _voice(player: Player, language: str, way: str) -> Player:
    parent = player.parent
    return Player(replace(parent, role=parent.role._replace(language=language), heard=[]), way)
