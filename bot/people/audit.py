"""Who did what to whom at school: rows are added and never changed; no contents."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from bot.store import tables as t
from bot.store.database import Tx


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


def latest(tx: Tx, school: str, most: int, *, before: int | None = None) -> list[Deed]:
    """What was done at a school, newest first, from the row `before` on."""
    a = t.audit.c
    rows = select(t.audit).where(a.school == school).order_by(a.id.desc()).limit(most)
    rows = rows if before is None else rows.where(a.id < before)
    return [Deed(row.id, row.staff_id, row.what, row.kind, row.target, row.at) for row in tx.execute(rows)]
