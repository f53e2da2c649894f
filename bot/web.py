"""The ASGI application: the hooks of the providers, the pages of the school, its files, health, metrics, privacy."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot import ics
from bot.booking import calendar, feeds, hers
from bot.broadcast import attachments
from bot.channels.base import Clock
from bot.channels.files import NAMES
from bot.config import Config
from bot.console import files
from bot.console.doors import console_routes
from bot.desk.books import Books
from bot.gatherings import calendar as gathered
from bot.model import Request
from bot.privacy import export
from bot.reports import handout, privacy, status, talk_sheet
from bot.store.database import Database, Tx
from bot.translation.catalogue import Catalogue

Calendar = Callable[[Tx, Config, Catalogue, str, datetime], bytes | None]
BODY = 64 * 1024  # the largest webhook
HEAD = 64 * 1024  # the headers of a request
SLOW = 10.0  # seconds for headers, and then for a body, to arrive
OF_A_FILE = {  # whoever has its address has it; nobody else learns of it
    "X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600", "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex", "Content-Security-Policy": files.CSP,
}  # fmt: skip
OF_A_CALENDAR = {  # `inline`: a phone that knows calendars offers to keep it, and does not file it away
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="gesprek-op-school.ics"',
}  # fmt: skip
OF_A_SHEET = {  # a page to print, for one reader
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store", "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}  # fmt: skip
LOOK = 5.0  # seconds for the database to say how it is


class Served(Protocol):
    """What the web needs of the bot."""

    config: Config
    clock: Clock
    database: Database
    books: Books
    catalogue: Catalogue

    @property
    def stopping(self) -> bool:
        """Whether it is being stopped."""
        ...

    def wake(self) -> None:
        """There is work for the desk and the outbox."""
        ...

    async def receive(self, channel: str, request: Request) -> int: ...

    def failing(self) -> Sequence[str]:
        """Which loops have not had one good round for a minute."""
        ...


def application(bot: Served, extra: Sequence[BaseRoute] = (), *, hooks: bool = True) -> Starlette:
    """The web side of a bot; `extra` routes come last (the demo's page and its phones).

    Without `hooks` it only tells how it is.
    """
    answers = _Answers(bot)
    routes: list[BaseRoute] = [Route("/health", answers.health), Route("/metrics", answers.metrics)]
    if hooks:
        routes += [
            Route("/hooks/{channel}", answers.hook, methods=["POST"]),
            Route("/hooks/{channel}/status/{ours}", answers.hook, methods=["POST"]),
            Route("/privacy/{language}", answers.privacy),
            Route(attachments.PATH + "/{token}", answers.file),
            Route(hers.PATH + "/{token}", answers.sheet),
            Route(calendar.PATH + "/{token}.ics", answers.talk),
            Route(feeds.PATH + "/{secret}.ics", answers.talks),
            Route(gathered.PATH + "/{token}.ics", answers.evening),
            Route(export.PATH + "/{token}", answers.hers),
            Route(export.PATH + "/{token}/{file}", answers.hers_too),
            *console_routes(bot),
        ]
    app = Starlette(routes=[*routes, *extra], exception_handlers={HTTPException: _plain})
    app.router.redirect_slashes = False  # it would send a webhook wherever its Host header says
    return app


class _Answers:
    """What is answered at each address."""

    def __init__(self, bot: Served) -> None:
        self._bot = bot

    async def hook(self, request: HttpRequest) -> Response:
        """A webhook: stored and committed before it is answered."""
        body = await read_body(request, BODY)
        headers = dict(request.headers.items())  # their names are in lower case already
        asked = request.scope["query_string"].decode("latin-1")  # Twilio signs it too
        path = request.scope["path"] + (f"?{asked}" if asked else "")
        return Response(
            status_code=await self._bot.receive(request.path_params["channel"], Request(path, headers, body))
        )

    async def health(self, _: HttpRequest) -> Response:
        """503 where the database does not answer, or a loop has failed for a minute."""
        now, config = self._bot.clock(), self._bot.config
        try:
            async with asyncio.timeout(LOOK):
                found = await self._bot.database.fetch(lambda tx: _state(tx, config, now))
        except Exception as error:  # whatever is wrong with the database: the answer is the same
            return JSONResponse({"ok": False, "why": type(error).__name__}, 503)
        if failing := self._bot.failing():
            return JSONResponse({"ok": False, "why": f"failing: {', '.join(failing)}", **found}, 503)
        return JSONResponse({"ok": True, **found})

    async def metrics(self, _: HttpRequest) -> Response:
        now, config = self._bot.clock(), self._bot.config
        await self._bot.database.fetch(lambda tx: status.measure(tx, config, now))
        return Response(generate_latest(status.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    async def privacy(self, request: HttpRequest) -> Response:
        language = request.path_params["language"]
        if not self._bot.catalogue.speaks(language):
            raise HTTPException(404)
        return HTMLResponse(privacy.page(self._bot.catalogue, language))

    async def file(self, request: HttpRequest) -> Response:
        """What goes with a message, for a provider or a parent's phone: no more is asked than its long token."""
        token, now = request.path_params["token"], self._bot.clock()
        found = await self._bot.database.fetch(lambda tx: attachments.by_token(tx, token, now))
        if found is None:
            raise HTTPException(404)
        kind, data = found
        headers = {**OF_A_FILE, "Content-Disposition": f'inline; filename="{NAMES[kind]}"'}
        return files.served(data, kind, request.headers.get("range", ""), headers)

    async def sheet(self, request: HttpRequest) -> Response:
        """What a parent said before her talk, to print: no more is asked than its long token."""
        token, bot, now = request.path_params["token"], self._bot, self._bot.clock()
        paper = await bot.database.fetch(lambda tx: hers.by_token(tx, bot.config, token, now))
        if paper is None:
            raise HTTPException(404)
        return HTMLResponse(talk_sheet.page(bot.catalogue, paper), headers=OF_A_SHEET)

    async def hers(self, request: HttpRequest) -> Response:
        """Everything that is kept of a parent, for a day: no more is asked than its long token."""
        token = request.path_params["token"]
        found = await self._everything(token)
        data = f"{export.PATH}/{token}/mijn-gegevens.json"
        shown = handout.page(self._bot.catalogue, found, data=data, folder=f"{export.PATH}/{token}/")
        return HTMLResponse(shown, headers=OF_A_SHEET)

    async def hers_too(self, request: HttpRequest) -> Response:
        """The same for programs, and what she sent."""
        token, name, now = request.path_params["token"], request.path_params["file"], self._bot.clock()
        found = await self._everything(token)
        if name == "mijn-gegevens.json":
            kept = {**OF_A_SHEET, "Content-Disposition": 'attachment; filename="mijn-gegevens.json"'}
            return Response(found.json(), headers=kept, media_type="application/json")
        number = found.files.get(name, 0)
        sent = await self._bot.database.fetch(lambda tx: export.file(tx, token, number, now))
        if sent is None:
            raise HTTPException(404)
        kept = {**OF_A_FILE, "Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(sent[1], headers=kept, media_type="application/octet-stream")

    async def _everything(self, token: str) -> export.Handout:
        bot, now = self._bot, self._bot.clock()
        found = await bot.database.fetch(lambda tx: export.by_token(tx, bot.config, token, now))
        if found is None:
            raise HTTPException(404)
        return found

    async def talk(self, request: HttpRequest) -> Response:
        """An agreed talk, for a parent's calendar."""
        return await self._calendar(request, calendar.file)

    async def evening(self, request: HttpRequest) -> Response:
        """An evening to which a parent comes, for her calendar."""
        return await self._calendar(request, gathered.file)

    async def _calendar(self, request: HttpRequest, file: Calendar) -> Response:
        token, bot, now = request.path_params["token"], self._bot, self._bot.clock()
        found = await bot.database.fetch(lambda tx: file(tx, bot.config, bot.catalogue, token, now))
        if found is None:
            raise HTTPException(404)
        return Response(found, headers={**OF_A_CALENDAR, "Cache-Control": "no-store"}, media_type=ics.KIND)

    async def talks(self, request: HttpRequest) -> Response:
        """The talks of a colleague: 304 where her calendar has them as they are."""
        secret, bot, now = request.path_params["secret"], self._bot, self._bot.clock()
        found = await bot.database.fetch(lambda tx: feeds.file(tx, bot.config, bot.catalogue, secret, now))
        if found is None:
            raise HTTPException(404)
        mark = f'"{sha256(found).hexdigest()[:32]}"'
        headers = {**OF_A_CALENDAR, "Cache-Control": "private, no-cache", "ETag": mark}
        has = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
        if has & {mark, "*"}:
            return Response(status_code=304, headers=headers)
        return Response(found, headers=headers, media_type=ics.KIND)


def _state(tx: Tx, config: Config, now: datetime) -> Mapping[str, Any]:
    return {**status.short(tx), "resting": status.resting(tx, config, now)}


async def read_body(request: HttpRequest, most: int) -> bytes:
    """The body of a request. Answers 413 where it is, or grows, over `most` bytes; 408 where it does not come."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:20]) > most:
        raise HTTPException(413)
    body = bytearray()
    try:
        async with asyncio.timeout(SLOW):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    except ClientDisconnect:
        raise HTTPException(400) from None  # nobody reads this any more
    return bytes(body)


class Guarded(HttpToolsProtocol):
    """HTTP that hangs up on who opens a connection and does not come to the point, or never ends its headers."""

    _head = 0  # bytes of this request so far; -1 once its headers are read
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._late = self.loop.call_later(SLOW, transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._head >= 0:
            self._head += len(data)
            if self._late is None:  # another request on the same connection
                self._late = self.loop.call_later(SLOW, self.transport.abort)
        super().data_received(data)
        if self._head > HEAD and not self.transport.is_closing():
            self.transport.abort()

    def on_headers_complete(self) -> None:
        self._forget()
        self._head = -1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._head = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _forget(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def _plain(_: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(error.detail, error.status_code)
