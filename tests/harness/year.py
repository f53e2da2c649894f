"""A simulated school year over the real bot: parents, teachers and troubles by one seed, from due moment to due moment.

`python -m tests.harness.year 17 18` plays seeds and says what broke.
"""

import asyncio
import gc
import heapq
import itertools
import os
import pickle
import random
import sqlite3
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from structlog.testing import capture_logs

from bot.app import Bot
from bot.desk.books import Books
from bot.model import Address, Inbound, Outbound, Receipt
from bot.outbox import limits
from bot.outbox.queue import load_parts
from bot.scheduler import daily, journeys
from bot.scheduler.almanac import Almanac
from bot.store import schema
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests.harness import year_people
from tests.harness.invariants import Watch
from tests.harness.year_scenes import SCENES, Scene, wall
from tests.harness.year_world import (
    A_MS,
    EPOCH,
    FAMILIES,
    HOME,
    Clock,
    Family,
    Straight,
    Taken,
    furnish,
    make_lines,
    ms,
    settings,
)

FIRST, LAST = datetime(2026, 8, 24, tzinfo=UTC), datetime(2027, 7, 31, 22, tzinfo=UTC)
CHANGES = (datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC))  # when the clocks are changed
WEEKS, WEEK = 2, timedelta(weeks=1)
WHOLE = 40  # one seed in so many plays the whole year
WITH_JOURNEYS = 4  # in one seed of so many the schools have journeys
RESTS = 3  # after so many steps the whole house is looked at
EXPECTED = ("message_refused", "channel_refuses_us", "channel_rests")  # what a provider does is no error of ours
MOST = 20_000  # steps of a play
PREPARED = "YEAR_PREPARED"  # where a process finds what is shared
REMEMBERED = 30  # events that a failure shows
# What is asked at every moment, put as SQLite wants it: nine times of ten it finds nothing.
UNREAD = "SELECT 1 FROM inbox WHERE state = 'waiting' LIMIT 1"
LEAVES = "SELECT 1 FROM outbox WHERE status = 'queued' AND due_at <= :now LIMIT 1"
TIMERS = """
    SELECT EXISTS (SELECT 1 FROM run WHERE due_at IS NOT NULL AND due_at <= :now)
        OR EXISTS (SELECT 1 FROM followup WHERE state = 'waiting' AND due_at <= :now)
"""
DOUBTS = "SELECT 1 FROM outbox WHERE status = 'sending' AND lease_until <= :now LIMIT 1"
NEXT = """
    SELECT min(moment) FROM (
        SELECT min(due_at) AS moment FROM run WHERE due_at IS NOT NULL AND due_at > :now
        UNION ALL SELECT min(due_at) FROM followup WHERE state = 'waiting' AND due_at > :now
        UNION ALL SELECT min(due_at) FROM outbox WHERE status = 'queued' AND due_at > :now
        UNION ALL SELECT min(lease_until) FROM outbox WHERE status = 'sending' AND lease_until > :now
        UNION ALL SELECT min(next_at) FROM limiter WHERE next_at > :now
            AND EXISTS (SELECT 1 FROM outbox WHERE status = 'queued' AND lane <> '')
    )
"""


class BrokenError(AssertionError):
    """A promise was broken; says by which seed, how to see it again, and what came before."""


class Event(NamedTuple):
    """Something that happens to the bot."""

    at: datetime
    turn: int  # of two at once, the first that was laid
    what: str
    who: Family | None = None
    message: Inbound | None = None
    number: int = 0  # of a run, or a talk
    about: str = ""
    work: Callable[[Tx], object] | None = None


@cache
def shared() -> tuple[Sequence[Books], Ring, bytes]:
    """Made once in a process: settings, words and flows, without and with journeys; the keys; a database with all
    families, as a file's bytes. Or what another process has prepared."""
    if ready := os.environ.get(PREPARED):
        both, keys, content = pickle.loads(Path(ready).read_bytes())
        gc.freeze()
        return both, Ring.parse(keys), content
    with tempfile.TemporaryDirectory(prefix="ouderbrug-year-") as folder:
        home = Path(folder)
        plain = Books.read(settings(home, journeys=False))
        config = settings(home, journeys=True)
        both = plain, replace(plain, config=config, almanac=Almanac.load(config))
        ring = Ring.make()
        return both, ring, _furnished(home / "furnished.db", home, ring, plain)


def prepare(path: Path) -> Path:
    """Write down what all share, for processes that are told where it lies."""
    both, ring, content = shared()
    path.write_bytes(pickle.dumps((both, str(ring), content)))
    return path


def _furnished(path: Path, home: Path, ring: Ring, books: Books) -> bytes:
    database = Database(f"sqlite:///{path}", ring, readers=1)
    schema.prepare(database)
    with database.begin() as tx:
        furnish(tx, home)
        books.publish(tx, FIRST)
    database.close()
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode=DELETE")  # else it cannot be opened in memory
        content = file.serialize()
    gc.freeze()  # none of what was read is ever looked through again
    return content


