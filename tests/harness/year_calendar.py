"""What must come when in a simulated year, by the wall clock of the school: plans, journeys, talks."""

import tomllib
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, or_, select

from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.year_world import HOME, QUIET, REGION, SPREAD, Taken

if TYPE_CHECKING:
    from tests.harness.year import Year

WEEKDAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
LATE = timedelta(hours=3)
SLACK = timedelta(seconds=50)
WEEKLY, IN_ALL = 4, 6  # how often a plan is said every week, and then every second week
YEAR_ENDS = {("brug", 2027): date(2027, 7, 16), ("vaart", 2027): date(2027, 7, 9)}  # their last school days
NOT_KNOWN = (7, 31)  # the end of any other
PLANNED = ("afspraak.dag", "afspraak.straks", "afspraak.nieuw", "afspraak.verzet")


def quiet(school: str | None, moment: datetime) -> bool:
    """Whether the school's quiet hours hold."""
    local = moment.astimezone(HOME)
    hours = QUIET.get(school or "", QUIET["brug"])
    first = hours.sunday_until if local.isoweekday() == 7 else hours.end
    return not first <= local.time() < hours.start


def resting(row: Row[Any], moment: datetime) -> bool:
    """Whether her own hours hold."""
    if not row.rest_from:
        return False
    wall = moment.astimezone(HOME).time()
    first, last = time.fromisoformat(row.rest_from), time.fromisoformat(row.rest_until)
    return first <= wall < last if first <= last else wall >= first or wall < last


@cache
def holidays(flows: Any, region: str) -> tuple[tuple[date, date], ...]:
    """First and last days, read here from the file itself."""
    raw = tomllib.loads((flows / "holidays.toml").read_text(encoding="utf-8"))
    return tuple(tuple(each.get(region) or each["all"]) for each in raw["holiday"])


