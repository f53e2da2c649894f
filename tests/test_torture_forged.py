"""Forged and malformed webhooks rain on a real bot with its real channels: nothing is written, and nobody waits."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.fakes.server import free_port, serving
from tests.fakes.telegram import Telegram
from tests.harness.books import quiet
from tests.harness.forged import HUNG_UP, MARK, Armoury, Shot
from tests.harness.parents import Parent, Phones, enrol, phones
from tests.harness.stage import BOT_TOKEN, FULL, TELEGRAM, TOKEN, TWILIO, Stage, until

pytestmark = pytest.mark.slow
MANY = 10_000 if FULL else 600
AT_ONCE = 24
SLOW = 5  # who sends half a body and waits
BREATHES = {"chore", "setting", "content"}  # the heartbeat writes here by itself
CHANNELS = ("sms", "whatsapp", "telegram")
# What no log may hold: secrets, people, words.
PRIVATE = (TOKEN, BOT_TOKEN, MARK, "+31612", "31612", "7000000", "Okafor", "Joy", "Traceback")


@pytest.fixture
def stage(sqlite_url: str, tmp_path: Path, ring: Ring) -> Iterator[Stage]:
    """A school without a process yet."""
    with Stage(tmp_path, sqlite_url, ring).open() as opened:
        yield opened


class Town:
    """The bot with its three real channels, and a parent on each."""

    def __init__(self, stage: Stage, hands: Phones, telegram: Telegram, parents: list[Parent]) -> None:
        self.stage, self.hands, self.telegram, self.parents = stage, hands, telegram, parents

    async def ask(self) -> float:
        """Each parent writes and gets her answer; the longest that one waited, in seconds."""
        return max([await self._ask(parent) for parent in self.parents])

    async def _ask(self, parent: Parent) -> float:
        began = time.monotonic()
        if parent.address.channel == "telegram":
            before = self._got(parent)
            await self.telegram.say(int(parent.address.value), "menu")
            await until(lambda: self._got(parent) > before, "an answer on Telegram")
        else:
            await self.hands.ask(parent, "menu")
        return time.monotonic() - began

    def _got(self, parent: Parent) -> int:
        return sum(each.who == "bot" for each in self.telegram.messages(int(parent.address.value)))

    async def at_rest(self) -> None:
        """Until nothing is under way, and all that was sent was delivered."""
        await until(lambda: quiet(self.stage.database) and self._delivered(), "the end of all work", pause=0.05)

    def _delivered(self) -> bool:
        sent = select(t.outbox.c.id).where(t.outbox.c.status == "sent", t.outbox.c.hop == 0)
        with self.stage.database.read() as tx:
            open_rows = len(tx.execute(sent).all())
        return open_rows == self._got(self.parents[-1])  # Telegram says nothing of what arrives


@asynccontextmanager
async def town(stage: Stage) -> AsyncIterator[Town]:
    """Everything is there, and everybody has been answered once."""
    with stage.database.begin() as tx:
        parents = enrol(tx, len(CHANNELS), datetime.now(UTC), channels=CHANNELS)
    port = free_port()
    more = (
        f'[channels.telegram]\ndriver = "telegram"\napi = "http://127.0.0.1:{port}"\nsender = "DeBrugBot"\nrate = 1e5'
    )
    stage.provider = replace(TWILIO, more=more, tokens=TELEGRAM.tokens)
    hooks = f"{stage.bot_url(0)}/hooks/telegram"
    telegram = Telegram(stage.home / "telegram.jsonl", token=BOT_TOKEN, hooks=hooks, secret=TOKEN)
    async with serving(telegram.app(), port), phones(stage) as hands:
        await stage.open_bot()
        here = Town(stage, hands, telegram, parents)
        await here.ask()
        await here.at_rest()
        yield here


@pytest.fixture
def armoury(stage: Stage) -> Armoury:
    return Armoury(stage.bot_url(0), TOKEN, TOKEN, seed=20261122)


async def test_forged_and_malformed_webhooks_write_nothing(stage: Stage, armoury: Armoury) -> None:
    began = time.monotonic()
    async with town(stage) as here:
        before = written(stage.database)
        wrong: list[str] = []
        answered: Counter[int] = Counter()
        async with waiting(stage):
            waiting_shots = armoury.shots(MANY)
            await asyncio.gather(*(fire(stage, waiting_shots, wrong, answered) for _ in range(AT_ONCE)))
            assert not wrong, "\n".join([f"{len(wrong)} wrong:", *wrong[:20]])
            assert written(stage.database) == before
            took = await here.ask()
        assert took < 1.0, f"a true message waited {took:.2f} seconds"
    complaints = stage.complaints("bot-0")
    assert [each for each in PRIVATE if each in complaints] == []
    print(f"{MANY} forged webhooks, {time.monotonic() - began:.0f} seconds, {dict(answered)}")


async def fire(stage: Stage, shots: Iterator[Shot], wrong: list[str], answered: Counter[int]) -> None:
    """Send what is left, one after the other."""
    for shot in shots:
        status, head = await send(stage, shot)
        answered[status] += 1
        if status not in shot.allowed or MARK.encode() in head:
            wrong.append(f"{shot.what}: {status} after {shot.data[:200]!r}")


async def send(stage: Stage, shot: Shot) -> tuple[int, bytes]:
    """The status of the answer, and what came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(stage.bot_url(0)).port)
    head = b""
    try:
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(shot.patience):
                writer.write(shot.data)
                await writer.drain()
                head = await reader.read(4096)
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()
    status = head[9:12] if head.startswith(b"HTTP/1.1 ") else b"0"
    return int(status), head


@asynccontextmanager
async def waiting(stage: Stage) -> AsyncIterator[None]:
    """Some send half a body, and are still there; in `make torture` until they are told that it takes too long."""
    half = b"POST /hooks/sms HTTP/1.1\r\nHost: bot.example\r\nContent-Length: 1000\r\n\r\nBody=hal"
    shots = [Shot("slow", half, frozenset({408, HUNG_UP}), 20) for _ in range(SLOW)]
    tasks = [asyncio.create_task(send(stage, shot)) for shot in shots]
    yield
    if FULL:
        assert {status for status, _ in await asyncio.gather(*tasks)} <= {408, HUNG_UP}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def written(database: Database) -> Mapping[str, tuple[int, str]]:
    """How many rows each table has, and a digest of what stands in them."""
    found = {}
    with database.read() as tx:
        for table in t.metadata.sorted_tables:
            rows = sorted(repr(tuple(row)) for row in tx.execute(select(table)))
            digest = hashlib.sha256("\n".join(rows).encode()).hexdigest()
            found[table.name] = (len(rows), "" if table.name in BREATHES else digest)
    return found
