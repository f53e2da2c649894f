"""When somebody can be talked with: slots out of hours and of what is given away already. Pure."""

from collections.abc import Iterable, Iterator, Set
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot import hours as wall

CELL = timedelta(minutes=5)  # what time is given away in
MODES = ("school", "phone", "video", "home")
REMOTE = ("phone", "video")  # nobody is in one room


class Hours(NamedTuple):
    """When somebody has time for talks: on a day, between two walls. A break is what lies between two of these."""

    staff_id: int
    day: date
    start: time
    until: time
    mode: str = "school"
    place: str = ""
    id: int = 0


class Slot(NamedTuple):
    """A talk that could be: with whom, from when (UTC) and how many minutes."""

    staff_id: int
    starts_at: datetime
    minutes: int
    mode: str = "school"
    place: str = ""
    hours_id: int = 0

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


def cells(starts_at: datetime, minutes: int) -> list[datetime]:
    """The five minutes that a talk takes, each by its beginning; one that is only touched counts."""
    first = starts_at - timedelta(seconds=starts_at.timestamp() % CELL.total_seconds())
    found = []
    while first < starts_at + timedelta(minutes=minutes):
        found.append(first)
        first += CELL
    return found


def with_interpreter(minutes: int) -> int:
    """Half as long again, in whole cells: everything is said twice."""
    return -(-minutes * 3 // 10) * 5


def slots(
    hours: Iterable[Hours],
    minutes: int,
    pause: int,
    zone: ZoneInfo,
    taken: Set[tuple[int, datetime]],
    *,
    lasts: int = 0,
) -> Iterator[Slot]:
    """The slots of these hours that nobody has, in their order. `taken`: (staff_id, cell) that are given away."""
    return (slot for slot, needs in every(hours, minutes, pause, zone, lasts=lasts) if taken.isdisjoint(needs))


def every(
    hours: Iterable[Hours], minutes: int, pause: int, zone: ZoneInfo, *, lasts: int = 0
) -> Iterator[tuple[Slot, list[tuple[int, datetime]]]]:
    """All slots of these hours in their order, each with what must be free: of whom, which cells.

    A talk that `lasts` longer begins where the others begin, so that as few of them as can be are lost to it. Nobody
    loses the pause to a talk that was agreed at some odd time.
    """
    lasts, rest = lasts or minutes, pause // 5 * CELL
    for each in hours:
        end = wall.at(each.day, each.until, zone)
        for begins in _grid(wall.at(each.day, each.start, zone), minutes, pause):
            if begins + timedelta(minutes=lasts) > end:
                break
            around = cells(begins - rest, lasts + 2 * int(rest.total_seconds()) // 60)
            slot = Slot(each.staff_id, begins, lasts, each.mode, each.place, each.id)
            yield slot, [(each.staff_id, cell) for cell in around]


def _grid(begins: datetime, minutes: int, pause: int) -> Iterator[datetime]:
    """When talks begin. Two of them never share a cell, or the one would take the other's time."""
    while True:
        yield begins
        over = cells(begins, minutes)[-1] + CELL * (1 + pause // 5)
        begins = max(begins + timedelta(minutes=minutes + pause), over)
