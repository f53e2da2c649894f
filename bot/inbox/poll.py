"""Long polling, for where no provider can call us: what comes is stored first, and only then confirmed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.channels.base import Clock, Polls
from bot.errors import Throttled, Unsent
from bot.model import Request
from bot.store import chores
from bot.store.database import Database

log = structlog.get_logger()
LEASE = timedelta(seconds=50)  # a process that dies is followed by another within a minute
ASKING = 40.0  # seconds: an answer that comes later might no longer be ours to confirm
LOOK = 5.0  # seconds between two looks whether another process still asks


@dataclass(slots=True)
class Polling:
    """The asking of one channel by this process. `receive` stores one request and returns an HTTP status."""

    name: str
    channel: Polls
    database: Database
    receive: Callable[[str, Request], Awaitable[int]]
    clock: Clock
    token: str
    offset: int = 0

    async def round(self) -> float:
        """Ask once, where it is ours to ask; returns the seconds to rest. Raises where nothing may be confirmed."""
        now = self.clock()
        if not await self.database.write(lambda tx: chores.hold(tx, self._chore, self.token, LEASE, now)):
            self.offset = 0  # whoever asks now confirms for itself
            return LOOK
        try:
            async with asyncio.timeout(ASKING):
                requests, ahead = await self.channel.poll(self.offset)
        except Throttled as error:
            return max(1.0, error.wait.total_seconds())
        statuses = await asyncio.gather(*(self.receive(self.name, request) for request in requests))
        if any(status >= 500 for status in statuses):
            raise Unsent(f"{self.name}: what came could not be stored")
        for status in statuses:
            if status >= 400:  # it would come again for ever
                log.warning("update_passed_over", channel=self.name, status=status)
        self.offset = ahead
        return 0.0

    async def leave(self) -> None:
        """Let another process ask, at once."""
        now = self.clock()
        await self.database.write(lambda tx: chores.release(tx, self._chore, self.token, now))

    @property
    def _chore(self) -> str:
        return f"poll:{self.name}"
