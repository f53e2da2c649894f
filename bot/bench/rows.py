"""Rows by the thousand, made by the database itself."""

from sqlalchemy import CTE, Select, Table, insert, literal, select

from bot.bench.talk import BEGIN
from bot.store.columns import Moment
from bot.store.database import Tx
from bot.store.tables import contact


def numbers(many: int) -> CTE:
    """0 to many - 1."""
    found = select(literal(0).label("n")).cte("numbers", recursive=True)
    return found.union_all(select(found.c.n + 1).where(found.c.n < many - 1))


def fill(tx: Tx, table: Table, rows: Select[*tuple[object, ...]]) -> None:
    """Lay the rows into the table; their columns are named as its own."""
    tx.execute(insert(table).from_select([each.name for each in rows.selected_columns], rows))


def contacts(tx: Tx, many: int) -> list[int]:
    """So many people who speak Dutch; their ids, in order."""
    language = literal(tx.seal("contact.language", "nl"), contact.c.language.type).label("language")
    fill(tx, contact, select(language, literal(BEGIN, Moment).label("created_at")).select_from(numbers(many)))
    return list(tx.execute(select(contact.c.id).order_by(contact.c.id)).scalars())
