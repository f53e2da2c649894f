"""Bots are killed while thousands of plans and timers fall due: each becomes one event and one message."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import or_, select, update

from bot.desk.handle import handle
from bot.inbox.put import Note, put
from bot.model import WEEKDAYS
from bot.scheduler import plans
from bot.scheduler.plans import PlanRow
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests.harness import shelf
from tests.harness.parents import Parent, enrol
from tests.harness.stage import FULL, SCHOOL, Process, Stage, answers, until

pytestmark = pytest.mark.slow
PARENTS, PLANS, KILLS = (300, 30, 100) if FULL else (60, 25, 5)
LONG = timedelta(seconds=2 * KILLS if FULL else 6)  # over which they fall due
WEEK = timedelta(days=7)
CASES = [
    pytest.param("sqlite", 1, id="sqlite"),
    pytest.param("postgres", 2, id="postgres-two", marks=pytest.mark.postgres),
]


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path, ring: Ring) -> Iterator[Stage]:
    """A school on the engine that the test names, without a process yet."""
    with Stage(tmp_path, request.getfixturevalue(f"{request.param}_url"), ring).open() as opened:
        yield opened


def ask_all(tx: Tx, stage: Stage, parents: list[Parent], moments: list[datetime], now: datetime) -> None:
    """Each was asked something the day before yesterday; her silence is over at her moment."""
    books, before = shelf.books(stage.settings()), now - timedelta(days=2)
    books.publish(tx, before)
    start = {"flow": "voorlezen", "school": SCHOOL, "fields": {}}
    put(tx, [Note(each.contact_id, "start", f"test:{each.number}", start) for each in parents], before)
    while handle(tx, books, before):
        pass
    tx.execute(update(t.outbox).values(status="sent", left_at=before, settled_at=before))
    for parent, moment in zip(parents, moments, strict=True):
        tx.execute(update(t.run).where(t.run.c.contact_id == parent.contact_id).values(due_at=moment))


def plan_all(tx: Tx, parents: list[Parent], dice: random.Random, now: datetime) -> None:
    """So many plans of each, due one after the other."""
    rows = []
    rule = {"weekday": WEEKDAYS[(now.weekday() + 3) % 7], "time": "19:00"}  # the next time is far away
    for parent in parents:
        for number in range(PLANS):
            due_at = now + dice.random() * LONG
            rows.append(
                PlanRow(
                    parent.contact_id, SCHOOL, f"plan:test{number}", "voorlezen", "voorlezen.herinnering", "{}", "plan",
                    "tips", "Europe/Amsterdam", rule, due_at, now + 30 * WEEK,
                )
            )  # fmt: skip
    plans.save(tx, rows)


def prepare(stage: Stage, dice: random.Random) -> None:
    now = datetime.now(UTC) + timedelta(seconds=2)  # a bot takes so long to start
    with stage.database.begin() as tx:
        parents = enrol(tx, PARENTS, now)
        ask_all(tx, stage, parents, [now + dice.random() * LONG for _ in parents], now)
        plan_all(tx, parents, dice, now)


def is_done(database: Database) -> bool:
    """Whether nothing is due any more, and every event was read."""
    now = datetime.now(UTC)
    with database.read() as tx:
        timers = tx.execute(select(t.run.c.id).where(t.run.c.state != "ended", t.run.c.due_at <= now).limit(1)).first()
        early = tx.execute(select(t.followup.c.id).where(t.followup.c.due_at < now + LONG).limit(1)).first()
        unread = tx.execute(select(t.inbox.c.id).where(t.inbox.c.state == "waiting").limit(1)).first()
    return not (timers or early or unread)


async def kill(stage: Stage, bots: list[Process], dice: random.Random) -> None:
    """One of them, at work or while it starts; and another takes its place."""
    number = dice.randrange(len(bots))
    if dice.random() < 0.8:
        await answers(f"{stage.bot_url(number)}/health", bots[number])
    await asyncio.sleep(dice.uniform(0, 0.5))
    bots[number].kill()
    bots[number] = stage.start_bot(number)


def check(database: Database) -> None:
    """Each row that was due led to one event, and that to one message."""
    with database.read() as tx:
        i, f, o = t.inbox.c, t.followup.c, t.outbox.c
        kinds = Counter(tx.execute(select(i.kind).where(i.channel == "bot")).scalars())
        errors = Counter(map(tuple, tx.execute(select(i.state, i.error))))
        keys = set(tx.execute(select(i.provider_id).where(i.kind == "plan")).scalars())
        rows = tx.execute(select(f.id, f.rev, f.state)).all()
        said = Counter(map(tuple, tx.execute(select(o.contact_id, o.scope).where(o.scope.like("plan:%")))))
        asked = Counter(
            tx.execute(select(o.contact_id).where(or_(o.scope.is_(None), o.scope.not_like("plan:%")))).scalars()
        )
        steps = Counter(tx.execute(select(t.run.c.step)).scalars())
    assert kinds == {"start": PARENTS, "silent": PARENTS, "plan": PARENTS * PLANS}
    assert errors == {("done", None): sum(kinds.values())}
    assert keys == {f"plan:{row.id}:0" for row in rows}
    assert {(row.rev, row.state) for row in rows} == {(1, "waiting")}
    assert len(said) == PARENTS * PLANS
    assert set(said.values()) == {1}
    assert steps == {"wanneer": PARENTS}
    assert set(asked.values()) == {2}, "each was asked, and reminded of it once"


@pytest.mark.parametrize(("stage", "count"), CASES, indirect=["stage"])
async def test_bots_are_killed_while_things_fall_due(stage: Stage, count: int) -> None:
    began = time.monotonic()
    dice = random.Random(20270328)
    await answers(f"{stage.network_url}/log", stage.start_network())
    prepare(stage, dice)
    bots = [stage.start_bot(number) for number in range(count)]
    for _ in range(KILLS):
        await kill(stage, bots, dice)
    await until(lambda: is_done(stage.database), "the end of what was due", pause=0.1)
    check(stage.database)
    print(f"{KILLS} kills, {PARENTS * (PLANS + 1)} rows, {time.monotonic() - began:.0f} seconds")
