"""Enrolment at the door: a square for this guardian, green when she is in, and on to the next of the group."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from bot.model import Address
from bot.people.contacts import resolve
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes.browser import chromium
from tests.harness.office import Desk, Seen, deeds, employ
from tests.harness.opened_office import open_office
from tests.world import ELIF, JAN, KARIN, World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def group(world: World, name: str, school: str = "brug") -> int:
    g = t.group.c
    return int(world.rows(select(g.id).where(g.school == school, g.name == name))[0].id)


def guardian(world: World, name: str, school: str = "brug") -> int:
    """The contact of a guardian of the school's file."""
    with world.bot.database.read() as tx:
        rows = tx.execute(select(t.guardian).where(t.guardian.c.school == school).order_by(t.guardian.c.id)).all()
        return next(int(row.contact_id) for row in rows if tx.open("guardian.name", row.name).startswith(name))


def shown(page: Seen) -> str:
    """The code that stands on the page."""
    found = re.search(r"\b([0-9A-Z]{4}-[0-9A-Z]{4})\b", page.text)
    assert found, page.text
    return found[1]


def forget(world: World, who: Address) -> None:
    """She is not enrolled any more."""
    address = world.address(who)
    world.write(lambda tx: tx.execute(update(t.address).where(t.address.c.id == address).values(
        linked_at=None, contact_id=resolve(tx, [Address("sms", "+31612000077")], world.clock()).popitem()[1][0]
    )))  # fmt: skip


async def test_one_button_then_the_square_then_green(world: World) -> None:
    desk, elif_ = Desk(world, "bas"), guardian(world, "Elif")
    page = await desk.get(f"/gezinnen/{elif_}/deur")
    assert "Elif Yılmaz" in page
    assert '<svg class="segno' not in page, "looking makes no code and shows none"
    page = await desk.post(f"/gezinnen/{elif_}/deur")
    assert page.path.endswith("/gezinnen/deur/scan")
    assert 'class="segno"' in page
    assert "style=" not in page
    assert "wa.me" not in page, "the link is in the square"
    assert "612000003" not in page, "her number is nobody's at the door"
    assert page.text.index("WhatsApp") < page.text.index(">SMS<") < page.text.index("Telegram")
    assert '<meta http-equiv="refresh" content="3;url=' in page
    assert deeds(world) == ["deur"]
    await world.say(ELIF, f"START {shown(page)}")
    page = await desk.get(page.path.removeprefix("/console") + "?" + _asked(world))
    assert "Gelukt: Elif is erbij" in page
    assert 'class="segno"' not in page
    assert "refresh" not in page


def _asked(world: World) -> str:
    return f"brief={max(row.id for row in world.rows(select(t.code.c.id).where(t.code.c.used_at.is_not(None))))}"


async def test_the_code_of_her_letter_keeps_working(world: World) -> None:
    letter = world.code("Elif")
    desk, elif_ = Desk(world, "bas"), guardian(world, "Elif")
    page = await desk.post(f"/gezinnen/{elif_}/deur")
    assert shown(page) == letter
    again = await desk.post(f"/gezinnen/{elif_}/deur")
    assert shown(again) == letter
    world.write(lambda tx: tx.execute(update(t.code).values(expires_at=world.clock() - timedelta(days=1))))
    fresh = await desk.post(f"/gezinnen/{elif_}/deur")
    assert shown(fresh) != letter


async def test_a_code_that_grew_too_old_says_so(world: World) -> None:
    desk, elif_ = Desk(world, "bas"), guardian(world, "Elif")
    page = await desk.post(f"/gezinnen/{elif_}/deur")
    number = world.rows(select(t.code.c.id).where(t.code.c.contact_id == elif_))[0].id
    world.write(lambda tx: tx.execute(update(t.code).values(expires_at=world.clock())))
    page = await desk.get(f"/gezinnen/deur/scan?brief={number}")
    assert "werkt niet meer" in page
    assert 'class="segno"' not in page


@pytest.mark.parametrize("channel", ["whatsapp", "sms", "telegram"])
async def test_a_tab_for_each_channel(world: World, channel: str) -> None:
    desk, elif_ = Desk(world, "bas"), guardian(world, "Elif")
    await desk.post(f"/gezinnen/{elif_}/deur")
    number = world.rows(select(t.code.c.id).where(t.code.c.contact_id == elif_))[0].id
    page = await desk.get(f"/gezinnen/deur/scan?brief={number}&kanaal={channel}")
    assert re.search(rf'kanaal={channel}" aria-current="page"', page.text)
    assert "+31 6 12000000" in page, "where to write without a camera"


async def test_in_her_own_language_with_its_direction(world: World) -> None:
    desk, fatima = Desk(world, "janneke"), guardian(world, "Fatima")
    page = await desk.post(f"/gezinnen/{fatima}/deur")
    assert re.search(r'<p class="scan-say" lang="\w+" dir="(ltr|rtl)">', page.text)


