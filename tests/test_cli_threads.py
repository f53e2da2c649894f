"""`ouderbrug threads` in a process of its own: what waits for a person, and the way back to the parent."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from bot.inbox import receive
from bot.model import Inbound, Media
from bot.store import tables as t
from bot.store.database import Tx
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
    at = datetime.fromisoformat(question["messages"][0]["at"]).astimezone(ZoneInfo("Europe/Amsterdam"))
    assert f"{at:%d-%m %H:%M}  parent: Lotte is [ziek]" in shown  # by the clock on the wall at school
    done = ouderbrug("threads", "answer", str(danger["id"]), "Ik bel u nu.", "--name", "juf Janneke")
    assert (done.returncode, done.stdout) == (0, "The answer is on its way.\n")
    assert await world.settled(FATIMA) + await world.later(FATIMA, seconds=1) == ["draad.antwoord"]
    assert "Ik bel u nu." in world.last(FATIMA).message.text
    assert [each["id"] for each in ouderbrug.json("threads", "list")] == [question["id"]]


async def test_a_voice_note_is_named_and_written_out_once(world: World, ouderbrug: Command, tmp_path: Path) -> None:
    sent = (
        Media("voice", "f-1", "audio/ogg"),
        Media("document", "f-2", name="recept.pdf"),
        Media("contact", name="Oma"),
    )
    letter = Inbound("media-1", KARIN, "hoor [b]", kind="voice", media=sent)
    world.write(lambda tx: receive.store(tx, [letter], world.clock()))
    await world.settled(KARIN)
    await world.say(KARIN, "1")
    assert "hoor [b] [spraakbericht, wordt opgehaald] [bestand recept.pdf, wordt opgehaald] [contact Oma]" in " ".join(
        ouderbrug("threads", "list").stdout.split()
    )

    def fetched(tx: Tx) -> None:
        file = {"data": tx.seal_bytes("media.data", b"OggS" + bytes(34_000)), "size": 34_004, "state": "kept"}
        tx.execute(update(t.media).where(t.media.c.id == 1).values(file))
        tx.execute(update(t.media).where(t.media.c.id == 2).values(state="refused", reason="too_large"))

    world.write(fetched)
    shown = " ".join(ouderbrug("threads", "list").stdout.split())
    assert "[spraakbericht, 34 kB, ouderbrug threads media 1 --out FILE]" in shown
    assert "[bestand recept.pdf, niet bewaard: te groot]" in shown
    [thread] = ouderbrug.json("threads", "list")
    assert [(each["id"], each["state"]) for each in thread["messages"][0]["media"]] == [
        (1, "kept"), (2, "refused"), (3, "kept"),
    ]  # fmt: skip
    out = tmp_path / "voice.ogg"
    assert ouderbrug("threads", "media", "1", "--out", str(out)).returncode == 0
    assert out.read_bytes() == b"OggS" + bytes(34_000)
    assert out.stat().st_mode & 0o777 == 0o600
    done = ouderbrug("threads", "media", "1", "--out", str(out))
    assert (done.returncode, done.stderr) == (1, f"ouderbrug: {out}: there is a file already; it was left as it is\n")
    done = ouderbrug("threads", "media", "2", "--out", str(tmp_path / "x"))
    assert (done.returncode, "niet bewaard: te groot" in done.stderr) == (1, True)
    assert not (tmp_path / "x").exists()


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
