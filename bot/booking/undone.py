"""A slip: a talk that was closed by mistake is planned again, as long as nobody was told anything of it."""

from datetime import datetime

from sqlalchemy import select, update

from bot.booking import appointments, cells, said
from bot.booking.appointments import Talk
from bot.booking.invited import ASKED, BOOKED, TOGETHER
from bot.errors import BotError, Taken
from bot.scheduler import afterwards
from bot.store import tables as t
from bot.store.database import Tx


def reopen(tx: Tx, number: int, now: datetime) -> None:
    """It was neither held nor missed. Raises BotError where something was agreed or she was told already, Taken where
    she, or the colleague, has something else by now."""
    talk = appointments.known(tx, number)
    if talk.state not in ("held", "missed"):
        raise BotError(f"appointment {number} is {talk.state}; there is nothing to undo")
    if tx.execute(select(t.agreement.c.id).where(t.agreement.c.appointment_id == number)).first():
        raise BotError(f"something was agreed in appointment {number} already")
    _unsay(tx, talk)
    a = t.appointment.c
    once = tx.execute(select(a.once).where(a.id == number)).scalar()
    if once:
        appointments.alone(tx, [once])
    still = update(t.appointment).where(a.id == number, a.state == talk.state)
    if not tx.execute(still.values(state="planned", changed_at=now)).rowcount:
        raise Taken(f"appointment {number} was changed by somebody else just now")
    cells.give(tx, [talk.time])
    if talk.state == "missed":
        _booked(tx, talk, once or "", now)


def _unsay(tx: Tx, talk: Talk) -> None:
    """What she would be asked afterwards is not asked; what has left cannot be taken back."""
    scopes, f = [f"after:{flow}:{talk.id}" for flow in said.AFTER], t.followup.c
    hers = f.contact_id == talk.contact_id, f.scope.in_(scopes)
    if tx.execute(select(f.id).where(*hers, f.state != "waiting")).first():
        raise BotError(f"she has heard of appointment {talk.id} already")
    for scope in scopes:
        afterwards.drop(tx, talk.contact_id, scope, "undone")


def _booked(tx: Tx, talk: Talk, once: str, now: datetime) -> None:
    """She has a talk in her round again, and so has who was to come together with her."""
    i = t.invitee.c
    whose = i.contact_id == talk.contact_id
    both = whose if once.count(":") > 1 else whose | (i.how == TOGETHER)
    of_them = i.round_id == talk.round_id, i.child_id == talk.child_id, i.state == ASKED
    tx.execute(update(t.invitee).where(*of_them, both).values(state=BOOKED, changed_at=now))
