"""The people at school: who teaches which group, her office hours, and her own phone where she has linked one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, exists, select, update

from bot.config import School
from bot.errors import BotError
from bot.model import WEEKDAYS
from bot.people import codes, consent
from bot.people import groups as school_groups
from bot.people.addresses import same_name
from bot.people.contacts import enrolled, new_contacts
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

OFFICE = "administratie"  # the role that looks after what colleagues leave
HEAD = "directie"  # and where there is no office, this one
DIGEST = "beloofd"  # the flow that reminds a colleague
_HERE = (
    select(t.staff).where(t.staff.c.school == bindparam("school"), t.staff.c.left_at.is_(None)).order_by(t.staff.c.id)
)
_ONE = select(t.staff).where(t.staff.c.id == bindparam("number"), t.staff.c.left_at.is_(None))
_NEW = ("school", "find", "role", "left_at", "key", "name")
_KNOWN = (
    update(t.staff)
    .where(t.staff.c.school == bindparam("new_school"), t.staff.c.find == bindparam("new_find"))
    .values({name: bindparam(f"new_{name}") for name in _NEW})
    .returning(t.staff.c.id)
)
_OF_YEAR = select(t.group.c.id).where(t.group.c.school == bindparam("school"), t.group.c.year == bindparam("of"))
_NOT_HERS = (
    delete(t.group_staff)
    .where(t.group_staff.c.staff_id == bindparam("it"), t.group_staff.c.group_id.in_(_OF_YEAR))
    .where(t.group_staff.c.group_id.not_in(bindparam("hers", expanding=True)))
)


class StaffRow(NamedTuple):
    """Somebody at school; `key` is how the school names her in commands."""

    id: int
    school: str
    key: str
    name: str
    role: str
    contact_id: int | None = None  # her own phone
    office: Mapping[str, Sequence[str]] | None = None  # weekday -> [from, until], [] for a free day; else the school's


def add(tx: Tx, school: str, key: str, name: str, role: str, groups: Sequence[str], year: str) -> int:
    """Add somebody, or change who has this key; her groups of this school year are these from now on."""
    find = tx.find(f"staff:{school}:{key}")
    sealed = {"key": tx.seal("staff.key", key), "name": tx.seal("staff.name", name)}
    row = {"school": school, "find": find, "role": role, "left_at": None, **sealed}
    tx.execute(insert_new(tx, t.staff), row)
    number: int = tx.execute(_KNOWN, {f"new_{name}": row[name] for name in _NEW}).scalar_one()
    known = school_groups.named(tx, school, year, groups)
    hers = [known[same_name(group)] for group in groups]
    tx.execute(_NOT_HERS, {"it": number, "school": school, "of": year, "hers": hers})
    if hers:
        tx.execute(insert_new(tx, t.group_staff), [{"group_id": group, "staff_id": number} for group in hers])
    return number


def everyone(tx: Tx, school: str, year: str) -> list[tuple[StaffRow, list[str]]]:
    """All people who work at a school, each with her groups in this school year."""
    groups: dict[int, list[str]] = {}
    for row in tx.execute(
        select(t.group_staff.c.staff_id, t.group.c.name)
        .join(t.group, t.group.c.id == t.group_staff.c.group_id)
        .where(t.group.c.school == school, t.group.c.year == year)
        .order_by(t.group.c.name)
    ):
        groups.setdefault(row.staff_id, []).append(row.name)
    return [(each, groups.get(each.id, [])) for each in colleagues(tx, school)]


def colleagues(tx: Tx, school: str) -> list[StaffRow]:
    """All people who work at a school."""
    return [_row(tx, row) for row in tx.execute(_HERE, {"school": school})]


def by_key(tx: Tx, school: str, key: str) -> StaffRow:
    """Who has this key, or this name. Raises BotError that names those there are."""
    every = colleagues(tx, school)
    named = [each for each in every if each.key == key]
    named = named or [each for each in every if same_name(each.name) == same_name(key)]
    if len(named) == 1:
        return named[0]
    keys = ", ".join(each.key for each in every)
    raise BotError(f"nobody with the key {key!r} works here; there are: {keys or 'nobody; see staff add'}")


def by_id(tx: Tx, staff_id: int) -> StaffRow | None:
    """Somebody who works at a school; None where she has left."""
    return tx.once(("colleague", staff_id), [t.staff], lambda: _by_id(tx, staff_id))


def _by_id(tx: Tx, staff_id: int) -> StaffRow | None:
    row = tx.execute(_ONE, {"number": staff_id}).first()
    return _row(tx, row) if row else None


def at_school(tx: Tx, contact_id: int) -> list[StaffRow]:
    """Where this contact works: this is her own phone."""
    hers = t.staff.c.contact_id == contact_id, t.staff.c.left_at.is_(None)
    return [_row(tx, row) for row in tx.execute(select(t.staff).where(*hers).order_by(t.staff.c.id))]


def _row(tx: Tx, row: Any) -> StaffRow:
    key, name = tx.open("staff.key", row.key), tx.open("staff.name", row.name)
    return StaffRow(row.id, row.school, key, name, row.role, row.contact_id, row.office)


def stands_behind(tx: Tx, row: StaffRow) -> bool:
    """Whether she looks after what colleagues left unanswered: the office, and where there is none the head."""
    if row.role != HEAD:
        return row.role == OFFICE
    office = t.staff.c.school == row.school, t.staff.c.role == OFFICE, t.staff.c.left_at.is_(None)
    return not tx.execute(select(exists().where(*office))).scalar()


# --- office hours
def office_hours(row: StaffRow, school: School) -> dict[str, tuple[time, time]]:
    """Weekday -> her hours at school; without hours of her own those of the school, from Monday to Friday."""
    own = row.office or {}
    hours = dict.fromkeys(WEEKDAYS[:5], (school.office_from, school.office_until))
    for day, walls in own.items():
        hours.pop(day, None)
        if walls:
            hours[day] = time.fromisoformat(walls[0]), time.fromisoformat(walls[1])
    return hours


def set_office(tx: Tx, staff_id: int, office: Mapping[str, Sequence[str]]) -> None:
    """Her own hours from now on; the days that are not named are the school's."""
    tx.execute(update(t.staff).where(t.staff.c.id == staff_id).values(office=dict(office) or None))


