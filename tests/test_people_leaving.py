"""A colleague leaves: everything she had in hand is with somebody else, and parents read the new name."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.errors import BotError
from bot.model import Address
from bot.people import leaving, staff
from bot.people.leaving import Moved
from bot.scheduler import promises
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import KARIN, MONDAY, YEAR, World, enrol, opened

HERS = Address("sms", "+31612000041")


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        world.write(lambda tx: enrol(tx, "Karin", KARIN, "brug", ("school", "tips"), MONDAY))
        world.write(lambda tx: staff.add(tx, "brug", "karim", "meester Karim", "leerkracht", [], YEAR))
        yield world


async def fill_her_hands(world: World) -> None:
    """A linked phone, a thread given to her, a promise, an appointment, and a message that waits in her name."""
    now = world.clock()
    code = world.write(lambda tx: staff.begin_link(tx, staff.by_key(tx, "brug", "janneke"), now))
    await world.say(HERS, f"START {code}")
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Kan Lotte eerder weg?")
    world.queue(KARIN, "broadcast", due_at=now + timedelta(days=1))

    def work(tx: Tx) -> None:
        janneke = staff.by_key(tx, "brug", "janneke")
        tx.execute(update(t.thread).values(staff_id=janneke.id))
        promises.add(tx, janneke, "bellen over gym", date(2026, 11, 24), now)
        promises.lay_school(tx, world.bot.books.almanac, "brug", now)
        child = tx.execute(
            select(t.guardian.c.child_id).where(t.guardian.c.contact_id == world.contact(KARIN))
        ).scalar()
        talk = Talk(world.contact(KARIN), "brug", now + timedelta(days=3), 15, child, janneke.id)
        appointments.plan(tx, world.bot.config, talk, now, tell=False)

    world.write(work)


def leave(world: World, to: str = "karim") -> Moved:
    def work(tx: Tx) -> Moved:
        rows = staff.by_key(tx, "brug", "janneke"), staff.by_key(tx, "brug", to)
        moved = leaving.leave(tx, *rows, YEAR, world.clock())
        promises.lay_school(tx, world.bot.books.almanac, "brug", world.clock())
        return moved

    return world.write(work)


async def test_everything_moves_and_the_next_message_has_the_new_name(there: World) -> None:
    await fill_her_hands(there)
    with there.bot.database.read() as tx:
        expected = leaving.in_hand(tx, staff.by_key(tx, "brug", "janneke"), YEAR)
    assert leave(there) == expected == Moved(["groep 4"], 1, 1, 1, 1, linked=True)
    with there.bot.database.read() as tx:
        assert [each.key for each in staff.colleagues(tx, "brug")] == ["bas", "karim"]
        karim = staff.by_key(tx, "brug", "karim").id
        assert [each.staff_id for each in promises.open_ones(tx, "brug")] == [karim]
    for table in (t.thread, t.promise, t.appointment):
        assert [row.staff_id for row in there.rows(select(table.c.staff_id))] == [karim]
    assert await there.later(HERS, days=2) == [], "she is not reminded any more"
    assert all("Karim" in heard.message.text for heard in there.read(KARIN)[-2:]), "what waited, and the reminder"
    assert [heard.keys for heard in there.read(KARIN)[-2:]] == [("draad.antwoord",), ("afspraak.dag",)]
    assert await there.say(KARIN, "2") == ["afspraak.anders"]
    assert "meester Karim" in there.last(KARIN).message.text


async def test_it_is_all_or_nothing_and_to_somebody_else(there: World) -> None:
    await fill_her_hands(there)
    for to, problem in (("janneke", "somebody else"), ("noor", "bas, karim")):
        with pytest.raises(BotError, match=problem):
            leave(there, to)
    with there.bot.database.read() as tx:
        assert staff.by_key(tx, "brug", "janneke").contact_id == there.contact(HERS)


async def test_who_takes_over_may_have_the_group_already(there: World) -> None:
    there.write(lambda tx: staff.add(tx, "brug", "karim", "meester Karim", "leerkracht", ["groep 4"], YEAR))
    assert leave(there).groups == ["groep 4"]
    with there.bot.database.read() as tx:
        assert [hers for _, hers in staff.everyone(tx, "brug", YEAR)] == [["groep 5"], ["groep 4"]]


async def test_who_comes_back_is_added_again(there: World) -> None:
    leave(there)
    there.write(lambda tx: staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", ["groep 4"], YEAR))
    with there.bot.database.read() as tx:
        assert staff.by_key(tx, "brug", "janneke").name == "juf Janneke"


async def test_a_parent_who_worked_here_stays_a_parent(there: World) -> None:
    code = there.write(lambda tx: staff.begin_link(tx, staff.by_key(tx, "brug", "janneke"), there.clock()))
    assert await there.say(KARIN, f"START {code}") == ["collega.welkom"]
    leave(there)
    assert await there.say(KARIN, "voorlezen") == ["voorlezen.wanneer"]
