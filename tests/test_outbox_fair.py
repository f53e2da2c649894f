"""Who goes first while a sender is busy: what presses, then each school in its turn; nobody is overtaken."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot import config
from bot.app import Bot
from bot.check.rehearsal import Clock
from bot.model import Address, Part, Value
from bot.outbox import due, queue, send
from bot.outbox.queue import Draft
from bot.outbox.send import Outcome
from bot.people import consent, contacts
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness import shelf
from tests.world import Line

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PARTS = [Part("draad.antwoord", {name: Value("text", "x") for name in ("leerkracht", "school", "tekst")})]


class Crowd:
    """A bot with three schools and one slow sender each channel, and parents by school."""

    def __init__(self, database: Database, home: Path, clock: Any, rate: float) -> None:
        channel = {"driver": "phone", "sender": "+31612000000", "api": "http://127.0.0.1:1", "rate": rate}
        raw = {
            "schools": {key: {"name": key} for key in "abc"},
            "channels": {"sms": channel, "telegram": channel},
            "quiet_hours": {"start": "23:59:59", "end": "00:00", "sunday_until": "00:00"},
            "budget": {"week": 50, "apart": 0},
        }
        tokens = {f"BOT_CHANNELS_{name}_TOKEN": "a token of this test" for name in ("SMS", "TELEGRAM")}
        self.lines = {name: Line(name) for name in ("sms", "telegram")}
        self.clock = clock
        self.database = database
        read = config.parse(raw, home, tokens)
        self.bot = Bot(read, database, clock=clock, channels=self.lines, books=shelf.books(read))
        self.people: dict[str, list[int]] = {}

    def live(self, school: str, count: int, channel: str = "sms") -> None:
        """So many more parents of this school, all with every consent."""

        def work(tx: Tx) -> list[int]:
            first = 700_000_000 + tx.execute(select(func.count(t.contact.c.id))).scalar_one()
            values = [f"+31{first + n}" if channel == "sms" else str(first + n) for n in range(count)]
            known = contacts.resolve(tx, [Address(channel, value) for value in values], NOON)
            for contact_id, _ in known.values():
                consent.give(tx, contact_id, school, channel, ("school",), "ja", None, NOON)
            return [contact_id for contact_id, _ in known.values()]

        with self.database.begin() as tx:
            self.people.setdefault(school, []).extend(work(tx))

    def put(self, school: str, count: int, cls: str = "broadcast") -> list[int]:
        """A message to the first parents of a school; the ids of its rows."""
        with self.database.begin() as tx:
            before = tx.execute(select(func.max(t.outbox.c.id))).scalar() or 0
            drafts = [Draft(each, cls, "school", school, parts=PARTS) for each in self.people[school][:count]]
            queue.put(tx, drafts, self.clock())
            rows = tx.execute(select(t.outbox.c.id).where(t.outbox.c.id > before).order_by(t.outbox.c.id))
            return list(rows.scalars())

    def claim(self, *, most: int = 100) -> list[int]:
        """What may leave now, and everything else that is due has found its lane."""
        sent = []
        with self.database.begin() as tx:
            looked = 1
            while looked:
                letters, looked = send.claim(tx, self.bot.post, self.clock(), most=most)
                send.note(tx, self.bot.post, [Outcome(letter, "sent", "p") for letter in letters], self.clock())
                sent += [letter.row_id for letter in letters]
        return sent

    def later(self, **span: float) -> None:
        self.clock.move(self.clock() + timedelta(**span))

    def schools(self, row_ids: list[int]) -> Counter[str]:
        with self.database.read() as tx:
            return Counter(tx.execute(select(t.outbox.c.school).where(t.outbox.c.id.in_(row_ids))).scalars())

    def statuses(self) -> Counter[str]:
        with self.database.read() as tx:
            return Counter(tx.execute(select(t.outbox.c.status)).scalars())


@pytest.fixture
def crowd(database: Database, tmp_path: Path) -> Crowd:
    """Ten messages a second, on each engine."""
    return Crowd(database, tmp_path, Clock(NOON), 10.0)


async def test_a_broadcast_does_not_hold_up_a_reply(crowd: Crowd) -> None:
    crowd.live("a", 150)
    crowd.put("a", 149)
    crowd.claim()
    crowd.later(seconds=0.1)
    crowd.people["a"].reverse()
    reply = crowd.put("a", 1, "reply")
    assert crowd.claim() == reply


async def test_a_broadcast_does_not_hold_up_another_school(crowd: Crowd) -> None:
    for school, count in (("a", 120), ("b", 20), ("c", 5)):
        crowd.live(school, count)
    crowd.put("a", 120)
    crowd.claim()
    crowd.put("b", 20)
    crowd.put("c", 5)
    sent = []
    for _ in range(40):
        crowd.later(seconds=0.1)
        sent += crowd.claim()
    shares = crowd.schools(sent)
    assert sum(shares.values()) == 40
    assert shares["c"] >= 4
    assert shares["b"] >= 8


async def test_nobody_is_overtaken_within_a_school(crowd: Crowd) -> None:
    crowd.live("a", 60)
    first = crowd.put("a", 30)
    sent = crowd.claim()
    crowd.people["a"].reverse()
    second = crowd.put("a", 30)
    for _ in range(60):
        crowd.later(seconds=0.1)
        sent += crowd.claim()
    assert sent == first + second


async def test_what_matters_more_goes_first(crowd: Crowd) -> None:
    crowd.live("a", 30)
    crowd.live("b", 30)
    tips, plans = crowd.put("a", 10, "tip"), crowd.put("b", 10, "plan")
    sent = crowd.claim()
    crowd.people["a"].reverse()
    appointments = crowd.put("a", 10, "appointment")
    for _ in range(30):
        crowd.later(seconds=0.1)
        sent += crowd.claim()
    started = next(place for place, row_id in enumerate(sent) if row_id in appointments)
    assert started <= 1
    rest = [row_id for row_id in sent[started:] if row_id not in appointments]
    assert rest == [*(row for row in plans if row in rest), *tips]


async def test_what_waits_is_left_alone_until_its_sender_is_free(crowd: Crowd) -> None:
    crowd.live("a", 100)
    crowd.put("a", 100)
    crowd.claim()
    with crowd.database.begin() as tx:
        assert send.claim(tx, crowd.bot.post, crowd.clock()) == ([], 0)
        moment = due.next_moment(tx, crowd.bot.config, crowd.clock())
        assert moment is not None
        letters, looked = send.claim(tx, crowd.bot.post, moment)
    assert (len(letters), looked) == (1, 1)
    assert timedelta(0) < moment - crowd.clock() <= timedelta(seconds=0.1)


async def test_a_busy_sender_does_not_hold_up_another(crowd: Crowd) -> None:
    crowd.live("a", 150)
    crowd.live("b", 10, "telegram")
    crowd.put("a", 150)
    crowd.claim()
    rows = crowd.put("b", 3)
    sent = []
    for _ in range(4):
        sent += [row for row in crowd.claim() if row in rows]
        crowd.later(seconds=0.1)
    assert sent == rows


async def test_what_waits_for_its_turn_does_not_age(crowd: Crowd) -> None:
    """A broadcast that takes longer than it may be late drains to its end, but not if nobody was there to send it."""
    crowd.live("a", 8)
    crowd.put("a", 8)
    crowd.claim()
    crowd.later(seconds=1)
    slow = {name: timedelta(minutes=4) for name in ("sms", "telegram")}
    sender = t.limiter.c.name
    for _ in range(5):  # as if one message took four minutes
        with crowd.database.begin() as tx:
            for name, span in slow.items():
                moved = tx.execute(select(t.limiter.c.next_at).where(sender == f"spent:{name}")).scalar()
                if moved:
                    tx.execute(update(t.limiter).where(sender == f"spent:{name}").values(next_at=moved + span))
        crowd.later(minutes=4)
        assert len(crowd.claim()) == 1
    crowd.later(minutes=11)
    assert crowd.claim() == []
    assert crowd.statuses() == {"sent": 6, "expired": 2}


async def test_a_channel_that_is_gone_leaves_nobody_waiting(crowd: Crowd) -> None:
    crowd.live("a", 3)
    rows = crowd.put("a", 3)
    crowd.claim()
    with crowd.database.begin() as tx:
        tx.execute(update(t.outbox).where(t.outbox.c.status == "queued").values(lane="whatsapp"))
    crowd.later(seconds=5)
    assert crowd.claim() == []
    await crowd.bot.post_letters()
    await crowd.bot.settle()
    for _ in range(3):
        crowd.later(seconds=1)
        await crowd.bot.settle()
    assert len(crowd.lines["sms"].sent) == len(rows) - 1


async def test_a_queue_drains_as_fast_as_its_rate(database: Database, tmp_path: Path) -> None:
    """In real time: 150 messages at 150 a second take one second, whatever else is looked after meanwhile."""
    crowd = Crowd(database, tmp_path, lambda: datetime.now(UTC), 150.0)
    for school in "abc":
        crowd.live(school, 50)
    await crowd.bot.start()
    began = time.monotonic()
    for school in "abc":
        crowd.put(school, 50)
    line = crowd.lines["sms"]
    while len(line.sent) < 150 and time.monotonic() - began < 10:
        await asyncio.sleep(0.01)
    took = time.monotonic() - began
    await crowd.bot.stop()
    assert len({message.id for message in line.sent}) == 150
    assert 0.9 <= took <= 2.0, f"it took {took:.2f} s"
