"""A provider that is out of reach: its channel rests, and nobody else's letters wait for it."""

import asyncio
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import Bot
from bot.check.rehearsal import Clock
from bot.errors import InDoubt, Rejected, Throttled, Unsent
from bot.model import Outbound
from bot.outbox import limits, send
from bot.outbox.breaker import IN_A_ROW
from bot.store import tables as t
from bot.store.database import Database
from tests.harness import shelf
from tests.test_outbox_fair import NOON, Crowd
from tests.world import Line


@pytest.fixture
def crowd(database: Database, tmp_path: Path) -> Crowd:
    """Twenty parents at each of two schools, one by SMS and one on Telegram, on each engine."""
    crowd = Crowd(database, tmp_path, Clock(NOON), 1000.0)
    crowd.live("a", 20)
    crowd.live("b", 20, "telegram")
    return crowd


async def rounds(crowd: Crowd, seconds: float) -> None:
    """Time passes, a tenth of a second at a time."""
    for _ in range(round(seconds * 10)):
        crowd.later(seconds=0.1)
        await crowd.bot.settle()


async def out_of_reach(crowd: Crowd, times: int) -> None:
    """SMS has failed five times, and more waits for it."""
    crowd.lines["sms"].troubles.extend([Unsent("no")] * times)
    crowd.put("a", IN_A_ROW)
    await crowd.bot.settle()
    crowd.people["a"].reverse()
    crowd.put("a", 15)
    await crowd.bot.settle()


def rests(crowd: Crowd) -> float | None:
    """For how many seconds SMS still rests; None where it does not."""
    with crowd.database.read() as tx:
        until = limits.held(tx, crowd.bot.config, crowd.clock()).get("sms")
    return (until - crowd.clock()).total_seconds() if until else None


@pytest.mark.parametrize("trouble", [Unsent("no", "ConnectError"), InDoubt("no", "500")], ids=["unsent", "in doubt"])
async def test_it_rests_and_then_one_goes_to_see(crowd: Crowd, trouble: Exception) -> None:
    sms = crowd.lines["sms"]
    sms.troubles.extend([trouble] * 1000)
    crowd.put("a", 5)
    await crowd.bot.settle()
    assert rests(crowd) == 1.0
    crowd.people["a"].reverse()
    crowd.put("a", 15)
    await crowd.bot.settle()
    asked = [1000 - len(sms.troubles)]
    assert asked == [IN_A_ROW], "what came later stays where it is"
    for _ in range(4):
        rest = rests(crowd)
        assert rest
        await rounds(crowd, rest)
        asked.append(1000 - len(sms.troubles))
    assert asked == [5, 6, 7, 8, 9], "one at a time"


async def test_the_rest_grows_to_a_minute(crowd: Crowd) -> None:
    await out_of_reach(crowd, 1000)
    grown = []
    for _ in range(8):
        rest = rests(crowd)
        assert rest
        grown.append(round(rest))
        crowd.later(seconds=rest)
        await crowd.bot.settle()
    assert grown == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_all_is_sent_once_it_is_well_again(crowd: Crowd) -> None:
    crowd.lines["sms"].troubles.extend([Unsent("no")] * 6)
    rows = crowd.put("a", 20)
    await rounds(crowd, 12)
    assert rests(crowd) is None
    assert sorted(int(each.id.partition("-")[0]) for each in crowd.lines["sms"].sent) == rows
    with crowd.database.read() as tx:
        assert not tx.execute(select(t.limiter.c.name).where(t.limiter.c.name.like("rest:%"))).all()


async def test_other_channels_do_not_rest(crowd: Crowd) -> None:
    crowd.lines["sms"].troubles.extend([Unsent("no")] * 1000)
    crowd.put("a", 20)
    await crowd.bot.settle()
    crowd.put("b", 20)
    await rounds(crowd, 0.3)
    assert len(crowd.lines["telegram"].sent) == 20


@pytest.mark.parametrize("trouble", [Rejected("no", "dead 1"), Throttled(timedelta(0))], ids=["refused", "throttled"])
async def test_an_answer_is_an_answer(crowd: Crowd, trouble: Exception) -> None:
    crowd.lines["sms"].troubles.extend([trouble] * 10)
    crowd.put("a", 20)
    await rounds(crowd, 1)
    assert rests(crowd) is None
    assert len(crowd.lines["sms"].sent) == 10


