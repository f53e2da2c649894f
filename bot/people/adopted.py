"""The talks that school planned with a guardian of its file, who turns out to be somebody it knows."""

from sqlalchemy import Table, and_, delete, select, update

from bot.store import tables as t
from bot.store.database import Tx

# With what of a row is there once for each contact.
_OF_TALKS: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (t.talk_request, ()), (t.invitee, ("round_id", "child_id")), (t.guest, ("appointment_id",)),
    (t.prepared, ("appointment_id", "question")), (t.agreement_to, ("agreement_id",)),
)  # fmt: skip
_LIVE = ("offered", "planned")


def talks(tx: Tx, placeholder_id: int, contact_id: int) -> None:
    """What was planned with him is hers, and so is its time. Where both have one row, hers stays."""
    _booked(tx, placeholder_id, contact_id)
    for table, once in _OF_TALKS:
        c, hers = table.c, table.alias().c
        his = c.contact_id == placeholder_id
        if once:
            same = select(hers.id).where(hers.contact_id == contact_id, *(hers[name] == c[name] for name in once))
            his = and_(his, ~same.exists())
        tx.execute(update(table).where(his).values(contact_id=contact_id))
    _appointments(tx, placeholder_id, contact_id)
    b, other = t.busy.c, t.busy.alias().c
    same = select(other.id).where(other.kind == "contact", other.who == contact_id, other.at == b.at)
    taken = b.kind == "contact", b.who == placeholder_id
    tx.execute(update(t.busy).where(*taken, ~same.exists()).values(who=contact_id))
    tx.execute(delete(t.busy).where(*taken))


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
