"""The school's own free days: out of calendars and sheets as programs and people write them, on both engines."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.errors import RosterError
from bot.people import freedays
from bot.people.freedays import Found
from bot.schooldays import Free
from bot.store.database import Database

TODAY = date(2026, 11, 23)


def event(start: str, end: str = "", summary: str = "Studiedag", more: str = "") -> str:
    lines = [f"DTSTART{start}", *([f"DTEND{end}"] if end else []), f"SUMMARY:{summary}", *more.splitlines()]
    return "\n".join(["BEGIN:VEVENT", "UID:x", "DTSTAMP:20260901T000000Z", *lines, "END:VEVENT"])


def calendar(folder: Path, *events: str, encoding: str = "utf-8", everything: bool = False) -> Found:
    text = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//NL", *events, "END:VCALENDAR", ""])
    (folder / "school.ics").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    return freedays.read(folder / "school.ics", TODAY, everything=everything)


def sheet(folder: Path, text: str, encoding: str = "utf-8") -> Found:
    (folder / "vrij.csv").write_bytes(text.encode(encoding))
    return freedays.read(folder / "vrij.csv", TODAY)


def brief(found: Found) -> list[str]:
    return [f"{each.first} {each.last} {each.kind} {each.name}" for each in found.days]


def refused(folder: Path, data: bytes, name: str = "school.ics") -> dict[int, str]:
    (folder / name).write_bytes(data)
    with pytest.raises(RosterError) as raised:
        freedays.read(folder / name, TODAY)
    return raised.value.lines


# --- calendars
def test_whole_days_end_the_day_before_the_end(tmp_path: Path) -> None:
    found = calendar(
        tmp_path,
        event(";VALUE=DATE:20261219", ";VALUE=DATE:20270104", "Kerstvakantie"),
        event(";VALUE=DATE:20270310"),
        event(";VALUE=DATE:20270311", ";VALUE=DATE:20270311"),
        event(";VALUE=DATE:20270617", "", "Teamdag", "DURATION:P2D"),
        event(";TZID=Europe/Amsterdam:20270424T000000", ";TZID=Europe/Amsterdam:20270510T000000", "Meivakantie"),
        event(":20270712T000000", ":20270713T000000", "Geen school"),
    )
    assert brief(found) == [
        "2026-12-19 2027-01-03 vakantie kerst",
        "2027-03-10 2027-03-10 studiedag Studiedag",
        "2027-03-11 2027-03-11 studiedag Studiedag",
        "2027-04-24 2027-05-09 vakantie mei",
        "2027-06-17 2027-06-18 studiedag Teamdag",
        "2027-07-12 2027-07-12 vrij Geen school",
    ]
    assert {(each.source, each.noted_on) for each in found.days} == {("school.ics", "2026-11-23")}


def test_events_with_a_time_are_counted_and_cancelled_ones_are_none(tmp_path: Path) -> None:
    found = calendar(
        tmp_path,
        event(":20261210T183000Z", ":20261210T193000Z", "Ouderavond"),
        event(":20261211T230000Z", ":20261212T230000Z", "Vrij"),
        event(";VALUE=DATE:20270310", more="STATUS:CANCELLED"),
        event(";VALUE=DATE:20270311"),
    )
    assert (len(found.days), found.timed, found.other) == (1, 2, [])


def test_of_a_calendar_only_what_sounds_free_counts(tmp_path: Path) -> None:
    other = ("Sportdag", "Laatste dag voor de kerstvakantie", "Studiemiddag", "Groep 8 vrij", "Kerstviering", "")
    events = [event(f";VALUE=DATE:202701{11 + at}", "", what) for at, what in enumerate(other)]
    with_one = [*events, event(";VALUE=DATE:20270310")]
    assert len(calendar(tmp_path, *with_one).days) == 1
    assert [what for _, what in calendar(tmp_path, *with_one).other] == list(other)
    assert calendar(tmp_path, *events).days == [], "what is left alone is shown, so that is no error"
    assert len(calendar(tmp_path, *events[:-1], everything=True).days) == len(other) - 1


@pytest.mark.parametrize(
    ("summary", "kind", "name"),
    [
        ("Herfstvakantie", "vakantie", "herfst"),
        ("HERFSTVAKANTIE 2026", "vakantie", "herfst"),
        ("Carnavalsvakantie", "vakantie", "voorjaar"),
        ("Krokusvakantie", "vakantie", "voorjaar"),
        ("Extra vakantie", "vakantie", "Extra vakantie"),
        ("Studie-dag  team", "studiedag", "Studie-dag team"),
        ("Margedag", "studiedag", "Margedag"),
        ("2e Paasdag", "vrij", "pasen"),
        ("Goede Vrijdag", "vrij", "goede_vrijdag"),
        ("Suikerfeest", "vrij", "suikerfeest"),
        ("Hemelvaartsdag", "vrij", "hemelvaart"),
        ("Alle kinderen vrij", "vrij", "Alle kinderen vrij"),
        ("lesvrije dag", "vrij", "lesvrije dag"),
        ("School gesloten", "vrij", "School gesloten"),
        ("Vrijdagviering", "", "Vrijdagviering"),
        ("Start zomervakantie", "", "Start zomervakantie"),
        ("Vrij vanaf 12 uur", "", "Vrij vanaf 12 uur"),
        ("Studiedag onderbouw", "", "Studiedag onderbouw"),
        ("Kerstvakantie 2026-2027 (2 weken)", "vakantie", "kerst"),
        ("Meivakantie t/m 9 mei, alle kinderen vrij", "vakantie", "mei"),
        ("Studiedag: leerlingen vrij!", "studiedag", "Studiedag: leerlingen vrij!"),
        ("Geen school (Hemelvaart)", "vrij", "Geen school (Hemelvaart)"),
        ("Extra vrije dag", "vrij", "Extra vrije dag"),
    ],
)
def test_what_a_day_is_by_its_words(summary: str, kind: str, name: str) -> None:
    assert freedays.guess(summary) == (kind, name)


@pytest.mark.parametrize(
    "summary",
    [
        "Studiedag vervalt", "Geen studiedag meer!", "Studiedag verplaatst", "Alsnog niet vrij", "Vakantie afgelast",
        "Geen school?", "Studiedag (onder voorbehoud)", "Juffendag - leerlingen om 12:00 vrij", "Vrij om 12u",
        "Studiedag 8a vrij", "Studiedag gr. 3", "Geen school voor 5 t/m 8", "Juf Janneke vrij", "Bas vrij",
        "Kijk op school - vrije inloop", "Vakantieverhalen in de kring", "vakantiewerk ophalen",
        "Foto's van de vakantie", "Kerstmis", "Stakingsdag", "School dicht: staking",
    ],
)  # fmt: skip
def test_a_day_in_doubt_keeps_no_child_at_home(tmp_path: Path, summary: str) -> None:
    assert freedays.guess(summary) == ("", summary)
    found = sheet(tmp_path, f"datum,wat\n2027-03-10,{summary}\n")
    assert (found.days, found.other) == ([], [(date(2027, 3, 10), summary)])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_of_every_export(tmp_path: Path, encoding: str) -> None:
    found = calendar(tmp_path, event(";VALUE=DATE:20270310", "", "Studiedag één\\, café"), encoding=encoding)
    assert brief(found) == ["2027-03-10 2027-03-10 studiedag Studiedag één, café"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (event(";VALUE=DATE:20270310", more="RRULE:FREQ=WEEKLY"), "repeats"),
        (event(";VALUE=DATE:20270310", more="RDATE;VALUE=DATE:20270317"), "repeats"),
        (event(";VALUE=DATE:20270310", ";VALUE=DATE:20270301"), "ends before"),
        (event(";VALUE=DATE:20270310", ":20270311T100000"), "at a time"),
        (event(";VALUE=DATE:20270310", ";VALUE=DATE:20271010"), "is the year right"),
        (event(";VALUE=DATE:20620310"), "is the year right"),
        (event(";VALUE=DATE:20270310", "", "Studiedag " + "x" * 80), "longer than 80"),
        ("BEGIN:VEVENT\nUID:x\nSUMMARY:Studiedag\nEND:VEVENT", "no day"),
        (event(";VALUE=DATE:morgen"), "begins cannot be read"),
        (event(";VALUE=DATE:20270230"), "begins cannot be read"),
        (event(";VALUE=DATE:20270310", ";VALUE=DATE:2027-03-11"), "ends cannot be read"),
        (event(";VALUE=DATE:20270310", more="DTSTART;VALUE=DATE:20270311"), "stands there twice"),
        (event(";VALUE=DATE:20270310", more="DURATION:gisteren"), "lasts cannot be read"),
    ],
)
def test_a_wrong_event_is_named_by_its_line(tmp_path: Path, wrong: str, says: str) -> None:
    good = event(";VALUE=DATE:20270311")
    with pytest.raises(RosterError) as raised:
        calendar(tmp_path, good, wrong)
    assert list(raised.value.lines) == [4 + good.count("\n") + 1]
    assert says in str(raised.value)
    assert not re.search(r"vDDD|property|Expected|format", str(raised.value)), "our own words"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x00" * 100, b"\x89PNG\r\n\x1a\n" + b"\xff" * 500, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270310\r\n", b"BEGIN:VEVENT\nEND:VEVENT\n",
        b"END:VCALENDAR\n", b"van,tot,wat\n2027-03-10,,Studiedag\n", b"BEGIN:VCALENDAR\n" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    assert len(refused(tmp_path, data)) == 1


def test_ten_megabytes_are_not_read(tmp_path: Path) -> None:
    assert "larger than 5 MB" in refused(tmp_path, b"BEGIN:VCALENDAR\n" + b"x" * 10_000_000)[1]
    assert "read" in refused(tmp_path, b"van;wat\n" + b"\x00" * 10_000_000, "vrij.xlsx")[1]


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for name in ("none.ics", "none.csv"):
        with pytest.raises(RosterError, match="cannot be read"):
            freedays.read(tmp_path / name, TODAY)
    (tmp_path / "folder.ics").mkdir()
    with pytest.raises(RosterError, match="cannot be read"):
        freedays.read(tmp_path / "folder.ics", TODAY)


# --- sheets
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", [";", ",", "\t"])
def test_a_sheet_as_people_write_it(tmp_path: Path, sign: str, encoding: str) -> None:
    text = "Van;T/m;Wat\n19-12-2026;3-1-2027;Kerstvakantie\n10 maart 2027;;Studiedag één\nwo 12/5/2027;;Vrij\n"
    assert brief(sheet(tmp_path, text.replace(";", sign), encoding)) == [
        "2026-12-19 2027-01-03 vakantie kerst",
        "2027-03-10 2027-03-10 studiedag Studiedag één",
        "2027-05-12 2027-05-12 vrij Vrij",
    ]


def test_of_a_sheet_too_only_what_sounds_free_counts_or_has_a_kind(tmp_path: Path) -> None:
    text = "datum,wat,soort\n2027-03-10,Sportdag,\n2027-03-11,Iets,Studiedag\n2027-03-12,Margedag,\n"
    found = sheet(tmp_path, text)
    assert [each.kind for each in found.days] == ["studiedag", "studiedag"]
    assert found.other == [(date(2027, 3, 10), "Sportdag")]
    everything = freedays.read(tmp_path / "vrij.csv", TODAY, everything=True)
    assert [each.kind for each in everything.days] == ["vrij", "studiedag", "studiedag"]


def test_excel_with_real_dates(tmp_path: Path) -> None:
    book = Workbook()
    may, study = [date(2027, 4, 24), date(2027, 5, 9), "Meivakantie"], [date(2027, 3, 10), None, "Studiedag"]
    for row in (["datum", "tot", "wat"], may, study):
        book.worksheets[0].append(row)
    book.save(tmp_path / "vrij.xlsx")
    found = freedays.read(tmp_path / "vrij.xlsx", TODAY)
    assert brief(found) == ["2027-03-10 2027-03-10 studiedag Studiedag", "2027-04-24 2027-05-09 vakantie mei"]


def test_every_wrong_line_is_named(tmp_path: Path) -> None:
    text = (
        "van,tot,wat,soort\n31-02-2027,,A,\n10-3-27,,B,\nsoon,,C,\n2027-03-10,2027-03-01,D,\n"
        "2027-03-10,,E,feest\n2027-03-10,,,\n2027-03-10,,F,\n"
    )
    assert list(refused(tmp_path, text.encode(), "vrij.csv")) == [2, 3, 4, 5, 6, 7]
    assert "no column" in refused(tmp_path, b"een,twee\n1,2\n", "vrij.csv")[1]
    assert "no free day" in refused(tmp_path, b"van,wat\n", "vrij.csv")[1]


def test_the_same_day_twice_is_once(tmp_path: Path) -> None:
    assert len(sheet(tmp_path, "datum,wat\n2027-03-10,Studiedag\n10-03-2027,Studiedag team\n").days) == 1


# --- in the database
def one(first: str, name: str = "Studiedag", source: str = "a.ics") -> Free:
    return Free(date.fromisoformat(first), date.fromisoformat(first), "studiedag", name, source, "2026-11-23")


def test_importing_again_replaces_what_came_from_the_same_file(database: Database) -> None:
    with database.begin() as tx:
        by_hand, first, second = one("2027-02-01", source=freedays.BY_HAND), one("2027-03-10"), one("2027-03-11")
        freedays.save(tx, "brug", [by_hand])
        freedays.save(tx, "vaart", [first])
        assert freedays.store(tx, "brug", [first, second], "a.ics").added == [first, second]
        third, renamed = one("2027-03-12"), one("2027-03-11", "Studiedag team")
        change = freedays.plan(tx, "brug", [third, renamed], "a.ics")
        assert (change.added, change.changed, change.removed) == ([third], [renamed], [first])
        assert freedays.of(tx, "brug") == [by_hand, first, second], "a plan changes nothing"
        assert freedays.store(tx, "brug", [third, renamed], "a.ics") == change
        assert freedays.of(tx, "brug") == [by_hand, renamed, third]
        assert freedays.of(tx, "vaart") == [first]
        assert not any(freedays.store(tx, "brug", [third, renamed], "a.ics"))


def test_another_file_may_name_the_same_day(database: Database) -> None:
    with database.begin() as tx:
        freedays.store(tx, "brug", [one("2027-03-10")], "a.ics")
        freedays.store(tx, "brug", [one("2027-03-10", source="b.csv")], "b.csv")
        assert [each.source for each in freedays.of(tx, "brug")] == ["b.csv"]
        freedays.store(tx, "brug", [one("2027-03-12")], "a.ics")
        assert len(freedays.of(tx, "brug")) == 2, "what b.csv says too stays"


def test_days_of_the_past_and_overlaps_are_kept(database: Database) -> None:
    long = Free(date(2026, 12, 19), date(2027, 1, 3), "vakantie", "kerst", "a.ics", "2026-11-23")
    past = one((TODAY - timedelta(days=200)).isoformat())
    with database.begin() as tx:
        freedays.store(tx, "brug", [past, long, one("2026-12-21")], "a.ics")
        assert len(freedays.of(tx, "brug")) == 3
