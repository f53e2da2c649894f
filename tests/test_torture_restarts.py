"""The database is restarted every few seconds, or bots are told to stop, while parents write: nothing gets lost."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.books import balance, statuses, until_quiet
from tests.harness.parents import Parent, Phones, enrol, phones
from tests.harness.stage import FULL, TWILIO, Process, Stage, all_of, until
from tests.harness.trouble import Server, Trouble, server

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
PARENTS, RESTARTS, STOPS = (60, 100, 50) if FULL else (16, 3, 3)
RECOVERS = 10  # seconds


@pytest.fixture
def fragile(ring: Ring, postgres_server: Callable[[str], str]) -> Iterator[Server]:
    """A PostgreSQL of this test alone."""
    with server(ring) as running:
        yield running


@dataclass
class Crowd:
    """Parents who write, each as soon as she was answered, until they are told to stop."""

    phones: Phones
    parents: list[Parent]
    tired: bool = False

    async def write(self, parent: Parent) -> None:
        while not self.tired:
            await self.phones.ask(parent, "menu")


async def healthy(stage: Stage, number: int) -> None:
    """Wait until this bot says that it is well."""
    async with httpx.AsyncClient() as http, asyncio.timeout(RECOVERS):
        while True:
            try:
                if (await http.get(f"{stage.bot_url(number)}/health")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def test_a_database_that_is_restarted_every_few_seconds(fragile: Server, tmp_path: Path, ring: Ring) -> None:
    began = time.monotonic()
    dice = random.Random(20261126)
    with Stage(tmp_path, fragile.url, ring, provider=TWILIO).open() as stage:
        with stage.database.begin() as tx:
            parents = enrol(tx, PARENTS, datetime.now(UTC), channels=tuple(TWILIO.channels))
        async with phones(stage) as hands:
            bots = [await stage.open_bot(number) for number in (0, 1)]
            crowd = Crowd(hands, parents)

            async def restart() -> None:
                for _ in range(RESTARTS):
                    await asyncio.sleep(dice.uniform(1.5, 2.5))
                    before = len(hands.log.confirmed)
                    await fragile.restart()
                    await all_of(healthy(stage, number) for number in (0, 1))
                    await hands.log.shows(lambda: len(hands.log.confirmed) > before, "a webhook after the restart")  # noqa: B023
                crowd.tired = True

            await all_of([restart(), *(crowd.write(parent) for parent in parents)])
            await finish(stage, fragile.url, hands, parents)
        assert all(bot.alive for bot in bots), "a process died of its database"
        print(f"{RESTARTS} restarts, {len(hands.log.said)} messages, {time.monotonic() - began:.0f} seconds")


async def finish(stage: Stage, url: str, hands: Phones, parents: list[Parent]) -> None:
    """Whatever is under way comes to its end, and the books balance."""
    stage.database.close()  # its connections are those of before the restart
    stage.database = Database(url, stage.ring, readers=1)
    await until_quiet(stage.database, hands.log)
    balance(stage.database, hands.log, parents)


async def test_bots_are_told_to_stop_while_parents_write(postgres_url: str, tmp_path: Path, ring: Ring) -> None:
    """Each ends well and in time; what it had in hand is finished, and the other goes on."""
    began = time.monotonic()
    with Stage(tmp_path, postgres_url, ring, provider=TWILIO).open() as stage:
        with stage.database.begin() as tx:
            parents = enrol(tx, PARENTS, datetime.now(UTC), channels=tuple(TWILIO.channels))
        async with phones(stage) as hands:
            trouble = Trouble.start(stage, hands, 2)
            crowd = Crowd(hands, parents)

            async def stop() -> None:
                await trouble.stop(STOPS)
                crowd.tired = True

            await all_of([stop(), *(crowd.write(parent) for parent in parents)])
            await finish(stage, postgres_url, hands, parents)
        print(f"{STOPS} stops, {len(hands.log.said)} messages, {time.monotonic() - began:.0f} seconds")


async def test_nothing_is_left_half_sent_by_a_stop(postgres_url: str, tmp_path: Path, ring: Ring) -> None:
    """One bot alone: when it has ended nothing is under way any more, and nothing that waited was begun."""
    with Stage(tmp_path, postgres_url, ring, provider=TWILIO).open() as stage:
        with stage.database.begin() as tx:
            parents = enrol(tx, PARENTS, datetime.now(UTC), channels=tuple(TWILIO.channels))
        async with phones(stage, late=0.5, late_by=0.5) as hands:
            trouble = Trouble.start(stage, hands, 1)
            crowd = Crowd(hands, parents)
            writing = [asyncio.create_task(crowd.write(parent)) for parent in parents]
            bot: Process = trouble.bots[0]
            await until(lambda: statuses(stage.database)["sending"] > 0 and bot.alive, "a message under way")
            await trouble.stop(1, pause=0)
            trouble.bots[0].kill()  # the next one, which has not begun
            assert statuses(stage.database)["sending"] == 0
            trouble.bots[0] = stage.start_bot(0)
            crowd.tired = True
            await asyncio.gather(*writing)
            await finish(stage, postgres_url, hands, parents)
