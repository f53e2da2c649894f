"""Messages that leave no more, and what hangs on them: others that one of them says too, the question it asks."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, exists, or_, select, update

from bot.store.database import Tx
from bot.store.tables import outbox, run

_o = outbox.c
COLUMNS = _o["id", "contact_id", "broadcast_id", "run_id", "step", "due_at", "expires_at", "parts", "merged_into"]
_PARTS = update(outbox).where(_o.id == bindparam("which")).values(parts=bindparam("new_parts"))
NOT_ASKED = "not_asked"  # how a run ends whose question never reached her
_UNSAID = ("cancelled", "expired", "failed")


def leave(tx: Tx, rows: Sequence[Row[Any]], result: str, now: datetime) -> None:
    """What hangs on these rows, which leave no more."""
    if rows:
        before = {row.id: row for row in rows}
        for row in _merged(tx, rows, _o.merged_into.in_(before)):
            _set_free(tx, row, before[row.merged_into])
        end(tx, rows, result, now)


def apart(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    """Each of these says only its own words again, and so does what was said with it; where they still wait."""
    ids = [row.id for row in rows]
    for row in _merged(tx, rows, or_(_o.id.in_(ids), _o.merged_into.in_(ids))) if ids else ():
        other = take_out(tx, row)
        if other is not None:
            _set_free(tx, row, other)


def end(tx: Tx, rows: Sequence[Row[Any]], result: str, now: datetime) -> None:
    """What many were to be asked and she was not, is not open: a later word of hers means something else. Where it was
    asked by another message, it stays open."""
    run_ids = {row.run_id for row in rows if row.broadcast_id and row.step}
    if run_ids:
        asked = exists().where(_o.run_id == run.c.id, _o.step.is_not(None), _o.status.not_in(_UNSAID))
        ended = {"state": "ended", "result": result, "due_at": None, "changed_at": now, "rev": run.c.rev + 1}
        tx.execute(update(run).where(run.c.id.in_(run_ids), run.c.state != "ended", ~asked).values(ended))


def take_out(tx: Tx, row: Row[Any]) -> Row[Any] | None:
    """This one is said by another message: where that still waits, it says it no more. Returns that message."""
    wanted = _o.id == row.merged_into, _o.status == "queued", _o.piece == 0
    other = tx.execute(select(*COLUMNS).where(*wanted).with_for_update()).first()
    if other is None:
        return None
    mine, (parts, *rest) = (json.loads(tx.open("outbox.parts", each.parts)) for each in (row, other))
    many = len(mine[0])
    place = next((n for n in range(len(parts)) if parts[n : n + many] == mine[0]), None)
    if place is None:
        return None
    left = json.dumps([parts[:place] + parts[place + many :], *rest])
    tx.execute(_PARTS, {"which": other.id, "new_parts": tx.seal("outbox.parts", left)})
    return other


def _merged(tx: Tx, rows: Sequence[Row[Any]], which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    whose = _o.contact_id.in_({row.contact_id for row in rows}), _o.reason == "merged", _o.merged_into.is_not(None)
    return tx.execute(select(*COLUMNS).where(*whose, which).order_by(_o.id)).all()


def _set_free(tx: Tx, row: Row[Any], other: Row[Any]) -> None:
    """It waits by itself again."""
    alone = {"status": "queued", "reason": "budget", "due_at": other.due_at, "expires_at": other.expires_at}
    tx.execute(update(outbox).where(_o.id == row.id).values(**alone, settled_at=None, merged_into=None))
