"""Twilio over httpx: one door for every request of its library, with our deadlines, our errors and our addresses."""

import json
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]

from bot.channels.base import Fetched
from bot.channels.twilio_codes import failure
from bot.errors import ChannelError, InDoubt, Rejected, Unsent

TIMEOUT = httpx.Timeout(10, connect=3, pool=3)
API = "https://api.twilio.com"

_CODE = 99_999
_SPARE = 10  # connections for questions and files, beside those for messages
_IDLE = 3  # we let a connection go before the other side does, or a message would be in doubt for nothing
# Where Twilio's own media addresses lead to; each link is signed and asks for no password.
_MEDIA = ("twilio.com", "twiliocdn.com", "amazonaws.com")


class Door(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """What the library speaks HTTP through. Its own client repeats a POST after a 500 and never times out.

    Every outcome but success leaves as a ChannelError, so that no exception of the library's holds a number or a text.
    """

    def __init__(self, channel: str, api: str, at_once: int, timeout: httpx.Timeout) -> None:
        """`api`: stands in for every host of Twilio; "" for the real ones. `at_once`: messages under way."""
        self.is_async = True
        self._channel = channel
        self._api = api.rstrip("/")
        # No more than the rate needs: httpx looks at all of them before every request.
        limits = httpx.Limits(max_connections=at_once + _SPARE, keepalive_expiry=_IDLE)
        self._client = httpx.AsyncClient(
            verify=_certificates(), timeout=timeout, limits=limits, follow_redirects=False, trust_env=False
        )

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # the library's; ours are set once
        allow_redirects: bool = False,  # never
    ) -> Response:
        """One request of the library. Raises ChannelError."""
        sent: dict[str, Any] = {"params": params or None, "headers": dict(headers or {}), "auth": auth}
        if sent["headers"].get("Content-Type") == "application/json":
            sent["content"] = json.dumps(data).encode()
        elif method == "POST":
            sent["data"] = data
        answer = await self._ask(method, self.place(uri), sent)
        if not answer.is_success:
            raise failure(self._channel, answer.status_code, _code(answer), answer.headers.get("Retry-After", ""))
        return Response(answer.status_code, answer.text, answer.headers)

    async def fetch(self, uri: str, auth: tuple[str, str], most: int) -> Fetched:
        """A file, and at most one redirect to where Twilio keeps it, without the password. Raises ChannelError."""
        first = await self._load(self.place(uri), most, auth)
        if isinstance(first, Fetched):
            return first
        if not self._is_media(first):
            raise Rejected(f"{self._channel}: a file in a strange place", "refused elsewhere")
        second = await self._load(first, most, None)
        if isinstance(second, Fetched):
            return second
        raise Rejected(f"{self._channel}: a file that is nowhere", "refused elsewhere")

    def place(self, uri: str) -> str:
        """Where a request to Twilio really goes. Raises Rejected for an address that is not Twilio's."""
        parts = urlsplit(uri)
        ours = urlsplit(self._api)
        if self._api and (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc):
            return uri
        if parts.scheme != "https" or not _below(parts.hostname, "twilio.com"):
            raise Rejected(f"{self._channel}: not an address of the provider", "refused elsewhere")
        return f"{self._api}{parts.path}{'?' if parts.query else ''}{parts.query}" if self._api else uri

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, method: str, url: str, sent: Mapping[str, Any]) -> httpx.Response:
        try:
            return await self._client.request(method, url, **sent)
        except UnicodeEncodeError:  # half a surrogate pair: no phone can show it
            raise Rejected(f"{self._channel}: a text that cannot be written", "refused text") from None
        except httpx.RequestError as error:
            raise self._broken(error) from error

    async def _load(self, url: str, most: int, auth: tuple[str, str] | None) -> Fetched | str:
        """The file at this address, or where it says that it is."""
        try:
            async with self._client.stream("GET", url, auth=auth) as answer:
                if answer.is_redirect:
                    return str(answer.url.join(answer.headers.get("Location", "")))
                if answer.status_code in (404, 410):
                    raise Rejected(f"{self._channel}: the file is gone", f"refused {answer.status_code}")
                if not answer.is_success:
                    raise failure(self._channel, answer.status_code, 0, answer.headers.get("Retry-After", ""))
                data = bytearray()
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > most:
                        raise Rejected(f"{self._channel}: the file is too large", "refused too-large")
                kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                return Fetched(kind or "application/octet-stream", bytes(data))
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> ChannelError:
        name = type(error).__name__
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
            return Unsent(f"{self._channel}: no connection", name)
        return InDoubt(f"{self._channel}: no answer", name)

    def _is_media(self, url: str) -> bool:
        parts = urlsplit(url)
        ours = urlsplit(self._api)
        if self._api and parts.hostname == ours.hostname and parts.scheme == ours.scheme:
            return True
        return parts.scheme == "https" and any(_below(parts.hostname, host) for host in _MEDIA)


@cache
def _certificates() -> ssl.SSLContext:
    """Whom to trust; reading them takes longer than all else at the start, and two channels need the same."""
    return httpx.create_ssl_context(trust_env=False)


def _below(host: str | None, domain: str) -> bool:
    return host is not None and (host == domain or host.endswith(f".{domain}"))


def _code(answer: httpx.Response) -> int:
    """Twilio's own code in an answer, 0 where there is none."""
    try:
        code = json.loads(answer.content)["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return 0
    return code if isinstance(code, int) and 0 < code <= _CODE else 0
