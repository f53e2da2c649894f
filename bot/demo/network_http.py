"""The HTTP side of the phones' network: what the bot and the tests may ask, and the faults at its door."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.demo.network_rules import Dice, Faults, moment, outbound
from bot.demo.samples import Sample
from bot.errors import Rejected
from bot.model import Address, Outbound

MAX_BODY = 64 * 1024


class Served(Protocol):
    """What HTTP needs of the network."""

    token: str
    dice: Dice

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def accept(self, message: Outbound) -> str: ...

    def find(self, ours: str, since: datetime) -> str | None: ...

    async def say(self, address: Address, text: str, *, choice: str, ours: str, kind: str) -> str: ...

    def read(self, address: Address) -> None: ...

    def forget(self, sid: str) -> None: ...

    def file(self, sid: str) -> Sample: ...

    def log(self) -> str: ...


def application(network: Served) -> Starlette:
    """The network over HTTP. Alone it starts and stops the network; whoever mounts it does that himself."""
    door = _Door(network)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await network.start()
        yield
        await network.stop()

    return Starlette(
        routes=[
            Route("/messages", door.post_message, methods=["POST"]),
            Route("/messages", door.get_message, methods=["GET"]),
            Route("/messages/{sid}", door.delete_message, methods=["DELETE"]),
            Route("/media/{sid}", door.get_file, methods=["GET"]),
            Route("/phones/{address}/say", door.post_say, methods=["POST"]),
            Route("/phones/{address}/read", door.post_read, methods=["POST"]),
            Route("/faults", door.post_faults, methods=["POST"]),
            Route("/log", door.get_log, methods=["GET"]),
        ],
        lifespan=lifespan,
        exception_handlers={ValueError: _refusal, Rejected: _refusal},
        max_body_size=MAX_BODY,
    )


class _Door:
    """The answers to each request, right or, by the dice, wrong."""

    def __init__(self, network: Served) -> None:
        self._network = network

    async def post_message(self, request: Request) -> Response:
        """The bot hands over a message."""
        self._admit(request)
        dice = self._network.dice
        for fault in ("refuse", "throttle", "error_before", "cut_before"):
            if dice.hit(fault):
                return _failure(fault, dice.faults)
        sid = await self._network.accept(outbound(await _object(request)))
        for fault in ("error_after", "cut_after"):
            if dice.hit(fault):
                return _failure(fault, dice.faults)
        if dice.hit("late"):
            await asyncio.sleep(dice.faults.late_by)
        return JSONResponse({"sid": sid}, 201)

    async def get_message(self, request: Request) -> Response:
        """The bot asks what became of a message in doubt."""
        self._admit(request)
        query = request.query_params
        return JSONResponse({"sid": self._network.find(query.get("ours", ""), moment(query.get("since", "")))})

    async def delete_message(self, request: Request) -> Response:
        """The bot has somebody forgotten: the network's record goes, her phone keeps its own."""
        self._admit(request)
        self._network.forget(request.path_params["sid"])
        return Response(status_code=204)

    async def get_file(self, request: Request) -> Response:
        """The bot fetches what a parent sent along."""
        self._admit(request)
        found = self._network.file(request.path_params["sid"])
        return Response(found.data, media_type=found.content_type)

    async def post_say(self, request: Request) -> Response:
        """A test types or taps on a phone."""
        said = {"text": "", "choice": "", "ours": "", "kind": "text", **await _object(request)}
        words = {name: str(said[name]) for name in ("choice", "ours", "kind")}
        sid = await self._network.say(_phone(request), str(said["text"]), **words)
        return JSONResponse({"id": sid}, 201)

    async def post_read(self, request: Request) -> Response:
        """A test looks at a phone."""
        self._network.read(_phone(request))
        return Response(status_code=204)

    async def post_faults(self, request: Request) -> Response:
        """From now on only these faults."""
        self._network.dice.load(Faults.parse(await _object(request)))
        return Response(status_code=204)

    async def get_log(self, _request: Request) -> Response:
        return PlainTextResponse(self._network.log(), media_type="application/jsonl")

    def _admit(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._network.token}".encode()):
            raise HTTPException(401)


class _CutResponse(Response):
    """Promises a body and never sends it, so that the server cuts the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})


def _failure(fault: str, faults: Faults) -> Response:
    if fault == "refuse":
        return JSONResponse({"code": faults.refuse_code, "message": "refused, as it was told"}, 400)
    if fault == "throttle":
        return Response(status_code=429, headers={"Retry-After": str(faults.throttle_for)})
    return _CutResponse() if fault.startswith("cut") else Response(status_code=500)


def _phone(request: Request) -> Address:
    return Address.parse(request.path_params["address"])


async def _object(request: Request) -> Mapping[str, Any]:
    try:
        raw = json.loads(await request.body())
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise Rejected("the body is no JSON object", "malformed")
    return raw


async def _refusal(_request: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, Rejected) else "malformed"
    return JSONResponse({"code": code, "message": str(error)}, 400)
