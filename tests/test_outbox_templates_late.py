"""WhatsApp a day after her last message: an approved text, a knock, or another address."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.model import Address
from bot.outbox import approval
from bot.outbox.queue import LIFE
from bot.store import tables as t
from bot.store.database import Database
from tests.approving import SECOND, approved, approving, second_phone, wordings
from tests.world import ENROLLED, FATIMA, MONDAY, World, opened

DAY = timedelta(days=1)


@pytest.fixture
async def both(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """The world on both databases."""
    async with opened(database, tmp_path) as there:
        for name, who in ENROLLED.items():
            there.enrol(name, who)
        yield there


def moment(world: World, row_id: int) -> datetime:
    due: datetime = world.outbox(row_id).due_at
    return due


def knocks(world: World) -> int:
    return len(world.rows(select(t.inbox.c.id).where(t.inbox.c.provider_id.startswith("klop:"))))


# --- an approved text
async def test_a_reminder_a_week_later_goes_as_an_approved_text(world: World) -> None:
    await approved(world)
    await world.say(FATIMA, "voorlezen")
    for option in ("na_eten", "ma"):
        await world.tap(FATIMA, option)
    assert await world.say(FATIMA, "19:30") == ["voorlezen.gepland"]
    assert "voorlezen.herinnering" in await world.later(FATIMA, days=9)
    message = [each.message for each in world.read(FATIMA) if each.keys == ("voorlezen.herinnering",)][-1]
    assert (message.template, message.language, message.layout) == ("voorlezen.herinnering", "ar", "plain")
    assert message.values
    assert message.text.startswith("مرحبا")
    row = world.outbox(int(message.id.partition("-")[0]))
    assert row.way == "template"


async def test_a_nudge_has_its_buttons_four_of_them(world: World) -> None:
    await approved(world)
    await world.say(FATIMA, "voorlezen")
    assert await world.later(FATIMA, hours=25) == ["voorlezen.nog_even"]
    message = world.last(FATIMA).message
    assert (message.layout, len(message.choices)) == ("buttons", 4)
    assert await world.tap(FATIMA, "bedtijd") == ["voorlezen.dag"]


async def test_an_earlier_wording_stands_in_until_the_new_one_is_approved(world: World) -> None:
    line = await approved(world, "voorlezen.herinnering", languages=["ar"])
    world.write(lambda tx: tx.execute(update(t.content).values(form="0" * 32)))
    row_id = world.queue(FATIMA, key="voorlezen.herinnering")
    await world.post()
    assert world.state(row_id) == ("sent", None)
    assert world.last(FATIMA).message.content in line.forms
    world.write(lambda tx: tx.execute(update(t.content).values(shape="another")))
    row_id = world.queue(FATIMA, key="voorlezen.herinnering")
    await world.post()
    assert world.state(row_id) == ("failed", "window")


async def test_an_earlier_wording_with_numbers_stands_in_for_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first line may have been another option: her 1 would mean what she never read."""
    line, texts, key = approving(world), world.bot.catalogue.texts["ar"], "voorlezen.wanneer.bedtijd"
    assert isinstance(texts, dict)
    monkeypatch.setitem(texts, key, replace(texts[key], forms=("een label dat op geen knop past",)))
    wanted = [form for form in wordings(world) if (form.template, form.language) == ("voorlezen.nog_even", "ar")]
    assert [form.layout for form in wanted] == ["plain"]
    async for _ in approval.push(world.bot.database, "whatsapp", line, wanted, world.clock):
        line.decide("approved")
    await approval.pull(world.bot.database, "whatsapp", line, world.clock())
    for heard in (["voorlezen.nog_even"], []):
        await world.say(FATIMA, "voorlezen")
        assert await world.later(FATIMA, hours=25) == heard
        world.write(lambda tx: tx.execute(update(t.content).values(form="0" * 32)))


@pytest.mark.parametrize("state", ["pending", "rejected", "paused", "disabled"])
async def test_what_is_not_approved_goes_to_the_next_address(world: World, state: str) -> None:
    line = await approved(world, "voorlezen.herinnering")
    line.decide(state)
    await approval.pull(world.bot.database, "whatsapp", line, world.clock())
    second_phone(world)
    row_id = world.queue(FATIMA, key="voorlezen.herinnering")
    await world.post()
    assert world.state(row_id) == ("sent", None)
    assert world.last(SECOND).keys == ("voorlezen.herinnering",)
    assert world.outbox(row_id).way == "free"


async def test_where_nothing_is_left_it_says_so(world: World) -> None:
    approving(world)
    ids = [world.queue(FATIMA, key="voorlezen.herinnering"), world.queue(FATIMA)]
    await world.post()
    assert {world.state(each) for each in ids} == {("failed", "window")}


