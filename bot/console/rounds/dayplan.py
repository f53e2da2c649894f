"""The talks of a day as coloured blocks: a column for each colleague, cut into time. What a colour says is a word."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import and_, select

from bot import hours as wall
from bot.booking import rounds
from bot.booking.rounds import Round
from bot.booking.slots import CELL, Hours, cells, slots
from bot.console.rounds import named
from bot.console.visit import TEACHER, Visit
from bot.store import tables as t
from bot.store.database import Tx

FREE, OFFERED, PLANNED, HELD, MISSED, OTHER, GAP = ("vrij", "voorstel", "gekozen", "geweest", "gemist", "bezet", "leeg")
LEGEND = (PLANNED, OFFERED, FREE, HELD, MISSED, OTHER)
STATES = {"offered": OFFERED, "planned": PLANNED, "held": HELD, "missed": MISSED}
_TALK = (
    "id",
    "contact_id",
    "child_id",
    "staff_id",
    "starts_at",
    "minutes",
    "state",
    "round_id",
    "mode",
    "interpreter_id",
)
_STEP = int(CELL.total_seconds()) // 60
_LONGEST = 120  # minutes of one block without a talk; longer ones are several
_HALF = 30
_APART = timedelta(minutes=30)  # hours of colleagues that lie so far from each other are drawn apart


class Piece(NamedTuple):
    """Some time of a colleague, before it is put into words. `row`: of the talk."""

    staff_id: int
    starts_at: datetime
    minutes: int
    kind: str
    row: Any = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


class Block(NamedTuple):
    """A piece as it stands on the page. `high`: how many minutes it is drawn; `way`: the page behind it."""

    kind: str
    high: int
    at: str = ""
    child: str = ""
    parent: str = ""
    notes: Sequence[str] = ()
    way: str = ""


class Column(NamedTuple):
    """A colleague's blocks in one part of a day."""

    name: str
    place: str
    blocks: Sequence[Block]


class Part(NamedTuple):
    """An afternoon or an evening: what lies between is not drawn."""

    start: str
    until: str
    marks: Sequence[Block]  # the half hours beside it
    columns: Sequence[Column]


def shown_hours(visit: Visit, tx: Tx, round_: Round) -> list[Hours]:
    """All of the round, and when there is a talk beside them; of a teacher her own column only."""
    every = rounds.hours_of(tx, round_.id)
    every += _beside(tx, round_, every, visit.config.zone(round_.school))
    return [each for each in every if visit.who.role != TEACHER or each.staff_id == visit.who.staff_id]


def _beside(tx: Tx, round_: Round, hours: Sequence[Hours], zone: Any) -> list[Hours]:
    """Talks of the round at a moment that somebody chose by hand, or at hours that were withdrawn since."""
    a, made = t.appointment.c, []
    given: dict[tuple[int, date], list[Hours]] = {}
    for each in hours:
        given.setdefault((each.staff_id, each.day), []).append(each)
    columns = select(a.staff_id, a.starts_at, a.minutes, a.place)
    its = a.round_id == round_.id, a.state.in_(STATES), a.staff_id.is_not(None)
    for row in tx.execute(columns.where(*its).order_by(a.starts_at, a.id)):
        covers = cells(row.starts_at, row.minutes)
        first, last = covers[0].astimezone(zone), (covers[-1] + CELL).astimezone(zone)
        until = last.time() if last.date() == first.date() else time(23, 55)
        there = given.get((row.staff_id, first.date()), ())
        if not any(each.start <= first.time() and until <= each.until for each in there):
            made.append(Hours(row.staff_id, first.date(), first.time(), until, place=row.place))
    return made


def parts(visit: Visit, tx: Tx, round_: Round, hours: Sequence[Hours], day: date) -> list[Part]:
    """A day of a round in blocks."""
    zone = visit.config.zone(round_.school)
    here = [each for each in hours if each.day == day]
    pieces = found(tx, round_, here, zone)
    names = named.staff(tx, {each.staff_id for each in here})
    words = named.words(visit, tx, [piece.row for piece in pieces if piece.row is not None])
    made = []
    for start, end in _spans(here, zone):
        shown = [each for each in here if start <= wall.at(each.day, each.start, zone) < end]
        columns = [
            Column(names.get(who, ""), _places(own), _column(visit, round_, who, (start, end), pieces, words))
            for who, own in _by_colleague(shown, names)
        ]
        made.append(Part(visit.say.hour(start, zone), visit.say.hour(end, zone), _marks(visit, start, end), columns))
    return made


def legend(parts: Sequence[Part]) -> list[str]:
    """The kinds of blocks that occur."""
    there = {block.kind for part in parts for column in part.columns for block in column.blocks}
    return [each for each in LEGEND if each in there]


