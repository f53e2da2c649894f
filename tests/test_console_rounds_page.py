"""A round of talks in a real Chromium: made on a phone with one thumb, by keyboard too, and looked at as a day plan."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from bot.console.serve import BASE
from bot.store import tables as t
from tests.harness.opened_office import OpenOffice
from tests.test_console_pages import TOUCHED

pytestmark = pytest.mark.browser
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def fine(page: Page) -> None:
    """Nothing keeps anybody out, nothing sticks out, and a thumb hits everything."""
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")
    assert page.evaluate(TOUCHED) == []


def made(office: OpenOffice) -> int:
    return int(office.world.rows(select(func.count().label("many")).select_from(t.talk_round))[0].many)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_round_is_made_on_a_phone_without_scripts(office: OpenOffice, browser: Browser, dark: bool) -> None:
    before = made(office)
    window = office.browser_of(
        "wil", browser, viewport=PHONE, has_touch=True, color_scheme="dark" if dark else "light",
        java_script_enabled=dark,
    )  # fmt: skip
    page, day = window.new_page(), "2026-12-08" if dark else "2026-12-03"
    page.goto(f"{office.url}{BASE}/afspraken")
    page.get_by_role("link", name="Nieuwe ronde gesprekken").tap()
    page.get_by_label("Naam", exact=True).fill(f"Gesprekken {day}")
    for group in ("groep 4", "groep 5"):
        page.get_by_label(group).check()
    expect(page.get_by_label("Adres van het videogesprek")).to_be_hidden()
    page.get_by_label("Dag", exact=True).fill(day)
    page.get_by_role("button", name="Vul in").tap()
    hours = page.locator(f"input[name$='{day}']")
    expect(hours).to_have_count(2)
    expect(hours.first).to_have_value("15.00-17.30, 18.30-20.00")
    hours.last.fill("na school")
    page.get_by_role("button", name="Bekijk de ronde").last.tap()
    expect(page.locator(f"[id$='{day}'].wrong")).to_contain_text("Schrijf de uren zo")
    expect(hours.last).to_have_value("na school")
    hours.last.fill("15-16")
    page.get_by_role("button", name="Bekijk de ronde").last.tap()
    expect(page.locator("main")).to_contain_text("6 plekken, 2 kinderen")
    if dark:
        fine(page)
    assert made(office) == before
    page.get_by_role("button", name="Zet klaar").tap()
    expect(page.locator("main")).to_contain_text("De ronde staat klaar.")
    assert made(office) == before + 1
    window.close()


def test_the_day_plan_by_keyboard(office: OpenOffice, browser: Browser) -> None:
    """From a talk in the plan to its page and to another moment; blocks stand beside their hour."""
    window = office.browser_of("janneke", browser, viewport=LAPTOP)
    page = window.new_page()
    page.goto(f"{office.url}{BASE}/afspraken/{office.people.id('round', 'groep 4')}")
    fine(page)
    block = page.locator(".block.gekozen")
    mark = page.locator(".marks .number", has_text="15.00").bounding_box()
    box = block.bounding_box()
    assert box
    assert mark
    assert abs(box["y"] - mark["y"]) < 12
    page.locator(".scroll").first.focus()
    page.keyboard.press("Tab")
    expect(block.get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Amira")
    page.get_by_label("Een ander moment").select_option(index=3)
    page.get_by_role("button", name="Verzet").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("Verzet")
    expect(page.locator(".tally")).not_to_contain_text("15.00")
    window.close()
