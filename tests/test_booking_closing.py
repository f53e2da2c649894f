"""What is left of what is over: nobody who waits falls through when a round closes; talks are called off in slices."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.booking import bookings, closing, ill, instead, interpreters, opening, requests, rounds, waiting
from bot.booking.diary import spans
from bot.people import barred, leaving, staff
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.evening import DAY, NOW, YEAR, Evening
from tests.harness.round import invited, make, wall
from tests.test_booking_bookings import confirm, offer
from tests.world import FATIMA, JAN, KARIN, MONDAY, World, enrol, opened


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        for guardian, who in {"Fatima": FATIMA, "Karin": KARIN, "Jan": JAN}.items():
            world.write(lambda tx, g=guardian, w=who: enrol(tx, g, w, "brug", ("school",), MONDAY))  # type: ignore[misc]
        yield world


async def tick(world: World, at: Any) -> None:
    world.clock.move(at)
    await opening.begin_due(world.bot.database, world.bot.books, world.clock())


async def test_who_waits_when_it_closes_is_told_once_and_called(there: World) -> None:
    """On the list, or her teacher fell ill and she has not chosen anew; not who has said nothing."""
    number = make(there, early_at=None)
    await tick(there, wall(25, 16))
    for who in (KARIN, FATIMA, JAN):
        await there.settled(who)
    v, a = t.invitee.c, t.appointment.c
    karin, jan = there.contact(KARIN), there.contact(JAN)
    [row] = there.rows(select(t.invitee).where(v.contact_id == karin))
    there.write(lambda tx: waiting.join(tx, [row.id], there.clock()))
    had = {"contact_id": jan, "school": "brug", "minutes": 10, "round_id": number, "state": "cancelled"}
    one = there.rows(select(v.child_id).where(v.contact_id == jan).order_by(v.id))[0].child_id
    gone = there.write(lambda tx: staff.add(tx, "brug", "els", "juf Els", "leerkracht", [], "2026-2027"))
    had |= {"child_id": one, "staff_id": gone, "starts_at": wall(3, 15, month=12)}
    there.write(lambda tx: tx.execute(t.appointment.insert(), {**had, "made_at": MONDAY, "changed_at": MONDAY}))
    await tick(there, wall(30, 12))
    states = invited(there, number)
    assert (states["Karin", "Lotte"], states["Fatima", "Amira"]) == ("call", "asked")
    assert sorted(states[name] for name in states if name[0] == "Jan") == ["asked", "call"], "about the other: nothing"
    assert await there.settled(KARIN) == ["geen_plek.bericht"]
    assert there.last(JAN).keys == ("geen_plek.bericht",)
    assert "niets meer vrij" in there.last(KARIN).message.text
    asked = there.write(lambda tx: requests.open_for(tx, "brug"))
    assert {(each.contact_id, each.who) for each in asked} == {(karin, "school"), (jan, "school")}
    there.write(lambda tx: tx.execute(update(t.talk_round).values(state="closed", settled_at=there.clock())))
    await tick(there, wall(30, 12, 5))
    assert await there.settled(KARIN) == [], "once"
    assert there.rows(select(a.id).where(a.state == "planned")) == []


class Many(Evening):
    """Four families have a talk with the first teacher."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.who = [self.family() for _ in range(4)]
        for one, hour in zip(self.who, ("15:00", "15:15", "15:30", "15:45"), strict=True):
            assert offer(self, one, hour)
            assert confirm(self, one) == [hour]

    def left(self) -> int:
        return sum(talk.state == "planned" for talk in self.talks())

    def tick(self) -> None:
        for _, step in self.write(lambda tx: closing.left(tx, self.config, self.now)):
            while self.write(step):
                pass


@pytest.fixture
def many(database: Database) -> Many:
    return Many(database)


def test_an_illness_is_told_in_slices_and_no_hour_is_given_meanwhile(many: Many) -> None:
    assert many.write(lambda tx: ill.absent(tx, many.config, many.teachers[0], DAY, many.now)) == 4
    assert many.left() == 4 - ill.MOST
    assert not [
        row for row in many.rows(select(t.talk_hours)) if row.staff_id == many.teachers[0] and row.day == str(DAY)
    ]
    many.tick()
    assert many.left() == 0
    assert [sum(":ill:" in note for note in many.notes(one)) for one in many.who] == [1, 1, 1, 1]
    assert many.rows(select(t.chore)) == []
    many.is_whole()


