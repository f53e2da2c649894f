"""The families that a colleague may see: a line per child with its guardians, and how far each family is reached."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from bot.console import reach
from bot.console.visit import Visit
from bot.people import reached
from bot.people.addresses import same_name, school_year
from bot.people.reached import FAILS, Reach
from bot.store import tables as t
from bot.store.database import Tx

CHANNELS = {"whatsapp": "WhatsApp", "telegram": "Telegram", "sms": "SMS"}
_ROW = 14  # dots beside each other, so that they fit a phone
_STEP = 20  # from one dot to the next
Key = tuple[str, int]  # a guardian at a school


class Row(NamedTuple):
    """A guardian of a child, with sealed names."""

    child_id: int
    child: bytes
    school: str
    group_id: int | None
    group: str | None
    contact_id: int
    guardian: bytes
    roster_language: bytes
    phone: bytes | None
    barred_at: datetime | None
    language: bytes  # her own

    @property
    def key(self) -> Key:
        return self.school, self.contact_id


class Person(NamedTuple):
    """A guardian in a line. `mark`: what is wrong, in words."""

    contact_id: int
    name: str
    channel: str
    language: str
    mark: str


class Line(NamedTuple):
    """A child with its guardians."""

    child: str
    group: str
    people: Sequence[Person]
    words: frozenset[str]  # of all names, as one types them


class Dot(NamedTuple):
    state: str  # vol half leeg
    x: int
    y: int


class Picture(NamedTuple):
    """How far the families are reached: a dot for each, and the same in words."""

    families: int
    reads: int
    dots: Sequence[Dot]
    width: int
    height: int
    text: str


def rows(visit: Visit, tx: Tx, *, group: int | None = None, contact: int | None = None) -> list[Row]:
    """Those that she may see, in the order of the groups; of one group, or with the children of one guardian."""
    g, c, m, gr = t.guardian.c, t.child.c, t.membership.c, t.group.c
    year = school_year(visit.local.date())
    wanted = (
        select(
            c.id, c.name, c.school, gr.id, gr.name, g.contact_id, g.name, g.language, g.phone, g.barred_at,
            t.contact.c.language,
        )
        .select_from(t.child).join(t.guardian, g.child_id == c.id).join(t.contact, t.contact.c.id == g.contact_id)
        .outerjoin(t.membership, (m.child_id == c.id) & (m.year == year)).outerjoin(t.group, gr.id == m.group_id)
        .where(reach.children(visit.who), g.school == c.school, or_(c.left_at.is_(None), c.left_at > visit.now))
        .order_by(c.school, gr.name, c.id, g.id)
    )  # fmt: skip
    wanted = wanted.where(gr.id == group) if group is not None else wanted
    if contact is not None:
        wanted = wanted.where(c.id.in_(select(g.child_id).where(g.contact_id == contact)))
    return [Row._make(row) for row in tx.execute(wanted)]


def reaches(tx: Tx, found: Iterable[Row]) -> dict[Key, Reach]:
    """How far each of these guardians is reached by the school of the child."""
    of_school: dict[str, set[int]] = {}
    for row in found:
        of_school.setdefault(row.school, set()).add(row.contact_id)
    return {
        (school, contact_id): each
        for school, contacts in of_school.items()
        for contact_id, each in reached.of(tx, school, contacts).items()
    }


def lines(visit: Visit, tx: Tx, found: Iterable[Row], known: Mapping[Key, Reach]) -> list[Line]:
    """A line per child, by group and name; a phone that two guardians share is one of them."""
    of_child: dict[int, dict[int, list[Row]]] = {}
    for row in found:
        of_child.setdefault(row.child_id, {}).setdefault(row.contact_id, []).append(row)
    made = []
    for people in of_child.values():
        first = next(iter(people.values()))[0]
        child = tx.open("child.name", first.child)
        shown = [person(visit, tx, hers, known[hers[0].key]) for hers in people.values()]
        words = " ".join(same_name(each) for each in (child, *(each.name for each in shown))).split()
        made.append(Line(child, first.group or "", shown, frozenset(words)))
    return sorted(made, key=lambda line: (line.group, same_name(line.child)))


def person(visit: Visit, tx: Tx, hers: Sequence[Row], how: Reach) -> Person:
    """A guardian as she stands in a line."""
    row, say = hers[0], visit.say
    way = next((each for each in how.ways if each.open and each.blocked_at is None), how.ways[0] if how.ways else None)
    if row.barred_at:
        mark = say("gezinnen.merk.verbod")
    else:
        mark = "" if how.state == reached.READS else say(f"gezinnen.merk.{how.state}")
    return Person(
        row.contact_id, names(tx, hers), CHANNELS.get(way.channel, way.channel) if way else "",
        say.named(language(tx, row, how)), mark,
    )  # fmt: skip


def names(tx: Tx, hers: Iterable[Row]) -> str:
    """What the school calls her; two names where two share a phone."""
    return " / ".join(dict.fromkeys(tx.open("guardian.name", row.guardian) for row in hers))


def language(tx: Tx, row: Row, how: Reach) -> str:
    """The language she chose herself; before that the one that the school's file says."""
    return tx.open("contact.language", row.language) if how.ways else tx.open("guardian.language", row.roster_language)


def matching(every: Iterable[Line], typed: str) -> list[Line]:
    """The lines in which each typed word begins a name."""
    wanted = same_name(typed).split()
    return [line for line in every if all(any(word.startswith(each) for word in line.words) for each in wanted)]


def picture(visit: Visit, found: Iterable[Row], known: Mapping[Key, Reach]) -> Picture:
    """A dot per family; full where one of its guardians is reached, half where the last message did not arrive."""
    states = []
    for family in _families(found):
        of = {known[key].state for key in family if known[key].reads}
        states.append("vol" if of - {FAILS} else "half" if of else "leeg")
    states.sort(key=["vol", "half", "leeg"].index)
    dots = [
        Dot(state, _STEP // 2 + place % _ROW * _STEP, _STEP // 2 + place // _ROW * _STEP)
        for place, state in enumerate(states)
    ]
    many = {state: states.count(state) for state in ("vol", "half", "leeg")}
    say = visit.say
    told = [say("gezinnen.plaatje.vol", aantal=many["vol"])]
    told += [say(f"gezinnen.plaatje.{state}", aantal=many[state]) for state in ("half", "leeg") if many[state]]
    height = -(-len(states) // _ROW) * _STEP
    return Picture(len(states), many["vol"], dots, min(len(states), _ROW) * _STEP, height, " ".join(told))


def _families(found: Iterable[Row]) -> list[set[Key]]:
    """The guardians family by family: children who share one are of one family; who is barred from one is not."""
    of_child: dict[int, set[Key]] = {}
    for row in found:
        hers = of_child.setdefault(row.child_id, set())
        if not row.barred_at:
            hers.add(row.key)
    family: dict[Key, set[Key]] = {}  # of each guardian, one object for all of a family
    without: list[set[Key]] = []
    for guardians in of_child.values():
        joined = guardians.union(*(family.get(each, ()) for each in guardians))
        family.update(dict.fromkeys(joined, joined))
        if not joined:
            without.append(joined)
    return [*{id(each): each for each in family.values()}.values(), *without]


def children_of(tx: Tx, hers: Iterable[Row]) -> list[str]:
    """The names of her children among these rows."""
    return [*dict.fromkeys(tx.open("child.name", row.child) for row in hers)]


def shown_number(tx: Tx, row: Any) -> str:
    """What the school's file says, as a number that can be called; "" where it says nothing."""
    return tx.open("guardian.phone", row.phone) if row.phone else ""
