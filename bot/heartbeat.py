"""Every timer on one page: `tick(now)` is a list of plain functions. Only here is APScheduler, a mere ticker."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.booking import mornings, opening
from bot.broadcast import begin
from bot.channels.base import Channel, Clock, Fetches, Installs, Sweeps, Templates
from bot.council import going as voting_days
from bot.desk import waits
from bot.desk.books import Books
from bot.errors import ChannelError, Throttled, Unsent, place
from bot.gatherings import opening as gathered
from bot.inbox import media
from bot.inbox.receive import Mail
from bot.inbox.sweep import FRESH, sweep
from bot.offers import checking
from bot.outbox import templates
from bot.people import absences
from bot.privacy import erase, outside, retention
from bot.scheduler import daily, feasts, followups, journeys
from bot.store import chores
from bot.store.database import Database, Tx

log = structlog.get_logger()
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LOOK = timedelta(minutes=1)  # how often we look whether an hourly chore is due
AGAIN = timedelta(minutes=5)  # after one that went wrong


class Beating(Protocol):
    """What a tick works on."""

    database: Database
    clock: Clock
    books: Books
    channels: Mapping[str, Channel]
    started_at: datetime
    commands: Mapping[str, Sequence[tuple[str, str]]]  # language -> (word, what it does)

    async def look_after_doubt(self, now: datetime) -> None:
        """Ask the providers about messages whose sender died or whose answer never came."""
        ...

    async def take(self, mail: list[Mail]) -> None:
        """Store what came in; returns when it is committed."""
        ...


# --- at every tick
async def collect_due(bot: Beating, now: datetime) -> None:
    """Timers and plans that are due become letters in the inbox, in slices: nobody waits long for the writer."""
    while await bot.database.write(lambda tx: followups.collect(tx, bot.books.almanac, now)):
        pass


async def lay_out_journeys(bot: Beating, now: datetime) -> None:
    """Once per local date and school: what its year brings in the next two weeks. A short transaction for each.

    It is looked up beforehand: nobody waits for the writer meanwhile.
    """
    books = bot.books
    if not (jobs := journeys.jobs(books.config)):
        return
    flows = {flow.name: flow for flow in books.library.flows if not flow.language}
    for job, day in (await bot.database.fetch(lambda tx: daily.due(tx, jobs, now))).items():
        look = partial(journeys.gather, almanac=books.almanac, flows=flows, journeys=books.journeys, job=job, now=now)
        try:
            found = await bot.database.fetch(look)
            await bot.database.write(partial(journeys.lay, job=job, day=day, found=found, now=now))
        except Exception as error:  # a loop: noted, and neither the other schools nor what is due wait for this one
            log.error("journeys_failed", job=job, error=type(error).__name__, at=place(error))


async def note_overdue(bot: Beating, now: datetime) -> None:
    """Answers that parents were promised and that did not come in time."""
    while await bot.database.fetch(lambda tx: waits.is_due(tx, now)):
        await bot.database.write(lambda tx: waits.collect(tx, bot.books.almanac, now))


async def begin_broadcasts(bot: Beating, now: datetime) -> None:
    """What is told to many and has waited long enough goes on its way."""
    await begin.begin_due(bot.database, bot.books, now)


async def announce_talks(bot: Beating, now: datetime) -> None:
    """Once per local date and school: colleagues hear in the morning how many talks they have."""
    await mornings.begin_due(bot.database, bot.books.config, now)


async def open_talks(bot: Beating, now: datetime) -> None:
    """Rounds of talks open and close, parents are asked to book, what was kept for somebody too long goes back."""
    await opening.begin_due(bot.database, bot.books, now)


async def open_evenings(bot: Beating, now: datetime) -> None:
    """Evenings and open days: families are asked, reminded and told, a place that nobody took goes on."""
    await gathered.begin_due(bot.database, bot.books, now)


async def let_vote(bot: Beating, now: datetime) -> None:
    """Decisions and elections open, parents are asked once, they close, and what came of them is told."""
    await voting_days.begin_due(bot.database, bot.books, now)


async def forget_people(bot: Beating, now: datetime) -> None:
    """Who asked to be forgotten is: room by room, in short transactions."""
    await erase.go_on(bot.database, bot.books.config.home, now)


async def ask_after_referrals(bot: Beating, now: datetime) -> None:
    """A week after her name was passed on to a partner a parent is asked whether somebody has called."""
    await checking.begin_due(bot.database, bot.books.config, now)


async def wish_well(bot: Beating, now: datetime) -> None:
    """Once per local date and school: a wish for who keeps a feast today, by her own choice."""
    await feasts.begin_due(bot.database, bot.books.config, now)


async def settle_doubt(bot: Beating, now: datetime) -> None:
    await bot.look_after_doubt(now)


TICK: Sequence[Callable[[Beating, datetime], Awaitable[None]]] = (
    lay_out_journeys, wish_well, announce_talks, collect_due, note_overdue, begin_broadcasts, open_talks, let_vote,
    open_evenings, forget_people, ask_after_referrals, settle_doubt,
)  # fmt: skip


async def tick(bot: Beating, now: datetime) -> None:
    """Everything that time asks for, up to `now`. Running it twice, or in two processes, changes nothing."""
    for each in TICK:
        await each(bot, now)


# --- beside the tick, by one process at a time
class Chore(NamedTuple):
    """What takes long and is done now and then. `every`: None where its rows are claimed one by one."""

    name: str
    every: timedelta | None
    work: Callable[[datetime], Awaitable[timedelta | None]]  # returns when it wants to be done again, if sooner


def all_chores(bot: Beating) -> Iterator[Chore]:
    """Everything that is done beside the tick, with these channels."""
    for name, channel in bot.channels.items():
        if isinstance(channel, Sweeps):
            yield Chore(f"sweep:{name}", HOUR, partial(_sweep, bot, name, channel))
        if isinstance(channel, Installs):
            yield Chore(f"install:{name}", DAY, partial(_install, bot, channel))
        if isinstance(channel, Templates):
            yield Chore(f"states:{name}", HOUR, partial(_states, bot, name, channel))
    if any(isinstance(channel, Fetches) for channel in bot.channels.values()):
        yield Chore("media:fetch", None, partial(_fetch, bot))
    yield Chore("media:expire", HOUR, partial(_expire, bot))
    yield Chore("retention", DAY, partial(_forget, bot))
    yield Chore("absences", DAY, partial(_forget_reasons, bot))
    yield Chore("leftovers", LOOK, partial(_forget_outside, bot))


async def _sweep(bot: Beating, name: str, channel: Sweeps, now: datetime) -> timedelta | None:
    fresh = await sweep(bot.database, name, channel, bot.take, bot.started_at, now)
    return 2 * FRESH if fresh else None


async def _states(bot: Beating, name: str, channel: Templates, now: datetime) -> None:
    """What became of the templates that wait for approval, and of those that had it."""
    states = await channel.states()
    await bot.database.write(lambda tx: templates.note_states(tx, name, states, now))


async def _install(bot: Beating, channel: Installs, _: datetime) -> None:
    """Where webhooks are to be brought, and which words the bot knows. Raises Unsent where one was not taken."""
    failed = [finding.what for finding in await channel.install(bot.commands) if not finding.ok]
    if failed:
        raise Unsent("not installed", f"refused {len(failed)} steps")


async def _fetch(bot: Beating, _: datetime) -> None:
    while await media.fetch_due(bot.database, bot.channels, bot.clock):
        pass


async def _expire(bot: Beating, now: datetime) -> None:
    while await bot.database.write(lambda tx: media.expire(tx, now)):
        pass


async def _forget(bot: Beating, now: datetime) -> timedelta:
    """What is old goes, and what ends with the school ends: every night."""
    done = await retention.forget(bot.database, bot.books.config, now)
    if done:
        log.info("forgotten", **{name.replace(" ", "_"): many for name, many in done.items()})
    return retention.next_night(now) - now


async def _forget_outside(bot: Beating, _: datetime) -> None:
    """What providers still hold of who was forgotten: a few at a time."""
    await outside.settle(bot.database, bot.channels, bot.clock)


async def _forget_reasons(bot: Beating, now: datetime) -> timedelta:
    """Why a child was not there: when the school day is over."""
    await bot.database.write(lambda tx: absences.forget_words(tx, now))
    return absences.next_over(now) - now


def hurry(tx: Tx, bot: Beating, now: datetime) -> None:
    """At a start every chore is due: while nobody listened, webhooks were lost."""
    for chore in all_chores(bot):
        chores.put_off(tx, chore.name, now)


async def do(bot: Beating, chore: Chore) -> None:
    """Do it, unless another process has done it; what goes wrong is tried again a little later."""
    now, every = bot.clock(), chore.every
    if every and not await bot.database.write(lambda tx: chores.take(tx, chore.name, every, now)):
        return
    wait: timedelta | None = AGAIN
    try:
        wait = await chore.work(now)
    except ChannelError as error:
        wait = max(AGAIN, error.wait) if isinstance(error, Throttled) else AGAIN
        log.warning("chore_put_off", chore=chore.name, error=type(error).__name__, code=error.code)
    except Exception as error:  # a loop: noted, and the others go on
        log.error("chore_failed", chore=chore.name, error=type(error).__name__, at=place(error))
    if every and wait:
        moment = now + wait
        await bot.database.write(lambda tx: chores.put_off(tx, chore.name, moment))


class Beside:
    """Work beside the loops: one at a time under each name, and none outlives the bot."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._looked: dict[str, datetime] = {}

    def begin_due(self, bot: Beating) -> None:
        """Begin every chore that may be due and is not under way."""
        now = bot.clock()
        for chore in all_chores(bot):
            since = now - self._looked.get(chore.name, now - LOOK)
            if chore.every and timedelta(0) <= since < LOOK:  # below zero: the clock was set back
                continue
            self._looked[chore.name] = now
            self.begin(chore.name, partial(do, bot, chore))

    def begin(self, name: str, work: Callable[[], Coroutine[object, object, None]]) -> None:
        """Begin this; nothing where something of that name is under way."""
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(self._run(name, work), name=name)

    async def _run(self, name: str, work: Callable[[], Coroutine[object, object, None]]) -> None:
        try:
            await work()
        except Exception as error:  # a loop: noted, and the others go on
            log.error("work_failed", work=name, error=type(error).__name__, at=place(error))
        finally:
            del self._tasks[name]

    def __len__(self) -> int:
        return len(self._tasks)

    async def stop(self) -> None:
        """Break off what is under way: each can be done again."""
        tasks = list(self._tasks.values())
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# --- the heart
def start(beat: Callable[[], Awaitable[None]], seconds: float) -> Callable[[], None]:
    """Call `beat` every so many seconds; returns the function that ends it. Our tables hold the truth, not the jobs."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a beat that finds the last one busy is no news
    scheduler = AsyncIOScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}, timezone="UTC"
    )
    scheduler.add_job(beat, "interval", seconds=seconds)
    scheduler.start()
    return lambda: scheduler.shutdown(wait=False)
