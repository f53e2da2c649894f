"""From the queue to the channels: claim and commit, then post, then note what came of it under the same token."""

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Row, bindparam, exists, select, update

from bot import errors
from bot.channels.base import Channel, Finds
from bot.config import Config
from bot.model import Choice, Outbound, Status
from bot.outbox import limits, receipts
from bot.outbox.address import Addressee, choose, load_addressees
from bot.outbox.fit import Piece, fit
from bot.outbox.hours import deferral
from bot.outbox.queue import load_parts
from bot.outbox.render import render
from bot.store.database import Tx
from bot.store.tables import contact, outbox
from bot.translation.catalogue import Catalogue

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Post:
    """What sending needs besides the database. `templates`: the keys of texts that are approved outside the window."""

    config: Config
    catalogue: Catalogue
    channels: Mapping[str, Channel]
    templates: frozenset[str]


class Letter(NamedTuple):
    """A claimed message under way. `look`: it may have been sent before; first ask the provider."""

    row_id: int
    token: str
    channel: str
    message: Outbound
    cls: str
    tried_at: datetime
    more: bool = False  # another piece follows
    look: bool = False


class Outcome(NamedTuple):
    """What came of a letter: sent again-later doubt failed blocked missing."""

    letter: Letter
    what: str
    provider_id: str = ""
    code: str = ""
    wait: timedelta = timedelta(0)


_earlier = outbox.alias("earlier")
_DUE = (
    select(outbox, contact.c.language)
    .join(contact, contact.c.id == outbox.c.contact_id)
    .where(outbox.c.status == "queued", outbox.c.due_at <= bindparam("now"))
    .where(
        ~exists().where(
            _earlier.c.contact_id == outbox.c.contact_id,
            _earlier.c.id < outbox.c.id,
            _earlier.c.status.in_(("queued", "sending")),
            (_earlier.c.due_at <= bindparam("now")) | (_earlier.c.status == "sending"),
        )
    )
    .order_by(outbox.c.rank, outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=outbox, skip_locked=True)
)
_CLAIMED = ("address_id", "body", "token", "lease_until", "left_at", "pieces")
_CLAIM = (
    update(outbox)
    .where(outbox.c.id == bindparam("it"))
    .values(status="sending", **{name: bindparam(f"new_{name}") for name in _CLAIMED})
)
_SET = ("status", "reason", "due_at", "expires_at")
_PUT_OFF = (
    update(outbox).where(outbox.c.id == bindparam("it")).values({name: bindparam(f"new_{name}") for name in _SET})
)


def claim(tx: Tx, post: Post, now: datetime, *, most: int = 100) -> tuple[list[Letter], int]:
    """Take what is due: ask consent, hours and rates again, render in today's language, mark as `sending`.

    Returns the letters to post once this transaction is committed, and how many rows were looked at.
    """
    rows = tx.execute(_DUE, {"now": now, "most": most}).all()
    if not rows:
        return [], 0
    people = load_addressees(tx, {row.contact_id for row in rows})
    rates = limits.load(tx, post.config, now)
    letters: list[Letter] = []
    claimed: list[dict[str, Any]] = []
    put_off: list[dict[str, Any]] = []
    for row in rows:
        try:
            verdict = _judge(tx, post, row, people[row.contact_id], rates, now)
            if isinstance(verdict, dict):
                put_off.append(verdict)
                continue
            letter, values = _address(tx, post, row, verdict, now)
        except Exception as error:  # a loop: noted on the row, and the others go on
            log.error("letter_failed", row=row.id, error=type(error).__name__, at=errors.place(error))
            put_off.append(_state(row, Status.FAILED, type(error).__name__))
        else:
            letters.append(letter)
            claimed.append(values)
    for statement, values_list in ((_CLAIM, claimed), (_PUT_OFF, put_off)):
        if values_list:
            tx.execute(statement, values_list)
    rates.save(tx)
    return letters, len(rows)


def _judge(
    tx: Tx, post: Post, row: Row[Any], person: list[Addressee], rates: limits.Rates, now: datetime
) -> Addressee | dict[str, Any]:
    """The address this row may go to now, or the new state of the row: put off, expired, refused."""
    if row.expires_at <= now:
        return _state(row, Status.EXPIRED, "too_late")
    chosen, why = choose(tx, row, person, post.config, post.channels, post.templates, now)
    if chosen is None:
        return _state(row, Status.CANCELLED if why == "no_consent" else Status.FAILED, why)
    later = deferral(row, chosen, post.config, now)
    if later:
        return _state(row, Status.QUEUED, "quiet_hours", later)
    free_at = rates.take(chosen.channel, chosen.id)
    if free_at > now:
        return _state(row, Status.QUEUED, row.reason, free_at)
    return chosen


