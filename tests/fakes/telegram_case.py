"""The driver `telegram` as the contract suite lists it, against the stand-in of Telegram."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.channels.telegram import SECRET, TelegramChannel
from bot.channels.telegram_wire import TIMEOUT
from bot.config import ChannelSettings
from bot.demo.network_hooks import Redelivery
from bot.demo.network_rules import Faults
from bot.model import Address, Inbound, Media, Outbound, Receipt, Request
from tests.fakes.bot import Listener, listening
from tests.fakes.clock import wall_clock
from tests.fakes.providers import IMPATIENT, NOWHERE, PAYLOADS, TOKEN, Case, Provider
from tests.fakes.server import serving
from tests.fakes.telegram import Telegram

BOT_TOKEN = "900000001:AAFictional-token_of-the-tests-0001"
ELIF = Address("telegram", "700000001")
STRANGER = Address("telegram", "700000002")
QUICK = Redelivery(first=0.005, most=0.02, tries=1000)


def driver(
    *, api: str = NOWHERE, secret: str = TOKEN, impatient: bool = False, mode: str = "webhook",
    hooks: str = "https://bot.example/hooks/telegram", poll: float = 1,
) -> TelegramChannel:  # fmt: skip
    """The driver with settings as a school would write them."""
    settings = ChannelSettings(
        "telegram", "telegram", sender="DeBrugBot", api=api, mode=mode, hooks=hooks, token=BOT_TOKEN, secret=secret
    )
    timeout = IMPATIENT if impatient else TIMEOUT
    return TelegramChannel(settings, wall_clock, timeout=timeout, long_poll=timedelta(seconds=poll))


def update(file: str) -> bytes:
    """An update from tests/payloads/telegram."""
    return (PAYLOADS / "telegram" / f"{file}.json").read_bytes().rstrip(b"\n")


def webhook(body: bytes, secret: str = TOKEN, path: str = "/hooks/telegram") -> Request:
    """As Telegram brings it."""
    return Request(path, {SECRET: secret, "content-type": "application/json"}, body)


class TelegramCase(Case):
    """Telegram keeps no list, knows none of our ids but on buttons, and its secret covers neither body nor path."""

    signature = SECRET
    finds = binding = False
    person, stranger = ELIF, STRANGER
    nobody = tuple(Address("telegram", each) for each in ("+31612000001", "0", "-1001234567890", "@jan", "", "9" * 17))
    refusals = {"blocked": "blocked 403", "spam": "refused 400"}  # noqa: RUF012

    def __str__(self) -> str:
        return "telegram"

    def driver(self, *, api: str = NOWHERE, secret: str = TOKEN, impatient: bool = False) -> TelegramChannel:
        return driver(api=api, secret=secret, impatient=impatient)

    def signed(self, path: str, body: bytes, secret: str = TOKEN) -> Request:
        return webhook(body, secret, path)

    def payloads(self) -> Sequence[tuple[Request, Inbound | Receipt]]:
        return [(webhook(update(file)), noun) for file, noun in PAYLOAD.items()]

    def senseless(self) -> Sequence[Request]:
        whole: dict[str, Any] = json.loads(update("text"))
        message, tap = whole["message"], json.loads(update("tap"))
        wrong: list[dict[str, Any]] = [
            {"text": ["hallo"]}, {"chat": None}, {"chat": {"type": "private"}}, {"chat": {"id": 0, "type": "private"}},
            {"chat": {"id": "7", "type": "private"}}, {"date": "today"}, {"date": None}, {"photo": []},
            {"photo": "x"}, {"voice": {"file_id": ""}}, {"voice": {"file_id": "a\nb"}}, {"voice": []},
            {"location": {"latitude": "52", "longitude": 5}}, {"contact": "Elif"}, {"media_group_id": 7},
        ]  # fmt: skip
        bodies: list[Any] = [
            [], "hallo", None, 7, {}, {"update_id": "7"}, {"update_id": True, "message": message},
            {"update_id": 1, "message": "hallo"}, {"update_id": 1, "message": None}, {"update_id": 1 << 70},
            {"update_id": 1, "my_chat_member": {}}, {"update_id": 1, "edited_message": []},
            *({**whole, "message": {**message, **each}} for each in wrong),
            *({**tap, "callback_query": {**tap["callback_query"], **each}} for each in ({"id": ""}, {"from": 7})),
        ]  # fmt: skip
        broken = [b"", b"{", b"\xff\xfe", b"1" * 5000, b"[" * 60_000, b'{"update_id": NaN}']
        return [
            *(webhook(body) for body in broken + [json.dumps(body).encode() for body in bodies]),
            webhook(update("text"), path="/hooks/telegram/status/m-1"),
            webhook(update("text"), path="/hooks/sms"),
        ]

    @asynccontextmanager
    async def open(self, home: Path) -> AsyncIterator[Provider]:
        async with opened(home) as (api, telegram, bot):
            await telegram.say(int(ELIF.value), "/start")
            await bot.until(1)
            channel = self.driver(api=api)
            yield _Provider(api, channel, ELIF, STRANGER, telegram, bot)
            await channel.close()


@asynccontextmanager
async def opened(home: Path, *, hooked: bool = True, **options: Any) -> AsyncIterator[tuple[str, Telegram, Listener]]:
    """Telegram beside a bot that only listens: its address, itself, the bot."""
    async with listening() as bot:
        hooks = f"{bot.url}/hooks/telegram" if hooked else ""
        telegram = Telegram(
            home / "telegram.jsonl", token=BOT_TOKEN, hooks=hooks, secret=TOKEN, redelivery=QUICK, **options
        )
        async with serving(telegram.app()) as api:
            yield api, telegram, bot


@dataclass
class _Provider(Provider):
    api: str
    channel: TelegramChannel
    person: Address
    stranger: Address
    telegram: Telegram
    bot: Listener

    def faults(self, **faults: Any) -> None:
        self.telegram.dice.load(Faults(**faults))

    def accepted(self, message: Outbound) -> int:
        if message.file:
            return self.telegram.shown(int(message.to.value)).count(message.file.name)
        return self.telegram.accepted(message.text)

    async def told(self) -> Request:
        heard = len(self.bot.heard)
        await self.telegram.say(int(self.person.value), "hallo")
        await self.bot.until(heard + 1)
        return self.bot.heard[-1]


_JOY = Address("telegram", "700000107")
_WHO = "Joy Okafor"
PAYLOAD: dict[str, Inbound] = {
    "text": Inbound("700000210-6a12f320", _JOY, "Yarım saat sonra arayayım mı? 🙂", name=_WHO),
    "start": Inbound("700000211-6a12f321", _JOY, "/start 7KQ29FMX", name=_WHO),
    "tap": Inbound(
        "q0c98e16ff0a961d5d144e62a", _JOY, "Bij het naar bed gaan", "bedtijd", "17-1", "choice", _WHO
    ),
    "voice": Inbound(
        "700000213-6a12f323", _JOY, kind="voice", name=_WHO,
        media=(Media("voice", "AwACAgQAAxkBAAIBVoice", "audio/ogg", 18211),),
    ),
    "edit": Inbound("700000214-6a12f390", _JOY, "Ik kan donderdag", kind="edit", name=_WHO),
    "blocked": Inbound("700000215-6a12f325", _JOY, kind="blocked"),
}  # fmt: skip
