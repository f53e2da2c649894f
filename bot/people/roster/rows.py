"""Checks each row of the file by itself: nothing empty, a known language, a phone number that exists."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bot.people.addresses import phone, same_name
from bot.people.roster.sheet import Line
from bot.people.roster.wrong import Wrong
from bot.translation import languages

_LONGEST = {"id": 80, "group": 80, "child": 120, "guardian": 120}
_JOINERS = "\u200c\u200d"  # part of Persian and Indic spelling


@dataclass(frozen=True, slots=True)
class Row:
    """A guardian of a child, as the file has it, with names also in the one spelling that is compared."""

    line: int
    id: str
    group: str
    child: str
    guardian: str
    language: str
    phone: str  # +31612000001, or ""
    child_key: str
    guardian_key: str
    group_key: str


class _Fault(ValueError):  # noqa: N818 - a fault in a row, no error of the program
    """What is wrong with a row; never repeats what is in it."""

    def __init__(self, faults: Iterable[Wrong]) -> None:
        self.wrong = Wrong.all(faults)
        super().__init__(self.wrong)


def check(lines: Iterable[Line], region: str) -> tuple[list[Row], dict[int, str]]:
    """The rows that are right, and per line what is wrong with the others."""
    rows: list[Row] = []
    wrong: dict[int, str] = {}
    for line in lines:
        try:
            rows.append(_row(line, region))
        except _Fault as fault:
            wrong[line.number] = fault.wrong
    return rows, wrong


def _row(line: Line, region: str) -> Row:
    cells = {column: _clean(text) for column, text in line.cells.items()}
    faults = [*_empty(cells), *_too_long(cells)]
    if line.spills:
        said = "more cells than the first line has columns; put a text with a comma or semicolon in quotes"
        faults.append(Wrong(said, "te_breed"))
    language = languages.find(cells["language"])
    if cells["language"] and language is None:
        said = "language is not known; write a code (tr) or a name (Turks, Turkish, Türkçe)"
        faults.append(Wrong(said, "taal"))
    number = ""
    try:
        number = phone(cells["phone"], region) if cells.get("phone") else ""
    except ValueError as error:
        said = f"phone is {error}; write for example 0612345678 or +31612345678, or leave it empty"
        faults.append(Wrong(said, "telefoon"))
    if faults or language is None:
        raise _Fault(faults)
    child, guardian, group = cells["child"], cells["guardian"], cells["group"]
    return Row(
        line.number, cells.get("id", ""), group, child, guardian, language.code, number,
        same_name(child), same_name(guardian), same_name(group),
    )  # fmt: skip


def _empty(cells: dict[str, str]) -> list[Wrong]:
    needed = ("group", "child", "guardian", "language")
    return [Wrong(f"{column} is empty", "leeg", kolom=column) for column in needed if not same_name(cells[column])]


def _too_long(cells: dict[str, str]) -> list[Wrong]:
    return [
        Wrong(f"{column} is longer than {most} letters", "te_lang", kolom=column, aantal=most)
        for column, most in _LONGEST.items()
        if len(cells.get(column, "")) > most
    ]


def _clean(text: str) -> str:
    """The text without control signs and invisible marks, with single spaces."""
    kept = (" " if sign in "\t\n\r" else sign for sign in text if sign in _JOINERS + "\t\n\r" or _visible(sign))
    return " ".join("".join(kept).split())


def _visible(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"}
