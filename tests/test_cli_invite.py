"""`ouderbrug staff invite|schools`: the way in, on paper too, and the schools of a coach."""

from pathlib import Path

from bot.people import logins
from bot.store import tables as t
from bot.store.sealed import Ring
from tests.fakes import command
from tests.harness.office import employ
from tests.world import World


async def test_an_invitation_is_shown_and_printed(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    ouderbrug = command.on(sqlite_url, ring, tmp_path)
    letter = tmp_path / "janneke.html"
    shown = ouderbrug("staff", "invite", "--school", "brug", "janneke", "--letter", str(letter))
    assert shown.returncode == 0, shown.stderr
    link, about, file = shown.stdout.splitlines()
    assert "/console/uitnodiging/" in link
    assert about.startswith("juf Janneke signs in as janneke@brug. The link works once, until 20")
    assert "print it" in file
    sheet = letter.read_text(encoding="utf-8")
    for words in (link, "Dag juf Janneke", "janneke@brug", "<svg", "Kies een wachtwoord"):
        assert words in sheet
    assert letter.stat().st_mode & 0o077 == 0
    again = ouderbrug.json("staff", "invite", "--school", "brug", "janneke")
    assert set(again) == {"link", "name", "until"}
    token = again["link"].rpartition("/")[2]
    found = world.write(lambda tx: logins.invited(tx, token, world.rows(t.invitation.select())[0].made_at))
    assert found
    assert found.key == "janneke"
    assert len(world.rows(t.invitation.select())) == 1, "the first one is gone"
    nobody = ouderbrug("staff", "invite", "--school", "brug", "niemand")
    assert (nobody.returncode, nobody.stderr.count("\n"), "janneke, bas" in nobody.stderr) == (1, 1, True)


async def test_a_coach_gets_schools(world: World, sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    employ(world)
    ouderbrug = command.on(sqlite_url, ring, tmp_path)

    def schools(*words: str) -> str:
        answer = ouderbrug("staff", "schools", "--school", "brug", *words)
        return str(answer.stdout or answer.stderr)

    assert schools("fenna") == "Fenna (kansencoach): brug\n"
    assert schools("fenna", "--give", "vaart") == "Fenna (kansencoach): brug, vaart\n"
    assert schools("fenna", "--give", "vaart") == "Fenna (kansencoach): brug, vaart\n"
    assert schools("fenna", "--take", "vaart") == "Fenna (kansencoach): brug\n"
    assert schools("net") == "Nel (netwerk): brug, vaart\n"
    assert schools("net", "--give", "vaart") == "Nel (netwerk): vaart\n"
    assert "only a kansencoach or netwerk" in schools("janneke", "--give", "vaart")
    assert "bestaat" in schools("fenna", "--give", "bestaat")
    assert "netwerk" in ouderbrug("staff", "add", "--school", "brug", "--name", "Nia", "--role", "netwerk").stdout
