"""The school's own pages beside the demo's phones: one click in, what happens on either side is seen on the other."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRIP = "متى الرحلة؟ هل أحضر الطعام؟"
Opens = Callable[..., Page]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One demo for all tests of this file."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    assert demo.url in demo.start()
    yield demo.url
    demo.kill()


@pytest.fixture
def opens(browser: Browser, url: str) -> Iterator[Opens]:
    contexts = []

    def open_page(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": options.pop("width", 1280), "height": 860}, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def say(url: str, phone: str, *texts: str) -> None:
    for text in texts:
        assert httpx.post(f"{url}/demo/phones/{phone}/say", data={"text": text}, timeout=20).status_code == 303


def enrol(url: str, phone: str) -> None:
    letter = re.search(rf'id="beside-{phone}".*?(START [-0-9A-Z]+)', httpx.get(url).text, re.DOTALL)
    assert letter
    say(url, phone, letter[1], "1", "1")


def test_an_arabic_mother_asks_and_juf_answers_while_both_look(opens: Opens, url: str) -> None:
    enrol(url, "fatima")
    phones, juf = opens(), opens(width=390, has_touch=True, is_mobile=True)
    juf.get_by_role("link", name="Juf Janneke").click()
    expect(juf.get_by_role("heading", level=1)).to_have_text("Goedemiddag, Janneke")
    juf.evaluate("window.here = true")
    say(url, "fatima", "شخص")
    phones.locator("#write-fatima").fill(TRIP)
    phones.locator("#write-fatima").press("Enter")
    asked = juf.locator("#wachten")
    expect(asked).to_contain_text("Fatima Haddad, ouder van Amira, wacht op antwoord")
    expect(asked.locator(".own")).to_have_text(TRIP)
    assert juf.evaluate("window.here"), "the page was loaded again"
    expect(phones.locator("#waiting")).to_contain_text("1 wacht op antwoord")
    expect(phones.locator("#fatima .note")).to_contain_text("wacht op juf Janneke")
    asked.get_by_role("link").click()
    juf.get_by_role("textbox").first.fill("Vrijdag om half negen.")
    juf.locator("form:has(textarea) button").first.click()
    heard = phones.locator("[data-phone=fatima] [data-from=bot] .text").last
    expect(heard).to_contain_text("Vrijdag om half negen.")
    expect(phones.locator("#waiting")).to_have_text("")
    juf.get_by_role("link", name="Vandaag").click()
    expect(juf.locator("#wachten")).to_have_count(0)
    expect(juf.locator("#gedaan li")).to_have_count(1)
    juf.get_by_role("link", name="De telefoons").click()
    expect(juf.locator("[data-phone]").first).to_be_visible()


def test_the_office_and_the_coach_are_one_click_away(opens: Opens, url: str) -> None:
    page = opens(java_script_enabled=False)
    for name, greeting in (("Wil", "Goedemiddag, Wil"), ("Fenna", "Goedemiddag, Fenna")):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(greeting)
        page.get_by_role("link", name="De telefoons").click()
    assert httpx.get(f"{url}/demo/als/niemand").status_code == 404
    assert httpx.get(f"{url}/demo/als/bas").status_code == 404, "he has not begun yet"
    strange = httpx.get(f"{url}/demo/als/wil", headers={"sec-fetch-site": "cross-site"})
    assert (strange.status_code, strange.headers["location"]) == (303, "/")
    assert "set-cookie" not in strange.headers


def test_who_moves_the_clock_a_week_comes_in_again_with_one_tap(opens: Opens) -> None:
    page = opens()
    page.get_by_role("link", name="Juf Janneke").click()
    page.get_by_role("link", name="De telefoons").click()
    page.get_by_role("button", name="Een week vooruit").click()
    expect(page.locator("#clock")).to_contain_text("ma 30 nov")
    page.goto(page.url + "console/vandaag")
    expect(page).to_have_url(re.compile("/console/in"))
    page.get_by_role("link", name="Terug naar de telefoons").click()
    page.get_by_role("link", name="Juf Janneke").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Janneke")


def test_a_new_teacher_takes_up_his_printed_invitation(opens: Opens) -> None:
    page = opens(width=1280)
    page.get_by_role("link", name="Open de uitnodiging van meester Bas").click()
    expect(page).to_have_url(re.compile("/console/uitnodiging/"))
    expect(page.locator("main")).to_contain_text("Bas")
