"""The turn of the school year: who goes on to which group, and who leaves."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, select, update

from bot import hours
from bot.errors import BotError
from bot.model import HOME
from bot.people import groups, parting, roster
from bot.people.addresses import same_name, school_year
from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Tx

LAST_GROUP = 8
DOUBT = 0.1  # of the children who should go on: so many may be missing in a file before it looks like half a file
_SIMPLE = re.compile(r"((?:groep|group|gr)? ?)(\d+)", re.IGNORECASE)
_NUMBERS = re.compile(r"\d+")


class Leaver(NamedTuple):
    """A child that leaves; `last`: after group 8, as it should be."""

    child_id: int
    group: str
    last: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What opening a school year does, in counts and child ids."""

    year: str
    leaves_at: datetime  # until then those who leave keep everything
    moves: tuple[tuple[str, str, int], ...]  # from group (or "": new), to group, how many children
    leavers: tuple[Leaver, ...]
    stayed: int  # children before who are not through with group 8
    codes: int
    without_teacher: tuple[str, ...]
    settled: int = 0  # children in a group of this year already, where it runs
    changing: int = 0  # of those who would go to another group
    going: int = 0  # and who would leave

    @property
    def missing(self) -> tuple[Leaver, ...]:
        """Those who leave before they are through."""
        return tuple(each for each in self.leavers if not each.last)

    @property
    def in_doubt(self) -> bool:
        """Whether so many are missing that a group may have been forgotten."""
        return len(self.missing) > DOUBT * self.stayed

    @property
    def is_too_late(self) -> bool:
        """Whether so much would change in a year that runs that it may be the file of the next one."""
        return self.changing + self.going > DOUBT * self.settled


class _Child(NamedTuple):
    """A child with its newest group before the year in question, and the one in it; `left`: it was said to leave."""

    id: int
    year: str
    group: str
    next_group: str
    left: bool


def start(year: str, zone: ZoneInfo) -> datetime:
    """The first moment of a school year, local: 1 August. It is the end of the one before."""
    return hours.at(date(int(year[:4]), 8, 1), time(0), zone)


def before(year: str) -> str:
    """The school year before this one."""
    return f"{int(year[:4]) - 1}-{year[:4]}"


def check(year: str, today: date) -> None:
    """Raises BotError unless this is the school year of today or the one after it."""
    running = school_year(today)
    coming = f"{running[5:]}-{int(running[5:]) + 1}"
    if year not in (running, coming):
        raise BotError(f"{year} cannot be opened: today only {running}, which runs, or {coming}")


def turn(
    tx: Tx, school: str, year: str, sheet: roster.Sheet | None, now: datetime, zone: ZoneInfo, *, region: str = "NL"
) -> Turn:  # fmt: skip
    """Open a school year: by the school's file, which is the truth about it, else every group moves up by its name.

    Raises RosterError where the file is wrong, BotError where it is another school's or nobody can tell what to do.
    """
    known = _children(tx, school, year)
    at_school = [each for each in known if not each.left]
    made = 0
    if sheet is not None:
        report = roster.load(tx, school, year, sheet, now, region=region)
        leavers, made = _not_in(at_school, report.children), report.codes
    else:
        leavers = _move_up(tx, school, year, at_school)
    leaves_at = max(now, start(year, zone))
    _note(tx, [each.child_id for each in leavers], year, leaves_at, now)
    parting.end_ties(tx, now)
    going_on = [each for each in at_school if not is_last(each.group)]
    runs = leaves_at == now
    was = {each.id: (each.next_group if runs else "") or each.group for each in known}
    return Turn(
        year, leaves_at, _moves(tx, school, year, was), tuple(leavers), len(going_on), made,
        tuple(_without_teacher(tx, school, year)), *(_shaken(tx, year, at_school, leavers) if runs else ()),
    )  # fmt: skip


