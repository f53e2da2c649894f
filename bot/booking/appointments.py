"""Agreed talks: made, moved, cancelled, held or missed, each once; with their reminders and what comes afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, select, update

from bot import hours
from bot.config import Config
from bot.errors import BotError, Taken
from bot.inbox.put import Note, put
from bot.model import Value
from bot.outbox import queue
from bot.people import barred
from bot.scheduler import afterwards
from bot.scheduler.afterwards import Moment
from bot.store import tables as t
from bot.store.database import Tx

FLOW = "afspraak"
LONGEST = 240  # minutes of a talk
FIRST, LAST = time(7), time(22)  # between which a talk begins, on the clock of the school
MOST = 60  # days after which one may still ask how it was
_SOON = timedelta(hours=2)
_ROOM = timedelta(hours=1)  # nobody is reminded of what she has only just heard
_LIFE = timedelta(days=7)  # so long a question at an agreed date is still worth asking
_NAMES = ("contact_id", "school", "starts_at", "minutes", "child_id", "staff_id", "state", "id")
_COLUMNS = select(*t.appointment.c[_NAMES])


class Talk(NamedTuple):
    """One agreed talk."""

    contact_id: int
    school: str
    starts_at: datetime
    minutes: int
    child_id: int | None = None
    staff_id: int | None = None
    state: str = "planned"  # planned held missed cancelled
    id: int = 0

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


def plan(tx: Tx, config: Config, talk: Talk, now: datetime, *, tell: bool = True) -> int:
    """Agree on a talk; its number. Raises BotError where that cannot be, Taken where she or the colleague has one."""
    if not 0 < talk.minutes <= LONGEST:
        raise BotError(f"a talk takes 1 to {LONGEST} minutes")
    if barred.is_shut(tx, talk.contact_id, talk.school, talk.child_id, now):
        raise BotError("nothing about this child may be said to this parent: there is a contact bar")
    _free(tx, config, talk, now)
    row = {name: getattr(talk, name) for name in _NAMES[:-2]}
    made = t.appointment.insert().returning(t.appointment.c.id)
    number = int(tx.execute(made, {**row, "made_at": now, "changed_at": now}).scalar_one())
    talk = talk._replace(id=number)
    _lay(tx, config, talk, now)
    if tell:
        _tell(tx, talk, "nieuw", now)
    return number


def move(tx: Tx, config: Config, number: int, starts_at: datetime, now: datetime, *, tell: bool = True) -> None:
    """Another moment: what was to be said about the old one is not said any more."""
    talk = _planned(tx, number, "moved")
    _free(tx, config, talk._replace(starts_at=starts_at), now)
    _settle(tx, talk, {"starts_at": starts_at}, now)
    _forget(tx, talk, "moved", now)
    _lay(tx, config, talk._replace(starts_at=starts_at), now)
    if tell:
        _tell(tx, talk._replace(starts_at=starts_at), "verzet", now)


def cancel(tx: Tx, number: int, now: datetime, *, tell: bool = True) -> None:
    """It is off, and so is all that was to be said about it, also what waits in the queue."""
    talk = _planned(tx, number, "cancelled")
    _settle(tx, talk, {"state": "cancelled"}, now)
    _forget(tx, talk, "cancelled", now)
    if tell and talk.starts_at > now:
        _tell(tx, talk, "af", now)


def held(tx: Tx, config: Config, number: int, now: datetime, *, days: int = 0) -> None:
    """They have talked. So many `days` later, at the time of their talk, she is asked how it was; 0: she is not."""
    talk = _over(tx, number, "held", now)
    _forget(tx, talk, "held", now)
    if days:
        later = _days_later(talk.starts_at, days, talk, config)
        _ask(tx, config, talk, "na_gesprek", f"after:na_gesprek:{talk.id}", max(later, now))


def missed(tx: Tx, config: Config, number: int, now: datetime) -> None:
    """They have missed each other: as soon as nobody is woken she is asked kindly whether she wants another moment."""
    talk = _over(tx, number, "missed", now)
    _forget(tx, talk, "missed", now)
    _ask(tx, config, talk, "gemist", f"after:gemist:{talk.id}", now)


def check_back(tx: Tx, config: Config, thread_id: int, days: int, now: datetime) -> None:
    """After an answer of school: so many days later she is asked whether her question is answered."""
    row = tx.execute(select(t.thread).where(t.thread.c.id == thread_id)).first()
    if row is None:
        raise BotError(f"there is no thread {thread_id}")
    talk = Talk(row.contact_id, row.school, now, 0, row.child_id)
    _ask(tx, config, talk, "na_vraag", f"after:na_vraag:{thread_id}", _days_later(now, days, talk, config))


def look(tx: Tx, number: int) -> Talk | None:
    """A talk as it is now; None where there is none."""
    row = tx.execute(_COLUMNS.where(t.appointment.c.id == number)).first()
    return _talk(row) if row else None


def known(tx: Tx, number: int) -> Talk:
    """A talk as it is now. Raises BotError where there is none."""
    talk = look(tx, number)
    if talk is None:
        raise BotError(f"there is no appointment {number}; see: ouderbrug appointment list")
    return talk


def planned(tx: Tx, school: str, *, staff_id: int | None = None, since: datetime | None = None) -> list[Talk]:
    """The talks that are planned, the next first; since a moment, or also those that nobody has closed."""
    a = t.appointment.c
    wanted = _COLUMNS.where(a.school == school, a.state == "planned")
    wanted = wanted.where(a.staff_id == staff_id) if staff_id else wanted
    wanted = wanted.where(a.starts_at >= since) if since else wanted
    return [_talk(row) for row in tx.execute(wanted.order_by(a.starts_at, a.id))]


# --- once each
def _talk(row: Row[Any]) -> Talk:
    return Talk._make(row)


def _planned(tx: Tx, number: int, wanted: str) -> Talk:
    talk = known(tx, number)
    if talk.state != "planned":
        raise Taken(f"appointment {number} is {talk.state} already, so it cannot be {wanted}")
    return talk


def _over(tx: Tx, number: int, state: str, now: datetime) -> Talk:
    talk = _planned(tx, number, state)
    if talk.starts_at > now:
        raise BotError(f"appointment {number} has not begun yet; or is it off? ouderbrug appointment cancel {number}")
    _settle(tx, talk, {"state": state}, now)
    return talk


def _settle(tx: Tx, talk: Talk, change: dict[str, Any], now: datetime) -> None:
    """Of two people at once, one is first."""
    a = t.appointment.c
    as_it_was = a.id == talk.id, a.state == "planned", a.starts_at == talk.starts_at
    if tx.execute(update(t.appointment).where(*as_it_was).values(changed_at=now, **change)).rowcount == 0:
        raise Taken(f"appointment {talk.id} was changed by somebody else just now")


def _free(tx: Tx, config: Config, talk: Talk, now: datetime) -> None:
    """Raises BotError where the moment is past or at night, Taken where one of them talks to somebody else then."""
    if talk.starts_at <= now:
        raise BotError("that moment is past; name one that is still to come")
    wall = talk.starts_at.astimezone(config.zone(talk.school)).time()
    if not FIRST <= wall <= LAST:
        raise BotError(f"a talk begins between {FIRST:%H:%M} and {LAST:%H:%M}, not at {wall:%H:%M}")
    tx.execute(select(t.contact.c.id).where(t.contact.c.id == talk.contact_id).with_for_update(key_share=True))
    if talk.staff_id:
        tx.execute(select(t.staff.c.id).where(t.staff.c.id == talk.staff_id).with_for_update(key_share=True))
    a = t.appointment.c
    theirs = (a.contact_id == talk.contact_id) | (a.staff_id == talk.staff_id)
    near = a.starts_at.between(talk.starts_at - timedelta(minutes=LONGEST), talk.ends_at)
    for row in tx.execute(_COLUMNS.where(theirs, near, a.state == "planned", a.id != talk.id)):
        other = _talk(row)
        if other.starts_at < talk.ends_at and talk.starts_at < other.ends_at:
            raise Taken(f"appointment {other.id} is at that time already")


# --- what is said, and when
def _lay(tx: Tx, config: Config, talk: Talk, now: datetime) -> None:
    zone = config.zone(talk.school)
    afterwards.lay(tx, [each for each in _reminders(config, talk) if each.due_at >= now + _ROOM], zone)


def _reminders(config: Config, talk: Talk) -> Iterator[Moment]:
    """The day before at the same time on the wall, and two hours before; never in quiet hours, never past the talk."""
    yield _reminder(talk, "dag", _loud_day_before(config, talk))
    quiet, zone = config.quiet(talk.school), config.zone(talk.school)
    soon = talk.starts_at - _SOON
    if not hours.is_quiet(soon, zone, quiet) and soon.astimezone(zone).date() == talk.starts_at.astimezone(zone).date():
        yield _reminder(talk, "straks", soon)


def _loud_day_before(config: Config, talk: Talk) -> datetime:
    """Where that time is quiet: the first hour after it on that day, else an hour before the quiet hours begin."""
    quiet, zone = config.quiet(talk.school), config.zone(talk.school)
    same_time = hours.day_before(talk.starts_at, zone)
    day = same_time.astimezone(zone).date()
    loud = hours.next_loud(same_time, zone, quiet)
    if loud.astimezone(zone).date() == day:
        return loud
    return hours.at(day, max(time(quiet.start.hour - 1, quiet.start.minute), time(12)), zone)


def _reminder(talk: Talk, which: str, due_at: datetime) -> Moment:
    scope = f"appointment:{talk.id}:{which}"
    return Moment(
        talk.contact_id, talk.school, talk.child_id, "remind", scope, FLOW, _fields(talk, which), due_at, talk.starts_at
    )


def _fields(talk: Talk, which: str) -> dict[str, Value]:
    """Which talk it is; the rest is looked up when it is said."""
    return {"afspraak": Value("number", str(talk.id)), "wanneer": Value("text", which)}


def _tell(tx: Tx, talk: Talk, which: str, now: datetime) -> None:
    """She hears of it now, or when nobody is woken."""
    payload = {
        "flow": FLOW, "school": talk.school, "child": talk.child_id,
        "fields": {name: list(value) for name, value in _fields(talk, which).items()},
        "scope": f"appointment:{talk.id}:{which}", "until": talk.starts_at.astimezone(UTC).isoformat(),
    }  # fmt: skip
    key = f"appointment:{talk.id}:{which}:{int(now.timestamp() * 1000)}"
    put(tx, [Note(talk.contact_id, "start", key, payload)], now)


def _ask(tx: Tx, config: Config, talk: Talk, flow: str, scope: str, due_at: datetime) -> None:
    zone = config.zone(talk.school)
    loud = hours.next_loud(due_at, zone, config.quiet(talk.school))
    moment = Moment(talk.contact_id, talk.school, talk.child_id, "after", scope, flow, {}, loud, loud + _LIFE)
    afterwards.lay(tx, [moment], zone)


def _days_later(moment: datetime, days: int, talk: Talk, config: Config) -> datetime:
    if not 0 < days <= MOST:
        raise BotError(f"ask back after 1 to {MOST} days")
    return hours.day_before(moment, config.zone(talk.school), -days)


def _forget(tx: Tx, talk: Talk, reason: str, now: datetime) -> None:
    """Nothing is said any more about the talk as it was."""
    begins = f"appointment:{talk.id}:"
    afterwards.drop(tx, talk.contact_id, begins, reason)
    queue.cancel_scope(tx, talk.contact_id, begins, reason, now)
