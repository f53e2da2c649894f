"""`ouderbrug year`, as typed: a year is opened by a file or by names, and bad input changes nothing."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.__main__ import main
from bot.people.addresses import school_year
from bot.people.years import before
from bot.store.sealed import Ring

THIS = school_year(datetime.now(ZoneInfo("Europe/Amsterdam")).date())
NEXT = f"{THIS[5:]}-{int(THIS[5:]) + 1}"
LAST = before(THIS)
HEAD = "id,group,child,guardian,language,phone"

Bot = Callable[..., tuple[int, str, str]]


def file(*lines: str, name: str = "families.csv") -> None:
    Path(name).write_text("\n".join([HEAD, *lines]), encoding="utf-8")


def children(group: int, *numbers: int) -> list[str]:
    return [f"{each},groep {group},Kind {each},Ouder {each},tr,06120{each:05d}" for each in numbers]


OLD = [*children(3, *range(1, 13)), *children(4, *range(13, 25)), *children(8, 31, 32)]
NEW = [*children(1, 41), *children(4, *range(1, 13)), *children(5, *range(13, 25))]


@pytest.fixture
def bot(
    tmp_path: Path, database_url: str, ring: Ring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Bot:
    """Types a command in the folder of a school of 26; gives the exit code and what stood on the screen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_KEYS", str(ring))
    monkeypatch.setenv("COLUMNS", "120")
    Path("config.toml").write_text(
        f'[schools.brug]\nname = "De Brug"\n[database]\nurl = "{database_url}"\n', encoding="utf-8"
    )
    file(*OLD)
    assert main(["roster", "import", "families.csv", "--year", THIS]) == 0
    file(*NEW)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        return code, *capsys.readouterr()

    return call


def shown(bot: Bot) -> Any:
    return json.loads(bot("year", "show", "--json")[1])


def test_rehearse_and_open(bot: Bot) -> None:
    before = shown(bot)
    code, told, _ = bot("year", "open", "families.csv", "--year", NEXT, "--dry-run")
    assert code == 0
    assert "This was a rehearsal" in told
    for line in ("│ (new)   │ groep 1  │        1 │", "│ groep 3 │ groep 4  │       12 │", "│ (leaves) │        2 │"):
        assert line in told
    assert "Kind" not in told, "no names where nobody sits at a terminal"
    assert shown(bot) == before
    code, told, _ = bot("year", "open", "families.csv", "--year", NEXT)
    assert code == 0
    assert f"is a parent of this school until 01-08-{THIS[5:]}" in told
    assert "1 new codes" in told
    assert "without a teacher: groep 1, groep 4, groep 5. Next: ouderbrug staff add" in told
    done = shown(bot)
    assert [(each["year"], each["children"], each["groups"]) for each in done["years"]] == [
        (THIS, 26, 3),
        (NEXT, 25, 3),
    ]
    assert done["leaving"] == [{"on": f"{THIS[5:]}-08-01", "children": 2, "to_come": True}]
    again = json.loads(bot("year", "open", "families.csv", "--year", NEXT, "--json")[1])
    assert (again["done"], again["leaving"], again["missing"], again["codes"]) == (True, 0, [], 0)
    assert shown(bot) == done


def test_open_without_a_file(bot: Bot) -> None:
    code, told, _ = bot("year", "open", "--year", NEXT)
    assert code == 0
    assert "│ groep 4 │ groep 5  │       12 │" in told
    assert shown(bot)["years"][1]["children"] == 24
    file(*children(3, 50), "51,groep 7/8,Kind 51,Ouder 51,nl,")
    bot("roster", "import", "families.csv", "--year", THIS)
    code, told, err = bot("year", "open", "--year", NEXT)
    assert code == 1
    assert err == f"ouderbrug: who goes where from groep 7/8 cannot be guessed; give the file of {NEXT}\n"


