"""What an open door must stand: automatic pages that keep nobody signed in, other sites, uploads, one-time lists."""

import asyncio
from typing import Any

import pytest

from bot.console import forms, live
from bot.console.serve import cookie
from bot.people import logins, second, staff
from bot.store import tables as t
from tests.harness.office import Desk, code_at, employ
from tests.test_console_enter import account, invite, listed, sign_in
from tests.world import YEAR, World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


# --- staying
async def test_a_page_that_asks_for_itself_keeps_nobody_signed_in(world: World) -> None:
    """A laptop left open in class: its page is live, but half an hour later nobody is signed in."""
    desk = Desk(world, "janneke")
    for _ in range(4):
        await world.later(minutes=7)
        assert (await desk.get("/vandaag?zelf=1")).status == 200
    await world.later(minutes=7)
    assert (await desk.bare("GET", "/vandaag?zelf=1")).status_code == 303


async def test_without_scripts_the_page_asks_for_itself_too(world: World) -> None:
    page = await Desk(world, "janneke").get("/gezinnen?niet-bereikt=1&klaar=klaar.taal&terug=%2Fx")
    assert 'content="60;url=?niet-bereikt=1&amp;zelf=1"' in page


async def test_who_is_signed_out_hears_nothing_however_busy_the_school(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(live, "LOOK", 0.001)
    monkeypatch.setattr(live, "ALIVE", 0.5)
    watch, changes = live.Watch(world.bot), iter(range(10_000))

    async def always_new(schools: tuple[str, ...]) -> tuple[live.Stamp, ...]:
        return ((next(changes),),)

    async def nobody() -> None:
        return None

    monkeypatch.setattr(watch, "newest", always_new)
    async with asyncio.timeout(5):
        lines = [line async for line in watch.lines(("brug",), nobody)]
    assert "event: changed\ndata: 1\n\n" in lines, "until then she heard"


# --- other sites, and strangers
async def test_another_site_cannot_sign_her_out(world: World) -> None:
    desk = Desk(world, "janneke")
    answer = await desk.bare("POST", "/uit", headers={"sec-fetch-site": "cross-site"})
    assert "set-cookie" not in answer.headers
    assert (await desk.get("/vandaag")).path == "/console/vandaag"
    answer = await desk.bare("POST", "/uit")
    assert cookie(world.bot) in answer.headers["set-cookie"]


async def test_a_file_of_a_stranger_is_not_even_read(world: World) -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        for _ in range(200):
            read += 1
            yield b"x" * 64 * 1024

    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = await Desk(world).bare("POST", "/inlezen/bestand", content=endless(), headers=kind)
    assert (answer.status_code, answer.headers["location"], read) == (303, "/console/in", 0)


async def test_who_dawdles_over_a_form_is_not_waited_for(world: World, monkeypatch: Any) -> None:
    """A thousand of those would keep the providers' letters out."""
    monkeypatch.setattr(forms, "SLOW", 0.05)

    async def slow() -> Any:
        yield b"naam=x"
        await asyncio.sleep(30)

    kind = {"content-type": "application/x-www-form-urlencoded"}
    async with asyncio.timeout(5):
        answer = await Desk(world).bare("POST", "/in", content=slow(), headers=kind)
    assert answer.status_code == 408


async def test_some_lines_are_left_for_the_providers(world: World, monkeypatch: Any) -> None:
    desk = Desk(world, "janneke")
    monkeypatch.setattr(live, "MOST", 0)
    assert (await desk.bare("GET", "/live")).status_code == 204
    watch = live.Watch(world.bot)
    lines = watch.lines(("brug",), lambda: desk.get("/vandaag"))
    await anext(lines)
    assert watch.listening == 1
    await lines.aclose()  # type: ignore[attr-defined]
    assert watch.listening == 0, "it is let go as soon as its page is"


async def test_a_sign_that_no_database_can_look_for_is_no_fault(world: World) -> None:
    desk = Desk(world, "wil")
    assert (await desk.get("/instellingen/logboek?wat=antwoord%00")).status == 200
    page = await desk.post("/instellingen/dagen/erbij", van="2026-12-04", soort="studiedag", naam="Studie\0dag")
    assert page.status == 200
    assert [row.name for row in world.rows(t.free_day.select().where(t.free_day.c.first == "2026-12-04"))] == [
        "Studiedag"
    ]


# --- the second factor
async def test_the_last_code_of_a_list_asks_for_a_new_list(world: World) -> None:
    """Else her password alone would open the door from then on, and nobody would have said so."""
    staff_id, codes = account(world), listed(world)
    assert world.write(lambda tx: [second.is_right(tx, staff_id, code, world.clock()) for code in codes[:-1]])
    desk = Desk(world)
    await sign_in(desk)
    await desk.get("/code?verder=/gezinnen")
    answer = await desk.plainly("/code", code=codes[-1])
    assert answer.headers["location"] == "/console/instellingen/mij/codes?verder=/gezinnen"


async def test_a_sign_in_without_a_code_adds_no_factor_beside_the_one_she_has(world: World) -> None:
    """Somebody had her page open before she set up her list; with it he gets no authenticator of his own."""
    staff_id = account(world)
    early = Desk(world, "janneke", proven=False)
    await early.post("/instellingen/mij/codes/telefoon")
    listed(world)
    secret = world.write(lambda tx: second.proposed(tx, staff_id))
    for answer in (
        await early.bare("GET", "/instellingen/mij/telefoon"),
        await early.post("/instellingen/mij/telefoon/code", code=code_at(secret, world.clock())),
    ):
        seen = answer.headers["location"] if hasattr(answer, "status_code") else answer.path
        assert seen.startswith("/console/code")
    assert world.write(lambda tx: second.kinds(tx, staff_id)) == ["lijst"]


async def test_a_new_password_makes_an_end_of_an_invitation_that_lies_about(world: World) -> None:
    path = invite(world)
    account(world)
    assert (await Desk(world).get(path)).status == 404


# --- who she is now
def schools(world: World, key: str) -> tuple[str, ...]:
    from bot.console import who

    return world.write(
        lambda tx: (
            who.colleague(tx, world.bot.config, staff.by_key(tx, "brug", key), world.clock(), proven=True).schools
        )
    )


async def test_a_coach_who_becomes_the_office_has_her_own_school_only(world: World) -> None:
    world.write(lambda tx: logins.give_schools(tx, staff.by_key(tx, "brug", "fenna").id, ["vaart"]))
    assert schools(world, "fenna") == ("brug", "vaart")
    world.write(lambda tx: staff.add(tx, "brug", "fenna", "Fenna", "administratie", [], YEAR))
    assert schools(world, "fenna") == ("brug",)
    assert "Deniz" not in await Desk(world, "fenna").get("/gezinnen?zoek=deniz")


async def test_who_left_and_comes_back_has_no_school_of_before(world: World) -> None:
    fenna = world.write(lambda tx: staff.by_key(tx, "brug", "fenna").id)
    world.write(lambda tx: logins.give_schools(tx, fenna, ["vaart"]))
    world.write(lambda tx: logins.forget(tx, fenna, world.clock()))
    assert world.write(lambda tx: logins.schools_of(tx, fenna)) == []
