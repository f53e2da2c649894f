"""How a letter gets its row: once per provider id, by the unique index, never by looking first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from bot.store.database import Tx
from bot.store.many import Many
from bot.store.tables import inbox

_KEY = ["channel", "provider_id"]
_SQLITE = Many(sqlite.insert(inbox).on_conflict_do_nothing(index_elements=_KEY))
_POSTGRES = Many(postgresql.insert(inbox).on_conflict_do_nothing(index_elements=_KEY))


def insert(tx: Tx, rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows that are new, and say how many; the others change nothing."""
    return (_POSTGRES if tx.postgres else _SQLITE)(tx, rows) if rows else 0
