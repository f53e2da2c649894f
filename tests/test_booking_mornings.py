"""The morning of a day with talks: her phone says how many, when and where; once, and no name of anybody."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from bot.booking import appointments
from bot.model import Address
from bot.people import staff
from bot.scheduler import promises
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import KARIN, MONDAY, World

ZONE = ZoneInfo("Europe/Amsterdam")
HER_PHONE = Address("sms", "+31612008001")
DAY = datetime(2026, 11, 26, tzinfo=ZONE)
SAID = ["dag_gesprekken.vandaag"]


async def link(world: World, key: str, phone: Address) -> int:
    """She links her own phone; her id."""
    code = world.write(lambda tx: staff.begin_link(tx, staff.by_key(tx, "brug", key), world.clock()))
    assert await world.say(phone, f"START {code}") == ["collega.welkom"]
    return world.write(lambda tx: staff.by_key(tx, "brug", key).id)


def lay(world: World, staff_id: int, hour: int, minute: int = 0, day: datetime = DAY, **more: Any) -> int:
    at = day.replace(hour=hour, minute=minute).astimezone(UTC)
    row = {
        "contact_id": world.contact(KARIN), "school": "brug", "child_id": None, "minutes": 15, "staff_id": staff_id,
        "starts_at": at, "made_at": MONDAY, "changed_at": MONDAY, **more,
    }  # fmt: skip
    return world.write(
        lambda tx: int(tx.execute(insert(t.appointment).returning(t.appointment.c.id), row).scalar_one())
    )


@pytest.fixture
async def janneke(world: World) -> int:
    return await link(world, "janneke", HER_PHONE)


async def test_she_reads_it_when_her_office_hours_begin_and_only_once(world: World, janneke: int) -> None:
    bas = world.write(lambda tx: staff.by_key(tx, "brug", "bas").id)
    first, *_ = lay(world, janneke, 15, place="lokaal 3"), lay(world, janneke, 15, 15), lay(world, bas, 9)
    assert await world.later(HER_PHONE, days=2, hours=15, minutes=59) == [], "Thursday, 7:59"
    assert await world.later(HER_PHONE, minutes=30) == SAID
    text = world.last(HER_PHONE).message.text
    assert "U heeft vandaag 2 gesprekken, het eerste om 15:00 (lokaal 3)." in text
    assert not {"Karin", "Lotte", "Visser"} & set(text.replace(".", " ").split())
    world.restart()
    assert await world.later(HER_PHONE, days=2) == []
    assert world.rows(t.followup.select().where(t.followup.c.scope == f"mine:{janneke}:2026-11-26"))[0].state == "done"
    assert first


async def test_it_says_what_is_left_by_then(world: World, janneke: int) -> None:
    """What is cancelled after the night is not counted; where nothing is left, nothing is said."""
    gone, friday = lay(world, janneke, 10, mode="phone"), DAY + timedelta(days=1)
    lay(world, janneke, 11, mode="phone")
    alone = lay(world, janneke, 11, day=friday)
    await world.later(days=2, hours=13)  # five in the morning
    world.write(lambda tx: appointments.cancel(tx, gone, world.clock(), tell=False))
    assert await world.later(HER_PHONE, hours=4) == SAID
    assert "vandaag 1 gesprek, om 11:00 (per telefoon)" in world.last(HER_PHONE).message.text
    await world.later(days=1, hours=-4)
    world.write(lambda tx: appointments.cancel(tx, alone, world.clock(), tell=False))
    assert await world.later(HER_PHONE, days=1) == []


async def test_she_agreed_to_one_message_a_day(world: World, janneke: int) -> None:
    """What she promised waits on the same page, and is told the next school day."""

    def promise(tx: Tx) -> None:
        promises.add(tx, staff.by_key(tx, "brug", "janneke"), "bellen", DAY.date(), world.clock())
        promises.lay_school(tx, world.bot.books.almanac, "brug", world.clock())

    lay(world, janneke, 15)
    world.write(promise)
    assert await world.later(HER_PHONE, days=3) == SAID
    assert await world.later(HER_PHONE, days=1) == ["beloofd.vandaag"]


async def test_a_phone_that_is_not_hers_any_more_hears_nothing(world: World, janneke: int) -> None:
    lay(world, janneke, 15)
    await world.later(days=2, hours=13)
    world.write(lambda tx: tx.execute(t.staff.update().where(t.staff.c.id == janneke).values(contact_id=None)))
    assert await world.later(HER_PHONE, days=1) == []


async def test_where_nothing_is_agreed_nothing_is_looked_up(world: World) -> None:
    await world.later(days=2)
    assert not [row for row in world.rows(t.daily.select()) if row.job.startswith("talks:")]
