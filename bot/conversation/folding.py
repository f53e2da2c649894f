"""Folding: the many ways to write one answer become one text, so that understanding is a look-up in a table."""

import unicodedata

LONGEST = 5000  # what lies beyond cannot be part of an answer or a keyword; no channel carries a longer message

_KEPT = 20_000  # signs remembered; a flood of rare ones must not fill the memory
_DELETED = "'`´‘’‛′＇ʼʻʹ\u0640\u20e3\u034f"  # apostrophes, tatweel, the frame of a keycap
_KEPT_AS = {
    "٫": ".", "．": ".", "。": ".", "：": ":", "﹕": ":", "−": "-", "＋": "+", "／": "/",
    "٪": "%", "％": "%", "＿": "_",
    "ı": "i", "ł": "l", "đ": "d", "ø": "o",
    "ک": "ك", "ی": "ي", "ى": "ي", "ٱ": "ا", "ة": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه",
}  # fmt: skip
_SAYING = frozenset({"Sm", "Sc", "No", "Nl"})  # € ² ① ½ are neither decoration nor digits
_INNER = frozenset(".:-/%@&_")  # punctuation that can change what a text says


class _Signs(dict[int, str]):
    """Sign -> what it folds to, worked out at the first meeting."""

    def __missing__(self, code: int) -> str:
        folded = _fold_sign(chr(code))
        if len(self) < _KEPT:
            self[code] = folded
        return folded


def fold(text: str) -> str:
    """The text without case, accents, harakat, invisible signs, emoji and outer punctuation; digits become ASCII.

    Compatible forms are unified in letters only: "²" and "①" stay what they are, they are no digits. A sign before a
    number stays too: "-1" and ".5" are not 1 and 5.
    """
    words = text[:LONGEST].translate(_SIGNS).split()
    plain = " ".join(filter(None, [word.rstrip(".:") for word in words]))
    core = plain.strip(" .:-/")
    if core is plain or not core[:1].isdecimal():
        return core
    return plain.rstrip(" .:-/") if set(plain[: plain.index(core)]) & {"-", "."} else core


def _fold_sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if sign in _DELETED or category == "Cf":  # zero-width and bidi controls leave no gap
        folded = ""
    elif sign in _KEPT_AS:
        folded = _KEPT_AS[sign]
    elif category == "Nd":
        folded = str(unicodedata.decimal(sign))
    elif category[0] in "LM":
        plain = unicodedata.normalize("NFKC", sign).casefold()
        folded = "".join(
            _KEPT_AS.get(part, part) for part in unicodedata.normalize("NFD", plain) if not _is_accent(part)
        )
    elif category == "Pd":
        folded = "-"
    elif category in _SAYING or sign in _INNER:
        folded = sign
    else:
        folded = " "  # emoji, controls, halves of a pair
    return folded


def _is_accent(sign: str) -> bool:
    """Accents, harakat and variation selectors; the vowel signs of Indic scripts are letters and stay."""
    code = ord(sign)
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or sign in _DELETED:
        return True
    place = unicodedata.combining(sign)
    return 10 <= place <= 36 or 200 <= place <= 240


_SIGNS = _Signs()
