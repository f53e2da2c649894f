"""One statement for many rows, compiled once: SQLAlchemy prepares every row anew, which costs more than writing it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Insert, Update

from bot.store.database import Tx

_Row = Mapping[str, Any]


class Many:
    """An INSERT, or an UPDATE with a `bindparam` for every value. All its rows have the same keys."""

    def __init__(self, statement: Insert | Update) -> None:
        self._statement = statement
        self._table: str = statement.table.name  # type: ignore[union-attr]
        self._prepared: dict[str, tuple[str, Callable[[_Row], Any]]] = {}

    def __call__(self, tx: Tx, rows: Sequence[_Row]) -> int:
        """Run it; returns how many rows it touched."""
        tx.wrote(self._table)
        dialect = tx.connection.dialect
        if dialect.name not in self._prepared:
            self._prepared[dialect.name] = self._prepare(dialect, rows[0])
        sql, ready = self._prepared[dialect.name]
        return tx.connection.exec_driver_sql(sql, [ready(row) for row in rows]).rowcount

    def _prepare(self, dialect: Dialect, row: _Row) -> tuple[str, Callable[[_Row], Any]]:
        """The SQL, and what makes of a row the values that the driver wants: by place or by name."""
        keys = list(row) if isinstance(self._statement, Insert) else None
        compiled = self._statement.compile(dialect=dialect, column_keys=keys)
        values = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or compiled.binds
        ]

        def by_place(row: _Row) -> tuple[Any, ...]:
            return tuple([made(row[name]) if made else row[name] for name, made in values])

        def by_name(row: _Row) -> dict[str, Any]:
            return {name: made(row[name]) if made else row[name] for name, made in values}

        return str(compiled), by_place if compiled.positiontup else by_name
