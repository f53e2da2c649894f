"""A talk that was agreed upon, for tests about what comes before and after it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.booking import appointments, before
from bot.booking.appointments import Talk
from bot.model import Address
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx
from tests.world import World

ZONE = ZoneInfo("Europe/Amsterdam")
THURSDAY = datetime(2026, 12, 3, 15, 30, tzinfo=ZONE).astimezone(UTC)  # in the week after the one of MONDAY


def agree(world: World, who: Address, at: datetime = THURSDAY, *, prepares: bool = True) -> int:
    """A talk about her first child, with its teacher; she is asked what she wants to say before it."""

    def work(tx: Tx) -> int:
        g = t.guardian.c
        mine = select(g.child_id).where(g.contact_id == world.contact(who), g.school == "brug").order_by(g.id)
        child, teacher = tx.execute(mine).scalars().first(), staff.by_key(tx, "brug", "janneke").id
        talk = Talk(world.contact(who), "brug", at, 15, child, teacher)
        number = appointments.plan(tx, world.bot.config, talk, world.clock(), tell=False)
        if prepares:
            before.lay(tx, world.bot.config, talk._replace(id=number), world.clock())
        return number

    return world.write(work)


def along(world: World, number: int, who: Address, *, role: str = "comes", state: str = "yes") -> None:
    """The other parent comes along, or reads afterwards what was agreed."""
    row = {"appointment_id": number, "contact_id": world.contact(who), "role": role, "state": state}
    world.write(lambda tx: tx.execute(t.guest.insert(), {**row, "changed_at": world.clock()}))


def child_in(world: World, who: Address, group: str) -> None:
    """Her first child is in a group of this name."""
    g, m = t.guardian.c, t.membership.c

    def work(tx: Tx) -> None:
        child = (
            tx.execute(select(g.child_id).where(g.contact_id == world.contact(who)).order_by(g.id)).scalars().first()
        )
        here = select(m.group_id).where(m.child_id == child).scalar_subquery()
        tx.execute(t.group.update().where(t.group.c.id == here).values(name=group))

    world.write(work)
