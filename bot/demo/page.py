"""The demo page: phones one can type in, their answers live, and a clock that can be moved."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.demo import clock, colleagues, screen
from bot.demo.colleagues import School, Waiting
from bot.demo.forms import HEADERS, HERE, back, macros, page, plain, read_form
from bot.demo.network_log import PhoneMessage
from bot.demo.school import COLLEAGUES, GROUP, NEWCOMER, SCHOOL_NAME, TEACHER, Phone
from bot.demo.screen import Fact, Screen
from bot.errors import BotError

_BREATH = 0.05  # seconds between two looks, also while a week is played


class Stage(School, Protocol):
    """What the page plays on: the phones, their network, the clock, and what the bot knows of them."""

    @property
    def phones(self) -> Sequence[Phone]: ...

    @property
    def zone(self) -> ZoneInfo: ...

    def now(self) -> datetime: ...

    @property
    def closed(self) -> bool:
        """Whether the demo is being stopped."""
        ...

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


Answer = Callable[[Stage, Request], Awaitable[Response]]


def demo_routes(stage: Stage) -> list[BaseRoute]:
    """The routes of the page; all of them work without scripts."""

    def route(path: str, answer: Answer, method: str = "GET") -> Route:
        return Route(path, partial(answer, stage), methods=[method])

    return [
        route("/", home),
        route("/demo/changes", changes),
        route("/demo/phones/{name}/say", say, "POST"),
        route("/demo/phones/{name}/read", read, "POST"),
        route("/demo/clock", move, "POST"),
        *colleagues.routes(stage),
        Mount("/demo/static", StaticFiles(directory=HERE / "static")),
    ]


async def home(stage: Stage, request: Request) -> Response:
    """All phones, as they are now."""
    screens = await _screens(stage)
    refresh = _refresh(stage, screens, await stage.next_due())
    known = {"screens": screens, "waiting": await stage.waiting(), "colleagues": COLLEAGUES, "newcomer": NEWCOMER}
    return page("page.html", **setting(stage), **known, refresh=refresh)


def setting(stage: Stage) -> dict[str, str]:
    """Where and when one is."""
    now, zone = stage.now(), stage.zone
    return {
        "school": SCHOOL_NAME, "group": GROUP, "teacher": TEACHER, "lately": screen.visible(stage.lately()),
        "day": clock.day(now, zone), "hour": clock.hour(now, zone),
        "iso": now.astimezone(zone).isoformat(timespec="minutes"),
    }  # fmt: skip


async def say(stage: Stage, request: Request) -> Response:
    """She typed or tapped something."""
    phone = _phone(stage, request)
    form = await read_form(request)
    if phone is None:
        return plain("Deze telefoon is er niet.", 404)
    if form is None:
        return plain("Dat is te veel voor één bericht, of het komt van een andere pagina.", 413)
    text, choice, kind = form.get("text", ""), form.get("choice", ""), form.get("kind", "text")
    kind = kind if kind in screen.KINDS else "text"
    if text.strip() or choice or kind != "text":
        stage.read(phone)
        try:
            await stage.say(phone, text, choice=choice, ours=form.get("ours", ""), kind=kind)
        except (BotError, ValueError) as error:
            return plain(f"Dat bericht ging niet weg: {screen.visible(str(error))}", 422)
    return back(f"/#{phone.name}")


async def read(stage: Stage, request: Request) -> Response:
    """She looked at her phone."""
    phone = _phone(stage, request)
    if phone is None or await read_form(request) is None:
        return plain("Deze telefoon is er niet.", 404)
    stage.read(phone)
    return Response(status_code=204, headers=HEADERS)


async def move(stage: Stage, request: Request) -> Response:
    """Somebody moved the clock; the time in between is played before the page comes back."""
    form = await read_form(request)
    if form is None or form.get("move") not in clock.MOVES:
        return plain("De klok kan een uur, een dag of een week vooruit.", 400)
    await stage.move(form["move"])
    return back("/")


async def changes(stage: Stage, request: Request) -> Response:
    """What changes on the page, as server-sent events: the id of a part, and its new HTML."""
    return StreamingResponse(_stream(stage), media_type="text/event-stream", headers=HEADERS)


async def _stream(stage: Stage) -> AsyncIterator[str]:
    sent: dict[str, str] = {}
    version = 0
    yield "retry: 1000\n\n"
    while not stage.closed:
        parts = _parts(stage, await _screens(stage), await stage.waiting())
        fresh = {part: html for part, html in parts.items() if sent.get(part) != html}
        if fresh:  # in one piece: a window that has just gone away is noticed at the next
            sent |= fresh
            yield "".join(f"data: {json.dumps({'part': part, 'html': html})}\n\n" for part, html in fresh.items())
        await asyncio.sleep(_BREATH)
        version = await stage.changed(version, 1.0)


def _parts(stage: Stage, screens: Sequence[Screen], waiting: Waiting) -> dict[str, str]:
    """The living parts of the page, by the id of the element that holds them."""
    parts, now = macros("parts.html"), setting(stage)
    found = {"clock": parts.clock(now), "lately": parts.lately(now), "names": parts.names(screens)}
    for each in screens:
        found[f"log-{each.phone.name}"] = parts.log(each)
        found[f"beside-{each.phone.name}"] = parts.beside(each)
    found["waiting"] = parts.waiting(waiting)
    return {part: str(html) for part, html in found.items()}


async def _screens(stage: Stage) -> list[Screen]:
    facts = await stage.facts()
    return [
        screen.screen(phone, stage.messages(phone), facts.get(phone.name, Fact()), stage.zone) for phone in stage.phones
    ]


def _refresh(stage: Stage, screens: Sequence[Screen], due: datetime | None) -> int:
    """After how many seconds a page without scripts is worth loading again; what is being typed would be lost."""
    if any(each.bubbles and each.bubbles[-1].ticks == "sent" for each in screens):
        return 3
    wait = (due - stage.now()).total_seconds() if due else 120
    return int(min(max(wait, 3), 120))


def _phone(stage: Stage, request: Request) -> Phone | None:
    return next((phone for phone in stage.phones if phone.name == request.path_params["name"]), None)
