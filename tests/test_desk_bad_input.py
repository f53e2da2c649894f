"""Odd input through the whole bot: nothing is lost, nothing wrong is done, and one failure stays one failure."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from bot.conversation.events import Run
from bot.model import Value
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import ELIF, FATIMA, KARIN, STRANGER, World

VOORLEZEN = ["voorlezen.wanneer"]
AGAIN = ["algemeen.kies", "voorlezen.wanneer"]


# --- bad input
TWO = ["2", "٢", "۲", "2️⃣", "2.", "2)", " 2 ", "na het eten", "NA ETEN", "nummer 2", "\u202e2\u202c"]
UNSEEN = {"", " ", "\n", "\x00", "\u200b", "\ud800", "\udfff\ud800"}
ADVERSARIAL = [
    "", " ", "\n", "\x00", "\x00\x01\x1b[31m", "a" * 1601, "b" * 4097, "woord" * 13_000, "\u200b",
    "e" + "\u0301" * 300, "\ud800", "\udfff\ud800", "😀" * 50, "👍🏽", "²", "①", "1_000", "-1", "1e3",
    "0x1", "+1", "1.5",
    "99999999999999999999", "ja maar nee", "3ajebni", "ı", "İ", "{0.__class__}", "{{7*7}}", "{kind}", "%s%n",
    "'; DROP TABLE contact; --", "<script>alert(1)</script>", "=1+1", "???", "nee nee nee",
]  # fmt: skip


async def test_odd_words_are_asked_again_and_change_nothing(world: World) -> None:
    wrong = {}
    for text in ADVERSARIAL:
        await world.say(KARIN, "voorlezen")
        wrong[text[:20]] = await world.say(KARIN, text)
        [run] = world.rows(select(t.run).where(t.run.c.state != "ended"))
        assert (run.flow, run.step, run.state) == ("voorlezen", "wanneer", "active")
    assert {text: keys for text, keys in wrong.items() if keys != AGAIN} == {}
    assert world.inbox() == ["done"]
    assert {row.status for row in world.rows(select(t.outbox.c.status))} == {"sent"}


async def test_odd_words_reach_a_person_as_they_are(world: World) -> None:
    """What holds nothing to be seen is asked again; all else stands in the thread to the letter."""
    passed_on = []
    for text in ADVERSARIAL:
        await world.say(KARIN, "mens")
        heard = await world.say(KARIN, text)
        if heard == ["mens.door"]:
            passed_on.append(text)
        else:
            assert heard == ["algemeen.kies", "mens.wat"], text
    assert world.words() == passed_on
    assert set(ADVERSARIAL) - set(passed_on) == UNSEEN
    assert world.inbox() == ["done"]


async def test_odd_words_of_a_stranger_tell_nothing(world: World) -> None:
    for text in ADVERSARIAL:
        assert await world.say(STRANGER, text) == ["onbekend.antwoord", "onbekend.antwoord"], text
    assert world.inbox() == ["done"]


async def test_two_is_two_however_it_is_written(world: World) -> None:
    for text in TWO:
        await world.say(KARIN, "voorlezen")
        assert await world.say(KARIN, text) == ["voorlezen.dag"], text
        [run] = world.rows(select(t.run).where(t.run.c.state != "ended"))
        with world.bot.database.read() as tx:
            memory, _ = json.loads(tx.open("run.memory", run.memory))
        assert Run.unpack(memory).answers["moment"] == Value("option", "na_eten", "voorlezen.wanneer"), text


# --- when something is wrong
async def test_one_conversation_that_fails_is_set_aside_and_the_others_go_on(world: World) -> None:
    await world.say(KARIN, "hoi", settle=False)
    world.note(KARIN, "start", {"flow": "bestaat-niet", "school": "brug", "fields": {}})
    await world.say(KARIN, "STOP", settle=False)
    await world.say(FATIMA, "menu", settle=False)
    assert await world.settled(FATIMA) == ["menu.wat"]
    assert world.last(KARIN).keys == ("stop.klaar",)
    rows = world.rows(select(t.inbox.c.state, t.inbox.c.error).where(t.inbox.c.state == "failed"))
    assert [row.error for row in rows] == ["ContentError"]
    assert world.inbox() == ["done", "failed"]


async def test_what_a_failing_conversation_wrote_is_taken_back(world: World) -> None:
    """Her yes is recorded, then the flow that should go on does not exist: nothing of that letter stays."""
    world.enrol("Elif", ELIF, purposes=("school",))
    assert await world.say(ELIF, "voorlezen") == ["tips.mag"]

    def lead_nowhere(tx: Tx) -> None:
        memory = tx.open("run.memory", tx.execute(select(t.run.c.memory)).scalar_one())
        tx.execute(update(t.run).values(memory=tx.seal("run.memory", memory.replace("voorlezen", "bestaat-niet"))))

    world.write(lead_nowhere)
    assert await world.say(ELIF, "1") == []
    assert world.inbox() == ["done", "failed"]
    hers = select(t.consent.c.purpose).where(t.consent.c.contact_id == world.contact(ELIF))
    assert [row.purpose for row in world.rows(hers)] == ["school"]
    assert [row.state for row in world.rows(select(t.run.c.state))] == ["active"], "and the question is still open"


async def test_a_text_that_is_gone_stops_one_message_only(world: World) -> None:
    said: dict[str, Any] = {"say": "geen.tekst", "fields": {}, "cls": "plan", "purpose": "tips"}
    payload = said | {"school": "brug", "child": None, "scope": "plan:thee"}
    moments = {"due_at": world.clock().isoformat(), "until": (world.clock() + timedelta(hours=3)).isoformat()}
    world.note(KARIN, "plan", {**payload, **moments})
    await world.say(FATIMA, "menu")
    assert world.last(FATIMA).keys == ("menu.wat",)
    rows = world.rows(select(t.outbox.c.status, t.outbox.c.reason).order_by(t.outbox.c.status))
    assert [(row.status, row.reason) for row in rows] == [("failed", "ContentError"), ("sent", None)]
