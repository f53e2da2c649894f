"""Reads the whole days out of a calendar file (.ics): every program has its own idea of one."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import RosterError
from bot.people.roster.sheet import decode

_LARGEST = 5 * 1024 * 1024  # a school's calendar of ten years is half a megabyte
_REPEATS = ("RRULE", "RDATE", "RECURRENCE-ID", "EXRULE")
_BEGINS = re.compile(r"BEGIN:VEVENT\s*", re.IGNORECASE)
_DAY = timedelta(days=1)


class WholeDay(NamedTuple):
    """An event without a time of day, from `first` up to and with `last`, and the line on which it begins."""

    line: int
    first: date
    last: date
    summary: str


def whole_days(path: Path) -> tuple[list[WholeDay], int]:
    """The events that last whole days, and how many others there are. Raises RosterError: line."""
    found, timed, wrong = [], 0, {}
    for line, event in _events(path):
        try:
            days = _days(event)
        except ValueError as error:
            wrong[line] = str(error)
            continue
        if days is None:
            timed += 1
        elif str(event.get("STATUS", "")).upper() != "CANCELLED":
            found.append(WholeDay(line, *days, _summary(event)))
    if wrong:
        raise RosterError(wrong)
    return found, timed


def _events(path: Path) -> Iterator[tuple[int, Any]]:
    """Each event with the line of the file on which it begins."""
    from icalendar import Calendar  # slow to import

    try:
        if path.stat().st_size > _LARGEST:
            raise RosterError({1: "the file is larger than 5 MB; that is no calendar of free days"})
        text = decode(path.read_bytes())
    except OSError as error:
        raise RosterError({1: f"the file cannot be read: {error.strerror or 'it is damaged'}"}) from None
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _BEGINS.fullmatch(line)]
    try:
        events = [each for calendar in Calendar.from_ical(text, multiple=True) for each in calendar.walk("VEVENT")]
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        events = []
    if not events or len(events) != len(lines):
        raise RosterError({1: "this is no calendar that can be read; export it anew as .ics, or write a .csv"})
    yield from zip(lines, events, strict=True)


def _summary(event: Any) -> str:
    """What it says; all of it, where a program wrote it twice."""
    said = event.get("SUMMARY", "")
    return " / ".join(str(each).strip() for each in (said if isinstance(said, list) else [said]))


def _days(event: Any) -> tuple[date, date] | None:
    """The first and the last day; None where it has a time of day. Raises ValueError."""
    start, end = _moment(event, "DTSTART"), _moment(event, "DTEND")
    if start is None:
        raise ValueError("this event has no day on which it begins")
    if end is None:
        end = start + _lasts(event)
    if isinstance(start, datetime) != isinstance(end, datetime):
        raise ValueError("this event begins on a day and ends at a time")
    if isinstance(start, datetime) and not (_is_midnight(start) and _is_midnight(end) and end > start):
        return None
    if any(name in event for name in _REPEATS):
        raise ValueError("this event repeats itself; write out each day, for a free day is no habit")
    first, after = _local(start), _local(end)
    if after < first:
        raise ValueError("this event ends before it begins")
    return first, max(first, after - _DAY)  # the end of a whole day is the day after


def _moment(event: Any, name: str) -> date | None:
    if name not in event:
        return None
    value = _read(event, name)
    if not isinstance(value, date):
        which = "begins" if name == "DTSTART" else "ends"
        raise ValueError(f"the day on which this event {which} cannot be read, or stands there twice ({name})")
    return value


def _lasts(event: Any) -> timedelta:
    """How long it lasts, where no end is named."""
    if "DURATION" not in event:
        return timedelta(0)
    value = _read(event, "DURATION")
    if not isinstance(value, timedelta):
        raise ValueError("how long this event lasts cannot be read, or stands there twice (DURATION)")
    return value


def _read(event: Any, name: str) -> object:
    """What stands there; None where it is damaged: the library has words of its own for that, which help nobody."""
    try:
        return getattr(event.get(name), "dt", None)
    except (ValueError, TypeError):
        return None


def _is_midnight(moment: date) -> bool:
    """Whether a program wrote a whole day as from midnight to midnight, on the clock of the wall."""
    return isinstance(moment, datetime) and moment.time() == time(0) and moment.utcoffset() != timedelta(0)


def _local(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