def _state(row: Row[Any], status: Status, reason: str | None, due_at: datetime | None = None) -> dict[str, Any]:
    """Lateness counts from the moment it may leave, so a deferral moves the expiry along."""
    moved = (due_at - row.due_at) if due_at else timedelta(0)
    return {
        "it": row.id, "new_status": status.value, "new_reason": reason, "new_due_at": row.due_at + moved,
        "new_expires_at": row.expires_at + moved,
    }  # fmt: skip


def _address(tx: Tx, post: Post, row: Row[Any], to: Addressee, now: datetime) -> tuple[Letter, dict[str, Any]]:
    """Render the row for this address and make the letter of the piece that is next."""
    language = tx.open("contact.language", row.language)
    if row.body is not None:
        pieces = _load_body(tx.open("outbox.body", row.body))
    else:
        parts, ask, kind, shown = load_parts(tx.open("outbox.parts", row.parts))
        texts, choices = render(
            post.catalogue, language, parts, ask, kind, shown, isolates=post.channels[to.channel].limits.isolates
        )
        pieces = fit(texts, choices, to.limits_now(post.channels[to.channel].limits, now))
    token = secrets.token_hex(16)
    letter = _letter(tx, row, pieces, to, token, language, now, post)
    body = json.dumps([[piece.text, piece.choices, piece.layout] for piece in pieces])
    return letter, {
        "it": row.id, "new_address_id": to.id, "new_body": tx.seal("outbox.body", body), "new_token": token,
        "new_lease_until": now + post.config.waits.span("lease"), "new_left_at": now, "new_pieces": len(pieces),
    }  # fmt: skip


def _letter(
    tx: Tx, row: Row[Any], pieces: Sequence[Piece], to: Addressee, token: str, language: str, now: datetime, post: Post
) -> Letter:
    piece = pieces[row.piece]
    template = ""
    if to.window_closed(post.channels[to.channel].limits.window, now):
        template = load_parts(tx.open("outbox.parts", row.parts))[0][0].key
    message = Outbound(
        id=f"{row.id}-{row.piece}", to=to.open(tx), text=piece.text, choices=piece.choices,
        layout=piece.layout, template=template, language=language, expires_at=row.expires_at,
        urgent=row.cls == "urgent",
    )  # fmt: skip
    return Letter(row.id, token, to.channel, message, row.cls, now, more=row.piece + 1 < len(pieces))


def _load_body(text: str) -> list[Piece]:
    return [
        Piece(words, tuple(Choice(*choice) for choice in choices), layout)
        for words, choices, layout in json.loads(text)
    ]


# --- over the wire
async def post_all(letters: Sequence[Letter], channels: Mapping[str, Channel]) -> list[Outcome]:
    """Post letters side by side; never raises for one of them."""
    return list(await asyncio.gather(*(_post(letter, channels[letter.channel]) for letter in letters)))


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


async def _look(letter: Letter, channel: Channel) -> Outcome:
    if not isinstance(channel, Finds):
        return Outcome(letter, "lost")
    found = await channel.find(letter.message, letter.tried_at - timedelta(seconds=5))
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
    if outcome.what in ("doubt", "look"):
        return {"lease_until": now + waits.span("settle"), "reason": "in_doubt"}
    if outcome.what == "missing" and now - letter.tried_at >= waits.span("resend"):
        return {**again, "due_at": now, "tries": outbox.c.tries + 1, "reason": "not_arrived"}
    if outcome.what == "missing":
        return {"lease_until": letter.tried_at + waits.span("resend"), "reason": "in_doubt"}
    if outcome.what == "lost":
        return {**free, "status": "unknown", "reason": "in_doubt", "settled_at": now}
    return {**free, "status": "failed", "reason": outcome.code, "settled_at": now}


def reclaim(tx: Tx, post: Post, now: datetime, *, most: int = 50) -> list[Letter]:
    """Take letters whose lease has run out: their sender died, or nobody knows whether they arrived. Look first."""
    rows = tx.execute(
        select(outbox, contact.c.language)
        .join(contact, contact.c.id == outbox.c.contact_id)
        .where(outbox.c.status == "sending", outbox.c.lease_until <= now)
        .order_by(outbox.c.lease_until)
        .limit(most)
        .with_for_update(of=outbox, skip_locked=True)
    ).all()
    people = load_addressees(tx, {row.contact_id for row in rows})
    letters = []
    for row in rows:
        to = next((each for each in people[row.contact_id] if each.id == row.address_id), None)
        if to is None or to.channel not in post.channels:
            tx.execute(
                update(outbox)
                .where(outbox.c.id == row.id)
                .values(status="unknown", reason="no_channel", token=None, lease_until=None)
            )
            continue
        token = secrets.token_hex(16)
        tx.execute(
            update(outbox)
            .where(outbox.c.id == row.id)
            .values(token=token, lease_until=now + post.config.waits.span("lease"))
        )
        pieces = _load_body(tx.open("outbox.body", row.body))
        letter = _letter(tx, row, pieces, to, token, tx.open("contact.language", row.language), now, post)
        letters.append(letter._replace(look=True, tried_at=row.left_at))
    return letters
