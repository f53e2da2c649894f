"""Webhooks come one to five times each, shuffled, 32 at once: each message is read once, in the order it first came."""

import asyncio
import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from sqlalchemy import select, text

from bot.app import Bot
from bot.channels.phone import SIGNATURE, sign
from bot.desk.handle import handle
from bot.inbox import receive
from bot.model import Inbound, Receipt, Status
from bot.outbox import receipts
from bot.people import contacts
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness import shelf
from tests.harness.books import quiet, told
from tests.harness.parents import Parent, enrol, phones
from tests.harness.stage import FULL, TOKEN, Stage, all_of, until

pytestmark = pytest.mark.slow
PARENTS, EACH = (500, 20) if FULL else (15, 8)  # 10,000 messages in `make torture`
AT_ONCE = 32
CASES = [pytest.param("sqlite", 1, id="sqlite"), pytest.param("postgres", 2, id="postgres", marks=pytest.mark.postgres)]


@dataclass
class Delivery:
    """One message of a parent, and when it was under way and confirmed for the first time."""

    parent: Parent
    number: int
    began: float = 0
    confirmed: float = 0

    @property
    def id(self) -> str:
        return f"IN-{self.parent.number}-{self.number}"

    @property
    def text(self) -> str:
        return f"verhaal nummer {self.number}"

    async def post(self, http: httpx.AsyncClient, url: str) -> None:
        """Deliver it; it must be confirmed, the first time as the fifth."""
        body = json.dumps({"id": self.id, "from": self.parent.address.value, "text": self.text}).encode()
        self.began = self.began or time.monotonic()
        response = await http.post(
            f"{url}/hooks/sms", content=body, headers={SIGNATURE: sign(TOKEN, "/hooks/sms", body)}
        )
        assert response.status_code == 200, f"{self.id} was answered {response.status_code}"
        self.confirmed = self.confirmed or time.monotonic()


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path, ring: Ring) -> Iterator[Stage]:
    """A school on the engine that the test names, without a process yet."""
    with Stage(tmp_path, request.getfixturevalue(f"{request.param}_url"), ring).open() as opened:
        yield opened


@pytest.mark.parametrize(("stage", "bots"), CASES, indirect=["stage"])
async def test_webhooks(stage: Stage, bots: int) -> None:
    began = time.monotonic()
    dice = random.Random(20261124)
    database = stage.database
    with database.begin() as tx:
        parents = enrol(tx, PARENTS, datetime.now(UTC), channels=["sms"])
    messages = [Delivery(parent, number) for parent in parents for number in range(EACH)]
    async with phones(stage) as hands:
        for number in range(bots):
            await stage.open_bot(number)
        await deliver(stage, messages, dice)
        await until(lambda: quiet(database), "an end of all work", pause=0.05)
        await all_of(hands.ask(parent, "1") for parent in parents)  # what lies ready may go to the teacher
        await until(lambda: quiet(database), "an end of all work", pause=0.05)
        check_answers(database, hands.log.accepted.values())
    check_messages(database, messages)
    print(f"{len(messages)} messages one to five times, {time.monotonic() - began:.0f} seconds")


async def deliver(stage: Stage, messages: list[Delivery], dice: random.Random) -> None:
    """Each one to five times, shuffled, 32 at once, now to this bot, now to that."""
    rounds = [message for message in messages for _ in range(dice.randint(1, 5))]
    dice.shuffle(rounds)
    waiting = iter([(message, dice.randrange(len(stage.bots))) for message in rounds])

    async def hand(http: httpx.AsyncClient) -> None:
        for message, bot in waiting:
            await message.post(http, stage.bot_url(bot))

    async with httpx.AsyncClient(timeout=30) as http:
        await all_of(hand(http) for _ in range(AT_ONCE))


def check_messages(database: Database, messages: list[Delivery]) -> None:
    """Each is in the inbox once, read, told to the teacher once; first come, first read."""
    with database.read() as tx:
        rows = tx.execute(select(t.inbox.c.provider_id, t.inbox.c.state).order_by(t.inbox.c.id)).all()
    assert {row.state for row in rows} == {"done"}
    place = {row.provider_id: number for number, row in enumerate(rows)}
    assert len(place) == len(rows), "a message is in the inbox twice"
    told_to = told(database)
    of_parent = defaultdict(list)
    for message in messages:
        of_parent[message.parent].append(message)
    for parent, mine in of_parent.items():
        for one in mine:
            late = [two.id for two in mine if two.confirmed < one.began and place[two.id] > place[one.id]]
            assert not late, f"{one.id} came after {late} and stands before"
        expected = [message.text for message in sorted(mine, key=lambda each: place[each.id])]
        got = [text for text in told_to[parent.contact_id] if text != "1"]
        assert got == expected, f"{parent} told the teacher {got}"


