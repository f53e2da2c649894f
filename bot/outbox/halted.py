"""What belongs to a broadcast that was stopped half-way: it leaves no more, whoever had it in hand at that moment."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from bot.store.database import Tx
from bot.store.tables import broadcast, outbox, run

REASON = "stopped"
_o = outbox.c


def among(tx: Tx, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Those of these rows that came back from a sender after their broadcast was stopped. The second half of a message
    goes on: the first is on her phone."""
    told = {row.broadcast_id for row in rows if row.broadcast_id and not row.piece}
    if not told:
        return []
    over = select(broadcast.c.id).where(broadcast.c.id.in_(sorted(told)), broadcast.c.state == REASON)
    stopped = set(tx.execute(over).scalars())
    return [row for row in rows if row.broadcast_id in stopped and not row.piece]


def leave(tx: Tx, rows: Sequence[Row[Any]], now: datetime) -> None:
    """What hangs on these rows, which leave no more: other broadcasts that they say too, the questions they ask."""
    if rows:
        _set_free(tx, rows)
        _end(tx, [row.run_id for row in rows if row.run_id], now)


def _set_free(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    """Other broadcasts that one of these says too wait by themselves again."""
    before = {row.id: row for row in rows}
    whose = _o.contact_id.in_({row.contact_id for row in rows}), _o.reason == "merged", _o.merged_into.in_(before)
    for row in tx.execute(select(*_o["id", "merged_into"]).where(*whose)).all():
        other = before[row.merged_into]
        alone = {"status": "queued", "reason": "budget", "due_at": other.due_at, "expires_at": other.expires_at}
        tx.execute(update(outbox).where(_o.id == row.id).values(**alone, settled_at=None, merged_into=None))


def _end(tx: Tx, run_ids: Collection[int], now: datetime) -> None:
    """A question that never left is not open: a later word of hers means something else."""
    if run_ids:
        ended = {"state": "ended", "result": REASON, "due_at": None, "changed_at": now, "rev": run.c.rev + 1}
        tx.execute(update(run).where(run.c.id.in_(run_ids), run.c.state != "ended").values(ended))
