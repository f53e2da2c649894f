"""Rounds of talks: looked up, made once of a plan, changed while they go, closed and stopped."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, delete, func, or_, select, update

from bot import schooldays
from bot.booking import cells, teaching
from bot.booking.faults import faults
from bot.booking.plan import Facts, Plan, Problem
from bot.booking.slots import Hours
from bot.config import Config
from bot.errors import BotError, Taken
from bot.people import staff
from bot.people.addresses import school_year
from bot.scheduler.almanac import Almanac
from bot.schooldays import Regional
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

DRAFT, PLANNED, OPEN, CLOSED, STOPPED = ("draft", "planned", "open", "closed", "stopped")
EXTRA = "extra"  # the kind of a round of one talk that somebody asked for
_LATE = ("name", "closes_at", "prepares")  # what may change while parents book
_SOON = (*_LATE, "early_at", "opens_at", "minutes", "pause", "per")  # and what may before that
_r, _h = t.talk_round.c, t.talk_hours.c


class Round(NamedTuple):
    """Talks that are planned together."""

    id: int
    school: str
    kind: str  # start rapport anders extra
    name: str
    state: str  # draft planned open closed stopped
    per: str  # child household
    minutes: int
    pause: int
    early_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    prepares: bool
    staff_id: int | None
    made_at: datetime
    settled_at: datetime | None = None

    def takes(self, now: datetime) -> bool:
        """Whether parents may book in it themselves."""
        return self.state == OPEN and now < self.closes_at


COLUMNS = select(*_r[Round._fields])
_ONE = COLUMNS.where(_r.id == bindparam("number"))
_HOURS = select(t.talk_hours).where(_h.round_id == bindparam("number")).order_by(_h.day, _h.from_at, _h.staff_id)


# --- looked up
def get(tx: Tx, round_id: int) -> Round | None:
    """This round; None where there is none."""
    row = tx.once(("round", round_id), [t.talk_round], lambda: tx.execute(_ONE, {"number": round_id}).first())
    return Round._make(row) if row else None


def known(tx: Tx, round_id: int, school: str) -> Round:
    """This round of this school. Raises BotError where there is none."""
    found = get(tx, round_id)
    if found is None or found.school != school:
        raise BotError(f"there is no round {round_id} here; see: ouderbrug talks list")
    return found


def listed(tx: Tx, school: str) -> list[Round]:
    """The rounds of a school, the newest first; without the extra talks."""
    return [each for each in every(tx, school) if each.kind != EXTRA]


def every(tx: Tx, school: str) -> list[Round]:
    """The rounds of a school and its extra talks, the newest first."""
    here = COLUMNS.where(_r.school == school).order_by(_r.id.desc())
    return [*tx.once(("rounds", school), [t.talk_round], lambda: [Round._make(row) for row in tx.execute(here)])]


def groups(tx: Tx, round_id: int) -> dict[int, str]:
    """The groups of a round, each with its name."""
    of, g = t.round_group.c, t.group.c
    rows = select(g.id, g.name).join(t.round_group, of.group_id == g.id).where(of.round_id == round_id)
    return {row.id: row.name for row in tx.execute(rows.order_by(g.name))}


def hours_of(tx: Tx, round_id: int) -> list[Hours]:
    """When colleagues have time in a round."""
    look = ("hours", round_id), [t.talk_hours]
    return [*tx.once(*look, lambda: [_hours(row) for row in tx.execute(_HOURS, {"number": round_id})])]


def facts(tx: Tx, config: Config, school: str, now: datetime, *, but: str = "") -> Facts:
    """What a school has that a round needs, without what the round of the key `but` has of it already."""
    zone = config.zone(school)
    today = now.astimezone(zone).date()
    g = t.group.c
    here = select(g.id, g.name).where(g.school == school, g.year == school_year(today)).order_by(g.name)
    named = {row.id: row.name for row in tx.execute(here)}
    people = staff.colleagues(tx, school)
    going = _r.school == school, _r.state.in_((PLANNED, OPEN)), _r.key != but, _r.kind != EXTRA
    return Facts(
        zone,
        Almanac(config, _regional(config.flows)).of(tx, school),
        named,
        {each.id: each.name for each in people},
        {each.key: each.id for each in people},
        teaching.teachers(tx, named),
        _children(tx, named, now),
        _elsewhere(tx, school, today, but),
        {row.name: row.id for row in tx.execute(select(_r.id, _r.name).where(*going))},
    )


def _children(tx: Tx, group_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """How many children of each group have a parent who may hear of them."""
    m, g, c = t.membership.c, t.guardian.c, t.child.c
    rows = (
        select(m.group_id, func.count(m.child_id.distinct()).label("many"))
        .join(t.child, c.id == m.child_id)
        .join(t.guardian, g.child_id == m.child_id)
        .where(m.group_id.in_([*group_ids]), g.barred_at.is_(None), or_(c.left_at.is_(None), c.left_at > now))
        .group_by(m.group_id)
    )
    return {row.group_id: row.many for row in tx.execute(rows)}


def _elsewhere(tx: Tx, school: str, today: date, but: str) -> list[tuple[Hours, str]]:
    rows = select(t.talk_hours, _r.name).join(t.talk_round, _r.id == _h.round_id)
    there = rows.where(_r.school == school, _r.kind != EXTRA, _r.key != but, _h.day >= today.isoformat())
    return [(_hours(row), row.name) for row in tx.execute(there)]


def _hours(row: Row[Any]) -> Hours:
    start, until = time.fromisoformat(row.from_at), time.fromisoformat(row.until_at)
    return Hours(row.staff_id, date.fromisoformat(row.day), start, until, row.mode, row.place, row.id)


@lru_cache(maxsize=4)
def _regional(flows: Path) -> Regional:
    return schooldays.load(flows / "holidays.toml")


# --- made
def problems(tx: Tx, config: Config, plan: Plan, now: datetime) -> list[Problem]:
    """What is wrong with it, what only warns last; see FAULTS in plan.py."""
    return faults(plan, facts(tx, config, plan.school, now, but=plan.once), now)


def same(tx: Tx, plan: Plan) -> int | None:
    """The round that was made of this plan before."""
    found: int | None = tx.execute(select(_r.id).where(_r.school == plan.school, _r.key == plan.once)).scalar()
    return found


def make(tx: Tx, config: Config, plan: Plan, staff_id: int | None, now: datetime) -> int:
    """Plan the round; the same plan again gives the same number. Raises BotError where it cannot be, Taken where a
    colleague's hours were given to another round meanwhile."""
    if there := same(tx, plan):
        return there
    wrong = [each.code for each in problems(tx, config, plan, now) if not each.warns]
    if wrong:
        raise BotError(f"this round cannot be opened: {', '.join(wrong)}")
    return lay(tx, plan, staff_id, now)


