"""Imports the school's file: all of it, or with one wrong line nothing at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, or_, select, update

from bot.errors import RosterError
from bot.people import codes
from bot.people.addresses import same_name
from bot.people.contacts import enrolled, insert_in_order, new_contacts, slices
from bot.people.groups import named
from bot.people.roster import rows as checking
from bot.people.roster.match import Child, Guardian, KnownChild, KnownGuardian, match
from bot.people.roster.rows import Row
from bot.people.roster.sheet import Sheet
from bot.store import tables as t
from bot.store.database import Tx


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, in rows: new guardians of a child, and those that were known. `moved` counts children."""

    created: int
    updated: int
    moved: int
    codes: int
    errors: dict[int, str] = field(default_factory=dict)
    children: frozenset[int] = field(default=frozenset(), compare=False)  # the ids of those who are in the file


class Matched(NamedTuple):
    """The rows of a file that are right, their children with what is known of them, and per line what is wrong."""

    rows: Sequence[Row]
    children: Sequence[Child]
    before: Sequence[KnownChild]
    wrong: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Import:
    tx: Tx
    school: str
    year: str
    now: datetime


def load(
    tx: Tx, school: str, year: str, sheet: Sheet, now: datetime, *, region: str = "NL", matched: Matched | None = None
) -> Report:  # fmt: skip
    """Import a file for one school year. Raises RosterError with every wrong line; then nothing has changed.

    `matched`: where this transaction has looked already, after `alone`.
    """
    if matched is None:
        alone(tx, school)
        matched = look_up(tx, school, sheet, region=region)
    rows, children = matched.rows, matched.children
    if matched.wrong:
        raise RosterError(dict(matched.wrong))
    work = _Import(tx, school, year, now)
    _save_children(work, children)
    moved = _save_groups(work, children)
    guardians = [guardian for child in children for guardian in child.guardians]
    _save_contacts(work, guardians)
    _save_guardians(work, children, with_phone="phone" in sheet.columns)
    made = _save_codes(work, guardians)
    created = sum(guardian.known is None for guardian in guardians)
    here = frozenset(map(_child_id, children))
    _welcome_back(work, here)
    return Report(created, len(rows) - created, moved, made, children=here)


def alone(tx: Tx, school: str) -> None:
    """Two imports of one school at once would make the same children twice: the other waits."""
    if tx.postgres:
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"roster:{school}"))))


def look_up(tx: Tx, school: str, sheet: Sheet, *, region: str = "NL") -> Matched:
    """Which children and guardians of the file the school knows."""
    rows, wrong = checking.check(sheet.lines, region)
    finds = {row.id: tx.find(f"child:{school}:{row.id}") for row in rows if row.id}
    before = known(tx, school)
    children, contradictions = match(rows, before, finds)
    return Matched(rows, children, before, contradictions | wrong)


def known(tx: Tx, school: str) -> list[KnownChild]:
    """All children the school ever had here, with their guardians, opened."""
    children: dict[int, KnownChild] = {}
    for row in tx.execute(select(t.child).where(t.child.c.school == school).order_by(t.child.c.id)):
        name = tx.open("child.name", row.name)
        children[row.id] = KnownChild(row.id, row.find, name, same_name(name))
    for row in tx.execute(select(t.guardian).where(t.guardian.c.school == school).order_by(t.guardian.c.id)):
        name = tx.open("guardian.name", row.name)
        phone = tx.open("guardian.phone", row.phone) if row.phone else ""
        language = tx.open("guardian.language", row.language)
        guardian = KnownGuardian(row.id, row.contact_id, row.child_id, name, same_name(name), language, phone)
        children[row.child_id].guardians.append(guardian)
    return list(children.values())


def _save_children(work: _Import, children: Sequence[Child]) -> None:
    """New children get a row and become known; a known one gets its new name, or the id it did not have."""
    tx = work.tx
    changed, new = [], []
    for child in children:
        name = child.rows[-1].child
        if child.known is None:
            new.append((child, name))
        elif child.known.name != name or (child.find and child.known.find is None):
            sealed = tx.seal("child.name", name)
            changed.append({"this": child.known.id, "name": sealed, "find": child.known.find or child.find})
    _update(tx, t.child, changed)
    rows = [
        {"school": work.school, "find": child.find, "name": tx.seal("child.name", name), "created_at": work.now}
        for child, name in new
    ]
    for number, (child, name) in zip(insert_in_order(tx, t.child, rows, "name"), new, strict=True):
        child.known = KnownChild(number, child.find, name, child.rows[0].child_key)


def _save_groups(work: _Import, children: Sequence[Child]) -> int:
    """Every child in its group of this school year; says how many went to another group than they were in."""
    groups = named(work.tx, work.school, work.year, (child.rows[0].group for child in children))
    before = memberships(work.tx, work.school)
    new, changed, moved = [], [], 0
    for child in children:
        number, group = _child_id(child), groups[child.rows[0].group_key]
        years = before.get(number, {})
        now_in = years.get(work.year)
        if now_in is None:
            new.append({"child_id": number, "group_id": group, "year": work.year})
            moved += bool(years)
        elif now_in[1] != group:
            changed.append({"this": now_in[0], "group_id": group})
            moved += 1
    if new:
        work.tx.execute(insert(t.membership), new)
    _update(work.tx, t.membership, changed)
    return moved


