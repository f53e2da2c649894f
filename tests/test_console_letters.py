"""Letters from the pages: how many and in which languages, once on paper, and again only where it is asked."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.people import codes
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes.browser import chromium
from tests.harness.office import Desk, deeds, employ
from tests.harness.opened_office import open_office
from tests.test_console_door import forget, group, guardian
from tests.world import FATIMA, JAN, KARIN, World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)
    for who in (FATIMA, JAN, KARIN):
        forget(world, who)


async def test_how_many_and_in_which_languages(world: World) -> None:
    page = await Desk(world, "wil").get("/brieven")
    assert "4 ouders hebben nog geen brief" in page, "Jan has two children and gets one letter"
    assert re.findall(r'class="mark">(\w+) <span class="number">(\d)', page.text) == [
        ("Nederlands", "2"), ("Arabisch", "1"), ("Turks", "1"),
    ]  # fmt: skip
    assert "1 ouder doet al mee" in page
    assert deeds(world) == []


async def test_letters_of_a_group_print_once_and_again_where_asked(world: World) -> None:
    desk, four = Desk(world, "wil"), group(world, "groep 4")
    assert "3 ouders hebben nog geen brief" in await desk.get(f"/brieven?groep={four}")
    page = await desk.post("/brieven/maak", groep=str(four))
    assert page.path.endswith("/brieven/vellen")
    assert page.text.count('<article class="sheet"') == 3
    assert "3 brieven" in page
    assert deeds(world) == ["brieven"]
    with world.bot.database.read() as tx:
        printed = codes.letters(
            tx, [guardian(world, name) for name in ("Fatima", "Jan", "Karin")], "brug", world.clock()
        )
    assert all(code in page for code in printed.values())
    again = await desk.get(f"/brieven?groep={four}")
    assert "Niemand wacht op een eerste brief" in again
    assert "Opnieuw voor 3 ouders" in again
    refused = await desk.post("/brieven/maak", groep=str(four))
    assert refused.status == 422
    assert "niemand die een brief nodig heeft" in refused
    await world.later(minutes=1)
    page = await Desk(world, "wil").post("/brieven/maak", groep=str(four), opnieuw="ja")
    assert page.text.count('<article class="sheet"') == 3
    assert all(code in page for code in printed.values()), "what is at home works on"


async def test_the_dutch_stands_beside_it(world: World) -> None:
    page = await Desk(world, "wil").post("/brieven/maak", groep="", naast="ja")
    assert page.text.count('<div class="pair">') == 4
    assert page.text.count('<article class="sheet"') == 6, "two of them read Dutch"
    assert re.search(
        r'<article class="sheet" lang="ar" dir="rtl">.*?<article class="sheet" lang="nl" dir="ltr">', page.text, re.S
    )
    assert "style=" not in page
    assert "<style" not in page
    style = await Desk(world).get("/brieven.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "@page pair" in style


async def test_a_duo_gets_a_letter_each(world: World) -> None:
    world.write(lambda tx: tx.execute(update(t.address).values(linked_at=None)))
    page = await Desk(world, "janneke").post("/brieven/maak", groep=str(group(world, "groep 4")))
    assert len(re.findall(r'<footer class="foot"[^>]*>.*?Amira', page.text)) == 2


async def test_a_teacher_prints_for_her_own_group_and_names_no_other_child(world: World) -> None:
    desk = Desk(world, "janneke")
    page = await desk.get("/brieven")
    assert "groep 4" in page
    assert "Hele school" not in page
    sheets = await desk.post("/brieven/maak", groep="")
    assert "Tim" in sheets
    assert "Saar" not in sheets
    assert (await desk.get(f"/brieven?groep={group(world, 'groep 5')}")).status == 404
    assert (await desk.post("/brieven/maak", groep=str(group(world, "groep 5")))).status == 404


@pytest.mark.parametrize("key", ["fenna", "ida", "net"])
async def test_who_has_no_group_prints_nothing(world: World, key: str) -> None:
    desk = Desk(world, key)
    assert (await desk.get("/brieven")).status == 404
    assert (await desk.get("/brieven/vellen?op=1")).status == 404


async def test_the_sheets_are_there_for_half_an_hour(world: World) -> None:
    desk = Desk(world, "wil")
    await desk.post("/brieven/maak", groep="")
    at = int(world.clock().timestamp() * 1000)
    assert "4 brieven" in await desk.get(f"/brieven/vellen?groep=&op={at}")
    await world.later(minutes=31)
    page = await Desk(world, "wil").get(f"/brieven/vellen?groep=&op={at}")
    assert page.path.endswith("/brieven")
    assert "stonden te lang open" in page
    for strange in ("", "x", "99999999999999", str(at + 10_000_000)):
        assert (await Desk(world, "wil").get(f"/brieven/vellen?op={strange}")).path.endswith("/brieven")


async def test_another_school_prints_none_of_them(world: World) -> None:
    await Desk(world, "wil").post("/brieven/maak", groep="")
    at = int(world.clock().timestamp() * 1000)
    page = await Desk(world, "kees", "vaart").get(f"/brieven/vellen?op={at}")
    assert "<article" not in page
    assert (await Desk(world, "kees", "vaart").get(f"/brieven?groep={group(world, 'groep 4')}")).status == 404


async def test_a_used_code_is_not_printed_again(world: World) -> None:
    desk = Desk(world, "wil")
    await desk.post("/brieven/maak", groep="")
    at = int(world.clock().timestamp() * 1000)
    code = world.rows(
        select(t.code).where(t.code.c.contact_id == guardian(world, "Karin"), t.code.c.used_at.is_(None))
    )[0]
    with world.bot.database.read() as tx:
        signs = codes.shown(tx.open("code.sealed", code.sealed))
    await world.say(KARIN, f"START {signs}")
    page = await desk.get(f"/brieven/vellen?groep=&op={at}")
    assert signs not in page
    assert "3 brieven" in page


async def test_many_letters_come_in_stacks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.letters_page.STACK", 3)
    desk = Desk(world, "wil")
    page = await desk.post("/brieven/maak", groep="")
    assert "4 brieven" in page
    assert page.text.count('<article class="sheet"') == 3
    [other] = re.findall(r'href="/console(/brieven/vellen\?[^"]+stapel=2)"', page.text)
    page = await desk.get(other.replace("&amp;", "&"))
    assert page.text.count('<article class="sheet"') == 1
    for strange in ("0", "99", "x", "-1"):
        assert (await desk.get(other.replace("&amp;", "&").replace("stapel=2", f"stapel={strange}"))).status == 200


# --- in a browser
@pytest.mark.browser
@pytest.mark.parametrize(("beside", "sheets", "box"), [(True, 2, r"84[12]"), (False, 2, r"(419|420)")])
def test_each_letter_is_a_sheet_of_paper(
    furnished: Path, ring: Ring, tmp_path: Path, beside: bool, sheets: int, box: str
) -> None:
    with open_office(furnished, tmp_path, ring) as office, chromium() as browser:
        for who in (FATIMA, KARIN):
            forget(office.world, who)
        page = office.browser_of("janneke", browser, viewport={"width": 390, "height": 844}).new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{office.url}/console/brieven")
        page.get_by_label("Met het Nederlands ernaast").set_checked(beside)
        page.get_by_role("button", name="Maak de brieven").click()
        page.get_by_role("heading", name="2 brieven").wait_for()
        assert page.locator("article").count() == (3 if beside else 2)
        paper = page.pdf(prefer_css_page_size=True).decode("latin-1")
        assert len(re.findall(r"/Type\s*/Page\b", paper)) == sheets
        assert re.search(r"/MediaBox\s*\[0 0 " + box, paper)
        assert complaints == []
