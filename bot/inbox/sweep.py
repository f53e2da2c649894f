"""What came in although its webhook was lost: once an hour the provider is asked for its own list."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.channels.base import Sweeps
from bot.inbox.receive import Mail
from bot.store import settings
from bot.store.database import Database, Tx

OVERLAP = timedelta(minutes=10)  # a provider's list may be late too
LONGEST = timedelta(days=7)
FRESH = timedelta(minutes=1)  # what is newer may have its webhook still on the way, which knows more
SLICE = 100


async def sweep(
    database: Database, name: str, channel: Sweeps, take: Callable[[list[Mail]], Awaitable[None]], start: datetime,
    now: datetime,
) -> int:  # fmt: skip
    """Store by `take` what the provider says came in; known ids change nothing. Returns how many are too fresh yet.

    From the last sweep that went well, the first time from `start`. Raises ChannelError.
    """
    since = await database.fetch(lambda tx: begin(tx, name, start, now))
    named = await channel.sweep(since)
    found = [each for each in named if each.written_at is None or each.written_at <= now - FRESH]
    for place in range(0, len(found), SLICE):
        await take(list(found[place : place + SLICE]))
    await database.write(lambda tx: settings.put_moment(tx, _setting(name), now))
    return len(named) - len(found)


def begin(tx: Tx, name: str, start: datetime, now: datetime) -> datetime:
    """From when on the list is read. What was before a restore is the past: a person looks after that."""
    last = settings.get_moment(tx, _setting(name)) or start
    restored = settings.get_moment(tx, "restored_at")
    return max(last - OVERLAP, now - LONGEST, restored or now - LONGEST)


def last(tx: Tx, name: str) -> datetime | None:
    """When the list of this channel was last read to its end."""
    return settings.get_moment(tx, _setting(name))


def _setting(name: str) -> str:
    return f"swept.{name}"
