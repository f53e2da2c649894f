"""Something agreed as calendars read it (RFC 5545). Pure; only here is the library that writes them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from icalendar import Event

KIND = "text/calendar; charset=utf-8"
_BY = "-//Ouderbrug//gesprekken//NL"
_AGAIN = timedelta(hours=1)  # how often a calendar may ask whether anything changed


class Entry(NamedTuple):
    """What a calendar shows of one talk. `moved`: how often it was changed, so that the newest wins."""

    uid: str
    starts_at: datetime
    minutes: int
    changed_at: datetime
    summary: str
    place: str = ""
    about: str = ""
    moved: int = 0
    off: bool = False


def many(entries: Iterable[Entry], name: str, language: str) -> bytes:
    """Some talks, for a phone that opens them; with a name, all of somebody's, for a calendar that comes back."""
    from icalendar import Calendar, vDuration, vText  # slow to import

    # Without METHOD: an invitation would need the address of who invites, and would ask for an answer by mail.
    file = Calendar()
    file.add("prodid", _BY)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    if name:
        again = vDuration(_AGAIN)
        again.params["VALUE"] = "DURATION"
        file["name"] = file["x-wr-calname"] = vText(name)
        file["refresh-interval"], file["x-published-ttl"] = again, vDuration(_AGAIN)
    for each in entries:
        file.add_component(_event(each, language))
    written: bytes = file.to_ical()
    return written


def _event(entry: Entry, language: str) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", entry.uid)
    # A moment in UTC is the same in every calendar, which shows it on the wall of whoever looks; tables of a zone are
    # what phones read differently.
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.starts_at + timedelta(minutes=entry.minutes))
    event.add("sequence", entry.moved + entry.off)
    event.add("status", "CANCELLED" if entry.off else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.off else "OPAQUE")
    for field, words in (("summary", entry.summary), ("location", entry.place), ("description", entry.about)):
        if words:
            event.add(field, words, {"language": language})
    event.add("class", "PRIVATE")
    return event
