"""One spelling for addresses, names and school years."""

from datetime import date

import pytest

from bot.people.addresses import first_name, is_school_year, phone, same_name, school_year


@pytest.mark.parametrize(
    "text",
    ["+31612000001", "0612000001", "06-12 00 00 01", "0031 6 1200 0001", "612000001", "31612000001", " (06) 12000001 "],
)
def test_a_dutch_number_has_one_spelling(text: str) -> None:
    assert phone(text) == "+31612000001"


def test_a_number_of_another_country_keeps_its_country() -> None:
    assert phone("+90 532 000 00 01") == "+905320000001"
    assert phone("0532 000 00 01", "TR") == "+905320000001"


@pytest.mark.parametrize("text", ["", "12", "06", "geen", "+31 6 12", "0612000001 of 0612000002", "٠", "+999123456789"])
def test_what_is_no_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="not a phone number") as raised:
        phone(text)
    assert not text or text not in str(raised.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Elif Yılmaz", "YILMAZ,  elif"),
        ("Çağla Öztürk", "cagla ozturk"),
        ("Anne-Marie de Wit", "anne marie  de wit"),
        ("J. Jansen", "J Jansen"),
        ("أمل", "امل"),
        ("Łukasz", "lukasz"),
    ],
)
def test_the_same_name_is_found_as_the_same(one: str, other: str) -> None:
    assert same_name(one) == same_name(other) != ""


def test_other_names_stay_other_names() -> None:
    assert len({same_name(name) for name in ("Ali Demir", "Ali Demirci", "Alí de Mir", "علي")}) == 4


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Elif Yılmaz", "Elif"),
        ("Yılmaz, Elif", "Elif"),
        ("عبد الله حسن", "عبد الله"),
        ("Abdul Rahman Noor", "Abdul Rahman"),
        ("Jan", "Jan"),
        ("Jansen,", "Jansen,"),
    ],
)
def test_the_first_name(name: str, called: str) -> None:
    assert first_name(name) == called


def test_a_school_year_runs_until_the_last_of_july() -> None:
    assert school_year(date(2027, 7, 31)) == "2026-2027"
    assert school_year(date(2027, 8, 1)) == "2027-2028"
    assert school_year(date(2026, 12, 31)) == "2026-2027"
    assert is_school_year("2026-2027")
    assert not any(map(is_school_year, ("2026", "2026-2028", "26-27", "2026-27", "")))