def check_answers(database: Database, on_phones: Iterable[list[str]]) -> None:
    """What was laid ready went out, once."""
    arrived = sorted(each for phone in on_phones for each in phone)
    with database.read() as tx:
        rows = tx.execute(select(t.outbox.c.id, t.outbox.c.status)).all()
    assert {row.status for row in rows} <= {"sent", "delivered", "read"}
    assert arrived == sorted(f"{row.id}-0" for row in rows)


# --- who writes to the same rows at once ------------------------------------------------------------------------------
def test_a_message_that_comes_while_a_code_moves_its_phone_goes_along(postgres_url: str, ring: Ring) -> None:
    """Her address goes to another contact in a transaction that is still open; her message waits for it."""
    now = datetime.now(UTC)
    database = Database(postgres_url, ring)
    with database.begin() as tx:
        parent, other = enrol(tx, 2, now)
        address_id = tx.execute(select(t.address.c.id).where(t.address.c.contact_id == parent.contact_id)).scalar_one()

    def write() -> None:
        with database.begin() as tx:
            receive.store(tx, [Inbound("IN1", parent.address, "verhaal")], now)

    with database.begin() as tx:
        contacts.link(tx, address_id, other.contact_id, now)
        writing = threading.Thread(target=write)
        writing.start()
        blocked(database)
    writing.join()
    with database.read() as tx:
        assert tx.execute(select(t.inbox.c.contact_id)).scalars().all() == [other.contact_id]
    database.close()


def test_a_webhook_does_not_wait_for_the_desk(tmp_path: Path, postgres_url: str, ring: Ring) -> None:
    """Her conversation is being read in a transaction that is still open; what she writes meanwhile is stored."""
    now = datetime.now(UTC)
    with Stage(tmp_path, postgres_url, ring).open() as stage:
        config = stage.settings()
        bot = Bot(config, Database(postgres_url, ring), clock=lambda: now, channels={}, books=shelf.books(config))
        with stage.database.begin() as tx:
            [parent] = enrol(tx, 1, now)
            bot.books.library.publish(tx, now)
            receive.store(tx, [Inbound("IN1", parent.address, "verhaal")], now)
        with bot.database.begin() as desk:
            assert handle(desk, bot.books, now) == 1
            with stage.database.begin() as tx:
                tx.execute(text("SET LOCAL lock_timeout = '5s'"))
                receive.store(tx, [Inbound("IN2", parent.address, "nog een verhaal")], now)
        with bot.database.begin() as desk:
            assert handle(desk, bot.books, now) == 1
        bot.database.close()


def blocked(database: Database) -> None:
    """Wait until some transaction waits for another one's lock."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with database.read() as tx:
            if tx.connection.exec_driver_sql(waits).scalar():
                return
    raise AssertionError("nobody waits")


RECEIVERS, ROUNDS = 4, 60 if FULL else 12


@pytest.mark.parametrize("kind", ["messages", "receipts"])
async def test_receivers_side_by_side_never_wait_in_a_circle(postgres_url: str, ring: Ring, kind: str) -> None:
    """Some processes store what concerns the same people at the same time, each in another order."""
    now = datetime.now(UTC)
    database = Database(postgres_url, ring, readers=RECEIVERS)
    with database.begin() as tx:
        parents = enrol(tx, 40, now)
        made = t.outbox.insert().returning(t.outbox.c.id)
        ids = [tx.execute(made, _sending(each, now)).scalar_one() for _ in range(ROUNDS) for each in parents]
    together = threading.Barrier(RECEIVERS, timeout=30)

    def keep(seed: int) -> None:
        dice = random.Random(seed)
        for number in range(ROUNDS):
            mine = ids[number * len(parents) : (number + 1) * len(parents)]
            mail = [Inbound(f"IN-{seed}-{number}-{each.number}", each.address) for each in _shuffled(parents, dice)]
            told = [Receipt(dice.choice(_STEPS), f"{it}-0") for it in _shuffled(mine, dice)]
            together.wait()
            with database.begin() as tx:
                if kind == "messages":
                    receive.store(tx, mail, now)
                else:
                    receipts.apply(tx, told, now)

    await asyncio.gather(*(asyncio.to_thread(keep, seed) for seed in range(RECEIVERS)))
    with database.read() as tx:
        letters = len(tx.execute(select(t.inbox.c.id)).all())
        moved = set(tx.execute(select(t.outbox.c.status)).scalars())
    database.close()
    assert letters == (RECEIVERS * ROUNDS * len(parents) if kind == "messages" else 0)
    assert ("sending" in moved) == (kind == "messages")


_STEPS = (Status.SENT, Status.DELIVERED, Status.READ)
_T = TypeVar("_T")


def _shuffled(items: Sequence[_T], dice: random.Random) -> list[_T]:
    return dice.sample(items, len(items))


def _sending(parent: Parent, now: datetime) -> dict[str, object]:
    return {
        "contact_id": parent.contact_id, "cls": "reply", "purpose": "school", "parts": b"", "status": "sending",
        "queued_at": now, "due_at": now, "expires_at": now,
    }  # fmt: skip
