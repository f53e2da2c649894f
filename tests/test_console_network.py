"""What the network sees: numbers of schools and groups, no names, and nothing of fewer than five."""

from collections.abc import Iterable

import pytest

from bot.people import staff
from bot.store import tables as t
from tests.harness.office import Desk, employ
from tests.world import FATIMA, World

NAMES = ("Fatima", "Haddad", "Amira", "Karin", "Visser", "Janneke")


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def names(page: object) -> Iterable[str]:
    return [each for each in NAMES if each in page.text.partition("<main")[2]]  # type: ignore[attr-defined]


async def test_schools_in_numbers_without_anybody(world: World) -> None:
    await world.say(FATIMA, "mens")
    await world.say(FATIMA, "Amira is gevallen")
    world.write(lambda tx: tx.execute(t.thread.update().values(overdue_at=world.clock())))
    page = await Desk(world, "net").get("/vandaag")
    assert page.path == "/console/netwerk"
    assert "80% van 5 ouders bereikt" in page
    assert "minder dan 5 ouders" in page, "De Vaart has two"
    assert "1 gesprek open" in page
    assert "1 te laat" in page
    assert "WhatsApp" in page
    assert names(page) == []
    assert "gevallen" not in page


async def test_a_school_by_group_hides_small_groups(world: World) -> None:
    desk = Desk(world, "net")
    page = await desk.get("/netwerk?school=brug")
    assert "2 groepen tonen wij niet" in page
    assert names(page) == []
    assert (await desk.get("/netwerk?school=elders")).status == 404


async def test_somebody_of_one_school_sees_that_one(world: World) -> None:
    nel = world.write(lambda tx: staff.by_key(tx, "brug", "net").id)
    world.write(lambda tx: tx.execute(t.staff_school.insert(), {"staff_id": nel, "school": "vaart"}))
    desk = Desk(world, "net")
    page = await desk.get("/netwerk")
    assert "De Vaart" in page
    assert "school=brug" not in page
    assert (await desk.get("/netwerk?school=brug")).status == 404
    assert (await Desk(world, "wil").get("/netwerk")).status == 404
