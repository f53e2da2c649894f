"""Builds the bot: the only file that knows every room. Letters go web -> inbox -> desk -> outbox -> channel."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime

import structlog

from bot import heartbeat
from bot.channels import drivers
from bot.channels.base import Channel
from bot.config import Config
from bot.desk import flows
from bot.desk.books import Books
from bot.desk.handle import handle
from bot.errors import ForgedRequest, place
from bot.inbox import receive
from bot.inbox.receive import Mail
from bot.model import Inbound, Receipt, Request
from bot.outbox import queue, receipts, send
from bot.scheduler import followups
from bot.store.database import Database, Tx
from bot.translation.catalogue import Catalogue

log = structlog.get_logger()
BODY = 64 * 1024  # the largest webhook
SAFE_TURNS = 10_000  # rounds of `settle` before something must be wrong


class Bot:
    """The bot at work: three loops (desk, outbox, heartbeat) round one database."""

    def __init__(
        self,
        config: Config,
        database: Database,
        *,
        clock: Callable[[], datetime],
        channels: Mapping[str, Channel] | None = None,
    ) -> None:
        self.config = config
        self.database = database
        self.clock = clock
        self.channels = drivers.make(config.channels, clock) if channels is None else channels
        offered = config.languages
        self.catalogue = Catalogue.load(
            config.locales, offered=offered.offered, fallback=offered.fallback, send=offered.send
        )
        self.books = Books.of(config, self.catalogue, flows.read_folder(config.flows))
        self.post = send.Post(config, self.catalogue, self.channels, self.books.templates)
        self._counter = receive.Counter(database, self._keep)
        self._desk_wakes = asyncio.Event()
        self._post_wakes = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stop_ticking: Callable[[], None] | None = None
        self._stopping = False
        self._posting = asyncio.Lock()
        self._beating = asyncio.Lock()
        self._looked_at: datetime | None = None  # up to when the outbox has been looked through

    # --- in
    async def receive(self, channel: str, request: Request) -> int:
        """One webhook: check, store, and only then answer with an HTTP status."""
        driver = self.channels.get(channel)
        if driver is None:
            return 404
        if len(request.body) > BODY:
            return 413
        try:
            mail = driver.read(request)
        except ForgedRequest:
            return 403
        except ValueError:
            return 400
        if mail:
            await self._counter.take(mail)
            self._desk_wakes.set()
        return 200

    def _keep(self, tx: Tx, mail: list[Mail]) -> None:
        now = self.clock()
        receive.store(tx, [each for each in mail if isinstance(each, Inbound)], now)
        receipts.apply(tx, [each for each in mail if isinstance(each, Receipt)], now)

    # --- one step of each loop
    async def read_letters(self) -> int:
        """One batch at the desk; returns how many letters were read."""
        now = self.clock()
        read = await self.database.write(lambda tx: handle(tx, self.books, now))
        if read:
            self._post_wakes.set()
        return read

    async def post_letters(self) -> int:
        """One round of the outbox; returns how many rows it looked at."""
        async with self._posting:
            now = self._looked_at = self.clock()
            letters, looked = await self.database.write(lambda tx: send.claim(tx, self.post, now))
            await self._post(letters)
        return looked

    async def look_after_doubt(self, now: datetime) -> None:
        """Ask the providers about messages whose sender died or whose answer never came."""
        async with self._posting:
            await self._post(await self.database.write(lambda tx: send.reclaim(tx, self.post, now)))

    async def _post(self, letters: list[send.Letter]) -> None:
        if not letters:
            return
        outcomes = await send.post_all(letters, self.channels, self.clock, lambda: self._stopping)
        now = self.clock()
        await self.database.write(lambda tx: send.note(tx, self.post, outcomes, now))

    # --- time
    async def tick(self) -> None:
        """What the heartbeat does: everything that is due now is laid into the inbox."""
        await heartbeat.tick(self, self.clock())
        self._desk_wakes.set()
        self._post_wakes.set()

    async def settle(self) -> None:
        """Read and post until nothing is left that may be done now; what waits for a later moment waits."""
        for _ in range(SAFE_TURNS):
            if not await self.read_letters() and not await self.post_letters():
                return
        raise RuntimeError("the bot does not come to rest")

    async def next_due(self) -> datetime | None:
        """The next moment at which something is due."""

        def moments(tx: Tx) -> list[datetime | None]:
            return [followups.next_due(tx), queue.next_due(tx)]

        return min((moment for moment in await self.database.fetch(moments) if moment), default=None)

    # --- life
    async def start(self, *, ticking: bool = True) -> None:
        """Publish the flows, open the loops. Raises ConfigError where the database does not fit."""
        now = self.clock()
        await self.database.write(lambda tx: self.books.publish(tx, now))
        self._tasks = [
            asyncio.create_task(self._loop(self.read_letters, self._desk_wakes, self._nothing), name="desk"),
            asyncio.create_task(self._loop(self.post_letters, self._post_wakes, self._next_post), name="outbox"),
        ]
        if ticking:
            self._stop_ticking = heartbeat.start(self._beat, self.config.waits.tick)

    async def _beat(self) -> None:
        if self._stopping:
            return
        try:
            async with self._beating:
                await self.tick()
        except Exception as error:  # a loop: a database that restarts must not end the heart
            log.error("tick_failed", error=type(error).__name__, at=place(error))

    async def _nothing(self) -> None:
        """The desk waits for letters only."""

    async def _next_post(self) -> datetime | None:
        """What was due at the last look and is still here waits for something else than time."""
        return await self.database.fetch(lambda tx: queue.next_due(tx, self._looked_at))

    async def _loop(
        self, step: Callable[[], Awaitable[int]], wakes: asyncio.Event, due: Callable[[], Awaitable[datetime | None]]
    ) -> None:
        while not self._stopping:
            wakes.clear()
            try:
                busy = await step()
                moment = None if busy else await due()
            except Exception as error:  # a loop: noted, and tried again at the next tick
                log.error("loop_failed", step=step.__name__, error=type(error).__name__, at=place(error))
                busy, moment = 0, None
            if not busy:
                await self._nap(wakes, moment)

    async def _nap(self, wakes: asyncio.Event, moment: datetime | None) -> None:
        """Sleep until there is work, the moment has come, or a tick has passed."""
        longest = self.config.waits.tick
        seconds = longest if moment is None else min(longest, max(0.005, (moment - self.clock()).total_seconds()))
        with suppress(TimeoutError):
            await asyncio.wait_for(wakes.wait(), seconds)

    async def stop(self) -> None:
        """Finish what is under way and close everything."""
        self._stopping = True
        self._desk_wakes.set()
        self._post_wakes.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._beating:  # a scheduler that shuts down breaks off what it began
            if self._stop_ticking:
                self._stop_ticking()
            for channel in self.channels.values():
                await channel.close()
            self.database.close()
