"""Somebody's own words in what leaves: translated as a whole, or whole in the original, and always marked."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from bot.channels.phone import LIMITS
from bot.model import Offer, Part, Value
from bot.outbox import queue, words
from bot.outbox.claim import claim
from bot.outbox.forms import Message
from bot.outbox.queue import Draft
from bot.people import contacts
from bot.store import tables as t
from bot.translation import orders
from bot.translation.orders import Said
from tests.harness.foreign import failed, ordered, post, translated
from tests.world import ELIF, FATIMA, JAN, KARIN, OMAR, World

BRING, BRING_AR = "Neem morgen gymspullen mee.", "أحضروا ملابس الرياضة غدًا."
MACHINE, NOT = "vertaling.machine", "vertaling.niet"


@pytest.fixture(autouse=True)
def talking(world: World) -> None:
    """Everybody has written a moment ago: her window is open."""
    world.write(lambda tx: tx.execute(update(t.address).values(heard_at=world.clock())))


def say(world: World, who: Any, text: str, cls: str = "broadcast", **given: Any) -> int:
    """Somebody's words wait for her; the number of the message."""
    fields = {"leerkracht": Value("name", "juf Janneke"), "tekst": Value("words", text, "nl")}
    draft = Draft(world.contact(who), cls, "school", "brug", parts=[Part("draad.antwoord", fields)], **given)
    world.write(lambda tx: queue.put(tx, [draft], world.clock()))
    return int(world.rows(select(func.max(t.outbox.c.id).label("id")))[0].id)


def text(world: World, who: Any) -> str:
    """What she read last, without the invisible marks."""
    return world.last(who).message.text.translate({0x2068: None, 0x2069: None})


def line(world: World, key: str) -> str:
    """The last line, in Arabic as soon as there is one."""
    return world.bot.books.catalogue.reader("ar", [key]).say(key, {})


async def test_who_reads_dutch_gets_it_at_once_and_nothing_is_asked(world: World) -> None:
    first = say(world, KARIN, BRING)
    second = say(world, FATIMA, "8:30 👍")  # says the same everywhere
    await post(world)
    assert [world.state(each)[0] for each in (first, second)] == ["sent", "sent"]
    assert text(world, KARIN).endswith(BRING)
    assert text(world, FATIMA).endswith("👍")
    assert ordered(world) == []


async def test_it_waits_for_its_translation_and_says_that_a_machine_made_it(world: World) -> None:
    row_id = say(world, FATIMA, BRING)
    await post(world)
    assert world.state(row_id) == ("queued", "translating")
    assert ordered(world) == [("nl", "ar", BRING, "waiting")]
    expires = world.outbox(row_id).expires_at - world.outbox(row_id).due_at
    translated(world, "nl", "ar", BRING, BRING_AR)
    await post(world, 3)
    assert world.state(row_id) == ("sent", None)
    lines = text(world, FATIMA).split("\n")
    assert lines[-2] == BRING_AR
    assert lines[-1] == line(world, MACHINE)
    assert world.outbox(row_id).expires_at - world.outbox(row_id).due_at == expires, "waiting makes nothing late"


async def test_what_a_person_made_better_carries_no_mark(world: World) -> None:
    translated(world, "nl", "ar", BRING, BRING_AR, origin=orders.PERSON)
    say(world, FATIMA, BRING)
    await post(world)
    assert text(world, FATIMA).endswith(BRING_AR)


async def test_after_ten_seconds_it_leaves_as_it_was_written(world: World) -> None:
    row_id = say(world, FATIMA, BRING, "reply", address_id=world.address(FATIMA))
    queued_at = world.clock()
    for _ in range(9):
        await post(world, 1)
    assert world.state(row_id) == ("queued", "translating")
    await post(world, 2)
    assert world.state(row_id) == ("sent", None)
    assert text(world, FATIMA).endswith(f"{BRING}\n{line(world, NOT)}")
    assert world.outbox(row_id).left_at - queued_at < timedelta(seconds=12)


