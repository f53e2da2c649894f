"""What did she mean? An answer is understood by tables, never guessed."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from bot.conversation.clock import clock_times, one_of
from bot.conversation.folding import fold
from bot.conversation.wordlists import Frame, Tables, merged
from bot.model import WEEKDAYS, Offer, Value

__all__ = ["Question", "Words", "fold", "understand"]

LONGEST_WORDS = 400  # longer than any label or phrase
LONGEST_TEXT = 4096  # of an answer in free words

_CHOICES = ("choice", "yesno", "weekday")
_KNOWN = {"yesno": ("ja", "nee"), "weekday": WEEKDAYS}  # where nothing was shown
_NUMBER = re.compile(r"[0-9]{1,4}")
_DIGITS = frozenset("0123456789")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[./ -]([0-9]{1,2})(?:[./ -]([0-9]{4}|[0-9]{2}))?")
_DAY_MONTH = re.compile(r"([0-9]{1,2})\.? ([^\d]+?)(?: ([0-9]{4}))?")
_PHONE = re.compile(r"\+?[0-9][0-9 ./-]{5,24}")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Question(NamedTuple):
    """An open question: what was asked, of which type, and what was offered, in the order she saw."""

    ask: str
    type: str
    offers: tuple[Offer, ...] = ()
    range: tuple[str, str] | None = None


class Words(Protocol):
    """The words of one reader, as far as understanding needs them. Keys are folded (see `fold`)."""

    @property
    def language(self) -> str: ...

    @property
    def tables(self) -> Tables: ...

    def labels(self, ask: str, ids: tuple[str, ...]) -> Mapping[str, str]:
        """Folded label or synonym -> option id: her own language, then Dutch and English, elsewhere full labels."""
        ...


def understand(question: Question, text: str, words: Words, today: date) -> tuple[Value, ...]:
    """The value she means: none where that is unsure, two where a clock time fits morning and evening.

    Only the whole text counts. A number is a place among what was offered, except where a number was asked.
    """
    offers = question.offers
    if len(text) == 1 and text in _DIGITS:  # most answers are one digit
        if offers:
            return _at(question, int(text))
        if question.type == "number":
            return _in_range(question, int(text))
    if question.type == "text" and not offers:
        return _text(text)
    folded = fold(text) if len(text) <= LONGEST_WORDS else ""
    if folded and (offers or question.type in _CHOICES):
        found = _pick(question, folded, words)
        if found or question.type in _CHOICES:
            return found
    if question.type == "text":
        return _text(text)
    return _TYPES[question.type](question, folded, words, today) if folded and question.type in _TYPES else ()


def offered(question: Question, offer: Offer) -> Value:
    """The answer that one of the offers is."""
    if question.type == "weekday":
        return Value("weekday", offer.id)
    return Value("option", offer.id, question.ask)


def _pick(question: Question, folded: str, words: Words) -> tuple[Value, ...]:
    """One of the offers: by its place, its label or a synonym, or both as they stood on her screen ("2. Weekend")."""
    offers = question.offers
    if _NUMBER.fullmatch(folded):
        return _at(question, int(folded))
    labels = _labels(question, words)
    if folded in labels:
        return (offered(question, Offer(labels[folded])),)
    place, _, label = folded.partition(" ")
    place = place.rstrip(".:-")
    if _NUMBER.fullmatch(place) and 1 <= int(place) <= len(offers) and labels.get(label) == offers[int(place) - 1].id:
        return _at(question, int(place))
    number = _framed(folded, words.tables.picks, words.tables.numbers)
    if number is not None:
        return _at(question, number)
    times = [offer.id for offer in offers if _CLOCK.fullmatch(offer.id)]
    chosen = one_of(folded, words.tables.clocks, times) if times else ""
    return (offered(question, Offer(chosen)),) if chosen else ()


def _at(question: Question, place: int) -> tuple[Value, ...]:
    return (offered(question, question.offers[place - 1]),) if 1 <= place <= len(question.offers) else ()


def _labels(question: Question, words: Words) -> Mapping[str, str]:
    """Folded label -> id of all that was offered. Two offers that read alike are neither."""
    if not question.offers:
        return words.labels(question.ask, _KNOWN.get(question.type, ()))
    known = words.labels(question.ask, tuple(offer.id for offer in question.offers if not offer.label))
    own = [(fold(offer.label), offer.id) for offer in question.offers if offer.label]
    return merged([*own, *known.items()]) if own else known


def _framed(folded: str, frames: tuple[Frame, ...], numbers: Mapping[str, int]) -> int | None:
    """A number in digits or words, bare or in one of the frames ("nummer 2", "drie keer")."""
    for inside in (folded, *filter(None, (frame.inside(folded) for frame in frames))):
        if _NUMBER.fullmatch(inside):
            return int(inside)
        if inside in numbers:
            return numbers[inside]
    return None


def _number(question: Question, folded: str, words: Words, today: date) -> tuple[Value, ...]:
    tables = words.tables
    number = tables.counted.get(folded)
    if number is None:
        number = _framed(folded, tables.counts, tables.numbers)
    return () if number is None else _in_range(question, number)


def _in_range(question: Question, number: int) -> tuple[Value, ...]:
    low, high = question.range or ("0", "9999")
    return (Value("number", str(number)),) if int(low) <= number <= int(high) else ()


def _time(question: Question, folded: str, words: Words, today: date) -> tuple[Value, ...]:
    return tuple(Value("time", each) for each in clock_times(folded, words.tables.clocks, question.range))


def _date(question: Question, folded: str, words: Words, today: date) -> tuple[Value, ...]:
    found = _day(folded, words.tables, today)
    if not found:
        return ()
    low, high = question.range or ("", "9999-99-99")
    return (Value("date", found.isoformat()),) if low <= found.isoformat() <= high else ()


def _day(folded: str, tables: Tables, today: date) -> date | None:
    if folded in tables.days:
        return today + timedelta(days=tables.days[folded])
    if folded in tables.weekdays:
        ahead = (WEEKDAYS.index(tables.weekdays[folded]) - today.weekday()) % 7
        return today + timedelta(days=ahead) if ahead else None  # "dinsdag" on a Tuesday: today or next week?
    if found := _ISO.fullmatch(folded):
        return _calendar(found[1], int(found[2]), found[3], today)
    if found := _DAY_FIRST.fullmatch(folded):
        return _calendar(found[3], int(found[2]), found[1], today)
    if (found := _DAY_MONTH.fullmatch(folded)) and found[2] in tables.months:
        return _calendar(found[3], tables.months[found[2]], found[1], today)
    return None


def _calendar(year: str | None, month: int, day: str, today: date) -> date | None:
    """A day of the calendar; without a year the next one to come (29 February waits for its year)."""
    years = [int(year) + 2000 * (len(year) == 2)] if year else range(today.year, today.year + 5)
    for each in years:
        try:
            found = date(each, month, int(day))
        except ValueError:
            continue
        if year or found >= today:
            return found
    return None


def _phone(question: Question, folded: str, words: Words, today: date) -> tuple[Value, ...]:
    if not _PHONE.fullmatch(folded):
        return ()
    import phonenumbers  # its tables take a while to load, and few questions ask for a number

    try:
        number = phonenumbers.parse(folded, "NL")
    except phonenumbers.NumberParseException:
        return ()
    if not phonenumbers.is_valid_number(number):
        return ()
    return (Value("phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)),)


def _text(text: str) -> tuple[Value, ...]:
    """Her own words, without what no database or screen can carry; nothing where nothing can be seen."""
    own = _UNSEEN.sub("", text[: 2 * LONGEST_TEXT].strip()[:LONGEST_TEXT]).strip()
    return (Value("text", own),) if any(map(_is_visible, own)) else ()


def _is_visible(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cf", "Cc", "Cn", "Zs", "Zl", "Zp", "Mn", "Me"}


_TYPES: Mapping[str, Callable[[Question, str, Words, date], tuple[Value, ...]]] = {
    "number": _number,
    "time": _time,
    "date": _date,
    "phone": _phone,
}
