"""A bot in this event loop with its three real channels, and the strict stand-ins of both providers beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from bot.app import Bot
from bot.check.rehearsal import Clock
from bot.demo.network_hooks import Redelivery
from bot.model import Address
from bot.store.database import Database
from bot.web import application
from tests.fakes.server import free_port, serving
from tests.fakes.telegram import Telegram
from tests.fakes.twilio import ACCOUNT, Twilio
from tests.fakes.twilio_hooks import Pace, signature
from tests.harness import shelf
from tests.harness.books import quiet
from tests.harness.stage import BOT_TOKEN, TELEGRAM, TOKEN, TWILIO, Stage, until
from tests.world import MONDAY

A_MOMENT, A_TURN = timedelta(seconds=2), timedelta(seconds=0.1)  # a sender takes its turns, by the clock
LONG = 200


@dataclass
class Lines:
    """What people send goes over HTTP to the bot, and what it answers over HTTP to their phones."""

    stage: Stage
    bot: Bot
    clock: Clock
    twilio: Twilio
    telegram: Telegram

    async def say(self, who: Address, text: str = "", kind: str = "text") -> None:
        """She writes, or sends something of this kind."""
        if who.channel != "telegram":
            await self.twilio.say(who, text, kind=kind)
        elif kind == "text":
            await self.telegram.say(int(who.value), text)
        else:
            await _TELEGRAM[kind](self.telegram, int(who.value))

    async def post(self, who: Address, body: bytes, fields: Mapping[str, str]) -> None:
        """Twilio brings a form whose Body is these bytes, which the bot reads as they are in `fields`."""
        written = f"whatsapp:{who.value}" if who.channel == "whatsapp" else who.value
        told = {"MessageSid": f"SM{uuid4().hex}", "AccountSid": ACCOUNT, "From": written, "NumMedia": "0"}
        url = f"{self.stage.bot_url(0)}/hooks/{who.channel}"
        headers = {"X-Twilio-Signature": signature(TOKEN, url, {**told, **fields})}
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.post(url, content=urlencode(told).encode() + b"&Body=" + body, headers=headers)
        assert answer.status_code == 200

    def got(self, who: Address) -> list[str]:
        """What the bot sent to this phone, in order; options too."""
        if who.channel == "telegram":
            return [each.text for each in self.telegram.messages(int(who.value)) if each.who == "bot"]
        return [each.text for each in self.twilio.messages(who) if each.who == "bot"]

    async def at_rest(self) -> None:
        """A little later: the bot has read all that was said, and everything has arrived."""
        self.clock.move(self.clock() + A_MOMENT)
        for _ in range(LONG):
            await until(lambda: not self._under_way(), "all webhooks")
            await self.bot.settle()
            await asyncio.sleep(0.01)
            if not self._under_way() and quiet(self.bot.database):
                return
            self.clock.move(self.clock() + A_TURN)
        raise AssertionError("the bot does not come to rest")

    def refused(self) -> list[str]:
        """What the bot did not confirm, ever."""
        logs = [*self.twilio.log().splitlines(), *self.telegram.log().splitlines()]
        heard = [event for event in map(json.loads, logs) if event["what"] == "heard"]
        return [str(event["key"]) for event in heard if not event["confirmed"]]

    def _under_way(self) -> bool:
        return bool(self.twilio.book.waiting or self.telegram.book.waiting)


async def _edit(telegram: Telegram, chat: int) -> None:
    await telegram.say(chat, "ja mar nee")
    number = next(each.message_id for each in telegram.messages(chat)[::-1] if each.who == "parent")
    await telegram.edit(chat, number, "ja maar nee")


async def _album(telegram: Telegram, chat: int) -> None:
    for number in range(10):
        await telegram.send_file(chat, "photo", b"\xff\xd8\xff\xe0" + bytes([number]) * 24, media_group_id="13")


_TELEGRAM = {
    "voice": lambda telegram, chat: telegram.send_file(chat, "voice", b"OggS" + b"\0" * 24, mime_type="audio/ogg"),
    "image": lambda telegram, chat: telegram.send_file(chat, "photo", b"\xff\xd8\xff\xe0" + b"\0" * 24),
    "video": lambda telegram, chat: telegram.send_file(chat, "video", b"\0\0\0\x18ftypmp42", mime_type="video/mp4"),
    "document": lambda telegram, chat: telegram.send_file(chat, "document", b"%PDF-1.4 ", file_name="brief.pdf"),
    "sticker": lambda telegram, chat: telegram.send_file(chat, "sticker", b"RIFF\0\0\0\0WEBP", emoji="👍"),
    "location": lambda telegram, chat: telegram.say(chat, location={"latitude": 52.0907, "longitude": 5.1214}),
    "contact": lambda telegram, chat: telegram.say(chat, contact={"phone_number": "31612000099", "first_name": "Oma"}),
    "poll": lambda telegram, chat: telegram.say(chat, poll={"id": "1", "question": "Wie?", "options": []}),
    "dice": lambda telegram, chat: telegram.say(chat, dice={"emoji": "🎲", "value": 6}),
    "edit": _edit,
    "album": _album,
}


@asynccontextmanager
async def lines(stage: Stage) -> AsyncIterator[Lines]:
    """Both providers and the bot, on a Monday afternoon."""
    clock, port = Clock(MONDAY), free_port()
    table = f'[channels.telegram]\ndriver = "telegram"\napi = "http://127.0.0.1:{port}"\nsender = "DeBrugBot"\n'
    stage.provider = replace(TWILIO, more=f"{table}rate = 1e5", tokens=TELEGRAM.tokens)
    hooks = stage.bot_url(0)
    twilio = Twilio(stage.log, hooks=hooks, token=TOKEN, now=clock, pace=Pace(first=0.01, most=0.1))
    telegram = Telegram(
        stage.home / "telegram.jsonl", token=BOT_TOKEN, hooks=f"{hooks}/hooks/telegram", secret=TOKEN,
        redelivery=Redelivery(first=0.01, most=0.05, tries=5),
    )  # fmt: skip
    async with serving(twilio.app(), stage.network_port), serving(telegram.app(), port):
        config = stage.settings()
        bot = Bot(config, Database(stage.database_url, stage.ring), clock=clock, books=shelf.books(config))
        with bot.database.begin() as tx:
            bot.books.publish(tx, clock())
        try:
            async with serving(application(bot), stage.port(0)):
                yield Lines(stage, bot, clock, twilio, telegram)
        finally:
            await bot.stop()
