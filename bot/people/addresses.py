"""Addresses, names and school years in one spelling each, so that the same is found as the same."""

import re
from datetime import date
from functools import lru_cache

import phonenumbers

from bot.conversation.folding import fold

_YEAR = re.compile(r"(\d{4})-(\d{4})")
_GAPS = str.maketrans(".-_/", "    ")
_JOINED = {"abd", "abdel", "abdul", "abdoel", "عبد"}  # half a name: Abd Allah, Abdul Rahman


@lru_cache(maxsize=4096)
def phone(text: str, region: str = "NL") -> str:
    """A phone number as +31612000001; one without a country belongs to `region`. Raises ValueError."""
    try:
        number = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException:
        raise ValueError("not a phone number") from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError("not a phone number that exists")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def same_name(text: str) -> str:
    """A name without case, accents, dots, hyphens and double spaces; `Yılmaz, Elif` is `elif yilmaz`."""
    last, comma, first = text.partition(",")
    return fold((f"{first} {last}" if comma else text).translate(_GAPS))


def first_name(text: str) -> str:
    """What a child is called: the first word, or the first two where one is only half a name."""
    last, comma, first = text.partition(",")
    words = (first if comma and first.strip() else text).split()
    if len(words) > 1 and words[0].casefold() in _JOINED:
        return " ".join(words[:2])
    return words[0] if words else last


def school_year(day: date) -> str:
    """The school year a day belongs to, as `2026-2027`; it runs until 31 July."""
    start = day.year if day.month >= 8 else day.year - 1
    return f"{start}-{start + 1}"


def is_school_year(text: str) -> bool:
    """Whether this is a school year as `school_year` writes it."""
    match = _YEAR.fullmatch(text)
    return match is not None and int(match[2]) == int(match[1]) + 1
