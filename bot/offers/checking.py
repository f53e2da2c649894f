"""A week after somebody's name was passed on she is asked whether a partner has called."""

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import bindparam, exists, func, literal_column, select, update

from bot.config import Config
from bot.inbox.put import Note, put
from bot.model import Value
from bot.store import tables as t
from bot.store.database import Database, Tx

FLOW = "aanbod_check"
SLICE = 200  # people in one write: nobody waits long for the writer
_r = t.referral.c
_PASSED: Any = literal_column("referral.state = 'passed'")  # the words of the index
_NEXT = select(func.min(_r.check_at)).where(_PASSED)
_DUE = select(exists().where(_PASSED, _r.check_at <= bindparam("now")))


def next_due(tx: Tx) -> datetime | None:
    """When the next parent is asked."""
    found: datetime | None = tx.execute(_NEXT).scalar()
    return found


async def begin_due(database: Database, config: Config, now: datetime) -> None:
    """Everyone whose week is over is asked, once. Two processes at once change nothing."""
    while await database.fetch(partial(_any, now=now)):
        await database.write(partial(begin, config=config, now=now))


def _any(tx: Tx, now: datetime) -> bool:
    return bool(tx.execute(_DUE, {"now": now}).scalar())


def begin(tx: Tx, config: Config, now: datetime) -> int:
    """The next slice of them; how many."""
    due = select(_r.id).where(_PASSED, _r.check_at <= now).order_by(_r.check_at, _r.id).limit(SLICE)
    ids = tx.execute(due.with_for_update(skip_locked=True)).scalars().all()
    claimed = update(t.referral).where(_r.id.in_(ids), _PASSED, _r.check_at <= now).values(check_at=None)
    rows = tx.execute(claimed.returning(_r.id, _r.contact_id, _r.school, _r.passed_at)).all()
    put(tx, [_note(row) for row in sorted(rows) if row.school in config.schools], now)
    return len(rows)


def _note(row: Any) -> Note:
    """`passed_at` in its key: what is passed on once more is asked about once more."""
    fields = {"verwijzing": list(Value("number", str(row.id)))}
    payload = {"flow": FLOW, "school": row.school, "child": None, "scope": f"referral:{row.id}:", "fields": fields}
    return Note(row.contact_id, "start", f"referral:{row.id}:{int(row.passed_at.timestamp())}", payload)
