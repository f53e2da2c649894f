"""What waits for its moment, for an operator: kinds, moments and reasons; no names, numbers, words or ids of people."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, func, literal_column, select

from bot.config import Config
from bot.store.database import Tx
from bot.store.tables import followup, outbox, run

KINDS = ("plan", "journey", "after", "remind", "digest", "question", "message")
_WEEK = timedelta(days=7)
_LATE = timedelta(minutes=5)
# These words stand in the statements themselves, or neither database would use the indexes that are made for them.
_WAITING: ColumnElement[bool] = followup.c.state == literal_column("'waiting'")
_QUEUED: ColumnElement[bool] = outbox.c.status == literal_column("'queued'")
_TIMER = run.c.due_at.is_not(None)


class Entry(NamedTuple):
    """One that waits. `id`: its row; `due`: local time at school; `problem`: it was put off, or should be gone."""

    id: int
    school: str
    kind: str
    what: str
    due: datetime
    rev: int
    reason: str
    problem: bool


class Wish(NamedTuple):
    """What the operator wants to see: "" and None are everything."""

    school: str = ""
    kind: str = ""
    reason: str = ""
    within: timedelta | None = None


def entries(tx: Tx, config: Config, wish: Wish, now: datetime, most: int) -> list[Entry]:
    """Up to so many: what is late or was put off first, the newest of it on top; then what is due next."""
    found: list[Entry] = []
    for table, kinds in ((followup, KINDS[:-2]), (run, KINDS[-2:-1]), (outbox, KINDS[-1:])):
        if not wish.kind or wish.kind in kinds:
            found += _entries(tx, config, table, wish, now, most)
    problems = sorted((each for each in found if each.problem), key=lambda each: (each.due, each.id), reverse=True)
    return [*problems, *sorted((each for each in found if not each.problem), key=lambda each: each.due)][:most]


def _entries(tx: Tx, config: Config, table: Any, wish: Wish, now: datetime, most: int) -> Iterator[Entry]:
    """Of one table; what has a reason goes first, so that a long queue does not hide it."""
    c = table.c
    asked = [{"followup": _WAITING, "run": _TIMER, "outbox": _QUEUED}[table.name], c.due_at.is_not(None)]
    asked += _of(c, wish.school)
    if wish.within is not None:
        asked.append(c.due_at <= now + wish.within)
    if table is followup and wish.kind:
        asked.append(c.kind == wish.kind)
    reason = None if table is run else c.reason
    if wish.reason:
        if reason is None:
            return
        asked.append(reason == wish.reason)
    order = [c.due_at, c.id] if reason is None else [reason.is_(None), c.due_at, c.id]
    for row in tx.execute(select(table).where(*asked).order_by(*order).limit(most)):
        yield _entry(config, table.name, row, now)


def _entry(config: Config, table: str, row: Row[Any], now: datetime) -> Entry:
    late = row.due_at <= now - _LATE
    if table == "followup":
        kind, what, rev, reason, zone = row.kind, _what(row), row.rev, row.reason, ZoneInfo(row.zone)
    elif table == "run":
        kind, what, rev, reason, zone = KINDS[-2], row.flow, row.rev, "", config.zone(row.school)
    else:
        kind, what, rev, reason, zone = KINDS[-1], row.cls, row.tries, row.reason, config.zone(row.school)
    due = row.due_at.astimezone(zone)
    return Entry(
        row.id, row.school or "", kind, what, due, rev, reason or ("late" if late else ""), bool(reason or late)
    )


def _what(row: Row[Any]) -> str:
    """The flow and the scope, of which all that is a number is somebody's or something's id."""
    kind, *scope = row.scope.split(":")
    parts = [each for each in scope if not each.isdigit() and each != row.flow]
    return " ".join(filter(None, (row.flow, ":".join(parts if kind == row.kind else [kind, *parts]))))


def summary(tx: Tx, now: datetime, school: str = "") -> dict[str, dict[str, Any]]:
    """By kind: how many wait, when the next is due, how many were put off and why, how many dropped this week."""
    found: dict[str, dict[str, Any]] = {}
    for kind, reason, many, due in _counts(tx, school):
        each = found.setdefault(kind, {"waiting": 0, "next": None, "put_off": {}, "dropped": {}})
        each["waiting"] += many
        each["next"] = min(filter(None, (each["next"], due)), default=None)
        if reason:
            each["put_off"][reason] = each["put_off"].get(reason, 0) + many
    for kind, reason, many in _dropped(tx, now, school):
        each = found.setdefault(kind, {"waiting": 0, "next": None, "put_off": {}, "dropped": {}})
        each["dropped"][reason or "-"] = many
    return {kind: found[kind] for kind in sorted(found, key=_place)}


def put_off(tx: Tx) -> dict[str, int]:
    """Why things wait that might have gone: reason -> how many."""
    counted: dict[str, int] = {}
    for _, reason, many, _ in _counts(tx, ""):
        if reason:
            counted[reason] = counted.get(reason, 0) + many
    return dict(sorted(counted.items()))


def _place(kind: str) -> tuple[int, str]:
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), kind)


def _counts(tx: Tx, school: str) -> Iterator[tuple[str, str | None, int, datetime | None]]:
    f, o = followup.c, outbox.c
    many = func.count().label("many")
    plans = select(f.kind, f.reason, many, func.min(f.due_at).label("next")).where(_WAITING, *_of(f, school))
    for row in tx.execute(plans.group_by(f.kind, f.reason)):
        yield row.kind, row.reason, row.many, row.next
    timers = select(many, func.min(run.c.due_at).label("next")).where(_TIMER, *_of(run.c, school))
    row = tx.execute(timers).one()
    if row.many:
        yield KINDS[-2], None, row.many, row.next
    letters = select(o.reason, many, func.min(o.due_at).label("next")).where(_QUEUED, *_of(o, school))
    for row in tx.execute(letters.group_by(o.reason)):
        yield KINDS[-1], row.reason, row.many, row.next


def _dropped(tx: Tx, now: datetime, school: str) -> Iterator[tuple[str, str | None, int]]:
    """What fell away in the seven days before now."""
    f, o = followup.c, outbox.c
    many = func.count().label("many")
    over = f.state == "dropped", f.due_at > now - _WEEK, f.due_at <= now
    for row in tx.execute(select(f.kind, f.reason, many).where(*over, *_of(f, school)).group_by(f.kind, f.reason)):
        yield row.kind, row.reason, row.many
    gone = o.status.in_(("cancelled", "expired")), o.settled_at > now - _WEEK, o.settled_at <= now
    for row in tx.execute(select(o.reason, many).where(*gone, *_of(o, school)).group_by(o.reason)):
        yield KINDS[-1], row.reason, row.many


def _of(columns: Any, school: str) -> list[ColumnElement[bool]]:
    return [columns.school == school] if school else []
