"""The days of one school: holidays as the government sets them, public holidays, a school's own days before those."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import schooldays
from bot.errors import ContentError
from bot.model import REGIONS
from bot.schooldays import Free, Regional, Schooldays, easter, of_school, public_days

ROOT = Path(__file__).resolve().parent.parent
REGIONAL = schooldays.load(ROOT / "flows" / "holidays.toml")
DAY = timedelta(days=1)
YEARS = ("2026-2027", "2027-2028")


def free(first: str, last: str = "", kind: str = "vakantie", name: str = "herfst") -> Free:
    return Free(date.fromisoformat(first), date.fromisoformat(last or first), kind, name)


def region(name: str, regional: Regional = REGIONAL) -> Schooldays:
    return Schooldays(regional.free[name], regional.known_until[name])


# --- what is in the file
@pytest.mark.parametrize("name", REGIONS)
def test_the_holidays_of_a_region_are_whole_and_in_order(name: str) -> None:
    set_by_law = [each for each in REGIONAL.free[name] if each.kind == "vakantie"]
    order = ["zomer", *("herfst", "kerst", "voorjaar", "mei", "zomer") * len(YEARS)]
    assert [each.name for each in set_by_law] == order
    for each in set_by_law:
        assert (each.first.weekday(), each.last.weekday()) == (5, 6), "from a Saturday to a Sunday"
        weeks = {"zomer": 6, "kerst": 2}.get(each.name, 1)
        assert each.last - each.first == timedelta(weeks=weeks) + DAY
        assert (each.source, each.noted_on) == (REGIONAL.source, REGIONAL.checked_on)
    assert REGIONAL.known_until[name] == set_by_law[-1].last, "what comes after the last summer nobody has said"


@pytest.mark.parametrize(
    ("name", "year", "starts", "ends"),
    [
        ("noord", "2026-2027", "2026-08-17", "2027-07-09"),
        ("midden", "2026-2027", "2026-08-31", "2027-07-16"),
        ("zuid", "2026-2027", "2026-08-24", "2027-07-23"),
        ("noord", "2027-2028", "2027-08-23", "2028-07-14"),
        ("midden", "2027-2028", "2027-08-30", "2028-07-07"),
        ("zuid", "2027-2028", "2027-09-06", "2028-07-21"),
    ],
)
def test_a_school_year_lies_between_two_summers(name: str, year: str, starts: str, ends: str) -> None:
    days = region(name)
    assert (days.starts(year), days.ends(year)) == (date.fromisoformat(starts), date.fromisoformat(ends))
    assert days.is_school_day(date.fromisoformat(starts))
    assert days.is_school_day(date.fromisoformat(ends))


def test_what_nobody_has_said_is_not_known() -> None:
    days = region("midden")
    assert days.ends("2028-2029") is None
    assert days.starts("2030-2031") is None
    assert not days.is_known(date(2028, 8, 21))
    assert days.next_school_day(date(2028, 8, 21)) is None
    assert days.coming(date(2028, 8, 21), 3) == []
    assert Schooldays([]).known_until is None
    assert Schooldays([], date(2027, 1, 1)).next_school_day(date(2026, 12, 30)) == date(2026, 12, 30)


# --- public holidays
def test_easter_of_known_years() -> None:
    known = {
        1961: "04-02", 2000: "04-23", 2008: "03-23", 2011: "04-24", 2019: "04-21", 2024: "03-31", 2025: "04-20",
        2026: "04-05", 2027: "03-28", 2028: "04-16", 2035: "03-25", 2038: "04-25", 2049: "04-18", 2076: "04-19",
    }  # fmt: skip
    assert {year: f"{easter(year):%m-%d}" for year in known} == known


@given(st.integers(min_value=1583, max_value=9999))
def test_easter_is_a_sunday_in_spring(year: int) -> None:
    assert easter(year).weekday() == 6
    assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("year", "expected"),
    [  # in 2025 Koningsdag moved from a Sunday to a Saturday; in 2030 it is a Saturday, and 5 May a Sunday
        (2025, "04-21 pasen, 05-05 bevrijdingsdag, 05-29 hemelvaart, 06-09 pinksteren"),
        (2026, "04-06 pasen, 04-27 koningsdag, 05-14 hemelvaart, 05-25 pinksteren"),
        (2027, "03-29 pasen, 04-27 koningsdag, 05-06 hemelvaart, 05-17 pinksteren"),
        (2030, "04-22 pasen, 05-30 hemelvaart, 06-10 pinksteren"),
    ],
)
def test_public_holidays_on_weekdays(year: int, expected: str) -> None:
    days = list(public_days(date(year, 1, 1), date(year, 12, 31)))
    assert ", ".join(f"{each.first:%m-%d} {each.name}" for each in sorted(days)) == expected
    assert {each.kind for each in days} == {"vrij"}
    assert not any(each.first.weekday() > 4 for each in days)


def test_public_holidays_end_where_nothing_is_known() -> None:
    for name in REGIONS:
        assert max(each.last for each in REGIONAL.free[name]) == REGIONAL.known_until[name]
    days = region("zuid")
    assert days.free_on(date(2027, 3, 29)) is not None
    assert not days.is_school_day(date(2028, 6, 5))


# --- a school's own days
def test_the_schools_own_dates_of_a_holiday_count() -> None:
    own = free("2026-10-10", "2026-10-18")
    days = Schooldays(of_school(REGIONAL.free["midden"], [own]), REGIONAL.known_until["midden"])
    assert days.free_on(date(2026, 10, 12)) == own
    assert days.is_school_day(date(2026, 10, 19)), "the region's week is replaced, not added"
    assert days.free_on(date(2027, 10, 18)) is not None, "next year's is another one"


def test_a_longer_holiday_of_the_school_swallows_the_regions_and_what_lies_in_it() -> None:
    own = free("2027-04-24", "2027-05-09", name="mei")
    days = Schooldays(of_school(REGIONAL.free["midden"], [own]), REGIONAL.known_until["midden"])
    names = [each.name for each in days.coming(date(2027, 4, 1), 3)]
    assert names == ["mei", "pinksteren", "zomer"], "Koningsdag and Hemelvaart are within the holiday"


def test_two_studiedagen_are_two_and_a_day_within_a_holiday_is_no_news() -> None:
    both = [free("2027-03-10", kind="studiedag", name="a"), free("2027-03-11", kind="studiedag", name="b")]
    within = free("2026-12-21", kind="studiedag", name="c")
    days = Schooldays(of_school(REGIONAL.free["midden"], [*both, within]), None)
    assert within not in days.coming(date(2026, 12, 1), 9)
    assert set(both) <= set(days.coming(date(2026, 12, 1), 9))
    assert days.free_on(date(2026, 12, 21)) is not None


def test_a_holiday_that_has_begun_is_still_coming() -> None:
    assert region("midden").coming(date(2026, 12, 31), 1)[0].name == "kerst"


def test_the_next_school_day_after_christmas() -> None:
    assert region("midden").next_school_day(date(2026, 12, 19)) == date(2027, 1, 4)


# --- a file that is not right
HEAD = 'source = "x"\nchecked_on = 2026-11-22\n'
KNOWN = "[known_until]\nnoord = 2027-01-01\nmidden = 2027-01-01\nzuid = 2027-01-01\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("= nonsense", "Invalid"),
        ("", "source"),
        (HEAD, "known_until"),
        (HEAD + "known_until = 2027-01-01\n", "known_until noord"),
        (HEAD + KNOWN.replace("zuid = 2027-01-01\n", ""), "known_until zuid"),
        (HEAD + KNOWN, "holiday"),
        (HEAD + KNOWN + '[[holiday]]\nname = "kerst"\nall = [2026-12-19]\n', "kerst noord"),
        (HEAD + KNOWN + '[[holiday]]\nname = "kerst"\nall = [2027-01-03, 2026-12-19]\n', "kerst noord"),
        (HEAD + KNOWN + '[[holiday]]\nname = "kerst"\nall = ["soon", "later"]\n', "kerst noord"),
        (HEAD + KNOWN + '[[holiday]]\nname = "kerst"\nnoord = [2026-12-19, 2027-01-03]\n', "kerst midden"),
        (HEAD + KNOWN + "[[holiday]]\nall = [2026-12-19, 2027-01-03]\n", "name"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "holidays.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=r"holidays\.toml") as raised:
        schooldays.load(tmp_path / "holidays.toml")
    assert says in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no such file"):
        schooldays.load(tmp_path / "holidays.toml")
