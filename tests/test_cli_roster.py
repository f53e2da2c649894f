"""The office's commands, as typed: on real files and both engines, and once as a real process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.config import ROOT
from bot.store.sealed import Ring

HEAD = "id,group,child,guardian,language,phone"
ELIF = "1001,groep 4,Elif Yılmaz,Ayşe Yılmaz,Turks,0612000001"
CAN = "1002,groep 1,Can Yılmaz,Ayşe Yılmaz,Turks,0612000001"
DAAN = "1003,groep 4,Daan de Boer,Jan de Boer,nl,"

Bot = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bot(
    tmp_path: Path, database_url: str, ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Bot:
    """Types a command in the folder of a school; gives the exit code and what stood on the screen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_KEYS", str(ring))
    monkeypatch.setenv("COLUMNS", "120")
    channels = '[channels.sms]\ndriver = "phone"\nsender = "+31850000002"\n'
    Path("config.toml").write_text(
        f'[schools.brug]\nname = "De Brug"\n[database]\nurl = "{database_url}"\n{channels}', encoding="utf-8"
    )
    families(ELIF, CAN, DAAN)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        return code, *capsys.readouterr()

    return call


def families(*lines: str, name: str = "families.csv") -> None:
    Path(name).write_text("\n".join([HEAD, *lines]), encoding="utf-8")


def answer(called: tuple[int, str, str], code: int = 0) -> Any:
    assert called[0] == code, called
    return json.loads(called[1])


def test_import_codes_and_import_again(bot: Bot) -> None:
    assert answer(bot("roster", "import", "families.csv", "--school", "brug", "--json")) == {
        "created": 3, "updated": 0, "errors": [],
    }  # fmt: skip
    listed = answer(bot("roster", "codes", "--school", "brug", "--json"))
    assert [(row["child"], row["guardian"], row["language"]) for row in listed] == [
        ("Can Yılmaz", "Ayşe Yılmaz", "tr"),
        ("Elif Yılmaz", "Ayşe Yılmaz", "tr"),
        ("Daan de Boer", "Jan de Boer", "nl"),
    ]  # fmt: skip
    assert all(set(row) == {"child", "guardian", "language", "code"} for row in listed)
    assert listed[0]["code"] == listed[1]["code"] != listed[2]["code"]
    assert answer(bot("roster", "import", "families.csv", "--json"))["created"] == 0
    assert answer(bot("roster", "codes", "--json")) == listed


def test_next_year(bot: Bot) -> None:
    bot("roster", "import", "families.csv", "--year", "2026-2027")
    families(ELIF.replace("groep 4", "groep 5"))
    code, shown, _ = bot("roster", "import", "families.csv", "--year", "2027-2028")
    assert code == 0
    assert "De Brug, school year 2027-2028: 1 rows" in shown
    assert "0 new, 1 known already, 1 children in another group" in shown
    assert len(answer(bot("roster", "codes", "--year", "2027-2028", "--json"))) == 1


def test_wrong_lines_are_named_and_nothing_is_imported(bot: Bot) -> None:
    families(ELIF, "1002,,Can,Ayşe,Klingon,", DAAN)
    wrong = answer(bot("roster", "import", "families.csv", "--json"), 1)
    assert wrong["created"] == wrong["updated"] == 0
    assert [error["line"] for error in wrong["errors"]] == [3]
    assert wrong["errors"][0]["message"].startswith("group is empty; language is not known")
    code, shown, said = bot("roster", "import", "families.csv")
    assert (code, shown) == (1, "")
    assert "families.csv: nothing was imported" in said
    assert answer(bot("roster", "codes", "--json")) == []


def test_hundreds_of_wrong_lines_do_not_flood_the_screen(bot: Bot) -> None:
    families(*["1,groep 4,Can,Ayşe,Klingon,"] * 200)
    _, _, said = bot("roster", "import", "families.csv")
    assert "and 150 lines more; --json shows all" in said
    assert len(answer(bot("roster", "import", "families.csv", "--json"), 1)["errors"]) == 200


