"""The driver `phone`: whatsapp, sms or telegram as the phones' network of the demo plays them, over HTTP with JSON."""

import hashlib
import hmac
import json
import re
import ssl
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx

from bot.channels.base import Clock, Fetched
from bot.channels.bodies import json_object
from bot.channels.files import TELEGRAM, WHATSAPP
from bot.config import ChannelSettings
from bot.errors import Blocked, ConfigError, ForgedRequest, InDoubt, Rejected, Throttled, Unsent
from bot.model import Address, Inbound, Limits, Media, Outbound, Receipt, Request, Status

LIMITS: Mapping[str, Limits] = {
    "whatsapp": Limits(
        text=1600, interactive_text=1024, buttons=3, button_label=20, rows=10, row_label=24,
        window=timedelta(hours=24), files=WHATSAPP,
    ),
    "sms": Limits(text=1600, isolates=False, parts=True),
    "telegram": Limits(text=4096, interactive_text=4096, buttons=10, button_label=64, files=TELEGRAM),
}  # fmt: skip
_NUMBER = r"\+[1-9][0-9]{6,14}"
PEOPLE: Mapping[str, re.Pattern[str]] = {  # how a channel names a person
    "whatsapp": re.compile(rf"{_NUMBER}|[A-Z]{{2}}\.[A-Za-z0-9]{{1,128}}"),
    "sms": re.compile(_NUMBER),
    "telegram": re.compile(r"[1-9][0-9]{0,15}"),
}
OURS = re.compile(r"[A-Za-z0-9_.-]{1,64}")  # our ids travel in paths
KINDS = (
    "text",
    "choice",
    "voice",
    "image",
    "video",
    "document",
    "location",
    "contact",
    "sticker",
    "reaction",
    "edit",
    "other",
)
SIGNATURE = "x-phone-signature"
TIMEOUT = httpx.Timeout(10, connect=3, pool=3)

_SHORTEST_TOKEN = 16
_THEIRS = re.compile(r"[!-~]{1,120}")
_SECONDS = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")
_STATUSES = {str(status): status for status in (Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED)}
_IDLE = 3  # a server closes an idle connection after five seconds: we let go first, or a message would be in doubt


def sign(token: str, path: str, body: bytes) -> str:
    """The signature of a webhook: hexadecimal HMAC-SHA256 over its path and body."""
    return hmac.new(token.encode(), path.encode() + body, hashlib.sha256).hexdigest()


@cache
def _certificates() -> ssl.SSLContext:
    """Whom we believe that a server is who it says: read once, for all channels."""
    return httpx.create_ssl_context(trust_env=False)


