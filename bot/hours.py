"""Wall time: quiet hours, rest, office hours and weekly moments, right across both clock changes. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from bot.model import WEEKDAYS

SUNDAY = 6
ROOM = 120  # minutes that must stay loud on every day
_DAY = timedelta(days=1)
_AHEAD = 120  # days in which an office opens again, over the longest summer
_MINUTES = [time(hour, minute) for hour in range(24) for minute in range(60)]
_GOLDEN = 0x9E3779B97F4A7C15  # numbers that follow each other come to lie far apart, whatever part of them is taken


class Quiet(Protocol):
    """From `start` over midnight to `end`, and on Sunday until `sunday_until`, nobody is woken."""

    @property
    def start(self) -> time: ...
    @property
    def end(self) -> time: ...
    @property
    def sunday_until(self) -> time: ...


class Rest(NamedTuple):
    """A parent's own hours on top of those, over midnight or within a day."""

    start: time
    until: time

    @classmethod
    def of(cls, start: str | None, until: str | None) -> "Rest | None":
        """From walls such as `22:30`; None where she wished nothing."""
        return cls(time.fromisoformat(start), time.fromisoformat(until)) if start and until else None

    def holds(self, wall: time) -> bool:
        if self.start <= self.until:
            return self.start <= wall < self.until
        return wall >= self.start or wall < self.until


# --- quiet and loud
def is_quiet(moment: datetime, zone: ZoneInfo, quiet: Quiet, rest: Rest | None = None) -> bool:
    """Whether nobody, or not she, may be woken at `moment`."""
    local = moment.astimezone(zone)
    return _hushed(local.time(), quiet, rest, sunday=local.weekday() == SUNDAY)


def next_loud(moment: datetime, zone: ZoneInfo, quiet: Quiet, rest: Rest | None = None) -> datetime:
    """The first moment from `moment` on that is not quiet, in UTC. Raises ValueError where there is none in a week."""
    if not is_quiet(moment, zone, quiet, rest):
        return moment
    for found in _turns(moment, zone, quiet.end, quiet.sunday_until, rest.until if rest else quiet.end):
        if not is_quiet(found, zone, quiet, rest):
            return found
    raise ValueError("the quiet hours leave no hour of the day")


def next_quiet(moment: datetime, zone: ZoneInfo, quiet: Quiet, rest: Rest | None = None) -> datetime:
    """The first moment from `moment` on that is quiet, in UTC."""
    if is_quiet(moment, zone, quiet, rest):
        return moment
    turns = _turns(moment, zone, time.min, quiet.start, rest.start if rest else quiet.start)
    return next(found for found in turns if is_quiet(found, zone, quiet, rest))


@lru_cache(maxsize=256)
def leaves_room(quiet: Quiet, rest: Rest, minutes: int = ROOM) -> bool:
    """Whether so many minutes of every day stay in which she may be written to, also on Sunday."""
    return all(
        sum(not _hushed(wall, quiet, rest, sunday=sunday) for wall in _MINUTES) >= minutes for sunday in (False, True)
    )


def spread(
    moment: datetime, contact_id: int, minutes: float, zone: ZoneInfo, quiet: Quiet, rest: Rest | None = None
) -> datetime:
    """Her fixed place in the minutes from `moment` on, at which quiet hours end; never in quiet ones again."""
    span = min(timedelta(minutes=minutes), next_quiet(moment, zone, quiet, rest) - moment)
    place = (contact_id * _GOLDEN) % 2**64 >> 32
    return moment + timedelta(seconds=int(span.total_seconds()) * place // 2**32)


def _hushed(wall: time, quiet: Quiet, rest: Rest | None, *, sunday: bool) -> bool:
    first = max(quiet.end, quiet.sunday_until) if sunday else quiet.end
    return wall < first or wall >= quiet.start or (rest is not None and rest.holds(wall))


def _turns(after: datetime, zone: ZoneInfo, *walls: time) -> Iterator[datetime]:
    """When quiet hours may begin or end: at these walls of the coming days."""
    day = after.astimezone(zone).date()
    for number in range(9):
        for moment in _on(day + timedelta(days=number), zone, walls):
            if moment > after:
                yield moment


@lru_cache(maxsize=1024)
def _on(day: date, zone: ZoneInfo, walls: Sequence[time]) -> Sequence[datetime]:
    """These walls of a day; where the clock changes it may also jump past one, so every hour of both sides is added."""
    if at(day + _DAY, time.min, zone) - at(day, time.min, zone) == _DAY:
        return [at(day, wall, zone) for wall in sorted(walls)]
    there = [datetime.combine(day, wall, zone) for wall in (*walls, *map(time, range(24)))]
    return sorted({each.replace(fold=fold).astimezone(UTC) for each in there for fold in (0, 1)})


# --- moments by the wall
def at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """A local wall time as UTC. What spring skips counts from before it; of what autumn repeats it is the first."""
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def next_weekly(after: datetime, weekday: str, wall: time, zone: ZoneInfo) -> datetime:
    """The first moment later than `after` that is `weekday` at `wall` local time, in UTC."""
    local = after.astimezone(zone)
    day = local.date() + timedelta(days=(WEEKDAYS.index(weekday) - local.weekday()) % 7)
    found = at(day, wall, zone)
    return found if found > after else at(day + timedelta(days=7), wall, zone)


def day_before(moment: datetime, zone: ZoneInfo, days: int = 1) -> datetime:
    """The same time on the wall so many days earlier, in UTC."""
    local = moment.astimezone(zone)
    return at(local.date() - timedelta(days=days), local.time(), zone)


def next_office(
    moment: datetime, zone: ZoneInfo, office: Mapping[str, tuple[time, time]], is_school_day: Callable[[date], bool]
) -> datetime | None:
    """The first moment from `moment` on within somebody's hours at school; None where no such day is known."""
    today = moment.astimezone(zone).date()
    for day in (today + timedelta(days=number) for number in range(_AHEAD + 1)):
        opens, closes = office.get(WEEKDAYS[day.weekday()], (time.min, time.min))
        if opens < closes and moment < at(day, closes, zone) and is_school_day(day):
            return max(moment, at(day, opens, zone))
    return None
