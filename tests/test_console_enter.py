"""Coming in: invitation, password, code, and what keeps others out but never the right one."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette

from bot.console import enter, serve, threshold
from bot.console.visit import EVERYONE, Go, Page, get, post
from bot.people import leaving, logins, passwords, second, staff
from bot.privacy import retention
from bot.reports import doctor
from bot.store import tables as t
from tests.harness.office import Desk, code_at, deeds, employ
from tests.world import YEAR, World

SENTENCE = "de kat slaapt op de piano"
WRONG = "horen niet bij elkaar"


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


def number(world: World, key: str = "janneke", school: str = "brug") -> int:
    return world.write(lambda tx: staff.by_key(tx, school, key).id)


def invite(world: World, key: str = "janneke") -> str:
    """The path of a fresh invitation."""
    staff_id = number(world, key)
    return f"/uitnodiging/{world.write(lambda tx: logins.invite(tx, staff_id, world.clock()))}"


def account(world: World, key: str = "janneke") -> int:
    """She has a password since a while."""
    staff_id, hashed = number(world, key), passwords.hashed(SENTENCE)
    world.write(lambda tx: logins.set_password(tx, staff_id, hashed, world.clock()))
    return staff_id


def listed(world: World) -> list[str]:
    """And a list of codes."""
    staff_id = number(world)
    return world.write(lambda tx: second.print_list(tx, staff_id))


async def sign_in(desk: Desk, name: str = "janneke@brug", password: str = SENTENCE, to: str = "") -> httpx.Response:
    """The form at the door, as it is answered."""
    await desk.get("/in" + (f"?verder={quote(to, safe='')}" if to else ""))
    return await desk.plainly("/in", naam=name, wachtwoord=password)


# --- the first day
async def test_the_first_day_from_invitation_to_today(world: World) -> None:
    """Two fields and three taps: password twice, go on, a list on paper, I have the list."""
    desk = Desk(world)
    path = invite(world)
    page = await desk.get(path)
    assert page.status == 200
    for words in ("Dag juf Janneke", "janneke@brug", "De Brug"):
        assert words in page
    page = await desk.fill(path, wachtwoord=SENTENCE, nog_eens=SENTENCE)
    assert page.path == "/console/instellingen/mij/codes"
    assert "Een lijst op papier" in page
    page = await desk.fill("/instellingen/mij/codes/lijst")
    codes = re.findall(r"<li>(\d{4} \d{4})</li>", page.text)
    assert len(codes) == 10
    assert 'href="/console/vandaag"' in page
    assert "juf Janneke" in await desk.get("/vandaag")
    assert (await desk.get(path)).status == 404, "it works once"
    assert deeds(world) == ["uitnodiging", "lijst"]
    assert [row.proven for row in world.rows(t.sign_in.select())] == [True]
    hers = await desk.get("/instellingen/mij")
    assert not any(code in hers for code in codes), "shown once"
    elsewhere = Desk(world)
    answer = await sign_in(elsewhere)
    assert answer.headers["location"] == "/console/code?verder=/vandaag"
    assert (await elsewhere.bare("GET", "/vandaag")).status_code == 303, "not in yet"
    await elsewhere.get("/code?verder=/vandaag")
    assert (await elsewhere.fill("/code", code=codes[0])).path == "/console/vandaag"


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("Kort1234", "Kort1234", "minstens 10 tekens"), ("JufJanneke2026", "JufJanneke2026", "uw naam"),
        ("Wachtwoord2026", "Wachtwoord2026", "kiezen veel mensen"), (SENTENCE, SENTENCE + "!", "niet gelijk"),
    ],
)  # fmt: skip
async def test_a_password_that_will_not_do_is_refused_kindly(
    world: World, password: str, again: str, words: str
) -> None:
    desk, path = Desk(world), invite(world)
    await desk.get(path)
    page = await desk.fill(path, wachtwoord=password, nog_eens=again)
    assert (page.status, words in page, password in page) == (422, True, False)
    assert (await desk.fill(path, wachtwoord=SENTENCE, nog_eens=SENTENCE)).status == 200


async def test_an_invitation_that_is_strange_old_or_replaced_says_what_to_do(world: World) -> None:
    desk, path = Desk(world), invite(world)
    other = invite(world)
    for strange in (path, "/uitnodiging/" + "x" * 32, "/uitnodiging/x"):
        page = await desk.get(strange)
        assert (page.status, "Vraag op kantoor een nieuwe" in page) == (404, True)
    assert (await desk.get(other)).status == 200
    await world.later(days=7)
    page = await desk.fill(other, wachtwoord=SENTENCE, nog_eens=SENTENCE)
    assert page.status == 404
    assert not world.rows(t.login.select())


async def test_later_is_fine_too(world: World) -> None:
    desk, path = Desk(world), invite(world)
    await desk.get(path)
    page = await desk.fill(path, wachtwoord=SENTENCE, nog_eens=SENTENCE)
    assert 'href="/console/vandaag">Later' in page
    assert (await desk.get("/code?verder=/gesprekken")).path == "/console/instellingen/mij/codes"
    assert [row.proven for row in world.rows(t.sign_in.select())] == [False]


async def test_a_new_invitation_is_for_who_forgot(world: World) -> None:
    account(world)
    codes = listed(world)
    old, desk, path = Desk(world, "janneke"), Desk(world), invite(world)
    page = await desk.get(path)
    assert "niet meer" in page
    assert 'name="kwijt"' in page
    page = await desk.fill(path, wachtwoord="een heel andere zin", nog_eens="een heel andere zin")
    assert page.path == "/console/code", "what she has is asked for"
    assert (await old.bare("GET", "/vandaag")).status_code == 303, "all her sign-ins ended"
    assert (await desk.fill("/code", code=codes[3])).path == "/console/vandaag"
    assert (await sign_in(Desk(world))).status_code == 422
    assert (await sign_in(Desk(world), password="een heel andere zin")).status_code == 303


async def test_who_lost_her_codes_begins_anew(world: World) -> None:
    account(world)
    listed(world)
    desk, path = Desk(world), invite(world)
    await desk.get(path)
    page = await desk.fill(path, wachtwoord=SENTENCE, nog_eens=SENTENCE, kwijt="ja")
    assert page.path == "/console/instellingen/mij/codes"
    assert not world.rows(t.slip.select())


# --- name and password
async def test_wrong_answers_are_alike(world: World) -> None:
    account(world)
    account(world, "bas")
    world.write(lambda tx: leaving.leave(
        tx, staff.by_key(tx, "brug", "bas"), staff.by_key(tx, "brug", "wil"), YEAR, world.clock()
    ))  # fmt: skip
    texts = set()
    for name, password in (
        ("janneke@brug", "verkeerd wachtwoord"), ("niemand@brug", SENTENCE), ("bas@brug", SENTENCE),
        ("wil@brug", SENTENCE), ("janneke@vaart", SENTENCE),
    ):  # fmt: skip
        desk = Desk(world)
        answer = await sign_in(desk, name, password)
        assert answer.status_code == 422
        assert WRONG in answer.text
        assert password not in answer.text
        texts.add(re.sub(r'value="[^"]*"', "", answer.text))
        assert (await desk.bare("GET", "/vandaag")).status_code == 303
    assert len(texts) == 1
    assert len(world.rows(t.login.select())) == 1, "who left has no login any more"


@pytest.mark.parametrize(
    ("to", "then"),
    [
        ("/gesprekken?zoek=a%20b", "/gesprekken?zoek=a%20b"), ("/vandaag", "/vandaag"), ("", "/vandaag"),
        ("//boos.example", "/vandaag"), ("https://boos.example", "/vandaag"), ("/\\boos.example", "/vandaag"),
        ("/../hooks", "/vandaag"), ("/x/../../hooks", "/vandaag"), ("vandaag", "/vandaag"), ("/a\r\nb: c", "/vandaag"),
        ("/uit", "/vandaag"), ("/in", "/vandaag"), ("/in?verder=/in", "/vandaag"),
    ],
)  # fmt: skip
async def test_after_signing_in_one_is_where_one_wanted_and_never_elsewhere(world: World, to: str, then: str) -> None:
    account(world)
    desk = Desk(world)
    answer = await sign_in(desk, to=to)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console{then}")
    assert (await desk.bare("GET", "/in")).headers["location"] == "/console/vandaag", "she is in"


async def test_cookies_are_for_us_alone_and_new_each_time(world: World) -> None:
    account(world)
    first, again = Desk(world), Desk(world)
    tokens = []
    for desk in (first, again):
        answer = await sign_in(desk)
        set_by = [each for each in answer.headers.get_list("set-cookie") if each.startswith("ouderbrug=")]
        tokens.append(set_by[0].partition(";")[0])
        for word in ("HttpOnly", "SameSite=lax", "Path=/"):
            assert word in set_by[0]
    assert tokens[0] != tokens[1]
    assert SENTENCE not in str(world.rows(t.sign_in.select()))
    world.restart(web=replace(world.bot.config.web, public_url="https://bot.example"))
    desk = Desk(world)
    answer = await desk.bare("GET", "/in")
    assert "__Host-ouderbrug-voor=" in answer.headers["set-cookie"]
    assert "Secure" in answer.headers["set-cookie"]


async def test_another_site_can_sign_nobody_in(world: World) -> None:
    account(world)
    desk = Desk(world)
    fields = {"naam": "janneke@brug", "wachtwoord": SENTENCE}
    assert (await desk.bare("POST", "/in", data=fields)).status_code == 403, "no page of ours was seen"
    await desk.get("/in")
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://boos.nl"}):
        assert (await desk.plainly("/in", headers, **fields)).status_code == 403
    other = Desk(world)
    other._page = desk._page
    assert (await other.plainly("/in", **fields)).status_code == 403, "a proof of another browser"
    assert not world.rows(t.sign_in.select())
    assert (await desk.plainly("/in", {"origin": "null"}, **fields)).status_code == 303


async def test_who_guesses_waits_and_the_right_one_does_not(world: World) -> None:
    account(world)
    hers = Desk(world)
    assert (await sign_in(hers)).status_code == 303
    await hers.bare("POST", "/uit")
    for _ in range(5):
        assert (await sign_in(Desk(world), password="geraden, maar fout")).status_code == 422
    stranger = await sign_in(Desk(world))
    assert (stranger.status_code, "over 1 minuut nog eens" in stranger.text) == (429, True)
    assert (await sign_in(hers)).status_code == 303, "a browser that knows her"
    fresh, path = Desk(world), invite(world)
    await fresh.get(path)
    assert (await fresh.fill(path, wachtwoord=SENTENCE, nog_eens=SENTENCE)).status == 200
    await world.later(minutes=1)
    assert (await sign_in(Desk(world))).status_code == 303
    for _ in range(5):
        assert (await sign_in(Desk(world), "niemand", SENTENCE)).status_code == 422
    assert (await sign_in(Desk(world), "niemand", SENTENCE)).status_code == 429, "a name that nobody has too"


async def test_a_browser_of_hers_is_counted_too_and_its_cookie_cannot_be_made(world: World) -> None:
    account(world)
    hers = Desk(world)
    await sign_in(hers)
    await hers.bare("POST", "/uit")
    for _ in range(5):
        await sign_in(hers, password="geraden, maar fout")
    assert (await sign_in(hers)).status_code == 429
    forged = Desk(world)
    forged._client.cookies.set("ouderbrug-toestel", "WyJ4IixbMV1d.forged")
    assert (await sign_in(forged)).status_code == 303, "only a stranger, and strangers have tries left"


async def test_a_thousand_tries_at_once_are_counted_one_by_one(world: World) -> None:
    account(world)
    desks = [Desk(world) for _ in range(8)]
    for desk in desks:
        await desk.get("/in")
    fields = {"naam": "janneke@brug", "wachtwoord": "geraden, maar fout"}
    answers = await asyncio.gather(*(desk.plainly("/in", **fields) for desk in desks))
    assert sorted(each.status_code for each in answers) == [422] * 5 + [429] * 3
    await retention.forget(world.bot.database, world.bot.config, world.clock() + timedelta(days=2))
    assert not world.rows(t.login_try.select())


async def test_too_many_at_once_are_told_so(world: World) -> None:
    mill = threshold.Mill()
    account(world)
    async with mill.turn(known=False):
        assert mill._waiting == 1
        mill._waiting = threshold._QUEUE
        with pytest.raises(Exception, match="503"):
            async with mill.turn(known=False):
                raise AssertionError
        async with mill.turn(known=True):
            pass


# --- the code
async def test_the_code_is_asked_before_anything_is_seen(world: World) -> None:
    staff_id = account(world)
    codes = listed(world)
    desk = Desk(world)
    await sign_in(desk, to="/vandaag")
    assert not world.rows(t.sign_in.select())
    await desk.get("/code?verder=/vandaag")
    page = await desk.fill("/code", code="0000 0000")
    assert (page.status, "klopt niet" in page) == (422, True)
    for _ in range(4):
        await desk.fill("/code", code="123456")
    page = await desk.fill("/code", code=codes[0])
    assert (page.status, "over 1 minuut" in page) == (429, True)
    await world.later(minutes=2)
    assert (await desk.fill("/code", code=codes[0])).path == "/console/vandaag"
    assert [row.proven for row in world.rows(t.sign_in.select())] == [True]
    late = Desk(world)
    await sign_in(late)
    await world.later(minutes=11)
    assert (await late.get("/code?verder=/vandaag")).path == "/console/in", "ten minutes between the two"
    await sign_in(late)
    world.write(lambda tx: logins.set_password(tx, staff_id, "x", world.clock()))
    assert (await late.get("/code")).path == "/console/in", "the password is another one by now"


async def test_an_authenticator_opens_the_door(world: World) -> None:
    staff_id, now = account(world), world.clock()
    world.write(lambda tx: second.propose(tx, staff_id, now))
    secret = world.write(lambda tx: second.proposed(tx, staff_id))
    assert world.write(lambda tx: second.confirm(tx, staff_id, code_at(secret, now), now))
    desk = Desk(world)
    await sign_in(desk)
    page = await desk.get("/code?verder=/vandaag")
    assert "6 cijfers" in page
    assert (await desk.fill("/code", code=code_at(secret, now))).status == 422, "no code twice"
    await world.later(minutes=1)
    assert (await desk.fill("/code", code=code_at(secret, world.clock()))).path == "/console/vandaag"


async def test_who_is_in_without_a_code_gives_one_where_it_is_needed(world: World) -> None:
    account(world)
    desk = Desk(world)
    await sign_in(desk)
    codes = listed(world)  # in another browser of hers
    assert (await desk.get("/code?verder=/gesprekken")).status == 200
    answer = await desk.plainly("/code", code=codes[0])
    assert answer.headers["location"] == "/console/gesprekken"
    assert [(row.proven, row.ended_at is None) for row in world.rows(t.sign_in.select())] == [
        (False, False), (True, True)
    ]  # fmt: skip
    assert (await desk.bare("GET", "/code?verder=/vandaag")).headers["location"] == "/console/vandaag"


async def test_what_wants_a_code_sends_there_and_back(world: World) -> None:
    account(world)
    codes = listed(world)
    doors = (
        get("/zenden", lambda visit, tx: Page("vandaag.html"), EVERYONE, proven=True),
        post("/zenden/nu", lambda visit, tx: Go("/vandaag"), EVERYONE, "", proven=True),
    )
    mill = threshold.Mill()
    routes = serve.routes(world.bot, doors, enter.open_doors(world.bot, mill))
    desk = Desk(world, "janneke", proven=False)
    desk._client._transport = httpx.ASGITransport(app=Starlette(routes=routes))
    assert (await desk.bare("GET", "/zenden")).headers["location"] == "/console/code?verder=/zenden"
    assert (await desk.post("/zenden/nu")).path == "/console/code"
    assert (await desk.plainly("/code", code=codes[0])).headers["location"] == "/console/zenden"


# --- where it opens
async def test_without_https_it_opens_only_on_this_machine(world: World) -> None:
    world.restart(web=replace(world.bot.config.web, public_url="http://192.0.2.7:8000"))
    for path in ("/in", "/vandaag", "", "/uitnodiging/x", "/static/console.css"):
        answer = await Desk(world).bare("GET", path)
        assert (answer.status_code, "need https" in answer.text, answer.text.count("\n")) == (403, True, 1), path
    found = {each.about: each for each in doctor.settled(world.bot.config)}
    assert "https" in found["pages"].way_out
    world.restart(web=replace(world.bot.config.web, public_url="http://127.0.0.1:8000"))
    assert "pages" not in {each.about for each in doctor.settled(world.bot.config)}
    assert (await Desk(world).get("/in")).status == 200


async def test_a_form_that_is_too_much_says_so(world: World) -> None:
    desk = Desk(world)
    await desk.get("/in")
    answer = await desk.plainly("/in", naam="x" * 70_000, wachtwoord="x")
    assert answer.status_code == 413
    assert "Probeer het nog eens" in answer.text
