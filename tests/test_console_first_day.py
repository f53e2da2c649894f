"""A new teacher's first day, on her own phone: from the invitation to the first answered parent, tap by tap."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.console.serve import BASE
from bot.people import logins, staff
from bot.store.sealed import Ring
from tests.harness.opened_office import OpenOffice, open_office

pytestmark = pytest.mark.browser
TAPS, FIELDS = 6, 3  # at most


@pytest.fixture
def office(furnished: Path, ring: Ring, tmp_path: Path) -> Iterator[OpenOffice]:
    with open_office(furnished, tmp_path, ring) as there:
        yield there


class Thumb:
    """What it costs her."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = self.fields = 0

    def tap(self, words: str) -> None:
        self.taps += 1
        name = self.page.get_by_role("button", name=words).or_(self.page.get_by_role("link", name=words))
        name.first.tap()

    def fill(self, label: str, text: str) -> None:
        self.fields += 1
        self.page.get_by_label(label, exact=False).first.fill(text)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_from_the_invitation_to_the_first_answered_parent(office: OpenOffice, browser: Browser, scripts: bool) -> None:
    def invite() -> str:
        now = office.world.clock()
        return office.world.write(lambda tx: logins.invite(tx, staff.by_key(tx, "brug", "bas").id, now))

    page = office.browser_of(
        "", browser, viewport={"width": 390, "height": 844}, has_touch=True, java_script_enabled=scripts
    ).new_page()
    thumb = Thumb(page)
    page.goto(f"{office.url}{BASE}/uitnodiging/{invite()}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bas")
    thumb.fill("wachtwoord", "vier vrolijke ganzen")
    page.locator("#nog_eens").fill("vier vrolijke ganzen")
    thumb.fields += 1
    thumb.tap("Verder")
    thumb.tap("later")
    expect(page).to_have_url(f"{office.url}{BASE}/vandaag")
    page.locator("#nu a, #nu .button").first.tap()
    thumb.taps += 1
    page.wait_for_url(re.compile("/gesprekken"))
    if "/gesprekken/" not in page.url:
        page.locator("a[href*='/gesprekken/']:visible").first.tap()
        thumb.taps += 1
    thumb.fill("antwoord", "Fijn dat u het vraagt. Morgen om half negen kan.")
    thumb.tap("Stuur")
    expect(page.locator(".talk")).to_contain_text("Morgen om half negen")
    assert thumb.taps <= TAPS, f"{thumb.taps} taps"
    assert thumb.fields <= FIELDS, f"{thumb.fields} fields"
    assert await_words(office, "Morgen om half negen")
    page.context.close()


def await_words(office: OpenOffice, words: str) -> bool:
    """Whether a parent's phone gets them, within ten seconds."""
    for _ in range(100):
        if any(words in message.text for line in office.world.lines.values() for message in line.sent):
            return True
        time.sleep(0.1)
    return False
