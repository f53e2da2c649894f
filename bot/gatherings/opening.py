"""A gathering's life: families are asked, reminded and told, each once; it closes, and what was kept is let go."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy import ColumnElement, exists, literal_column, or_, select, update

from bot import hours
from bot.config import Config
from bot.errors import place
from bot.gatherings import gatherings, guests, moments, told, waiting
from bot.gatherings.gatherings import CLOSED, COLUMNS, OPEN, PLANNED, STOPPED, TOLD, Gathering
from bot.gatherings.plan import OPEN_DAY
from bot.inbox.put import put
from bot.people import consent
from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.upsert import insert_new

log = structlog.get_logger()
SLICE = 200  # people in one write: nobody waits long for the writer
FEW = 50  # of whom something that was queued is taken back
AGAIN = timedelta(days=1)  # so often one looks who came in since
FORGET = timedelta(days=14)  # after which nobody writes a summary any more
_g, _v = t.gathering.c, t.visitor.c
_GOING: ColumnElement[bool] = literal_column("gathering.settled_at IS NULL")  # the words of the indexes
_WAITS: ColumnElement[bool] = literal_column("visitor.state = 'waiting'")
_ALL = COLUMNS.where(_GOING).order_by(_g.invites_at, _g.id)
_MISS = (guests.AWAY, guests.MISSED, guests.LISTED)  # who reads what it was about
_CARE = (guests.COMING, guests.OFFERED, guests.LISTED)  # whom a change concerns


class Books(Protocol):
    """What is needed here of what lies on the desk."""

    @property
    def config(self) -> Config: ...


class Step(NamedTuple):
    """A piece of work on one gathering, done slice by slice until nothing is left of it."""

    gathering_id: int
    work: Callable[[Tx], int]


def next_due(tx: Tx, config: Config, now: datetime) -> datetime | None:
    """When something of it is due, none of it at night."""
    going = [Gathering._make(row) for row in tx.execute(_ALL)]
    found = [moment for each in going for moment in _moments(tx, config, each, now)]
    if lapses := waiting.next_lapse(tx):
        found.append(lapses)
    return min(found, default=None)


def _moments(tx: Tx, config: Config, each: Gathering, now: datetime) -> Iterator[datetime]:
    loud = partial(hours.next_loud, zone=config.zone(each.school), quiet=config.quiet(each.school))
    if each.state in (PLANNED, OPEN):
        yield each.closes_at
    if each.state == PLANNED:
        yield loud(each.invites_at)
    elif each.state == OPEN and each.kind != OPEN_DAY:
        yield loud(each.looked_at + AGAIN if each.looked_at else now)
    if each.state in (STOPPED, TOLD) or _concerned(tx, each):
        yield loud(now)
    elif each.state in gatherings.GOING:
        yield from (at for _, at in moments.reminders(config, each) if at > now)
        yield each.ends_at + FORGET


async def begin_due(database: Database, books: Books, now: datetime) -> None:
    """Everything that is due of all gatherings, up to `now`. Two processes at once change nothing."""
    config = books.config
    for each in await database.fetch(partial(_gathering_work, config=config, now=now)):
        await _well(database, each)
    for each in await database.fetch(partial(_guest_work, config=config, now=now)):
        await _well(database, each)


async def _well(database: Database, step: Step) -> None:
    """A loop: what fails is noted, the other gatherings go on."""
    try:
        while await database.write(step.work):
            pass
    except Exception as error:
        log.error("gathering_failed", gathering=step.gathering_id, error=type(error).__name__, at=place(error))


def _going(tx: Tx, config: Config) -> list[Gathering]:
    return [each for each in map(Gathering._make, tx.execute(_ALL)) if each.school in config.schools]


def _is_loud(config: Config, each: Gathering, now: datetime) -> bool:
    return not hours.is_quiet(now, config.zone(each.school), config.quiet(each.school))


# --- the gathering itself
def _gathering_work(tx: Tx, config: Config, now: datetime) -> list[Step]:
    """What closes, opens, or is to be looked at: who else belongs to it."""
    found = []
    for each in _going(tx, config):
        loud = _is_loud(config, each, now)
        if each.state in (PLANNED, OPEN) and each.closes_at <= now:
            found.append(Step(each.id, partial(_close, gathering_id=each.id)))
        elif loud and each.state == PLANNED and each.invites_at <= now:
            found.append(Step(each.id, partial(_open, gathering_id=each.id)))
            found += _look(tx, each, config, now)
        elif loud and each.state == OPEN and (each.looked_at is None or each.looked_at + AGAIN <= now):
            found += _look(tx, each, config, now)
        elif each.state == CLOSED and each.ends_at + FORGET <= now:
            found.append(Step(each.id, partial(_settle, gathering_id=each.id, state=TOLD, now=now)))
    return found


def _open(tx: Tx, gathering_id: int) -> int:
    tx.execute(update(t.gathering).where(_g.id == gathering_id, _g.state == PLANNED).values(state=OPEN))
    return 0


def _close(tx: Tx, gathering_id: int) -> int:
    going = _g.id == gathering_id, _g.state.in_((PLANNED, OPEN))
    tx.execute(update(t.gathering).where(*going).values(state=CLOSED))
    return 0


def _settle(tx: Tx, gathering_id: int, state: str, now: datetime) -> int:
    tx.execute(update(t.gathering).where(_g.id == gathering_id).values(state=state, settled_at=now))
    return 0


def _look(tx: Tx, each: Gathering, config: Config, now: datetime) -> list[Step]:
    """Whoever is missing comes in. Who it is was looked up before: nobody waits for the writer meanwhile."""
    missing = [] if each.kind == OPEN_DAY else families(tx, each, now)
    back = consent.reachable(
        tx, config, each.school, [row.contact_id for row in guests.listed(tx, each.id, (guests.LOST,))]
    )
    parts = [missing[first : first + SLICE] for first in range(0, len(missing), SLICE)]
    steps = [Step(each.id, partial(_lay, gathering_id=each.id, contact_ids=some, now=now)) for some in parts]
    return [*steps, Step(each.id, partial(_looked, gathering_id=each.id, back=sorted(back), now=now))]


def _lay(tx: Tx, gathering_id: int, contact_ids: Sequence[int], now: datetime) -> int:
    tx.execute(insert_new(tx, t.visitor), guests.rows(gathering_id, contact_ids, now))
    return 0


def _looked(tx: Tx, gathering_id: int, back: Sequence[int], now: datetime) -> int:
    lost = _v.gathering_id == gathering_id, _v.state == guests.LOST
    for some in slices(back):
        found = update(t.visitor).where(*lost, _v.contact_id.in_(some))
        tx.execute(found.values(state=guests.WAITING, changed_at=now))
    tx.execute(update(t.gathering).where(_g.id == gathering_id).values(looked_at=now))
    return 0


def families(tx: Tx, gathering: Gathering, now: datetime) -> list[int]:
    """The guardians of its children who may hear of them and are not in it yet."""
    g, c, m, of = t.guardian.c, t.child.c, t.membership.c, t.gathering_group.c
    there = exists().where(_v.gathering_id == gathering.id, _v.contact_id == g.contact_id)
    found = select(g.contact_id).join(t.child, c.id == g.child_id).where(
        g.school == gathering.school, g.barred_at.is_(None), or_(c.left_at.is_(None), c.left_at > now), ~there,
    ).distinct().order_by(g.contact_id)  # fmt: skip
    if gatherings.groups(tx, gathering.id):
        meant = select(m.child_id).join(t.gathering_group, of.group_id == m.group_id)
        found = found.where(g.child_id.in_(meant.where(of.gathering_id == gathering.id)))
    return list(tx.execute(found).scalars())


# --- its guests
def _guest_work(tx: Tx, config: Config, now: datetime) -> list[Step]:
    """Who is to be asked, reminded or told, and places that nobody took."""
    found = [Step(0, partial(waiting.lapse, config=config, now=now))] if _lapses(tx, now) else []
    for each in _going(tx, config):
        if not _is_loud(config, each, now):
            continue
        if each.takes(now) and tx.execute(select(exists().where(_WAITS, _v.gathering_id == each.id))).scalar():
            found.append(Step(each.id, partial(_ask, config=config, gathering=each, now=now)))
        if each.state == STOPPED:
            found.append(Step(each.id, partial(_call_off, gathering=each, now=now)))
        elif each.state == TOLD:
            found.append(Step(each.id, partial(_tell, config=config, gathering=each, now=now)))
        else:
            found += _coming_work(tx, config, each, now)
    return found


def _coming_work(tx: Tx, config: Config, each: Gathering, now: datetime) -> Iterator[Step]:
    if _concerned(tx, each):
        yield Step(each.id, partial(_say_moved, gathering=each, now=now))
    due = [(number, at) for number, at in moments.reminders(config, each) if at <= now]
    if due and now < each.starts_at:
        number, at = due[-1]
        yield Step(each.id, partial(_remind, gathering=each, number=number, since=at, now=now))


def _lapses(tx: Tx, now: datetime) -> bool:
    due = waiting.next_lapse(tx)
    return due is not None and due <= now


def _concerned(tx: Tx, each: Gathering) -> bool:
    """Whether somebody has not heard yet of the moment that it has now."""
    old = _v.gathering_id == each.id, _v.state.in_(_CARE), _v.moved < each.moved
    return each.moved > 0 and bool(tx.execute(select(exists().where(*old))).scalar())


def _some(tx: Tx, most: int, *those: ColumnElement[bool]) -> list[tuple[int, str]]:
    rows = tx.execute(select(_v.contact_id, _v.state).where(*those).order_by(_v.id).limit(most)).all()
    return [(row.contact_id, row.state) for row in rows]


def _ask(tx: Tx, config: Config, gathering: Gathering, now: datetime) -> int:
    """The next slice of those who wait is asked; whom nothing can reach is looked at again tomorrow."""
    here = guests.lock(tx, gathering.id)
    if here is None or not here.takes(now):
        return 0
    people = [who for who, _ in _some(tx, SLICE, _WAITS, _v.gathering_id == here.id)]
    reached = consent.reachable(tx, config, here.school, people)
    _change(tx, here.id, reached, now, state=guests.ASKED)
    _change(tx, here.id, {*people} - reached, now, state=guests.LOST)
    put(tx, [told.invitation(here, each) for each in people if each in reached], now)
    return len(people)


def _say_moved(tx: Tx, gathering: Gathering, now: datetime) -> int:
    """Who comes hears of the new moment once; who waits for a place only finds it when there is one."""
    old = _v.gathering_id == gathering.id, _v.moved < gathering.moved, _v.state.in_(_CARE)
    found = _some(tx, FEW, *old)
    told.forget(tx, gathering.id, [who for who, _ in found], "moved", now)
    _change(tx, gathering.id, [who for who, _ in found], None, moved=gathering.moved, reminded=0)
    put(tx, [told.news(gathering, who, "verzet") for who, state in found if state in guests.THERE], now)
    return len(found)


def _call_off(tx: Tx, gathering: Gathering, now: datetime) -> int:
    """Who would come hears that it is off; nobody else is asked any more."""
    found = _some(tx, FEW, _v.gathering_id == gathering.id, _v.state.in_((*_CARE, guests.ASKED, guests.WAITING)))
    if not found:
        return _settle(tx, gathering.id, STOPPED, now)
    told.forget(tx, gathering.id, [who for who, _ in found], "stopped", now)
    _change(tx, gathering.id, [who for who, _ in found], now, state=guests.OFF, hold_until=None)
    if now < gathering.starts_at:
        put(tx, [told.news(gathering, who, "af") for who, state in found if state in _CARE], now)
    return len(found)


def readers(tx: Tx, config: Config, gathering: Gathering) -> set[int]:
    """Who reads what it was about, once it is written."""
    rows = tx.execute(select(_v.contact_id).where(_v.gathering_id == gathering.id, _v.state.in_(_MISS)))
    return consent.reachable(tx, config, gathering.school, rows.scalars())


def _tell(tx: Tx, config: Config, gathering: Gathering, now: datetime) -> int:
    """Who could not come reads what it was about."""
    found = _some(tx, SLICE, _v.gathering_id == gathering.id, _v.state.in_(_MISS), _v.told_at.is_(None))
    if not found:
        return _settle(tx, gathering.id, TOLD, now)
    people = [who for who, _ in found]
    _change(tx, gathering.id, people, None, told_at=now)
    reached = consent.reachable(tx, config, gathering.school, people)
    put(tx, [told.after(gathering, each, now) for each in people if each in reached], now)
    return len(found)


def _remind(tx: Tx, gathering: Gathering, number: int, since: datetime, now: datetime) -> int:
    """Who comes, and did not say so only just now."""
    heard = _v.changed_at < since - moments.ROOM
    those = _v.gathering_id == gathering.id, _v.state == guests.COMING, _v.reminded < number, heard
    found = [who for who, _ in _some(tx, SLICE, *those)]
    _change(tx, gathering.id, found, None, reminded=number)
    put(tx, [told.reminder(gathering, each, moments.NAMES[number]) for each in found], now)
    return len(found)


def _change(tx: Tx, gathering_id: int, who: Iterable[int], now: datetime | None, **values: object) -> None:
    """`now`: where it is she who changed, or what was asked of her."""
    changed = {**values, "changed_at": now} if now else values
    for some in slices(sorted(who)):
        its = _v.gathering_id == gathering_id, _v.contact_id.in_(some)
        tx.execute(update(t.visitor).where(*its).values(**changed))
