"""Who did what to whom at school: rows are added and never changed; no contents."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, text

from bot.store import tables as t
from bot.store.database import Tx
from bot.store.office import YOUNG

KEPT = timedelta(days=731)
_SLICE = 500


class Deed(NamedTuple):
    """Something that somebody did. `target`: the id of a `kind` (thread contact child group staff ...), or None."""

    id: int
    staff_id: int | None  # None: the bot itself, or a command of the operator
    what: str
    kind: str
    target: int | None
    at: datetime


def note(
    tx: Tx, school: str, staff_id: int | None, what: str, now: datetime, *, kind: str = "", target: int | None = None
) -> None:  # fmt: skip
    """Note down what somebody did."""
    row = {"school": school, "staff_id": staff_id, "what": what, "kind": kind, "target": target, "at": now}
    tx.execute(t.audit.insert(), row)


def forget(tx: Tx, now: datetime) -> int:
    """The oldest of what was done more than two years ago; says of how many rows.

    The database itself refuses to part with less (see store/office.py), by its own clock.
    """
    a, young = t.audit.c, "(extract(epoch FROM now()) - 63072000) * 1000" if tx.postgres else YOUNG
    first = tx.execute(select(a.id, a.at).order_by(a.id).limit(_SLICE)).all()
    old = a.id.in_([row.id for row in first if row.at < now - KEPT])
    return tx.execute(delete(t.audit).where(old, text(f"audit.at <= {young}"))).rowcount


def latest(
    tx: Tx, school: str, most: int, *, before: int | None = None, staff_id: int | None = None, what: str = ""
) -> list[Deed]:  # fmt: skip
    """What was done at a school, newest first, from the row `before` on; only by somebody, only of one kind."""
    a = t.audit.c
    rows = select(t.audit).where(a.school == school).order_by(a.id.desc()).limit(most)
    rows = rows if before is None else rows.where(a.id < before)
    rows = rows if staff_id is None else rows.where(a.staff_id == staff_id)
    rows = rows.where(a.what == what) if what else rows
    return [Deed(row.id, row.staff_id, row.what, row.kind, row.target, row.at) for row in tx.execute(rows)]
