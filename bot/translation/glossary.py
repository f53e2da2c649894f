"""The word lists of one language (`woorden.*` in its PO file) as tables, and those of several put together."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import chain
from typing import TypeVar

from bot.conversation import wordlists
from bot.conversation.folding import fold
from bot.conversation.wordlists import Clock, Frame, Tables
from bot.errors import ContentError
from bot.translation import languages

Table = TypeVar("Table")


class Glossary:
    """What one language's own words mean. `list_of` gives the words of a list by its key."""

    def __init__(self, language: str, list_of: Callable[[str], Iterable[str]]) -> None:
        self.language = language
        self.list_of = list_of

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        return self._read("woorden.getallen", wordlists.numbers)

    @cached_property
    def picks(self) -> tuple[Frame, ...]:
        return self._read("woorden.nummer", wordlists.frames)

    @cached_property
    def counts(self) -> tuple[Mapping[str, int], tuple[Frame, ...]]:
        return self._read("woorden.keer", wordlists.counts)

    @cached_property
    def hours(self) -> Mapping[str, int]:
        return self._read("woorden.uren", wordlists.numbers)

    @cached_property
    def clock(self) -> Clock:
        phrases, frames = self._read("woorden.tijd", wordlists.times)
        return Clock(self.hours, self.numbers, phrases, frames, self._read("woorden.dagdeel", wordlists.parts))

    @cached_property
    def weekdays(self) -> Mapping[str, str]:
        listed = self._read("woorden.dagen", wordlists.weekdays)
        return wordlists.merged(listed.items(), languages.day_words(self.language))

    @cached_property
    def months(self) -> Mapping[str, int]:
        listed = self._read("woorden.maanden", wordlists.numbers)
        return wordlists.merged(listed.items(), languages.month_words(self.language))

    @cached_property
    def days(self) -> Mapping[str, int]:
        return self._read("woorden.datum", wordlists.numbers)

    @cached_property
    def foreign(self) -> frozenset[str]:
        """Words that are an answer in another language, but say something else in this one."""
        return frozenset(map(fold, self.list_of("woorden.anders")))

    def _read(self, key: str, reading: Callable[[Iterable[str]], Table]) -> Table:
        try:
            return reading(self.list_of(key))
        except ValueError as problem:
            raise ContentError(f"{self.language}.po: {key}: {problem}") from None


def tables(own: Glossary, others: Iterable[Glossary]) -> Tables:
    """What a reader's words mean: in her own language, then in those that people here use too."""
    others = tuple(others)
    every = (own, *others)

    def table(of: Callable[[Glossary], Mapping[str, Table]]) -> "dict[str, Table]":
        second = chain.from_iterable(of(each).items() for each in others)
        return wordlists.merged(of(own).items(), second, never=own.foreign)

    return Tables(
        numbers=table(lambda each: each.numbers),
        picks=tuple(chain.from_iterable(each.picks for each in every)),
        counts=tuple(chain.from_iterable(each.counts[1] for each in every)),
        counted=table(lambda each: each.counts[0]),
        clocks=tuple(each.clock for each in every),
        weekdays=table(lambda each: each.weekdays),
        months=table(lambda each: each.months),
        days=table(lambda each: each.days),
    )
