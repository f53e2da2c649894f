"""What providers still hold of somebody who was forgotten: softly asked for, one after the other, until it is gone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update

from bot.channels.base import Channel, Clock, Forgets
from bot.errors import ChannelError, Throttled
from bot.store import tables as t
from bot.store.database import Database, Tx

AT_ONCE = 20  # in a round; the next comes a minute later: what people write goes first
LONGEST = timedelta(days=15)  # Twilio itself names fourteen days for a message that does not come to an end
_FIRST, _MOST = timedelta(minutes=10), timedelta(hours=12)
_l = t.leftover.c


class _Held(NamedTuple):
    id: int
    channel: str
    provider_id: str
    tries: int
    asked_at: datetime


async def settle(database: Database, channels: Mapping[str, Channel], clock: Clock) -> int:
    """Ask for the next few; says how many were asked. A channel that is off keeps what it has, and so it is said."""
    held = await database.fetch(lambda tx: _due(tx, clock()))
    for each in held:
        values = await _ask(each, channels.get(each.channel), clock())
        await database.write(lambda tx, each=each, values=values: _note(tx, each, values))  # type: ignore[misc]
    return len(held)


def _due(tx: Tx, now: datetime) -> list[_Held]:
    columns = select(_l.id, _l.channel, _l.provider_id, _l.tries, t.erasure.c.asked_at)
    joined = columns.join(t.erasure, t.erasure.c.id == _l.erasure_id)
    due = joined.where(_l.state == "there", _l.try_at <= now).order_by(_l.try_at, _l.id).limit(AT_ONCE)
    return [
        _Held(row.id, row.channel, tx.open("leftover.provider_id", row.provider_id), row.tries, row.asked_at)
        for row in tx.execute(due)
    ]


async def _ask(held: _Held, channel: Channel | None, now: datetime) -> dict[str, Any]:
    if not isinstance(channel, Forgets):
        return {"state": "kept", "reason": "no_way"}
    try:
        gone = await channel.forget(held.provider_id)
    except ChannelError as error:
        if now - held.asked_at > LONGEST:
            return {"state": "kept", "reason": error.code[:40] or type(error).__name__}
        wait = min(_FIRST * 2 ** min(held.tries, 10), _MOST)
        wait = max(wait, error.wait) if isinstance(error, Throttled) else wait
        return {"try_at": now + wait, "reason": error.code[:40] or type(error).__name__, "tries": held.tries + 1}
    return {"state": "gone" if gone else "kept", "reason": None if gone else "too_old"}


def _note(tx: Tx, held: _Held, values: dict[str, Any]) -> None:
    """What came of it; a number that is of no use any more is not kept."""
    if "state" in values:
        values = values | {"provider_id": tx.seal("leftover.provider_id", ""), "try_at": None}
    tx.execute(update(t.leftover).where(_l.id == held.id, _l.state == "there").values(values))
