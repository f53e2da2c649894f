"""When who comes is reminded: the day before, and on the day itself, never at night."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from bot import hours
from bot.config import Config
from bot.gatherings.gatherings import Gathering

DAY, SOON = 1, 2
NAMES = {DAY: "dag", SOON: "straks"}
ROOM = timedelta(hours=1)  # nobody is reminded of what she has only just said, or when she is on her way
_SOON = timedelta(hours=3)


def reminders(config: Config, gathering: Gathering) -> Iterator[tuple[int, datetime]]:
    """The number of each reminder and its moment, in order."""
    zone, quiet = config.zone(gathering.school), config.quiet(gathering.school)
    starts_at = gathering.starts_at
    before = hours.day_before(starts_at, zone)
    day = before.astimezone(zone).date()
    loud = hours.next_loud(before, zone, quiet)
    if loud.astimezone(zone).date() != day:  # that hour is quiet: an hour before the quiet hours begin
        loud = hours.at(day, max(time(quiet.start.hour - 1, quiet.start.minute), time(12)), zone)
    yield DAY, loud
    soon = hours.next_loud(starts_at - _SOON, zone, quiet)
    if soon <= starts_at - ROOM and soon.astimezone(zone).date() == starts_at.astimezone(zone).date():
        yield SOON, soon
