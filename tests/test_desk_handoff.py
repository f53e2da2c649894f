"""Danger and questions: to a person of the school and back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.desk import threads
from bot.errors import BotError
from bot.model import Address
from bot.people import staff
from bot.reports import status
from bot.store import tables as t
from tests.world import COLLEAGUE, ELIF, FATIMA, JAN, KARIN, NEXT_COLLEAGUE, OMAR, STRANGER, YEAR, World


def kinds(world: World) -> list[str]:
    return [row.kind for row in world.rows(select(t.thread.c.kind).order_by(t.thread.c.id))]


# --- danger
@pytest.mark.parametrize(
    ("who", "text"),
    [
        (KARIN, "ik weet het niet meer, mijn man slaat mij en de kinderen"),
        (FATIMA, "زوجي يضربني"),
        (OMAR, "I want to kill myself"),
        (ELIF, "kocam beni dövüyor"),
        (JAN, "zelfmoord"),
    ],
)
async def test_danger_in_every_language_brings_help_and_calls_a_person(world: World, who: Address, text: str) -> None:
    if who is ELIF:
        world.enrol("Elif", ELIF)
    await world.say(who, "voorlezen")
    assert await world.say(who, text) == ["gevaar.hulp"], "and nothing about reading aloud"
    help_text = world.last(who).message.text
    assert all(number in help_text for number in ("112", "0800", "030 123 45 67"))
    assert kinds(world) == ["gevaar"]
    assert world.words() == [text]
    alarm = world.last(COLLEAGUE)
    assert alarm.keys == ("alarm.oproep",)
    assert not any(name in alarm.message.text for name in ("Karin", "Fatima", "Omar", "Elif", "Jan", text))
    assert world.read(NEXT_COLLEAGUE) == []


async def test_an_alarm_goes_round_until_somebody_takes_it(world: World) -> None:
    await world.say(KARIN, "hij slaat mij")
    assert await world.later(NEXT_COLLEAGUE, minutes=4) == []
    assert await world.later(NEXT_COLLEAGUE, minutes=2) == ["alarm.oproep"]
    assert await world.say(NEXT_COLLEAGUE, "1") == ["alarm.dank"]
    assert await world.say(COLLEAGUE, "1") == ["alarm.al"], "late, and a colleague was first"
    assert await world.say(NEXT_COLLEAGUE, "1") == ["alarm.dank"], "she has it already"
    assert await world.later(COLLEAGUE, hours=2) == []
    [alarm] = world.rows(select(t.alarm))
    assert (alarm.state, alarm.taken_by) == ("taken", world.contact(NEXT_COLLEAGUE))


async def test_a_late_answer_to_an_alarm_still_counts(world: World) -> None:
    await world.say(KARIN, "hij slaat mij")
    await world.later(minutes=6)
    assert await world.say(COLLEAGUE, "1") == ["alarm.dank"]
    assert await world.say(NEXT_COLLEAGUE, "ja") == ["alarm.al"]


async def test_an_alarm_nobody_takes_goes_round_three_times(world: World) -> None:
    await world.say(KARIN, "hij slaat mij")
    await world.later(hours=3)
    assert [len(world.read(each)) for each in (COLLEAGUE, NEXT_COLLEAGUE)] == [3, 3]
    with world.bot.database.read() as tx:
        assert status.short(tx)["alarms_open"] == 1


async def test_danger_wakes_people_on_duty_and_answers_at_night(world: World) -> None:
    await world.later(hours=10)
    assert await world.say(KARIN, "hij slaat mij") == ["gevaar.hulp"]
    assert len(world.read(COLLEAGUE)) == 1


async def test_danger_twice_is_one_thread_and_one_alarm(world: World) -> None:
    for text in ("hij slaat mij", "hij slaat ons weer"):
        await world.say(KARIN, text)
    assert kinds(world) == ["gevaar"]
    assert len(world.read(COLLEAGUE)) == 1
    assert world.words() == ["hij slaat mij", "hij slaat ons weer"]


async def test_two_families_in_danger_are_two_alarms(world: World) -> None:
    await world.say(KARIN, "hij slaat mij")
    await world.say(OMAR, "I want to kill myself")
    await world.later(minutes=6)
    assert [row.position for row in world.rows(select(t.alarm.c.position))] == [1, 1], "the second ends not the first"
    assert await world.say(NEXT_COLLEAGUE, "1") == ["alarm.dank", "algemeen.verder", "alarm.oproep"]
    assert await world.say(NEXT_COLLEAGUE, "1") == ["alarm.dank"]
    assert {row.state for row in world.rows(select(t.alarm.c.state))} == {"taken"}


async def test_danger_again_after_an_alarm_that_nobody_took(world: World) -> None:
    await world.say(KARIN, "hij slaat mij")
    await world.later(hours=3)
    await world.say(KARIN, "hij slaat mij weer")
    assert [len(world.read(each)) for each in (COLLEAGUE, NEXT_COLLEAGUE)] == [4, 3], "the round begins anew"
    with world.bot.database.read() as tx:
        assert status.short(tx)["alarms_open"] == 1
    assert await world.say(COLLEAGUE, "1") == ["alarm.dank"]


async def test_danger_is_answered_though_a_school_is_gone_from_the_configuration(world: World) -> None:
    world.enrol("Elif", ELIF)
    await world.say(ELIF, world.code("Elif", "vaart"))
    await world.tap(ELIF, "ja")
    world.restart(schools={"brug": world.bot.config.schools["brug"]})
    assert await world.say(ELIF, "kocam beni dövüyor") == ["gevaar.hulp"]
    assert len(world.read(COLLEAGUE)) == 1


async def test_a_stranger_in_danger_stays_a_stranger(world: World) -> None:
    await world.say(STRANGER, "zelfmoord", settle=False)
    await world.say(STRANGER, "hallo daar", settle=False)
    assert await world.settled(STRANGER) == ["gevaar.hulp", "onbekend.antwoord", "onbekend.antwoord"]


async def test_a_stranger_in_danger_who_enrols_takes_her_thread_along(world: World) -> None:
    world.restart(schools={"brug": world.bot.config.schools["brug"]})
    await world.say(STRANGER, "zelfmoord")
    await world.say(STRANGER, world.code("Elif"))
    world.write(lambda tx: threads.answer(tx, 1, "juf Janneke", "Wij bellen u.", world.clock()))
    assert await world.settled(STRANGER) + await world.later(STRANGER, seconds=1) == ["draad.antwoord"]


async def test_stop_of_a_colleague_on_duty_does_not_end_the_alarm(world: World) -> None:
    await world.say(KARIN, "hij slaat mij")
    await world.say(COLLEAGUE, "STOP")
    assert await world.later(NEXT_COLLEAGUE, minutes=6) == ["alarm.oproep"]


# --- to a person and back
async def test_a_question_to_the_teacher_and_her_answer(world: World) -> None:
    assert await world.say(FATIMA, "mens") == ["mens.wat"]
    assert "juf Janneke" in world.last(FATIMA).message.text
    assert await world.say(FATIMA, "أميرة مريضة") == ["mens.door"]
    [thread] = world.rows(select(t.thread))
    world.write(lambda tx: threads.answer(tx, thread.id, "", "Beterschap!", world.clock()))
    assert await world.settled(FATIMA) + await world.later(FATIMA, seconds=1) == ["draad.antwoord"]
    assert "Beterschap!" in world.last(FATIMA).message.text
    assert await world.say(FATIMA, "شكرا جزيلا") == ["draad.door"]
    assert world.words(thread.id) == ["أميرة مريضة", "شكرا جزيلا"]


async def test_an_answer_to_the_teacher_that_is_a_keyword_too_is_not_lost(world: World) -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Lotte komt niet")
    thread_id = world.rows(select(t.thread.c.id))[0].id
    world.write(lambda tx: threads.answer(tx, thread_id, "juf Janneke", "Waarom niet?", world.clock()))
    await world.settled(KARIN)
    assert await world.say(KARIN, "pauze") == ["pauze.tot"]
    assert await world.say(KARIN, "1") == ["pauze.klaar"]
    assert world.words() == [], "that she wants fewer messages is no answer"
    assert (await world.say(KARIN, "vrij"))[:2] == ["draad.door", "weet.vrij"]
    assert world.words() == ["Lotte komt niet", "vrij"]
    assert (await world.say(KARIN, "vrij"))[0] == "weet.vrij", "she has answered"


async def test_only_who_teaches_is_called_the_teacher(world: World) -> None:
    world.write(lambda tx: tx.execute(t.group_staff.delete()))
    world.write(lambda tx: staff.add(tx, "brug", "noor", "Noor", "kansencoach", ["groep 4"], YEAR))
    world.write(lambda tx: staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", ["groep 4"], YEAR))
    assert await world.say(KARIN, "mens") == ["mens.wat"]
    assert "juf Janneke" in world.last(KARIN).message.text


@pytest.mark.parametrize(("minute", "teacher"), [(59, "juf Janneke"), (61, "de leerkracht")])
async def test_the_school_year_ends_at_midnight_at_school(world: World, minute: int, teacher: str) -> None:
    world.clock.move(datetime(2027, 7, 31, 21, tzinfo=UTC) + timedelta(minutes=minute - 1))
    await world.say(KARIN, "mens")
    assert teacher in world.last(KARIN).message.text


async def test_an_answer_goes_where_she_asked(world: World) -> None:
    phone = Address("telegram", "4799")
    world.enrol("Karin", phone)
    await world.say(phone, "mens")
    await world.say(phone, "Hoe laat begint het?")
    world.write(lambda tx: threads.answer(tx, 1, "", "Om half negen.", world.clock()))
    assert await world.settled(phone) == ["draad.antwoord"]
    world.write(
        lambda tx: tx.execute(
            update(t.address).where(t.address.c.channel == "telegram").values(blocked_at=world.clock())
        )
    )
    world.write(lambda tx: threads.answer(tx, 1, "", "En neem een jas mee.", world.clock()))
    assert await world.settled(KARIN) == ["draad.antwoord"], "that phone is closed, her other one is not"


async def test_after_a_stop_no_answer_goes_out(world: World) -> None:
    for text in ("mens", "Hoe laat begint het?"):
        await world.say(KARIN, text)
    world.write(lambda tx: threads.answer(tx, 1, "", "Om half negen.", world.clock()))
    assert await world.say(KARIN, "STOP") == ["stop.klaar"], "she wrote before the answer could leave"
    with pytest.raises(BotError, match="STOP"):
        world.write(lambda tx: threads.answer(tx, 1, "", "Of om negen uur.", world.clock()))
    await world.say(KARIN, "START")
    world.write(lambda tx: threads.answer(tx, 1, "", "Om half negen.", world.clock()))
    assert await world.settled(KARIN) == ["draad.antwoord"]


async def test_who_asks_after_her_stop_is_answered(world: World) -> None:
    for text in ("STOP", "mens", "Hoe laat begint het?"):
        await world.say(KARIN, text)
    world.write(lambda tx: threads.answer(tx, 1, "", "Om half negen.", world.clock()))
    assert await world.settled(KARIN) == ["draad.antwoord"]


async def test_an_answer_in_her_own_language_is_not_marked(world: World) -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Lotte is ziek")
    world.write(lambda tx: threads.answer(tx, 1, "meester Bas", "Beterschap!", world.clock()))
    assert await world.settled(KARIN) == ["draad.antwoord"]
    assert "meester Bas" in world.last(KARIN).message.text


async def test_a_parent_of_two_groups_says_whom_she_means(world: World) -> None:
    assert await world.say(JAN, "mens") == ["mens.wie"]
    assert await world.tap(JAN, world.last(JAN).options[1]) == ["mens.wat"]
    assert "meester Bas" in world.last(JAN).message.text
    await world.say(JAN, "Mag Saar eerder weg?")
    with world.bot.database.read() as tx:
        assert [thread.child for thread in threads.waiting(tx)] == ["Saar Bakker"]


async def test_words_that_nothing_explains_go_to_the_menu(world: World) -> None:
    assert await world.say(KARIN, "wanneer is het kerstdiner") == ["vrij.wat"]
    assert await world.say(KARIN, "2") == ["menu.wat"]
    assert kinds(world) == []


async def test_words_that_nothing_explains_go_to_the_teacher_after_ten_minutes(world: World) -> None:
    await world.say(KARIN, "wanneer is het kerstdiner")
    assert await world.say(KARIN, "en wat nemen we mee") == ["vrij.ook", "vrij.wat"]
    assert await world.later(KARIN, minutes=9) == []
    assert await world.later(KARIN, minutes=2) == []
    assert world.words() == ["wanneer is het kerstdiner", "en wat nemen we mee"]
