"""The demo page in a real Chromium: phones to type and tap on, live and without scripts, wide and at 390 px."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from bot.demo.school import PHONES
from tests.fakes.stage import CODE, playing

pytestmark = pytest.mark.browser

Opens = Callable[..., Page]
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with playing(tmp_path) as address:
        yield address


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page for many tests, of which none minds what others wrote."""
    with playing(tmp_path_factory.mktemp("lasting")) as address:
        yield address


@contextmanager
def windows(browser: Browser, url: str) -> Iterator[Opens]:
    """Opens the page in a window of its own; a complaint in its console fails the test."""
    contexts, complaints = [], []

    def open_page(fragment: str = "", width: int = 1280, height: int = 860, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{url}/{fragment}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture
def opens(browser: Browser, url: str) -> Iterator[Opens]:
    with windows(browser, url) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def lasting_page(browser: Browser, lasting: str) -> Iterator[Page]:
    """The page in one window for many tests."""
    with windows(browser, lasting) as open_page:
        yield open_page()


def phone(page: Page, name: str) -> Locator:
    return page.locator(f"[data-phone={name}]")


def write(page: Page, name: str, text: str) -> Locator:
    """Type in a phone and send; gives the newest answer."""
    answers = phone(page, name).locator("[data-from=bot]")
    before = answers.count()
    phone(page, name).get_by_role("textbox").fill(text)
    phone(page, name).get_by_role("textbox").press("Enter")
    expect(answers).to_have_count(before + 1)
    return answers.last


def test_each_phone_says_whose_it_is_and_how_it_speaks(opens: Opens) -> None:
    page = opens()
    found = page.eval_on_selector_all(
        "[data-phone]", "all => all.map(e => [e.dataset.phone, e.dataset.channel, e.lang, e.dir])"
    )
    assert [each[0] for each in found] == [each.name for each in PHONES]
    assert all(sum(each[1] == channel for each in found) >= 2 for channel in ("whatsapp", "sms", "telegram"))
    assert {each[2] for each in found} == {"nl", "en", "tr", "ar", "pl", "uk", "fa", "ti", "so", "bg", "es", "fr"}
    assert all((each[3] == "rtl") == (each[2] in ("ar", "fa")) for each in found)
    expect(page).to_have_title(re.compile("groep 4"))


def test_what_one_types_is_answered_on_the_spot(opens: Opens) -> None:
    page = opens()
    page.evaluate("window.here = true")
    answer = write(page, "elif", "Merhaba")
    expect(answer).to_contain_text("Ik hoorde: Merhaba")
    expect(answer).to_contain_text("bezorgd")
    field = phone(page, "elif").get_by_role("textbox")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    assert page.evaluate("window.here"), "the page was loaded again"
    log = phone(page, "elif").get_by_role("log")
    assert log.get_attribute("aria-live") == "polite"
    phone(page, "elif").click()
    expect(answer).to_contain_text("gelezen")


def test_two_windows_show_the_same_phone(opens: Opens) -> None:
    one, other = opens(), opens()
    write(one, "joy", "hello")
    expect(phone(other, "joy")).to_contain_text("Ik hoorde: hello")
    expect(other.locator("#names a[data-key=joy]")).to_contain_text("1 ongelezen")


def test_whatsapp_has_a_list_and_telegram_buttons(opens: Opens) -> None:
    page = opens()
    write(page, "marieke", "lijst")
    option = phone(page, "marieke").get_by_role("button", name="Na het eten")
    expect(option).to_be_hidden()
    phone(page, "marieke").get_by_text("Kies").click()
    option.click()
    expect(phone(page, "marieke").locator("[data-from=parent]").last).to_contain_text("Na het eten")
    write(page, "murat", "knoppen")
    phone(page, "murat").get_by_role("button", name="Nee").click()
    expect(phone(page, "murat").get_by_role("button", name="Nee")).to_contain_text("seçildi")
    expect(phone(page, "murat").get_by_role("button", name="Ja")).not_to_contain_text("seçildi")


def test_an_sms_shows_its_parts_and_a_voice_message_its_name(opens: Opens) -> None:
    page = opens()
    expect(write(page, "jan", "Hoe laat?")).to_contain_text("1 deel")
    expect(write(page, "fatima", "ق" * 100)).to_contain_text("2 delen")
    expect(phone(page, "fatima").locator("summary")).to_have_count(0)
    phone(page, "samir").locator("summary").click()
    phone(page, "samir").get_by_role("button", name="رسالة صوتية").click()
    expect(phone(page, "samir").locator("[data-from=parent]")).to_contain_text("رسالة صوتية")
    expect(phone(page, "samir").locator("[data-from=bot]")).to_contain_text("voice")


def test_the_letter_lies_beside_the_phone_until_its_code_is_sent(opens: Opens) -> None:
    page = opens()
    letters = page.locator("#ayse .letter")
    expect(letters).to_have_count(2)
    expect(letters.first).to_contain_text(f"Ayşe Demir START {CODE}")
    letters.first.get_by_role("button", name="stuur de code").click()
    expect(phone(page, "ayse").locator("[data-from=parent]")).to_contain_text(f"START {CODE}")
    expect(letters).to_have_count(0)


def test_the_clock_moves_and_a_line_tells_why_something_waits(opens: Opens) -> None:
    page = opens()
    expect(page.locator("#clock")).to_have_text("ma 23 nov 16.00")
    page.get_by_role("button", name="Een uur vooruit").click()
    expect(page.locator("#clock")).to_have_text("ma 23 nov 17.00")
    page.get_by_role("button", name="Een week vooruit").click()
    expect(page.locator("#clock")).to_have_text("ma 30 nov 17.00")
    expect(page.locator("#jan .note")).to_have_text("uitgesteld tot 7.00: stille uren")
    expect(page.locator("#lately")).to_contain_text("ma 30 nov 17.00")
    expect(page.locator(".phone-time").first).to_have_text("17.00")


def test_while_time_is_played_the_clock_takes_no_tap_and_says_so(opens: Opens) -> None:
    page = opens()
    hour, day = (page.get_by_role("button", name=f"Een {move} vooruit") for move in ("uur", "dag"))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/demo/clock", hold, times=1)
    with page.expect_request("**/demo/clock"):
        hour.click()
    expect(day).to_be_disabled()
    day.click(force=True)
    [played] = held
    played.continue_()
    expect(day).to_be_enabled()
    day.click()
    expect(page.locator("#clock")).to_have_text("di 24 nov 17.00")


def test_the_coming_week_stands_under_the_phone(opens: Opens) -> None:
    page = opens()
    expect(page.locator(".week")).to_have_count(0)
    page.get_by_role("button", name="Een dag vooruit").click()
    week = page.locator("#fatima .week")
    expect(week.get_by_role("heading")).to_have_text("Komende week")
    expect(week.locator("li").first).to_have_text("di 19.30 herinnering voorlezen")
    expect(week.locator("li").nth(1)).to_contain_text("wacht: hooguit 3 berichten per week")
    assert week.locator("li.skipped .what").evaluate("e => getComputedStyle(e).textDecorationLine") == "line-through"
    expect(week.locator("li").last).to_be_hidden()
    week.get_by_text("en nog 1").click()
    expect(week.locator("li").last).to_have_text("ma 30 nov 16.00 vraag over voorlezen")
    page.get_by_role("button", name="Een uur vooruit").click()
    expect(page.locator("#clock")).to_contain_text("17.00")
    expect(week.locator("li").last).to_be_visible()  # what was opened stays open


def test_without_scripts_everything_works_too(opens: Opens) -> None:
    page = opens("#marieke", java_script_enabled=False)
    assert page.locator("noscript meta[http-equiv=refresh]").get_attribute("content")
    page.locator("#marieke .letter button").click()
    expect(phone(page, "marieke")).to_contain_text(f"Ik hoorde: START {CODE}")
    write(page, "marieke", "lijst")
    assert page.url.endswith("/#marieke")
    phone(page, "marieke").get_by_text("Kies").click()
    phone(page, "marieke").get_by_role("button", name="In het weekend").click()
    expect(phone(page, "marieke")).to_contain_text("gekozen")
    page.get_by_role("button", name="Een dag vooruit").click()
    expect(page.locator("#clock")).to_have_text("di 24 nov 16.00")
    page.reload()
    expect(phone(page, "marieke").locator("[data-from=parent]")).to_have_count(3)


def test_nothing_typed_is_lost_when_the_demo_is_gone(browser: Browser, url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    context.set_offline(True)
    field = phone(page, "kofi").get_by_role("textbox")
    field.fill("my long story")
    field.press("Enter")
    expect(page.locator("#lately")).to_contain_text("Wat u typte staat er nog")
    expect(field).to_have_value("my long story")
    context.set_offline(False)
    field.press("Enter")
    expect(phone(page, "kofi").locator("[data-from=bot]")).to_contain_text("my long story")
    context.close()


HOSTILE = {
    "html": "<img src=x onerror=\"document.title='broken'\"></div></section><script>document.title='broken'</script>",
    "template": "{{7*7}} {0.__class__} ${7*7}",
    "bidi": "\u202egnirts\u202c \u2067\u200f\u2066 rest",
    "control": "a\x00b\x07c\x1b[31md",
    "long": "woord " * 833,
    "one word": "x" * 5000,
    "accents": "e" + "\u0301" * 300,
    "half": "half \ud83d character",
}


@pytest.mark.parametrize(("kind", "name"), [*zip(HOSTILE, (each.name for each in PHONES), strict=False)])
def test_hostile_words_are_shown_as_words(lasting_page: Page, lasting: str, kind: str, name: str) -> None:
    """Each kind on a phone of its own, in one window: it harms neither this phone nor those beside it."""
    page, text = lasting_page, HOSTILE[kind]
    body = urlencode({"text": text.encode("utf-8", "surrogatepass")})
    sent = httpx.post(f"{lasting}/demo/phones/{name}/say", content=body, headers=FORM)
    assert sent.status_code == 303
    mine = phone(page, name).locator("[data-from=parent] .text")
    expect(mine).to_have_count(1)
    shown = mine.text_content() or ""
    wanted = text.translate({code: 0x2400 + code for code in range(32)})
    assert shown == wanted.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    assert page.title() != "broken"
    assert page.locator("[data-phone]").count() == len(PHONES)
    assert mine.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), "it runs out of its bubble"
    expect(write(page, name, "still there")).to_contain_text("still there")


def test_empty_words_send_nothing(opens: Opens, url: str) -> None:
    page = opens()
    phone(page, "jan").get_by_role("textbox").fill("   ")
    phone(page, "jan").get_by_role("textbox").press("Enter")
    assert httpx.post(f"{url}/demo/phones/jan/say", data={"text": " \n "}).status_code == 303
    page.reload()
    expect(phone(page, "jan").locator("[data-from]")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/demo/phones/jan/say", b"text=" + b"x" * 70_000, {}, 413),
        ("/demo/phones/jan/say", b"&".join([b"text=a"] * 500), {}, 413),
        ("/demo/phones/jan/say", b"text=hoi", {"sec-fetch-site": "cross-site"}, 413),
        ("/demo/phones/jan/say", b"choice=none&ours=m999", {}, 422),
        ("/demo/phones/nobody/say", b"text=hoi", {}, 404),
        ("/demo/phones/nobody/read", b"", {}, 404),
        ("/demo/phones/jan/say", b"\xff\xfe%ED%A0%80=%zz", {}, 303),
        ("/demo/clock", b"move=year", {}, 400),
        ("/demo/clock", b"", {}, 400),
    ],
)
def test_odd_requests_get_a_plain_answer(
    lasting: str, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert httpx.post(lasting + path, content=body, headers=FORM | headers).status_code == status


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_there_is_one_phone_at_a_time(opens: Opens, width: int) -> None:
    page = opens(width=width, height=800, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#elif")).to_be_in_viewport(ratio=0.95)
    expect(page.locator("#fatima")).not_to_be_in_viewport()
    page.locator("#names").get_by_text("Fatima").click()
    expect(page.locator("#fatima")).to_be_in_viewport(ratio=0.95)
    expect(page.locator("#elif")).not_to_be_in_viewport()
    expect(page.locator("#names a[aria-current]")).to_have_text("Fatima")
    page.locator("#phones").evaluate("e => e.scrollBy(e.clientWidth * 0.8, 0)")  # a swipe that lets go too early
    expect(page.locator("#joy")).to_be_in_viewport(ratio=0.95)
    write(page, "joy", "hi")
    expect(page.locator("#clock")).to_be_in_viewport()


def test_at_200_percent_all_can_be_reached(opens: Opens) -> None:
    page = opens("#samir", width=640, height=400)
    write(page, "samir", "hi")
    for part in ("#samir h2", "#samir .composer", "#samir .note"):
        page.locator(part).scroll_into_view_if_needed()
        expect(page.locator(part)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_is_enough(opens: Opens) -> None:
    page = opens()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Naar de telefoons")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(2):  # the messages, then what one can attach
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(phone(page, "elif").get_by_role("button", name="Fotoğraf")).to_be_visible()
    page.keyboard.press("Escape")
    expect(phone(page, "elif").get_by_role("button", name="Fotoğraf")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("tamam")
    page.keyboard.press("Enter")
    expect(phone(page, "elif").locator("[data-from=bot]")).to_contain_text("tamam")
    unnamed = "all => all.filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).map(e => e.outerHTML)"
    assert page.eval_on_selector_all("a, button, summary, input:not([type=hidden])", unnamed) == []
    small = "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    assert page.eval_on_selector_all("button, summary, input:not([type=hidden]), nav a", small) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_stand_out_from_what_is_behind_them(opens: Opens, scheme: str) -> None:
    page = opens(color_scheme=scheme)
    for name in ("marieke", "murat", "jan"):
        write(page, name, "knoppen" if name != "jan" else "hoi")
    page.get_by_role("button", name="Een dag vooruit").click()
    page.locator("#jan .week").scroll_into_view_if_needed()
    assert page.evaluate((Path(__file__).parent / "fakes" / "contrast.js").read_text(encoding="utf-8")) == []
