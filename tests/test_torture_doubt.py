"""Dead senders and doubt: what was under way is settled by looking at the network, never by sending blindly."""

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import Bot
from bot.inbox import receive
from bot.model import Inbound, Part, Receipt, Status, Value
from bot.outbox import queue, receipts, send
from bot.outbox.queue import Draft
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.books import statuses
from tests.harness.parents import Parent, enrol
from tests.harness.stage import FULL, SCHOOL, Stage
from tests.harness.town import town

pytestmark = pytest.mark.slow


@pytest.fixture
def stage(tmp_path: Path, database_url: str, ring: Ring) -> Iterator[Stage]:
    """A school on each engine in turn."""
    with Stage(tmp_path, database_url, ring).open() as opened:
        yield opened


@pytest.mark.parametrize("posted", [False, True], ids=["before it posts", "after it posts"])
async def test_a_sender_that_dies(stage: Stage, posted: bool) -> None:
    """Its letters wait for their lease; then the network is asked: what it has is sent, the rest goes again, once."""
    async with town(stage, 5, deaf=True) as here:
        await here.read()
        letters = await here.claim()
        if posted:
            await send.post_all(letters, here.bot.channels, lambda: here.now, lambda: False)
        await here.reborn()
        await here.later(seconds=20)
        assert statuses(here.bot.database) == {"sending": 5}, "somebody touched letters that another one has in hand"
        await here.later(seconds=20)
        assert statuses(here.bot.database) == {"sent" if posted else "sending": 5}
        await here.later(minutes=11)
        assert statuses(here.bot.database) == {"sent": 5}
        for parent in here.parents:
            assert here.arrived(parent) == here.ours(parent)


DOUBTS = ("error_before", "error_after", "cut_before", "cut_after")
MIXES = [dict.fromkeys(DOUBTS, 0.15), *({fault: 0.5} for fault in DOUBTS if FULL)]


@pytest.mark.parametrize("deaf", [False, True], ids=["hearing", "deaf"])
@pytest.mark.parametrize("faults", MIXES, ids="-".join)
async def test_nobody_knows_whether_it_arrived(stage: Stage, faults: Mapping[str, float], deaf: bool) -> None:
    """Half of all answers are wrong: neither lost nor doubled, with receipts and without."""
    async with town(stage, 20, deaf=deaf, faults={"seed": 3, **faults}) as here:
        await here.settled()
        for parent in here.parents:
            assert here.arrived(parent) == here.ours(parent)


async def test_a_message_of_several_pieces(stage: Stage) -> None:
    """Each piece once and in order, whatever becomes of the answers and the bot, and what comes after it waits."""
    async with town(stage, 5, faults={"seed": 5, **dict.fromkeys(DOUBTS, 0.2)}) as here:
        with here.bot.database.begin() as tx:
            queue.put(tx, [long(parent) for parent in here.parents], here.now)
        await here.read()
        for _ in range(5):
            await here.claim()
            await here.reborn()
            await here.later(minutes=1)
        await here.settled()
        for parent in here.parents:
            assert len(here.ours(parent)) == 4
            assert here.arrived(parent) == here.ours(parent)


def long(parent: Parent) -> Draft:
    """An answer of the school that needs three messages on SMS."""
    words = Value("text", " ".join(f"woord{number}" for number in range(450)))
    name = Value("name", "juf Janneke")
    part = Part("draad.antwoord", {"tekst": words, "leerkracht": name})
    return Draft(parent.contact_id, "reply", "school", SCHOOL, parts=[part])


async def test_a_sender_that_slept(stage: Stage) -> None:
    """It wakes up with letters in its hand that have become somebody else's: it sends none of them."""
    async with town(stage, 5, deaf=True) as here:
        await here.read()
        letters = await here.claim()
        await here.later(seconds=31)
        await here.later(minutes=11)
        assert statuses(here.bot.database) == {"sent": 5}
        outcomes = await send.post_all(letters, here.bot.channels, lambda: here.now, lambda: False)
        with here.bot.database.begin() as tx:
            send.note(tx, here.bot.post, outcomes, here.now)
        assert statuses(here.bot.database) == {"sent": 5}
        for parent in here.parents:
            assert here.arrived(parent) == here.ours(parent)


