"""What the contract suite asks of a driver: its requests and answers, and a strict stand-in of its provider."""

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from bot.channels.base import Channel
from bot.channels.phone import SIGNATURE, TIMEOUT, PhoneChannel, sign
from bot.config import ChannelSettings
from bot.demo.network import Network
from bot.demo.network_rules import Faults
from bot.model import Address, File, Inbound, Outbound, Receipt, Request, Status
from tests.fakes.bot import Listener, listening
from tests.fakes.clock import wall_clock
from tests.fakes.server import serving

PAYLOADS = Path(__file__).parent.parent / "payloads"
TOKEN = "a-token-that-only-tests-know"
NOWHERE = "http://127.0.0.1:1"
IMPATIENT = httpx.Timeout(0.3)


class Provider(ABC):
    """A driver's provider, open: a strict server on this machine. `person` has written to us, `stranger` never did."""

    api: str
    channel: Channel
    person: Address
    stranger: Address
    bot: Listener

    @property
    def site(self) -> str:
        """Where files of ours are fetched."""
        return self.bot.url

    def file(self, content_type: str, data: bytes) -> File:
        """A file of ours that can be fetched, with a name of its own."""
        token = uuid4().hex
        self.bot.files[token] = content_type, data
        return File(f"{self.site}/bijlage/{token}", content_type, f"{token[:8]}.bin")

    @abstractmethod
    def faults(self, **faults: Any) -> None:
        """From now on only these faults of demo/network_rules.py; each provider plays them in its own way."""

    @abstractmethod
    def accepted(self, message: Outbound) -> int:
        """How often the provider accepted this message: by our id or, where it never sees that, by its text."""

    async def ready(self, message: Outbound) -> Outbound:
        """The message as it can be sent, where the provider must know something of it beforehand."""
        return message

    @abstractmethod
    async def told(self) -> Request:
        """What the provider really tells us when `person` writes "hallo"."""


class Case(ABC):
    """A driver as the suite lists it."""

    signature: str  # the header that carries it, in lower case
    person: Address
    nobody: Sequence[Address]  # addresses that cannot exist
    finds = True  # whether it can say what became of a message
    binding = True  # whether the signature covers body and path; else it is a shared secret
    refusals: Mapping[str, str] = {"blocked": "blocked", "spam": "spam"}  # refuse_code: our error's code

    @abstractmethod
    def driver(self, *, api: str = NOWHERE, secret: str = TOKEN, impatient: bool = False) -> Channel:
        """The driver, to a provider at this address, with this secret, patient or not."""

    @abstractmethod
    def signed(self, path: str, body: bytes, secret: str = TOKEN) -> Request:
        """A request as the provider would sign it."""

    @abstractmethod
    def payloads(self) -> Sequence[tuple[Request, Inbound | Receipt]]:
        """Real bodies, and what they mean."""

    @abstractmethod
    def senseless(self) -> Sequence[Request]:
        """Requests that are rightly signed and make no sense."""

    @abstractmethod
    def open(self, home: Path) -> AbstractAsyncContextManager[Provider]:
        """Open the provider; its files go under `home`."""


