"""A teacher's talks in her own calendar: at an address that only she was shown, as long as she wants, without names."""

from datetime import UTC, datetime, timedelta
from typing import Any

import vobject
from sqlalchemy import insert, select, update

from bot.booking import appointments, feeds
from bot.booking.appointments import Talk
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import KARIN, World


def janneke(world: World) -> int:
    with world.bot.database.read() as tx:
        return staff.by_key(tx, "brug", "janneke").id


def made(world: World) -> str:
    """A new address of hers: its secret."""
    whose = janneke(world)
    url = world.write(lambda tx: feeds.make(tx, world.bot.config, whose, world.clock()))
    assert url.startswith(f"{world.bot.config.web.public_url}/agenda/")
    return url.rpartition("/")[2].removesuffix(".ics")


def events(world: World, secret: str) -> list[Any]:
    with world.bot.database.read() as tx:
        data = feeds.file(tx, world.bot.config, world.bot.catalogue, secret, world.clock())
    assert data is not None
    for private in (b"Lotte", b"Karin", b"Visser"):
        assert private not in data, "a calendar stands at its maker too"
    return list(vobject.readOne(data.decode()).contents.get("vevent", []))


def lay(world: World, **values: Any) -> int:
    """A talk of hers, in any state."""

    def work(tx: Tx) -> int:
        g = t.guardian.c
        child = tx.execute(select(g.child_id).where(g.contact_id == world.contact(KARIN))).scalars().first()
        row = {
            "contact_id": world.contact(KARIN), "school": "brug", "child_id": child, "minutes": 15,
            "staff_id": janneke(world), "made_at": world.clock(), "changed_at": world.clock(), **values,
        }  # fmt: skip
        return int(tx.execute(insert(t.appointment).returning(t.appointment.c.id), row).scalar_one())

    return world.write(work)


def test_it_shows_her_talks_and_no_others(world: World) -> None:
    now, day = world.clock(), timedelta(days=1)
    shown = lay(world, starts_at=now + day, place="lokaal 3", interpreter_id=3, moved=2)
    by_phone = lay(world, starts_at=now - 6 * day, state="held", mode="phone", child_id=None)
    for values in (
        {"starts_at": now - 8 * day, "state": "held"}, {"starts_at": now + 61 * day},
        {"starts_at": now + 2 * day, "state": "cancelled"}, {"starts_at": now + 2 * day, "state": "offered"},
        {"starts_at": now + 2 * day, "staff_id": world.write(lambda tx: staff.by_key(tx, "brug", "bas").id)},
    ):  # fmt: skip
        lay(world, **values)
    phone, school = events(world, made(world))
    assert (school.summary.value, school.location.value) == ("Oudergesprek, groep 4", "lokaal 3")
    page = f"{world.bot.config.web.public_url}/console/mijn/{shown}"
    assert school.description.value == f"Met een tolk.\n{page}"
    assert (school.dtstart.value, school.sequence.value) == ((now + day).replace(microsecond=0), "2")
    assert (phone.summary.value, phone.location.value) == ("Oudergesprek", "Per telefoon: u belt")
    assert phone.description.value.endswith(f"/console/mijn/{by_phone}")


def test_an_address_ends_with_a_new_one_with_her_wish_and_when_she_leaves(world: World) -> None:
    whose, now = janneke(world), world.clock()

    def gets(secret: str) -> bool:
        with world.bot.database.read() as tx:
            return feeds.file(tx, world.bot.config, world.bot.catalogue, secret, world.clock()) is not None

    def has() -> datetime | None:
        with world.bot.database.read() as tx:
            return feeds.since(tx, whose)

    assert has() is None
    first = made(world)
    second = made(world)
    assert (gets(first), gets(second), has()) == (False, True, now)
    assert not any(map(gets, ("", "x", first[:-1], second[:-1], second.swapcase(), "é" * 32, second + ".ics")))
    assert all(second not in str(row) for row in world.rows(select(t.feed))), "it is kept nowhere"
    assert world.write(lambda tx: feeds.end(tx, whose, now))
    assert not world.write(lambda tx: feeds.end(tx, whose, now))
    assert (gets(second), has()) == (False, None)
    third = made(world)
    world.write(lambda tx: tx.execute(update(t.staff).where(t.staff.c.id == whose).values(left_at=now)))
    assert not gets(third)


def test_a_talk_that_is_moved_or_off_changes_what_her_calendar_finds(world: World) -> None:
    at = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
    talk = Talk(world.contact(KARIN), "brug", at, 15, None, janneke(world))
    number = world.write(lambda tx: appointments.plan(tx, world.bot.config, talk, world.clock(), tell=False))
    secret = made(world)
    (before,) = events(world, secret)
    later = at + timedelta(days=1)
    world.clock.move(world.clock() + timedelta(hours=1))
    world.write(lambda tx: appointments.move(tx, world.bot.config, number, later, world.clock(), tell=False))
    (after,) = events(world, secret)
    assert (after.uid.value, after.dtstart.value) == (before.uid.value, later)
    assert int(after.sequence.value) > int(before.sequence.value), "else a calendar keeps the old hour"
    world.write(lambda tx: appointments.cancel(tx, number, world.clock(), tell=False))
    assert events(world, secret) == []
