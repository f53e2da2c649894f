"""The way in to every page: who is signed in, forms that only our pages can send, and forms that count once."""

import httpx
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs

from bot.console import serve
from bot.console.doors import DOORS
from bot.console.serve import cookie
from bot.console.visit import EVERYONE, TEACHER, Answer, Page, Visit, post
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.office import Desk, employ
from tests.world import World


@pytest.fixture(autouse=True)
def employed(world: World) -> None:
    employ(world)


async def test_a_stranger_is_sent_to_sign_in_and_comes_back(world: World) -> None:
    answer = await Desk(world).bare("GET", "/vandaag")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/in?verder=%2Fvandaag"


async def test_who_is_signed_in_sees_today(world: World) -> None:
    page = await Desk(world, "janneke").get("/vandaag")
    assert page.status == 200
    assert "juf Janneke" in page
    assert "groep 4" in page
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"


async def test_a_strange_or_old_token_is_nobody(world: World) -> None:
    desk = Desk(world, "janneke")
    desk._client.cookies.set(cookie(world.bot), "x" * 40)
    assert (await desk.bare("GET", "/vandaag")).status_code == 303
    desk = Desk(world, "janneke")
    await world.later(minutes=29)
    assert (await desk.get("/vandaag")).status == 200
    await world.later(minutes=29)
    assert (await desk.get("/vandaag")).status == 200, "each page counts anew"
    await world.later(minutes=31)
    assert (await desk.bare("GET", "/vandaag")).status_code == 303, "half an hour of rest"
    desk = Desk(world, "janneke")
    for _ in range(20):
        await world.later(minutes=25)
        last = await desk.bare("GET", "/vandaag")
    assert last.status_code == 303, "eight hours at most"


async def test_a_form_of_another_site_does_nothing(world: World) -> None:
    desk = Desk(world, "janneke")
    answer = await desk.bare("POST", "/concept", data={"plaats": "nieuw", "tekst": "x"})
    assert answer.status_code == 403
    with world.bot.database.read() as tx:
        from bot.console.serve import csrf

        proof = csrf(tx, desk.token)
    strange = {"sec-fetch-site": "cross-site"}
    answer = await desk.bare("POST", "/concept", data={"_ons": proof, "plaats": "n", "tekst": "x"}, headers=strange)
    assert answer.status_code == 403


async def test_signing_out_ends_it_everywhere(world: World) -> None:
    desk = Desk(world, "janneke")
    other = Desk(world)
    other._client.cookies.set(cookie(world.bot), desk.token)
    assert (await other.get("/vandaag")).status == 200
    answer = await desk.bare("POST", "/uit")
    assert answer.status_code == 303
    assert (await other.bare("GET", "/vandaag")).status_code == 303


@pytest.mark.parametrize("path", ["/vandaag/1", "/bestaat-niet", "/gesprekken/1x"])
async def test_what_is_not_there_says_so_in_words(world: World, path: str) -> None:
    page = await Desk(world, "janneke").get(path)
    assert page.status == 404


async def test_what_takes_long_is_done_before_the_write_and_for_who_may_enter(world: World) -> None:
    kept, given = {"place": "x", "body": b"", "changed_at": world.clock()}, []

    def before(visit: Visit) -> str:
        with world.bot.database.begin() as tx:  # it would wait for ever for a write that has begun
            tx.execute(t.draft.insert(), {"staff_id": visit.who.staff_id, **kept})
        return f"{visit.who.name} {visit.form['wat']}"

    def after(visit: Visit, tx: Tx) -> Answer:
        given.append(visit.prepared)
        tx.execute(t.draft.delete())
        return Page("fout.html", {"status": 400, "language": "nl", "inside": True}, 422)

    door = post("/lang", after, frozenset({TEACHER}), "lang", proven=True, before=before)
    app = Starlette(routes=serve.routes(world.bot, (door,), []))

    def at(key: str, *, proven: bool = True) -> Desk:
        desk = Desk(world, key, proven=proven)
        desk._client._transport = httpx.ASGITransport(app=app)
        return desk

    assert (await at("").bare("POST", "/lang")).headers["location"] == "/console/in"
    assert (await at("wil").post("/lang", wat="leest")).status == 404
    assert (await at("janneke").bare("POST", "/lang", data={"wat": "leest"})).status_code == 403
    assert (await at("janneke", proven=False).post("/lang", wat="leest")).path.endswith("/code")
    assert world.rows(t.draft.select()) == [], "nothing was begun for them"
    assert (await at("janneke").post("/lang", wat="leest")).status == 422
    assert given == ["juf Janneke leest"]
    assert len(world.rows(t.draft.select())) == 1, "what the page did is undone"


def test_no_page_reads_a_file_while_it_holds_the_writer() -> None:
    takes_none = "/berichten/nieuw/bijlage/weg"
    assert [each.path for each in DOORS if each.files and each.before is None] == [takes_none]


async def test_a_page_that_breaks_says_so_and_has_done_nothing(world: World) -> None:
    def breaks(visit: Visit, tx: Tx) -> Answer:
        tx.execute(t.draft.delete())
        raise ZeroDivisionError("juf Janneke")

    desk = Desk(world, "janneke")
    await desk.post("/concept", plaats="thread:1", tekst="nog niet af")
    kept = world.rows(t.draft.select())
    app = Starlette(routes=serve.routes(world.bot, (post("/stuk", breaks, EVERYONE, "stuk"),), []))
    desk._client._transport = httpx.ASGITransport(app=app)
    with capture_logs() as logs:
        page = await desk.post("/stuk")
    assert page.status == 500
    assert "Er is niets gedaan" in page
    assert world.rows(t.draft.select()) == kept
    assert [each["event"] for each in logs] == ["page_failed"]
    assert "Janneke" not in str(logs)