async def test_what_failed_leaves_at_once_and_is_tried_again_for_the_next(world: World) -> None:
    first = say(world, FATIMA, BRING)
    await post(world)
    failed(world)
    await post(world, 2)
    assert world.state(first) == ("sent", None)
    assert line(world, NOT) in text(world, FATIMA)
    second = say(world, FATIMA, BRING)  # it has just failed: nobody waits for it
    await post(world, 10)
    assert world.state(second) == ("sent", None)
    third = say(world, FATIMA, BRING)
    await post(world, 61)
    assert world.state(third) == ("queued", "translating")
    assert ordered(world) == [("nl", "ar", BRING, "waiting")]
    failed(world)
    await post(world, 61)  # it has waited once
    assert world.state(third) == ("sent", None)


async def test_a_dead_machine_costs_ten_seconds_and_not_its_place_behind_a_busy_sender(world: World) -> None:
    row_id = say(world, FATIMA, BRING)
    await post(world)
    failed(world)
    o = t.outbox
    lane = {"lane": "whatsapp", "lane_at": world.clock(), "due_at": world.clock()}
    world.write(lambda tx: tx.execute(o.update().where(o.c.id == row_id).values(lane)))
    await post(world, 90)
    assert world.state(row_id) == ("sent", None)


async def test_its_place_in_the_order_is_kept(world: World) -> None:
    translated(world, "nl", "ar", "Tot morgen!", "إلى الغد!")
    for each in (BRING, "Tot morgen!"):
        say(world, FATIMA, each, "reply", thread_id=None)
    await post(world)
    assert world.read(FATIMA) == []
    translated(world, "nl", "ar", BRING, BRING_AR)
    await post(world, 1)
    await post(world, 1)
    assert [each.message.text.split("\n")[1] for each in world.read(FATIMA)] == [BRING_AR, "إلى الغد!"]


async def test_urgent_words_do_not_wait_behind_it_and_it_does_not_outlive_its_use(world: World) -> None:
    say(world, FATIMA, BRING)
    until = say(world, OMAR, BRING, until=world.clock() + timedelta(seconds=1.5))
    await post(world)
    assert world.state(until) == ("sent", None), "there is no time to wait for it"
    other = world.queue(FATIMA, "urgent")
    await post(world)
    assert world.state(other) == ("sent", None)


async def test_the_language_of_the_moment_counts(world: World) -> None:
    row_id = say(world, FATIMA, BRING)
    await post(world)
    world.write(lambda tx: contacts.set_language(tx, world.contact(FATIMA), "tr"))
    await post(world, 3)
    assert ("nl", "tr", BRING, "waiting") in ordered(world)
    world.write(lambda tx: contacts.set_language(tx, world.contact(FATIMA), "nl"))
    await post(world, 3)
    assert world.state(row_id) == ("sent", None)
    assert text(world, FATIMA).endswith(BRING)


# --- choices that somebody wrote
def asks(world: World, who: Any, choices: list[str]) -> int:
    shown = [[str(number), label, "nl"] for number, label in enumerate(choices, 1)]
    fields = {"leerkracht": Value("name", "juf Janneke"), "tekst": Value("words", "Wie helpt er?", "nl")}
    part = Part("draad.antwoord", fields)
    draft = Draft(
        world.contact(who), "reply", "school", "brug", parts=[part], ask="x", type="choice", shown=shown, step="x"
    )
    world.write(lambda tx: queue.put(tx, [draft], world.clock()))
    return int(world.rows(select(func.max(t.outbox.c.id).label("id")))[0].id)