async def test_a_walk_through_a_whole_group(world: World) -> None:
    forget(world, KARIN)
    forget(world, JAN)
    desk, four = Desk(world, "janneke"), group(world, "groep 4")
    page = await desk.get("/gezinnen/deur")
    assert "2 ouders doen nog niet mee" in page, "one group needs no choosing"
    assert "Fatima" not in page
    assert "Saar" not in page, "a child of another group"
    first = await desk.post(f"/gezinnen/{guardian(world, 'Jan')}/deur?groep={four}")
    await world.say(JAN, f"/start {shown(first)}")
    number = world.rows(select(t.code.c.id).where(t.code.c.used_at.is_not(None)).order_by(t.code.c.id.desc()))[0].id
    page = await desk.get(f"/gezinnen/deur/scan?brief={number}&groep={four}")
    assert "Gelukt: Jan is erbij" in page
    assert "Volgend gezin" in page
    assert f"/gezinnen/{guardian(world, 'Karin')}/deur?groep={four}" in page
    second = await desk.post(f"/gezinnen/{guardian(world, 'Karin')}/deur?groep={four}")
    await world.say(KARIN, f"START {shown(second)}")
    assert "Iedereen doet mee" in await desk.get(f"/gezinnen/deur?groep={four}")


async def test_the_office_chooses_a_group(world: World) -> None:
    page = await Desk(world, "wil").get("/gezinnen/deur")
    assert "groep 4" in page
    assert "groep 5" in page
    assert "1 ouder doet nog niet mee" in page


async def test_who_is_known_at_another_school_turns_green_too(world: World) -> None:
    """Her placeholder goes when she takes over its child; the page knows the code, which goes along."""
    world.enrol("Elif", ELIF, "vaart")
    desk, elif_ = Desk(world, "bas"), guardian(world, "Elif")
    assert elif_ != world.contact(ELIF)
    page = await desk.post(f"/gezinnen/{elif_}/deur")
    number = world.rows(select(t.code.c.id).where(t.code.c.contact_id == elif_))[0].id
    await world.say(ELIF, f"START {shown(page)}")
    assert guardian(world, "Elif") == world.contact(ELIF)
    assert "Gelukt: Elif is erbij" in await desk.get(f"/gezinnen/deur/scan?brief={number}")


@pytest.mark.parametrize(("key", "school"), [("kees", "vaart"), ("bas", "brug"), ("ida", "brug"), ("net", "brug")])
async def test_another_ones_family_is_not_there(world: World, key: str, school: str) -> None:
    fatima = guardian(world, "Fatima")
    await Desk(world, "janneke").post(f"/gezinnen/{fatima}/deur")
    number = world.rows(select(t.code.c.id).where(t.code.c.contact_id == fatima).order_by(t.code.c.id.desc()))[0].id
    desk = Desk(world, key, school)
    assert (await desk.get(f"/gezinnen/{fatima}/deur")).status == 404
    assert (await desk.post(f"/gezinnen/{fatima}/deur")).status == 404
    assert (await desk.get(f"/gezinnen/deur/scan?brief={number}")).status == 404
    assert (await desk.get(f"/gezinnen/deur?groep={group(world, 'groep 4')}")).status == 404


@pytest.mark.parametrize("asked", ["brief=", "brief=x", "brief=0", "brief=99999999999999999999", "brief=1&groep=x"])
async def test_what_is_no_code_is_not_there(world: World, asked: str) -> None:
    assert (await Desk(world, "wil").get(f"/gezinnen/deur/scan?{asked}")).status == 404


async def test_a_guardian_who_may_not_know_is_not_enrolled(world: World) -> None:
    omar = guardian(world, "Omar")
    world.write(
        lambda tx: tx.execute(update(t.guardian).where(t.guardian.c.contact_id == omar).values(barred_at=world.clock()))
    )
    assert (await Desk(world, "janneke").post(f"/gezinnen/{omar}/deur")).status == 404
    assert deeds(world) == []


# --- in a browser
@pytest.mark.browser
def test_the_page_turns_green_by_itself_and_goes_on_to_the_next(furnished: Path, ring: Ring, tmp_path: Path) -> None:
    with open_office(furnished, tmp_path, ring) as office, chromium() as browser:
        world = office.world
        for who in (KARIN, JAN):
            forget(world, who)
        page = office.browser_of("janneke", browser, viewport={"width": 390, "height": 844}).new_page()
        page.goto(f"{office.url}/console/gezinnen/deur")
        page.get_by_role("listitem").filter(has_text="Jan Bakker").get_by_role("button", name="Inschrijven").click()
        square = page.locator(".square").bounding_box()
        assert square is not None
        assert square["width"] > 330, "as large as the phone"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("link", name="Telegram").click()
        page.get_by_role("link", name="Telegram").focus()  # a tab that has the focus does not hold it up
        page.wait_for_timeout(1500)  # the page listens
        page.evaluate("window.here = true")
        code = page.locator(".code").inner_text().split()[-1]
        office.call(world.say(JAN, f"/start {code}"))
        expect(page.get_by_text("Gelukt: Jan is erbij")).to_be_visible(timeout=5000)
        assert page.evaluate("window.here"), "the page was loaded again"
        page.get_by_role("button", name="Volgend gezin").click()
        expect(page.get_by_role("heading", name="Karin Visser")).to_be_visible()
        expect(page.locator(".square")).to_be_visible()


@pytest.mark.browser
def test_without_scripts_it_looks_again_by_itself(furnished: Path, ring: Ring, tmp_path: Path) -> None:
    with open_office(furnished, tmp_path, ring) as office, chromium() as browser:
        forget(office.world, KARIN)
        window = office.browser_of("janneke", browser, java_script_enabled=False, color_scheme="dark")
        page = window.new_page()
        page.goto(f"{office.url}/console/gezinnen/{guardian(office.world, 'Karin')}/deur")
        page.get_by_role("button", name="Inschrijven").click()
        office.call(office.world.say(KARIN, f"START {page.locator('.code').inner_text().split()[-1]}"))
        expect(page.get_by_text("Gelukt: Karin is erbij")).to_be_visible(timeout=10_000)
