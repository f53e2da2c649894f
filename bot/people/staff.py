"""The people at school: who teaches which group in which school year."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update

from bot.people import groups as school_groups
from bot.people.addresses import same_name
from bot.people.contacts import insert_new
from bot.store import tables as t
from bot.store.database import Tx


class StaffRow(NamedTuple):
    """Somebody at school; `key` is how the school names her in commands."""

    id: int
    school: str
    key: str
    name: str
    role: str


def add(tx: Tx, school: str, key: str, name: str, role: str, groups: Sequence[str], year: str) -> int:
    """Add somebody, or change who has this key; her groups of this school year are these from now on."""
    find = tx.find(f"staff:{school}:{key}")
    sealed = {"key": tx.seal("staff.key", key), "name": tx.seal("staff.name", name)}
    row = {"school": school, "find": find, "role": role, **sealed}
    tx.execute(insert_new(tx, t.staff), row)
    mine = t.staff.c.school == school, t.staff.c.find == find
    number: int = tx.execute(update(t.staff).where(*mine).values(row).returning(t.staff.c.id)).scalar_one()
    known = school_groups.named(tx, school, year, groups)
    hers = [known[same_name(group)] for group in groups]
    of_year = select(t.group.c.id).where(t.group.c.school == school, t.group.c.year == year)
    mine_now = t.group_staff.c.staff_id == number, t.group_staff.c.group_id.in_(of_year)
    tx.execute(delete(t.group_staff).where(*mine_now, t.group_staff.c.group_id.not_in(hers)))
    if hers:
        tx.execute(insert_new(tx, t.group_staff), [{"group_id": group, "staff_id": number} for group in hers])
    return number


def everyone(tx: Tx, school: str, year: str) -> list[tuple[StaffRow, list[str]]]:
    """All people of a school, each with her groups in this school year."""
    groups: dict[int, list[str]] = {}
    for row in tx.execute(
        select(t.group_staff.c.staff_id, t.group.c.name)
        .join(t.group, t.group.c.id == t.group_staff.c.group_id)
        .where(t.group.c.school == school, t.group.c.year == year)
        .order_by(t.group.c.name)
    ):
        groups.setdefault(row.staff_id, []).append(row.name)
    rows = tx.execute(select(t.staff).where(t.staff.c.school == school).order_by(t.staff.c.id))
    return [(_row(tx, row), groups.get(row.id, [])) for row in rows]


def _row(tx: Tx, row: Any) -> StaffRow:
    return StaffRow(row.id, row.school, tx.open("staff.key", row.key), tx.open("staff.name", row.name), row.role)
