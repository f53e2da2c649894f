"""Days of the week and months in running text: in whatever case they stand, and with what is hung on them."""

import functools

from bot.conversation.folding import fold
from bot.model import WEEKDAYS
from bot.translation import languages

DAYS_KNOWN = frozenset({"nl", "en", "tr", "ar", "pl", "uk", "de", "fr", "es", "bg", "ru"})
_CASES = frozenset({"pl", "uk", "bg", "ru"})
_ARABIC_MONTHS = (
    "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
)  # fmt: skip
_OTHER_MONTHS = {
    "ar": tuple((fold(name), at) for at, name in enumerate(_ARABIC_MONTHS, 1)),
    "nl": (("mrt", 3),),
}  # fmt: skip


def weekday(word: str, language: str) -> str:
    """The day (`ma` .. `zo`) that a folded word names, "" for other words and languages."""
    if len(word) < 4:
        return ""
    stems = _stems(language)
    return next((day for stem, day in stems if word.startswith(stem) or (stem[:2] == "ال" and stem in word)), "")


@functools.cache
def _stems(language: str) -> "tuple[tuple[str, str], ...]":
    """How the names of the days begin, whatever case they stand in; the longest first."""
    if language not in DAYS_KNOWN:
        return ()
    stems = set[tuple[str, str]]()
    for day in WEEKDAYS:
        name = fold(languages.weekday(language, day))
        stems.add((name, day))
        if language in _CASES and name[-2:] in ("ek", "ок"):
            stems.add((name[:-2] + name[-1], day))
        elif language in _CASES and name[-1] in "aаяeo":
            stems.update((name[:-1] + vowel, day) for vowel in "aeiouyаеиіоуюяєы")  # "серед" itself means among
    return tuple(sorted(stems, key=lambda each: -len(each[0])))


@functools.cache
def months(language: str) -> "tuple[tuple[str, int], ...]":
    """Folded names and abbreviations of the months with their numbers, the longest first."""
    own = {*languages.month_words(language), *_OTHER_MONTHS.get(language, ())}
    return tuple(sorted(own, key=lambda each: -len(each[0])))
