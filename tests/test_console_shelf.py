"""The pages of what partners offer: what there is, who wants to be called, and what is said to whom."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from bot.check import shelving
from bot.check.transcript import Shelved
from bot.offers import referrals, seen
from bot.offers.shelf import FULL, Seen
from bot.store import tables as t
from tests.harness.office import Desk, deeds, employ
from tests.world import FATIMA, KARIN, World

LIST = "/aanbod/ouders"


@pytest.fixture
def there(world: World) -> World:
    employ(world)
    shelf = shelving.shelf(Shelved(("taalcafe", "zwemles", "boeken"), last="boeken"), world.clock())
    cafe, swim, books = shelf.items
    items = (cafe, replace(swim, languages=("nl", "tr")), replace(books, until=date(2026, 11, 1)))
    world.bot.books = replace(world.bot.books, shelf=replace(shelf, items=items))
    return world


@pytest.fixture
def fenna(there: World) -> Desk:
    return Desk(there, "fenna")


def wants(world: World, offer: str = "taalcafe") -> int:
    """Fatima said yes."""

    def ask(tx: object) -> int:
        assert referrals.ask(tx, world.contact(FATIMA), "brug", offer, world.clock())  # type: ignore[arg-type]
        return referrals.of_contact(tx, world.contact(FATIMA), "brug")[0].id  # type: ignore[arg-type]

    return world.write(ask)


def state(world: World, number: int) -> str:
    r = t.referral.c
    return str(world.rows(select(r.state).where(r.id == number))[0].state)


async def test_a_parent_is_passed_on_and_what_became_of_it_is_kept(there: World, fenna: Desk) -> None:
    number = wants(there)
    today = await fenna.get("/vandaag?alles=1")
    assert "Fatima wil gebeld worden over Taalcafe" in today
    assert f"{LIST}/{number}" in today
    page = await fenna.get(f"{LIST}/{number}")
    assert "Zeg dit tegen Nora Smit van Buurthuis De Sluis" in page
    words = "met Fenna van De Brug. Fatima wil graag gebeld worden over Taalcafe. Het nummer is 06 12 00 00 01. "
    assert words + "De taal is Arabisch." in page
    assert "Amira" not in page, "nothing about a child"
    assert "/gezinnen/" not in page.text.partition("<main")[2], "the family is not hers to see"
    passed = await fenna.post(f"{LIST}/{number}/door")
    assert "Op maandag 30 november vragen wij de ouder of er is gebeld" in passed
    assert "Fatima" not in await fenna.get("/vandaag?alles=1")
    twice = await fenna.post(f"{LIST}/{number}/door")
    assert (twice.status, "was u voor" in twice) == (422, True)
    await fenna.post(f"{LIST}/{number}/open")
    assert state(there, number) == "open"
    await fenna.post(f"{LIST}/{number}/door")
    await fenna.post(f"{LIST}/{number}/notitie", notitie="Belt <na> vieren.")
    assert "Belt &lt;na&gt; vieren." in await fenna.get(LIST)
    long = await fenna.post(f"{LIST}/{number}/notitie", notitie="x" * 301)
    assert (long.status, "1 teken te lang" in long) == (422, True)
    called = await fenna.post(f"{LIST}/{number}/gebeld")
    assert "Er is gebeld" in called
    assert state(there, number) == "called"
    await fenna.post(f"{LIST}/{number}/heropen")
    assert state(there, number) == "passed"
    await fenna.post(f"{LIST}/{number}/klaar")
    assert state(there, number) == "closed"
    assert deeds(there)[:3] == ["aanbod_door", "aanbod_open", "aanbod_door"]


async def test_who_changes_her_mind_or_was_not_called_stands_on_today_again(there: World, fenna: Desk) -> None:
    number, who = wants(there), there.contact(FATIMA)
    await fenna.post(f"{LIST}/{number}/door")
    there.write(lambda tx: referrals.answered(tx, number, who, "nee", there.clock()))
    assert "Fatima is nog niet gebeld over Taalcafe" in await fenna.get("/vandaag?alles=1")
    await fenna.post(f"{LIST}/{number}/door")
    there.write(lambda tx: referrals.take_back(tx, number, who, there.clock()))
    assert "Fatima wil toch niet gebeld worden over Taalcafe" in await fenna.get("/vandaag?alles=1")
    page = await fenna.get(f"{LIST}/{number}")
    assert "Wilt u de naam en het nummer weggooien?" in page
    assert "06 12 00 00 01" not in page.text.partition("<blockquote>")[2].partition("</blockquote>")[0]
    await fenna.post(f"{LIST}/{number}/klaar")
    assert "Fatima" not in await fenna.get("/vandaag?alles=1")


async def test_it_is_the_coachs_and_where_there_is_none_the_offices_and_no_teachers(there: World, fenna: Desk) -> None:
    number, wil, janneke = wants(there), Desk(there, "wil"), Desk(there, "janneke")
    assert "gebeld worden" not in await wil.get("/vandaag?alles=1")
    assert "Fatima" in await wil.get(f"{LIST}/{number}"), "but the office can look"
    assert [(await janneke.get(path)).status for path in ("/aanbod", LIST, f"{LIST}/{number}")] == [404, 404, 404]
    there.write(
        lambda tx: tx.execute(update(t.staff).where(t.staff.c.role == "kansencoach").values(left_at=there.clock()))
    )
    assert "Fatima wil gebeld worden over Taalcafe" in await wil.get("/vandaag?alles=1")
    assert "gebeld worden" not in await janneke.get("/vandaag?alles=1")


async def test_the_list_by_theme_language_and_age_and_what_parents_do_not_see(there: World) -> None:
    wil = Desk(there, "wil")
    page = await wil.get("/aanbod")
    shown, _, hidden = page.text.partition("Dit zien ouders niet")
    assert ("Taalcafe" in shown, "Zwemles" in shown, "Boeken" in shown, "Boeken" in hidden) == (True, True, False, True)
    for query, found in (
        ("thema=sport", "Zwemles"), ("taal=pl", "Taalcafe"), ("leeftijd=12", "Taalcafe"), ("thema=sport&taal=pl", ""),
    ):  # fmt: skip
        listed = (await wil.get(f"/aanbod?{query}")).text.partition("Dit zien ouders niet")[0]
        assert [name for name in ("Taalcafe", "Zwemles") if f"<strong>{name}" in listed] == [found] * bool(found), query
    assert (await wil.get("/aanbod?leeftijd=x&thema=y&school=vaart")).status == 200


async def test_somebody_asked_the_owner(there: World) -> None:
    wil = Desk(there, "wil")
    full = await wil.post("/aanbod/klopt", aanbod="taalcafe", stand="vol", tot="", school="brug")
    assert "Taalcafe" in full.text.partition("Dit zien ouders niet")[2]
    assert await there.say(KARIN, "aanbod") == ["aanbod.thema"]
    assert "taal" not in there.last(KARIN).options
    longer = await wil.post("/aanbod/klopt", aanbod="boeken", stand="klopt", tot="2027-05-01", school="brug")
    assert "tot en met 1 mei 2027" in longer
    bad = await wil.post("/aanbod/klopt", aanbod="boeken", stand="klopt", tot="2026-11-01", school="brug")
    assert (bad.status, "Kies een dag die nog komt" in bad) == (422, True)
    gone = await wil.post("/aanbod/klopt", aanbod="weg", stand="klopt", tot="", school="brug")
    assert (gone.status, "staat niet meer in de lijst" in gone) == (422, True)
    foreign = await wil.post("/aanbod/klopt", aanbod="zwemles", stand="gestopt", tot="", school="vaart")
    assert foreign.status == 200
    with there.bot.database.read() as tx:
        assert seen.of(tx, "vaart") == {}
        assert seen.of(tx, "brug")["zwemles"].state == "gone"
    there.clock.move(there.clock() + timedelta(days=60))
    there.write(lambda tx: seen.note(tx, "brug", "taalcafe", Seen(date(2026, 11, 20), FULL), None))
    assert "1 aanbieding van een partner: klopt die nog?" in await Desk(there, "wil").get("/vandaag?alles=1")
