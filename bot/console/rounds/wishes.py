"""What stands in the form of a round as a plan, and what stands in its way in words, each at its own field."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from bot import hours as wall
from bot.booking import rounds
from bot.booking.plan import Plan, Problem
from bot.booking.slots import MODES, Hours
from bot.console.letters_page import groups_of
from bot.console.rounds.sheet import KEY, Sheet, a_day, a_time, cell, spans, walls
from bot.console.visit import Gone, Visit
from bot.store.database import Tx

EVERYWHERE = "uren"  # what is wrong with all hours stands above the table
MOMENTS = ("open_dag", "sluit_dag", "vroeg")  # one is compared with the others
_FIELDS = {
    "no_name": "naam", "long_name": "naam", "name_taken": "naam", "no_groups": "groep", "group_gone": "groep",
    "no_family": "groep", "group_without_hours": EVERYWHERE, "no_hours": EVERYWHERE, "kind_odd": "soort",
    "per_odd": "per", "minutes_odd": "minuten", "pause_odd": "pauze", "early_late": "vroeg",
    "closes_early": "sluit_dag", "closes_past": "sluit_dag", "opens_late": "open_dag", "mode_odd": "vorm",
    "long_place": "plaats", "no_link": "link",
}  # fmt: skip


def plan(visit: Visit, tx: Tx, sheet: Sheet, teachers: Iterable[int]) -> tuple[Plan, dict[str, str]]:
    """The round that she wants, and what cannot be read in the form, field by field. Raises Gone for a group that is
    not hers."""
    if not set(sheet.groups) <= set(groups_of(visit, tx)):
        raise Gone
    opens, closes, wrong = _moments(visit, sheet)
    hours = tuple(_hours(sheet, teachers))
    early = opens - timedelta(days=sheet.number("vroeg")) if sheet.number("vroeg") else None
    links = dict.fromkeys({each.staff_id for each in hours}, sheet["link"]) if sheet["link"] else {}
    made = Plan(
        visit.who.school, sheet["naam"], tuple(sheet.groups), hours, sheet.number("minuten"), opens, closes,
        kind=sheet["soort"], early_at=max(early, min(visit.now, opens)) if early else None,
        pause=sheet.number("pauze"), per=sheet["per"], prepares=bool(sheet["vragen"]), links=links,
        key=f"form:{visit.who.staff_id}:{sheet[KEY][:32]}",
    )  # fmt: skip
    return made, wrong


def stops(visit: Visit, tx: Tx, plan: Plan) -> dict[str, str]:
    """Why it cannot be opened so, at the field it is about."""
    found: dict[str, str] = {}
    for each in problems(visit, tx, plan):
        if not each.warns:
            found.setdefault(_field(each, plan), words(visit, each))
    return found


def warnings(visit: Visit, tx: Tx, plan: Plan) -> list[str]:
    """What is worth a thought before it opens."""
    return [words(visit, each) for each in problems(visit, tx, plan) if each.warns]


def problems(visit: Visit, tx: Tx, plan: Plan) -> list[Problem]:
    return rounds.problems(tx, visit.config, plan, visit.now)


def words(visit: Visit, each: Problem) -> str:
    """A problem as a sentence that says what to do."""
    return visit.say(f"rounds.fault.{each.code}", **{name: _said(visit, value) for name, value in each.data.items()})


def _said(visit: Visit, value: Any) -> "str | int | date":
    if isinstance(value, datetime):
        return visit.say.moment(value, visit.now, visit.school.zone)
    if isinstance(value, (int, date)):
        return value
    return value if isinstance(value, str) else ", ".join(map(str, value))


def _field(each: Problem, plan: Plan) -> str:
    if each.code in _FIELDS:
        return _FIELDS[each.code]
    row = next((hours for hours in plan.hours if hours.id == each.row), None)
    return cell(row.staff_id, row.day) if row else EVERYWHERE


def _moments(visit: Visit, sheet: Sheet) -> tuple[datetime, datetime, dict[str, str]]:
    found, wrong = [], {}
    for name in ("open", "sluit"):
        day, at = a_day(sheet[f"{name}_dag"]), a_time(sheet[f"{name}_uur"])
        if day is None or at is None:
            wrong[f"{name}_dag"] = visit.say(f"afspraken.fout_{name}")
        found.append(wall.at(day, at, visit.school.zone) if day and at else visit.now)
    return max(found[0], visit.now), found[1], wrong


def _hours(sheet: Sheet, teachers: Iterable[int]) -> Iterable[Hours]:
    """Those of the table that can be read; each knows from which cell it came."""
    mode = sheet["vorm"] if sheet["vorm"] in MODES else MODES[0]
    for row, (who, day, text) in enumerate(walls(sheet, teachers), 1):
        place = sheet[f"lokaal.{who}"] or sheet["plaats"]
        yield from (Hours(who, day, each.start, each.until, mode, place, row) for each in spans(text))
