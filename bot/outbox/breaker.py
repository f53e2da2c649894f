"""A channel whose provider is out of reach rests: for 1, 2, 4 ... 60 seconds, and then one letter goes to see."""

from collections import Counter
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, delete, select

from bot.outbox.limits import opened, resting
from bot.store.database import Tx
from bot.store.tables import limiter
from bot.store.upsert import upsert

log = structlog.get_logger()
IN_A_ROW = 5
_FIRST, _LONGEST = timedelta(seconds=1), timedelta(seconds=60)
_SINCE = select(limiter.c.next_at).where(limiter.c.name == bindparam("opened"))


class Breaker:
    """Counts what failed in a row in this process; that a channel rests is known to all processes."""

    def __init__(self) -> None:
        self._failed: Counter[str] = Counter()

    def heard(self, tx: Tx, channel: str, well: bool, now: datetime) -> None:
        """What came of a letter: the provider answered, or it did not."""
        self._failed[channel] = 0 if well else self._failed[channel] + 1
        since = tx.execute(_SINCE, {"opened": opened(channel)}).scalar()
        if since is not None and well:
            tx.execute(delete(limiter).where(limiter.c.name.in_([resting(channel), opened(channel)])))
            log.warning("channel_works_again", channel=channel, seconds=round((now - since).total_seconds()))
        elif since is None and self._failed[channel] >= IN_A_ROW:
            _rest(tx, channel, now, now)
            log.error("channel_rests", channel=channel, failed_in_a_row=self._failed[channel])
        elif since is not None and not well:
            _rest(tx, channel, since, now)


def _rest(tx: Tx, channel: str, since: datetime, now: datetime) -> None:
    """As long as it has rested until now, and a second more: 1, 2, 4 ... seconds, whichever process counts."""
    until = now + min(_LONGEST, now - since + _FIRST)
    rows = [{"name": opened(channel), "next_at": since}, {"name": resting(channel), "next_at": until}]
    upsert(tx, limiter, rows, key=["name"])
