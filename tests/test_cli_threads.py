"""`ouderbrug threads` in a process of its own: what waits for a person, and the way back to the parent."""

import json
from pathlib import Path

import pytest

from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.world import FATIMA, KARIN, World


@pytest.fixture
def ouderbrug(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> Command:
    return command.on(sqlite_url, ring, tmp_path)


async def test_the_whole_way_to_a_person_and_back(world: World, ouderbrug: Command) -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Lotte is [ziek]")
    await world.say(FATIMA, "زوجي يضربني")
    danger, question = ouderbrug.json("threads", "list")
    assert (danger["kind"], danger["alarm"], danger["guardian"]) == ("gevaar", "open", "Fatima Haddad")
    assert (question["kind"], question["child"], question["guardian"]) == ("mens", "Lotte Visser", "Karin Visser")
    assert [(each["side"], each["text"]) for each in question["messages"]] == [("parent", "Lotte is [ziek]")]
    shown = ouderbrug("threads", "list").stdout
    assert "Lotte is [ziek]" in shown
    assert "[ar, not translated]" in shown
    done = ouderbrug("threads", "answer", str(danger["id"]), "Ik bel u nu.", "--name", "juf Janneke")
    assert (done.returncode, done.stdout) == (0, "The answer is on its way.\n")
    assert await world.settled(FATIMA) == ["draad.onvertaald"]
    assert "Ik bel u nu." in world.last(FATIMA).message.text
    assert [each["id"] for each in ouderbrug.json("threads", "list")] == [question["id"]]


async def test_only_one_school(world: World, ouderbrug: Command) -> None:
    await world.say(KARIN, "hij slaat mij")
    assert len(ouderbrug.json("threads", "list", "--school", "brug")) == 1
    assert json.loads(ouderbrug("threads", "list", "--school", "vaart", "--json").stdout) == []
    assert ouderbrug("threads", "list", "--school", "vaart").stdout == "Nobody is waiting.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("list", "--school", "x"), 2, "there is no school 'x'; there are: brug, vaart"),
        (("answer", "99", "Dag"), 1, "there is no thread 99"),
        (("answer", "99", "  "), 1, "an answer needs words"),
        (("answer", "99", "x" * 1001), 1, "at most 1000 characters"),
    ],
)
def test_what_cannot_be_is_one_line(ouderbrug: Command, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = ouderbrug("threads", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("ouderbrug: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
