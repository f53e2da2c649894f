"""Machines that translate, played: a make-believe language for each real one, which can be said back; and all troubles.

`pseudo` keeps digits, signs and marks, writes in the script of the language, and knows its days, months, numbers under
ten and how it says no: in nl en tr ar pl uk trust.py finds nothing wrong unless it is asked for. It does not know the
time in words ("half nine"). `Fluent` is an engine in this process; translators_http.py says the same over HTTP.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from bot.conversation.folding import fold
from bot.errors import TranslationError
from bot.model import WEEKDAYS
from bot.translation import numerals
from bot.translation.languages import LANGUAGES, day_words, month_words, weekday
from bot.translation.mask import MARK

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = {
    "Arab": "ابتثجحخدذرزسشصضطظعغفقكلمنه",
    "Armn": "".join(chr(0x561 + each) for each in range(26)),
    "Cyrl": "абвгдежзийклмнопрстуфхцчшщ",
    "Deva": "".join(chr(0x915 + each) for each in range(26)),
    "Ethi": "".join(chr(0x1208 + 8 * each) for each in range(26)),
    "Grek": "αβγδεζηθικλμνξοπρστυφχψωϊϋ",
    "Hans": "".join(chr(0x4E2D + each) for each in range(26)),
    "tr": "abcçdefgğhijklnoöprsştuüvy",  # its own letters, without m: "-me-" is how it says no
}  # fmt: skip
_WORDS = {  # in the same order in every language
    "nl": "niet geen nooit niemand niets avond euro uur", "en": "not no never nobody nothing evening euro h",
    "tr": "değil yok asla kimse hiç akşam euro h", "ar": "ليس لا أبدا لن لم مساء يورو h",
    "pl": "nie żaden nigdy nikt nic wieczorem euro h", "uk": "не немає ніколи ніхто нічого ввечері євро h",
    "ti": "ኣይኮነን የለን", "so": "maaha maya", "fa": "نه هیچ", "bg": "не няма", "de": "nicht kein",
    "fr": "pas jamais", "es": "no nunca",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
Spoil = Callable[[list[str], list[str]], list[str]]


def pseudo(text: str, source: str, target: str) -> str:
    """The text in the make-believe language that stands for `target`. To and fro it is the same, but for capitals."""
    return _outside(text, lambda piece: _WORD.sub(lambda word: _word(word[0], source, target), piece))


def _outside(text: str, change: Callable[[str], str]) -> str:
    """Change what is no mark."""
    found, begin = [], 0
    for mark in MARK.finditer(text):
        found += [change(text[begin : mark.start()]), mark[0]]
        begin = mark.end()
    return "".join([*found, change(text[begin:])])


def _word(word: str, source: str, target: str) -> str:
    meaning = _meanings(source).get(fold(word), "")
    found = _lexicon(target).get(meaning, "")
    if found:
        return found.capitalize() if word[0].isupper() else found
    return "".join(_say(_base(sign, source), target) for sign in word)


@cache
def _lexicon(language: str) -> Mapping[str, str]:
    """What a language really says for what must be right."""
    return {meaning: word for word, meaning in reversed([*_known(language)]) if " " not in word}


@cache
def _meanings(language: str) -> Mapping[str, str]:
    return {fold(word): meaning for word, meaning in reversed([*_known(language)])}


def _known(language: str) -> Iterator[tuple[str, str]]:
    """Words and what they mean; of several for the same the first is said, and all are understood."""
    if language not in LANGUAGES:
        return
    for place, word in enumerate(_WORDS.get(language, "").split()):
        yield word, f"word {place}"
    if numerals.clock(language):  # else nobody looks
        yield from ((weekday(language, day), f"day {day}") for day in WEEKDAYS)
        yield from ((name, f"day {day}") for name, day in day_words(language) if len(name) > 3)
        yield from ((name, f"month {month}") for name, month in month_words(language) if len(name) > 3)
        unsure = numerals.UNSURE.get(language, frozenset())
        counted = numerals.counted(language).items()
        yield from ((name, f"number {number}") for name, number in counted if 1 < number < 10 and name not in unsure)


def _base(sign: str, language: str) -> str:
    """The Dutch letter behind a letter of a language."""
    letters, turned = _letters(language)
    plain = letters.find(sign.lower())
    if plain < 0:
        return sign
    found = _LATIN[(plain - turned) % 26]
    return found.upper() if sign.isupper() else found


def _say(sign: str, language: str) -> str:
    letters, turned = _letters(language)
    plain = _LATIN.find(sign.lower())
    if plain < 0:
        return sign
    found = letters[(plain + turned) % 26]
    return found.upper() if sign.isupper() else found


@cache
def _letters(language: str) -> tuple[str, int]:
    """The alphabet of a language, and by how much it is turned: none reads like another; the Dutch is itself."""
    known = LANGUAGES.get(language)
    turned = list(LANGUAGES).index(language) % 25 if known else 7
    return _ALPHABETS.get(language) or _ALPHABETS.get(known.script if known else "", _LATIN), turned


# --- what an engine may do to us
def _digits(_: list[str], said: list[str]) -> list[str]:
    def other(piece: str) -> str:
        return re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), piece)

    return [_outside(each, other) for each in said]


def _marks(_: list[str], said: list[str]) -> list[str]:
    return [MARK.sub("", each) for each in said]


SPOILS: Mapping[str, Spoil] = {
    "same": lambda texts, _: texts,
    "empty": lambda texts, _: [""] * len(texts),
    "half": lambda _, said: said[: len(said) // 2],
    "wrong_language": lambda _, said: [_outside(each, lambda piece: re.sub(r"[^\W\d]", "ж", piece)) for each in said],
    "digits": _digits,
    "marks": _marks,
}  # fmt: skip


class Fluent:
    """An engine in this process that speaks every language at once. `troubles`: one for each call that is to go wrong.

    A trouble is a key of SPOILS, or the reason of a TranslationError ("busy", "late"). With `holds` set it waits.
    """

    def __init__(self, name: str = "deepl", troubles: Iterable[str] = ()) -> None:
        self.name = name
        self.asked: list[tuple[tuple[str, ...], str, str]] = []
        self.troubles = deque(troubles)
        self.holds: asyncio.Event | None = None
        self.closed = False

    def speaks(self, source: str, target: str) -> bool:
        return {source, target} <= LANGUAGES.keys()

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        self.asked.append((tuple(texts), source, target))
        if self.holds is not None:
            await self.holds.wait()
        trouble = self.troubles.popleft() if self.troubles else ""
        if trouble and trouble not in SPOILS:
            raise TranslationError(trouble)
        said = [pseudo(each, source, target) for each in texts]
        if not trouble:
            return said
        said = SPOILS[trouble](list(texts), said)
        if len(said) < len(texts) or not all(said):
            raise TranslationError("garbled" if len(said) < len(texts) else "empty")
        return said

    async def close(self) -> None:
        self.closed = True

    @property
    def seen(self) -> str:
        """All that has left the house."""
        return "\n".join(text for texts, _, _ in self.asked for text in texts)
