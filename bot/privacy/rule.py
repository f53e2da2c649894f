"""What a rule of forgetting is: rows of a table that are old, and what becomes of them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, func

from bot.store.database import Tx

AFTER = timedelta(days=30)
SLICE = 500
_SEAL = 29  # bytes that sealing adds


class Marks(NamedTuple):
    """What is old at `now`."""

    now: datetime
    ended: str  # the last school year that is over since 30 days: 2026-2027
    over: datetime  # when it ended: words of before that go
    gone: datetime  # when the one before it ended: rows of before that go
    duty: tuple[str, ...]  # who is on duty is no stranger: hashed addresses

    @property
    def silent(self) -> datetime:
        return self.now - AFTER


Old = Callable[[Marks], ColumnElement[bool]]


class Rule(NamedTuple):
    """Rows of a table that are old, and what becomes of them: `values`, or they go (None). `name` is for people."""

    name: str
    table: Table
    old: Old
    values: Callable[[Tx, Marks], dict[str, Any]] | None = None
    before: Callable[[Tx, Sequence[int]], None] | None = None  # what has to go first
    most: int = SLICE


def holds(column: ColumnElement[bytes], blank: str) -> ColumnElement[bool]:
    """Whether more is sealed in it than `blank`, by its length."""
    return func.length(column) > _SEAL + len(blank)
