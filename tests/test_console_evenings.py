"""Evenings on the pages: made in one form, looked at before they go, followed, moved, called off, told; a poster."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.gatherings import gatherings, guests
from bot.store import tables as t
from tests.harness.office import Desk, employ
from tests.harness.rights import People, people
from tests.world import World

SHEET = {
    "sleutel": "een", "soort": "thema", "thema": "media", "plaats": "de aula", "dag": "2026-12-10", "uur": "19:30",
    "minuten": "90", "plekken": "12", "opvang": "1", "tolk": "1", "vraag_dag": "2026-11-24", "vraag_uur": "16:00",
    "sluit_dag": "2026-12-09", "sluit_uur": "12:00",
}  # fmt: skip


@pytest.fixture
async def there(world: World) -> People:
    employ(world)
    return await people(world)


def made(world: World) -> list[Any]:
    return world.rows(select(t.gathering).where(t.gathering.c.key.startswith("form:")))


async def make(desk: Desk, **changes: Any) -> int:
    """The number of what she made."""
    await desk.post("/avonden/nieuw", **SHEET | changes)
    page = await desk.post("/avonden/bekijk")
    return int(page.path.rpartition("/")[2])


async def test_made_after_a_look_and_nobody_hears_before(world: World, there: People) -> None:
    wil = there.desk("wil")
    wrong = await wil.post("/avonden/nieuw", **SHEET | {"plaats": "", "sluit_dag": "2026-12-11"})
    assert (wrong.status, "Zeg waar het is" in wrong, "voor het begint" in wrong) == (422, True, True)
    seen = await wil.post("/avonden/nieuw", **SHEET)
    assert seen.path.endswith("/avonden/bekijk")
    assert all(words in seen for words in ("Arabisch", "ouders krijgen een uitnodiging", "kost ongeveer", "opvang"))
    assert "U bent welkom op donderdag 10 december om 19:30. Plek: de aula. Het gaat over telefoon" in seen
    assert made(world) == [], "nobody has said yes yet"
    page = await wil.post("/avonden/bekijk")
    [row] = made(world)
    assert (row.theme, row.places, row.childcare, row.state) == ("media", 12, True, "planned")
    assert page.path.endswith(f"/avonden/{row.id}")
    assert "Media" in await wil.get("/avonden")
    assert (await wil.post("/avonden/bekijk")).path.endswith("/avonden"), "sent twice it is made once"
    assert len(made(world)) == 1


async def test_a_teacher_makes_one_for_her_groups_and_sees_only_those(world: World, there: People) -> None:
    janneke, bas = there.desk("janneke"), there.desk("bas")
    four, five = str(there.id("group", "groep 4")), str(there.id("group", "groep 5"))
    assert "Kies een of meer van uw groepen" in await janneke.post("/avonden/nieuw", **SHEET)
    assert (await janneke.post("/avonden/nieuw", **SHEET | {"groep": [five]})).status == 404
    number = await make(janneke, groep=[four], soort="koffie")
    assert (await janneke.get(f"/avonden/{number}")).status == 200
    assert (await bas.get(f"/avonden/{number}")).status == 404
    assert (await bas.post(f"/avonden/{number}/stop", reden="Nee.")).status == 404
    both = await make(there.desk("wil"), groep=[four, five], sleutel="twee")
    world.write(lambda tx: guests.arrive(tx, both, there.id("contact", "Fatima"), world.clock()))
    world.write(lambda tx: tx.execute(update(t.visitor).values(state="coming", people=2, interpreter="ar")))
    page = await there.desk("bas").get(f"/avonden/{both}")
    assert (page.status, "2 mensen" in page, "Fatima" in page) == (200, True, False), "counts, and no foreign name"
    assert (await bas.post(f"/avonden/{both}/stop", reden="Nee.")).status == 404, "not hers alone"


async def test_who_comes_the_list_the_ticks_and_the_summary(world: World, there: People) -> None:
    wil, fatima = there.desk("wil"), there.id("contact", "Fatima")
    number = await make(wil)
    world.write(lambda tx: tx.execute(update(t.gathering).where(t.gathering.c.id == number).values(state="open")))
    one = world.write(lambda tx: gatherings.known(tx, number, "brug"))
    for who, many in ((fatima, 2), (there.id("contact", "Karin"), 1)):
        needs = {"people": many, "children": many, "interpreter": "ar" if many == 2 else "nee"}
        world.write(lambda tx, w=who, n=needs: guests.take(tx, one, w, world.clock(), **n))  # type: ignore[misc]
    page = await wil.get(f"/avonden/{number}")
    assert all(words in page for words in ("3 mensen", "nog 9 plekken", "Fatima", "Tolk Arabisch: 1 gezin"))
    paper = await wil.get(f"/avonden/{number}/lijst")
    assert all(words in paper for words in ("Fatima", "2 mensen, opvang voor 2 kinderen, tolk Arabisch"))
    early = await wil.post(f"/avonden/{number}/vertel", tekst="Maak samen af.")
    assert (early.status, "pas als het geweest is" in early) == (422, True)
    begun = {"starts_at": world.clock() - timedelta(hours=2)}
    world.write(lambda tx: tx.execute(update(t.gathering).where(t.gathering.c.id == number).values(begun)))
    world.write(lambda tx: guests.leave(tx, one, there.id("contact", "Jan"), guests.AWAY, world.clock()))
    asks = "Media: 1 gezin wil lezen wat er gezegd is"
    assert asks in await wil.get("/vandaag?alles=1"), "what was promised to parents is somebody's to write"
    assert asks not in await there.desk("janneke").get("/vandaag?alles=1")
    await wil.post(f"/avonden/{number}/wie", was=[str(fatima)])
    v = t.visitor.c
    rows = world.rows(select(v.contact_id, v.state).where(v.gathering_id == number))
    seen = {fatima: "came", there.id("contact", "Karin"): "missed", there.id("contact", "Jan"): "away"}
    assert dict(map(tuple, rows)) == seen
    assert (await wil.post(f"/avonden/{number}/vertel", tekst="")).status == 422
    looked = await wil.post(f"/avonden/{number}/vertel", tekst="Maak samen af.")
    assert all(words in looked for words in ("Dit was het belangrijkste van", "Maak samen af.", "2 gezinnen lezen het"))
    assert asks in await wil.get("/vandaag?alles=1"), "nothing has left yet"
    told = await wil.post(f"/avonden/{number}/vertel", tekst="Maak samen af.", nu="ja")
    assert all(words in told for words in ("Wie er niet bij was", "Maak samen af."))
    assert asks not in await wil.get("/vandaag?alles=1")
    assert (await wil.post(f"/avonden/{number}/vertel", tekst="Nog eens.", nu="ja")).status == 422, "once"


async def test_moved_copied_and_called_off(world: World, there: People) -> None:
    wil = there.desk("wil")
    number = await make(wil)
    new = {"dag": "2026-12-11", "uur": "20:00", "plaats": "de gymzaal"}
    assert (await wil.post(f"/avonden/{number}/verzet", **new)).status == 422, "without a reason"
    assert (await wil.post(f"/avonden/{number}/verzet", **new | {"dag": "2026-11-01"}, reden="Dicht")).status == 422
    await wil.post(f"/avonden/{number}/verzet", **new, reden="De aula is dicht")
    [row] = made(world)
    assert (row.place, row.moved, row.starts_at.hour) == ("de gymzaal", 1, 19)
    assert world.write(lambda tx: gatherings.said(tx, number)).reason == "De aula is dicht."
    copied = await wil.post(f"/avonden/{number}/volgend-jaar")
    assert 'value="2027-12-10"' in copied, "on the same weekday"
    assert (await wil.post(f"/avonden/{number}/stop", reden="")).status == 422
    off = await wil.post(f"/avonden/{number}/stop", reden="De spreker is ziek.")
    assert all(words in off for words in ("gaat niet door", "De spreker is ziek."))
    assert (await wil.post(f"/avonden/{number}/stop", reden="Nog eens.")).status == 422


async def test_the_poster_of_an_open_day(world: World, there: People) -> None:
    wil = there.desk("wil")
    number = await make(wil, soort="open_dag")
    assert "Maak een poster" in await wil.get(f"/avonden/{number}")
    page = await wil.post(f"/avonden/{number}/poster")
    assert all(words in page for words in ("START ", "<svg", "Welkom op onze school", "de aula"))
    [poster] = world.rows(select(t.poster).where(t.poster.c.gathering_id == number))
    await wil.post(f"/avonden/{number}/poster")
    assert len(world.rows(select(t.poster).where(t.poster.c.gathering_id == number))) == 1
    assert (await there.desk("janneke").get(f"/avonden/{number}/poster")).status in (403, 404)
    theme = await make(wil, sleutel="drie")
    assert (await wil.post(f"/avonden/{theme}/poster")).status == 404
    assert poster.ends_at.hour == 20
