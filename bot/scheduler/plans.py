"""A parent's own weekly plan: when it is said next, ever rarer as it fades and never in a holiday, and its rows."""

import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, literal_column, select, update

from bot import hours
from bot.conversation.events import Weekly
from bot.conversation.flow import Flow
from bot.model import WEEKDAYS
from bot.people.addresses import school_year
from bot.schooldays import Schooldays
from bot.store.database import Tx
from bot.store.tables import followup
from bot.store.upsert import upsert

LIFE = timedelta(hours=3)  # "today is your moment" makes no sense later
RAREST = 4  # weeks between two; what would be rarer is over
_WEEK = timedelta(days=7)
_AHEAD = 60  # weeks: whatever is free for longer is over
_YEAR_ENDS = (7, 31)
Wall = time  # a time of day, where a field is called so already


# --- the rule: pure
class Rule(NamedTuple):
    """When a plan is said, in wall time. `fade`: how often every week, then every second, then every fourth.

    `every`: weeks between two at least, where she asked for less. `skip`: kinds of free days on which it is not said.
    `last`: the moment for which it was laid ready last, in UTC; "" where it was not yet.
    """

    weekday: str
    time: str
    every: int = 1
    fade: tuple[int, ...] = ()
    skip: tuple[str, ...] = ()
    last: str = ""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Rule":
        """The rule as the row has it."""
        known = {name: raw[name] for name in cls._fields if name in raw}
        return cls(**{**known, "fade": tuple(raw.get("fade", ())), "skip": tuple(raw.get("skip", ()))})

    def dump(self) -> dict[str, Any]:
        return {**self._asdict(), "fade": list(self.fade), "skip": list(self.skip)}

    @property
    def wall(self) -> Wall:
        return Wall.fromisoformat(self.time)


def interval(rule: Rule, said: int) -> int | None:
    """Weeks between the last one and the next, where it was said so often; None: it has faded."""
    upto = 0
    for stage, times in enumerate(rule.fade):
        upto += times
        if said < upto:
            return max(rule.every, 1 << stage)
    return None if rule.fade else rule.every


def rarer(rule: Rule, said: int) -> Rule | None:
    """The same, half as often; None where that would be less than every fourth week."""
    every = 2 * (interval(rule, said) or RAREST)
    return rule._replace(every=every) if every <= RAREST else None


def last(rule: Rule) -> datetime:
    """When it was laid ready last."""
    return datetime.fromisoformat(rule.last)


def is_free(rule: Rule, days: Schooldays, day: date) -> bool:
    """Whether it is not said on this day, because there is no school."""
    return any(each.kind in rule.skip and each.holds(day) for each in days.free)


def first(rule: Rule, after: datetime, zone: ZoneInfo, days: Schooldays) -> datetime | None:
    """The first moment later than `after` at which it may be said; None where none is near."""
    found = hours.next_weekly(after, rule.weekday, rule.wall, zone)
    for _ in range(_AHEAD):
        day = found.astimezone(zone).date()
        if not is_free(rule, days, day):
            return found
        found = hours.at(day + _WEEK, rule.wall, zone)
    return None


def following(
    rule: Rule, said_at: datetime, said: int, now: datetime, zone: ZoneInfo, days: Schooldays
) -> datetime | None:
    """The moment after the one that was said at `said_at`; None: it has faded. What was missed is not made up for."""
    weeks = interval(rule, said)
    if weeks is None:
        return None
    # The day before that moment: of what comes later, the first is meant.
    earliest = hours.at(said_at.astimezone(zone).date() + weeks * _WEEK - timedelta(days=1), time.max, zone)
    return first(rule, max(earliest, now), zone, days)


def moved(rule: Rule, said: int, due_at: datetime, now: datetime, zone: ZoneInfo, days: Schooldays) -> datetime | None:
    """The next moment after she has moved it to `rule`: the first that comes, or in the week that it waits for."""
    if (interval(rule, said) or 1) > 1:
        day = due_at.astimezone(zone).date()
        monday = day - timedelta(days=day.weekday())
        that = hours.at(monday + timedelta(days=WEEKDAYS.index(rule.weekday)), rule.wall, zone)
        if that > now:
            return first(rule, that - timedelta(milliseconds=1), zone, days)
    return first(rule, now, zone, days)


