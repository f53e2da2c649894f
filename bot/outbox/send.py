"""From the queue to the channels: claim and commit, then post, then note what came of it under the same token."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import bindparam, update

from bot import errors
from bot.channels.base import Channel, Finds
from bot.outbox import limits, receipts
from bot.outbox.claim import Letter, Post, claim, reclaim
from bot.store.database import Tx
from bot.store.tables import outbox

__all__ = ["Letter", "Outcome", "Post", "claim", "note", "post_all", "reclaim"]
log = structlog.get_logger()
AT_ONCE = 10  # messages under way on one channel: as many as a driver has connections


class Outcome(NamedTuple):
    """What came of a letter: sent again-later doubt failed blocked missing."""

    letter: Letter
    what: str
    provider_id: str = ""
    code: str = ""
    wait: timedelta = timedelta(0)


# --- over the wire
async def post_all(
    letters: Sequence[Letter], channels: Mapping[str, Channel], clock: Callable[[], datetime],
    stopping: Callable[[], bool],
) -> list[Outcome]:  # fmt: skip
    """Post letters side by side, a few at once; never raises for one of them. Once `stopping`, no new one is begun."""
    turns = {letter.channel: asyncio.Semaphore(AT_ONCE) for letter in letters}

    async def in_turn(letter: Letter) -> Outcome:
        async with turns[letter.channel]:
            if stopping():
                return Outcome(letter, "look" if letter.look else "later", code="stopped")
            if clock() >= letter.ours_until:  # the machine was asleep: somebody else may have sent it meanwhile
                return Outcome(letter, "doubt", code="slept")
            return await _post(letter, channels[letter.channel])

    return list(await asyncio.gather(*map(in_turn, letters)))


async def _post(letter: Letter, channel: Channel) -> Outcome:
    try:
        if letter.look:
            return await _look(letter, channel)
        return Outcome(letter, "sent", await channel.send(letter.message))
    except errors.Unsent as error:
        return Outcome(letter, "look" if letter.look else "later", code=error.code)
    except errors.Throttled as error:
        return Outcome(letter, "look" if letter.look else "later", code="throttled", wait=error.wait)
    except errors.InDoubt as error:
        return Outcome(letter, "doubt", code=error.code)
    except errors.Blocked as error:
        return Outcome(letter, "blocked", code=error.code or "blocked")
    except errors.Rejected as error:
        return Outcome(letter, "failed", code=error.code or "rejected")
    except Exception as error:  # a loop: nobody knows what a broken driver did, and the others go on
        log.error("post_failed", message=letter.row_id, error=type(error).__name__, at=errors.place(error))
        return Outcome(letter, "doubt", code=type(error).__name__)


async def _look(letter: Letter, channel: Channel) -> Outcome:
    if not isinstance(channel, Finds):
        return Outcome(letter, "lost")
    try:
        found = await channel.find(letter.message, letter.tried_at - timedelta(seconds=5))
    except errors.Rejected as error:  # the question was refused, not the message
        return Outcome(letter, "doubt", code=error.code)
    return Outcome(letter, "sent", found) if found else Outcome(letter, "missing")


# --- afterwards
_MINE = update(outbox).where(outbox.c.id == bindparam("it"), outbox.c.token == bindparam("mine"))


def note(tx: Tx, post: Post, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Write down what came of letters; a row whose token has changed belongs to someone else now."""
    for outcome in sorted(outcomes, key=lambda each: each.letter.row_id):
        values = _after(outcome, post, now)
        tx.execute(_MINE.values(values), {"it": outcome.letter.row_id, "mine": outcome.letter.token})
        if outcome.what == "later" and outcome.wait:
            limits.hold(tx, post.config, outcome.letter.channel, now + outcome.wait)
    receipts.close_blocked(tx, [outcome.letter.row_id for outcome in outcomes if outcome.what == "blocked"], now)


def _after(outcome: Outcome, post: Post, now: datetime) -> dict[str, Any]:
    waits = post.config.waits
    letter = outcome.letter
    free = {"token": None, "lease_until": None}
    again = {**free, "status": "queued", "left_at": None}
    if outcome.what == "sent" and letter.more:
        return {**again, "left_at": letter.tried_at, "piece": outbox.c.piece + 1, "due_at": now}
    if outcome.what == "sent":
        return {**free, "status": "sent", "provider_id": outcome.provider_id, "reason": None, "settled_at": now}
    if outcome.what == "later":
        return {
            **again,
            "due_at": now + max(outcome.wait, waits.span("retry")),
            "tries": outbox.c.tries + 1,
            "reason": outcome.code or "unsent",
        }
    given_up = outcome.what in ("doubt", "look") and now >= letter.expires_at  # it must not silence her for ever
    if outcome.what == "lost" or given_up:
        return {**free, "status": "unknown", "reason": "in_doubt", "settled_at": now}
    if outcome.what in ("doubt", "look"):
        return {"lease_until": now + waits.span("settle"), "reason": "in_doubt"}
    if outcome.what == "missing" and now - letter.tried_at >= waits.span("resend"):
        return {**again, "due_at": now, "tries": outbox.c.tries + 1, "reason": "not_arrived"}
    if outcome.what == "missing":
        return {"lease_until": letter.tried_at + waits.span("resend"), "reason": "in_doubt"}
    return {**free, "status": "failed", "reason": outcome.code, "settled_at": now}
