"""What importing a file would change, name by name, before anything is done. It compares, and only reads."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.errors import RosterError
from bot.people.addresses import same_name
from bot.people.contacts import enrolled
from bot.people.roster.match import Child, Guardian
from bot.people.roster.rows import Row
from bot.people.roster.save import Matched, ends, look_up, memberships, returns
from bot.people.roster.sheet import Line, Sheet, parse
from bot.people.roster.wrong import Wrong
from bot.store import tables as t
from bot.store.database import Tx

FEW = 3  # so few children prove nothing
LATER = 0.3  # of the children in a group: when so many would change it in a year that runs, it is next year's file
UNPACKED = 50 * 1024 * 1024  # what an Excel file may hold inside
_ERRORS = re.compile(r"#(N/A|REF!|NAME\?|VALUE!|DIV/0!|NULL!|N/B|VERW!|NAAM\?|WAARDE!|DEEL/0!|LEEG!)", re.IGNORECASE)


class Parent(NamedTuple):
    """A guardian of a child."""

    name: str
    language: str
    child: str = ""


class NewChild(NamedTuple):
    name: str
    group: str
    parents: tuple[Parent, ...]


class Move(NamedTuple):
    """Children who go from one group to another, or stay in one of that name in another year."""

    before: str
    after: str
    names: tuple[str, ...]


class Change(NamedTuple):
    """What the file says otherwise now. `kept`: a language that she chose herself in the chat, so that stays."""

    name: str
    child: str
    what: str  # child name language phone
    before: str
    after: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import does, in names. With mistakes it does nothing."""

    year: str
    rows: int = 0
    children: int = 0  # in the file
    new: tuple[NewChild, ...] = ()
    families: int = 0  # of the new children: those of which nobody is known
    joined: tuple[Parent, ...] = ()  # new guardians of known children
    moves: tuple[Move, ...] = ()
    back: tuple[str, ...] = ()  # children who had left
    changes: tuple[Change, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()  # at school, not in the file: name, group
    parted: tuple[Parent, ...] = ()  # guardians who are not in the file, though the child is
    languages: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()  # nieuw volgend_jaar
    mistakes: tuple[tuple[int, str], ...] = ()

    @property
    def moved(self) -> int:
        return sum(len(each.names) for each in self.moves)

    @property
    def does_nothing(self) -> bool:
        """Whether all of the file is known already."""
        return not (self.new or self.joined or self.moves or self.back or self.changes)


def read(name: str, data: bytes) -> Sheet:
    """A file that somebody sent. Raises RosterError where it cannot be read, or is a trap."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(each.file_size for each in packed.infolist()) > UNPACKED:
                raise RosterError({1: Wrong("the file is too large inside", "te_groot")})
            return parse("x.xlsx", data)
    except zipfile.BadZipFile:
        if name.lower().endswith((".xls", ".xlsx", ".xlsm", ".ods", ".pdf", ".doc", ".docx")):
            raise RosterError({1: Wrong("this is no .csv or .xlsx that can be read", "geen_excel")}) from None
        return parse("x.csv", data)


def compare(
    tx: Tx, school: str, year: str, sheet: Sheet, *, now: datetime | None = None, region: str = "NL",
    matched: Matched | None = None,
) -> Preview:  # fmt: skip
    """What `load` would do with this file now. `matched`: where this transaction has looked already."""
    rows, children, before, wrong = matched or look_up(tx, school, sheet, region=region)
    mistakes = {**wrong, **dict(_unreadable(sheet.lines))}
    if not sheet.lines:
        mistakes[1] = Wrong("there are no families in it", "bestand_leeg")
    if mistakes:
        return Preview(year, rows=len(sheet.lines), mistakes=tuple(sorted(mistakes.items())))
    groups, gone = _groups(tx, school), _gone(tx, school, year, now)
    here = {each.known.id for each in children if each.known}
    there = [each for each in before if groups.get(each.id) and each.id not in gone]
    new = [each for each in children if each.known is None]
    moves = tuple(_moves(children, groups, year))
    return Preview(
        year, len(rows), len(children), tuple(_new(each) for each in new), _families(new), tuple(_joined(children)),
        _together(moves),
        tuple(each.rows[-1].child for each in children if each.known and each.known.id in gone),
        tuple(_changes(tx, children, with_phone="phone" in sheet.columns)),
        tuple((each.name, groups[each.id][max(groups[each.id])]) for each in there if each.id not in here),
        tuple(_parted(children)), tuple(sorted({row.language for row in rows})), sheet.ignored,
        tuple(_doubts(children, len(there), groups, moves, year)),
    )  # fmt: skip


def mark(tx: Tx, preview: Preview) -> str:
    """The same for the same preview: to see that what is done is what was shown."""
    return tx.find(f"preview:{preview!r}")


def plain(found: Any) -> Any:
    """A preview for JSON: what has names by its names."""
    if isinstance(found, Preview):
        return {field.name: plain(getattr(found, field.name)) for field in fields(found)}
    if hasattr(found, "_asdict"):
        return {name: plain(each) for name, each in found._asdict().items()}
    return [plain(each) for each in found] if isinstance(found, tuple) else found


def _unreadable(lines: Sequence[Line]) -> Iterator[tuple[int, Wrong]]:
    """Lines with letters that were broken on their way here, and with formulas instead of names."""
    for line in lines:
        if any(is_broken(cell) for cell in line.cells.values()):
            yield (
                line.number,
                Wrong("letters are broken (Jos\u00c3\u00a9); save the file as CSV UTF-8 or .xlsx", "tekens"),
            )
        elif any(cell.startswith("=") or _ERRORS.fullmatch(cell) for cell in line.cells.values()):
            yield line.number, Wrong("a formula stands there; paste the values only", "formule")


def is_broken(text: str) -> bool:
    """Whether this was UTF-8 that something read as Western European, or lost its letters: JosÃ©, Jos\ufffd, J?zef."""
    if text.isascii():
        return bool(re.search(r"\w\?\w", text))
    if "\ufffd" in text:
        return True
    try:
        text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _groups(tx: Tx, school: str) -> dict[int, dict[str, str]]:
    """Per child and school year the name of its group."""
    names = {
        row.id: row.name for row in tx.execute(select(t.group.c.id, t.group.c.name).where(t.group.c.school == school))
    }
    return {
        child: {year: names[group] for year, (_, group) in years.items()}
        for child, years in memberships(tx, school).items()
    }  # fmt: skip


def _gone(tx: Tx, school: str, year: str, now: datetime | None) -> set[int]:
    """The children who have left, or will before this school year ends; who are here until a day that is noted, are."""
    left = returns(year, now) if now else t.child.c.left_at < ends(year)
    return set(tx.execute(select(t.child.c.id).where(t.child.c.school == school, left)).scalars())


def _new(child: Child) -> NewChild:
    last = child.rows[-1]
    parents = tuple(Parent(each.row.guardian, each.row.language) for each in child.guardians)
    return NewChild(last.child, child.rows[0].group, parents)


def _families(new: Sequence[Child]) -> int:
    """How many families the new children are of; one guardian in common makes two children one family."""
    homes: list[set[object]] = []
    for child in new:
        if any(each.contact_id is not None for each in child.guardians):
            continue
        people: set[object] = {_person(each.row) for each in child.guardians}
        same = [home for home in homes if home & people]
        homes = [home for home in homes if not home & people] + [people.union(*same)]
    return len(homes)


def _person(row: Row) -> object:
    return (row.guardian_key, row.phone) if row.phone else row.line


def _joined(children: Sequence[Child]) -> Iterator[Parent]:
    for child in children:
        for each in child.guardians if child.known else ():
            if each.known is None:
                yield Parent(each.row.guardian, each.row.language, child.rows[-1].child)


def _parted(children: Sequence[Child]) -> Iterator[Parent]:
    for child in children:
        still = {each.known.id for each in child.guardians if each.known}
        for one in child.known.guardians if child.known else ():
            if one.id not in still:
                yield Parent(one.name, one.language, child.rows[-1].child)


def _moves(
    children: Sequence[Child], groups: Mapping[int, Mapping[str, str]], year: str
) -> Iterator[tuple[str, str, str]]:  # fmt: skip
    """Who goes from where to where."""
    for child in children:
        years = groups.get(child.known.id, {}) if child.known else {}
        after = child.rows[0].group
        if year in years and same_name(years[year]) != same_name(after):
            yield years[year], after, child.rows[-1].child
        elif years and year not in years:
            yield years[max(years)], after, child.rows[-1].child


def _together(moves: Sequence[tuple[str, str, str]]) -> tuple[Move, ...]:
    by_way: dict[tuple[str, str], list[str]] = {}
    for before, after, name in moves:
        by_way.setdefault((before, after), []).append(name)
    return tuple(Move(*way, tuple(names)) for way, names in sorted(by_way.items()))


def _changes(tx: Tx, children: Sequence[Child], *, with_phone: bool) -> Iterator[Change]:
    """What is written otherwise now, each once for a parent of several children."""
    hers = enrolled(tx, {each.contact_id for child in children for each in child.guardians if each.contact_id})
    seen: set[object] = set()
    for child in children:
        name = child.rows[-1].child
        if child.known and child.known.name != name:
            yield Change(name, name, "child", child.known.name, name)
        for each in child.guardians:
            for change in _of_guardian(each, name, each.contact_id in hers, with_phone=with_phone):
                once = (each.contact_id, *change._replace(child=""))
                if once not in seen:
                    seen.add(once)
                    yield change


def _of_guardian(guardian: Guardian, child: str, chose: bool, *, with_phone: bool) -> Iterator[Change]:
    row, was = guardian.row, guardian.known
    if was is None:
        return
    if was.name != row.guardian:
        yield Change(row.guardian, child, "name", was.name, row.guardian)
    if was.language != row.language:
        yield Change(row.guardian, child, "language", was.language, row.language, chose)
    if with_phone and was.phone != row.phone:
        yield Change(row.guardian, child, "phone", was.phone, row.phone)


def _doubts(
    children: Sequence[Child], there: int, groups: Mapping[int, Mapping[str, str]],
    moves: Sequence[tuple[str, str, str]], year: str,
) -> Iterator[str]:  # fmt: skip
    """What looks as if another file was meant."""
    new = sum(each.known is None for each in children)
    if there >= FEW and new >= FEW and new > len(children) / 2:
        yield "nieuw"
    settled = sum(year in groups.get(each.known.id, {}) for each in children if each.known)
    if settled and len(moves) >= FEW and len(moves) > LATER * settled:
        yield "volgend_jaar"
