"""What leaves waits here: keys and fields, class and expiry; never words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, literal, literal_column, null, select, text, update

from bot.model import CLASSES, Part, Value
from bot.people.contacts import slices
from bot.store.database import Tx
from bot.store.many import Many
from bot.store.tables import contact, outbox

# How long a message of a class is still worth sending, from the moment it may leave.
LIFE = {
    "urgent": timedelta(hours=4),
    "reply": timedelta(hours=12),
    "appointment": timedelta(hours=12),
    "broadcast": timedelta(minutes=10),
    "plan": timedelta(hours=3),
    "tip": timedelta(hours=3),
}
BULK = CLASSES.index("appointment")  # from this rank on schools take turns
_INSERT = Many(outbox.insert())
# What can still be taken back: nothing of it is on her phone. The first words are those of the index.
_waits = text("status IN ('queued', 'sending') AND status = 'queued' AND piece = 0")
_gone = {"lane": literal_column("''"), "lane_at": null()}
_REPLACE = Many(
    update(outbox)
    .where(outbox.c.contact_id == bindparam("whose"), outbox.c.scope == bindparam("old"), _waits)
    .values(
        status=literal_column("'cancelled'"), reason=literal_column("'replaced'"), settled_at=bindparam("at"), **_gone
    )
)


@dataclass(slots=True)
class Draft:
    """One message of a turn. `shown`: the question's options in her order, each [id, label] or [id, label, language of
    that label]; label "" if a text names it."""

    contact_id: int
    cls: str
    purpose: str
    school: str | None
    address_id: int | None = None  # where it must go; None: her first address that may be written to
    parts: list[Part] = field(default_factory=list)
    run_id: int | None = None
    step: str | None = None
    ask: str = ""
    type: str = ""
    shown: list[list[str]] | None = None
    thread_id: int | None = None
    due_at: datetime | None = None
    scope: str | None = None  # a newer one of the same scope takes its place
    until: datetime | None = None  # after that it is of no use, however long it had to wait
    broadcast_id: int | None = None  # what is told to many, of which this is one


def put(tx: Tx, drafts: Sequence[Draft], now: datetime) -> None:
    """Queue messages, in order; of one person and scope only the newest."""
    newest = {(draft.contact_id, draft.scope): draft for draft in drafts if draft.scope is not None}
    if newest:
        _REPLACE(tx, [{"whose": whose, "old": scope, "at": now} for whose, scope in sorted(newest)])
        drafts = [draft for draft in drafts if draft.scope is None or newest[draft.contact_id, draft.scope] is draft]
    if drafts:
        _INSERT(tx, [_row(tx, draft, now) for draft in drafts])


def put_alike(tx: Tx, draft: Draft, contact_ids: Sequence[int], now: datetime) -> None:
    """Queue the same message for many; whose contact the draft names does not matter. It is put down once, and the
    database makes a row of it for each."""
    row = _row(tx, draft, now)
    row = {name: value for name, value in row.items() if name != "contact_id" and value is not None}
    alike = [literal(value, outbox.c[name].type) for name, value in row.items()]
    for some in slices(contact_ids):
        rows = select(contact.c.id, *alike).where(contact.c.id.in_(some))
        tx.execute(outbox.insert().from_select(["contact_id", *row], rows))


def _row(tx: Tx, draft: Draft, now: datetime) -> dict[str, Any]:
    due_at = draft.due_at or now
    return {
        "contact_id": draft.contact_id, "address_id": draft.address_id, "school": draft.school, "cls": draft.cls,
        "purpose": draft.purpose,
        "parts": tx.seal("outbox.parts", dump_parts(draft)), "run_id": draft.run_id, "step": draft.step,
        "shown": None if draft.shown is None else [each[0] for each in draft.shown],
        "thread_id": draft.thread_id, "status": "queued", "rank": _rank(draft),
        "queued_at": now, "due_at": due_at, "expires_at": due_at + LIFE[draft.cls],
        "piece": 0, "pieces": 1, "tries": 0, "scope": draft.scope, "until_at": draft.until,
        "broadcast_id": draft.broadcast_id,
    }  # fmt: skip


def _rank(draft: Draft) -> int:
    """What belongs to no school has nobody to take turns with; what is told to many takes turns, urgent as it is."""
    rank = max(CLASSES.index(draft.cls), BULK if draft.broadcast_id else 0)
    return rank if draft.school else min(rank, BULK - 1)


def dump_parts(draft: Draft) -> str:
    return json.dumps([draft.parts, draft.ask, draft.type, draft.shown])


def load_parts(text: str) -> tuple[list[Part], str, str, list[list[str]] | None]:
    """The parts, the key of the question, its type and its options, as `dump_parts` wrote them."""
    parts, ask, kind, shown = json.loads(text)
    return (
        [
            Part(key, {name: Value(*value) for name, value in fields.items()}, language)
            for key, fields, language in parts
        ],
        ask,
        kind,
        shown,
    )


def joined(first: str, second: str) -> str:
    """The parts of two messages that ask nothing as those of one."""
    return json.dumps([json.loads(first)[0] + json.loads(second)[0], "", "", None])


def cancel(tx: Tx, contact_id: int, reason: str, now: datetime) -> int:
    """Cancel what waits for a contact, but for what is urgent and answers that leave right now; returns how many."""
    urgent = (outbox.c.cls == "urgent") & outbox.c.broadcast_id.is_(None)  # what all are told can be left out
    leaving = urgent | ((outbox.c.cls == "reply") & (outbox.c.due_at <= now))
    statement = (
        update(outbox)
        .where(outbox.c.contact_id == contact_id, outbox.c.status == "queued", ~leaving)
        .values(status="cancelled", reason=reason, settled_at=now)
    )
    return tx.execute(statement).rowcount


def cancel_scope(tx: Tx, contact_id: int, prefix: str, reason: str, now: datetime) -> int:
    """Cancel what waits for a contact under a scope that begins so (`appointment:7:`); returns how many."""
    statement = (
        update(outbox)
        .where(outbox.c.contact_id == contact_id, outbox.c.scope.startswith(prefix, autoescape=True), _waits)
        .values(status="cancelled", reason=reason, settled_at=now, **_gone)
    )
    return tx.execute(statement).rowcount
