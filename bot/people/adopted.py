"""The talks that school planned with a guardian of its file, who turns out to be somebody it knows."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Delete, Table, Update, and_, bindparam, case, delete, select, update

from bot.store import tables as t
from bot.store.database import Tx

# With what of a row is there once for each contact.
_OF_TALKS: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (t.talk_request, ()), (t.invitee, ("round_id", "child_id")), (t.guest, ("appointment_id",)),
    (t.prepared, ("appointment_id", "question")), (t.agreement_to, ("agreement_id",)),
)  # fmt: skip
_OF_THE_YEAR: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (t.known, ("school", "child_id", "topic", "option")), (t.visitor, ("gathering_id",)),
    (t.referral, ("school", "offer")), (t.voter, ("ballot_id",)), (t.candidate, ("ballot_id",)),
)  # fmt: skip
_STRONGER = ("coming", "offered", "list", "away", "asked", "waiting")
_LIVE = ("offered", "planned")


def talks(tx: Tx, placeholder_id: int, contact_id: int) -> None:
    """What was planned with him is hers, and so is its time. Where both have one row, hers stays."""
    _booked(tx, placeholder_id, contact_id)
    _once_each(tx, _OF_TALKS, placeholder_id, contact_id)
    year(tx, placeholder_id, contact_id)
    _appointments(tx, placeholder_id, contact_id)
    b, other = t.busy.c, t.busy.alias().c
    same = select(other.id).where(other.kind == "contact", other.who == contact_id, other.at == b.at)
    taken = b.kind == "contact", b.who == placeholder_id
    tx.execute(update(t.busy).where(*taken, ~same.exists()).values(who=contact_id))
    tx.execute(delete(t.busy).where(*taken))


def year(tx: Tx, before: int, contact_id: int) -> None:
    """What he told, where he was invited, what he asked for and decides on: also of somebody who wrote as a stranger
    before her code showed who she is."""
    tx.execute(_weaker(), {"before": before, "contact": contact_id})  # who said yes once comes
    _once_each(tx, _OF_THE_YEAR, before, contact_id)


# Made once: to put them together costs more than to run them.
@cache
def _weaker() -> Delete:
    """Where both are invited, what she said goes if he said the stronger thing."""
    v, hers = t.visitor.c, t.visitor.alias().c
    stands = case({state: place for place, state in enumerate(_STRONGER)}, value=v.state, else_=len(_STRONGER))
    ranked = case({state: place for place, state in enumerate(_STRONGER)}, value=hers.state, else_=len(_STRONGER))
    same = hers.contact_id == bindparam("before"), hers.gathering_id == v.gathering_id
    his = select(hers.id).where(*same, ranked < stands)
    return delete(t.visitor).where(v.contact_id == bindparam("contact"), his.exists())


@cache
def _hers_once(table: Table, once: tuple[str, ...]) -> Update:
    c, hers = table.c, table.alias().c
    his = c.contact_id == bindparam("before")
    if once:
        same = select(hers.id).where(hers.contact_id == bindparam("contact"), *(hers[each] == c[each] for each in once))
        his = and_(his, ~same.exists())
    return update(table).where(his).values(contact_id=bindparam("contact"))


def _once_each(
    tx: Tx, tables: Sequence[tuple[Table, tuple[str, ...]]], placeholder_id: int, contact_id: int
) -> None:  # fmt: skip
    """Rows become hers; where both have one, hers stays."""
    for table, once in tables:
        tx.execute(_hers_once(table, once), {"before": placeholder_id, "contact": contact_id})


def _booked(tx: Tx, placeholder_id: int, contact_id: int) -> None:
    """Where school booked for him, she need not book any more."""
    v, his = t.invitee.c, t.invitee.alias().c
    done = select(his.id).where(his.contact_id == placeholder_id, his.state == "booked")
    done = done.where(his.round_id == v.round_id, his.child_id == v.child_id)
    still = v.contact_id == contact_id, v.state.in_(("waiting", "asked"))
    tx.execute(update(t.invitee).where(*still, done.exists()).values(state="booked"))


def _appointments(tx: Tx, placeholder_id: int, contact_id: int) -> None:
    """Each with the key by which there is one; where she has that one herself, his is nobody's."""
    a = t.appointment.c
    for row in tx.execute(select(a.id, a.once, a.state).where(a.contact_id == placeholder_id)).all():
        once = row.once
        if once and once.endswith(f":{placeholder_id}") and once.count(":") == 2:
            once = f"{once.rpartition(':')[0]}:{contact_id}"
        other = select(a.id).where(a.once == once, a.state.in_(_LIVE), a.id != row.id)
        if once and row.state in _LIVE and tx.execute(other).first():
            tx.execute(delete(t.appointment).where(a.id == row.id))
        else:
            tx.execute(update(t.appointment).where(a.id == row.id).values(contact_id=contact_id, once=once))
