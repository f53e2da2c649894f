"""`ouderbrug council`: a decision from a file, who has voted, and the end of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.store.sealed import Ring
from tests.fakes.command import on


def test_a_decision_from_a_file_to_its_end(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    command = on(sqlite_url, ring, tmp_path)
    added = command("staff", "add", "--name", "juf Janneke", "--key", "janneke", "--school", "brug")
    assert added.returncode == 0, added.stderr
    assert command("council", "list", "--school", "brug").stdout.startswith("There is no ballot yet.")
    now = datetime.now(UTC)
    days = {"2026-11-30": f"{now + timedelta(days=2):%Y-%m-%d}", "2026-12-09": f"{now + timedelta(days=9):%Y-%m-%d}"}
    text = command("council", "example").stdout
    for written, day in days.items():
        text = text.replace(written, day)
    good, wrong = tmp_path / "good.toml", tmp_path / "wrong.toml"
    good.write_text(text)
    wrong.write_text(text.replace('["Het bos", "Het museum", "Het strand"]', '["Het bos"]'))
    by = ("--by", "janneke", "--school", "brug")
    done = command("council", "open", str(wrong), *by, "--yes")
    assert (done.returncode, done.stderr) == (1, "ouderbrug: choices: 2 to 5, all different\n")
    assert "Ask 0 parents about een dag uit in juni?" in command("council", "open", str(good), *by).stderr
    assert "Ballot 1, een dag uit in juni, is planned." in command("council", "open", str(good), *by, "--yes").stdout
    assert "was made of this file before" in command("council", "open", str(good), *by, "--yes").stdout
    [row] = command.json("council", "list", "--school", "brug")
    assert (row["state"], row["voted"], row["asked"]) == ("planned", 0, 0)
    assert "een dag uit in juni" in command("council", "list", "--school", "brug").stdout
    done = command("council", "close", "1", "--school", "brug")
    assert (done.returncode, done.stderr) == (1, "ouderbrug: ballot 1 is planned\n")
    assert "there is no ballot 7" in command("council", "close", "7", "--school", "brug").stderr
