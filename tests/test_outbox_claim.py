"""The moment of leaving: consent, hours, expiry, rates and addresses are asked again before a message goes."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.errors import Blocked
from bot.model import Address
from bot.outbox import queue, send
from bot.people import consent, contacts
from bot.store import tables as t
from tests.world import COLLEAGUE, FATIMA, JAN, KARIN, MONDAY, OMAR, STRANGER, World

SECOND = Address("sms", "+31612000011")


def at(world: World, hour: int, *, day: int = 23) -> None:
    """Move to this hour on the wall of a day in November."""
    world.clock.move(datetime(2026, 11, day, hour - 1, tzinfo=MONDAY.tzinfo))


# --- consent
async def test_consent_is_asked_again_at_the_last_moment(world: World) -> None:
    first = world.queue(KARIN)
    world.write(lambda tx: consent.withdraw(tx, world.contact(KARIN), "stop", world.clock()))
    await world.post()
    assert world.state(first) == ("cancelled", "no_consent")
    assert world.read(KARIN) == []


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, "sent"),
        ({"purpose": "tips"}, "cancelled"),
        ({"school": "vaart"}, "cancelled"),
        ({"school": None}, "cancelled"),
    ],
)
async def test_consent_is_for_a_school_a_channel_and_a_purpose(
    world: World, given: dict[str, Any], status: str
) -> None:
    world.enrol("Ruud", SECOND, "vaart", ("school",))
    world.queue(SECOND, school="vaart")
    row_id = world.queue(KARIN, **given)
    world.write(
        lambda tx: tx.execute(update(t.consent).where(t.consent.c.purpose == "tips").values(withdrawn_at=MONDAY))
    )
    await world.post()
    assert world.state(row_id)[0] == status


async def test_an_answer_to_her_own_words_needs_no_consent_for_a_day(world: World) -> None:
    await world.say(STRANGER, "hallo")
    first = world.queue(STRANGER, "reply", address_id=world.address(STRANGER))
    await world.post()
    assert world.state(first) == ("sent", None)
    await world.later(hours=24)
    second = world.queue(STRANGER, "reply", address_id=world.address(STRANGER))
    await world.post()
    assert world.state(second) == ("cancelled", "no_consent")


async def test_only_people_on_duty_get_what_is_urgent_without_consent(world: World) -> None:
    world.write(lambda tx: contacts.resolve(tx, [COLLEAGUE, STRANGER], world.clock()))
    called, refused = world.queue(COLLEAGUE, "urgent"), world.queue(STRANGER, "urgent")
    elsewhere = world.queue(COLLEAGUE, "urgent", school="vaart")
    await world.post()
    assert world.state(called) == ("sent", None)
    assert world.state(refused) == world.state(elsewhere) == ("cancelled", "no_consent")


# --- hours
async def test_nobody_is_woken(world: World) -> None:
    at(world, 22)
    row_id = world.queue(KARIN)
    await world.post()
    assert world.state(row_id) == ("queued", "quiet_hours")
    seven = MONDAY.replace(day=24, hour=6)
    assert seven <= world.outbox(row_id).due_at < seven + timedelta(minutes=20)
    await world.later(hours=10)
    assert world.state(row_id) == ("sent", None)


async def test_lateness_counts_from_the_moment_it_may_leave(world: World) -> None:
    at(world, 22)
    row_id = world.queue(KARIN)
    await world.post()
    found = world.outbox(row_id)
    assert found.expires_at - found.due_at == queue.LIFE["plan"]


async def test_a_reply_leaves_at_night_within_ten_minutes_of_her_words(world: World) -> None:
    at(world, 23)
    assert await world.say(KARIN, "menu") == ["menu.wat"]
    world.clock.move(world.clock() + timedelta(minutes=9))
    soon = world.queue(KARIN, "reply")
    await world.post()
    world.clock.move(world.clock() + timedelta(minutes=2))
    later = world.queue(KARIN, "reply")
    await world.post()
    assert [world.state(each) for each in (soon, later)] == [("sent", None), ("queued", "quiet_hours")]


async def test_what_is_urgent_wakes(world: World) -> None:
    at(world, 23)
    world.write(lambda tx: contacts.resolve(tx, [COLLEAGUE], world.clock()))
    row_id = world.queue(COLLEAGUE, "urgent")
    await world.post()
    assert world.state(row_id) == ("sent", None)


# --- expiry and order
@pytest.mark.parametrize("cls", list(queue.LIFE))
async def test_what_is_too_late_is_not_sent(world: World, cls: str) -> None:
    world.clock.move(world.clock() + timedelta(hours=4))  # nothing of its life lies in the night
    row_id = world.queue(KARIN, cls, due_at=world.clock() - queue.LIFE[cls])
    await world.post()
    assert world.state(row_id) == ("expired", "too_late")
    assert world.read(KARIN) == []


async def test_the_order_of_one_person_is_kept_and_what_is_urgent_goes_first(world: World) -> None:
    plan, reply, other = world.queue(KARIN, "plan"), world.queue(KARIN, "reply"), world.queue(JAN, "reply")
    sent = []
    for _ in range(3):
        letters, _looked = world.write(lambda tx: send.claim(tx, world.bot.post, world.clock(), most=1))
        sent += [letter.row_id for letter in letters]
    assert sent == [other, plan], "her reply waits for what was there before it"
    assert world.state(reply) == ("queued", None)


async def test_a_sender_keeps_to_its_rate(world: World) -> None:
    slow = {name: replace(each, rate=1.0) for name, each in world.bot.config.channels.items()}
    world.restart(channels=slow)
    ids = [world.queue(who) for who in (KARIN, OMAR, KARIN, OMAR, KARIN)]
    await world.later(seconds=10)
    left = [world.outbox(each).left_at for each in ids]
    assert left == sorted(left)
    assert left[-1] - left[0] >= timedelta(seconds=3), "five in a row, of which a second may be made up for"


# --- which address
def second_line(world: World, *, agreed: bool = True) -> int:
    """Fatima has a second phone, on SMS."""

    def work(tx: Any) -> int:
        found = contacts.resolve(tx, [SECOND], world.clock())
        contacts.link(tx, found[SECOND][1], world.contact(FATIMA), world.clock())
        if agreed:
            consent.give(tx, world.contact(FATIMA), "brug", "sms", ("school",), "ja", None, world.clock())
        return found[SECOND][1]

    return world.write(work)


async def test_the_first_address_is_tried_first(world: World) -> None:
    second_line(world)
    await world.say(FATIMA, "menu")
    world.queue(FATIMA)
    await world.post()
    assert world.last(FATIMA).keys == ("draad.antwoord",)
    assert world.read(SECOND) == []


async def test_outside_the_window_the_next_address_is_tried(world: World) -> None:
    second_line(world)
    world.queue(FATIMA)  # she never wrote from WhatsApp
    await world.post()
    assert world.last(SECOND).keys == ("draad.antwoord",)


async def test_outside_the_window_an_approved_text_goes_as_such(world: World) -> None:
    approved = world.queue(FATIMA, key="voorlezen.herinnering")
    refused = world.queue(FATIMA)
    await world.post()
    assert world.state(approved) == ("sent", None)
    assert world.last(FATIMA).message.template == "voorlezen.herinnering"
    assert world.state(refused) == ("failed", "window")


async def test_a_blocked_address_is_passed_over(world: World) -> None:
    second_line(world)
    await world.say(FATIMA, "menu")
    world.lines["whatsapp"].troubles.append(Blocked("no", "blocked"))
    first = world.queue(FATIMA)
    await world.post()
    assert world.state(first) == ("failed", "blocked")
    channels = world.rows(select(t.consent).where(t.consent.c.withdrawn_by == "block"))
    assert {each.channel for each in channels} == {"whatsapp"}
    second = world.queue(FATIMA)
    await world.post()
    assert world.state(second) == ("sent", None)
    assert world.last(SECOND).keys == ("draad.antwoord",)


async def test_who_writes_has_not_blocked_us_any_more(world: World) -> None:
    world.lines["sms"].troubles.append(Blocked("no", "blocked"))
    assert await world.say(KARIN, "menu") == []
    await world.later(hours=1)
    assert await world.say(KARIN, "menu") == ["menu.wat"]
    assert not world.rows(select(t.address).where(t.address.c.blocked_at.is_not(None)))


async def test_a_second_phone_that_said_no_gets_nothing(world: World) -> None:
    second_line(world, agreed=False)
    row_id = world.queue(FATIMA)
    await world.post()
    assert world.state(row_id) == ("failed", "window")
    assert world.read(SECOND) == []


async def test_a_reply_goes_where_she_wrote_from(world: World) -> None:
    second_line(world)
    await world.say(FATIMA, "menu")
    assert await world.say(SECOND, "menu") == ["menu.wat"]
    assert len(world.read(FATIMA)) == 1
