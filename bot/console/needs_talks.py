"""Talks that need a colleague: danger that nobody has taken, parents who wait, what was given, what did not arrive."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, literal_column, or_, select, true

from bot.console import reach
from bot.console.needs import Need, to
from bot.console.visit import TEACHER, Visit, Who
from bot.people import families
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx

MOST = 500  # of a school whose talks all wait, so many are looked at
_LATELY = timedelta(days=14)  # an answer that did not arrive is looked for as long
_NOT_ARRIVED = ("failed", "expired", "unknown", "cancelled")
# The word stands in the statement itself, or neither database would use the index that is made for it.
_OPEN = t.thread.c.state == literal_column("'open'")
_BEGINNING = 90  # of her words, so many characters


class Open(NamedTuple):
    """A talk in which a parent waits."""

    id: int
    school: str
    kind: str
    contact_id: int
    child_id: int | None
    staff_id: int | None
    tense: bool
    overdue: bool
    taken: bool
    since: datetime  # her first words that nobody answered


def talks(visit: Visit, tx: Tx) -> Iterator[Need]:
    """All that open talks ask, the most pressing first; each talk stands in one line only."""
    me = visit.who.staff_id
    found = _open(tx, visit.who)
    danger = [each for each in found if each.kind == "gevaar" and not each.taken]
    rest = [each for each in found if each not in danger]
    given = [each for each in rest if each.staff_id == me]
    free = [each for each in rest if each.staff_id is None]
    late = [each for each in rest if each.overdue and each.staff_id != me] if visit.who.is_office else []
    for each in danger:
        where = to(visit, f"/gesprekken/{each.id}", "open")
        yield Need(
            "gevaar", visit.say("vandaag.gevaar", wie=_who(visit, tx, each)), where, visit.say("vandaag.gevaar.meer"),
            urgent=True, id=each.id,
        )  # fmt: skip
    yield from _line(visit, tx, "laat", late)
    yield from _line(visit, tx, "gegeven", given)
    if visit.who.role == TEACHER:
        yield from _line(visit, tx, "wachten", free)
    elif not visit.who.is_office:
        yield from _tense(visit, tx, [each for each in rest if each.tense and each.staff_id != me])


def not_arrived(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Answers of the last two weeks that did not reach her."""
    th, o = t.thread.c, t.outbox
    newest = select(func.max(o.c.id)).where(o.c.thread_id == th.id).correlate(t.thread).scalar_subquery()
    lost = exists().where(
        o.c.id == newest, o.c.status.in_(_NOT_ARRIVED), or_(o.c.reason.is_(None), o.c.reason != "dropped")
    )
    lately = th.state == "answered", th.changed_at > visit.now - _LATELY
    chosen = select(*t.thread.c["id", "school", "contact_id", "child_id"]).where(reach.threads(visit.who), *lately)
    if not visit.who.is_office:
        chosen = chosen.where(or_(th.staff_id.is_(None), th.staff_id == visit.who.staff_id))
    rows = tx.execute(chosen.where(lost).order_by(th.changed_at.desc()).limit(MOST)).all()
    if len(rows) == 1:
        wie = _who(visit, tx, rows[0])
        yield Need("mislukt", visit.say("vandaag.mislukt.een", wie=wie), to(visit, f"/gesprekken/{rows[0].id}"))
    elif rows:
        yield Need("mislukt", visit.say("vandaag.mislukt", aantal=len(rows)), to(visit, "/gesprekken"))


