"""A bot that only listens: it keeps the webhooks it is sent, and answers as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import model
from tests.fakes.server import serving


@dataclass
class Listener:
    """What the stand-in heard. `answers` are the statuses of its next answers; after them it answers 204."""

    url: str = ""
    heard: list[model.Request] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # by the last word of their address
    fetched: list[str] = field(default_factory=list)

    def messages(self) -> list[dict[str, Any]]:
        """What persons wrote, in the order in which it came."""
        return [json.loads(each.body) for each in self.heard if "/status/" not in each.path]

    def statuses(self, ours: str) -> list[str]:
        """What it was told of this message of its own, in order."""
        return [json.loads(each.body)["status"] for each in self.heard if each.path.endswith(f"/status/{ours}")]

    async def until(self, count: int) -> None:
        """Wait until that many webhooks have come."""
        await self.wait(lambda: len(self.heard) >= count)

    async def message(self, sid: str) -> model.Request:
        """The webhook with this message; waits for it."""

        def found() -> list[model.Request]:
            return [each for each in self.heard if f'"id":"{sid}"'.encode() in each.body]

        await self.wait(lambda: bool(found()))
        return found()[0]

    async def wait(self, here: Callable[[], bool]) -> None:
        """Wait until this holds."""
        async with asyncio.timeout(10):
            while not here():
                await asyncio.sleep(0.005)

    async def hook(self, request: Request) -> Response:
        body = await request.body()
        self.heard.append(model.Request(request.url.path, dict(request.headers), body))
        return Response(status_code=self.answers.pop(0) if self.answers else 204)

    async def file(self, request: Request) -> Response:
        token = request.path_params["token"]
        self.fetched += [token] if request.method == "GET" else []
        content_type, data = self.files.get(token, ("text/plain", b""))
        return Response(data, 200 if data else 404, media_type=content_type)


@asynccontextmanager
async def listening(port: int = 0) -> AsyncIterator[Listener]:
    """The stand-in, on a free port or on the one given."""
    listener = Listener()
    hooks = Route("/hooks/{rest:path}", listener.hook, methods=["POST"])
    app = Starlette(routes=[hooks, Route("/bijlage/{token}", listener.file)])
    async with serving(app, port) as listener.url:
        yield listener
