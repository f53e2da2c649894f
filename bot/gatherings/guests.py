"""Who was asked to come and what she said: places are given under a lock, so that never more come than fit in."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, update

from bot.gatherings.gatherings import Gathering
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

WAITING, LOST, ASKED, COMING, LISTED, OFFERED = "waiting", "lost", "asked", "coming", "list", "offered"
NO, AWAY, CAME, MISSED, OFF = "no", "away", "came", "missed", "off"
THERE = (COMING, OFFERED)  # who has a place
TAKEN, FULL, LESS, OVER = "klaar", "vol", "minder", "over"  # what became of her yes
MOST, MOST_CHILDREN = 4, 6  # people and children that one family may bring
UNASKED, NONE = "", "nee"  # of an interpreter
_v, _g = t.visitor.c, t.gathering.c


class Guest(NamedTuple):
    """One contact at one gathering. `children`: for whom there has to be childcare; `interpreter`: "" not asked, nee,
    or a language."""

    id: int
    gathering_id: int
    contact_id: int
    state: str
    people: int
    children: int
    interpreter: str
    changed_at: datetime
    listed_at: datetime | None
    hold_until: datetime | None
    useful: str


class Counted(NamedTuple):
    """What there is to reckon with. `interpreters`: language -> how many families."""

    families: int
    people: int
    children: int
    interpreters: Mapping[str, int]
    waiting: int
    away: int
    silent: int


COLUMNS = select(*_v[Guest._fields])


# --- looked up
def of(tx: Tx, gathering_id: int, contact_id: int) -> Guest | None:
    """What she said; None where nobody asked her."""
    row = tx.execute(COLUMNS.where(_v.gathering_id == gathering_id, _v.contact_id == contact_id)).first()
    return Guest._make(row) if row else None


def listed(tx: Tx, gathering_id: int, states: Collection[str] = ()) -> list[Guest]:
    """Everybody, or who is in one of these states, in the order in which they were asked."""
    here = COLUMNS.where(_v.gathering_id == gathering_id).order_by(_v.id)
    return [Guest._make(row) for row in tx.execute(here.where(_v.state.in_(states)) if states else here)]


def hers(tx: Tx, contact_id: int, now: datetime) -> list[Guest]:
    """Where she has a place, or waits for one; the next first."""
    coming = _v.contact_id == contact_id, _v.state.in_((*THERE, LISTED)), _g.starts_at > now, _g.settled_at.is_(None)
    rows = COLUMNS.join(t.gathering, _g.id == _v.gathering_id).where(*coming, _g.state != "stopped")
    return [Guest._make(row) for row in tx.execute(rows.order_by(_g.starts_at, _g.id))]


def free(tx: Tx, gathering: Gathering, but: int = 0) -> int | None:
    """How many places are left, without those of the contact `but`; None: there is room for all."""
    if gathering.places is None:
        return None
    taken = select(func.coalesce(func.sum(_v.people), 0))
    others = _v.gathering_id == gathering.id, _v.state.in_(THERE), _v.contact_id != but
    return max(0, gathering.places - int(tx.execute(taken.where(*others)).scalar_one()))


def counted(found: Iterable[Guest]) -> Counted:
    """What these come to."""
    every = [*found]
    there = [each for each in every if each.state in (*THERE, CAME, MISSED)]
    tongues = Counter(each.interpreter for each in there if each.interpreter not in (UNASKED, NONE))
    states = Counter(each.state for each in every)
    return Counted(
        len(there), sum(each.people for each in there), sum(each.children for each in there), tongues,
        states[LISTED], states[AWAY] + states[NO], states[ASKED] + states[WAITING],
    )  # fmt: skip


# --- said
def take(
    tx: Tx, gathering: Gathering, contact_id: int, now: datetime,
    *, people: int = 1, children: int = 0, interpreter: str = UNASKED,
) -> str:  # fmt: skip
    """She comes, with so many: TAKEN, or why not (LESS: some of them fit in). Whoever came already may bring others."""
    here = lock(tx, gathering.id)
    was = of(tx, gathering.id, contact_id)
    has_place = was is not None and was.state in THERE
    if here is None or here.state == "stopped" or now >= here.starts_at or not (here.takes(now) or has_place):
        return OVER
    left = free(tx, here, contact_id)
    if left is not None and left < people:
        return LESS if left else FULL
    values = {"people": people, "children": children, "interpreter": interpreter}
    _set(tx, here.id, contact_id, COMING, now, **values, listed_at=None, hold_until=None, moved=here.moved)
    return TAKEN


def enlist(
    tx: Tx, gathering: Gathering, contact_id: int, now: datetime,
    *, people: int = 1, children: int = 0, interpreter: str = UNASKED,
) -> str:  # fmt: skip
    """She waits for a place; whoever waits already keeps hers in the line. OVER where nobody waits any more."""
    here = lock(tx, gathering.id)
    if here is None or not here.takes(now):
        return OVER
    was = of(tx, here.id, contact_id)
    since = was.listed_at if was and was.state == LISTED and was.listed_at else now
    values = {"people": people, "children": children, "interpreter": interpreter}
    _set(tx, here.id, contact_id, LISTED, now, **values, listed_at=since, hold_until=None, moved=here.moved)
    return LISTED


def leave(tx: Tx, gathering: Gathering, contact_id: int, state: str, now: datetime) -> bool:
    """She does not come: NO, or AWAY where she wants to read what it was about. Whether a place came free."""
    here = lock(tx, gathering.id)
    was = of(tx, gathering.id, contact_id)
    if here is None or (was and was.state in (CAME, MISSED, OFF)):
        return False
    _set(tx, here.id, contact_id, state, now, listed_at=None, hold_until=None)
    return was is not None and was.state in THERE


def arrive(tx: Tx, gathering_id: int, contact_id: int, now: datetime) -> None:
    """A family that nobody asked: she sent the code of a poster."""
    tx.execute(insert_new(tx, t.visitor), _row(gathering_id, contact_id, ASKED, now))


def tick(
    tx: Tx, gathering_id: int, came: Collection[int], now: datetime, shown: Collection[int] | None = None
) -> None:  # fmt: skip
    """Who was there, by contact; the others who had a place were missed, and nobody blames them. `shown`: about whom
    something is said, where that is not everybody."""
    had = _v.gathering_id == gathering_id, _v.state.in_((*THERE, CAME, MISSED))
    ids = set(tx.execute(select(_v.contact_id).where(*had)).scalars())
    ids = ids if shown is None else ids & {*shown}
    for state, some in ((CAME, ids & {*came}), (MISSED, ids - {*came})):
        changed = update(t.visitor).where(*had, _v.contact_id.in_(sorted(some)), _v.state != state)
        tx.execute(changed.values(state=state, changed_at=now))


def answer(tx: Tx, gathering_id: int, contact_id: int, useful: str) -> None:
    """Whether what she read was of use."""
    tx.execute(
        update(t.visitor).where(_v.gathering_id == gathering_id, _v.contact_id == contact_id).values(useful=useful)
    )


# --- kept
def lock(tx: Tx, gathering_id: int) -> Gathering | None:
    """As it is now; until this transaction ends nobody else gives or takes a place."""
    row = tx.execute(select(*_g[Gathering._fields]).where(_g.id == gathering_id).with_for_update()).first()
    return Gathering._make(row) if row else None


def _set(tx: Tx, gathering_id: int, contact_id: int, state: str, now: datetime, **values: Any) -> None:
    tx.execute(insert_new(tx, t.visitor), _row(gathering_id, contact_id, ASKED, now))
    its = _v.gathering_id == gathering_id, _v.contact_id == contact_id
    tx.execute(update(t.visitor).where(*its).values(state=state, changed_at=now, **values))


def _row(gathering_id: int, contact_id: int, state: str, now: datetime) -> dict[str, Any]:
    return {"gathering_id": gathering_id, "contact_id": contact_id, "state": state, "changed_at": now}


def rows(gathering_id: int, contact_ids: Sequence[int], now: datetime) -> list[dict[str, Any]]:
    """Rows of who is still to be asked."""
    return [_row(gathering_id, each, WAITING, now) for each in contact_ids]
