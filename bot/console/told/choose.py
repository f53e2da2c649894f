"""To whom: groups, years, tags, everybody, who has not answered; each id is hers to write to, or does not exist."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import select

from bot.broadcast import answers, hers
from bot.broadcast.audience import Audience
from bot.broadcast.content import QUESTION
from bot.console import reach
from bot.console.told.sheet import Sheet
from bot.console.visit import CLASS, COACH, IB, NETWORK, OFFICES, TEACHER, Gone, Visit
from bot.conversation.journey import levels
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx

ASKING = frozenset({IB, COACH, NETWORK})  # what they write to many is proposed to the school
_POLLS = 8  # the newest questions, of which somebody may not have answered


class Place(NamedTuple):
    """A school with those whom one can choose there. `whole`: whether everybody can be chosen at once."""

    school: str
    name: str
    groups: dict[int, str]
    levels: list[int]
    tags: dict[int, str]
    whole: bool


def asks(visit: Visit) -> bool:
    """Whether somebody at the school has to agree."""
    return visit.who.role in ASKING


def places(visit: Visit, tx: Tx) -> list[Place]:
    """The schools that are hers to write to, with their groups of this year."""
    who = visit.who
    groups, tags = _groups(visit, tx), _tags(visit, tx)
    found = []
    for school in who.schools:
        here = groups.get(school, {})
        years = _levels(here.values()) if who.role in OFFICES else []
        name = visit.config.schools[school].name
        found.append(Place(school, name, here, years, tags if who.role in OFFICES else {}, who.role != TEACHER))
    return found


def polls(visit: Visit, tx: Tx) -> dict[int, str]:
    """The newest questions that were asked: who has not answered them can be written to."""
    b = t.broadcast.c
    begun = b.kind == QUESTION, b.state.in_(("going", "stopped")), b.school == visit.who.school
    rows = tx.execute(
        select(b.id, b.started_at, b.made_at)
        .where(reach.broadcasts(visit.who), *begun)
        .order_by(b.id.desc())
        .limit(_POLLS)
    )
    return {
        row.id: visit.say.moment(row.started_at or row.made_at, visit.now, visit.school.zone) for row in rows
    }  # fmt: skip


def audiences(visit: Visit, tx: Tx, sheet: Sheet) -> list[Audience]:
    """For whom it is, school by school; empty where nobody was chosen. Raises Gone where an id is not hers."""
    there = {place.school: place for place in places(visit, tx)}
    if over := sheet.number("over"):
        return [_same(visit, tx, over, there)]
    if children := sheet.numbers("kind"):
        return [_family(visit, tx, children)]
    groups, years, tags = sheet.numbers("groep"), sheet.numbers("jaar"), sheet.numbers("tag")
    wholes, waits = sheet.all("alle"), sheet.number("niet")
    _hers(groups, {number for place in there.values() for number in place.groups})
    _hers(years, {number for place in there.values() for number in place.levels})
    _hers(tags, {number for place in there.values() for number in place.tags})
    _hers(wholes, {place.school for place in there.values() if place.whole})
    if waits and not reach.may_see(tx, visit.who, "broadcast", waits):
        raise Gone
    made = []
    for school, place in there.items():
        if school in wholes:
            made.append(Audience(school, all=True, unanswered=_at(tx, waits, school)))
            continue
        here = [number for number in groups if number in place.groups]
        own = school == visit.who.school
        some = (years, tags) if own else ([], [])
        unanswered = _at(tx, waits, school)
        if here or any(some) or unanswered:
            made.append(Audience(school, here, *some, unanswered=unanswered))
    if not asks(visit) and not all(
        hers.may_tell(tx, visit.config, visit.who.staff_id, each, visit.now) for each in made
    ):
        raise Gone  # she asked a group that is not hers any more
    return made


def _same(visit: Visit, tx: Tx, over: int, there: dict[str, Place]) -> Audience:
    """Those who were asked something, as far as they are still hers."""
    over = answers.root(tx, over)  # of a reminder: those of whom it reminds
    if not reach.may_see(tx, visit.who, "broadcast", over):
        raise Gone
    row = tx.execute(select(*t.broadcast.c["school", "audience", "kind"]).where(t.broadcast.c.id == over)).one()
    audience = Audience(row.school, *row.audience)
    if row.kind != QUESTION or row.school not in there:
        raise Gone
    if not asks(visit) and not hers.may_tell(tx, visit.config, visit.who.staff_id, audience, visit.now):
        raise Gone
    return audience


def _family(visit: Visit, tx: Tx, children: Sequence[int]) -> Audience:
    """One family, by its children. Raises Gone where one is not hers to write to."""
    audience = Audience(visit.who.school, children=children)
    c = t.child.c
    here = set(tx.execute(select(c.id).where(c.id.in_(children), c.school == visit.who.school)).scalars())
    seen = all(reach.may_see(tx, visit.who, "child", each) for each in children)
    if visit.who.role not in CLASS or not seen or not here.issuperset(children):
        raise Gone
    if not hers.may_tell(tx, visit.config, visit.who.staff_id, audience, visit.now):
        raise Gone
    return audience


def _hers(asked: Collection[object], known: Collection[object]) -> None:
    if not set(asked) <= set(known):
        raise Gone


def _at(tx: Tx, broadcast_id: int, school: str) -> int | None:
    """That broadcast, where it is of this school."""
    if not broadcast_id:
        return None
    b = t.broadcast.c
    return tx.execute(select(b.id).where(b.id == broadcast_id, b.school == school)).scalar()


def _groups(visit: Visit, tx: Tx) -> dict[str, dict[int, str]]:
    """A teacher's own; of the others all of their schools. The network does not choose among groups."""
    who, g = visit.who, t.group.c
    if who.role == NETWORK:
        return {}
    if who.role == TEACHER:
        return {who.school: dict(who.groups)}
    found: dict[str, dict[int, str]] = {}
    here = g.school.in_(who.schools), g.year == school_year(visit.local.date())
    for row in tx.execute(select(g.id, g.name, g.school).where(*here).order_by(g.name, g.id)):
        found.setdefault(row.school, {})[row.id] = row.name
    return found


def _tags(visit: Visit, tx: Tx) -> dict[int, str]:
    rows = tx.execute(select(*t.tag.c["id", "name"]).where(reach.RULES["tag"](visit.who)).order_by(t.tag.c.name))
    return {row.id: row.name for row in rows}


def _levels(names: Collection[str]) -> list[int]:
    """The years that occur in the names of groups: `groep 4/5` is of both."""
    return sorted({level for name in names for level in levels(name)})
