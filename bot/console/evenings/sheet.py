"""A gathering while it is made, as its form has it, and the plan that stands in it."""

import json
import secrets
from datetime import date, datetime, timedelta

from bot import hours as wall
from bot.console import drafts, sheets
from bot.console.letters_page import groups_of
from bot.console.rounds.sheet import a_day, a_time
from bot.console.visit import Gone, Visit
from bot.gatherings import gatherings
from bot.gatherings.plan import OPEN_DAY, OTHER, THEME, Plan
from bot.store.database import Tx

PLACE = "avond_blad"
KEY = "sleutel"
_ONE = (
    KEY, "soort", "thema", "naam", "woorden", "plaats", "dag", "uur", "minuten", "plekken", "opvang", "tolk",
    "vraag_dag", "vraag_uur", "sluit_dag", "sluit_uur",
)  # fmt: skip
_FIELDS = {
    "kind": "soort", "theme": "thema", "name": "naam", "place": "plaats", "words": "woorden", "places": "plekken",
    "groups": "groep", "minutes": "minuten", "starts_at": "dag", "closes_at": "sluit_dag", "invites_at": "vraag_dag",
}  # fmt: skip


class Sheet(sheets.Sheet):
    """A gathering as its form has it."""

    longest = 400

    @classmethod
    def is_field(cls, name: str) -> bool:
        return name in (*_ONE, "groep")

    @property
    def groups(self) -> list[int]:
        return [number for number in self.numbers("groep") if number]


def fresh(visit: Visit) -> Sheet:
    """What most schools want, to be changed."""
    day = visit.local.date() + timedelta(days=14)
    return Sheet({
        "soort": ["thema"], "thema": ["media"], "dag": [day.isoformat()], "uur": ["19:30"], "minuten": ["90"],
        "vraag_dag": [(visit.local.date() + timedelta(days=1)).isoformat()], "vraag_uur": ["16:00"],
        "sluit_dag": [(day - timedelta(days=1)).isoformat()], "sluit_uur": ["12:00"],
    })  # fmt: skip


def again(visit: Visit, tx: Tx, old: gatherings.Gathering) -> Sheet:
    """The same a year later, on the same weekday, with the same groups by their names."""
    local, zone = old.starts_at.astimezone(visit.school.zone), visit.school.zone
    day = local.date() + timedelta(days=364)
    later = [each.astimezone(zone) + timedelta(days=364) for each in (old.invites_at, old.closes_at)]
    named = set(gatherings.groups(tx, old.id).values())
    groups = [str(number) for number, name in groups_of(visit, tx).items() if name in named]
    return Sheet({
        "soort": [old.kind], "thema": [old.theme], "naam": [old.name], "plaats": [old.place],
        "woorden": [gatherings.said(tx, old.id).words], "minuten": [str(old.minutes)],
        "plekken": [str(old.places or "")], "opvang": ["1"] * old.childcare, "tolk": ["1"] * old.interpreters,
        "groep": groups, "dag": [day.isoformat()], "uur": [f"{local:%H:%M}"],
        "vraag_dag": [f"{later[0]:%Y-%m-%d}"], "vraag_uur": [f"{later[0]:%H:%M}"],
        "sluit_dag": [f"{later[1]:%Y-%m-%d}"], "sluit_uur": [f"{later[1]:%H:%M}"],
    })  # fmt: skip


def typed(visit: Visit) -> Sheet:
    """What came with a form."""
    sheet = Sheet(visit.many)
    return sheet if sheet[KEY] else sheet.having(**{KEY: secrets.token_hex(8)})


def kept(visit: Visit, tx: Tx) -> Sheet | None:
    body = drafts.of(tx, visit.who.staff_id, PLACE)
    return Sheet(json.loads(body)) if body else None


def keep(visit: Visit, tx: Tx, sheet: Sheet) -> None:
    drafts.keep(tx, visit.who.staff_id, PLACE, sheet.dump(), visit.now)


def read(visit: Visit, tx: Tx, sheet: Sheet) -> tuple[Plan, dict[str, str]]:
    """The plan, and what is wrong with it, field by field. Raises Gone for a group that is not hers."""
    groups = groups_of(visit, tx)
    if not set(sheet.groups) <= set(groups):
        raise Gone
    wrong, never = {}, datetime(1, 1, 2, tzinfo=visit.now.tzinfo)
    starts_at = moment(visit, sheet["dag"], sheet["uur"])
    closes_at = moment(visit, sheet["sluit_dag"], sheet["sluit_uur"])
    invites_at = moment(visit, sheet["vraag_dag"], sheet["vraag_uur"])
    for name, found in (("dag", starts_at), ("sluit_dag", closes_at), ("vraag_dag", invites_at)):
        if found is None:
            wrong[name] = visit.say("avonden.fout_moment")
    if not visit.who.is_office and not sheet.groups:
        wrong["groep"] = visit.say("avonden.fout_groep")
    kind = sheet["soort"]
    plan = Plan(
        visit.who.school, kind, _name(visit, sheet), sheet["plaats"], starts_at or never, sheet.number("minuten"),
        invites_at or never, closes_at or never, f"form:{visit.who.staff_id}:{sheet[KEY][:32]}",
        sheet["thema"] if kind == THEME else "", tuple(sheet.groups) if kind != OPEN_DAY else (),
        sheet.number("plekken") if sheet["plekken"] else None, bool(sheet["opvang"]), bool(sheet["tolk"]),
        sheet["woorden"] if kind == OTHER else "",
    )  # fmt: skip
    if not wrong:
        for each in gatherings.problems(tx, visit.config, plan, visit.now):
            wrong.setdefault(_FIELDS[each.field], visit.say(f"avonden.fout.{each.code}"))
    return plan, wrong


def _name(visit: Visit, sheet: Sheet) -> str:
    """What she calls it, else what it is."""
    if sheet["naam"] or sheet["soort"] == OTHER:
        return " ".join(sheet["naam"].split())
    return visit.say(
        f"avonden.thema_{sheet['thema']}" if sheet["soort"] == THEME else f"avonden.soort_{sheet['soort']}"
    )


def moment(visit: Visit, on: str, at: str) -> datetime | None:
    """A day and an hour of a form; None where they cannot be read."""
    day: date | None = a_day(on)
    hour = a_time(at)
    return wall.at(day, hour, visit.school.zone) if day and hour else None
