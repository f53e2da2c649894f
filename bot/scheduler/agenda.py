"""What is to come for a person in the next days, in order, and why some of it waits or will be skipped."""

import json
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, literal_column, select

from bot.conversation.events import Run
from bot.hours import Rest
from bot.outbox import budget
from bot.outbox.hours import loud_from
from bot.scheduler import plans
from bot.scheduler.almanac import Almanac
from bot.scheduler.plans import Rule
from bot.schooldays import Schooldays
from bot.store.database import Tx
from bot.store.tables import contact, followup, outbox, run

ASKS, NUDGE, MESSAGE = "vraag", "nogmaals", "bericht"  # beside the kinds of follow-ups
PAUSED, TOO_LATE = "paused", "too_late"

# The index's own words; what it is for is found by it.
_OPEN = outbox.c.status.in_([literal_column("'queued'"), literal_column("'sending'")])
Nudges = Callable[[str, str], bool]  # the version of a flow, a step
Classes = Callable[[str], str]  # the class of what this version of a flow says
_WISHES = contact.c["paused_until", "rest_from", "rest_until"]


class Coming(NamedTuple):
    """What comes at a moment.

    `kind`: that of a follow-up, `vraag` (a conversation goes on by itself), `nogmaals` (a question is asked again where
    no answer comes) or `bericht` (a message that waits in the queue). `what`: the id of her plan, the flow, the class.
    `reason`: why it waits until then, or why it is skipped.
    """

    at: datetime
    kind: str
    what: str
    reason: str = ""
    skipped: bool = False


def coming(
    tx: Tx,
    almanac: Almanac,
    contact_ids: Collection[int],
    now: datetime,
    *,
    days: int = 7,
    nudges: Nudges | None = None,
    classes: Classes | None = None,
) -> dict[int, list[Coming]]:
    """For each of these people what is to come, the next first; three statements, and one for each school.

    `nudges`: whether silence at a step of a flow is answered with words; left out, no nudge is told of. `classes`: by
    which is seen what a pause holds back of a conversation; left out, nothing.
    """
    found: dict[int, list[Coming]] = {each: [] for each in contact_ids}
    until = now + timedelta(days=days)
    for contact_id, each in _messages(tx, contact_ids, until):
        found[contact_id].append(each)
    for contact_id, each in _runs(tx, almanac, contact_ids, now, until, nudges, classes):
        found[contact_id].append(each)
    for contact_id, each in _followups(tx, almanac, contact_ids, now, until):
        found[contact_id].append(each)
    for mine in found.values():
        mine.sort()
    return found


def _messages(tx: Tx, contact_ids: Collection[int], until: datetime) -> Iterator[tuple[int, Coming]]:
    """Messages that were put off: what leaves at once is nothing that comes."""
    o = outbox.c
    put_off = o.reason.is_not(None) | (o.due_at > o.queued_at)
    waiting = o.contact_id.in_(contact_ids), _OPEN, o.status == "queued", o.due_at <= until, put_off
    columns = select(o.contact_id, o.due_at, o.cls, o.reason, run.c.flow).outerjoin(run, run.c.id == o.run_id)
    for row in tx.execute(columns.where(*waiting)):
        yield row.contact_id, Coming(row.due_at, MESSAGE, row.flow or row.cls, row.reason or "")


def _runs(
    tx: Tx, almanac: Almanac, contact_ids: Collection[int], now: datetime, until: datetime, nudges: Nudges | None,
    classes: Classes | None,
) -> Iterator[tuple[int, Coming]]:  # fmt: skip
    waiting = run.c.contact_id.in_(contact_ids), run.c.due_at <= until, run.c.state != "ended"
    columns = select(run, *_WISHES).join(contact, contact.c.id == run.c.contact_id)
    for row in tx.execute(columns.where(*waiting)):
        conversation, _ = json.loads(tx.open("run.memory", row.memory))
        stands = Run.unpack(conversation)
        kind = ASKS if stands.waiting == "timer" else ""
        if nudges and not kind and not stands.nudged and row.state == "active" and nudges(row.version, row.step):
            kind = NUDGE
        waits = classes is not None and classes(row.version) in budget.PAUSED and _is_paused(row, now)
        if kind and (each := _turn(row, almanac, kind, waits=waits)):
            yield row.contact_id, each


