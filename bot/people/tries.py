"""Wrong passwords and codes are counted: after five one waits, longer each time, a quarter of an hour at most.

They are counted for an account and where they come from: browsers in which she signed in before each have a count of
their own. So whoever guesses at her account somewhere else keeps nobody out but himself and strangers.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from bot.store import tables as t
from bot.store.database import Tx

FREE = 5
WAITS = (1, 2, 4, 8, 15)  # minutes after so many more
WINDOW = timedelta(days=1)


def place(tx: Tx, account: str, browser: str) -> str:
    """What is counted for: an account (or a name that nobody has), and a browser, "" for all strange ones."""
    return tx.find(f"try:{account}:{browser}")


def take(tx: Tx, where: str, now: datetime) -> timedelta | None:
    """Begin a try: it counts as wrong until `right`. How long to wait first, where it is too soon; it is not counted.

    It is counted beforehand, so that a thousand tries at once are a thousand tries.
    """
    if tx.postgres:
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(where))))
    if wait := waits(tx, where, now):
        return wait
    tx.execute(t.login_try.insert(), {"find": where, "at": now})
    return None


def waits(tx: Tx, where: str, now: datetime) -> timedelta | None:
    """How long nothing may be tried there; None where it may be now."""
    c = t.login_try.c
    counted = select(func.count().label("many"), func.max(c.at).label("last")).where(c.find == where)
    row = tx.execute(counted.where(c.at > now - WINDOW)).one()
    if row.many < FREE:
        return None
    left: timedelta = row.last + timedelta(minutes=WAITS[min(row.many - FREE, len(WAITS) - 1)]) - now
    return left if left > timedelta(0) else None


def right(tx: Tx, where: str) -> None:
    """It was right: what was wrong before does not count any more."""
    tx.execute(delete(t.login_try).where(t.login_try.c.find == where))