def year_end(now: datetime, zone: ZoneInfo, days: Schooldays) -> datetime:
    """The end of the school year, at midnight after its last day; in the summer holiday that of the next one."""
    today = now.astimezone(zone).date()
    year = int(school_year(today)[5:])
    day = _last_day(year, days)
    if today > day:
        day = _last_day(year + 1, days)
    return hours.at(day + timedelta(days=1), time(0), zone)


def _last_day(year: int, days: Schooldays) -> date:
    """The last day of the school year that ends in `year`: known, or the end of July."""
    return days.ends(f"{year - 1}-{year}") or date(year, *_YEAR_ENDS)


def month_later(day: date) -> date:
    """The same day of the next month, or its last."""
    year, month = day.year + day.month // 12, day.month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


# --- the rows
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
    rule: dict[str, Any]
    due_at: datetime
    expires_at: datetime
    child_id: int | None = None


def plan_row(
    contact_id: int, school: str | None, flow: Flow, weekly: Weekly, zone: ZoneInfo, days: Schooldays, now: datetime,
    *, child_id: int | None = None,
) -> PlanRow:  # fmt: skip
    """The plan that a flow's `remind` asks for: its next moment in UTC, until the school year ends."""
    remind = weekly.remind
    rule = Rule(weekly.weekday, weekly.time, 1, remind.fade, remind.skip)
    fields = json.dumps({name: list(value) for name, value in weekly.fields.items()})
    due_at = first(rule, now, zone, days) or hours.next_weekly(now, rule.weekday, rule.wall, zone)
    return PlanRow(
        contact_id, school, f"plan:{remind.id}", flow.name, remind.say, fields, flow.cls, flow.purpose, zone.key,
        rule.dump(), due_at, year_end(now, zone, days), child_id,
    )  # fmt: skip


def save(tx: Tx, plans: Sequence[PlanRow]) -> None:
    """Save plans; one of the same contact and scope is replaced and begins anew: what is on its way of it is void."""
    new = {"kind": "plan", "state": "waiting", "count": 0, "reason": None}
    newest = {(plan.contact_id, plan.scope): plan for plan in plans}
    rows = [
        {**plan._asdict(), **new, "fields": tx.seal("followup.fields", plan.fields)}
        for _, plan in sorted(newest.items())
    ]
    upsert(tx, followup, rows, key=["contact_id", "scope"], raised=["rev"])


_WAITING = followup.c.kind == "plan", followup.c.state == literal_column("'waiting'")
_HERS = select(followup).where(followup.c.contact_id == bindparam("who"), *_WAITING).order_by(followup.c.id)


def of(tx: Tx, contact_id: int) -> list[Row[Any]]:
    """Her plans that go on, the oldest first."""
    return list(tx.execute(_HERS, {"who": contact_id}))


def planners(tx: Tx, contact_ids: Sequence[int]) -> set[int]:
    """Which of these people have a plan that goes on."""
    return set(
        tx.execute(select(followup.c.contact_id).where(followup.c.contact_id.in_(contact_ids), *_WAITING)).scalars()
    )


def said(row: Row[Any]) -> int:
    """How often it was said."""
    return int(row._mapping["count"])


def change(tx: Tx, plan_id: int, **values: Any) -> None:
    """Change a plan; what is on its way of it is void."""
    tx.execute(update(followup).where(followup.c.id == plan_id).values(rev=followup.c.rev + 1, **values))


def settle(tx: Tx, plan: Row[Any], rule: Rule, due_at: datetime | None) -> None:
    """Save its new rule and moment; over where none is left."""
    over = due_at is None or due_at >= plan.expires_at
    ended = {"state": "done", "reason": "faded" if due_at is None else "year_over"} if over else {}
    change(tx, plan.id, rule=rule.dump(), due_at=plan.due_at if over else due_at, **ended)
