"""The bot is killed while a school tells everybody: nobody misses it, nobody gets it twice, the list is true."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.broadcast import progress, send
from bot.broadcast.audience import Audience
from bot.broadcast.content import READY, Content
from bot.broadcast.send import URGENT, Plan
from bot.model import Value
from bot.outbox.halted import REASON
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.books import statuses
from tests.harness.parents import Log, Parent, enrol
from tests.harness.stage import FULL, SCHOOL, WAITS, Process, Stage, answers, until
from tests.world import YEAR

pytestmark = pytest.mark.slow
PARENTS, TOLD, KILLS = (1_200, 30, 150) if FULL else (120, 3, 4)
FAULTS = {"seed": 5, "error_before": 0.02, "error_after": 0.02, "cut_before": 0.02, "cut_after": 0.02}
PATIENT = {**WAITS, "lease": 3.0, "resend": 6.0}  # a whole school at once: an answer may take long on a busy machine
SNOW = Content(READY, "school_dicht", {"dag": Value("date", "2026-11-24")})
GOT = {"sent", "delivered", "read"}
CASES = [
    *([pytest.param("sqlite", 1, id="sqlite")] if FULL else []),  # two say more
    pytest.param("postgres", 2, id="postgres-two", marks=pytest.mark.postgres),
]


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path, ring: Ring) -> Iterator[Stage]:
    """A school on the engine that the test names, without a process yet."""
    url = request.getfixturevalue(f"{request.param}_url")
    with Stage(tmp_path, url, ring, PATIENT).open() as opened:
        yield opened


def tell(database: Database, number: int) -> int:
    """Somebody has confirmed that everybody is told, at once; five times."""
    now = datetime.now(UTC)
    with database.begin() as tx:
        sender = staff.add(tx, SCHOOL, "dora", "Dora", staff.HEAD, [], YEAR)
        everybody, until_at = Audience(SCHOOL, all=True), now + timedelta(hours=4)
        plan = Plan(everybody, SNOW, URGENT, sender, f"sneeuw {number}", now, until_at, "sneeuw")
        (told,) = {send.make(tx, plan, now) for _ in range(5)}
    return told


async def kill(stage: Stage, bots: list[Process], dice: random.Random) -> None:
    """One of the bots, once it works or while it starts; another takes its place."""
    number = dice.randrange(len(bots))
    if dice.random() < 0.8:
        await answers(f"{stage.bot_url(number)}/health", bots[number])
    await asyncio.sleep(dice.uniform(0, 0.4))
    bots[number].kill()
    bots[number] = stage.start_bot(number)


@pytest.mark.parametrize(("stage", "bots"), CASES, indirect=["stage"])
async def test_killed_in_the_midst_of_it(stage: Stage, bots: int) -> None:
    dice, database = random.Random(20261124), stage.database
    with database.begin() as tx:
        parents = enrol(tx, PARENTS, datetime.now(UTC), channels=["sms"])
    network = stage.start_network(**FAULTS)
    await answers(f"{stage.network_url}/health", network)
    running = [stage.start_bot(number) for number in range(bots)]
    told: list[int] = []
    stopped = 0
    missing: set[int] = set()
    for number in range(max(TOLD, KILLS)):
        if number < TOLD:
            told.append(tell(database, number))
        if number < KILLS:
            await kill(stage, running, dice)
        if number == TOLD - 1:  # the last one is stopped half-way
            stopped = told[-1]
            missing = await stop(database, stopped)
    await until(lambda: done(database, told), "an end of all work", pause=0.1)
    check(stage, parents, told, stopped, missing)


async def stop(database: Database, broadcast_id: int) -> set[int]:
    """Once it has begun; who has not got it."""
    await until(lambda: state(database, broadcast_id) != "planned", "a beginning")
    with database.begin() as tx:
        return {*send.stop(tx, broadcast_id, datetime.now(UTC))}


def state(database: Database, broadcast_id: int) -> str:
    with database.read() as tx:
        return str(tx.execute(select(t.broadcast.c.state).where(t.broadcast.c.id == broadcast_id)).scalar_one())


def done(database: Database, told: list[int]) -> bool:
    over = all(state(database, each) in ("going", "stopped") for each in told)
    return over and not {"queued", "sending"} & set(statuses(database))


def check(stage: Stage, parents: list[Parent], told: list[int], stopped: int, missing: set[int]) -> None:
    """What is on the phones is what the lists say."""
    log = Log(stage.log)
    log.read()
    with stage.database.read() as tx:
        rows = tx.execute(select(*t.outbox.c["id", "contact_id", "broadcast_id", "reason"])).all()
        listed = {each: {person.contact_id: person.state for person in progress.of(tx, each).people} for each in told}
    pairs = Counter((row.broadcast_id, row.contact_id) for row in rows)
    assert {*pairs.values()} == {1}, "somebody has two messages of one broadcast"
    assert {each: len(found) for each, found in listed.items()} == dict.fromkeys(told, len(parents))
    phones = {parent.contact_id: Counter(log.accepted[parent.address]) for parent in parents}
    doubled = [row.id for row in rows if phones[row.contact_id][f"{row.id}-0"] > 1]
    assert not doubled, f"{len(doubled)} came twice, such as {doubled[:3]}"
    for row in rows:
        arrived, became = phones[row.contact_id][f"{row.id}-0"], listed[row.broadcast_id][row.contact_id]
        assert bool(arrived) == (became in GOT), f"message {row.id} is {became}, and {arrived} are on the phone"
    for each in told:
        lacks = {contact_id for contact_id, became in listed[each].items() if became not in GOT}
        if each == stopped:  # what was in hand at that moment and came back does not leave either
            came_back = {row.contact_id for row in rows if row.broadcast_id == each and row.reason == REASON}
            assert missing <= lacks <= missing | came_back
        else:
            assert not lacks
