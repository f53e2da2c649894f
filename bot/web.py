"""The ASGI application: the hooks of the providers, health, metrics, and the page about privacy."""

from collections.abc import Sequence
from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.model import Request
from bot.reports import privacy, status
from bot.store.database import Database
from bot.translation.catalogue import Catalogue

BODY = 64 * 1024  # the largest webhook


class Served(Protocol):
    """What the web needs of the bot."""

    database: Database
    catalogue: Catalogue

    async def receive(self, channel: str, request: Request) -> int: ...


def application(bot: Served, extra: Sequence[BaseRoute] = ()) -> Starlette:
    """The web side of a bot; `extra` routes come last (the demo's page and its phones)."""

    async def hook(request: HttpRequest) -> Response:
        """A webhook: stored and committed before it is answered."""
        body = await read_body(request, BODY)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Response(
            status_code=await bot.receive(request.path_params["channel"], Request(request.url.path, headers, body))
        )

    async def health(_: HttpRequest) -> Response:
        try:
            found = await bot.database.fetch(status.short)
        except Exception as error:  # whatever is wrong with the database: the answer is the same
            return JSONResponse({"ok": False, "why": type(error).__name__}, 503)
        return JSONResponse({"ok": True, **found})

    async def metrics(_: HttpRequest) -> Response:
        await bot.database.fetch(status.measure)
        return Response(generate_latest(status.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    async def privacy_page(request: HttpRequest) -> Response:
        language = request.path_params["language"]
        if not bot.catalogue.speaks(language):
            raise HTTPException(404)
        return HTMLResponse(privacy.page(bot.catalogue, language))

    return Starlette(
        routes=[
            Route("/hooks/{channel}", hook, methods=["POST"]),
            Route("/hooks/{channel}/status/{ours}", hook, methods=["POST"]),
            Route("/health", health),
            Route("/metrics", metrics),
            Route("/privacy/{language}", privacy_page),
            *extra,
        ],
        exception_handlers={HTTPException: _plain},
    )


async def read_body(request: HttpRequest, most: int) -> bytes:
    """The body of a request. Answers 413 as soon as it grows over `most` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(413)
    return bytes(body)


def _plain(_: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(error.detail, error.status_code)
