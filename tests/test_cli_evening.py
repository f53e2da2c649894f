"""`ouderbrug evening` in a process of its own: a file that is opened once, told of, closed and called off."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.world import World


@pytest.fixture
def ouderbrug(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> Command:
    return command.on(sqlite_url, ring, tmp_path)


async def test_the_example_is_opened_once_listed_closed_stopped_and_told(
    world: World, ouderbrug: Command, tmp_path: Path
) -> None:
    here, path = ("--school", "brug"), tmp_path / "media.toml"
    ahead = datetime.now(UTC) + timedelta(days=20)  # commands go by the real clock
    text = ouderbrug("evening", "example").stdout
    for old, days in (("2026-12-10", 0), ("2026-12-09", -1), ("2026-11-30", -10)):
        text = text.replace(old, f"{ahead + timedelta(days=days):%Y-%m-%d}")
    day = f'"{ahead:%Y-%m-%d}"'
    wrong = {day: '"morgen"', "= []": '= ["groep 12"]', '"media"': '"weer"', "minutes ": "minuten "}
    for line, instead in wrong.items():
        path.write_text(text.replace(line, instead), encoding="utf-8")
        read = ouderbrug("evening", "open", str(path), *here, "--yes")
        assert (read.returncode, len(read.stderr.splitlines())) == (1, 1), "one line that says what to do"
    path.write_text(text, encoding="utf-8")
    assert "add --yes" in ouderbrug("evening", "open", str(path), *here).stderr
    opened = [ouderbrug("evening", "open", str(path), *here, "--yes").stdout for _ in range(2)]
    assert ["is planned" in opened[0], "was made of this file before" in opened[1]] == [True, True]
    [row] = json.loads(ouderbrug("evening", "list", *here, "--json").stdout)
    assert (row["name"], row["state"], row["people"]) == ("Telefoon en spelletjes thuis", "planned", 0)
    number = str(row["id"])
    assert ouderbrug("evening", "told", number, *here, "--text", "Samen.").returncode == 1, "it is still to be"
    assert ouderbrug("evening", "close", number, *here).returncode == 0
    assert ouderbrug("evening", "close", number, *here).returncode == 1
    assert ouderbrug("evening", "stop", number, *here, "--why", "De spreker is ziek.").returncode == 0
    assert "stopped" in ouderbrug("evening", "list", *here).stdout
    past = {"starts_at": datetime.now(UTC) - timedelta(hours=3), "state": "closed"}
    world.write(lambda tx: tx.execute(update(t.gathering).values(past)))
    assert ouderbrug("evening", "told", number, *here, "--text", "Maak samen af.").returncode == 0
    assert ouderbrug("evening", "told", number, *here, "--text", "Nog eens.").returncode == 1, "once"
