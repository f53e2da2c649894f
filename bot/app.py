"""Builds the bot: the only file that knows every room. Letters go web -> inbox -> desk -> outbox -> channel."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import structlog

from bot import heartbeat
from bot.booking import mornings, opening
from bot.broadcast import begin
from bot.channels import drivers
from bot.channels.base import Channel, Polls
from bot.config import Config
from bot.council import going as voting_days
from bot.desk import waits
from bot.desk.books import Books
from bot.desk.commands import commands
from bot.desk.handle import handle
from bot.desk.knock import knock
from bot.desk.pace import Pace
from bot.errors import place
from bot.gatherings import opening as gathered
from bot.inbox import receive
from bot.inbox.poll import Polling
from bot.inbox.receive import Mail
from bot.inbox.webhooks import Webhooks
from bot.model import Inbound, Receipt, Request
from bot.offers import checking
from bot.outbox import due, limits, receipts, send
from bot.outbox.postman import Postman
from bot.scheduler import daily, feasts, followups, journeys, pulse
from bot.store.database import Database, Tx
from bot.translation import machine
from bot.translation.machine import Machines
from bot.translation.work import Interpreter

log = structlog.get_logger()
T = TypeVar("T")
PATIENCE = 0.05  # seconds for which desk and outbox let a stream of webhooks go first
HEARSAY = 0.25  # seconds between two looks at a database where other processes may have laid something
RESTS = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds after one, two ... rounds of polling that failed
SAFE_TURNS = 10_000  # rounds of `settle` before something must be wrong


class Bot:
    """The bot at work: four loops (desk, outbox, machines, heartbeat) round one database."""

    def __init__(
        self,
        config: Config,
        database: Database,
        *,
        clock: Callable[[], datetime],
        channels: Mapping[str, Channel] | None = None,
        books: Books | None = None,
        machines: Machines | None = None,
    ) -> None:
        """`books`: where they have been read already."""
        self.config = config
        self.database = database
        self.clock = clock
        self.started_at = clock()
        self.channels = drivers.make(config.channels, clock) if channels is None else channels
        self.books = books or Books.read(config)
        self.catalogue = self.books.catalogue
        self.post = send.Post(config, self.catalogue, self.channels, self.books.templates, knock)
        self.commands = commands(self.catalogue, config.languages.fallback)
        self.pulse = pulse.Pulse()
        self._counter = receive.Counter(database, self._keep)
        self._beside = heartbeat.Beside()
        self._webhooks = Webhooks(self.channels, self.take, self._note_webhook)
        self._desk_wakes = asyncio.Event()
        self._post_wakes = asyncio.Event()
        self._machine_wakes = asyncio.Event()
        self.postman = Postman(database, self.post, clock, self._post_wakes.set)
        self.machines = machine.make(config) if machines is None else machines
        self._interpreter = Interpreter(database, self.machines, self.catalogue, clock, self._interpreted)
        self._tasks: list[asyncio.Task[None]] = []
        self._asking: list[asyncio.Task[None]] = []
        self._stop_ticking: Callable[[], None] | None = None
        self._stopping = False
        self._beating = asyncio.Lock()
        self._pace = Pace(database.awaited)

    # --- in
    async def receive(self, channel: str, request: Request) -> int:
        """One webhook: check, store, and only then answer with an HTTP status."""
        return await self._webhooks.receive(channel, request)

    async def take(self, mail: list[Mail]) -> None:
        """Store what came in; returns when it is committed."""
        await self._counter.take(mail)
        self._desk_wakes.set()

    def _note_webhook(self, stored: bool) -> None:
        if stored:
            self.pulse.well("webhooks")
        else:
            self.pulse.ill("webhooks", self.clock())

    def _keep(self, tx: Tx, mail: list[Mail]) -> None:
        now = self.clock()
        receive.store(tx, [each for each in mail if isinstance(each, Inbound)], now)
        receipts.apply(tx, [each for each in mail if isinstance(each, Receipt)], now)

    # --- one step of each loop
    async def read_letters(self) -> int:
        """One batch at the desk; returns how many letters were read."""
        now = self.clock()

        def work(tx: Tx) -> int:
            self._pace.begin()
            read = handle(tx, self.books, now, most=self._pace.most, is_enough=self._pace.is_enough)
            self._pace.learn(read)
            return read

        read = await self.database.write(work)
        if read:
            self._post_wakes.set()
            self._machine_wakes.set()
        return read

    async def post_letters(self) -> int:
        """One round of the outbox; returns how many rows it touched. What it sends off it does not wait for."""
        if touched := await self.postman.round():
            self._machine_wakes.set()
        return touched

    async def translate(self) -> int:
        """One round of the interpreter; returns how many texts it touched. It does not wait for the machines."""
        return await self._interpreter.round()

    def _interpreted(self) -> None:
        """A text is there in another language: a message may wait for it, and another text for its place."""
        self._post_wakes.set()
        self._machine_wakes.set()

    async def look_after_doubt(self, now: datetime) -> None:
        """Ask the providers about messages whose sender died or whose answer never came."""
        await self.postman.look(now)

    # --- time
    async def tick(self) -> None:
        """What the heartbeat does: everything that is due now is laid into the inbox."""
        await heartbeat.tick(self, self.clock())
        self.wake()

    def wake(self) -> None:
        """There is work for the desk, the outbox and the machines."""
        self._desk_wakes.set()
        self._interpreted()

    async def settle(self) -> None:
        """Read and post until nothing is left that may be done now; what waits for a later moment waits."""
        for _ in range(SAFE_TURNS):
            if not await self.read_letters() and not await self.post_letters() and not await self._landed():
                return
        raise RuntimeError("the bot does not come to rest")

    async def _landed(self) -> bool:
        """Whether anything came back, from a provider or a machine, once nothing is under way any more."""
        began = await self.translate()
        landed = await self._interpreter.landed(), await self.postman.landed()
        return bool(began) or any(landed)

    async def next_due(self) -> datetime | None:
        """The next moment at which something is due."""

        def moments(tx: Tx) -> list[datetime | None]:
            at_night = daily.next_due(tx, journeys.jobs(self.config), self.clock())
            laid = due.next_moment(tx, self.config)
            talks = [mornings.next_due(tx, self.config, self.clock()), opening.next_due(tx, self.config)]
            talks += [gathered.next_due(tx, self.config, self.clock()), voting_days.next_due(tx, self.config)]
            talks += [checking.next_due(tx), feasts.next_due(tx, self.config, self.clock())]
            return [followups.next_due(tx), waits.next_due(tx), begin.next_due(tx), laid, at_night, *talks]

        return min((moment for moment in await self.database.fetch(moments) if moment), default=None)

    # --- life
    async def start(self, *, ticking: bool = True) -> None:
        """Publish the flows, open the loops. Raises ConfigError where the database does not fit."""
        now = self.clock()
        await self.database.write(lambda tx: self.books.publish(tx, now))
        await self.database.write(lambda tx: limits.try_again(tx, self.config, now))
        self._tasks = [
            asyncio.create_task(self._loop(self.read_letters, self._desk_wakes, self._nothing), name="desk"),
            asyncio.create_task(
                self._loop(self.post_letters, self._post_wakes, self.postman.next_moment), name="outbox"
            ),
            asyncio.create_task(self._loop(self.translate, self._machine_wakes, self._nothing), name="machines"),
        ]
        if ticking:
            await self.database.write(lambda tx: heartbeat.hurry(tx, self, now))
            self._stop_ticking = heartbeat.start(self._beat, self.config.waits.tick)
            self._asking = [
                asyncio.create_task(self._poll(name, channel), name=f"poll {name}")
                for name, channel in self.channels.items()
                if isinstance(channel, Polls) and channel.polling
            ]

    async def _beat(self) -> None:
        if self._stopping:
            return
        async with self._beating:
            await self._round("tick", self.tick)
        if not self._stopping:
            self._beside.begin_due(self)

    async def _poll(self, name: str, channel: Polls) -> None:
        polling = Polling(name, channel, self.database, self.receive, self.clock, secrets.token_hex(16))
        failed = 0
        try:
            while not self._stopping:
                rest = await self._round(f"poll {name}", polling.round)
                failed = failed + 1 if rest is None else 0
                await asyncio.sleep(RESTS[min(failed, len(RESTS)) - 1] if rest is None else rest)
        finally:
            with suppress(Exception):  # else its lease runs out
                await polling.leave()

    async def _round(self, name: str, step: Callable[[], Awaitable[T]]) -> T | None:
        """One round of a loop; None where it failed: noted, and tried again."""
        try:
            done = await step()
        except Exception as error:
            self.pulse.ill(name, self.clock())
            log.error("loop_failed", step=name, error=type(error).__name__, at=place(error))
            return None
        self.pulse.well(name)
        return done

    async def _nothing(self) -> None:
        """The desk waits for letters only, and the machines for texts."""

    async def _loop(
        self, step: Callable[[], Awaitable[int]], wakes: asyncio.Event, due: Callable[[], Awaitable[datetime | None]]
    ) -> None:
        async def work() -> tuple[int, datetime | None]:
            busy = await step()
            return busy, None if busy else await due()

        while not self._stopping:
            await self._webhooks_first()
            wakes.clear()
            busy, moment = await self._round(step.__name__, work) or (0, None)
            if not busy:
                await self._nap(wakes, moment)

    async def _webhooks_first(self) -> None:
        """A provider waits for its answer, and gives up; a parent waits a moment longer. Never for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._counter.idle()

    async def _nap(self, wakes: asyncio.Event, moment: datetime | None) -> None:
        """Sleep until there is work, the moment has come, or a tick has passed."""
        longest = min(self.config.waits.tick, HEARSAY) if self.database.postgres else self.config.waits.tick
        seconds = longest if moment is None else min(longest, max(0.005, (moment - self.clock()).total_seconds()))
        with suppress(TimeoutError):
            await asyncio.wait_for(wakes.wait(), seconds)

    def failing(self) -> list[str]:
        """Which loops have not had one good round for a minute."""
        return self.pulse.failing(self.clock())

    @property
    def stopping(self) -> bool:
        """Whether it is being stopped."""
        return self._stopping

    def leave_off(self) -> None:
        """Begin nothing new; what is under way is finished."""
        if self._stopping:  # a second cancel would break off the letting go
            return
        self._stopping = True
        self._webhooks.leave_off()
        self.postman.leave_off()
        self.wake()
        for each in self._asking:  # what it was about to hear was not confirmed
            each.cancel()

    async def stop(self) -> None:
        """Finish what is under way and close everything."""
        self.leave_off()
        await self._beside.stop()
        await asyncio.gather(*self._tasks, *self._asking, self._webhooks.stop(), return_exceptions=True)
        with suppress(Exception):  # a database that is gone now: what was under way is looked after at the next start
            await self.postman.stop()
        with suppress(Exception):
            await self._interpreter.stop()
        async with self._beating:  # a scheduler that shuts down breaks off what it began
            if self._stop_ticking:
                self._stop_ticking()
            for channel in self.channels.values():
                await channel.close()
            self.database.close()
