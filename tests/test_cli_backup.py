"""`ouderbrug backup` and `ouderbrug restore` as a person types them, while the bot writes and on a new machine."""

import json
from pathlib import Path

import pytest

from bot.store.sealed import Ring
from tests.fakes import command
from tests.world import KARIN, World


@pytest.fixture
async def taken(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> Path:
    """A backup of a house where a plan and a question wait."""
    for text in ("voorlezen", "2", "di", "19:30"):
        await world.say(KARIN, text)
    world.queue(KARIN)
    made = command.on(sqlite_url, ring, tmp_path).json("backup", str(tmp_path / "backups"), "--keep", "3")
    assert made["tables"]["contact"] == 11
    assert made["rows"] == sum(made["tables"].values())
    assert made["removed"] == []
    return Path(made["folder"])


def test_onto_a_new_machine(taken: Path, ring: Ring, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    ouderbrug = command.on("sqlite:///new.db", ring, there)
    done = ouderbrug("restore", str(taken))
    assert done.returncode == 0, done.stderr
    for told in ("11 people", "1 messages were not sent then", "stop the old bot", "ouderbrug doctor", "STOP"):
        assert told in done.stdout
    assert not any(word in done.stdout for word in ("Karin", "31612", "Lotte"))
    found = ouderbrug.json("status")
    assert found["outbox"] == {"sent": 4, "unknown": 1}
    assert found["followups_waiting"] == 1
    again = ouderbrug("restore", str(taken))
    assert (again.returncode, again.stdout) == (2, "")
    assert "holds rows already" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def test_without_its_ring_nothing_is_made(taken: Path, ring: Ring, tmp_path: Path) -> None:
    """A ring that the bot would make by itself opens nothing."""
    there = tmp_path / "there"
    there.mkdir()
    ouderbrug = command.on("sqlite:///new.db", ring, there)
    bare = command.Command(ouderbrug.config, {k: v for k, v in ouderbrug.environment.items() if k != "BOT_KEYS"})
    for words in (("restore", str(taken)), ("backup", str(there / "backups"))):
        done = bare(*words)
        assert done.returncode == 2
        assert "there is no key ring; put the ring" in done.stderr
    assert [each.name for each in there.iterdir()] == ["config.toml"]


def test_what_cannot_be_restored_is_one_line(taken: Path, ring: Ring, tmp_path: Path) -> None:
    ouderbrug = command.on(f"sqlite:///{tmp_path / 'new.db'}", ring, tmp_path)
    (taken / "contact.jsonl.gz").write_bytes(b"")
    for folder, told in ((taken, "it is damaged"), (taken.parent, "there is no backup here")):
        done = ouderbrug("restore", str(folder))
        assert (done.returncode, done.stdout) == (1, "")
        assert told in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_person_reads_where_it_is(taken: Path, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    done = command.on(sqlite_url, ring, tmp_path)("backup", str(tmp_path / "others"))
    [folder] = (tmp_path / "others").iterdir()
    assert str(folder) in done.stdout
    assert "the key ring is not in it" in done.stdout
    assert json.loads((folder / "manifest.json").read_text())["format"] == "ouderbrug-backup-1"
    assert command.on(sqlite_url, ring, tmp_path)("backup", "x", "--keep", "0").returncode == 2
