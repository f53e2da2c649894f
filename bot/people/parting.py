"""A family whose last child has left a school: what ends with it, whenever one looks and as often as one looks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Table, and_, delete, or_, select, update

from bot.store import tables as t
from bot.store.database import Tx


class Ending(NamedTuple):
    """What ends with the school for a family whose last child has left: rows, and what they become; None: they go."""

    table: Table
    which: ColumnElement[bool]
    values: dict[str, Any] | None


def endings(now: datetime) -> Iterator[Ending]:
    """Everything that is open and should not be, whenever one looks. A sibling who stays keeps all but what is about
    the child that left."""
    c, f, r, o = t.consent.c, t.followup.c, t.run.c, t.outbox.c
    her_yes = c.withdrawn_at.is_(None), _gone(c.contact_id, c.school, now), ~_colleague(c.contact_id, c.school)
    yield Ending(t.consent, and_(*her_yes), {"withdrawn_at": now, "withdrawn_by": "left"})
    about = select(t.child.c.id).where(t.child.c.left_at <= now)
    over = {"due_at": None, "rev": f.rev + 1}
    hers = or_(_gone(f.contact_id, f.school, now), f.child_id.in_(about))
    yield Ending(
        t.followup, and_(f.state == "waiting", f.kind != "digest", hers), {"state": "done", "reason": "left"} | over
    )
    theirs = or_(_gone(r.contact_id, r.school, now), r.child_id.in_(about))
    ended = {"state": "ended", "result": "left", "due_at": None, "changed_at": now, "rev": r.rev + 1}
    yield Ending(t.run, and_(r.state != "ended", r.rank != "safety", theirs), ended)
    bulk = o.status == "queued", o.cls.not_in(("urgent", "reply"))
    cancelled = {"status": "cancelled", "reason": "left", "settled_at": now}
    yield Ending(t.outbox, and_(*bulk, _gone(o.contact_id, o.school, now)), cancelled)
    yield from _talks(about, now)
    yield from _year(now)


def _talks(about: Select[tuple[int]], now: datetime) -> Iterator[Ending]:
    """Talks to come about a child that left, what is kept for them, and who may book or asked for one."""
    a, v, r, b = t.appointment.c, t.invitee.c, t.talk_request.c, t.busy.c
    hers = or_(a.child_id.in_(about), and_(a.child_id.is_(None), _gone(a.contact_id, a.school, now)))
    for state, end in (("planned", "cancelled"), ("offered", "let_go")):
        off = {"state": end, "hold_until": None, "changed_at": now}
        yield Ending(t.appointment, and_(a.state == state, a.starts_at > now, hers), off)
    over = select(a.id).where(a.state.in_(("cancelled", "let_go")), hers)
    yield Ending(t.busy, b.appointment_id.in_(over), None)
    shut = {"state": "shut", "listed_at": None, "changed_at": now}
    yield Ending(t.invitee, and_(v.state != "shut", v.child_id.in_(about)), shut)
    dropped = {"state": "dropped", "settled_at": now}
    yield Ending(t.talk_request, and_(r.state == "open", r.child_id.in_(about)), dropped)


def _year(now: datetime) -> Iterator[Ending]:
    """Evenings to come, what partners offer and nobody passed on yet, and what the parents of a school decide."""
    v, ga, r, vo, ca, b = (
        table.c for table in (t.visitor, t.gathering, t.referral, t.voter, t.candidate, t.ballot)
    )  # fmt: skip
    theirs = select(ga.id).where(ga.id == v.gathering_id, ga.starts_at > now, _gone(v.contact_id, ga.school, now))
    expected = v.state.in_(("waiting", "asked", "offered", "list", "coming")), theirs.exists()
    yield Ending(t.visitor, and_(*expected), {"state": "away", "listed_at": None, "changed_at": now})
    helped = r.state == "open", _gone(r.contact_id, r.school, now)
    yield Ending(t.referral, and_(*helped), {"state": "closed", "changed_at": now})
    going = select(b.id).where(b.closes_at > now)
    asked = going.where(b.id == vo.ballot_id, _gone(vo.contact_id, b.school, now))
    yield Ending(t.voter, and_(vo.state != "voted", asked.exists()), None)
    stands = going.where(b.id == ca.ballot_id, _gone(ca.contact_id, b.school, now))
    off = {"state": "withdrawn", "changed_at": now}
    yield Ending(t.candidate, and_(ca.state != "withdrawn", stands.exists()), off)


def end_ties(tx: Tx, now: datetime) -> None:
    """End at once what ends for those who have left already."""
    for each in endings(now):
        change = delete(each.table) if each.values is None else update(each.table).values(each.values)
        tx.execute(change.where(each.which))


_guardian, _child, _staff = t.guardian.alias(), t.child.alias(), t.staff.alias()  # made once: it costs much


def _gone(contact: ColumnElement[int], school: ColumnElement[str], now: datetime) -> ColumnElement[bool]:
    """Whether she had children at this school, and none of them is there any more."""
    g, c = _guardian, _child
    hers = select(g.c.id).join(c, c.c.id == g.c.child_id).where(g.c.contact_id == contact, g.c.school == school)
    stays = or_(c.c.left_at.is_(None), c.c.left_at > now)
    return and_(hers.where(~stays).exists(), ~hers.where(stays).exists())


def _colleague(contact: ColumnElement[int], school: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether she works there: then what she said yes to goes on."""
    s = _staff.c
    works = select(s.id).where(s.contact_id == contact, s.school == school, s.left_at.is_(None))
    return works.exists()
