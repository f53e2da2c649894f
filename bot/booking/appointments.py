"""Agreed talks: made, moved, cancelled, held or missed, each once; with their reminders and what comes afterwards."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select, text, update

from bot import hours
from bot.booking import before, cells, said
from bot.booking.cells import Time
from bot.booking.invited import APART, ASKED, BOOKED, TOGETHER
from bot.booking.propose import Placed
from bot.config import Config
from bot.errors import BotError, Taken
from bot.model import Value
from bot.people import barred
from bot.store import tables as t
from bot.store.database import Tx

FLOW = said.FLOW
LONGEST = 240  # minutes of a talk
FIRST, LAST = time(7), time(22)  # between which a talk begins, on the clock of the school
MOST = 60  # days after which one may still ask how it was
ALONG = "samen"  # the flow in which the other parent says whether she comes along
_MISSED = 2  # so often in a school year: the coach hears of it


class Talk(NamedTuple):
    """One agreed talk, or one that is kept for her."""

    contact_id: int
    school: str
    starts_at: datetime
    minutes: int
    child_id: int | None = None
    staff_id: int | None = None
    state: str = "planned"  # offered planned held missed cancelled; an offer ends as lapsed or let_go
    id: int = 0
    round_id: int | None = None
    mode: str = "school"  # school phone video home
    place: str = ""
    interpreter_id: int | None = None
    moved: int = 0
    hold_until: datetime | None = None  # of an offer: until when it is hers
    made_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def time(self) -> Time:
        return Time(self.id, self.starts_at, self.minutes, self.contact_id, self.staff_id, self.interpreter_id)


COLUMNS = select(*t.appointment.c[Talk._fields])
_GIVEN = ("contact_id", "school", "starts_at", "minutes", "child_id", "staff_id", "round_id", "mode", "place",
          "interpreter_id")  # fmt: skip


class Missed(NamedTuple):
    """A parent whom school has missed more than once. `last_at`: the last time."""

    school: str
    contact_id: int
    child_id: int | None
    times: int
    last_at: datetime


def plan(tx: Tx, config: Config, talk: Talk, now: datetime, *, tell: bool = True) -> int:
    """Agree on a talk; its number. Raises BotError where that cannot be, Taken where she or the colleague has one."""
    if not 0 < talk.minutes <= LONGEST:
        raise BotError(f"a talk takes 1 to {LONGEST} minutes")
    if barred.is_shut(tx, talk.contact_id, talk.school, talk.child_id, now):
        raise BotError("nothing about this child may be said to this parent: there is a contact bar")
    _may_be(tx, config, talk, now)
    with tx.connection.begin_nested():
        row = {name: getattr(talk, name) for name in _GIVEN} | {"once": _in_round(tx, talk, now)}
        made = t.appointment.insert().returning(t.appointment.c.id)
        talk = talk._replace(id=int(tx.execute(made, {**row, "made_at": now, "changed_at": now}).scalar_one()))
        cells.give(tx, [talk.time])
    said.lay(tx, config, talk, now)
    if tell:
        said.tell(tx, talk, "nieuw", now)
    return talk.id


def move(
    tx: Tx,
    config: Config,
    number: int,
    starts_at: datetime,
    now: datetime,
    *,
    tell: bool = True,
    to: Placed | None = None,
) -> None:
    """Another moment, or with `to` another slot of its round; what was to be said about the old one is not said."""
    old = _planned(tx, number, "moved")
    talk = old._replace(starts_at=starts_at, moved=old.moved + 1)
    if to is not None:
        slot, who = to
        talk = talk._replace(starts_at=slot.starts_at, minutes=slot.minutes, staff_id=slot.staff_id, mode=slot.mode,
                             place=slot.place, interpreter_id=who or None)  # fmt: skip
    _may_be(tx, config, talk, now)
    kept = ("starts_at", "minutes", "staff_id", "mode", "place", "interpreter_id", "moved")
    with tx.connection.begin_nested():
        _settle(tx, old, {name: getattr(talk, name) for name in kept}, now)
        cells.give_back(tx, [number], now)
        cells.give(tx, [talk.time])
    said.forget(tx, old, "moved", now)
    said.lay(tx, config, talk, now)
    _take_along(tx, config, talk, now, tell=tell)
    before.moved(tx, config, talk, now)
    if tell:
        said.tell(tx, talk, "verzet", now)


def cancel(tx: Tx, number: int, now: datetime, *, tell: bool = True) -> None:
    """It is off, and so is all that was to be said about it, also what waits in the queue."""
    talk = _planned(tx, number, "cancelled")
    along = coming(tx, number)
    _settle(tx, talk, {"state": "cancelled"}, now)
    over(tx, [talk], "cancelled", now)
    if tell and talk.starts_at > now:
        said.tell(tx, talk, "af", now, contact_ids=[talk.contact_id, *along])


def held(tx: Tx, config: Config, number: int, now: datetime, *, days: int = 0) -> None:
    """They have talked. So many `days` later, at the time of their talk, she is asked how it was; 0: she is not."""
    talk = _begun(tx, number, "held", now)
    if days:
        later = _days_later(talk.starts_at, days, talk, config)
        said.ask(tx, config, talk, "na_gesprek", f"after:na_gesprek:{talk.id}", max(later, now), {})


def missed(tx: Tx, config: Config, number: int, now: datetime) -> None:
    """They have missed each other: as soon as nobody is woken she is asked kindly whether she wants another moment."""
    talk = _begun(tx, number, "missed", now)
    which = {"afspraak": Value("number", str(talk.id))}
    said.ask(tx, config, talk, "gemist", f"after:gemist:{talk.id}", now + said.SLIP, which)


def missed_twice(tx: Tx, schools: Sequence[str], since: datetime) -> list[Missed]:
    """Whom these schools have missed twice or more since a moment, such as the beginning of the school year."""
    a = t.appointment.c
    many, last = func.count().label("times"), func.max(a.starts_at).label("last_at")
    found = select(a.school, a.contact_id, func.max(a.child_id), many, last)
    those = a.school.in_(schools), a.state == "missed", a.starts_at >= since
    grouped = found.where(*those).group_by(a.school, a.contact_id).having(func.count() >= _MISSED)
    return [Missed._make(row) for row in tx.execute(grouped.order_by(last.desc(), a.contact_id))]


def check_back(tx: Tx, config: Config, thread_id: int, days: int, now: datetime) -> None:
    """After an answer of school: so many days later she is asked whether her question is answered."""
    row = tx.execute(select(t.thread).where(t.thread.c.id == thread_id)).first()
    if row is None:
        raise BotError(f"there is no thread {thread_id}")
    talk = Talk(row.contact_id, row.school, now, 0, row.child_id)
    later = _days_later(now, days, talk, config)
    said.ask(tx, config, talk, "na_vraag", f"after:na_vraag:{thread_id}", later, {})


def look(tx: Tx, number: int) -> Talk | None:
    """A talk as it is now; None where there is none."""
    row = tx.execute(COLUMNS.where(t.appointment.c.id == number)).first()
    return Talk._make(row) if row else None


def known(tx: Tx, number: int) -> Talk:
    """A talk as it is now. Raises BotError where there is none."""
    talk = look(tx, number)
    if talk is None:
        raise BotError(f"there is no appointment {number}; see: ouderbrug appointment list")
    return talk


def planned(tx: Tx, school: str, *, staff_id: int | None = None, since: datetime | None = None) -> list[Talk]:
    """The talks that are planned, the next first; since a moment, or also those that nobody has closed."""
    a = t.appointment.c
    wanted = COLUMNS.where(a.school == school, a.state == "planned")
    wanted = wanted.where(a.staff_id == staff_id) if staff_id else wanted
    wanted = wanted.where(a.starts_at >= since) if since else wanted
    return [Talk._make(row) for row in tx.execute(wanted.order_by(a.starts_at, a.id))]


def coming(tx: Tx, number: int) -> list[int]:
    """The other parents who said that they come along."""
    g = t.guest.c
    theirs = g.appointment_id == number, g.role == "comes", g.state == "yes"
    return list(tx.execute(select(g.contact_id).where(*theirs).order_by(g.contact_id)).scalars())


def once(round_id: int, child_id: int, contact_id: int, how: str) -> str:
    """What there is one of: a talk about a child in a round, or, where parents come apart, one of each of them."""
    return f"{round_id}:{child_id}:{contact_id}" if how == APART else f"{round_id}:{child_id}"


def alone(tx: Tx, names: Sequence[str]) -> None:
    """Raises Taken where there is such a talk, or somebody is just booking it."""
    cells.alone(tx, *names)
    a = t.appointment.c
    there = select(a.id).where(a.once.in_(names), text("state IN ('offered', 'planned')"))  # in the words of the index
    for number in tx.execute(there).scalars():
        raise Taken(f"there is a talk about this child in this round already: {number}")


# --- once each
def _planned(tx: Tx, number: int, wanted: str) -> Talk:
    talk = known(tx, number)
    if talk.state != "planned":
        raise Taken(f"appointment {number} is {talk.state} already, so it cannot be {wanted}")
    return talk


def _begun(tx: Tx, number: int, state: str, now: datetime) -> Talk:
    talk = _planned(tx, number, state)
    if talk.starts_at > now:
        raise BotError(f"appointment {number} has not begun yet; or is it off? ouderbrug appointment cancel {number}")
    _settle(tx, talk, {"state": state}, now)
    over(tx, [talk], state, now)
    return talk


def _settle(tx: Tx, talk: Talk, change: dict[str, Any], now: datetime) -> None:
    """Of two people at once, one is first."""
    a = t.appointment.c
    as_it_was = a.id == talk.id, a.state == "planned", a.starts_at == talk.starts_at, a.moved == talk.moved
    if tx.execute(update(t.appointment).where(*as_it_was).values(changed_at=now, **change)).rowcount == 0:
        raise Taken(f"appointment {talk.id} was changed by somebody else just now")


def over(tx: Tx, talks: Sequence[Talk], state: str, now: datetime) -> None:
    """Their time is free, nothing is said of them any more, and who still wants a talk in their round may book one."""
    ids, g = [talk.id for talk in talks], t.guest.c
    along = select(g.appointment_id, g.contact_id).where(g.appointment_id.in_(ids), g.role == "comes", g.state == "yes")
    coming_too = tx.execute(along).all()
    for talk in talks:
        others = [row.contact_id for row in coming_too if row.appointment_id == talk.id]
        said.forget(tx, talk, state, now, contact_ids=[talk.contact_id, *others])
    cells.give_back(tx, ids, now)
    if state != "held":
        i, a = t.invitee.c, t.appointment.c
        theirs = (a.contact_id == i.contact_id) | (i.how == TOGETHER) & ~a.once.like("%:%:%")  # apart: nobody else's
        of_them = select(a.id).where(a.id.in_(ids), a.round_id == i.round_id, a.child_id == i.child_id, theirs).exists()
        those = i.round_id.in_({talk.round_id for talk in talks if talk.round_id}), i.state == BOOKED, of_them
        tx.execute(update(t.invitee).where(*those).values(state=ASKED, changed_at=now))


def _may_be(tx: Tx, config: Config, talk: Talk, now: datetime) -> None:
    """Raises BotError where the moment is past or at night. She is locked: nobody books for her beside this."""
    if talk.starts_at <= now:
        raise BotError("that moment is past; name one that is still to come")
    wall = talk.starts_at.astimezone(config.zone(talk.school)).time()
    if not FIRST <= wall <= LAST:
        raise BotError(f"a talk begins between {FIRST:%H:%M} and {LAST:%H:%M}, not at {wall:%H:%M}")
    tx.execute(select(t.contact.c.id).where(t.contact.c.id == talk.contact_id).with_for_update(key_share=True))


def _in_round(tx: Tx, talk: Talk, now: datetime) -> str | None:
    """What it is the only one of, where it belongs to a round; whoever is invited to that has booked."""
    if not talk.round_id or not talk.child_id:
        return None
    i = t.invitee.c
    hers = i.round_id == talk.round_id, i.contact_id == talk.contact_id, i.child_id == talk.child_id
    how = tx.execute(select(i.how).where(*hers)).scalar() or ""
    found = once(talk.round_id, talk.child_id, talk.contact_id, how)
    alone(tx, [found])
    tx.execute(update(t.invitee).where(*hers).values(state=BOOKED, changed_at=now))
    return found


def _take_along(tx: Tx, config: Config, talk: Talk, now: datetime, *, tell: bool) -> None:
    """Who comes along hears of the other moment; whoever has something else then is asked again, and so is who has not
    answered yet."""
    g = t.guest.c
    rows = select(g.contact_id, g.state).where(g.appointment_id == talk.id, g.role == "comes", g.state != "no")
    for row in tx.execute(rows.order_by(g.contact_id)).all():
        said.forget(tx, talk, "moved", now, contact_ids=[row.contact_id])
        try:
            free = row.state == "yes"
            if free:
                cells.give(tx, [talk.time._replace(contact_id=row.contact_id, staff_id=None, interpreter_id=None)])
                said.lay(tx, config, talk, now, contact_ids=[row.contact_id])
        except Taken:
            free = False
        if not free:
            asked = g.appointment_id == talk.id, g.contact_id == row.contact_id
            tx.execute(update(t.guest).where(*asked).values(state="asked", changed_at=now))
            said.invite(tx, talk, ALONG, row.contact_id, now)
        elif tell:
            said.tell(tx, talk, "verzet", now, contact_ids=[row.contact_id])


def _days_later(moment: datetime, days: int, talk: Talk, config: Config) -> datetime:
    if not 0 < days <= MOST:
        raise BotError(f"ask back after 1 to {MOST} days")
    return hours.day_before(moment, config.zone(talk.school), -days)
