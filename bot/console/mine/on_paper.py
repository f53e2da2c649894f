"""The sheets of talks on paper: one page for each, with room to write."""

from typing import Any, NamedTuple

from bot.booking import sheet
from bot.console.mine import day, named, talk
from bot.console.mine.named import Line
from bot.console.mine.talk import Agreement, Paper
from bot.console.visit import TALKING, Answer, Gone, Page, Visit, get
from bot.store.database import Tx


class Leaf(NamedTuple):
    """The paper of one talk."""

    line: Line
    day: str
    paper: Paper
    agreed: Agreement | None


def one(visit: Visit, tx: Tx) -> Answer:
    row = talk.one(visit, tx)
    if row.state not in sheet.HAS_ONE:
        raise Gone
    return _page(visit, tx, [row], f"/mijn/{row.id}", only=True)


def of_day(visit: Visit, tx: Tx) -> Answer:
    """All of a day, in their order; what nobody came to is left out."""
    asked = day.asked_day(visit.query.get("dag", "")) or visit.local.date()
    rows = [row for row in day.of_day(visit, tx, asked) if row.state != "missed"]
    return _page(visit, tx, rows, f"/mijn?dag={asked.isoformat()}", only=False)


def _page(visit: Visit, tx: Tx, rows: list[Any], back: str, *, only: bool) -> Page:
    lines = named.lines(visit, tx, rows)
    leaves = [_leaf(visit, tx, row, line) for row, line in zip(rows, lines, strict=True)]
    return Page("mijn_blad.html", {"room": "afspraken", "leaves": leaves, "back": back, "only": only})


def _leaf(visit: Visit, tx: Tx, row: Any, line: Line) -> Leaf:
    found = sheet.sheet(tx, visit.config, row.id)
    at = row.starts_at.astimezone(visit.config.zone(row.school)).date()
    return Leaf(line, visit.say.day(at), talk.paper(visit, found), talk.agreement(visit, tx, found))


DOORS = (get("/mijn/bladen", of_day, TALKING), get(f"{talk.HERE}/blad", one, TALKING))
