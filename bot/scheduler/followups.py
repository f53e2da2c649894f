"""Our own rows hold the truth about time: what is due becomes an event in the inbox, exactly once."""

import json
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select, update

from bot import hours
from bot.conversation.events import Weekly
from bot.conversation.flow import Flow
from bot.inbox.put import Note, put
from bot.scheduler.almanac import Almanac
from bot.store.database import Tx
from bot.store.tables import followup, run
from bot.store.upsert import upsert

_YEAR_ENDS = (7, 31)


class PlanRow(NamedTuple):
    """A parent's own weekly plan, ready to be saved. Asking again replaces the plan of the same `scope`."""

    contact_id: int
    school: str | None
    scope: str
    flow: str
    say: str
    fields: str
    cls: str
    purpose: str
    zone: str
    rule: dict[str, str]
    due_at: datetime
    expires_at: datetime


def plan_row(
    contact_id: int, school: str | None, flow: Flow, weekly: Weekly, zone: tzinfo | None, now: datetime
) -> PlanRow:
    """The plan that a flow's `remind` asks for: its next moment in UTC, until the school year ends."""
    assert isinstance(zone, ZoneInfo)
    wall = time.fromisoformat(weekly.time)
    fields = json.dumps({name: list(value) for name, value in weekly.fields.items()})
    return PlanRow(
        contact_id, school, f"plan:{weekly.remind.id}", flow.name, weekly.remind.say, fields, flow.cls, flow.purpose,
        zone.key,
        {"weekday": weekly.weekday, "time": weekly.time}, hours.next_weekly(now, weekly.weekday, wall, zone),
        year_end(now, zone),
    )  # fmt: skip


def year_end(now: datetime, zone: ZoneInfo) -> datetime:
    """The end of the school year that `now` is in: 31 July at midnight, local."""
    today = now.astimezone(zone).date()
    last = date(today.year, *_YEAR_ENDS)
    last = last if today <= last else last.replace(year=today.year + 1)
    return hours.at(last + timedelta(days=1), time(0), zone)


def save(tx: Tx, plans: list[PlanRow]) -> None:
    """Save plans; one of the same contact and scope is replaced and begins anew."""
    upsert(
        tx,
        followup,
        [
            {
                **plan._asdict(),
                "fields": tx.seal("followup.fields", plan.fields),
                "kind": "plan",
                "state": "waiting",
                "count": 0,
            }
            for plan in sorted(plans, key=lambda plan: (plan.contact_id, plan.scope))
        ],
        key=["contact_id", "scope"],
    )


def collect(tx: Tx, almanac: Almanac, now: datetime, *, most: int = 500) -> int:
    """Turn what is due into events of the inbox; returns how many. Several processes side by side do each once."""
    return _timers(tx, now, most) + _plans(tx, now, most)


def _timers(tx: Tx, now: datetime, most: int) -> int:
    due = select(run.c.id, run.c.contact_id, run.c.rev).where(run.c.due_at <= now).order_by(run.c.due_at).limit(most)
    rows = tx.execute(due.with_for_update(skip_locked=True)).all()
    if rows:
        notes = [
            Note(row.contact_id, "silent", f"silent:{row.id}:{row.rev}", {"run": row.id, "rev": row.rev})
            for row in rows
        ]
        put(tx, notes, now)
        tx.execute(update(run).where(run.c.id.in_([row.id for row in rows])).values(due_at=None))
    return len(rows)


_NEXT = (
    update(followup)
    .where(followup.c.id == bindparam("it"))
    .values(
        due_at=bindparam("new_due_at"), state=bindparam("new_state"), count=followup.c.count + 1, rev=followup.c.rev + 1
    )
)


def _plans(tx: Tx, now: datetime, most: int) -> int:
    due = (
        select(followup)
        .where(followup.c.state == "waiting", followup.c.due_at <= now)
        .order_by(followup.c.due_at)
        .limit(most)
    )
    rows = tx.execute(due.with_for_update(skip_locked=True)).all()
    if rows:
        put(tx, [_note(tx, row) for row in rows], now)
        tx.execute(_NEXT, [_next(row, now) for row in rows])
    return len(rows)


def _note(tx: Tx, row: Any) -> Note:
    payload = {
        "say": row.say, "fields": json.loads(tx.open("followup.fields", row.fields)), "cls": row.cls,
        "purpose": row.purpose,
        "school": row.school, "due_at": row.due_at.isoformat(),
    }  # fmt: skip
    return Note(row.contact_id, "plan", f"plan:{row.id}:{row.rev}", payload)


def _next(row: Any, now: datetime) -> dict[str, Any]:
    """The next week that is still to come; what was missed in between is not made up for."""
    later = hours.next_weekly(
        max(row.due_at, now), row.rule["weekday"], time.fromisoformat(row.rule["time"]), ZoneInfo(row.zone)
    )
    return {"it": row.id, "new_due_at": later, "new_state": "waiting" if later < row.expires_at else "done"}


def pass_over(tx: Tx, now: datetime) -> tuple[int, int]:
    """What fell due while nobody knows whether it was said is not said: timers wait for the end of their run, plans
    for their next week. Returns how many timers and plans; runs whose end has come are over."""
    overdue = (run.c.state != "ended") & (run.c.due_at.is_(None) | (run.c.due_at <= now))
    over = update(run).where(run.c.state != "ended", run.c.expires_at <= now)
    tx.execute(over.values(state="ended", result="expired", due_at=None, changed_at=now, rev=run.c.rev + 1))
    timers = tx.execute(update(run).where(overdue).values(due_at=run.c.expires_at, rev=run.c.rev + 1)).rowcount
    rows = tx.execute(select(followup).where(followup.c.state == "waiting", followup.c.due_at <= now)).all()
    if rows:
        tx.execute(_NEXT, [_next(row, now) for row in rows])
    return timers, len(rows)


def next_due(tx: Tx) -> datetime | None:
    """The next moment at which a timer or a plan is due."""
    moments = [
        tx.execute(select(func.min(run.c.due_at)).where(run.c.due_at.is_not(None))).scalar(),
        tx.execute(select(func.min(followup.c.due_at)).where(followup.c.state == "waiting")).scalar(),
    ]
    return min((moment for moment in moments if moment), default=None)
