"""A round opens for a school, and the bots are killed in the midst of it: who read that it is agreed has a talk."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as wall
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.booking import rounds
from bot.booking.plan import Plan
from bot.booking.slots import Hours
from bot.outbox.queue import load_parts
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.books import balance, until_quiet
from tests.harness.parents import Parent, Phones, enrol, phones
from tests.harness.stage import FULL, SCHOOL, Process, Stage, all_of, answers, until

pytestmark = [pytest.mark.slow, pytest.mark.postgres]
FAULTS = {"seed": 3, "error_before": 0.02, "cut_before": 0.02, "double": 0.05}
PARENTS, KILLS, BOTS = (300, 60, 2) if FULL else (12, 1, 2)
MINUTES = 10
AN_EVENING = 18  # talks between three and six


@pytest.fixture
def stage(postgres_url: str, tmp_path: Path, ring: Ring) -> Iterator[Stage]:
    with Stage(tmp_path, postgres_url, ring).open() as opened:
        yield opened


def open_round(database: Database, now: datetime) -> int:
    """It opens now: everybody's child has one teacher, with a few more moments than there are children."""
    with database.begin() as tx:
        teacher = staff.by_key(tx, SCHOOL, "janneke").id
        group = tx.execute(select(t.group.c.id)).scalar_one()
        days = range(10, 11 + PARENTS * 5 // 4 // AN_EVENING)
        hours = tuple(Hours(teacher, (now + timedelta(days=on)).date(), wall(15), wall(18)) for on in days)
        closes = now + timedelta(days=7)
        plan = Plan(SCHOOL, "Rapport", (group,), hours, MINUTES, now, closes, "rapport", prepares=False, key="torture")
        return rounds.lay(tx, plan, teacher, now)


async def kill(stage: Stage, bots: list[Process], dice: random.Random) -> None:
    """First all of them, in the moment in which it opens; then one at work, or while it starts."""
    await until(lambda: asked(stage.database) > 0, "the first invitation", pause=0.005)
    for bot in bots:
        bot.kill()
    bots[:] = [stage.start_bot(number) for number in range(len(bots))]
    for _ in range(KILLS):
        which = dice.randrange(len(bots))
        if dice.random() < 0.8:
            await answers(f"{stage.bot_url(which)}/health", bots[which])
        await asyncio.sleep(dice.uniform(0, 0.4))
        bots[which].kill()
        bots[which] = stage.start_bot(which)


async def answer(parent: Parent, hands: Phones) -> None:
    """She reads a proposal and says yes."""
    await hands.log.shows(lambda: hands.log.arrived(parent.address) > 0, f"a proposal to {parent}")
    await hands.ask(parent, "1")


async def test_killed_while_a_round_opens(stage: Stage) -> None:
    began, dice, database = time.monotonic(), random.Random(20261125), stage.database
    now = datetime.now(UTC)
    with database.begin() as tx:
        parents = enrol(tx, PARENTS, now, channels=["sms"])  # all of them can be written to first
    async with phones(stage, **FAULTS) as hands:
        bots = [stage.start_bot(number) for number in range(BOTS)]
        round_id = open_round(database, now)
        await all_of([kill(stage, bots, dice), *(answer(parent, hands) for parent in parents)])
        await hands.faults()
        await until_quiet(database, hands.log)
        balance(database, hands.log, parents)
    check(database, round_id, parents)
    print(f"{BOTS + KILLS} kills, {len(parents)} parents, {time.monotonic() - began:.0f} seconds")


def check(database: Database, round_id: int, parents: list[Parent]) -> None:
    """Who read that it is agreed has a talk, and nobody else; no moment is somebody's twice, no time is lost."""
    a, b, v = t.appointment.c, t.busy.c, t.invitee.c
    with database.read() as tx:
        talks = tx.execute(select(a.id, a.contact_id, a.staff_id, a.starts_at).where(a.state == "planned")).all()
        given = {row.id: row.many for row in tx.execute(
            select(b.appointment_id.label("id"), func.count().label("many")).group_by(b.appointment_id))}  # fmt: skip
        states = Counter(tx.execute(select(v.state).where(v.round_id == round_id)).scalars())
    has = Counter(row.contact_id for row in talks)
    assert has == told(database), "agreed is what was said"
    assert set(has.values()) == {1}
    assert set(has) == {parent.contact_id for parent in parents}
    assert len({(row.staff_id, row.starts_at) for row in talks}) == len(talks), "no moment twice"
    assert given == {row.id: 2 * MINUTES // 5 for row in talks}, "of the teacher and of the parent"
    assert states == {"booked": len(parents)}


def told(database: Database) -> Counter[int]:
    """How often each parent was told that it is agreed."""
    o = t.outbox.c
    with database.read() as tx:
        rows = tx.execute(select(o.contact_id, o.parts).where(o.status.in_(("sent", "delivered", "read")))).all()
        said = [(row.contact_id, load_parts(tx.open("outbox.parts", row.parts))[0]) for row in rows]
    return Counter(who for who, parts in said if any(part.key.startswith("gesprek.klaar.") for part in parts))


def asked(database: Database) -> int:
    """How many are in the round by now."""
    with database.read() as tx:
        return int(
            tx.execute(select(func.count()).select_from(t.invitee).where(t.invitee.c.state != "waiting")).scalar_one()
        )
