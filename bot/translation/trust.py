"""Whether a translation can be trusted: figures, times and denials in it are those of the original."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.conversation.folding import fold
from bot.translation import daywords, denials, figures, languages
from bot.translation.figures import Fact
from bot.translation.mask import without_marks

FIGURES, TIME, DATE, AMOUNT, DENIAL = figures.NUMBER, figures.TIME, figures.DATE, figures.AMOUNT, "ontkenning"
LENGTH, SCRIPT, SAME, EMPTY = "lengte", "schrift", "zelfde", "leeg"
RISKS = (FIGURES, TIME, DATE, AMOUNT, DENIAL, LENGTH, SCRIPT, SAME, EMPTY)
SERIOUS = frozenset(RISKS) - {LENGTH}  # the original goes out instead; a strange length is only pointed at

_SCRIPTS = {
    "Arab": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff", "Cyrl": "\u0400-\u052f",
    "Ethi": "\u1200-\u139f\u2d80-\u2ddf",
    "Grek": "\u0370-\u03ff", "Armn": "\u0530-\u058f", "Hans": "\u3400-\u9fff", "Deva": "\u0900-\u097f",
    "Latn": "A-Za-z\u00aa-\u02af\u1e00-\u1eff",
}  # fmt: skip
_DENSITY = {"Arab": 0.85, "Cyrl": 1.0, "Ethi": 0.7, "Hans": 0.35}  # signs, where Dutch has one
# Letters by which a language is told from another one of its script.
_FOREIGN = {
    "uk": "ыэъё",
    "bg": "іїєґыэ",
    "ru": "іїєґ",
    "nl": "şğıąęłśżźćńțș",
    "en": "şğıąęłśżźćńțș",
    "tr": "ąęłśżźćńwqx",
    "pl": "şğıöü",
}
_COMMON = {
    "nl": "de het een en van is niet dat op te in zijn met voor wij we u uw ook naar bij morgen",
    "tr": "ve bir bu için ile çok değil var yok ne da de lütfen",
    "en": "the and of is to in for we you your are with on that it this please will be",
    "pl": "i w na z do nie się jest że to o jutro proszę od dla",
    "so": "waa iyo ka ku la in oo uu ay u si aan maanta berri",
    "de": "der die das und ist nicht wir sie mit auf für ein zu den",
    "fr": "le la les et est de des nous vous pour dans une pas à en",
    "es": "el la los y es de que en para un una no con por",
    "ro": "și este de la în cu nu pentru o un să mâine vă", "it": "il la di e è per non che un in con",
}  # fmt: skip
_COMMON_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_WORD = re.compile(r"[^\W\d_]+")
_LONG_ENOUGH = 40  # signs, before length says anything


class Span(NamedTuple):
    """A place in a text that a reader should look at, and why."""

    begin: int
    end: int
    risk: str


def check(original: str, said: str, source: str, target: str) -> tuple[str, ...]:
    """What may be wrong in a translation, as words of RISKS; nothing where it looks well.

    Give it both texts with their marks: what a mark stands for is no work of the machine.
    """
    here, there = without_marks(original).strip(), without_marks(said).strip()
    if not _WORD.search(here):
        return ()
    if not there or _is_half(here, there, source, target):
        return (EMPTY,)
    if _is_same(here, there):
        return (SAME,)
    risks = {fact.kind for fact in _differing(here, there, source, target)}
    if denials.is_lost(here, there, source, target):
        risks.add(DENIAL)
    if not _is_written_in(there, here, target):
        risks.add(SCRIPT)
    if not 0.45 <= _ratio(here, there, source, target) <= 2.2 and max(len(here), len(there)) > _LONG_ENOUGH:
        risks.add(LENGTH)
    return tuple(risk for risk in RISKS if risk in risks)


def spans(text: str, risks: Iterable[str], language: str = "nl") -> tuple[Span, ...]:
    """The places that have to do with these risks, from left to right; for those of a whole text there are none."""
    wanted = set(risks)
    found = [Span(begin, end, kind) for begin, end, kind in figures.places(text, language) if kind in wanted]
    if DENIAL in wanted and language in denials.DENIALS:
        found += [Span(*match.span(), DENIAL) for match in denials.DENIALS[language].plain.finditer(text)]
    return tuple(sorted(found))


# --- figures
def _differing(here: str, there: str, source: str, target: str) -> Iterator[Fact]:
    """What is said in figures on one side and not on the other."""
    ours, theirs = figures.facts(here, source), figures.facts(there, target)
    both_known = figures.knows(source) and figures.knows(target)
    for fact in ours:
        if not _is_in(fact, theirs) and _must_be_there(fact, theirs, source, target, both_known):
            yield fact
    for fact in theirs:
        if fact.hard and not _is_in(fact, ours) and not _stands_for_unknown(fact, ours, both_known):
            yield fact


def _is_in(fact: Fact, others: "list[Fact]") -> bool:
    return any(fact.keys & other.keys for other in others)


def _must_be_there(fact: Fact, theirs: "list[Fact]", source: str, target: str, both_known: bool) -> bool:
    if fact.hard and fact.kind == DATE:
        return _has_days(fact, theirs, target)
    if fact.hard and fact.kind == TIME and not both_known:
        return any(other.kind == TIME for other in theirs) or any(key[0] == "n" for key in fact.keys)
    if fact.hard:
        return both_known or not _small(fact)
    if fact.kind == TIME:
        return both_known or any(other.kind == TIME and other.hard for other in theirs)
    return both_known and figures.is_sure(fact, source) and not (target == "ar" and "n2" in fact.keys)


def _small(fact: Fact) -> bool:
    """Numbers that a language may well write as a word; one that we cannot read."""
    return any(key[0] == "n" and key[1:].isdecimal() and int(key[1:]) <= 12 for key in fact.keys)


def _has_days(fact: Fact, theirs: "list[Fact]", target: str) -> bool:
    """Whether a day that is not there is missing: of languages whose days we cannot read the number has to do."""
    if any(key[0] == "w" for key in fact.keys):
        return target in daywords.DAYS_KNOWN
    days = {f"n{key[1:].partition('-')[0]}" for key in fact.keys}
    known = any(key[0] == "d" and other.kind == DATE for other in theirs for key in other.keys)
    return known or not any(days & other.keys for other in theirs)


def _stands_for_unknown(fact: Fact, ours: "list[Fact]", both_known: bool) -> bool:
    """Whether a figure may stand for words of the original that we cannot read, or is the number of a day there."""
    days = {
        f"n{key[1:].partition('-')[0]}" for other in ours if other.kind == DATE for key in other.keys if key[0] == "d"
    }
    return bool(fact.keys & days) or (not both_known and _small(fact))


# --- the whole text
def _is_half(here: str, there: str, source: str, target: str) -> bool:
    """Whether so much is missing that it cannot be all of it."""
    return len(here) > 60 and _ratio(here, there, source, target) < 0.4


def _ratio(here: str, there: str, source: str, target: str) -> float:
    expected = len(here) * _density(target) / _density(source)
    return len(there) / max(expected, 1)


def _density(language: str) -> float:
    return _DENSITY.get(_script(language), 1.0)


def _script(language: str) -> str:
    known = languages.LANGUAGES.get(language)
    return known.script if known else "Latn"


def _is_same(here: str, there: str) -> bool:
    """Whether it is the original again, or nearly: three words at least, and not only names of things."""
    mine, theirs = _WORD.findall(fold(here)), set(_WORD.findall(fold(there)))
    if len(mine) < 3:
        return False
    return sum(word in theirs for word in mine) > 0.8 * len(mine)


def _is_written_in(said: str, original: str, language: str) -> bool:
    """Whether it is in the letters of this language, and not in another one that shares them."""
    kept = {fold(word) for word in _WORD.findall(original)}
    words = [word for word in _WORD.findall(said) if fold(word) not in kept]  # Museum, BSO, a name
    letters = "".join(words)
    if len(letters) < 4:
        return True
    own = len(re.findall(f"[{_SCRIPTS[_script(language)]}]", letters))
    if own < 0.6 * len(letters):
        return False
    strange = _FOREIGN.get(language, "")
    if strange and sum(sign in strange for sign in letters.casefold()) > max(1, len(letters) // 40):
        return False
    return not _is_in_other(frozenset(word.casefold() for word in words), language)


def _is_in_other(words: frozenset[str], language: str) -> bool:
    """Whether the small words are those of another language: three of them and hardly one of its own."""
    if language not in _COMMON_WORDS:
        return False
    own = len(words & _COMMON_WORDS[language])
    return any(
        len(words & common) >= 3 and len(words & common) > 2 * own
        for other, common in _COMMON_WORDS.items() if other != language
    )  # fmt: skip
