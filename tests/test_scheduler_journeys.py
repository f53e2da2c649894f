"""The school year laid out: the right day, the right families, once, and nothing that nobody knows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Row, insert, select, update

from bot.conversation.flow import Flow
from bot.conversation.journey import Entry, Journey, parse
from bot.model import PURPOSES, Address
from bot.scheduler import journeys
from bot.scheduler.almanac import Almanac
from bot.scheduler.moments import day_after, day_in
from bot.schooldays import Free, Schooldays
from bot.store import tables as t
from bot.store.database import Database
from tests import world as there
from tests.world import YEAR, World, settings

HOME = ZoneInfo("Europe/Amsterdam")
SUMMERS = [("2026-07-18", "2026-08-30"), ("2027-07-17", "2027-08-29")]
AUTUMN = ("2026-10-17", "2026-10-25")
DAYS = Schooldays(
    [
        *(Free(date.fromisoformat(a), date.fromisoformat(b), "vakantie", "zomer") for a, b in SUMMERS),
        Free(date.fromisoformat(AUTUMN[0]), date.fromisoformat(AUTUMN[1]), "vakantie", "herfst"),
    ],
    date(2027, 8, 29),
)


def entry(when: str, day: str = "di", more: str = "") -> Entry:
    weekday = f'day = "{day}"\n' if day else ""
    return parse(
        f'journey = "j"\n[entry.e]\nflow = "startgesprek"\n{when}\n{weekday}at = "16:30"\nwithin = "14d"\n{more}',
        "j.toml",
    ).entries[0]


# --- the day
@pytest.mark.parametrize(
    ("when", "day", "found"),
    [
        ('from = "start"\nweek = 1', "di", "2026-09-01"),
        ('from = "start"\nweek = 2', "di", "2026-09-08"),
        ('from = "start"\nweek = 3', "za", "2026-09-19"),
        ('from = "einde"\nweek = 1', "vr", "2027-07-16"),
        ('from = "einde"\nweek = 1', "za", "2027-07-10"),  # the Saturday after is none of this year
        ('from = "einde"\nweek = 4', "do", "2027-06-24"),
        ("month = 10\nnth = 1", "do", "2026-10-01"),
        ("month = 2\nnth = 1", "di", "2027-02-02"),
        ("month = 6\nnth = 4", "wo", "2027-06-23"),
    ],
)
def test_the_day_of_an_entry(when: str, day: str, found: str) -> None:
    assert day_in(entry(when, day), YEAR, DAYS).day == date.fromisoformat(found)


def test_a_holiday_moves_it_to_the_same_weekday() -> None:
    october = entry("month = 10\nnth = 3", "di", 'skip = ["vakantie"]')
    assert day_in(october, YEAR, DAYS) == (date(2026, 10, 27), "vakantie", "")
    assert day_in(entry("month = 10\nnth = 3"), YEAR, DAYS).day == date(2026, 10, 20)


def test_what_nobody_knows_is_not_invented() -> None:
    assert day_in(entry('from = "start"\nweek = 2'), "2028-2029", DAYS).unknown == "the first school day of 2028-2029"
    assert day_in(entry('from = "einde"\nweek = 2'), "2027-2028", DAYS).unknown == "the last school day of 2027-2028"
    later = day_in(entry("month = 10\nnth = 1", more='skip = ["vakantie"]'), "2027-2028", DAYS)
    assert later == (None, "", "the holidays after 2027-08-29")


def test_what_a_holiday_moves_out_of_the_year_is_left_out() -> None:
    assert day_in(entry("month = 7\nnth = 4", more='skip = ["vakantie"]'), YEAR, DAYS).day is None


def test_days_after_enrolment() -> None:
    third = entry('from = "inschrijving"\ndays = 3', "", 'skip = ["vakantie"]')
    assert day_after(third, date(2026, 9, 1), DAYS).day == date(2026, 9, 4)
    assert day_after(third, date(2026, 10, 15), DAYS).day == date(2026, 11, 1)  # after the autumn holiday
    assert day_after(entry('from = "inschrijving"\ndays = 3', "ma"), date(2026, 9, 1), DAYS).day == date(2026, 9, 7)


# --- laying it out
class Office:
    """Two schools with their families, of whom some have said yes, and one of our journeys."""

    def __init__(self, database: Database, home: Path, entries: Sequence[Entry]) -> None:
        config = settings(home)
        chosen = {key: replace(school, journeys=("j",)) for key, school in config.schools.items()}
        self.almanac = Almanac.load(replace(config, schools=chosen))
        self.database = database
        self.journeys = (Journey("j", tuple(entries)),)
        with database.begin() as tx:
            there.open_schools(tx, home)

    def enrol(self, name: str, who: Address, at: datetime, purposes: tuple[str, ...] = PURPOSES) -> int:
        with self.database.begin() as tx:
            return there.enrol(tx, name, who, "brug", purposes, at)

    def lay(self, now: datetime, school: str = "brug") -> int:
        flows = {name: flow(name) for name in ("startgesprek", "voorlezen")}
        job = f"journeys:{school}"
        with self.database.read() as tx:
            found = journeys.gather(tx, self.almanac, flows, self.journeys, job, now)
        with self.database.begin() as tx:
            return journeys.lay(tx, job, now.astimezone(HOME).date(), found, now)

    def rows(self) -> list[Row[Any]]:
        with self.database.read() as tx:
            return list(tx.execute(select(t.followup).order_by(t.followup.c.contact_id)).all())

    def opened(self, row: Row[Any]) -> str:
        with self.database.read() as tx:
            return tx.open("followup.fields", row.fields)


def flow(name: str) -> Flow:
    from bot.conversation.flow import load

    return load(Path(__file__).resolve().parent.parent / "flows" / f"{name}.toml")


def at(month: int, day: int, hour: int = 4) -> datetime:
    return datetime(2026, month, day, hour, 0, tzinfo=HOME)


START_TALK = 'from = "start"\nweek = 2'
LONG_AGO = datetime(2026, 6, 1, tzinfo=HOME)


def test_two_weeks_ahead_once_for_whoever_said_yes(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, [entry(START_TALK)])
    fatima = office.enrol("Fatima", there.FATIMA, LONG_AGO)
    assert office.lay(at(8, 24)) == 0  # the day is known, but far off
    assert office.lay(at(8, 26)) == 1
    [row] = office.rows()
    assert (row.contact_id, row.kind, row.scope) == (fatima, "journey", f"journey:j.e:brug:{YEAR}")
    assert (row.flow, row.say, row.cls, row.purpose, row.state) == (
        "startgesprek", "", "broadcast", "school", "waiting",
    )  # fmt: skip
    assert row.due_at.astimezone(HOME) == datetime(2026, 9, 8, 16, 30, tzinfo=HOME)
    assert row.expires_at == row.due_at + timedelta(days=14)
    assert (office.lay(at(8, 26)), office.lay(at(8, 27)), len(office.rows())) == (0, 0, 1)


def test_after_an_outage_what_is_not_too_late_is_laid(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, [entry(START_TALK)])
    office.enrol("Fatima", there.FATIMA, LONG_AGO)
    assert office.lay(at(9, 23, 17)) == 0  # more than two weeks late
    assert office.lay(at(9, 22)) == 1


def test_whoever_says_yes_afterwards_does_not_get_it(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, [entry(START_TALK)])
    office.enrol("Fatima", there.FATIMA, at(9, 9))
    office.enrol("Omar", there.OMAR, at(9, 7), purposes=("tips",))
    assert office.lay(at(9, 10)) == 0


def test_only_families_of_its_groups_and_about_those_children(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, [entry(START_TALK, more="groups = [5]")])
    for name, who in {"Fatima": there.FATIMA, "Jan": there.JAN}.items():
        office.enrol(name, who, LONG_AGO)
    assert office.lay(at(9, 1)) == 1
    [row] = office.rows()
    with database.read() as tx:
        name = tx.execute(select(t.child.c.name).where(t.child.c.id == row.child_id)).scalar_one()
        assert tx.open("child.name", name) == "Saar Bakker"
    assert office.opened(row) == "{}"


def test_a_child_that_has_left_counts_no_more(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, [entry(START_TALK)])
    office.enrol("Fatima", there.FATIMA, LONG_AGO)
    with database.begin() as tx:
        tx.execute(update(t.child).values(left_at=LONG_AGO))
    assert office.lay(at(9, 1)) == 0
    with database.begin() as tx:
        tx.execute(update(t.child).values(left_at=at(9, 20)))
    assert office.lay(at(9, 2)) == 1, "who leaves in summer is here until then"


def test_one_family_two_children_one_row(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, [entry(START_TALK)])
    office.enrol("Jan", there.JAN, LONG_AGO)
    assert office.lay(at(9, 1)) == 1
    assert office.rows()[0].child_id is None


def test_not_where_she_has_that_plan(database: Database, tmp_path: Path) -> None:
    home = entry('from = "start"\nweek = 3', "za", 'unless = "plan:voorlezen"')
    office = Office(database, tmp_path, [replace(home, flow="voorlezen")])
    has, makes = (office.enrol(name, who, LONG_AGO) for name, who in (("Fatima", there.FATIMA), ("Omar", there.OMAR)))
    plan(database, has)
    assert office.lay(at(9, 8)) == 1
    assert [(row.contact_id, row.kind) for row in office.rows() if row.kind == "journey"] == [(makes, "journey")]
    plan(database, makes)  # in the days between
    office.lay(at(9, 9))
    [row] = [row for row in office.rows() if row.kind == "journey"]
    assert (row.state, row.reason) == ("dropped", "planned")


def plan(database: Database, contact_id: int) -> None:
    with database.begin() as tx:
        row = {
            "contact_id": contact_id, "school": "brug", "kind": "plan", "scope": "plan:voorlezen", "flow": "voorlezen",
            "say": "voorlezen.herinnering", "fields": tx.seal("followup.fields", "{}"), "cls": "plan",
            "purpose": "tips", "zone": HOME.key, "rule": {"weekday": "di", "time": "19:30"}, "state": "waiting",
            "count": 0, "rev": 0, "due_at": at(9, 15), "expires_at": at(12, 31),
        }  # fmt: skip
        tx.execute(insert(t.followup), row)


def test_the_first_weeks_of_a_new_family(database: Database, tmp_path: Path) -> None:
    new = [replace(entry(f'from = "inschrijving"\ndays = {days}', ""), name=f"d{days}") for days in (3, 21, 42)]
    office = Office(database, tmp_path, new)
    office.enrol("Fatima", there.FATIMA, at(9, 1, 15))
    assert [office.lay(at(9, 2)), office.lay(at(9, 9)), office.lay(at(9, 30))] == [1, 1, 1]
    found = [row.due_at.astimezone(HOME).isoformat()[:16] for row in office.rows()]
    assert found == ["2026-09-04T16:30", "2026-09-22T16:30", "2026-10-13T16:30"]


def test_a_row_keeps_the_moment_that_it_was_laid_for(database: Database, tmp_path: Path) -> None:
    office = Office(database, tmp_path, [entry(START_TALK)])
    office.enrol("Fatima", there.FATIMA, LONG_AGO)
    office.lay(at(9, 1))
    office.journeys = (Journey("j", (entry('from = "start"\nweek = 3'),)),)
    assert office.lay(at(9, 2)) == 0
    assert office.rows()[0].due_at.astimezone(HOME).day == 8


def test_a_school_that_chose_nothing_has_no_job(tmp_path: Path) -> None:
    assert journeys.jobs(settings(tmp_path)) == {}


def test_what_an_operator_reads(database: Database, tmp_path: Path) -> None:
    dated, last = entry(START_TALK), replace(entry('from = "einde"\nweek = 1', "vr"), name="last")
    office = Office(
        database, tmp_path, [dated, last, replace(entry('from = "inschrijving"\ndays = 3', ""), name="new")]
    )
    with database.read() as tx:
        found = journeys.planned(tx, office.almanac, office.journeys, "brug", at(9, 9))
        assert [(each.entry.name, str(each.day), each.unknown) for each in found] == [
            ("last", "2027-07-16", ""), ("e", "2027-09-07", ""), ("new", "None", ""),
        ]  # fmt: skip
        assert journeys.missing(tx, office.almanac, office.journeys, at(9, 9)) == {}
        late = datetime(2034, 6, 20, tzinfo=HOME)
        asked = journeys.missing(tx, office.almanac, office.journeys, late)["brug"]
        assert "the last school day of 2033-2034" in asked


async def test_the_bot_lays_it_out_and_begins_it(world: World) -> None:
    """The whole way: at half past three it is laid, at half past four in the afternoon she reads it."""
    schools = {
        key: replace(school, journeys=("nieuw",) if key == "brug" else ())
        for key, school in world.bot.config.schools.items()
    }
    world.restart(schools=schools)
    assert await world.later(there.FATIMA, hours=12) == []
    assert (await world.later(there.FATIMA, days=1))[:1] == ["kennismaken.vraag"]


async def test_a_school_whose_days_cannot_be_read_keeps_nobody_else_waiting(world: World) -> None:
    schools = {key: replace(school, journeys=("nieuw",)) for key, school in world.bot.config.schools.items()}
    world.restart(schools=schools)
    broken = {"first": "ooit", "last": "ooit", "kind": "vrij", "name": "", "source": "", "noted_on": "2026-11-22"}
    world.write(lambda tx: tx.execute(insert(t.free_day).values(school="vaart", **broken)))
    assert (await world.later(there.FATIMA, days=4))[:1] == ["kennismaken.vraag"]
