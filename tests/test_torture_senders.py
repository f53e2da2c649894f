"""Many messages leave while their senders are killed, told to stop, or lose their database: none is lost or doubled."""

import asyncio
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.inbox import receive
from bot.model import Inbound, Part, Value
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests.harness.books import statuses
from tests.harness.parents import Parent, enrol
from tests.harness.stage import FULL, SCHOOL, TELEGRAM, TWILIO, WAITS, Process, Provider, Stage, answers, until

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
MANY, KILLS = (10_000, 1_000) if FULL else (300, 8)
PEOPLE = 250 if FULL else 30
FAULTS = {"seed": 11, "error_before": 0.02, "error_after": 0.02, "cut_before": 0.015, "cut_after": 0.015, "late": 0.02}
CLASSES = ("plan", "reply", "urgent")
# What a killed sender had put on the wire may lie in the stand-in's queue so long; a real one gets ten minutes.
PATIENT = {**WAITS, "resend": 10.0}
SAID = {"sent", "delivered", "read"}


@pytest.fixture
def stage(postgres_url: str, tmp_path: Path, ring: Ring) -> Iterator[Stage]:
    """A school on PostgreSQL, without a process yet."""
    with Stage(tmp_path, postgres_url, ring, PATIENT).open() as opened:
        yield opened


@dataclass
class Senders:
    """Two workers, and what happens to them."""

    stage: Stage
    dice: random.Random
    workers: list[Process]

    @classmethod
    def start(cls, stage: Stage) -> "Senders":
        return cls(stage, random.Random(20261121), [stage.start_bot(number) for number in (0, 1)])

    async def kill(self, sign: signal.Signals, pause: float) -> None:
        """One of them, once it works or while it starts; and another takes its place."""
        number = self.dice.randrange(2)
        if self.dice.random() < 0.7:
            await answers(f"{self.stage.bot_url(number)}/health", self.workers[number])
        await asyncio.sleep(self.dice.uniform(0, pause))
        self.workers[number].send(sign)
        code = await self.workers[number].ended(30)  # SIGTERM: done within 30 seconds
        assert sign == signal.SIGKILL or code in (0, -signal.SIGTERM), f"ended with {code}"
        self.workers[number] = self.stage.start_bot(number)

    async def until_done(self) -> None:
        database = self.stage.database
        await until(lambda: not {"queued", "sending"} & set(statuses(database)), "an end of all work", pause=0.1)


def prepare(database: Database, provider: Provider) -> None:
    """So many messages wait, each with a text of its own; all have just written, so that nobody's window is closed."""
    now = datetime.now(UTC)
    with database.begin() as tx:
        parents = enrol(tx, PEOPLE, now, channels=list(provider.channels))
        receive.store(tx, [Inbound(f"m{each.number}", each.address, "") for each in parents], now)
        tx.execute(t.inbox.update().values(state="done", handled_at=now))
    for start in range(0, MANY, 500):
        with database.begin() as tx:
            _queue(tx, parents, range(start, min(start + 500, MANY)), now)


def _queue(tx: Tx, parents: list[Parent], numbers: range, now: datetime) -> None:
    drafts = []
    for number in numbers:
        fields = {name: Value("name", "juf Janneke") for name in ("leerkracht", "school")}
        part = Part("draad.antwoord", {**fields, "tekst": Value("text", _words(number))})
        cls = CLASSES[number % len(CLASSES)]
        drafts.append(Draft(parents[number % PEOPLE].contact_id, cls, "school", SCHOOL, parts=[part]))
    queue.put(tx, drafts, now)


def _words(number: int) -> str:
    return f"bericht nummer {number}."


def taken(stage: Stage) -> Counter[int]:
    """How often the provider took each message, by the number in its text."""
    found: Counter[int] = Counter()
    for line in stage.log.read_text().splitlines():
        event = json.loads(line)
        text = event["message"]["text"] if event["what"] == "sent" else event.get("text", "")
        if event["what"] in ("accepted", "sent") and "nummer " in text:
            found[int(text.split("nummer ")[1].split(".")[0])] += 1
    return found


def became(database: Database) -> list[tuple[str, str]]:
    """Class and status of each message, in the order in which they were queued."""
    with database.read() as tx:
        rows = tx.execute(select(t.outbox.c.cls, t.outbox.c.status).order_by(t.outbox.c.id)).all()
    return [(row.cls, row.status) for row in rows[:MANY]]


def check_twilio(stage: Stage) -> None:
    """Each went out, once, and we know it."""
    counts = taken(stage)
    doubled = [number for number, times in counts.items() if times > 1]
    lost = [number for number in range(MANY) if not counts[number]]
    assert (lost, doubled) == ([], [])
    assert {status for _, status in became(stage.database)} <= SAID


def check_telegram(stage: Stage) -> None:
    """No provider can say what became of a message whose answer was lost: what we do not know, we show."""
    counts, rows = taken(stage), became(stage.database)
    assert {status for _, status in rows} <= {*SAID, "unknown"}
    silent = [number for number, (_, status) in enumerate(rows) if status in SAID and not counts[number]]
    assert not silent, "these were lost, and nobody would know"
    most = {"urgent": 2}
    doubled = [number for number, (cls, _) in enumerate(rows) if counts[number] > most.get(cls, 1)]
    assert not doubled


async def _open_chats(stage: Stage) -> None:
    """They pressed Start once."""
    async with httpx.AsyncClient(base_url=stage.network_url) as http:
        for number in range(PEOPLE):
            (await http.post(f"/chats/{700_000_000 + number}/say", json={"text": "/start"})).raise_for_status()


@pytest.mark.parametrize("provider", [TWILIO, TELEGRAM], ids=["twilio", "telegram"])
async def test_senders_are_killed(stage: Stage, provider: Provider) -> None:
    began = time.monotonic()
    stage.provider = Provider(**{**vars(provider), "channels": dict([next(iter(provider.channels.items()))])})
    prepare(stage.database, stage.provider)
    network = stage.start_network(**FAULTS)
    await answers(f"{stage.network_url}{provider.levers}/log", network)
    if provider is TELEGRAM:
        await _open_chats(stage)
    senders = Senders.start(stage)
    for kill in range(KILLS):
        await senders.kill(signal.SIGTERM if kill % 4 == 3 else signal.SIGKILL, 0.6)
    await senders.until_done()
    (check_twilio if provider is TWILIO else check_telegram)(stage)
    print(f"{MANY} messages, {KILLS} kills, {time.monotonic() - began:.0f} seconds, {statuses(stage.database)}")
