"""Phone numbers as one reads and calls them: everywhere the same."""

from typing import NamedTuple

import phonenumbers


class Number(NamedTuple):
    """A phone number to call and as one reads it."""

    tel: str
    shown: str


def number(e164: str) -> Number | None:
    """`06 12 00 00 01`, other countries with their code; None where the school knows none."""
    if not e164:
        return None
    if e164.startswith("+316") and len(e164) == 12:
        return Number(e164, " ".join(("06", e164[4:6], e164[6:8], e164[8:10], e164[10:])))
    try:
        known = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return Number(e164, e164)
    dutch = known.country_code == 31
    style = phonenumbers.PhoneNumberFormat.NATIONAL if dutch else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return Number(e164, str(phonenumbers.format_number(known, style)))


def readable(e164: str) -> str:
    """As one reads it; "" where there is none."""
    known = number(e164)
    return known.shown if known else ""
