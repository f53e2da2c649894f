"""A round of talks in which each parent on the stage may book, with a teacher of her own for each of her children."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.booking import appointments, bookings, households, interpreters, invited, rounds, waiting
from bot.booking.appointments import Talk
from bot.booking.slots import Slot
from bot.booking.wanted import Placed
from bot.check.casting import CHILDREN, SCHOOLS, Parent
from bot.check.transcript import Talks
from bot.config import Config
from bot.model import Value
from bot.people import barred, contacts, staff
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx

_LASTS = timedelta(days=12)  # a round
_DAY, _LATER = date(2026, 11, 26), date(2026, 12, 1)  # a Thursday, and a Tuesday
_HOURS = ((_DAY, "15:00", "15:30"), (_DAY, "17:30", "18:00"), (_LATER, "19:00", "19:30"))
_MINUTES = 10
_TIMES = {(_DAY, "15:00", "18:00"), (_LATER, "18:00", "20:00")}  # of interpreters
_FLOWS = ("boeken", "plek_vrij")  # begin with a round; those below with a talk in it
_ABOUT = ("afspraak", "gemist", "samen")
# Made once: to put them together costs more than to run them.
_NEW_ROUND, _NEW_HOURS = t.talk_round.insert().returning(t.talk_round.c.id), t.talk_hours.insert()
_NEW_INVITED, _NEW_TIE = t.invitee.insert(), t.guardian.insert()
_NEW_CHILD = t.child.insert().returning(t.child.c.id)
_a, _g = t.appointment.c, t.guardian.c
_HERS = select(_g.child_id).where(_g.contact_id == bindparam("who"), _g.school == bindparam("at")).order_by(_g.id)
_TALK = select(_a.id).where(_a.round_id == bindparam("number"), _a.state.in_(("planned", "missed")))
_TALK = _TALK.order_by(_a.id).limit(1)
_OFF = select(_a.starts_at).where(
    _a.round_id == bindparam("number"), _a.contact_id == bindparam("who"), _a.state == "cancelled"
)


def lay(tx: Tx, config: Config, talks: Talks, parent: Parent, now: datetime) -> int:
    """Her round, as the header of the transcript has it; its number."""
    number = _round(tx, talks, parent, now)
    children = _children(tx, parent)
    teachers = [_teacher(tx, parent.contact_id, place, now) for place in range(len(children))]
    for teacher in teachers:
        _hours(tx, number, teacher, talks)
    if talks.interpreter:
        who = interpreters.add(tx, SCHOOLS[0].key, f"Tolk {parent.contact_id}", [parent.role.language], now)
        for day, begins, ends in _TIMES:
            interpreters.hours(tx, who, day, [(_wall(begins), _wall(ends))])
    _invite(tx, number, parent.contact_id, dict(zip(children, teachers, strict=True)), now)
    if talks.other:
        _other(tx, config, number, talks, children[0], teachers[0], now)
    for state in talks.hers:
        _STATES[state](tx, config, number, parent.contact_id, now)
    if talks.kept:
        _for_another(tx, config, number, teachers[0], now + talks.kept, now)
    if talks.waits:
        _line(tx, number, teachers[0], now)
    if talks.stops:
        tx.execute(update(t.talk_round).where(t.talk_round.c.id == number).values(state="stopped"))
    return number


def begun(tx: Tx, flow: str, number: int, parent: Parent) -> dict[str, Any]:
    """What a conversation about this round begins with."""
    round_ = rounds.get(tx, number)
    assert round_ is not None
    fields = {"ronde": Value("number", str(number))} if flow in _FLOWS else {}
    talk = tx.execute(_TALK, {"number": number}).scalar()
    if flow in _ABOUT and talk:
        fields = {"afspraak": Value("number", str(talk))}
    day = tx.execute(_OFF, {"number": number, "who": parent.contact_id}).scalar() if flow == "boeken" else None
    if day:
        fields["niet_op"] = Value("date", day.date().isoformat())
    return {"fields": fields, "scope": f"round:{number}:", "until": round_.closes_at.isoformat()}


# --- who and when
def _round(tx: Tx, talks: Talks, parent: Parent, now: datetime) -> int:
    row = {
        "school": SCHOOLS[0].key, "kind": "rapport", "name": "Rapportgesprekken", "state": "open", "per": talks.per,
        "minutes": _MINUTES, "pause": 0, "opens_at": now, "closes_at": now + (talks.closes or _LASTS),
        "prepares": False, "key": f"rehearsal:{parent.contact_id}", "made_at": now,
    }  # fmt: skip
    return int(tx.execute(_NEW_ROUND, row).scalar_one())


def _children(tx: Tx, parent: Parent) -> list[int]:
    return list(tx.execute(_HERS, {"who": parent.contact_id, "at": SCHOOLS[0].key}).scalars())


def _teacher(tx: Tx, contact_id: int, place: int, now: datetime) -> int:
    """Nobody else's: all who play a transcript stand on one stage."""
    return staff.add(
        tx,
        SCHOOLS[0].key,
        f"rehearsal {contact_id} {place}",
        CHILDREN[place][2],
        "leerkracht",
        [],
        school_year(now.date()),
    )