def _turn(row: Row[Any], almanac: Almanac, kind: str, *, waits: bool) -> Coming | None:
    """When a conversation goes on by itself; None where it is over by then."""
    held = waits and row.due_at <= row.paused_until
    at = row.paused_until if held else row.due_at
    if at >= row.expires_at:
        return Coming(row.due_at, kind, row.flow, PAUSED, skipped=True) if held else None
    # What keeps somebody safe may wake her.
    return Coming(at if row.rank == "safety" else _loud(row, almanac, at), kind, row.flow, PAUSED if held else "")


def _followups(
    tx: Tx, almanac: Almanac, contact_ids: Collection[int], now: datetime, until: datetime
) -> Iterator[tuple[int, Coming]]:
    schools: dict[str | None, Schooldays] = {}
    f = followup.c
    near = (f.due_at <= until) | (f.kind == "plan")  # of a plan also what is skipped until then
    columns = select(followup, *_WISHES).join(contact, contact.c.id == f.contact_id)
    for row in tx.execute(columns.where(f.contact_id.in_(contact_ids), f.state == "waiting", near)):
        if row.kind == "plan":
            if row.school not in schools:
                schools[row.school] = almanac.of(tx, row.school)
            yield from ((row.contact_id, each) for each in _plan(row, schools[row.school], now, until))
        else:
            yield row.contact_id, _once(row, almanac)


def _once(row: Row[Any], almanac: Almanac) -> Coming:
    """What comes only once; skipped where it would have to wait until it is of no use any more."""
    waits = row.kind == "journey" and _is_paused(row, row.due_at)
    at = _loud(row, almanac, row.paused_until) if waits else row.due_at
    if at >= row.expires_at:
        return Coming(row.due_at, row.kind, row.flow, PAUSED if waits else row.reason or TOO_LATE, skipped=True)
    return Coming(row.due_at, row.kind, row.flow, PAUSED if waits else row.reason or "")


def _plan(row: Row[Any], days: Schooldays, now: datetime, until: datetime) -> Iterator[Coming]:
    """Each moment of her plan, and those that fall into a holiday or a pause."""
    rule, zone, what = Rule.read(row.rule), ZoneInfo(row.zone), row.scope.partition(":")[2]
    always = rule._replace(skip=())
    due_at, said, last = row.due_at, plans.said(row), datetime.fromisoformat(rule.last) if rule.last else None
    while True:
        at = plans.following(always, last, said, now, zone, days) if last else plans.first(always, now, zone, days)
        while at and at < min(due_at or row.expires_at, until):
            if kind := _free(rule, days, at.astimezone(zone).date()):
                yield Coming(at, row.kind, what, kind, skipped=True)
            at = plans.first(always, at, zone, days)
        if due_at is None or due_at > until or due_at >= row.expires_at:
            return
        now = max(now, due_at)
        if _is_paused(row, due_at):  # it does not count
            yield Coming(due_at, row.kind, what, PAUSED, skipped=True)
            last, due_at = None, plans.first(rule, due_at, zone, days)
        else:
            yield Coming(due_at, row.kind, what)
            last, said = due_at, said + 1
            due_at = plans.following(rule, last, said, now, zone, days)


def _free(rule: Rule, days: Schooldays, day: date) -> str:
    """What kind of free day this is, where the plan is not said on it."""
    return next((each.kind for each in days.free if each.kind in rule.skip and each.holds(day)), "")


def _is_paused(row: Row[Any], at: datetime) -> bool:
    return row.paused_until is not None and at < row.paused_until


def _loud(row: Row[Any], almanac: Almanac, at: datetime) -> datetime:
    """The first moment from then on at which nobody is woken."""
    return loud_from(almanac.config, row.school, Rest.of(row.rest_from, row.rest_until), row.contact_id, at)
