"""A spreadsheet for a reviewer: a text in each row, and beside it room for hers."""

import re
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from bot.errors import ContentError
from bot.translation.exchange import Answer, Row
from bot.translation.languages import LANGUAGES, direction

_COLUMNS = ("key", "where", "Dutch", "now", "yours", "note")
_WIDTHS = (26, 26, 46, 46, 46, 24)
_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")  # a spreadsheet would run it; so would it what has lost its apostrophe
_UNPACKED = 50 * 1024 * 1024  # what an Excel file may hold inside
_RISK, _STALE, _OPEN, _HEAD = "FBE3DC", "FFF3CF", "F2F7EC", "0B5D7A"
_HOW = (
    "Read each row: is what stands under 'now' what the Dutch says, as a school would say it warmly to a parent?",
    "Right as it is: write ok under 'yours'. Not right: write the better text there. Not sure: leave it empty.",
    "Keep what stands in braces, such as {kind}: the bot puts a name there. Short is good: an SMS has 160 signs.",
    "Red rows first: an error there would hurt. The last, hidden column must stay as it is.",
)


def save(path: Path, language: str, rows: Sequence[Row]) -> None:
    """Write these rows as a spreadsheet; in a right-to-left language the columns run that way too."""
    from openpyxl import Workbook  # slow to import

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = f"Ouderbrug {language}"
    sheet.append([*_COLUMNS, language])
    for row in rows:
        cells = (row.name, row.place, " / ".join(row.dutch), row.now, "", row.note or _plain(row.state), row.stamp)
        sheet.append([_harmless(cell) for cell in cells])
    _dress(sheet, language, rows)
    how = book.create_sheet("How")
    how.column_dimensions["A"].width = 110
    for line in (f"Ouderbrug: the texts in {LANGUAGES[language].english}", *_HOW):
        how.append([line])
    book.save(path)


def _plain(state: str) -> str:
    return "" if state == "draft" else state


def _dress(sheet: Any, language: str, rows: Sequence[Row]) -> None:
    """Wrapped, frozen, wide enough, what is dangerous in colour, and the way its readers read."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "B2"
    sheet.sheet_view.rightToLeft = direction(language) == "rtl"
    for place, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
        head = sheet.cell(1, place)
        head.font, head.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor=_HEAD)
    sheet.column_dimensions[get_column_letter(len(_WIDTHS) + 1)].hidden = True
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_WIDTHS))}{len(rows) + 1}"
    from_left = Alignment(wrap_text=True, vertical="top", readingOrder=1, horizontal="left")
    own_way = Alignment(wrap_text=True, vertical="top", readingOrder=2) if sheet.sheet_view.rightToLeft else from_left
    quiet = Font(color="5D6876", size=9)
    for line, row in enumerate(rows, start=2):
        colour = _RISK if row.risk else _STALE if row.state in ("stale", "missing") else ""
        for place in range(1, len(_WIDTHS) + 1):
            cell = sheet.cell(line, place)
            cell.alignment = own_way if place in (4, 5) else from_left
            if place in (1, 2, 6):
                cell.font = quiet
            fill = _OPEN if place == 5 else colour
            if fill:
                cell.fill = PatternFill("solid", fgColor=fill)


def read(path: Path) -> tuple[str, list[Answer]]:
    """The language of such a sheet and what stands in its rows. Raises ContentError."""
    lines = list(_lines(path))
    head = lines[0] if lines else []
    if tuple(head[: len(_COLUMNS)]) != _COLUMNS or len(head) <= len(_COLUMNS) or not head[len(_COLUMNS)]:
        raise ContentError(
            f"{path.name}: its first row must be: {', '.join(_COLUMNS)} and the hidden column, as exported"
        )
    at, mark = _COLUMNS.index("yours"), len(_COLUMNS)
    answers = []
    for number, cells in enumerate(lines[1:], start=2):
        filled = [*cells, *[""] * (mark + 1 - len(cells))]
        if filled[0]:
            answers.append(Answer(number, filled[0], filled[mark], filled[at]))
    return head[mark], answers


def _lines(path: Path) -> "list[list[str]]":
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as packed:
            if sum(each.file_size for each in packed.infolist()) > _UNPACKED:
                raise ContentError(f"{path.name}: the file is too large inside; save only the sheet that was exported")
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # on styles of other programs
            book = load_workbook(path, read_only=True, data_only=False)  # a formula stays the text it is
            try:
                return [[_said(cell) for cell in cells] for cells in book.worksheets[0].iter_rows(values_only=True)]
            finally:
                book.close()
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, IndexError, ValueError, OSError):
        raise ContentError(f"{path.name}: this is no Excel file that can be read; save it anew as .xlsx") from None


def _harmless(words: str) -> str:
    return f"'{words}" if _DANGEROUS.match(words) else words


def _said(cell: Any) -> str:
    """What somebody wrote, without the apostrophe that kept a spreadsheet from running it; of a formula its text."""
    words = "" if cell is None else str(getattr(cell, "text", cell)).replace("\r\n", "\n").strip()
    return words[1:] if words.startswith("'") and _DANGEROUS.match(words[1:]) else words