def _hours(tx: Tx, number: int, teacher: int, talks: Talks) -> None:
    slots, mode = talks.slots, talks.mode
    how = {"mode": mode, "place": "lokaal 4" if mode == "school" else ""}
    if mode == "video":
        how["link"] = tx.seal("talk_hours.link", "https://video.example.org/gesprek")  # type: ignore[assignment]
    hours = _HOURS if slots is None else ((_DAY, "15:00", _later("15:00", slots * _MINUTES)),) if slots else ()
    rows = [
        {"round_id": number, "staff_id": teacher, "day": day, "from_at": begins, "until_at": ends, **how}
        for day, begins, ends in hours
    ]
    if rows:
        tx.execute(_NEW_HOURS, rows)


def _later(wall: str, minutes: int) -> str:
    return f"{datetime.strptime(wall, '%H:%M') + timedelta(minutes=minutes):%H:%M}"  # noqa: DTZ007 - the wall's


def _wall(text: str) -> Any:
    return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - the wall's


def _invite(tx: Tx, number: int, contact_id: int, teachers: dict[int, int], now: datetime, how: str = "") -> None:
    rows = [
        {
            "round_id": number, "contact_id": contact_id, "child_id": child, "school": SCHOOLS[0].key,
            "staff_id": teacher, "state": invited.ASKED, "how": how, "asks_at": now, "changed_at": now,
        }
        for child, teacher in teachers.items()
    ]  # fmt: skip
    tx.execute(_NEW_INVITED, rows)


def _family(tx: Tx, now: datetime, child: int) -> int:
    """Another parent, of this child too."""
    [contact_id] = contacts.new_contacts(tx, ["nl"], now)
    row = {
        "contact_id": contact_id, "child_id": child, "school": SCHOOLS[0].key,
        "name": tx.seal("guardian.name", "Omar Haddad"), "language": tx.seal("guardian.language", "nl"),
    }  # fmt: skip
    tx.execute(_NEW_TIE, row)
    return contact_id


def invited_to(tx: Tx, number: int) -> list[int]:
    """Everybody who is invited so far."""
    return list(tx.execute(select(t.invitee.c.id).where(t.invitee.c.round_id == number)).scalars())


def _stranger(tx: Tx, number: int, teacher: int, now: datetime) -> int:
    """Somebody of another family, with the same teacher."""
    name, find = tx.seal("child.name", "Lotte"), tx.find(f"rehearsal:{number}:{len(invited_to(tx, number))}")
    row = {"school": SCHOOLS[0].key, "name": name, "find": find, "created_at": now}
    child: int = tx.execute(_NEW_CHILD, row).scalar_one()
    contact_id = _family(tx, now, child)
    _invite(tx, number, contact_id, {child: teacher}, now)
    return contact_id


def _other(
    tx: Tx, config: Config, number: int, talks: Talks, child: int, teacher: int, now: datetime
) -> None:  # fmt: skip
    """The other parent of her first child: `samen`, `apart`, `ander`, `vrij` (has said nothing); and `geboekt`."""
    how, *more = talks.other
    contact_id = _family(tx, now, child)
    _invite(tx, number, contact_id, {child: teacher}, now, "" if how == "vrij" else how)
    if how == "ander":
        ids = [each.id for each in invited.of(tx, number, contact_id)]
        invited.change(tx, ids, now, state=invited.SUMMARY)
    if "geboekt" in more:
        _agreed(tx, config, number, contact_id, now)
    if "dicht" in more:
        barred.bar(tx, contact_id, child, now)


