"""What colleagues of the small world tell many at once, and what became of it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from bot.broadcast import progress, send
from bot.broadcast.audience import Audience
from bot.broadcast.content import OWN, QUESTION, READY, WORDS, Content
from bot.broadcast.progress import Progress
from bot.broadcast.send import Plan
from bot.model import Address, Value
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new
from tests.world import World

HOLD = timedelta(minutes=2)
OWN_WORDS = Content(OWN, "", {WORDS: Value("words", "Morgen gymspullen mee.", "nl")})
SNOW = Content(READY, "school_dicht", {"dag": Value("date", "2026-11-24")})
ASKED = Content(QUESTION, "peiling_janee", {WORDS: Value("words", "Komt u vrijdag?", "nl")})


def plan(tx: Tx, content: Content, now: datetime, **changes: Any) -> Plan:
    """Every group of De Brug, from juf Janneke, as soon as it may. The groups to which she writes are hers."""
    sender = staff.by_key(tx, "brug", "janneke").id
    audience = changes.get("audience") or Audience("brug", groups=_groups(tx))
    if audience.groups:
        hers = [{"group_id": each, "staff_id": sender} for each in audience.groups]
        tx.execute(insert_new(tx, t.group_staff), hers)
    given = {
        "audience": audience,
        "cls": "broadcast",
        "staff_id": sender,
        "key": f"{now:%H%M%S}",
        "due_at": now,
        "until": now + 20 * HOLD,
    }
    return Plan(content=content, **{**given, **changes})


def _groups(tx: Tx) -> list[int]:
    return list(tx.execute(select(t.group.c.id).where(t.group.c.school == "brug")).scalars())


def made(world: World, content: Content = OWN_WORDS, **changes: Any) -> int:
    """A broadcast that somebody has confirmed just now."""
    now = world.clock()
    return world.write(lambda tx: send.make(tx, plan(tx, content, now, **changes), now))


def urgent(world: World, **changes: Any) -> int:
    return made(world, SNOW, cls=send.URGENT, reason="sneeuw", until=world.clock() + timedelta(hours=8), **changes)


def row(world: World, broadcast_id: int) -> Row[Any]:
    return world.rows(select(t.broadcast).where(t.broadcast.c.id == broadcast_id))[0]


def progress_of(world: World, broadcast_id: int) -> Progress:
    with world.bot.database.read() as tx:
        return progress.of(tx, broadcast_id)


def became(world: World, broadcast_id: int) -> Mapping[int, tuple[str, str]]:
    """By contact the state of each, and why."""
    return {each.contact_id: (each.state, each.reason) for each in progress_of(world, broadcast_id).people}


def named(world: World, *people: Address) -> list[int]:
    return sorted(world.contact(each) for each in people)


def stopped(world: World, broadcast_id: int) -> list[int]:
    """Who has not got it, once it is stopped."""
    return sorted(world.write(lambda tx: send.stop(tx, broadcast_id, world.clock())))


def did(world: World, deed: Callable[..., bool], *given: int) -> bool:
    """What somebody decides now, and whether it came of it."""
    return world.write(lambda tx: deed(tx, *given, world.clock()))
