"""The kinds of columns that the schema is made of."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    text,
)

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime as UTC milliseconds: the same order and precision in both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MS

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MS


def number() -> Column[int]:
    """The primary key: a number that the database gives."""
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def ref(name: str, to: str, *, null: bool = False) -> Column[Any]:
    """A row of another table; it goes when that goes."""
    return Column(name, BigInteger, ForeignKey(f"{to}.id", ondelete="CASCADE"), nullable=null, index=True)


def sealed(name: str, *, null: bool = False) -> Column[bytes]:
    """AES-GCM, bound to its table and column."""
    return Column(name, LargeBinary, nullable=null)


def word(name: str, *, length: int = 40, null: bool = False, default: str | None = None) -> Column[str]:
    """A short text in the clear: an id, a state, a key."""
    return Column(name, String(length), nullable=null, default=default)


def moment(name: str, *, null: bool = False) -> Column[datetime]:
    """A point in time."""
    return Column(name, Moment, nullable=null)


def day(name: str, *, null: bool = False) -> Column[str]:
    """A local date as `2026-11-24`: it sorts by itself, and no zone can move it."""
    return Column(name, String(10), nullable=null)


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over some of the rows; a statement uses it where it says the same words."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))
