"""What comes free goes to who waited longest and whom it suits, to one at a time, for some hours each."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.booking import appointments, bookings, cells, invited, opening, waiting
from bot.booking.slots import Slot
from bot.booking.wanted import Wish
from bot.people import barred
from bot.store.database import Database
from tests.harness.evening import NOW, ZONE, Evening
from tests.test_booking_bookings import confirm, lapse, offer

FULL = ("15:00", "15:15", "15:30", "15:45")


class Line(Evening):
    """An afternoon that is given away, and three who wait for it, one after the other."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, teachers=1, days=1)
        self.booked = [self.family() for _ in FULL]
        for who, hour in zip(self.booked, FULL, strict=True):
            assert offer(self, who, hour)
            assert confirm(self, who) == [hour]
        self.line = [self.family() for _ in range(3)]
        for who in self.line:
            self.wait(who)
            self.later(minutes=1)

    def wait(self, who: int) -> None:
        ids = [each.id for each in self.hers(who)]
        self.write(lambda tx: waiting.join(tx, ids, self.now))

    def wish(self, who: int, wish: Wish) -> None:
        ids = [each.id for each in self.hers(who)]
        self.write(lambda tx: invited.change(tx, ids, self.now, wish=wish))

    def cancel(self, hour: str) -> None:
        at = self.slot(hour).slot.starts_at
        number = next(talk.id for talk in self.talks() if talk.starts_at == at)
        self.write(lambda tx: appointments.cancel(tx, number, self.now))

    def turn(self) -> list[tuple[int, str]]:
        """The tick: what is kept now for those in the line."""
        self.write(lambda tx: bookings.lapse(tx, self.now))
        self.write(lambda tx: waiting.pass_on(tx, self.config, self.now))
        self.is_whole()
        return [
            (self.line.index(talk.contact_id), f"{talk.starts_at.astimezone(ZONE):%H:%M}")
            for talk in self.talks("offered")
        ]


@pytest.fixture
def there(database: Database) -> Line:
    return Line(database)


def test_the_first_in_line_has_it_for_four_hours_then_the_next(there: Line) -> None:
    first, second, third = there.line
    assert there.turn() == []
    there.cancel("15:15")
    assert there.turn() == [(0, "15:15")]
    assert there.turn() == [(0, "15:15")], "one at a time"
    (note,) = there.notes(first)
    assert note.startswith(f"round:{there.round.id}:plek:{first}:")
    assert there.states(first) == ["offered"]
    (kept,) = there.talks("offered")
    assert kept.hold_until == NOW + timedelta(hours=4, minutes=5), "which can be said"
    there.now = kept.hold_until - timedelta(milliseconds=1)
    assert there.turn() == [(0, "15:15")]
    there.later(milliseconds=1)
    assert there.turn() == [(1, "15:15")]
    assert there.states(first) == ["asked"], "she had her turn, and may still book"
    assert confirm(there, first) == []
    assert confirm(there, second) == ["15:15"]
    assert there.states(third) == ["list"]
    assert len(there.notes(first)) == 1
    assert there.notes(third) == []


def test_it_goes_to_whom_it_suits(there: Line) -> None:
    first, second, third = there.line
    there.wish(first, Wish(after=time(15, 40)))
    there.wish(second, Wish(weekdays=("vr",)))
    there.cancel("15:00")
    assert there.turn() == [(2, "15:00")]
    there.cancel("15:45")
    assert there.turn() == [(2, "15:00"), (0, "15:45")]
    assert there.states(second) == ["list"]
    there.write(lambda tx: waiting.leave(tx, [each.id for each in there.hers(second)], there.now))
    assert there.states(second) == ["asked"]
    assert there.states(third) == ["offered"]


def test_who_says_no_waits_on_and_is_not_offered_the_same_again(there: Line) -> None:
    first, second, third = there.line
    for who in (second, third):
        there.write(lambda tx, w=who: waiting.leave(tx, [each.id for each in there.hers(w)], there.now))  # type: ignore[misc]
    there.cancel("15:00")
    assert there.turn() == [(0, "15:00")]
    there.write(lambda tx: bookings.release(tx, first, there.round.id, there.now))
    there.wait(first)
    assert there.turn() == []
    there.write(lambda tx: waiting.freed(tx, there.config, there.round.id, there.teachers[0], there.now))
    assert there.turn() == []
    there.cancel("15:30")
    assert there.turn() == [(0, "15:30")]


def test_nobody_waits_behind_a_bar_or_in_a_round_that_is_closed(there: Line) -> None:
    first, second, _ = there.line
    (hers,) = there.hers(first)
    there.write(lambda tx: barred.bar(tx, first, hers.child_id, there.now))
    (his,) = there.hers(there.booked[0])
    there.write(lambda tx: barred.bar(tx, there.booked[0], his.child_id, there.now))
    assert there.turn() == [(1, "15:00")], "what a bar frees goes on too"
    there.write(lambda tx: bookings.release(tx, second, there.round.id, there.now))
    there.now = there.round.closes_at
    assert there.turn() == []
    assert lapse(there) == 0


@pytest.mark.parametrize(
    ("wish", "suits"),
    [
        (Wish(), True),
        (Wish(weekdays=("di", "do")), True),
        (Wish(weekdays=("do",)), False),
        (Wish(weekdays=("do",), days=(NOW.date() + timedelta(days=8),)), True),
        (Wish(after=time(15, 30), before=time(15, 40)), True),
        (Wish(after=time(15, 31)), False),
        (Wish(before=time(15, 39)), False),
    ],
)
def test_what_suits_her(wish: Wish, suits: bool) -> None:
    at = NOW.replace(hour=14, minute=30) + timedelta(days=8)
    assert waiting.fits(wish, Slot(1, at, 10), ZONE) is suits


def test_nobody_looks_through_all_who_are_invited_for_the_few_who_wait(there: Line) -> None:
    seen: list[tuple[str, Any]] = []
    with there.database.begin() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *call: seen.append((call[2], call[3])))
        opening._work(tx, there.config, there.now)
        bookings.release(tx, there.booked[0], there.round.id, there.now)
        cells.let_go(tx, [1], "lapsed", there.now)
        waiting.pass_on(tx, there.config, there.now)
        if tx.postgres:
            tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN " if tx.postgres else "EXPLAIN QUERY PLAN "
        looked = [each for each in seen if "invitee" in each[0] and each[0].startswith(("SELECT", "UPDATE"))]
        plans = [str(tx.connection.exec_driver_sql(explain + sql, given).all()) for sql, given in looked]
    assert any("ix_invitee_list" in each for each in plans)
    assert any("ix_invitee_waiting" in each for each in plans)
    through = "SCAN invitee'", "Seq Scan on invitee", "SCAN invitee USING INDEX ix_invitee_round_id'"
    assert [each for each in plans if any(words in each for words in through)] == []