def preview(
    tx: Tx, school: str, year: str, sheet: roster.Sheet | None, now: datetime, zone: ZoneInfo, *, region: str = "NL"
) -> Turn:  # fmt: skip
    """What `turn` would do: it is done, and undone. Raises what that raises."""
    trial = tx.connection.begin_nested()
    try:
        return turn(tx, school, year, sheet, now, zone, region=region)
    finally:
        trial.rollback()


def names(tx: Tx, child_ids: Sequence[int]) -> dict[int, str]:
    """What these children are called."""
    found: dict[int, str] = {}
    for some in slices(child_ids):
        rows = tx.execute(select(t.child.c.id, t.child.c.name).where(t.child.c.id.in_(some)))
        found |= {row.id: tx.open("child.name", row.name) for row in rows}
    return found


def is_last(group: str) -> bool:
    """Whether children leave after this group: `groep 8`, `8a`, `groep 7/8`."""
    return str(LAST_GROUP) in _NUMBERS.findall(group)


def next_name(group: str) -> str | None:
    """What this group is called next year; "" where its children leave, None where nobody can tell."""
    match = _SIMPLE.fullmatch(group.strip())
    if match is None or not 1 <= int(match[2]) <= LAST_GROUP:
        return "" if _NUMBERS.findall(group) == [str(LAST_GROUP)] else None
    return f"{match[1]}{int(match[2]) + 1}" if int(match[2]) < LAST_GROUP else ""


def _children(tx: Tx, school: str, year: str) -> list[_Child]:
    """Everyone who is at school, or was."""
    newest: dict[int, _Child] = {}
    rows = tx.execute(
        select(t.child.c.id, t.child.c.left_at, t.membership.c.year, t.group.c.name)
        .outerjoin(t.membership, t.membership.c.child_id == t.child.c.id)
        .outerjoin(t.group, t.group.c.id == t.membership.c.group_id)
        .where(t.child.c.school == school)
        .order_by(t.child.c.id, t.membership.c.year)
    )  # fmt: skip
    for row in rows:
        known = newest.get(row.id, _Child(row.id, "", "", "", row.left_at is not None))
        if row.year == year:
            known = known._replace(next_group=row.name)
        elif row.year is not None and row.year < year:
            known = known._replace(year=row.year, group=row.name)
        newest[row.id] = known
    return list(newest.values())


def _not_in(at_school: Sequence[_Child], in_file: frozenset[int]) -> list[Leaver]:
    """Those who are not in the file. Raises BotError where it can be no file of this school."""
    missing = [each for each in at_school if each.id not in in_file]
    there = Counter(each.group for each in at_school if each.id in in_file)
    gone = [
        # A combined group of which nobody goes on is a forgotten one.
        Leaver(each.id, each.group or each.next_group, is_last(each.group) and _is_through(each.group, there))
        for each in missing
    ]
    going_on = [each for each in at_school if not is_last(each.group)]
    if going_on and not any(each.id in in_file for each in going_on):
        raise BotError(
            f"none of the {len(going_on)} children who should go on is in this file: it looks like another school's"
        )
    return gone


def _is_through(group: str, there: Mapping[str, int]) -> bool:
    return len(_NUMBERS.findall(group)) == 1 or there.get(group, 0) > 0


def _move_up(tx: Tx, school: str, year: str, at_school: Sequence[_Child]) -> list[Leaver]:
    """Without a file: a group's number goes up by one, group 8 leaves; who is in a group of this year already stays."""
    those = [each for each in at_school if each.year == before(year)]
    if not those and not any(each.next_group for each in at_school):
        raise BotError(f"no children are known in {before(year)}; give the file of {year}")
    waiting = [each for each in those if not each.next_group]
    unknown = sorted({each.group for each in waiting if next_name(each.group) is None})
    if unknown:
        raise BotError(f"who goes where from {', '.join(unknown)} cannot be guessed; give the file of {year}")
    names = {each.id: next_name(each.group) or "" for each in waiting}
    made = groups.named(tx, school, year, [name for name in dict.fromkeys(names.values()) if name])
    rows = [{"child_id": each, "group_id": made[same_name(name)], "year": year} for each, name in names.items() if name]
    if rows:
        tx.execute(insert(t.membership), rows)
    return [Leaver(each.id, each.group, True) for each in waiting if not names[each.id]]


