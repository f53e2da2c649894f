"""Every timer on one page: `tick(now)` is a list of plain functions. Only here is APScheduler, a mere ticker."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.scheduler import followups
from bot.store.database import Database


class Beating(Protocol):
    """What a tick works on."""

    database: Database

    async def look_after_doubt(self, now: datetime) -> None:
        """Ask the providers about messages whose sender died or whose answer never came."""
        ...


async def collect_due(bot: Beating, now: datetime) -> None:
    """Timers and plans that are due become letters in the inbox, in slices: nobody waits long for the writer."""
    while await bot.database.write(lambda tx: followups.collect(tx, now)):
        pass


async def settle_doubt(bot: Beating, now: datetime) -> None:
    await bot.look_after_doubt(now)


TICK: Sequence[Callable[[Beating, datetime], Awaitable[None]]] = (collect_due, settle_doubt)


async def tick(bot: Beating, now: datetime) -> None:
    """Everything that time asks for, up to `now`. Running it twice, or in two processes, changes nothing."""
    for each in TICK:
        await each(bot, now)


def start(beat: Callable[[], Awaitable[None]], seconds: float) -> Callable[[], None]:
    """Call `beat` every so many seconds; returns the function that ends it. Our tables hold the truth, not the jobs."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a beat that finds the last one busy is no news
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}, timezone="UTC"
    )
    scheduler.add_job(beat, "interval", seconds=seconds)
    scheduler.start()
    return lambda: scheduler.shutdown(wait=False)
