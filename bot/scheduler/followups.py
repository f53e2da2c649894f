"""Our own rows hold the truth about time: what is due becomes an event in the inbox, exactly once."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, bindparam, func, literal_column, select, update

from bot.inbox.put import Note, put
from bot.scheduler import judging
from bot.scheduler.almanac import Almanac
from bot.scheduler.judging import Judge, Verdict
from bot.store.database import Tx
from bot.store.tables import followup, run

SLICE = 100  # rows of one write: also on a slow disk nobody waits long for the writer
# This word stands in the statements themselves, or neither database would use the index that is made for it.
_WAITS = followup.c.state == literal_column("'waiting'")
_DUE_RUNS = (
    select(run.c.id, run.c.contact_id, run.c.rev)
    .where(run.c.due_at <= bindparam("now"))
    .order_by(run.c.due_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
DUE = (
    select(followup)
    .where(_WAITS, followup.c.due_at <= bindparam("now"))
    .order_by(followup.c.due_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
NEXT = select(func.min(followup.c.due_at)).where(_WAITS)
_SET = ("state", "due_at", "count", "rule", "reason")
_CHANGED = (
    update(followup)
    .where(followup.c.id == bindparam("it"))
    .values(rev=followup.c.rev + 1, **{name: bindparam(f"new_{name}") for name in _SET})
)


def collect(tx: Tx, almanac: Almanac, now: datetime, *, most: int = SLICE) -> int:
    """Turn what is due into events of the inbox; returns how many rows were looked at.

    Several processes side by side do each once: a row is locked while its note is laid in, in one transaction.
    """
    return _timers(tx, now, most) + _followups(tx, almanac, now, most)


def _timers(tx: Tx, now: datetime, most: int) -> int:
    rows = tx.execute(_DUE_RUNS, {"now": now, "most": most}).all()
    if rows:
        notes = [
            Note(row.contact_id, "silent", f"silent:{row.id}:{row.rev}", {"run": row.id, "rev": row.rev})
            for row in rows
        ]
        put(tx, notes, now)
        tx.execute(update(run).where(run.c.id.in_([row.id for row in rows])).values(due_at=None))
    return len(rows)


def _followups(tx: Tx, almanac: Almanac, now: datetime, most: int) -> int:
    rows = tx.execute(DUE, {"now": now, "most": most}).all()
    if rows:
        judge = Judge(tx, almanac, rows, now)
        verdicts = [(row, judge.judge(row)) for row in rows]
        put(tx, [_note(tx, row, verdict.note, judge.until(row)) for row, verdict in verdicts if verdict.note], now)
        tx.execute(_CHANGED, [_changed(row, verdict) for row, verdict in verdicts])
    return len(rows)


def _note(tx: Tx, row: Row[Any], kind: str, until: datetime) -> Note:
    """What the desk reads. It compares `rev`: of a row that has changed since, nothing is said."""
    payload = {
        "followup": row.id, "rev": row.rev, "kind": row.kind, "scope": row.scope, "flow": row.flow, "say": row.say,
        "fields": json.loads(tx.open("followup.fields", row.fields)), "cls": row.cls, "purpose": row.purpose,
        "school": row.school, "child": row.child_id,
        "due_at": row.due_at.isoformat(), "until": until.isoformat(),
    }  # fmt: skip
    return Note(row.contact_id, kind, f"{row.kind}:{row.id}:{row.rev}", payload)


def _changed(row: Row[Any], verdict: Verdict) -> dict[str, Any]:
    return {
        "it": row.id, "new_state": verdict.state, "new_due_at": verdict.due_at, "new_count": verdict.said,
        "new_rule": verdict.rule, "new_reason": verdict.reason,
    }  # fmt: skip


def put_off(tx: Tx, followup_id: int, until: datetime, reason: str) -> None:
    """What has come to the desk may not begin now: it waits again."""
    again = {"state": "waiting", "due_at": until, "reason": reason, "count": followup.c["count"] - 1}
    tx.execute(update(followup).where(followup.c.id == followup_id).values(rev=followup.c.rev + 1, **again))


def revs(tx: Tx, followup_ids: list[int]) -> dict[int, int]:
    """The revision of each of these rows as it is now."""
    rows = tx.execute(select(followup.c.id, followup.c.rev).where(followup.c.id.in_(followup_ids)))
    return {row.id: row.rev for row in rows}


# --- after a restore
def pass_over(tx: Tx, now: datetime) -> tuple[int, int]:
    """What fell due while nobody knows whether it was said is not said: timers wait for the end of their run, plans
    for their next week, and what comes only once is dropped. Returns how many timers and other rows; runs whose end
    has come are over."""
    overdue = (run.c.state != "ended") & (run.c.due_at.is_(None) | (run.c.due_at <= now))
    over = update(run).where(run.c.state != "ended", run.c.expires_at <= now)
    tx.execute(over.values(state="ended", result="expired", due_at=None, changed_at=now, rev=run.c.rev + 1))
    timers = tx.execute(update(run).where(overdue).values(due_at=run.c.expires_at, rev=run.c.rev + 1)).rowcount
    rows = tx.execute(select(followup).where(_WAITS, followup.c.due_at <= now)).all()
    if rows:
        tx.execute(_CHANGED, [_changed(row, judging.pass_over(row, "restored", now)) for row in rows])
    return timers, len(rows)


def next_due(tx: Tx) -> datetime | None:
    """The next moment at which a timer or a plan is due."""
    moments = [
        tx.execute(select(func.min(run.c.due_at)).where(run.c.due_at.is_not(None))).scalar(),
        tx.execute(NEXT).scalar(),
    ]
    return min((moment for moment in moments if moment), default=None)
