"""What time does she mean? "half acht", "7.30 pm", "yedi buçuk": by the phrases of her language, never guessed."""

import re
from collections.abc import Sequence

from bot.conversation.wordlists import Clock, Phrase

LONGEST = 80
_DIGITS = re.compile(r"(\d{1,2})(?: ?[.:] ?| )(\d\d)|(\d\d)(\d\d)")  # 19:30 19.30 1930
_SHORT = re.compile(r"\d{1,2}")
_DAY = 24 * 60
_FRAMES = 4  # "om ongeveer half acht uur"


def clock_times(text: str, clocks: Sequence[Clock], within: tuple[str, str] | None) -> tuple[str, ...]:
    """The times ("19:30", in order) that a folded text can mean inside the range: none, one, or morning and evening.

    Her own language (the first clock) decides; where it says nothing, the others must agree: "half 7" is half past six
    in Dutch and half past seven in English.
    """
    if not text or len(text) > LONGEST:
        return ()
    own, *others = clocks
    found = _minutes(text, own) or _agreed([_minutes(text, other) for other in others])
    return tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in sorted(found) if _is_within(minute, within))


def one_of(text: str, clocks: Sequence[Clock], offered: Sequence[str]) -> str:
    """Which of the offered times is meant by "half acht 's avonds" or just "'s avonds"; "" where that is unsure."""
    said = [each for each in clock_times(text, clocks, None) if each in offered]
    if not said:
        part = next((clock.parts[text] for clock in clocks if text in clock.parts), None)
        said = [each for each in offered if part and part.holds(minute(each))]
    return said[0] if len(said) == 1 else ""


def minute(text: str) -> int:
    """`19:30` as minutes after midnight."""
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _agreed(readings: "list[set[int]]") -> "set[int]":
    distinct = [reading for reading in readings if reading]
    return distinct[0] if distinct and all(each == distinct[0] for each in distinct) else set()


def _minutes(text: str, clock: Clock) -> "set[int]":
    """The minutes of the day that the text can mean, by the dial of twelve or of twenty-four hours."""
    for _ in range(_FRAMES):
        if found := _said(text, clock):
            return found
        for word, part in clock.parts.items():
            rest = _without(text, word)
            if rest:
                return {each for each in _minutes(rest, clock._replace(parts={})) if part.holds(each)}
        text = next(filter(None, (frame.inside(text) for frame in clock.frames)), "")
    return set()


def _without(text: str, word: str) -> str:
    """The text without a word at its end ("7 pm", "7pm") or its begin; "" where it is not there."""
    if text.endswith(word):
        rest = text[: -len(word)]
        return rest.rstrip() if rest[-1:] == " " or rest[-1:].isdecimal() else ""
    return text[len(word) :].lstrip() if text.startswith(f"{word} ") else ""


def _said(text: str, clock: Clock) -> "set[int]":
    if digits := _DIGITS.fullmatch(text):
        hour, past = (digits[1], digits[2]) if digits[1] else (digits[3], digits[4])
        return _on_the_dial(_hour(hour, clock), int(past))
    if hours := _hour(text, clock):
        return _on_the_dial(hours, 0)
    for phrase in clock.phrases:
        match = phrase.pattern.fullmatch(text)
        if match and (found := _phrased(phrase, match.groupdict(), clock)):
            return found
    return set()


def _phrased(phrase: Phrase, slots: "dict[str, str]", clock: Clock) -> "set[int]":
    if "u" not in slots:
        return {phrase.minutes % _DAY}  # "middernacht=0"
    past = phrase.minutes
    if "m" in slots:
        word = slots["m"].strip()
        minutes = int(word) if _SHORT.fullmatch(word) else clock.numbers.get(word, 0)
        if not 0 < minutes < 60:
            return set()
        past += phrase.spoken * minutes
    return _on_the_dial(_hour(slots["u"].strip(), clock), past)


def _hour(text: str, clock: Clock) -> "tuple[int, ...]":
    """The hours that a word or a number stands for: 7 is 7 and 19, but 07 is 7, and 19 is 19."""
    if _SHORT.fullmatch(text):
        number = int(text)
        if number > 24:
            return ()
        return (number, number + 12) if 1 <= number <= 12 and text[0] != "0" else (number,)
    if text in clock.hours:
        return clock.hours[text], clock.hours[text] + 12
    number = clock.numbers.get(text, -1)
    return (number,) if number == 0 or 13 <= number <= 24 else ()


def _on_the_dial(hours: "tuple[int, ...]", past: int) -> "set[int]":
    """The minutes of the day; it goes round, for 24:00 and for "half een"."""
    return {(hour * 60 + past) % _DAY for hour in hours} if past < 60 else set()


def _is_within(minute_of_day: int, within: tuple[str, str] | None) -> bool:
    if within is None:
        return True
    low, high = minute(within[0]), minute(within[1])
    if low <= high:
        return low <= minute_of_day <= high
    return minute_of_day >= low or minute_of_day <= high
