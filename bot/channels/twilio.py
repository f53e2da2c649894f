"""The driver `twilio`: SMS, and what WhatsApp shares with it, through Twilio's library over our own door."""

import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from twilio.base.exceptions import TwilioException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels import twilio_content as content
from bot.channels import twilio_examine, twilio_forget, twilio_inbound
from bot.channels.base import Clock, Fetched, Finding
from bot.channels.files import carried
from bot.channels.phone import LIMITS, PEOPLE
from bot.channels.sms import utf16_units
from bot.channels.twilio_http import API, TIMEOUT, Door
from bot.channels.twilio_inbound import RETRY, SID
from bot.config import ChannelSettings
from bot.errors import ConfigError, ForgedRequest, InDoubt, Rejected
from bot.model import Inbound, Outbound, Receipt, Request

LONGEST = timedelta(hours=10)  # how long Twilio keeps a message that cannot leave yet
TRIAL = "Sent from your Twilio trial account - "  # what a trial account puts before each text

_SHORTEST_TOKEN = 16
_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_MEDIA = "/2010-04-01/Accounts/{account}/Messages/(SM|MM)[0-9a-fA-F]{{32}}/Media/ME[0-9a-fA-F]{{32}}"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PAGE = 100
_REMEMBERED = 20_000


class TwilioChannel:
    """SMS through Twilio. `settings`: account, sender (a number or a messaging service), hooks, and tokens: the first
    one sends, each may sign what comes in."""

    def __init__(self, settings: ChannelSettings, clock: Clock, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        """Raises ConfigError that names the table and the way out."""
        _check(settings)
        self.name = settings.name
        limits = LIMITS[settings.name]
        self.limits = replace(limits, files=carried(settings, limits.files))
        self.sender = settings.sender.removeprefix("whatsapp:")
        self._settings = settings
        self._clock = clock
        self._door = Door(self.name, settings.api, settings.at_once, timeout)
        # An empty environment would be taken for none: then TWILIO_EDGE of this machine would choose the host.
        self._client = Client(settings.account, settings.tokens[0], http_client=self._door, environment={"": ""})
        self._known: OrderedDict[str, str] = OrderedDict()  # Twilio's id: ours, of late

    # --- what comes in
    def read(self, request: Request) -> list[Inbound | Receipt]:
        """Check the signature and translate a message or a status. Raises ForgedRequest or ValueError."""
        _, found, place = request.path.partition(f"/hooks/{self.name}")
        if not found:
            raise ForgedRequest
        fields = twilio_inbound.form(request.body)
        # Never the Host header: whoever forges a request writes that too.
        url = self._settings.hooks + place
        twilio_inbound.check(request.headers, url, fields, self._settings.tokens, self._settings.account)
        place = place.partition("?")[0]
        if not place:
            return [*twilio_inbound.inbound(self.name, fields)]
        if not place.startswith("/status/"):
            raise ValueError("not a path of this channel")
        receipts = twilio_inbound.receipts(fields, place.removeprefix("/status/"))
        for receipt in receipts:
            self._remember(receipt.theirs, receipt.ours)
        return [*receipts]

    async def sweep(self, since: datetime) -> Sequence[Inbound]:
        """What people wrote at or after `since`. Raises ChannelError.

        A list of Twilio's knows less than a webhook: no option that was tapped (its label is the text) and no profile
        name; and of a place nothing at all.
        """
        filters: dict[str, Any] = {"date_sent_after": since.astimezone(UTC)}  # the library writes any time as if UTC
        if not _SERVICE.fullmatch(self.sender):
            filters["to"] = self._written(self.sender)
        found = []
        async for row in self._rows(since, **filters):
            if row.direction == "inbound" and self._is_ours(row):
                found += await self._swept(row)
        return found[::-1]

    async def fetch(self, reference: str, most: int) -> Fetched:
        """A file that she sent, of at most `most` bytes. Raises ChannelError."""
        path = urlsplit(reference).path if reference.isascii() else ""
        if not re.fullmatch(_MEDIA.format(account=self._settings.account), path):
            raise Rejected(f"{self.name}: not an address of her files", "refused elsewhere")
        return await self._door.fetch(API + path, (self._settings.account, self._settings.tokens[0]), most)

    async def forget(self, provider_id: str) -> bool:
        """Have Twilio forget a message. Raises ChannelError."""
        return await twilio_forget.forget(self._client, self._call, self.name, provider_id)

    # --- what goes out
    async def send(self, message: Outbound) -> str:
        """Hand over one message; returns Twilio's id. Raises ChannelError."""
        sent = await self._call(self._client.messages.create_async(**self._given(message)))
        sid = sent.sid if isinstance(sent.sid, str) and SID.fullmatch(sent.sid) else ""
        if not sid:
            raise InDoubt(f"{self.name}: an answer that makes no sense")
        self._remember(sid, message.id)
        return sid

    async def find(self, message: Outbound, since: datetime, others: Collection[str]) -> str:
        """Twilio's id of our message if accepted at or after `since`; "" where not. Raises ChannelError.

        Twilio's list shows nothing of ours: not the callback's address, no tag. So it is known by receiver, sender,
        time and text. Two equal texts to one person are told apart by what is known already: a message whose id is
        among `others` (ids that belong to other rows), or came back to this driver in an answer or a callback for
        another message, is not this one. Where two are left nobody can know: InDoubt, never a guess. A message that
        Twilio could not deliver was accepted all the same; its status tells the rest.
        """
        filters = {"to": self._written(message.to.value)}
        if not _SERVICE.fullmatch(self.sender):
            filters["from_"] = self._written(self.sender)
        found = []
        async for row in self._rows(since, **filters):
            if self._known.get(row.sid) == message.id:
                return str(row.sid)
            if row.direction != "inbound" and row.sid not in self._known and row.sid not in others:
                found += [str(row.sid)] if self._is_alike(message, row.body, str(row.num_media or 0) != "0") else []
        if len(found) > 1:
            raise InDoubt(f"{self.name}: two messages alike", "alike")
        return found[0] if found else ""

    async def examine(self) -> Sequence[Finding]:
        """Token, account, sender, webhook address and country. Never raises."""
        return await twilio_examine.examine(self._client, self._call, self._settings)

    async def close(self) -> None:
        await self._door.close()

    # --- how
    def _given(self, message: Outbound) -> dict[str, Any]:
        """The message as the library wants it. Raises Rejected where it would be refused for sure."""
        if message.to.channel != self.name or not PEOPLE[self.name].fullmatch(message.to.value):
            raise Rejected(f"{self.name}: nobody can have this address", "dead address")
        left = LONGEST if message.expires_at is None else min(message.expires_at - self._clock(), LONGEST)
        if left <= timedelta(0):
            raise Rejected(f"{self.name}: too late", "refused expired")
        given: dict[str, Any] = {
            "to": self._written(message.to.value),
            "status_callback": f"{self._settings.hooks}/status/{message.id}{RETRY}",
            "validity_period": max(1, int(left.total_seconds())),
        }
        is_service = bool(_SERVICE.fullmatch(self.sender))
        given |= {"messaging_service_sid": self.sender} if is_service else {"from_": self._written(self.sender)}
        return given | self._words(message)

    def _words(self, message: Outbound) -> dict[str, Any]:
        if message.content:
            filled = content.variables(message.values) if message.values else None
            return {"content_sid": message.content, **({"content_variables": filled} if filled else {})}
        if message.layout != "plain":
            raise Rejected(f"{self.name}: options without a content", "template missing")
        if message.file:
            if message.file.content_type not in self.limits.files:
                raise Rejected(f"{self.name}: a file that it does not carry", "refused file")
            return {"media_url": [message.file.url]}  # without words: WhatsApp shows none beside a paper or a voice
        if not message.text.strip() or utf16_units(message.text) > self.limits.text:
            raise Rejected(f"{self.name}: a text has 1 to {self.limits.text} signs", "refused text")
        # Ours is fit already; what Twilio made of it we would not find again.
        return {"body": message.text, "smart_encoded": False}

    async def _rows(self, since: datetime, **filters: Any) -> AsyncIterator[Any]:
        """Messages created at or after `since`, newest first. Raises ChannelError."""
        since = since.replace(microsecond=0)  # Twilio counts whole seconds
        page = await self._call(self._client.messages.page_async(page_size=_PAGE, **filters))
        while page is not None:
            rows = await self._call(_listed(page))
            new = [row for row in rows if row.date_created >= since]
            for row in new:
                yield row
            if rows and not new:
                return
            page = await self._call(page.next_page_async())

    async def _swept(self, row: Any) -> list[Inbound]:
        """A message in the list, read as its webhook would be."""
        fields = {"MessageSid": row.sid, "From": row.from_, "Body": row.body or "", "NumMedia": "0"}
        if int(row.num_media or 0) > 0:
            files = await self._call(self._client.messages(row.sid).media.list_async(limit=10))
            fields["NumMedia"] = str(len(files))
            for number, file in enumerate(files):
                fields[f"MediaUrl{number}"] = API + str(file.uri).removesuffix(".json")
                fields[f"MediaContentType{number}"] = str(file.content_type)
        try:
            each = twilio_inbound.Form({name: [str(value)] for name, value in fields.items()})
            found = twilio_inbound.inbound(self.name, each)
        except ValueError:
            return []  # its webhook was refused too
        return [replace(letter, written_at=row.date_created) for letter in found]

    async def _call(self, asked: Awaitable[Any]) -> Any:
        """What the library answers. Raises ChannelError only: the library's own errors may hold whole answers."""
        try:
            return await asked
        except (TwilioException, LookupError, TypeError, ValueError, AttributeError, RecursionError):
            raise InDoubt(f"{self.name}: an answer that makes no sense") from None

    def _is_alike(self, message: Outbound, body: str | None, has_file: bool) -> bool:
        """Whether Twilio's text is that of this message; a file has none.

        A content's text may not be there yet; and an earlier wording may have stood in for a template: then it is
        known by its values.
        """
        written = _on_one_line((body or "").removeprefix(TRIAL))
        if message.file or has_file:
            return message.file is not None and has_file and not written
        if message.form is None or written == _on_one_line(message.text):
            return written == _on_one_line(message.text)
        if not written or written == _on_one_line(content.rendered(message.form, message.values)):
            return True
        return bool(message.form.template) and all(_on_one_line(value) in written for value in message.values)

    def _is_ours(self, row: Any) -> bool:
        if _SERVICE.fullmatch(self.sender):
            is_whatsapp = str(row.from_).startswith("whatsapp:")
            return row.messaging_service_sid == self.sender and is_whatsapp == (self.name == "whatsapp")
        return bool(row.to == self._written(self.sender))

    def _written(self, person: str) -> str:
        return f"whatsapp:{person}" if self.name == "whatsapp" else person

    def _remember(self, theirs: str, ours: str) -> None:
        self._known[theirs] = ours
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


async def _listed(page: Any) -> list[Any]:
    """The rows of a page, each with a time."""
    rows = list(page)
    if not all(isinstance(row.sid, str) and isinstance(row.date_created, datetime) for row in rows):
        raise ValueError("a message without id or time")
    return rows


def _check(settings: ChannelSettings) -> None:
    """Raise ConfigError where these settings cannot work."""
    where, variable = f"[channels.{settings.name}]", f"BOT_CHANNELS_{settings.name.upper()}_TOKEN"
    if settings.name not in ("sms", "whatsapp"):
        raise ConfigError(f"{where} the driver twilio knows sms and whatsapp")
    if not settings.tokens or any(len(token) < _SHORTEST_TOKEN for token in settings.tokens):
        raise ConfigError(f"{where} the token is missing or too short; set {variable} to Twilio's auth token")
    if not _ACCOUNT.fullmatch(settings.account):
        raise ConfigError(f'{where} account must be Twilio\'s account SID; it looks like "AC" and 32 digits or a to f')
    sender = settings.sender.removeprefix("whatsapp:")
    if not _NUMBER.fullmatch(sender) and not _SERVICE.fullmatch(sender):
        raise ConfigError(
            f'{where} sender must be a number as "+31..." or a messaging service "MG..."; '
            "a name as sender is one-way: nobody could answer or stop"
        )
    _check_address(f"{where} api", settings.api, optional=True)
    _check_address("[web] public_url", settings.hooks, optional=False)


def _check_address(where: str, address: str, *, optional: bool) -> None:
    if optional and not address:
        return
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise ConfigError(f"{where}: Twilio needs an address with https, such as https://bot.school.nl")