def dice_of(seed: int) -> random.Random:
    """All that is left to chance in a play."""
    return random.Random(seed)


def span_of(seed: int, dice: random.Random) -> tuple[datetime, datetime]:
    """When a seed plays: the whole year, weeks round a change of the clocks, or any other weeks."""
    if seed % WHOLE == 0:
        return FIRST, LAST
    long = WEEKS * WEEK
    if seed % 3:
        start = CHANGES[seed % 3 - 1] - timedelta(hours=dice.randrange(24 * 7 * (WEEKS - 1)))
    else:
        start = FIRST + timedelta(hours=dice.randrange((LAST - FIRST - long) // timedelta(hours=1)))
    return start, min(start + long, LAST)


class Year:
    """One seed, or one scene, being played."""

    def __init__(self, what: int | Scene) -> None:
        self.scene = what if isinstance(what, Scene) else None
        seed = what if isinstance(what, int) else 1
        self.dice = dice_of(seed)
        self.steps = 0
        both, ring, furnished = shared()
        with_journeys = seed % WITH_JOURNEYS == 0 and seed % (2 * WHOLE) != WHOLE
        self.books = both[self.scene.journeys if self.scene else with_journeys]
        self.config = self.books.config
        self.database = Straight(furnished, ring)
        self.start, self.until = span_of(seed, self.dice)
        if self.scene:
            self.start, self.until = wall(self.scene.first), wall(self.scene.last)
        self.clock = Clock(self.start)
        self.lines = make_lines(self.clock, self.dice, self._left)
        self.families = [*FAMILIES] if self.scene else self.dice.sample(FAMILIES, self.dice.randint(1, 3))
        for line in self.lines.values():
            line.calm = self.scene is not None
        self.log: deque[str] = deque(maxlen=REMEMBERED)
        self._numbers = itertools.count(1)
        self._events: list[Event] = []
        self.watch = Watch(self)
        self.bot = self._new_bot()
        self._taken: list[Taken] = []
        self._receipts: list[tuple[datetime, Receipt]] = []
        self._broken: list[AssertionError] = []
        self._nightly = self._next_night()
        self.script = self.scene.write if self.scene else year_people.write_script
        self.complaints: Sequence[Mapping[str, object]] = []  # what the bot wrote into its log

    def note(self, what: str) -> None:
        """Remember what happened, in the time of the school."""
        self.log.append(f"{self.clock().astimezone(HOME):%a %d %b %H:%M:%S} {what}")

    def _new_bot(self) -> Bot:
        bot = Bot(self.config, self.database, clock=self.clock, channels=self.lines, books=self.books)
        with self.database.begin() as tx:
            self.books.publish(tx, self.clock())
            limits.try_again(tx, self.config, self.clock())
        return bot

    def run(self) -> None:
        """Play it from beginning to end."""
        with capture_logs() as self.complaints:
            asyncio.run(self.play())

    # --- what is to happen
    def plan(self, at: datetime, what: str, who: Family | None = None, **more: object) -> None:
        """Lay an event ready."""
        at -= timedelta(microseconds=at.microsecond % 1000)  # as the database keeps it
        if at <= self.until:
            heapq.heappush(self._events, Event(at, next(self._numbers), what, who, **more))  # type: ignore[arg-type]

    def says(
        self, at: datetime, who: Family, text: str = "", choice: str = "", ours: str = "", run: int = 0, about: str = ""
    ) -> None:
        """She will write, or tap."""
        number = next(self._numbers)
        kind = "choice" if choice else "text"
        message = Inbound(f"in-{number}", self.address(who), text, choice, ours, kind)
        self.plan(at, "says", who, message=message, number=run, about=about)

    def address(self, who: Family) -> Address:
        """Where she writes today: nearly always from the same phone."""
        return who.address if self.scene else self.dice.choice([who.address] * 9 + [*who.more, who.address][:1])

    # --- what leaves
    def _left(self, taken: Taken) -> None:
        self._taken.append(taken)
        try:
            self.watch.left(taken)
        except AssertionError as error:  # the bot survives whatever a line does: it is kept for `turn`
            self._broken.append(error)

    def _react(self) -> None:
        """She reads what reached her, and answers some of it; the providers have news."""
        for line in self.lines.values():
            self._receipts += line.receipts
            line.receipts.clear()
        read, self._taken = self._taken, []
        for taken in read:
            who = next((each for each in self.families if taken.message.to in (each.address, *each.more)), None)
            if who and taken.reaches_at and not self.scene and self.dice.random() < 0.7:
                self._answer(who, taken.message, taken.reaches_at)

    def _answer(self, who: Family, message: Outbound, at: datetime) -> None:
        with self.database.read() as tx:
            row_id = int(message.id.partition("-")[0])
            row = tx.execute(select(*t.outbox.c["parts", "run_id"]).where(t.outbox.c.id == row_id)).one()
            _, ask, kind, shown = load_parts(tx.open("outbox.parts", row.parts))
        if not ask:
            return
        later = at + timedelta(seconds=self.dice.choice([20, 200, 3000, 30_000, 100_000]))
        if self.dice.random() < 0.15:  # at the very moment at which she would be asked again
            later = self.clock() + timedelta(days=1)
        text, choice = year_people.answer(self.dice, kind, [each[0] for each in shown or ()], later)
        if choice and message.layout != "plain":
            self.says(later, who, choice=choice, ours=message.id, run=row.run_id)
        else:
            self.says(later, who, text, run=row.run_id)

    # --- time
    async def play(self) -> None:
        """From due moment to due moment, until the time is over and everything had its chance."""
        self.script(self)
        while True:
            self.steps += 1
            assert self.steps < MOST, "the bot does not come to rest"
            moment = min([*filter(None, [self.database.ask(NEXT, now=ms(self.clock()))]), ms(self.until)])
            moment = min(
                [moment, *map(ms, filter(None, [self._events[0].at if self._events else None, self._nightly]))]
            )
            if moment >= ms(self.until):
                break
            self.clock.move(EPOCH + moment * A_MS)
            while self._events and self._events[0].at <= self.clock():
                await year_people.happens(self, heapq.heappop(self._events))
            if self.steps % RESTS == 0:
                await self.bring_receipts()
            await self.turn()
        self.clock.move(self.until)
        await self.turn()
        self.watch.rests()
        await self.watch.end()

    async def bring_receipts(self) -> None:
        """Providers tell of what became of messages when something else happens, too: the bot acts on none of them."""
        now = self.clock()
        due = sorted((each for each in self._receipts if each[0] <= now), key=lambda each: each[0])
        if due:
            self._receipts = [each for each in self._receipts if each[0] > now]
            await self.bot.take([receipt for _, receipt in due])

    async def turn(self) -> None:
        """The bot does what can be done now: its loops go round only where there is something for them."""
        self.database.begun = 0
        now = self.clock()
        doubt = self.database.ask(DOUBTS, now=ms(now))
        while True:
            due = self.database.ask(TIMERS, now=ms(now)) or (self._nightly is not None and self._nightly <= now)
            if due or doubt:
                await self.bot.tick()
                self._nightly = self._next_night()
            await self._settle()
            if not due:
                break
            doubt = False
        self._react()
        if self._broken:
            raise self._broken[0]
        wrong = [each for each in self.complaints if each["log_level"] == "error" and each["event"] not in EXPECTED]
        assert not wrong, f"the bot complained: {wrong}"
        if self.scene or self.steps % RESTS == 0:
            self.watch.rests()

    def _next_night(self) -> datetime | None:
        """When the work of the day is due."""
        with self.database.read() as tx:
            return daily.next_due(tx, journeys.jobs(self.config), self.clock())

    async def _settle(self) -> None:
        """As Bot.settle; but a loop goes round only where it can find something."""
        landed = False
        while True:
            read = await self.bot.read_letters() if self.database.ask(UNREAD) else 0
            leaves = landed or self.database.ask(LEAVES, now=ms(self.clock()))
            posted = await self.bot.post_letters() if leaves else 0
            landed = await self.bot.postman.landed()
            if not (read or posted or landed):
                return

    async def die(self, how: str) -> None:
        """The process is killed in the middle of sending; another takes its place."""
        self.note(f"the bot dies {how} the provider took its letters")
        for line in self.lines.values():
            line.dead = how
        await self.bot.tick()
        while await self.bot.read_letters():
            pass
        await self.bot.post_letters()
        for _ in range(20):
            await asyncio.sleep(0)  # what it has sent off arrives; nobody writes it down
        for line in self.lines.values():
            line.dead = ""
        self.restart()

    def restart(self) -> None:
        """A new process on the same database."""
        self.note("the bot starts again")
        self.bot = self._new_bot()

    def close(self) -> None:
        self.database.close()


@contextmanager
def opened(what: int | str) -> Iterator[Year]:
    """A seed, or a scene by its name, ready to be played."""
    year = Year(what if isinstance(what, int) else SCENES[what])
    try:
        yield year
    finally:
        year.close()


def play(these: Sequence[int | str]) -> None:
    """Play these seeds and scenes. Raises BrokenError for the first that breaks a promise."""
    for each in these:
        with opened(each) as year:
            try:
                year.run()
            except Exception as error:
                story = "\n".join(year.log)
                again = f"python -m tests.harness.year {each}"
                raise BrokenError(f"{story}\n\n{each}: {type(error).__name__}: {error}\nagain: {again}") from error


if __name__ == "__main__":
    try:
        play([int(each) if each.isdecimal() else each for each in sys.argv[1:]])
    except BrokenError as broken:
        print(broken)
        sys.exit(1)
