"""What she sends besides words: noted with her letter, fetched from the provider afterwards, gone after 30 days."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Row, bindparam, delete, select, update

from bot.channels.base import Channel, Fetches
from bot.errors import ChannelError, Rejected, Throttled, place
from bot.inbox import filetype
from bot.model import Inbound, Media
from bot.people import contacts
from bot.store.database import Database, Tx
from bot.store.tables import inbox, media
from bot.store.upsert import insert_new

log = structlog.get_logger()
# A sticker is a mood, which nobody keeps.
KINDS = frozenset({"voice", "image", "video", "document", "location", "contact"})
MOST = 5 * 1024 * 1024  # bytes of one file
LIFE = timedelta(days=30)
TRIES = 8
FIRST_WAIT = timedelta(minutes=1)  # then three times as long each time: twelve hours in the end
PATIENCE = 120  # seconds for one file
LEASE = timedelta(minutes=3)  # who has it in hand so long has died
AT_ONCE = 4  # each may be 5 MB
_WORDLESS = ("location", "contact")  # nothing to fetch: the name says it all


# --- with the letter
def keep(tx: Tx, messages: Sequence[Inbound], now: datetime) -> None:
    """Note what came with these letters, once; it is fetched later, and for those who are enrolled only."""
    sent = [each for each in messages if each.media or each.kind in KINDS]
    if not sent:
        return
    i = inbox.c
    here = i.channel.in_({each.sender.channel for each in sent}), i.provider_id.in_([each.id for each in sent])
    columns = select(i.id, i.contact_id, i.channel, i.provider_id)
    letters = {(row.channel, row.provider_id): row for row in tx.execute(columns.where(*here))}
    enrolled = contacts.enrolled(tx, {row.contact_id for row in letters.values()})
    rows = []
    for message in sent:
        letter = letters[message.sender.channel, message.id]
        for position, each in enumerate(message.media or (Media(message.kind),)):
            if each.kind in KINDS:
                rows.append(_new(tx, letter, position, each, letter.contact_id in enrolled, now))
    if rows:
        tx.execute(insert_new(tx, media), rows)


def _new(tx: Tx, letter: Row[Any], position: int, each: Media, enrolled: bool, now: datetime) -> dict[str, Any]:
    state, reason = "waiting", None
    if not enrolled:
        state, reason = "refused", "stranger"
    elif not each.reference:
        state, reason = ("kept", None) if each.name and each.kind in _WORDLESS else ("refused", "no_way")
    elif each.size > MOST:
        state, reason = "refused", "too_large"
    return {
        "inbox_id": letter.id, "contact_id": letter.contact_id, "position": position, "channel": letter.channel,
        "kind": each.kind, "reference": tx.seal("media.reference", each.reference if enrolled else ""),
        "name": tx.seal("media.name", each.name), "content_type": _plain(each.content_type)[:80] or None,
        "size": max(0, min(each.size, 2**31 - 1)), "state": state, "reason": reason, "tries": 0, "due_at": now,
        "received_at": now,
    }  # fmt: skip


def _plain(content_type: str) -> str:
    """Not every database takes every sign."""
    return content_type if content_type.isascii() and content_type.isprintable() else ""


# --- afterwards
class Claimed(NamedTuple):
    """A file to fetch, in our hands until the lease ends."""

    id: int
    token: str
    channel: str
    reference: str
    content_type: str
    tries: int  # this one counted


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of fetching: a file, a reason why there is none, or how long to wait."""

    data: bytes = b""
    content_type: str = ""
    reason: str = ""
    wait: timedelta = timedelta(0)


async def fetch_due(database: Database, channels: Mapping[str, Channel], clock: Callable[[], datetime]) -> int:
    """Fetch what is due, some at once; returns how many were taken in hand. One that fails stops no other.

    Several processes side by side each take their own. Whoever dies with one in hand only delays it.
    """
    claimed = await database.write(lambda tx: _claim(tx, clock()))
    await asyncio.gather(*(_one(database, channels.get(each.channel), each, clock) for each in claimed))
    return len(claimed)


_DUE = (
    select(*media.c["id", "channel", "reference", "content_type", "tries"])
    .where(media.c.state == "waiting", media.c.due_at <= bindparam("now"))
    .order_by(media.c.due_at)
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True)
)


def _claim(tx: Tx, now: datetime) -> list[Claimed]:
    claimed = []
    for row in tx.execute(_DUE, {"now": now}).all():
        token = secrets.token_hex(16)
        mine = update(media).where(media.c.id == row.id)
        tx.execute(mine.values(token=token, due_at=now + LEASE, tries=row.tries + 1))
        reference = tx.open("media.reference", row.reference)
        claimed.append(Claimed(row.id, token, row.channel, reference, row.content_type or "", row.tries + 1))
    return claimed


async def _one(database: Database, channel: Channel | None, each: Claimed, clock: Callable[[], datetime]) -> None:
    try:
        outcome = await _fetch(channel, each)
        # Each file in a commit of its own: nobody waits long for the writer.
        await database.write(lambda tx: _note(tx, each, outcome, clock()))
    except Exception as error:  # a loop: it is due again when its lease ends, and the others go on
        log.error("media_failed", media=each.id, error=type(error).__name__, at=place(error))


async def _fetch(channel: Channel | None, each: Claimed) -> _Outcome:
    if not isinstance(channel, Fetches):
        return _Outcome(reason="no_way")
    try:
        async with asyncio.timeout(PATIENCE):
            found = await channel.fetch(each.reference, MOST)
    except Rejected as error:
        return _Outcome(reason="too_large" if error.code.endswith(("size", "large")) else "gone")
    except Throttled as error:
        return _later(each, error.wait)
    except (ChannelError, TimeoutError):
        return _later(each)
    if len(found.data) > MOST:
        return _Outcome(reason="too_large")
    # In a thread: an archive may list a hundred thousand files, and webhooks would wait for a second.
    content_type = await asyncio.to_thread(filetype.judge, found.content_type, found.data)
    return _Outcome(found.data, content_type) if content_type else _Outcome(reason="type")


def _later(each: Claimed, asked: timedelta = timedelta(0)) -> _Outcome:
    if each.tries >= TRIES:
        return _Outcome(reason="not_fetched")
    return _Outcome(wait=max(asked, FIRST_WAIT * 3 ** (each.tries - 1)))


def _note(tx: Tx, each: Claimed, outcome: _Outcome, now: datetime) -> None:
    """Write down what came of it; where the token has changed, somebody else has it in hand."""
    values: dict[str, Any] = {"token": None}
    if outcome.wait:
        values |= {"due_at": now + outcome.wait}
    elif outcome.reason:
        values |= {"state": "refused", "reason": outcome.reason}
    else:
        sealed = tx.seal_bytes("media.data", outcome.data)
        values |= {"state": "kept", "data": sealed, "size": len(outcome.data), "content_type": outcome.content_type}
    tx.execute(update(media).where(media.c.id == each.id, media.c.token == each.token).values(values))


def expire(tx: Tx, now: datetime, *, most: int = 100) -> int:
    """Delete what is older than 30 days, the oldest first; returns how many, for a next slice where there are more."""
    # By the letter's date and the index of both ids: to look at a row's own would read its file.
    letter = inbox.c.id == media.c.inbox_id
    old = select(media.c.id).join(inbox, letter).where(inbox.c.received_at < now - LIFE).order_by(media.c.inbox_id)
    ids = tx.execute(old.limit(most)).scalars().all()
    if ids:
        tx.execute(delete(media).where(media.c.id.in_(ids)))
    return len(ids)
