"""An afternoon of talks in a real Chromium on a phone, without scripts: who asked, one talk, what was agreed in it."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from bot.booking import agreed
from bot.console.serve import BASE
from bot.store import tables as t
from tests.harness.opened_office import OpenOffice

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def test_an_afternoon_of_talks(office: OpenOffice, browser: Browser) -> None:
    """She closes the talk that goes on by writing what was agreed, and answers who asked for one."""
    window = office.browser_of("janneke", browser, viewport=PHONE, has_touch=True, java_script_enabled=False)
    page, number = window.new_page(), office.people.id("appointment", "karin")
    page.goto(f"{office.url}{BASE}/vandaag?alles=1")
    page.locator(f'a[href$="/mijn/{number}"]').first.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gesprek over Lotte")
    agree(page)
    expect(page.get_by_role("status")).to_contain_text("De ouder zegt of het klopt")
    expect(page.locator("dl.facts")).to_contain_text("donderdag 10 december")
    with office.world.bot.database.read() as tx:
        assert agreed.of(tx, number)
    page.get_by_role("link", name="Mijn gesprekken").tap()
    block = page.locator(".mine .held")
    expect(block).to_contain_text("geweest")
    page.get_by_role("link", name="Noem uren").tap()
    hours(page)
    expect(page.get_by_role("status")).to_contain_text("De ouder kiest een moment")
    expect(page.get_by_role("heading", name="Wil een gesprek")).to_have_count(0)
    newest = select(*t.talk_hours.c["day", "from_at", "mode"]).order_by(t.talk_hours.c.id.desc())
    assert tuple(office.world.rows(newest)[0]) == ("2026-12-03", "15:00", "phone")
    window.close()


def agree(page: Page) -> None:
    page.get_by_role("link", name="Afspraken", exact=True).last.tap()
    page.get_by_label("School doet").fill("Elke dag samen lezen")
    page.get_by_label("Thuis doet").fill("Voorlezen voor het slapen")
    page.get_by_label("We kijken terug op").fill("2026-12-10")
    page.get_by_role("button", name="Stuur de afspraken").tap()


def hours(page: Page) -> None:
    first = page.get_by_role("group", name="Ik heb tijd")
    first.get_by_label("op").fill("2026-12-03")
    first.get_by_label("van").fill("15:00")
    first.get_by_label("tot").fill("16:00")
    page.get_by_label("Per telefoon").check()
    page.get_by_role("button", name="Stuur het voorstel").tap()


def test_a_sheet_is_one_page_of_paper(office: OpenOffice, browser: Browser) -> None:
    window = office.browser_of("janneke", browser)
    page = window.new_page()
    page.goto(f"{office.url}{BASE}/mijn/{office.people.id('appointment', 'karin')}/blad")
    paper = page.pdf(format="A4")
    assert paper.count(b"/Type /Page\n") == 1
    window.close()
