"""How a letter gets its row: once per provider id, by the unique index, never by looking first."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from bot.store.database import Tx
from bot.store.tables import inbox

_KEY = ["channel", "provider_id"]
_SQLITE = sqlite.insert(inbox).on_conflict_do_nothing(index_elements=_KEY)
_POSTGRES = postgresql.insert(inbox).on_conflict_do_nothing(index_elements=_KEY)


def insert(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows that are new; the others change nothing."""
    if rows:
        tx.execute(_POSTGRES if tx.postgres else _SQLITE, rows)