def lay(tx: Tx, plan: Plan, staff_id: int | None, now: datetime, *, kind: str = "", state: str = PLANNED) -> int:
    """Write the round down, once for its key."""
    row = {name: getattr(plan, name) for name in ("school", "name", "per", "minutes", "pause", "early_at", "opens_at")}
    row |= {"closes_at": plan.closes_at, "prepares": plan.prepares, "kind": kind or plan.kind, "state": state}
    row |= {"staff_id": staff_id, "key": plan.once, "made_at": now}
    number: int | None = tx.execute(insert_new(tx, t.talk_round).returning(_r.id), row).scalar()
    if number is None:
        return same(tx, plan) or 0  # another was first, and waits no more
    if plan.groups:
        tx.execute(t.round_group.insert(), [{"round_id": number, "group_id": each} for each in plan.groups])
    add_hours(tx, number, plan.hours, plan.links, now)
    return number


def add_hours(tx: Tx, round_id: int, hours: Sequence[Hours], links: Mapping[int, str], now: datetime) -> None:
    """Colleagues have time then too, and who waits for one of them is looked at. Raises Taken where one of them has
    given those hours already."""
    before = tx.execute(select(func.count()).where(_h.round_id == round_id)).scalar_one()
    rows = [_row(tx, round_id, each, links.get(each.staff_id, "")) for each in hours]
    if rows:
        _step_aside(tx, {(row["staff_id"], row["day"], row["from_at"]) for row in rows})
        tx.execute(insert_new(tx, t.talk_hours), rows)
    if tx.execute(select(func.count()).where(_h.round_id == round_id)).scalar_one() != before + len(rows):
        raise Taken("some of these hours were given to another round just now")
    teaching.assign(tx, round_id)
    for staff_id in sorted({each.staff_id for each in hours}):
        cells.call_up(tx, round_id, staff_id, now)


