"""Whole conversations through the whole bot: the plan, what breaks in, another language, STOP and START."""

from datetime import timedelta

import pytest
from sqlalchemy import ColumnElement, select, update

from bot.model import Address
from bot.store import tables as t
from tests.world import ELIF, FATIMA, KARIN, OMAR, World

VOORLEZEN = ["voorlezen.wanneer"]
AGAIN = ["algemeen.kies", "voorlezen.wanneer"]


# --- the plan
async def test_a_parent_plans_and_is_reminded_until_she_answers(world: World) -> None:
    assert await world.say(KARIN, "voorlezen") == VOORLEZEN
    assert await world.say(KARIN, "2") == ["voorlezen.dag"]
    assert await world.say(KARIN, "dinsdag") == ["voorlezen.tijd"]
    assert await world.say(KARIN, "half acht 's avonds") == ["voorlezen.gepland"]
    assert "dinsdag om 19:30" in world.last(KARIN).message.text
    assert await world.later(KARIN, days=8) == ["voorlezen.herinnering", "voorlezen.hoe_vaak"]
    assert await world.say(KARIN, "vijf keer") == ["voorlezen.top"]
    assert await world.later(KARIN, days=7) == ["voorlezen.herinnering"]


async def test_the_reminder_outlives_a_school_week_and_stops_with_the_school_year(world: World) -> None:
    for text in ("voorlezen", "2", "di", "19:30"):
        await world.say(KARIN, text)
    await world.later(days=9)
    world.clock.move(world.clock().replace(year=2027, month=7, day=11))
    assert await world.later(KARIN, days=60) == ["voorlezen.herinnering"], "13 July is the last: the holiday begins"


async def test_what_a_bot_that_was_off_missed_is_not_made_up_for(world: World) -> None:
    for text in ("voorlezen", "2", "di", "19:30"):
        await world.say(KARIN, text)
    world.clock.move(world.clock() + timedelta(days=17))
    assert await world.later(KARIN, minutes=5) == ["voorlezen.hoe_vaak"], "the reminders are two and nine days late"


async def test_waiting_swallows_nothing(world: World) -> None:
    for text in ("voorlezen", "2", "di", "19:30"):
        await world.say(KARIN, text)
    assert await world.say(KARIN, "Lotte is ziek") == ["vrij.wat"]
    assert await world.say(KARIN, "1") == ["mens.door"]
    assert world.words() == ["Lotte is ziek"]


