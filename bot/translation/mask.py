"""Nothing personal leaves: names, numbers and addresses become marks before a text goes to a machine, and come back.

A mark is [X1X]. Engines without a way to mark text untouchable have to copy it as a word they do not know: Latin
capitals and a digit are in the alphabet of every one of them, brackets keep it off the word beside it, and nothing in
it can be declined or translated. Signs from outside the alphabet are what small models drop.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from bot.conversation.folding import fold
from bot.translation import ordinary, personal, scripts
from bot.translation.names import LETTERS, Names

__all__ = ["MARK", "Masked", "Names", "Terms", "mask", "unmask", "without_marks"]

# As an engine may give it back: other case, other digits, blanks, Cyrillic letters that look the same, no brackets.
_OPEN, _CLOSE = r"[\[［【]", r"[\]］】]"
_CORE = r"\s?[xXхХΧ]\s?(\d{1,3})\s?[xXхХΧ]\s?"
MARK = re.compile(rf"{_OPEN}{_CORE}{_CLOSE}|(?<![^\W_])[xXхХ](\d{{1,3}})[xXхХ](?![^\W_])")
_WORDS = re.compile(rf"{LETTERS.pattern}(?:['’‘`´ʼ]{LETTERS.pattern})*|\d+")
_APART = re.compile(r"[^\s.-]|\.\s*\n")
_PART = re.compile(LETTERS.pattern)
_APOSTROPHE = re.compile("['’‘`´ʼ]")


class Masked(NamedTuple):
    """A text that may leave, and what its marks stand for, in order. `terms`: the numbers of those that are words of
    school: nothing personal, and said in another way in every language."""

    text: str
    marks: tuple[str, ...]
    terms: frozenset[int] = frozenset()


class Terms(dict[str, str]):
    """Words as they are spelled, and what comes back for them; sorted once for all texts."""

    @cached_property
    def by_first(self) -> "Mapping[str, list[tuple[tuple[str, ...], str]]]":
        """By their first folded word, the longest first."""
        table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for spelled, back in self.items():
            words = tuple(fold(match[0]) for match in _WORDS.finditer(spelled))
            if words:
                table.setdefault(words[0], []).append((words, back))
        return {first: sorted(found, key=lambda each: -len(each[0])) for first, found in table.items()}


class _Word(NamedTuple):
    """A word or number of a text, and where it stands."""

    begin: int
    end: int
    text: str
    folded: str


def mask(text: str, names: Names, terms: Mapping[str, str] = {}) -> Masked:
    """The text with marks [X1X], [X2X] … where something stood that nobody outside may read. For one sentence at best.

    `terms`: words that a machine gets wrong, as they are spelled, and what comes back for them. Dates, times and
    amounts stay: a machine needs them, and trust.py compares them.
    """
    out: list[str] = []
    marks: list[str] = []
    school: set[int] = set()
    done = 0
    for begin, end, back in _found(text, names, terms):
        marks.append(back)
        if back != text[begin:end]:
            school.add(len(marks))
        out += (text[done:begin], f"[X{len(marks)}X]")
        done = end
    return Masked("".join((*out, text[done:])), tuple(marks), frozenset(school))


def unmask(text: str, marks: tuple[str, ...]) -> str | None:
    """The text with everything back in its place; None where a mark is lost, doubled or made up."""
    if sorted(_number(match) for match in MARK.finditer(text)) != list(range(1, len(marks) + 1)):
        return None
    return MARK.sub(lambda match: marks[_number(match) - 1], text)


def without_marks(text: str) -> str:
    """What the machine itself has said."""
    return MARK.sub(" ", text)


def _number(match: "re.Match[str]") -> int:
    return int(match[1] or match[2])


def _found(text: str, names: Names, terms: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """Every place to be marked with what comes back there, from left to right."""
    fixed = [match.span() for match in MARK.finditer(text)]
    fixed = _apart(sorted([*fixed, *personal.spans(text, names.born_before)]))
    begin = 0
    glossary = terms if isinstance(terms, Terms) else Terms(terms)
    for at, end in (*fixed, (len(text), len(text))):
        yield from _words_between(text, begin, at, names, glossary)
        if end > at:
            yield at, end, text[at:end]
        begin = end


def _apart(spans: "list[tuple[int, int]]") -> "list[tuple[int, int]]":
    """Spans that overlap become one."""
    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if merged and begin < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


# --- names and words of school
def _words_between(text: str, begin: int, end: int, names: Names, glossary: Terms) -> Iterator[tuple[int, int, str]]:
    words = [_Word(match.start(), match.end(), match[0], fold(match[0])) for match in _WORDS.finditer(text, begin, end)]
    at, after_name = 0, False
    while at < len(words):
        word = words[at]
        before = words[at - 1] if at else None
        places = list(_names_in(text, word, before, after_name, names))
        for low, high in places:
            yield low, high, text[low:high]
        if not places and (term := _term_at(text, words, at, glossary)):
            long, back = term
            yield word.begin, words[at + long - 1].end, back
            at += long
            after_name = False
            continue
        after_name = bool(places) or (after_name and word.folded in ordinary.PARTICLES)
        at += 1


def _term_at(text: str, words: "list[_Word]", at: int, glossary: Terms) -> tuple[int, str] | None:
    for spelled, back in glossary.by_first.get(words[at].folded, ()):
        here = words[at : at + len(spelled)]
        gaps = (text[one.end : other.begin] for one, other in pairwise(here))
        if tuple(word.folded for word in here) == spelled and not any(_APART.search(gap) for gap in gaps):
            return len(spelled), back
    hung = _APOSTROPHE.search(words[at].text)  # studiedag'ı
    if not hung:
        return None
    head, rest = words[at].text[: hung.start()], words[at].text[hung.start() :]
    return next(
        ((1, back + rest) for spelled, back in glossary.by_first.get(fold(head), ()) if len(spelled) == 1), None
    )


def _names_in(
    text: str, word: _Word, before: _Word | None, after_name: bool, names: Names
) -> Iterator[tuple[int, int]]:
    """Where in a word a name stands: in all of it, or in its parts where it has apostrophes."""
    if scripts.has_no_spaces(word.folded):
        yield from _rows_of_signs(text, word, names)
        return
    parts = [word]
    if _APOSTROPHE.search(word.text):  # Emma's, Ayşe'nin: what is hung on it may leave
        parts = [
            _Word(match.start(), match.end(), match[0], fold(match[0]))
            for match in _PART.finditer(text, word.begin, word.end)
        ]
        if names.knows(word.folded) or not any(names.knows(each.folded) for each in parts):
            parts = [word]
    for each in parts:
        if _is_name(each, before, after_name, names):
            yield each.begin, each.end
        elif scripts.is_arabic(each.folded):
            yield from _behind_prefix(each, names)


def _is_name(word: _Word, before: _Word | None, after_name: bool, names: Names) -> bool:
    folded = word.folded
    if len(folded) < 2:
        return False
    if names.knows(folded):
        return _is_meant(word, before, after_name)
    if folded.isascii():
        return not folded.isdecimal() and (names.inflects(folded) or names.resembles(folded))
    if names.sounds and names.sounds_like(folded):
        return True
    return names.resembles(folded)


def _is_meant(word: _Word, before: _Word | None, after_name: bool) -> bool:
    """Whether a word that is a registered name stands for that person. What is no word of any list always does."""
    folded = word.folded
    said_before = before.folded if before else ""
    is_lower = word.text[:1].islower()
    if folded in ordinary.MONTHS and (said_before.isdecimal() or (is_lower and said_before in ordinary.BEFORE_MONTH)):
        return False  # 10 mei, 3 jan., in mei
    if not is_lower or after_name or said_before in ordinary.BEFORE_NAME:
        return True
    if folded in ordinary.FIRST_TOO:
        return not (said_before in ordinary.BEFORE_WORD or said_before.isdecimal())
    return folded not in ordinary.WORDS


def _behind_prefix(word: _Word, names: Names) -> Iterator[tuple[int, int]]:
    """Arabic writes "and", "for" and "with" onto the name; only the name is marked."""
    for _, rest in scripts.prefixed(word.folded):
        if names.knows(rest) or names.sounds_like(rest):
            kept = len(word.text) - next(
                at for at in range(len(word.text) + 1) if fold(word.text[at:]) == rest or at == len(word.text)
            )
            yield word.end - kept, word.end
            return


def _rows_of_signs(text: str, word: _Word, names: Names) -> Iterator[tuple[int, int]]:
    at = word.begin
    while at < word.end:
        name = next((each for each in names.together if text.startswith(each, at)), None)
        if name:
            yield at, at + len(name)
        at += len(name) if name else 1
