"""From the queue: what is due is asked for consent, hours and rates again, rendered, and marked as under way."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Row, bindparam, select, update

from bot import errors
from bot.channels.base import Channel
from bot.config import Config
from bot.model import Choice, Outbound, Status
from bot.outbox import limits
from bot.outbox.address import Addressee, choose, load_addressees
from bot.outbox.due import due
from bot.outbox.fit import Piece, fit
from bot.outbox.hours import deferral, last_moment
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
    ours_until: datetime  # after that somebody else may look after it
    expires_at: datetime  # after that it is worth nothing any more
    more: bool = False  # another piece follows
    look: bool = False


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
    rows = due(tx, now, most)
    if not rows:
        return [], 0
    people = load_addressees(tx, {row.contact_id for row in rows})
    rates = limits.load(tx, post.config, [each.id for person in people.values() for each in person], now)
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
    free_at = rates.take(chosen.channel, chosen.id, bulk=row.cls not in ("reply", "urgent"))
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
    if row.piece:  # its first part is on her phone already
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
        id=f"{row.id}-{row.piece}" + (f"-{row.hop}" if row.hop else ""), to=to.open(tx), text=piece.text,
        choices=piece.choices, layout=piece.layout, template=template, language=language,
        expires_at=last_moment(row, to, post.config, now), urgent=row.cls == "urgent",
    )  # fmt: skip
    until = now + post.config.waits.span("lease")
    more = row.piece + 1 < len(pieces)
    return Letter(row.id, token, to.channel, message, row.cls, now, until, row.expires_at, more)


def _load_body(text: str) -> list[Piece]:
    return [
        Piece(words, tuple(Choice(*choice) for choice in choices), layout)
        for words, choices, layout in json.loads(text)
    ]


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
