"""How far the families of a round are: who has a talk, who has a proposal, who said nothing, who wants to be called."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.booking import invited
from bot.booking.rounds import Round
from bot.console import reach
from bot.console.rounds import named
from bot.console.visit import Visit, Who
from bot.people import families, reached
from bot.people.addresses import same_name
from bot.store import tables as t
from bot.store.database import Tx

CALL, LOST, LISTED, NOTHING, OFFERED, CHOSEN, AWAY = (
    "bellen", "onbereikbaar", "wacht", "niets", "voorstel", "gekozen", "komt_niet",
)  # fmt: skip
SECTIONS = (CALL, LOST, LISTED, NOTHING, OFFERED, CHOSEN, AWAY)  # what asks something of a colleague comes first
_BOOKED = ("planned", "held", "missed")


class Talk(NamedTuple):
    """A talk of a child in this round, or one that is kept for somebody."""

    id: int
    contact_id: int
    child_id: int
    staff_id: int | None
    starts_at: datetime
    minutes: int
    state: str
    hold_until: datetime | None


class Parent(NamedTuple):
    """One who may book for a child, as the tables have it."""

    id: int
    contact_id: int
    child_id: int
    staff_id: int | None
    state: str
    how: str
    asks_at: datetime
    section: str = NOTHING
    talk: Talk | None = None
    theirs: bool = False  # the other parent has the talk of this child


class Child(NamedTuple):
    """A child with those who may book for it."""

    id: int
    section: str
    parents: Sequence[Parent]


class Person(NamedTuple):
    """A parent in a line. `state`: how far she is, in words."""

    id: int
    name: str
    state: str


class Line(NamedTuple):
    child: str
    group: str
    people: Sequence[Person]


class Section(NamedTuple):
    """Those who are equally far."""

    key: str
    label: str
    many: int
    lines: Sequence[Line]
    open: bool


class Count(NamedTuple):
    """In families: siblings are one."""

    families: int
    chosen: int
    call: int
    waits: int


def children(tx: Tx, who: Who, round_: Round, *, child: int = 0) -> list[Child]:
    """All that she may see of a round, each child once; or one of them."""
    i = t.invitee.c
    columns = t.invitee.c["id", "contact_id", "child_id", "staff_id", "state", "how", "asks_at"]
    hers = select(*columns).where(i.round_id == round_.id, reach.invited(who)).order_by(i.child_id, i.id)
    rows = [
        Parent(row.id, row.contact_id, row.child_id, row.staff_id, row.state, row.how, row.asks_at)
        for row in tx.execute(hers.where(i.child_id == child) if child else hers)
    ]
    lost = {
        contact_id
        for contact_id, each in reached.of(tx, round_.school, {row.contact_id for row in rows}).items()
        if not each.reads
    }
    talks = talks_of(tx, round_.id)
    found: dict[int, list[Parent]] = {}
    for row in rows:
        found.setdefault(row.child_id, []).append(_placed(row, talks.get(row.child_id, ()), lost))
    return [Child(child_id, _section(parents), parents) for child_id, parents in found.items()]


def talks_of(tx: Tx, round_id: int) -> dict[int, list[Talk]]:
    """The talks of a round by child, those that are agreed before those that are only kept."""
    a = t.appointment.c
    columns = t.appointment.c["id", "contact_id", "child_id", "staff_id", "starts_at", "minutes", "state", "hold_until"]
    going = a.round_id == round_id, a.state.in_((*_BOOKED, "offered"))
    found: dict[int, list[Talk]] = {}
    for row in tx.execute(select(*columns).where(*going).order_by(a.starts_at, a.id)):
        found.setdefault(row.child_id, []).append(Talk._make(row))
    return {child: sorted(each, key=lambda talk: talk.state == "offered") for child, each in found.items()}


def _placed(row: Parent, talks: Sequence[Talk], lost: Iterable[int]) -> Parent:
    own = next((each for each in talks if each.contact_id == row.contact_id), None)
    other = next((each for each in talks if each.contact_id != row.contact_id and each.state in _BOOKED), None)
    if own is not None and own.state in _BOOKED:
        return row._replace(section=CHOSEN, talk=own)
    if row.state == invited.CALL:
        return row._replace(section=CALL)
    if row.state == invited.SUMMARY or (other is not None and row.how != invited.APART):
        return row._replace(section=CHOSEN, theirs=True)
    if own is not None:
        return row._replace(section=OFFERED, talk=own)
    said = {invited.LISTED: LISTED, invited.AWAY: AWAY}.get(row.state)
    return row._replace(section=said or (LOST if row.contact_id in lost else NOTHING))


def _section(parents: Sequence[Parent]) -> str:
    """Of a child: what asks most; where each parent comes apart, how far the slowest is."""
    states = {each.section for each in parents}
    if CALL in states:
        return CALL
    apart = [each.section for each in parents if each.how == invited.APART]
    if apart:
        return next(each for each in SECTIONS if each in apart)
    if any(each.section == CHOSEN and each.talk for each in parents):
        return CHOSEN
    states = {each.section for each in parents if not each.theirs} or {NOTHING}
    return next(each for each in (OFFERED, LISTED, NOTHING, LOST, AWAY) if each in states)


def count(found: Sequence[Child]) -> Count:
    """`14 van 28 gezinnen hebben gekozen`; a family is the children who share a parent."""
    whose: dict[int, int] = {}  # child -> a child that stands for the family

    def stands(child: int) -> int:
        while whose[child] != child:
            child = whose[child]
        return child

    of_parent: dict[int, int] = {}
    for each in found:
        whose[each.id] = each.id
        for parent in each.parents:
            first = of_parent.setdefault(parent.contact_id, each.id)
            whose[stands(each.id)] = stands(first)
    states: dict[int, set[str]] = {}
    for each in found:
        states.setdefault(stands(each.id), set()).add(each.section)
    many = Counter(
        CALL if CALL in each else LISTED if LISTED in each else CHOSEN if each == {CHOSEN} else ""
        for each in states.values()
    )
    return Count(len(states), many[CHOSEN], many[CALL], many[LISTED])


# --- in words
def sections(visit: Visit, tx: Tx, round_: Round, found: Sequence[Child]) -> list[Section]:
    """All of them, those first that ask something."""
    ids = {parent.contact_id for each in found for parent in each.parents}
    names = families.of_contacts(tx, round_.school, ids)
    called, groups = families.of_children(tx, {each.id for each in found}), _groups(tx, round_, found)
    made = []
    for key in SECTIONS:
        lines = [
            Line(
                called.get(each.id, ""), groups.get(each.id, ""),
                [Person(one.id, names.get(one.contact_id, ""), said(visit, one)) for one in each.parents],
            )
            for each in found
            if each.section == key
        ]  # fmt: skip
        if lines:
            lines.sort(key=lambda line: (line.group, same_name(line.child)))
            label = visit.say(f"afspraken.gezinnen_{key}")
            made.append(Section(key, label, len(lines), lines, key in (CALL, LOST, LISTED)))
    return made


def said(visit: Visit, one: Parent) -> str:
    """How far this parent is."""
    say = visit.say
    if one.talk is not None and one.section == CHOSEN:
        key = {"held": "geweest", "missed": "gemist"}.get(one.talk.state, "gekozen")
        return say(f"afspraken.stand_{key}", moment=named.moment(visit, one.talk.starts_at))
    if one.talk is not None and one.talk.hold_until:
        until = named.moment(visit, one.talk.hold_until)
        at = named.moment(visit, one.talk.starts_at)
        return say("afspraken.stand_voorstel", moment=at, tot=until)
    if one.theirs:
        return say("afspraken.stand_ander")
    if one.section == NOTHING and one.state == invited.WAITING:
        return say("afspraken.stand_straks", moment=named.moment(visit, one.asks_at))
    return say(f"afspraken.stand_{one.section}")


def silent(found: Sequence[Child]) -> list[int]:
    """The parents who can be reminded: they were asked, can be reached, and nobody of the child has chosen."""
    return sorted(
        {
            parent.contact_id
            for each in found
            for parent in each.parents
            if each.section in (NOTHING, OFFERED) and parent.section == NOTHING and parent.state == invited.ASKED
        }
    )


def _groups(tx: Tx, round_: Round, found: Sequence[Child]) -> Mapping[int, str]:
    """In which group of the round each child is."""
    m, g, of = t.membership.c, t.group.c, t.round_group.c
    rows: Any = tx.execute(
        select(m.child_id, g.name)
        .join(t.group, g.id == m.group_id)
        .join(t.round_group, of.group_id == g.id)
        .where(of.round_id == round_.id, m.child_id.in_([each.id for each in found]))
    )
    return {row.child_id: row.name for row in rows}
