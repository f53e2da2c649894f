"""What comes late or all at once: a number answers the question that left last, a tap the one it stands under."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.inbox import receive
from bot.model import Inbound
from bot.store import tables as t
from tests.world import FATIMA, JAN, KARIN, World

VOORLEZEN = ["voorlezen.wanneer"]
AGAIN = ["algemeen.kies", "voorlezen.wanneer"]


async def test_a_tap_on_an_older_message_answers_nothing(world: World) -> None:
    await world.say(FATIMA, "voorlezen")
    older = world.last(FATIMA).message.id
    await world.tap(FATIMA, "na_eten")
    assert await world.say(FATIMA, choice="bedtijd", ours=older) == ["voorlezen.dag"]
    assert await world.tap(FATIMA, "ma") == ["voorlezen.tijd"]


async def test_a_tap_on_a_question_that_is_over_shows_what_can_be_done(world: World) -> None:
    await world.say(FATIMA, "voorlezen")
    older = world.last(FATIMA).message.id
    await world.tap(FATIMA, "lukt_niet")
    assert await world.say(FATIMA, choice="bedtijd", ours=older) == ["menu.wat"]
    assert await world.say(FATIMA, choice="bedtijd", ours="no-id-of-ours") == ["menu.wat"]


@pytest.mark.parametrize("foreign", ["99999999999999999999", "0", "²", "1-0", "x"])
async def test_a_tap_with_an_id_that_is_not_hers_answers_nothing(world: World, foreign: str) -> None:
    await world.say(KARIN, "voorlezen")  # Karin's question is row 1
    await world.say(FATIMA, "voorlezen")
    assert await world.say(FATIMA, choice="bedtijd", ours=foreign) == VOORLEZEN


async def test_a_number_before_the_question_left_answers_nothing(world: World) -> None:
    await world.say(KARIN, "voorlezen", settle=False)
    await world.say(KARIN, "1", settle=False)
    assert await world.settled(KARIN) == VOORLEZEN, "asked once, not twice"
    assert await world.say(KARIN, "1") == ["voorlezen.dag"]


async def test_a_number_answers_the_question_that_left_last(world: World) -> None:
    """The menu stands on her screen; voorlezen is open again, but its question has not left."""
    await world.say(KARIN, "voorlezen")
    await world.say(KARIN, "taal")
    for text in ("Nederlands", "1"):
        await world.say(KARIN, text, settle=False)
    assert await world.settled(KARIN) == ["taal.klaar", "algemeen.verder", "voorlezen.wanneer", "voorlezen.wanneer"]
    assert await world.say(KARIN, "1") == ["voorlezen.dag"]


async def test_two_words_at_once_are_both_kept(world: World) -> None:
    await world.say(KARIN, "Goedemorgen", settle=False)
    await world.say(KARIN, "Lotte is ziek vandaag", settle=False)
    assert await world.settled(KARIN) == ["vrij.wat"]
    assert await world.say(KARIN, "1") == ["mens.door"]
    assert world.words() == ["Goedemorgen", "Lotte is ziek vandaag"]


async def test_a_miss_and_its_mending_at_once(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    for text in ("na het etn", "na het eten"):
        await world.say(KARIN, text, settle=False)
    assert await world.settled(KARIN) == [*AGAIN, "voorlezen.dag"]


async def test_a_keyword_right_after_another(world: World) -> None:
    await world.say(KARIN, "menu", settle=False)
    await world.say(KARIN, "voorlezen", settle=False)
    assert await world.settled(KARIN) == ["menu.wat", "voorlezen.wanneer"]
    assert await world.say(KARIN, "1") == ["voorlezen.dag"]


async def test_an_edited_answer_is_asked_again(world: World) -> None:
    await world.say(JAN, "voorlezen")
    await world.say(JAN, "2")
    assert await world.say(JAN, "1", kind="edit") == ["voorlezen.dag"]
    assert await world.say(JAN, "3") == ["voorlezen.tijd"]


async def test_a_number_in_reply_to_an_older_message_is_asked_again(world: World) -> None:
    await world.say(FATIMA, "voorlezen")
    older = world.last(FATIMA).message.id
    await world.say(FATIMA, "2")
    assert await world.say(FATIMA, "1", ours=older) == ["voorlezen.dag"]


async def test_a_number_found_an_hour_later_does_not_answer_what_was_asked_since(world: World) -> None:
    """Its webhook was lost; a sweep finds it when another question has long stood on her screen."""
    await world.say(KARIN, "voorlezen")
    written = world.clock()
    await world.later(hours=1)
    await world.say(KARIN, "menu")
    late = Inbound("lost", KARIN, "1", written_at=written)
    world.write(lambda tx: receive.store(tx, [late], world.clock()))
    assert (await world.settled(KARIN))[-1] == "menu.wat", "asked again, not begun"


async def test_a_photo_found_days_later_is_no_part_of_what_she_sent_today(world: World) -> None:
    await world.say(KARIN, kind="image")
    assert await world.say(KARIN, "1") == ["mens.door"]
    late = Inbound("lost", KARIN, kind="image", written_at=world.clock() - timedelta(hours=20))
    world.write(lambda tx: receive.store(tx, [late], world.clock()))
    assert await world.settled(KARIN) == ["gekregen.foto", "vrij.wat"]


async def test_a_start_found_late_does_not_undo_the_stop_after_it(world: World) -> None:
    written = world.clock()
    await world.later(minutes=20)
    await world.say(KARIN, "stop")
    late = Inbound("lost", KARIN, "start", written_at=written)
    world.write(lambda tx: receive.store(tx, [late], world.clock()))
    await world.settled(KARIN)
    hers = select(t.consent).where(t.consent.c.withdrawn_at.is_(None), t.consent.c.contact_id == world.contact(KARIN))
    assert world.rows(hers) == []
    await world.say(KARIN, "start")
    assert world.rows(hers)


@pytest.mark.parametrize("says", ["1", "menu", "voorlezen"])
async def test_a_nudge_that_waits_for_the_morning_goes_when_she_has_moved_on(world: World, says: str) -> None:
    await world.later(hours=6.5)
    await world.say(KARIN, "voorlezen")
    assert await world.later(KARIN, hours=24.5) == []
    nudge = select(t.outbox).where(t.outbox.c.cls == "plan")
    assert [row.status for row in world.rows(nudge)] == ["queued"]
    await world.say(KARIN, says)
    assert [(row.status, row.reason) for row in world.rows(nudge)] == [("cancelled", "moved_on")]
    assert "voorlezen.nog_even" not in await world.later(KARIN, hours=10)


async def test_a_nudge_after_the_end_of_its_conversation_is_not_sent(world: World) -> None:
    """The night holds it back until there is nothing to answer any more."""
    await world.later(hours=6.5)
    await world.say(KARIN, "voorlezen")
    ends = world.clock() + timedelta(hours=26)
    world.write(lambda tx: tx.execute(t.run.update().values(expires_at=ends)))
    assert await world.later(KARIN, days=2) == []
    assert [row.result for row in world.rows(select(t.run))] == ["expired"]