async def test_every_process_knows_that_it_rests(crowd: Crowd, tmp_path: Path) -> None:
    await out_of_reach(crowd, 5)
    config = crowd.bot.config
    other = Bot(config, crowd.database, clock=crowd.clock, channels=crowd.lines, books=shelf.books(config))
    await other.settle()
    assert crowd.lines["sms"].sent == []
    crowd.later(seconds=1)
    await other.post_letters()
    await crowd.bot.post_letters()
    await crowd.bot.postman.landed()
    await other.postman.landed()
    assert len(crowd.lines["sms"].sent) == 1, "one of the two sends one"


async def test_our_own_mistake_stops_the_channel_and_loses_nothing(crowd: Crowd) -> None:
    crowd.lines["sms"].troubles.append(Throttled(timedelta(minutes=5), "no", "config 20003"))
    crowd.put("a", 1)
    await crowd.bot.settle()
    crowd.people["a"].reverse()
    crowd.put("a", 19)
    await rounds(crowd, 5)
    assert crowd.lines["sms"].sent == []
    assert rests(crowd) == pytest.approx(295, abs=1)
    with crowd.database.read() as tx:
        [reason] = tx.execute(select(t.outbox.c.reason).where(t.outbox.c.tries == 1)).scalars()
    assert reason == "config 20003"
    crowd.later(minutes=5)
    await rounds(crowd, 1)
    assert crowd.statuses() == {"sent": 20}


class Hanging(Line):
    """A provider that takes the connection and says nothing."""

    async def send(self, message: Outbound) -> str:
        await asyncio.sleep(2)
        raise InDoubt("no answer", "ReadTimeout")


async def test_a_provider_that_hangs_holds_up_nobody_else(database: Database, tmp_path: Path) -> None:
    """In real time: while SMS hangs with a full queue, Telegram leaves within a second."""
    crowd = Crowd(database, tmp_path, lambda: datetime.now(UTC), 100.0)
    crowd.live("a", 100)
    crowd.live("b", 20, "telegram")
    crowd.lines["sms"] = Hanging("sms")
    config = crowd.bot.config
    crowd.bot = Bot(config, database, clock=crowd.clock, channels=crowd.lines, books=shelf.books(config))
    await crowd.bot.start()
    crowd.put("a", 100)
    await asyncio.sleep(0.3)
    began = time.monotonic()
    crowd.put("b", 20)
    while len(crowd.lines["telegram"].sent) < 20 and time.monotonic() - began < 5:
        await asyncio.sleep(0.01)
    took = time.monotonic() - began
    await crowd.bot.stop()
    assert took < 1.5, f"it took {took:.2f} s"


async def test_many_doubts_at_once_open_no_gate(database: Database, tmp_path: Path) -> None:
    """More is asked about than there are hands for: what is new keeps to the rate all the same."""
    crowd = Crowd(database, tmp_path, Clock(NOON), 1000.0)
    crowd.live("a", 300)
    crowd.put("a", 120, "reply")
    with database.begin() as tx:
        send.claim(tx, crowd.bot.post, crowd.clock(), most=200)  # and then this process died
    crowd.later(seconds=1)
    with database.begin() as tx:
        send.claim(tx, crowd.bot.post, crowd.clock(), most=200)
    asked = asyncio.Event()

    async def find(message: Outbound, since: datetime, others: Collection[str]) -> str:
        await asked.wait()
        return ""

    crowd.lines["sms"].find = find  # type: ignore[method-assign]
    crowd.later(seconds=200)
    for _ in range(3):
        await crowd.bot.look_after_doubt(crowd.clock())
    crowd.people["a"].reverse()
    crowd.put("a", 100, "reply")
    before = len(crowd.lines["sms"].sent)
    for _ in range(5):
        await crowd.bot.post_letters()
    await asyncio.sleep(0.05)
    more = len(crowd.lines["sms"].sent) - before
    asked.set()
    await crowd.bot.postman.stop()
    assert more == 0
