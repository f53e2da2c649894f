"""One family with all that belongs to her, copied to a scratch database, or made up for it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select

from bot.errors import BotError
from bot.model import PURPOSES, Address
from bot.people import consent, contacts, roster, staff
from bot.people.roster import Sheet
from bot.people.roster.sheet import Line
from bot.store import tables as t
from bot.store.database import Tx

_EXAMPLE = (("Amira", "groep 4", "juf Janneke"), ("Yusuf", "groep 8", "meester Bas"))
_PHONE = "+31612000071"


def copy(source: Tx, tx: Tx, contact_id: int) -> list[str]:
    """Copy her with children, groups, teachers, consents, plans and the free days of her schools; returns the schools.

    Both databases have the same key ring: what is sealed stays so. Raises BotError where there is no such family.
    """
    g, m = t.guardian.c, t.membership.c
    hers = _rows(source, t.guardian, g.contact_id == contact_id)
    if not hers:
        raise BotError(f"there is no family {contact_id}")
    children, schools = {row["child_id"] for row in hers}, sorted({row["school"] for row in hers})
    years = _rows(source, t.membership, m.child_id.in_(children))
    groups = {row["group_id"] for row in years}
    taught = _rows(source, t.group_staff, t.group_staff.c.group_id.in_(groups))
    plans = t.followup.c.contact_id == contact_id, t.followup.c.kind == "plan", t.followup.c.state == "waiting"
    _put(tx, t.contact, _rows(source, t.contact, t.contact.c.id == contact_id))
    addresses = _rows(source, t.address, t.address.c.contact_id == contact_id)
    _put(tx, t.address, [{**row, "heard_at": None} for row in addresses])  # nobody has written yet in that year
    _put(tx, t.child, _rows(source, t.child, t.child.c.id.in_(children)))
    _put(tx, t.group, _rows(source, t.group, t.group.c.id.in_(groups)))
    _put(tx, t.membership, years)
    _put(tx, t.guardian, hers)
    _put(tx, t.known, _rows(source, t.known, t.known.c.contact_id == contact_id))  # what she told is not asked again
    _put(tx, t.staff, _rows(source, t.staff, t.staff.c.id.in_({row["staff_id"] for row in taught})))
    _put(tx, t.group_staff, taught)
    _put(tx, t.consent, _rows(source, t.consent, t.consent.c.contact_id == contact_id))
    _put(tx, t.followup, _rows(source, t.followup, *plans))
    for table in (t.free_day, t.fact):
        _put(tx, table, _rows(source, table, table.c.school.in_(schools)))
    return schools


def copy_days(source: Tx, tx: Tx, school: str) -> None:
    """Copy the school's own free days: also a made-up year is one of this school."""
    _put(tx, t.free_day, _rows(source, t.free_day, t.free_day.c.school == school))


def make_up(tx: Tx, school: str, year: str, enrolled_at: datetime) -> int:
    """A fictional mother with a child in group 4 and one in group 8, who enrolls at this moment; her contact id."""
    lines = [
        Line(number, {"id": f"v{number}", "group": group, "child": child, "guardian": "Fatima Haddad",
                      "language": "nl", "phone": _PHONE})
        for number, (child, group, _) in enumerate(_EXAMPLE, 2)
    ]  # fmt: skip
    roster.load(tx, school, year, Sheet(lines, frozenset(lines[0].cells)), enrolled_at)
    for _, group, teacher in _EXAMPLE:
        staff.add(tx, school, teacher, teacher, "leerkracht", [group], year)
    contact_id = int(tx.execute(select(t.guardian.c.contact_id).limit(1)).scalar_one())
    address = Address("whatsapp", _PHONE)
    address_id = contacts.resolve(tx, [address], enrolled_at)[address][1]
    contacts.link(tx, address_id, contact_id, enrolled_at)
    consent.give(tx, contact_id, school, address.channel, PURPOSES, "example", None, enrolled_at)
    return contact_id


def _rows(tx: Tx, table: Table, *conditions: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in tx.execute(select(table).where(*conditions))]


def _put(tx: Tx, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    if rows := list(rows):
        tx.execute(table.insert(), rows)