@pytest.mark.parametrize("how", ["ill", "stopped", "left", "back"])
def test_a_bar_that_is_lifted_brings_no_talk_back_for_which_nobody_is_there(many: Many, how: str) -> None:
    one, kid = many.who[0], many.hers(many.who[0])[0].child_id
    many.write(lambda tx: barred.bar(tx, one, kid, many.now))
    many.later(hours=1)
    if how == "ill":
        many.write(lambda tx: ill.absent(tx, many.config, many.teachers[0], DAY, many.now))
    elif how == "stopped":
        many.write(lambda tx: rounds.stop(tx, many.round.id, many.now))
    elif how == "left":
        many.write(lambda tx: tx.execute(update(t.staff).values(left_at=many.now)))
    many.write(lambda tx: barred.lift(tx, one, kid, many.now))
    [talk] = [each for each in many.talks("planned", "cancelled") if each.contact_id == one]
    assert (talk.state == "planned") == (how == "back")


def test_a_colleague_who_leaves_is_at_no_two_talks_of_her_successor(many: Many) -> None:
    _, second = many.teachers
    other = many.family(teacher=1)
    assert offer(many, other, "15:15", teacher=1)
    assert confirm(many, other) == ["15:15"]

    def leave(tx: Tx) -> None:
        leaving.leave(tx, staff.by_key(tx, "brug", "t0"), staff.by_key(tx, "brug", "t1"), YEAR, many.now)

    many.write(leave)
    many.tick()
    talks = [(talk.contact_id, talk.staff_id, talk.state) for talk in many.talks("planned", "cancelled")]
    assert [each for each in talks if each[2] == "planned"] == [
        (who, second, "planned") for who in (many.who[0], many.who[2], many.who[3], other)
    ]  # fmt: skip
    assert (many.who[1], second, "cancelled") in talks, "she gets another moment"
    assert [sum(":left:" in note for note in many.notes(one)) for one in many.who] == [0, 1, 0, 0]
    many.is_whole()


def test_who_is_a_colleague_too_has_her_own_talks_then(many: Many) -> None:
    mother = many.family(teacher=1)
    assert many.write(lambda tx: spans(tx, mother, NOW)) == []
    first = t.staff.c.id == many.teachers[0]
    many.write(lambda tx: tx.execute(update(t.staff).where(first).values(contact_id=mother)))
    assert len(many.write(lambda tx: spans(tx, mother, NOW))) == 4


def test_an_offer_goes_back_with_the_hours_of_its_interpreter(database: Database) -> None:
    there = Evening(database)
    one = there.family()
    who = there.write(lambda tx: interpreters.add(tx, "brug", "Samira", ["ar"], NOW))
    whole, half = [[(wall(24, 15).time(), wall(24, 16, 30 * n).time())] for n in (0, 1)]
    there.write(lambda tx: interpreters.hours(tx, who, DAY, whole))
    until = there.now + timedelta(days=1)
    proposal = there.proposal(one, there.slot("15:00", interpreter=who))
    hers = there.hers(one)
    assert there.write(lambda tx: bookings.offer(tx, there.config, there.round, hers, proposal, until, NOW))
    for hours, states in ((half, ["offered"]), ([], ["asked"])):
        there.write(lambda tx, hours=hours: interpreters.hours(tx, who, DAY, hours))  # type: ignore[misc]
        there.write(lambda tx: instead.fill(tx, there.config, "brug", NOW))
        assert there.states(one) == states
    assert there.rows(select(t.busy)) == []


async def test_a_round_of_one_talk_is_looked_at_only_where_something_is_the_matter(there: World) -> None:
    number = make(there, early_at=None)
    there.write(lambda tx: tx.execute(update(t.talk_round).values(kind="extra", state="open")))
    now = wall(25, 16)

    def odd(tx: Tx) -> set[int]:
        return opening._odd(tx, [number], now)

    [kid] = there.rows(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == there.contact(KARIN)))
    row = {"round_id": number, "contact_id": there.contact(KARIN), "child_id": kid.child_id, "school": "brug"}
    there.write(
        lambda tx: tx.execute(t.invitee.insert(), {**row, "state": "asked", "asks_at": MONDAY, "changed_at": MONDAY})
    )
    assert there.write(odd) == set()
    there.write(lambda tx: barred.bar(tx, there.contact(KARIN), kid.child_id, MONDAY))
    assert there.write(odd) == {number}
