"""What is done once per local date, whatever the clock does: at 3:30, an hour that both clock changes leave alone."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot import hours
from bot.store.database import Tx
from bot.store.tables import daily

AT = time(3, 30)
_KEPT = timedelta(days=30)  # a clock that was set back does not do it all again
_DONE = select(daily.c.job, daily.c.day).where(  # made once: to put it together costs more than to run it
    daily.c.job.in_(bindparam("jobs", expanding=True)), daily.c.day.in_(bindparam("days", expanding=True))
)


def once(tx: Tx, job: str, day: date, now: datetime) -> bool:
    """Whether this transaction does the job of this day; of several processes one is told yes."""
    insert = postgresql.insert if tx.postgres else sqlite.insert
    row = insert(daily).values(job=job, day=day.isoformat(), done_at=now)
    if tx.execute(row.on_conflict_do_nothing().returning(daily.c.job)).first() is None:
        return False
    tx.execute(delete(daily).where(daily.c.job == job, daily.c.day < (day - _KEPT).isoformat()))
    return True


def due(tx: Tx, jobs: Mapping[str, ZoneInfo], now: datetime) -> dict[str, date]:
    """Which of these jobs wait to be done, and for which day: today's, once its hour has come. One statement."""
    today = {job: now.astimezone(zone).date() for job, zone in jobs.items()}
    ready = {job: day for job, day in today.items() if hours.at(day, AT, jobs[job]) <= now}
    done = _done(tx, ready)
    return {job: day for job, day in ready.items() if (job, day.isoformat()) not in done}


def next_due(tx: Tx, jobs: Mapping[str, ZoneInfo], now: datetime) -> datetime | None:
    """When the next of these jobs is due; None where there are none."""
    today = {job: now.astimezone(zone).date() for job, zone in jobs.items()}
    done = _done(tx, today)
    moments = [
        hours.at(day + timedelta(days=(job, day.isoformat()) in done), AT, jobs[job]) for job, day in today.items()
    ]
    return min(moments, default=None)


def _done(tx: Tx, days: Mapping[str, date]) -> set[tuple[str, str]]:
    if not days:
        return set()
    given = {"jobs": sorted(days), "days": sorted({day.isoformat() for day in days.values()})}
    return {(row.job, row.day) for row in tx.execute(_DONE, given)}
