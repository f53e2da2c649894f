"""The demo page: phones one can type in, their answers live, and a clock that can be moved."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.demo import clock, screen
from bot.demo.network_log import PhoneMessage
from bot.demo.school import GROUP, SCHOOL_NAME, TEACHER, Phone
from bot.demo.screen import Fact, Screen
from bot.errors import BotError

HERE = Path(__file__).parent
BODY = 64 * 1024
_BREATH = 0.05  # seconds between two looks, also while a week is played
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Stage(Protocol):
    """What the page plays on: the phones, their network, the clock, and what the bot knows of them."""

    @property
    def phones(self) -> Sequence[Phone]: ...

    @property
    def zone(self) -> ZoneInfo: ...

    @property
    def closed(self) -> bool:
        """Whether the demo is being stopped."""
        ...

    def now(self) -> datetime: ...

    def lately(self) -> str:
        """What happened last on the whole stage, in one Dutch line."""
        ...

    def messages(self, phone: Phone) -> Sequence[PhoneMessage]: ...

    async def facts(self) -> Mapping[str, Fact]:
        """By the phone's name: what just happened and why, and the letters beside it."""
        ...

    async def next_due(self) -> datetime | None: ...

    async def say(self, phone: Phone, text: str, *, choice: str = "", ours: str = "", kind: str = "text") -> None:
        """The phone's holder types, taps or sends; returns when the bot has answered or takes its time."""
        ...

    def read(self, phone: Phone) -> None:
        """The phone's holder looks at it."""
        ...

    async def move(self, move: str) -> None:
        """Play the time an hour, a day or a week forward."""
        ...

    async def changed(self, version: int, timeout: float) -> int:
        """Wait until something happened after `version`, at most so many seconds; returns the newest version."""
        ...


Page = Callable[[Stage, Request], Awaitable[Response]]


def demo_routes(stage: Stage) -> list[BaseRoute]:
    """The routes of the page; all of them work without scripts."""

    def route(path: str, page: Page, method: str = "GET") -> Route:
        return Route(path, partial(page, stage), methods=[method])

    return [
        route("/", home),
        route("/demo/changes", changes),
        route("/demo/phones/{name}/say", say, "POST"),
        route("/demo/phones/{name}/read", read, "POST"),
        route("/demo/clock", move, "POST"),
        Mount("/demo/static", StaticFiles(directory=HERE / "static")),
    ]


async def home(stage: Stage, request: Request) -> Response:
    """All phones, as they are now."""
    screens = await _screens(stage)
    html = _TEMPLATES.get_template("page.html").render(
        **_setting(stage), screens=screens, refresh=_refresh(stage, screens, await stage.next_due())
    )
    return HTMLResponse(html, headers=HEADERS)


async def say(stage: Stage, request: Request) -> Response:
    """She typed or tapped something."""
    phone = _phone(stage, request)
    form = await _form(request)
    if phone is None:
        return _plain("Deze telefoon is er niet.", 404)
    if form is None:
        return _plain("Dat is te veel voor één bericht, of het komt van een andere pagina.", 413)
    text, choice, kind = form.get("text", ""), form.get("choice", ""), form.get("kind", "text")
    kind = kind if kind in screen.KINDS else "text"
    if text.strip() or choice or kind != "text":
        stage.read(phone)
        try:
            await stage.say(phone, text, choice=choice, ours=form.get("ours", ""), kind=kind)
        except (BotError, ValueError) as error:
            return _plain(f"Dat bericht ging niet weg: {screen.visible(str(error))}", 422)
    return RedirectResponse(f"/#{phone.name}", status_code=303, headers=HEADERS)


async def read(stage: Stage, request: Request) -> Response:
    """She looked at her phone."""
    phone = _phone(stage, request)
    if phone is None or await _form(request) is None:
        return _plain("Deze telefoon is er niet.", 404)
    stage.read(phone)
    return Response(status_code=204, headers=HEADERS)


async def move(stage: Stage, request: Request) -> Response:
    """Somebody moved the clock; the time in between is played before the page comes back."""
    form = await _form(request)
    if form is None or form.get("move") not in clock.MOVES:
        return _plain("De klok kan een uur, een dag of een week vooruit.", 400)
    await stage.move(form["move"])
    return RedirectResponse("/", status_code=303, headers=HEADERS)


async def changes(stage: Stage, request: Request) -> Response:
    """What changes on the page, as server-sent events: the id of a part, and its new HTML."""
    return StreamingResponse(_stream(stage), media_type="text/event-stream", headers=HEADERS)


async def _stream(stage: Stage) -> AsyncIterator[str]:
    sent: dict[str, str] = {}
    version = 0
    yield "retry: 1000\n\n"
    while not stage.closed:
        for part, html in _parts(stage, await _screens(stage)).items():
            if sent.get(part) != html:
                sent[part] = html
                yield f"data: {json.dumps({'part': part, 'html': html})}\n\n"
        await asyncio.sleep(_BREATH)
        version = await stage.changed(version, 1.0)


def _parts(stage: Stage, screens: Sequence[Screen]) -> dict[str, str]:
    """The living parts of the page, by the id of the element that holds them."""
    parts: Any = _TEMPLATES.get_template("parts.html").module
    setting = _setting(stage)
    found = {"clock": parts.clock(setting), "lately": parts.lately(setting), "names": parts.names(screens)}
    for each in screens:
        found[f"log-{each.phone.name}"] = parts.log(each)
        found[f"beside-{each.phone.name}"] = parts.beside(each)
    return {part: str(html) for part, html in found.items()}


async def _screens(stage: Stage) -> list[Screen]:
    facts = await stage.facts()
    return [
        screen.screen(phone, stage.messages(phone), facts.get(phone.name, Fact()), stage.zone) for phone in stage.phones
    ]


def _setting(stage: Stage) -> dict[str, str]:
    now, zone = stage.now(), stage.zone
    return {
        "school": SCHOOL_NAME, "group": GROUP, "teacher": TEACHER, "lately": screen.visible(stage.lately()),
        "day": clock.day(now, zone), "hour": clock.hour(now, zone),
        "iso": now.astimezone(zone).isoformat(timespec="minutes"),
    }  # fmt: skip


def _refresh(stage: Stage, screens: Sequence[Screen], due: datetime | None) -> int:
    """After how many seconds a page without scripts is worth loading again; what is being typed would be lost."""
    if any(each.bubbles and each.bubbles[-1].ticks == "sent" for each in screens):
        return 3
    wait = (due - stage.now()).total_seconds() if due else 120
    return int(min(max(wait, 3), 120))


def _phone(stage: Stage, request: Request) -> Phone | None:
    return next((phone for phone in stage.phones if phone.name == request.path_params["name"]), None)


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a plain form; None where it is too much, no form, or sent by another site's page."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY:
            return None
    try:
        fields = parse_qs(body.decode("ascii", "replace"), keep_blank_values=True, errors="replace", max_num_fields=10)
    except ValueError:
        return None
    return {name: values[-1] for name, values in fields.items()}


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(text, status_code=status, headers=HEADERS)


_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["kinds"] = screen.KINDS
_TEMPLATES.globals["ticks"] = screen.TICKS
