"""The school's own days without school: out of a calendar (.ics) or a sheet, or one by one; the newest file counts."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import delete, select

from bot.conversation.folding import fold
from bot.errors import RosterError
from bot.people import icalendars
from bot.people.roster import sheet
from bot.schooldays import KINDS, Free
from bot.store.database import Tx
from bot.store.tables import free_day

BY_HAND = "met de hand"  # the source of what was added one by one
LONGEST = timedelta(days=70)  # no school is closed for longer
_YEARS = timedelta(days=3 * 366)  # further away, a year is mistyped
_NAME, _SOURCE = 80, 80
_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip
_WRITTEN = re.compile(r"(\d{1,2}) ([a-z]+) (\d{4})")
_WEEKDAY = re.compile(r"^[a-z]{2,9}\.? (?=\d)")
_HOLIDAYS = {
    "herfst": "herfst", "kerst": "kerst", "voorjaar": "voorjaar", "krokus": "voorjaar", "carnaval": "voorjaar",
    "mei": "mei", "zomer": "zomer",
}  # fmt: skip
_NAMED = {
    "goede vrijdag": "goede_vrijdag", "tweede paasdag": "pasen", "2e paasdag": "pasen", "paasmaandag": "pasen",
    "koningsdag": "koningsdag", "bevrijdingsdag": "bevrijdingsdag", "hemelvaart": "hemelvaart",
    "hemelvaartsdag": "hemelvaart", "tweede pinksterdag": "pinksteren", "2e pinksterdag": "pinksteren",
    "pinkstermaandag": "pinksteren", "suikerfeest": "suikerfeest", "offerfeest": "offerfeest",
}  # fmt: skip
_STUDY = re.compile(r"\b(studie|team|marge)-?\s?dag(en)?\b")
_HOLIDAY = re.compile(r"\b[a-z]*-?vakantie\b")
_NO_SCHOOL = r"geen (school|les(sen)?)"
_FREE = re.compile(
    rf"\b((les|rooster)?-?vrij|((les|rooster)-?)?vrije dag(en)?|{_NO_SCHOOL}|school (is )?(dicht|gesloten)"
    r"|pasen|pinksteren)\b"
)
_DATE = re.compile(rf"\b\d{{1,2}} ({'|'.join(_MONTHS)})\b|\b\d{{4}}(-\d{{4}})?\b|\b\d+ weken\b")
_UNDONE = re.compile(
    r"\b(vervalt|vervallen|geen|niet|alsnog|toch|afgelast|geannuleerd|verplaatst|verzet|verschoven|staking|stakingsdag"
    r"|voorbehoud|optie|reserve|concept)\b"
)
_NOT_ALL = re.compile(  # it is about a holiday, or only some are free, or part of a day
    r"\b(voor|na|start|begin|einde?|eerste|laatste|vanaf|uur|\d+ ?u|juf|meester|leerkracht|opvang|bso|tso"
    r"|gr|groep\w*|klas\w*|unit|onderbouw|middenbouw|bovenbouw|kleuters?|peuters?)\b|middag|ochtend"
    r"|\d[:.]\d\d|\b(gr|groep|klas)?[1-8] ?[a-d]?\b"
)
# Beside the words that say that it is free these may stand there; with any other nobody knows what is meant.
_BESIDE = {
    "de", "het", "een", "hele", "heel", "dag", "dagen", "week", "school", "is", "zijn", "hebben", "alle", "iedereen",
    "allemaal", "leerlingen", "kinderen", "vrij", "extra", "met", "en", "of", "t/m", "tot", "regio", "noord", "midden",
    "zuid", "herfst", "kerst", "voorjaars", "krokus", "carnavals", "mei", "zomer",
}  # fmt: skip
_SHEET = sheet.Form(
    {
        "van": "first", "vanaf": "first", "begin": "first", "datum": "first", "dag": "first", "from": "first",
        "date": "first", "tot": "last", "t/m": "last", "tot en met": "last", "einde": "last", "eind": "last",
        "until": "last", "to": "last", "wat": "name", "naam": "name", "omschrijving": "name", "what": "name",
        "name": "name", "soort": "kind", "kind": "kind",
    },
    ("first", "name"), "van, tot, wat (or datum, wat)", "free days",
)  # fmt: skip


class Found(NamedTuple):
    """What a file holds: the days; how many events have a time of day; which whole days do not sound free."""

    days: Sequence[Free]
    timed: int = 0
    other: Sequence[tuple[date, str]] = ()


class Change(NamedTuple):
    """What bringing in a file means for what the school has."""

    added: Sequence[Free]
    changed: Sequence[Free]  # as they are from now on
    removed: Sequence[Free]


def read(path: Path, today: date, *, everything: bool = False) -> Found:
    """Read a file. Only what sounds free counts, or has a kind of its own, unless `everything`. Raises RosterError."""
    if path.suffix.lower() in {".ics", ".ical"}:
        found = _calendar(path, today, everything=everything)
    else:
        found = _lines(sheet.read(path, _SHEET), today, everything=everything)
    if not found.days and not found.other:
        raise RosterError({1: "there is no free day in it"})
    once: dict[tuple[date, date, str], Free] = {}
    for each in found.days:
        once.setdefault(_key(each), each._replace(source=path.name[:_SOURCE], noted_on=today.isoformat()))
    return found._replace(days=sorted(once.values()))


def _calendar(path: Path, today: date, *, everything: bool) -> Found:
    events, timed = icalendars.whole_days(path)
    days, other = [], []
    for event in events:
        kind, name = guess(event.summary)
        if kind or everything:
            days.append(_checked(Free(event.first, event.last, kind or "vrij", name), event.line, today))
        else:
            other.append((event.first, event.summary))
    return Found(days, timed, other)


def _lines(found: sheet.Sheet, today: date, *, everything: bool) -> Found:
    days: list[Free] = []
    other: list[tuple[date, str]] = []
    wrong: dict[int, str] = {}
    for line in found.lines:
        try:
            free = _line(line, today)
        except RosterError as error:
            wrong |= error.lines
            continue
        if free.kind:
            days.append(free)
        elif everything:
            days.append(free._replace(kind="vrij"))
        else:
            other.append((free.first, free.name))
    if wrong:
        raise RosterError(wrong)
    return Found(days, other=other)


def _line(line: sheet.Line, today: date) -> Free:
    """A line of a sheet; without a kind where neither it nor its words say that it is free."""
    cells = line.cells
    try:
        first = day(cells["first"])
        last = day(cells["last"]) if cells.get("last") else first
    except ValueError as error:
        raise RosterError({line.number: str(error)}) from None
    guessed, name = guess(cells["name"])
    kind = fold(cells.get("kind", "")) or guessed
    return _checked(Free(first, last, kind or "vrij", name), line.number, today)._replace(kind=kind)


def _checked(free: Free, line: int, today: date) -> Free:
    """This day, where it can be. Raises RosterError."""
    fault = ""
    if abs(free.first - today) > _YEARS:
        fault = f"{free.first} is more than three years away; is the year right?"
    elif free.kind not in KINDS:
        fault = f"the kind must be one of {', '.join(KINDS)}"
    elif not free.name:
        fault = "it says not what the day is"
    elif len(free.name) > _NAME:
        fault = f"its name is longer than {_NAME} letters"
    elif free.last < free.first:
        fault = f"it ends ({free.last}) before it begins ({free.first})"
    elif free.last - free.first > LONGEST:
        fault = f"it lasts from {free.first} to {free.last}; is the year right?"
    if fault:
        raise RosterError({line: fault})
    return free


def check(free: Free, today: date) -> Free:
    """A day that somebody types, where it can be. Raises RosterError."""
    return _checked(free, 1, today)


def day(text: str) -> date:
    """A day as people write it: 2026-12-19, 19-12-2026, 19 december 2026. Raises ValueError."""
    plain = _WEEKDAY.sub("", fold(text.partition(" 00:00")[0]))
    written = _WRITTEN.fullmatch(plain)
    if written and written[2] in _MONTHS:
        return date(int(written[3]), _MONTHS.index(written[2]) + 1, int(written[1]))
    parts = re.split(r"[-/.]", plain)
    try:
        if len(parts) == 3 and len(parts[0]) == 4:
            return date(*map(int, parts))
        if len(parts) == 3 and len(parts[2]) == 4:
            return date(*map(int, reversed(parts)))
    except ValueError:
        pass
    raise ValueError("the day is not right; write for example 19-12-2026 or 2026-12-19")


def guess(summary: str) -> tuple[str, str]:
    """The kind of a day and its name by the words that name it; no kind where they do not say that it is free.

    A child stays at home on a day that is free by mistake: in doubt it is not.
    """
    said = " ".join(summary.split())
    plain = fold(said)
    if plain in _NAMED:
        return "vrij", _NAMED[plain]
    undated = _DATE.sub(" ", plain)
    if _NOT_ALL.search(undated) or _UNDONE.search(re.sub(_NO_SCHOOL, "", plain)) or "?" in said:
        return "", said
    if _STUDY.search(plain):
        return "studiedag", said
    if _HOLIDAY.search(undated) and _says_no_more(undated):
        known = next((name for word, name in _HOLIDAYS.items() if word in plain), "")
        return "vakantie", known or said
    return ("vrij" if _FREE.search(undated) and _says_no_more(undated) else ""), said


def _says_no_more(plain: str) -> bool:
    """Whether no other words stand beside those that say that it is free."""
    for name in sorted(_NAMED, key=len, reverse=True):
        plain = re.sub(rf"\b{name}\b", " ", plain)
    rest = _FREE.sub(" ", _HOLIDAY.sub(" ", plain))
    return all(word in _BESIDE or not word.strip("-:./&+") for word in rest.split())


# --- in the database
def of(tx: Tx, school: str) -> list[Free]:
    """The school's own days, in order."""
    rows = tx.execute(select(free_day).where(free_day.c.school == school).order_by(free_day.c.first, free_day.c.last))
    return [_free(row) for row in rows]


