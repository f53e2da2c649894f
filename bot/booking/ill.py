"""A colleague who is ill or has left, a round that is off: talks are called off, and everybody concerned hears of it
once."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from bot import hours as wall
from bot.booking import appointments, asking, bookings, invited, requests, rounds, said, teaching
from bot.booking.appointments import Talk
from bot.booking.rounds import Round
from bot.config import Config
from bot.errors import BotError, Taken
from bot.inbox.put import Note, put
from bot.model import Value
from bot.people import called_off
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

MOST = 3  # families in one write: nobody waits long for the writer
ILL, LEFT = "ill:", called_off.LEFT  # how it is noted down that there is more to call off
_a, _h, _c = t.appointment.c, t.talk_hours.c, t.chore.c
_OURS = or_(*(_c.name.between(each, f"{each}~") for each in (ILL, LEFT)))  # by its key
_MORE = select(_c.name, _c.next_at).where(_OURS)


class _Heard(NamedTuple):
    """A talk that is off, and who else was to come to it."""

    talk: Talk
    guests: Sequence[int]


class More(NamedTuple):
    """What is left to call off: of a colleague who is ill on a day, or of one who has left, whose talks are those of
    `to` by now. `since`: of the talks that were made before."""

    name: str
    staff_id: int
    since: datetime
    day: date | None = None
    again: bool = True
    to: int | None = None

    @property
    def key(self) -> str:
        """By which a note about it is known."""
        return f"{ILL if self.day else LEFT}{self.staff_id}:{self.day or self.to}"


def absent(tx: Tx, config: Config, staff_id: int, day: date, now: datetime, *, again: bool = True) -> int:
    """She is not there on this day: her hours are withdrawn and her talks are off; how many. Everybody concerned hears
    it in one message, with what is next: where the round is still open and `again`, another moment is sought at once,
    else a colleague reads that she waits for one. The first few hear it now, the others at the next tick.

    A second time there is nothing left to call off. Raises BotError where nobody has this number.
    """
    school = tx.execute(select(t.staff.c.school).where(t.staff.c.id == staff_id)).scalar()
    if school is None:
        raise BotError("nobody here has that number; see: ouderbrug staff list")
    that_day = _h.staff_id == staff_id, _h.day == day.isoformat()
    withdrawn = set(tx.execute(delete(t.talk_hours).where(*that_day).returning(_h.round_id)).scalars())
    for number in sorted(withdrawn):
        teaching.assign(tx, number)
    _stay_off(tx, config, staff_id, school, day, now)
    many = talks_of(tx, config, staff_id, school, day, now)
    more = More(f"{ILL}{staff_id}:{day}:{int(again)}", staff_id, now, day, again)
    if many > _some(tx, config, more, now):
        tx.execute(insert_new(tx, t.chore), {"name": more.name, "next_at": now})
    return many


def _stay_off(tx: Tx, config: Config, staff_id: int, school: str, day: date, now: datetime) -> None:
    """What a contact bar ended of this day does not come back with its end: that goes by the moment it was ended."""
    ended = *_of_day(config, staff_id, school, day, now)[:-1], _a.state == "cancelled"
    tx.execute(update(t.appointment).where(*ended).values(changed_at=now))


def more(tx: Tx) -> list[More]:
    """What is left to call off."""
    return [_more(row.name, row.next_at) for row in tx.execute(_MORE)]


def _more(name: str, since: datetime) -> More:
    kind, who, *rest = name.split(":")
    if f"{kind}:" == LEFT:
        return More(name, int(who), since, to=int(rest[0]))
    return More(name, int(who), since, date.fromisoformat(rest[0]), rest[1] == "1")


def go_on(tx: Tx, config: Config, each: More, now: datetime) -> int:
    """The next few talks of it are off; how many."""
    done = _some(tx, config, each, now)
    if not done:
        tx.execute(delete(t.chore).where(_c.name == each.name))
    return done


def _some(tx: Tx, config: Config, what: More, now: datetime) -> int:
    """The next families, each with all her talks of it."""
    school = tx.execute(select(t.staff.c.school).where(t.staff.c.id == what.staff_id)).scalar() or ""
    those = _of_day(config, what.staff_id, school, what.day, now) if what.day else _to_come(what.staff_id, now)
    hers = appointments.COLUMNS.where(*those, _a.made_at <= what.since).order_by(_a.starts_at, _a.id)
    every = [Talk._make(row) for row in tx.execute(hers)]
    first = [*dict.fromkeys(talk.contact_id for talk in every)][:MOST]
    talks = [talk for talk in every if talk.contact_id in first]
    off = _cancelled(tx, [talk for talk in talks if talk.state == "planned"], now)
    kept = [talk for talk in talks if talk.state == "offered"]
    for contact_id, round_id in sorted({(each.contact_id, each.round_id) for each in kept if each.round_id}):
        bookings.release(tx, contact_id, round_id, now)
    if what.to:  # whose class it is now says so
        named = update(t.appointment).where(_a.id.in_([talk.id for talk in talks]))
        tx.execute(named.values(staff_id=what.to))
    for number in sorted({talk.round_id for talk in talks if talk.round_id}):
        teaching.assign(tx, number)
    _tell(tx, off, kept, what, config.zone(school) if talks else None, now)
    return len(talks)


def _cancelled(tx: Tx, talks: Sequence[Talk], now: datetime) -> list[_Heard]:
    """They are off, all at once, and nobody has been told; without those that somebody changed in the same moment."""
    g, ids = t.guest.c, [talk.id for talk in talks]
    coming = g.appointment_id.in_(ids), g.role == "comes", g.state.in_(("yes", "asked"))
    guests: dict[int, list[int]] = {}
    for row in tx.execute(select(g.appointment_id, g.contact_id).where(*coming).order_by(g.contact_id)):
        guests.setdefault(row.appointment_id, []).append(row.contact_id)
    as_they_were = _a.state == "planned", _a.starts_at.in_({talk.starts_at for talk in talks})
    still = update(t.appointment).where(_a.id.in_(ids), *as_they_were)
    gone = set(tx.execute(still.values(state="cancelled", changed_at=now).returning(_a.id)).scalars())
    off = [talk for talk in talks if talk.id in gone]
    appointments.over(tx, off, "cancelled", now)
    return [_Heard(talk, guests.get(talk.id, ())) for talk in off]


def _tell(
    tx: Tx, off: Sequence[_Heard], kept: Sequence[Talk], what: More, zone: ZoneInfo | None, now: datetime
) -> None:
    """One message each: with another proposal, or that school seeks one. Who had only an offer, hears of the next."""
    those = [*(each.talk for each in off), *kept]
    numbers = {talk.round_id for talk in those if talk.round_id and what.again}
    going = {number: rounds.get(tx, number) for number in numbers}
    notes: dict[int, Note] = {}
    for talk in those:
        round_ = going.get(talk.round_id or 0)
        if talk.contact_id not in notes and round_ and round_.takes(now):
            day = talk.starts_at.astimezone(zone).date()
            since = {"niet_op": Value("date", day.isoformat())} if talk.state == "planned" else {}
            notes[talk.contact_id] = asking.note(round_, talk.contact_id, what.key, **since)
    put(tx, [*notes.values()], now)
    told = set(notes)
    for each in off:
        for contact_id in (each.talk.contact_id, *each.guests):
            if contact_id not in told:
                said.tell(tx, each.talk, "ziek", now, contact_ids=[contact_id])
                told.add(contact_id)
    for talk in (each.talk for each in off):
        if talk.contact_id not in notes:
            round_ = rounds.get(tx, talk.round_id) if talk.round_id else None
            seek(tx, round_, talk.school, talk.contact_id, talk.child_id, now)


def seek(
    tx: Tx, round_: Round | None, school: str, contact_id: int, child_id: int | None, now: datetime
) -> None:  # fmt: skip
    """She was told that school looks for a moment: in her round she is to be called; where nobody books in that any
    more, it stands with the requests for a talk."""
    if round_ is not None:
        hers = [each for each in invited.of(tx, round_.id, contact_id) if each.child_id == child_id]
        ids = [each.id for each in hers if each.state != invited.SHUT]
        invited.change(tx, ids, now, state=invited.CALL, listed_at=None)
    if child_id and not (round_ and round_.takes(now)):
        with suppress(BotError):  # a bar, or the child has left: nothing is promised to her
            requests.ask(tx, school, contact_id, child_id, requests.SCHOOL, now)


def call_off(tx: Tx, round_id: int, now: datetime) -> int:
    """The next few talks of a round that is off are called off, and everybody concerned hears of each; how many."""
    coming = _a.round_id == round_id, _a.state == "planned", _a.starts_at > now
    ids = tx.execute(select(_a.id).where(*coming).order_by(_a.id).limit(MOST)).scalars().all()
    done = 0
    for number in ids:
        try:
            appointments.cancel(tx, number, now)
            done += 1
        except Taken:  # somebody did it in the same moment
            continue
    return done


def talks_of(tx: Tx, config: Config, staff_id: int, school: str, day: date, now: datetime) -> int:
    """How many talks would be off, were she not there on this day."""
    return int(tx.execute(select(func.count()).where(*_of_day(config, staff_id, school, day, now))).scalar_one())


def _of_day(config: Config, staff_id: int, school: str, day: date, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Her talks of this day that are still to come, also those that are only kept for somebody."""
    zone = config.zone(school)
    begins, ends = wall.at(day, time.min, zone), wall.at(day + timedelta(days=1), time.min, zone)
    between = _a.starts_at >= begins, _a.starts_at < ends, _a.starts_at > now
    return _a.staff_id == staff_id, *between, _a.state.in_(("planned", "offered"))


def _to_come(staff_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _a.staff_id == staff_id, _a.starts_at > now, _a.state.in_(("planned", "offered"))
