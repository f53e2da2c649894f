"""When would it suit her? "donderdag na vijf", "Perşembe beşten sonra": by the word lists `wens.*` of her language.

What is understood only steers a proposal, which she still says yes to. So a few words may stay unknown: none beside a
day alone ("is there gym on Thursday?"), more beside an hour; and never a "not".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from bot.booking.wanted import Wish
from bot.conversation import wordlists
from bot.conversation.answers import Question, understand
from bot.conversation.clock import clock_times, minute
from bot.conversation.folding import fold
from bot.conversation.wordlists import DayPart, Frame
from bot.errors import ContentError
from bot.model import WEEKDAYS
from bot.translation.catalogue import LanguageWords
from bot.translation.languages import joiners

LONGEST, WORDS = 300, 24  # signs and words; a longer message is about more than a moment
_STRANGE = 6  # words that say nothing of a moment: it is about something else
_WINDOW = 8  # words that can belong together
_ALSO = ("nl", "en")  # who lives here uses these words too
_FIRST, _LAST = "09:00", "20:59"  # "acht" is eight in the evening, "negen" nine in the morning: talks are then
_BEFORE, _BEHIND = timedelta(minutes=30), timedelta(minutes=60)  # round a moment that she names
_DATE = Question("", "date")
_END = 24 * 60
LATER, SOONER, OTHER = "later", "sooner", "other"  # than what she was offered


class _Said(NamedTuple):
    """What some words mean."""

    weekdays: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    without: tuple[str, ...] = ()
    week: int | None = None
    after: tuple[str, ...] = ()  # as many as the words can mean: "acht" is two
    before: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    part: DayPart | None = None
    turn: str = ""
    idle: bool = False


class _Lists(NamedTuple):
    """The words of one language."""

    after: Sequence[Frame]
    before: Sequence[Frame]
    between: Sequence[re.Pattern[str]]
    without: Sequence[Frame]  # a day that does not suit her
    never: frozenset[str]
    same: Mapping[str, str]
    alone: Mapping[str, _Said]  # a week, "later", "another day"
    idle: frozenset[str]


def understood(text: str, words: LanguageWords, at: datetime, *, than: datetime | None = None) -> Wish | None:
    """What suits her by her own words; None where that is not clear. `at`: now, on the wall of the school.

    `than`: the beginning of what she was offered, on the wall; without it "later" says nothing.
    """
    if not text.strip() or len(text) > LONGEST:
        return None
    lists = _lists(words)
    tokens = _spelled(fold(text), lists).split()
    found: list[_Said] = []
    known = unknown = 0
    while tokens and unknown < _STRANGE and len(tokens) <= WORDS:
        many, said = _next(tokens, words, lists, at)
        if said is None:
            if any(tokens[0] in each.never for each in lists):
                return None
            unknown += 1
        elif not said.idle:
            found.append(said)
            known += 2 if said.after or said.before or said.about else 1
        tokens = tokens[many:]
    return _wish(found, at.date(), than) if not tokens and unknown < known else None


# --- the words
@lru_cache(maxsize=64)
def _lists(words: LanguageWords) -> tuple[_Lists, ...]:
    """Hers first."""
    others = [words.catalogue.words(each) for each in _ALSO if each != words.language and words.catalogue.speaks(each)]
    try:
        return tuple(map(_read, (words, *others)))
    except ValueError as problem:
        raise ContentError(f"{words.language}.po: wens.*: {problem}") from None


def _read(words: LanguageWords) -> _Lists:
    never = words.list("wens.niet")
    turns = (("later", LATER), ("eerder", SOONER), ("dag", OTHER))
    return _Lists(
        wordlists.frames(words.list("wens.na")),
        wordlists.frames(words.list("wens.voor")),
        tuple(map(_two, words.list("wens.tussen"))),
        wordlists.frames(each for each in never if "{" in each),
        frozenset(fold(each) for each in never if "{" not in each),
        {word: fold(meaning) for word, meaning in wordlists.pairs(words.list("wens.gelijk"))},
        {word: _Said(week=week) for word, week in wordlists.numbers(words.list("wens.week")).items()}
        | {fold(each): _Said(turn=turn) for key, turn in turns for each in words.list(f"wens.{key}")},
        frozenset(map(fold, words.list("wens.los"))),
    )


def _two(line: str) -> re.Pattern[str]:
    """`tussen {a} en {b}` as a pattern."""
    parts = re.split(r"(\{[ab]\})", line)
    return re.compile("".join(f"(?P<{part[1]}>.+?)" if "{" in part else re.escape(_edge(part)) for part in parts))


def _edge(part: str) -> str:
    """One side of a field, folded; a dash alone stays one."""
    folded = fold(part) or part.strip()
    return " " * part.startswith(" ") + folded + " " * (part.endswith(" ") and bool(folded))


def _spelled(text: str, lists: Sequence[_Lists]) -> str:
    """Words that say two things at once as two: "vanavond", "morgenochtend"."""
    for each in lists:
        for word, meaning in each.same.items():
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", meaning, text)
    return text


# --- what they mean
def _next(
    tokens: Sequence[str], words: LanguageWords, lists: Sequence[_Lists], at: datetime
) -> tuple[int, _Said | None]:
    """As many words from the first on as mean something together, and what; one and None where that is nothing."""
    hours = words.tables.clocks[0].hours
    idle = sum(1 for _ in takewhile(lambda token: token not in hours and _is_idle(token, lists), tokens))
    for many in range(min(_WINDOW, len(tokens)), 0, -1):
        if 1 < many <= idle:
            continue  # idle words say no more together
        together = " ".join(tokens[:many])
        said = next(_meanings(together, words, lists, at), None)
        if said:
            return many, said
    return 1, _glued(tokens[0], words)


def _meanings(text: str, words: LanguageWords, lists: Sequence[_Lists], at: datetime) -> Iterator[_Said]:
    """What the whole of these words can mean, the likeliest first."""
    tables = words.tables
    for each in lists:
        yield from _ruled(text, each, words)
    if text in tables.weekdays:
        yield _Said(weekdays=(tables.weekdays[text],))
    if part := next((clock.parts[text] for clock in tables.clocks if text in clock.parts), None):
        yield _Said(part=part)
    for each in lists:
        if times := _framed(text, each.after, words):
            yield _Said(after=times)
        if times := _framed(text, each.before, words):
            yield _Said(before=times)
        if text in each.alone:
            yield each.alone[text]
    yield from _moment(text, words, at.date())
    if _is_idle(text, lists):
        yield _Said(idle=True)


def _is_idle(text: str, lists: Sequence[_Lists]) -> bool:
    return any(text in each.idle for each in lists)


def _ruled(text: str, lists: _Lists, words: LanguageWords) -> Iterator[_Said]:
    """A day that does not suit her, or hours from and until."""
    inside = (_weekdays(text, frame, words) for frame in lists.without)
    yield from (_Said(without=days) for days in inside if days)
    for match in filter(None, (pattern.fullmatch(text) for pattern in lists.between)):
        if (after := _times(match["a"], words)) and (before := _times(match["b"], words)):
            yield _Said(after=after, before=before)


def _weekdays(text: str, frame: Frame, words: LanguageWords) -> tuple[str, ...]:
    """The day in this frame, or several in a row: "op maandag en op woensdag"; () where it is anything else."""
    inside = frame.inside(text)
    day = words.tables.weekdays.get(inside)
    if day or " " not in inside:
        return (day,) if day else ()
    again = {*frame.before.split()[-1:], *frame.after.split()[:1]}  # "op" before each of them
    between = again.union(*map(joiners, (words.language, *_ALSO)))
    days = [words.tables.weekdays.get(token, "") for token in inside.split() if token not in between]
    return tuple(days) if all(days) else ()


def _moment(text: str, words: LanguageWords, today: date) -> Iterator[_Said]:
    """A day of the calendar, or a time; "5.10" can be both and is neither."""
    days = tuple(date.fromisoformat(each.value) for each in understand(_DATE, text, words, today))
    times = () if text.isdecimal() and len(text) < 3 else _times(text, words)
    if days and not any(minute(each) % 5 == 0 for each in times):
        yield _Said(days=days)
    elif times and not days:
        yield _Said(about=times)


def _framed(text: str, frames: Sequence[Frame], words: LanguageWords) -> tuple[str, ...]:
    inside = filter(None, (frame.inside(text) for frame in frames))
    return next(filter(None, (_times(each, words) for each in inside)), ())


def _times(text: str, words: LanguageWords) -> tuple[str, ...]:
    return clock_times(text, words.tables.clocks, None)


def _glued(word: str, words: LanguageWords) -> _Said | None:
    """A day and its part in one word: "donderdagavond"."""
    for name, day in words.tables.weekdays.items():
        rest = word[len(name) :] if word.startswith(name) else ""
        for clock in words.tables.clocks:
            if rest and (part := clock.parts.get(rest)):
                return _Said(weekdays=(day,), part=part)
    return None


# --- taken together
def _wish(found: Sequence[_Said], today: date, than: datetime | None) -> Wish | None:
    """All that was said as one wish."""
    weekdays = {day for each in found for day in each.weekdays}
    days = {day for each in found for day in each.days}
    without = {day for each in found for day in each.without}
    turns = {each.turn for each in found} - {""}
    if turns and than is None:
        return None
    if OTHER in turns and than:
        without.add(WEEKDAYS[than.weekday()])
    if weeks := [each.week for each in found if each.week is not None]:
        days |= set(_of_weeks(weeks, today, weekdays, without))
        weekdays = set()
    elif without:
        weekdays = (weekdays or set(WEEKDAYS)) - without
    weekdays -= {WEEKDAYS[day.weekday()] for day in days}  # "dinsdag 1 december" is one day
    hours = _hours(found, turns, than)
    if hours is None or (without and not days and not weekdays):
        return None
    wish = Wish(tuple(sorted(weekdays, key=WEEKDAYS.index)), tuple(sorted(days)), *map(_wall, hours))
    return wish if wish != Wish() else None


def _of_weeks(weeks: Sequence[int], today: date, weekdays: set[str], without: set[str]) -> Iterator[date]:
    """The days that she means in these weeks, counted from this one."""
    monday = today - timedelta(days=today.weekday())
    for week in weeks:
        for place, day in enumerate(WEEKDAYS):
            if day not in without and (not weekdays or day in weekdays):
                yield monday + timedelta(days=7 * week + place)


def _hours(found: Sequence[_Said], turns: set[str], than: datetime | None) -> tuple[int, int] | None:
    """The minutes of the day between which it suits her; None where there are none."""
    parts = [each.part for each in found if each.part]
    start = min((each.start for each in parts), default=0) * 60
    end = max((each.end if each.end > each.start else 24 for each in parts), default=24) * 60
    after = [_likely(each.after, parts) for each in found if each.after]
    before = [_likely(each.before, parts) for each in found if each.before]
    about = [_likely(each.about, parts) for each in found if each.about]
    if about:
        after.append(min(about) - int(_BEFORE.total_seconds()) // 60)
        before.append(max(about) + int(_BEHIND.total_seconds()) // 60)
    if than and LATER in turns:
        after.append(than.hour * 60 + than.minute + 1)
    if than and SOONER in turns:
        before.append(than.hour * 60 + than.minute)
    first, last = max([start, *after]), min([end, *before])
    return (first, last) if first < last else None


def _likely(times: Sequence[str], parts: Sequence[DayPart]) -> int:
    """Which of these she means: the one in the part of the day that she named, else the one at which talks are."""
    fitting = [each for each in times if any(part.holds(minute(each)) for part in parts)]
    fitting = fitting or [each for each in times if _FIRST <= each <= _LAST]
    return minute((fitting or list(times))[0])


def _wall(of_day: int) -> time | None:
    """None for the beginning and the end of a day, which say nothing."""
    return time(of_day // 60, of_day % 60) if 0 < of_day < _END else None
