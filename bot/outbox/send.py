"""From the queue to the channels: claim and commit, then post, then note what came of it under the same token."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Row, bindparam, select, update

from bot import errors
from bot.channels.base import Channel, Finds
from bot.outbox import limits, reroute
from bot.outbox.breaker import Breaker
from bot.outbox.claim import Letter, Post, claim, reclaim
from bot.outbox.templates import Workshop
from bot.outbox.verdict import doubt, verdict
from bot.store.database import Tx
from bot.store.many import Many
from bot.store.tables import limiter, outbox

__all__ = ["Letter", "Outcome", "Post", "claim", "note", "post_all", "post_one", "reclaim"]
log = structlog.get_logger()
PATIENCE = timedelta(minutes=15)  # a provider that asks for a day is asked again sooner: alarms wait with the rest


class Outcome(NamedTuple):
    """What came of a letter: sent later look doubt lost failed missing. `well`: whether the provider answered."""

    letter: Letter
    what: str
    provider_id: str = ""
    code: str = ""
    wait: timedelta = timedelta(0)
    well: bool | None = None  # None: it was not asked
    asked_at: datetime | None = None


# --- over the wire
async def post_all(
    letters: Sequence[Letter], channels: Mapping[str, Channel], clock: Callable[[], datetime],
    stopping: Callable[[], bool], workshop: Workshop | None = None,
) -> list[Outcome]:  # fmt: skip
    """Post letters side by side; never raises for one of them."""
    workshop = workshop or Workshop()
    return list(await asyncio.gather(*(post_one(letter, channels, clock, stopping, workshop) for letter in letters)))


async def post_one(
    letter: Letter, channels: Mapping[str, Channel], clock: Callable[[], datetime], stopping: Callable[[], bool],
    workshop: Workshop,
) -> Outcome:  # fmt: skip
    """Post a letter, or ask what became of it; never raises. Once `stopping`, nothing is begun."""
    if stopping():
        return Outcome(letter, "look" if letter.look else "later", code="stopped")
    asked_at = clock()
    if asked_at >= letter.ours_until:  # the machine was asleep: somebody else may have sent it meanwhile
        return Outcome(letter, "look" if letter.look else "later", code="slept")  # the token tells
    outcome = await _post(letter, channels[letter.channel], workshop)
    return outcome._replace(asked_at=asked_at)


async def _post(letter: Letter, channel: Channel, workshop: Workshop) -> Outcome:
    try:
        if letter.look:
            return await _look(letter, channel)
        return Outcome(letter, "sent", await workshop.send(channel, letter.message), well=True)
    except errors.Unsent as error:
        return Outcome(letter, "look" if letter.look else "later", code=error.code, well=False)
    except errors.Throttled as error:
        code = error.code if error.code.startswith("config") else "throttled"
        return Outcome(letter, "look" if letter.look else "later", code=code, wait=error.wait, well=True)
    except errors.InDoubt as error:
        return Outcome(letter, _in_doubt(channel), code=error.code, well=False)
    except errors.Blocked as error:
        return Outcome(letter, "failed", code=error.code or "blocked", well=True)
    except errors.Rejected as error:
        return Outcome(letter, "failed", code=error.code or "rejected", well=True)
    except Exception as error:  # a loop: nobody knows what a broken driver did, and the others go on
        log.error("post_failed", message=letter.row_id, error=type(error).__name__, at=errors.place(error))
        return Outcome(letter, _in_doubt(channel), code=type(error).__name__, well=False)


def _in_doubt(channel: Channel) -> str:
    """Whether somebody can be asked, or nobody will ever know."""
    return "doubt" if isinstance(channel, Finds) else "lost"


async def _look(letter: Letter, channel: Channel) -> Outcome:
    if not isinstance(channel, Finds):
        return Outcome(letter, "lost")
    try:
        found = await channel.find(letter.message, letter.tried_at - timedelta(seconds=5), letter.others)
    except errors.Rejected as error:  # the question was refused, not the message
        return Outcome(letter, "doubt", code=error.code, well=True)
    return Outcome(letter, "sent", found, well=True) if found else Outcome(letter, "missing", well=True)


# --- afterwards
_MINE = update(outbox).where(outbox.c.id == bindparam("it"), outbox.c.token == bindparam("mine"))
_SET = ("token", "lease_until", "status", "provider_id", "reason", "settled_at")
_SENT = Many(_MINE.values({name: bindparam(f"new_{name}") for name in _SET}))


def _spent(channel: str) -> Any:
    return select(limiter.c.next_at).where(limiter.c.name == limits.spent(channel)).scalar_subquery()


_FREE: dict[str, Any] = {"token": None, "lease_until": None}


def note(tx: Tx, post: Post, outcomes: Sequence[Outcome], now: datetime, breaker: Breaker | None = None) -> None:
    """Write down what came of letters; a row whose token has changed belongs to someone else now."""
    for plainly, some in groupby(sorted(outcomes, key=lambda each: each.letter.row_id), key=_is_sent):
        if plainly:
            _SENT(tx, [_mine(each) | _new(_after(each, post, now)) for each in some])
            continue
        for outcome in some:
            _note_one(tx, post, outcome, now)
    post.workshop.save(tx, now)
    if outcomes:  # as a claim locks them, all in one order: else two processes wait for each other in a circle
        limits.load(tx, post.config, now)
    works: set[str] = set()  # channels that answered well just now: that they do it again is no news
    for outcome in outcomes:  # in the order in which they came back
        channel = outcome.letter.channel
        if breaker and outcome.well is not None and not (outcome.well and channel in works):
            breaker.heard(tx, channel, outcome.well, now)
            works = works | {channel} if outcome.well else works - {channel}
        if outcome.wait:
            _be_patient(tx, post, outcome, now)


def _is_sent(outcome: Outcome) -> bool:
    """Whether there is nothing to say of it but that the whole message is gone."""
    return outcome.what == "sent" and not outcome.letter.more and not outcome.letter.look


def _mine(outcome: Outcome) -> dict[str, Any]:
    return {"it": outcome.letter.row_id, "mine": outcome.letter.token}


def _new(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()}


def _note_one(tx: Tx, post: Post, outcome: Outcome, now: datetime) -> None:
    if outcome.what in ("failed", "lost"):
        _refused(tx, post, outcome, now)
        return
    if outcome.letter.look and outcome.provider_id and _is_another(tx, outcome):
        outcome = outcome._replace(what="doubt", code="alike")
    tx.execute(_MINE.values(_after(outcome, post, now)), _mine(outcome))


def _is_another(tx: Tx, outcome: Outcome) -> bool:
    """Whether what was found is known as another message: two with equal words were in doubt at once."""
    o = outbox.c
    other = select(o.id).where(o.provider_id == outcome.provider_id, o.id != outcome.letter.row_id)
    return tx.execute(other.limit(1)).first() is not None


def _refused(tx: Tx, post: Post, outcome: Outcome, now: datetime) -> None:
    """The provider said no, or nobody will ever know: what follows from it is written on the row."""
    mine = outbox.c.id == outcome.letter.row_id, outbox.c.token == outcome.letter.token
    row: Row[Any] | None = tx.execute(select(outbox).where(*mine).with_for_update()).first()
    if row is None:
        return
    if outcome.what == "lost":
        found = doubt(reroute.facts(row), post.config.waits.span("settle"))
        reroute.follow(tx, row, found, "in_doubt", now, end="unknown")
    else:
        reroute.follow(tx, row, verdict(outcome.code, reroute.facts(row), now), outcome.code, now)


def _be_patient(tx: Tx, post: Post, outcome: Outcome, now: datetime) -> None:
    limits.hold(tx, post.config, outcome.letter.channel, now + min(outcome.wait, PATIENCE))
    if outcome.code.startswith("config"):
        seconds = round(outcome.wait.total_seconds())
        log.error("channel_refuses_us", channel=outcome.letter.channel, code=outcome.code, seconds=seconds)


def _after(outcome: Outcome, post: Post, now: datetime) -> dict[str, Any]:
    waits = post.config.waits
    letter = outcome.letter
    again = {**_FREE, "status": "queued", "left_at": None}
    if outcome.what == "later" and outcome.wait:  # it keeps its place among those who wait for this sender
        again |= {"lane": letter.channel, "lane_at": _spent(letter.channel)}
        return {**again, "tries": outbox.c.tries + 1, "reason": outcome.code}
    if outcome.what == "sent" and letter.more:
        return {**again, "left_at": letter.tried_at, "piece": outbox.c.piece + 1, "due_at": now}
    if outcome.what == "sent":
        return {**_FREE, "status": "sent", "provider_id": outcome.provider_id, "reason": None, "settled_at": now}
    if outcome.what == "later":
        return {
            **again,
            "due_at": now + waits.span("retry"),
            "tries": outbox.c.tries + 1,
            "reason": outcome.code or "unsent",
        }
    if outcome.what in ("doubt", "look") and now >= letter.expires_at:  # it must not silence her for ever
        return {**_FREE, "status": "unknown", "reason": "in_doubt", "settled_at": now}
    if outcome.what in ("doubt", "look"):
        return {"lease_until": now + waits.span("settle"), "reason": "in_doubt"}
    # Missing. It counts when that was asked: on a busy machine the answer may be written down much later.
    if (outcome.asked_at or now) - letter.tried_at >= waits.span("resend"):
        return {**again, "due_at": now, "tries": outbox.c.tries + 1, "reason": "not_arrived"}
    return {"lease_until": letter.tried_at + waits.span("resend"), "reason": "in_doubt"}
