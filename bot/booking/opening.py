"""A round's life: it opens, everybody is asked once, who comes in later too; it closes, and what was kept is let go."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import structlog
from sqlalchemy import ColumnElement, Select, bindparam, exists, func, literal_column, or_, select, update

from bot import hours
from bot.booking import asking, bookings, closing, newcomers, rounds, teaching, waiting
from bot.booking.asking import NEVER
from bot.booking.rounds import COLUMNS, Round
from bot.config import Config
from bot.errors import place
from bot.inbox.put import put
from bot.people import consent
from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.upsert import insert_new

log = structlog.get_logger()
GREETED = timedelta(minutes=10)  # who has just enrolled reads what school says to that first
SLICE = 200  # people in one write: nobody waits long for the writer
LAID = 250  # rows in one write
FEW = 40  # offers that lapse in one write
_r, _v, _a = t.talk_round.c, t.invitee.c, t.appointment.c
_GOING: ColumnElement[bool] = literal_column("talk_round.state IN ('planned', 'open')")  # the words of the index
_WAITING: ColumnElement[bool] = literal_column("invitee.state = 'waiting'")
_ROUND_ID: ColumnElement[int] = literal_column("+invitee.round_id")  # else SQLite walks through all of them, by round
_LISTED: ColumnElement[bool] = literal_column("invitee.state = 'list'")
_KEPT: ColumnElement[bool] = literal_column("appointment.state = 'offered'")
# Made once: asked at every tick, they cost more to put together than to run.
_ALL = COLUMNS.where(_GOING).order_by(_r.opens_at, _r.id)
_DUE = select(_ROUND_ID).where(_WAITING, _v.asks_at <= bindparam("now")).distinct()
_COMING = (
    select(_r.school, func.min(_v.asks_at).label("at"))
    .join(t.talk_round, _r.id == _v.round_id)
    .where(_WAITING, _v.asks_at < NEVER, _r.state == rounds.OPEN)
    .group_by(_r.school)
)
_NEXT_LAPSE = select(func.min(_a.hold_until)).where(_KEPT)
_LAPSED = select(exists().where(_KEPT, _a.hold_until <= bindparam("now")))
T = TypeVar("T")


class Books(Protocol):
    """What is needed here of what lies on the desk."""

    @property
    def config(self) -> Config: ...


class Work(NamedTuple):
    """What there is to do now."""

    opening: Sequence[Round]
    closing: Sequence[Round]
    asking: Sequence[Round]
    open: Sequence[Round]
    known: Sequence[Round]  # of those, where one looks who is in it
    over: Sequence[tuple[int, Callable[[Tx], int]]]  # what is left to do of what is over
    looks: bool = False
    lapses: bool = False
    passes: bool = False  # something came free that somebody waits for


def next_due(tx: Tx, config: Config) -> datetime | None:
    """When the next round opens, asks somebody or closes, none of it at night; when an offer lapses, or a newcomer is
    found."""
    kept: datetime | None = tx.execute(_NEXT_LAPSE).scalar()
    found = [kept] if kept else []
    for row in tx.execute(_ALL):
        each = Round._make(row)
        found.append(each.closes_at)
        if each.state == rounds.PLANNED:
            found.append(_loud(config, each, each.early_at or each.opens_at))
    for row in tx.execute(_COMING):
        found.append(hours.next_loud(row.at, config.zone(row.school), config.quiet(row.school)))
    if found and (looked := newcomers.next_due(tx)):
        found.append(looked)
    return min(found, default=None)


async def begin_due(database: Database, books: Books, now: datetime) -> None:
    """Everything that is due of all rounds, up to `now`. Two processes at once change nothing."""
    config = books.config
    work = await database.fetch(partial(_work, config=config, now=now))
    for each in work.closing:
        await _well(database, each.id, partial(rounds.close, round_id=each.id, now=now))
    for each in work.opening:
        await _well(database, each.id, partial(_open, round_id=each.id))
    looks = work.looks and await database.write(lambda tx: newcomers.take(tx, now))
    for each in (*work.opening, *(work.known if looks else ())):
        await _gather(database, config, each, now)
    for each in (*work.opening, *work.asking, *(work.open if looks else ())):
        await _well(database, each.id, partial(_ask, config=config, round_=each, now=now))
    over = await database.fetch(partial(closing.left, config=config, now=now)) if work.closing else work.over
    for number, step in over:
        await _well(database, number, step)
    if work.lapses:
        await _well(database, 0, partial(bookings.lapse, now=now, most=FEW))
    if work.lapses or work.passes:
        await _well(database, 0, partial(waiting.pass_on, config=config, now=now))


async def _well(database: Database, round_id: int, step: Callable[[Tx], int | bool]) -> None:
    """Do it, slice by slice, until nothing is left of it. A loop: what fails is noted, the other rounds go on."""
    try:
        while await database.write(step):
            pass
    except Exception as error:
        log.error("round_failed", round=round_id, error=type(error).__name__, at=place(error))


def _work(tx: Tx, config: Config, now: datetime) -> Work:
    going = [Round._make(row) for row in tx.execute(_ALL)]
    loud = [each for each in going if each.closes_at > now and _loud(config, each, now) <= now]
    is_open = [each for each in loud if each.state == rounds.OPEN]
    asked = set(tx.execute(_DUE, {"now": now}).scalars()) if is_open else set()
    looks = bool(is_open) and newcomers.is_due(tx, now)
    odd = _odd(tx, [each.id for each in is_open if each.kind == rounds.EXTRA], now) if looks else set()
    return Work(
        [each for each in loud if each.state == rounds.PLANNED and (each.early_at or each.opens_at) <= now],
        [each for each in going if each.closes_at <= now],
        [each for each in is_open if each.id in asked],
        is_open,
        [each for each in is_open if each.kind != rounds.EXTRA or each.id in odd],
        closing.left(tx, config, now),
        looks,
        tx.execute(_LAPSED, {"now": now}).scalar_one(),
        _passes(tx, is_open, now),
    )


def _passes(tx: Tx, is_open: Sequence[Round], now: datetime) -> bool:
    """Whether somebody on a waiting list was called up."""
    if not is_open:
        return False
    called = exists().where(_LISTED, _v.asks_at <= now, _v.round_id.in_([each.id for each in is_open]))
    return bool(tx.execute(select(called)).scalar_one())


def _odd(tx: Tx, extras: Sequence[int], now: datetime) -> set[int]:
    """Rounds of one talk in which something may be the matter with the one who is asked: nobody else comes in there."""
    c = t.child.c
    matters = or_(_v.state == "shut", _v.asks_at >= NEVER, c.left_at <= now)
    hers = select(_v.round_id).join(t.child, c.id == _v.child_id).where(_v.round_id.in_(extras), matters)
    return set(tx.execute(hers).scalars()) if extras else set()


def _loud(config: Config, each: Round, moment: datetime) -> datetime:
    return hours.next_loud(moment, config.zone(each.school), config.quiet(each.school))


def _open(tx: Tx, round_id: int) -> int:
    planned = _r.id == round_id, _r.state == rounds.PLANNED
    tx.execute(update(t.talk_round).where(*planned).values(state=rounds.OPEN))
    return 0


# --- who may book
async def _gather(database: Database, config: Config, round_: Round, now: datetime) -> None:
    """Whoever is missing comes in, whom a bar or the end of school concerns goes out, and who can be reached again is
    asked. Who it is was looked up before: nobody waits for the writer meanwhile."""
    rows = await database.fetch(partial(_missing, round_=round_, now=now))
    parts = [rows[first : first + LAID] for first in range(0, len(rows), LAID)]
    for some in parts:
        await database.write(partial(_lay, rows=some))
    turned = await database.fetch(partial(_turned, config=config, round_=round_, now=now))
    if any(turned):
        await database.write(partial(_turn, round_=round_, turned=turned, now=now))


def _lay(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    tx.execute(insert_new(tx, t.invitee), rows)


def _families(round_: Round, now: datetime, *columns: Any) -> Select[Any]:
    """The guardians who may hear of the children of the round's groups."""
    of, m, g, c = t.round_group.c, t.membership.c, t.guardian.c, t.child.c
    return (
        select(*columns)
        .select_from(t.round_group)
        .join(t.membership, m.group_id == of.group_id)
        .join(t.child, c.id == m.child_id)
        .join(t.guardian, g.child_id == m.child_id)
        .where(of.round_id == round_.id, g.barred_at.is_(None), or_(c.left_at.is_(None), c.left_at > now))
    )


