"""School times, gym days and teachers of the groups: read from a sheet, kept with their date, on both engines."""

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import update

from bot.errors import RosterError
from bot.people import facts, staff
from bot.people.facts import Fact
from bot.store import tables as t
from bot.store.database import Database

TODAY = date(2026, 11, 23)
YEAR = "2026-2027"
HEAD = "groep;ma;di;wo;do;vr;gym;ziek"


def read(folder: Path, *lines: str, head: str = HEAD, encoding: str = "utf-8") -> list[Fact]:
    (folder / "tijden.csv").write_bytes("\n".join([head, *lines, ""]).encode(encoding))
    return facts.read(folder / "tijden.csv", TODAY)


def refused(folder: Path, *lines: str, head: str = HEAD) -> dict[int, str]:
    with pytest.raises(RosterError) as raised:
        read(folder, *lines, head=head)
    return raised.value.lines


# --- the file
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_row_per_group_and_one_for_the_whole_school(tmp_path: Path, encoding: str) -> None:
    rows = (
        "Alle;8:30-14:00;8.30 - 14.00;08:30–12:15 uur;8:30 tot 14:00;8:30-14:00;;Bel één keer",
        "Groep  4;;;;;vrij;vr, ma;",
    )
    found = read(tmp_path, *rows, encoding=encoding)
    assert {each.noted_on for each in found} == {"2026-11-23"}
    assert [each[:3] for each in found] == [
        *(("", day, "8:30-12:15" if day == "wo" else "8:30-14:00") for day in facts.SCHOOL_DAYS),
        ("", "ziek", "Bel één keer"), ("groep 4", "vr", "vrij"), ("groep 4", "gym", "ma vr"),
    ]  # fmt: skip


def test_headings_in_other_words_and_order(tmp_path: Path) -> None:
    found = read(tmp_path, "maandag en woensdag,9:00-15:00,groep 5", head="Gymdagen,Maandag,Group")
    assert [each[:3] for each in found] == [("groep 5", "ma", "9:00-15:00"), ("groep 5", "gym", "ma wo")]


def test_excel_takes_numbers_for_what_they_are(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["groep", "ma", "gym"], [4, "8:30-14:00", "ma"], [5.0, None, "di"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "tijden.xlsx")
    assert [each.group for each in facts.read(tmp_path / "tijden.xlsx", TODAY)] == ["4", "4", "5"]


def test_every_wrong_line_is_named(tmp_path: Path) -> None:
    wrong = refused(
        tmp_path, "groep 1;half negen", "groep 2;14:00-8:30", "groep 3;3:00-4:00", "groep 4;25:00-26:00",
        "groep 5;;;;;;soms", "groep 5;8:30-14:00", ";8:30-14:00", "groep 7;;;;;;;" + "x" * 201,
        "groep 8;8:30-14:00;;;;;;;meer", "x" * 81 + ";8:30-14:00", "Groep-7;;;;;;ma", "groep 9;8:30-14:00;;;;;zaterdag",
    )  # fmt: skip
    assert sorted(wrong) == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    assert "line 6" in wrong[7], "the same group twice"
    assert "line 9" in wrong[12]


def test_what_is_no_list_of_groups(tmp_path: Path) -> None:
    assert "no column group" in refused(tmp_path, head="ma;di")[1]
    assert "nothing" in refused(tmp_path, "groep 4;;;")[1] or "there is no" in refused(tmp_path, "groep 4;;;")[1]
    for name, data in (
        ("a.xlsx", b"PK\x03\x04 broken"),
        ("b.xlsx", b"\x00" * 10_000_000),
        ("c.csv", b'groep;ma\n"4;8'),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(RosterError):
            facts.read(tmp_path / name, TODAY)
    with pytest.raises(RosterError, match="cannot be read"):
        facts.read(tmp_path / "none.csv", TODAY)


# --- in the database
def fact(group: str, what: str, value: str, noted: str = "2026-11-23") -> Fact:
    return Fact(group, what, value, noted)


def test_a_groups_own_facts_go_before_those_of_the_school(database: Database) -> None:
    with database.begin() as tx:
        facts.store(tx, "brug", [fact("", "ma", "8:30-14:00"), fact("", "gym", "di"), fact("groep 4", "ma", "vrij")])
        facts.store(tx, "vaart", [fact("", "ma", "9:00-15:00")])
        assert {what: each.value for what, each in facts.of(tx, "brug", "Groep 4").items()} == {
            "ma": "vrij", "gym": "di",
        }  # fmt: skip
        assert facts.of(tx, "brug", "groep 5")["ma"].value == "8:30-14:00"
        assert facts.of(tx, "brug", "").keys() == {"ma", "gym"}
        assert facts.of(tx, "vaart", "groep 4")["ma"].value == "9:00-15:00"
        assert facts.of(tx, "elders", "groep 4") == {}


def test_a_row_counts_for_all_of_its_group_and_others_stay(database: Database) -> None:
    first = [fact("groep 4", "ma", "8:30-14:00"), fact("groep 4", "gym", "di"), fact("groep 5", "gym", "wo")]
    again = [fact("groep 4", "ma", "8:30-14:30", "2027-01-04"), fact("groep 4", "di", "8:30-14:30", "2027-01-04")]
    with database.begin() as tx:
        assert facts.store(tx, "brug", first)[1:] == (3, 0, 0)
        assert facts.store(tx, "brug", again, dry=True) == (["groep 4"], 1, 1, 1)
        assert set(facts.everything(tx, "brug")) == set(first), "only shown"
        facts.store(tx, "brug", again)
        assert set(facts.everything(tx, "brug")) == {*again, first[2]}
        assert facts.store(tx, "brug", again)[1:] == (0, 0, 0)


def test_weekdays_with_equal_times_stand_together() -> None:
    known = {day: fact("", day, "8:30-12:00" if day == "wo" else "8:30-14:00") for day in facts.SCHOOL_DAYS}
    assert facts.times_of(known) == {"8:30-14:00": "ma di do vr", "8:30-12:00": "wo"}
    assert facts.times_of({"gym": fact("", "gym", "ma")}) == {}


def test_who_teaches_a_group_this_year(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        for key in ("janneke", "bas", "noor", "tom"):
            staff.add(tx, "brug", key, f"juf {key}", "leerkracht", ["groep 4"], YEAR)
        staff.add(tx, "brug", "ib", "Ina", "ib", ["groep 4"], YEAR)
        staff.add(tx, "brug", "oud", "juf Oud", "leerkracht", ["groep 4"], "2025-2026")
        ids = {row.key: row.id for row, _ in staff.everyone(tx, "brug", YEAR)}
        link = t.group_staff
        for key, values in (
            ("janneke", {"weekdays": "do vr"}),
            ("bas", {"weekdays": "ma di wo"}),
            ("noor", {"substitute": True}),
        ):
            tx.execute(update(link).where(link.c.staff_id == ids[key]).values(**values))
        tx.execute(update(t.staff).where(t.staff.c.id == ids["tom"]).values(left_at=now))
        found = facts.teachers(tx, "brug", YEAR, "groep 4")
        assert [tuple(each) for each in found] == [("juf bas", "ma di wo"), ("juf janneke", "do vr")]
        assert facts.teachers(tx, "brug", YEAR, "groep 5") == []
        assert facts.teachers(tx, "vaart", YEAR, "groep 4") == []
