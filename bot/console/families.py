"""Her families: of each group, or found by the first letters of a name; and who of them is not reached."""

from typing import Any, NamedTuple

from sqlalchemy import select

from bot.console import households, unreached
from bot.console.households import Picture, Row
from bot.console.visit import CLASS, TALKING, Answer, Gone, Page, Visit, get
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx

MOST = 60  # families in an answer to a search
_LONGEST = 80  # signs that one searches for


class Group(NamedTuple):
    """A group with how far its families are reached."""

    id: int
    name: str
    picture: Picture


def show(visit: Visit, tx: Tx) -> Answer:
    """The list, as wide as she may see it: searched, of one group, or the groups of the school to choose from."""
    typed = visit.query.get("zoek", "").strip()[:_LONGEST]
    groups = _groups(visit, tx)
    chosen = _chosen(visit, groups)
    found = households.rows(visit, tx, group=chosen)
    known = households.reaches(tx, found)
    values: dict[str, Any] = {
        "typed": typed, "group": groups.get(chosen or 0, ""), "chosen": chosen, "class": visit.who.role in CLASS,
        "lost": [], "only_lost": False, "unreached": 0, "groups": [], "lines": [], "more": 0, "picture": None,
    }  # fmt: skip
    if visit.query.get("niet-bereikt"):
        values |= {"only_lost": True, "refresh": 60, "lost": unreached.of(visit, tx, found, known)}
        return Page("gezinnen.html", values)
    if typed:
        lines = households.matching(households.lines(visit, tx, found, known), typed)
        return Page("gezinnen.html", {**values, "lines": lines[:MOST], "more": max(0, len(lines) - MOST)})
    values["picture"] = households.picture(visit, found, known)
    values["unreached"] = len(unreached.rows_of(visit, tx, found, known))
    if chosen is None and len(groups) > 1:
        values["groups"] = [
            Group(number, name, households.picture(visit, _of(found, number), known)) for number, name in groups.items()
        ]
    else:
        values["lines"] = households.lines(visit, tx, found, known)
    return Page("gezinnen.html", values)


def _groups(visit: Visit, tx: Tx) -> dict[int, str]:
    """The groups that she chooses from: a teacher's own, an office's all; a coach knows families by their talks."""
    if not visit.who.is_office:
        return dict(visit.who.groups)
    g = t.group.c
    here = g.school.in_(visit.who.schools), g.year == school_year(visit.local.date())
    rows = tx.execute(select(g.id, g.name).where(*here).order_by(g.name, g.id))
    return {row.id: row.name for row in rows}


def _chosen(visit: Visit, groups: dict[int, str]) -> int | None:
    """The group in the address, or the only one there is. Raises Gone where it is none of hers."""
    asked = visit.query.get("groep", "")
    if not asked:
        return next(iter(groups)) if len(groups) == 1 else None
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    if number not in groups:
        raise Gone
    return number


def _of(found: list[Row], group: int) -> list[Row]:
    return [row for row in found if row.group_id == group]


DOORS = (get("/gezinnen", show, TALKING), *unreached.DOORS)
