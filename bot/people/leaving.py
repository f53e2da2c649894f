"""A colleague leaves: what she had in hand goes to a named person, all of it or nothing."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, select, update

from bot.errors import BotError
from bot.people import called_off, logins, staff
from bot.people.staff import StaffRow
from bot.store import tables as t
from bot.store.database import Tx


class Moved(NamedTuple):
    """What goes to somebody else."""

    groups: Sequence[str]
    threads: int
    promises: int
    appointments: int
    messages: int  # that wait to leave in her name
    linked: bool  # whether her own phone was linked


def leave(tx: Tx, row: StaffRow, to: StaffRow, year: str, now: datetime) -> Moved:
    """Give everything to `to`, unlink her phone, and note that she has left."""
    if row.id == to.id:
        raise BotError("name somebody else: --to is who takes over")
    moved = in_hand(tx, row, year)
    _groups(tx, row, to, year)
    away = t.thread.c.staff_id == row.id, t.thread.c.school != to.school
    tx.execute(update(t.thread).where(*away).values(staff_id=None))  # a coach's at another school: the teacher's again
    called_off.pass_to(tx, row.id, to.id, now)
    _rounds(tx, row, to, now)
    _year(tx, row, to)
    for table, condition in _open(row):
        if table is not t.appointment:  # those that pass have passed
            tx.execute(update(table).where(*condition).values(staff_id=to.id))
    for message, parts in _messages(tx, row, to.name):
        waits = t.outbox.c.id == message, t.outbox.c.status == "queued"
        tx.execute(update(t.outbox).where(*waits).values(parts=tx.seal("outbox.parts", parts)))
    staff.unlink(tx, row, now)
    logins.forget(tx, row.id, now)
    tx.execute(update(t.staff).where(t.staff.c.id == row.id).values(left_at=now))
    return moved


def in_hand(tx: Tx, row: StaffRow, year: str) -> Moved:
    """What she has in hand now, of this school year and later ones."""
    groups = [each.name for each in _hers(tx, row, year)]
    threads, promises, appointments = (
        len(tx.execute(select(table.c.id).where(*condition)).all()) for table, condition in _open(row)
    )
    # What parents write about the children of her groups goes where the groups go.
    messages = len(list(_messages(tx, row, row.name)))
    return Moved(groups, threads, promises, appointments, messages, bool(staff.linked(tx, [row])))


def _open(row: StaffRow) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    yield t.thread, (t.thread.c.staff_id == row.id, t.thread.c.state != "closed")
    yield t.promise, (t.promise.c.staff_id == row.id, t.promise.c.state == "open")
    yield t.appointment, (t.appointment.c.staff_id == row.id, t.appointment.c.state == "planned")


def _hers(tx: Tx, row: StaffRow, year: str) -> Sequence[Row[Any]]:
    of_group = t.group.c.id == t.group_staff.c.group_id
    columns = select(t.group_staff.c.id, t.group_staff.c.group_id, t.group.c.name).join(t.group, of_group)
    mine = t.group_staff.c.staff_id == row.id, t.group.c.year >= year
    return tx.execute(columns.where(*mine).order_by(t.group.c.year, t.group.c.name)).all()


def _groups(tx: Tx, row: StaffRow, to: StaffRow, year: str) -> None:
    """Her groups become those of `to`, who may have some of them already."""
    has = set(tx.execute(select(t.group_staff.c.group_id).where(t.group_staff.c.staff_id == to.id)).scalars())
    hers = _hers(tx, row, year)
    tx.execute(delete(t.group_staff).where(t.group_staff.c.id.in_([each.id for each in hers if each.group_id in has])))
    moving = [each.id for each in hers if each.group_id not in has]
    tx.execute(update(t.group_staff).where(t.group_staff.c.id.in_(moving)).values(staff_id=to.id))


def _rounds(tx: Tx, row: StaffRow, to: StaffRow, now: datetime) -> None:
    """Her hours in rounds that go on, who may book with her and who asked for her; her calendar's address ends."""
    r, h, v, q, f = t.talk_round.c, t.talk_hours.c, t.invitee.c, t.talk_request.c, t.feed.c
    going = select(r.id).where(r.state.in_(("draft", "planned", "open")))
    has = {(each.day, each.from_at) for each in tx.execute(select(h.day, h.from_at).where(h.staff_id == to.id))}
    hers = select(h.id, h.day, h.from_at).where(h.staff_id == row.id, h.round_id.in_(going))
    hours = tx.execute(hers.where(h.day >= now.date().isoformat())).all()
    double = [each.id for each in hours if (each.day, each.from_at) in has]
    tx.execute(delete(t.talk_hours).where(h.id.in_(double)))
    moving = [each.id for each in hours if each.id not in double]
    tx.execute(update(t.talk_hours).where(h.id.in_(moving)).values(staff_id=to.id))
    tx.execute(update(t.invitee).where(v.staff_id == row.id, v.round_id.in_(going)).values(staff_id=to.id))
    tx.execute(update(t.talk_request).where(q.staff_id == row.id, q.state == "open").values(staff_id=to.id))
    tx.execute(update(t.feed).where(f.staff_id == row.id, f.ended_at.is_(None)).values(ended_at=now))


def _year(tx: Tx, row: StaffRow, to: StaffRow) -> None:
    """Evenings and votes to come, and families whom she would bring together with a partner."""
    ga, b, r = t.gathering.c, t.ballot.c, t.referral.c
    for table, column, going in (
        (t.gathering, ga, ga.state.in_(("planned", "open", "closed"))),
        (t.ballot, b, b.state.in_(("planned", "standing", "open", "closed"))),
        (t.referral, r, r.state.in_(("open", "passed"))),
    ):
        tx.execute(update(table).where(column.staff_id == row.id, going).values(staff_id=to.id))


def _messages(tx: Tx, row: StaffRow, name: str) -> Iterator[tuple[int, str]]:
    """What waits to leave in her name, but for answers that she wrote herself; its parts with another `name`."""
    o = t.outbox.c
    waiting = select(o.id, o.parts).where(o.school == row.school, o.status == "queued", o.thread_id.is_(None))
    for message in tx.execute(waiting).all():
        parts = json.loads(tx.open("outbox.parts", message.parts))
        hers = [each[1]["leerkracht"] for each in parts[0] if each[1].get("leerkracht", ["", ""])[1] == row.name]
        for value in hers:
            value[1] = name
        if hers:
            yield message.id, json.dumps(parts)
