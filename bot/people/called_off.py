"""Talks of a parent about a child of whom she may not hear any more: off, their time is free; within a day they are
back where nobody took it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, tuple_, update

from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

_AWAY = {"comes": "off_comes", "summary": "off_reads"}  # what a guest did, while nothing may be said to her
LEFT = "left:"  # how it is noted down that talks of a colleague who has left are to be called off; see booking/ill.py
_CELL = 300  # seconds: what time is given away in
_a, _b, _g, _i = t.appointment.c, t.busy.c, t.guest.c, t.invitee.c


def off(tx: Tx, contact_id: int, school: str, child: ColumnElement[bool], now: datetime) -> list[int]:
    """Nothing that she agreed on, was offered or comes along to stands; she is told nothing. Where the other parent
    comes along, it is that one's talk now. `child`: which ones, as a condition on appointment.child_id."""
    hers = _a.contact_id == contact_id, _a.school == school, child
    rows = tx.execute(select(t.appointment).where(*hers, _a.state.in_(("offered", "planned")))).all()
    taken_over = {row.id for row in rows if row.state == "planned" and _take_over(tx, row)}
    for row in rows:
        if row.id not in taken_over:
            _end(tx, row, "cancelled" if row.state == "planned" else "let_go", now)
    along = select(_g.appointment_id).join(t.appointment, _a.id == _g.appointment_id)
    others = set(tx.execute(along.where(_g.contact_id == contact_id, _a.school == school, child)).scalars())
    _leave(tx, contact_id, others | taken_over, now)
    return sorted(others | {row.id for row in rows})


def shut(tx: Tx, contact_id: int, child_id: int, now: datetime) -> None:
    """She may not book for this child any more."""
    hers = _i.contact_id == contact_id, _i.child_id == child_id, _i.state != "shut"
    tx.execute(update(t.invitee).where(*hers).values(state="shut", listed_at=None, changed_at=now))


def again(tx: Tx, contact_id: int, child: ColumnElement[bool], since: datetime, now: datetime) -> None:
    """The talks that went at that moment, where nobody took their hour meanwhile, the colleague is there and the round
    is not off."""
    hers = _a.contact_id == contact_id, _a.state == "cancelled", _a.changed_at == since, _a.starts_at > now, child
    for row in tx.execute(select(t.appointment).where(*hers).order_by(_a.id)).all():
        same = _a.once == row.once, _a.state.in_(("offered", "planned"))
        if _is_off(tx, row) or (row.once and tx.execute(select(_a.id).where(*same)).first()):
            continue
        whose = ("contact", contact_id), ("interpreter", row.interpreter_id), ("staff", row.staff_id)
        if _take(tx, row, *whose):
            tx.execute(update(t.appointment).where(_a.id == row.id).values(state="planned", changed_at=now))
            booked = _i.round_id == row.round_id, _i.contact_id == contact_id, _i.child_id == row.child_id
            tx.execute(update(t.invitee).where(*booked).values(state="booked", changed_at=now))
    for role, away in _AWAY.items():
        _along_again(tx, contact_id, (child, _g.role == away, _g.changed_at == since), role, now)


def _is_off(tx: Tx, row: Row[Any]) -> bool:
    """Whether the round stopped meanwhile, or the colleague left. Where she is ill that day see ill.absent."""
    s, r = t.staff.c, t.talk_round.c
    stopped = tx.execute(select(r.id).where(r.id == row.round_id, r.state == "stopped")).first()
    return bool(stopped or tx.execute(select(s.id).where(s.id == row.staff_id, s.left_at.is_not(None))).first())


def _along_again(tx: Tx, contact_id: int, which: tuple[Any, ...], role: str, now: datetime) -> None:
    """The talks of the other parent to which she came, or of which she read; where she has something else at that
    hour by now, she is asked again when she looks at her talks."""
    stands = _g.contact_id == contact_id, _a.state == "planned", _a.starts_at > now
    found = select(t.appointment, _g.id.label("guest_id"), _g.state.label("said"))
    for row in tx.execute(found.join(t.guest, _g.appointment_id == _a.id).where(*stands, *which)).all():
        free = role != "comes" or row.said != "yes" or _take(tx, row, ("contact", contact_id))
        values = {"role": role, "state": row.said if free else "asked", "changed_at": now}
        tx.execute(update(t.guest).where(_g.id == row.guest_id).values(values))
        hers = _i.round_id == row.round_id, _i.contact_id == contact_id, _i.child_id == row.child_id
        state = "booked" if role == "comes" else "summary"
        tx.execute(update(t.invitee).where(*hers).values(state=state, changed_at=now))