def _missing(tx: Tx, round_: Round, now: datetime) -> list[dict[str, Any]]:
    """The rows of those who are not invited yet: each parent for each child, with whom they talk, and when she is
    asked; families with several children in the round before the others."""
    m, g = t.membership.c, t.guardian.c
    there = exists().where(_v.round_id == round_.id, _v.contact_id == g.contact_id, _v.child_id == g.child_id)
    found = _families(round_, now, g.contact_id, g.child_id, m.group_id).where(~there).distinct()
    new = tx.execute(found.order_by(g.contact_id, g.child_id)).all()
    if not new:
        return []
    several = set()
    if round_.early_at and round_.early_at < round_.opens_at:
        hers = _families(round_, now, g.contact_id).group_by(g.contact_id)
        several = set(tx.execute(hers.having(func.count(g.child_id.distinct()) > 1)).scalars())
    with_whom = teaching.staff_of(tx, round_.id)
    alike = {"round_id": round_.id, "school": round_.school, "state": "waiting", "changed_at": now}
    return [
        {
            **alike, "contact_id": row.contact_id, "child_id": row.child_id, "staff_id": with_whom.get(row.group_id),
            "asks_at": round_.early_at if row.contact_id in several else round_.opens_at,
        }
        for row in new
    ]  # fmt: skip


