"""When somebody can be talked with: slots out of hours and of what is given away already. Pure."""

from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot import hours as wall

CELL = timedelta(minutes=5)  # what time is given away in
MODES = ("school", "phone", "video", "home")


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
    hours: Iterable[Hours], minutes: int, pause: int, zone: ZoneInfo, taken: Container[tuple[int, datetime]]
) -> Iterator[Slot]:
    """The slots of these hours that nobody has, in their order. `taken`: (staff_id, cell) that are given away."""
    for each in hours:
        begins, end = wall.at(each.day, each.start, zone), wall.at(each.day, each.until, zone)
        while begins + timedelta(minutes=minutes) <= end:
            if not any((each.staff_id, cell) in taken for cell in cells(begins, minutes)):
                yield Slot(each.staff_id, begins, minutes, each.mode, each.place, each.id)
            begins += timedelta(minutes=minutes + pause)
