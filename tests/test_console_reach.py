"""A coach at two schools: what she does stands in the log of the school where she did it, under her name."""

import pytest
from sqlalchemy import select

from bot.people import leaving, logins, staff
from bot.store import tables as t
from tests.harness.office import Desk, employ
from tests.harness.rights import people
from tests.world import YEAR, World


@pytest.fixture
async def fenna(world: World) -> Desk:
    """The coach of De Brug, who has De Vaart too."""
    employ(world)
    world.write(lambda tx: logins.give_schools(tx, staff.by_key(tx, "brug", "fenna").id, ["vaart"]))
    return Desk(world, "fenna")


async def test_what_a_coach_does_stands_in_the_log_of_that_school(world: World, fenna: Desk) -> None:
    laid = await people(world)
    talk = laid.id("thread", "deniz")
    world.write(lambda tx: tx.execute(t.thread.update().where(t.thread.c.id == talk).values(tense=True)))
    assert (await fenna.post(f"/gesprekken/{talk}/rustig")).status == 200
    deed = world.rows(select(t.audit))[0]
    assert (deed.school, deed.kind, deed.target) == ("vaart", "thread", talk)
    kees = await Desk(world, "kees", "vaart").get("/instellingen/logboek")
    assert f'href="/console/gesprekken/{talk}"' in kees
    assert "Fenna" in kees
    assert b"Fenna" in (await Desk(world, "kees", "vaart").get("/instellingen/logboek.csv")).data
    assert f"/gesprekken/{talk}" not in await Desk(world, "wil").get("/instellingen/logboek")


async def test_whom_a_coach_called_is_left_alone_at_that_school(world: World, fenna: Desk) -> None:
    """Ruud has a child at De Vaart only."""
    laid = await people(world)
    talk = laid.id("thread", "deniz")
    ruud = laid.id("contact", "Ruud")
    given = {"tense": True, "contact_id": ruud, "child_id": laid.id("child", "Bram")}
    world.write(lambda tx: tx.execute(t.thread.update().where(t.thread.c.id == talk).values(given)))
    assert (await fenna.post(f"/gezinnen/{ruud}/gebeld")).status == 200
    assert [row.school for row in world.rows(select(t.audit))] == ["vaart"]


async def test_when_a_coach_leaves_a_talk_of_another_school_is_its_teachers_again(world: World, fenna: Desk) -> None:
    laid = await people(world)
    talk = laid.id("thread", "deniz")

    def work(tx: object) -> None:
        here = staff.by_key(tx, "brug", "fenna"), staff.by_key(tx, "brug", "ida")  # type: ignore[arg-type]
        tx.execute(t.thread.update().where(t.thread.c.id == talk).values(staff_id=here[0].id))  # type: ignore[attr-defined]
        leaving.leave(tx, *here, YEAR, world.clock())  # type: ignore[arg-type]

    world.write(work)
    assert world.rows(select(t.thread).where(t.thread.c.id == talk))[0].staff_id is None
