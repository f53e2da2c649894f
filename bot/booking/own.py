"""All talks of a parent, with one statement: kept for her, agreed, over, or with the other parent."""

from sqlalchemy import BindParameter, bindparam, select, union_all

from bot.booking.appointments import COLUMNS, Talk
from bot.store import tables as t
from bot.store.database import Tx

_a, _g = t.appointment.alias().c, t.guest.c
_whose: BindParameter[int] = bindparam("whose")
_coming = select(_g.appointment_id).where(_g.contact_id == _whose, _g.role == "comes", _g.state == "yes")
_every = union_all(select(_a.id).where(_a.contact_id == _whose), _coming)  # each part goes by an index of its own
_TALKS = COLUMNS.where(t.appointment.c.id.in_(_every)).order_by(t.appointment.c.starts_at, t.appointment.c.id)


def talks(tx: Tx, contact_id: int) -> list[Talk]:
    """Hers and those to which she comes along, in the order of time."""
    look = ("talks", contact_id), [t.appointment, t.guest]
    return [*tx.once(*look, lambda: [Talk._make(row) for row in tx.execute(_TALKS, {"whose": contact_id})])]


def of_round(tx: Tx, round_id: int, contact_id: int, *states: str) -> list[Talk]:
    """Her own in a round that are in one of these states, in the order of time."""
    hers = [each for each in talks(tx, contact_id) if each.contact_id == contact_id and each.round_id == round_id]
    return [each for each in hers if each.state in states]
