"""The list of talks: what waits on top, in her own words, and only what is hers."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.people import staff
from bot.store import tables as t
from tests.harness.office import Desk, employ
from tests.world import ELIF, FATIMA, JAN, KARIN, OMAR, STRANGER, YEAR, World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


async def asks(world: World, who: Any, text: str) -> int:
    """She wants to speak to somebody; the number of her talk."""
    await world.say(who, "mens")
    await world.say(who, text)
    found = t.thread.select().where(t.thread.c.contact_id == world.contact(who)).order_by(t.thread.c.id.desc())
    return int(world.rows(found)[0].id)


def shown(page: Any) -> list[int]:
    """The talks on the page, in order."""
    return [int(number) for number in re.findall(r"/gesprekken/(\d+)#nieuw", page.text)]


def change(world: World, thread_id: int, **values: Any) -> None:
    world.write(lambda tx: tx.execute(update(t.thread).where(t.thread.c.id == thread_id).values(values)))


async def test_an_empty_list_says_what_will_be_here(world: World) -> None:
    page = await Desk(world, "janneke").get("/gesprekken")
    assert page.status == 200
    assert "Niemand wacht op antwoord" in page


async def test_what_waits_is_in_her_own_words(world: World) -> None:
    talk = await asks(world, FATIMA, "متى الرحلة؟")
    await world.later(hours=3)
    page = await Desk(world, "janneke").get("/gesprekken")
    assert shown(page) == [talk]
    assert "Fatima Haddad" in page
    assert "Amira Haddad" in page
    assert '<span lang="ar" dir="auto">متى الرحلة؟</span>' in page
    assert "wacht 3 uur" in page


async def test_danger_comes_first_then_what_is_late_then_who_waits_longest(world: World) -> None:
    first = await asks(world, KARIN, "Hoe laat begint het?")
    late = await asks(world, OMAR, "When is the trip?")
    change(world, late, overdue_at=world.clock())
    await world.later(minutes=5)
    newest = await asks(world, FATIMA, "متى؟")
    await world.later(minutes=5)
    await world.say(JAN, "zelfmoord")
    [danger] = world.rows(t.thread.select().where(t.thread.c.kind == "gevaar"))
    page = await Desk(world, "wil").get("/gesprekken")
    assert shown(page) == [danger.id, late, first, newest]
    assert "later dan beloofd" in page
    assert "Gevaar" in page


async def test_who_sees_which_talks(world: World) -> None:
    four = await asks(world, FATIMA, "متى الرحلة؟")
    world.enrol("Elif", ELIF, "vaart")
    other = await asks(world, ELIF, "Gezi ne zaman?")
    for key, school, seen in (
        ("janneke", "brug", [four]), ("bas", "brug", []), ("wil", "brug", [four]), ("fenna", "brug", []),
        ("ida", "brug", []), ("kees", "vaart", [other]), ("noor", "vaart", [other]),
    ):  # fmt: skip
        assert shown(await Desk(world, key, school).get("/gesprekken")) == seen, key
    assert (await Desk(world, "net").get("/gesprekken")).status == 404
    change(world, four, tense=True)
    assert shown(await Desk(world, "fenna").get("/gesprekken?toon=spannend")) == [four]
    assert shown(await Desk(world, "ida").get("/gesprekken")) == []


async def test_what_was_given_is_marked_and_found(world: World) -> None:
    talk = await asks(world, KARIN, "Kan ik iemand spreken?")
    fenna = world.write(lambda tx: staff.by_key(tx, "brug", "fenna").id)
    change(world, talk, staff_id=fenna)
    assert shown(await Desk(world, "fenna").get("/gesprekken?toon=mij")) == [talk]
    assert "bij <bdi>Fenna</bdi>" in await Desk(world, "janneke").get("/gesprekken")


async def test_the_office_looks_by_colleague_and_at_what_nobody_has(world: World) -> None:
    four = await asks(world, KARIN, "Hoe laat begint het?")
    await world.say(STRANGER, "hallo")
    now, unknown = world.clock(), world.contact(STRANGER)
    row = {"contact_id": unknown, "school": "brug", "kind": "gevaar", "opened_at": now, "changed_at": now}
    strange = world.write(lambda tx: tx.execute(t.thread.insert().returning(t.thread.c.id), row).scalar_one())
    ids = world.write(lambda tx: {key: staff.by_key(tx, "brug", key).id for key in ("janneke", "bas", "fenna")})
    office = Desk(world, "wil")
    assert shown(await office.get(f"/gesprekken?van={ids['janneke']}")) == [four]
    assert shown(await office.get(f"/gesprekken?van={ids['bas']}")) == []
    assert shown(await office.get(f"/gesprekken?van={ids['fenna']}")) == []
    without = await office.get("/gesprekken?toon=zonder")
    assert shown(without) == [strange]
    assert "iemand die nog niet is ingeschreven" in without
    assert strange not in shown(await Desk(world, "janneke").get("/gesprekken"))
    noor = world.write(lambda tx: staff.by_key(tx, "vaart", "noor").id)
    for wrong in (str(noor), "x", "0", "9" * 30):
        assert (await office.get(f"/gesprekken?van={wrong}")).status == 404


async def test_a_child_without_a_teacher_is_nobodys(world: World) -> None:
    talk = await asks(world, KARIN, "Hoe laat begint het?")
    world.write(lambda tx: staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", [], YEAR))
    assert shown(await Desk(world, "wil").get("/gesprekken?toon=zonder")) == [talk]


async def test_search_finds_parents_and_children_of_hers_only(world: World) -> None:
    four = await asks(world, FATIMA, "متى الرحلة؟")
    other = await asks(world, KARIN, "Hoe laat?")
    desk = Desk(world, "janneke")
    assert shown(await desk.get("/gesprekken?zoek=amira")) == [four]
    assert shown(await desk.get("/gesprekken?zoek=VISSER")) == [other]
    nothing = await desk.get("/gesprekken?zoek=Zeynep")
    assert shown(nothing) == []
    assert "Geen gesprek gevonden" in nothing
    assert shown(await Desk(world, "bas").get("/gesprekken?zoek=amira")) == []


async def test_a_brother_in_another_group_is_not_named(world: World) -> None:
    await world.say(JAN, "zelfmoord")
    desk = Desk(world, "janneke")
    page = await desk.get("/gesprekken")
    talk = await desk.get(f"/gesprekken/{shown(page)[0]}")
    for each in (page, talk):
        assert "Tim Bakker" in each
        assert "Saar" not in each
    assert "groep 5" not in talk
    assert shown(await desk.get("/gesprekken?zoek=saar")) == []
    assert "Tim Bakker, Saar Bakker" in await Desk(world, "wil").get("/gesprekken")


async def test_answered_and_closed_come_after(world: World) -> None:
    one, two = await asks(world, KARIN, "Hoe laat?"), await asks(world, OMAR, "When?")
    change(world, one, state="answered", answer_by=None)
    change(world, two, state="closed", answer_by=None)
    desk = Desk(world, "janneke")
    assert shown(await desk.get("/gesprekken")) == [one, two]
    assert shown(await desk.get("/gesprekken?toon=wacht")) == []
    assert shown(await desk.get("/gesprekken?toon=beantwoord")) == [one]
    assert shown(await desk.get("/gesprekken?toon=gesloten")) == [two]
    assert (await desk.get("/gesprekken?toon=spannend")).status == 404, "that is for coaches"


async def test_a_long_list_goes_on_where_it_stopped(world: World) -> None:
    karin, now = world.contact(KARIN), world.clock()
    child = world.rows(t.guardian.select().where(t.guardian.c.contact_id == karin))[0].child_id
    row = {"contact_id": karin, "school": "brug", "child_id": child, "kind": "mens", "state": "closed"}
    rows = [{**row, "opened_at": now, "changed_at": now - timedelta(minutes=each)} for each in range(60)]
    world.write(lambda tx: tx.execute(t.thread.insert(), rows))
    desk = Desk(world, "janneke")
    glance = await desk.get("/gesprekken")
    assert len(shown(glance)) == 5
    assert "Toon meer" in glance
    first = await desk.get("/gesprekken?toon=gesloten")
    assert len(shown(first)) == 50
    on = re.search(r'href="/console(/gesprekken\?[^"]*na=\d+)"', first.text)
    assert on
    second = await desk.get(on[1].replace("&amp;", "&"))
    assert len(shown(second)) == 10
    assert not {*shown(first)} & {*shown(second)}
    assert "Naar het begin" in second