async def test_a_question_is_nudged_once_and_then_left_in_peace(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    assert await world.later(KARIN, hours=25) == ["voorlezen.nog_even"]
    assert await world.later(KARIN, days=30) == []
    assert [row.result for row in world.rows(select(t.run.c.result))] == ["no-answer"]


async def test_three_misses_lead_to_a_person(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    assert await world.say(KARIN, "blauw") == AGAIN
    assert await world.say(KARIN, "misschien") == AGAIN
    assert await world.say(KARIN, "ja maar nee") == ["algemeen.iemand_belt"]
    assert world.words() == ["blauw", "misschien", "ja maar nee"]


async def test_an_hour_that_fits_twice_is_asked(world: World) -> None:
    for text in ("voorlezen", "1", "ma"):
        await world.say(KARIN, text)
    assert await world.say(KARIN, "8 uur") == ["algemeen.ochtend_avond"]
    assert "1 08:00" in world.last(KARIN).message.text
    assert await world.say(KARIN, "2") == ["voorlezen.gepland"]
    assert "20:00" in world.last(KARIN).message.text


# --- one thing after another
async def test_the_menu_breaks_in_and_reading_goes_on(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    await world.say(KARIN, "na het eten")
    assert await world.say(KARIN, "menu") == ["menu.wat"]
    assert await world.say(KARIN, "andere taal") == ["taal.welke"]
    assert await world.say(KARIN, "Nederlands") == ["taal.klaar", "algemeen.verder", "voorlezen.dag"]
    assert await world.say(KARIN, "1") == ["voorlezen.tijd"]


async def test_the_same_again_begins_anew(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    await world.say(KARIN, "1")
    assert await world.say(KARIN, "voorlezen") == VOORLEZEN
    rows = world.rows(select(t.run.c.state, t.run.c.result).order_by(t.run.c.id))
    assert [(row.state, row.result) for row in rows] == [("ended", "replaced"), ("active", None)]


async def test_one_reminder_per_parent(world: World) -> None:
    for text in ("voorlezen", "2", "di", "19:30", "voorlezen", "1", "wo", "19:00"):
        await world.say(KARIN, text)
    assert (await world.later(KARIN, days=6)) == ["voorlezen.herinnering"]


async def test_a_parked_question_is_nudged_and_can_be_answered(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    await world.say(KARIN, "menu")
    assert await world.later(KARIN, hours=26) == ["voorlezen.nog_even"]
    assert await world.say(KARIN, "1") == ["voorlezen.dag"]


async def test_an_expired_conversation_is_over(world: World) -> None:
    await world.say(KARIN, "voorlezen")
    await world.say(KARIN, "1")
    world.write(lambda tx: tx.execute(update(t.run).values(expires_at=world.clock() + timedelta(hours=1))))
    await world.later(hours=25)
    [run] = world.rows(select(t.run))
    assert (run.state, run.result, run.due_at) == ("ended", "expired", None)


async def test_a_lower_rank_waits_until_nothing_else_is_open(world: World) -> None:
    for text in ("voorlezen", "2", "di", "19:30"):
        await world.say(KARIN, text)
    await world.later(days=6, hours=23)
    await world.say(KARIN, "mens")
    assert await world.later(KARIN, minutes=9) == [], "how often she read can wait while she writes to the teacher"
    assert await world.say(KARIN, "Mag ik even bellen?") == ["mens.door"]
    assert await world.later(KARIN, hours=2) == ["voorlezen.hoe_vaak"]


# --- languages
async def test_a_new_language_also_for_what_was_waiting(world: World) -> None:
    await world.say(KARIN, "taal")
    await world.say(KARIN, "Türkçe", settle=False)
    payload = {"thread": 1, "school": "brug", "child": None, "name": "juf Janneke", "text": "Tot morgen!"}
    world.note(KARIN, "answer", payload)
    assert await world.settled(KARIN) + await world.later(KARIN, seconds=1) == ["taal.klaar", "draad.antwoord"]
    assert "Bericht van" not in world.last(KARIN).message.text
    assert "Tot morgen!" in world.last(KARIN).message.text


async def test_a_queued_message_is_rendered_in_the_language_of_its_leaving(world: World) -> None:
    world.clock.move(world.clock() + timedelta(hours=8))
    queued = world.queue(KARIN, key="voorlezen.herinnering")
    await world.post()
    assert world.state(queued) == ("queued", "quiet_hours")
    await world.say(KARIN, "taal")
    assert await world.say(KARIN, "Türkçe") == ["taal.klaar"]
    assert await world.later(KARIN, hours=9) == ["voorlezen.herinnering"]
    assert "Merhaba" in world.last(KARIN).message.text


# --- STOP
async def test_stop_closes_everything_in_the_same_turn(world: World) -> None:
    for text in ("voorlezen", "2", "di", "19:30", "menu"):
        await world.say(KARIN, text)
    world.clock.move(world.clock() + timedelta(hours=8))
    waiting = world.queue(KARIN)
    assert await world.say(KARIN, "STOP") == ["stop.klaar"]
    assert world.rows(select(t.consent).where(t.consent.c.withdrawn_at.is_(None), _hers(world, KARIN))) == []
    assert world.state(waiting) == ("cancelled", "stop")
    assert [row.flow for row in world.rows(select(t.run.c.flow).where(t.run.c.state != "ended"))] == ["stop"]
    assert await world.later(KARIN, days=15) == []


def _hers(world: World, who: Address) -> ColumnElement[bool]:
    return t.consent.c.contact_id == world.contact(who)


async def test_stop_cancels_what_waits_for_the_morning(world: World) -> None:
    world.clock.move(world.clock() + timedelta(hours=8))
    world.note(KARIN, "answer", {"thread": 1, "school": "brug", "child": None, "name": "", "text": "Tot morgen!"})
    await world.bot.settle()
    assert await world.say(KARIN, "STOP") == ["stop.klaar"]
    rows = world.rows(select(t.outbox.c.status, t.outbox.c.reason).order_by(t.outbox.c.id))
    assert [(row.status, row.reason) for row in rows] == [("cancelled", "stop"), ("sent", None)]


@pytest.mark.parametrize("text", ["STOP", "stop", " Stop! ", "DUR", "توقف", "uitschrijven", "unsubscribe", "dur"])
async def test_stop_in_every_language_for_everyone(world: World, text: str) -> None:
    assert await world.say(OMAR, text) == ["stop.klaar"]


@pytest.mark.parametrize("text", ["de bus stopt niet", "stop met voorlezen vragen", "stopcontact"])
async def test_a_sentence_with_stop_is_no_stop(world: World, text: str) -> None:
    assert await world.say(KARIN, text) == ["vrij.wat"]


async def test_stop_and_her_three_choices(world: World) -> None:
    world.enrol("Elif", ELIF)
    assert await world.say(ELIF, world.code("Elif", "vaart")) == ["inschrijven.toestemming"]
    await world.tap(ELIF, "ja")
    phone = Address("sms", "+31612000013")
    await world.say(phone, world.code("Elif", purpose="channel"))
    await world.say(phone, "1")
    for choice, left in (
        ("kanaal", {("brug", "sms")}),
        ("school", {("vaart", "whatsapp")}),
        ("minder", {("brug", "whatsapp"), ("brug", "sms"), ("vaart", "whatsapp")}),
    ):
        assert await world.say(ELIF, "STOP") == ["stop.klaar"]
        assert world.last(ELIF).options == ("kanaal", "school", "minder")
        assert await world.tap(ELIF, choice) == [f"stop.{choice}"]
        assert _open(world) == left, choice
        assert await world.say(ELIF, "START") == (["menu.wat"] if choice == "minder" else ["start.terug"])
    assert len(_open(world)) == 3


async def test_who_chose_less_gets_no_tips_back_by_start(world: World) -> None:
    for text in ("STOP", "minder", "START", "STOP", "START"):
        await world.say(KARIN, text)
    hers = world.rows(select(t.consent).where(t.consent.c.withdrawn_at.is_(None), _hers(world, KARIN)))
    assert [row.purpose for row in hers] == ["school"]
    assert await world.say(KARIN, "voorlezen") == ["tips.mag"]
    assert await world.say(KARIN, "ja") == ["voorlezen.wanneer"]


async def in_two_schools(world: World) -> None:
    world.enrol("Elif", ELIF)
    await world.say(ELIF, world.code("Elif", "vaart"))
    await world.tap(ELIF, "ja")


async def test_a_message_belongs_to_the_school_that_she_answers(world: World) -> None:
    await in_two_schools(world)
    for school in ("brug", "vaart"):
        world.queue(ELIF, school=school)
        await world.post()
    brug, vaart = (heard.message.id for heard in world.read(ELIF)[-2:])
    for ours, left in ((brug, "vaart"), (vaart, "brug")):
        await world.say(ELIF, "STOP", ours=ours)
        await world.tap(ELIF, "school")
        assert {school for school, _ in _open(world)} == {left}
        assert await world.say(ELIF, "START") == ["start.terug"]


async def test_a_message_without_a_reply_belongs_to_the_school_she_heard_last(world: World) -> None:
    await in_two_schools(world)
    world.queue(ELIF, key="voorlezen.herinnering", school="vaart")
    await world.post()
    await world.say(ELIF, "STOP")
    await world.tap(ELIF, "school")
    assert {school for school, _ in _open(world)} == {"brug"}


def _open(world: World) -> set[tuple[str, str]]:
    open_ones = world.rows(select(t.consent).where(t.consent.c.withdrawn_at.is_(None), _hers(world, ELIF)))
    return {(row.school, row.channel) for row in open_ones}


async def test_a_choice_that_makes_no_difference_is_not_offered(world: World) -> None:
    await world.say(FATIMA, "STOP")
    assert world.last(FATIMA).options == ("minder",)


async def test_start_opens_again_and_plans_go_on(world: World) -> None:
    for text in ("voorlezen", "2", "di", "19:30", "STOP"):
        await world.say(KARIN, text)
    assert await world.later(KARIN, days=3) == []
    assert await world.say(KARIN, "START") == ["start.terug"]
    assert await world.later(KARIN, days=7) == ["voorlezen.herinnering"]
    assert await world.say(KARIN, "START") == ["menu.wat"], "there is nothing to open"
