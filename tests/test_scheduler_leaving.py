"""A child that leaves: noted on the page, said a week before to each who may hear of it, looked back on, let go."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.people import known
from bot.people.roster.save import returns
from bot.scheduler import leaving
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.office import Desk, deeds, employ
from tests.world import JAN, KARIN, YEAR, World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def child(world: World) -> int:
    g = t.guardian.c
    return int(world.rows(select(g.child_id).where(g.contact_id == world.contact(JAN)))[0].child_id)


async def test_the_last_day_is_noted_said_a_week_before_and_looked_back_on(world: World) -> None:
    office, number = Desk(world, "wil"), child(world)
    here, last = f"/gezinnen/{world.contact(JAN)}", (world.clock() + timedelta(days=14)).date()
    assert (await office.post(f"{here}/vertrek", kind=number, laatste="gisteren")).status == 422
    assert (await office.post(f"{here}/vertrek", kind=number + 999, laatste=last.isoformat())).status == 404
    page = await office.post(f"{here}/vertrek", kind=number, laatste=last.isoformat())
    assert "Laatste dag op school: 7 december 2026." in page
    assert "7 december 2026" in await Desk(world, "janneke").get("/gezinnen/vertrek")
    assert deeds(world)[-1] == "kind_vertrekt"
    assert await world.later(JAN, days=6) == []
    assert await world.later(JAN, days=1, hours=2) == ["vertrek.vraag"]
    assert await world.say(JAN, "3") == ["vertrek.papier", "vertrek.goed"]
    assert await world.say(JAN, "Fijne klas") == ["vertrek.beter"]
    assert await world.say(JAN, "overslaan") == ["vertrek.weer"]
    assert await world.say(JAN, "1") == ["vertrek.dag", "vertrek.gegevens"]
    assert (await world.say(JAN, "3"))[-1] == "vertrek.laten"
    back = await Desk(world, "wil").get("/gezinnen/vertrek")
    assert "Fijne klas" in back
    assert "1 keer ja" in back
    assert "Fijne klas" not in await Desk(world, "janneke").get("/gezinnen/vertrek"), "the office only"
    hers = world.write(lambda tx: known.of(tx, "brug", [world.contact(JAN)])[world.contact(JAN)])
    assert {each.option for each in hers} == {"goed", "weer_ja"}

    def otherwise(tx: Tx) -> set[str]:
        for option in ("weer_nee", "weer"):
            known.note(tx, world.contact(JAN), "brug", "vertrek", option, world.clock(), child_id=number)
        return {each.option for each in known.of(tx, "brug", [world.contact(JAN)])[world.contact(JAN)]}

    assert world.write(otherwise) == {"goed", "weer"}, "the newest answer to a question, and the other questions'"
    await world.later(days=8)
    with world.bot.database.read() as tx:
        assert leaving.coming(tx, world.bot.config.schools["brug"], world.clock()) == []


async def test_it_stays_after_all_and_a_bar_is_a_bar(world: World) -> None:
    office, number = Desk(world, "wil"), child(world)
    here, last = f"/gezinnen/{world.contact(JAN)}", (world.clock() + timedelta(days=14)).date().isoformat()
    await office.post(f"{here}/vertrek", kind=number, laatste=last)
    assert "Blijft toch" in await office.get(here)
    await office.post(f"{here}/vertrek-terug", kind=number)
    assert await world.later(JAN, days=8) == []
    barred = t.guardian.c.contact_id == world.contact(KARIN)
    world.write(lambda tx: tx.execute(update(t.guardian).where(barred).values(barred_at=world.clock())))
    g = t.guardian.c
    hers = int(world.rows(select(g.child_id).where(g.contact_id == world.contact(KARIN)))[0].child_id)
    school = world.bot.config.schools["brug"]
    day = (world.clock() + timedelta(days=9)).date()
    world.write(lambda tx: leaving.mark(tx, school, hers, day, world.clock()))
    assert await world.later(KARIN, days=4) == []


def test_the_same_file_again_does_not_bring_it_back_before_it_has_gone(world: World) -> None:
    """The school's file of this year still has it until its last day; in a file after that day it is here again."""
    school, number, now = world.bot.config.schools["brug"], child(world), world.clock()
    last = (now + timedelta(days=14)).date()
    world.write(lambda tx: leaving.mark(tx, school, number, last, now))

    def back(at: datetime) -> list[int]:
        return [row.id for row in world.rows(select(t.child.c.id).where(returns(YEAR, at)))]

    assert back(now) == []
    assert back(now + timedelta(days=20)) == [number]
    moved = update(t.child).where(t.child.c.id == number).values(left_at=datetime(2026, 7, 31, 22, tzinfo=UTC))
    world.write(lambda tx: tx.execute(moved))
    assert back(now) == [number], "who was to leave with the year before"
