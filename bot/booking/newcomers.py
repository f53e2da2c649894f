"""When it is looked whether somebody has come to a round that is open: once a minute, by one process."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from bot.store import chores
from bot.store.database import Tx
from bot.store.tables import chore, consent

LOOK = "talks:families"  # how the look is noted
EVERY = timedelta(minutes=1)


def is_due(tx: Tx, now: datetime) -> bool:
    """Whether nobody has looked in the last minute: asked first, so that no tick writes for it."""
    at = _next(tx)
    return at is None or not now < at <= now + EVERY


def take(tx: Tx, now: datetime) -> bool:
    """Whether this process looks now."""
    return chores.take(tx, LOOK, EVERY, now)


def next_due(tx: Tx) -> datetime | None:
    """When the next look finds somebody who said yes since the last; None where nobody did."""
    at = _next(tx)
    if at is None:
        return None
    newer = exists().where(consent.c.given_at > at - EVERY)
    return at if tx.execute(select(newer)).scalar() else None


def _next(tx: Tx) -> datetime | None:
    found: datetime | None = tx.execute(select(chore.c.next_at).where(chore.c.name == LOOK)).scalar()
    return found
