"""A colleague's talks of a day, told to her own phone when her office hours begin: once, where she has linked one."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Row, exists, literal_column, select

from bot import hours
from bot.config import Config
from bot.errors import place
from bot.model import WEEKDAYS, Value
from bot.people import staff
from bot.people.staff import StaffRow
from bot.scheduler import afterwards, daily
from bot.scheduler.afterwards import Moment
from bot.store.database import Database, Tx
from bot.store.tables import appointment

log = structlog.get_logger()
FLOW, WHOSE = "dag_gesprekken", "collega"
_DAY = timedelta(days=1)
_a = appointment.c
_AGREED = select(exists().where(_a.state == literal_column("'planned'")))


def jobs(config: Config) -> dict[str, ZoneInfo]:
    """The daily job of every school, with the zone of its date."""
    return {f"talks:{key}": school.zone for key, school in config.schools.items()}


def next_due(tx: Tx, config: Config, now: datetime) -> datetime | None:
    """When it is looked up again; None where nothing is agreed at any school."""
    return daily.next_due(tx, jobs(config), now) if _any(tx) else None


async def begin_due(database: Database, config: Config, now: datetime) -> None:
    """Once per local date and school: whoever has talks that day is told. Two processes at once change nothing."""
    for job, day in (await database.fetch(lambda tx: daily.due(tx, jobs(config), now) if _any(tx) else {})).items():
        try:
            found = await database.fetch(partial(_found, config=config, school=job.partition(":")[2], day=day, now=now))
            await database.write(partial(_lay, job=job, day=day, found=found, zone=jobs(config)[job], now=now))
        except Exception as error:  # a loop: noted, and the other schools do not wait for this one
            log.error("mornings_failed", job=job, error=type(error).__name__, at=place(error))


def of_day(tx: Tx, school: str, staff_id: int, day: date, zone: ZoneInfo) -> Sequence[Row[Any]]:
    """Her talks of a day, in their order."""
    midnight = hours.at(day, time.min, zone), hours.at(day + _DAY, time.min, zone)
    hers = _a.school == school, _a.staff_id == staff_id, _a.state == "planned"
    then = _a.starts_at >= midnight[0], _a.starts_at < midnight[1]
    return tx.execute(select(appointment).where(*hers, *then).order_by(_a.starts_at, _a.id)).all()


def _any(tx: Tx) -> bool:
    return bool(tx.execute(_AGREED).scalar())


def _found(tx: Tx, config: Config, school: str, day: date, now: datetime) -> list[Moment]:
    zone = config.zone(school)
    here = staff.colleagues(tx, school)
    linked = staff.linked(tx, here)
    found = []
    for row in here:
        talks = of_day(tx, school, row.id, day, zone) if row.id in linked else ()
        due_at = max(now, hours.at(day, _opens(row, config, day), zone))
        if row.contact_id is not None and talks and talks[-1].starts_at > due_at:
            whose = {WHOSE: Value("number", str(row.id))}
            scope, until = f"mine:{row.id}:{day.isoformat()}", talks[-1].starts_at
            found.append(Moment(row.contact_id, school, None, "remind", scope, FLOW, whose, due_at, until))
    return found


def _opens(row: StaffRow, config: Config, day: date) -> time:
    """Of a day that she does not work otherwise: when the school opens."""
    school = config.school(row.school)
    return staff.office_hours(row, school).get(WEEKDAYS[day.weekday()], (school.office_from,))[0]


def _lay(tx: Tx, job: str, day: date, found: Sequence[Moment], zone: ZoneInfo, now: datetime) -> None:
    """She agreed to one message a day: this one goes before what she promised, which stands on the same page."""
    if daily.once(tx, job, day, now):
        mine = [each for each in found if daily.once(tx, f"digest:{each.fields[WHOSE].value}", day, now)]
        afterwards.lay(tx, mine, zone)
