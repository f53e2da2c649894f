"""Insert, or update the row that has the same key, in both databases' words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.database import Tx


def upsert(
    tx: Tx, table: Table, rows: Sequence[dict[str, Any]], *, key: Sequence[str], raised: Sequence[str] = ()
) -> None:
    """Insert `rows`; where `key` exists, the other columns take the new values, and those `raised` count one on.

    Sort rows by key: no deadlocks.
    """
    if not rows:
        return
    make = postgresql.insert if tx.postgres else sqlite.insert
    statement = make(table)
    values: dict[str, Any] = {name: statement.excluded[name] for name in rows[0] if name not in key}
    values |= {name: table.c[name] + 1 for name in raised}
    tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values), rows)


def insert_new(tx: Tx, table: Table) -> Any:
    """An INSERT that leaves a row alone which is already there, on either engine."""
    make = postgresql.insert if tx.postgres else sqlite.insert
    return make(table).on_conflict_do_nothing()
