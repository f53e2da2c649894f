"""A timer, a freed slot, a click in the console: an event for a contact, which the desk reads like a letter."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bot.inbox.rows import insert
from bot.store.database import Tx

CHANNEL = "bot"


class Note(NamedTuple):
    """An event for a contact. `key` makes it happen once: the same key again does nothing."""

    contact_id: int
    kind: str  # silent plan answer start
    key: str
    payload: dict[str, Any]


def put(tx: Tx, notes: Sequence[Note], now: datetime) -> None:
    """Lay events into the inbox; those whose key is known already are passed over."""
    insert(
        tx,
        [
            {
                "channel": CHANNEL, "provider_id": note.key, "contact_id": note.contact_id, "address_id": None,
                "kind": note.kind,
                "payload": tx.seal("inbox.payload", json.dumps(note.payload)), "received_at": now, "state": "waiting",
            }
            for note in notes
        ],
    )  # fmt: skip
