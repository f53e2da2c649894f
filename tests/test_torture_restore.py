"""A backup restored a week later: what the lost bot sent is not sent again, and the future goes on."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.app import Bot
from bot.check.rehearsal import Clock
from bot.errors import InDoubt
from bot.inbox import receive
from bot.model import Address, Inbound, Outbound
from bot.scheduler import fence
from bot.store import backup, restore, schema, settings
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness import shelf
from tests.harness.parents import Parent, enrol
from tests.harness.stage import CHANNELS
from tests.world import MONDAY, Line, World
from tests.world import settings as world_settings

pytestmark = pytest.mark.slow
HOME = ZoneInfo("Europe/Amsterdam")
PARENTS = 30
IDS = itertools.count(1)
PLANNED, ASKED, SILENT = range(15), range(15, 25), range(25, 30)
BACKUP_AT = MONDAY + timedelta(hours=2)
RESTORED_AT = MONDAY + timedelta(days=8, hours=3)  # a Tuesday, before that day's reminders
ENGINES = [
    ("sqlite", "sqlite"),
    pytest.param(("postgres", "postgres"), marks=pytest.mark.postgres),
    pytest.param(("sqlite", "postgres"), marks=pytest.mark.postgres),
]


class Sent(NamedTuple):
    """A message that reached a phone, and when."""

    to: Address
    text: str
    id: str
    at: datetime

    @property
    def week(self) -> int:
        return self.at.isocalendar().week


class Provider(Line):
    """A line that also writes down when."""

    def __init__(self, name: str, clock: Clock, log: list[Sent]) -> None:
        super().__init__(name)
        self._clock = clock
        self._log = log

    async def send(self, message: Outbound) -> str:
        found = await super().send(message)
        self._log.append(Sent(message.to, message.text, message.id, self._clock()))
        return found


@pytest.fixture(params=ENGINES, ids="-to-".join)
def engines(request: pytest.FixtureRequest, ring: Ring, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """A database with the schema, and a second one, each on its engine."""
    made = []
    for place, engine in zip(("old", "new"), request.param, strict=True):
        if engine == "postgres":
            url = request.getfixturevalue("postgres_url" if place == "old" else "another_postgres_url")
        else:
            url = f"sqlite:///{tmp_path / place}.db"
        made.append(Database(url, ring))
    schema.prepare(made[0])
    yield made[0], made[1]
    for each in made:
        each.close()


@pytest.fixture
def another_postgres_url(
    postgres_server: Callable[[str], str], postgres_command: Callable[[str], object]
) -> Iterator[str]:
    """A PostgreSQL database without a table."""
    postgres_command("CREATE DATABASE another TEMPLATE template0")
    yield postgres_server("another")
    postgres_command("DROP DATABASE another WITH (FORCE)")


def house(database: Database, home: Path, clock: Clock, lines: Mapping[str, Line]) -> World:
    config = world_settings(home)
    bot = Bot(config, database, clock=clock, channels=lines, books=shelf.books(config))
    with database.begin() as tx:
        bot.books.publish(tx, clock())
    return World(bot, clock, lines)


async def busy(world: World, parents: list[Parent]) -> None:
    """Reminders on Tuesday evening, questions that are open, and messages that have not left."""
    for parent in (parents[number] for number in PLANNED):
        for text in ("voorlezen", "2", "di", "19:30"):
            await world.say(parent.address, text)
    for parent in (parents[number] for number in ASKED):
        await world.say(parent.address, "voorlezen")
    world.clock.move(BACKUP_AT - timedelta(minutes=5))
    in_doubt, unread, queued, tomorrow, _ = (parents[number].address for number in SILENT)
    world.queue(in_doubt, text="In twijfel.")
    line = world.lines[in_doubt.channel]
    line.swallows = True
    line.troubles.append(InDoubt("cut"))
    await world.bot.settle()
    line.swallows = False
    world.queue(queued, text="Zo meteen.", due_at=BACKUP_AT + timedelta(minutes=1))
    world.queue(tomorrow, text="Morgen.", due_at=BACKUP_AT + timedelta(hours=18))
    await world.say(unread, "voorlezen", settle=False)
    world.clock.move(BACKUP_AT)


async def test_nothing_of_the_past_is_sent_again(engines: tuple[Database, Database], tmp_path: Path) -> None:
    old, new = engines
    log: list[Sent] = []
    clock = Clock(MONDAY)
    lines = {name: Provider(name, clock, log) for name in CHANNELS}
    with old.begin() as tx:
        parents = enrol(tx, PARENTS, MONDAY, channels=CHANNELS)
    world = house(old, tmp_path, clock, lines)
    await busy(world, parents)
    folder = backup.save(old, tmp_path / "backups", clock()).folder
    await world.later(seconds=(RESTORED_AT - clock()).total_seconds())
    before = list(log)

    fenced = put_back(folder, new, clock())
    assert (fenced.unsent, fenced.letters, fenced.plans) == (3, 1, len(PLANNED))
    assert fenced.timers == len(PLANNED) + len(ASKED)
    later = house(new, tmp_path, clock, lines)
    await answers_still_work(later, parents)
    talked = len(log)
    await later.later(days=14)
    after = log[talked:]

    assert after, "future reminders arrive"
    assert not {(each.to, each.text, each.week) for each in before} & {(e.to, e.text, e.week) for e in after}
    assert_weekly(before, after, [parents[number] for number in PLANNED])
    assert len({each.id for each in log}) == len(log), "no number means two messages"


def assert_weekly(before: list[Sent], after: list[Sent], planned: list[Parent]) -> None:
    """After the restore there is nothing but reminders: on Tuesday at half past seven, once a week over both bots."""
    assert {f"{each.at.astimezone(HOME):%a %H:%M}" for each in after} == {"Tue 19:30"}
    [text] = {each.text for each in after}
    weeks = Counter((each.to, each.week) for each in before + after if each.text == text)
    first = MONDAY.isocalendar().week
    assert weeks == Counter((parent.address, first + week) for parent in planned for week in range(3))


async def answers_still_work(world: World, parents: list[Parent]) -> None:
    """An open question stayed open; who answers it now goes on; no letter of before is read."""
    with world.bot.database.read() as tx:
        assert settings.get_moment(tx, fence.AT) == RESTORED_AT
        states = Counter(row.state for row in tx.execute(select(t.inbox.c.state).where(t.inbox.c.error == "restored")))
    assert states == {"failed": 1}
    asked = parents[ASKED[0]].address
    await tell(world, asked, "2")
    with world.bot.database.read() as tx:
        steps = tx.execute(select(t.run.c.step).where(t.run.c.contact_id == parents[ASKED[0]].contact_id)).scalars()
    assert list(steps) == ["dag"]


async def tell(world: World, who: Address, text: str) -> None:
    """She writes, and the bot answers; her messages have ids that no bot has met."""
    message = Inbound(f"tell-{next(IDS)}", who, text)
    world.write(lambda tx: receive.store(tx, [message], world.clock()))
    world.clock.move(world.clock() + timedelta(seconds=2))
    await world.bot.settle()


@pytest.mark.parametrize("engines", ENGINES[-1:], indirect=True, ids=["sqlite-to-both"])
async def test_an_old_button_means_nothing_new(engines: tuple[Database, Database], tmp_path: Path, ring: Ring) -> None:
    """One backup restored twice, ten minutes apart: three bots gave out numbers, and no two of them the same."""
    old, new = engines
    third = Database(f"sqlite:///{tmp_path / 'third.db'}", ring)
    clock = Clock(MONDAY)
    log: list[Sent] = []
    lines = {name: Provider(name, clock, log) for name in CHANNELS}
    with old.begin() as tx:
        [parent] = enrol(tx, 1, MONDAY, channels=CHANNELS)
    world = house(old, tmp_path, clock, lines)
    await tell(world, parent.address, "voorlezen")
    folder = backup.save(old, tmp_path / "backups", clock()).folder
    await tell(world, parent.address, "2")
    for database in (new, third):
        clock.move(clock() + timedelta(minutes=10))
        put_back(folder, database, clock())
        world = house(database, tmp_path, clock, lines)
        await tell(world, parent.address, "2")
    third.close()
    assert len({each.id for each in log}) == len(log) == 4
    assert log[1].text == log[2].text == log[3].text


def put_back(folder: Path, database: Database, now: datetime) -> fence.Fenced:
    """Check, load and fence, as the command does it."""
    manifest = restore.check(folder, database.ring)
    with database.begin() as tx:
        restore.load(tx, folder, manifest)
        return fence.put_up(tx, now)