class PhoneCase(Case):
    """The driver `phone` in one of its roles, against the phones' network."""

    signature = SIGNATURE

    def __init__(self, name: str) -> None:
        self.name = name
        self.person, self.stranger, *self.nobody = (Address(name, each) for each in _PEOPLE[name])

    def __str__(self) -> str:
        return f"phone-{self.name}"

    def driver(self, *, api: str = NOWHERE, secret: str = TOKEN, impatient: bool = False) -> Channel:
        settings = ChannelSettings(self.name, "phone", api=api, token=secret)
        return PhoneChannel(settings, wall_clock, timeout=IMPATIENT if impatient else TIMEOUT)

    def signed(self, path: str, body: bytes, secret: str = TOKEN) -> Request:
        return Request(path, {SIGNATURE: sign(secret, path, body), "content-type": "application/json"}, body)

    def payloads(self) -> Sequence[tuple[Request, Inbound | Receipt]]:
        return [(_recorded(f"phone/{file}.http"), noun) for file, noun in _PHONE_PAYLOADS[self.name].items()]

    def senseless(self) -> Sequence[Request]:
        path = f"/hooks/{self.name}"
        whole = {"id": "IN1", "from": self.person.value, "text": "hallo"}
        wrong: list[dict[str, Any]] = [
            {"id": ""}, {"id": 7}, {"id": "a b"}, {"id": "i" * 121}, {"from": "iemand"}, {"from": None},
            {"text": ["hallo"]}, {"ours": "../7"}, {"choice": {"id": "ja"}},
        ]  # fmt: skip
        bodies: list[Any] = [[], "hallo", None, 7, {}, *({**whole, **each} for each in wrong)]
        broken = [b"", b"{", b"\xff\xfe", b"1" * 5000, b"[" * 60_000]
        receipts = [{}, {"status": "eaten"}, {"status": None}, {"status": ["sent"]}, {"status": "queued"}]
        good = json.dumps({"status": "sent", "code": ""}).encode()
        return [
            *(self.signed(path, body) for body in broken + [json.dumps(body).encode() for body in bodies]),
            *(self.signed(f"{path}/status/m1", json.dumps(body).encode()) for body in receipts),
            self.signed(f"{path}/status/", good),
            self.signed(f"{path}/status/m1/m2", good),
            self.signed("/hooks/post", json.dumps(whole).encode()),
        ]

    @asynccontextmanager
    async def open(self, home: Path) -> AsyncIterator[Provider]:
        async with listening() as bot:
            network = Network(home / "network.jsonl", hooks=bot.url, token=TOKEN, now=lambda: datetime.now(UTC))
            async with serving(network.app()) as api:
                await network.say(self.person, "START")
                await bot.until(1)
                channel = self.driver(api=api)
                yield _PhoneProvider(api, channel, self.person, self.stranger, network, bot)
                await channel.close()


@dataclass
class _PhoneProvider(Provider):
    api: str
    channel: Channel
    person: Address
    stranger: Address
    network: Network
    bot: Listener

    def faults(self, **faults: Any) -> None:
        self.network.dice.load(Faults(**faults))

    def accepted(self, message: Outbound) -> int:
        return sum(each.id == message.id for each in self.network.messages(self.person))

    async def told(self) -> Request:
        sid = await self.network.say(self.person, "hallo")
        return await self.bot.message(sid)


def _recorded(file: str) -> Request:
    """A request from tests/payloads: a line with the path, the headers, an empty line, the body."""
    head, _, body = (PAYLOADS / file).read_bytes().partition(b"\n\n")
    line, *headers = head.decode("ascii").splitlines()
    pairs = (header.partition(": ") for header in headers)
    return Request(line.removeprefix("POST "), {name.lower(): value for name, _, value in pairs}, body.rstrip(b"\n"))


_PEOPLE = {
    "whatsapp": ("+31612000001", "+31612000002", "0612000001", "+31", "whatsapp:+31612000001", "jan", ""),
    "sms": ("+31612000001", "+31612000002", "0612000001", "NL.1234567890", "+31612000001x", ""),
    "telegram": ("700000001", "700000002", "+31612000001", "0", "@jan", ""),
}
_PHONE_PAYLOADS: dict[str, dict[str, Inbound | Receipt]] = {
    "whatsapp": {
        "whatsapp-text": Inbound("IN0001", Address("whatsapp", "+31612000001"), "Yarım saat sonra arayayım mı? 🙂"),
        "whatsapp-tap": Inbound(
            "IN0002", Address("whatsapp", "+31612000001"), "Bij het naar bed gaan", "bedtijd", "m-17", "choice"
        ),
        "whatsapp-user-id": Inbound("IN0003", Address("whatsapp", "NL.1349847212"), kind="voice", name="Elif"),
        "whatsapp-status": Receipt(Status.READ, "m-17", "PM0001"),
    },
    "sms": {
        "sms-text": Inbound("IN0004", Address("sms", "+31612000003"), "حسنا شكرا، متى الرحلة؟"),
        "sms-status": Receipt(Status.FAILED, "m-18", "PM0002", "expired"),
    },
    "telegram": {
        "telegram-text": Inbound("IN0005", Address("telegram", "700000107"), "/start 7KQ29FMX"),
        "telegram-unknown": Inbound("IN0006", Address("telegram", "700000107"), kind="other"),
        "telegram-status": Receipt(Status.DELIVERED, "m-19", "PM0003"),
    },
}
