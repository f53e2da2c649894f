"""A year on one page: bands, marks, reasons; whole without anything from elsewhere."""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.reports.timeline import Band, Moment, bands, moved, page
from bot.schooldays import Free
from bot.translation.catalogue import Catalogue

HOME = ZoneInfo("Europe/Amsterdam")
YEAR = "2026-2027"
AUTUMN = Band(date(2026, 10, 17), date(2026, 10, 25), "Herfstvakantie", "vakantie")


def moment(day: int, **given: Any) -> Moment:
    at = datetime(2026, 9, day, 16, 30, tzinfo=HOME)
    plain = Moment(at, "startgesprek", "broadcast", "Dag <b>", "Dag", "nl", (), None, "", left_out=False, answer="")
    return plain._replace(**given)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(Path(__file__).resolve().parent.parent / "locales", offered=("nl",))


def shown(*moments: Moment) -> str:
    return page("De Brug, gezin 7", YEAR, moments, [AUTUMN], answers=True)


def test_twelve_months_with_what_is_in_them() -> None:
    html = shown(moment(8), moment(15, what="helpen"))
    assert re.findall(r'<section id="([a-z]+)-2', html)[::11] == ["augustus", "juli"]
    assert html.index("startgesprek · van school") < html.index("helpen · van school") < html.index('class="band"')
    assert "2 berichten uit zichzelf" in html


def test_it_needs_nothing_from_elsewhere_and_no_script() -> None:
    html = shown(moment(8))
    assert not re.search(r"<script|<link|src=|https?:|url\(", html)
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_words_are_words_and_no_markup() -> None:
    assert "Dag &lt;b&gt;" in shown(moment(8))


def test_her_own_words_stand_in_her_own_direction() -> None:
    html = shown(moment(8, language="ar", hers="مرحبا", options=("Ja", "Nee"), answer="1"))
    assert '<p class="hers" lang="ar" dir="rtl">مرحبا</p>' in html
    assert "<li>Ja</li><li>Nee</li>" in html
    assert 'class="hers"' not in shown(moment(8))


def test_marks_and_bands_stand_where_the_day_is() -> None:
    html = shown(moment(8))
    assert 'style="left:21.096%;width:2.466%" title="Herfstvakantie' in html  # day 77 of 365, for nine days
    assert re.search(r'class="mark broadcast" style="left:10.411%"', html)  # day 38


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, ""),
        ({"planned": datetime(2026, 9, 8, 16, 30, tzinfo=HOME)}, ""),
        (
            {"planned": datetime(2026, 9, 5, 16, 30, tzinfo=HOME), "reason": "budget"},
            "later dan za 5 september 16:30: haar week was vol",
        ),
        ({"planned": datetime(2026, 9, 5, 16, 30, tzinfo=HOME)}, "later dan za 5 september 16:30"),
        ({"reason": "vakantie"}, "het was vakantie"),
        ({"left_out": True, "reason": "planned"}, "niet verstuurd: zij heeft dit plan al"),
        ({"left_out": True}, "niet verstuurd"),
    ],
)
def test_why_it_came_at_another_moment(given: dict[str, object], why: str) -> None:
    assert moved(moment(8, **given)) == why


def test_what_was_left_out_is_counted_apart() -> None:
    html = shown(moment(8), moment(9, left_out=True, reason="budget"))
    assert "1 berichten uit zichzelf · 1 niet verstuurd" in html
    assert 'class="mark broadcast out"' in html


def test_days_without_school_by_their_name(catalogue: Catalogue) -> None:
    free = [
        Free(date(2026, 7, 18), date(2026, 8, 30), "vakantie", "zomer"),
        Free(date(2026, 11, 2), date(2026, 11, 2), "studiedag", "Teamdag"),
        Free(date(2028, 1, 1), date(2028, 1, 2), "vrij", ""),
    ]
    assert bands(free, date(2026, 8, 1), date(2027, 7, 31), catalogue) == [
        Band(date(2026, 8, 1), date(2026, 8, 30), "Zomervakantie", "vakantie"),
        Band(date(2026, 11, 2), date(2026, 11, 2), "Teamdag", "studiedag"),
    ]
