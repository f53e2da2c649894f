"""`ouderbrug calendar`: a school's days on the command line, on both engines."""

from pathlib import Path

import pytest

from bot.store.sealed import Ring
from tests.fakes.command import Command, on

ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Test//NL
BEGIN:VEVENT
UID:1
DTSTAMP:20260901T000000Z
DTSTART;VALUE=DATE:20270424
DTEND;VALUE=DATE:20270510
SUMMARY:Meivakantie
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTAMP:20260901T000000Z
DTSTART;VALUE=DATE:20270310
SUMMARY:Studiedag
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTAMP:20260901T000000Z
DTSTART;VALUE=DATE:20270604
SUMMARY:Sportdag
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTAMP:20260901T000000Z
DTSTART:20270311T183000Z
DTEND:20270311T193000Z
SUMMARY:Ouderavond
END:VEVENT
END:VCALENDAR
"""
BRUG = ("--school", "brug")


@pytest.fixture
def command(database_url: str, ring: Ring, tmp_path: Path) -> Command:
    return on(database_url, ring, tmp_path)


def test_a_calendar_is_shown_before_it_counts(command: Command, tmp_path: Path) -> None:
    (tmp_path / "school.ics").write_text(ICS, encoding="utf-8")
    first = command("calendar", "import", str(tmp_path / "school.ics"), *BRUG, "--dry-run")
    assert first.returncode == 0, first.stderr
    for line in (
        "+ za 24-04-2027 t/m zo 09-05-2027: mei",
        "+ wo 10-03-2027",
        "1 events with",
        "vr 04-06-2027 Sportdag",
    ):
        assert line in first.stdout
    assert "Nothing was saved" in first.stdout
    around = (*BRUG, "--from", "2027-03-01", "--to", "2027-05-10")
    assert [each["name"] for each in command.json("calendar", "show", *around)["free"]] == [
        "pasen", "mei", "koningsdag", "hemelvaart",
    ]  # fmt: skip
    saved = command.json("calendar", "import", str(tmp_path / "school.ics"), *BRUG)
    assert (len(saved["added"]), saved["timed"], saved["left_alone"][0]["what"]) == (2, 1, "Sportdag")
    shown = command.json("calendar", "show", *around)
    assert [(each["name"], each["last"]) for each in shown["free"]] == [
        ("Studiedag", "2027-03-10"), ("pasen", "2027-03-29"), ("mei", "2027-05-09"),
    ]  # fmt: skip
    assert shown["known_until"] == "2028-08-20"
    assert "nothing changes" in command("calendar", "import", str(tmp_path / "school.ics"), *BRUG).stdout
    (tmp_path / "school.ics").write_text(ICS.replace("20270310", "20270317"), encoding="utf-8")
    again = command("calendar", "import", str(tmp_path / "school.ics"), *BRUG).stdout
    assert "+ wo 17-03-2027" in again
    assert "- wo 10-03-2027" in again
    assert "Studiedag" not in command("calendar", "show", "--school", "vaart").stdout


def test_a_day_is_added_and_removed(command: Command) -> None:
    day = ("--from", "2027-03-10")
    added = command("calendar", "add", *BRUG, *day, "--kind", "studiedag", "--name", "Studiedag")
    assert (added.returncode, added.stdout) == (0, "De Brug: Studiedag (studiedag), wo 10-03-2027, 1 day\n")
    may = ("--from", "2027-04-24", "--to", "2027-05-09", "--kind", "vakantie", "--name", "Meivakantie")
    assert command("calendar", "add", *BRUG, *may).returncode == 0
    names = [each["name"] for each in command.json("calendar", "show", *BRUG)["free"]]
    assert {"Studiedag", "mei"} <= set(names)
    assert names.count("mei") == 2, "this year's is the school's, next year's the region's"
    assert "Known until 20-08-2028." in command("calendar", "show", *BRUG).stdout
    assert command("calendar", "remove", *BRUG, *day).returncode == 0
    nothing = command("calendar", "remove", *BRUG, *day)
    assert (nothing.returncode, nothing.stderr) == (1, "De Brug has no own day that begins on wo 10-03-2027.\n")


def test_a_wrong_file_is_one_line_with_its_name_and_line(command: Command, tmp_path: Path) -> None:
    wrong = ICS.replace("SUMMARY:Studiedag", "SUMMARY:Studiedag\nRRULE:FREQ=WEEKLY")
    (tmp_path / "school.ics").write_text(wrong, encoding="utf-8")
    done = command("calendar", "import", str(tmp_path / "school.ics"), *BRUG)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("school.ics: line 11: this event repeats itself")
    assert done.stderr.count("\n") == 1
    (tmp_path / "school.ics").write_text(ICS.replace("20270310", "20271310"), encoding="utf-8")
    done = command("calendar", "import", str(tmp_path / "school.ics"), *BRUG)
    said = "the day on which this event begins cannot be read, or stands there twice (DTSTART)"
    assert done.stderr == f"school.ics: line 11: {said}\n"
    (tmp_path / "vrij.csv").write_bytes("datum;wat\n31-02-2027;Café\n".encode("cp1252"))
    done = command("calendar", "import", str(tmp_path / "vrij.csv"), *BRUG, "--json")
    assert done.returncode == 1
    assert '"line": 2' in done.stdout
    gone = command("calendar", "import", str(tmp_path / "gone.csv"), *BRUG)
    assert gone.stderr.startswith("gone.csv: line 1: the file cannot be read")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("show",), "which school"),
        (("show", "--school", "elders"), "elders"),
        (("show", *BRUG, "--from", "soon"), "write a day"),
        (("add", *BRUG, "--from", "2027-03-10", "--to", "2027-03-01", "--name", "X"), "ends"),
        (("add", *BRUG, "--from", "2062-03-10", "--name", "X"), "is the year right"),
        (("add", *BRUG, "--from", "2027-03-10", "--name", " "), "says not what"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    sqlite_url: str, ring: Ring, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = on(sqlite_url, ring, tmp_path)("calendar", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_last_years_file_is_noticed(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    (tmp_path / "vrij.csv").write_text("datum,wat\n2026-03-10,Studiedag\n", encoding="utf-8")
    done = on(sqlite_url, ring, tmp_path)("calendar", "import", str(tmp_path / "vrij.csv"), *BRUG)
    assert done.returncode == 0
    assert "last year's file" in done.stdout