def _step_aside(tx: Tx, starts: Collection[tuple[int, str, str]]) -> None:
    """Hours for one extra talk that begin at these moments begin a talk later; nobody gives the same time twice."""
    rows = select(*_h["id", "staff_id", "day", "from_at", "until_at"], _r.minutes).join(t.talk_round)
    named = rows.where(_r.kind == EXTRA, _h.staff_id.in_({start[0] for start in starts}))
    for row in tx.execute(named.where(_h.day.in_({start[1] for start in starts}))).all():
        if (row.staff_id, row.day, row.from_at) in starts:
            later = datetime.combine(date.min, time.fromisoformat(row.from_at)) + timedelta(minutes=row.minutes)
            mine = _h.id == row.id
            if f"{later:%H:%M}" < row.until_at:
                tx.execute(update(t.talk_hours).where(mine).values(from_at=f"{later:%H:%M}"))
            else:
                tx.execute(delete(t.talk_hours).where(mine))


def _row(tx: Tx, round_id: int, each: Hours, link: str) -> dict[str, Any]:
    return {
        "round_id": round_id, "staff_id": each.staff_id, "day": each.day.isoformat(),
        "from_at": f"{each.start:%H:%M}", "until_at": f"{each.until:%H:%M}", "mode": each.mode,
        "place": " ".join(each.place.split()), "link": tx.seal("talk_hours.link", link) if link else None,
    }  # fmt: skip


# --- changed; each compares the state and sets it, so that of two who are at it one wins
def change(tx: Tx, round_id: int, now: datetime, **values: Any) -> bool:
    """Before it opens anything may change, while it is open its name and when it closes. A closed one whose closing
    moment is put off takes bookings again. False where that cannot be."""
    found = get(tx, round_id)
    may = {PLANNED: _SOON, OPEN: _LATE, CLOSED: _LATE}.get(found.state, ()) if found else ()
    if found is None or not set(values) <= set(may):
        return False
    new = found._replace(**values)
    if new.closes_at <= max(new.opens_at, now) or (new.early_at and new.early_at > new.opens_at):
        return False
    if found.state == CLOSED:
        values |= {"state": OPEN, "settled_at": None}
    return _settle(tx, round_id, (found.state,), **values)


def close(tx: Tx, round_id: int, now: datetime) -> bool:
    """Parents book no more; talks that are agreed stand. What is kept for somebody is let go at the next tick."""
    done = _settle(tx, round_id, (PLANNED, OPEN), state=CLOSED, settled_at=now)
    if done:
        _let_go(tx, round_id, now)
    return done


def stop(tx: Tx, round_id: int, now: datetime) -> bool:
    """All of it is off: nobody is asked any more, and the tick calls off the talks that are still to come."""
    done = _settle(tx, round_id, (DRAFT, PLANNED, OPEN, CLOSED), state=STOPPED, settled_at=now)
    if done:
        _let_go(tx, round_id, now)
        tx.execute(delete(t.talk_hours).where(_h.round_id == round_id))
        invited, o = select(t.invitee.c.contact_id).where(t.invitee.c.round_id == round_id), t.outbox.c
        waits = o.contact_id.in_(invited), o.status == "queued", o.scope.startswith(f"round:{round_id}:")
        gone = {"status": "cancelled", "reason": "stopped", "settled_at": now, "lane": "", "lane_at": None}
        tx.execute(update(t.outbox).where(*waits).values(gone))
    return done


def _settle(tx: Tx, round_id: int, before: Sequence[str], **values: Any) -> bool:
    still = _r.id == round_id, _r.state.in_(before)
    return bool(tx.execute(update(t.talk_round).where(*still).values(values)).rowcount)


def _let_go(tx: Tx, round_id: int, now: datetime) -> None:
    a = t.appointment.c
    kept = a.round_id == round_id, a.state == "offered"
    tx.execute(update(t.appointment).where(*kept).values(hold_until=now))
