"""The rows of flows/offers.csv, read strictly: each mistake has its row, its column and the way out. Pure."""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import NamedTuple, TypeVar

from bot.people.addresses import phone
from bot.translation.languages import LANGUAGES

THEMES = ("taal", "lezen", "opvoeding", "sport", "geld", "huis", "vrijetijd", "gezondheid", "ouders")
PER = ("keer", "maand", "jaar")
COLUMNS = (
    "key", "school", "owner", "contact", "phone", "page", "theme", "languages", "from", "to", "place", "cost", "until",
    "checked", "name", "what",
)  # fmt: skip
WHAT = "what."  # and a language: the description as people wrote it in that language
LONGEST = {"owner": 60, "contact": 60, "place": 60, "name": 40, "what": 120}
_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")
_COST = re.compile(r"(\d{1,4}(?:[.,]\d{1,2})?)(?: ?/ ?([a-z]+))?")
_OLDEST = 99
_ANY = "alle"
T = TypeVar("T")


class Fault(NamedTuple):
    """One mistake: the row of the file (1 is the heading), the column, what is wrong, and the way out."""

    row: int
    column: str
    problem: str
    way_out: str

    def __str__(self) -> str:
        return f"offers.csv: row {self.row}, {self.column}: {self.problem}; {self.way_out}"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a partner offers. `cost`: euros, None where nobody says; `per`: keer maand jaar, "" in all."""

    key: str
    school: str  # "": all
    owner: str
    contact: str  # who calls a parent
    phone: str
    page: str
    theme: str
    languages: tuple[str, ...]
    youngest: int | None
    oldest: int | None
    place: str
    cost: Decimal | None
    per: str
    until: date | None
    checked: date
    name: str
    what: str
    said: Mapping[str, str] = field(default_factory=dict)  # `what` in other languages, written by people


class _CellError(ValueError):
    """A cell that cannot be read: what is wrong, and the way out."""


def read(source: str, schools: Collection[str] = ()) -> tuple[list[Item], list[Fault]]:
    """All offers that can be read, and every mistake."""
    lines = csv.reader(StringIO(source), delimiter=_delimiter(source), strict=True)
    try:
        table = [[cell.strip() for cell in line] for line in lines]
    except csv.Error as error:
        return [], [Fault(lines.line_num, "row", str(error), "close every quotation mark")]
    heading = table[0] if table else []
    if faults := list(_heading(heading)):
        return [], faults
    items: dict[str, Item] = {}
    for number, cells in enumerate(table[1:], 2):
        if not any(cells):
            continue
        if len(cells) != len(heading):
            faults.append(_columns(number, len(cells), len(heading)))
            continue
        row = _Row(number, dict(zip(heading, cells, strict=True)))
        item = row.item(schools)
        if item and item.key in items:
            row.fault("key", f"{item.key!r} stands in the file twice", "give each offer a key of its own")
        elif item:
            items[item.key] = item
        faults += row.faults
    return list(items.values()), faults


def _delimiter(source: str) -> str:
    heading = source.partition("\n")[0]
    return ";" if heading.count(";") > heading.count(",") else ","


def _columns(number: int, found: int, wanted: int) -> Fault:
    way_out = "put a text with a comma between quotation marks"
    return Fault(number, "row", f"has {found} columns, the heading {wanted}", way_out)


def _heading(heading: list[str]) -> Iterator[Fault]:
    spoken = {f"{WHAT}{language}" for language in LANGUAGES}
    for column in COLUMNS:
        if column not in heading:
            yield Fault(1, column, "is missing in the heading", "add this column; it may be empty")
    for column in heading:
        if column not in COLUMNS and column not in spoken:
            yield Fault(1, column or "?", "is no column", f"choose from {', '.join(COLUMNS)}, {WHAT}<language>")
        elif heading.count(column) > 1:
            yield Fault(1, column, "stands in the heading twice", "remove one")


class _Row:
    """One row while it is read: each cell by its column, each mistake kept."""

    def __init__(self, number: int, cells: Mapping[str, str]) -> None:
        self.number = number
        self.cells = cells
        self.faults: list[Fault] = []

    def fault(self, column: str, problem: str, way_out: str) -> None:
        self.faults.append(Fault(self.number, column, problem, way_out))

    def item(self, schools: Collection[str]) -> Item | None:
        cost, per = self.cell("cost", _cost) or (None, "")
        until, checked = self.cell("until", _day), self.cell("checked", _day, needed=True)
        youngest, oldest = self.cell("from", _age), self.cell("to", _age)
        spoken = self.cell("languages", _languages, needed=True) or ()
        key, theme = self.cell("key", _key, needed=True) or "", self.cell("theme", _theme, needed=True) or ""
        number, page = self.cell("phone", _phone) or "", self.cell("page", _page) or ""
        short = {column: self.cell(column, _short(most), needed=True) or "" for column, most in LONGEST.items()}
        said = {
            column.removeprefix(WHAT): self.cell(column, _short(2 * LONGEST["what"])) or ""
            for column in self.cells
            if column.startswith(WHAT)
        }
        if not (self.cells["phone"] or self.cells["page"]):
            self.fault("phone", "how can the owner be reached?", "give a phone number, or a page")
        if youngest is not None and oldest is not None and youngest > oldest:
            self.fault("to", f"{oldest} is younger than {youngest}", "turn them round")
        if schools and self.cells["school"] not in ("", *schools):
            way_out = f"leave it empty (all schools), or choose from {', '.join(sorted(schools))}"
            self.fault("school", f"there is no school {self.cells['school']!r}", way_out)
        if self.faults or checked is None:
            return None
        return Item(
            key, self.cells["school"], short["owner"], short["contact"], number, page, theme, spoken, youngest, oldest,
            short["place"], cost, per, until, checked, short["name"], short["what"],
            {language: words for language, words in said.items() if words},
        )  # fmt: skip

    def cell(self, column: str, parse: Callable[[str], T], *, needed: bool = False) -> T | None:
        """What stands there; None where it is empty, or wrong."""
        text = self.cells[column]
        if not text:
            if needed:
                self.fault(column, "is empty", "fill it in")
            return None
        try:
            return parse(text)
        except _CellError as wrong:
            self.fault(column, *wrong.args)
        return None


# --- one cell
def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise _CellError(f"{text!r} is no key", "write small letters, digits and _, such as taalcafe")
    return text


def _theme(text: str) -> str:
    if text not in THEMES:
        raise _CellError(f"there is no theme {text!r}", f"choose from {', '.join(THEMES)}")
    return text


def _languages(text: str) -> tuple[str, ...]:
    if text == _ANY:
        return tuple(LANGUAGES)
    for code in text.split():
        if code not in LANGUAGES:
            raise _CellError(
                f"there is no language {code!r}", f"write codes with spaces between, such as nl ar tr, or {_ANY}"
            )
    return tuple(dict.fromkeys(text.split()))


def _age(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= _OLDEST):
        raise _CellError(f"{text!r} is no age", "write years, such as 4, or leave it empty")
    return int(text)


def _cost(text: str) -> tuple[Decimal, str]:
    found = _COST.fullmatch(text)
    per = (found[2] or "") if found else ""
    if found is None or (per and per not in PER):
        raise _CellError(f"{text!r} is no price", "write 0, 2,50 or 2,50/keer (keer, maand or jaar), or leave it empty")
    return Decimal(found[1].replace(",", ".")), per


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d-%m-%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day on the wall
        except ValueError:
            continue
    raise _CellError(f"{text!r} is no date", "write 2027-06-30 or 30-06-2027")


def _phone(text: str) -> str:
    try:
        return phone(text)
    except ValueError:
        raise _CellError(
            f"{text!r} is no phone number", "write 06 12 34 56 78, or with its country +31612345678"
        ) from None


def _page(text: str) -> str:
    if not re.fullmatch(r"https://[^\s<>\"']{4,190}", text):
        raise _CellError(f"{text!r} is no page", "write the whole address: https://...")
    return text


def _short(most: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if len(text) > most or "\n" in text:
            problem = "has several lines" if "\n" in text else f"has {len(text)} signs"
            raise _CellError(problem, f"say it in one line of {most} signs at most")
        return text

    return parse
