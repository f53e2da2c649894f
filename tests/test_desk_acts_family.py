"""What a family tells: kept in its own choice, the newest only, shown to who knows it, and never asked twice."""

from sqlalchemy import select

from bot.people import known
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.office import Desk, employ
from tests.world import FATIMA, JAN, World


def told(world: World, topic: str) -> list[tuple[str, str]]:
    def look(tx: Tx) -> list[tuple[str, str]]:
        hers = known.of(tx, "brug", [world.contact(JAN)])[world.contact(JAN)]
        return [(each.option, each.words) for each in hers if each.topic == topic]

    return world.write(look)


async def test_she_tells_changes_it_and_takes_it_back(world: World) -> None:
    assert await world.say(JAN, "kennismaken") == ["kennismaken.vraag"]
    assert await world.say(JAN, "1") == ["kennismaken.taal"]
    await world.say(JAN, "1, 2")
    assert [option for option, _ in told(world, "thuistaal")] == ["nl", world.bot.config.languages.offered[1]]
    assert await world.say(JAN, "2") == ["kennismaken.nog", "kennismaken.contact"]
    assert await world.say(JAN, "klaar") == ["kennismaken.werk"]
    assert await world.say(JAN, "na het avondeten") == ["kennismaken.weten"]
    assert await world.say(JAN, "overslaan") == ["kennismaken.dank"]
    assert told(world, "contact") == [("app", "")]
    assert told(world, "werk") == [("", "na het avondeten")]
    assert told(world, "weten") == []
    # Again: what she says now stands in the place of what she said.
    await world.say(JAN, "kennismaken")
    await world.say(JAN, "1")
    await world.say(JAN, "overslaan")
    await world.say(JAN, "4")
    assert told(world, "contact") == [("bezoek", "")]
    assert [option for option, _ in told(world, "thuistaal")] == ["nl", world.bot.config.languages.offered[1]]


async def test_what_people_really_write_beside_a_list(world: World) -> None:
    await world.say(JAN, "kennismaken")
    await world.say(JAN, "1")
    assert await world.say(JAN, "😀") == ["algemeen.kies", "kennismaken.taal"], "a face is no language"
    assert await world.say(JAN, "29") == ["algemeen.kies", "kennismaken.taal"]
    assert await world.say(JAN, "1 en 2") == ["kennismaken.contact"]
    assert [option for option, _ in told(world, "thuistaal")] == ["nl", world.bot.config.languages.offered[1]]
    assert await world.say(JAN, "klaar") == ["kennismaken.werk"], "nothing chosen, and so nothing kept"
    assert told(world, "contact") == []
    await world.say(JAN, "19:30")
    assert told(world, "werk") == [("", "19:30")], "an hour is an answer"
    await world.say(JAN, "overslaan")
    # What she wrote stays beside what she chooses after it.
    await world.say(JAN, "ik kan iets")
    await world.say(JAN, "1")
    assert await world.say(JAN, "haren vlechten") == ["kunnen.maat"]
    assert await world.say(JAN, "1 en 3") == ["kunnen.dank"]
    assert told(world, "kunnen") == [("tien", ""), ("avond", "haren vlechten")]


async def test_her_page_shows_it_to_who_knows_her_and_to_nobody_else(world: World) -> None:
    employ(world)
    contact = world.contact(JAN)

    def tell(tx: Tx) -> None:
        known.tell(tx, contact, "brug", "feest", ["kerst", "newroz"], world.clock())
        known.tell(tx, contact, "brug", "kunnen", ["lied", "avond"], world.clock(), words="gitaar", language="nl")

    world.write(tell)
    page = await Desk(world, "janneke").get(f"/gezinnen/{contact}")
    assert "Kerstmis, Newroz" in page
    assert "Een lied of muziek, Op een avond" in page
    assert "gitaar" in page
    can = await Desk(world, "janneke").get("/gezinnen/kunnen")
    assert "Een lied of muziek" in can
    assert f"/berichten/nieuw?gezin={contact}" in can
    assert "Op een avond" in can
    other = await Desk(world, "noor", "vaart").get("/gezinnen/kunnen")
    assert "gitaar" not in other
    assert (await Desk(world, "net").get("/gezinnen/kunnen")).status == 404
    thanks = await Desk(world, "janneke").get(f"/berichten/nieuw?gezin={contact}&klaar=bedankt")
    assert 'value="bedankt" checked' in thanks


async def test_a_child_that_writes_is_heard_and_nothing_of_it_goes_on(world: World) -> None:
    """The teacher reads that it wants to talk; no word of the child, no promise that says more on this phone."""
    assert await world.say(JAN, "ik ben 9") == ["kind.hallo", "kind.lijn", "kind.wat"]
    await world.say(JAN, "ja")
    assert (await world.say(JAN, "1"))[-1] == "kind.gelukt"
    thread = world.rows(select(t.thread).where(t.thread.c.kind == "kind"))[0]
    assert thread.answer_by is None
    lines = world.rows(select(t.thread_message).where(t.thread_message.c.thread_id == thread.id))
    bodies = [world.write(lambda tx, row=row: tx.open("thread_message.body", row.body)) for row in lines]  # type: ignore[misc]
    assert len(bodies) == 1
    assert "ik ben 9" not in bodies[0]
    assert await world.later(JAN, days=5) == []
    await world.say(JAN, "mens")
    await world.say(JAN, "1")
    await world.say(JAN, "Mag mijn dochter morgen later komen?")
    kinds = {row.kind for row in world.rows(select(t.thread).where(t.thread.c.state != "closed"))}
    assert kinds == {"kind", "mens"}, "what her mother writes does not join it"


async def test_a_talk_without_a_reason(world: World) -> None:
    """The teacher finds that she wants to talk, and not how she said it goes."""
    world.note(FATIMA, "start", {"flow": "hoe_gaat_het", "school": "brug", "fields": {}})
    assert await world.settled(FATIMA) == ["hoe_gaat_het.vraag"]
    assert await world.say(FATIMA, "3") == ["hoe_gaat_het.spijt", "hoe_gaat_het.hoe"]
    assert (await world.say(FATIMA, "1"))[-1] == "gesprek.gevraagd"
    assert [row.who for row in world.rows(select(t.talk_request))] == ["parent"]
    assert world.rows(select(t.thread)) == []
