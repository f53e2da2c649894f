"""A talk in words: who it is about, with whom, when and where, and what goes with it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from babel.dates import format_skeleton
from sqlalchemy import select

from bot.booking import interpreters
from bot.booking.interpreters import Interpreter
from bot.console.numbers import readable
from bot.console.visit import Visit
from bot.people import families
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx

_COLUMNS = (
    "id", "contact_id", "school", "child_id", "staff_id", "starts_at", "minutes", "state", "mode", "place",
    "interpreter_id", "round_id", "link",
)  # fmt: skip
_NONE = "nee"  # she wants no interpreter


class Line(NamedTuple):
    """A talk as one reads it. `child`: its first name, or that of the parent; `prepared`: somebody said something."""

    id: int
    hour: str
    until: str
    day: str
    child: str
    group: str
    parents: str
    place: str
    notes: Sequence[str]
    state: str
    prepared: bool
    begun: bool


def rows(tx: Tx, *those: Any) -> Sequence[Any]:
    """These talks in their order, with the language of an interpreter."""
    a, i = t.appointment.c, t.invitee.c
    theirs = (i.round_id == a.round_id) & (i.contact_id == a.contact_id) & (i.child_id == a.child_id)
    columns = select(*t.appointment.c[_COLUMNS], i.interpreter.label("language"))
    found = columns.select_from(t.appointment.outerjoin(t.invitee, theirs)).where(*those)
    return tx.execute(found.order_by(a.starts_at, a.id)).all()


def lines(visit: Visit, tx: Tx, found: Sequence[Any], *, days: bool = False) -> list[Line]:
    """Each in words; with its day where they are of several."""
    if not found:
        return []
    children = families.of_children(tx, {row.child_id for row in found if row.child_id})
    groups = _groups(tx, [row.child_id for row in found if row.child_id])
    coming, prepared = _coming(tx, [row.id for row in found]), _prepared(tx, [row.id for row in found])
    there = {row.id: (row.contact_id, *coming.get(row.id, ())) for row in found}
    speak = {each.id: each for school in {row.school for row in found if row.interpreter_id}
             for each in interpreters.of_school(tx, school, left=True)}  # fmt: skip
    parents: dict[tuple[str, int], str] = {}
    for school in {row.school for row in found}:
        who = {each for row in found if row.school == school for each in there[row.id]}
        parents |= {(school, each): name for each, name in families.of_contacts(tx, school, who).items()}
    return [
        Line(
            row.id, visit.say.hour(row.starts_at, _zone(visit, row)), visit.say.hour(_ends(row), _zone(visit, row)),
            short(visit, row.starts_at.astimezone(_zone(visit, row)).date()) if days else "",
            first_name(children.get(row.child_id, "")), groups.get(row.child_id, ""),
            _together(visit, [parents.get((row.school, each), "") for each in there[row.id]]),
            where(visit, row), notes(visit, row, speak), row.state, row.id in prepared, row.starts_at <= visit.now,
        )
        for row in found
    ]  # fmt: skip


def where(visit: Visit, row: Any) -> str:
    """`lokaal 3`, `per telefoon`."""
    if row.mode == "school":
        return str(row.place)
    mode = visit.say(f"mijn.vorm_{row.mode}")
    return f"{mode}, {row.place}" if row.place else mode


def notes(visit: Visit, row: Any, speak: Mapping[int, Interpreter]) -> list[str]:
    """`tolk Arabisch`, and who that is: a talk by telephone begins with a call to her."""
    if not row.interpreter_id:
        return []
    spoken = row.language if row.language not in (None, "", _NONE) else ""
    said = visit.say("mijn.tolk_taal", taal=visit.say.named(spoken)) if spoken else visit.say("mijn.tolk")
    her = speak.get(row.interpreter_id)
    return [": ".join(filter(None, (said, ", ".join(filter(None, (her.name, readable(her.phone)))) if her else "")))]


def short(visit: Visit, day: date) -> str:
    """`do 26 nov`, or `vandaag`."""
    ahead = (day - visit.local.date()).days
    if ahead in (-1, 0, 1):
        return visit.say(("mijn.gisteren", "mijn.vandaag", "mijn.morgen")[ahead + 1])
    return str(format_skeleton("MMMEd", day, locale=visit.say.language))


def _together(visit: Visit, names: Sequence[str]) -> str:
    """Both parents, where both come; one name where they are known under one."""
    known = [*dict.fromkeys(filter(None, names))]
    return visit.say("mijn.samen", een=known[0], ander=known[1]) if len(known) == 2 else ", ".join(known)


def _coming(tx: Tx, ids: Sequence[int]) -> Mapping[int, list[int]]:
    """The other parent, where she said that she comes too."""
    g = t.guest.c
    theirs = g.appointment_id.in_(ids), g.role == "comes", g.state == "yes"
    found: dict[int, list[int]] = {}
    for row in tx.execute(select(g.appointment_id, g.contact_id).where(*theirs).order_by(g.id)):
        found.setdefault(row.appointment_id, []).append(row.contact_id)
    return found


def _prepared(tx: Tx, ids: Sequence[int]) -> set[int]:
    p = t.prepared.c
    return set(tx.execute(select(p.appointment_id).where(p.appointment_id.in_(ids)).distinct()).scalars())


def _groups(tx: Tx, child_ids: Sequence[int]) -> dict[int, str]:
    """The group of each child, of its newest school year."""
    m, g = t.membership.c, t.group.c
    found = select(m.child_id, g.name).join(t.group, g.id == m.group_id).where(m.child_id.in_(child_ids))
    return {row.child_id: row.name for row in tx.execute(found.order_by(m.year))}


def _ends(row: Any) -> datetime:
    ends: datetime = row.starts_at + timedelta(minutes=row.minutes)
    return ends


def _zone(visit: Visit, row: Any) -> Any:
    return visit.config.zone(row.school)
