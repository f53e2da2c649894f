"""What is wrong with a round, before anybody hears of it: each fault with what its sentence needs. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from itertools import combinations
from typing import Any

from bot import hours as wall
from bot.booking.plan import KINDS, LONGEST, NAME, PER, SPARE, STEP, Facts, Plan, Problem, seats, teacher
from bot.booking.slots import MODES, Hours

FIRST, LAST = time(7), time(22)  # between which people talk, on the clock of the school
PLACE = 60
ADDRESS = 200  # signs of the address of a video talk
_STUDY = "studiedag"
_SATURDAY = 5


def faults(plan: Plan, facts: Facts, now: datetime) -> list[Problem]:
    """Everything that is wrong with it, each thing once; what only warns comes last."""
    found = [*_of_words(plan, facts), *_of_moments(plan, facts, now)]
    for each in plan.hours:
        found += _of_hours(each, plan, facts, now)
    found += _crossing(plan.hours, facts)
    if all(each.warns for each in found):  # figures about hours that are wrong say nothing
        found += _of_figures(plan, facts)
    once: list[Problem] = []
    once += (each for each in found if each not in once)  # a break makes two of one row
    return sorted(once, key=lambda each: each.warns)


def _of_words(plan: Plan, facts: Facts) -> Iterator[Problem]:
    if not plan.name.strip():
        yield Problem("no_name")
    elif len(plan.name) > NAME:
        yield Problem("long_name", {"most": NAME})
    elif plan.name in facts.names:
        yield Problem("name_taken", {"name": plan.name, "round": facts.names[plan.name]})
    if plan.kind not in KINDS:
        yield Problem("kind_odd", {"kind": plan.kind, "known": KINDS})
    if plan.per not in PER:
        yield Problem("per_odd", {"per": plan.per, "known": PER})
    if not plan.groups:
        yield Problem("no_groups")
    for group in plan.groups:
        if group not in facts.groups:
            yield Problem("group_gone", {"group": group})
    if not STEP <= plan.minutes <= LONGEST or plan.minutes % STEP:
        yield Problem("minutes_odd", {"minutes": plan.minutes, "most": LONGEST})
    if not 0 <= plan.pause <= SPARE or plan.pause % STEP:
        yield Problem("pause_odd", {"minutes": plan.pause, "most": SPARE})
    if not plan.hours:
        yield Problem("no_hours")


def _of_moments(plan: Plan, facts: Facts, now: datetime) -> Iterator[Problem]:
    early, opens, closes = (
        each and each.astimezone(facts.zone) for each in (plan.early_at, plan.opens_at, plan.closes_at)
    )
    if early and opens and early > opens:
        yield Problem("early_late", {"early": early, "opens": opens})
    if plan.closes_at <= plan.opens_at:
        yield Problem("closes_early", {"opens": opens, "closes": closes})
    elif plan.closes_at <= now:
        yield Problem("closes_past", {"closes": closes})
    last = max((wall.at(each.day, each.until, facts.zone) for each in plan.hours), default=None)
    if last and plan.opens_at >= last:
        yield Problem("opens_late", {"opens": opens, "last": last.astimezone(facts.zone)})


# --- of one row of hours
def _of_hours(each: Hours, plan: Plan, facts: Facts, now: datetime) -> Iterator[Problem]:
    def fault(code: str, **data: Any) -> Problem:
        walls = {"from": f"{each.start:%H:%M}", "until": f"{each.until:%H:%M}"} if code.startswith("hours") else {}
        return Problem(code, {**who, "day": each.day, **walls, **data}, each.id)

    who = {"staff": facts.staff.get(each.staff_id, str(each.staff_id))}
    if each.staff_id not in facts.staff:
        yield Problem("staff_gone", who, each.id)
    elif not any(each.staff_id in facts.teachers.get(group, ()) for group in plan.groups):
        yield Problem("staff_without_group", who, each.id)
    if each.day < now.astimezone(facts.zone).date():
        yield fault("day_past")
    elif each.day.weekday() >= _SATURDAY:
        yield fault("day_free", why="")
    elif free := facts.days.free_on(each.day):
        yield fault("study_day" if free.kind == _STUDY else "day_free", why=free.name)
    if each.mode not in MODES:
        yield fault("mode_odd", mode=each.mode, known=MODES)
    if each.mode == "video" and not is_address(plan.links.get(each.staff_id, "")):
        yield fault("no_link")
    if len(each.place) > PLACE:
        yield fault("long_place", most=PLACE)
    if code := wall_fault(each, plan.minutes):
        more = {"minutes": plan.minutes} if code == "hours_short" else {}
        night = {"first": f"{FIRST:%H:%M}", "last": f"{LAST:%H:%M}"} if code == "hours_at_night" else {}
        yield fault(code, **more, **night)


def is_address(text: str) -> bool:
    """Whether a video talk can be there: parents get it as it is."""
    begins = text.startswith("https://") and len("https://") < len(text) <= ADDRESS
    return begins and text.isprintable() and not any(each.isspace() or each in '<>"\\' for each in text)


def wall_fault(each: Hours, minutes: int) -> str:
    """What is wrong with when these hours begin and end; "" where nothing is."""
    long = (each.until.hour - each.start.hour) * 60 + each.until.minute - each.start.minute
    if long <= 0:
        return "hours_odd"
    if any(at.minute % STEP or at.second or at.microsecond for at in (each.start, each.until)):
        return "hours_uneven"
    if each.start < FIRST or each.until > LAST:
        return "hours_at_night"
    return "hours_short" if long < minutes else ""


def _crossing(hours: Iterable[Hours], facts: Facts) -> Iterator[Problem]:
    """Somebody's hours that meet others of hers, here or in another round."""
    mine = sorted(hours, key=lambda each: (each.staff_id, each.day, each.start))
    for one, other in combinations(mine, 2):
        if meet(one, other):
            yield Problem("hours_cross", _where(other, facts), other.id)
    for each in mine:
        for other, name in facts.elsewhere:
            if meet(each, other):
                yield Problem("hours_elsewhere", {**_where(each, facts), "round": name}, each.id)


def meet(one: Hours, other: Hours) -> bool:
    """Whether somebody would have to be at both at the same time."""
    same = (one.staff_id, one.day) == (other.staff_id, other.day)
    return same and one.start < other.until and other.start < one.until


def _where(each: Hours, facts: Facts) -> dict[str, Any]:
    name = facts.staff.get(each.staff_id, str(each.staff_id))
    return {"staff": name, "day": each.day, "from": f"{each.start:%H:%M}"}


# --- of the whole
def _of_figures(plan: Plan, facts: Facts) -> Iterator[Problem]:
    having = {each.staff_id for each in plan.hours}
    if not any(facts.children.get(group) for group in plan.groups):
        yield Problem("no_family")
    for group in plan.groups:
        many = facts.children.get(group, 0)
        if many and teacher(facts.teachers.get(group, ()), having) is None:
            yield Problem("group_without_hours", {"group": facts.groups[group], "children": many})
    for each in seats(plan, facts):
        if each.slots < each.children:
            yield Problem("few_slots", {"staff": each.name, "slots": each.slots, "families": each.children})
