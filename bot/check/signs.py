"""What stands in a text sign by sign: letters of another script, digits, the direction of a line, marks at its end."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from bot.check.content import Content
from bot.check.finding import Finding, error, warning
from bot.check.locales import FIELD_OR_BRACE, Locale, without_fields
from bot.translation.languages import direction

_WORD = re.compile(r"[^\W\d_]+")
_LOOKALIKES = {"LATIN", "CYRILLIC", "GREEK", "ETHIOPIC"}
_PERSIAN = {"ي": "ی", "ى": "ی", "ك": "ک"}  # typed -> meant
_ARABIC = {"ی": "ي", "ک": "ك"}
_LETTERS: Mapping[str, Mapping[str, str]] = {"ar": _ARABIC, "fa": _PERSIAN, "prs": _PERSIAN, "ur": _PERSIAN}
_ASKS = re.compile("[?؟፧]")
_ENDS = re.compile("[.!?؟。።፧፦፡፥۔…:）)]['\"»”’]*\\s*$")
_FIELD_END = re.compile(rf"{FIELD_OR_BRACE}\s*$")
_INSIDE = "schoolwoord."  # never a line of its own
_SENTENCE = 20  # signs: what is longer and ends with a full stop in Dutch is a sentence, no label
_LATIN_NAMES = frozenset(("school", "leerkracht", "kind", "ouder", "naam", "met", "door", "link", "links", "code"))


def letters(content: Content) -> Iterator[Finding]:
    """Letters that do not belong to the word or the language, and digits that are not 0 to 9."""
    for locale in content.locales.values():
        for dutch, own in content.pairs(locale):
            for form in own.forms if not dutch.is_list else ():
                yield from _mixed(locale, own.key, form)
                yield from _neighbours(locale, own.key, form)


def _mixed(locale: Locale, key: str, form: str) -> Iterator[Finding]:
    for word in _WORD.findall(without_fields(form)):
        if not word.isascii() and len(_LOOKALIKES & set(map(_script, word))) > 1:
            yield error(locale.place, key, f"mixes scripts in {word!r}", "type the word again in one script")


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _neighbours(locale: Locale, key: str, form: str) -> Iterator[Finding]:
    meant = _LETTERS.get(locale.language, {})
    for letter in sorted(set(form) & set(meant)):
        message = f"has {letter!r} (U+{ord(letter):04X}) of a neighbouring language"
        yield error(locale.place, key, message, f"type {meant[letter]!r} (U+{ord(meant[letter]):04X})")
    digits = sorted({sign for sign in form if sign.isdecimal() and not sign.isascii()})
    if digits:
        message = f"has the digits {' '.join(digits)}"
        yield warning(locale.place, key, message, "write 0 to 9: fields and other messages have them so")


def lines(content: Content) -> Iterator[Finding]:
    """A right-to-left line that begins with Latin letters: by its first letter a phone lays out the whole of it."""
    for locale, _, own in content.to_parents():
        if direction(locale.language) == "rtl" and not own.key.startswith(_INSIDE):
            for form in own.forms:
                first = next(filter(None, (_turned(line) for line in form.split("\n"))), "")
                if first:
                    message = f"begins with {first!r}, so that a phone may lay it out from left to right"
                    yield warning(locale.place, own.key, message, "put a word of this language before it")


def _turned(line: str) -> str:
    """What turns a line round: a Latin word, or a field that mostly holds one, before any letter of its own."""
    for piece in re.split(rf"({FIELD_OR_BRACE})", line):
        if piece.startswith("{") and piece.strip("{}") in _LATIN_NAMES and _has_words(line):
            return piece
        strong = next((sign for sign in piece if unicodedata.bidirectional(sign) in ("L", "R", "AL")), "")
        if strong and not piece.startswith("{"):
            return piece.strip().partition(" ")[0] if unicodedata.bidirectional(strong) == "L" and _own(line) else ""
    return ""


def _has_words(line: str) -> bool:
    return any(sign.isalpha() for sign in without_fields(line))


def _own(line: str) -> bool:
    return any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in line)


def marks(content: Content) -> Iterator[Finding]:
    """What a step asks stays a question, and a sentence ends as one."""
    for locale, dutch, own in content.to_parents():
        for form in own.forms if locale is not content.source else ():
            asks, asked = _asks(form), _asks(dutch.forms[-1])
            if own.key in content.questions and asked and not _ASKS.search(form):
                yield warning(locale.place, own.key, "asks nothing, and the Dutch does", "ask it as the Dutch does")
            elif own.key in content.needed and asks and "?" not in dutch.forms[-1]:
                yield warning(locale.place, own.key, "ends with a question, and the Dutch has none", "say what it says")
            elif locale.language == "es" and form.count("?") != form.count("¿"):
                yield warning(locale.place, own.key, "has not as many ¿ as ?", "open every question with ¿")
            elif len(dutch.forms[-1]) > _SENTENCE and _ends(dutch.forms[-1]) and not _ends(form):
                yield warning(locale.place, own.key, "ends without a full stop", "end the sentence")


def _asks(form: str) -> bool:
    return bool(_ASKS.search(form.rstrip()[-2:]))  # a closing quote may follow


def _ends(form: str) -> bool:
    return bool(_ENDS.search(form) or _FIELD_END.search(form))
