"""Time is given away once: five minutes of a colleague, a parent or an interpreter belong to one talk."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, literal_column, or_, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.booking.slots import cells
from bot.errors import Taken
from bot.store.database import Tx
from bot.store.many import Many
from bot.store.tables import appointment, busy, invitee

CONTACT, INTERPRETER, STAFF = "contact", "interpreter", "staff"
_TRY = text("SELECT bool_and(pg_try_advisory_xact_lock(key)) FROM unnest(CAST(:keys AS bigint[])) AS key")
_IS_LISTED: ColumnElement[bool] = literal_column("invitee.state = 'list'")  # in the words of the index
_SQLITE, _POSTGRES = (Many(kind.insert(busy).on_conflict_do_nothing()) for kind in (sqlite, postgresql))


class Time(NamedTuple):
    """A talk that takes time, and of whom."""

    appointment_id: int
    starts_at: datetime
    minutes: int
    contact_id: int | None
    staff_id: int | None = None
    interpreter_id: int | None = None

    @property
    def whose(self) -> Iterator[tuple[str, int]]:
        for kind, who in ((CONTACT, self.contact_id), (STAFF, self.staff_id), (INTERPRETER, self.interpreter_id)):
            if who:
                yield kind, who


def give(tx: Tx, times: Sequence[Time]) -> None:
    """Give this time away, all of it; raises Taken, with nothing written, where some of it is another talk's."""
    if times:
        with tx.connection.begin_nested():
            alone(tx, *names(times))
            take(tx, times)


def names(times: Sequence[Time]) -> list[str]:
    """What nobody else may give away beside this. A parent has one reader at a time: nobody else books for her."""
    return [
        f"{kind}:{who}:{at}"
        for time in times
        for kind, who in time.whose
        for at in cells(time.starts_at, time.minutes)
        if kind != CONTACT
    ]


def take(tx: Tx, times: Sequence[Time]) -> None:
    """The same for who is `alone` with it, in a savepoint: where it raises Taken, some of it may be written."""
    rows = [
        {"kind": kind, "who": who, "at": at, "appointment_id": time.appointment_id}
        for time in times
        for kind, who in time.whose
        for at in cells(time.starts_at, time.minutes)
    ]
    rows.sort(key=lambda row: (row["kind"], row["who"], row["at"]))
    if rows and (_POSTGRES if tx.postgres else _SQLITE)(tx, rows) < len(rows):
        raise Taken(_why(tx, times))


def give_back(tx: Tx, ids: Collection[int], now: datetime) -> None:
    """The time of these talks is free again; who waits for it in a round is looked at next."""
    tx.execute(delete(busy).where(busy.c.appointment_id.in_(ids)))
    a = appointment.c
    freed = select(a.round_id, a.staff_id).where(a.id.in_(ids), a.round_id.is_not(None), a.starts_at > now).distinct()
    for row in tx.execute(freed).all():
        call_up(tx, row.round_id, row.staff_id, now)


def call_up(tx: Tx, round_id: int, staff_id: int | None, now: datetime) -> None:
    """Who waits for this colleague in this round is looked at next: see waiting.pass_on."""
    i = invitee.c
    those = i.round_id == round_id, i.staff_id == staff_id, _IS_LISTED, i.asks_at > now
    tx.execute(update(invitee).where(*those).values(asks_at=now))


def alone(tx: Tx, *names: str) -> None:
    """Until the end of this transaction nobody else gives these away. Raises Taken where somebody is just doing it:
    nobody waits for another here, so that two desks that book the same evening never stand in each other's way."""
    if not tx.postgres or not names:
        return  # it has one writer
    keys = [
        int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True) for name in sorted({*names})
    ]
    if not tx.execute(_TRY, {"keys": keys}).scalar_one():
        raise Taken("somebody else is taking that time just now")


def _why(tx: Tx, times: Sequence[Time]) -> str:
    b, own = busy.c, [time.appointment_id for time in times]
    theirs = [
        and_(b.kind == kind, b.who == who, b.at.in_(cells(time.starts_at, time.minutes)))
        for time in times
        for kind, who in time.whose
    ]
    found = tx.execute(select(b.appointment_id).where(or_(*theirs), b.appointment_id.not_in(own)).limit(1)).scalar()
    return f"appointment {found} is at that time already" if found else "two talks of one person are at the same time"


# --- offers that are over
def let_go(tx: Tx, ids: Collection[int], state: str, now: datetime) -> None:
    """These offers end, as `lapsed` where nobody answered in time; their time is free, and she may book anew."""
    if not ids:
        return
    a, i = appointment.c, invitee.c
    tx.execute(update(appointment).where(a.id.in_(ids)).values(state=state, changed_at=now))
    give_back(tx, ids, now)
    whose = select(a.round_id, a.contact_id, a.child_id).where(a.id.in_(ids))  # by the index of who is invited
    hers = tuple_(i.round_id, i.contact_id, i.child_id).in_(whose)
    tx.execute(update(invitee).where(i.state == "offered", hers).values(state="asked", changed_at=now))
