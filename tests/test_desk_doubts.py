"""One word says that a translation sounds wrong: about the one she read last, for the coach and not for the teacher."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.desk import threads
from bot.store import tables as t
from bot.store.database import Database
from bot.translation import better, orders
from bot.translation.turn import Known
from tests.fakes.translators import Fluent
from tests.harness.foreign import ordered, translated
from tests.world import FATIMA, KARIN, World, opened

FRIDAY, FRIDAY_AR = "Vrijdag om half negen.", "الجمعة الساعة الثامنة والنصف."
OKAY, OKAY_AR = "Dat is goed.", "هذا جيد."


def doubts(world: World) -> list[Any]:
    return world.rows(select(t.doubt).order_by(t.doubt.c.id))


async def answered(world: World, text: str) -> int:
    """The teacher answers Fatima; the number of their talk."""
    await world.say(FATIMA, "mens")
    await world.say(FATIMA, "متى الرحلة؟")
    [talk] = world.rows(select(t.thread))
    world.write(lambda tx: threads.answer(tx, talk.id, "juf Janneke", text, world.clock()))
    await world.settled(FATIMA)
    await world.later(FATIMA, seconds=1)
    return int(talk.id)


async def test_what_she_writes_and_what_is_answered_is_ordered_at_once(world: World) -> None:
    await answered(world, FRIDAY)
    assert [each[:3] for each in ordered(world)] == [("ar", "nl", "متى الرحلة؟"), ("nl", "ar", FRIDAY)]
    assert FRIDAY in world.last(FATIMA).message.text
    assert await world.say(KARIN, "mens") == ["mens.wat"]
    await world.say(KARIN, "Wanneer is het?")
    await world.say(FATIMA, "🙂👍")  # says the same in every language
    assert len(ordered(world)) == 2


async def test_her_one_word_is_about_the_newest_translation(world: World) -> None:
    old = translated(world, "nl", "ar", FRIDAY, FRIDAY_AR)
    new = translated(world, "nl", "ar", OKAY, OKAY_AR)
    talk = await answered(world, FRIDAY)
    world.write(lambda tx: threads.answer(tx, talk, "juf Janneke", OKAY, world.clock()))
    await world.settled(FATIMA)
    await world.later(FATIMA, seconds=1)
    assert OKAY_AR in world.last(FATIMA).message.text
    assert await world.say(FATIMA, "RAAR") == ["vertaling.dank"]
    assert [(row.translation_id, row.school, row.state) for row in doubts(world)] == [(new, "brug", "open")]
    assert old != new
    assert world.words(talk) == [], "it is not for the teacher"
    assert await world.say(FATIMA, "raar!") == ["vertaling.dank"]
    assert len(doubts(world)) == 1
    mended = update(t.doubt).values(state="mended", settled_at=world.clock())
    world.write(lambda tx: tx.execute(mended))
    await world.say(FATIMA, "raar")
    assert [row.state for row in doubts(world)] == ["open"], "she does not like the better one either"


async def test_with_nothing_translated_lately_she_reads_a_kind_line(world: World) -> None:
    assert await world.say(KARIN, "raar") == ["vertaling.geen"]
    await answered(world, FRIDAY)  # nobody translates here: it left as it was written
    translated(world, "nl", "ar", FRIDAY, FRIDAY_AR)  # and was there too late
    assert await world.say(FATIMA, "raar") == ["vertaling.geen"]
    translated(world, "nl", "ar", OKAY, OKAY_AR, origin=orders.MACHINE)
    world.write(lambda tx: threads.answer(tx, 1, "juf Janneke", OKAY, world.clock()))
    await world.later(days=8)
    assert await world.say(FATIMA, "raar") == ["vertaling.geen"]
    assert doubts(world) == []


@pytest.mark.parametrize("language", ["nl", "en", "tr", "ar", "pl", "uk"])
def test_the_word_that_the_line_names_is_one_that_the_bot_knows(world: World, language: str) -> None:
    words = world.bot.books.catalogue.words(language)
    line = words.say("vertaling.machine", {})
    assert any(each.casefold() in line.casefold() for each in words.list("kw.vertaling") or ("raar",))
    assert len(line) <= 60


async def test_from_the_order_to_the_doubt_on_both_databases(database: Database, tmp_path: Path) -> None:
    async with opened(database, tmp_path) as world:
        world.enrol("Fatima", FATIMA)
        engine = Fluent()
        world.translating(engine)
        talk = await answered(world, OKAY)
        said = world.last(FATIMA).message.text
        assert OKAY not in said
        line = world.bot.books.catalogue.reader("ar", ["vertaling.machine"]).say("vertaling.machine", {})
        assert said.endswith(line)
        assert [each[:2] for each in ordered(world)] == [("ar", "nl"), ("nl", "ar")]
        assert await world.say(FATIMA, "raar") == ["vertaling.dank"]
        [doubt] = doubts(world)

        def mend(tx: Any) -> bool:
            nobody = Known.of([], world.clock().date())
            return better.mend(tx, doubt.translation_id, OKAY_AR, nobody, {}, 1, world.clock(), everywhere=True)

        assert world.write(mend)
        mended_at = world.clock()
        world.write(lambda tx: threads.answer(tx, talk, "juf Janneke", OKAY, world.clock()))
        await world.settled(FATIMA)
        assert world.last(FATIMA).message.text.translate({0x2068: None, 0x2069: None}).endswith(OKAY_AR)

        def take_back(tx: Any) -> list[str]:
            better.restore(tx, doubt.translation_id, mended_at, everywhere=True)
            return list(tx.execute(select(t.phrase.c.origin)).scalars())

        assert set(world.write(take_back)) == {"machine"}
