"""What a verdict does to a message: it ends, or goes back into the queue, to her by another way."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Row, update

from bot.outbox import templates
from bot.outbox.verdict import Facts, Verdict
from bot.people import consent, unsaid
from bot.store.database import Tx
from bot.store.tables import address, outbox

log = structlog.get_logger()


def facts(row: Row[Any]) -> Facts:
    """What a verdict must know of a row of the outbox."""
    return Facts(row.cls, row.thread_id, row.address_id, row.tried or (), row.expires_at)


def follow(tx: Tx, row: Row[Any], found: Verdict, code: str, now: datetime, *, end: str = "failed") -> None:
    """Do what follows for this row, which is locked: its new state, and what is known now of its address."""
    if found.withdrawn:
        _close(tx, row, now)
    if found.closed:
        tx.execute(update(address).where(address.c.id == row.address_id).values(heard_at=None))
    if found.refused:
        templates.distrust(tx, row, code, now)
    if found.loud:
        log.error("message_refused", row=row.id, school=row.school, code=code)
    values = {"status": end, "reason": code or None, "settled_at": now, "token": None, "lease_until": None}
    if found.again:
        values |= again(row, now) | {"due_at": now + found.wait, "tried": [*(row.tried or ()), found.mark]}
    tx.execute(update(outbox).where(outbox.c.id == row.id).values(values))
    unsaid.end(tx, [row], unsaid.NOT_ASKED, now)


def again(row: Row[Any], now: datetime) -> dict[str, Any]:
    """What puts a row back into the queue, from its first piece, under a number of its own at the provider."""
    return {
        "status": "queued", "hop": row.hop + 1, "piece": 0, "due_at": now, "left_at": None, "settled_at": None,
        "token": None, "lease_until": None, "lane": "", "lane_at": None,
    }  # fmt: skip


def _close(tx: Tx, row: Row[Any], now: datetime) -> None:
    """She closed the channel: her consent for it is withdrawn."""
    closed = update(address).where(address.c.id == row.address_id).returning(address.c.contact_id, address.c.channel)
    found = tx.execute(closed.values(blocked_at=now)).first()
    if found:
        consent.withdraw(tx, found.contact_id, "block", now, channel=found.channel)
