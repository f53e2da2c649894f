"""`ouderbrug text`: a sheet goes out and comes back through the whole check; the state of each language is shown."""

import argparse
import json
from pathlib import Path

import openpyxl
import polib
import pytest

from bot.cli import text, text_status
from tests.fakes.tea import Tea


@pytest.fixture
def tea(tmp_path: Path) -> Tea:
    tea = Tea(tmp_path)
    (tea.config.flows / "messages").mkdir()
    tea.words(flags={"thee.koppen": "#, fuzzy\n", "thee.dag.do": "#, fuzzy\n"})
    return tea


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    text.register(parser.add_subparsers())
    return parser.parse_args(["text", *words])


def back(tea: Tea, yours: dict[str, str]) -> Path:
    """A sheet that was exported, filled in and mailed back."""
    path = tea.config.flows / "tr.xlsx"
    assert text.export(tea.config, parsed("export", "--xlsx", "tr", "--to", str(path))) == 0
    book = openpyxl.load_workbook(path)
    for line in book.worksheets[0].iter_rows(min_row=2):
        if line[0].value in yours:
            line[4].value = yours[str(line[0].value)]
    book.save(path)
    return path


def take_in(tea: Tea, path: Path, *more: str) -> int:
    return text.take_in(tea.config, parsed("import", str(path), *more))


def entry(tea: Tea, key: str) -> polib.POEntry:
    file = polib.pofile(str(tea.config.locales / "tr.po"), wrapwidth=0)
    return next(each for each in file if each.msgctxt == key)


def test_a_sheet_comes_back_and_is_taken(tea: Tea, capsys: pytest.CaptureFixture[str]) -> None:
    path = back(tea, {"thee.koppen": "Yazdım.", "thee.dag.do": "ok"})
    before = (tea.config.locales / "tr.po").read_bytes()
    assert take_in(tea, path, "--dry-run") == 0
    assert (tea.config.locales / "tr.po").read_bytes() == before
    assert take_in(tea, path, "--reviewer", "Ayşe Demir") == 0
    said = capsys.readouterr().out
    assert "tr: would take 1 new, 1 ok" in said
    assert "tr: took 1 new, 1 ok" in said
    assert (entry(tea, "thee.koppen").msgstr, entry(tea, "thee.koppen").fuzzy) == ("Yazdım.", False)
    assert not entry(tea, "thee.dag.do").fuzzy
    header = polib.pofile(str(tea.config.locales / "tr.po")).metadata
    assert header["X-Reviewed-By"] == "Ayşe Demir"


def test_what_the_check_would_find_is_in_one_list_and_nothing_is_written(
    tea: Tea, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {
        "thee.koppen": "Yazdım.", "thee.groet": "Görüşürüz!", "thee.dag.do": "Perşembe gününün sabahı",
        "thee.nog_even": "{school} çayı", "thee.mens": "Merhaba, {leerkracht} sizi arar {x}",
    }  # fmt: skip
    path = back(tea, wrong)
    before = (tea.config.locales / "tr.po").read_bytes()
    rows = {str(line[0]): number for number, line in enumerate(
        openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True), start=1)}  # fmt: skip
    assert take_in(tea, path, "--reviewer", "Ayşe Demir") == 1
    assert (tea.config.locales / "tr.po").read_bytes() == before
    out, err = capsys.readouterr()
    assert "nothing was written: 4 rows are wrong" in out
    for key, message in (
        ("thee.groet", "fields differ from the Dutch: {dag}, {ouder}"), ("thee.dag.do", "a button has 20"),
        ("thee.nog_even", "begins or ends with a field"), ("thee.mens", "{x}"),
    ):  # fmt: skip
        assert [message in line for line in err.splitlines() if f"row {rows[key]}:" in line] == [True]
    assert take_in(tea, path, "--json") == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["written"], len(data["errors"])) == (False, 4)


def test_what_had_changed_since_has_an_exit_code_of_its_own(tea: Tea, capsys: pytest.CaptureFixture[str]) -> None:
    path = back(tea, {"thee.koppen": "Yazdım.", "thee.dag.do": "ok"})
    tea.words({"thee.koppen": ("Opgeschreven.", "Not edildi.")}, flags={"thee.dag.do": "#, fuzzy\n"})
    assert take_in(tea, path) == 3
    out, err = capsys.readouterr()
    assert "not taken: thee.koppen: the Dutch has changed since" in err
    assert "took 0 new, 1 ok" in out
    assert "nobody is named as reviewer" in out
    assert entry(tea, "thee.koppen").msgstr == "Not edildi."


def test_the_state_of_each_language(tea: Tea, capsys: pytest.CaptureFixture[str]) -> None:
    assert text_status.state(tea.config, as_json=True) == 0
    dutch, turkish = json.loads(capsys.readouterr().out)
    assert (dutch["language"], dutch["missing"]) == ("nl", 0)
    assert (turkish["reviewed"], turkish["drafts"]) == (turkish["texts"] - 2, 2)
    assert turkish["parts"] == {"1": 8, "2": 0, "3": 0, "over": 0}
    assert text_status.state(tea.config, as_json=False) == 0
    shown = capsys.readouterr().out
    assert "tr Turkish ██████████▓▓" in shown
    assert "█ reviewed  ▓ drafts  ▒ stale  · missing" in shown
    assert "\x1b" not in shown  # colour is for terminals
