"""The engine alone: pure turns of the reading-aloud flow."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from time import perf_counter
from typing import NamedTuple

from bot.bench import parents
from bot.bench.figures import Figure, Progress, Skipped, rounds
from bot.bench.talk import BEGIN, FLOW, LAST, TALKS, Talk
from bot.config import ROOT
from bot.conversation import engine
from bot.conversation.answers import Words
from bot.conversation.events import Event, Heard, Silent, Started
from bot.conversation.flow import Flow
from bot.desk.books import Books

BOUND = 100_000
REPEATS = 100  # of every conversation in a round


class _Play(NamedTuple):
    """One conversation, ready to be run through the engine."""

    flow: Flow
    words: Words
    events: Sequence[Event]


def measure(seconds: float, progress: Progress) -> list[Figure | Skipped]:
    books = parents.books(parents.settings(ROOT))
    plays = [_play(books, talk) for talk in TALKS]
    turns = sum(len(play.events) for play in plays) * REPEATS
    rates = [turns / _round(plays) for _ in rounds(seconds, progress)]
    return [Figure("the engine alone", median(rates), "turns/s", BOUND)]


def _round(plays: Sequence[_Play]) -> float:
    began = perf_counter()
    for play in plays:
        for _ in range(REPEATS):
            run = engine.begin(play.flow)
            for event in play.events:
                run = engine.advance(play.flow, run, event, play.words).run
    return perf_counter() - began


def _play(books: Books, talk: Talk) -> _Play:
    """The events of this talk, as far as the flow goes with it."""
    flow, words = books.library.newest(FLOW, talk.language), books.catalogue.words(talk.language)
    events: list[Event] = [Started(BEGIN)]
    run = engine.advance(flow, engine.begin(flow), events[0], words).run
    for place, (text, tap) in enumerate(talk.said):
        if place == 0 or not run.waiting or not (text or tap):
            continue
        for event in _events(BEGIN, text, tap, later=place == LAST):
            run = engine.advance(flow, run, event, words).run
            events.append(event)
    return _Play(flow, words, events)


def _events(at: datetime, text: str, tap: str, *, later: bool) -> list[Event]:
    heard = Heard(at, text, tap)
    return [Silent(at), heard] if later else [heard]
