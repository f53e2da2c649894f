"""A round opens, asks everybody once for all her children, takes in who comes later, and closes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from bot.booking import opening, rounds, teaching
from bot.booking.asking import NEVER
from bot.people import barred
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.round import invited, make, notes, wall
from tests.world import ELIF, ENROLLED, FATIMA, JAN, KARIN, MONDAY, OMAR, World, enrol, opened


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        for guardian, who in ENROLLED.items():
            world.write(lambda tx, g=guardian, w=who: enrol(tx, g, w, "brug", ("school",), MONDAY))  # type: ignore[misc]
        yield world


async def tick(world: World, at: object) -> None:
    """Only the rounds: what the desk makes of a note is another test's matter."""
    world.clock.move(at)  # type: ignore[arg-type]
    await opening.begin_due(world.bot.database, world.bot.books, world.clock())


def asked(world: World, number: int) -> list[int]:
    return [int(each.split(":")[0]) for each in notes(world, number)]


async def test_families_with_several_children_come_first_and_each_parent_is_asked_once(there: World) -> None:
    number = make(there)
    await tick(there, wall(24, 15, 59))
    assert invited(there, number) == {}
    await tick(there, wall(24, 16))
    waits = dict.fromkeys([("Fatima", "Amira"), ("Omar", "Amira"), ("Elif", "Can"), ("Karin", "Lotte")], "waiting")
    jan = [("Jan", "Tim"), ("Jan", "Saar")]
    assert invited(there, number) == {**waits, **dict.fromkeys(jan, "asked")}
    assert asked(there, number) == [there.contact(JAN)], "once, for both"
    assert await there.bot.next_due() is not None
    await asyncio.gather(*(tick(there, wall(25, 16)) for _ in range(3)))
    enrolled = [FATIMA, OMAR, KARIN]
    assert sorted(asked(there, number)) == sorted(map(there.contact, [JAN, *enrolled]))
    assert invited(there, number)["Elif", "Can"] == "waiting", "nothing reaches her; the page shows her"
    rows = there.rows(select(t.invitee.c.staff_id, t.child.c.name).join(t.child))
    with there.bot.database.read() as tx:
        with_whom = {tx.open("child.name", row.name).split()[0]: row.staff_id for row in rows}
        four, five = (ids[0] for _, ids in sorted(teaching.teachers(tx, rounds.groups(tx, number)).items()))
    assert with_whom == {"Amira": four, "Tim": four, "Lotte": four, "Can": five, "Saar": five}


async def test_at_night_nobody_is_asked(there: World) -> None:
    number = make(there, early_at=None, opens_at=wall(25, 23))
    assert await there.bot.next_due() is not None
    with there.bot.database.read() as tx:
        due = opening.next_due(tx, there.bot.config)
    assert due is not None
    assert f"{due.astimezone(wall(1, 1).tzinfo):%d %H:%M}" == "26 07:00"
    await tick(there, wall(25, 23, 30))
    assert (invited(there, number), notes(there, number)) == ({}, [])
    await tick(there, due)
    assert len(notes(there, number)) == 4


async def test_who_comes_later_is_asked_soon_and_who_is_barred_is_not(there: World) -> None:
    number = make(there, early_at=None)
    await tick(there, wall(25, 16))
    await tick(there, wall(25, 16, 0) + timedelta(seconds=1))
    assert len(notes(there, number)) == 4
    elif_ = there.write(lambda tx: enrol(tx, "Elif", ELIF, "brug", ("school",), MONDAY))
    await tick(there, wall(25, 16, 2))
    assert len(notes(there, number)) == 4, "she reads first what school says to her enrolment"
    await tick(there, wall(25, 16, 12))
    assert asked(there, number)[-1] == elif_
    omar = there.contact(OMAR)
    child = there.rows(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == omar))[0].child_id
    there.write(lambda tx: barred.bar(tx, omar, child, there.clock()))
    saar = there.rows(select(t.child.c.id, t.child.c.name).order_by(t.child.c.id))
    with there.bot.database.read() as tx:
        saar_id = next(row.id for row in saar if tx.open("child.name", row.name).startswith("Saar"))
    there.write(lambda tx: tx.execute(update(t.child).where(t.child.c.id == saar_id).values(left_at=there.clock())))
    v = t.invitee.c
    lotte = delete(t.invitee).where(v.contact_id == there.contact(KARIN))
    there.write(lambda tx: tx.execute(lotte))  # as if she had come in only now
    await tick(there, wall(25, 16, 14))
    found = invited(there, number)
    assert (found["Omar", "Amira"], found["Fatima", "Amira"], found["Jan", "Saar"]) == ("shut", "asked", "shut")
    assert found["Karin", "Lotte"] == "asked"
    there.write(lambda tx: barred.lift(tx, omar, child, there.clock()))
    await tick(there, wall(25, 16, 16))
    assert invited(there, number)["Omar", "Amira"] == "asked"
    assert asked(there, number)[-1] == omar
    assert len(notes(there, number)) == 6, "who was asked before is not asked again"


async def test_it_closes_and_what_was_kept_is_let_go(there: World) -> None:
    number = make(there, early_at=None)
    await tick(there, wall(25, 16))
    karin = there.contact(KARIN)
    row = {
        "contact_id": karin, "school": "brug", "starts_at": wall(3, 15, month=12), "minutes": 10, "state": "offered",
        "round_id": number, "made_at": MONDAY, "changed_at": MONDAY, "hold_until": wall(30, 18),
        "child_id": there.rows(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == karin))[0].child_id,
    }  # fmt: skip
    there.write(lambda tx: tx.execute(t.appointment.insert(), row))
    await tick(there, wall(30, 12))
    [found] = there.rows(select(t.talk_round))
    assert (found.state, found.settled_at) == ("closed", there.clock())
    await tick(there, wall(30, 12, 1))
    assert there.rows(select(t.appointment.c.state))[0].state == "lapsed"
    before = notes(there, number)
    await tick(there, wall(30, 13))
    assert notes(there, number) == before


async def test_who_has_not_booked_is_asked_once_more_and_not_twice_on_a_day(there: World) -> None:
    number = make(there, early_at=None)
    config, karin, people = there.bot.config, there.contact(KARIN), [there.contact(each) for each in (KARIN, JAN)]

    def invite(tx: Tx) -> int:
        return opening.invite(tx, config, number, people, there.clock())

    assert there.write(invite) == 0, "it is not open"
    await tick(there, wall(25, 16))
    there.write(lambda tx: tx.execute(update(t.invitee).where(t.invitee.c.contact_id == karin).values(state="booked")))
    before = len(notes(there, number))
    assert [there.write(invite), there.write(invite)] == [1, 1]
    assert notes(there, number)[before:] == [f"{there.contact(JAN)}:again:2026-11-25"]


async def test_what_nothing_can_reach_wakes_nobody(there: World) -> None:
    number = make(there, early_at=None)
    there.write(lambda tx: tx.execute(update(t.consent).values(withdrawn_at=there.clock())))
    await tick(there, wall(25, 16))
    assert set(invited(there, number).values()) == {"waiting"}
    assert {row.asks_at for row in there.rows(select(t.invitee.c.asks_at))} == {NEVER}
    with there.bot.database.read() as tx:
        assert opening.next_due(tx, there.bot.config) == wall(30, 12)
