"""What parents ask about school: answered from its own data with its date, or passed on to the teacher in Dutch."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.channels.sms import sms_parts
from bot.desk import threads
from bot.model import Address, Value
from bot.people import facts, freedays
from bot.people.facts import Fact
from bot.schooldays import Free
from bot.store import tables as t
from bot.translation.languages import LANGUAGES, say_date, say_days
from tests.world import FATIMA, JAN, KARIN, MONDAY, OMAR, STRANGER, World

NOTED = "2026-09-01"
TIMES = {"ma": "8:30-14:00", "di": "8:30-14:00", "wo": "8:30-12:15", "do": "8:30-14:00", "vr": "vrij"}


def known(world: World, group: str, **what: str) -> None:
    """The school notes this of a group."""
    found = [Fact(group, name, value, NOTED) for name, value in what.items()]
    world.write(lambda tx: facts.store(tx, "brug", found))


def free(world: World, *days: tuple[str, str, str, str]) -> None:
    """The school's own free days: first, last, kind, name."""
    found = [
        Free(date.fromisoformat(a), date.fromisoformat(b), kind, name, "x.ics", NOTED) for a, b, kind, name in days
    ]
    world.write(lambda tx: freedays.save(tx, "brug", found))


def phones(world: World, **changes: Any) -> None:
    """The schools have an office with a telephone."""
    schools = {key: replace(each, **changes) for key, each in world.bot.config.schools.items()}
    world.restart(schools=schools)


def lines(world: World, who: Address) -> Sequence[str]:
    return world.last(who).message.text.split("\n\n")


def asked(world: World) -> list[tuple[str, str, list[str]]]:
    """The threads: kind, child, and what stands in them in Dutch."""
    with world.bot.database.read() as tx:
        return [(each.kind, each.child, [said.text for said in each.messages]) for each in threads.waiting(tx)]


# --- free days
async def test_the_schools_calendar_with_its_date(world: World) -> None:
    free(
        world, ("2026-12-04", "2026-12-04", "studiedag", "Teamdag"),
        ("2026-12-19", "2027-01-03", "vakantie", "kerst"), ("2027-02-03", "2027-02-03", "vrij", "Het feest"),
    )  # fmt: skip
    await world.say(KARIN, "vakantie")
    assert lines(world, KARIN) == [
        "Dan is er geen school:", "Studiedag: vrijdag 4 december", "Kerstvakantie: 19 december tot en met 3 januari",
        "Het feest: woensdag 3 februari", "Volgens school, op 1 september 2026.",
    ]  # fmt: skip
    assert asked(world) == []


async def test_the_governments_holidays_are_said_to_be_so(world: World) -> None:
    assert await world.say(KARIN, "wanneer vrij") == [
        "weet.vrij", "weet.vrij.reeks", "weet.vrij.reeks", "weet.vrij.dag", "weet.datum.rijk",
    ]  # fmt: skip


async def test_today_counts_by_the_clock_at_school(world: World) -> None:
    free(world, ("2026-11-24", "2026-11-24", "studiedag", "x"))
    world.clock.move(MONDAY + timedelta(hours=7, minutes=30))  # half past ten in the evening
    await world.say(KARIN, "studiedag")
    assert lines(world, KARIN)[1] == "Studiedag: dinsdag 24 november"
    world.clock.move(MONDAY + timedelta(hours=31, minutes=30))  # half past eleven, a day later
    await world.say(KARIN, "studiedag")
    assert "24 november" in lines(world, KARIN)[1]
    world.clock.move(MONDAY + timedelta(hours=32, minutes=30))
    await world.say(KARIN, "studiedag")
    assert "24 november" not in world.last(KARIN).message.text


# --- times and gym
async def test_times_are_grouped_and_a_free_day_is_said(world: World) -> None:
    known(world, "groep 4", **TIMES)
    await world.say(KARIN, "hoe laat")
    assert lines(world, KARIN) == [
        "Schooltijden van Lotte:", "maandag, dinsdag en donderdag: 8:30 tot 14:00", "woensdag: 8:30 tot 12:15",
        "vrijdag: geen school", "Volgens school, op 1 september 2026.",
    ]  # fmt: skip


