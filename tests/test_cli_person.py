"""`ouderbrug person` in a process of its own: counts, files, forgetting with what is left; nothing personal."""

import json
import zipfile
from pathlib import Path

from sqlalchemy import select

from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes import command
from tests.world import KARIN, OMAR, World


async def test_handed_over_and_forgotten(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, "Lotte komt later")
    ouderbrug, karin = command.on(sqlite_url, ring, tmp_path), str(KARIN)
    counted = ouderbrug.json("person", "show", karin)
    assert (counted["inbox"], counted["thread"]) == (2, 1)
    told = ouderbrug.json("person", "export", karin, "--to", str(tmp_path / "karin.zip"))
    with zipfile.ZipFile(told["to"]) as packed:
        page, data = packed.read("mijn-gegevens.html").decode(), json.loads(packed.read("mijn-gegevens.json"))
    assert "Lotte komt later" in page
    assert data["tables"]["guardian"][0]["name"] == "Karin Visser"
    assert "Haddad" not in page + json.dumps(data)
    again = ouderbrug("person", "export", karin, "--to", str(tmp_path / "karin.zip"))
    assert (again.returncode, "it is there already" in again.stderr) == (1, True)
    for since in (world.clock(), None):
        world.write(lambda tx, s=since: tx.execute(t.guardian.update().values(barred_at=s)))  # type: ignore[misc]
        done = ouderbrug("person", "erase", karin, "--yes")
        assert ("a contact bar would go with her" in done.stderr) == bool(since), "that is never lost on the way"
    assert (done.returncode, "Erasure 1: done" in done.stdout) == (0, True), done.stderr
    assert "sms: 4 still there" in done.stdout or "sms: 3 still there" in done.stdout, done.stdout
    shown = done.stdout + ouderbrug("person", "erasures").stdout + ouderbrug("status").stdout
    assert "forgotten" in shown
    assert not any(word in shown for word in ("Karin", "Visser", "31612", "Lotte"))
    gone = ouderbrug("person", "show", karin)
    assert (gone.returncode, gone.stderr.strip()) == (
        1,
        "ouderbrug: nobody is known by that address; try her other channel",
    )
    assert world.rows(select(t.guardian.c.id).where(t.guardian.c.contact_id == world.contact(OMAR)))


def test_the_help_shows_how(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    ouderbrug = command.on(sqlite_url, ring, tmp_path)
    for verb in ("show", "export", "erase", "erasures"):
        assert f"ouderbrug person {verb}" in ouderbrug("person", verb, "--help").stdout
    wrong = ouderbrug("person", "show", "Karin")
    assert (wrong.returncode, "write it as sms:" in wrong.stderr) == (1, True)


async def test_a_backup_of_before_forgets_again(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    ouderbrug, shelf = command.on(sqlite_url, ring, tmp_path), tmp_path / "backups"
    made = ouderbrug.json("backup", str(shelf))["folder"]
    assert ouderbrug("person", "erase", str(KARIN), "--yes").returncode == 0
    newer = tmp_path / "newer"  # not the same folder: two in one second have the same name
    ouderbrug.json("backup", str(newer))
    assert (newer / "erased.txt").exists(), "beside the backups too, for where the machine is lost"
    (newer / "erased.txt").rename(shelf / "erased.txt")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    anew = command.on(f"sqlite:///{elsewhere / 'new.db'}", ring, elsewhere)
    assert anew.json("restore", made)["forgotten_again"] == 1
    [begun] = anew.json("person", "erasures")
    assert (begun["asked"], begun["state"]) == ("restored", "asked")
    assert anew.json("status")["erasures"] == {"asked": 1}
