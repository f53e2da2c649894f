"""The school year laid out: which flow begins with which family when, two weeks ahead and once per local date."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, bindparam, or_, select, update

from bot import hours
from bot.config import Config
from bot.conversation.flow import Flow
from bot.conversation.journey import ENROLLED, Entry, Journey, levels
from bot.hours import Rest
from bot.model import Value
from bot.outbox.hours import loud_from
from bot.people.addresses import school_year
from bot.people.contacts import slices
from bot.scheduler import daily
from bot.scheduler.almanac import Almanac
from bot.scheduler.moments import Day, day_after, day_in
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

AHEAD = timedelta(days=14)  # laid out so long before
NEAR = timedelta(days=60)  # so long before a school year begins its dates should be known
LONGEST = timedelta(days=75)  # by which a summer holiday can move something


# --- what comes, for an operator
class Planned(NamedTuple):
    """The next time of an entry at a school; `day` None: after each enrolment, or what it hangs on is `unknown`."""

    school: str
    entry: Entry
    year: str
    day: date | None
    moved: str
    unknown: str


def planned(tx: Tx, almanac: Almanac, journeys: Sequence[Journey], school: str, now: datetime) -> list[Planned]:
    """Each entry of this school with its next day from today on, in their order; unknown ones last."""
    today = now.astimezone(almanac.zone(school)).date()
    days, found = almanac.of(tx, school), []
    for entry in entries_of(almanac.config, journeys, school):
        for year in _years(today, today + timedelta(days=365)):
            day = Day(None) if entry.since == ENROLLED else day_in(entry, year, days)
            if entry.since == ENROLLED or day.unknown or (day.day and day.day >= today):
                found.append(Planned(school, entry, year, *day))
                break
    return sorted(found, key=lambda each: (each.day or date.max, bool(each.unknown), each.entry.id))


def missing(tx: Tx, almanac: Almanac, journeys: Sequence[Journey], now: datetime) -> dict[str, list[str]]:
    """What each school should be asked, so that nothing of this school year or the near next one is left out."""
    found: dict[str, list[str]] = {}
    for school in almanac.config.schools:
        today = now.astimezone(almanac.zone(school)).date()
        days = almanac.of(tx, school)
        dated = [each for each in entries_of(almanac.config, journeys, school) if each.since != ENROLLED]
        unknown = dict.fromkeys(
            day_in(entry, year, days).unknown for year in _years(today, today + NEAR) for entry in dated
        )
        if asked := list(filter(None, unknown)):
            found[school] = asked
    return found


def _years(first: date, last: date) -> list[str]:
    return sorted({school_year(first), school_year(last)})


def entries_of(config: Config, journeys: Iterable[Journey], school: str) -> list[Entry]:
    """What a school has chosen."""
    chosen = config.schools[school].journeys
    return [entry for journey in journeys if journey.name in chosen for entry in journey.entries]


# --- once a day
def jobs(config: Config) -> dict[str, ZoneInfo]:
    """The daily job of every school that has chosen a journey, with the zone of its date."""
    return {f"journeys:{key}": school.zone for key, school in config.schools.items() if school.journeys}


class Layer(NamedTuple):
    """What is to be laid for one school, and the ids of rows for people who have made that very plan since."""

    rows: list[dict[str, Any]]
    planned: list[int]


def gather(
    tx: Tx, almanac: Almanac, flows: Mapping[str, Flow], journeys: Iterable[Journey], job: str, now: datetime
) -> Layer:
    """What is due at this school within two weeks, or was lately, and does not lie there yet; it only reads.

    Whoever said yes after the moment of an entry does not get it.
    """
    school = job.partition(":")[2]
    chosen = [entry for entry in entries_of(almanac.config, journeys, school) if entry.flow in flows]
    here = _School(tx, almanac, school, now)
    moments = list(here.moments(entry for entry in chosen if entry.since != ENROLLED))
    new = [entry for entry in chosen if entry.since == ENROLLED]
    found = Layer([], [])
    for parent in _parents(tx, school, here.years, now) if chosen else ():
        found.planned.extend(here.planned(parent, chosen))
        for moment in (*moments, *here.moments_for(parent, new)):
            if row := here.row(parent, moment, flows[moment.entry.flow]):
                found.rows.append(row)
    return found


def lay(tx: Tx, job: str, day: date, found: Layer, now: datetime) -> int:
    """Do the job of this day, unless another process has; what lies there already stays as it is. Says how many."""
    if not daily.once(tx, job, day, now):
        return 0
    if found.rows:
        tx.execute(insert_new(tx, t.followup), found.rows)
    for some in slices(found.planned):
        waiting = t.followup.c.id.in_(some), t.followup.c.state == "waiting"
        tx.execute(update(t.followup).where(*waiting).values(state="dropped", reason="planned"))
    return len(found.rows)


class _Moment(NamedTuple):
    entry: Entry
    year: str
    day: date
    at: datetime  # in UTC
    moved: str


@dataclass(slots=True)
class _Parent:
    """A guardian at a school. `consents`: since when each purpose is open; `laid`: the scopes that lie for her."""

    contact_id: int
    rest: Rest | None
    children: dict[int, bytes] = field(default_factory=dict)  # sealed names
    levels: dict[tuple[int, str], frozenset[int]] = field(default_factory=dict)  # by child and school year
    consents: dict[str, datetime] = field(default_factory=dict)
    enrolled_at: datetime | None = None
    laid: dict[str, tuple[int, str]] = field(default_factory=dict)  # its id and state


class _School:
    """One school on one day."""

    def __init__(self, tx: Tx, almanac: Almanac, school: str, now: datetime) -> None:
        self.tx = tx
        self.config = almanac.config
        self.school = school
        self.zone = almanac.zone(school)
        self.days = almanac.of(tx, school)
        self.now = now
        self.today = now.astimezone(self.zone).date()
        self.years = _years(self.today - LONGEST, self.today + AHEAD)
        self._after: dict[tuple[str, date], list[_Moment]] = {}  # by entry and day of enrolment

    def moments(self, entries: Iterable[Entry]) -> Iterator[_Moment]:
        for entry in entries:
            for year in self.years:
                yield from self._moment(entry, day_in(entry, year, self.days))

    def moments_for(self, parent: _Parent, entries: Iterable[Entry]) -> Iterator[_Moment]:
        """Those that count from her enrolment."""
        if parent.enrolled_at is None:
            return
        enrolled = parent.enrolled_at.astimezone(self.zone).date()
        for entry in entries:
            if (entry.id, enrolled) not in self._after:
                found = list(self._moment(entry, day_after(entry, enrolled, self.days)))
                self._after[entry.id, enrolled] = found
            yield from self._after[entry.id, enrolled]

    def _moment(self, entry: Entry, found: Day) -> Iterator[_Moment]:
        if found.day is None:
            return
        at = hours.at(found.day, entry.at, self.zone)
        if self.now - entry.within <= at <= self.now + AHEAD:
            yield _Moment(entry, school_year(found.day), found.day, at, found.moved)

    def row(self, parent: _Parent, moment: _Moment, flow: Flow) -> dict[str, Any] | None:
        """The row for her; None where it is not for her, or lies there already."""
        entry = moment.entry
        scope = f"journey:{entry.id}:{self.school}:{moment.year}"
        if scope in parent.laid or entry.unless in parent.laid:
            return None
        since = parent.consents.get(flow.purpose)
        fitting = [each for each in parent.children if self._fits(parent, each, moment)]
        if since is None or since >= moment.at or not fitting:
            return None
        rule: dict[str, Any] = {"date": moment.day.isoformat(), "time": entry.at.isoformat("minutes")}
        rule |= {"skip": list(entry.skip), "moved": moment.moved}  # a holiday may still be added
        return {
            "contact_id": parent.contact_id, "school": self.school, "kind": "journey",
            "scope": scope, "flow": flow.name, "say": "",
            "fields": self.tx.seal("followup.fields", self._fields(parent, fitting)), "cls": flow.cls,
            "purpose": flow.purpose, "zone": self.zone.key, "rule": rule, "state": "waiting", "count": 0, "rev": 0,
            "due_at": loud_from(self.config, self.school, parent.rest, parent.contact_id, moment.at),
            "expires_at": moment.at + entry.within, "child_id": fitting[0] if len(fitting) == 1 else None,
        }  # fmt: skip

    def planned(self, parent: _Parent, entries: Iterable[Entry]) -> Iterator[int]:
        """What waits for her although she has that plan now."""
        for entry in entries:
            if entry.unless in parent.laid:
                ours = f"journey:{entry.id}:{self.school}:"
                laid = parent.laid.items()
                yield from (row_id for scope, (row_id, state) in laid if scope.startswith(ours) and state == "waiting")

    def _fits(self, parent: _Parent, child_id: int, moment: _Moment) -> bool:
        wanted = moment.entry.groups
        return not wanted or bool(parent.levels.get((child_id, moment.year), frozenset()) & {*wanted})

    def _fields(self, parent: _Parent, fitting: Sequence[int]) -> str:
        """The names of those it is about, where they are some of several."""
        if not 1 < len(fitting) < len(parent.children):
            return "{}"
        names = ", ".join(self.tx.open("child.name", parent.children[each]) for each in fitting)
        return json.dumps({"kind": Value("name", names)})


# --- everybody, in five statements that are made once
_g, _c, _p, _m, _f, _n = t.guardian.c, t.child.c, t.contact.c, t.membership.c, t.followup.c, t.known.c
_SCHOOL: BindParameter[str] = bindparam("school")
_STAYS = or_(_c.left_at.is_(None), _c.left_at > bindparam("now"))  # who leaves in summer is here until then
_HERE = (
    select(_g.contact_id, _c.id.label("child_id"), _c.name, _p.rest_from, _p.rest_until)
    .select_from(t.guardian.join(t.child, _c.id == _g.child_id).join(t.contact, _p.id == _g.contact_id))
    .where(_g.school == _SCHOOL, _g.barred_at.is_(None), _STAYS)
)
_IN_ORDER = _HERE.order_by(_g.contact_id, _c.id)
_GROUPED = (
    select(_m.child_id, _m.year, t.group.c.name)
    .join(t.group, t.group.c.id == _m.group_id)
    .where(t.group.c.school == _SCHOOL, _m.year.in_(bindparam("years", expanding=True)))
)
_CONSENTS = select(*t.consent.c["contact_id", "purpose", "given_at", "withdrawn_at"]).where(
    t.consent.c.school == _SCHOOL
)
_TOLD = select(_n.contact_id, _n.topic).where(_n.school == _SCHOOL, _n.child_id == 0).distinct()
_LAID = select(_f.contact_id, _f.scope, _f.id, _f.state).where(
    _f.contact_id.in_(_HERE.with_only_columns(_g.contact_id)),
    (_f.kind == "journey") | ((_f.kind == "plan") & (_f.state == "waiting")),
)


def _parents(tx: Tx, school: str, years: Sequence[str], now: datetime) -> Iterable[_Parent]:
    """Everybody with a child at this school."""
    given = {"school": school, "now": now}
    found: dict[int, _Parent] = {}
    of_child: dict[int, list[_Parent]] = {}
    for row in tx.execute(_IN_ORDER, given):
        parent = found.setdefault(row.contact_id, _Parent(row.contact_id, Rest.of(row.rest_from, row.rest_until)))
        parent.children[row.child_id] = row.name
        of_child.setdefault(row.child_id, []).append(parent)
    for row in tx.execute(_GROUPED, {"school": school, "years": list(years)}):
        for parent in of_child.get(row.child_id, ()):
            parent.levels[row.child_id, row.year] = levels(row.name)
    _add_consents(tx, school, found)
    _add_known(tx, school, found)
    _add_laid(tx, given, found)
    return found.values()


def _add_consents(tx: Tx, school: str, found: Mapping[int, _Parent]) -> None:
    for row in tx.execute(_CONSENTS, {"school": school}):
        if parent := found.get(row.contact_id):
            parent.enrolled_at = min(filter(None, (parent.enrolled_at, row.given_at)))
            if row.withdrawn_at is None:
                parent.consents[row.purpose] = min(row.given_at, parent.consents.get(row.purpose, row.given_at))


def _add_known(tx: Tx, school: str, found: Mapping[int, _Parent]) -> None:
    """The topics of which they told: they are not asked again."""
    for row in tx.execute(_TOLD, {"school": school}):
        if parent := found.get(row.contact_id):
            parent.laid[f"known:{row.topic}"] = 0, "told"


def _add_laid(tx: Tx, given: Mapping[str, Any], found: Mapping[int, _Parent]) -> None:
    """What was laid for them before, whatever became of it, and the plans of their own that go on."""
    for row in tx.execute(_LAID, dict(given)):
        found[row.contact_id].laid[row.scope] = row.id, row.state
