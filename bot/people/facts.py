"""What parents ask about a group: school times, gym days, how to report ill, who teaches it. Each with its date."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select

from bot.conversation.folding import fold
from bot.errors import RosterError
from bot.model import WEEKDAYS
from bot.people.addresses import same_name
from bot.people.roster import sheet
from bot.store import tables as t
from bot.store.database import Tx

SCHOOL_DAYS = WEEKDAYS[:5]
FREE = "vrij"  # no school for this group on this weekday
ALL = "alle"
_DAY_NAMES = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag")
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday")
_DAYS = dict(zip((*SCHOOL_DAYS, *_DAY_NAMES, *_ENGLISH), SCHOOL_DAYS * 3, strict=True))
_TIMES = re.compile(
    r"(\d{1,2})[:.](\d{2})(?::00)?(?: ?uur)? ?(?:-|tot(?: en met)?|t/m) ?(\d{1,2})[:.](\d{2})(?::00)?(?: ?uur)?"
)
_EARLIEST, _LATEST = time(6), time(20)
_LONGEST = 200
_SHEET = sheet.Form(
    {"groep": "group", "group": "group", "gym": "gym", "gymdagen": "gym", "gymdag": "gym", "ziek": "ziek",
     "ziekmelden": "ziek", **_DAYS},
    ("group",), "groep, and of ma, di, wo, do, vr, gym, ziek what is known", "facts",
)  # fmt: skip


class Fact(NamedTuple):
    """What is known of a group: `what` is a weekday (8:30-14:00), gym (ma do) or ziek (the school's own words)."""

    group: str  # its same_name; "" for the whole school
    what: str
    value: str
    noted_on: str


class Change(NamedTuple):
    """What bringing in a file means."""

    groups: Sequence[str]
    added: int
    changed: int
    removed: int


class Teacher(NamedTuple):
    name: str
    weekdays: str  # ma di wo


def read(path: Path, today: date) -> list[Fact]:
    """Read a .csv or .xlsx file, a row per group. Raises RosterError: line."""
    found = sheet.read(path, _SHEET)
    facts: list[Fact] = []
    seen: dict[str, int] = {}
    wrong: dict[int, str] = {}
    for line in found.lines:
        try:
            group = _group(line)
            if group in seen:
                raise ValueError(f"this group stands on line {seen[group]} too")
            seen[group] = line.number
            facts += _facts(group, line.cells, today)
        except ValueError as error:
            wrong[line.number] = str(error)
    if wrong:
        raise RosterError(wrong)
    if not facts:
        raise RosterError({1: "there is no time, gym day or anything else in it"})
    return facts


def _group(line: sheet.Line) -> str:
    name = same_name(line.cells["group"])
    if not name or line.spills:
        raise ValueError("more cells than columns" if name else "group is empty; write alle for the whole school")
    if len(name) > 80:
        raise ValueError("group is longer than 80 letters")
    return "" if name == ALL else name


def _facts(group: str, cells: Mapping[str, str], today: date) -> list[Fact]:
    noted = today.isoformat()
    found = [Fact(group, day, times(cells[day], day), noted) for day in SCHOOL_DAYS if cells.get(day)]
    if cells.get("gym"):
        found.append(Fact(group, "gym", days(cells["gym"]), noted))
    if cells.get("ziek"):
        words = " ".join(cells["ziek"].split())
        if len(words) > _LONGEST:
            raise ValueError(f"ziek is longer than {_LONGEST} letters")
        found.append(Fact(group, "ziek", words, noted))
    return found


def times(text: str, day: str) -> str:
    """School times as `8:30-14:00`, or `vrij`. Raises ValueError."""
    plain = fold(text)
    if plain in {FREE, "geen school", "geen les"}:
        return FREE
    match = _TIMES.fullmatch(plain)
    try:
        begin, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))  # type: ignore[index]
    except (TypeError, ValueError):
        raise ValueError(f"{day} is no time; write for example 8:30-14:00, or vrij") from None
    if not _EARLIEST <= begin < end <= _LATEST:
        raise ValueError(f"{day} is no time of a school; write for example 8:30-14:00")
    return f"{begin.hour}:{begin:%M}-{end.hour}:{end:%M}"


