"""A bot that is shut out is an opt-out of that channel; START alone leads back."""

from itertools import count

from sqlalchemy import select

from bot.inbox import receive
from bot.model import Address, Inbound
from bot.store import tables as t
from tests.world import A_MOMENT, JAN, KARIN, World

_IDS = count(1)
PHONE = Address("sms", "+31612000044")


async def shuts_out(world: World, who: Address, *, settle: bool = True) -> list[str]:
    world.clock.move(world.clock() + A_MOMENT)
    letter = Inbound(f"blocked-{next(_IDS)}", who, kind="blocked")
    world.write(lambda tx: receive.store(tx, [letter], world.clock()))
    return await world.settled(who) if settle else []


def open_for(world: World, who: Address) -> set[tuple[str, str]]:
    c = t.consent.c
    hers = select(c.channel, c.purpose).where(c.contact_id == world.contact(who), c.withdrawn_at.is_(None))
    return {tuple(row) for row in world.rows(hers)}


def blocked(world: World, who: Address) -> bool:
    [row] = world.rows(select(t.address.c.blocked_at).where(t.address.c.id == world.address(who)))
    return row.blocked_at is not None


async def test_her_yes_for_that_channel_is_withdrawn_and_nothing_is_said(world: World) -> None:
    world.enrol("Jan", PHONE)
    there = world.queue(JAN, "plan", address_id=world.address(JAN), due_at=world.clock().replace(hour=17))
    anywhere = world.queue(JAN, "plan", due_at=world.clock().replace(hour=17))
    assert await shuts_out(world, JAN) == []
    assert open_for(world, JAN) == {("sms", "school"), ("sms", "tips")}
    assert blocked(world, JAN)
    assert not blocked(world, PHONE)
    assert world.state(there) == ("cancelled", "blocked")
    assert world.state(anywhere)[0] == "queued", "her other phone may still get it"
    assert [row.withdrawn_by for row in world.rows(select(t.consent.c.withdrawn_by)) if row.withdrawn_by] == [
        "block"
    ] * 2


async def test_start_leads_back_without_a_code(world: World) -> None:
    await shuts_out(world, JAN)
    assert open_for(world, JAN) == set()
    assert await world.say(JAN, "/start") == ["start.terug"]
    assert open_for(world, JAN) == {("telegram", "school"), ("telegram", "tips")}
    assert not blocked(world, JAN)


async def test_who_writes_something_else_is_answered_but_asked_nothing_behind_her_back(world: World) -> None:
    await shuts_out(world, JAN)
    assert await world.say(JAN, "menu") == ["menu.wat"]
    assert not blocked(world, JAN)
    assert open_for(world, JAN) == set()
    plan = world.queue(JAN, "plan")
    await world.post()
    assert world.state(plan) == ("cancelled", "no_consent")


async def test_start_on_another_channel_does_not_open_what_she_shut(world: World) -> None:
    world.enrol("Jan", PHONE)
    await shuts_out(world, JAN)
    assert await world.say(PHONE, "START") == ["menu.wat"]
    assert open_for(world, JAN) == {("sms", "school"), ("sms", "tips")}
    assert blocked(world, JAN)


async def test_a_stop_before_it_stays_a_stop_until_start(world: World) -> None:
    await world.say(JAN, "STOP")
    await shuts_out(world, JAN)
    assert await world.say(JAN, "START") == ["start.terug"]
    assert open_for(world, JAN) == {("telegram", "school"), ("telegram", "tips")}


async def test_who_writes_right_after_it_is_not_shut_out(world: World) -> None:
    """Both lie in the inbox when the desk looks: she has opened it again."""
    await shuts_out(world, JAN, settle=False)
    assert await world.say(JAN, "menu") == ["menu.wat"]
    assert not blocked(world, JAN)
    await world.say(JAN, "hallo daar", settle=False)
    await shuts_out(world, JAN)
    assert blocked(world, JAN), "and the other way round she has not"


async def test_a_stranger_who_shuts_us_out_is_nobody(world: World) -> None:
    nobody = Address("telegram", "4999")
    assert await shuts_out(world, nobody) == []
    assert world.inbox() == ["done"]
    assert open_for(world, KARIN), "and nobody else's yes is touched"
