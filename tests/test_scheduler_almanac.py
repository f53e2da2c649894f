"""What is known of a school's time: its zone, its region's holidays, its own days out of the database."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot import config
from bot.errors import ContentError
from bot.people import freedays
from bot.scheduler.almanac import Almanac
from bot.schooldays import Free
from bot.store.database import Database

SCHOOLS = {
    "brug": {"name": "De Brug", "region": "midden"},
    "wad": {"name": "Het Wad", "region": "noord", "timezone": "Atlantic/Azores"},
}


@pytest.fixture
def almanac(tmp_path: Path) -> Almanac:
    return Almanac.load(config.parse({"schools": SCHOOLS}, tmp_path, {}))


def test_each_school_has_its_region_and_its_zone(database: Database, almanac: Almanac) -> None:
    autumn = date(2026, 10, 12)
    with database.begin() as tx:
        assert almanac.of(tx, "wad").free_on(autumn)
        assert almanac.of(tx, "brug").is_school_day(autumn)
        assert almanac.of(tx, None).is_school_day(autumn), "of no school, as in the middle of the country"
        assert almanac.of(tx, "gone").is_school_day(autumn)
        assert almanac.of(tx, "wad").known_until != almanac.of(tx, "brug").known_until
    assert (almanac.zone("wad").key, almanac.zone(None).key) == ("Atlantic/Azores", "Europe/Amsterdam")


def test_a_schools_own_days_are_its_own(database: Database, almanac: Almanac) -> None:
    study = Free(date(2027, 3, 10), date(2027, 3, 10), "studiedag", "Studiedag", "hand", "2026-11-22")
    summer = Free(date(2029, 7, 14), date(2029, 8, 26), "vakantie", "zomer", "hand", "2026-11-22")
    with database.begin() as tx:
        freedays.save(tx, "brug", [study])
        assert almanac.of(tx, "brug").free_on(study.first) == study
        assert almanac.of(tx, "wad").is_school_day(study.first)
        freedays.save(tx, "brug", [summer])
        assert almanac.of(tx, "brug").known_until == summer.last, "a school that names its summer knows its year"


def test_without_the_file_of_holidays_nothing_starts(tmp_path: Path) -> None:
    settings = replace(config.parse({"schools": SCHOOLS}, tmp_path, {}), flows=tmp_path)
    with pytest.raises(ContentError):
        Almanac.load(settings)
