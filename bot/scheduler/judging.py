"""What becomes of a row that is due: said or begun now, left out for once, put off, or over."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, func, literal_column, select

from bot import hours
from bot.hours import Rest
from bot.outbox import budget
from bot.outbox.hours import loud_from
from bot.people import consent
from bot.scheduler import plans
from bot.scheduler.almanac import Almanac
from bot.scheduler.plans import Rule
from bot.schooldays import Schooldays
from bot.store.database import Tx
from bot.store.tables import contact, outbox

_DAY = timedelta(days=1)
_SOON = timedelta(minutes=1)  # nothing is put off to this very moment
_PEOPLE = select(*contact.c["id", "paused_until", "rest_from", "rest_until"]).where(
    contact.c.id.in_(bindparam("ids", expanding=True))
)
# These words stand in the statement itself, or neither database would use the index that is made for it.
_LEFT = (
    select(outbox.c.contact_id, outbox.c.scope, func.max(outbox.c.left_at).label("left_at"))
    .where(
        outbox.c.contact_id.in_(bindparam("ids", expanding=True)),
        literal_column("outbox.cls IN ('broadcast', 'plan', 'tip')"),
        outbox.c.left_at.is_not(None), outbox.c.scope.is_not(None),
    )
    .group_by(outbox.c.contact_id, outbox.c.scope)
)  # fmt: skip


class Verdict(NamedTuple):
    """The row as it will be. `note`: the kind of event it becomes now; "" for none."""

    state: str
    due_at: datetime
    said: int
    rule: dict[str, Any]
    reason: str | None = None
    note: str = ""


class Judge:
    """Judges the rows of one batch. What it must know of these people is looked up once, not for each row."""

    def __init__(self, tx: Tx, almanac: Almanac, rows: Sequence[Row[Any]], now: datetime) -> None:
        self._tx = tx
        self._almanac = almanac
        self._now = now
        ids = sorted({row.contact_id for row in rows})
        self._consents = consent.open_for(tx, ids)
        self._people = {row.id: row for row in tx.execute(_PEOPLE, {"ids": ids})}
        self._days: dict[str | None, Schooldays] = {}
        spoken = sorted({row.contact_id for row in rows if row.kind == "plan" and row.rule.get("last")})
        left = tx.execute(_LEFT, {"ids": spoken}) if spoken else ()
        self._left = {(row.contact_id, row.scope): row.left_at for row in left}
        begun = {row.contact_id for row in rows if not row.say and row.kind != "digest"}
        self._budget = budget.load(tx, almanac.config, begun, now) if begun else None

    def judge(self, row: Row[Any]) -> Verdict:
        """What becomes of it now."""
        if row.kind == "plan":
            return self._plan(row)
        if self._now >= row.expires_at:
            return _over(row, row.reason or "too_late")
        if row.kind == "digest":
            return _done(row, "digest")
        if row.say:
            return _done(row, "plan") if self._allows(row) else _over(row, "no_consent")
        reason, until = self._obstacle(row)
        if until is None:
            assert self._budget is not None
            if row.cls in budget.COUNTED:
                self._budget.note(row.contact_id)
            return _done(row, "start")
        return Verdict("waiting", max(until, self._now + _SOON), plans.said(row), row.rule, reason)

    def until(self, row: Row[Any]) -> datetime:
        """How long it is of use: her own reminder three hours, where that day is quiet from when it is not any more."""
        until: datetime = row.expires_at
        if row.kind == "plan":
            loud, zone = self._loud(row, row.due_at), ZoneInfo(row.zone)
            today = loud.astimezone(zone).date() == row.due_at.astimezone(zone).date()
            until = (loud if today else row.due_at) + plans.LIFE
        return until

    # --- what comes once
    def _obstacle(self, row: Row[Any]) -> tuple[str | None, datetime | None]:
        """Why a flow may not begin now, and until when; None: it may."""
        zone, now = ZoneInfo(row.zone), self._now
        rule, person = Rule.read({"weekday": "", "time": "", **row.rule}), self._people[row.contact_id]
        if not self._allows(row):
            return "no_consent", self._loud(row, _tomorrow(row.due_at, now, zone))
        if plans.is_free(rule, self._school(row), now.astimezone(zone).date()):
            return "vakantie", self._loud(row, _tomorrow(row.due_at, now, zone))
        assert self._budget is not None
        wait = self._budget.wait(row.contact_id, row.cls)
        if wait is None and row.kind == "journey" and person.paused_until and person.paused_until > now:
            wait = budget.Wait("paused", person.paused_until)
        if wait:
            return wait.reason, self._loud(row, wait.until)
        loud = self._loud(row, now)
        return ("quiet", loud) if loud > now and row.cls != "urgent" else (None, None)

    def _loud(self, row: Row[Any], moment: datetime) -> datetime:
        person = self._people[row.contact_id]
        rest = Rest.of(person.rest_from, person.rest_until)
        return loud_from(self._almanac.config, row.school, rest, row.contact_id, moment)

    # --- her own plans
    def _plan(self, row: Row[Any]) -> Verdict:
        rule = Rule.read(row.rule)
        said = plans.said(row)
        if self._did_not_leave(row, rule):  # it is taken back once, also where the next ones are left out
            said, rule = said - 1, rule._replace(last="")
        reason = self._reason(row, rule)
        if reason:
            return _skipped(row, rule, said, reason, self._now, self._school(row))
        rule = rule._replace(last=row.due_at.isoformat())
        later = plans.following(rule, row.due_at, said + 1, self._now, ZoneInfo(row.zone), self._school(row))
        if later is None or later >= row.expires_at:
            faded = plans.interval(rule, said + 1) is None
            return Verdict("done", row.due_at, said + 1, rule.dump(), "faded" if faded else "year_over", "plan")
        return Verdict("waiting", later, said + 1, rule.dump(), None, "plan")

    def _reason(self, row: Row[Any], rule: Rule) -> str | None:
        """Why it is not said this time; None: it is."""
        now, person = self._now, self._people[row.contact_id]
        if row.due_at >= row.expires_at:
            return "year_over"
        if now >= row.due_at + plans.LIFE:
            return "too_late"
        if plans.is_free(rule, self._school(row), row.due_at.astimezone(ZoneInfo(row.zone)).date()):
            return "vakantie"
        if person.paused_until and person.paused_until > now:
            return "paused"
        return None if self._allows(row) else "no_consent"

    def _did_not_leave(self, row: Row[Any], rule: Rule) -> bool:
        """Whether the last one was laid ready, but did not leave: the week was full, or no sender could be reached."""
        if not rule.last:
            return False
        left_at = self._left.get((row.contact_id, row.scope))
        return left_at is None or left_at < plans.last(rule)

    # --- what it knows
    def _allows(self, row: Row[Any]) -> bool:
        """Whether she has said yes to this purpose on any channel, and the school is still one of ours."""
        if row.school and row.school not in self._almanac.config.schools:
            return False
        return any(
            purpose == row.purpose and row.school in (None, school)
            for school, _, purpose in self._consents[row.contact_id]
        )

    def _school(self, row: Row[Any]) -> Schooldays:
        if row.school not in self._days:
            self._days[row.school] = self._almanac.of(self._tx, row.school)
        return self._days[row.school]


def pass_over(row: Row[Any], reason: str, now: datetime) -> Verdict:
    """Nothing of it now: a plan waits for its next week, anything else is over."""
    if row.kind != "plan":
        return _over(row, reason)
    return _skipped(row, Rule.read(row.rule), plans.said(row), reason, now, Schooldays(()))


def _done(row: Row[Any], note: str) -> Verdict:
    return Verdict("done", row.due_at, plans.said(row) + 1, row.rule, None, note)


def _over(row: Row[Any], reason: str) -> Verdict:
    return Verdict("dropped", row.due_at, plans.said(row), row.rule, reason)


def _skipped(row: Row[Any], rule: Rule, said: int, reason: str, now: datetime, days: Schooldays) -> Verdict:
    """Its next week, however rare it is: what was left out does not count."""
    later = plans.first(rule, max(row.due_at, now), ZoneInfo(row.zone), days)
    if later is None or later >= row.expires_at:
        return Verdict("done", row.due_at, said, rule.dump(), "year_over")
    return Verdict("waiting", later, said, rule.dump(), reason)


def _tomorrow(due_at: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """The day after `now`, at the time on the wall at which it was to begin."""
    return hours.at(now.astimezone(zone).date() + _DAY, due_at.astimezone(zone).time(), zone)
