"""Enrolment: a code at the door, a language, a yes in her own words; for every kind of family, on both databases."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.desk.handle import handle
from bot.inbox import receive
from bot.inbox.put import Note, put
from bot.model import PURPOSES, Address, Inbound, Value
from bot.people import codes, letters
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import COLLEAGUE, ELIF, FATIMA, JAN, KARIN, OMAR, STRANGER, YEAR, World, opened

NO_CODE = ["onbekend.antwoord", "onbekend.antwoord"]  # in Dutch and in English
OTHER_PHONE = Address("telegram", "815")
CROWD = 6  # phones that send the same code


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as there:
        yield there


async def enrol(world: World, who: Address, code: str, language: str = "1", answer: str = "ja") -> None:
    """The whole way at the door."""
    assert await world.say(who, f"START {code}") == ["inschrijven.taal"]
    assert await world.say(who, language) == ["inschrijven.toestemming"]
    await world.say(who, answer)


# --- the code
async def test_thirty_seconds_at_the_door(world: World) -> None:
    assert await world.say(FATIMA, f"start {world.code('Fatima').lower()}") == ["inschrijven.taal"]
    shown = ("ar", "nl", "en", "tr", "fa", "pl", "uk", "ti", "so", "meer")
    assert world.last(FATIMA).options == shown, "the letter's language comes first, and a list holds ten"
    assert await world.tap(FATIMA, "ar") == ["inschrijven.toestemming"]
    assert await world.tap(FATIMA, "ja") == ["inschrijven.welkom", "menu.wat"]
    assert world.inbox() == ["done"]


async def test_a_language_behind_the_others(world: World) -> None:
    await world.say(FATIMA, f"START {world.code('Fatima')}")
    assert await world.tap(FATIMA, "meer") == ["inschrijven.taal"]
    assert world.last(FATIMA).options == ("bg", "es", "fr")
    assert await world.tap(FATIMA, "fr") == ["inschrijven.toestemming"]
    assert "vous écrire" in world.last(FATIMA).message.text


async def test_every_code_that_does_not_work_has_the_same_answer(world: World) -> None:
    used, old = world.code("Karin"), world.code("Fatima")
    await enrol(world, KARIN, used)
    await world.later(days=15)
    texts = set()
    for place, text in enumerate(("hallo", "START 0000-0000", f"START {used}", old, "", "1", "afspraak")):
        nobody = Address("whatsapp", f"+3161200020{place}")
        assert await world.say(nobody, text) == NO_CODE
        texts.add(world.last(nobody).message.text)
    assert len(texts) == 1
    assert world.inbox() == ["done"]


async def test_five_wrong_codes_close_the_door_for_an_hour(world: World) -> None:
    code = world.code("Fatima")
    for _ in range(5):
        await world.say(FATIMA, "START 0000-0000")
    assert await world.say(FATIMA, code) == NO_CODE
    await world.later(minutes=61)
    assert await world.say(FATIMA, code) == ["inschrijven.taal"]


async def test_an_unknown_number_gets_one_sms_a_day(world: World) -> None:
    assert await world.say(OMAR, "hallo") == NO_CODE
    assert await world.say(OMAR, "START 0000-0000") == []
    await world.later(hours=24)
    assert await world.say(OMAR, "hallo") == NO_CODE
    assert await world.say(OMAR, world.code("Omar")) == ["inschrijven.taal"]


async def test_telegram_sends_the_code_of_its_link(world: World) -> None:
    assert await world.say(JAN, f"/start {world.code('Jan').replace('-', '')}") == ["inschrijven.taal"]


async def test_three_at_once_from_a_stranger_are_answered_once(world: World) -> None:
    for text in ("hallo", "is daar iemand?", "hallo!"):
        await world.say(STRANGER, text, settle=False)
    assert await world.settled(STRANGER) == NO_CODE


# --- what is recorded
async def test_consent_is_recorded_in_her_own_words(world: World) -> None:
    await world.say(FATIMA, world.code("Fatima"))
    await world.say(FATIMA, "العربية")
    asked = world.last(FATIMA).message
    await world.tap(FATIMA, "ja")
    rows = world.rows(select(t.consent).order_by(t.consent.c.purpose))
    assert [(row.school, row.channel, row.purpose) for row in rows] == [("brug", "whatsapp", each) for each in PURPOSES]
    assert {row.contact_id for row in rows} == {world.contact(FATIMA)}
    with world.bot.database.read() as tx:
        words = {tx.open("consent.words", row.words) for row in rows}
        [given] = tx.execute(select(t.inbox).where(t.inbox.c.id == rows[0].inbox_id)).all()
        assert json.loads(tx.open("inbox.payload", given.payload))["choice"] == "ja"
    [[[text, choices, _layout]]] = [json.loads(each) for each in words]
    assert text == asked.text
    assert [tuple(choice) for choice in choices] == list(asked.choices)
    assert "/privacy/ar" in text
    assert rows[0].given_at >= given.received_at


@pytest.mark.parametrize(("answer", "purposes"), [("1", ["school", "tips"]), ("2", ["school"]), ("3", [])])
async def test_she_gives_as_much_as_she_likes(world: World, answer: str, purposes: list[str]) -> None:
    await enrol(world, KARIN, world.code("Karin"), answer=answer)
    rows = world.rows(select(t.consent.c.purpose).order_by(t.consent.c.purpose))
    assert [row.purpose for row in rows] == purposes


async def test_a_no_is_a_no_until_the_school_gives_a_new_code(world: World) -> None:
    await enrol(world, KARIN, world.code("Karin"), answer="nee")
    assert world.last(KARIN).keys == ("inschrijven.nee",)
    world.note(KARIN, "plan", _plan_payload(world))
    assert await world.settled(KARIN) == []
    await enrol(world, KARIN, world.code("Karin"))
    assert world.last(KARIN).keys == ("inschrijven.welkom", "menu.wat")


def _plan_payload(world: World) -> dict[str, object]:
    fields = {"dag": list(Value("weekday", "ma"))}
    return {
        "say": "voorlezen.herinnering", "fields": fields, "cls": "plan", "purpose": "tips", "school": "brug",
        "due_at": world.clock().isoformat(),
    }  # fmt: skip


# --- families
async def test_a_second_child_is_added_without_asking_again(world: World) -> None:
    world.enrol("Fatima", FATIMA)
    assert await world.say(FATIMA, world.code("Fatima")) == ["inschrijven.erbij"]
    assert "Amira" in world.last(FATIMA).message.text


async def test_two_guardians_never_see_each_other(world: World) -> None:
    await enrol(world, FATIMA, world.code("Fatima"))
    await enrol(world, OMAR, world.code("Omar"), language="1")
    assert world.contact(FATIMA) != world.contact(OMAR)
    await world.say(FATIMA, "mens")
    await world.say(FATIMA, "dit is alleen van mij")
    assert world.last(OMAR).keys == ("inschrijven.welkom", "menu.wat")
    [thread] = world.rows(select(t.thread))
    assert thread.contact_id == world.contact(FATIMA)


async def test_a_second_channel_by_the_code_from_her_menu(world: World) -> None:
    world.enrol("Karin", KARIN)
    assert await world.say(KARIN, "ander nummer") == ["kanaal.code"]
    code = codes.read(world.last(KARIN).message.text.split(": ")[1][:9])
    assert code is not None
    assert await world.say(OTHER_PHONE, f"/start {code.code}") == ["inschrijven.toestemming"], "her language is known"
    assert await world.say(OTHER_PHONE, "1") == ["inschrijven.welkom", "menu.wat"]
    assert world.contact(OTHER_PHONE) == world.contact(KARIN)
    rows = world.rows(select(t.consent.c.channel).distinct().order_by(t.consent.c.channel))
    assert [row.channel for row in rows] == ["sms", "telegram"]


async def test_the_code_from_her_menu_works_a_quarter_of_an_hour(world: World) -> None:
    world.enrol("Karin", KARIN)
    code = world.code("Karin", purpose="channel")
    await world.later(minutes=16)
    assert await world.say(OTHER_PHONE, code) == NO_CODE


async def test_a_reprint_replaces_the_letter(world: World) -> None:
    first, second = world.code("Karin"), world.code("Karin")
    assert await world.say(KARIN, first) == NO_CODE
    assert await world.say(KARIN, second, kind="edit") == ["inschrijven.taal"]


async def test_a_reprint_renews_the_code_that_is_out_there(world: World) -> None:
    code = world.code("Karin")
    await world.later(days=13)
    world.write(lambda tx: letters.collect(tx, world.bot.config.schools["brug"], YEAR, world.clock()))
    await world.later(days=13)
    assert await world.say(KARIN, code) == ["inschrijven.taal"]


async def test_children_in_two_schools(world: World) -> None:
    await enrol(world, ELIF, world.code("Elif", "brug"))
    assert await world.say(ELIF, world.code("Elif", "vaart")) == ["inschrijven.toestemming"], "each school asks"
    assert "De Vaart" in world.last(ELIF).message.text
    assert await world.say(ELIF, "1") == ["inschrijven.welkom", "menu.wat"]
    rows = world.rows(select(t.consent.c.school).distinct().order_by(t.consent.c.school))
    assert [row.school for row in rows] == ["brug", "vaart"]
    assert await world.say(ELIF, "mens") == ["mens.wie"]
    assert [choice.label for choice in world.last(ELIF).message.choices] == ["Can Yılmaz", "Deniz Yılmaz"]


async def test_one_phone_for_a_family(world: World) -> None:
    await enrol(world, FATIMA, world.code("Fatima"))
    assert await world.say(FATIMA, world.code("Omar")) == ["inschrijven.erbij"]
    mine = select(t.guardian.c.name).where(t.guardian.c.contact_id == world.contact(FATIMA)).order_by(t.guardian.c.id)
    with world.bot.database.read() as tx:
        names = [tx.open("guardian.name", row.name) for row in tx.execute(mine)]
    assert names == ["Fatima Haddad", "Omar Haddad"]


async def test_two_people_stay_two_people(world: World) -> None:
    await enrol(world, FATIMA, world.code("Fatima"))
    await enrol(world, OMAR, world.code("Omar"))
    assert await world.say(FATIMA, world.code("Omar")) == ["onbekend.antwoord"]
    assert await world.say(FATIMA, "START 0000-0000") == ["onbekend.antwoord"], "as for any code that does not work"
    assert world.contact(FATIMA) != world.contact(OMAR)


async def test_a_colleague_on_duty_who_is_also_a_parent(world: World) -> None:
    world.enrol("Fatima", FATIMA)
    await world.say(FATIMA, "hij slaat mij")
    assert world.last(COLLEAGUE).keys == ("alarm.oproep",)
    await world.say(COLLEAGUE, "1")
    await enrol(world, COLLEAGUE, world.code("Karin"))
    await world.say(COLLEAGUE, "voorlezen")
    await world.say(FATIMA, "hij slaat mij weer")
    assert world.last(COLLEAGUE).keys == ("algemeen.wacht", "alarm.oproep")
    assert await world.say(COLLEAGUE, "1") == ["alarm.dank", "algemeen.verder", "voorlezen.wanneer"]


# --- at the same moment
async def test_the_same_code_from_many_phones_at_once_has_one_winner(world: World) -> None:
    code = world.code("Fatima")
    crowd = [Address("whatsapp", f"+3161200030{place}") for place in range(CROWD)]

    def arrive(tx: Tx) -> None:
        receive.store(tx, [Inbound(f"at once {each}", each, code) for each in crowd], world.clock())

    world.write(arrive)
    world.clock.move(world.clock() + timedelta(seconds=1))
    read = [world.bot.database.write(lambda tx: handle(tx, world.bot.books, world.clock(), most=1)) for _ in crowd]
    await asyncio.gather(*read)
    await world.later(seconds=9)
    answers = sorted(world.last(each).keys for each in crowd)
    assert answers == sorted([("inschrijven.taal",), *[tuple(NO_CODE)] * (CROWD - 1)])
    assert world.inbox() == ["done"]


async def test_many_desks_side_by_side_read_each_letter_once_and_in_order(world: World) -> None:
    parents = [world.enrol(name, who) for name, who in (("Fatima", FATIMA), ("Karin", KARIN), ("Omar", OMAR))]
    fields = {"flow": "menu", "school": "brug", "fields": {}}
    notes = [Note(each, "start", f"start:{each}:{turn}", fields) for turn in range(4) for each in parents]
    world.write(lambda tx: put(tx, notes, world.clock()))
    read = [world.bot.database.write(lambda tx: handle(tx, world.bot.books, world.clock(), most=1)) for _ in range(12)]
    assert sum(await asyncio.gather(*read)) == len(notes)
    runs = world.rows(select(t.run.c.state, func.count().label("many")).group_by(t.run.c.state).order_by(t.run.c.state))
    assert [(row.state, row.many) for row in runs] == [("active", 3), ("ended", 9)]
