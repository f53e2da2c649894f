"""`ouderbrug doctor` as a person types it: every line has a way out, nothing is changed, nothing personal is shown."""

from pathlib import Path

from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.server import free_port
from tests.world import FATIMA, KARIN, World

PERSONAL = ("Karin", "Visser", "Lotte", "Fatima", "Janneke", "31612", "ziek", "a token of this test")


async def test_a_house_where_nobody_listens(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    await world.say(KARIN, "Lotte is ziek")
    await world.say(FATIMA, "mijn man slaat mij")
    ouderbrug = command.on(sqlite_url, ring, tmp_path, port=free_port())
    ouderbrug("backup", str(tmp_path / "backups"))
    shown = ouderbrug("doctor")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    for told in ("key ring opens it", "of today", "nobody listens at", "alarms that nobody has taken", "A year would"):
        assert told in " ".join(shown.stdout.split())
    assert not any(word in shown.stdout for word in PERSONAL)
    found = ouderbrug.json("doctor", "--offline", "--families", "100", "--per-week", "1")
    assert all(each["way_out"] for each in found["findings"] if each["kind"] != "ok")
    assert "public url" not in {each["about"] for each in found["findings"]}
    costs = found["costs"]
    assert (costs["families"], costs["per_week"]) == (100, 1.0)
    assert {each["channel"]: each["families"] for each in costs["channels"]} == {
        "sms": 50,
        "whatsapp": 25,
        "telegram": 25,
    }
    assert costs["euros"] == round(sum(each["euros"] for each in costs["channels"]), 2) > 0


def test_before_the_first_start_nothing_is_made(ring: Ring, tmp_path: Path) -> None:
    ouderbrug = command.on(f"sqlite:///{tmp_path / 'none.db'}", ring, tmp_path)
    found = ouderbrug.json("doctor", "--offline")
    assert {each["about"]: each["kind"] for each in found["findings"]}["database"] == "look"
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]


def test_another_ring_is_wrong_and_a_broken_configuration_is_not_read(
    world: World, sqlite_url: str, tmp_path: Path
) -> None:
    ouderbrug = command.on(sqlite_url, Ring.make(), tmp_path)
    done = ouderbrug("doctor", "--offline")
    assert done.returncode == 1
    assert "the key ring does not fit this database" in " ".join(done.stdout.split())
    ouderbrug.config.write_text(ouderbrug.config.read_text().replace("sqlite:", "sqlite"))
    assert "wrong database: [database] url is no address -> write" in ouderbrug("doctor", "--offline").stdout
    ouderbrug.config.write_text("[schools")
    done = ouderbrug("doctor")
    assert (done.returncode, done.stdout) == (2, "")