def test_missing_children_are_confirmed(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    file(*NEW[:-1])
    before = shown(bot)
    code, told, err = bot("year", "open", "families.csv", "--year", NEXT)
    assert code == 1
    assert "leaves, child 24: (groep 4)" in told
    assert "Nothing was done: 1 of 24 children who should go on are not in the file; if they leave, add --yes." in err
    refused = bot("year", "open", "families.csv", "--year", NEXT, "--json")
    assert (refused[0], json.loads(refused[1])["done"], json.loads(refused[1])["missing"]) == (1, False, [24])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    for said, code in (("", 1), ("no", 1), ("yes", 0)):
        assert shown(bot) == before
        monkeypatch.setattr("builtins.input", lambda _, said=said: said)
        assert bot("year", "open", "families.csv", "--year", NEXT)[0] == code
    assert shown(bot)["leaving"][0]["children"] == 3


def test_a_forgotten_group_needs_more_than_a_yes(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    file(*NEW[:13])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    code, _, err = bot("year", "open", "families.csv", "--year", NEXT)
    assert code == 1
    assert "12 of 24 children who should go on are not in the file; is a group missing in it?" in err
    assert bot("year", "open", "families.csv", "--year", NEXT, "--yes")[0] == 0
    assert shown(bot)["leaving"][0]["children"] == 14


def test_next_years_file_for_the_year_that_runs(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shown(bot)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    code, told, err = bot("year", "open", "families.csv", "--year", THIS)
    assert (code, err.count("\n")) == (1, 1)
    assert f"{THIS} runs already: of 26 children in its groups 24 would change group and 2 would leave." in err
    assert f"Is this next year's file? Then say --year {NEXT}." in err
    assert "│ (new)             │ groep 1  │        1 │" in told
    assert "│ groep 3           │ groep 4  │       12 │" in told
    found = json.loads(bot("year", "open", "families.csv", "--year", THIS, "--json")[1])
    assert (found["done"], found["in_groups"], found["changing_group"]) == (False, 26, 24)
    assert "It wants --yes." in bot("year", "open", "families.csv", "--year", THIS, "--dry-run")[1]
    assert shown(bot) == before
    assert bot("year", "open", "families.csv", "--year", THIS, "--yes")[0] == 0
    assert shown(bot)["years"][0]["children"] > 0


@pytest.mark.parametrize(
    ("year", "code", "said"),
    [
        (LAST, 1, f"{LAST} cannot be opened: today only {THIS}, which runs, or {NEXT}"),
        ("2099-2100", 1, "2099-2100 cannot be opened"),
        ("2027", 2, "--year: write a school year as 2027-2028"),
        ("2027-2029", 2, "--year: write a school year as 2027-2028"),
    ],
)
def test_a_wrong_year(bot: Bot, year: str, code: int, said: str) -> None:
    given, out, err = bot("year", "open", "families.csv", "--year", year)
    assert (given, out) == (code, "")
    assert err.startswith(f"ouderbrug: {said}")
    assert err.count("\n") == 1


def test_a_wrong_file(bot: Bot) -> None:
    before = shown(bot)
    assert bot("year", "open", "nowhere.csv", "--year", NEXT)[0] == 1
    file(*children(3, *range(100, 120)))
    code, _, err = bot("year", "open", "families.csv", "--year", NEXT, "--yes")
    assert (code, err) == (
        1, "ouderbrug: none of the 24 children who should go on is in this file: it looks like another school's\n",
    )  # fmt: skip
    file(*NEW[:5], "6,groep 4,,Ouder 6,tr,")
    code, _, err = bot("year", "open", "families.csv", "--year", NEXT)
    assert code == 1
    assert "child is empty" in err
    Path("families.csv").write_text("", encoding="utf-8")
    assert "the file is empty" in bot("year", "open", "families.csv", "--year", NEXT)[2]
    assert bot("year", "open", "families.csv", "--year", NEXT, "--school", "vaart")[0] == 2
    assert shown(bot) == before


def test_show(bot: Bot) -> None:
    found = shown(bot)
    assert found["held_up"] == {"open_talks": 0, "open_promises": 0}
    assert found["erased"][0]["rows"] == {}
    assert found["erased"][1]["on"].endswith("-08-30")
    code, told, _ = bot("year", "show")
    assert code == 0
    assert f"│ {THIS} │ 26       │ 3      │ groep 3, groep 4, groep 8 │" in told
    assert "Kind" not in told
