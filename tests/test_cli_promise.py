"""`ouderbrug promise` in a process of its own."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.world import KARIN, World

TODAY = datetime.now(ZoneInfo("Europe/Amsterdam")).date()  # a command looks at the real clock
TOMORROW = (TODAY + timedelta(days=1)).isoformat()


@pytest.fixture
def ouderbrug(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> Command:
    return command.on(sqlite_url, ring, tmp_path)


def add(ouderbrug: Command, *more: str, words: str = "bellen over gym") -> str:
    done = ouderbrug("promise", "add", "--school", "brug", "--staff", "janneke", "--due", TOMORROW, words, *more)
    return done.stdout + done.stderr


async def test_a_promise_is_noted_listed_and_closed_once(world: World, ouderbrug: Command) -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Heeft Lotte gym?")
    assert "on the page only" in add(ouderbrug, "--thread", "1")
    [found] = ouderbrug.json("promise", "list", "--school", "brug")
    assert found == {
        "id": 1, "staff": "juf Janneke", "words": "bellen over gym", "due": TOMORROW, "overdue": False, "thread": 1,
    }  # fmt: skip
    assert "bellen over gym" in ouderbrug("promise", "list", "--school", "brug", "--staff", "janneke").stdout
    assert ouderbrug.json("promise", "list", "--school", "brug", "--staff", "bas") == []
    assert ouderbrug("promise", "kept", "1").stdout == "Promise 1 is kept.\n"
    again = ouderbrug("promise", "drop", "1")
    assert (again.returncode, again.stderr.count("\n"), "kept already" in again.stderr) == (1, 1, True)
    assert ouderbrug("promise", "list", "--school", "brug").stdout == "Nothing is promised that is not done.\n"


async def test_what_cannot_be_is_said_in_one_line(ouderbrug: Command) -> None:
    assert "there is no thread 99" in add(ouderbrug, "--thread", "99")
    assert "characters" in add(ouderbrug, words=" ")
    late = ouderbrug("promise", "add", "--school", "brug", "--staff", "janneke", "--due", "2020-01-06", "bellen")
    assert (late.returncode, "that day is past" in late.stderr) == (1, True)
    wrong = ouderbrug("promise", "add", "--school", "brug", "--staff", "janneke", "--due", "morgen", "bellen")
    assert (wrong.returncode, "2026-11-24" in wrong.stderr) == (2, True)
