"""Twilio beside a bot that only listens: the servers once for a whole file of tests, an account anew for each test."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.twilio import TwilioChannel
from bot.model import Receipt
from tests.fakes.bot import Listener, listening
from tests.fakes.server import serving
from tests.fakes.twilio import Twilio
from tests.fakes.twilio_case import PUBLIC, QUICK


class _Switch:
    """The application of the account that plays now."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, send)


@dataclass
class Ground:
    """Two servers, with no account yet."""

    switch: _Switch
    bot: Listener
    api: str


@dataclass
class Stage:
    """An account, and the bot that it calls."""

    twilio: Twilio
    bot: Listener
    api: str

    async def statuses(self, channel: TwilioChannel, ours: str, count: int = 1) -> list[Receipt]:
        """What the bot was told of this message, once it was told so often."""

        def told() -> list[Receipt]:
            calls = [each for each in self.bot.heard if each.path.endswith(f"/status/{ours}")]
            return [each for call in calls for each in channel.read(call) if isinstance(each, Receipt)]

        await self.bot.wait(lambda: len(told()) >= count)
        return told()

    def events(self, what: str) -> list[dict[str, Any]]:
        """What the log holds of this kind."""
        return [event for event in map(json.loads, self.twilio.log().splitlines()) if event["what"] == what]


@asynccontextmanager
async def grounded() -> AsyncIterator[Ground]:
    """The servers, for a file of tests."""
    switch = _Switch()
    async with listening() as bot, serving(switch) as api:
        yield Ground(switch, bot, api)


@asynccontextmanager
async def staged(ground: Ground, home: Path) -> AsyncIterator[Stage]:
    """A new account on these servers."""
    twilio = Twilio(home / "twilio.jsonl", hooks=ground.bot.url, public=PUBLIC, pace=QUICK)
    ground.switch.app = twilio.app()
    ground.bot.heard.clear()
    ground.bot.answers.clear()
    await twilio.start()
    yield Stage(twilio, ground.bot, ground.api)
    await twilio.stop()