async def test_what_was_put_off_keeps_its_place(stage: Stage) -> None:
    """The bot is stopped before it posts; the new one has an answer to her next message before it may try again."""
    async with town(stage, 3) as here:
        await here.read()
        outcomes = await send.post_all(await here.claim(), here.bot.channels, lambda: here.now, lambda: True)
        with here.bot.database.begin() as tx:
            send.note(tx, here.bot.post, outcomes, here.now)
            receive.store(tx, [Inbound(f"n{each.number}", each.address, "menu") for each in here.parents], here.now)
        await here.reborn()
        await here.later(seconds=1)
        assert [here.arrived(parent) for parent in here.parents] == [[], [], []]
        await here.settled()
        for parent in here.parents:
            assert len(here.ours(parent)) == 2
            assert here.arrived(parent) == here.ours(parent)


async def test_a_letter_that_waits_for_another_costs_no_work(stage: Stage) -> None:
    """Her second letter is due, and waits for the first that is under way: the outbox does not look all the time."""

    class Watched(Bot):
        rounds = 0

        async def post_letters(self) -> int:
            self.rounds += 1
            return await super().post_letters()

    async with town(stage, 1) as here:
        await here.read()
        await here.claim()
        with here.bot.database.begin() as tx:
            receive.store(tx, [Inbound("n1", here.parents[0].address, "menu")], here.now)
        await here.read()
        watched = Watched(stage.settings(), Database(stage.database_url, stage.ring), clock=lambda: here.now)
        await watched.start(ticking=False)
        await asyncio.sleep(0.5)
        await watched.stop()
        assert watched.rounds < 5


# --- receipts ---------------------------------------------------------------------------------------------------------
HEIGHT = {"queued": 0, "sending": 0, "unknown": 0, "sent": 1, "delivered": 2, "failed": 2, "read": 3}
STEPS = (Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED)


@pytest.mark.parametrize("first", ["queued", "sending", "unknown", "sent"])
def test_receipts_late_twice_and_out_of_order(database: Database, first: str, now: datetime) -> None:
    """Whatever comes in whatever order: a status only moves up, and ends at the highest that was told."""
    orders = list(itertools.product(STEPS, repeat=4))
    with database.begin() as tx:
        [parent] = enrol(tx, 1, now)
        row = {
            "contact_id": parent.contact_id, "cls": "reply", "purpose": "school", "parts": b"", "status": first,
            "queued_at": now, "due_at": now, "expires_at": now,
        }  # fmt: skip
        made = t.outbox.insert().returning(t.outbox.c.id, sort_by_parameter_order=True)
        ids = tx.execute(made, [row] * len(orders)).scalars().all()
    before = dict.fromkeys(ids, first)
    for turn in range(4):
        told = [Receipt(order[turn], f"{it}-0") for it, order in zip(ids, orders, strict=True)]
        with database.begin() as tx:
            receipts.apply(tx, told, now)
            after = {each.id: each.status for each in tx.execute(select(t.outbox.c.id, t.outbox.c.status))}
        fell = [(before[it], after[it]) for it in ids if HEIGHT[after[it]] < HEIGHT[before[it]]]
        assert not fell, f"moved back: {fell[:3]}"
        before = after
    for it, order in zip(ids, orders, strict=True):
        assert HEIGHT[before[it]] == max(HEIGHT[each] for each in order), f"{order} ended as {before[it]}"


async def test_a_receipt_settles_what_was_to_go_again(stage: Stage) -> None:
    """The network had it after all and says so in the last moment: it does not go again."""
    async with town(stage, 1, deaf=True) as here:
        await here.read()
        [letter] = await here.claim()
        with here.bot.database.begin() as tx:
            send.note(tx, here.bot.post, [send.Outcome(letter, "missing")], here.now + timedelta(minutes=11))
            assert tx.execute(select(t.outbox.c.status)).scalar() == "queued"
            receipts.apply(tx, [Receipt(Status.DELIVERED, letter.message.id)], here.now)
        await here.later(minutes=12)
        assert here.arrived(here.parents[0]) == []
        assert statuses(here.bot.database) == {"delivered": 1}
