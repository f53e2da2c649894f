"""A bot and the phones' network in one event loop, by a clock that the test sets; the bot can die and be replaced."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from bot.app import Bot
from bot.demo.network import Network
from bot.demo.network_rules import Faults
from bot.inbox import receive
from bot.model import Inbound
from bot.outbox import send
from bot.store import tables as t
from bot.store.database import Database
from bot.web import application
from tests.fakes.server import serving
from tests.harness import shelf
from tests.harness.books import statuses
from tests.harness.parents import Parent, enrol
from tests.harness.stage import TOKEN, Stage


@dataclass
class Town:
    """A bot with its network in this very event loop; the bot can die and be replaced."""

    stage: Stage
    network: Network
    parents: list[Parent]
    now: datetime
    bot: Bot = field(init=False)
    web: Starlette = field(init=False)

    async def reborn(self) -> None:
        """The bot is gone without a word, and a new one is there."""
        if hasattr(self, "bot"):
            await self.bot.stop()
        config, database = self.stage.settings(), Database(self.stage.database_url, self.stage.ring)
        self.bot = Bot(config, database, clock=lambda: self.now, books=shelf.books(config))
        self.web = application(self.bot)
        with self.bot.database.begin() as tx:
            self.bot.books.library.publish(tx, self.now)

    async def hear(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whichever bot is there now gets the webhooks."""
        await self.web(scope, receive, send)

    async def later(self, **span: float) -> None:
        """Time passes."""
        self.now += timedelta(**span)
        await self.bot.tick()
        await self.bot.settle()

    async def read(self) -> None:
        """The desk reads all that lies there, batch by batch."""
        while await self.bot.read_letters():
            pass

    async def claim(self) -> list[send.Letter]:
        """What a sender takes in hand."""
        letters, _ = await self.bot.database.write(lambda tx: send.claim(tx, self.bot.post, self.now))
        return letters

    async def settled(self, *, minutes: int = 120) -> None:
        """Time passes until nothing is left under way."""
        for _ in range(minutes):
            await self.later(minutes=1)
            if not {"queued", "sending"} & set(statuses(self.bot.database)):
                return
        raise AssertionError(f"after {minutes} minutes: {statuses(self.bot.database)}")

    def arrived(self, parent: Parent) -> list[str]:
        """Our ids on a phone, in order."""
        return [each.id for each in self.network.messages(parent.address) if each.who == "bot"]

    def ours(self, parent: Parent) -> list[str]:
        """Our ids for a contact, in order."""
        rows = select(t.outbox).where(t.outbox.c.contact_id == parent.contact_id).order_by(t.outbox.c.id)
        with self.bot.database.read() as tx:
            return [f"{row.id}-{piece}" for row in tx.execute(rows) for piece in range(row.pieces)]


@asynccontextmanager
async def town(
    stage: Stage, count: int, *, faults: Mapping[str, float] | None = None, deaf: bool = False
) -> AsyncIterator[Town]:
    """Parents who have just written; `deaf`: the bot hears nothing of the network's receipts."""
    now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    stage.waits = {"tick": 1.0, "lease": 30.0, "settle": 60.0, "resend": 600.0, "retry": 5.0}
    port = stage.port(0)
    hooks = "http://127.0.0.1:1" if deaf else stage.bot_url(0)
    network = Network(stage.log, hooks=hooks, token=TOKEN, now=lambda: here.now, faults=Faults.parse(faults or {}))
    with stage.database.begin() as tx:
        parents = enrol(tx, count, now, channels=["sms"])
        receive.store(tx, [Inbound(f"m{each.number}", each.address, "verhaal") for each in parents], now)
    here = Town(stage, network, parents, now)
    async with serving(network.app(), stage.network_port):
        await here.reborn()
        try:
            async with serving(here.hear, port):
                yield here
        finally:
            await here.bot.stop()
