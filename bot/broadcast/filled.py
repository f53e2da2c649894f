"""What a teacher fills in: read as she typed it, what is wrong with it, and until when it is of use. Pure."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import hours
from bot.broadcast.content import QUESTION, READY, WORDS, Content
from bot.conversation.ready import Field, Ready
from bot.model import Value

# What is wrong with a field, in a word.
EMPTY, PAST, FAR, NO_DATE, NO_TIME, NO_AMOUNT, NO_NUMBER, LONG = (
    "leeg", "voorbij", "ver", "geen_datum", "geen_tijd", "geen_bedrag", "geen_getal", "te_lang",
)  # fmt: skip
FEW, MANY, TWICE, NO_PLACES, NO_RIGHT = "te_weinig", "te_veel", "dubbel", "geen_plekken", "geen_goede"
WRONG = (EMPTY, PAST, FAR, NO_DATE, NO_TIME, NO_AMOUNT, NO_NUMBER, LONG, FEW, MANY, TWICE, NO_PLACES, NO_RIGHT)
# The names under which it is said, beside those of the fields; a choice is `keuze1`, `keuze2` ...
CHOICES, CHOICE, PLACES, RIGHT = "keuzes", "keuze", "plekken", "goed"

OF_PLACE, OF_WORDS, OF_CHOICE = 60, 1000, 24  # signs at most
FEWEST, MOST = 2, 10  # choices
MOST_PLACES = 500
FIXED = frozenset({"peiling_getal", "peiling_hulp", "peiling_janee"})  # questions whose answers nobody writes
_AHEAD = timedelta(days=400)  # a later date is a slip of the pen
_LIFE = timedelta(days=3)
_DAY = timedelta(days=1)
_DUTCH_DATE = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?: ?uur)?")
_EUROS = re.compile(r"(?:€ ?)?(\d{1,4})(?:[.,](\d{1,2}|-))?")
_KINDS = {"date": "date", "time": "time", "amount": "amount", "number": "number", "place": "text", "name": "name"}


def value(kind: str, typed: str) -> Value | None:
    """What somebody typed into a field of this kind; None where that is nothing. What cannot be read stays as it is,
    so that `problems` can say so. Dates as `2026-11-24` or `24-11-2026`, times as `8:30`, amounts as `4,50`."""
    text = " ".join(typed.split())
    if kind == "date" and (match := _DUTCH_DATE.fullmatch(text)):
        text = f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}"
    if kind == "time" and (match := _CLOCK.fullmatch(text)):
        text = f"{match[1]:0>2}:{match[2]}"
    if kind == "amount" and (match := _EUROS.fullmatch(text)):
        cents = (match[2] or "").strip("-")
        text = f"{int(match[1])}.{cents:0<2}"
    return Value(_KINDS[kind], text) if text else None


def problems(content: Content, ready: Ready | None, today: date) -> dict[str, str]:
    """What is wrong: by the name of the field, a word of WRONG. `ready`: the message it fills in, where it is one."""
    if content.kind == READY:
        found = _of_fields(ready, content.fields, today) if ready else {}
        return {name: word for name, word in found.items() if word}
    words = content.fields.get(WORDS, Value("words", "")).value
    found = {WORDS: _of_text(words, OF_WORDS)}
    if content.kind == QUESTION:
        if content.what not in FIXED:
            found |= _of_choices([each.strip() for each in content.choices])
        found[PLACES] = "" if 0 <= content.places <= MOST_PLACES else NO_PLACES
        found[RIGHT] = "" if {*content.right} <= {*range(1, len(content.choices) + 1)} else NO_RIGHT
    return {name: word for name, word in found.items() if word}


def until(content: Content, ready: Ready | None, due_at: datetime, zone: ZoneInfo) -> datetime:
    """After that it is of no use: the end of the last day it speaks of, else three days after its moment."""
    days = [*_last_days(content, ready)]
    return hours.at(max(days) + _DAY, time.min, zone) if days else due_at + _LIFE


def _last_days(content: Content, ready: Ready | None) -> Iterator[date]:
    for field in ready.fields.values() if ready else ():
        if field.last and field.name in content.fields:
            with suppress(ValueError):
                yield date.fromisoformat(content.fields[field.name].value)


def _of_fields(ready: Ready, given: Mapping[str, Value], today: date) -> dict[str, str]:
    found = {}
    for name, field in ready.fields.items():
        text = given[name].value.strip() if name in given else ""
        missing = "" if field.optional else EMPTY
        found[name] = _of_field(field, text, today) if text else missing
    return found


def _of_field(field: Field, text: str, today: date) -> str:
    if field.type == "date":
        return _of_date(text, today)
    if field.type == "time":
        return "" if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text) else NO_TIME
    if field.type == "amount":
        return "" if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", text) else NO_AMOUNT
    if field.type == "number":
        return "" if re.fullmatch(r"[0-9]{1,4}", text) else NO_NUMBER
    return _of_text(text, OF_PLACE)


def _of_date(text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return NO_DATE
    if day < today:
        return PAST
    return FAR if day - today > _AHEAD else ""


def _of_text(text: str, most: int) -> str:
    if not text.strip():
        return EMPTY
    return LONG if len(text) > most else ""


def _of_choices(choices: list[str]) -> dict[str, str]:
    """A choice that somebody left empty counts as one that is missing at its place."""
    found = {CHOICES: FEW if len(choices) < FEWEST else MANY if len(choices) > MOST else ""}
    seen: set[str] = set()
    for number, choice in enumerate(choices, 1):
        twice = choice.casefold() in seen
        found[f"{CHOICE}{number}"] = _of_text(choice, OF_CHOICE) or (TWICE if twice else "")
        seen.add(choice.casefold())
    return found
