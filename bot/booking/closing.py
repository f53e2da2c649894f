"""What is left of what is over, a few families in one write: a round that was stopped, a colleague who is not there,
and whoever still waits for a moment when a round closes: she is told so once, and somebody calls her."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, bindparam, exists, literal_column, select

from bot.booking import asking, ill, rounds
from bot.booking.invited import ASKED, LISTED, OFFERED, WAITING
from bot.config import Config
from bot.inbox.put import Note, put
from bot.store import tables as t
from bot.store.database import Tx

FLOW = "geen_plek"
FEW = 4  # families in one write
_TIDY = timedelta(days=2)  # so long after a round is over one looks for what is left of it
_LIFE = timedelta(days=2)  # so long what she is told is worth reading
_r, _v, _a, _h = t.talk_round.c, t.invitee.c, t.appointment.c, t.talk_hours.c
_SETTLED: ColumnElement[bool] = literal_column("talk_round.settled_at IS NOT NULL")  # the words of the index
_STANDS = exists().where(_a.round_id == _r.id, _a.state == "planned", _a.starts_at > bindparam("now"))
_LATELY = (
    select(_r.id, _r.state, _STANDS.label("stands")).where(_SETTLED, _r.settled_at > bindparam("since")).order_by(_r.id)
)


def left(tx: Tx, config: Config, now: datetime) -> list[tuple[int, Callable[[Tx], int]]]:
    """What is to be done, each with the round that it is of; 0 where it is of several."""
    found: list[tuple[int, Callable[[Tx], int]]] = [
        (0, partial(ill.go_on, config=config, each=each, now=now)) for each in ill.more(tx)
    ]
    for row in tx.execute(_LATELY, {"now": now, "since": now - _TIDY}).all():
        if row.state == rounds.STOPPED and row.stands:
            found.append((row.id, partial(ill.call_off, round_id=row.id, now=now)))
        elif row.state == rounds.CLOSED and waits(tx, config, row.id):
            found.append((row.id, partial(tell, config=config, round_id=row.id, now=now)))
    return found


def waits(tx: Tx, config: Config, round_id: int) -> Sequence[tuple[int, int]]:
    """Who waits for a moment in a round that nobody books in any more: parents with a child, each family together. She
    is on the list, or a colleague fell ill and she has no other moment yet."""
    hers = select(_v.contact_id, _v.child_id, _v.state).where(_v.round_id == round_id)
    states = (LISTED, ASKED, OFFERED, WAITING)
    rows = tx.execute(hers.where(_v.state.in_(states)).order_by(_v.contact_id, _v.id)).all()
    lost = _lost(tx, config, round_id) if rows else set()
    return [
        (row.contact_id, row.child_id)
        for row in rows
        if row.state == LISTED or (row.contact_id, row.child_id) in lost
    ]  # fmt: skip


def _lost(tx: Tx, config: Config, round_id: int) -> set[tuple[int, int]]:
    """Who had a talk on a day that the colleague withdrew."""
    had = select(_a.contact_id, _a.child_id, _a.staff_id, _a.starts_at, _a.school)
    off = tx.execute(had.where(_a.round_id == round_id, _a.state == "cancelled")).all()
    given = {
        (row.staff_id, row.day)
        for row in tx.execute(select(_h.staff_id, _h.day).where(_h.round_id == round_id))
    }  # fmt: skip
    return {
        (row.contact_id, row.child_id)
        for row in off
        if (row.staff_id, row.starts_at.astimezone(config.zone(row.school)).date().isoformat()) not in given
    }


def tell(tx: Tx, config: Config, round_id: int, now: datetime) -> int:
    """The next few are told; each is to be called, and stands with the requests of her child's teacher. How many."""
    round_ = rounds.get(tx, round_id)
    if round_ is None or round_.state != rounds.CLOSED:
        return 0
    every = waits(tx, config, round_id)
    first = [*dict.fromkeys(contact_id for contact_id, _ in every)][:FEW]
    told: dict[int, Note] = {}
    for contact_id, child_id in every:
        if contact_id in first:
            ill.seek(tx, round_, round_.school, contact_id, child_id, now)
            payload = {
                "flow": FLOW, "school": round_.school, "child": child_id, "fields": {},
                "scope": asking.scope(round_id), "until": (now + _LIFE).isoformat(),
            }  # fmt: skip
            key = f"{asking.scope(round_id)}{contact_id}:{FLOW}"
            told.setdefault(contact_id, Note(contact_id, "start", key, payload))
    put(tx, [*told.values()], now)
    return len(first)
