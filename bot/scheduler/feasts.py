"""A wish on the day of a feast, for who has chosen it herself: once a year, in the morning, within her budget.

Where her week is full, she wants a pause, or the day is over, it is left out: late it would be no wish.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import exists, or_, select

from bot import hours
from bot.config import Config
from bot.conversation.shape import Table, read
from bot.errors import ContentError, place
from bot.model import Value
from bot.people import known
from bot.people.choices import LISTS
from bot.scheduler import daily
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.upsert import insert_new

log = structlog.get_logger()
FLOW, TOPIC, FILE = "feest_groet", "feest", "days/feasts.toml"
AT = time(8, 30)
SLICE = 200
_k = t.known.c
_NAMES = (*LISTS["feest"].options, *LISTS["feest_ook"].options)
_CHOSEN = select(exists().where(_k.topic == TOPIC, _k.option.in_(_NAMES)))


class Feast(NamedTuple):
    """A feast with its days. `moon`: for some families it may be a day earlier or later."""

    name: str
    days: tuple[date, ...]
    moon: bool


# --- which day
def load(flows: Path) -> tuple[Feast, ...]:
    """The feasts that are known; none where there is no such file. Raises ContentError: file, feast and key."""
    path = flows / FILE
    return read(path, _parse) if path.exists() else ()


def _parse(source: str, file: str) -> tuple[Feast, ...]:
    try:
        table = Table(tomllib.loads(source), "", ("checked_on", "feast"))
        return tuple(_feast(name, body) for name, body in table.raw.get("feast", {}).items())
    except ValueError as error:
        raise ContentError(f"{file}: {error}") from None


def _feast(name: str, body: Any) -> Feast:
    table = Table(body, f"feast {name}", ("moon", "source", "days"))
    if name not in _NAMES:
        raise ValueError(f"feast {name}: nobody can choose it; known are {', '.join(_NAMES)}")
    days = table.raw.get("days", ())
    if not days or not all(type(each) is date for each in days):
        raise ValueError(f"feast {name}: days must be dates, such as [2027-03-09]")
    table.text("source")
    return Feast(name, tuple(sorted(days)), bool(table.raw.get("moon", False)))


def coming(feasts: Iterable[Feast], first: date, last: date) -> list[tuple[date, Feast]]:
    """The feasts from one day to another, in their order."""
    found = [(day, each) for each in feasts for day in each.days if first <= day <= last]
    return sorted(found, key=lambda each: (each[0], each[1].name))


# --- once a day
def jobs(config: Config) -> dict[str, ZoneInfo]:
    """The daily job of every school, with the zone of its date."""
    return {f"feasts:{key}": school.zone for key, school in config.schools.items()}


def next_due(tx: Tx, config: Config, now: datetime) -> datetime | None:
    """When it is looked up again; None where nobody has chosen a feast."""
    return daily.next_due(tx, jobs(config), now) if _any(tx) else None


def _any(tx: Tx) -> bool:
    return bool(tx.execute(_CHOSEN).scalar())


async def begin_due(database: Database, config: Config, now: datetime) -> None:
    """Once per local date and school: who keeps a feast today is wished well. Two processes at once change nothing."""
    due = await database.fetch(lambda tx: daily.due(tx, jobs(config), now) if _any(tx) else {})
    if not due:
        return
    feasts = load(config.flows)
    for job, day in due.items():
        try:
            school = job.partition(":")[2]
            rows = await database.fetch(
                partial(_rows, config=config, school=school, day=day, today=coming(feasts, day, day), now=now)
            )
            for first in range(0, len(rows), SLICE):
                await database.write(partial(_lay, rows=rows[first : first + SLICE]))
            await database.write(partial(daily.once, job=job, day=day, now=now))
        except Exception as error:  # a loop: noted, and the other schools do not wait for this one
            log.error("feasts_failed", job=job, error=type(error).__name__, at=place(error))


def _lay(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """What lies there already stays as it is."""
    tx.execute(insert_new(tx, t.followup), rows)


def _rows(
    tx: Tx, config: Config, school: str, day: date, today: list[tuple[date, Feast]], now: datetime
) -> list[dict[str, Any]]:
    zone = config.zone(school)
    due_at, over = hours.at(day, AT, zone), hours.at(day + timedelta(days=1), time(0), zone)
    rule = {"date": day.isoformat(), "time": AT.isoformat("minutes")}
    alike = {
        "school": school, "kind": "journey", "flow": FLOW, "say": "", "cls": "broadcast", "purpose": "school",
        "zone": zone.key, "rule": rule, "state": "waiting", "count": 0, "rev": 0, "due_at": max(now, due_at),
        "expires_at": over, "child_id": None,
    }  # fmt: skip
    chosen = {each.name: who for _, each in today if (who := _who(tx, school, each.name, now))}
    return [
        {**alike, "contact_id": contact_id, "scope": f"feest:{name}:{school}:{day.year}",
         "fields": tx.seal("followup.fields", json.dumps(_fields(name)))}
        for name, people in chosen.items() for contact_id in people
    ]  # fmt: skip


def _fields(name: str) -> Mapping[str, Value]:
    return {"feest": Value("text", name)}


def _who(tx: Tx, school: str, feast: str, now: datetime) -> list[int]:
    """Of those who keep it, who still has a child here of which she may hear."""
    chosen = known.with_option(tx, school, TOPIC, [feast])
    g, c = t.guardian.c, t.child.c
    here = select(g.contact_id).join(t.child, c.id == g.child_id).where(g.school == school, g.barred_at.is_(None))
    stays = set(tx.execute(here.where(or_(c.left_at.is_(None), c.left_at > now))).scalars())
    return sorted(stays & chosen.keys())
