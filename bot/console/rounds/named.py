"""Who is in a talk, as a colleague says it: child, parent, and what goes with the talk."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.console.visit import Visit
from bot.people import families
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx


class Words(NamedTuple):
    """A talk in words. `notes`: with an interpreter, by telephone, who comes along."""

    child: str
    parent: str
    notes: Sequence[str]


def words(visit: Visit, tx: Tx, talks: Sequence[Any]) -> dict[int, Words]:
    """Of talks: rows with id, contact_id, child_id, mode, interpreter_id and language."""
    if not talks:
        return {}
    children = families.of_children(tx, {row.child_id for row in talks if row.child_id})
    parents = families.of_contacts(tx, visit.who.school, {row.contact_id for row in talks})
    along = _along(visit, tx, [row.id for row in talks])
    return {
        row.id: Words(
            first_name(children.get(row.child_id, "")) or visit.say("afspraken.gesprek"),
            parents.get(row.contact_id, ""), [*_notes(visit, row), *along.get(row.id, ())],
        )
        for row in talks
    }  # fmt: skip


def moment(visit: Visit, at: datetime) -> str:
    """`vandaag 16.00`, `do 26 nov 15.00`."""
    said = visit.say.moment(at, visit.now, visit.school.zone)
    today = at.astimezone(visit.school.zone).date() == visit.local.date()
    return visit.say("afspraken.vandaag", uur=said) if today else said


def staff(tx: Tx, ids: Collection[int]) -> Mapping[int, str]:
    """Colleagues by their names."""
    s = t.staff.c
    return {row.id: tx.open("staff.name", row.name) for row in tx.execute(select(s.id, s.name).where(s.id.in_(ids)))}


def groups(tx: Tx, ids: Collection[int]) -> dict[int, str]:
    """Groups by their names, in the order of those."""
    g = t.group.c
    return {row.id: row.name for row in tx.execute(select(g.id, g.name).where(g.id.in_(ids)).order_by(g.name))}


def _notes(visit: Visit, row: Any) -> list[str]:
    found = [] if row.mode == "school" else [visit.say(f"afspraken.vorm_{row.mode}")]
    if row.interpreter_id:
        language = getattr(row, "language", "") or ""
        spoken = visit.say.named(language) if language not in ("", "nee") else ""
        found.append(visit.say("afspraken.met_tolk_taal", taal=spoken) if spoken else visit.say("afspraken.met_tolk"))
    return found


def _along(visit: Visit, tx: Tx, ids: Collection[int]) -> dict[int, list[str]]:
    """The other parent, where she said that she comes too."""
    g = t.guest.c
    coming = select(g.appointment_id, g.contact_id).where(
        g.appointment_id.in_(ids), g.role == "comes", g.state == "yes"
    )  # fmt: skip
    rows = tx.execute(coming).all()
    names = families.of_contacts(tx, visit.who.school, {row.contact_id for row in rows}) if rows else {}
    found: dict[int, list[str]] = {}
    for row in rows:
        if row.contact_id in names:
            found.setdefault(row.appointment_id, []).append(visit.say("afspraken.komt_mee", wie=names[row.contact_id]))
    return found
