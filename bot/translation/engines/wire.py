"""How an engine is asked over HTTP: one way for every provider, with our deadlines and one word for what goes wrong."""

import json
import ssl
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import httpx

from bot.errors import TranslationError

TIMEOUT = httpx.Timeout(10, connect=3, pool=10)
_MOST = 1024 * 1024  # bytes of an answer: none that is right comes near
_IDLE = 3  # we let a connection go before the other side does
_LONGEST = timedelta(hours=1)  # that a provider is believed who asks for patience
_REFUSED = (401, 402, 403, 456)  # the key, or what was paid for is used up
_STRANGE = (400, 404, 406, 413, 414, 422)  # this text or this pair; another may well do


class Wire:
    """One provider's door. Every outcome but success leaves as a TranslationError that holds nothing of a text."""

    def __init__(self, api: str, headers: Mapping[str, str] | None = None) -> None:
        self._api = api.rstrip("/")
        self._client = httpx.AsyncClient(
            verify=_certificates(), timeout=TIMEOUT, headers=headers, follow_redirects=False, trust_env=False,
            limits=httpx.Limits(max_connections=20, keepalive_expiry=_IDLE),
        )  # fmt: skip

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What it answers to this body (a question without one is a GET), as JSON. Raises TranslationError."""
        try:
            content = json.dumps(body).encode() if body is not None else None
            async with self._client.stream(
                "GET" if body is None else "POST", f"{self._api}{path}", content=content,
                headers={"Content-Type": "application/json"} if body is not None else None,
            ) as answer:  # fmt: skip
                said = bytearray()
                async for chunk in answer.aiter_bytes():
                    said += chunk
                    if len(said) > _MOST:
                        raise TranslationError("garbled")
        except httpx.TimeoutException:
            raise TranslationError("late") from None
        except (httpx.RequestError, httpx.InvalidURL):
            raise TranslationError("unreachable") from None
        if answer.status_code != 200:
            raise failure(answer.status_code, answer.headers.get("Retry-After", ""))
        try:
            return json.loads(said)
        except (ValueError, RecursionError):
            raise TranslationError("garbled") from None

    async def close(self) -> None:
        await self._client.aclose()


def failure(status: int, retry_after: str = "") -> TranslationError:
    """What an HTTP status means for us."""
    if status == 429:
        seconds = int(retry_after) if retry_after.isascii() and retry_after.isdecimal() else 0
        return TranslationError("busy", min(timedelta(seconds=min(seconds, 86400)), _LONGEST))
    if status in _REFUSED:
        return TranslationError("refused")
    return TranslationError("strange" if status in _STRANGE else "broken")


def whole(texts: Sequence[str], said: object) -> list[str]:
    """As many texts as were asked for, none of them empty. Raises TranslationError."""
    if not isinstance(said, list) or len(said) != len(texts) or not all(isinstance(each, str) for each in said):
        raise TranslationError("garbled")
    if not all(each.strip() for each in said):
        raise TranslationError("empty")
    return said


@cache
def _certificates() -> ssl.SSLContext:
    """Whom to trust; reading them takes a while, and two engines need the same."""
    return httpx.create_ssl_context(trust_env=False)