async def test_choices_come_along_and_long_ones_become_numbers(world: World) -> None:
    for source, said in (("Wie helpt er?", "من يساعد؟"), ("ik", "أنا"), ("niet", "لا")):
        translated(world, "nl", "ar", source, said)
    asks(world, FATIMA, ["ik", "niet"])
    await post(world)
    message = world.last(FATIMA).message
    assert [each.label for each in message.choices] == ["أنا", "لا"]
    assert text(world, FATIMA).split("\n")[-2:] == ["من يساعد؟", line(world, MACHINE)]
    translated(world, "nl", "ar", "ja", "نعم، يسعدني جدًا أن أساعد في ذلك")
    asks(world, FATIMA, ["ja", "niet"])
    await post(world)
    assert world.last(FATIMA).message.layout == "plain"
    assert text(world, FATIMA).split("\n")[-2:] == ["1 نعم، يسعدني جدًا أن أساعد في ذلك", "2 لا"]


async def test_a_message_falls_back_only_as_a_whole(world: World) -> None:
    translated(world, "nl", "ar", "Wie helpt er?", "من يساعد؟")
    translated(world, "nl", "ar", "ik", "أنا")
    asks(world, FATIMA, ["ik", "misschien"])
    await post(world)
    failed(world)
    await post(world, 1)
    message = world.last(FATIMA).message
    assert [each.label for each in message.choices] == ["ik", "misschien"]
    assert text(world, FATIMA).endswith(f"Wie helpt er?\n{line(world, NOT)}")


def test_two_of_a_message_are_marked_as_soon_as_one_is_by_a_machine() -> None:
    fields = {"tekst": Value("words", "dag", "nl"), "vraag": Value("words", "wie", "nl"), "n": Value("name", "dag")}
    message = Message([Part("x", fields)], "", "", [["a", "ja", "nl"], ["b", "Amira"]])
    wanted = words.wanted(message, "brug", "tr")
    assert [each.text for each in wanted] == ["dag", "wie", "ja"]
    found = {each: Said(each.text.upper(), orders.DONE, orders.PERSON) for each in wanted}
    spoken = words.spoken(message, "brug", "tr", found)
    assert [part.key for part in spoken.parts] == ["x"]
    assert spoken.parts[0].fields["tekst"] == Value("words", "DAG", "tr")
    assert spoken.parts[0].fields["n"] == Value("name", "dag")
    assert spoken.shown == [["a", "JA"], ["b", "Amira"]]
    found[wanted[1]] = found[wanted[1]]._replace(origin=orders.MACHINE)
    assert words.spoken(message, "brug", "tr", found).parts[-1].key == "vertaling.machine"
    assert words.spoken(message, "brug", "nl", {}) is message
    assert Offer("a", "ja", "nl").of == "nl"


# --- many at once
async def test_one_look_for_all_of_a_claim_and_one_order(world: World) -> None:
    for who in (FATIMA, OMAR, JAN, KARIN):
        for number in range(3):
            say(world, who, f"{BRING} {number}", "reply")
    seen: list[str] = []
    with world.bot.database.begin() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *given: seen.append(given[2]))
        letters, looked = claim(tx, world.bot.post, world.clock() + timedelta(seconds=1))
    assert looked >= 4
    assert {letter.cls for letter in letters} == {"reply"}
    about = [each for each in seen if "translation" in each and "outbox" not in each]
    assert [each.split()[0] for each in about] == ["SELECT", "SELECT", "INSERT"]


async def test_a_closed_window_is_no_reason_to_send_them_as_an_approved_text(world: World) -> None:
    world.enrol("Elif", ELIF)
    fields = {"leerkracht": Value("name", "juf Janneke"), "school": Value("name", "De Brug")}
    key = min(world.bot.post.templates)
    part = Part(key, {name: Value("words", BRING, "nl") for name in world.bot.books.catalogue.fields(key)} | fields)
    draft = Draft(world.contact(ELIF), "broadcast", "school", "brug", parts=[part])
    world.write(lambda tx: queue.put(tx, [draft], world.clock()))
    await post(world)
    assert LIMITS["whatsapp"].window
    assert world.read(ELIF) == []
