"""What was done at the school, by whom, newest first: in words, without contents; a page at a time, and as a file."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import select

from bot.console import reach
from bot.console.visit import OFFICES, Answer, File, Page, Visit, get
from bot.desk import talked
from bot.people import audit
from bot.people.audit import Deed
from bot.store import tables as t
from bot.store.database import Tx

A_PAGE = 50
_MOST = 20_000  # rows of a file
_TEXTS = "console.log."
_WAYS = {
    "thread": "/gesprekken/", "contact": "/gezinnen/", "staff": "/instellingen/collegas/", "round": "/afspraken/",
    "interpreter": "/afspraken/tolken/",
}  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would reckon with


class Line(NamedTuple):
    """Something that somebody did. `way`: where it is to be seen, "" where she may not, or it is gone."""

    who: str
    what: str
    about: str
    way: str
    at: str


def show(visit: Visit, tx: Tx) -> Answer:
    names = _names(visit, tx)
    found = _deeds(visit, tx, A_PAGE + 1)
    kinds = sorted((_what(visit, what), what) for what in _whats(visit))
    values = {
        "lines": list(_lines(visit, tx, found[:A_PAGE], names)), "kinds": kinds,
        "people": sorted(names.items(), key=lambda each: each[1].casefold()),
        "asked": {"wie": "", "wat": "", **_asked(visit)},
        "filter": urlencode(_asked(visit)), "older": found[A_PAGE - 1].id if len(found) > A_PAGE else 0,
    }  # fmt: skip
    return Page("instellingen_logboek.html", values)


def _asked(visit: Visit) -> dict[str, str]:
    return {name: visit.query[name] for name in ("wie", "wat") if visit.query.get(name)}


def _deeds(visit: Visit, tx: Tx, most: int) -> list[Deed]:
    before, staff_id = _number(visit.query.get("voor", "")), _number(visit.query.get("wie", ""))
    what = visit.query.get("wat", "")
    return audit.latest(tx, visit.who.school, most, before=before, staff_id=staff_id, what=what)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _whats(visit: Visit) -> Iterator[str]:
    """Everything that the pages have a word for."""
    for key in visit.house.books.catalogue.source:
        if key.startswith(_TEXTS):
            yield key.removeprefix(_TEXTS)


def _names(visit: Visit, tx: Tx) -> dict[int, str]:
    """Everybody who works here, or did."""
    rows = tx.execute(select(t.staff.c.id, t.staff.c.name).where(t.staff.c.school.in_(visit.who.schools)))
    return {row.id: tx.open("staff.name", row.name) for row in rows}


def _lines(visit: Visit, tx: Tx, found: Sequence[Deed], names: Mapping[int, str]) -> Iterator[Line]:
    hers = {kind: _visible(visit, tx, kind, found) for kind in _WAYS}
    names = _doers(tx, found, names)
    for deed in found:
        way = f"{_WAYS[deed.kind]}{deed.target}" if deed.target in hers.get(deed.kind, ()) else ""
        at = visit.say.moment(deed.at, visit.now, visit.school.zone)
        yield Line(_who(visit, deed, names), _what(visit, deed.what), _about(visit, deed, names), way, at)


def _visible(visit: Visit, tx: Tx, kind: str, found: Sequence[Deed]) -> set[int]:
    """Which of the rows that something was done to are there, and hers to see."""
    ids = {deed.target for deed in found if deed.kind == kind and deed.target}
    table = reach.TABLES[kind]
    still = table.c.left_at.is_(None) if kind == "staff" else table.c.id > 0
    rows = select(table.c.id).where(table.c.id.in_(ids), reach.RULES[kind](visit.who), still)
    return set(tx.execute(rows).scalars()) if ids else set()


def _doers(tx: Tx, found: Sequence[Deed], names: Mapping[int, str]) -> dict[int, str]:
    """With those of another school, such as a coach, who did something here."""
    ids = {deed.staff_id for deed in found if deed.staff_id} - names.keys()
    return {**names, **talked.colleagues(tx, ids)}


def _who(visit: Visit, deed: Deed, names: Mapping[int, str]) -> str:
    if deed.staff_id is None:
        return visit.say("logboek.vanzelf")
    return names.get(deed.staff_id) or visit.say("logboek.iemand")


def _what(visit: Visit, what: str) -> str:
    return visit.say(f"log.{what}") if visit.house.books.catalogue.has(f"{_TEXTS}{what}") else what


def _about(visit: Visit, deed: Deed, names: Mapping[int, str]) -> str:
    """A colleague by her name; all else by its number: no family is named here."""
    if deed.target is None:
        return ""
    if deed.kind == "staff" and deed.target in names:
        return names[deed.target]
    key = f"logboek.{deed.kind}"
    known = visit.house.books.catalogue.has(f"console.{key}")
    return visit.say(key, nummer=str(deed.target)) if known else f"{deed.kind} {deed.target}"


def export(visit: Visit, tx: Tx) -> Answer:
    """The same as a file, with whole moments."""
    names, out = _names(visit, tx), io.StringIO()
    sheet = csv.writer(out, delimiter=";")
    sheet.writerow([visit.say(f"logboek.kolom_{each}") for each in ("moment", "wie", "wat", "over")])
    found = _deeds(visit, tx, _MOST)
    names = _doers(tx, found, names)
    for deed in found:
        at = deed.at.astimezone(visit.school.zone).strftime("%Y-%m-%d %H:%M")
        cells = (at, _who(visit, deed, names), _what(visit, deed.what), _about(visit, deed, names))
        sheet.writerow([plain(each) for each in cells])
    name = f"logboek-{visit.who.school}-{visit.local.date().isoformat()}.csv"
    return File(name, "text/csv", ("\ufeff" + out.getvalue()).encode())


def plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


DOORS = (get("/instellingen/logboek", show, OFFICES), get("/instellingen/logboek.csv", export, OFFICES))