# --- her own phone
def linked(tx: Tx, rows: Sequence[StaffRow]) -> set[int]:
    """Those of them who have linked a phone, by their ids."""
    ours = enrolled(tx, {row.contact_id for row in rows if row.contact_id})
    return {row.id for row in rows if row.contact_id in ours}


def begin_link(tx: Tx, row: StaffRow, now: datetime, *, proven: bool = False) -> str:
    """A fresh code, as people see it: the phone that sends it is hers. Raises BotError where she has one.

    `proven`: she has just shown her second factor, so that she may send to her groups from that phone.
    """
    if linked(tx, [row]):
        raise BotError(f"{row.key} has linked a phone; for another one first: ouderbrug staff unlink {row.key}")
    known = row.contact_id and tx.execute(select(exists().where(t.contact.c.id == row.contact_id))).scalar()
    contact_id = row.contact_id if known and row.contact_id else new_contacts(tx, ["nl"], now)[0]
    hers = {"contact_id": contact_id, "sends_at": now if proven else None}
    tx.execute(update(t.staff).where(t.staff.c.id == row.id).values(hers))
    return codes.make(tx, contact_id, row.school, "staff", now)


def link(tx: Tx, row: StaffRow, contact_id: int) -> None:
    """From now on this is her; the contact that held her place goes."""
    held = row.contact_id
    tx.execute(update(t.staff).where(t.staff.c.id == row.id).values(contact_id=contact_id))
    if held and held != contact_id:
        empty = ~exists().where(t.address.c.contact_id == held), ~exists().where(t.guardian.c.contact_id == held)
        tx.execute(delete(t.contact).where(t.contact.c.id == held, *empty))


def unlink(tx: Tx, row: StaffRow, now: datetime) -> None:
    """She is not reminded any more. A parent stays a parent: only what she has as a colleague ends."""
    if row.contact_id is None:
        return
    hers = row.contact_id
    tx.execute(update(t.staff).where(t.staff.c.id == row.id).values(contact_id=None, sends_at=None))
    f, o, r, g = t.followup.c, t.outbox.c, t.run.c, t.guardian.c
    scope = f"digest:{row.id}"
    tx.execute(update(t.followup).where(f.contact_id == hers, f.scope == scope).values(state="dropped", reason="moved"))
    reminding = r.contact_id == hers, r.flow == DIGEST, r.school == row.school, r.state != "ended"
    waiting = o.contact_id == hers, o.status == "queued", o.run_id.in_(select(r.id).where(*reminding))
    tx.execute(update(t.outbox).where(*waiting).values(status="cancelled", reason="unlinked", settled_at=now))
    over = {"state": "ended", "result": "unlinked", "due_at": None, "rev": r.rev + 1}
    tx.execute(update(t.run).where(*reminding).values(over))
    if not tx.execute(select(exists().where(g.contact_id == hers, g.school == row.school))).scalar():
        consent.withdraw(tx, hers, "office", now, school=row.school)
    parent = tx.execute(select(exists().where(g.contact_id == hers))).scalar()
    if not parent and not at_school(tx, hers):
        tx.execute(update(t.address).where(t.address.c.contact_id == hers).values(linked_at=None))
