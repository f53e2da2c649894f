"""A journey's file: what it can say, and what an author reads where it is wrong."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.conversation.journey import Entry, levels, load, parse, read_folder
from bot.errors import ContentError

ROOT = Path(__file__).resolve().parent.parent
ENTRY = """\
journey = "jaar"
[entry.begin]
flow   = "begin"
from   = "start"
week   = 2
day    = "di"
at     = "16:30"
within = "14d"
"""


def entry(source: str) -> Entry:
    return parse(source, "jaar.toml").entries[0]


def test_an_entry_says_when() -> None:
    found = entry(ENTRY + 'groups = [7, 8]\nskip = ["vakantie"]\nunless = "plan:voorlezen"\nper = "family"\n')
    assert (found.id, found.flow, found.since, found.week, found.day) == ("jaar.begin", "begin", "start", 2, "di")
    assert (found.at, found.within) == (time(16, 30), timedelta(days=14))
    assert (found.groups, found.skip, found.unless) == ((7, 8), ("vakantie",), "plan:voorlezen")


def test_the_nth_weekday_of_a_month_and_days_after_enrolment() -> None:
    october = entry(ENTRY.replace('from   = "start"\nweek   = 2', "month = 10\nnth = 1"))
    assert (october.since, october.month, october.nth, october.week) == ("", 10, 1, 0)
    new = entry(ENTRY.replace('from   = "start"\nweek   = 2\nday    = "di"', 'from = "inschrijving"\ndays = 3'))
    assert (new.since, new.days, new.day) == ("inschrijving", 3, "")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (ENTRY.replace('"jaar"', '"andere"'), "give both the same name"),
        (ENTRY.replace("week   = 2\n", ""), "entry begin: 'week' is missing"),
        (ENTRY.replace("week   = 2", "month = 10"), "entry begin: month does not go with from = 'start'"),
        (ENTRY.replace('from   = "start"\n', ""), "entry begin: 'from' or 'month' is missing"),
        (ENTRY.replace('"start"', '"begin"'), "entry begin: from = 'begin'; it must be one of start, einde"),
        (ENTRY.replace("week   = 2", "week = 50"), "entry begin: week = 50; it must be a number from 1 to 45"),
        (ENTRY.replace("week   = 2", "week = 0"), "it must be a number from 1 to 45"),
        (ENTRY.replace('"di"', '"dinsdag"'), "entry begin: day = 'dinsdag'; it must be one of ma, di"),
        (ENTRY.replace('day    = "di"\n', ""), "entry begin: 'day' is missing"),
        (ENTRY.replace('"16:30"', '"half vijf"'), "entry begin: at = 'half vijf'; it must be a time"),
        (ENTRY.replace('"16:30"', '"24:00"'), "it must be a time"),
        (ENTRY.replace('"16:30"', '"9:30"'), "it must be a time"),
        (ENTRY.replace('"14d"', '"two weeks"'), "entry begin: within: 'two weeks' is no length of time"),
        (ENTRY.replace('within = "14d"\n', ""), "entry begin: 'within' is missing"),
        (ENTRY + "groups = [9]\n", "entry begin: groups = [9]; it must be groups from 1 to 8"),
        (ENTRY + 'skip = ["regen"]\n', "entry begin: skip = ['regen']; it must be a list of vakantie"),
        (ENTRY + 'unless = "voorlezen"\n', "it must be a plan of hers"),
        (ENTRY + 'per = "child"\n', "entry begin: per = 'child'; it must be one of family"),
        (ENTRY + "often = 3\n", "entry begin: unknown key 'often'"),
        (ENTRY.replace("[entry.begin]", '[entry."Het begin"]'), "a name has at most 20 small letters"),
        ('journey = "jaar"\n', "there is no entry"),
        ("journey = ", "jaar.toml: "),
    ],
)
def test_what_is_wrong_names_file_entry_and_key(wrong: str, said: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse(wrong, "jaar.toml")
    assert str(caught.value).startswith("jaar.toml: ")
    assert said in str(caught.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "jaar.toml"
    path.write_bytes(b"journey = '\xff'")
    with pytest.raises(ContentError, match="not written in UTF-8"):
        load(path)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("groep 8", {8}), ("Groep 8a", {8}), ("8B", {8}), ("7/8", {7, 8}), ("groep 1-2 c", {1, 2}), ("De Uilen", set()),
        ("groep 5/6/7", {5, 6, 7}), ("klas 12", set()), ("2026", set()), ("", set()),
    ],
)  # fmt: skip
def test_the_years_in_a_groups_name(name: str, found: set[int]) -> None:
    assert levels(name) == found


def test_our_own_journeys_can_be_read() -> None:
    names = {journey.name for journey in read_folder(ROOT / "flows" / "journeys")}
    assert names == {"schooljaar", "thuis-leren", "nieuw", "groep8"}


def test_no_folder_no_journeys(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "journeys") == ()
