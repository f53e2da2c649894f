"""The four providers on this machine, over real HTTP, as strict as they are: who asks wrongly gets no answer."""

import asyncio
import html
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.fakes.server import serving
from tests.fakes.translators import SPOILS, pseudo

KEY = "a key of this test"
_PAGE = "<html><head><title>Sign in</title></head><body><p>This network asks you to sign in.</p></body></html>"


class Cut(Response):
    """Promises more than it sends, and hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"transl', "more_body": False})


class Provider:
    """What all of them share. `trouble`: what goes wrong from now on; see `answer`, and SPOILS."""

    name = ""

    def __init__(self) -> None:
        self.trouble = ""
        self.asked: list[tuple[list[str], str, str]] = []
        self.retry_after = ""
        self.let_go = asyncio.Event()

    def routes(self) -> list[Route]:
        raise NotImplementedError

    def refuse(self, status: int) -> Response:
        """How this provider says no."""
        return JSONResponse({"message": "no"}, status)

    async def answer(self, texts: list[str], source: str, target: str, shape: Callable[[list[str]], Any]) -> Response:
        self.asked.append((texts, source, target))
        if self.trouble == "hang":
            await self.let_go.wait()
        if self.trouble == "429":
            refused = self.refuse(429)
            if self.retry_after:
                refused.headers["Retry-After"] = self.retry_after
            return refused
        if self.trouble in ("key", "down"):
            return self.refuse(403 if self.trouble == "key" else 503)
        if self.trouble == "html":
            return HTMLResponse(_PAGE)
        if self.trouble == "cut":
            return Cut()
        if self.trouble == "flood":
            return PlainTextResponse("x" * 3_000_000)
        said = [pseudo(each, source, target) for each in texts]
        if self.trouble:
            said = SPOILS[self.trouble](texts, said)
        shaped = shape(said)
        return shaped if isinstance(shaped, Response) else JSONResponse(shaped)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Serve it; gives its address."""
        async with serving(Starlette(routes=self.routes())) as url:
            yield url
            self.let_go.set()


async def _json(request: Request) -> Any:
    assert request.headers["content-type"] == "application/json"
    return json.loads(await request.body())


class LibreTranslateServer(Provider):
    name = "libretranslate"
    codes: tuple[str, ...] = ("ar", "en", "fr", "nl", "pl", "tr", "uk", "zh-Hans")

    def routes(self) -> list[Route]:
        return [
            Route("/translate", self.translate, methods=["POST"]),
            Route("/languages", self.languages, methods=["GET"]),
        ]

    def refuse(self, status: int) -> Response:
        return JSONResponse({"error": "no"}, status)

    async def translate(self, request: Request) -> Response:
        said = await _json(request)
        if said.get("api_key") != KEY:
            return self.refuse(403)
        if said.keys() != {"q", "source", "target", "format", "api_key"} or said["format"] != "text":
            return self.refuse(400)
        if not {said["source"], said["target"]} <= set(self.codes):
            return self.refuse(400)
        return await self.answer(said["q"], said["source"], said["target"], lambda all_: {"translatedText": all_})

    async def languages(self, _: Request) -> Response:
        if self.trouble:
            return self.refuse(503)
        return JSONResponse([{"code": code, "name": code, "targets": list(self.codes)} for code in self.codes])


class DeepLServer(Provider):
    name = "deepl"
    sources = ("NL", "EN", "TR", "AR", "PL", "UK", "PT")
    targets = ("NL", "EN-GB", "TR", "AR", "PL", "UK", "PT-PT")

    def routes(self) -> list[Route]:
        return [Route("/v2/translate", self.translate, methods=["POST"])]

    async def translate(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"DeepL-Auth-Key {KEY}":
            return self.refuse(403)
        said = await _json(request)
        if said["source_lang"] not in self.sources or said["target_lang"] not in self.targets or len(said["text"]) > 50:
            return self.refuse(400)
        source, target = (said[each].partition("-")[0].lower() for each in ("source_lang", "target_lang"))

        def shape(all_: list[str]) -> Any:
            return {"translations": [{"detected_source_language": source.upper(), "text": each} for each in all_]}

        return await self.answer(said["text"], source, target, shape)


class MicrosoftServer(Provider):
    name = "microsoft"
    codes = ("nl", "en", "tr", "ti", "so", "kmr", "zh-Hans")

    def routes(self) -> list[Route]:
        return [Route("/translate", self.translate, methods=["POST"])]

    def refuse(self, status: int) -> Response:
        return JSONResponse({"error": {"code": status * 1000, "message": "The request was refused, 2 times."}}, status)

    async def translate(self, request: Request) -> Response:
        if request.headers.get("ocp-apim-subscription-key") != KEY:
            return self.refuse(401)
        if request.headers.get("ocp-apim-subscription-region") != "westeurope":
            return self.refuse(401)
        asked = request.query_params
        if asked["api-version"] != "3.0" or not {asked["from"], asked["to"]} <= set(self.codes):
            return self.refuse(400)
        said = [each["text"] for each in json.loads(await request.body())]

        def shape(all_: list[str]) -> Any:
            return [{"translations": [{"text": each, "to": asked["to"]}]} for each in all_]

        return await self.answer(said, asked["from"], asked["to"], shape)


class GoogleServer(Provider):
    name = "google"

    def routes(self) -> list[Route]:
        return [Route("/m", self.page, methods=["GET"])]

    def refuse(self, status: int) -> Response:
        return HTMLResponse("<html><body>Sorry</body></html>", status)

    async def page(self, request: Request) -> Response:
        asked = request.query_params

        def shape(all_: list[str]) -> Response:
            said = "".join(f'<div class="result-container">{html.escape(each)}</div>' for each in all_)
            return HTMLResponse(f"<html><body>{said}</body></html>")

        return await self.answer([asked["q"]], asked["sl"], asked["tl"], shape)
