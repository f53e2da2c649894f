"""A child of two households: how each wants to talk, unseen by the other, and who comes along or reads of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, delete, exists, select

from bot.booking import appointments, cells, invited, said
from bot.booking.appointments import Talk
from bot.booking.invited import APART, ASKED, BOOKED, OTHER, SHUT, SUMMARY, TOGETHER, Invited, unbarred
from bot.booking.rounds import Round
from bot.errors import BotError, Taken
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import upsert

COMES, READS = "comes", "summary"  # what a guest does
_i, _g = t.invitee.c, t.guest.c
_round: BindParameter[int] = bindparam("round")
_child: BindParameter[int] = bindparam("child")
_who: BindParameter[int] = bindparam("who")
# Made once: to put them together costs more than to run them.
_OTHERS = (
    select(_i.contact_id)
    .where(_i.round_id == _round, _i.child_id == _child, _i.contact_id != _who, _i.state != SHUT)
    .where(unbarred(_i.contact_id, _i.child_id))
    .order_by(_i.id)
)


def _booked_by_another() -> Select[Any]:
    """The talk that another parent has booked, where both chose to come together. Where each child has one talk, who
    was not asked because she was the only one would have come together."""
    a, o, r = t.appointment.c, t.invitee.alias(), t.talk_round.c
    one_each = exists().where(r.id == _round, r.per == "child")
    hers = exists().where(
        _i.round_id == _round, _i.child_id == _child, _i.contact_id == _who, _i.how == TOGETHER,
        _i.state != SHUT, unbarred(_i.contact_id, _i.child_id),
    )  # fmt: skip
    other = exists().where(
        o.c.round_id == _round, o.c.child_id == _child, o.c.contact_id == a.contact_id,
        (o.c.how == TOGETHER) | (o.c.how == "") & one_each, o.c.state != SHUT,
    )  # fmt: skip
    talk = a.round_id == _round, a.child_id == _child, a.state == "planned", a.contact_id != _who
    return appointments.COLUMNS.where(*talk, hers, other).order_by(a.id)


_THEIRS = _booked_by_another()


def others(tx: Tx, round_id: int, child_id: int, contact_id: int) -> list[Invited]:
    """The other parents who may book for this child; nobody whom a contact bar keeps away."""
    ids = tx.execute(_OTHERS, {"round": round_id, "child": child_id, "who": contact_id}).scalars().all()
    return [each for who in ids for each in invited.of(tx, round_id, who) if each.child_id == child_id]


def asks_how(tx: Tx, round_: Round, contact_id: int) -> bool:
    """Whether she is still to be asked how she wants it: another parent may book for one of her children too."""
    hers = invited.of(tx, round_.id, contact_id)
    return any(each.shared and not each.how and each.state != SHUT for each in hers)


def choose(tx: Tx, round_: Round, contact_id: int, how: str, now: datetime) -> None:
    """She wants to come together, apart, or lets the other go; the other learns nothing of it."""
    if how not in (TOGETHER, APART, OTHER) or (how == APART and round_.per == "child"):
        raise BotError(f"{how} is no way to talk in this round")
    for each in invited.of(tx, round_.id, contact_id):
        with_her = others(tx, round_.id, each.child_id, contact_id)
        if each.state == SHUT or not with_her:
            continue
        values = {"how": how}
        if how == OTHER and each.state != BOOKED:
            cells.let_go(tx, _kept(tx, each), "let_go", now)
            values["state"] = SUMMARY
        elif how != OTHER and each.state == SUMMARY:
            values["state"] = ASKED
        invited.change(tx, [each.id], now, **values)
        _take_part(tx, each._replace(how=how), now)


def theirs(tx: Tx, round_id: int, child_id: int, contact_id: int) -> Talk | None:
    """The talk that another parent of this child has booked, where both chose to come together; else nothing."""
    row = tx.execute(_THEIRS, {"round": round_id, "child": child_id, "who": contact_id}).first()
    return Talk._make(row) if row else None


def share(tx: Tx, talk: Talk, how: str, now: datetime) -> None:
    """She has booked: who comes together with her is asked whether that moment suits, who lets her go reads of it."""
    if not talk.round_id or not talk.child_id:
        return
    for each in others(tx, talk.round_id, talk.child_id, talk.contact_id):
        if each.how == OTHER:
            _note(tx, talk.id, each.contact_id, READS, "yes", now)
        elif each.how == TOGETHER == how:
            cells.let_go(tx, _kept(tx, each), "let_go", now)
            invited.change(tx, [each.id], now, state=BOOKED)
            _note(tx, talk.id, each.contact_id, COMES, "asked", now)
            said.invite(tx, talk, appointments.ALONG, each.contact_id, now)


def come_along(tx: Tx, talk_id: int, contact_id: int, yes: bool, now: datetime) -> bool:
    """She comes along, and is reminded as the other is; or she does not. False where that cannot be: the talk is off,
    she is no part of it, or she talks with somebody else at that time."""
    talk = appointments.look(tx, talk_id)
    if talk is None or talk.state != "planned" or not _is_part(tx, talk, contact_id):
        return False
    comes = _g.appointment_id == talk_id, _g.contact_id == contact_id, _g.role == COMES
    before = tx.execute(select(_g.state).where(*comes)).scalar()
    hers = talk.time._replace(contact_id=contact_id, staff_id=None, interpreter_id=None)
    if yes and before != "yes":
        try:
            cells.give(tx, [hers])
        except Taken:
            return False
        said.remind_too(tx, talk, contact_id)
    elif not yes:
        _stay_away(tx, talk, contact_id, now)
    _note(tx, talk_id, contact_id, COMES, "yes" if yes else "no", now)
    return True


def readers(tx: Tx, appointment_id: int) -> list[int]:
    """Who reads afterwards what was agreed: whose talk it was first; nobody whom a contact bar keeps away."""
    talk = appointments.known(tx, appointment_id)
    part = (_g.role == READS) & (_g.state != "no") | (_g.role == COMES) & (_g.state == "yes")
    guests = select(_g.contact_id).where(_g.appointment_id == appointment_id, part, _g.contact_id != talk.contact_id)
    everyone = [talk.contact_id, *tx.execute(guests.order_by(_g.contact_id)).scalars()]
    b = t.guardian.c
    shut = b.contact_id.in_(everyone), b.child_id == talk.child_id, b.barred_at.is_not(None)
    away = set(tx.execute(select(b.contact_id).where(*shut)).scalars()) if talk.child_id else set()
    return [each for each in everyone if each not in away]


def _take_part(tx: Tx, each: Invited, now: datetime) -> None:
    """What her choice means where the other has booked already."""
    a = t.appointment.c
    about = a.round_id == each.round_id, a.child_id == each.child_id, a.state == "planned"
    talks = select(a.id).where(*about, a.contact_id != each.contact_id)
    ids = tx.execute(talks.order_by(a.id)).scalars().all()
    old = _g.appointment_id.in_(ids), _g.contact_id == each.contact_id, _g.role == READS
    tx.execute(delete(t.guest).where(*old))
    if each.how == OTHER:
        for number in ids:
            _note(tx, number, each.contact_id, READS, "yes", now)
    together = theirs(tx, each.round_id, each.child_id, each.contact_id)
    if together:
        cells.let_go(tx, _kept(tx, each), "let_go", now)
        invited.change(tx, [each.id], now, state=BOOKED)
        _note(tx, together.id, each.contact_id, COMES, "asked", now)


def _is_part(tx: Tx, talk: Talk, contact_id: int) -> bool:
    if contact_id == talk.contact_id:
        return False
    if talk.round_id and talk.child_id:
        found = theirs(tx, talk.round_id, talk.child_id, contact_id)
        return found is not None and found.id == talk.id
    return (
        tx.execute(select(_g.id).where(_g.appointment_id == talk.id, _g.contact_id == contact_id)).first() is not None
    )


def _kept(tx: Tx, each: Invited) -> list[int]:
    a = t.appointment.c
    hers = a.round_id == each.round_id, a.contact_id == each.contact_id, a.child_id == each.child_id
    return list(tx.execute(select(a.id).where(*hers, a.state == "offered")).scalars())


def _stay_away(tx: Tx, talk: Talk, contact_id: int, now: datetime) -> None:
    b = t.busy.c
    hers = b.appointment_id == talk.id, b.kind == cells.CONTACT, b.who == contact_id
    tx.execute(delete(t.busy).where(*hers))
    said.forget(tx, talk, "stays_away", now, contact_ids=[contact_id])


def _note(tx: Tx, talk_id: int, contact_id: int, role: str, state: str, now: datetime) -> None:
    row = {"appointment_id": talk_id, "contact_id": contact_id, "role": role, "state": state, "changed_at": now}
    upsert(tx, t.guest, [row], key=["appointment_id", "contact_id"])
