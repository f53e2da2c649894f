"""Which parent is meant: found by a child and its group, as somebody at school would say it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, or_, select

from bot.errors import BotError
from bot.people.addresses import first_name, same_name
from bot.store import tables as t
from bot.store.database import Tx

_NAMES = select(t.child.c.id, t.child.c.name).where(t.child.c.id.in_(bindparam("ids", expanding=True)))


class Guardian(NamedTuple):
    """A guardian of a child; a family that shares one phone is one contact with several names."""

    contact_id: int
    child_id: int
    child: str
    name: str


def find(
    tx: Tx, school: str, year: str, child: str, now: datetime, *, group: str = "", guardian: str = ""
) -> Guardian:  # fmt: skip
    """The one guardian of this child. Raises BotError that says what to add where several are meant, or none."""
    found = [each for each in _all(tx, school, year, group, now) if _is(child, each.child)]
    if not found:
        where = f" in {group}" if group else ""
        raise BotError(f"there is no child {child!r}{where} here; write the name as the file of families does")
    if len({each.child_id for each in found}) > 1:
        raise BotError(f"several children are called {child!r}; add the whole name, or --group")
    meant = [each for each in found if _is(guardian, each.name)] if guardian else found
    if len({each.contact_id for each in meant}) != 1:
        names = ", ".join(dict.fromkeys(each.name for each in found))
        raise BotError(f"whose talk is it? add --guardian; there are: {names}")
    return meant[0]


def of_contacts(tx: Tx, school: str, contact_ids: Collection[int]) -> dict[int, str]:
    """The names under which the school knows these contacts."""
    g = t.guardian.c
    hers = select(g.contact_id, g.name).where(g.school == school, g.contact_id.in_(contact_ids)).order_by(g.id)
    names: dict[int, dict[str, None]] = {}
    for row in tx.execute(hers):
        names.setdefault(row.contact_id, {})[tx.open("guardian.name", row.name)] = None
    return {contact_id: " / ".join(each) for contact_id, each in names.items()}


def of_children(tx: Tx, child_ids: Collection[int]) -> dict[int, str]:
    """The names of these children."""
    ids = sorted({*child_ids})
    return {**tx.once(("children", *ids), [t.child], lambda: _names(tx, ids))}


def _names(tx: Tx, ids: Collection[int]) -> dict[int, str]:
    return {row.id: tx.open("child.name", row.name) for row in tx.execute(_NAMES, {"ids": ids})}


def _all(tx: Tx, school: str, year: str, group: str, now: datetime) -> list[Guardian]:
    g, c, m = t.guardian.c, t.child.c, t.membership.c
    columns = select(g.contact_id, g.child_id, c.name.label("child"), g.name, t.group.c.name.label("group"))
    joined = columns.select_from(t.guardian).join(t.child, c.id == g.child_id)
    joined = joined.join(t.membership, (m.child_id == c.id) & (m.year == year)).join(
        t.group, t.group.c.id == m.group_id
    )
    here = g.school == school, g.barred_at.is_(None), or_(c.left_at.is_(None), c.left_at > now)
    rows: Sequence[Row[Any]] = tx.execute(joined.where(*here).order_by(g.id)).all()
    return [
        Guardian(row.contact_id, row.child_id, tx.open("child.name", row.child), tx.open("guardian.name", row.name))
        for row in rows
        if not group or same_name(row.group) == same_name(group)
    ]


def _is(said: str, name: str) -> bool:
    """A whole name, or only the first."""
    return same_name(said) in (same_name(name), same_name(first_name(name)))
