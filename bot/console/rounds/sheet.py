"""A round while it is made, as its form has it: it keeps itself from page to page until it opens."""

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from bot.console import drafts, sheets
from bot.console.visit import Visit
from bot.store.database import Tx

PLACE = "ronde_blad"
KEY = "sleutel"  # of one round: however often it is sent, it is made once
DAYS = 5  # of talks in one round; more would be another round
CELLS = 130  # so many hours of colleagues fit into one form
FILL = ("vul_dag", "vul_van", "vul_tot", "vul_pauze", "vul_pauze_tot", "vul_wie")
_ONE = (
    KEY, "naam", "soort", "per", "minuten", "pauze", "open_dag", "open_uur", "vroeg", "sluit_dag", "sluit_uur", "vorm",
    "plaats", "link", "vragen", *FILL,
)  # fmt: skip
_MANY = ("groep", "dag")
_NAME = re.compile(r"uren\.[0-9]{1,18}\.[0-9]{4}-[0-9]{2}-[0-9]{2}|lokaal\.[0-9]{1,18}")
_SPAN = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?\s*(?:-|–|tot|t/m|to)\s*(\d{1,2})(?:[.:](\d{2}))?")
_BETWEEN = re.compile(r"[\s,;+&]*(?:en|and)?[\s,;+&]*")


class Backwards(ValueError):
    """Those are hours, but not in their order."""


class Span(NamedTuple):
    """From one wall to another."""

    start: time
    until: time


class Sheet(sheets.Sheet):
    """A round as its form has it."""

    longest = 200

    @classmethod
    def is_field(cls, name: str) -> bool:
        return name in (*_ONE, *_MANY) or _NAME.fullmatch(name) is not None

    @property
    def groups(self) -> list[int]:
        return [number for number in self.numbers("groep") if number]

    @property
    def days(self) -> list[date]:
        """The days of talks, in their order."""
        found = {day for each in self.all("dag") if (day := a_day(each))}
        return sorted(found)[:DAYS]


# --- what stands in a field
def a_day(text: str) -> date | None:
    """None also for one at the end of the calendar, which has no morning or no day after it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None


def a_time(text: str) -> time | None:
    """Of `15:00` or `15.00`."""
    try:
        return time.fromisoformat(text.replace(".", ":").zfill(5)[:5])
    except ValueError:
        return None


def spans(text: str) -> list[Span]:
    """Of `15.00-17.30, 18.30-20.30`. Raises ValueError where it is something else, Backwards where one ends before it
    begins, or begins within another."""
    found, at = [], 0
    for match in _SPAN.finditer(text.strip()):
        if not _BETWEEN.fullmatch(text.strip(), at, match.start()):
            raise ValueError(text)
        hour, minute, to_hour, to_minute = (int(each or 0) for each in match.groups())
        found.append(Span(time(hour, minute), time(to_hour, to_minute)))
        at = match.end()
    if not _BETWEEN.fullmatch(text.strip(), at):
        raise ValueError(text)
    if any(each.start >= each.until for each in found) or any(a.until > b.start for a, b in pairwise(found)):
        raise Backwards(text)
    return found


def written(found: Iterable[Span]) -> str:
    """Those spans as one reads them."""
    return ", ".join(f"{each.start:%H.%M}-{each.until:%H.%M}" for each in found)


def cell(staff_id: int, day: date) -> str:
    """The name of the field with somebody's hours on a day."""
    return f"uren.{staff_id}.{day.isoformat()}"


# --- hours for all at once
def filled(sheet: Sheet, staff_ids: Sequence[int]) -> "tuple[Sheet, str]":
    """The sheet with a day for these colleagues, and what is wrong with what was typed: the key of a text."""
    day, start, until = a_day(sheet["vul_dag"]), a_time(sheet["vul_van"]), a_time(sheet["vul_tot"])
    if day is None:
        return sheet, "afspraken.fout_dag"
    if start is None or until is None or start >= until:
        return sheet, "afspraken.fout_van_tot"
    days = {*sheet.days, day}
    if len(days) > DAYS or len(days) * len(staff_ids) > CELLS:
        return sheet, "afspraken.fout_te_veel"
    found = [Span(start, until)]
    if sheet["vul_pauze"] or sheet["vul_pauze_tot"]:
        rest, after = a_time(sheet["vul_pauze"]), a_time(sheet["vul_pauze_tot"])
        if rest is None or after is None or not start < rest < after < until:
            return sheet, "afspraken.fout_pauze"
        found = [Span(start, rest), Span(after, until)]
    cells = {cell(each, day): written(found) for each in staff_ids}
    given: dict[str, str | Iterable[str]] = {**cells, "dag": [each.isoformat() for each in sorted(days)], "vul_dag": ""}
    if not sheet["sluit_dag"]:
        given["sluit_dag"] = (min(days) - timedelta(days=1)).isoformat()
    return sheet.with_fields(given), ""


def without(sheet: Sheet, day: str) -> Sheet:
    """That day is none of it after all."""
    return sheet.having(dag=[each for each in sheet.all("dag") if each != day])


def walls(sheet: Sheet, staff_ids: Iterable[int]) -> "Iterator[tuple[int, date, str]]":
    """What stands in the table: (who, when, what was typed), without what is empty."""
    for each in staff_ids:
        for day in sheet.days:
            if text := sheet[cell(each, day)]:
                yield each, day, text


# --- from page to page
def typed(visit: Visit) -> Sheet:
    """What came with a form."""
    sheet = Sheet(visit.many)
    return sheet if sheet[KEY] else sheet.having(**{KEY: secrets.token_hex(8)})


def kept(visit: Visit, tx: Tx) -> "Sheet | None":
    """What she had begun."""
    body = drafts.of(tx, visit.who.staff_id, PLACE)
    return Sheet(json.loads(body)) if body else None


def keep(visit: Visit, tx: Tx, sheet: Sheet) -> None:
    drafts.keep(tx, visit.who.staff_id, PLACE, sheet.dump(), visit.now)


def forget(visit: Visit, tx: Tx) -> None:
    """It is open, or not wanted any more."""
    drafts.forget(tx, visit.who.staff_id, PLACE)
