"""Both ways in a talk: her words in Dutch, an answer in her language before it is sent, and what she read of it."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.console import drafts
from bot.desk import threads
from bot.people import staff
from bot.store import tables as t
from bot.store.sealed import Ring
from bot.translation import orders
from tests.fakes.browser import chromium
from tests.fakes.translators import Fluent
from tests.harness.foreign import failed, ordered, translated
from tests.harness.office import Desk, employ
from tests.harness.opened_office import open_office
from tests.test_console_talks import asks
from tests.world import FATIMA, KARIN, World

TRIP, TRIP_NL = "متى الرحلة؟", "Wanneer is het uitje?"
FRIDAY, FRIDAY_AR = "Vrijdag om 8.30 uur.", "الجمعة الساعة 8.30."


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


async def talks(world: World) -> int:
    """Fatima asks something; from then on there is a machine."""
    talk = await asks(world, FATIMA, TRIP)
    world.translating(Fluent())
    return talk


# --- her words
async def test_her_words_stand_there_as_she_wrote_them_and_in_dutch(world: World) -> None:
    talk = await talks(world)
    translated(world, "ar", "nl", TRIP, "Om 8.30 uur?", risks=("tijd",), back=TRIP)
    page = await Desk(world, "janneke").get(f"/gesprekken/{talk}")
    assert f'<p class="own" lang="ar" dir="auto">{TRIP}</p>' in page
    assert '<div class="turned machine">' in page
    assert '<p class="spoken" lang="nl" dir="auto">' in page
    assert "Om <mark>8.30 uur</mark>?" in page or "Om <mark>8.30</mark> uur?" in page
    assert "Let op de tijd" in page
    assert page.text.count(TRIP) == 1, "back in her own language it would say the same once more"
    translated(world, "ar", "nl", TRIP, TRIP_NL, origin=orders.PERSON)
    page = await Desk(world, "janneke").get(f"/gesprekken/{talk}")
    assert TRIP_NL in page
    assert "nagekeken door een collega" in page
    assert '<div class="turned machine">' not in page


async def test_what_is_not_there_yet_says_so_and_can_be_asked_for_again(world: World) -> None:
    talk = await talks(world)
    desk = Desk(world, "janneke")
    assert ordered(world) == [("ar", "nl", TRIP, "failed")]
    page = await desk.get(f"/gesprekken/{talk}")
    assert "nog niet vertaald" in page
    assert "Vertaal nog eens" not in page, "it has just been tried"
    await world.later(minutes=2)
    page = await desk.get(f"/gesprekken/{talk}")
    assert "Vertaal nog eens" in page
    line = world.rows(t.thread_message.select())[-1].id
    page = await desk.post(f"/gesprekken/{talk}/vertaal", regel=str(line))
    assert "Het wordt nog eens vertaald." in page
    assert "data-soon" in page
    assert ordered(world) == [("ar", "nl", TRIP, "waiting")]
    assert (await desk.post(f"/gesprekken/{talk}/vertaal", regel="x")).status == 200
    assert ordered(world) == [("ar", "nl", TRIP, "waiting")]


async def test_dutch_of_a_parent_who_reads_arabic_stands_there_alone(world: World) -> None:
    talk = await asks(world, FATIMA, "Dank u wel!")
    world.translating(Fluent())
    translated(world, "ar", "nl", "Dank u wel!", "dank u wel!")
    page = await Desk(world, "janneke").get(f"/gesprekken/{talk}")
    assert '<p class="own" lang="ar" dir="auto">Dank u wel!</p>' in page
    assert "turned" not in page


async def test_where_nobody_translates_nothing_is_offered(world: World) -> None:
    talk = await asks(world, FATIMA, TRIP)
    page = await Desk(world, "janneke").get(f"/gesprekken/{talk}")
    assert "turned" not in page
    assert "Bekijk vertaling" not in page
    assert "Vertalen kan nog niet" in page
    dutch = await asks(world, KARIN, "Hoe laat?")
    world.translating(Fluent())
    assert "Bekijk vertaling" not in await Desk(world, "janneke").get(f"/gesprekken/{dutch}")


# --- before it is sent
async def test_an_answer_can_be_looked_at_first_and_is_not_lost(world: World) -> None:
    talk = await talks(world)
    desk = Desk(world, "janneke")
    assert "Een machine vertaalt uw antwoord" in await desk.get(f"/gesprekken/{talk}")
    page = await desk.fill(f"/gesprekken/{talk}/bekijk", antwoord=FRIDAY)
    assert page.status == 200
    assert "De vertaling komt zo." in page
    assert f"{FRIDAY}</textarea>" in page
    assert ("nl", "ar", FRIDAY, "waiting") in ordered(world)
    translated(world, "nl", "ar", FRIDAY, FRIDAY_AR, back="Vrijdag om 8.30.")
    page = await desk.get(f"/gesprekken/{talk}?bekijk=1")
    assert f'<p class="spoken" lang="ar" dir="auto">{FRIDAY_AR}</p>' in page
    assert "Vrijdag om 8.30." in page
    assert "Zo leest de ouder het" in page
    assert not world.rows(t.outbox.select().where(t.outbox.c.thread_id == talk))
    me = world.write(lambda tx: staff.by_key(tx, "brug", "janneke").id)
    world.write(lambda tx: drafts.keep(tx, me, f"thread:{talk}", FRIDAY + " Tot dan!", world.clock()))
    page = await desk.get(f"/gesprekken/{talk}?bekijk=1")
    assert "Uw tekst is nu anders." in page
    assert FRIDAY_AR not in page
    failed(world)


async def test_who_goes_back_after_looking_can_still_send(world: World) -> None:
    talk = await talks(world)
    desk = Desk(world, "janneke")
    await desk.get(f"/gesprekken/{talk}")
    hidden = desk._hidden()
    await desk.plainly(f"/gesprekken/{talk}/bekijk", antwoord=FRIDAY)
    sent = await desk.bare("POST", f"/gesprekken/{talk}/antwoord", data={**hidden, "antwoord": FRIDAY})
    assert "klaar.gestuurd" in sent.headers["location"]


async def test_nothing_and_too_much_are_not_looked_at(world: World) -> None:
    talk = await talks(world)
    desk = Desk(world, "janneke")
    assert (await desk.post(f"/gesprekken/{talk}/bekijk", antwoord=" ")).status == 422
    page = await desk.post(f"/gesprekken/{talk}/bekijk", antwoord="x" * (threads.LONGEST + 1))
    assert page.status == 422
    assert "x" * (threads.LONGEST + 1) in page
    assert len(ordered(world)) == 1


async def test_a_machine_that_fails_keeps_nobody_from_sending(world: World) -> None:
    talk = await talks(world)
    desk = Desk(world, "janneke")
    await desk.post(f"/gesprekken/{talk}/bekijk", antwoord=FRIDAY)
    failed(world)
    assert "Vertalen lukt nu niet." in await desk.get(f"/gesprekken/{talk}?bekijk=1")
    assert "Verstuurd." in await desk.post(f"/gesprekken/{talk}/antwoord", antwoord=FRIDAY)


# --- what she read
async def test_below_an_answer_stands_what_she_read_and_what_she_thought_of_it(world: World) -> None:
    talk = await talks(world)
    desk = Desk(world, "janneke")
    number = translated(world, "nl", "ar", FRIDAY, FRIDAY_AR, back="Vrijdag om 8.30.")
    await desk.post(f"/gesprekken/{talk}/antwoord", antwoord=FRIDAY)
    assert "Zo leest de ouder het" in await desk.get(f"/gesprekken/{talk}")
    await world.settled(FATIMA)
    await world.later(FATIMA, seconds=1)
    page = await desk.get(f"/gesprekken/{talk}")
    assert "Zo las de ouder het" in page
    assert FRIDAY_AR in page
    assert "De ouder vond dit raar klinken." not in page
    await world.say(FATIMA, "raar")
    assert world.rows(t.doubt.select())[0].translation_id == number
    assert "De ouder vond dit raar klinken." in await desk.get(f"/gesprekken/{talk}")


async def test_what_left_in_dutch_is_not_said_to_have_been_read_in_arabic(world: World) -> None:
    talk = await asks(world, FATIMA, TRIP)
    world.write(lambda tx: threads.answer(tx, talk, "juf Janneke", FRIDAY, world.clock()))
    await world.settled(FATIMA)
    await world.later(FATIMA, seconds=3)
    world.translating(Fluent())
    translated(world, "nl", "ar", FRIDAY, FRIDAY_AR)  # too late
    page = await Desk(world, "janneke").get(f"/gesprekken/{talk}")
    assert "De ouder kreeg het in het Nederlands" in page
    assert FRIDAY_AR not in page


# --- in a browser
def test_in_a_browser_nothing_is_lost_with_scripts_and_without(furnished: Path, ring: Ring, tmp_path: Path) -> None:
    with open_office(furnished, tmp_path, ring, Fluent()) as office, chromium() as browser:
        talk = office.call(asks(office.world, FATIMA, TRIP))
        plain = office.browser_of("wil", browser, java_script_enabled=False).new_page()
        plain.goto(f"{office.url}/console/gesprekken/{talk}")
        plain.get_by_label("Uw antwoord").fill(FRIDAY)
        plain.get_by_role("button", name="Bekijk vertaling").click()
        while "Zo leest de ouder het" not in plain.inner_text("#vertaling"):
            plain.get_by_role("button", name="Bekijk vertaling").click()
        expect(plain.get_by_label("Uw antwoord")).to_have_value(FRIDAY)

        page = office.browser_of("janneke", browser).new_page()
        page.goto(f"{office.url}/console/gesprekken/{talk}#nieuw")
        field = page.get_by_label("Uw antwoord")
        field.fill("Om negen uur.")
        page.get_by_role("button", name="Bekijk vertaling").click()
        expect(page.locator("#vertaling")).to_contain_text("Zo leest de ouder het")
        expect(page.locator("#vertaling .spoken").first).to_have_attribute("lang", "ar")
        expect(field).to_have_value("Om negen uur.")
        field.press("End")
        field.press_sequentially(" Tot dan!")
        page.get_by_role("button", name="Stuur").click()
        expect(page.locator("#woorden .school .own")).to_have_text("Om negen uur. Tot dan!")
        expect(page.locator("#woorden .school .turned .spoken").first).to_have_attribute("lang", "ar")
        expect(field).to_have_value("")
