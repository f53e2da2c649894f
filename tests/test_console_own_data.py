"""The office hands over what is kept of a parent, or has her forgotten after a look; nobody else can."""

import io
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.privacy import erase
from bot.store import tables as t
from tests.harness.office import Desk, Seen, deeds, employ
from tests.world import FATIMA, KARIN, OMAR, World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def of(world: World) -> str:
    return f"/gezinnen/{world.contact(FATIMA)}"


async def test_the_office_takes_everything_along(world: World) -> None:
    await world.say(FATIMA, "mens")
    await world.say(FATIMA, "Morgen iets later")
    await world.say(OMAR, "mens")
    await world.say(OMAR, "Something of mine")
    wil = Desk(world, "wil")
    page = await wil.get(of(world))
    assert "/gegevens" in page
    look = await wil.get(f"{of(world)}/gegevens")
    assert "Berichten heen en terug" in look
    assert "Morgen iets later" not in look, "counts, no words"
    packed = await wil.plainly(f"{of(world)}/gegevens/meenemen")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as files:
        said = files.read("mijn-gegevens.json").decode()
    assert "Morgen iets later" in said
    assert not any(word in said for word in ("Something of mine", "Omar", "612000002"))
    assert deeds(world)[-1].startswith("gegevens")


async def test_forgetting_is_looked_at_first(world: World) -> None:
    wil, omar, hers = Desk(world, "wil"), world.contact(OMAR), of(world)
    look = await wil.get(f"{hers}/vergeten")
    for words in ("Dit gaat weg", "Dit blijft", "Reservekopieën"):
        assert words in look, words
    refused = await wil.fill(f"{hers}/vergeten/doe", waarom="gevraagd")
    assert (refused.status, "Kies waarom" in refused) == (422, True)
    told = await wil.fill(f"{hers}/vergeten/doe", waarom="gevraagd", zeker="ja")
    assert "Deze ouder krijgt niets meer" in told
    assert "Begint zo" in told
    assert deeds(world)[-1].startswith("vergeten")
    await world.later(minutes=2)
    assert "Vergeten" in await wil.get("/instellingen/vergeten")
    assert (await wil.get(hers)).status == 404
    assert world.contact(OMAR) == omar
    assert world.rows(select(t.erasure.c.why))[0].why == "gevraagd"


async def test_only_the_office_and_only_of_this_school(world: World) -> None:
    for key in ("janneke", "bas"):
        for path in ("gegevens", "vergeten"):
            assert (await Desk(world, key).get(f"{of(world)}/{path}")).status == 404
    elsewhere = {"contact_id": world.contact(FATIMA), "school": "vaart", "name": b"", "language": b""}
    g = t.guardian.c
    child = world.rows(select(g.child_id).where(g.school == "vaart"))[0].child_id
    sealed = {name: world.bot.database.ring.seal(f"guardian.{name}", "x") for name in ("name", "language")}
    world.write(lambda tx: tx.execute(insert(t.guardian).values({**elsewhere, **sealed, "child_id": child})))
    wil = Desk(world, "wil")
    assert "ook een kind op een andere school" in await wil.get(f"{of(world)}/gegevens")
    assert (await wil.post(f"{of(world)}/vergeten/doe", waarom="gevraagd", zeker="ja")).status == 422
    assert (await wil.post(f"{of(world)}/gegevens/meenemen")).status == 404


async def test_what_stopped_half_way_stands_on_today(world: World) -> None:
    number = world.write(
        lambda tx: erase.begin(tx, world.bot.config, world.contact(KARIN), "staff", world.clock(), school="brug")
    )
    later = world.clock() + timedelta(minutes=15)
    stuck = {"state": "partly", "reason": "OperationalError", "try_at": later}
    world.write(lambda tx: tx.execute(update(t.erasure).where(t.erasure.c.id == number).values(stuck)))
    assert "nog niet helemaal vergeten" in await Desk(world, "wil").get("/vandaag")
    assert "nog niet helemaal vergeten" not in await Desk(world, "janneke").get("/vandaag")
    page: Seen = await Desk(world, "wil").get("/instellingen/vergeten")
    assert "Bleef halverwege steken" in page
    assert "Gaat vanzelf verder" in page
