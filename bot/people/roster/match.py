"""Finds in the file's rows the children and guardians that are known already, and what contradicts itself. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.people.roster.rows import Row
from bot.people.roster.wrong import Wrong

_ADD_ID = "give each child its own id"


@dataclass(slots=True)
class KnownGuardian:
    """A guardian as stored."""

    id: int
    contact_id: int
    child_id: int
    name: str
    key: str
    language: str
    phone: str


@dataclass(slots=True)
class KnownChild:
    """A child as stored; `find` is the keyed hash of the school's own id."""

    id: int
    find: str | None
    name: str
    key: str
    guardians: list[KnownGuardian] = field(default_factory=list)


@dataclass(slots=True)
class Guardian:
    """A guardian in the file: known with this child, known as a contact, or (both None) new."""

    row: Row
    known: KnownGuardian | None = None
    contact_id: int | None = None


@dataclass(slots=True)
class Child:
    """A child in the file, with all its rows."""

    rows: list[Row]
    find: str | None
    known: KnownChild | None = None
    guardians: list[Guardian] = field(default_factory=list)


class Errors(dict[int, str]):
    """Per line what is wrong; the first that is found counts."""

    def add(self, rows: Iterable[Row], text: Wrong) -> None:
        for row in rows:
            self.setdefault(row.line, text)


def match(rows: Sequence[Row], known: Sequence[KnownChild], finds: dict[str, str]) -> tuple[list[Child], Errors]:
    """The children of the file with what is known of them; `finds` gives the keyed hash of each school id."""
    errors = Errors()
    children = [Child(together, finds.get(_id(together))) for together in _families(rows, errors)]
    for child in children:
        _agree(child, errors)
    _recognise(children, known, errors)
    for child in children:
        _recognise_guardians(child, errors)
    _recognise_contacts(children, known)
    return children, errors


def _id(rows: Sequence[Row]) -> str:
    return next((row.id for row in rows if row.id), "")


def _marks(row: Row) -> list[tuple[str, ...]]:
    """What makes two rows without an id the same child: its name, and a group, a guardian or a phone."""
    marks = [("group", row.child_key, row.group_key), ("guardian", row.child_key, row.guardian_key)]
    return [*marks, *([("phone", row.child_key, row.phone)] if row.phone else [])]


def _families(rows: Sequence[Row], errors: Errors) -> list[list[Row]]:
    """The rows child by child: by id; without one by name and group, guardian or phone."""
    with_id: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.id:
            with_id[row.id].append(row)
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for school_id, same in with_id.items():
        for mark in {mark for row in same for mark in _marks(row)}:
            owners[mark].add(school_id)
    without: list[list[Row]] = []
    for same in _connected([row for row in rows if not row.id]):
        fitting = set().union(*(owners.get(mark, set()) for row in same for mark in _marks(row)))
        if len(fitting) > 1:
            errors.add(same, Wrong(f"more than one child of this file fits; {_ADD_ID}", "past_op_meer"))
        elif fitting:
            with_id[fitting.pop()] += same
        else:
            without.append(same)
    return [sorted(same, key=lambda row: row.line) for same in (*with_id.values(), *without)]


def _connected(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows that share a mark, directly or by way of others."""
    home: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        together = [row]
        for mark in _marks(row):
            other = home.get(mark, together)
            if other is not together:
                small, together = sorted((other, together), key=len)
                together += small
                home.update({mark: together for each in small for mark in _marks(each)})
            home[mark] = together
    return list({id(same): same for same in home.values()}.values())


def _agree(child: Child, errors: Errors) -> None:
    """All rows of one child must say the same about it."""
    first = child.rows[0]
    for row in child.rows:
        if row.child_key != first.child_key:
            errors.add(
                [row], Wrong(f"this id belongs to another child on line {first.line}", "nummer", regel=first.line)
            )
        elif row.group_key != first.group_key:
            said = f"the same child is in another group on line {first.line}; or are they two? {_ADD_ID}"
            errors.add([row], Wrong(said, "twee_groepen", regel=first.line))


def _recognise(children: Sequence[Child], known: Sequence[KnownChild], errors: Errors) -> None:
    """Which known child each is: by id, else by name and one guardian's name or phone."""
    by_find = {child.find: child for child in known if child.find}
    by_name: dict[str, list[KnownChild]] = defaultdict(list)
    for each in known:
        by_name[each.key].append(each)
    taken: dict[int, Child] = {}
    for child in children:
        child.known = by_find.get(child.find) if child.find else None
        if child.known is None:
            fitting = [each for each in by_name[child.rows[0].child_key] if _fits(each, child)]
            if len(fitting) > 1:
                errors.add([row for row in child.rows if any(_shared(each, row) for each in fitting)],
                           Wrong(f"more than one known child fits; {_ADD_ID}", "past_op_meer"))  # fmt: skip
            child.known = fitting[0] if len(fitting) == 1 else None
        if child.known is None:
            continue
        other = taken.setdefault(child.known.id, child)
        if other is not child:
            line = other.rows[0].line
            errors.add(
                child.rows, Wrong(f"this is the same known child as on line {line}; {_ADD_ID}", "dubbel", regel=line)
            )


def _fits(known: KnownChild, child: Child) -> bool:
    """A child that has another id already is another child."""
    return not (child.find and known.find) and any(_shared(known, row) for row in child.rows)


def _shared(known: KnownChild, row: Row) -> bool:
    return any(each.key == row.guardian_key or (each.phone and each.phone == row.phone) for each in known.guardians)


def _recognise_guardians(child: Child, errors: Errors) -> None:
    """Which guardian of the known child each row is; a row that stands there twice counts once."""
    seen: dict[str, Row] = {}
    for row in child.rows:
        first = seen.setdefault(row.guardian_key, row)
        if first is row:
            child.guardians.append(Guardian(row))
        elif (first.phone, first.language) != (row.phone, row.language):
            said = f"the same guardian of this child has another phone or language on line {first.line}"
            errors.add([row], Wrong(said, "ouder_anders", regel=first.line))
    if child.known is None:
        return
    by_key = {each.key: each for each in reversed(child.known.guardians)}
    left = [each for each in child.known.guardians if each.key not in seen]
    for guardian in child.guardians:
        guardian.known = by_key.get(guardian.row.guardian_key)
        same_phone = [each for each in left if each.phone and each.phone == guardian.row.phone]
        if guardian.known is None and len(same_phone) == 1:  # her name is written otherwise now
            guardian.known = same_phone[0]
            left.remove(same_phone[0])


def _recognise_contacts(children: Sequence[Child], known: Sequence[KnownChild]) -> None:
    """A guardian with the same name and phone at another child is the same contact: one code for siblings."""
    contacts: dict[tuple[str, str], int] = {}
    for each in (guardian for child in known for guardian in child.guardians):
        contacts.setdefault((each.key, each.phone), each.contact_id)
    here = [guardian for child in children for guardian in child.guardians]
    for guardian in here:
        if guardian.known is not None:
            guardian.contact_id = guardian.known.contact_id
            contacts[guardian.row.guardian_key, guardian.row.phone] = guardian.known.contact_id
    for guardian in here:
        if guardian.known is None and guardian.row.phone:
            guardian.contact_id = contacts.get((guardian.row.guardian_key, guardian.row.phone))
