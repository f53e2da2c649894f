"""`ouderbrug offers`: mistakes in the file of partners, and what a school offers today."""

from pathlib import Path

from bot.offers import rows
from bot.store.sealed import Ring
from tests.fakes.command import on

ROW = {
    "key": "taalcafe", "owner": "Buurthuis", "contact": "Nora Smit", "phone": "06 12 00 02 01", "theme": "taal",
    "languages": "nl", "place": "De Sluis", "checked": "2026-09-01", "name": "Taalcafe", "what": "Samen praten.",
}  # fmt: skip


def written(path: Path, **changes: str) -> Path:
    cells = {**ROW, **changes}
    path.write_text(";".join(rows.COLUMNS) + "\n" + ";".join(cells.get(name, "") for name in rows.COLUMNS) + "\n")
    return path


def test_each_mistake_is_a_line_with_its_row_and_the_way_out(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    command = on(sqlite_url, ring, tmp_path)
    good = command("offers", "check")
    assert (good.returncode, good.stdout) == (0, "12 offers, nothing wrong.\n")
    bad = str(written(tmp_path / "new.csv", theme="koken", school="elders"))
    done = command("offers", "check", bad)
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.partition(":")[2].partition(":")[0] for line in done.stderr.splitlines()] == [
        " row 2, theme", " row 2, school",
    ]  # fmt: skip
    shown = command("offers", "check", bad, "--json")
    assert shown.returncode == 1
    assert '"way_out": "choose from taal, lezen' in shown.stdout


def test_the_list_says_how_each_offer_stands(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    command = on(sqlite_url, ring, tmp_path)
    lines = command.json("offers", "list", "--school", "brug")
    assert len(lines) == 12
    assert {each["state"] for each in lines} <= {"shown", "over", "ask the owner"}
    assert next(each for each in lines if each["key"] == "kledingruil")["state"] == "over"
    assert "taalcafe" in command("offers", "list", "--school", "brug").stdout