async def test_it_is_asked_which_child_only_where_the_answers_differ(world: World) -> None:
    known(world, "", **TIMES)
    assert (await world.say(JAN, "schooltijden"))[0] == "weet.tijden", "the same for both"
    known(world, "groep 4", gym="ma")
    known(world, "groep 5", gym="di")
    assert await world.say(JAN, "gym") == ["mens.wie"]
    await world.say(JAN, "2")
    assert lines(world, JAN)[0] == "Gym voor Saar: dinsdag."
    known(world, "groep 5", gym="ma")
    assert (await world.say(JAN, "gym"))[0] == "weet.gym"


async def test_what_nobody_knows_goes_to_the_teacher_of_that_child(world: World) -> None:
    known(world, "groep 4", gym="ma")
    assert await world.say(JAN, "gymspullen") == ["mens.wie"]
    assert await world.say(JAN, "Saar Bakker") == ["weet.niet"]
    assert "meester Bas" in world.last(JAN).message.text
    assert asked(world) == [("vraag", "Saar Bakker", ["Op welke dagen is er gym?"])]


async def test_her_own_word_stands_beside_the_dutch_question(world: World) -> None:
    assert await world.say(FATIMA, "gym") == ["weet.niet"]
    assert asked(world) == [("vraag", "Amira Haddad", ['Op welke dagen is er gym? ("gym")'])]
    assert await world.say(FATIMA, "schooltijden") == ["weet.niet"]
    assert len(asked(world)[0][2]) == 2, "the same talk"
    thread = world.rows(select(t.thread.c.id))[0].id
    world.write(lambda tx: threads.answer(tx, thread, "juf Janneke", "Op dinsdag.", world.clock()))
    await world.settled(FATIMA)  # no machine is there, which is known a moment later
    assert len(await world.later(FATIMA, seconds=1)) == 1


async def test_from_the_menu_a_number_is_a_question_too(world: World) -> None:
    await world.say(KARIN, "menu")
    place = world.last(KARIN).message.text.splitlines()
    number = next(line.split()[0] for line in place if line.endswith("Iets weten over school"))
    assert await world.say(KARIN, number) == ["weten.wat"]
    assert await world.say(KARIN, "3") == ["weet.niet"]
    assert asked(world) == [("vraag", "Lotte Visser", ["Op welke dagen is er gym?"])]
    [message] = world.rows(select(t.thread_message.c.inbox_id))
    assert message.inbox_id is not None, "an answer goes where she asked"


# --- people
async def test_who_the_teacher_is_and_how_to_reach_her(world: World) -> None:
    assert await world.say(KARIN, "wie is de juf") == ["weet.juf", "weet.juf.mens"]
    phones(world, phone="030 123 45 60")
    assert await world.say(KARIN, "wie is de juf") == ["weet.juf", "weet.juf.bel"]
    assert "030 123 45 60" in world.last(KARIN).message.text
    bas = next(
        row.id for row in world.rows(select(t.staff.c.id, t.staff.c.name)) if _name(world, row.name) == "meester Bas"
    )
    group = world.rows(select(t.group.c.id).where(t.group.c.name == "groep 4"))[0].id
    link = {"group_id": group, "staff_id": bas, "weekdays": "do vr", "substitute": False}
    world.write(lambda tx: tx.execute(t.group_staff.insert(), link))
    await world.say(KARIN, "wie is de juf")
    assert lines(world, KARIN)[:3] == [
        "Leerkracht van Lotte: juf Janneke / meester Bas.",
        "juf Janneke: maandag, dinsdag, woensdag, donderdag en vrijdag", "meester Bas: donderdag en vrijdag",
    ]  # fmt: skip


def _name(world: World, sealed: bytes) -> str:
    with world.bot.database.read() as tx:
        return tx.open("staff.name", sealed)


