"""Every request passes here: who is it, may she, is it hers to see; then the page's own function, and the audit."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.console import files, forms, live, reach, who
from bot.console.forms import Sent
from bot.console.visit import CLASS, EVERYONE, OFFICES, TALKING, Answer, Door, File, Go, Gone, House, Page, Visit, Who
from bot.console.words import HERE, Say, render
from bot.errors import BotError, place
from bot.people import audit, logins
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

log = structlog.get_logger()
BASE = "/console"
ITSELF = "zelf"  # in the address of a page that asks for itself: nobody is there, so it does not keep her signed in
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=(), geolocation=()",
}  # fmt: skip
ROOMS = (
    ("vandaag", "zon", EVERYONE), ("berichten", "stuur", EVERYONE), ("gesprekken", "praat", TALKING),
    ("afspraken", "klok", CLASS), ("gezinnen", "gezin", TALKING), ("afwezig", "afwezig", CLASS),
    ("instellingen", "wiel", EVERYONE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came, before it is known whose it is."""

    path: str
    token: str
    ids: dict[str, str]
    query: dict[str, str]
    sent: Sent
    ours: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found and done in one transaction; `answer` is HTML already where it is a page."""

    answer: Answer
    html: str = ""
    stale: logins.SignIn | None = None
    mark: str = ""  # proves to her next page that it may offer to undo this


def routes(house: House, doors: Sequence[Door], open_doors: Sequence[BaseRoute]) -> list[BaseRoute]:
    """The pages at their addresses; `open_doors` are those for who is not signed in."""
    watch = live.Watch(house)
    made: list[BaseRoute] = [
        Mount(f"{BASE}/static", StaticFiles(directory=HERE / "static")),
        *open_doors,
        Route(f"{BASE}/live", partial(_live, house, watch)),
        Route(f"{BASE}/uit", partial(_leave, house), methods=["POST"]),
    ]
    for door in doors:
        made.append(Route(BASE + door.path, partial(_enter, house, door), methods=[door.method]))
    return [*made, Route(BASE + "/{rest:path}", partial(_nowhere, house), methods=["GET", "POST"])]


async def _enter(house: House, door: Door, request: Request) -> Response:
    writes = door.method == "POST"
    token, now = request.cookies.get(cookie(house), ""), house.clock()
    if door.files and await house.database.fetch(lambda tx: who.of_token(tx, house.config, token, now)) is None:
        return _to_sign_in(request, writes)  # ten megabytes of a stranger are not even read
    try:
        sent = await forms.read(request, files=door.files) if writes else Sent()
    except HTTPException as error:
        return await _trouble(house, request, error.status_code)
    path, query = request.url.path, {name: forms.plain(each) for name, each in request.query_params.items()}
    asked = Asked(path, token, dict(request.path_params), query, sent, forms.is_ours(request))
    run = house.database.write if writes else house.database.fetch
    try:
        prepared = await _prepared(house, door, asked, now)
        outcome = await run(lambda tx: _within(house, door, asked, now, tx, prepared))
    except _Stranger:
        return _to_sign_in(request, writes)
    except _Undone as refused:
        return _response(refused.outcome)
    except Exception as error:  # whatever it is: nothing was done, and she reads so
        return await _trouble(house, request, _status(door, error))
    if outcome.stale and ITSELF not in query:
        sign_in = outcome.stale
        await house.database.write(lambda tx: logins.touch(tx, sign_in, now))
    if writes:
        house.wake()
    return _response(outcome, request.headers.get("range", ""))


def _status(door: Door, error: Exception) -> int:
    """What went wrong, as a status; what nobody foresaw is noted, without what it is about."""
    if isinstance(error, (Gone, _NotOurs)):
        return 404 if isinstance(error, Gone) else 403
    refused = isinstance(error, BotError)  # by a room, where the page did not ask before
    log.error("page_refused" if refused else "page_failed", page=door.path, error=type(error).__name__, at=place(error))
    return 409 if refused else 500


async def _prepared(house: House, door: Door, asked: Asked, now: datetime) -> Any:
    """What takes long, made while others write; whoever may not enter is turned away before it."""
    if door.before is None:
        return None
    _, visit = await house.database.fetch(lambda tx: _let_in(house, door, asked, now, tx))
    return await asyncio.to_thread(door.before, visit)


def _let_in(house: House, door: Door, asked: Asked, now: datetime, tx: Tx) -> tuple[logins.SignIn, Visit]:
    """Who it is, once all that she needs to enter is found in order."""
    found = who.of_token(tx, house.config, asked.token, now)
    if found is None:
        raise _Stranger
    sign_in, colleague = found
    if colleague.role not in door.may:
        raise Gone
    if door.method == "POST" and not (asked.ours and asked.sent.one.get("_ons") == csrf(tx, asked.token)):
        raise _NotOurs
    if door.proven and not colleague.proven:
        back = _came_from(asked) if door.method == "POST" else asked.path.removeprefix(BASE)
        raise _Undone(Outcome(Go(f"/code?verder={quote(back)}")))
    ids = {kind: _number(text) for kind, text in asked.ids.items()}
    if not all(reach.may_see(tx, colleague, kind, number) for kind, number in ids.items()):
        raise Gone
    visit = Visit(
        house, colleague, now, asked.path, ids, asked.query, asked.sent.one, asked.sent.files, asked.sent.many,
        sign_in.id,
    )  # fmt: skip
    return sign_in, visit


def _within(house: House, door: Door, asked: Asked, now: datetime, tx: Tx, prepared: Any) -> Outcome:
    """In one transaction, so that what is shown, allowed and done is of one moment."""
    sign_in, visit = _let_in(house, door, asked, now, tx)
    once = asked.sent.one.get("_form", "")
    if once and not tx.execute(insert_new(tx, t.done), {"form": tx.find(f"form:{once}"), "at": now}).rowcount:
        return Outcome(Go(_came_from(asked), "klaar.al_gedaan"))  # the same form again
    answer = door.answer(replace(visit, prepared=prepared), tx)
    stale = sign_in if sign_in.stale else None
    outcome = Outcome(answer, html(tx, visit, asked.token, answer) if isinstance(answer, Page) else "", stale)
    if isinstance(answer, Page) and answer.status >= 400:
        raise _Undone(outcome)
    if door.what:
        made = answer.about if isinstance(answer, Go) else ("", None)
        kind, target = [made, *visit.ids.items()][-1]
        school = reach.school_of(tx, visit.who, kind, target)
        audit.note(tx, school, visit.who.staff_id, door.what, now, kind=kind, target=target)
    if isinstance(answer, Go) and answer.undo:
        return replace(outcome, mark=_mark(tx, asked.token, answer.undo))
    return outcome


def html(tx: Tx, visit: Visit, token: str, page: Page) -> str:
    """The page with what stands on every page."""
    say = visit.say
    done, undo = visit.query.get("klaar", ""), visit.query.get("terug", "")
    ours = bool(undo) and secrets.compare_digest(visit.query.get("merk", "").encode(), _mark(tx, token, undo).encode())
    again = {name: each for name, each in visit.query.items() if name not in ("klaar", "terug", "merk")} | {ITSELF: "1"}
    base = {
        "who": visit.who, "school": visit.school, "path": visit.path, "csrf": csrf(tx, token),
        "form": partial(secrets.token_hex, 8), "office": visit.who.role in OFFICES, "now": visit.now,
        "done": say(done) if done.startswith("klaar.") and visit.house.books.catalogue.has(f"console.{done}") else "",
        "undo": undo if ours else "", "base": BASE, "refresh": 0, "again": urlencode(again),
        "phones": visit.config.phones,
        "rooms": [(room, sign) for room, sign, may in ROOMS if visit.who.role in may],
    }  # fmt: skip
    return render(page.template, say, {**base, **page.values})


def csrf(tx: Tx, token: str) -> str:
    """What proves that a form came from a page that this very browser was shown."""
    return tx.find(f"csrf:{token}")


def _mark(tx: Tx, token: str, undo: str) -> str:
    """Proves that this very browser was told how to undo something: a link in a letter cannot offer a button."""
    return tx.find(f"undo:{token}:{undo}")[:16]


def cookie(house: House) -> str:
    """The name of the cookie: only over https can it be bound to this host."""
    return "__Host-ouderbrug" if secure(house) else "ouderbrug"


def secure(house: House) -> bool:
    return house.config.web.public_url.startswith("https://")


class _Stranger(Exception):
    """Nobody is signed in here."""


class _NotOurs(Exception):
    """A form that no page of ours sent, or one that is too old."""


class _Undone(Exception):
    """Nothing of a form was done, and it may be sent again: a page says what is wrong, or she proves herself first."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def _number(text: str) -> int:
    """An id as it stands in an address. Raises Gone."""
    if not (text.isascii() and text.isdigit() and len(text) < 19) or text.startswith("0"):
        raise Gone
    return int(text)


