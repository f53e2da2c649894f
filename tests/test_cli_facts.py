"""`ouderbrug facts`: school times and gym days on the command line, on both engines."""

from pathlib import Path

from bot.store.sealed import Ring
from tests.fakes.command import on

BRUG = ("--school", "brug")


def test_facts_are_brought_in_and_shown(database_url: str, ring: Ring, tmp_path: Path) -> None:
    command = on(database_url, ring, tmp_path)
    file = tmp_path / "tijden.csv"
    file.write_text("groep;ma;wo;gym\nalle;8:30-14:00;8:30-12:15;\ngroep 4;;;di\n", encoding="utf-8")
    dry = command("facts", "import", str(file), *BRUG, "--dry-run")
    assert dry.stdout == "De Brug: 3 facts of 2 groups: 3 new, 0 changed, 0 removed\nNothing was saved (--dry-run).\n"
    assert "No child is in groep 4 yet" in dry.stderr
    assert command.json("facts", "show", *BRUG) == []
    saved = command.json("facts", "import", str(file), *BRUG)
    assert saved == {
        "groups": ["", "groep 4"], "added": 3, "changed": 0, "removed": 0, "empty": ["groep 4"], "saved": True,
    }  # fmt: skip
    assert [(each["group"], each["what"], each["value"]) for each in command.json("facts", "show", *BRUG)] == [
        ("alle", "ma", "8:30-14:00"), ("alle", "wo", "8:30-12:15"), ("groep 4", "gym", "di"),
    ]  # fmt: skip
    shown = command("facts", "show", *BRUG).stdout
    assert "ma 8:30-14:00" in shown
    assert "groep 4" in shown


def test_wrong_lines_are_named_and_nothing_is_saved(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    command = on(sqlite_url, ring, tmp_path)
    file = tmp_path / "tijden.csv"
    file.write_text("groep;ma\ngroep 4;half negen\ngroep 5;8:30-14:00\ngroep 6;14:00-8:00\n", encoding="utf-8")
    done = command("facts", "import", str(file), *BRUG)
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.partition(": ma")[0] for line in done.stderr.splitlines()] == [
        "tijden.csv: line 2", "tijden.csv: line 4",
    ]  # fmt: skip
    assert command.json("facts", "show", *BRUG) == []