def pass_to(tx: Tx, staff_id: int, to: int, now: datetime) -> None:
    """The talks of a colleague, and what is kept for somebody, are another's now, and so is the time that they take.
    Those to come at which that one talks with somebody else stay behind: the next tick calls them off, and those
    parents get another moment."""
    hers = _a.staff_id == staff_id, _a.state.in_(("offered", "planned"))
    theirs = _b.kind == "staff", _b.who == staff_id
    taken = select(_b.at).where(_b.kind == "staff", _b.who == to).correlate(None)
    double = select(_b.appointment_id).join(t.appointment).where(*theirs, *hers, _b.at.in_(taken), _a.starts_at > now)
    stay = set(tx.execute(double).scalars())
    ids = [each for each in tx.execute(select(_a.id).where(*hers)).scalars() if each not in stay]
    gone = delete(t.busy).where(*theirs, _b.appointment_id.in_(ids)).returning(_b.at, _b.appointment_id)
    new = [{"kind": "staff", "who": to, "at": row.at, "appointment_id": row.appointment_id} for row in tx.execute(gone)]
    if new:
        tx.execute(insert_new(tx, t.busy), sorted(new, key=lambda each: each["at"]))
    tx.execute(update(t.appointment).where(_a.id.in_(ids)).values(staff_id=to))
    if stay:
        tx.execute(insert_new(tx, t.chore), {"name": f"{LEFT}{staff_id}:{to}", "next_at": now})


def _take_over(tx: Tx, row: Row[Any]) -> bool:
    """The other parent, who comes along, has this talk from now on."""
    along = _g.appointment_id == row.id, _g.role == "comes", _g.state == "yes"
    other: int | None = tx.execute(select(_g.contact_id).where(*along).order_by(_g.contact_id)).scalar()
    if other is None:
        return False
    tx.execute(delete(t.guest).where(_g.appointment_id == row.id, _g.contact_id == other))
    tx.execute(update(t.appointment).where(_a.id == row.id).values(contact_id=other))
    return True


def _end(tx: Tx, row: Row[Any], state: str, now: datetime) -> None:
    tx.execute(update(t.appointment).where(_a.id == row.id).values(state=state, changed_at=now))
    tx.execute(delete(t.busy).where(_b.appointment_id == row.id))
    if not row.round_id:
        return
    here = _i.round_id == row.round_id
    if row.once and row.once.count(":") == 1:  # for both; a talk apart concerns nobody else
        with_her = here, _i.child_id == row.child_id, _i.how == "samen", _i.state == "booked"
        tx.execute(update(t.invitee).where(*with_her).values(state="asked", changed_at=now))
    line = here, _i.staff_id == row.staff_id, _i.state == "list", _i.asks_at > now
    tx.execute(update(t.invitee).where(*line).values(asks_at=now))  # who waits for that colleague is looked at next


def _leave(tx: Tx, contact_id: int, ids: set[int], now: datetime) -> None:
    for role, away in _AWAY.items():
        hers = _g.appointment_id.in_(ids), _g.contact_id == contact_id, _g.role == role
        tx.execute(update(t.guest).where(*hers).values(role=away, changed_at=now))
    tx.execute(delete(t.busy).where(_b.appointment_id.in_(ids), _b.kind == "contact", _b.who == contact_id))


def _take(tx: Tx, row: Row[Any], *whose: tuple[str, int | None]) -> bool:
    """Give the time of a talk away again, all of it or nothing. `whose`: in the order in which cells are taken."""
    first, end = row.starts_at.timestamp(), (row.starts_at + timedelta(minutes=row.minutes)).timestamp()
    cells = [datetime.fromtimestamp(at * _CELL, UTC) for at in range(int(first // _CELL), int(-(-end // _CELL)))]
    them = [(kind, who) for kind, who in whose if who]
    rows = [{"kind": kind, "who": who, "at": at, "appointment_id": row.id} for kind, who in them for at in cells]
    tx.execute(insert_new(tx, t.busy), rows)
    mine = _b.appointment_id == row.id, tuple_(_b.kind, _b.who).in_(them)
    if tx.execute(select(func.count()).where(*mine)).scalar_one() == len(rows):
        return True
    tx.execute(delete(t.busy).where(*mine))
    return False
