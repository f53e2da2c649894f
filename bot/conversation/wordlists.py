"""The word lists of the PO files as tables: numbers, hours, weekdays and months as one reader may write them."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from bot.conversation.folding import fold
from bot.model import WEEKDAYS

Meaning = TypeVar("Meaning")
_SUM = re.compile(r"(?P<minutes>[+-]?\d+)?(?P<spoken>[+-]?\{m\})?")


class Frame(NamedTuple):
    """What may stand round a word: "optie {n}" is Frame("optie ", ""), "{n}x" takes "3x" and "3 x"."""

    before: str
    after: str

    def inside(self, text: str) -> str:
        """What stands in the frame; "" where the text is not framed so."""
        framed = (
            len(text) > len(self.before) + len(self.after)
            and text.startswith(self.before)
            and text.endswith(self.after)
        )
        return text[len(self.before) : len(text) - len(self.after)].strip() if framed else ""


class Phrase(NamedTuple):
    """A way to say a time: "{m} voor half {u}=-30-{m}" adds -30 minutes and -1 times {m} to the hour {u}."""

    pattern: re.Pattern[str]
    minutes: int
    spoken: int


class DayPart(NamedTuple):
    """A part of the day, in hours; it may pass midnight: the night is 22-6."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        hour = minute / 60
        return self.start <= hour < self.end if self.start < self.end else hour >= self.start or hour < self.end


class Clock(NamedTuple):
    """How one language says the time of day."""

    hours: Mapping[str, int]  # on the dial: 1..12
    numbers: Mapping[str, int]
    phrases: tuple[Phrase, ...]
    frames: tuple[Frame, ...]
    parts: Mapping[str, DayPart]


class Tables(NamedTuple):
    """What a reader's words mean. Her own language goes first; all keys are folded."""

    numbers: Mapping[str, int] = {}
    picks: tuple[Frame, ...] = ()  # "optie {n}"
    counts: tuple[Frame, ...] = ()  # "{n} keer"
    counted: Mapping[str, int] = {}  # "tweemaal", "nooit"
    clocks: tuple[Clock, ...] = ()  # hers, then those that she may also use
    weekdays: Mapping[str, str] = {}
    months: Mapping[str, int] = {}
    days: Mapping[str, int] = {}  # days from today


def pairs(words: Iterable[str]) -> "Iterator[tuple[str, str]]":
    """`maandag=ma, ma=ma` as (folded word, meaning). Raises ValueError where a word has no meaning."""
    for line in words:
        word, equals, meaning = line.rpartition("=")
        if not equals or not word.strip() or not meaning.strip():
            raise ValueError(f"{line!r} must be word=meaning")
        yield fold(word), meaning.strip()


def numbers(words: Iterable[str]) -> "dict[str, int]":
    """`nul=0, een=1` as a table."""
    return {word: int(meaning) for word, meaning in pairs(words)}


def counts(words: Iterable[str]) -> "tuple[dict[str, int], tuple[Frame, ...]]":
    """`tweemaal=2, {n} keer`: the words that count, and the frames that a number may stand in."""
    words = tuple(words)
    return numbers(word for word in words if "=" in word), frames(word for word in words if "=" not in word)


def weekdays(words: Iterable[str]) -> "dict[str, str]":
    """`maandag=ma, elke {d}` as a table, with each frame round each day."""
    words = tuple(words)
    days = dict(pairs(word for word in words if "{" not in word))
    if strange := set(days.values()) - set(WEEKDAYS):
        raise ValueError(f"{min(strange)!r} is no weekday; they are {', '.join(WEEKDAYS)}")
    around = frames(word for word in words if "{" in word)
    return days | {fold(f"{each.before}{day}{each.after}"): of for each in around for day, of in days.items()}


def frames(words: Iterable[str]) -> tuple[Frame, ...]:
    """`nummer {n}, {n} keer`: the text before and after the one field."""
    found = []
    for word in words:
        parts = re.split(r"\{\w\}", word)
        if len(parts) != 2 or not "".join(parts).strip():
            raise ValueError(f"{word!r} must have one field with words round it")
        before, after = (_fold_edge(part) for part in parts)
        found.append(Frame(before, after))
    return tuple(found)


def _fold_edge(part: str) -> str:
    """Fold one side of a frame, but keep the space between it and the field, also a lone one between two fields."""
    return " " * part.startswith(" ") + fold(part) + " " * part.endswith(" ") if part.strip() else part[:1]


def times(words: Iterable[str]) -> "tuple[tuple[Phrase, ...], tuple[Frame, ...]]":
    """`half {u}=-30, om {t}`: the phrases that say a time, and the frames that one may stand in."""
    words = tuple(words)
    phrases = tuple(_phrase(word) for word in words if "=" in word)
    return phrases, frames(word for word in words if "=" not in word)


def parts(words: Iterable[str]) -> "dict[str, DayPart]":
    """`'s avonds=17-24` as a table."""
    found = {}
    for word, meaning in pairs(words):
        start, _, end = meaning.partition("-")
        found[word] = DayPart(int(start), int(end))
    return found


def _phrase(line: str) -> Phrase:
    words, _, meaning = line.partition("=")
    total = _SUM.fullmatch(meaning.strip())
    if not total or not meaning.strip():
        raise ValueError(f"{line!r} must be a phrase = minutes, such as 'half {{u}}=-30' or '{{m}} voor {{u}}=-{{m}}'")
    pattern = ""
    for part in re.split(r"(\{[um]\})", words.strip()):
        pattern += f"(?P<{part[1]}>.+?)" if re.fullmatch(r"\{[um]\}", part) else re.escape(_fold_edge(part))
    sign = {None: 0, "-{m}": -1}.get(total["spoken"], 1)
    return Phrase(re.compile(pattern), int(total["minutes"] or 0), sign)


def merged(*tiers: Iterable[tuple[str, Meaning]], never: Container[str] = frozenset()) -> "dict[str, Meaning]":
    """One table: an earlier tier wins; within a tier two meanings of one word cancel each other.

    `never` names the words that only the first tier, her own, may explain.
    """
    result: dict[str, Meaning | None] = {}
    for place, tier in enumerate(tiers):
        found: dict[str, Meaning | None] = {}
        for word, meaning in tier:
            if word and not (place and word in never):
                found[word] = meaning if found.get(word, meaning) == meaning else None
        for word, sole in found.items():
            result.setdefault(word, sole)
    return {word: meaning for word, meaning in result.items() if meaning is not None}