class PhoneChannel:
    """A channel that the phones' network plays, with the limits of the real one.

    `settings.api` is the network's address, `settings.token` the secret that both sides sign with.
    """

    def __init__(self, settings: ChannelSettings, _: Clock, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        where = f"[channels.{settings.name}]"
        if settings.name not in LIMITS:
            raise ConfigError(f"{where} the driver phone plays {', '.join(LIMITS)}")
        if len(settings.token) < _SHORTEST_TOKEN:
            variable = f"BOT_CHANNELS_{settings.name.upper()}_TOKEN"
            raise ConfigError(f"{where} the token is too short; set {variable} to {_SHORTEST_TOKEN} signs or more")
        if not settings.api.startswith(("http://", "https://")):
            raise ConfigError(
                f'{where} api must be the network\'s address; write for example "http://127.0.0.1:8000/network"'
            )
        self.name = settings.name
        self.limits = LIMITS[settings.name]
        self._token = settings.token
        self._client = httpx.AsyncClient(
            base_url=settings.api,
            headers={"Authorization": f"Bearer {settings.token}"},
            timeout=timeout,
            limits=httpx.Limits(max_connections=settings.at_once, keepalive_expiry=_IDLE),
            follow_redirects=False,
            trust_env=False,
            verify=_certificates(),
        )

    def read(self, request: Request) -> list[Inbound | Receipt]:
        """Check the signature and translate a message or a status. Raises ForgedRequest or ValueError."""
        given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, sign(self._token, request.path, request.body).encode()):
            raise ForgedRequest
        raw = json_object(request.body)
        _, found, place = request.path.partition(f"/hooks/{self.name}")
        if found and not place:
            return [self._inbound(raw)]
        if place.startswith("/status/"):
            return [_receipt(raw, place.removeprefix("/status/"))]
        raise ValueError("not a path of this channel")

    async def send(self, message: Outbound) -> str:
        """Hand over one message; returns the network's id. Raises ChannelError."""
        # Not httpx's json=: that fails on half a surrogate pair, outside the tree of errors.
        answer = await self._ask("POST", "/messages", content=json.dumps(wire(message)).encode())
        return self._sid(_fields(answer))

    async def find(self, message: Outbound, since: datetime, others: Collection[str]) -> str:
        """The network's id of our message if accepted at or after `since`; "" where not. Raises ChannelError."""
        answer = await self._ask("GET", "/messages", params={"ours": message.id, "since": since.isoformat()})
        fields = _fields(answer)
        return "" if fields == {"sid": None} else self._sid(fields)

    async def fetch(self, reference: str, most: int) -> Fetched:
        """The file behind `Media.reference`, up to `most` bytes. Raises ChannelError."""
        answer = await self._ask("GET", f"/media/{reference}")
        if len(answer.content) > most:
            raise Rejected(f"{self.name}: the file is too large", "refused too-large")
        return Fetched(answer.headers.get("Content-Type", ""), answer.content)

    async def forget(self, provider_id: str) -> bool:
        """Have the network forget a message. Raises ChannelError."""
        await self._ask("DELETE", f"/messages/{provider_id}")
        return True

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request; every outcome but success as the error that tells what to do."""
        try:
            response = await self._client.request(method, path, **given)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unsent(f"{self.name}: no connection", type(error).__name__) from error
        except httpx.RequestError as error:
            raise InDoubt(f"{self.name}: no answer", type(error).__name__) from error
        status = response.status_code
        if response.is_success:
            return response
        if status == httpx.codes.BAD_REQUEST:
            code = str(_fields(response).get("code", ""))[:40]
            raise (Blocked if code == "blocked" else Rejected)(f"{self.name}: refused", code)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise Throttled(_patience(response), f"{self.name}: asked for patience", str(status))
        if response.is_server_error:
            raise InDoubt(f"{self.name}: the network failed", str(status))
        raise Unsent(f"{self.name}: not taken; are api and token of [channels.{self.name}] right?", str(status))

    def _sid(self, answer: Mapping[str, Any]) -> str:
        try:
            return _matching(_THEIRS, _text(answer, "sid"), "sid")
        except ValueError as error:
            raise InDoubt(f"{self.name}: an answer that makes no sense") from error

    def _inbound(self, raw: Mapping[str, Any]) -> Inbound:
        kind = _text(raw, "kind") or "text"
        return Inbound(
            id=_matching(_THEIRS, _text(raw, "id"), "id"),
            sender=Address(self.name, _matching(PEOPLE[self.name], _text(raw, "from"), "from")),
            text=_text(raw, "text"),
            choice=_text(raw, "choice"),
            ours=_matching(OURS, _text(raw, "ours"), "ours") if raw.get("ours") else "",
            kind=kind if kind in KINDS else "other",
            name=_text(raw, "name"),
            media=_media(kind, raw["media"]) if raw.get("media") else (),
        )


def _media(kind: str, raw: Any) -> tuple[Media, ...]:
    """The file or the place that came along. Raises ValueError."""
    if not isinstance(raw, dict) or not isinstance(raw.get("size", 0), int):
        raise ValueError("media: malformed")
    reference = _matching(OURS, _text(raw, "id"), "media id") if raw.get("id") else ""
    return (Media(kind, reference, _text(raw, "type"), raw.get("size", 0), _text(raw, "name")),)


def _receipt(raw: Mapping[str, Any], ours: str) -> Receipt:
    status = _text(raw, "status")
    if status not in _STATUSES:
        raise ValueError("status: unknown")
    theirs = _matching(_THEIRS, _text(raw, "sid"), "sid") if raw.get("sid") else ""
    return Receipt(_STATUSES[status], _matching(OURS, ours, "our id"), theirs, _text(raw, "code")[:40])


def wire(message: Outbound) -> dict[str, Any]:
    """The message as it travels to the network."""
    return {
        "id": message.id,
        "channel": message.to.channel,
        "to": message.to.value,
        "text": message.text,
        "choices": [choice._asdict() for choice in message.choices] if message.layout != "plain" else [],
        "layout": message.layout,
        "template": message.template,
        "language": message.language,
        "expires_at": message.expires_at.isoformat() if message.expires_at else None,
        "file": message.file._asdict() if message.file else None,
    }


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name}: not a text")
    return value


def _matching(pattern: re.Pattern[str], value: str, name: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"{name}: malformed")
    return value


def _fields(response: httpx.Response) -> Mapping[str, Any]:
    """The fields of an answer; none where it makes no sense."""
    try:
        return json_object(response.content)
    except ValueError:
        return {}


def _patience(response: httpx.Response) -> timedelta:
    asked = response.headers.get("Retry-After", "")
    return timedelta(seconds=float(asked) if _SECONDS.fullmatch(asked) else 1)