async def test_who_speaks_what_whatsapp_has_no_templates_for_reads_the_dutch_one(world: World) -> None:
    await approved(world)
    world.write(lambda tx: tx.execute(update(t.contact).values(language=tx.seal("contact.language", "so"))))
    row_id = world.queue(FATIMA, key="voorlezen.herinnering")
    await world.post()
    assert world.state(row_id) == ("sent", None)
    assert world.last(FATIMA).message.language == "nl"


async def test_a_text_that_the_provider_refuses_after_all_waits_for_a_knock(world: World) -> None:
    line = await approved(world)
    line.decide("paused", "voorlezen.herinnering")  # nobody told us yet
    row_id = world.queue(FATIMA, key="voorlezen.herinnering")
    await world.post()
    assert await world.later(FATIMA, seconds=10) == ["klop.vraag"]
    assert world.state(row_id) == ("queued", "knocked")


# --- the knock
async def test_a_knock_then_one_then_the_answer_itself(both: World) -> None:
    await approved(both)
    row_id = both.queue(FATIMA, "reply", text="Tot vrijdag om half negen.")
    assert await both.settled(FATIMA) == ["klop.vraag"]
    knock = both.last(FATIMA).message
    assert (knock.template, knock.language, both.last(FATIMA).options) == ("klop.vraag", "ar", ("lees",))
    assert both.state(row_id) == ("queued", "knocked")
    assert abs(moment(both, row_id) - both.clock() - 3 * DAY) < timedelta(minutes=1)
    assert await both.say(FATIMA, "1") == ["draad.antwoord"], "and not a word more"
    assert "Tot vrijdag om half negen." in both.last(FATIMA).message.text
    row = both.outbox(row_id)
    assert (row.status, row.expires_at - row.due_at) == ("sent", LIFE["reply"])


async def test_a_tap_opens_the_door_too(world: World) -> None:
    await approved(world)
    world.queue(FATIMA)
    assert await world.settled(FATIMA) == ["klop.vraag"]
    assert await world.tap(FATIMA, "lees") == ["draad.antwoord"]
    assert not world.rows(select(t.run.c.id).where(t.run.c.state != "ended"))


async def test_other_words_open_it_and_are_read_as_always(world: World) -> None:
    await approved(world)
    world.queue(FATIMA)
    await world.settled(FATIMA)
    assert await world.say(FATIMA, "voorlezen") == ["draad.antwoord", "voorlezen.wanneer"]
    world.queue(FATIMA, text="Nog iets")
    assert await world.settled(FATIMA) == ["draad.antwoord"], "the window is open"


async def test_an_open_question_is_not_disturbed_by_a_knock(world: World) -> None:
    await approved(world)
    await world.say(FATIMA, "voorlezen")
    await world.later(hours=26)
    world.queue(FATIMA)
    assert await world.settled(FATIMA) == ["klop.vraag"]
    assert await world.say(FATIMA, "1") == ["draad.antwoord"]
    assert await world.say(FATIMA, "voor het slapen", settle=True) != []
    states = world.rows(select(t.run.c.flow, t.run.c.state).order_by(t.run.c.id))
    assert [tuple(each) for each in states][:2] == [("voorlezen", "active"), ("klop", "ended")]


async def test_one_knock_for_all_that_waits_and_one_a_day(world: World) -> None:
    await approved(world)
    ids = [world.queue(FATIMA, text=str(number)) for number in range(3)]
    assert await world.settled(FATIMA) == ["klop.vraag"]
    await world.later(hours=1)
    ids.append(world.queue(FATIMA, text="3"))
    assert await world.settled(FATIMA) == []
    assert {world.state(each) for each in ids} == {("queued", "knocked")}
    assert knocks(world) == 1
    await world.later(hours=23)
    ids.append(world.queue(FATIMA, text="4"))
    assert await world.settled(FATIMA) == [], "the first knock is still open"
    said = await world.say(FATIMA, "1") + await world.later(FATIMA, seconds=10)
    assert said == ["draad.antwoord"] * 5
    assert [each.message.text[-1] for each in world.read(FATIMA)[-5:]] == list("01234")


async def test_a_knock_that_nobody_answers(world: World) -> None:
    await approved(world)
    lost = world.queue(FATIMA)
    await world.settled(FATIMA)
    await world.later(days=3, hours=1)
    assert world.state(lost) == ("expired", "not_read")
    assert knocks(world) == 1


async def test_after_three_days_it_goes_to_the_next_address(world: World) -> None:
    await approved(world)
    second_phone(world)
    row_id = world.queue(FATIMA)
    assert await world.settled(FATIMA) == ["klop.vraag"]
    assert await world.later(SECOND, days=2) == []
    assert await world.later(SECOND, days=1, hours=1) == ["draad.antwoord"]
    assert world.state(row_id) == ("sent", None)


