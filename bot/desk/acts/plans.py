"""What a parent does with her own plans and hours: move, rarer, no more; a pause; rest."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from bot import hours
from bot.conversation.events import Finished
from bot.desk.load import Live
from bot.hours import Rest
from bot.model import Offer, Value
from bot.people import wishes
from bot.scheduler import plans
from bot.scheduler.plans import Rule

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
_SPANS = {"week": timedelta(days=7), "twee_weken": timedelta(days=14)}
_EVERY = {2: "twee", 4: "vier"}


# --- her plans
def has_plan(case: "Case") -> bool:
    return bool(case.plans) or case.person.id in case.batch.planners


def choose(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """A day and a time that the flow proposed and she agreed to."""
    return Finished(case.at, fields={"dag": Value("weekday", given["dag"]), "tijd": Value("time", given["tijd"])})


def any_plan(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    return Finished(case.at, "some" if _mine(case) else "none")


def mine(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Her plans by name; where there is one, it is not asked."""
    rows = _mine(case)
    return Finished(case.at, "only" if len(rows) == 1 else "ok", tuple(_offer(case, row) for row in rows))


def _offer(case: "Case", row: Row[Any]) -> Offer:
    name = _name(row)
    if case.books.catalogue.has(f"plan.welke.{name}"):
        return Offer(name)
    words = case.books.catalogue.words(case.person.language)
    shown = f"menu.wat.{row.flow}"
    return Offer(name, words.say(shown, {}) if case.books.catalogue.has(shown) else name)


def _name(row: Row[Any]) -> str:
    return str(row.scope).partition(":")[2]


def _mine(case: "Case") -> Sequence[Row[Any]]:
    """Her plans that go on, also what she has planned a moment ago."""
    case.savepoint()
    plans.save(case.tx, case.plans)
    case.plans.clear()
    return plans.of(case.tx, case.person.id)


def _meant(case: "Case", given: Mapping[str, str]) -> Row[Any] | None:
    """The plan that she means; None where it has ended meanwhile."""
    return next((row for row in _mine(case) if _name(row) == given["plan"]), None)


def move(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """To another day and time, as rare as it is."""
    row = _meant(case, given)
    if row is None:
        return Finished(case.at, "none")
    rule = Rule.read(row.rule)._replace(weekday=given["dag"], time=given["tijd"])
    zone, days = ZoneInfo(row.zone), case.batch.days(row.school)
    plans.settle(case.tx, row, rule, plans.moved(rule, plans.said(row), row.due_at, case.now, zone, days))
    return Finished(case.at)


def less(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Half as often: `twee` or `vier` weeks between two, or `over`."""
    row = _meant(case, given)
    if row is None:
        return Finished(case.at, "over")
    before, count = Rule.read(row.rule), plans.said(row)
    rule = plans.rarer(before, count)
    if rule is None:
        plans.change(case.tx, row.id, state="done", reason="less")
        return Finished(case.at, "over")
    due_at = row.due_at
    if rule.last:
        zone, days = ZoneInfo(row.zone), case.batch.days(row.school)
        due_at = plans.following(rule, plans.last(rule), count, case.now, zone, days)
    plans.settle(case.tx, row, rule, due_at)
    return Finished(case.at, _EVERY[rule.every])


def drop(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    row = _meant(case, given)
    if row is not None:
        plans.change(case.tx, row.id, state="done", reason="stopped")
    return Finished(case.at)


# --- a pause
def pause_choices(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """How long; where there is a pause, also that it ends now."""
    offers = [*_SPANS, "maand", "datum"]
    paused_until = case.person.paused_until
    if paused_until is not None and paused_until > case.now:
        offers.append("weer")
    return Finished(case.at, offers=tuple(map(Offer, offers)))


def pause(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Until a day: `past` and `beyond` the end of the school year it cannot be."""
    today, zone = case.at.date(), case.books.config.zone(case.schools[0] if case.schools else None)
    if given["duur"] == "datum":
        day = date.fromisoformat(given["datum"])
        ends = plans.year_end(case.now, zone, case.batch.days(live.school)).astimezone(zone).date()
        if day <= today:
            return Finished(case.at, "past")
        if day > ends:
            return Finished(case.at, "beyond", fields=_day(ends - timedelta(days=1)))
    else:
        day = today + _SPANS[given["duur"]] if given["duur"] in _SPANS else plans.month_later(today)
    _pause(case, (day, zone))
    return Finished(case.at, fields=_day(day))


def unpause(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    _pause(case, None)
    return Finished(case.at)


def _pause(case: "Case", until: tuple[date, ZoneInfo] | None) -> None:
    moment = hours.at(until[0], time(0), until[1]) if until else None
    case.savepoint()
    wishes.pause(case.tx, case.person.id, moment)
    case.person.paused_until = moment


def _day(day: date) -> Mapping[str, Value]:
    return {"datum": Value("date", day.isoformat())}


# --- her own rest
def rest(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Whether she `has` hours of her own, and which."""
    own = case.person.rest
    return Finished(case.at, "has", fields=_hours(*own)) if own else Finished(case.at, "none")


def set_rest(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`full` where too little of the day would be left."""
    own = given["van"], given["tot"]
    chosen = Rest.of(*own)
    quiet = [case.books.config.quiet(school) for school in case.schools or ("",)]
    if chosen is None or own[0] == own[1] or not all(hours.leaves_room(each, chosen) for each in quiet):
        return Finished(case.at, "full")
    _rest(case, own)
    return Finished(case.at)


def no_rest(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    _rest(case, None)
    return Finished(case.at)


def _rest(case: "Case", own: tuple[str, str] | None) -> None:
    case.savepoint()
    wishes.rest(case.tx, case.person.id, own)
    case.person.rest = own


def _hours(start: str, until: str) -> Mapping[str, Value]:
    return {"van": Value("time", start), "tot": Value("time", until)}


ACTIONS: Mapping[str, Action] = {
    "plans.choose": choose,
    "plans.any": any_plan,
    "plans.move": move,
    "plans.less": less,
    "plans.drop": drop,
    "plans.pause": pause,
    "plans.unpause": unpause,
    "plans.rest": rest,
    "plans.set_rest": set_rest,
    "plans.no_rest": no_rest,
}
OFFERS: Mapping[str, Action] = {
    "plans.mine": mine,
    "plans.pause_choices": pause_choices,
}
