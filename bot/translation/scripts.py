"""Names in another script than the register's: how Cyrillic and Arabic letters are written in Latin ones."""

import re
from collections.abc import Iterator

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ie", "ж": "zh", "з": "z", "и": "y",
    "і": "i", "ї": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ь": "", "ю": "iu",
    "я": "ia", "ы": "y", "э": "e", "ъ": "", "ё": "e",
}  # fmt: skip
_ARABIC = {
    "ا": "a", "ب": "b", "ت": "t", "ث": "t", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "d", "ر": "r", "ز": "z",
    "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f", "ق": "k", "ك": "k",
    "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "w", "ي": "y", "ء": "", "پ": "p", "چ": "ch", "گ": "g", "ژ": "zh",
}  # fmt: skip
_ALIKE = (
    ("oe", "u"), ("ou", "u"), ("kh", "h"), ("ch", "sh"), ("sj", "sh"), ("tsj", "sh"), ("zh", "z"), ("gh", "g"),
    ("ph", "f"), ("dj", "j"), ("dzj", "j"), ("q", "k"), ("c", "k"), ("w", "v"), ("x", "ks"), ("ie", "i"), ("ij", "i"),
    ("y", "i"), ("j", "i"), ("g", "h"),
)  # fmt: skip
_ROWS = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_ARABIC_SIGN = re.compile("[\u0600-\u06ff]")
_VOWELS = frozenset("aeiou")
_LEAST = 4  # letters of a key; shorter ones would be words

# Arabic spelling -> Latin ones, folded: the names that are too short or too common a word to be known by their sound.
_WELL_KNOWN = {
    "محمد": "mohamed mohammed muhammad mohammad mehmet muhammed maxamed", "احمد": "ahmed ahmad ahmet achmed axmed",
    "فاطمه": "fatima fatma fatemeh fatimah", "عايشه": "aisha aicha ayse aysha", "عمر": "omar umar omer",
    "علي": "ali", "حسن": "hassan hasan", "حسين": "hussein hossein huseyin",
    "يوسف": "youssef yusuf joesoef yousef",
    "مريم": "maryam mariam meryem", "خديجه": "khadija hatice khadijah", "زينب": "zainab zeynep zineb",
    "ابراهيم": "ibrahim brahim", "اسماعيل": "ismail smail", "مصطفي": "mustafa mostafa", "امينه": "amina emine",
    "امين": "amin", "نور": "nour noor nur", "ليلي": "leila layla laila", "سارا": "sara sarah", "ساره": "sara sarah",
    "امير": "amir", "اميره": "amira", "ادم": "adam", "ريان": "rayan ryan", "سلمي": "salma", "هدي": "houda huda",
    "خالد": "khalid khaled", "سعيد": "said saeed", "كريم": "karim kareem", "رشيد": "rachid rashid", "نادي": "nadi",
    "ناديه": "nadia", "سميره": "samira", "سمير": "samir", "ايمن": "ayman aymen", "بلال": "bilal billal",
    "حمزه": "hamza", "ياسين": "yassin yasin", "ياسمين": "yasmin yasmine jasmin", "عبدالله": "abdullah abdallah",
    "رضا": "reza rida", "زهرا": "zahra", "حداد": "haddad", "العمراني": "amrani elamrani", "سليم": "salim selim",
}  # fmt: skip
_LATIN_OF = {spelled: tuple(latin.split()) for spelled, latin in _WELL_KNOWN.items()}
_PREFIXES = ("وال", "بال", "لل", "ال", "و", "ف", "ب", "ل", "ك")


def has_no_spaces(word: str) -> bool:
    """Chinese, Japanese, Thai: there a name stands in the middle of a row of signs."""
    return not word.isascii() and _ROWS.search(word) is not None


def is_arabic(word: str) -> bool:
    return not word.isascii() and _ARABIC_SIGN.search(word) is not None


def prefixed(word: str) -> "Iterator[tuple[int, str]]":
    """What an Arabic word can be behind و ("and"), ل ("for"), ب and ال, each with how many letters stand before it."""
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            yield len(prefix), word[len(prefix) :]


def keys(word: str) -> Iterator[str]:
    """How a folded word sounds, as keys that the same name has in other scripts; none where that says too little."""
    if is_arabic(word):
        yield from (f"={latin}" for latin in _LATIN_OF.get(word, ()))
        bones = _bones("".join(_ARABIC.get(sign, sign) for sign in word))
        if len(bones) >= _LEAST:
            yield f"~{bones}"
    elif any(sign in _CYRILLIC for sign in word):
        sound = _sound("".join(_CYRILLIC.get(sign, sign) for sign in word))
        if len(sound) >= _LEAST:
            yield sound
            yield from _without_ending(sound)
    elif word.isascii():
        yield f"={word}"
        if len(sound := _sound(word)) >= _LEAST:
            yield sound
        if len(bones := _bones(word)) >= _LEAST:
            yield f"~{bones}"


def _sound(latin: str) -> str:
    """Ways of writing the same sound become one."""
    for one, other in _ALIKE:
        latin = latin.replace(one, other)
    return "".join(sign for at, sign in enumerate(latin) if at == 0 or latin[at - 1] != sign)


def _bones(latin: str) -> str:
    """What Arabic script writes of a name: its consonants."""
    sound = _sound(latin.removesuffix("h"))
    first, rest = sound[:1], sound[1:]
    return ("a" if first in _VOWELS else first.replace("v", "u")) + "".join(
        sign for sign in rest if sign not in _VOWELS and sign != "v"
    )


def _without_ending(sound: str) -> Iterator[str]:
    """The name behind its case: Olenu, Olenoiu are Olena."""
    for ending in ("oiu", "eiu", "ovi", "evi", "om", "em", "u", "i", "oi", "iu", "ia", "a", "e"):
        if sound.endswith(ending) and len(sound) - len(ending) >= _LEAST - 1:
            stem = sound[: -len(ending)]
            yield from (full for full in (stem, f"{stem}a", f"{stem}ia", f"{stem}o") if len(full) >= _LEAST)
