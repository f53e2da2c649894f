"""The bot asks where nobody can call it, sweeps up what was lost, is polite, and says how it is."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot import app, heartbeat
from bot.app import Bot
from bot.channels.phone import LIMITS
from bot.check.rehearsal import Clock
from bot.config import Waits
from bot.errors import ForgedRequest, Throttled, Unsent
from bot.inbox import webhooks
from bot.inbox.poll import LEASE, LOOK, Polling
from bot.inbox.sweep import begin
from bot.model import Address, Inbound, Outbound, Receipt, Request
from bot.store import chores, settings
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests import world
from tests.harness import shelf
from tests.harness.stage import until

WHO = "4711"


class Provider:
    """A provider in this process that keeps updates until they are confirmed, and a list of all that came in."""

    name = "telegram"
    limits = LIMITS["telegram"]
    polling = True

    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}
        self.asked: list[int] = []
        self.list: list[Inbound] = []
        self.swept: list[datetime] = []
        self.tidied: list[str] = []
        self.trouble: Exception | None = None
        self.patience = asyncio.Event()
        self.patience.set()

    def say(self, number: int, body: bytes | None = None) -> None:
        self.kept[number] = json.dumps({"id": f"u{number}"}).encode() if body is None else body

    def read(self, request: Request) -> list[Inbound | Receipt]:
        if request.body == b"forged":
            raise ForgedRequest
        return [Inbound(json.loads(request.body)["id"], Address(self.name, WHO), "hallo")]

    async def poll(self, offset: int) -> tuple[Sequence[Request], int]:
        self._fail()
        self.asked.append(offset)
        self.kept = {number: body for number, body in self.kept.items() if number >= offset}
        if not self.kept:
            await asyncio.sleep(0.01)
        found = [Request("/hooks/telegram", {}, body) for _, body in sorted(self.kept.items())]
        return found, max(self.kept, default=offset - 1) + 1

    async def sweep(self, since: datetime) -> Sequence[Inbound]:
        self._fail()
        self.swept.append(since)
        return self.list

    async def tidy(self, request: Request) -> None:
        await self.patience.wait()
        self.tidied.append(request.body.decode())
        self._fail()

    async def send(self, message: Outbound) -> str:
        return f"sent-{message.id}"

    async def close(self) -> None:
        """Nothing to close."""

    def _fail(self) -> None:
        if self.trouble:
            raise self.trouble


class House:
    """A bot with this one channel, and what it has stored."""

    def __init__(self, database: Database, home: Path) -> None:
        self.database = database
        self.provider = Provider()
        self.clock = Clock(world.MONDAY)
        config, lines = world.settings(home), {"telegram": self.provider}
        self.bot = Bot(config, database, clock=self.clock, channels=lines, books=shelf.books(config))

    def polling(self, token: str) -> Polling:
        return Polling("telegram", self.provider, self.database, self.bot.receive, self.clock, token)

    def letters(self) -> list[str]:
        with self.database.read() as tx:
            return list(tx.execute(select(t.inbox.c.provider_id).order_by(t.inbox.c.id)).scalars())

    def later(self, **span: float) -> None:
        self.clock.move(self.clock() + timedelta(**span))

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        """Nothing can be laid into the inbox meanwhile."""
        with self.database.begin() as tx:
            tx.execute(text("ALTER TABLE inbox RENAME TO away"))
        yield
        with self.database.begin() as tx:
            tx.execute(text("ALTER TABLE away RENAME TO inbox"))

    def webhook(self, number: int) -> Request:
        return Request("/hooks/telegram", {}, json.dumps({"id": f"w{number}"}).encode())


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    built = House(database, tmp_path)
    yield built
    await built.bot.stop()


# --- polling
async def test_what_is_polled_is_stored_before_it_is_confirmed(house: House) -> None:
    house.provider.say(7)
    house.provider.say(8)
    polling = house.polling("a")
    assert await polling.round() == 0
    assert house.letters() == ["u7", "u8"]
    assert sorted(house.provider.kept) == [7, 8], "not confirmed yet"
    await polling.round()
    assert house.provider.asked == [0, 9]
    assert house.provider.kept == {}


async def test_what_cannot_be_stored_is_not_confirmed(house: House) -> None:
    house.provider.say(7)
    polling = house.polling("a")
    async with house.broken():
        with pytest.raises(Unsent):
            await polling.round()
    assert sorted(house.provider.kept) == [7]
    await polling.round()
    assert house.provider.asked == [0, 0]
    assert house.letters() == ["u7"]


async def test_what_makes_no_sense_is_passed_over(house: House) -> None:
    for number, body in ((1, b"forged"), (2, b"{"), (3, None)):
        house.provider.say(number, body)
    polling = house.polling("a")
    await polling.round()
    await polling.round()
    assert house.letters() == ["u3"]
    assert house.provider.asked == [0, 4]


async def test_one_process_polls_and_another_takes_over(house: House) -> None:
    first, second = house.polling("a"), house.polling("b")
    assert await first.round() == 0
    assert await second.round() == LOOK
    assert len(house.provider.asked) == 1
    house.later(seconds=LEASE.total_seconds() + LOOK)  # the first one died
    assert timedelta(seconds=LOOK) + LEASE < timedelta(minutes=1)
    assert await second.round() == 0
    assert await first.round() == LOOK, "a machine that slept does not ask any more"


async def test_a_provider_that_asks_for_patience_gets_it(house: House) -> None:
    house.provider.trouble = Throttled(timedelta(seconds=17))
    assert await house.polling("a").round() == 17


async def test_a_bot_at_work_polls_and_lets_go_at_its_end(database: Database, tmp_path: Path) -> None:
    house = House(database, tmp_path)
    house.provider.say(7)
    await house.bot.start()
    await until(lambda: house.provider.kept == {} and house.letters() == ["u7"], "the update", 10)
    with database.read() as tx:
        assert list(chores.held(tx, house.clock())) == ["poll:telegram"]
    house.bot.leave_off()
    await asyncio.sleep(0.1)
    with database.read() as tx:
        assert chores.held(tx, house.clock()) == {}
    await house.bot.stop()


async def test_it_lets_go_even_where_the_end_comes_twice(database: Database, tmp_path: Path) -> None:
    """A signal, and at once the stop that follows from it; the database is busy meanwhile."""
    house = House(database, tmp_path)
    house.provider.say(7)
    await house.bot.start()
    await until(lambda: house.provider.kept == {}, "the update", 10)
    busy = [asyncio.create_task(database.write(lambda _: time.sleep(0.2))) for _ in range(4)]
    await asyncio.sleep(0.05)
    house.bot.leave_off()
    await asyncio.sleep(0.01)
    close, house.bot.database.close = database.close, lambda: None  # type: ignore[method-assign]
    await house.bot.stop()
    with database.read() as tx:
        held = chores.held(tx, house.clock())
    await asyncio.gather(*busy)
    close()
    assert held == {}


@pytest.mark.postgres
async def test_what_another_process_stored_is_seen_soon(postgres_url: str, ring: Ring, tmp_path: Path) -> None:
    """However seldom the clock is looked at."""
    database, other = Database(postgres_url, ring), House(Database(postgres_url, ring), tmp_path)
    calm = replace(world.settings(tmp_path), waits=Waits(tick=600))
    bot = Bot(calm, database, clock=other.clock, channels={"telegram": Provider()}, books=shelf.books(calm))
    await bot.start()
    await asyncio.sleep(0.3)  # it naps
    assert await other.bot.receive("telegram", other.webhook(1)) == 200

    def done() -> bool:
        with other.database.read() as tx:
            return tx.execute(select(t.inbox.c.state)).scalars().all() == ["done"]

    await until(done, "the desk", 20)
    await bot.stop()
    await other.bot.stop()


# --- sweeps
async def do(house: House, name: str) -> None:
    chore = next(each for each in heartbeat.all_chores(house.bot) if each.name == name)
    await heartbeat.do(house.bot, chore)


async def test_what_a_webhook_lost_is_swept_up_once_an_hour(house: House) -> None:
    house.provider.say(1)
    await house.polling("a").round()
    house.provider.list = [Inbound(f"u{number}", Address("telegram", WHO)) for number in (1, 2)]
    for _ in range(2):
        await do(house, "sweep:telegram")
    assert house.letters() == ["u1", "u2"]
    house.later(hours=1)
    await do(house, "sweep:telegram")
    start, ten = world.MONDAY, timedelta(minutes=10)
    assert house.provider.swept == [start - ten, start - ten]


async def test_a_sweep_that_fails_is_tried_again_and_goes_back_as_far(house: House) -> None:
    house.provider.trouble = Unsent("no connection")
    await do(house, "sweep:telegram")
    house.provider.trouble = None
    house.later(minutes=4)
    await do(house, "sweep:telegram")
    assert house.provider.swept == []
    house.later(minutes=1)
    await do(house, "sweep:telegram")
    house.later(hours=2)
    await do(house, "sweep:telegram")
    assert house.provider.swept == [world.MONDAY - timedelta(minutes=10), world.MONDAY - timedelta(minutes=5)]


async def test_what_is_fresh_is_left_to_its_webhook_for_a_while(house: House) -> None:
    """A webhook knows more than a list: which option she tapped, and when to the millisecond."""
    written = house.clock()
    house.provider.list = [Inbound("m1", world.JAN, "hallo", written_at=written)]
    await do(house, "sweep:telegram")
    assert house.letters() == []
    house.later(minutes=2)
    await do(house, "sweep:telegram")
    assert house.letters() == ["m1"]


def test_how_far_back_a_sweep_goes(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        settings.put_moment(tx, "swept.sms", now - timedelta(days=30))
        assert begin(tx, "sms", now, now) == now - timedelta(days=7)
        settings.put_moment(tx, "restored_at", now - timedelta(days=2))
        assert begin(tx, "sms", now, now) == now - timedelta(days=2)


async def test_a_start_sweeps_at_once(database: Database, tmp_path: Path) -> None:
    """While nobody listened, webhooks were lost."""
    first = House(database, tmp_path)
    await do(first, "sweep:telegram")
    second = House(database, tmp_path)
    second.later(minutes=5)
    await second.bot.start()
    await until(lambda: len(second.provider.swept) == 1, "a sweep", 10)
    await second.bot.stop()


# --- politeness
async def test_a_stored_webhook_is_tidied_up_after(house: House) -> None:
    house.provider.trouble = Unsent("the provider is away")
    assert await house.bot.receive("telegram", house.webhook(1)) == 200
    await until(lambda: len(house.provider.tidied) == 1, "the politeness", 5)
    house.provider.trouble = None
    house.provider.patience.clear()
    for number in range(2, 40):
        assert await house.bot.receive("telegram", house.webhook(number)) == 200
    house.provider.patience.set()
    await until(lambda: len(house.provider.tidied) == 1 + webhooks.TIDIES, "the politenesses", 5)


# --- a database that fails
async def test_what_cannot_be_committed_is_answered_503_and_shows(house: House) -> None:
    async with house.broken():
        assert await house.bot.receive("telegram", house.webhook(1)) == 503
        assert house.bot.failing() == []
        house.later(seconds=61)
        assert await house.bot.receive("telegram", house.webhook(1)) == 503
        assert house.bot.failing() == ["webhooks"]
    assert await house.bot.receive("telegram", house.webhook(1)) == 200
    assert house.bot.failing() == []
    assert house.letters() == ["w1"]


async def test_one_webhook_that_failed_before_a_quiet_night_is_no_illness(house: House) -> None:
    async with house.broken():
        assert await house.bot.receive("telegram", house.webhook(1)) == 503
    for _ in range(5):
        house.later(minutes=1)
        assert house.bot.failing() == []
    async with house.broken():
        assert await house.bot.receive("telegram", house.webhook(1)) == 503
        assert house.bot.failing() == []


@asynccontextmanager
async def locked(database: Database) -> AsyncIterator[None]:
    """Nothing can be committed meanwhile: it waits."""
    free, loop, ready = asyncio.Event(), asyncio.get_running_loop(), asyncio.Event()

    def hold() -> None:
        with database.begin() as tx:
            if tx.postgres:
                tx.execute(text("LOCK TABLE inbox"))
            loop.call_soon_threadsafe(ready.set)
            asyncio.run_coroutine_threadsafe(free.wait(), loop).result(10)

    holding = asyncio.create_task(asyncio.to_thread(hold))
    await ready.wait()
    yield
    free.set()
    await holding


async def test_a_webhook_never_hangs(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "COMMIT", 0.2)
    async with locked(house.database):
        assert await house.bot.receive("telegram", house.webhook(1)) == 503
    assert await house.bot.receive("telegram", house.webhook(1)) == 200
    assert house.letters() == ["w1"]


async def test_desk_and_outbox_let_webhooks_go_first_but_not_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "PATIENCE", 0.1)
    await asyncio.wait_for(house.bot._webhooks_first(), 0.05)  # nobody waits
    async with locked(house.database):
        waiting = asyncio.create_task(house.bot.receive("telegram", house.webhook(1)))
        await asyncio.sleep(0)
        began = time.monotonic()
        await house.bot._webhooks_first()
        assert 0.09 < time.monotonic() - began < 1
        monkeypatch.setattr(app, "PATIENCE", 10)
        giving_way = asyncio.create_task(house.bot._webhooks_first())
        await asyncio.sleep(0.05)
        assert not giving_way.done()
    assert await waiting == 200
    await asyncio.wait_for(giving_way, 5)
