"""Who works at the school: each colleague with her groups of this year, their days, and whether she can sign in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from bot.console.visit import OFFICES, Gone, Visit
from bot.model import WEEKDAYS
from bot.people import logins, staff
from bot.people.addresses import school_year
from bot.people.staff import StaffRow
from bot.store import tables as t
from bot.store.database import Tx

ROLES = ("leerkracht", "ib", "kansencoach", "administratie", "directie")
DAYS = WEEKDAYS[:5]


class Part(NamedTuple):
    """A group of hers: on which weekdays, and whether she only stands in."""

    group_id: int
    group: str
    weekdays: str
    substitute: bool


class Colleague(NamedTuple):
    row: StaffRow
    parts: Sequence[Part]
    inside: bool  # she has a password
    second: bool
    invited_until: datetime | None

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def role(self) -> str:
        return self.row.role


def year(visit: Visit) -> str:
    return school_year(visit.local.date())


def everyone(visit: Visit, tx: Tx) -> list[Colleague]:
    """All who work at her school, by name; nobody of the network."""
    rows = [each for each in staff.colleagues(tx, visit.who.school) if each.role in ROLES]
    parts = _parts(visit, tx)
    states = logins.state(tx, [each.id for each in rows], visit.now)
    found = [
        Colleague(each, parts.get(each.id, ()), states[each.id].accepted, states[each.id].second,
                  states[each.id].invited_until)
        for each in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: each.name.casefold())


def one(visit: Visit, tx: Tx) -> Colleague:
    """The colleague in the address, where she works at this school. Raises Gone."""
    found = next((each for each in everyone(visit, tx) if each.id == visit.ids["staff"]), None)
    if found is None:
        raise Gone
    return found


def is_last_of_office(visit: Visit, tx: Tx, staff_id: int) -> bool:
    """Whether without her nobody could look after these pages any more."""
    s = t.staff.c
    offices = s.school == visit.who.school, s.role.in_(OFFICES), s.left_at.is_(None)
    found = set(tx.execute(select(s.id).where(*offices)).scalars())
    return found == {staff_id}


def groups(visit: Visit, tx: Tx) -> dict[int, str]:
    """The groups of this school year."""
    g = t.group.c
    here = g.school == visit.who.school, g.year == year(visit)
    return {row.id: row.name for row in tx.execute(select(g.id, g.name).where(*here).order_by(g.name))}


def children(visit: Visit, tx: Tx) -> Mapping[int, int]:
    """How many children are in each group of this year."""
    m, c = t.membership.c, t.child.c
    here = c.school == visit.who.school, m.year == year(visit), c.left_at.is_(None)
    many = select(m.group_id, func.count().label("many")).join(t.child, c.id == m.child_id)
    return {row.group_id: row.many for row in tx.execute(many.where(*here).group_by(m.group_id))}


def _parts(visit: Visit, tx: Tx) -> dict[int, list[Part]]:
    of, g = t.group_staff.c, t.group.c
    rows = select(of.staff_id, of.weekdays, of.substitute, g.id, g.name).join(t.group, g.id == of.group_id)
    found: dict[int, list[Part]] = {}
    for row in tx.execute(rows.where(g.school == visit.who.school, g.year == year(visit)).order_by(g.name)):
        found.setdefault(row.staff_id, []).append(Part(row.id, row.name, row.weekdays, row.substitute))
    return found
