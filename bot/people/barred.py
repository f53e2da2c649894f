"""A contact bar: a judge or the school said that nothing about this child goes to this guardian any more."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, delete, or_, select, update

from bot.people import called_off, unsaid
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx

REASON = "barred"
BACK = timedelta(days=1)  # so long a mistake takes nothing with it: what ended comes back


def is_shut(tx: Tx, contact_id: int, school: str, child_id: int | None, now: datetime) -> bool:
    """Whether nothing may be said to her about this child; about none: whether all her children here are barred."""
    g, c = t.guardian.c, t.child.c
    hers = select(g.child_id, g.barred_at, c.left_at).join(t.child, c.id == g.child_id)
    rows = tx.execute(hers.where(g.contact_id == contact_id, g.school == school)).all()
    if child_id is not None:
        return any(row.barred_at for row in rows if row.child_id == child_id)
    here = [row.barred_at for row in rows if row.left_at is None or row.left_at > now]
    return bool(here) and all(here)


def bar(tx: Tx, contact_id: int, child_id: int, now: datetime) -> bool:
    """From now on nothing about this child goes to her, and what waits about it does not leave. False: it was so."""
    g, c = t.guardian.c, t.child.c
    _lock(tx, contact_id)
    hers = g.contact_id == contact_id, g.child_id == child_id
    if not tx.execute(update(t.guardian).where(*hers, g.barred_at.is_(None)).values(barred_at=now)).rowcount:
        return False
    child = tx.execute(select(c.school, c.name).where(c.id == child_id)).one()
    name = tx.open("child.name", child.name)
    about = _About(
        contact_id, child.school, child_id, is_shut(tx, contact_id, child.school, None, now),
        tuple(json.dumps(each)[1:-1] for each in {name, first_name(name)}),
    )  # fmt: skip
    scopes = [*_end_followups(tx, about), *_cancel_talks(tx, about, now)]
    runs = _end_runs(tx, about, now)
    _cancel_messages(tx, about, scopes, runs, now)
    _end_year(tx, about, now)
    th = t.thread.c
    talks = update(t.thread).where(th.contact_id == contact_id, th.school == child.school, about.concerns(th.child_id))
    tx.execute(talks.where(th.state == "answered").values(state="closed", changed_at=now))
    tx.execute(talks.where(th.state == "open").values(answer_by=None))  # a colleague reads it; she is promised nothing
    return True


def lift(tx: Tx, contact_id: int, child_id: int, now: datetime) -> bool:
    """She hears of this child again; within a day also of what ended with the bar. False: there was none."""
    g, f, th = t.guardian.c, t.followup.c, t.thread.c
    _lock(tx, contact_id)
    hers = g.contact_id == contact_id, g.child_id == child_id
    row = tx.execute(select(g.barred_at, g.school).where(*hers, g.barred_at.is_not(None))).first()
    if row is None:
        return False
    tx.execute(update(t.guardian).where(*hers).values(barred_at=None))
    if now - row.barred_at > BACK:
        return True
    others = select(g.id).where(g.contact_id == contact_id, g.school == row.school, g.barred_at.is_not(None))
    alone = tx.execute(others).first() is None
    about = _About(contact_id, row.school, child_id, alone)
    ended = f.contact_id == contact_id, f.state == "done", f.reason == REASON, f.expires_at > now
    back = {"state": "waiting", "reason": None, "rev": f.rev + 1}
    tx.execute(update(t.followup).where(*ended, about.concerns(f.child_id)).values(back))
    closed = th.contact_id == contact_id, th.state == "closed", th.changed_at == row.barred_at
    tx.execute(update(t.thread).where(*closed, about.concerns(th.child_id)).values(state="answered"))
    called_off.again(tx, contact_id, about.concerns(t.appointment.c.child_id), row.barred_at, now)
    return True


class _About(NamedTuple):
    """Whom and what it is about. `all`: she has no other child at this school of which she may hear."""

    contact_id: int
    school: str
    child_id: int
    all: bool
    names: tuple[str, ...] = ()  # as they stand in JSON

    def concerns(self, child: ColumnElement[Any]) -> ColumnElement[bool]:
        return or_(child == self.child_id, child.is_(None)) if self.all else child == self.child_id

    def meets(self, school: str | None, child_id: int | None, text: str) -> bool:
        """Whether something is about the child, names it, or can be about no other."""
        if child_id is not None:
            return child_id == self.child_id
        return (self.all and school == self.school) or any(name in text for name in self.names)


def _end_followups(tx: Tx, about: _About) -> list[str]:
    """What was to come: over. What the school year brings is laid again, where it is about other children too."""
    f = t.followup.c
    hers = f.contact_id == about.contact_id, f.state == "waiting", f.kind != "digest", _here(f.school, about)
    rows = tx.execute(select(f.id, f.kind, f.scope, f.school, f.child_id, f.fields).where(*hers)).all()
    met = [row for row in rows if about.meets(row.school, row.child_id, tx.open("followup.fields", row.fields))]
    laid = [row.id for row in met if row.kind == "journey"]
    tx.execute(delete(t.followup).where(f.id.in_(laid)))
    over = {"state": "done", "reason": REASON, "rev": f.rev + 1}
    tx.execute(update(t.followup).where(f.id.in_([row.id for row in met if row.kind != "journey"])).values(over))
    return [row.scope for row in met]


def _cancel_talks(tx: Tx, about: _About, now: datetime) -> list[str]:
    """Agreed talks: off, and she is told nothing."""
    called_off.shut(tx, about.contact_id, about.child_id, now)
    concerned = about.concerns(t.appointment.c.child_id)
    ids = called_off.off(tx, about.contact_id, about.school, concerned, now)
    return [f"appointment:{number}:" for number in ids]


def _end_year(tx: Tx, about: _About, now: datetime) -> None:
    """What was asked for the child; and where she may hear of none here, evenings and votes of this school."""
    r, v, ga, vo, b = t.referral.c, t.visitor.c, t.gathering.c, t.voter.c, t.ballot.c
    asked = r.contact_id == about.contact_id, r.school == about.school, r.state == "open", r.child_id == about.child_id
    tx.execute(update(t.referral).where(*asked).values(state="closed", changed_at=now))
    if about.all:
        here = select(ga.id).where(ga.school == about.school, ga.starts_at > now)
        comes = v.contact_id == about.contact_id, v.gathering_id.in_(here)
        expected = v.state.in_(("waiting", "asked", "offered", "list", "coming"))
        tx.execute(update(t.visitor).where(*comes, expected).values(state="away", listed_at=None, changed_at=now))
        going = select(b.id).where(b.school == about.school, b.closes_at > now)
        votes = vo.contact_id == about.contact_id, vo.state != "voted", vo.ballot_id.in_(going)
        tx.execute(delete(t.voter).where(*votes))


def _end_runs(tx: Tx, about: _About, now: datetime) -> set[int]:
    """Conversations about the child; those for who is in need go on."""
    r = t.run.c
    hers = r.contact_id == about.contact_id, r.state != "ended", r.rank != "safety", _here(r.school, about)
    rows = tx.execute(select(r.id, r.school, r.child_id, r.memory).where(*hers)).all()
    met = {row.id for row in rows if about.meets(row.school, row.child_id, tx.open("run.memory", row.memory))}
    over = {"state": "ended", "result": REASON, "due_at": None, "changed_at": now, "rev": r.rev + 1}
    tx.execute(update(t.run).where(r.id.in_(met)).values(over))
    return met


def _cancel_messages(tx: Tx, about: _About, scopes: Sequence[str], runs: set[int], now: datetime) -> None:
    """What waits in the queue: of those conversations and talks, or what names the child. What became one message with
    it stays."""
    unsaid.apart(tx, _waiting(tx, about, scopes, runs))
    met = _waiting(tx, about, scopes, runs)
    gone = {"status": "cancelled", "reason": REASON, "settled_at": now, "lane": "", "lane_at": None}
    waits = t.outbox.c.id.in_([row.id for row in met]), t.outbox.c.status == "queued"
    tx.execute(update(t.outbox).where(*waits).values(gone))
    unsaid.end(tx, met, REASON, now)


def _waiting(tx: Tx, about: _About, scopes: Sequence[str], runs: set[int]) -> list[Row[Any]]:
    """The messages about the child, by themselves or as part of another."""
    o = t.outbox.c
    hers = o.contact_id == about.contact_id, or_(o.status == "queued", o.reason == "merged"), _here(o.school, about)
    waiting = tx.execute(select(*unsaid.COLUMNS, o.school, o.thread_id, o.scope).where(*hers)).all()
    told = _told_of_it(tx, about, {row.broadcast_id for row in waiting if row.broadcast_id})
    of_runs = {row.id: row.child_id for row in _children(tx, t.run, {row.run_id for row in waiting})}
    of_threads = {row.id: row.child_id for row in _children(tx, t.thread, {row.thread_id for row in waiting})}
    begins = tuple(scopes)
    return [
        row
        for row in waiting
        if row.run_id in runs
        or row.broadcast_id in told
        or (row.scope and row.scope.startswith(begins))
        or about.child_id in (of_runs.get(row.run_id), of_threads.get(row.thread_id))
        or about.meets(row.school, None, tx.open("outbox.parts", row.parts))
    ]


def _told_of_it(tx: Tx, about: _About, broadcast_ids: set[int]) -> set[int]:
    """Those broadcasts that are for her for no other child's sake."""
    to, g = t.broadcast_to.c, t.guardian.c
    shut = select(g.child_id).where(g.contact_id == about.contact_id, g.barred_at.is_not(None))
    barred = {about.child_id, *tx.execute(shut).scalars()}
    hers = to.contact_id == about.contact_id, to.broadcast_id.in_(broadcast_ids)
    rows = tx.execute(select(to.broadcast_id, to.children).where(*hers))
    return {row.broadcast_id for row in rows if about.child_id in row.children and barred.issuperset(row.children)}


def _children(tx: Tx, table: Any, ids: set[int | None]) -> Iterable[Any]:
    return tx.execute(select(table.c.id, table.c.child_id).where(table.c.id.in_(ids - {None})))


def _here(school: ColumnElement[Any], about: _About) -> ColumnElement[bool]:
    return or_(school == about.school, school.is_(None))


def _lock(tx: Tx, contact_id: int) -> None:
    """People before their rows, as the desk does: no deadlock, and no conversation goes on beside this."""
    tx.execute(select(t.contact.c.id).where(t.contact.c.id == contact_id).with_for_update(key_share=True))
