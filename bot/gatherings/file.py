"""evening.toml: an evening as somebody at the office writes it down. A mistake is one line: key and way out."""

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bot import hours as wall
from bot.conversation.shape import Table
from bot.errors import BotError
from bot.gatherings.plan import COFFEE, OPEN_DAY, OTHER, THEME, Plan
from bot.people.addresses import same_name
from bot.people.freedays import day as written_day

KEYS = (
    "kind", "theme", "name", "words", "groups", "day", "at", "minutes", "place", "places", "childcare",
    "interpreters", "invites", "closes",
)  # fmt: skip
NAMES = {THEME: "Thema-avond", COFFEE: "Koffie", OPEN_DAY: "Open dag", OTHER: ""}
EXAMPLE = """\
kind         = "thema"                # thema, koffie, open_dag or anders
theme        = "media"                # taal, opvoeding, media, pesten or puberteit
name         = "Telefoon en spelletjes thuis"
groups       = []                     # none: the whole school
day          = "2026-12-10"
at           = "19:30"
minutes      = 90
place        = "de aula"
places       = 40                     # leave it out where everybody fits in
childcare    = true
interpreters = true
invites      = "2026-11-30 16:00"     # leave it out: now
closes       = "2026-12-09 12:00"
# words = "..."                       # of kind anders: what parents read
"""


def read(text: str, school: str, groups: Mapping[int, str], zone: ZoneInfo, now: datetime) -> Plan:
    """The plan that this file describes; what is wrong with the plan itself is said by plan.py. Raises BotError."""
    try:
        raw = tomllib.loads(text)
        return _plan(Table(raw, "", KEYS), raw, school, groups, zone, now)
    except ValueError as error:  # also what tomllib raises
        raise BotError(str(error)) from None


def _plan(
    table: Table, raw: Mapping[str, Any], school: str, groups: Mapping[int, str], zone: ZoneInfo, now: datetime
) -> Plan:
    by_name = {same_name(name): number for number, name in groups.items()}
    wanted = table.texts("groups")
    if unknown := [each for each in wanted if same_name(each) not in by_name]:
        raise ValueError(f"groups: there is no {unknown[0]!r}; there are: {', '.join(groups.values()) or 'none'}")
    kind = table.text("kind", THEME)
    starts_at = _moment(f"{table.text('day')} {table.text('at')}", "day and at", zone)
    invites_at = _moment(table.text("invites"), "invites", zone) if "invites" in table else now
    return Plan(
        school, kind, table.text("name", NAMES.get(kind, "")), table.text("place"), starts_at,
        table.number("minutes", 90), invites_at, _moment(table.text("closes"), "closes", zone),
        f"file:{hashlib.sha256(repr(sorted(raw.items())).encode()).hexdigest()[:32]}",
        table.text("theme", "") if kind == THEME else "", tuple(by_name[same_name(each)] for each in wanted),
        table.number("places") if "places" in table else None, raw.get("childcare") is True,
        raw.get("interpreters") is True, table.text("words", ""),
    )  # fmt: skip


def _moment(text: str, where: str, zone: ZoneInfo) -> datetime:
    on, _, at = text.strip().rpartition(" ")
    try:
        day: date = written_day(on)
        return wall.at(day, time.fromisoformat(at.replace(".", ":").zfill(5)), zone)
    except ValueError:
        raise ValueError(f'{where} = {text!r}: write a day and a time as "2026-12-10 19:30"') from None
