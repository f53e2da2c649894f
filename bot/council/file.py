"""ballot.toml: a decision as somebody at the office writes it down. A mistake is one line: key and way out."""

import hashlib
import tomllib
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot import hours as wall
from bot.conversation.shape import Table
from bot.council import ballots
from bot.council.ballots import DECISION, ELECTION, Plan
from bot.errors import BotError
from bot.people.freedays import day as written_day

KEYS = ("kind", "title", "words", "choices", "seats", "opens", "closes")
EXAMPLE = """\
kind    = "besluit"                   # besluit or verkiezing
title   = "een dag uit in juni"       # a few words: parents read them
words   = "Waar gaan wij heen op onze dag uit?"
choices = ["Het bos", "Het museum", "Het strand"]     # two to five; an election has candidates instead
# seats = 2                           # of an election: how many parents are chosen
opens   = "2026-11-30 16:00"          # of an election: voting begins; parents put themselves forward until then
closes  = "2026-12-09 20:00"
"""
_WAYS_OUT = {
    "titel": f"title: 1 to {ballots.OF_TITLE} signs", "tekst": f"words: 1 to {ballots.OF_WORDS} signs",
    "keuzes": f"choices: {ballots.FEWEST} to {ballots.MOST}, all different", "plekken": f"seats: 1 to {ballots.SEATS}",
    "kandidaten": "opens: leave parents a day at least to put themselves forward",
    "tot": "closes: a day at least after opens, and two months at most",
}  # fmt: skip


def read(text: str, school: str, staff_id: int, zone: ZoneInfo, now: datetime) -> Plan:
    """The plan that this file describes. Raises BotError."""
    try:
        raw = tomllib.loads(text)
        table = Table(raw, "", KEYS)
        kind = table.one_of("kind", (DECISION, ELECTION), DECISION)
        plan = Plan(
            school, kind, table.text("title"), table.text("words"), table.texts("choices"), table.number("seats", 1),
            now if kind == ELECTION else None, _moment(table.text("opens"), "opens", zone),
            _moment(table.text("closes"), "closes", zone), staff_id,
            f"file:{hashlib.sha256(repr(sorted(raw.items())).encode()).hexdigest()[:32]}",
        )  # fmt: skip
    except ValueError as error:  # also what tomllib raises
        raise BotError(str(error)) from None
    for name in ballots.problems(plan, now):
        raise BotError(_WAYS_OUT.get(name, f"choices: each has 1 to {ballots.OF_CHOICE} signs"))
    return plan


def _moment(text: str, where: str, zone: ZoneInfo) -> datetime:
    on, _, at = text.strip().rpartition(" ")
    try:
        return wall.at(written_day(on), time.fromisoformat(at), zone)
    except ValueError:
        raise ValueError(f'{where} = {text!r}: write a day and a time as "2026-12-09 20:00"') from None