class Calendar:
    """Follows the plans from one rest of the house to the next."""

    def __init__(self, year: "Year") -> None:
        self.year = year
        self._rules: dict[tuple[int, str], tuple[Any, datetime]] = {}  # since when a plan has its wall time
        self._days: dict[tuple[int, str], list[date]] = defaultdict(list)  # on which a plan was said
        self._last: dict[int, tuple[str, int]] = {}  # plan -> its last moment, and how many notes it had then
        self._paused: dict[int, datetime | None] = {}
        self._made: dict[tuple[int, str], date] = {}  # when a plan was made
        self._note = 0  # the newest that was looked at

    def is_free(self, school: str | None, day: date) -> bool:
        region = REGION.get(school or "", "midden")
        return any(first <= day <= last for first, last in holidays(self.year.config.flows, region))

    # --- a message leaves
    def left(self, taken: Taken, row: Row[Any], keys: list[str]) -> None:
        if "voorlezen.gepland" in keys:  # the house may not have come to rest before the plan's first moment
            self._days[row.contact_id, "plan:voorlezen"].clear()
            self._made[row.contact_id, "plan:voorlezen"] = taken.at.astimezone(HOME).date()
        if row.scope and row.scope.startswith("plan:") and row.cls == "plan":
            with self.year.database.read() as tx:
                self._follow_plans(tx, taken.at, row.contact_id)
            self._plan(taken, row)
        if keys[0] in PLANNED:
            self._talk(taken, row)

    def _plan(self, taken: Taken, row: Row[Any]) -> None:
        whose = row.contact_id, row.scope
        local = taken.at.astimezone(HOME)
        rule, since = self._rules.get(whose, (None, taken.at))
        assert not self.is_free(row.school, local.date()), f"plan {row.id} in a holiday"
        ends = YEAR_ENDS.get((row.school, local.year), date(local.year, *NOT_KNOWN))
        made = self._made.get(whose, local.date())
        assert local.date() <= ends or made > ends, f"plan {row.id} after the school year"
        if row.piece or local.date() in self._days[whose][-1:]:
            assert row.piece or row.hop or row.tries, f"plan {row.id}: twice on {local.date()}"
            return
        self._fades(whose, local.date(), row)
        if rule is None or row.queued_at <= since:
            return
        assert local.weekday() == WEEKDAYS.index(rule[0]), f"plan {row.id} on another day than {rule}"
        wall = time.fromisoformat(rule[1])
        meant = datetime.combine(local.date(), wall, tzinfo=HOME)
        first = meant.astimezone(taken.at.tzinfo)
        while quiet(row.school, first) or resting(row, first):
            first += timedelta(minutes=1)
        assert meant - SLACK <= taken.at, f"plan {row.id} before its time {rule}"
        assert taken.at <= first + LATE + SPREAD + SLACK, f"plan {row.id} too late for {rule}"

    def _fades(self, whose: tuple[int, str], day: date, row: Row[Any]) -> None:
        days = self._days[whose]
        assert len(days) < IN_ALL, f"plan {row.id} was said {days} and does not fade"
        gap = 8 if len(days) >= WEEKLY else 1
        assert not days or (day - days[-1]).days >= gap, f"plan {row.id}: {day} comes too soon after {days}"
        days.append(day)

    def _talk(self, taken: Taken, row: Row[Any]) -> None:
        a = t.appointment.c
        talks = select(t.appointment).where(
            a.contact_id == row.contact_id, a.state == "planned", a.starts_at > taken.at
        )
        if row.scope and row.scope.startswith("appointment:"):
            talks = talks.where(a.id == int(row.scope.split(":")[1]))
        with self.year.database.read() as tx:
            talk = tx.execute(talks).first()
        assert talk, f"{row.scope} {row.id} is about a talk that is not"
        last = taken.message.expires_at
        assert last is not None, f"{row.id} may come at any time"
        assert not row.scope or last <= talk.starts_at, f"{row.id} may come after the talk"

    # --- the house at rest
    def rests(self, tx: Tx, now: datetime) -> None:
        self._follow_plans(tx, now)
        people = tx.execute(select(t.contact.c.id, t.contact.c.paused_until)).all()
        paused = {row.id: row.paused_until for row in people}
        self._begun(tx, paused)
        self._paused = paused

    def _follow_plans(self, tx: Tx, now: datetime, contact_id: int = 0) -> None:
        found = select(t.followup).where(t.followup.c.kind == "plan")
        for row in tx.execute(found.where(t.followup.c.contact_id == contact_id) if contact_id else found):
            whose, rule = (row.contact_id, row.scope), (row.rule["weekday"], row.rule["time"])
            said = row._mapping["count"]
            if self._rules.get(whose, (None, now))[0] != rule:
                self._rules[whose] = rule, now
            if said == 0:  # she planned it anew
                self._days[whose].clear()
                self._made[whose] = now.astimezone(HOME).date()
            self._due(row, rule)
            self._laid(tx, row)

    def _due(self, row: Row[Any], rule: tuple[str, str]) -> None:
        """The next moment is what she chose, by the wall."""
        if row.state != "waiting":
            return
        local = row.due_at.astimezone(HOME)
        meant = datetime.combine(local.date(), time.fromisoformat(rule[1]), tzinfo=HOME)
        assert meant.timestamp() == row.due_at.timestamp(), f"{row.scope} is due at {local}, not at {rule}"
        assert local.weekday() == WEEKDAYS.index(rule[0]), f"{row.scope} is due at {local}, not at {rule}"

    def _laid(self, tx: Tx, row: Row[Any]) -> None:
        """What was counted as said was laid into the inbox."""
        last = row.rule.get("last", "")
        i = t.inbox.c
        before, notes = self._last.get(row.id, ("", 0))
        if last == before:
            return
        many = tx.execute(
            select(func.count()).where(or_(i.provider_id == f"plan:{row.id}", i.provider_id.like(f"plan:{row.id}:%")))
        ).scalar_one()
        assert not last or many > notes, f"{row.scope} of {last} was lost"
        self._last[row.id] = last, many

    def _begun(self, tx: Tx, paused: dict[int, datetime | None]) -> None:
        """What the house began since the last rest: not in a pause, a holiday or at night."""
        i = t.inbox.c
        columns = select(
            i.id, i.contact_id, i.provider_id, i.received_at, t.contact.c.rest_from, t.contact.c.rest_until
        )
        notes = columns.join(t.contact, t.contact.c.id == i.contact_id).where(i.id > self._note).order_by(i.id)
        for row in tx.execute(notes):
            self._note = row.id
            if not row.provider_id.startswith("journey:"):
                continue
            followup = tx.execute(select(t.followup).where(t.followup.c.id == int(row.provider_id.split(":")[1]))).one()
            what, school = followup.scope, followup.school
            until = self._paused.get(row.contact_id)
            if until and until == paused[row.contact_id]:
                assert row.received_at >= until, f"{what} began in her pause"
            assert not quiet(school, row.received_at), f"{what} began in quiet hours"
            assert not resting(row, row.received_at), f"{what} began in her rest"
            assert not self.is_free(school, row.received_at.astimezone(HOME).date()), f"{what} began in a holiday"
