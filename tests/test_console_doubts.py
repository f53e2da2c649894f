"""What sounded wrong: for the coach, without who said it; written better it is remembered for the whole network."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.store import tables as t
from bot.translation import orders, phrases
from bot.translation.better import _marked
from bot.translation.orders import Wanted
from bot.translation.turn import Known
from tests.harness.foreign import translated
from tests.harness.office import Desk, deeds, employ
from tests.world import FATIMA, KARIN, OMAR, World

BRING, SAID = "Neem morgen een jas mee.", "Yarın palto getirin."
BETTER = "Yarın mont getirin."


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def doubted(world: World, number: int, *who: Any, school: str = "brug") -> list[int]:
    """It sounded wrong to these people; the numbers of what they said."""
    row = {"school": school, "translation_id": number, "at": world.clock()}
    rows = [{**row, "contact_id": world.contact(each)} for each in who]
    return world.write(
        lambda tx: [tx.execute(t.doubt.insert().returning(t.doubt.c.id), each).scalar_one() for each in rows]
    )


def said(world: World, text: str = BRING, school: str = "brug") -> Any:
    with world.bot.database.read() as tx:
        return orders.one(tx, Wanted(school, "nl", "tr", text))


def remembered(world: World, text: str) -> str:
    with world.bot.database.read() as tx:
        found = phrases.look(tx, "nl", "tr", [text]).get(text)
        return found.said if found and found.origin == orders.PERSON else ""


async def test_it_shows_the_dutch_what_was_read_and_back_but_not_who_said_so(world: World) -> None:
    number = translated(world, "nl", "tr", BRING, SAID, back="Breng morgen geen jas.")
    doubted(world, number, FATIMA, OMAR)
    page = await Desk(world, "fenna").get("/vertalingen")
    assert page.status == 200
    for words in (BRING, f'lang="tr" dir="auto">{SAID}', "2 ouders vonden het raar", "Turks", "machine"):
        assert words in page, words
    assert "<mark>geen</mark>" in page
    assert "Haddad" not in page
    assert '<a href="/console/vertalingen">' not in page
    assert page.text.count("<textarea") == 1


async def test_a_better_one_counts_at_once_and_for_all_schools(world: World) -> None:
    number = translated(world, "nl", "tr", BRING, SAID)
    first, second = doubted(world, number, FATIMA, OMAR)
    desk = Desk(world, "fenna")
    page = await desk.post(f"/vertalingen/{second}/beter", beter=f" {BETTER} ")
    assert "op alle scholen" in page
    assert "Er is niets gemeld." in page
    assert (said(world).text, said(world).origin) == (BETTER, orders.PERSON)
    assert remembered(world, BRING) == BETTER
    rows = world.rows(select(t.doubt))
    assert {row.state for row in rows} == {"mended"}
    assert all(row.staff_id and row.settled_at for row in rows)
    assert deeds(world) == ["vertaling_beter"]
    page = await desk.post(f"/vertalingen/{first}/terug")
    assert SAID in page
    assert (said(world).text, said(world).origin, remembered(world, BRING)) == (SAID, orders.MACHINE, "")
    assert {row.state for row in world.rows(select(t.doubt))} == {"open"}
    for _ in range(2):  # the same button again takes back no more
        await desk.post(f"/vertalingen/{first}/terug")
    assert (said(world).text, said(world).origin) == (SAID, orders.MACHINE)


async def test_what_is_taken_back_gives_way_to_what_was_remembered_before(world: World) -> None:
    """A machine's, then a coach's: each stands again behind the next, unless somebody has changed it since."""
    with world.bot.database.begin() as tx:
        phrases.keep(tx, "nl", "tr", {BRING: SAID}, "deepl", world.clock())
    number = translated(world, "nl", "tr", BRING, SAID, back="Breng een jas.", risks=("lengte",))
    first, second = doubted(world, number, FATIMA, OMAR)
    desk, last = Desk(world, "fenna"), "Yarın bir mont getirin."
    await desk.post(f"/vertalingen/{first}/beter", beter=BETTER)
    world.clock.move(world.clock() + timedelta(minutes=1))
    await desk.post(f"/vertalingen/{second}/beter", beter=last)
    assert (said(world).text, remembered(world, BRING)) == (last, last)
    await Desk(world, "wil").post(f"/vertalingen/{second}/terug")  # an office takes it back for its own school
    assert (said(world).text, remembered(world, BRING)) == (BETTER, last)
    await desk.post(f"/vertalingen/{second}/beter", beter=last)
    await desk.post(f"/vertalingen/{second}/terug")
    assert (said(world).text, said(world).origin, remembered(world, BRING)) == (BETTER, orders.PERSON, last)


async def test_a_machines_wording_stands_again_behind_a_coachs(world: World) -> None:
    with world.bot.database.begin() as tx:
        phrases.keep(tx, "nl", "tr", {BRING: SAID}, "deepl", world.clock())
    number = translated(world, "nl", "tr", BRING, SAID, back="Breng een jas.", risks=("lengte",))
    [doubt] = doubted(world, number, FATIMA)
    before = said(world)
    world.clock.move(world.clock() + timedelta(minutes=1))
    await Desk(world, "fenna").post(f"/vertalingen/{doubt}/beter", beter=BETTER)
    await Desk(world, "fenna").post(f"/vertalingen/{doubt}/terug")
    assert said(world) == before
    with world.bot.database.read() as tx:
        assert phrases.look(tx, "nl", "tr", [BRING])[BRING] == (SAID, orders.MACHINE)


async def test_an_offices_word_counts_for_its_own_school_only(world: World) -> None:
    [doubt] = doubted(world, translated(world, "nl", "tr", BRING, SAID), FATIMA)
    desk = Desk(world, "wil")
    assert "Dit geldt voor dit bericht op uw school." in await desk.get("/vertalingen")
    page = await desk.post(f"/vertalingen/{doubt}/beter", beter=BETTER)
    assert "op uw school" in page
    assert (said(world).text, remembered(world, BRING), world.rows(select(t.phrase))) == (BETTER, "", [])
    assert SAID in await desk.post(f"/vertalingen/{doubt}/terug")


async def test_the_network_sees_what_coaches_worded_and_takes_it_away(world: World) -> None:
    text = "Amira komt morgen om 9 uur."
    [doubt] = doubted(world, translated(world, "nl", "tr", text, "Amira yarın gelir."), FATIMA)
    coach, network = Desk(world, "fenna"), Desk(world, "net")
    await coach.post(f"/vertalingen/{doubt}/beter", beter="Amira yarın saat 9'da geliyor.")
    for desk in (coach, network):
        page = await desk.get("/vertalingen/geleerd")
        for words in ("… komt morgen om 9 uur.", 'lang="tr" dir="auto">… yarın saat 9&#39;da geliyor.', "kansencoach"):
            assert words in page, words
        assert "Amira" not in page
        assert "Fenna" not in page.text.partition("<main")[2]
        assert ("Haal weg" in page) == (desk is network)
    [row] = world.rows(select(t.phrase))
    assert (await coach.post("/vertalingen/geleerd/weg", zin=row.id)).status == 404
    await Desk(world, "net", proven=False).post("/vertalingen/geleerd/weg", zin=row.id)
    assert world.rows(select(t.phrase))
    assert "Weggehaald" in await network.post("/vertalingen/geleerd/weg", zin=row.id)
    assert (world.rows(select(t.phrase)), deeds(world)[-1]) == ([], "geleerd_weg")
    page = await network.post("/vertalingen/geleerd/weg", zin=row.id)
    assert (page.status, "staat er niet meer" in page, len(deeds(world))) == (422, True, 2)
    assert (await Desk(world, "wil").get("/vertalingen/geleerd")).status == 404


@pytest.mark.parametrize(
    ("better", "kept"),
    [
        ("An Antalya'ya geliyor.", "[X1X] Antalya'ya geliyor."),
        ("Antalya'ya An geliyor.", "Antalya'ya [X1X] geliyor."),
        ("An'ın evi.", "[X1X]'ın evi."), ("Antalya güzel.", ""), ("Bu An.", "Bu [X1X]."),
        ("今天An来了", "今天[X1X]来了"),
    ],
)  # fmt: skip
def test_a_mark_stands_for_a_whole_word(better: str, kept: str) -> None:
    known = Known.of(["An"], date(2026, 11, 23))
    assert _marked(better, ("An",), known) == kept


async def test_names_stay_at_school_and_are_remembered_without(world: World) -> None:
    text = "Amira komt morgen om 9 uur. Tot dan!"
    number = translated(world, "nl", "tr", text, "Amira yarın gelir. Güle!")
    [doubt] = doubted(world, number, FATIMA)
    desk = Desk(world, "fenna")
    assert "op alle scholen" in await desk.post(
        f"/vertalingen/{doubt}/beter", beter="Amira yarın saat 9'da geliyor. O zamana kadar!"
    )
    rows = world.rows(select(t.phrase).order_by(t.phrase.c.id))
    with world.bot.database.read() as tx:
        kept = [(row.source, row.target, row.origin, tx.open("phrase.said", row.said)) for row in rows]
    assert len(kept) == 2
    assert all(each[:3] == ("nl", "tr", "person") for each in kept)
    assert not any("Amira" in words for *_, words in kept)
    await desk.post(f"/vertalingen/{doubt}/terug")
    for better in ("Emire yarın geliyor. Karin de!", "Tek bir cümle"):  # a name of the school; not sentence by sentence
        page = await desk.post(f"/vertalingen/{doubt}/beter", beter=better)
        assert "Niet voor andere scholen" in page
        assert said(world, text).text == better
        await desk.post(f"/vertalingen/{doubt}/terug")
    words = world.rows(select(t.phrase))
    with world.bot.database.read() as tx:
        assert not any("Karin" in tx.open("phrase.said", row.said) for row in words)


async def test_it_may_have_been_fine(world: World) -> None:
    [doubt] = doubted(world, translated(world, "nl", "tr", BRING, SAID), FATIMA)
    desk = Desk(world, "fenna")
    page = await desk.post(f"/vertalingen/{doubt}/goed")
    assert "blijft zoals zij is" in page
    assert f"/vertalingen/{doubt}/terug" in page
    assert (said(world).text, said(world).origin) == (SAID, orders.MACHINE)
    assert remembered(world, BRING) == ""
    page = await desk.post(f"/vertalingen/{doubt}/terug")
    assert SAID in page


async def test_what_is_wrong_with_it_is_said_and_nothing_typed_is_lost(world: World) -> None:
    [doubt] = doubted(world, translated(world, "nl", "tr", BRING, SAID), FATIMA)
    desk = Desk(world, "fenna")
    for typed, words in ((" ", "Schrijf eerst"), (SAID, "dezelfde tekst"), ("ş" * 2003, "3 tekens te lang")):
        page = await desk.post(f"/vertalingen/{doubt}/beter", beter=typed)
        assert page.status == 422
        assert words in page
        assert typed.strip() in page
    assert (said(world).origin, deeds(world)) == (orders.MACHINE, [])


@pytest.mark.parametrize(
    ("key", "school", "status"),
    [
        ("fenna", "brug", 200), ("wil", "brug", 200), ("dora", "brug", 200), ("janneke", "brug", 404),
        ("ida", "brug", 404), ("net", "brug", 404), ("kees", "vaart", 200),
    ],
)  # fmt: skip
async def test_who_sees_it(world: World, key: str, school: str, status: int) -> None:
    [doubt] = doubted(world, translated(world, "nl", "tr", BRING, SAID), FATIMA)
    desk = Desk(world, key, school)
    page = await desk.get("/vertalingen")
    assert page.status == status
    assert (BRING in page) == (status == 200 and school == "brug")
    hers = status == 200 and school == "brug"
    assert (await desk.post(f"/vertalingen/{doubt}/goed")).status == (200 if hers else 404)


async def test_today_tells_the_coach_and_the_office_only_where_there_is_none(world: World) -> None:
    doubted(world, translated(world, "nl", "tr", BRING, SAID), FATIMA, KARIN)
    other = translated(world, "nl", "tr", BRING, SAID, school="vaart")
    doubted(world, other, OMAR, school="vaart")
    line = "1 vertaling klonk raar"
    assert line in await Desk(world, "fenna").get("/vandaag?alles=1")
    assert line not in await Desk(world, "wil").get("/vandaag?alles=1")
    assert line in await Desk(world, "kees", "vaart").get("/vandaag?alles=1")
    assert line not in await Desk(world, "janneke").get("/vandaag?alles=1")


async def test_what_says_something_else_stays_at_the_school_and_needs_a_second_factor(world: World) -> None:
    """Elsewhere nobody would look at it: no other hour, and not the contrary, gets there by one colleague's word."""
    text = "Morgen om 8.30 uur is er gym."
    number = translated(world, "nl", "tr", text, "Yarın saat 8.30'da spor var.")
    (one,) = doubted(world, number, FATIMA)
    other = "Yarın saat 9.30'da spor yok."
    await Desk(world, "wil", proven=False).post(f"/vertalingen/{one}/beter", beter=other)
    assert said(world, text).origin != orders.PERSON
    page = await Desk(world, "wil").post(f"/vertalingen/{one}/beter", beter=other)
    assert "op alle scholen" not in page
    assert (said(world, text).text, remembered(world, text)) == (other, "")
