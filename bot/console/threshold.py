"""What the pages for who is not signed in have in common: cookies of their own, forms, and argon2 in small doses."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.console import forms
from bot.console.forms import Sent
from bot.console.serve import BASE, HEADERS, cookie, secure
from bot.console.visit import House
from bot.console.words import Say, render
from bot.people import tries
from bot.people.logins import is_private
from bot.store.database import Tx

TODAY = "/vandaag"
_KNOWN_FOR = 400 * 24 * 3600  # seconds that a browser is remembered; no browser keeps a cookie longer
_COLLEAGUES = 20  # of one browser: a laptop in a class
_QUEUE = 8  # strangers who wait for argon2 at once
_OWN = re.compile(r"(?!/?.*\.\.)/[A-Za-z0-9_.-][A-Za-z0-9/_.-]*(\?[!-\[\]-~]*)?")


class Device(NamedTuple):
    """A browser that we know again, and who signed in there before."""

    id: str = ""
    staff: tuple[int, ...] = ()

    def place(self, tx: Tx, account: str, staff_id: int | None) -> str:
        """What wrong tries are counted for: this browser where she signed in before, else all strange ones at once."""
        return tries.place(tx, account, self.id if staff_id in self.staff else "")


class Mill:
    """Argon2 costs 46 MiB and a core: one at a time for strangers, and one for browsers that we know.

    So whoever guesses keeps neither the machine nor the colleagues busy. Raises HTTPException(503) where too many wait.
    """

    def __init__(self) -> None:
        self._rooms = {True: asyncio.Semaphore(1), False: asyncio.Semaphore(1)}
        self._waiting = 0

    @asynccontextmanager
    async def turn(self, *, known: bool) -> AsyncIterator[None]:
        if not known and self._waiting >= _QUEUE:
            raise HTTPException(503)
        self._waiting += not known
        try:
            async with self._rooms[known]:
                yield
        finally:
            self._waiting -= not known


def minutes(wait: timedelta) -> int:
    """As one says how long to wait: at least one."""
    return max(1, -(-int(wait.total_seconds()) // 60))


# --- where to
def may_open(house: House) -> bool:
    """Nowhere a password would travel in the clear."""
    return is_private(house.config.web.public_url)


def own(to: str) -> str:
    """Where to after signing in: a page of ours, else today."""
    return to if _OWN.fullmatch(to) and not to.startswith(("/in?", "/uit")) and to != "/in" else TODAY


def go(to: str) -> RedirectResponse:
    return RedirectResponse(BASE + to, 303, headers=HEADERS)


# --- pages and forms
def page(
    house: House, request: Request, template: str, values: Mapping[str, Any], status: int = 200, wrong: str = "",
    count: int = 0, *, language: str = "nl",
) -> Response:  # fmt: skip
    """A page without a colleague; `wrong` is the text of what is wrong. Its form proves who was shown it."""
    before = request.cookies.get(_name(house, "voor"), "") or secrets.token_urlsafe(16)
    say = Say(house.books.catalogue.words(language))
    base: dict[str, Any] = {
        "base": BASE,
        "csrf": _proof(house, before),
        "form": partial(secrets.token_hex, 8),
        "phones": house.config.phones,
    }
    base["wrong"] = say(wrong, aantal=count) if wrong else ""
    answer = HTMLResponse(render(template, say, {**base, **values}), status, headers=HEADERS)
    _set(house, answer, "voor", before)
    return answer


async def read(house: House, request: Request) -> Sent | None:
    """The form, where a page of ours sent it; None where not. Raises HTTPException."""
    sent = await forms.read(request, files=False)
    before = request.cookies.get(_name(house, "voor"), "")
    right = secrets.compare_digest(sent.one.get("_ons", "").encode(), _proof(house, before).encode())
    return sent if before and right and _from_here(house, request) else None


def _from_here(house: House, request: Request) -> bool:
    """What the browser says of where the form stood. `null`: our own pages ask browsers not to tell."""
    origin = request.headers.get("origin", "null")
    ours = {urlsplit(house.config.web.public_url).netloc, request.headers.get("host", "")}
    return forms.is_ours(request) and (origin == "null" or urlsplit(origin).netloc in ours)


def _proof(house: House, before: str) -> str:
    return house.database.ring.find(f"before:{before}")


# --- cookies
def device(house: House, request: Request) -> Device:
    """What this browser is to us; nothing where its cookie is not one of ours."""
    match _read(house, request, "toestel"):
        case [str(name), [*staff]] if all(isinstance(each, int) for each in staff):
            return Device(name, tuple(staff))
    return Device()


def remember(house: House, answer: Response, known: Device, staff_id: int) -> None:
    """She signed in in this browser: from now on her tries here are counted apart."""
    hers = (staff_id, *(each for each in known.staff if each != staff_id))[:_COLLEAGUES]
    _write(house, answer, "toestel", [known.id or secrets.token_hex(8), hers], _KNOWN_FOR)


def let_in(house: House, answer: Response, token: str) -> None:
    """From now on this browser is signed in."""
    answer.set_cookie(cookie(house), token, path="/", secure=secure(house), httponly=True, samesite="lax")
    _drop(house, answer, "half")


class Half(NamedTuple):
    """Her password was right; her second factor is asked next."""

    staff_id: int
    until: int  # seconds
    of: int  # of which state of her login: a new password makes an end of it


def half(house: House, request: Request, now: datetime) -> Half | None:
    match _read(house, request, "half"):
        case [int(staff_id), int(until), int(of)] if until > now.timestamp():
            return Half(staff_id, until, of)
    return None


def set_half(house: House, answer: Response, given: Half) -> None:
    _write(house, answer, "half", list(given), None)


def _read(house: House, request: Request, name: str) -> Any:
    try:
        return _signer(house, name).loads(request.cookies.get(_name(house, name), ""))
    except BadData:
        return None


def _write(house: House, answer: Response, name: str, value: Any, life: int | None) -> None:
    signed = _signer(house, name).dumps(value)
    _set(house, answer, name, signed if isinstance(signed, str) else signed.decode(), life)


def _signer(house: House, name: str) -> URLSafeSerializer:
    return URLSafeSerializer(house.database.ring.find("cookie"), salt=name)


def _set(house: House, answer: Response, name: str, value: str, life: int | None = None) -> None:
    answer.set_cookie(
        _name(house, name), value, max_age=life, path="/", secure=secure(house), httponly=True, samesite="lax"
    )


def _drop(house: House, answer: Response, name: str) -> None:
    answer.delete_cookie(_name(house, name), path="/", secure=secure(house), httponly=True, samesite="lax")


def _name(house: House, name: str) -> str:
    return f"{cookie(house)}-{name}"
