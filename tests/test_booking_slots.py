"""Slots: as the hours say on the wall, across both clock changes; what is given away is given away once."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from bot import hours as wall
from bot.booking.slots import CELL, Hours, Slot, cells, slots, with_interpreter

ZONE = ZoneInfo("Europe/Amsterdam")
SPRING, AUTUMN, EVENING = date(2027, 3, 28), date(2026, 10, 25), date(2026, 11, 24)

days = some.sampled_from([SPRING, AUTUMN, SPRING - timedelta(days=1), AUTUMN + timedelta(days=1), EVENING])
walls = some.times(max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))
hours = some.builds(Hours, some.just(1), days, walls, walls)
short = some.builds(Hours, some.just(1), days, walls, some.just(time(23, 59))).map(
    lambda each: each._replace(until=min(each.until, time(min(each.start.hour + 2, 23), 59 - each.start.minute)))
)
lengths = some.integers(1, 60)
pauses = some.integers(0, 20)


def said(found: list[Slot]) -> list[str]:
    return [f"{each.starts_at.astimezone(ZONE):%H:%M}" for each in found]


def of(
    start: str, until: str, minutes: int, pause: int = 0, taken: tuple[str, ...] = (), *, lasts: int = 0,
    day: date = EVENING,
) -> list[str]:  # fmt: skip
    """The slots as the wall says them."""
    given_away = {(1, wall.at(day, time.fromisoformat(each), ZONE)) for each in taken}
    there = Hours(1, day, time.fromisoformat(start), time.fromisoformat(until))
    return said(list(slots([there], minutes, pause, ZONE, given_away, lasts=lasts)))


def test_slots_are_as_the_hours_say() -> None:
    assert of("15:00", "15:45", 10) == ["15:00", "15:10", "15:20", "15:30"]  # the last five minutes are none
    assert of("15:00", "15:45", 10, 5) == ["15:00", "15:15", "15:30"]  # no pause is needed behind the last
    assert of("15:00", "15:09", 10) == of("15:00", "15:00", 10) == of("16:00", "15:00", 10) == []
    assert of("15:00", "15:40", 10, taken=("15:15",)) == ["15:00", "15:20", "15:30"]
    assert of("15:00", "15:40", 10, 5, taken=("15:10",)) == ["15:30"]  # a talk at an odd time: she has her pause


def test_two_slots_never_share_a_cell() -> None:
    """Else who books the one takes the other's time."""
    assert of("15:07", "15:50", 10) == ["15:07", "15:20", "15:30", "15:40"]
    assert of("15:00", "15:45", 12) == ["15:00", "15:15", "15:30"]


def test_with_an_interpreter_a_talk_begins_where_others_do() -> None:
    assert [with_interpreter(each) for each in (5, 10, 15, 20, 12)] == [10, 15, 25, 30, 20]
    assert of("15:00", "15:40", 10, lasts=15) == ["15:00", "15:10", "15:20"]
    assert of("15:00", "15:40", 10, lasts=15, taken=("15:20", "15:25")) == ["15:00"]


def test_a_break_is_what_lies_between() -> None:
    there = [Hours(1, EVENING, time(16), time(16, 25)), Hours(1, EVENING, time(16, 40), time(17), "phone", "", 7)]
    found = list(slots(there, 10, 0, ZONE, frozenset()))
    assert said(found) == ["16:00", "16:10", "16:40", "16:50"]
    assert [(each.mode, each.hours_id) for each in found[2:]] == [("phone", 7)] * 2
    two = [each._replace(staff_id=staff) for each in there for staff in (1, 2)]
    taken = {(2, found[0].starts_at)}
    assert [each.staff_id for each in slots(two, 10, 0, ZONE, taken)] == [1, 1, 2, 1, 1, 2, 2]


def test_the_night_in_which_the_clock_changes() -> None:
    """Nobody talks then; but nothing breaks, nothing is there twice, and the days around it are whole."""
    assert of("01:30", "03:30", 30, day=SPRING) == ["01:30", "03:00"]  # one hour is skipped
    assert of("02:30", "03:00", 10, day=SPRING) == []
    assert of("01:30", "03:30", 30, day=AUTUMN) == ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    for day in (SPRING, AUTUMN):
        assert of("15:00", "15:30", 10, day=day) == ["15:00", "15:10", "15:20"]


@given(hours, lengths, pauses)
def test_every_slot_lies_in_its_hours(there: Hours, minutes: int, pause: int) -> None:
    found = list(slots([there], minutes, pause, ZONE, frozenset()))
    begins, ends = wall.at(there.day, there.start, ZONE), wall.at(there.day, there.until, ZONE)
    assert all(begins <= each.starts_at and each.ends_at <= ends for each in found)
    if found:
        assert found[0].starts_at == begins
        assert ends - found[-1].ends_at < timedelta(minutes=minutes + pause) + 2 * CELL  # no time is wasted
        skipped = there.day == SPRING and there.start.hour == 2
        assert skipped or said(found)[0] == f"{there.start:%H:%M}"
    rest = [after.starts_at - each.ends_at for each, after in pairwise(found)]
    assert all(each >= timedelta(minutes=pause) for each in rest)


@given(some.lists(short, max_size=2, unique_by=lambda each: each.day), some.integers(10, 60), pauses, some.randoms())
def test_all_of_them_can_be_given_away(there: list[Hours], minutes: int, pause: int, chance: Random) -> None:
    """In whatever order they are booked, each that was offered stays free until it is taken itself."""
    left = list(slots(there, minutes, pause, ZONE, frozenset()))
    taken: set[tuple[int, datetime]] = set()
    while left:
        slot = left.pop(chance.randrange(len(left)))
        its_own = {(1, cell) for cell in cells(slot.starts_at, slot.minutes)}
        assert not its_own & taken
        taken |= its_own
        assert list(slots(there, minutes, pause, ZONE, taken)) == left


@given(some.integers(0, 2 * 366 * 24 * 60), lengths)
def test_cells_cover_a_talk_and_nothing_else(minute: int, minutes: int) -> None:
    starts_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    found = cells(starts_at, minutes)
    assert found == sorted(set(found))
    assert found[0] <= starts_at < found[0] + CELL
    assert found[-1] < starts_at + timedelta(minutes=minutes) <= found[-1] + CELL
    assert all(each.timestamp() % 300 == 0 for each in found)