@pytest.mark.parametrize("name", ["nowhere.csv", "empty.csv", "empty.xlsx"])
def test_a_file_that_is_none(bot: Bot, name: str) -> None:
    Path("empty.csv").touch()
    Path("empty.xlsx").touch()
    [wrong] = answer(bot("roster", "import", name, "--json"), 1)["errors"]
    assert wrong["line"] == 1
    assert name != "empty.csv" or wrong["message"] == "the file is empty"


def test_people_read_a_summary(bot: Bot) -> None:
    Path("families.csv").write_text(f"{HEAD},BSN\n{ELIF},123\n", encoding="utf-8")
    _, shown, _ = bot("roster", "import", "families.csv")
    assert "1 new, 0 known already" in shown
    assert "1 new codes; print the letters" in shown
    assert "columns left alone: BSN" in shown
    assert "not offered" not in shown
    families("7,groep 4,Radu Ionescu,Ana Ionescu,Roemeens,", name="romanian.csv")
    assert "not offered yet: ro; these parents read nl" in bot("roster", "import", "romanian.csv")[1]
    _, shown, _ = bot("roster", "codes")
    assert "family" in shown, "the number that `journey preview --family` wants"
    assert "Elif Yılmaz" in shown
    assert "Ayşe Yılmaz" in shown


def test_letters_are_written(bot: Bot) -> None:
    bot("roster", "import", "families.csv")
    _, shown, _ = bot("roster", "letters", "--out", "letters", "--school", "brug")
    assert "2 letters in letters; the codes work until" in shown
    assert len(list(Path("letters").glob("groep-*.html"))) == 2
    code = answer(bot("roster", "codes", "--json"))[0]["code"]
    assert code in Path("letters/all.html").read_text(encoding="utf-8")
    written = answer(bot("roster", "letters", "--out", "groep4", "--group", "GROEP 1", "--json"))
    assert written["letters"] == 1
    assert Path(written["files"][0]).exists()
    _, shown, _ = bot("roster", "letters", "--out", "groep8", "--group", "groep 8")
    assert "Nobody needs a letter" in shown


def test_a_folder_that_cannot_be_is_one_line(bot: Bot) -> None:
    bot("roster", "import", "families.csv")
    code, _, said = bot("roster", "letters", "--out", "families.csv")
    assert code == 1
    assert said == "ouderbrug: families.csv: File exists; name another\n"


def test_letters_without_a_sender_say_so(bot: Bot) -> None:
    text = Path("config.toml").read_text(encoding="utf-8")
    Path("config.toml").write_text(text.partition("[channels.sms]")[0], encoding="utf-8")
    bot("roster", "import", "families.csv")
    code, _, said = bot("roster", "letters", "--out", "letters")
    assert code == 0
    assert "No channel has a sender" in said


def test_staff(bot: Bot) -> None:
    code, shown, _ = bot("staff", "add", "--school", "brug", "--name", "juf Janneke", "--groups", "groep 4")
    assert (code, shown) == (0, "juf Janneke (leerkracht, juf-janneke): groep 4\n")
    bot("roster", "import", "families.csv")
    _, _, said = bot("staff", "add", "--name", "Tom", "--key", "noor", "--groups", "Groep  1", "4")
    assert said == "No child is in 4 yet: write a group as the file of families does.\n"
    bot("staff", "add", "--name", "Noor", "--role", "kansencoach", "--groups", "groep 4, groep 5", "groep 6")
    bot("staff", "add", "--name", "juf Janneke de Wit", "--key", "juf-janneke", "--groups", "groep 5")
    assert answer(bot("staff", "list", "--json")) == [
        {
            "key": "juf-janneke",
            "name": "juf Janneke de Wit",
            "role": "leerkracht",
            "groups": ["groep 5"],
            "linked": False,
        },
        {
            "key": "noor",
            "name": "Noor",
            "role": "kansencoach",
            "groups": ["groep 4", "groep 5", "groep 6"],
            "linked": False,
        },
    ]
    _, shown, _ = bot("staff", "list", "--school", "brug")
    assert "kansencoach" in shown
    assert bot("staff", "add", "--name", "?")[0] == 2


