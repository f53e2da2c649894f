"""Work that one process does at a time: when it is next due, and who has it in hand."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.database import Tx
from bot.store.tables import chore

_FAR = timedelta(days=2)  # beyond what any of us sets: the clock has been set back since


def take(tx: Tx, name: str, every: timedelta, now: datetime) -> bool:
    """Whether this process does it now; then it is due again after `every`. Of several processes one is told yes."""
    due = (chore.c.next_at <= now) | (chore.c.next_at > now + every + _FAR)
    return _seize(tx, name, None, now + every, due & chore.c.token.is_(None))


def put_off(tx: Tx, name: str, until: datetime) -> None:
    """It went wrong, or it goes on: due again at `until`."""
    tx.execute(update(chore).where(chore.c.name == name).values(next_at=until))


def hold(tx: Tx, name: str, token: str, lease: timedelta, now: datetime) -> bool:
    """Take what nobody holds, or hold it longer: it is ours until `now + lease`. False: another process has it."""
    over = (chore.c.next_at <= now) | (chore.c.next_at > now + lease + _FAR)
    return _seize(tx, name, token, now + lease, (chore.c.token == token) | over)


def release(tx: Tx, name: str, token: str, now: datetime) -> None:
    """Leave it to whoever comes next; nothing where it is not ours any more."""
    mine = update(chore).where(chore.c.name == name, chore.c.token == token)
    tx.execute(mine.values(token=None, next_at=now))


def held(tx: Tx, now: datetime) -> dict[str, datetime]:
    """What some process has in hand, and until when."""
    rows = tx.execute(select(chore).where(chore.c.token.is_not(None), chore.c.next_at > now).order_by(chore.c.name))
    return {row.name: row.next_at for row in rows}


def _seize(tx: Tx, name: str, token: str | None, next_at: datetime, free: ColumnElement[bool]) -> bool:
    """Move the row where it is `free`, or write it where there is none: never look first, then write."""
    values = {"token": token, "next_at": next_at}
    moved = update(chore).where(chore.c.name == name, free).values(values)
    if tx.execute(moved).rowcount:
        return True
    insert = postgresql.insert if tx.postgres else sqlite.insert
    written = insert(chore).values(name=name, **values).on_conflict_do_nothing().returning(chore.c.name)
    return tx.execute(written).first() is not None
