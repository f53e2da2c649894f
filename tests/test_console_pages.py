"""Every page in a real Chromium: on a phone and on a laptop, light and dark, with and without scripts, with axe."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from bot.console import doors
from bot.console.serve import BASE
from bot.console.visit import COACH, HEAD, NETWORK, OFFICE, TEACHER, Door
from tests.harness.opened_office import OpenOffice

pytestmark = pytest.mark.browser
PAGES = [door for door in doors.DOORS if door.method == "GET"]
READERS = {TEACHER: "janneke", OFFICE: "wil", HEAD: "dora", COACH: "fenna", NETWORK: "net"}
FILES = ("/media/", "/bijlage/", "/voorbeeld", ".csv", ".ics")  # no pages
OPEN = ("/in",)  # for who is not signed in
SMALL, ZOOMED, LAPTOP = ({"width": width, "height": 800} for width in (360, 640, 1280))


def reader(door: Door) -> str:
    """Who looks at this page: the teacher where she may."""
    return next(key for role, key in READERS.items() if role in door.may)


def addresses(office: OpenOffice) -> list[tuple[str, str]]:
    """Every page with ids that its reader may see: (who, address under /console)."""
    found = [("", path) for path in OPEN]
    for door in PAGES:
        key = reader(door)
        kinds = [part[1:-1] for part in door.path.split("/") if part.startswith("{")]
        path = door.path.format_map({kind: office.people.first_for(key, kind) for kind in kinds})
        if not any(each in path for each in FILES):
            found.append((key, path))
    return found


def visit(
    office: OpenOffice, browser: Browser, *, axe: bool = False, **options: Any
) -> Iterator[tuple[str, Page]]:  # fmt: skip
    """Every page, one after the other; a complaint of the browser is a failure. `axe`: it waits in each of them."""
    complaints: list[str] = []
    windows: dict[str, Page] = {}
    for key, path in addresses(office):
        if key not in windows:
            context = office.browser_of(key, browser, **options)
            if axe:
                context.add_init_script(Axe().axe_script)
            windows[key] = context.new_page()
            windows[key].on("console", lambda message: complaints.append(message.text))
            windows[key].on("pageerror", lambda error: complaints.append(str(error)))
        answer = windows[key].goto(f"{office.url}{BASE}{path}")
        assert answer, path
        assert answer.status == 200, f"{key} {path}"
        if urlsplit(answer.url).path == BASE + path:  # not one that sends her elsewhere, while nothing is begun
            yield f"{key} {path}", windows[key]
        assert not complaints, f"{key} {path}"
    for page in windows.values():
        page.context.close()


class Look(NamedTuple):
    """What was seen of one page."""

    title: str
    text: str
    forms: int
    headings: int
    language: str
    wide: int
    serious: list[str]  # what axe finds that keeps somebody out
    small: list[str]  # what a thumb could miss


Looks = Mapping[str, Look]


@pytest.fixture(scope="module")
def small(office: OpenOffice, browser: Browser) -> Looks:
    """Every page on the smallest phone, by day."""
    return {
        where: look(page, axe=True)
        for where, page in visit(office, browser, axe=True, viewport=SMALL, has_touch=True, color_scheme="light")
    }


@pytest.fixture(scope="module")
def plain(office: OpenOffice, browser: Browser) -> Looks:
    """Every page without scripts, on a laptop at 200% zoom, which leaves 640 pixels of 1280."""
    return {
        where: look(page) for where, page in visit(office, browser, viewport=ZOOMED, java_script_enabled=False)
    }  # fmt: skip


def look(page: Page, *, axe: bool = False) -> Look:
    """All of it in one question: to ask a browser takes longer than to answer."""
    return Look(**page.evaluate(LOOKED, axe))


# Buttons, fields, and links that stand for themselves (not those within a sentence) are 44 px high.
TOUCHED = """() => [...document.querySelectorAll(
    "button, summary, select, textarea, input:not([type=hidden]), nav a, a.button, a.line")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest(".skip"))
  .map((each) => [each.closest("label") ?? each, each.outerHTML.slice(0, 90)])
  .filter(([each]) => each.getBoundingClientRect().height < 43.5)
  .map(([each, html]) => `${Math.round(each.getBoundingClientRect().height)} px: ${html}`)"""
# Of what axe finds only that is handed over which keeps somebody out.
LOOKED = """async (asked) => {
  const found = asked ? (await axe.run({ resultTypes: ["violations"] })).violations : [];
  const bad = found.filter((each) => ["serious", "critical"].includes(each.impact));
  const [main, ...others] = document.querySelectorAll("main");
  if (others.length) throw new Error("more than one main");
  return {
    title: document.title, text: main.innerText, forms: document.forms.length,
    headings: document.querySelectorAll("h1").length, language: document.documentElement.getAttribute("lang") ?? "",
    wide: document.documentElement.scrollWidth,
    serious: bad.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 140)}`)),
    small: (TOUCHED)(),
  };
}""".replace("TOUCHED", TOUCHED)


def test_nothing_serious_on_a_phone_by_day(small: Looks) -> None:
    assert {where: each.serious for where, each in small.items() if each.serious} == {}


def test_a_thumb_can_touch_what_is_to_be_touched(small: Looks) -> None:
    assert {where: each.small for where, each in small.items() if each.small} == {}


def test_nothing_sticks_out(small: Looks, plain: Looks) -> None:
    wide = {where: each.wide for where, each in small.items() if each.wide > SMALL["width"]}
    wide |= {where: each.wide for where, each in plain.items() if each.wide > ZOOMED["width"]}
    assert wide == {}


def test_every_page_says_where_one_is(small: Looks) -> None:
    titles: dict[str, str] = {}
    for where, each in small.items():
        assert each.headings == 1, where
        assert each.language == "nl", where
        assert " – " in each.title, where
        assert each.title not in titles, f"{where} and {titles.get(each.title)} are called alike"
        titles[each.title] = where


def test_every_page_works_without_scripts(small: Looks, plain: Looks) -> None:
    """All that scripts add is comfort: what one reads and sends is there without them."""
    for where, each in plain.items():
        assert each.text.split() == small[where].text.split(), where
        assert each.forms == small[where].forms, where


def test_a_keyboard_and_a_dark_laptop(office: OpenOffice, browser: Browser) -> None:
    """The first Tab leads to the content; nothing serious by night either."""
    bad = {}
    for where, page in visit(office, browser, axe=True, viewport=LAPTOP, color_scheme="dark"):
        seen = look(page, axe=True)
        bad[where] = seen.serious
        assert seen.wide <= LAPTOP["width"], where
        if where.startswith(" "):
            continue
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip", where
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "hier", where
    assert {where: each for where, each in bad.items() if each} == {}
