"""What sounded wrong: for the coach, without who said it; written better it is remembered for the whole network."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.store import tables as t
from bot.translation import orders, phrases
from bot.translation.orders import Wanted
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
    assert BETTER in page
    assert {row.state for row in world.rows(select(t.doubt))} == {"open"}


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
