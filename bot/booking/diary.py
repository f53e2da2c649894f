"""Whose time is free: colleagues in a round, interpreters, and when a parent has talks already."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from bot import hours as wall
from bot.booking import interpreters as known
from bot.booking import own, rounds
from bot.booking.cells import INTERPRETER, STAFF
from bot.booking.rounds import Round
from bot.booking.slots import CELL, Hours, Slot, every
from bot.booking.wanted import Span
from bot.config import Config
from bot.store import tables as t
from bot.store.database import Tx

SOON = timedelta(hours=1)  # nobody is asked to be there sooner
_DAY = timedelta(days=1)
_STANDS = ("offered", "planned")
_b, _a, _i = t.busy.c, t.appointment.c, t.interpreter.c
_TAKEN = select(_b.who, _b.at, _b.appointment_id).where(
    _b.kind == bindparam("kind"), _b.who.in_(bindparam("who", expanding=True)),
    _b.at.between(bindparam("since"), bindparam("until")),
)  # fmt: skip

_COLLEAGUES = select(t.staff.c.contact_id).where(t.staff.c.contact_id.is_not(None))
_WORKS = (
    select(_a.starts_at, _a.minutes)
    .join(t.staff, t.staff.c.id == _a.staff_id)
    .where(t.staff.c.contact_id == bindparam("whose"), _a.state.in_(_STANDS), _a.starts_at > bindparam("since"))
    .order_by(_a.starts_at, _a.id)
)


def free(
    tx: Tx,
    config: Config,
    round_: Round,
    staff_ids: Collection[int],
    now: datetime,
    *,
    minutes: int = 0,
    but: Collection[int] = (),
) -> dict[int, list[Slot]]:
    """The slots of this round that these colleagues can still give, from an hour from now on, in order of time.

    `minutes`: talks that last longer than those of the round. `but`: appointments whose time counts as free.
    """
    zone, soon = config.zone(round_.school), now + SOON
    today = soon.astimezone(zone).date()
    given = [each for each in rounds.hours_of(tx, round_.id) if each.staff_id in staff_ids and each.day >= today]
    found: dict[int, list[Slot]] = {each: [] for each in staff_ids}
    if not given:
        return found
    taken = _taken(tx, STAFF, staff_ids, *_around(config, round_.school, (each.day for each in given)), but)
    hours = sorted(given, key=_begins)
    every_slot = tx.once(  # parents of one class are proposed something right after each other
        ("slots", round_, minutes, *hours),
        (),
        lambda: [*every(hours, round_.minutes, round_.pause, zone, lasts=minutes)],
    )
    for slot, needs in every_slot:
        if slot.starts_at >= soon and taken.isdisjoint(needs):
            found[slot.staff_id].append(slot)
    return found


def has_hours(tx: Tx, config: Config, round_: Round, slot: Slot) -> bool:
    """Whether that colleague still has hours in this round then: she may be ill since it was proposed."""
    zone = config.zone(round_.school)
    return any(
        each.staff_id == slot.staff_id
        and wall.at(each.day, each.start, zone) <= slot.starts_at
        and slot.ends_at <= wall.at(each.day, each.until, zone)
        for each in rounds.hours_of(tx, round_.id)
    )


def interpreters(
    tx: Tx,
    config: Config,
    school: str,
    language: str,
    days: Collection[date],
    now: datetime,
    *,
    but: Collection[int] = (),
) -> list[Span]:
    """When somebody is free on these days who interprets this language at this school."""
    here = select(_i.id, _i.languages, _i.modes).where(_i.school == school, _i.left_at.is_(None)).order_by(_i.id)
    speak = {row.id: row.modes == ["site"] for row in tx.execute(here) if language in row.languages}
    if not speak or not days:
        return []
    zone = config.zone(school)
    taken = _taken(tx, INTERPRETER, {*speak}, *_around(config, school, days), but)
    found = []
    for who, on in known.hours_of(tx, speak, min(days)).items():
        cells = sorted(at for one, at in taken if one == who)
        for day in sorted(set(days) & set(on)):
            for start, until in on[day]:
                begins, ends = wall.at(day, start, zone), wall.at(day, until, zone)
                found += [Span(a, b, who, speak[who]) for a, b in _between(max(begins, now), ends, cells)]
    return found


def blocks(tx: Tx, spans: Sequence[Span], but: Collection[int] = ()) -> list[Span]:
    """The talks to which these interpreters come already, around these hours."""
    if not spans:
        return []
    first, last = min(each.starts_at for each in spans) - _DAY, max(each.ends_at for each in spans) + _DAY
    theirs = _a.interpreter_id.in_({each.who for each in spans}), _a.starts_at.between(first, last)
    talks = select(_a.starts_at, _a.minutes, _a.interpreter_id).where(_a.state.in_(_STANDS), _a.id.not_in(but))
    return [
        Span(row.starts_at, row.starts_at + timedelta(minutes=row.minutes), row.interpreter_id)
        for row in tx.execute(talks.where(*theirs).order_by(_a.starts_at, _a.id))
    ]


def spans(tx: Tx, contact_id: int, now: datetime, *, but: Collection[int] = ()) -> list[Span]:
    """When she has talks, also those that are kept for her, those to which she comes along with the other parent, and
    those that she has with parents as a colleague."""
    stands = [each for each in own.talks(tx, contact_id) if each.state in _STANDS and each.starts_at > now - _DAY]
    hers = [Span(each.starts_at, each.ends_at, each.interpreter_id or 0) for each in stands if each.id not in but]
    colleagues = tx.once("colleagues", [t.staff], lambda: set(tx.execute(_COLLEAGUES).scalars()))
    if contact_id not in colleagues:
        return hers
    given = tx.execute(_WORKS, {"whose": contact_id, "since": now - _DAY})
    return hers + [Span(row.starts_at, row.starts_at + timedelta(minutes=row.minutes)) for row in given]


def _begins(hours: Hours) -> tuple[Any, ...]:
    return hours.day, hours.start, hours.staff_id


def _around(config: Config, school: str, days: Iterable[date]) -> tuple[datetime, datetime]:
    """From the first to the last of these days, and somewhat more."""
    zone, days = config.zone(school), sorted(days)
    return wall.at(days[0], time.min, zone) - _DAY, wall.at(days[-1], time.min, zone) + 2 * _DAY


def _taken(
    tx: Tx, kind: str, who: Collection[int], since: datetime, until: datetime, but: Collection[int]
) -> set[tuple[int, datetime]]:
    """Their time that is given away, cell by cell."""
    given = {"kind": kind, "who": sorted(who), "since": since, "until": until}
    return {(row.who, row.at) for row in tx.execute(_TAKEN, given) if row.appointment_id not in but}


def _between(begins: datetime, ends: datetime, cells: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """What these cells leave of a time."""
    for cell in cells:
        if begins < cell < ends:
            yield begins, cell
        if cell < ends:
            begins = max(begins, cell + CELL)
    if begins < ends:
        yield begins, ends
