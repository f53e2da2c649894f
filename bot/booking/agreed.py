"""What came of a talk: what school does, what home does, when they look back; and who has said that it is right."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, select, update

from bot import hours
from bot.booking import appointments, households
from bot.booking.appointments import Talk
from bot.booking.invited import APART
from bot.config import Config
from bot.errors import BotError
from bot.inbox.put import Note, put
from bot.model import Value
from bot.people import contacts
from bot.scheduler import afterwards
from bot.scheduler.afterwards import Moment
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import upsert
from bot.translation import orders
from bot.translation.orders import Wanted
from bot.translation.texts import SOURCE

FLOW, BACK = "afspraken_na", "terugkijken"
ASKED, YES, OTHER, TOLD = "asked", "yes", "other", "told"
LONGEST = 240  # signs of one line: both of them, and the question, go by SMS
AHEAD = timedelta(days=370)  # for which one looks back at most
EMPTY, LONG, PAST, FAR = "leeg", "lang", "voorbij", "ver"  # what can be wrong
_LIFE = timedelta(days=7)  # so long the question how it goes is worth asking
_OPEN = ("planned", "held")
_a, _to, _g, _i = t.agreement.c, t.agreement_to.c, t.guest.c, t.invitee.c


class To(NamedTuple):
    """Somebody who reads what was agreed. `state`: asked yes other, or told where she only reads it."""

    contact_id: int
    state: str
    changed_at: datetime


class Reader(NamedTuple):
    """Another parent who can read it. `came`: she was there; `apart`: whose talk it was chose to come without her;
    `reads`: what goes for her as long as nobody says otherwise."""

    contact_id: int
    came: bool
    apart: bool
    reads: bool


class Agreed(NamedTuple):
    """What was agreed in a talk, in the words of the school."""

    id: int
    appointment_id: int
    school: str
    staff_id: int | None
    school_does: str
    home_does: str
    look_on: date | None
    made_at: datetime
    to: tuple[To, ...] = ()

    @property
    def version(self) -> int:
        """Of these words: once more with other words is another."""
        return int(self.made_at.timestamp() * 1000)

    @property
    def is_confirmed(self) -> bool:
        """The school by writing it down, the parent by her yes."""
        return any(each.state == YES for each in self.to)


def wrong(
    school_does: str, home_does: str, look_on: date | None, today: date, stands: date | None = None
) -> str:  # fmt: skip
    """Why this cannot be put to a parent: leeg lang voorbij ver; "" where it can. `stands`: the day as it is written
    down already, which may be past."""
    lines = tidy(school_does), tidy(home_does)
    if not all(lines):
        return EMPTY
    if max(map(len, lines)) > LONGEST:
        return LONG
    if look_on in (None, stands):
        return ""
    assert look_on is not None
    return PAST if look_on <= today else FAR if look_on > today + AHEAD else ""


def tidy(line: str) -> str:
    """One line: what is filled in for a provider may hold no other."""
    return " ".join(line.split())


def write(  # noqa: PLR0913 - who else reads it is given by few
    tx: Tx, config: Config, appointment_id: int, school_does: str, home_does: str, look_on: date | None,
    staff_id: int | None, now: datetime, *, tell: Collection[int] | None = None,
) -> int:  # fmt: skip
    """Put down what was agreed, and ask the parent whether it is so. `tell`: which others of `readers` read it too.

    Once more with other words: she is asked anew; with the same only who reads it now and did not before is told.
    Raises BotError where the talk has not begun or did not take place, or `wrong` has a word.
    """
    talk = appointments.known(tx, appointment_id)
    if talk.starts_at > now or talk.state not in _OPEN:
        raise BotError(f"appointment {appointment_id} was not held; there is nothing to agree upon yet")
    school_does, home_does = tidy(school_does), tidy(home_does)
    before, today = of(tx, appointment_id), now.astimezone(config.zone(talk.school)).date()
    if word := wrong(school_does, home_does, look_on, today, before.look_on if before else None):
        raise BotError(f"this cannot be agreed: {word}")
    people = _people(tx, talk, tell, now)
    if before and (before.school_does, before.home_does, before.look_on) == (school_does, home_does, look_on):
        _tell(tx, talk, before, people, now)
        return before.id
    row = {
        "school": talk.school, "staff_id": staff_id, "school_does": tx.seal("agreement.school_does", school_does),
        "home_does": tx.seal("agreement.home_does", home_does), "look_on": look_on and look_on.isoformat(),
        "made_at": now,
    }  # fmt: skip
    agreed = _keep(tx, appointment_id, row)
    tx.execute(delete(t.agreement_to).where(_to.agreement_id == agreed.id))
    _tell(tx, talk, agreed._replace(to=()), people, now)
    if look_on is None or talk.contact_id not in people:
        afterwards.drop(tx, talk.contact_id, _scope(agreed), "no_day")
    elif look_on > today:
        lay_back(tx, config, talk, agreed, look_on, now)
    return agreed.id


def answer(tx: Tx, agreement_id: int, contact_id: int, yes: bool, now: datetime) -> bool:
    """She says that it is so, or that it was something else; False where nobody asks her."""
    hers = _to.agreement_id == agreement_id, _to.contact_id == contact_id, _to.state.in_((ASKED, YES, OTHER))
    said = update(t.agreement_to).where(*hers).values(state=YES if yes else OTHER, changed_at=now)
    return tx.execute(said).rowcount == 1


def of(tx: Tx, appointment_id: int) -> Agreed | None:
    """What was agreed in this talk; None where nothing was put down."""
    row = tx.execute(select(t.agreement).where(_a.appointment_id == appointment_id)).first()
    return _agreed(tx, row) if row else None


def by_id(tx: Tx, agreement_id: int) -> Agreed | None:
    """The same by its own number."""
    row = tx.execute(select(t.agreement).where(_a.id == agreement_id)).first()
    return _agreed(tx, row) if row else None


def _agreed(tx: Tx, row: Row[Any]) -> Agreed:
    to = select(_to.contact_id, _to.state, _to.changed_at).where(_to.agreement_id == row.id).order_by(_to.id)
    return Agreed(
        row.id, row.appointment_id, row.school, row.staff_id, tx.open("agreement.school_does", row.school_does),
        tx.open("agreement.home_does", row.home_does), date.fromisoformat(row.look_on) if row.look_on else None,
        row.made_at, tuple(To._make(each) for each in tx.execute(to)),
    )  # fmt: skip


# --- who hears of it
def readers(tx: Tx, appointment_id: int, now: datetime) -> list[Reader]:
    """Who else can read what was agreed. Where whose talk it was chose to come apart, nobody reads it of itself: what
    her home does is hers, and a colleague asks her first."""
    talk = appointments.known(tx, appointment_id)
    theirs = select(_g.contact_id).where(_g.appointment_id == talk.id, _g.role == households.COMES, _g.state == "yes")
    came = set(tx.execute(theirs).scalars())
    hers = _i.round_id == talk.round_id, _i.contact_id == talk.contact_id, _i.child_id == talk.child_id
    apart = tx.execute(select(_i.how).where(*hers)).scalar() == APART
    before = of(tx, talk.id)
    told = {each.contact_id for each in before.to} if before and before.to else None
    return [
        Reader(one, one in came, apart, one in told if told else one in came or not apart)
        for one in _who(tx, talk, now)
        if one != talk.contact_id
    ]


def _keep(tx: Tx, appointment_id: int, row: dict[str, Any]) -> Agreed:
    """Of two who write at once, the later words stand."""
    upsert(tx, t.agreement, [{"appointment_id": appointment_id, **row}], key=["appointment_id"])
    agreed = of(tx, appointment_id)
    assert agreed is not None
    return agreed


def _tell(tx: Tx, talk: Talk, agreed: Agreed, people: dict[int, str], now: datetime) -> None:
    """Each who hears of it now, with the words in her language on order; who does not any more finds it no more."""
    before = {each.contact_id for each in agreed.to}
    out, new = before - {*people}, [one for one in people if one not in before]
    tx.execute(delete(t.agreement_to).where(_to.agreement_id == agreed.id, _to.contact_id.in_(out)))
    rows = [{"agreement_id": agreed.id, "contact_id": one, "state": people[one], "changed_at": now} for one in new]
    if rows:
        tx.execute(t.agreement_to.insert(), rows)
    put(tx, [_note(talk, agreed, one) for one in new], now)
    languages = sorted({*contacts.languages(tx, new).values()} - {SOURCE})
    lines = agreed.school_does, agreed.home_does
    orders.order(tx, [Wanted(talk.school, SOURCE, each, line) for each in languages for line in lines], now)


def _people(tx: Tx, talk: Talk, tell: Collection[int] | None, now: datetime) -> dict[int, str]:
    """Who hears of it: she is asked, the others are told."""
    others = {
        each.contact_id
        for each in readers(tx, talk.id, now)
        if (each.reads if tell is None else each.contact_id in tell)
    }
    return {
        one: ASKED if one == talk.contact_id else TOLD
        for one in _who(tx, talk, now)
        if one == talk.contact_id or one in others
    }


def _who(tx: Tx, talk: Talk, now: datetime) -> list[int]:
    """Who may hear of it; nobody about a child that has left the school."""
    c = t.child.c
    gone = select(c.id).where(c.id == talk.child_id, c.left_at.is_not(None), c.left_at <= now)
    return [] if tx.execute(gone).first() else sorted(households.readers(tx, talk.id))


def _note(talk: Talk, agreed: Agreed, contact_id: int) -> Note:
    fields = {"afspraken": list(Value("number", str(agreed.id)))}
    payload = {"flow": FLOW, "school": talk.school, "child": talk.child_id, "fields": fields, "made": agreed.version}
    return Note(contact_id, "start", f"agreed:{agreed.id}:{contact_id}:{agreed.version}", payload)


def lay_back(tx: Tx, config: Config, talk: Talk, agreed: Agreed, day: date, now: datetime) -> None:
    """On that day, at the hour of their talk, she is asked how it goes."""
    zone = config.zone(talk.school)
    at = hours.at(day, talk.starts_at.astimezone(zone).time(), zone)
    due_at = max(now, hours.next_loud(at, zone, config.quiet(talk.school)))
    fields = {"afspraken": Value("number", str(agreed.id))}
    moment = Moment(
        talk.contact_id, talk.school, talk.child_id, "after", _scope(agreed), BACK, fields, due_at, due_at + _LIFE
    )
    afterwards.lay(tx, [moment], zone)


def _scope(agreed: Agreed) -> str:
    return f"agreed:{agreed.id}:back"
