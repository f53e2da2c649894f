"""A teacher tells her group something from her own phone: only hers, only there, and only after a look."""

import pytest
from sqlalchemy import select, update

from bot.model import Address
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.office import deeds
from tests.world import FATIMA, KARIN, OMAR, YEAR, World

HERS = Address("whatsapp", "+31612000041")
WORDS = "morgen gymspullen mee"


async def link(world: World, who: Address = HERS, key: str = "janneke", *, proven: bool = True) -> None:
    def begin(tx: Tx) -> str:
        return staff.begin_link(tx, staff.by_key(tx, "brug", key), world.clock(), proven=proven)

    await world.say(who, f"START {world.write(begin)}")


def sent(world: World) -> list[str]:
    return [row.state for row in world.rows(select(t.broadcast.c.state).order_by(t.broadcast.c.id))]


async def test_she_writes_looks_and_taps_one(world: World) -> None:
    await link(world)
    assert await world.say(HERS, f"Stuur groep 4: {WORDS}") == ["stuur.toon"]
    assert "Aan groep 4, 3 gezinnen:\nmorgen gymspullen mee" in world.last(HERS).message.text
    assert sent(world) == []
    assert await world.say(HERS, "1") == ["stuur.terug"]
    assert await world.later(KARIN, seconds=118) == []
    assert await world.later(KARIN, seconds=10) == ["bericht.eigen"]
    assert world.last(KARIN).message.text.startswith(f"Bericht van juf Janneke (De Brug):\n{WORDS}")
    assert [each.keys for each in world.read(OMAR)] != []
    assert deeds(world) == ["bericht"]
    assert await world.say(HERS, "1") == ["stuur.laat"]


@pytest.mark.parametrize("text", [f"stuur 4: {WORDS}", f"STUUR: {WORDS}", f"bericht aan Groep 4 : {WORDS}"])
async def test_the_group_may_be_said_shortly_or_left_out_where_there_is_one(world: World, text: str) -> None:
    await link(world)
    assert await world.say(HERS, text) == ["stuur.toon"]


async def test_within_two_minutes_it_can_be_taken_back(world: World) -> None:
    await link(world)
    await world.say(HERS, f"stuur groep 4: {WORDS}")
    assert await world.say(HERS, "ja") == ["stuur.terug"]
    assert await world.say(HERS, f"stuur groep 4: {WORDS}") == ["stuur.bezig"]
    assert await world.say(HERS, f"stuur groep 4: {WORDS}") == ["stuur.bezig"]
    assert sent(world) == ["planned"]


async def test_taken_back_nobody_gets_it(world: World) -> None:
    await link(world)
    await world.say(HERS, f"stuur groep 4: {WORDS}")
    await world.say(HERS, "1")
    assert await world.say(HERS, "1") == ["stuur.gehaald"]
    assert await world.later(KARIN, minutes=30) == []
    assert (sent(world), deeds(world)) == (["taken_back"], ["bericht", "bericht_terug"])


async def test_no_is_no(world: World) -> None:
    await link(world)
    await world.say(HERS, f"stuur groep 4: {WORDS}")
    assert await world.say(HERS, "2") == ["stuur.niet"]
    assert sent(world) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"stuur groep 5: {WORDS}", "stuur.groep"),  # it is not hers
        ("stuur groep 4", "stuur.groep"),
        ("stuur groep 4: ", "stuur.groep"),
        ("stuur", "stuur.groep"),
        (f"stuur groep 4: {'x' * 1001}", "stuur.lang"),
        ("sturen jullie iets?", "collega.uitleg"),
    ],
)
async def test_what_does_not_work_says_how_it_does(world: World, text: str, said: str) -> None:
    await link(world)
    assert await world.say(HERS, text) == [said]
    assert sent(world) == []


async def test_only_a_phone_linked_after_her_second_factor_sends(world: World) -> None:
    await link(world, proven=False)
    assert await world.say(HERS, f"stuur groep 4: {WORDS}") == ["stuur.nee"]
    world.write(lambda tx: staff.unlink(tx, staff.by_key(tx, "brug", "janneke"), world.clock()))
    await link(world)
    assert await world.say(HERS, f"stuur groep 4: {WORDS}") == ["stuur.toon"]
    world.write(lambda tx: staff.unlink(tx, staff.by_key(tx, "brug", "janneke"), world.clock()))
    assert "stuur.terug" not in await world.say(HERS, "1")
    assert sent(world) == []


async def test_her_groups_are_looked_at_again_before_it_goes(world: World) -> None:
    await link(world)
    await world.say(HERS, f"stuur groep 4: {WORDS}")
    world.write(lambda tx: staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", ["groep 5"], YEAR))
    assert await world.say(HERS, "1") == ["stuur.nee"]
    assert sent(world) == []


async def test_never_by_sms(world: World) -> None:
    hers = Address("sms", "+31612000042")
    await link(world, hers)
    assert await world.say(hers, f"stuur groep 4: {WORDS}") == ["stuur.sms"]


async def test_a_parents_phone_stays_a_parents_unless_it_begins_with_the_word(world: World) -> None:
    assert await world.say(FATIMA, f"stuur groep 4: {WORDS}") == ["vrij.wat"]  # a parent who is no colleague
    await link(world, FATIMA)
    assert await world.say(FATIMA, "menu") == ["menu.wat"]
    assert await world.say(FATIMA, f"stuur groep 4: {WORDS}") == ["stuur.toon"]


async def test_two_schools_that_call_a_group_the_same_are_told_apart(world: World) -> None:
    """She works at both, with this one phone: no family hears what was meant for the other school."""

    def works_there_too(tx: Tx) -> None:
        here, noor = staff.by_key(tx, "brug", "janneke"), staff.by_key(tx, "vaart", "noor")
        values = {"contact_id": here.contact_id, "sends_at": world.clock()}
        tx.execute(update(t.staff).where(t.staff.c.id == noor.id).values(values))
        tx.execute(update(t.group).where(t.group.c.school == "vaart").values(name="Groep 4"))

    await link(world)
    world.write(works_there_too)
    assert await world.say(HERS, f"stuur groep 4: {WORDS}") == ["stuur.groep"]
    assert "stuur groep 4 De Brug:" in world.last(HERS).message.text
    assert await world.say(HERS, f"stuur groep 4 de brug: {WORDS}") == ["stuur.toon"]
    assert "Aan groep 4 De Brug, 3 gezinnen:" in world.last(HERS).message.text
    await world.say(HERS, "1")
    assert [row.school for row in world.rows(select(t.broadcast.c.school))] == ["brug"]


async def test_who_asks_the_school_on_her_page_does_not_send_alone_from_a_phone(world: World) -> None:
    await link(world)
    world.write(lambda tx: tx.execute(update(t.staff).where(t.staff.c.sends_at.is_not(None)).values(role="ib")))
    assert await world.say(HERS, f"stuur groep 4: {WORDS}") == ["stuur.nee"]
    assert sent(world) == []
