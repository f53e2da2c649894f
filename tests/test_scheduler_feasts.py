"""A wish on the day of a feast: to who chose it, in the morning, once; and what the file of days must be."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.people import known
from bot.people.choices import LISTS
from bot.scheduler import feasts
from bot.schooldays import easter
from bot.store import tables as t
from bot.store.database import Tx
from tests.harness.office import Desk
from tests.world import FATIMA, JAN, World

ROOT = Path(__file__).resolve().parent.parent


def test_every_feast_that_can_be_chosen_has_its_days() -> None:
    found = {each.name: each for each in feasts.load(ROOT / "flows")}
    assert found.keys() == {*LISTS["feest"].options, *LISTS["feest_ook"].options}
    for year in range(2027, 2031):
        assert all(any(day.year == year for day in each.days) for each in found.values()), year
    weeks = feasts.coming(found.values(), date(2027, 3, 1), date(2027, 3, 31))
    assert [each.name for _, each in weeks] == ["suikerfeest", "newroz", "pasen"]


def orthodox(year: int) -> date:
    """Easter of the old calendar, as the Gregorian one counts its days (1900 to 2099)."""
    moon = (19 * (year % 19) + 15) % 30
    sunday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
    month, day = divmod(moon + sunday + 114, 31)
    return date(year, month, day + 1) + timedelta(days=13)


def test_the_easters_of_both_calendars_are_reckoned() -> None:
    found = {each.name: each.days for each in feasts.load(ROOT / "flows")}
    for name, reckoned in (("pasen", easter), ("oostpasen", orthodox)):
        assert [reckoned(day.year) for day in found[name]] == list(found[name])


@pytest.mark.parametrize(
    ("body", "says"),
    [("days = [2027-01-01]", "source"), ('source = "x"\ndays = ["2027"]', "dates"), ('source = "x"', "dates")],
)
def test_a_file_that_cannot_be_so(tmp_path: Path, body: str, says: str) -> None:
    (tmp_path / "days").mkdir()
    (tmp_path / "days" / "feasts.toml").write_text(f"[feast.kerst]\n{body}\n")
    with pytest.raises(ContentError, match=says):
        feasts.load(tmp_path)
    (tmp_path / "days" / "feasts.toml").write_text('[feast.raar]\nsource = "x"\ndays = [2027-01-01]\n')
    with pytest.raises(ContentError, match="nobody can choose it"):
        feasts.load(tmp_path)


async def test_who_chose_it_is_wished_well_once_and_nobody_else(world: World) -> None:
    def tell(tx: Tx) -> None:
        known.tell(tx, world.contact(JAN), "brug", "feest", ["kerst", "pasen"], world.clock())
        known.tell(tx, world.contact(FATIMA), "brug", "feest", ["geen"], world.clock())

    world.write(tell)
    until = datetime(2026, 12, 25, 5, tzinfo=UTC) - world.clock()
    assert await world.later(JAN, seconds=until.total_seconds()) == []
    assert await world.later(JAN, hours=4) == ["feest_groet.kerst"]
    world.restart()
    assert await world.later(JAN, days=3) == []
    said = [row for row in world.rows(t.run.select()) if row.flow == feasts.FLOW]
    assert [row.contact_id for row in said] == [world.contact(JAN)]


async def test_what_she_chose_otherwise_meanwhile_is_not_said(world: World) -> None:
    world.write(lambda tx: known.tell(tx, world.contact(JAN), "brug", "feest", ["kerst"], world.clock()))
    night = datetime(2026, 12, 25, 5, tzinfo=UTC) - world.clock()
    await world.later(JAN, seconds=night.total_seconds())
    world.write(lambda tx: known.tell(tx, world.contact(JAN), "brug", "feest", ["over"], world.clock()))
    assert await world.later(JAN, days=1) == []


async def test_a_teacher_sees_whose_feast_it_is_this_week(world: World) -> None:
    world.write(lambda tx: known.tell(tx, world.contact(JAN), "brug", "feest", ["kerst"], world.clock()))
    assert "Kerstmis" not in await Desk(world, "janneke").get("/vandaag")
    await world.later(days=29)
    page = await Desk(world, "janneke").get("/vandaag")
    assert "Kerstmis, vrijdag 25 december: 1 gezin" in page
    assert "Kerstmis" in await Desk(world, "janneke").get("/gezinnen/feesten")
