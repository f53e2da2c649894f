"""Two processes by mistake, on both databases: each message leaves once, and each person reads in order."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.outbox import send
from bot.outbox.send import Letter, Outcome
from bot.store.database import Database, Tx
from tests.world import ENROLLED, JAN, KARIN, OMAR, World, opened

WORKERS, EACH = 4, 6


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as there:
        for name, who in ENROLLED.items():
            there.enrol(name, who)
        yield there


async def all_at_once(world: World, work: Callable[[Tx], Sequence[Letter]]) -> list[Letter]:
    """What workers side by side take together."""
    taken = await asyncio.gather(*(world.bot.database.write(work) for _ in range(WORKERS)))
    return [letter for letters in taken for letter in letters]


async def test_every_message_is_claimed_once_and_in_order(world: World) -> None:
    queued = {who: [world.queue(who, "reply") for _ in range(EACH)] for who in (KARIN, JAN, OMAR)}
    claimed: dict[str, list[int]] = defaultdict(list)
    while letters := await all_at_once(world, lambda tx: send.claim(tx, world.bot.post, world.clock(), most=2)[0]):
        for letter in letters:
            claimed[str(letter.message.to)].append(letter.row_id)
        done = [Outcome(letter, "sent", f"p{letter.row_id}") for letter in letters]
        with world.bot.database.begin() as tx:
            send.note(tx, world.bot.post, done, world.clock())
        world.clock.move(world.clock() + timedelta(seconds=1))
    assert claimed == {str(who): rows for who, rows in queued.items()}


async def test_a_message_in_doubt_is_looked_after_by_one(world: World) -> None:
    row_id = world.queue(KARIN)
    world.write(lambda tx: send.claim(tx, world.bot.post, world.clock()))
    world.clock.move(world.clock() + timedelta(minutes=1))
    taken = await all_at_once(world, lambda tx: send.reclaim(tx, world.bot.post, world.clock()))
    assert [(letter.row_id, letter.look) for letter in taken] == [(row_id, True)]


async def test_who_is_asked_for_patience_and_who_claims_do_not_wait_in_a_circle(world: World) -> None:
    world.queue(KARIN, "reply")
    world.queue(JAN, "reply")
    base, post = world.bot.database, world.bot.post
    letters = await base.write(lambda tx: send.claim(tx, post, world.clock())[0])
    asked = [Outcome(each, "later", wait=timedelta(minutes=1)) for each in letters if each.channel == "telegram"]
    noted = threading.Event()

    def patient(tx: Tx) -> Sequence[Letter]:
        send.note(tx, post, asked, world.clock())
        noted.set()
        time.sleep(0.2)  # the other one has begun meanwhile
        return send.claim(tx, post, world.clock())[0]

    def other(tx: Tx) -> Sequence[Letter]:
        return send.claim(tx, post, world.clock())[0]

    first = asyncio.create_task(base.write(patient))
    await asyncio.to_thread(noted.wait, 5)
    second = asyncio.create_task(base.write(other))
    assert [*await first, *await second] == []
