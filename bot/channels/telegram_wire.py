"""The way to Telegram: the library's requests over connections of our own, and what their errors mean for us."""

import json
import logging
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, TelegramError
from telegram.request import HTTPXRequest, RequestData

from bot.errors import Blocked, ChannelError, InDoubt, Rejected, Throttled, Unsent

TIMEOUT = httpx.Timeout(10, connect=3, pool=3)
CONFIG = timedelta(minutes=5)  # how long a channel rests that is set up wrongly
ELSEWHERE = timedelta(seconds=10)  # while another process of ours lets go of the updates

_Answer = TypeVar("_Answer")
_ABSENT = ("chat not found", "user not found", "peer_id_invalid", "initiate conversation")
_GONE = ("blocked by the user", "user is deactivated")
_SURELY_NOT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_IDLE = 3  # we let go of a connection before the other side does, or a message would be in doubt for nothing
_SPARE = 5  # connections for updates, files and politeness, beside those for messages

# The token is a part of every address, and these write addresses: httpx of each request, the library when it starts.
for _each in ("httpx", "httpcore", "telegram"):
    logging.getLogger(_each).setLevel(logging.WARNING)


class _PatienceError(TelegramError):
    """Too many requests. The library's own error for it warns about itself, and wants a number that may be missing."""

    def __init__(self, body: bytes) -> None:
        super().__init__("asked for patience")
        self.wait = _patience(body)


class Wire(HTTPXRequest):
    """The connections to Telegram: no proxy of the environment, no redirects, nothing of an answer in a log."""

    def __init__(self, timeout: httpx.Timeout, context: Any, at_once: int) -> None:
        pool = httpx.Limits(max_connections=at_once + _SPARE, keepalive_expiry=_IDLE)
        ours = {"timeout": timeout, "limits": pool, "trust_env": False, "verify": context, "follow_redirects": False}
        super().__init__(httpx_kwargs=ours)

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *given: Any, **named: Any
    ) -> tuple[int, bytes]:
        """One request. A plea for patience is one also where it does not say for how long."""
        status, body = await super().do_request(url, method, request_data, *given, **named)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise _PatienceError(body)
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The library's own logs an answer that it cannot read, whatever stands in it."""
        try:
            found = json.loads(payload)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not ("result" in found or found.get("ok") is False):
            raise TelegramError("an answer that makes no sense")
        return found

    async def ask(self, url: str, patience: float) -> Any:
        """The raw result of a method, where the library's types would lose what they do not know."""
        return self.parse_json_payload(await self.retrieve(url, read_timeout=patience))["result"]

    async def download(self, url: str, most: int) -> bytes:
        """A file of at most `most` bytes. Raises ChannelError."""
        data = bytearray()
        try:
            async with self._client.stream("GET", url) as response:
                if response.is_client_error:
                    raise Rejected("telegram: the file is gone", f"absent {response.status_code}")
                if not response.is_success:
                    raise InDoubt("telegram: the file did not come", str(response.status_code))
                async for chunk in response.aiter_bytes():
                    data += chunk
                    if len(data) > most:
                        raise Rejected("telegram: the file is too large", "refused size")
        except httpx.HTTPError as error:
            failed = _unanswered(error)
        else:
            return bytes(data)
        raise failed


async def answer(call: Awaitable[_Answer]) -> _Answer:
    """Telegram's answer to a call of the library; every outcome but success as the error that tells what to do."""
    try:
        return await call
    except TelegramError as error:
        failed = outcome(error)
    except (KeyError, TypeError, ValueError, AttributeError):  # the library over an answer that has another shape
        failed = InDoubt("telegram: an answer that makes no sense")
    raise failed  # out here, so that nothing of the request hangs on it


def outcome(error: TelegramError) -> ChannelError:
    """What this error of the library means for a message. Its own text stays behind: it may quote anything."""
    said = error.message.casefold()
    match error:  # BadRequest and a timeout are both a NetworkError to the library; the order matters
        case _PatienceError():
            return Throttled(error.wait, "telegram: asked for patience", "429")
        case Forbidden() | BadRequest() if any(words in said for words in _ABSENT):
            return Rejected("telegram: nobody here under this number", f"absent {_status(error)}")
        case Forbidden() if any(words in said for words in _GONE):
            return Blocked("telegram: she closed this channel", "blocked 403")
        case Forbidden() if error.__cause__ is None:
            return Rejected("telegram: refused", "refused 403")
        case BadRequest():
            return Rejected("telegram: refused", "refused 400")
        case Conflict():
            return Throttled(ELSEWHERE, "telegram: somebody else takes the updates of this bot", "config 409")
        case InvalidToken() | Forbidden():  # a 403 that Telegram did not write comes from something in between
            way_out = "telegram: not taken; are api and token of [channels.telegram] right?"
            return Throttled(CONFIG, way_out, f"config {_status(error)}")
    return _unanswered(error.__cause__)


def _unanswered(cause: BaseException | None) -> ChannelError:
    if isinstance(cause, _SURELY_NOT):
        return Unsent("telegram: no connection", type(cause).__name__)
    return InDoubt("telegram: no answer", type(cause).__name__ if cause else "")


def _status(error: TelegramError) -> int:
    return {Forbidden: 403, BadRequest: 400}.get(type(error), 401)


def _patience(body: bytes) -> timedelta:
    try:
        wait = json.loads(body)["parameters"]["retry_after"]
        return timedelta(seconds=min(max(float(wait), 1), 86_400))
    except (ValueError, TypeError, KeyError, RecursionError):
        return timedelta(seconds=1)
