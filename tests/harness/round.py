"""A round of talks for the world of the tests: groups 4 and 5 of De Brug, one afternoon, two teachers."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.booking import rounds
from bot.booking.plan import Plan
from bot.booking.slots import Hours
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import World

ZONE = ZoneInfo("Europe/Amsterdam")
DAY = date(2026, 12, 3)  # a Thursday


def wall(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def plan(tx: Tx, **changes: Any) -> Plan:
    """It opens on Wednesday at four, for families with several children on Tuesday, and closes on Monday at noon."""
    teachers = [staff.by_key(tx, "brug", key).id for key in ("janneke", "bas")]
    groups = tx.execute(select(t.group.c.id).where(t.group.c.school == "brug").order_by(t.group.c.name)).scalars()
    hours = tuple(Hours(who, DAY, time(15), time(17), "school", "lokaal 4") for who in teachers)
    whole = Plan("brug", "Rapport", (*groups,), hours, 10, wall(25, 16), wall(30, 12), "rapport", wall(24, 16))
    return whole._replace(**changes)


def make(world: World, **changes: Any) -> int:
    """Plan it now; its number."""
    config, now = world.bot.config, world.clock()
    return world.write(lambda tx: rounds.make(tx, config, plan(tx, **changes), None, now))


def invited(world: World, number: int) -> dict[tuple[str, str], str]:
    """How far each parent is, by her first name and her child's."""
    v, g, c = t.invitee.c, t.guardian.c, t.child.c
    rows = world.rows(
        select(g.name, c.name.label("child"), v.state)
        .select_from(t.invitee).join(t.child, c.id == v.child_id)
        .join(t.guardian, (g.child_id == v.child_id) & (g.contact_id == v.contact_id)).where(v.round_id == number)
    )  # fmt: skip
    with world.bot.database.read() as tx:
        return {
            (tx.open("guardian.name", row.name).split()[0], tx.open("child.name", row.child).split()[0]): row.state
            for row in rows
        }


def notes(world: World, number: int) -> list[str]:
    """Whom the house has asked to book, by the key of each note without the moment."""
    i = t.inbox.c
    begins = f"round:{number}:"
    rows = world.rows(select(i.provider_id).where(i.provider_id.startswith(begins)).order_by(i.id))
    return [row.provider_id.removeprefix(begins) for row in rows]
