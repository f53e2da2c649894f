"""The teacher's page beside the real bot, in a real Chromium: who waits, in their own words, and the way back."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.demo.juf import waited
from tests.fakes.browser import chromium
from tests.fakes.demo import Demo
from tests.fakes.stage import playing

pytestmark = pytest.mark.browser

Opens = Callable[..., Page]
TRIP = "متى الرحلة؟ هل تحتاج أميرة إلى طعام؟"
HOSTILE = "</p></article><script>document.title='broken'</script> {{7*7}} \u202egnirts a\x07b " + "x" * 800


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One demo for all tests of this file; each has parents of its own."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    assert demo.url in demo.start()
    yield demo.url
    demo.kill()


@pytest.fixture
def opens(browser: Browser, url: str) -> Iterator[Opens]:
    """Opens a page in a window of its own; a complaint in its console fails the test."""
    contexts, complaints = [], []

    def open_page(path: str = "/juf", width: int = 1280, height: int = 860, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [each for each in complaints if "422" not in each] == []


def say(url: str, name: str, *texts: str) -> None:
    for text in texts:
        sent = httpx.post(f"{url}/demo/phones/{name}/say", data={"text": text}, timeout=20)
        assert sent.status_code == 303


def enrol(url: str, name: str) -> None:
    """A parent answers her letter, in the language that it offers first, and agrees."""
    letter = re.search(rf'id="beside-{name}".*?(START [-0-9A-Z]+)', httpx.get(url).text, re.DOTALL)
    assert letter
    say(url, name, letter[1], "1", "1")


def card(page: Page, who: str) -> Locator:
    return page.locator(".talk").filter(has=page.get_by_role("heading", name=who))


def reply(page: Page, who: str, text: str) -> None:
    card(page, who).get_by_role("textbox").fill(text)
    card(page, who).get_by_role("button", name="Stuur").click()


def test_an_empty_page_says_what_will_be_here(browser: Browser, tmp_path: Path) -> None:
    with playing(tmp_path) as quiet:
        page = browser.new_page()
        page.goto(quiet)
        page.get_by_role("link", name="Juf Janneke").click()
        expect(page.locator("#talks")).to_contain_text("Niemand wacht op antwoord")
        expect(page.locator("#talks")).to_contain_text("in haar eigen woorden")
        page.get_by_role("link", name="De telefoons").click()
        expect(page.locator("[data-phone]").first).to_be_visible()
        assert page.locator("#waiting").inner_text() == ""
        page.close()


def test_an_arabic_mother_asks_and_reads_the_answer(opens: Opens, url: str) -> None:
    enrol(url, "fatima")
    phones, page = opens("/"), opens()
    say(url, "fatima", "شخص", TRIP)
    expect(phones.locator("#fatima .note")).to_contain_text("wacht op juf Janneke")
    expect(phones.get_by_role("link", name="Juf Janneke")).to_contain_text("op antwoord")
    found = card(page, "Fatima Haddad")
    expect(found).to_contain_text("over Amira Haddad")
    expect(found).to_contain_text("net binnen")
    expect(found).to_contain_text("Arabisch, niet vertaald")
    words = found.locator(".own")
    expect(words).to_have_text(TRIP)
    assert (words.get_attribute("lang"), words.get_attribute("dir")) == ("ar", "rtl")
    assert words.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") > 18
    page.evaluate("window.here = true")
    reply(page, "Fatima Haddad", "Vrijdag om half negen.\nEten hoeft niet.")
    expect(found).to_have_count(0)
    assert page.evaluate("window.here"), "the page was loaded again"
    heard = phones.locator("[data-phone=fatima] [data-from=bot] .text").last
    expect(heard).to_contain_text(re.compile(r"juf Janneke.*\(غير مترجمة\).*Vrijdag om half negen\.\nEten", re.DOTALL))
    expect(phones.locator("#fatima .note")).not_to_contain_text("wacht op")


def test_without_scripts_too_long_an_answer_is_kept(opens: Opens, url: str) -> None:
    enrol(url, "jan")
    say(url, "jan", "mens", "Daan is ziek.", "Is de toets\nvrijdag?")
    page = opens(java_script_enabled=False)
    expect(card(page, "Jan de Boer")).not_to_contain_text("vertaald")
    reply(page, "Jan de Boer", "   ")
    expect(card(page, "Jan de Boer").get_by_role("alert")).to_contain_text("nog geen antwoord")
    long = "\n" + "Beterschap! é\n" * 72 + "x" * 20
    reply(page, "Jan de Boer", long)
    expect(card(page, "Jan de Boer").get_by_role("alert")).to_contain_text("hooguit 1000 tekens, dit zijn er 1029")
    expect(card(page, "Jan de Boer").get_by_role("textbox")).to_have_value(long)
    reply(page, "Jan de Boer", "Ja, vrijdag.")
    expect(card(page, "Jan de Boer")).to_have_count(0)
    assert page.url == f"{url}/juf"
    page.reload()
    page.get_by_role("link", name="De telefoons").click()
    answers = page.locator("[data-phone=jan] [data-from=bot]").filter(has_text="Ja, vrijdag.")
    expect(answers).to_have_count(1)
    expect(answers).not_to_contain_text("vertaald")


def test_what_one_types_stays_while_the_page_lives(opens: Opens, url: str) -> None:
    for name in ("joy", "kofi"):
        enrol(url, name)
        say(url, name, "person", f"Question of {name}")
    page, other = opens(), opens()
    field = card(page, "Kofi Bright").get_by_role("textbox")
    field.fill("x" * 1001)
    card(page, "Kofi Bright").get_by_role("button").click()
    expect(card(page, "Kofi Bright").get_by_role("alert")).to_contain_text("1001")
    field.focus()
    reply(other, "Joy Mensah", "Dat zoek ik uit.")
    expect(card(page, "Joy Mensah")).to_have_count(0)
    expect(field).to_be_focused()
    expect(field).to_have_value("x" * 1001)
    expect(card(page, "Kofi Bright").get_by_role("alert")).to_contain_text("1001")
    field.fill("Morgen.")
    card(page, "Kofi Bright").get_by_role("button").click()
    expect(card(page, "Kofi Bright")).to_have_count(0)


def test_an_alarm_goes_first_and_tells_whether_it_is_taken(opens: Opens, url: str) -> None:
    enrol(url, "marieke")
    enrol(url, "elif")
    say(url, "marieke", "mens", "Mag ik u bellen?")
    say(url, "elif", "intihar")
    page = opens()
    first = page.locator(".talk").first
    expect(first).to_contain_text("Elif Yılmaz moeder van Defne")
    expect(first).to_contain_text("De dienst is gebeld; nog niemand heeft het overgenomen")
    say(url, "dienst", "1")
    expect(first).to_contain_text("Iemand van de dienst heeft het overgenomen")
    phones = opens("/")
    expect(phones.locator("#elif .note")).to_contain_text("nood: de dienst heeft het overgenomen")
    phones.get_by_role("button", name="Een uur vooruit").click()
    expect(card(page, "Marieke van Dijk")).to_contain_text("wacht 1 uur")


def test_hostile_words_are_shown_as_words(opens: Opens, url: str) -> None:
    enrol(url, "rania")
    say(url, "rania", "شخص", HOSTILE)
    page = opens(width=390, has_touch=True, is_mobile=True)
    words = card(page, "Rania Nasser").locator(".own")
    expect(words).to_have_text(HOSTILE.replace("\x07", "\u2407"))
    assert page.title() != "broken"
    assert words.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "it runs out of its place"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    assert page.eval_on_selector_all("button, textarea, nav a", small) == []


def test_a_voice_note_is_named_with_its_size(opens: Opens, url: str) -> None:
    """Said aloud, fetched from the phones' network, and kept for her."""
    enrol(url, "joy")
    sent = httpx.post(f"{url}/demo/phones/joy/say", data={"kind": "voice"}, timeout=20)
    assert sent.status_code == 303
    say(url, "joy", "1")
    deadline = time.monotonic() + 15  # it is fetched a moment later
    while "spraakbericht, 1 kB" not in httpx.get(f"{url}/juf").text and time.monotonic() < deadline:
        time.sleep(0.1)
    expect(card(opens(), "Joy Mensah").get_by_text("[spraakbericht, 1 kB]")).to_be_visible()