def plan(tx: Tx, school: str, days: Iterable[Free], source: str) -> Change:
    """What `store` would change."""
    there = {_key(each): each for each in of(tx, school)}
    new = {_key(each): each for each in days}
    gone = [each for key, each in there.items() if each.source == source and key not in new]
    renamed = [each for key, each in new.items() if key in there and there[key].name != each.name]
    return Change([each for key, each in new.items() if key not in there], renamed, gone)


def store(tx: Tx, school: str, days: Iterable[Free], source: str) -> Change:
    """Bring in the days of a file; what came from a file of this name before and is not in it any more goes."""
    change = plan(tx, school, days, source)
    remove(tx, school, change.removed)
    save(tx, school, days)
    return change


def save(tx: Tx, school: str, days: Iterable[Free]) -> None:
    """Add these days; the same day of the same kind gets the new name, source and date."""
    days = list(days)
    remove(tx, school, days)
    rows = [
        {
            "school": school, "first": each.first.isoformat(), "last": each.last.isoformat(), "kind": each.kind,
            "name": each.name, "source": each.source, "noted_on": each.noted_on,
        }
        for each in days
    ]  # fmt: skip
    if rows:
        tx.execute(free_day.insert(), rows)


def remove(tx: Tx, school: str, days: Iterable[Free]) -> None:
    for each in days:
        first, last, kind = each.first.isoformat(), each.last.isoformat(), each.kind
        same = free_day.c.first == first, free_day.c.last == last, free_day.c.kind == kind
        tx.execute(delete(free_day).where(free_day.c.school == school, *same))


def _key(free: Free) -> tuple[date, date, str]:
    return free.first, free.last, free.kind


def _free(row: Any) -> Free:
    first, last = date.fromisoformat(row.first), date.fromisoformat(row.last)
    return Free(first, last, row.kind, row.name, row.source, row.noted_on)
