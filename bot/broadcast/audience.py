"""For whom something is meant, and how each of them can be reached."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, or_, select

from bot.channels.phone import LIMITS
from bot.config import Config
from bot.conversation.journey import levels
from bot.hours import Rest
from bot.people import reached
from bot.people.addresses import same_name, school_year
from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Tx

_A_DAY = timedelta(hours=24)
# Why nobody can write to her: no phone of hers is known, she said yes to nothing, she stopped, she or a provider shut
# every channel, the office or a choice of hers closed it, her channel is none that the school has.
NO_WAY, NO_CONSENT, STOPPED, BLOCKED, OFF, NO_CHANNEL = (
    "geen_weg", "geen_toestemming", "gestopt", "geblokkeerd", "uitgezet", "kanaal_uit",
)  # fmt: skip
WHY = (NO_WAY, NO_CONSENT, STOPPED, BLOCKED, OFF, NO_CHANNEL)
_OF_STATE = {
    reached.NEW: NO_WAY, reached.HALFWAY: NO_CONSENT, reached.STOPPED: STOPPED, reached.BLOCKED: BLOCKED,
    reached.OFF: OFF,
}  # fmt: skip
_NUMBERS = re.compile(r"(\d+)")


class Audience(NamedTuple):
    """Families of one school: by groups (ids), by years (4 is every group 4), by tags (ids), by `children` (ids: one
    family); `all`: everybody.

    `unanswered`: of these only who got that broadcast and has not answered it; with nothing else, all of those.
    """

    school: str
    groups: Sequence[int] = ()
    levels: Sequence[int] = ()
    tags: Sequence[int] = ()
    all: bool = False
    unanswered: int | None = None
    children: Sequence[int] = ()

    def dump(self) -> list[object]:
        """As it is stored, without the school."""
        return [*self[1:]]


class Child(NamedTuple):
    """A child that makes somebody part of the audience."""

    id: int
    name: str
    group: str


class Receiver(NamedTuple):
    """One person. `channel`: by which she is reached first, "" where by none; then `why` says the reason, a word of
    WHY. `window`: whether free words can go there now, or only an approved text.

    Where they cannot, `other` is the channel that takes them now, and `talks` whether she wrote there today: then they
    go there at once; else only where she cannot be asked first.
    """

    contact_id: int
    name: str
    language: str
    children: tuple[Child, ...]
    channel: str = ""
    window: bool = True
    why: str = ""
    other: str = ""
    talks: bool = False
    rest: Rest | None = None  # her own hours without messages


def receivers(tx: Tx, config: Config, audience: Audience, now: datetime) -> list[Receiver]:
    """Whoever it is meant for, by group and name of her first child; also those who cannot be reached, with `why`.

    Left out are guardians who may hear nothing about that child, and children who have left. Two of a household are
    two; a phone that a family shares is one, with every name. Without anything chosen it is nobody.
    """
    found = _found(tx, config, audience, now)
    ways = _ways(tx, config, audience.school, found, now)
    names = _Names(tx)
    return sorted((names.receiver(rows, ways[contact_id]) for contact_id, rows in found.items()), key=names.place)


def nameless(tx: Tx, config: Config, audience: Audience, now: datetime) -> list[Receiver]:
    """The same people in any order, only with their children and `why`: a snow day opens nothing that is sealed."""
    found = _found(tx, config, audience, now, named=False)
    reached_ones = {row.contact_id for row in _open_ways(tx, config, audience.school, found)}
    why = _why(tx, audience.school, [each for each in found if each not in reached_ones])
    return [
        Receiver(contact_id, "", "", tuple([Child(row.child_id, "", "") for row in rows]), why=why.get(contact_id, ""))
        for contact_id, rows in found.items()
    ]


def _found(tx: Tx, config: Config, audience: Audience, now: datetime, *, named: bool = True) -> dict[int, list[Any]]:
    """By contact the rows of the children for whose sake it is meant for her; where not `named`, only their ids."""
    waiting = _waiting(tx, audience)
    found: dict[int, list[Any]] = {}
    rows = _children(tx, config, audience, now)
    if not named:
        rows = rows.with_only_columns(t.guardian.c.contact_id, t.child.c.id.label("child_id"))
    for row in tx.execute(rows).all() if _is_any(audience) else ():
        if waiting is None or _waits(waiting, row, audience):
            found.setdefault(row.contact_id, []).append(row)
    return found


def families(people: Iterable[Receiver]) -> int:
    """How many households: guardians who share a child are one."""
    above: dict[int, int] = {}

    def first(child_id: int) -> int:
        while above.setdefault(child_id, child_id) != child_id:
            above[child_id] = child_id = above[above[child_id]]
        return child_id

    for person in people:
        for child in person.children:
            above[first(child.id)] = first(person.children[0].id)
    return sum(child_id == upper for child_id, upper in above.items())


# --- who it is
def _is_any(audience: Audience) -> bool:
    return audience.all or audience.unanswered is not None or is_narrow(audience)


def is_narrow(audience: Audience) -> bool:
    """Whether some children are named in any way."""
    return bool(audience.groups or audience.levels or audience.tags or audience.children)


def _children(tx: Tx, config: Config, audience: Audience, now: datetime) -> Select[Any]:
    """The guardians of these children, each with one child in a row."""
    g, c, p, m, gr = (each.c for each in (t.guardian, t.child, t.contact, t.membership, t.group))
    year = school_year(now.astimezone(config.zone(audience.school)).date())
    rows = (
        select(
            g.contact_id, g.name, p.language, p.rest_from, p.rest_until,
            c.id.label("child_id"), c.name.label("child"), gr.name.label("group"),
        )
        .select_from(t.guardian)
        .join(t.child, c.id == g.child_id)
        .join(t.contact, p.id == g.contact_id)
        .outerjoin(t.membership, (m.child_id == c.id) & (m.year == year))
        .outerjoin(t.group, gr.id == m.group_id)
        .where(g.school == audience.school, g.barred_at.is_(None), or_(c.left_at.is_(None), c.left_at > now))
        .order_by(g.id)
    )  # fmt: skip
    if audience.all or not is_narrow(audience):
        return rows
    tagged = select(t.tagged.c.child_id).join(t.tag, t.tag.c.id == t.tagged.c.tag_id)
    meant = tagged.where(t.tag.c.school == audience.school, t.tag.c.id.in_(audience.tags))
    groups = {*audience.groups, *_of_levels(tx, audience, year)}
    return rows.where(or_(m.group_id.in_(sorted(groups)), c.id.in_(audience.children), c.id.in_(meant)))


def _of_levels(tx: Tx, audience: Audience, year: str) -> list[int]:
    """The groups of this year that are of one of these levels, or have one."""
    if not audience.levels:
        return []
    here = t.group.c.school == audience.school, t.group.c.year == year
    rows = tx.execute(select(t.group.c.id, t.group.c.name).where(*here))
    return [row.id for row in rows if levels(row.name) & {*audience.levels}]


def _waiting(tx: Tx, audience: Audience) -> dict[int, Collection[int]] | None:
    """Who got that broadcast and has not answered it, with the children for whom she got it; None: nobody asks."""
    if audience.unanswered is None:
        return None
    b, to = t.broadcast.c, t.broadcast_to.c
    theirs = b.id == audience.unanswered, b.school == audience.school, to.why.is_(None), to.answered_at.is_(None)
    rows = select(to.contact_id, to.children).join(t.broadcast, b.id == to.broadcast_id).where(*theirs)
    return {row.contact_id: frozenset(row.children) for row in tx.execute(rows)}


def _waits(waiting: Mapping[int, Collection[int]], row: Any, audience: Audience) -> bool:
    """Whether it is about this child of hers: one that is chosen, or else one of those that broadcast was about."""
    chosen = audience.all or is_narrow(audience)
    return row.contact_id in waiting and (chosen or row.child_id in waiting[row.contact_id])


# --- how she is reached
class _Ways(NamedTuple):
    """The fields of a Receiver that say how."""

    channel: str = ""
    window: bool = True
    why: str = ""
    other: str = ""
    talks: bool = False


def _ways(tx: Tx, config: Config, school: str, contact_ids: Collection[int], now: datetime) -> dict[int, _Ways]:
    """By the rules of the outbox: her first address that is not shut, where she said yes to this school."""
    opened: dict[int, list[Any]] = {}
    for row in _open_ways(tx, config, school, contact_ids):
        opened.setdefault(row.contact_id, []).append(row)
    found = {contact_id: _best(rows, now) for contact_id, rows in opened.items()}
    why = _why(tx, school, [each for each in contact_ids if each not in found])
    return found | {each: _Ways(why=word) for each, word in why.items()}


def _open_ways(tx: Tx, config: Config, school: str, contact_ids: Collection[int]) -> Iterator[Any]:
    """Where each of them can be written to, in the order in which it is tried."""
    a, c = t.address.c, t.consent.c
    yes = (c.contact_id == a.contact_id) & (c.channel == a.channel) & c.withdrawn_at.is_(None)
    columns = select(a.contact_id, a.channel, a.heard_at).join(t.consent, yes)
    here = columns.where(c.school == school, c.purpose == "school", a.blocked_at.is_(None))
    ordered = here.order_by(a.contact_id, a.position, a.id)
    for some in slices(sorted(contact_ids)):
        yield from (
            row for row in tx.execute(ordered.where(a.contact_id.in_(some))).all() if row.channel in config.channels
        )


def _why(tx: Tx, school: str, nobody: Sequence[int]) -> dict[int, str]:
    """Why these cannot be reached: a word of WHY."""
    states = reached.of(tx, school, nobody) if nobody else {}
    return {each: _OF_STATE.get(state.state, NO_CHANNEL) for each, state in states.items()}


def _best(rows: Sequence[Any], now: datetime) -> _Ways:
    """Her first address; where free words cannot go there, another that takes them, one she wrote on today first."""
    first, *rest = rows
    if _is_open(first, now):
        return _Ways(first.channel)
    others = sorted((each for each in rest if _is_open(each, now)), key=lambda each: not _talks(each, now))
    other = (others[0].channel, _talks(others[0], now)) if others else ("", False)
    return _Ways(first.channel, False, "", *other)


def _is_open(row: Any, now: datetime) -> bool:
    window = LIMITS[row.channel].window
    return window is None or (row.heard_at is not None and now - row.heard_at < window)


def _talks(row: Any, now: datetime) -> bool:
    return row.heard_at is not None and now - row.heard_at < _A_DAY


# --- in words
class _Names:
    """Opens what is sealed, a child that several guardians have only once; knows where everybody stands in the list."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._children: dict[int, Child] = {}
        self._places: dict[int, tuple[object, ...]] = {}

    def receiver(self, rows: Sequence[Any], ways: _Ways) -> Receiver:
        row = rows[0]
        name = " / ".join(dict.fromkeys(self._tx.open("guardian.name", each.name) for each in rows))
        children = sorted(dict.fromkeys(map(self._child, rows)), key=self._place_of)
        language = self._tx.open("contact.language", row.language)
        return Receiver(
            row.contact_id, name, language, tuple(children), *ways, rest=Rest.of(row.rest_from, row.rest_until)
        )

    def place(self, person: Receiver) -> tuple[object, ...]:
        return *self._places[person.children[0].id], person.name, person.contact_id

    def _child(self, row: Any) -> Child:
        child = self._children.get(row.child_id)
        if child is None:
            name, group = self._tx.open("child.name", row.child), row.group or ""
            child = self._children[row.child_id] = Child(row.child_id, name, group)
            self._places[row.child_id] = *_group_place(group), same_name(name), row.child_id
        return child

    def _place_of(self, child: Child) -> tuple[object, ...]:
        return self._places[child.id]


@lru_cache(maxsize=512)
def _group_place(group: str) -> tuple[object, ...]:
    """Groups as people count them: groep 2 before groep 10; who has none comes last."""
    parts = [(int(part), "") if part.isdecimal() else (-1, same_name(part)) for part in _NUMBERS.split(group)]
    return not group, parts
