"""Groups of one school year, found in whatever way somebody writes their name."""

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from bot.people.addresses import same_name
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new


def named(tx: Tx, school: str, year: str, names: Iterable[str]) -> dict[str, int]:
    """The id of each group by its `same_name`; those that are missing are made, written as here."""
    found = _groups(tx, school, year)
    new = {key: name for key, name in ((same_name(name), name) for name in names) if key not in found}
    if new:
        rows = [{"school": school, "year": year, "name": name} for name in new.values()]
        tx.execute(insert_new(tx, t.group), rows)
        found = _groups(tx, school, year)
    return found


def empty(tx: Tx, school: str, year: str, names: Iterable[str]) -> list[str]:
    """Those of these groups that no child is in."""
    filled = (
        select(t.group.c.name).join(t.membership, t.membership.c.group_id == t.group.c.id)
        .where(t.group.c.school == school, t.group.c.year == year).distinct()
    )  # fmt: skip
    known = {same_name(name) for name in tx.execute(filled).scalars()}
    return [name for name in names if same_name(name) not in known]


_HERE = (
    select(t.group.c.id, t.group.c.name)
    .where(t.group.c.school == bindparam("here"), t.group.c.year == bindparam("of"))
    .order_by(t.group.c.id)
)


def _groups(tx: Tx, school: str, year: str) -> dict[str, int]:
    rows = tx.execute(_HERE, {"here": school, "of": year})
    return {same_name(row.name): row.id for row in rows}