def test_odd_answers_are_refused(url: str) -> None:
    enrol(url, "murat")
    say(url, "murat", "insan", "Veli toplantısı ne zaman?")
    number = re.findall(r'data-talk="(\d+)"', httpx.get(f"{url}/juf").text)[-1]

    def post(talk: str, text: str, **headers: str) -> int:
        return httpx.post(f"{url}/juf/{talk}", data={"text": text}, headers=headers, timeout=20).status_code

    assert post(number, "Hoi", **{"sec-fetch-site": "cross-site"}) == 413
    assert post(number, "x" * 70_000) == 413
    assert post("9" * 30, "Hoi") == post("²", "Hoi") == 404
    assert post("999999", "Hoi") == 409
    assert post(number, "Donderdag.") == 303
    again = httpx.post(f"{url}/juf/{number}", data={"text": "Nee, <b>vrijdag"}, headers={"accept": "text/html"})
    assert again.status_code == 409
    assert "al geantwoord. Dit ging niet weg: Nee, &lt;b&gt;vrijdag" in again.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_stand_out_from_what_is_behind_them(opens: Opens, url: str, scheme: str) -> None:
    page = opens(color_scheme=scheme)
    page.locator(".talk textarea").first.focus()
    assert page.evaluate((Path(__file__).parent / "fakes" / "contrast.js").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "net binnen"), (1, "wacht 1 minuut"), (59, "wacht 59 minuten"), (60, "wacht 1 uur"), (1439, "wacht 23 uur"),
     (1440, "wacht 1 dag"), (2880, "wacht 2 dagen"), (-5, "net binnen")],
)  # fmt: skip
def test_how_long_she_waits_as_one_says_it(minutes: int, words: str) -> None:
    assert waited(timedelta(minutes=minutes)) == words
