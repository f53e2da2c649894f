"""Coming in: an invitation taken up, a name with its password, and the code after it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.console import threshold, who
from bot.console.serve import BASE, HEADERS, cookie
from bot.console.threshold import Device, Half, Mill, go, own
from bot.console.visit import House
from bot.people import audit, logins, passwords, second, tries
from bot.people.staff import StaffRow
from bot.store.database import Tx

_BETWEEN = timedelta(minutes=10)  # between the password and the code
_ONLY_HTTPS = (
    "These pages need https: write it in [web] public_url. / Deze pagina's werken alleen via https; "
    "vraag het aan wie de bot beheert.\n"
)


class Granted(NamedTuple):
    """A right password: signed in (a token), or the second factor comes next (half)."""

    staff_id: int
    token: str = ""
    half: Half | None = None


class Tried(NamedTuple):
    """A try that was counted: whose it is, and what her password must fit. `wait`: too soon."""

    row: StaffRow | None
    known: str | None
    place: str
    wait: timedelta | None


def open_doors(house: House, mill: Mill) -> list[BaseRoute]:
    """The pages for who is not signed in."""
    doors: tuple[tuple[str, Callable[[House, Mill, Request], Awaitable[Response]]], ...] = (
        ("/in", _sign_in), ("/uitnodiging/{token}", _invitation), ("/code", _code),
    )  # fmt: skip
    return [Route(BASE + path, partial(_open, house, mill, answer), methods=["GET", "POST"]) for path, answer in doors]


def closed_doors() -> list[BaseRoute]:
    """All that there is where a password would travel in the clear."""

    async def answer(_: Request) -> Response:
        return PlainTextResponse(_ONLY_HTTPS, 403, headers=HEADERS)

    return [Route(path, answer, methods=["GET", "POST"]) for path in (BASE, BASE + "/{rest:path}")]


async def _open(
    house: House, mill: Mill, answer: Callable[[House, Mill, Request], Awaitable[Response]], request: Request
) -> Response:
    try:
        return await answer(house, mill, request)
    except HTTPException as error:
        busy = error.status_code == 503
        values = {"what": "druk" if busy else "vol", "again": request.url.path.removeprefix(BASE)}
        return threshold.page(house, request, "even.html", values, error.status_code)


# --- a name and a password
async def _sign_in(house: House, mill: Mill, request: Request) -> Response:
    now, old = house.clock(), request.cookies.get(cookie(house), "")
    if request.method != "POST":
        to = own(request.query_params.get("verder", ""))
        inside = await house.database.fetch(lambda tx: who.of_token(tx, house.config, old, now))
        return go(to) if inside else _ask(house, request, {"to": to})
    sent = await threshold.read(house, request)
    if sent is None:
        return _ask(house, request, {"to": threshold.TODAY}, 403, "in.oud")
    name, password = sent.one.get("naam", "").strip()[:100], sent.one.get("wachtwoord", "")
    asked = {"to": own(sent.one.get("verder", "")), "name": name}
    known = threshold.device(house, request)
    async with mill.turn(known=bool(known.staff)):
        tried = await house.database.write(lambda tx: _try(tx, house, known, name, now))
        if tried.wait:
            return _ask(house, request, asked, 429, "in.wacht", threshold.minutes(tried.wait))
        right = await asyncio.to_thread(passwords.fits, tried.known, password)
        anew = right and tried.known is not None and passwords.wants_anew(tried.known)
        fresh = await asyncio.to_thread(passwords.hashed, password) if anew else ""
    granted = await house.database.write(lambda tx: _right(tx, tried, fresh, old, now)) if right else None
    if granted is None:
        return _ask(house, request, asked, 422, "in.klopt_niet")
    return _through(house, request, granted, asked["to"])


def _ask(
    house: House, request: Request, values: Mapping[str, object], status: int = 200, wrong: str = "", count: int = 0
) -> Response:
    several = len(house.config.schools) > 1
    base = {"name": "", "several": several, "example": f"janneke@{next(iter(house.config.schools))}"}
    return threshold.page(house, request, "in.html", {**base, **values}, status, wrong, count)


def _try(tx: Tx, house: House, known: Device, name: str, now: datetime) -> Tried:
    """Count a try before it is looked at. A name that nobody has is counted and costs as much."""
    row = logins.called(tx, house.config, name)
    account = f"staff:{row.id}" if row else f"name:{name.casefold()}"
    place = known.place(tx, account, row.id if row else None)
    wait = tries.take(tx, place, now)
    return Tried(row, logins.password_of(tx, row.id) if row else None, place, wait)


def _right(tx: Tx, tried: Tried, fresh: str, old: str, now: datetime) -> Granted | None:
    """Her password was right; unless it was changed, or she left, meanwhile."""
    row = tried.row
    if row is None or logins.password_of(tx, row.id) != tried.known:
        return None
    tries.right(tx, tried.place)
    if fresh:
        logins.keep_password(tx, row.id, fresh)
    return _grant(tx, row, old, now)


def _grant(tx: Tx, row: StaffRow, old: str, now: datetime) -> Granted:
    """In, or half in; whoever was signed in in this browser is not any more (`old` is the token of that)."""
    logins.end(tx, old, now)
    if second.kinds(tx, row.id):
        until = int((now + _BETWEEN).timestamp())
        return Granted(row.id, half=Half(row.id, until, logins.version(tx, row.id)))
    return Granted(row.id, logins.begin(tx, row.id, now, proven=False))


def _through(house: House, request: Request, granted: Granted, to: str) -> Response:
    """On to the page she wanted, or first to her code."""
    if granted.half:
        answer = go(f"/code?verder={quote(to)}")
        threshold.set_half(house, answer, granted.half)
        return answer
    answer = go(to)
    threshold.let_in(house, answer, granted.token)
    threshold.remember(house, answer, threshold.device(house, request), granted.staff_id)
    return answer


# --- an invitation
async def _invitation(house: House, mill: Mill, request: Request) -> Response:
    now, token = house.clock(), request.path_params["token"]
    row = await house.database.fetch(lambda tx: logins.invited(tx, token, now))
    if row is None or row.school not in house.config.schools:
        return threshold.page(house, request, "even.html", {"what": "verlopen", "again": "/in"}, 404)
    found = await house.database.fetch(lambda tx: _hers(tx, row))
    values = {
        "who": row.name, "name": logins.name_of(house.config, row), "school": house.config.schools[row.school].name,
        "before": found.accepted, "second": found.second, "shortest": passwords.SHORTEST,
    }  # fmt: skip
    show = partial(threshold.page, house, request, "uitnodiging.html", values, language=found.language)
    if request.method != "POST":
        return show()
    sent = await threshold.read(house, request)
    if sent is None:
        return show(403, "in.oud")
    password, again = sent.one.get("wachtwoord", ""), sent.one.get("nog_eens", "")
    names = (row.name, row.key, house.config.schools[row.school].name)
    wrong = passwords.complaint(password, names) or ("anders" if password != again else "")
    if wrong:
        return show(422, f"wachtwoord.{wrong}", passwords.SHORTEST)
    async with mill.turn(known=True):
        fresh = await asyncio.to_thread(passwords.hashed, password)
    lost, old = "kwijt" in sent.one, request.cookies.get(cookie(house), "")
    granted = await house.database.write(lambda tx: _accept(tx, token, fresh, old, lost, now))
    if granted is None:
        return go(f"/uitnodiging/{quote(token)}")
    return _through(house, request, granted, "/vandaag" if granted.half else "/instellingen/mij/codes")


class _Hers(NamedTuple):
    """What is known of who was invited."""

    accepted: bool
    second: bool
    language: str


def _hers(tx: Tx, row: StaffRow) -> _Hers:
    known = logins.password_of(tx, row.id) is not None
    return _Hers(known, bool(second.kinds(tx, row.id)), logins.language_of(tx, row.id))


def _accept(tx: Tx, token: str, fresh: str, old: str, lost: bool, now: datetime) -> Granted | None:
    """A password of her own; whoever was signed in as her is not any more."""
    row = logins.invited(tx, token, now)
    if row is None or not logins.take_up(tx, token, now):
        return None
    logins.set_password(tx, row.id, fresh, now)
    logins.end_all(tx, row.id, now)
    if lost:
        second.remove(tx, row.id, now)
    audit.note(tx, row.school, row.id, "uitnodiging", now, kind="staff", target=row.id)
    return _grant(tx, row, old, now)


# --- the second factor
class _Asked(NamedTuple):
    """Who is asked for a code: halfway in, or signed in without one."""

    staff_id: int
    kinds: tuple[str, ...]
    language: str
    proven: bool


async def _code(house: House, mill: Mill, request: Request) -> Response:
    now = house.clock()
    asked = await house.database.fetch(lambda tx: _whom(tx, house, request, now))
    post = request.method == "POST"
    sent = await threshold.read(house, request) if post else None
    fields = request.query_params if sent is None else sent.one
    to = own(fields.get("verder", ""))
    if asked is None:
        return go(f"/in?verder={quote(to)}")
    if asked.proven:
        return go(to)
    if not asked.kinds:
        return go(f"/instellingen/mij/codes?verder={quote(to)}")
    values = {"to": to, "kinds": asked.kinds}
    show = partial(threshold.page, house, request, "code.html", values, language=asked.language)
    if sent is None:
        return show(403, "in.oud") if post else show()
    known, code = threshold.device(house, request), sent.one.get("code", "")[:40]
    old = request.cookies.get(cookie(house), "")
    token, wait = await house.database.write(lambda tx: _prove(tx, asked, known, code, old, now))
    if wait:
        return show(429, "in.wacht", threshold.minutes(wait))
    if not token:
        return show(422, "code.klopt_niet")
    last = not await house.database.fetch(lambda tx: second.kinds(tx, asked.staff_id))
    if last:  # the last code of her list: without a new one her password alone would open the door
        to = f"/instellingen/mij/codes?verder={quote(to)}"
    return _through(house, request, Granted(asked.staff_id, token), to)


def _whom(tx: Tx, house: House, request: Request, now: datetime) -> _Asked | None:
    half = threshold.half(house, request, now)
    if half and logins.version(tx, half.staff_id) == half.of:
        staff_id, proven = half.staff_id, False
    elif found := who.of_token(tx, house.config, request.cookies.get(cookie(house), ""), now):
        staff_id, proven = found[1].staff_id, found[1].proven
    else:
        return None
    return _Asked(staff_id, tuple(second.kinds(tx, staff_id)), logins.language_of(tx, staff_id), proven)


def _prove(
    tx: Tx, asked: _Asked, known: Device, code: str, old: str, now: datetime
) -> tuple[str, timedelta | None]:  # fmt: skip
    """A new token where the code is right, else how long to wait, if she must."""
    place = known.place(tx, f"code:{asked.staff_id}", asked.staff_id)
    if wait := tries.take(tx, place, now):
        return "", wait
    if not second.is_right(tx, asked.staff_id, code, now):
        return "", None
    tries.right(tx, place)
    logins.end(tx, old, now)
    return logins.begin(tx, asked.staff_id, now, proven=True), None