class _Turned(NamedTuple):
    """Invitees by id: who may not hear of the child any more, who may again, who can be reached again."""

    shut: Sequence[int]
    back: Sequence[int]
    found: Sequence[int]


def _turned(tx: Tx, config: Config, round_: Round, now: datetime) -> _Turned:
    g, c = t.guardian.c, t.child.c
    may = (
        select(g.id).join(t.child, c.id == g.child_id).correlate(t.invitee)
        .where(g.contact_id == _v.contact_id, g.child_id == _v.child_id, g.barred_at.is_(None))
        .where(or_(c.left_at.is_(None), c.left_at > now)).exists()
    )  # fmt: skip
    of_round = select(_v.id).where(_v.round_id == round_.id)
    shut = tx.execute(of_round.where(_v.state != "shut", ~may)).scalars().all()
    back = tx.execute(of_round.where(_v.state == "shut", may)).scalars().all()
    never = _v.round_id == round_.id, _v.state == "waiting", _v.asks_at >= NEVER
    lost = tx.execute(select(_v.id, _v.contact_id).where(*never)).all()
    reached = consent.reachable(tx, config, round_.school, {row.contact_id for row in lost})
    return _Turned(shut, back, [row.id for row in lost if row.contact_id in reached])


def _turn(tx: Tx, round_: Round, turned: _Turned, now: datetime) -> None:
    asks_at = max(now, round_.opens_at)
    again = {"state": "waiting", "how": "", "asks_at": asks_at, "changed_at": now}
    _update(tx, turned.shut, state="shut", changed_at=now)
    _update(tx, turned.back, **again)
    _update(tx, turned.found, asks_at=max(now + GREETED, round_.opens_at), changed_at=now)
    for some in slices(turned.shut):
        hers = select(_v.contact_id).where(_v.id.in_(some))
        kept = _a.round_id == round_.id, _a.state == "offered", _a.contact_id.in_(hers)
        tx.execute(update(t.appointment).where(*kept).values(hold_until=now))


def _update(tx: Tx, ids: Iterable[int], **values: Any) -> None:
    for some in slices(ids):
        tx.execute(update(t.invitee).where(_v.id.in_(some)).values(values))


# --- asked
def _ask(tx: Tx, config: Config, round_: Round, now: datetime) -> int:
    """The next slice of those whose moment has come is asked, each once for all her children; how many people."""
    now_open = tx.execute(select(_r.state).where(_r.id == round_.id).with_for_update(key_share=True)).scalar()
    if now_open != rounds.OPEN:
        return 0
    due = _v.round_id == round_.id, _v.state == "waiting", _v.asks_at <= now
    people = list(
        tx.execute(select(_v.contact_id).where(*due).distinct().order_by(_v.contact_id).limit(SLICE)).scalars()
    )
    _told(tx, config, round_, people, now, *due)
    return len(people)


def _told(tx: Tx, config: Config, round_: Round, people: Collection[int], now: datetime, *due: Any) -> list[int]:
    """Of these people who waited is asked, where anything can reach her; who was asked."""
    reached = consent.reachable(tx, config, round_.school, people)
    hers = update(t.invitee).where(*due, _v.contact_id.in_(people))
    asked = hers.where(_v.contact_id.in_(reached)).values(state="asked", changed_at=now)
    since: dict[int, datetime] = {}
    for row in tx.execute(asked.returning(_v.contact_id, _v.asks_at)).all():
        since[row.contact_id] = max(row.asks_at, since.get(row.contact_id, row.asks_at))
    tx.execute(hers.values(asks_at=NEVER))
    notes = [asking.note(round_, each, f"{int(at.timestamp())}") for each, at in sorted(since.items())]
    put(tx, notes, now)
    return [*since]


def invite(tx: Tx, config: Config, round_id: int, contact_ids: Collection[int], now: datetime) -> int:
    """Ask these parents now: who waits at once, who was asked and has not booked once more, at most once a day. Of how
    many of them something could be said."""
    round_ = rounds.get(tx, round_id)
    if round_ is None or not round_.takes(now):
        return 0
    hers = _v.round_id == round_id, _v.contact_id.in_(contact_ids)
    new = set(_told(tx, config, round_, contact_ids, now, *hers, _v.state == "waiting"))
    still = select(_v.contact_id).where(*hers, _v.state.in_(("asked", "offered"))).distinct()
    again = consent.reachable(tx, config, round_.school, set(tx.execute(still).scalars()) - new)
    day = now.astimezone(config.zone(round_.school)).date()
    put(tx, [asking.note(round_, each, f"again:{day}") for each in sorted(again)], now)
    return len(new | again)
