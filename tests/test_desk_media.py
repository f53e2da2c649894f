"""Photos, voice notes and the like: answered kindly, kept for the teacher, and no open question is lost over them."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.desk import attached, threads
from bot.errors import BotError
from bot.inbox import receive
from bot.model import Address, Inbound, Media
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import A_MOMENT, FATIMA, JAN, KARIN, STRANGER, World

_IDS = count(1)
OFFER = {
    "voice": "gekregen.spraak",
    "image": "gekregen.foto",
    "video": "gekregen.video",
    "document": "gekregen.bestand",
    "location": "gekregen.plek",
    "contact": "gekregen.contact",
}


async def send(
    world: World, who: Address, kind: str, text: str = "", *, settle: bool = True, **given: Any
) -> list[str]:
    """She sends something; the keys of what she reads next."""
    world.clock.move(world.clock() + A_MOMENT)
    media = (Media(kind, f"f-{next(_IDS)}", size=34_000),)
    letter = Inbound(f"media-{next(_IDS)}", who, text, kind=kind, media=media, **given)
    world.write(lambda tx: receive.store(tx, [letter], world.clock()))
    return await world.settled(who) if settle else []


def passed_on(world: World) -> list[list[tuple[str, list[str]]]]:
    """What lies in each thread: her words, and the kinds of what came with them."""
    with world.bot.database.read() as tx:
        return [
            [(said.text, [each.kind for each in said.media]) for said in thread.messages if said.side == "parent"]
            for thread in threads.waiting(tx)
        ]


# --- nothing is asked
@pytest.mark.parametrize("kind", OFFER)
async def test_it_is_answered_and_offered_to_the_teacher(world: World, kind: str) -> None:
    assert await send(world, KARIN, kind) == [OFFER[kind], "vrij.wat"]
    assert "juf Janneke" in world.last(KARIN).message.text
    assert await world.say(KARIN, "1") == ["mens.door"]
    assert passed_on(world) == [[("", [kind])]]


async def test_in_her_own_language(world: World) -> None:
    await send(world, FATIMA, "voice")
    assert "رسالتكم الصوتية" in world.last(FATIMA).message.text


async def test_without_an_answer_it_goes_to_the_teacher(world: World) -> None:
    await send(world, KARIN, "voice")
    assert await world.later(KARIN, minutes=11) == []
    assert passed_on(world) == [[("", ["voice"])]]


async def test_not_for_the_teacher_is_the_menu(world: World) -> None:
    await send(world, KARIN, "image")
    assert await world.say(KARIN, "2") == ["menu.wat"]
    assert passed_on(world) == []


async def test_the_words_beside_it_go_along(world: World) -> None:
    assert await send(world, KARIN, "image", "dit is van hem") == ["gekregen.foto", "vrij.wat"]
    await world.say(KARIN, "1")
    assert passed_on(world) == [[("dit is van hem", ["image"])]]


async def test_a_keyword_beside_it_is_read(world: World) -> None:
    assert await send(world, KARIN, "image", "menu") == ["menu.wat"]
    assert await send(world, KARIN, "image", "voorlezen") == ["voorlezen.wanneer"]
    assert await send(world, KARIN, "voice", "mens") == ["mens.wat"]
    await world.say(KARIN, "Luister maar")
    assert passed_on(world) == [[("mens", ["voice"]), ("Luister maar", [])]]


async def test_a_sticker_gets_a_kind_word(world: World) -> None:
    assert await send(world, KARIN, "sticker") == ["gekregen.sticker"]
    await world.say(KARIN, "voorlezen")
    assert await send(world, KARIN, "sticker", "👍") == ["gekregen.sticker"]
    assert await world.say(KARIN, "1") == ["voorlezen.dag"]
    assert world.rows(select(t.media)) == [], "and nobody keeps it"


async def test_what_nobody_knows_is_told_so(world: World) -> None:
    assert await world.say(KARIN, kind="other") == ["algemeen.alleen_tekst"]
    assert await world.say(KARIN, "wanneer is het feest", kind="other") == ["vrij.wat"]


async def test_a_reaction_says_nothing(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    assert await world.say(KARIN, "👍", kind="reaction") == []
    assert await world.say(KARIN, "1") == ["voorlezen.dag"]


# --- many at once
@pytest.mark.parametrize("settle", [False, True])
async def test_an_album_is_one_conversation(world: World, settle: bool) -> None:
    """In one webhook or in ten, seconds apart."""
    heard = []
    for _ in range(10):
        heard += await send(world, KARIN, "image", settle=settle)
    heard += await world.settled(KARIN)
    assert heard == ["gekregen.foto", "vrij.wat"]
    assert await world.say(KARIN, "1") == ["mens.door"]
    assert passed_on(world) == [[("", ["image"])] * 10]


async def test_the_last_photo_of_an_album_may_come_late(world: World) -> None:
    await send(world, KARIN, "image", album="a1")
    await world.later(minutes=2)
    assert await send(world, KARIN, "image", album="a1") == []
    await world.later(minutes=2)
    assert await send(world, KARIN, "image", album="a2") == ["vrij.ook", "vrij.wat"]
    assert await world.later(KARIN, minutes=9) == []
    assert passed_on(world) == [], "the ten minutes count from the last"
    await world.later(minutes=2)
    assert passed_on(world) == [[("", ["image"])] * 3]


async def test_what_is_still_on_its_way_when_she_says_yes_goes_along(world: World) -> None:
    await send(world, KARIN, "image")
    await world.say(KARIN, "1")
    assert await send(world, KARIN, "image") == []
    assert passed_on(world) == [[("", ["image"])] * 2]
    await world.later(minutes=1)
    assert await send(world, KARIN, "image") == ["gekregen.foto", "vrij.wat"], "this is something new"


async def test_a_photo_with_the_answer_goes_along(world: World) -> None:
    await send(world, KARIN, "image")
    assert await send(world, KARIN, "image", "1") == ["mens.door"]
    assert passed_on(world) == [[("", ["image"]), ("1", ["image"])]]


# --- a question is open
async def test_a_voice_note_does_not_lose_the_question(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    assert await send(world, KARIN, "voice") == ["gekregen.spraak", "vrij.wat"]
    assert await world.say(KARIN, "1") == ["mens.door", "algemeen.verder", "voorlezen.wanneer"]
    assert await world.say(KARIN, "1") == ["voorlezen.dag"]
    assert passed_on(world) == [[("", ["voice"])]]


async def test_the_question_comes_back_though_she_says_nothing(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    await send(world, KARIN, "voice")
    assert await world.later(KARIN, minutes=11) == ["algemeen.verder", "voorlezen.wanneer"]
    assert passed_on(world) == [[("", ["voice"])]]
    assert await world.say(KARIN, "1") == ["voorlezen.dag"]


async def test_a_photo_with_a_number_answers(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    assert await send(world, KARIN, "image", "1") == ["voorlezen.dag"]
    await world.say(KARIN, "mens")
    assert passed_on(world) == []


async def test_what_she_wants_to_ask_she_may_say_aloud(world: World) -> None:
    await world.say(KARIN, "mens")
    assert await send(world, KARIN, "voice") == ["mens.door"]
    assert await send(world, KARIN, "voice") == [], "in two parts"
    assert passed_on(world) == [[("", ["voice"])] * 2]


async def test_while_she_chooses_the_child_it_is_kept_too(world: World) -> None:
    assert await world.say(JAN, "mens") == ["mens.wie"]
    assert await send(world, JAN, "voice") == ["vrij.ook", "mens.wie"]
    assert await world.say(JAN, "1") == ["mens.wat"]
    await world.say(JAN, "Luister maar")
    assert passed_on(world) == [[("", ["voice"]), ("Luister maar", [])]]


async def test_nothing_comes_before_a_language_or_a_stop(world: World) -> None:
    for word, again in (("taal", "taal.welke"), ("stop", "stop.klaar")):
        assert again in await world.say(KARIN, word)
        assert await send(world, KARIN, "voice") == ["algemeen.alleen_tekst"]
        assert await send(world, KARIN, "voice") == [], "and that once"
    assert passed_on(world) == []


async def test_in_a_talk_it_goes_to_the_teacher_at_once(world: World) -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Lotte is ziek")
    world.write(lambda tx: threads.answer(tx, 1, "", "Wat heeft ze?", world.clock()))
    await world.settled(KARIN)
    await world.say(KARIN, "voorlezen")
    assert await send(world, KARIN, "image") == ["draad.door"]
    assert await send(world, KARIN, "image") == []
    assert await world.say(KARIN, "1") == ["voorlezen.dag"], "and the question is still open"
    assert passed_on(world) == [[("Lotte is ziek", []), ("", ["image"]), ("", ["image"])]]


# --- as the teacher reads of it
async def test_what_came_is_named_with_its_size_and_its_state(world: World) -> None:
    sent = (Media("voice", "f-1"), Media("image", "f-2"), Media("location", name="52.09,5.12\n\x1b[2J"), Media("video"))
    world.write(lambda tx: receive.store(tx, [Inbound("m-1", KARIN, kind="voice", media=sent)], world.clock()))
    await world.settled(KARIN)
    await world.say(KARIN, "1")

    def fetched(tx: Tx) -> None:
        kept = {"state": "kept", "data": tx.seal_bytes("media.data", b"OggS"), "size": 1_250_000, "content_type": "x"}
        tx.execute(update(t.media).where(t.media.c.position == 0).values(kept))

    world.write(fetched)
    with world.bot.database.read() as tx:
        [talk] = threads.waiting(tx)
        voice, photo, place, video = talk.messages[0].media
        assert voice.line("hier") == "[spraakbericht, 1,2 MB, hier]"
        assert photo.line("hier") == "[foto, wordt opgehaald]"
        assert place.line("hier") == "[plek op de kaart 52.09,5.12 [2J]"
        assert video.line("hier") == "[video, niet bewaard: dat kan hier niet]"
        assert attached.open_file(tx, voice.id) == b"OggS"
        for other, why in ((photo.id, "wordt opgehaald"), (place.id, "plek op de kaart"), (99, "there is no file 99")):
            with pytest.raises(BotError, match=why):
                attached.open_file(tx, other)


# --- danger, and who is not enrolled
async def test_danger_beside_a_photo_is_danger(world: World) -> None:
    assert await send(world, KARIN, "image", "hij slaat mij") == ["gevaar.hulp"]
    assert await send(world, KARIN, "image") == [], "nobody in danger is asked what to do with her photos"
    assert passed_on(world) == [[("hij slaat mij", ["image"]), ("", ["image"])]]
    assert [row.kind for row in world.rows(select(t.thread.c.kind))] == ["gevaar"]


async def test_a_stranger_with_ten_photos_gets_one_answer(world: World) -> None:
    heard = []
    for _ in range(10):
        heard += await send(world, STRANGER, "image")
    assert heard == ["onbekend.antwoord", "onbekend.antwoord"]
    assert {(row.state, row.reason) for row in world.rows(select(t.media))} == {("refused", "stranger")}
    assert await world.say(STRANGER, "hallo?") == ["onbekend.antwoord", "onbekend.antwoord"], "words are answered"


# --- what she replies to
async def test_a_tap_under_an_older_message_is_known_by_the_providers_id(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    older = world.last(KARIN).message
    await world.say(KARIN, "1")

    async def tap(theirs: str) -> list[str]:
        world.clock.move(world.clock() + timedelta(minutes=1))
        letter = Inbound(f"tap-{next(_IDS)}", KARIN, choice="ma", kind="choice", theirs=theirs)
        world.write(lambda tx: receive.store(tx, [letter], world.clock()))
        return await world.settled(KARIN)

    assert await tap(f"sms-{older.id}") == ["voorlezen.dag"], "asked again: that question is over"
    assert await tap("sms-0-0") == ["voorlezen.dag"], "nor is it known which one was meant"
    assert await tap(f"sms-{world.last(KARIN).message.id}") == ["voorlezen.tijd"]


async def test_words_that_reply_to_an_older_question_are_no_answer_to_this_one(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    older = world.last(KARIN).message
    await world.say(KARIN, "1")
    for theirs, heard in ((f"sms-{older.id}", "voorlezen.dag"), ("sms-unknown", "voorlezen.tijd")):
        world.clock.move(world.clock() + timedelta(minutes=1))
        letter = Inbound(f"reply-{next(_IDS)}", KARIN, "2", theirs=theirs)
        world.write(lambda tx, letter=letter: receive.store(tx, [letter], world.clock()))  # type: ignore[misc]
        assert await world.settled(KARIN) == [heard]