def given_on(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Talks without a question that a colleague gave her, until she has said something in them."""
    th, m = t.thread.c, t.thread_message.c
    newest = select(m.side).where(m.thread_id == th.id).order_by(m.id.desc()).limit(1).correlate(t.thread)
    hers = th.staff_id == visit.who.staff_id, th.state == "answered", newest.scalar_subquery() == "given"
    chosen = select(*t.thread.c["id", "school", "contact_id", "child_id"]).where(reach.threads(visit.who), *hers)
    rows = tx.execute(chosen.order_by(th.changed_at).limit(MOST)).all()
    if len(rows) == 1:
        text = visit.say("vandaag.gegeven.een", wie=_who(visit, tx, rows[0]))
        yield Need("gekregen", text, to(visit, f"/gesprekken/{rows[0].id}"))
    elif rows:
        yield Need("gekregen", visit.say("vandaag.gegeven", aantal=len(rows)), to(visit, "/gesprekken"))


def waiting_elsewhere(visit: Visit, tx: Tx) -> Iterator[Need]:
    """For the office, as news: how many parents wait for a colleague."""
    if not visit.who.is_office:
        return
    th = t.thread.c
    hers = th.school == visit.who.school, _OPEN, th.overdue_at.is_(None), th.kind != "gevaar"
    many = tx.execute(select(func.count()).where(*hers, th.staff_id.is_distinct_from(visit.who.staff_id))).scalar_one()
    if many:
        yield Need("elders", visit.say("vandaag.elders", aantal=many), to(visit, "/gesprekken"))


def _line(visit: Visit, tx: Tx, kind: str, found: Sequence[Open]) -> Iterator[Need]:
    """One talk by its name and words, several by their number."""
    if not found:
        return
    wait = visit.now - min(each.since for each in found)
    waits = visit.say.since(wait)
    if len(found) > 1:
        longest = visit.say("vandaag.langst", tijd=waits) if wait >= timedelta(minutes=1) else ""
        yield Need(kind, visit.say(f"vandaag.{kind}", aantal=len(found)), to(visit, "/gesprekken"), longest)
        return
    only = found[0]
    words, language = _words(tx, only.id)
    text = visit.say(f"vandaag.{kind}.een", wie=_who(visit, tx, only))
    yield Need(kind, text, to(visit, f"/gesprekken/{only.id}", "antwoord"), waits, words, language)


def _tense(visit: Visit, tx: Tx, found: Sequence[Open]) -> Iterator[Need]:
    """A coach looks along, school by school."""
    for school in sorted({each.school for each in found}):
        here = [each for each in found if each.school == school]
        text = visit.say("vandaag.spanning", aantal=len(here), school=visit.config.schools[school].name)
        where = f"/gesprekken/{here[0].id}" if len(here) == 1 else "/gesprekken"
        yield Need(f"spanning-{school}", text, to(visit, where), visit.say("vandaag.spanning.meer"))


def _open(tx: Tx, who: Who) -> list[Open]:
    th, al, m, later = t.thread.c, t.alarm.c, t.thread_message.alias(), t.thread_message.alias()
    answered = exists().where(later.c.thread_id == m.c.thread_id, later.c.side == "school", later.c.id > m.c.id)
    first = select(func.min(m.c.at)).where(m.c.thread_id == th.id, m.c.side == "parent", ~answered)
    columns = select(
        *t.thread.c["id", "school", "kind", "contact_id", "child_id", "staff_id", "tense"],
        th.overdue_at.is_not(None).label("overdue"), exists().where(al.thread_id == th.id, al.state == "taken"),
        func.coalesce(first.correlate(t.thread).scalar_subquery(), th.changed_at),
    )  # fmt: skip
    chosen = columns.where(reach.threads(who), _OPEN, _concerns(who)).order_by(th.changed_at).limit(MOST)
    return [Open._make(row) for row in tx.execute(chosen)]


def _concerns(who: Who) -> ColumnElement[bool]:
    """Of all that she may see: an office has what is pressing, or hers; what a colleague has is his."""
    th = t.thread.c
    hers = th.staff_id == who.staff_id
    if who.is_office:
        return or_(hers, th.kind == "gevaar", th.overdue_at.is_not(None))
    return or_(hers, th.staff_id.is_(None), th.kind == "gevaar") if who.role == TEACHER else true()


def _who(visit: Visit, tx: Tx, talk: Any) -> str:
    """`Fatima Haddad, ouder van Amira`."""
    name = families.of_contacts(tx, talk.school, [talk.contact_id]).get(talk.contact_id, "")
    if not name:
        return visit.say("vandaag.onbekend")
    of = families.of_children(tx, [talk.child_id]).values() if talk.child_id else _children(tx, talk)
    called = ", ".join(map(first_name, of))
    return visit.say("vandaag.ouder_van", ouder=name, kind=called) if called else name


def _children(tx: Tx, talk: Any) -> list[str]:
    """Of a talk that names no child: all that are hers at this school."""
    g, c = t.guardian.c, t.child.c
    hers = g.contact_id == talk.contact_id, g.school == talk.school, g.barred_at.is_(None), c.left_at.is_(None)
    rows = select(c.id, c.name).join(t.guardian, g.child_id == c.id).where(*hers).distinct().order_by(c.id)
    return [tx.open("child.name", row.name) for row in tx.execute(rows)]


def _words(tx: Tx, thread_id: int) -> tuple[str, str]:
    """The beginning of what she wrote last, and its language."""
    m = t.thread_message.c
    hers = select(m.body, m.language).where(m.thread_id == thread_id, m.side == "parent").order_by(m.id.desc())
    row = tx.execute(hers.limit(1)).first()
    if row is None:
        return "", ""
    text = " ".join(tx.open("thread_message.body", row.body).split())
    short = text if len(text) <= _BEGINNING else text[: _BEGINNING - 1].rstrip() + "…"
    return short, tx.open("thread_message.language", row.language)
