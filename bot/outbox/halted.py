"""What belongs to a broadcast that was stopped half-way: it leaves no more, whoever had it in hand at that moment."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from bot.store.database import Tx
from bot.store.tables import broadcast

REASON = "stopped"


def among(tx: Tx, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Those of these rows that came back from a sender after their broadcast was stopped. The second half of a message
    goes on: the first is on her phone."""
    told = {row.broadcast_id for row in rows if row.broadcast_id and not row.piece}
    if not told:
        return []
    over = select(broadcast.c.id).where(broadcast.c.id.in_(sorted(told)), broadcast.c.state == REASON)
    stopped = set(tx.execute(over).scalars())
    return [row for row in rows if row.broadcast_id in stopped and not row.piece]