# --- what there is
def found(tx: Tx, round_: Round, hours: Sequence[Hours], zone: Any) -> list[Piece]:
    """Talks, whatever round they are of, and what is free besides them, in order."""
    if not hours:
        return []
    staff_ids = {each.staff_id for each in hours}
    first = min(wall.at(each.day, each.start, zone) for each in hours)
    last = max(wall.at(each.day, each.until, zone) for each in hours)
    talks = [
        Piece(row.staff_id, row.starts_at, row.minutes, STATES[row.state] if row.round_id == round_.id else OTHER, row)
        for row in _talks(tx, staff_ids, first, last)
    ]
    b = t.busy.c
    given = select(b.who, b.at).where(b.kind == "staff", b.who.in_(staff_ids), b.at >= first, b.at < last)
    taken = {(row.who, row.at) for row in tx.execute(given)}
    taken |= {(each.staff_id, at) for each in talks for at in cells(each.starts_at, each.minutes)}
    free = [
        Piece(slot.staff_id, slot.starts_at, slot.minutes, FREE)
        for slot in slots(hours, round_.minutes, round_.pause, zone, taken)
    ]
    return sorted([*talks, *free], key=lambda piece: (piece.staff_id, piece.starts_at))


def _talks(tx: Tx, staff_ids: Collection[int], first: datetime, last: datetime) -> Sequence[Any]:
    a, i = t.appointment.c, t.invitee.c
    theirs = and_(i.round_id == a.round_id, i.contact_id == a.contact_id, i.child_id == a.child_id)
    columns = select(
        *t.appointment.c[_TALK],
        i.id.label("invitee_id"), i.interpreter.label("language"),
    ).select_from(t.appointment.outerjoin(t.invitee, theirs))  # fmt: skip
    then = a.starts_at >= first, a.starts_at < last, a.state.in_(STATES), a.staff_id.in_(staff_ids)
    return tx.execute(columns.where(*then).order_by(a.starts_at, a.id)).all()


def _spans(hours: Sequence[Hours], zone: Any) -> Iterator[tuple[datetime, datetime]]:
    """From when to when anybody talks, as far as that hangs together."""
    begun: tuple[datetime, datetime] | None = None
    for each in sorted(hours, key=lambda each: each.start):
        start, end = wall.at(each.day, each.start, zone), wall.at(each.day, each.until, zone)
        if begun and start <= begun[1] + _APART:
            begun = begun[0], max(begun[1], end)
            continue
        if begun:
            yield begun
        begun = start, end
    if begun:
        yield begun


def _by_colleague(hours: Sequence[Hours], names: Mapping[int, str]) -> Iterator[tuple[int, list[Hours]]]:
    ordered = sorted(hours, key=lambda each: (names.get(each.staff_id, "").casefold(), each.staff_id))
    for who, own in groupby(ordered, key=lambda each: each.staff_id):
        yield who, list(own)


def _places(hours: Sequence[Hours]) -> str:
    return ", ".join(dict.fromkeys(each.place for each in hours if each.place))


# --- in blocks
def _column(
    visit: Visit, round_: Round, who: int, span: tuple[datetime, datetime], pieces: Sequence[Piece],
    words: Mapping[int, named.Words],
) -> list[Block]:  # fmt: skip
    at, end = span
    made: list[Block] = []
    for piece in pieces:
        if piece.staff_id != who or piece.starts_at >= end or piece.ends_at <= at:
            continue
        made += _empty(at, piece.starts_at)
        made.append(_block(visit, round_, piece, words))
        at = max(at, piece.ends_at)
    return [*made, *_empty(at, end)]


def _block(visit: Visit, round_: Round, piece: Piece, words: Mapping[int, named.Words]) -> Block:
    high = -(-piece.minutes // _STEP) * _STEP
    hour = visit.say.hour(piece.starts_at, visit.config.zone(round_.school))
    if piece.row is None or piece.kind == OTHER:
        return Block(piece.kind, high, hour)
    said = words[piece.row.id]
    way = f"/afspraken/gezin/{piece.row.invitee_id}" if piece.row.invitee_id else ""
    return Block(piece.kind, high, hour, said.child, said.parent, said.notes, way)


def _empty(start: datetime, end: datetime) -> Iterator[Block]:
    left = int((end - start) / CELL) * _STEP
    while left > 0:
        yield Block(GAP, min(left, _LONGEST))
        left -= _LONGEST


def _marks(visit: Visit, start: datetime, end: datetime) -> list[Block]:
    """`15.00`, `15.30` beside the columns."""
    made = []
    while start < end:
        first = _HALF - start.minute % _HALF
        high = min(first, int((end - start) / CELL) * _STEP)
        made.append(Block(GAP, high, visit.say.hour(start, visit.school.zone)))
        start += timedelta(minutes=first)
    return made
