"""`ouderbrug talks` in a process of its own: a file that is shown first and opened once, and a round that ends."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.booking import opening
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.world import KARIN, World

MADE = datetime(2026, 9, 1, tzinfo=UTC)  # commands go by the real clock


@pytest.fixture
def ouderbrug(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> Command:
    year = school_year(datetime.now(UTC).date())  # a command looks at the real clock
    for table in (t.group, t.membership):
        world.write(lambda tx, one=table: tx.execute(update(one).values(year=year)))  # type: ignore[misc]
    return command.on(sqlite_url, ring, tmp_path)


@pytest.fixture
def file(ouderbrug: Command, tmp_path: Path) -> Path:
    """The example, as it comes out."""
    made = ouderbrug("talks", "example", "--school", "brug")
    assert made.returncode == 0, made.stderr
    path = tmp_path / "round.toml"
    path.write_text(made.stdout, encoding="utf-8")
    return path


async def test_the_example_is_looked_at_opened_once_listed_closed_and_stopped(
    world: World, ouderbrug: Command, file: Path
) -> None:
    here = ("--school", "brug")
    looked = ouderbrug("talks", "check", str(file), *here)
    assert (looked.returncode, looked.stderr) == (0, "")
    assert re.search(r"juf Janneke .* 3 ", looked.stdout), "three children come to her"
    assert world.rows(select(t.talk_round)) == []
    asks = ouderbrug("talks", "open", str(file), *here)
    assert (asks.returncode, "add --yes" in asks.stderr, world.rows(select(t.talk_round))) == (1, True, [])
    opened = ouderbrug("talks", "open", str(file), *here, "--yes")
    assert opened.returncode == 0, opened.stderr
    assert "Round 1 is planned: parents are invited from " in opened.stdout
    assert "\x1b" not in opened.stdout, "colours are for terminals"
    again = ouderbrug.json("talks", "open", str(file), *here)
    assert (again["id"], again["new"], again["state"]) == (1, False, "planned")
    [row] = ouderbrug.json("talks", "list", *here)
    assert (row["name"], row["state"], row["groups"], row["invited"]) == (
        "Rapportgesprekken", "planned", ["groep 4", "groep 5"], {},
    )  # fmt: skip
    world.write(lambda tx: tx.execute(update(t.talk_round).values(opens_at=world.clock(), early_at=None)))
    await opening.begin_due(world.bot.database, world.bot.books, world.clock())
    assert ouderbrug.json("talks", "list", *here)[0]["invited"] == {"asked": 5, "waiting": 1}
    assert " 6 " in ouderbrug("talks", "list", *here).stdout
    assert "is closed" in ouderbrug("talks", "close", "1", *here).stdout
    assert "closed already" in ouderbrug("talks", "close", "1", *here).stderr
    assert "is stopped; 0 talks are called off" in ouderbrug("talks", "stop", "1", *here).stdout
    assert "stopped already" in ouderbrug("talks", "stop", "1", *here).stderr
    assert "no round 9" in ouderbrug("talks", "close", "9", *here).stderr


async def test_a_colleague_is_ill_and_a_round_with_talks_is_not_stopped_by_a_slip(
    world: World, ouderbrug: Command, file: Path
) -> None:
    here = ("--school", "brug")
    ouderbrug("talks", "open", str(file), *here, "--yes")
    [first, *_] = world.rows(select(t.talk_hours).order_by(t.talk_hours.c.day))
    at = datetime.fromisoformat(f"{first.day}T16:00:00+00:00")
    talk = {"contact_id": world.contact(KARIN), "school": "brug", "staff_id": first.staff_id, "minutes": 10,
            "starts_at": at, "round_id": 1, "made_at": MADE, "changed_at": MADE}  # fmt: skip
    world.write(lambda tx: tx.execute(t.appointment.insert(), talk))
    for words in (("stop", "1"), ("ill", "janneke", "--day", first.day)):
        asks = ouderbrug("talks", *words, *here)
        assert (asks.returncode, "1 talk" in asks.stderr, "add --yes" in asks.stderr) == (1, True, True), asks.stderr
    done = ouderbrug("talks", "ill", "janneke", "--day", first.day, "--no-proposals", "--yes", *here)
    assert (done.returncode, "1 called off; the parents hear that it is off" in done.stdout) == (0, True), done.stderr
    again = ouderbrug("talks", "ill", "janneke", "--day", first.day, *here)
    assert "0 called off." in again.stdout
    assert first.day not in {row.day for row in world.rows(select(t.talk_hours.c.day))}


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("length = 10 ", "length = 12 ", "length: 12 is no length; write 5 to 120 minutes in steps of five"),
        ('"groep 4"', '"groep 9"', 'groups = "groep 9": there is no such group; there are: groep 4, groep 5'),
        ('day   = ["', 'day   = ["20-11-2020", "', "[[hours]] 1 day: 20-11-2020 is past (juf Janneke)"),
        ("[[hours]]", "[[hours", "see an example: ouderbrug talks example"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_key_and_way_out(
    ouderbrug: Command, file: Path, was: str, now: str, says: str
) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"juf Janneke"', '"janneke"').replace(was, now, 1), encoding="utf-8")
    for verb in (("check",), ("open", "--yes")):
        done = ouderbrug("talks", verb[0], str(file), "--school", "brug", *verb[1:])
        assert (done.returncode, done.stdout) == (1, "")
        assert re.fullmatch(rf"round\.toml: .*{re.escape(says)}\n", done.stderr), done.stderr
    [found] = _json(ouderbrug, file)["problems"]
    assert found["says"].endswith(says)


def _json(ouderbrug: Command, file: Path) -> dict[str, list[dict[str, str]]]:
    import json

    done = ouderbrug("talks", "check", str(file), "--school", "brug", "--json")
    assert done.returncode == 1
    found: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
    return found