def days(text: str) -> str:
    """Weekdays as `ma do`, in their order. Raises ValueError."""
    words = [word for word in re.split(r"[^a-z]+", fold(text)) if word not in {"", "en", "and"}]
    if not words or any(word not in _DAYS for word in words):
        raise ValueError("gym is no list of days; write for example ma, do")
    found = {_DAYS[word] for word in words}
    return " ".join(day for day in SCHOOL_DAYS if day in found)


# --- in the database
_ALL = (
    select(*t.fact.c["group", "what", "value", "noted_on"])
    .where(t.fact.c.school == bindparam("here"))
    .order_by(t.fact.c.group, t.fact.c.id)
)


def everything(tx: Tx, school: str) -> list[Fact]:
    """All that is known, the whole school first."""
    return [Fact._make(row) for row in tx.execute(_ALL, {"here": school})]


def of(tx: Tx, school: str, group: str) -> dict[str, Fact]:
    """What holds for a group, by `what`: its own facts before those of the whole school."""
    own = same_name(group)
    known = tx.once(("facts", school), [t.fact], lambda: everything(tx, school))
    found = {each.what: each for each in known if not each.group}
    return found | {each.what: each for each in known if own and each.group == own}


def times_of(known: Mapping[str, Fact]) -> dict[str, str]:
    """School times -> the weekdays that have them: `8:30-14:00` -> `ma di`."""
    found: dict[str, str] = {}
    for day in SCHOOL_DAYS:
        if day in known:
            span = known[day].value
            found[span] = f"{found[span]} {day}" if span in found else day
    return found


def store(tx: Tx, school: str, facts: Sequence[Fact], *, dry: bool = False) -> Change:
    """Bring in what a file says: of each group in it that counts from now on, and nothing else."""
    groups = list(dict.fromkeys(each.group for each in facts))
    there = {each[:2]: each.value for each in everything(tx, school) if each.group in groups}
    new = {each[:2]: each.value for each in facts}
    change = Change(
        groups, len(new.keys() - there.keys()), sum(there.get(key, value) != value for key, value in new.items()),
        len(there.keys() - new.keys()),
    )  # fmt: skip
    if not dry:
        tx.execute(delete(t.fact).where(t.fact.c.school == school, t.fact.c.group.in_(groups)))
        tx.execute(t.fact.insert(), [{"school": school, **each._asdict()} for each in facts])
    return change


def put(tx: Tx, school: str, group: str, facts: Sequence[Fact]) -> None:
    """This is what is known of a group from now on."""
    tx.execute(delete(t.fact).where(t.fact.c.school == school, t.fact.c.group == group))
    if facts:
        tx.execute(t.fact.insert(), [{"school": school, **each._asdict()} for each in facts])


def teachers(tx: Tx, school: str, year: str, group: str) -> list[Teacher]:
    """Who teaches a group this year, in the order of the week; nobody who has left, no substitutes."""
    g, link, s = t.group.c, t.group_staff.c, t.staff.c
    rows = tx.execute(
        select(s.name, link.weekdays)
        .select_from(t.group_staff)
        .join(t.group, g.id == link.group_id)
        .join(t.staff, s.id == link.staff_id)
        .where(g.school == school, g.year == year, g.name == group, s.role == "leerkracht", s.left_at.is_(None))
        .where(~link.substitute)
        .order_by(link.id)
    )  # fmt: skip
    found = [Teacher(tx.open("staff.name", row.name), row.weekdays) for row in rows]
    return sorted(found, key=lambda each: [WEEKDAYS.index(day) for day in each.weekdays.split()])
