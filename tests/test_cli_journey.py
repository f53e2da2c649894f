"""`ouderbrug journey`: what begins when, and a whole year for one family without touching anything."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot import config
from bot.__main__ import main
from bot.app import Bot
from bot.check import copying, rehearsal, year
from bot.errors import BotError
from bot.people import freedays
from bot.schooldays import Free
from bot.store import schema
from bot.store.database import Database
from bot.store.sealed import Ring
from tests import world as there
from tests.world import World

CHOSEN = """\
[schools.brug]
name         = "De Brug"
urgent_phone = "030 123 45 67"
duty         = ["sms:+31612009001"]
JOURNEYS
"""
ALL = 'journeys = ["schooljaar", "thuis-leren", "nieuw", "groep8"]'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A school with all our journeys."""
    path = tmp_path / "config.toml"
    path.write_text(CHOSEN.replace("JOURNEYS", ALL), encoding="utf-8")
    return path


def run(home: Path, *words: str) -> int:
    return main(["--config", str(home), "journey", *words])


def test_the_list_says_what_comes_when(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "list", "--json") == 0
    entries = {each["entry"]: each for each in json.loads(capsys.readouterr().out)["entries"]}
    assert {"nieuw.kennismaken", "schooljaar.feesten", "groep8.overstap", "thuis-leren.begin"} <= entries.keys()
    assert entries["nieuw.zes"]["days_after_enrolment"] == 42
    assert all(each["day"] or each["unknown"] or each["days_after_enrolment"] for each in entries.values())
    assert run(home, "list") == 0
    assert "after enrolment" in capsys.readouterr().out


def test_a_school_without_journeys_is_told_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CHOSEN.replace("JOURNEYS", ""), encoding="utf-8")
    assert run(path, "list") == 0
    assert "add journeys = [...]" in capsys.readouterr().out
    assert run(path, "preview", "--example") == 2
    assert capsys.readouterr().err.startswith("ouderbrug: [schools.brug] journeys: none is chosen")


def test_a_journey_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CHOSEN.replace("JOURNEYS", 'journeys = ["zomerfeest"]'), encoding="utf-8")
    assert run(path, "preview", "--example") == 1
    assert "there is no flows/journeys/zomerfeest.toml" in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("--family", "1", "--example")])
def test_whose_year_must_be_said(home: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "preview", *words) == 2
    assert capsys.readouterr().err == "ouderbrug: whose year? add --family N, or --example for a fictional family\n"


def test_a_family_that_is_not_there(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "preview", "--family", "99") == 1
    assert capsys.readouterr().err == "ouderbrug: there is no family 99\n"


def test_a_year_of_an_example(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "year.html"
    assert run(home, "preview", "--example", "--year", "2026-2027", "--json", "--html", str(page)) == 0
    found = json.loads(capsys.readouterr().out)
    begun = [(each["what"], each["at"][:16]) for each in found["messages"] if each["cls"] == "broadcast"]
    expected = {
        ("kennismaken", "2026-09-01T16:30"),
        ("startgesprek", "2026-09-08T16:30"),
        ("welkom_week", "2026-09-09T16:30"),
        ("welkom_maand", "2026-09-21T16:30"),
        ("welkom_zes", "2026-10-12T16:30"),
        ("rapport", "2027-06-01T16:30"),
        ("afscheid", "2027-06-24T16:30"),
    }
    assert expected <= {*begun}
    assert {"feesten", "helpen", "kunnen", "hoe_gaat_het", "overstap"} <= {what for what, _ in begun}, "in their time"
    plans = [each["at"] for each in found["messages"] if each["what"] == "plan:voorlezen"]
    free = [(each["first"], each["last"]) for each in found["free"] if each["kind"] == "vakantie"]
    assert plans
    assert not [at for at in plans if any(first <= at[:10] <= last for first, last in free)]
    assert "Het laatste schooljaar van Yusuf" in page.read_text(encoding="utf-8")
    assert not (tmp_path / "ouderbrug.db").exists()


def test_an_example_has_the_free_days_of_the_school_it_is_played_at(
    home: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOT_KEYS", str(ring))
    own = Free(date(2027, 2, 1), date(2027, 2, 5), "vakantie", "Onze week", "a.ics", "2026-11-22")
    real = Database(f"sqlite:///{home.parent}/ouderbrug.db", ring)
    schema.prepare(real)
    with real.begin() as tx:
        freedays.save(tx, "brug", [own])
        freedays.save(tx, "vaart", [own._replace(name="Een andere school")])
    real.close()
    assert run(home, "preview", "--example", "--year", "2026-2027", "--answers", "none", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    names = [each["name"] for each in found["free"]]
    assert "Onze week" in names
    assert "Een andere school" not in names
    reports = [each["at"][:10] for each in found["messages"] if each["what"] == "rapport"]
    assert "2027-02-02" not in reports, "a day on which this school is closed"


async def test_a_real_family_is_copied_and_nothing_of_hers_changes(world: World, ring: Ring, tmp_path: Path) -> None:
    fatima = world.contact(there.FATIMA)
    before = digest(world)
    scratch = Database(f"sqlite:///{tmp_path}/year.db", ring)
    schema.prepare(scratch)
    with world.bot.database.read() as real, scratch.begin() as tx:
        assert copying.copy(real, tx, fatima) == ["brug"]
    schools = {key: replace(each, journeys=("nieuw",)) for key, each in world.bot.config.schools.items()}
    clock, lines = rehearsal.Clock(there.MONDAY), rehearsal.channels()
    bot = Bot(year.scratch(replace(world.bot.config, schools=schools)), scratch, clock=clock, channels=lines)
    seen: list[datetime] = []
    until = datetime(2026, 12, 20, tzinfo=UTC)
    marks = await year.play_year(bot, clock, lines, fatima, until, answers=False, seen=seen.append)
    await bot.stop()
    assert [mark.what for mark in marks if not mark.left_out] == ["kennismaken", "welkom_week", "welkom_maand"]
    assert marks[0].dutch.startswith("Dag, hier juf Janneke van De Brug.")
    assert marks[0].language == "ar"
    assert seen == sorted(seen)
    assert digest(world) == before


def test_no_such_family_no_copy(world: World, ring: Ring, sqlite_url: str) -> None:
    with world.bot.database.read() as real, pytest.raises(BotError, match="there is no family 4711"):
        copying.copy(real, real, 4711)


def digest(world: World) -> str:
    """Everything in the real database."""
    from sqlalchemy import select

    from bot.store.tables import metadata

    with world.bot.database.read() as tx:
        rows = [repr(tx.execute(select(table)).all()) for table in metadata.sorted_tables]
    return hashlib.sha256("".join(rows).encode()).hexdigest()


def test_our_own_configuration_names_journeys_that_are_there() -> None:
    own = config.load(config.ROOT / "config.toml", {})
    there_are = {path.stem for path in (own.flows / "journeys").glob("*.toml")}
    assert {name for school in own.schools.values() for name in school.journeys} <= there_are