def _came_from(asked: Asked) -> str:
    """The page that a form stands on: its address without the last word, which says what to do."""
    return asked.path.removeprefix(BASE).rpartition("/")[0] or "/"


def _response(outcome: Outcome, asked: str = "") -> Response:
    """What a browser gets; `asked`: the piece of a file that it wants."""
    match outcome.answer:
        case Page(status=status):
            return HTMLResponse(outcome.html, status, headers=HEADERS)
        case Go(to, note, undo, _):
            said = (("klaar", note), ("terug", undo), ("merk", outcome.mark))
            told = urlencode({name: value for name, value in said if value})
            mark = "&" if "?" in to else "?"
            return RedirectResponse(BASE + to + (mark + told if told else ""), 303, headers=HEADERS)
        case File() as file:
            return files.response(file, asked, HEADERS)


def _to_sign_in(request: Request, writes: bool) -> Response:
    """What was to be done is not done: only a page that one looks at is found again after signing in."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    after = "" if writes else f"?{urlencode({'verder': asked.removeprefix(BASE)})}"
    return RedirectResponse(f"{BASE}/in{after}", 303, headers=HEADERS)


async def _trouble(house: House, request: Request, status: int) -> Response:
    """A page that says what is wrong, in words: for who is signed in with the way back, for others without."""
    token, now = request.cookies.get(cookie(house), ""), house.clock()
    found = None
    if status != 500:  # then perhaps nobody can be looked up either
        found = await house.database.fetch(lambda tx: who.of_token(tx, house.config, token, now))
    language = found[1].language if found else "nl"
    say = Say(house.books.catalogue.words(language))
    values = {"status": status, "language": language, "inside": found is not None, "base": BASE}
    return HTMLResponse(render("fout.html", say, values), status, headers=HEADERS)


async def _nowhere(house: House, request: Request) -> Response:
    if request.method == "GET" and request.path_params["rest"] == "":
        return RedirectResponse(f"{BASE}/vandaag", 303, headers=HEADERS)
    return await _trouble(house, request, 404)


async def _leave(house: House, request: Request) -> Response:
    """Sign out: nothing that another site could want."""
    token, now = request.cookies.get(cookie(house), ""), house.clock()
    answer = RedirectResponse(f"{BASE}/in", 303, headers=HEADERS)
    if not forms.is_ours(request):
        return answer
    await house.database.write(lambda tx: logins.end(tx, token, now))
    answer.delete_cookie(cookie(house), secure=secure(house), httponly=True, samesite="lax")
    return answer


async def _live(house: House, watch: live.Watch, request: Request) -> Response:
    token = request.cookies.get(cookie(house), "")

    async def here() -> tuple[logins.SignIn, Who] | None:
        now = house.clock()
        return await house.database.fetch(lambda tx: who.of_token(tx, house.config, token, now))

    found = await here()
    if found is None or watch.listening >= live.MOST:
        return PlainTextResponse("", 204, headers=HEADERS)  # an EventSource does not come back after this
    lines = watch.lines(found[1].schools, here)
    return StreamingResponse(lines, media_type="text/event-stream", headers=HEADERS)
