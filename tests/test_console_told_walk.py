"""A message to a whole group from a phone, in a real Chromium: eight taps and three pages at most, and back in time."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import func, select

from bot.console.serve import BASE
from bot.store import tables as t
from tests.harness.opened_office import OpenOffice

pytestmark = pytest.mark.browser
TAPS, PAGES = 8, 3  # at most, from Today until it is sent
PHONE = {"width": 390, "height": 844}


class Thumb:
    """What it costs her: taps, and pages that she waits for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = self.pages = 0
        page.on("domcontentloaded", self._loaded)

    def _loaded(self, _: object) -> None:
        self.pages += 1

    def tap(self, what: Locator) -> None:
        self.taps += 1
        what.first.tap()

    def fill(self, what: Locator, text: str) -> None:
        """A field is tapped before one types."""
        self.taps += 1
        what.fill(text)


def today(office: OpenOffice, browser: Browser, *, scripts: bool) -> Thumb:
    window = office.browser_of("janneke", browser, viewport=PHONE, has_touch=True, java_script_enabled=scripts)
    page = window.new_page()
    page.goto(f"{office.url}{BASE}/vandaag")
    return Thumb(page)


def told(office: OpenOffice) -> int:
    return int(office.world.rows(select(func.count().label("many")).select_from(t.broadcast))[0].many)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_ready_message_from_today_until_it_is_sent(office: OpenOffice, browser: Browser, scripts: bool) -> None:
    before, thumb = told(office), today(office, browser, scripts=scripts)
    page = thumb.page
    thumb.tap(page.get_by_role("link", name="Nieuw bericht"))
    expect(page.get_by_label("groep 4")).to_be_checked()
    expect(page.get_by_label("Uw bericht, in het Nederlands")).to_be_hidden()
    thumb.tap(page.get_by_text("Rooster", exact=True))
    expect(page.locator("[id='klaar.studiedag.dag']")).to_be_hidden()
    thumb.tap(page.get_by_label("Studiedag"))
    thumb.fill(page.locator("[id='klaar.studiedag.dag']"), "2026-12-01")
    thumb.tap(page.get_by_role("button", name="Bekijk hoe het aankomt"))
    expect(page.locator("#taal-nl")).to_contain_text("dinsdag 1 december")
    assert told(office) == before
    thumb.tap(page.get_by_role("button", name="Stuur nu"))
    expect(page.locator("#stand")).to_contain_text("Terughalen")
    assert (thumb.taps <= TAPS, thumb.pages <= PAGES) == (True, True), f"{thumb.taps} taps, {thumb.pages} pages"
    assert told(office) == before + 1
    if scripts:
        expect(page.locator("[data-left]")).to_have_text(re.compile("1:5."))
    page.get_by_role("button", name="Terughalen").tap()
    expect(page.locator("#stand")).to_contain_text("Niemand heeft dit gekregen")
    page.context.close()


def test_her_own_words_and_their_way(office: OpenOffice, browser: Browser) -> None:
    """What she types keeps itself; afterwards the page follows its way by itself."""
    thumb = today(office, browser, scripts=True)
    page = thumb.page
    thumb.tap(page.get_by_role("link", name="Nieuw bericht"))
    thumb.tap(page.get_by_text("Zelf schrijven"))
    thumb.fill(page.get_by_label("Uw bericht, in het Nederlands"), "Morgen gymspullen mee.")
    expect(page.locator("#bewaard")).not_to_be_empty()
    page.reload()
    expect(page.get_by_label("Uw bericht, in het Nederlands")).to_have_value("Morgen gymspullen mee.")
    expect(page.get_by_label("groep 4")).to_be_checked()
    thumb.tap(page.get_by_role("button", name="Bekijk hoe het aankomt"))
    expect(page.locator("#zo")).to_contain_text("Bericht van juf Janneke")
    thumb.tap(page.get_by_role("button", name="Stuur nu"))
    expect(page.locator("#stand")).to_contain_text("Terughalen")
    assert thumb.taps <= TAPS, thumb.taps

    async def later() -> None:
        await office.world.later(minutes=3)

    office.call(later())
    expect(page.locator("#stand")).to_contain_text("verstuurd")
    expect(page.locator("#stand [data-left]")).to_have_count(0)
    page.context.close()
