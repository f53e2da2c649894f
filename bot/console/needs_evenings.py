"""What an evening asks afterwards: who could not come was told that she may read it, and somebody has to write that."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from bot.console.needs import Need, to
from bot.console.visit import Visit
from bot.gatherings.gatherings import CLOSED, OPEN
from bot.gatherings.guests import AWAY, LISTED
from bot.gatherings.plan import OPEN_DAY
from bot.store import tables as t
from bot.store.database import Tx

WORTH = timedelta(days=7)  # so long after it somebody still reads it
_PROMISED = (AWAY, LISTED)


def untold(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Evenings that are over and have readers: for who made them, and for the office."""
    g, v = t.gathering.c, t.visitor.c
    mine = () if visit.who.is_office else (g.staff_id == visit.who.staff_id,)
    over = g.starts_at <= visit.now, g.starts_at > visit.now - WORTH, g.state.in_((OPEN, CLOSED)), g.kind != OPEN_DAY
    rows = (
        select(g.id, g.name, g.starts_at, g.minutes, func.count().label("readers"))
        .join(t.visitor, v.gathering_id == g.id)
        .where(g.school.in_(visit.who.schools), *mine, v.state.in_(_PROMISED), *over)
        .group_by(g.id, g.name, g.starts_at, g.minutes)
        .order_by(g.starts_at, g.id)
    )
    for row in tx.execute(rows):
        if row.starts_at + timedelta(minutes=row.minutes) <= visit.now:
            text = visit.say("vandaag.avond_vertel", naam=row.name, aantal=row.readers)
            yield Need("avond", text, to(visit, f"/avonden/{row.id}"), id=row.id)
