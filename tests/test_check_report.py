"""`bot check` and its neighbours on the command line: what people read and what scripts get."""

import argparse
import json
from pathlib import Path

import pytest
from rich.console import Console

from bot.check import report
from bot.check.everything import Count
from bot.check.finding import Place, error, warning
from bot.check.sizes import Size
from bot.cli import author
from bot.cli import text as text_commands
from bot.errors import ContentError
from bot.translation.sync import Change

FINDINGS = [
    error(Place("flows/thee.toml", "dag"), "next", "is a dead end", "end it"),
    warning(Place("locales/tr.po", "tr"), "thee.dag", "is not translated", "translate it"),
    warning(Place("locales/tr.po", "tr"), "thee.dag[ma]", "is not translated", "translate it"),
]
COUNTS = [Count("nl", True, 3, 3, 0, 0, 0, 4), Count("tr", False, 1, 0, 1, 0, 2, 0)]


def text(*given: object) -> str:
    console = Console(width=100, markup=False, highlight=False)
    with console.capture() as capture:
        console.print(report.as_page(*given))  # type: ignore[arg-type]
    return capture.get()


def test_people_read_file_by_file_with_like_things_together() -> None:
    page = text(FINDINGS, COUNTS, None)
    assert page.index("flows/thee.toml") < page.index("locales/tr.po")
    assert "dag · next  is a dead end" in page
    assert page.count("is not translated") == 1
    assert "thee.dag, thee.dag[ma]" in page
    assert "tr (not offered)" in page
    assert page.rstrip().endswith("1 error, 2 warnings.")


def test_a_clean_house_is_one_line() -> None:
    assert "Flows and texts are in order." in text([], COUNTS, None)
    assert "1 warning; nothing a parent would stumble over." in text(FINDINGS[1:2], COUNTS, None)


def test_parts_are_a_row_for_each_text_and_a_column_for_each_language() -> None:
    sizes = [Size("nl", "thee.dag", 40, 1), Size("ar", "thee.dag", 90, 2), Size("nl", "thee.groet", 9, 1)]
    rows = [line.split() for line in text([], COUNTS, sizes).splitlines()]
    assert ["SMS", "parts", "nl", "ar"] in rows
    assert ["thee.dag", "1", "2"] in rows
    assert ["thee.groet", "1", "–"] in rows


def test_scripts_get_plain_data() -> None:
    data = report.as_data(FINDINGS, COUNTS, [Size("nl", "thee.dag", 40, 1)])
    assert data["findings"][0]["way_out"] == "end it"
    assert data["languages"][1]["missing"] == 2
    assert data["sizes"] == [{"language": "nl", "key": "thee.dag", "length": 40, "parts": 1}]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[schools.vaart]\nname = "De Vaart"\n', encoding="utf-8")
    return path


def run(config: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    author.register(commands)
    text_commands.register(commands)
    args = parser.parse_args([*words, "--config", str(config)])
    code: int = args.run(args)
    return code


def test_check_answers_with_its_exit_code(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = config.read_text(encoding="utf-8")
    config.write_text(f'{alone}[languages]\noffered = ["nl", "ar"]\n', encoding="utf-8")
    code = run(config, "check", "--json", "--parts")
    data = json.loads(capsys.readouterr().out)
    assert code == any(finding["level"] == "error" for finding in data["findings"])
    assert {size["language"] for size in data["sizes"]} >= {"nl", "ar"}
    config.write_text(f'{alone}[languages]\noffered = ["nl", "kmr"]\n', encoding="utf-8")
    assert run(config, "check") == 1
    assert "there is no locales/kmr.po" in capsys.readouterr().out


def test_graph_is_mermaid_or_a_page(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, "graph", "voorlezen") == 0
    assert capsys.readouterr().out.startswith("flowchart TD\n")
    page = config.parent / "voorlezen.html"
    assert run(config, "graph", "voorlezen", "--html", str(page)) == 0
    assert "12 languages" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(ContentError, match=r"no flow 'voorlezer'; there are: .*voorlezen"):
        run(config, "graph", "voorlezer")


def test_changes_of_the_texts_are_a_line_for_each_language() -> None:
    changes = {"tr": Change(added=("thee.dag",), stale=("thee.a", "thee.b")), "ar": Change()}
    assert list(text_commands.change_lines(changes)) == [
        "tr: 1 new (thee.dag); 2 stale (thee.a, thee.b)",
        "ar: in step",
    ]


def test_a_key_that_is_not_there_cannot_be_touched(config: Path) -> None:
    with pytest.raises(ContentError, match="no text thee"):
        run(config, "text", "touch", "thee.weg")
