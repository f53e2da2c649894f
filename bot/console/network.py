"""What somebody of the network sees: numbers of her schools, and of a school's groups; nobody's name, no words."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, literal_column, select

from bot.console.settings import channels, health
from bot.console.settings.languages import FEW, spoken
from bot.console.visit import NETWORK, Answer, Gone, Page, Visit, get
from bot.people import audit
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx


class Reach(NamedTuple):
    """Families and how many of them are reached; neither is told where there are fewer than five."""

    families: int
    reached: int

    @property
    def told(self) -> bool:
        return self.families >= FEW

    @property
    def percent(self) -> int:
        return round(100 * self.reached / self.families) if self.families else 0


class School(NamedTuple):
    key: str
    name: str
    reach: Reach
    open: int
    late: int


class Group(NamedTuple):
    name: str
    reach: Reach


def show(visit: Visit, tx: Tx) -> Answer:
    if "school" in visit.query:
        return _one(visit, tx, visit.query["school"])
    told = [channels.shown(visit, each) for each in health.channels(visit, tx)]
    values = {"schools": _schools(visit, tx, visit.who.schools), "channels": told, "few": FEW, "refresh": 60}
    return Page("netwerk.html", values)


def _one(visit: Visit, tx: Tx, key: str) -> Page:
    """The same numbers by group, and what else is known of the school."""
    if key not in visit.who.schools:
        raise Gone
    year = school_year(visit.now.astimezone(visit.config.zone(key)).date())
    groups = [Group(name, reach) for name, reach in sorted(_reach(tx, (key,), t.group.c.name, year).items())]
    shown = [each for each in groups if each.reach.told]
    languages = [
        visit.say("netwerk.taal", taal=visit.say.named(code), aantal=many)
        for code, many in spoken(tx, (key,)).items() if many >= FEW
    ]  # fmt: skip
    values = {
        "of": _schools(visit, tx, (key,))[0], "groups": shown, "hidden": len(groups) - len(shown), "few": FEW,
        "languages": languages, "filed": _filed(visit, tx, key),
    }  # fmt: skip
    return Page("netwerk_school.html", values)


def _schools(visit: Visit, tx: Tx, keys: Sequence[str]) -> list[School]:
    """These schools, with one question for all of them: a network has sixty."""
    th = t.thread.c
    counts = select(th.school, func.count().label("many"), func.count(th.overdue_at).label("late"))
    waits = th.school.in_(keys), th.state == literal_column("'open'")
    talks = {row.school: (row.many, row.late) for row in tx.execute(counts.where(*waits).group_by(th.school))}
    reach = _reach(tx, keys, t.guardian.c.school)
    return [
        School(key, visit.config.schools[key].name, reach.get(key, Reach(0, 0)), *talks.get(key, (0, 0)))
        for key in keys
    ]  # fmt: skip


def _reach(tx: Tx, keys: Sequence[str], by: ColumnElement[str], year: str = "") -> dict[str, Reach]:
    """Parents of children at these schools, and those who said yes and have an address that still takes messages."""
    g, c, m, a, yes = t.guardian.c, t.child.c, t.membership.c, t.address.c, t.consent.c
    reads = (
        select(yes.contact_id, yes.school)
        .join(t.address, (a.contact_id == yes.contact_id) & (a.channel == yes.channel))
        .where(yes.school.in_(keys), yes.withdrawn_at.is_(None), yes.purpose == "school")
        .where(a.linked_at.is_not(None), a.blocked_at.is_(None))
        .distinct()
        .subquery()
    )
    hers = (reads.c.contact_id == g.contact_id) & (reads.c.school == g.school)
    many, reached = func.count(g.contact_id.distinct()), func.count(reads.c.contact_id.distinct())
    rows = select(by.label("by"), many.label("many"), reached.label("reached")).select_from(t.guardian)
    rows = rows.join(t.child, c.id == g.child_id).outerjoin(reads, hers)
    rows = rows.where(g.school.in_(keys), g.barred_at.is_(None), c.left_at.is_(None))
    if year:
        rows = rows.join(t.membership, m.child_id == c.id).join(t.group, t.group.c.id == m.group_id)
        rows = rows.where(m.year == year)
    return {row.by: Reach(row.many, row.reached) for row in tx.execute(rows.group_by(by))}


def _filed(visit: Visit, tx: Tx, key: str) -> str:
    """When a file of families was last brought in; where no page did it, when the newest child came."""
    read_in = audit.latest(tx, key, 1, what="inlezen")
    newest = read_in[0].at if read_in else None
    newest = newest or tx.execute(select(func.max(t.child.c.created_at)).where(t.child.c.school == key)).scalar()
    return visit.say.full(newest.astimezone(visit.config.zone(key)).date()) if newest else visit.say("netwerk.nooit")


DOORS = (get("/netwerk", show, frozenset({NETWORK})),)
