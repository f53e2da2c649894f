"""Stops under load: in time, with nothing half done; and a machine that sleeps does nothing when it wakes up."""

import asyncio
import itertools
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.books import balance, lost, statuses, until_quiet
from tests.harness.parents import Parent, Phones, enrol, phones
from tests.harness.stage import FULL, Process, Stage, all_of

pytestmark = pytest.mark.slow
STOPS = 10 if FULL else 2
PARENTS = 100 if FULL else 30


@pytest.fixture
def stage(tmp_path: Path, database_url: str, ring: Ring) -> Iterator[Stage]:
    """A school on each engine in turn, without a process yet."""
    with Stage(tmp_path, database_url, ring).open() as opened:
        yield opened


@dataclass
class Crowd:
    """Parents who write without end, until they are told to stop."""

    phones: Phones
    parents: list[Parent]
    tired: bool = False

    async def write(self, parent: Parent) -> None:
        for number in itertools.count():
            if self.tired:
                return
            await self.phones.ask(parent, f"verhaal nummer {number}")

    async def load(self) -> None:
        """Wait until some of their messages went through."""
        log, before = self.phones.log, len(self.phones.log.confirmed)
        await log.shows(lambda: len(log.confirmed) > before + 20, "some load")


async def test_sigterm_under_load(stage: Stage) -> None:
    """It ends in time, with exit code 0, without a complaint, and with nothing half done."""
    database = stage.database
    with database.begin() as tx:
        parents = enrol(tx, PARENTS, datetime.now(UTC))
    async with phones(stage, late=0.3, late_by=0.5) as hands:
        crowd = Crowd(hands, parents)
        await all_of([stop_often(stage, database, crowd), *map(crowd.write, parents)])
        await until_quiet(database, hands.log)
        balance(database, hands.log, parents)
    assert stage.complaints("bot-0") == ""


async def stop_often(stage: Stage, database: Database, crowd: Crowd) -> None:
    for _ in range(STOPS):
        bot = await stage.open_bot()
        await crowd.load()
        await stop(bot)
        crowd.phones.log.read()
        assert not lost(database, crowd.phones.log)
        assert "sending" not in statuses(database), "a message was under way when the bot ended"
    crowd.tired = True
    await stage.open_bot()


async def stop(bot: Process) -> None:
    began = time.monotonic()
    bot.send(signal.SIGTERM)
    assert await bot.ended(40) == 0
    assert time.monotonic() - began < 30


@pytest.mark.postgres
async def test_a_machine_that_slept(tmp_path: Path, postgres_url: str, ring: Ring) -> None:
    """One of two bots is stopped like a virtual machine, longer than its letters are its own; then it goes on.

    Not as long as `resend`: what it was putting on the wire in that very millisecond then goes out twice, and no
    provider could tell.
    """
    waits = {"tick": 0.1, "lease": 1.0, "settle": 0.3, "resend": 5.0, "retry": 0.1}
    with Stage(tmp_path, postgres_url, ring, waits).open() as stage:
        with stage.database.begin() as tx:
            parents = enrol(tx, PARENTS, datetime.now(UTC))
        async with phones(stage) as hands:
            crowd = Crowd(hands, parents)
            bots = [await stage.open_bot(number) for number in range(2)]
            await all_of([sleep_often(bots[1], crowd), *map(crowd.write, parents)])
            await until_quiet(stage.database, hands.log)
            balance(stage.database, hands.log, parents)


async def sleep_often(bot: Process, crowd: Crowd) -> None:
    for _ in range(STOPS // 2):
        await crowd.load()
        bot.send(signal.SIGSTOP)
        await asyncio.sleep(2.5)  # what it had in hand is now someone else's
        bot.send(signal.SIGCONT)
    crowd.tired = True
