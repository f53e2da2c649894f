"""Evenings, open days and coffee mornings: looked up, made once of a plan, moved, closed and stopped."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from bot.config import Config
from bot.errors import BotError, Taken
from bot.gatherings.plan import FAULTS, SUMMARY, Plan, Problem, faults, of_moment
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

PLANNED, OPEN, CLOSED, TOLD, STOPPED = "planned", "open", "closed", "told", "stopped"
GOING = (PLANNED, OPEN, CLOSED)
_g = t.gathering.c


class Gathering(NamedTuple):
    """Something to come to."""

    id: int
    school: str
    kind: str  # thema open_dag koffie anders
    theme: str
    name: str
    place: str
    starts_at: datetime
    minutes: int
    places: int | None
    childcare: bool
    interpreters: bool
    state: str  # planned open closed told stopped
    invites_at: datetime
    closes_at: datetime
    moved: int
    staff_id: int | None
    made_at: datetime
    looked_at: datetime | None
    settled_at: datetime | None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    def takes(self, now: datetime) -> bool:
        """Whether somebody may still say that she comes."""
        return self.state == OPEN and now < self.closes_at

    def is_coming(self, now: datetime) -> bool:
        """Whether it is still to be, so that one may say that one cannot come after all."""
        return self.state in GOING and now < self.starts_at


class Said(NamedTuple):
    """What somebody at school wrote about it, in Dutch; "" for nothing."""

    words: str
    summary: str
    reason: str


COLUMNS = select(*_g[Gathering._fields])
_ONE = COLUMNS.where(_g.id == bindparam("number"))


# --- looked up
def get(tx: Tx, gathering_id: int) -> Gathering | None:
    """This gathering; None where there is none."""
    look = ("gathering", gathering_id), [t.gathering]
    row = tx.once(*look, lambda: tx.execute(_ONE, {"number": gathering_id}).first())
    return Gathering._make(row) if row else None


def known(tx: Tx, gathering_id: int, school: str) -> Gathering:
    """This gathering of this school. Raises BotError where there is none."""
    found = get(tx, gathering_id)
    if found is None or found.school != school:
        raise BotError(f"there is no evening {gathering_id} here; see: ouderbrug evening list")
    return found


def listed(tx: Tx, school: str) -> list[Gathering]:
    """Those of a school, what comes last first."""
    here = COLUMNS.where(_g.school == school).order_by(_g.starts_at.desc(), _g.id.desc())
    return [Gathering._make(row) for row in tx.execute(here)]


def groups(tx: Tx, gathering_id: int) -> dict[int, str]:
    """For which groups it is, each with its name; none: for the whole school."""
    of, g = t.gathering_group.c, t.group.c
    rows = select(g.id, g.name).join(t.gathering_group, of.group_id == g.id).where(of.gathering_id == gathering_id)
    return {row.id: row.name for row in tx.execute(rows.order_by(g.name))}


def said(tx: Tx, gathering_id: int) -> Said:
    """What the school wrote about it."""
    row = tx.execute(select(_g.words, _g.summary, _g.reason).where(_g.id == gathering_id)).one()
    return Said(
        *(tx.open(f"gathering.{name}", row._mapping[name]) if row._mapping[name] else "" for name in Said._fields)
    )


def groups_of(tx: Tx, config: Config, school: str, now: datetime) -> dict[int, str]:
    """The groups of a school in the school year that runs."""
    year, g = school_year(now.astimezone(config.zone(school)).date()), t.group.c
    here = select(g.id, g.name).where(g.school == school, g.year == year).order_by(g.name)
    return {row.id: row.name for row in tx.execute(here)}


# --- made
def problems(tx: Tx, config: Config, plan: Plan, now: datetime) -> list[Problem]:
    """What is wrong with it; see FAULTS in plan.py."""
    return faults(plan, [*groups_of(tx, config, plan.school, now)], config.zone(plan.school), now)


def same(tx: Tx, school: str, key: str) -> int | None:
    """The gathering that was made of this form before."""
    found: int | None = tx.execute(select(_g.id).where(_g.school == school, _g.key == key)).scalar()
    return found


def make(tx: Tx, config: Config, plan: Plan, staff_id: int | None, now: datetime) -> int:
    """Plan it; the same plan again gives the same number. Raises BotError that says what is wrong."""
    if there := same(tx, plan.school, plan.key):
        return there
    if wrong := problems(tx, config, plan, now):
        raise BotError("; ".join(FAULTS[each.code] for each in wrong))
    row = {
        **plan._asdict(), "state": PLANNED, "staff_id": staff_id, "made_at": now,
        "words": tx.seal("gathering.words", plan.words) if plan.words else None,
    }  # fmt: skip
    of_groups = row.pop("groups")
    number = tx.execute(insert_new(tx, t.gathering).returning(_g.id), row).scalar()
    if number is None:  # another process was first
        number = same(tx, plan.school, plan.key)
        assert number
        return number
    if of_groups:
        tx.execute(t.gathering_group.insert(), [{"gathering_id": number, "group_id": each} for each in of_groups])
    return int(number)


# --- changed; of two people at once one is first
def close(tx: Tx, gathering_id: int, now: datetime) -> bool:
    """Nobody signs up any more; who comes, comes. False where it was not open."""
    return _turn(tx, gathering_id, (PLANNED, OPEN), state=CLOSED)


def stop(tx: Tx, gathering_id: int, reason: str, now: datetime) -> bool:
    """It is off; who would come hears so, and why. False where it is over or was stopped before."""
    sealed = tx.seal("gathering.reason", reason)
    before = _g.starts_at > now
    return _turn(tx, gathering_id, GOING, before, state=STOPPED, reason=sealed, settled_at=None)


def move(
    tx: Tx, config: Config, gathering_id: int, starts_at: datetime, place: str, reason: str, now: datetime
) -> None:
    """Another moment or another place; who would come hears so, and why. Raises BotError where that cannot be."""
    old = get(tx, gathering_id)
    if old is None:
        raise BotError(f"there is no evening {gathering_id}")
    if code := of_moment(starts_at, config.zone(old.school), now):
        raise BotError(FAULTS[code])
    if not old.is_coming(now):
        raise Taken("it is over, or it was stopped")
    later = starts_at - old.starts_at
    closes_at = max(old.closes_at + later, min(now, starts_at))
    values = {
        "starts_at": starts_at, "closes_at": closes_at, "place": place, "moved": old.moved + 1,
        "reason": tx.seal("gathering.reason", reason),
        "state": OPEN if old.state == CLOSED and closes_at > now else old.state,
    }  # fmt: skip
    if not _turn(tx, gathering_id, (old.state,), _g.moved == old.moved, **values):
        raise Taken("that was changed by somebody else just now")
    ends_at = starts_at + timedelta(minutes=old.minutes)  # what hangs on a wall works as long
    tx.execute(update(t.poster).where(t.poster.c.gathering_id == gathering_id).values(ends_at=ends_at))


def tell(tx: Tx, gathering_id: int, summary: str, now: datetime) -> bool:
    """It is over: who could not come reads what it was about, once. False where it is not over, or was told before."""
    if not 0 < len(summary) <= SUMMARY:
        raise BotError(f"a summary has 1 to {SUMMARY} signs")
    sealed, over = tx.seal("gathering.summary", summary), _g.starts_at <= now
    return _turn(tx, gathering_id, (OPEN, CLOSED), over, state=TOLD, summary=sealed)


def _turn(tx: Tx, gathering_id: int, before: Sequence[str], *still: object, **values: object) -> bool:
    there = _g.id == gathering_id, _g.state.in_(before), *still
    return bool(tx.execute(update(t.gathering).where(*there).values(**values)).rowcount)  # type: ignore[arg-type]