def _note(tx: Tx, child_ids: Sequence[int], year: str, leaves_at: datetime, now: datetime) -> None:
    """These children leave at that moment; in a year that has not begun then they never were."""
    for some in slices(child_ids):
        tx.execute(update(t.child).where(t.child.c.id.in_(some)).values(left_at=leaves_at))
        if leaves_at > now:
            tx.execute(delete(t.membership).where(t.membership.c.child_id.in_(some), t.membership.c.year == year))


def _shaken(tx: Tx, year: str, at_school: Sequence[_Child], leavers: Sequence[Leaver]) -> tuple[int, int, int]:
    """How many children were in a group of this year, and how many of those change group now, and leave."""
    was = {each.id: each.next_group for each in at_school if each.next_group}
    going = sum(each.child_id in was for each in leavers)
    changing = 0
    for some in slices(list(was)):
        here = select(t.membership.c.child_id, t.group.c.name).join(t.group, t.group.c.id == t.membership.c.group_id)
        rows = tx.execute(here.where(t.membership.c.child_id.in_(some), t.membership.c.year == year))
        changing += sum(row.name != was[row.child_id] for row in rows)
    return len(was), changing, going


def _moves(tx: Tx, school: str, year: str, was: Mapping[int, str]) -> tuple[tuple[str, str, int], ...]:
    """How many children go from where to where, also those who stay where they are already."""
    rows = tx.execute(
        select(t.membership.c.child_id, t.group.c.name)
        .join(t.group, t.group.c.id == t.membership.c.group_id)
        .join(t.child, t.child.c.id == t.membership.c.child_id)
        .where(t.group.c.school == school, t.group.c.year == year, t.child.c.left_at.is_(None))
    )
    counted = Counter((was.get(row.child_id, ""), row.name) for row in rows)
    return tuple((*names, counted[names]) for names in sorted(counted))


def _without_teacher(tx: Tx, school: str, year: str) -> list[str]:
    """Groups of a year that have children and no teacher yet: nobody guesses who takes them."""
    filled = select(t.membership.c.group_id).where(t.membership.c.group_id == t.group.c.id).exists()
    taught = (
        select(t.group_staff.c.id)
        .join(t.staff, t.staff.c.id == t.group_staff.c.staff_id)
        .where(t.group_staff.c.group_id == t.group.c.id, t.staff.c.role == "leerkracht", t.staff.c.left_at.is_(None))
        .exists()
    )
    here = t.group.c.school == school, t.group.c.year == year
    return list(tx.execute(select(t.group.c.name).where(*here, filled, ~taught).order_by(t.group.c.name)).scalars())


def overview(tx: Tx, school: str, now: datetime) -> dict[str, Any]:
    """The years of a school and who leaves it, in counts."""
    m, g, c = t.membership.c, t.group.c, t.child.c
    many, groups_ = func.count(m.child_id.distinct()), func.count(m.group_id.distinct())
    rows = select(m.year, many.label("children"), groups_.label("groups")).join(t.group, g.id == m.group_id)
    found = tx.execute(rows.where(g.school == school).group_by(m.year).order_by(m.year)).all()
    left = select(c.left_at, func.count().label("children")).where(c.school == school, c.left_at.is_not(None))
    return {
        "years": [
            {
                "year": row.year, "children": row.children, "groups": row.groups,
                "groups_without_teacher": _without_teacher(tx, school, row.year),
            }
            for row in found
        ],
        "leaving": [
            {
                "on": row.left_at.astimezone(HOME).date().isoformat(), "children": row.children,
                "to_come": row.left_at > now,
            }
            for row in tx.execute(left.group_by(c.left_at).order_by(c.left_at))
        ],
    }  # fmt: skip