async def test_what_she_writes_elsewhere_brings_it_there(world: World) -> None:
    await approved(world)
    second_phone(world)
    world.queue(FATIMA)
    await world.settled(FATIMA)
    assert await world.say(SECOND, "menu") == ["draad.antwoord", "menu.wat"]


async def test_a_tap_on_an_old_knock(world: World) -> None:
    await approved(world)
    row_id = world.queue(FATIMA)
    await world.settled(FATIMA)
    knock = world.last(FATIMA).message.id
    await world.later(hours=50)  # the knock itself is over
    assert world.state(row_id) == ("queued", "knocked")
    assert await world.say(FATIMA, choice="lees", ours=knock) == ["draad.antwoord"]
    assert await world.say(FATIMA, choice="lees", ours=knock) == ["menu.wat"], "nothing waits any more"


async def test_nobody_knocks_at_night_nor_without_her_yes_to_school(world: World) -> None:
    await approved(world)
    world.clock.move(MONDAY.replace(hour=22))
    row_id = world.queue(FATIMA)
    assert await world.settled(FATIMA) == []
    assert world.state(row_id) == ("queued", "quiet_hours")
    tips = t.consent.c.purpose == "school"
    world.write(lambda tx: tx.execute(update(t.consent).where(tips).values(withdrawn_at=world.clock())))
    other = world.queue(FATIMA, purpose="tips")
    await world.later(hours=12)
    assert (world.state(row_id)[1], world.state(other)[1], knocks(world)) == ("no_consent", "window", 0)


async def test_who_writes_in_the_night_is_not_knocked_for_in_the_morning(world: World) -> None:
    await approved(world)
    world.clock.move(MONDAY.replace(hour=19, minute=59, second=58))
    world.queue(FATIMA)
    await world.bot.post_letters()
    world.clock.move(MONDAY.replace(hour=20, minute=1))
    assert await world.settled(FATIMA) == [], "her knock waits for the morning"
    assert await world.say(FATIMA, "dank u") != []
    await world.later(hours=14)
    assert "klop.vraag" not in [key for heard in world.read(FATIMA) for key in heard.keys]


async def test_a_knock_in_dutch_is_better_than_none(world: World) -> None:
    await approved(world, "klop.vraag", languages=["nl"])
    world.queue(FATIMA)
    assert await world.settled(FATIMA) == ["klop.vraag"]
    assert world.last(FATIMA).message.language == "nl"
    assert await world.say(FATIMA, "1") == ["draad.antwoord"]


async def test_stop_to_a_knock_is_a_stop(world: World) -> None:
    await approved(world)
    row_id = world.queue(FATIMA)
    await world.settled(FATIMA)
    assert await world.say(FATIMA, "stop") == ["stop.klaar"]
    assert world.state(row_id)[0] == "cancelled"


async def test_what_is_urgent_does_not_knock(world: World) -> None:
    await approved(world)
    row_id = world.queue(FATIMA, "urgent")
    await world.post()
    assert world.state(row_id)[0] == "failed"
    assert knocks(world) == 0


# --- how many people a day
async def test_a_portfolio_of_three_with_five_parents(both: World) -> None:
    people = [Address("whatsapp", f"+3161200010{number}") for number in range(5)]
    for who, name in zip(people, ("Fatima", "Omar", "Elif", "Jan", "Karin"), strict=True):
        both.enrol(name, who)
    channels = both.bot.config.channels
    both.restart(channels={**channels, "whatsapp": replace(channels["whatsapp"], portfolio=3)})
    await approved(both, "voorlezen.herinnering", languages=("nl", "en", "tr", "ar"))
    ids = [both.queue(who, "appointment", key="voorlezen.herinnering", address_id=both.address(who)) for who in people]
    await both.post()
    assert [both.state(each) for each in ids] == [("sent", None)] * 3 + [("queued", "portfolio")] * 2
    again = both.queue(people[0], key="voorlezen.herinnering", address_id=both.address(people[0]))
    await both.say(people[4], "menu")
    assert both.state(again) == both.state(ids[4]) == ("sent", None), (
        "who was reached, or writes herself, is free of it"
    )
    assert both.outbox(ids[4]).way == "free"
    left = both.rows(select(func.min(t.outbox.c.left_at).label("at")).where(t.outbox.c.way == "template"))[0].at
    waiting = both.outbox(ids[3])
    assert timedelta(0) <= waiting.due_at - left - DAY < timedelta(minutes=1)
    assert waiting.expires_at - waiting.due_at == LIFE["appointment"]
    await both.later(hours=25)
    assert both.state(ids[3]) == ("sent", None)