def _welcome_back(work: _Import, child_ids: frozenset[int]) -> None:
    """Who is in the file of a year that ends later than they left is here again; a yes has to be given anew."""
    for some in slices(sorted(child_ids)):
        back = update(t.child).where(t.child.c.id.in_(some), returns(work.year, work.now))
        work.tx.execute(back.values(left_at=None))


def returns(year: str, now: datetime) -> ColumnElement[bool]:
    """Who has left, or was to leave before this year. Whose last day within it was noted beforehand still goes then."""
    left_at, begins = t.child.c.left_at, datetime(int(year[:4]), 8, 15, tzinfo=UTC)
    return and_(left_at < ends(year), or_(left_at <= now, left_at < begins))


def ends(year: str) -> datetime:
    """About when a school year ends; a few hours are no matter, for who leaves then leaves on 1 August."""
    return datetime(int(year[5:]), 7, 31, tzinfo=UTC)


def memberships(tx: Tx, school: str) -> dict[int, dict[str, tuple[int, int]]]:
    """Per child and school year: the membership and its group."""
    found: dict[int, dict[str, tuple[int, int]]] = {}
    of_school = t.membership.c.child_id.in_(select(t.child.c.id).where(t.child.c.school == school))
    for row in tx.execute(select(t.membership).where(of_school)):
        found.setdefault(row.child_id, {})[row.year] = row.id, row.group_id
    return found


def _save_contacts(work: _Import, guardians: Sequence[Guardian]) -> None:
    """A placeholder for every new guardian, one for all her children where her phone says so."""
    new: dict[tuple[str, str] | int, list[Guardian]] = {}
    for guardian in guardians:
        if guardian.contact_id is None:
            row = guardian.row
            new.setdefault((row.guardian_key, row.phone) if row.phone else row.line, []).append(guardian)
    spoken = [same[0].row.language for same in new.values()]
    for contact, same in zip(new_contacts(work.tx, spoken, work.now), new.values(), strict=True):
        for guardian in same:
            guardian.contact_id = contact


def _save_guardians(work: _Import, children: Sequence[Child], *, with_phone: bool) -> None:
    """New guardians, and what the file says otherwise now about known ones."""
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    spoken: dict[int, str] = {}
    for child in children:
        for guardian in child.guardians:
            row, known = guardian.row, guardian.known
            if known is None:
                new.append({"contact_id": guardian.contact_id, "child_id": _child_id(child), "school": work.school}
                           | _sealed(work.tx, row.guardian, row.language, row.phone))  # fmt: skip
                continue
            phone = row.phone if with_phone else known.phone
            if (known.name, known.language, known.phone) != (row.guardian, row.language, phone):
                changed.append({"this": known.id} | _sealed(work.tx, row.guardian, row.language, phone))
            if known.language != row.language:
                spoken[known.contact_id] = row.language
    if new:
        _stay_barred(work.tx, new)
        work.tx.execute(insert(t.guardian), new)
    _update(work.tx, t.guardian, changed)
    hers = enrolled(work.tx, spoken)  # who is enrolled chose her language herself
    languages = [
        {"this": contact, "language": work.tx.seal("contact.language", language)}
        for contact, language in spoken.items()
        if contact not in hers
    ]
    _update(work.tx, t.contact, languages)


def _stay_barred(tx: Tx, new: Sequence[dict[str, Any]]) -> None:
    """Who may hear nothing about a child does not hear of it under another spelling of the name either."""
    g = t.guardian.c
    for some in slices([row["child_id"] for row in new]):
        known = select(g.contact_id, g.child_id, g.barred_at).where(g.child_id.in_(some), g.barred_at.is_not(None))
        barred = {(row.contact_id, row.child_id): row.barred_at for row in tx.execute(known)}
        for row in new:
            row["barred_at"] = barred.get((row["contact_id"], row["child_id"]), row.get("barred_at"))


def _save_codes(work: _Import, guardians: Sequence[Guardian]) -> int:
    """A code for every guardian who is not enrolled and has none that still works."""
    everyone = list(dict.fromkeys(guardian.contact_id for guardian in guardians if guardian.contact_id is not None))
    have = codes.letters(work.tx, everyone, work.school, work.now).keys() | enrolled(work.tx, everyone)
    without = [(contact, work.school) for contact in everyone if contact not in have]
    return len(codes.make_many(work.tx, without, "letter", work.now))


def _sealed(tx: Tx, name: str, language: str, phone: str) -> dict[str, Any]:
    return {
        "name": tx.seal("guardian.name", name),
        "language": tx.seal("guardian.language", language),
        "phone": tx.seal("guardian.phone", phone) if phone else None,
    }


def _child_id(child: Child) -> int:
    assert child.known is not None  # _save_children has made every child known
    return child.known.id


def _update(tx: Tx, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Change many rows, each found by `this`, its id."""
    if rows:
        tx.execute(update(table).where(table.c.id == bindparam("this")), rows)
