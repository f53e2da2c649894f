"""`ouderbrug interpreter` in a process of its own: added, with hours, a day's talks, and words that help."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.people import staff
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.world import KARIN, World

DAY = datetime.now(UTC).date() + timedelta(days=10)  # a command looks at the real clock
ADD = ("add", "--school", "brug", "--name", "Samira Aziz", "--languages", "Arabisch", "tr")


@pytest.fixture
def ouderbrug(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> Command:
    return command.on(sqlite_url, ring, tmp_path)


async def test_an_interpreter_is_added_has_hours_talks_and_leaves(world: World, ouderbrug: Command) -> None:
    made = ouderbrug("interpreter", *ADD, "--by", "phone", "site", "--phone", "+31612009101", "--cost", "52,50")
    assert (made.returncode, made.stdout.splitlines()[0]) == (0, "Interpreter 1: Samira Aziz (ar, tr).")
    on = ("--school", "brug", "--day", f"{DAY:%d-%m-%Y}")
    said = ouderbrug("interpreter", "hours", "1", *on, "15:00-16:30", "16:00-17.00", "18:30-20:30")
    assert said.stdout.endswith(f"{DAY:%d-%m-%Y}: 15:00-17:00, 18:30-20:30\n"), said.stderr
    [row] = ouderbrug.json("interpreter", "list", "--school", "brug")
    assert (row["languages"], row["by"], row["cents_an_hour"]) == (["ar", "tr"], ["phone", "site"], 5250)
    assert row["hours"] == {f"{DAY}": ["15:00-17:00", "18:30-20:30"]}
    assert "52.50" in ouderbrug("interpreter", "list", "--school", "brug").stdout
    assert ouderbrug("interpreter", "list", *on).stdout == "No talks with an interpreter.\n"
    now = world.clock()
    talk = {
        "contact_id": world.contact(KARIN), "school": "brug", "minutes": 15, "interpreter_id": 1, "made_at": now,
        "staff_id": world.write(lambda tx: staff.by_key(tx, "brug", "janneke").id), "changed_at": now,
        "starts_at": datetime(DAY.year, DAY.month, DAY.day, 14, 0, tzinfo=UTC), "place": "lokaal 4",
    }  # fmt: skip
    world.write(lambda tx: tx.execute(t.appointment.insert(), talk))
    day = ouderbrug("interpreter", "list", *on).stdout
    assert all(word in day for word in ("Samira Aziz", "15 minutes", "juf Janneke", "lokaal 4"))
    assert "Lotte" not in day
    assert "Visser" not in day
    left = ouderbrug("interpreter", "leave", "1", "--school", "brug")
    assert (left.returncode, "need another interpreter: 1" in left.stderr) == (0, True)
    assert ouderbrug.json("interpreter", "list", "--school", "brug") == []


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (("add", "--school", "brug", "--name", "X", "--languages", "klingon"), 1, "'klingon' is no language"),
        ((*ADD, "--cost", "veel"), 2, "write euros as 55 or 52.50"),
        (("hours", "9", "--school", "brug", "--day", f"{DAY}", "none"), 1, "no interpreter 9"),
        (("hours", "1", "--school", "brug", "--day", f"{DAY}", "25:00-26:00"), 2, "write hours as 15:00-17:30"),
        (("hours", "1", "--school", "brug", "--day", "morgen", "none"), 2, "the day is not right"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_said_in_one_line(
    ouderbrug: Command, given: tuple[str, ...], code: int, says: str
) -> None:
    done = ouderbrug("interpreter", *given)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr
