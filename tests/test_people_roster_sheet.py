"""The school's file as it comes: csv and xlsx, as Excel and people write them."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot.errors import RosterError
from bot.people import roster
from bot.people.roster.rows import check
from bot.people.roster.sheet import Sheet

HEAD = "group,child,guardian,language,phone"
ELIF = "groep 4,Elif Yılmaz,Ayşe Yılmaz,tr,0612000001"


def csv(folder: Path, text: str, encoding: str = "utf-8") -> Sheet:
    path = folder / "families.csv"
    path.write_bytes(text.encode(encoding))
    return roster.read(path)


def excel(folder: Path, rows: list[list[Any]]) -> Sheet:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(folder / "families.xlsx")
    return roster.read(folder / "families.xlsx")


def refused(folder: Path, data: bytes, name: str = "families.csv") -> dict[int, str]:
    (folder / name).write_bytes(data)
    with pytest.raises(RosterError) as raised:
        roster.read(folder / name)
    return raised.value.lines


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (f"{HEAD}\n{ELIF}\n", "utf-8"),
        (f"{HEAD}\r\n{ELIF}\r\n", "utf-8-sig"),
        (f"{HEAD}\n{ELIF}".replace(",", ";"), "utf-8"),
        (f"{HEAD}\n{ELIF}".replace(",", "\t"), "utf-16"),
        ("Telefoon;TAAL; Ouder ;kind;Groep\n0612000001;tr;Ayşe Yılmaz;Elif Yılmaz;groep 4\n", "utf-8"),
        (f"{HEAD}\n{ELIF}".replace(",", '","').replace("\n", '"\n"').join('""'), "utf-8"),
        (f"\n\n{HEAD}\n{ELIF}\n\n,,,,\n", "utf-8"),
    ],
    ids=["plain", "mark", "semicolons", "excel-unicode", "dutch", "quotes", "empty-lines"],
)  # fmt: skip
def test_a_csv_file_in_every_dress(tmp_path: Path, text: str, encoding: str) -> None:
    sheet = csv(tmp_path, text, encoding)
    assert [line.cells for line in sheet.lines] == [
        {"group": "groep 4", "child": "Elif Yılmaz", "guardian": "Ayşe Yılmaz", "language": "tr", "phone": "0612000001"}
    ]


def test_western_letters_of_old_excel(tmp_path: Path) -> None:
    sheet = csv(tmp_path, f"{HEAD}\ngroep 4,Zoë,André,nl,\n", "cp1252")
    assert sheet.lines[0].cells["child"] == "Zoë"


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    sheet = csv(tmp_path, f'{HEAD}\n{ELIF}\n\n"groep\n4",Can,"Ayşe, of Mehmet",tr,\n{ELIF}\n')
    assert [line.number for line in sheet.lines] == [2, 4, 6]
    assert sheet.lines[1].cells["guardian"] == "Ayşe, of Mehmet"
    rows, wrong = check(sheet.lines, "NL")
    assert not wrong
    assert rows[1].group == "groep 4"


def test_excel_takes_phones_and_ids_for_numbers(tmp_path: Path) -> None:
    head = ["nummer", "groep", "kind", "ouder", "taal", "telefoon", "geboortedatum"]
    sheet = excel(
        tmp_path,
        [
            head,
            [12.0, 4, "Elif", "Ayşe", "Turks", 31612000001.0, date(2018, 3, 1)],
            [None] * 7,
            [13, "groep 4", "Can", "Ayşe", "türkçe", 612000001],
            ["0014", "groep 4", "Noor", "=1+1", "nl", None, "x"],
        ],
    )
    rows, wrong = check(sheet.lines, "NL")
    assert wrong == {}
    assert [(row.line, row.id, row.group, row.language, row.phone) for row in rows] == [
        (2, "12", "4", "tr", "+31612000001"),
        (4, "13", "groep 4", "tr", "+31612000001"),
        (5, "0014", "groep 4", "nl", ""),
    ]
    assert rows[2].guardian == "=1+1", "a formula is a text like any other"
    assert sheet.ignored == ("geboortedatum",)


def test_columns_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    sheet = csv(tmp_path, f"{HEAD},BSN,geboortedatum\n{ELIF},999999999,2018-03-01\n")
    assert sheet.ignored == ("BSN", "geboortedatum")
    assert "999999999" not in repr(sheet.lines)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "the file is empty"),
        ("\nnaam\n", 2, "no column group, child, guardian, language"),
        ("group,child,guardian,phone\n", 1, "no column language;"),
        (f"{ELIF}\n", 1, "the first line must name"),
        ("group,groep,child,guardian,language\n", 1, "the column group stands there twice"),
        (f'{HEAD}\n{ELIF}\ngroep 4,"Elif,Ayşe,tr,\n{ELIF}\n', 3, "is a quote not closed?"),
        (f'{HEAD}\ngroep 4,"Elif"x,Ayşe,tr,\n', 2, "cannot be read"),
        (f"{HEAD}\n{'x' * 200_000}\n", 2, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, line: int, says: str) -> None:
    wrong = refused(tmp_path, text.encode())
    assert list(wrong) == [line]
    assert says in wrong[line]


def test_what_is_no_table_at_all(tmp_path: Path) -> None:
    assert "no Excel file" in refused(tmp_path, b"not a zip", "families.xlsx")[1]
    assert "no Excel file" in refused(tmp_path, b"PK\x05\x06" + bytes(18), "families.xlsx")[1]
    assert "letters cannot be read" in refused(tmp_path, b"group,child\x81\n")[1]
    assert "larger than 20 MB" in refused(tmp_path, bytes(20 * 1024 * 1024 + 1))[1]
    with pytest.raises(RosterError, match="cannot be read: No such file"):
        roster.read(tmp_path / "nowhere.csv")
    with pytest.raises(RosterError, match="cannot be read: Is a directory"):
        roster.read(tmp_path)


def test_every_row_is_checked_and_nothing_personal_repeated(tmp_path: Path) -> None:
    text = "\n".join(
        [
            HEAD,
            ELIF,
            ",Elif,Ayşe,tr,",
            "groep 4,!,Ayşe,tr,0612",
            "groep 4,Elif,Ayşe,Klingon,",
            "groep 4,Elif,Ayşe,,06-geheim",
            "groep 4,Elif,Ayşe,tr,,,x",
            f"{'g' * 81},Elif,Ayşe,tr,",
            "groep 4,Elif",
        ]
    )
    rows, wrong = check(csv(tmp_path, text).lines, "NL")
    assert [row.line for row in rows] == [2]
    assert list(wrong) == [3, 4, 5, 6, 7, 8, 9]
    assert wrong[3] == "group is empty"
    assert wrong[4].startswith("child is empty; phone is not a phone number that exists; write for example")
    assert wrong[5].startswith("language is not known")
    assert wrong[6].startswith("language is empty; phone is not a phone number;")
    assert wrong[7].startswith("more cells than the first line")
    assert wrong[8] == "group is longer than 80 letters"
    assert wrong[9] == "guardian is empty; language is empty"
    assert not any(secret in " ".join(wrong.values()) for secret in ("Ayşe", "Klingon", "geheim"))


@pytest.mark.parametrize("language", ["ar", "AR", "Arabisch", "arabic", "العربية", " Arabisch "])
def test_a_language_by_code_or_by_name(tmp_path: Path, language: str) -> None:
    rows, wrong = check(csv(tmp_path, f"{HEAD}\ngroep 4,Elif,Ayşe,{language},\n").lines, "NL")
    assert not wrong
    assert rows[0].language == "ar"


def test_invisible_signs_are_dropped(tmp_path: Path) -> None:
    rows, wrong = check(csv(tmp_path, f"{HEAD}\ngroep\u00a04,\u202eElif\u0007\u200b,می\u200cترا,fa,\n").lines, "NL")
    assert not wrong
    assert (rows[0].group, rows[0].child, rows[0].guardian) == ("groep 4", "Elif", "می\u200cترا")
