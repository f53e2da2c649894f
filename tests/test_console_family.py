"""One guardian's page: what stands on it, what may be changed by whom, and what never crosses to the other home."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.model import Address
from bot.people import codes, consent, contacts, staff
from bot.scheduler import promises
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.office import Desk, Seen, deeds, employ
from tests.world import FATIMA, JAN, KARIN, OMAR, World

SECOND = Address("telegram", "4799")


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def of(world: World, who: Address) -> str:
    return f"/gezinnen/{world.contact(who)}"


def undo(page: Seen) -> str:
    """The path of the form that undoes what was just done."""
    return page.text.split('role="status"')[1].split('action="/console')[1].split('"')[0]


def child(world: World, who: Address) -> int:
    g = t.guardian.c
    return int(world.rows(select(g.child_id).where(g.contact_id == world.contact(who)))[0].child_id)


def second_channel(world: World, who: Address) -> int:
    """She has linked another phone, and said yes there; its address."""

    def work(tx: Tx) -> int:
        _, number = contacts.resolve(tx, [SECOND], world.clock())[SECOND]
        contacts.link(tx, number, world.contact(who), world.clock())
        consent.give(tx, world.contact(who), "brug", "telegram", ["school"], "ja", None, world.clock())
        return number

    return world.write(work)


def spoken(world: World, who: Address) -> str:
    return world.write(lambda tx: contacts.languages(tx, [world.contact(who)])[world.contact(who)])


def open_ones(world: World, who: Address) -> set[Any]:
    return world.write(lambda tx: consent.open_for(tx, [world.contact(who)])[world.contact(who)])


async def test_her_page_says_what_the_school_knows(world: World) -> None:
    await world.say(FATIMA, "mens")
    await world.say(FATIMA, "متى الرحلة؟")

    def work(tx: Tx) -> None:
        janneke = staff.by_key(tx, "brug", "janneke")
        talk = Talk(
            world.contact(FATIMA), "brug", world.clock() + timedelta(days=2), 15, child(world, FATIMA), janneke.id
        )
        appointments.plan(tx, world.bot.config, talk, world.clock(), tell=False)
        thread = tx.execute(select(t.thread.c.id)).scalar_one()
        promises.add(tx, janneke, "bellen over de gymtas", date(2026, 11, 26), world.clock(), thread_id=thread)
        row = {"school": "brug", "child_id": child(world, FATIMA), "day": "2026-11-23", "kind": "ziek"}
        words = tx.seal("absence.words", "koorts en buikpijn")
        tx.execute(t.absence.insert(), {**row, "channel": "whatsapp", "at": world.clock(), "words": words})

    world.write(work)
    page = await Desk(world, "janneke").get(of(world, FATIMA))
    for words in (
        "Fatima Haddad", "Amira Haddad", "groep 4", "vandaag ziek gemeld", "vandaag nog gehoord", "sinds 23 november",
        "ja, sinds 23 november", "Hooguit 50 berichten per week", "Wacht op antwoord", "Gesprek met juf Janneke",
        "bellen over de gymtas", "beloofd voor donderdag 26 november",
    ):  # fmt: skip
        assert words in page, words
    assert "koorts" not in page
    assert "متى" not in page


async def test_nothing_of_the_other_home_stands_on_it(world: World) -> None:
    await world.say(OMAR, "mens")
    await world.say(OMAR, "Is it true that she is ill?")
    page = await Desk(world, "wil").get(of(world, FATIMA))
    assert "Omar Haddad" in page
    assert f'href="/console{of(world, OMAR)}"' in page
    assert "12000002" not in page
    assert "SMS" not in page
    assert "Hier komen de gesprekken" in page, "his talk is his"


async def test_a_teacher_sees_only_the_children_of_her_group(world: World) -> None:
    page = await Desk(world, "janneke").get(of(world, JAN))
    assert "Tim Bakker" in page
    assert "Saar" not in page


async def test_a_foreign_parent_is_not_there(world: World) -> None:
    g = t.guardian.c
    ruud = world.rows(select(g.contact_id).where(g.school == "vaart"))[-1].contact_id
    assert (await Desk(world, "wil").get(f"/gezinnen/{ruud}")).status == 404
    assert (await Desk(world, "bas").get(of(world, KARIN))).status == 404
    assert (await Desk(world, "bas").post(f"{of(world, KARIN)}/taal", taal="en")).status == 404


async def test_her_teacher_changes_her_language_and_changes_it_back(world: World) -> None:
    desk = Desk(world, "janneke")
    page = await desk.post(f"{of(world, FATIMA)}/taal", taal="en")
    assert spoken(world, FATIMA) == "en"
    assert "De taal is veranderd" in page
    await desk.post(undo(page))
    assert spoken(world, FATIMA) == "ar"
    assert (await desk.post(undo(page))).status == 404, "once"
    page = await desk.post(f"{of(world, FATIMA)}/taal", taal="xx")
    assert page.status == 422
    assert "Kies een taal uit de lijst" in page
    assert (await Desk(world, "fenna").post(f"{of(world, FATIMA)}/taal", taal="en")).status == 404
    assert deeds(world) == ["taal_ouder", "taal_ouder"]


async def test_channels_get_another_order(world: World) -> None:
    number, desk = second_channel(world, FATIMA), Desk(world, "janneke")
    page = await desk.get(of(world, FATIMA))
    assert page.text.index("<strong>WhatsApp") < page.text.index("<strong>Telegram")
    page = await desk.post(f"{of(world, FATIMA)}/volgorde", adres=number, hoe="op")
    assert page.text.index("<strong>Telegram") < page.text.index("<strong>WhatsApp")
    assert (await desk.post(f"{of(world, FATIMA)}/volgorde", adres=number, hoe="op")).status == 404
    karins = world.address(KARIN)
    assert (await desk.post(f"{of(world, FATIMA)}/volgorde", adres=karins, hoe="op")).status == 404
    assert (await desk.post(f"{of(world, FATIMA)}/kanaal-weg", adres=karins)).status == 404


async def test_a_channel_that_is_not_hers_any_more(world: World) -> None:
    number, desk = second_channel(world, FATIMA), Desk(world, "janneke")
    page = await desk.post(f"{of(world, FATIMA)}/kanaal-weg", adres=number)
    assert "<strong>Telegram" not in page
    assert not [each for each in open_ones(world, FATIMA) if each[1] == "telegram"]
    assert await world.say(SECOND, "hallo") == ["onbekend.antwoord", "onbekend.antwoord"], "a stranger has that phone"
    await desk.post(undo(page))
    assert ("brug", "telegram", "school") in open_ones(world, FATIMA)
    assert world.contact(SECOND) == world.contact(FATIMA)
    await desk.post(f"{of(world, FATIMA)}/kanaal-weg", adres=number)
    await world.later(minutes=16)
    assert (await desk.post(f"{of(world, FATIMA)}/kanaal-terug")).status == 404, "then it is hers to say so again"


async def test_she_called_that_she_wants_no_more_tips(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.post(f"{of(world, FATIMA)}/toestemming-weg", doel="tips")
    assert {purpose for _, _, purpose in open_ones(world, FATIMA)} == {"school"}
    assert "door de school genoteerd" in page
    await desk.post(undo(page))
    assert {purpose for _, _, purpose in open_ones(world, FATIMA)} == {"school", "tips"}
    assert (await desk.post(f"{of(world, FATIMA)}/toestemming-weg", doel="alles")).status == 404
    teacher = await Desk(world, "janneke").post(f"{of(world, FATIMA)}/toestemming-weg", doel="tips")
    assert teacher.status == 404, "that is for the office"


async def test_a_fresh_code_takes_the_place_of_the_old_one(world: World) -> None:
    desk = Desk(world, "janneke")
    before = world.write(lambda tx: codes.letters(tx, [world.contact(FATIMA)], "brug", world.clock()))
    page = await desk.post(f"{of(world, FATIMA)}/code")
    after = world.write(lambda tx: codes.letters(tx, [world.contact(FATIMA)], "brug", world.clock()))
    assert after != before
    assert after[world.contact(FATIMA)] in page
    assert "Werkt tot maandag 7 december" in page


async def test_the_office_corrects_the_number_that_it_calls(world: World) -> None:
    desk = Desk(world, "wil")
    page = await desk.post(f"{of(world, FATIMA)}/nummer", nummer="06 12 00 00 77")
    assert 'href="tel:+31612000077"' in page
    found = world.write(lambda tx: tx.find("sms:+31612000077"))
    assert not world.rows(select(t.address.c.id).where(t.address.c.find == found)), "nothing is ever sent there"
    page = await desk.post(undo(page))
    assert 'href="tel:+31612000001"' in page
    page = await desk.post(f"{of(world, FATIMA)}/nummer", nummer="twaalf<b>")
    assert page.status == 422
    assert "Dat is geen telefoonnummer" in page
    assert "twaalf&lt;b&gt;" in page
    page = await desk.post(f"{of(world, FATIMA)}/nummer", nummer="")
    assert "De school kent geen telefoonnummer" in page
    assert (await Desk(world, "janneke").post(f"{of(world, FATIMA)}/nummer", nummer="")).status == 404


async def test_a_contact_bar_is_recorded_and_lifted_by_the_office(world: World) -> None:
    desk, amira = Desk(world, "wil"), child(world, OMAR)
    page = await desk.post(f"{of(world, OMAR)}/contactverbod", kind=amira)
    assert "contactverbod sinds maandag 23 november" in page
    other = await desk.get(of(world, FATIMA))
    assert "contactverbod sinds" not in other, "the other guardian's page shows nothing about it"
    await world.say(OMAR, "mens")
    await world.say(OMAR, "How is my daughter?")
    assert world.rows(select(t.thread.c.child_id))[0].child_id is None
    page = await desk.post(undo(page))
    assert "contactverbod sinds" not in page
    assert deeds(world) == ["contactverbod", "contactverbod_op"]


async def test_a_contact_bar_is_about_a_child_of_hers_and_not_for_a_teacher(world: World) -> None:
    desk = Desk(world, "wil")
    for wrong in (child(world, KARIN), "", "x", 999):
        assert (await desk.post(f"{of(world, OMAR)}/contactverbod", kind=wrong)).status == 404
    answer = await Desk(world, "janneke").post(f"{of(world, OMAR)}/contactverbod", kind=child(world, OMAR))
    assert answer.status == 404
    assert "Contactverbod vastleggen" not in await Desk(world, "janneke").get(of(world, OMAR))


async def test_what_she_wishes_is_said_in_words(world: World) -> None:
    wishes = {
        "budget": 2,
        "rest_from": "22:30",
        "rest_until": "08:00",
        "paused_until": world.clock() + timedelta(days=7),
    }
    hers = t.contact.c.id == world.contact(KARIN)
    world.write(lambda tx: tx.execute(update(t.contact).where(hers).values(wishes)))
    page = await Desk(world, "janneke").get(of(world, KARIN))
    assert "Hooguit 2 berichten per week" in page
    assert "Geen berichten tussen 22.30 en 8.00." in page
    assert "Pauze tot maandag 30 november." in page