async def test_how_to_report_ill(world: World) -> None:
    assert await world.say(KARIN, "hoe meld ik ziek?") == ["weet.niet"], "no telephone is known"
    phones(world, phone="030 123 45 60")
    assert await world.say(KARIN, "Waar meld ik ziek") == ["weet.ziek.bel"]
    phones(world, phone="030 123 45 60", ill_before="8:15")
    known(world, "", ziek="Zeg ook wat uw kind heeft.")
    assert await world.say(KARIN, "hoe meld ik ziek") == ["weet.ziek", "weet.ziek.ook", "weet.datum"]
    assert lines(world, KARIN)[0] == "Is Lotte ziek? Bel dan voor 8:15 naar school: 030 123 45 60."
    assert await world.say(JAN, "hoe meld ik mijn kind ziek") == ["weet.ziek", "weet.ziek.ook", "weet.datum"]


async def test_her_next_appointment(world: World) -> None:
    assert await world.say(KARIN, "mijn afspraak") == ["gesprek.vraag"]
    karin, jan = world.contact(KARIN), world.contact(JAN)
    child = world.rows(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == karin))[0].child_id
    janneke = world.rows(select(t.staff.c.id).order_by(t.staff.c.id))[0].id
    base = {
        "school": "brug", "staff_id": janneke, "minutes": 15, "made_at": MONDAY, "changed_at": MONDAY,
        "state": "planned", "child_id": child, "contact_id": karin,
    }  # fmt: skip
    rows = [
        {**base, "starts_at": MONDAY + timedelta(days=9)},
        {**base, "starts_at": MONDAY + timedelta(days=8, hours=-1), "staff_id": None},
        {**base, "starts_at": MONDAY + timedelta(days=1), "state": "cancelled"},
        {**base, "starts_at": MONDAY - timedelta(days=1)},
        {**base, "starts_at": MONDAY + timedelta(days=2), "contact_id": jan},
    ]
    world.write(lambda tx: tx.execute(t.appointment.insert(), rows))
    assert await world.say(KARIN, "afspraak") == ["gesprek.regel", "gesprek.regel", "gesprek.welke"]
    assert await world.say(KARIN, "1") == ["gesprek.wat"]
    assert lines(world, KARIN)[0].startswith("Uw gesprek over Lotte: dinsdag 1 december om 15:00, met de leerkracht.")
    world.write(
        lambda tx: tx.execute(update(t.appointment).where(t.appointment.c.staff_id.is_(None)).values(state="held"))
    )
    assert await world.say(KARIN, "afspraak") == ["gesprek.wat"]
    assert lines(world, KARIN)[0].startswith("Uw gesprek over Lotte: woensdag 2 december om 16:00, met juf Janneke.")


# --- strangers and limits
async def test_a_stranger_learns_nothing(world: World) -> None:
    known(world, "", **TIMES)
    assert "weet.tijden" not in await world.say(STRANGER, "schooltijden")


@pytest.mark.parametrize("text", ["vakantie", "schooltijden", "gym", "hoe meld ik ziek", "wie is de juf"])
async def test_an_answer_by_sms_is_three_parts_at_most(world: World, text: str) -> None:
    phones(world, phone="030 123 45 60", ill_before="8:15")
    known(world, "", **TIMES, gym="ma di wo do vr")
    for who in (KARIN, OMAR):
        await world.say(who, text)
        assert sms_parts(world.last(who).message.text) <= 3


def test_days_and_dates_are_said_in_every_language(world: World) -> None:
    words = world.bot.catalogue.words("nl")
    assert words.value(Value("days", "ma wo vr")) == "maandag, woensdag en vrijdag"
    assert words.value(Value("monthday", "2026-12-19")) == "19 december"
    assert words.value(Value("full_date", "2026-12-19")) == "19 december 2026"
    for language in LANGUAGES:
        assert "19" in say_date(language, date(2026, 12, 19), "monthday")
        assert "2026" in say_date(language, date(2026, 12, 19), "full_date")
        assert len(say_days(language, ["ma", "vr"])) > len(say_days(language, ["ma"]))
