"""A file with a new message: taken in, kept while she writes, seen beforehand, taken out, and nobody else's."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from bot.broadcast.content import Content
from bot.console.told import files
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness import pictures
from tests.harness.office import Desk, Seen, employ
from tests.world import World

NEW, LOOK, ADD, OUT = (
    "/berichten/nieuw",
    "/berichten/bekijk",
    "/berichten/nieuw/bijlage",
    "/berichten/nieuw/bijlage/weg",
)
OWN = {"soort": "zelf", "tekst": "Zie de foto."}
PHOTO = {files.FILE: ("IMG 2041 Elif.jpg", pictures.jpeg())}


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def group(world: World, name: str = "groep 4") -> str:
    return str(world.rows(select(t.group.c.id).where(t.group.c.name == name))[0].id)


def kept(world: World) -> list[Any]:
    return world.rows(select(t.attachment).order_by(t.attachment.c.id))


def chosen(page: Seen) -> str:
    found = re.search(r'name="bestand" value="(\d+)"', page.text)
    return found[1] if found else ""


async def test_a_photo_joins_what_she_writes_and_goes_with_it(world: World) -> None:
    desk = Desk(world, "janneke")
    page = await desk.post(ADD, PHOTO, groep=group(world), **OWN)
    assert page.path.endswith(NEW)
    assert "Zie de foto." in page, "what she had typed is kept"
    (row,) = kept(world)
    assert chosen(page) == str(row.id)
    assert (row.kind, row.content_type, row.school) == ("foto", "image/jpeg", "brug")
    assert f'<img src="/console/berichten/bijlage/{row.id}" alt="IMG 2041 Elif.jpg">' in page
    assert "WhatsApp: het bestand zelf" in page
    assert "SMS: een link" in page
    shown = await desk.get(f"/berichten/bijlage/{row.id}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert pictures.WHERE not in shown.data
    await desk.get(NEW)
    page = await desk.fill(NEW, groep=group(world), **OWN)
    assert page.path.endswith(LOOK)
    assert f"/berichten/bijlage/{row.id}" in page, "seen before it is sent"
    page = await desk.fill(f"{LOOK}/stuur", wanneer="nu", _form="")
    (told,) = world.rows(select(t.broadcast))
    with world.bot.database.read() as tx:
        assert Content.load(tx.open("broadcast.content", told.content)).file_id == row.id
    assert f"/berichten/bijlage/{row.id}" in page


async def test_one_form_does_it_too_and_what_is_wrong_is_said(world: World) -> None:
    desk = Desk(world, "janneke")
    page = await desk.post(NEW, PHOTO, groep=group(world), soort="zelf", tekst="")
    assert page.status == 422
    assert "Kies het bestand daarna nog een keer." in page
    assert kept(world) == []
    for data, why in (
        (b"MZ", "JPEG of PNG"),
        (pictures.jpeg(ends=False), "stuk of niet af"),
        (bytes(5 << 20) + b"x", "5 MB"),
    ):
        for path in (NEW, ADD):
            page = await desk.post(path, {files.FILE: ("foto.jpg", data)}, groep=group(world), **OWN)
            assert page.status == 422
            assert why in page
            assert "Zie de foto." in page
    assert "Kies eerst een bestand." in await desk.post(ADD, groep=group(world), **OWN)
    assert kept(world) == []
    page = await desk.post(NEW, PHOTO, groep=group(world), **OWN)
    assert page.path.endswith(LOOK)
    assert len(kept(world)) == 1


async def test_another_takes_its_place_and_out_it_is_gone(world: World) -> None:
    desk = Desk(world, "janneke")
    first = chosen(await desk.post(ADD, PHOTO, groep=group(world), **OWN))
    page = await desk.post(ADD, {files.FILE: ("brief.pdf", pictures.PDF)}, groep=group(world), **OWN, bestand=first)
    (row,) = kept(world)
    assert chosen(page) == str(row.id) != first
    assert "brief.pdf" in page
    page = await desk.post(OUT, groep=group(world), **OWN, bestand=str(row.id))
    assert chosen(page) == ""
    assert "Zie de foto." in page
    assert kept(world) == []


async def test_no_file_goes_with_a_question(world: World) -> None:
    desk = Desk(world, "janneke")
    number = chosen(await desk.post(ADD, {files.FILE: ("stem.ogg", pictures.OGG)}, groep=group(world), **OWN))
    page = await desk.post(NEW, groep=group(world), soort="vraag", vraag="Komt u?", hoe="janee", bestand=number)
    assert page.status == 422
    assert "Bij een vraag gaat geen bestand mee." in page
    assert "<audio" in page


async def test_somebody_elses_file_is_not_there(world: World) -> None:
    number = chosen(await Desk(world, "janneke").post(ADD, PHOTO, groep=group(world), **OWN))
    for key, school in (("bas", "brug"), ("noor", "vaart"), ("kees", "vaart"), ("net", "brug")):
        desk = Desk(world, key, school)
        assert (await desk.get(f"/berichten/bijlage/{number}")).status == 404
        assert (await desk.post(NEW, groep=group(world), **OWN, bestand=number)).status in (404, 422)
        await desk.post(OUT, **OWN, bestand=number)
    office = Desk(world, "dora")
    shown = await office.get(f"/berichten/bijlage/{number}")
    assert shown.status == 200, "the office sees what leaves"
    assert shown.headers["content-security-policy"].startswith("default-src 'none'; img-src 'self'")
    assert chosen(await office.post(OUT, **OWN, bestand=number)) == ""
    assert len(kept(world)) == 1, "nobody else can take it out"
    assert 'name="bestand_nieuw"' not in await Desk(world, "net").get(NEW)


async def test_the_second_person_sees_the_file_that_a_coach_of_several_schools_adds(world: World) -> None:
    def works_there_too(tx: Tx) -> None:
        given = {"staff_id": staff.by_key(tx, "brug", "fenna").id, "school": "vaart"}
        tx.execute(t.staff_school.insert(), given)

    world.write(works_there_too)
    coach, office = Desk(world, "fenna"), Desk(world, "kees", "vaart")
    form = {"soort": "zelf", "tekst": "Kijk.", "alle": "vaart"}
    page = await coach.post("/berichten/nieuw", PHOTO, **form)
    key = re.findall(r'name="sleutel" value="(\w+)"', page.text)[0]
    await coach.post("/berichten/bekijk/vraag", sleutel=key, wanneer="nu", zeker="1")
    (number,) = world.rows(select(t.broadcast.c.id))[0]
    page = await office.get(f"/berichten/{number}")
    (file,) = set(re.findall(r"/console(/berichten/bijlage/\d+)", page.text))
    assert (await office.get(file)).status == 200
