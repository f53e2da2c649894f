"""Quiet hours and weekly plans in local wall time, right across both clock changes. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import WEEKDAYS

SUNDAY = 6


def is_quiet(moment: datetime, zone: ZoneInfo, start: time, end: time, sunday_until: time) -> bool:
    """Whether `moment` is quiet: from `start` over midnight to `end`, and on Sunday until `sunday_until`."""
    local = moment.astimezone(zone)
    wall = local.time()
    first = max(end, sunday_until) if local.weekday() == SUNDAY else end
    return wall < first or wall >= start


def next_loud(moment: datetime, zone: ZoneInfo, start: time, end: time, sunday_until: time) -> datetime:
    """The first moment from `moment` on that is not quiet, in UTC."""
    if not is_quiet(moment, zone, start, end, sunday_until):
        return moment
    day = moment.astimezone(zone).date()
    for later in range(3):
        that = day + timedelta(days=later)
        first = max(end, sunday_until) if that.weekday() == SUNDAY else end
        found = at(that, first, zone)
        if found > moment and not is_quiet(found, zone, start, end, sunday_until):
            return found
    raise ValueError("the quiet hours leave no hour of the day")


def next_quiet(moment: datetime, zone: ZoneInfo, start: time) -> datetime:
    """The first moment from a `moment` that is not quiet on, at which the quiet hours begin, in UTC."""
    today = at(moment.astimezone(zone).date(), start, zone)
    return today if today >= moment else at(moment.astimezone(zone).date() + timedelta(days=1), start, zone)


def at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """A local wall time as UTC. What spring skips counts from before it; of what autumn repeats it is the first."""
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def next_weekly(after: datetime, weekday: str, wall: time, zone: ZoneInfo) -> datetime:
    """The first moment later than `after` that is `weekday` at `wall` local time, in UTC."""
    local = after.astimezone(zone)
    day = local.date() + timedelta(days=(WEEKDAYS.index(weekday) - local.weekday()) % 7)
    found = at(day, wall, zone)
    return found if found > after else at(day + timedelta(days=7), wall, zone)