def test_of_two_schools_one_must_be_named(bot: Bot) -> None:
    text = Path("config.toml").read_text(encoding="utf-8")
    Path("config.toml").write_text(text + '\n[schools.vaart]\nname = "De Vaart"\n', encoding="utf-8")
    code, _, said = bot("roster", "import", "families.csv")
    assert code == 2
    assert said == "ouderbrug: which school? add --school KEY; there are: brug, vaart\n"
    code, _, said = bot("roster", "codes", "--school", "elders")
    assert code == 2
    assert "there is no school 'elders'" in said
    assert bot("roster", "import", "families.csv", "--school", "vaart")[0] == 0


def test_the_configuration_may_stand_before_or_after(bot: Bot) -> None:
    Path("config.toml").rename("other.toml")
    assert bot("roster", "codes") == (
        2, "", "ouderbrug: config.toml: there is no such file; name one with --config FILE\n",
    )  # fmt: skip
    assert bot("--config", "other.toml", "roster", "codes", "--json")[0] == 0
    assert bot("roster", "codes", "--json", "--config", "other.toml")[0] == 0


def test_a_strange_year_is_refused(bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        bot("roster", "codes", "--year", "2026")
    assert left.value.code == 2
    assert "write a school year as 2026-2027" in capsys.readouterr().err


def test_the_database_is_brought_up_to_date(bot: Bot) -> None:
    assert bot("database", "upgrade")[:2] == (0, "The database has schema 0008.\n")


@pytest.mark.parametrize("words", [["roster"], ["roster", "import"], ["roster", "letters"], ["staff", "add"], []])
def test_help_has_examples(bot: Bot, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        bot(*words, "--help")
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "ouderbrug" in said
    assert "example" in said or words == ["roster"]


def test_as_a_process(tmp_path: Path) -> None:
    """A first start: the ring and the database appear beside the configuration; a reader may go away."""
    (tmp_path / "config.toml").write_text('[schools.brug]\nname = "De Brug"\n', encoding="utf-8")
    (tmp_path / "families.csv").write_text("\n".join([HEAD, ELIF]), encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "bot", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    imported = run("roster", "import", "families.csv", "--json")
    assert (imported.returncode, imported.stderr) == (0, "")
    assert json.loads(imported.stdout) == {"created": 1, "updated": 0, "errors": []}
    assert (tmp_path / "ouderbrug.keys").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ouderbrug.db").exists()
    (tmp_path / "ouderbrug.keys").unlink()
    refused = run("roster", "codes")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "the key ring is gone but the database is not" in refused.stderr


def test_a_dry_run_says_what_would_change_and_changes_nothing(bot: Bot) -> None:
    families(ELIF, CAN)
    answer(bot("roster", "import", "families.csv", "--school", "brug", "--json"))
    families(ELIF.replace("groep 4", "groep 5").replace("0612000001", "0612000009"), DAAN)
    found = answer(bot("roster", "import", "families.csv", "--school", "brug", "--dry-run", "--json"))
    assert found["moves"] == [{"before": "groep 4", "after": "groep 5", "names": ["Elif Yılmaz"]}]
    assert [each["name"] for each in found["new"]] == ["Daan de Boer"]
    assert found["missing"] == [["Can Yılmaz", "groep 1"]]
    code, shown, _ = bot("roster", "import", "families.csv", "--school", "brug", "--dry-run")
    assert code == 0
    for words in ("Nothing was imported", "groep 4 to groep 5: Elif Yılmaz", "phone +31612000001 becomes +31612000009"):
        assert words in shown
    assert answer(bot("roster", "import", "families.csv", "--school", "brug", "--dry-run", "--json")) == found
    families(ELIF.replace("Turks", "Klingon"))
    code, _, told = bot("roster", "import", "families.csv", "--school", "brug", "--dry-run")
    assert code == 1
    assert "language is not known" in told
