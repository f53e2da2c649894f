"""The HTTP side of the stand-in of Telegram: its methods, and the faults at its door."""

import asyncio
import hmac
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.demo.network_rules import Dice, Faults
from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_rules import Fields, Refused

if TYPE_CHECKING:
    from tests.fakes.telegram import Telegram


def application(telegram: "Telegram") -> Starlette:
    """Telegram over HTTP; starts and stops it. Beside the real methods: /chats/<id>/say, /faults and /log."""
    door = _Door(telegram)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await telegram.start()
        yield
        await telegram.stop()

    return Starlette(
        routes=[
            Route("/bot{token}/{method}", door.call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", door.file),
            Route("/chats/{chat:int}/say", door.say, methods=["POST"]),
            Route("/faults", door.faults, methods=["POST"]),
            Route("/log", door.log),
        ],
        lifespan=lifespan,
        exception_handlers={Refused: _refusal},
    )


class _Door:
    def __init__(self, telegram: "Telegram") -> None:
        self._telegram = telegram
        methods: Mapping[str, Callable[[Fields], Awaitable[Any]]] = {
            "getme": telegram.get_me, "setwebhook": telegram.set_webhook, "deletewebhook": telegram.delete_webhook,
            "getwebhookinfo": telegram.get_webhook_info, "getupdates": telegram.get_updates,
            "getfile": telegram.get_file, "answercallbackquery": telegram.answer_tap,
            "leavechat": telegram.leave, "setmycommands": telegram.set_commands, "sendmessage": telegram.send,
            "deletemessage": telegram.delete,
            **{f"send{kind}": partial(telegram.send_what, kind) for kind in ("photo", "voice", "document")},
        }  # fmt: skip
        self._methods = methods

    async def call(self, request: Request) -> Response:
        self._admit(request)
        method = request.path_params["method"].lower()
        if not rules.known(method):
            raise Refused(404, "Not Found")
        fields = Fields(method, await _fields(request))
        if method.startswith("send"):
            return await self._send(self._methods[method], fields)
        return _ok(await self._methods[method](fields))

    async def file(self, request: Request) -> Response:
        self._admit(request)
        for each in self._telegram.book.files.values():
            if each.path == request.path_params["path"]:
                return Response(each.data, media_type="application/octet-stream")
        raise Refused(404, "Not Found: invalid file_path")

    async def say(self, request: Request) -> Response:
        """A test types, or taps `choice` of the message `message`."""
        said, chat = json.loads(await request.body()), request.path_params["chat"]
        if said.get("choice"):
            return JSONResponse({"id": await self._telegram.tap(chat, said["message"], said["choice"])}, 201)
        return JSONResponse({"id": await self._telegram.say(chat, said["text"])}, 201)

    async def faults(self, request: Request) -> Response:
        self._telegram.dice.load(Faults.parse(json.loads(await request.body())))
        return Response(status_code=204)

    async def log(self, _request: Request) -> Response:
        return PlainTextResponse(self._telegram.log(), media_type="application/jsonl")

    async def _send(self, method: Callable[[Fields], Awaitable[Any]], fields: Fields) -> Response:
        """Take a message, right or, by the dice, wrong."""
        dice = self._telegram.dice
        _before(dice)
        for fault in ("error_before", "cut_before"):
            if dice.hit(fault):
                return _failure(fault)
        result = await method(fields)
        for fault in ("error_after", "cut_after"):
            if dice.hit(fault):
                return _failure(fault)
        if dice.hit("late"):
            await asyncio.sleep(dice.faults.late_by)
        return _ok(result)

    def _admit(self, request: Request) -> None:
        if not hmac.compare_digest(request.path_params["token"].encode(), self._telegram.token.encode()):
            raise Refused(401, "Unauthorized")


def _before(dice: Dice) -> None:
    faults = dice.faults
    if dice.hit("refuse"):
        if faults.refuse_code == "blocked":
            raise Refused(403, "Forbidden: bot was blocked by the user")
        raise Refused(400, f"Bad Request: {faults.refuse_code}")
    if dice.hit("throttle"):
        wait = max(1, math.ceil(faults.throttle_for))
        raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)


class _CutResponse(Response):
    """Promises a body and never sends it, so that the server cuts the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})


def _failure(fault: str) -> Response:
    if fault.startswith("cut"):
        return _CutResponse()
    return JSONResponse({"ok": False, "error_code": 500, "description": "Internal Server Error"}, 500)


async def _fields(request: Request) -> Mapping[str, Any]:
    """From the address, a form or JSON, as Telegram takes them."""
    found: dict[str, Any] = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        return {**found, **json.loads(await request.body())}
    async with request.form() as form:
        for name, each in form.items():
            found[name] = (each.filename, await each.read()) if isinstance(each, UploadFile) else each
    return found


def _ok(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


async def _refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    body = {"ok": False, "error_code": error.status, "description": str(error)}
    return JSONResponse({**body, "parameters": error.parameters} if error.parameters else body, error.status)
