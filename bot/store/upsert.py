"""Insert, or update the row that has the same key, in both databases' words."""

from collections.abc import Sequence
from functools import lru_cache
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
    if rows:
        tx.execute(_upsert(tx.postgres, table, tuple(rows[0]), tuple(key), tuple(raised)), rows)


def insert_new(tx: Tx, table: Table) -> Any:
    """An INSERT that leaves a row alone which is already there, on either engine."""
    return _insert_new(tx.postgres, table)


@lru_cache(maxsize=200)
def _insert_new(postgres: bool, table: Table) -> Any:
    return _insert(postgres, table).on_conflict_do_nothing()


@lru_cache(maxsize=200)  # to put it together costs more than to run it
def _upsert(postgres: bool, table: Table, names: Sequence[str], key: Sequence[str], raised: Sequence[str]) -> Any:
    statement = _insert(postgres, table)
    values: dict[str, Any] = {name: statement.excluded[name] for name in names if name not in key}
    values |= {name: table.c[name] + 1 for name in raised}
    return statement.on_conflict_do_update(index_elements=list(key), set_=values)


def _insert(postgres: bool, table: Table) -> Any:
    return (postgresql.insert if postgres else sqlite.insert)(table)
