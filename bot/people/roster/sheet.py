"""Reads .csv and .xlsx as lines of named cells. Cells are data: nothing in them is ever evaluated."""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import ParseError

from bot.conversation.folding import fold
from bot.errors import RosterError
from bot.people.roster.wrong import Wrong

FAMILY_COLUMNS = {
    "id": "id", "group": "group", "child": "child", "guardian": "guardian", "language": "language", "phone": "phone",
    "nummer": "id", "groep": "group", "kind": "child", "ouder": "guardian", "taal": "language", "telefoon": "phone",
}  # fmt: skip
_LARGEST = 20 * 1024 * 1024  # a school of a thousand families is 100 KB
_MOST = 20_000  # lines
_DELIMITERS = ",;\t"


class Form(NamedTuple):
    """What a file may hold: folded headings with their columns, those it needs, and how to say so."""

    columns: Mapping[str, str]
    required: tuple[str, ...]
    need: str
    holds: str  # no list of ...


FAMILIES = Form(
    FAMILY_COLUMNS, ("group", "child", "guardian", "language"),
    "group, child, guardian, language (groep, kind, ouder, taal)", "families",
)  # fmt: skip


class Line(NamedTuple):
    """One row of the file: its line number there, and its cells by column."""

    number: int
    cells: dict[str, str]
    spills: bool = False  # more cells than columns


class Sheet(NamedTuple):
    """What a file holds: its lines, the columns it has, and the headings we do not know and leave alone."""

    lines: list[Line]
    columns: frozenset[str]
    ignored: tuple[str, ...] = ()


def read(path: Path, form: Form = FAMILIES) -> Sheet:
    """Read a .csv or .xlsx file. Raises RosterError where it cannot be read at all."""
    try:
        if path.stat().st_size > _LARGEST:
            raise RosterError({1: f"the file is larger than 20 MB; that is no list of {form.holds}"})
        return parse(path.name, path.read_bytes(), form)
    except OSError as error:
        raise RosterError({1: f"the file cannot be read: {error.strerror or 'it is damaged'}"}) from None


def parse(name: str, data: bytes, form: Form = FAMILIES) -> Sheet:
    """The same for the bytes of a file of this name."""
    if name.lower().endswith((".xlsx", ".xlsm")):
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # openpyxl on styles and validation
            return _sheet(_excel(io.BytesIO(data)), form)
    return _sheet(_csv(decode(data), form), form)


def _sheet(rows: Iterable[tuple[int, list[str]]], form: Form) -> Sheet:
    """Lines with named cells; the first line that holds anything is the heading."""
    filled = ((number, cells) for number, cells in rows if any(cells))
    first, heading = next(filled, (1, []))
    places = _places(first, heading, form)
    lines = []
    for number, cells in filled:
        named = {column: cells[at] if at < len(cells) else "" for column, at in places.items()}
        lines.append(Line(number, named, any(cells[len(heading) :])))
        if len(lines) > _MOST:
            raise RosterError({number: Wrong(f"more than {_MOST} lines; that is no list of {form.holds}", "te_groot")})
    unknown = tuple(cell for cell in heading if cell and fold(cell) not in form.columns)
    return Sheet(lines, frozenset(places), unknown)


def _places(first: int, heading: list[str], form: Form) -> dict[str, int]:
    """Where each column stands. Raises RosterError where a needed one is missing or one stands there twice."""
    places: dict[str, int] = {}
    for at, cell in enumerate(heading):
        column = form.columns.get(fold(cell))
        if column in places:
            raise RosterError({first: Wrong(f"the column {column} stands there twice", "kolom_dubbel", kolom=column)})
        if column:
            places[column] = at
    missing = [column for column in form.required if column not in places]
    if not heading:
        raise RosterError({first: Wrong("the file is empty", "bestand_leeg")})
    if missing:
        said = f"no column {', '.join(missing)}; the first line must name {form.need}"
        raise RosterError({first: Wrong(said, "kolom_mist", kolom=", ".join(missing))})
    return places


def decode(data: bytes) -> str:
    """UTF-8 with or without its mark, Excel's UTF-16, else Western European as Excel writes it."""
    by_mark = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if by_mark else ["utf-8-sig", "cp1252"]:
        try:
            return data.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise RosterError({1: Wrong("the letters cannot be read; save the file as CSV UTF-8 or as .xlsx", "tekens")})


def _csv(text: str, form: Form) -> Iterator[tuple[int, list[str]]]:
    heading = next((line for line in text.splitlines() if line.strip()), "")
    best = max(_DELIMITERS, key=lambda sign: _recognised(heading, sign, form))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=best, strict=True)
    number = 1
    try:
        for cells in reader:
            yield number, [cell.strip() for cell in cells]
            number = reader.line_num + 1
    except csv.Error:
        raise RosterError({number: Wrong("this line cannot be read; is a quote not closed?", "aanhaling")}) from None


def _recognised(heading: str, delimiter: str, form: Form) -> int:
    return sum(fold(cell) in form.columns for cell in heading.split(delimiter))


def _excel(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook  # slow to import
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(file, read_only=True, data_only=False)  # a formula stays the text it is
        try:
            for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
                yield number, [_text(cell) for cell in cells]
        finally:
            book.close()
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, IndexError, ValueError, TypeError):
        said = "this is no Excel file that can be read; save it anew as .xlsx or .csv"
        raise RosterError({1: Wrong(said, "geen_excel")}) from None


def _text(cell: Any) -> str:
    """A cell as text: a phone or an id that Excel took for a number comes back without `.0`."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
