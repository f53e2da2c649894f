"""The phones' network beside a bot that only listens, to be opened as often as a test wants on the same log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bot.demo.network import Network
from bot.demo.network_hooks import Redelivery
from bot.demo.network_rules import Faults
from bot.model import Address, Choice, Outbound
from tests.fakes.bot import Listener
from tests.fakes.providers import TOKEN

ELIF = Address("whatsapp", "+31612000101")
FATIMA = Address("sms", "+31612000103")
JOY = Address("telegram", "700000107")
YESNO = (Choice("ja", "Ja"), Choice("nee", "Nee"))
_ids = count(1)


def outbound(to: Address, text: str = "Dag, hier juf Janneke.", **fields: object) -> Outbound:
    """A message of the bot with an id of its own."""
    return Outbound(**{"id": f"m-{next(_ids)}", "to": to, "text": text, **fields})  # type: ignore[arg-type]


class Phones:
    """A network on one log and one bot; `now` stands still until a test moves it."""

    def __init__(self, log: Path, bot: Listener) -> None:
        self.log = log
        self.bot = bot
        self.now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    @asynccontextmanager
    async def open(self, *, hooks: str = "", tries: int = 1000, **faults: float) -> AsyncIterator[Network]:
        """The network, from start to stop; `hooks` where it is to call elsewhere."""
        network = Network(
            self.log,
            hooks=hooks or self.bot.url,
            token=TOKEN,
            now=lambda: self.now,
            faults=Faults.parse(faults),
            redelivery=Redelivery(first=0.005, most=0.02, tries=tries),
        )
        await network.start()
        yield network
        await network.stop()


async def confirmed(network: Network, hooks: int) -> None:
    """Wait until the bot has confirmed that many webhooks, since the log began."""
    version = 0
    while network.log().count('"what":"heard"') < hooks:
        version = await network.changed(version, 10)