# --- how it stands
def _keep(tx: Tx, config: Config, number: int, contact_id: int, now: datetime, until: datetime | None = None) -> None:
    round_, hers = rounds.get(tx, number), invited.of(tx, number, contact_id)
    assert round_ is not None
    found = {}
    for place, each in enumerate(hers):
        slot = Slot(each.staff_id or 0, _at(place), _MINUTES, "school", "lokaal 4")
        found[each.child_id] = Placed(slot)
    until = until or bookings.hold_until(config, round_.school, now)
    assert bookings.offer(tx, config, round_, hers, found, until, now)


def _at(place: int) -> datetime:
    school = SCHOOLS[0]
    return datetime(2026, 11, 26, 15, 10 * place, tzinfo=school.zone)


def _kept(tx: Tx, config: Config, number: int, contact_id: int, now: datetime) -> None:
    _keep(tx, config, number, contact_id, now)


def _agreed(tx: Tx, config: Config, number: int, contact_id: int, now: datetime) -> None:
    _keep(tx, config, number, contact_id, now)
    round_ = rounds.get(tx, number)
    assert round_ is not None
    assert bookings.confirm(tx, config, round_, contact_id, now)


def _listed(tx: Tx, config: Config, number: int, contact_id: int, now: datetime) -> None:
    waiting.join(tx, [each.id for each in invited.of(tx, number, contact_id)], now)


def _missed(tx: Tx, config: Config, number: int, contact_id: int, now: datetime) -> None:
    """A talk of this morning to which nobody came."""
    [first, *_] = invited.of(tx, number, contact_id)
    talk = Talk(contact_id, first.school, now - timedelta(hours=5), _MINUTES, first.child_id, first.staff_id)
    row = {
        name: getattr(talk, name) for name in ("contact_id", "school", "starts_at", "minutes", "child_id", "staff_id")
    }
    tx.execute(
        t.appointment.insert(), {**row, "state": "missed", "round_id": number, "made_at": now, "changed_at": now}
    )


def _alone(tx: Tx, config: Config, number: int, contact_id: int, now: datetime) -> None:
    """A talk that belongs to no round; that is over."""
    [first, *_] = invited.of(tx, number, contact_id)
    talk = Talk(contact_id, first.school, _at(0), _MINUTES, first.child_id, first.staff_id)
    appointments.plan(tx, config, talk, now, tell=False)
    tx.execute(update(t.talk_round).where(t.talk_round.c.id == number).values(state="closed"))


def _together(tx: Tx, config: Config, number: int, contact_id: int, now: datetime) -> None:
    """She wants to come with the other parent, who has booked."""
    ids = [each.id for each in invited.of(tx, number, contact_id)]
    invited.change(tx, ids, now, how=invited.TOGETHER, state=invited.BOOKED)


def _along(tx: Tx, config: Config, number: int, contact_id: int, now: datetime) -> None:
    """She comes along to what the other has booked."""
    _together(tx, config, number, contact_id, now)
    [first, *_] = invited.of(tx, number, contact_id)
    talk = households.theirs(tx, number, first.child_id, contact_id)
    assert talk
    assert households.come_along(tx, talk.id, contact_id, True, now)


def _called_off(tx: Tx, config: Config, number: int, contact_id: int, now: datetime) -> None:
    _agreed(tx, config, number, contact_id, now)
    a = t.appointment.c
    hers = select(a.id).where(a.round_id == number, a.contact_id == contact_id, a.state == "planned")
    for talk in tx.execute(hers).scalars().all():
        appointments.cancel(tx, talk, now, tell=False)


def _barred(tx: Tx, config: Config, number: int, contact_id: int, now: datetime) -> None:
    for each in invited.of(tx, number, contact_id):
        barred.bar(tx, contact_id, each.child_id, now)


_STATES = {
    "bewaard": _kept, "geboekt": _agreed, "lijst": _listed, "gemist": _missed, "los": _alone, "dicht": _barred,
    "samen": _together, "mee": _along, "af": _called_off,
}  # fmt: skip


def _for_another(tx: Tx, config: Config, number: int, teacher: int, until: datetime, now: datetime) -> None:
    """The first moment is kept for somebody else until then."""
    _keep(tx, config, number, _stranger(tx, number, teacher, now), now, until)


def _line(tx: Tx, number: int, teacher: int, now: datetime) -> None:
    """Somebody else waits for what comes free with the same teacher."""
    ids = [each.id for each in invited.of(tx, number, _stranger(tx, number, teacher, now))]
    waiting.join(tx, ids, now)
