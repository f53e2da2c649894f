"""The day on which something of the school year falls, by what is known of the year; nothing is invented. Pure."""

from datetime import date, timedelta
from typing import NamedTuple

from bot.conversation.journey import END, START, Entry
from bot.model import WEEKDAYS
from bot.people.addresses import school_year
from bot.schooldays import Schooldays

_WEEK = timedelta(days=7)


class Day(NamedTuple):
    """The day of an entry. None: it cannot be in this year, or what it hangs on is `unknown` yet."""

    day: date | None
    moved: str = ""  # why it is not the day that the file says
    unknown: str = ""


def day_in(entry: Entry, year: str, days: Schooldays) -> Day:
    """The day of an entry in a school year such as `2026-2027`; nothing is invented."""
    if entry.since == START:
        first = days.starts(year)
        if first is None:
            return Day(None, unknown=f"the first school day of {year}")
        day = _weekday(first + (entry.week - 1) * _WEEK, entry.day)
        day = day if day >= first else day + _WEEK
    elif entry.since == END:
        last = days.ends(year)
        if last is None:
            return Day(None, unknown=f"the last school day of {year}")
        day = _weekday(last - (entry.week - 1) * _WEEK, entry.day)
        day = day if day <= last else day - _WEEK
    else:
        first = date(int(year[:4]) + (entry.month < 8), entry.month, 1)
        day = first + timedelta(days=(WEEKDAYS.index(entry.day) - first.weekday()) % 7) + (entry.nth - 1) * _WEEK
    found = _clear(entry, day, days)
    return found if found.day is None or school_year(found.day) == year else Day(None)


def day_after(entry: Entry, enrolled: date, days: Schooldays) -> Day:
    """The day of an entry for a family that enrolled on this day."""
    day = enrolled + timedelta(days=entry.days)
    if entry.day:
        day += timedelta(days=(WEEKDAYS.index(entry.day) - day.weekday()) % 7)
    return _clear(entry, day, days)


def _weekday(day: date, weekday: str) -> date:
    """This weekday in the week of `day`."""
    return day + timedelta(days=WEEKDAYS.index(weekday) - day.weekday())


def _clear(entry: Entry, day: date, days: Schooldays) -> Day:
    """The same weekday of the first week that is no holiday, where the entry skips those."""
    moved = ""
    while entry.skip:
        if not days.is_known(day):
            return Day(None, unknown=f"the holidays after {days.known_until}")
        if not any(each.kind in entry.skip and each.holds(day) for each in days.free):
            break
        day, moved = day + _WEEK, "vakantie"
    return Day(day, moved)
