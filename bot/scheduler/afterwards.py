"""Moments that are laid once: a reminder before an agreed talk, a question at an agreed date."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import update

from bot.model import Value
from bot.store.database import Tx
from bot.store.tables import followup
from bot.store.upsert import upsert


class Moment(NamedTuple):
    """A flow that begins at a moment, of no use after `until`. `kind`: remind after."""

    contact_id: int
    school: str
    child_id: int | None
    kind: str
    scope: str
    flow: str
    fields: Mapping[str, Value]
    due_at: datetime
    until: datetime


def lay(tx: Tx, moments: Sequence[Moment], zone: ZoneInfo) -> None:
    """Lay these; one of the same scope takes the place of the one before."""
    ordered = sorted(moments, key=lambda each: (each.contact_id, each.scope))
    upsert(tx, followup, [_row(tx, each, zone) for each in ordered], key=["contact_id", "scope"], raised=["rev"])


def drop(tx: Tx, contact_id: int, begins: str, reason: str) -> None:
    """What waits under scopes that begin so is not wanted any more."""
    f = followup.c
    waiting = f.contact_id == contact_id, f.scope.startswith(begins, autoescape=True), f.state == "waiting"
    tx.execute(update(followup).where(*waiting).values(state="dropped", reason=reason, rev=f.rev + 1))


def _row(tx: Tx, moment: Moment, zone: ZoneInfo) -> dict[str, Any]:
    fields = json.dumps({name: list(value) for name, value in moment.fields.items()})
    return {
        "contact_id": moment.contact_id, "scope": moment.scope, "school": moment.school, "kind": moment.kind,
        "flow": moment.flow, "say": "", "fields": tx.seal("followup.fields", fields), "cls": "appointment",
        "purpose": "school", "zone": zone.key, "rule": {}, "state": "waiting", "count": 0, "due_at": moment.due_at,
        "expires_at": moment.until, "child_id": moment.child_id, "reason": None,
    }  # fmt: skip
