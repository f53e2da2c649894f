"""What is said about an agreed talk, and when: now, the day before, two hours before, and afterwards."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot import hours
from bot.config import Config
from bot.inbox.put import Note, put
from bot.model import Value
from bot.outbox import queue
from bot.scheduler import afterwards
from bot.scheduler.afterwards import Moment
from bot.store import tables as t
from bot.store.database import Tx

if TYPE_CHECKING:
    from bot.booking.appointments import Talk

FLOW = "afspraak"
AFTER = ("na_gesprek", "gemist")  # what she is asked when it is over
SLIP = timedelta(minutes=5)  # so long a colleague can take back that they missed each other
_SOON = timedelta(hours=2)
_ROOM = timedelta(hours=1)  # nobody is reminded of what she has only just heard
_LIFE = timedelta(days=7)  # so long a question at an agreed date is still worth asking


def lay(tx: Tx, config: Config, talk: "Talk", now: datetime, *, contact_ids: Collection[int] = ()) -> None:
    """The reminders of whose talk it is, or of these, who come along; none of what they have only just heard."""
    for contact_id in contact_ids or (talk.contact_id,):
        hers = _reminders(config, talk._replace(contact_id=contact_id))
        afterwards.lay(tx, [each for each in hers if each.due_at >= now + _ROOM], config.zone(talk.school))


def tell(tx: Tx, talk: "Talk", which: str, now: datetime, *, contact_ids: Collection[int] = ()) -> None:
    """They hear of it now, or when nobody is woken."""
    scope = f"appointment:{talk.id}:{which}"
    for contact_id in contact_ids or (talk.contact_id,):
        key = f"{scope}:{contact_id}:{int(now.timestamp() * 1000)}"
        begin(tx, talk, FLOW, contact_id, scope, key, _fields(talk, which), now)


def invite(tx: Tx, talk: "Talk", flow: str, contact_id: int, now: datetime) -> None:
    """A flow about this talk begins for her, once for each moment that the talk has had."""
    scope = f"appointment:{talk.id}:{flow}"
    key = f"{scope}:{contact_id}:{talk.moved}:{int(talk.starts_at.timestamp())}"
    begin(tx, talk, flow, contact_id, scope, key, {"afspraak": Value("number", str(talk.id))}, now)


def begin(
    tx: Tx, talk: "Talk", flow: str, contact_id: int, scope: str, key: str, fields: dict[str, Value], now: datetime
) -> None:
    payload = {
        "flow": flow, "school": talk.school, "child": talk.child_id,
        "fields": {name: list(value) for name, value in fields.items()},
        "scope": scope, "until": talk.starts_at.astimezone(UTC).isoformat(),
    }  # fmt: skip
    put(tx, [Note(contact_id, "start", key, payload)], now)


def ask(
    tx: Tx, config: Config, talk: "Talk", flow: str, scope: str, due_at: datetime, fields: dict[str, Value]
) -> None:
    """A question afterwards, when nobody is woken by it."""
    zone = config.zone(talk.school)
    loud = hours.next_loud(due_at, zone, config.quiet(talk.school))
    moment = Moment(talk.contact_id, talk.school, talk.child_id, "after", scope, flow, fields, loud, loud + _LIFE)
    afterwards.lay(tx, [moment], zone)


def forget(tx: Tx, talk: "Talk", reason: str, now: datetime, *, contact_ids: Collection[int] = ()) -> None:
    """Nothing is said any more about the talk as it was."""
    begins = f"appointment:{talk.id}:"
    for contact_id in contact_ids or (talk.contact_id,):
        afterwards.drop(tx, contact_id, begins, reason)
        queue.cancel_scope(tx, contact_id, begins, reason, now)


def remind_too(tx: Tx, talk: "Talk", contact_id: int) -> None:
    """She comes along: of what is still to be said to whose talk it is, she is reminded at the same moments."""
    f = t.followup.c
    names = [f"appointment:{talk.id}:{which}" for which in ("dag", "straks")]
    hers = f.contact_id == talk.contact_id, f.scope.in_(names), f.state == "waiting"
    for row in tx.execute(select(f.scope, f.due_at, f.zone).where(*hers).order_by(f.scope)).all():
        moment = _reminder(talk._replace(contact_id=contact_id), row.scope.rpartition(":")[2], row.due_at)
        afterwards.lay(tx, [moment], ZoneInfo(row.zone))


def _reminders(config: Config, talk: "Talk") -> Iterator[Moment]:
    """The day before at the same time on the wall, and two hours before; never in quiet hours, never past the talk."""
    yield _reminder(talk, "dag", _loud_day_before(config, talk))
    quiet, zone = config.quiet(talk.school), config.zone(talk.school)
    soon = talk.starts_at - _SOON
    if not hours.is_quiet(soon, zone, quiet) and soon.astimezone(zone).date() == talk.starts_at.astimezone(zone).date():
        yield _reminder(talk, "straks", soon)


def _loud_day_before(config: Config, talk: "Talk") -> datetime:
    """Where that time is quiet: the first hour after it on that day, else an hour before the quiet hours begin."""
    quiet, zone = config.quiet(talk.school), config.zone(talk.school)
    same_time = hours.day_before(talk.starts_at, zone)
    day = same_time.astimezone(zone).date()
    loud = hours.next_loud(same_time, zone, quiet)
    if loud.astimezone(zone).date() == day:
        return loud
    return hours.at(day, max(time(quiet.start.hour - 1, quiet.start.minute), time(12)), zone)


def _reminder(talk: "Talk", which: str, due_at: datetime) -> Moment:
    scope = f"appointment:{talk.id}:{which}"
    return Moment(
        talk.contact_id, talk.school, talk.child_id, "remind", scope, FLOW, _fields(talk, which), due_at, talk.starts_at
    )


def _fields(talk: "Talk", which: str) -> dict[str, Value]:
    """Which talk it is; the rest is looked up when it is said."""
    return {"afspraak": Value("number", str(talk.id)), "wanneer": Value("text", which)}
