"""`ouderbrug coverage`: kinds, phases and the twelve cells, on a screen, as data, as a picture and as a page."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.__main__ import main
from bot.conversation.flow import parse
from bot.conversation.ready import parse as parse_ready
from bot.reports import coverage as report
from tests.fakes.tea import FLOW

MESSAGE = 'message = "uitje"\ntheme = "uitje"\nkind = "buurt"\nphase = "voor"\ncell = 9\n'


@pytest.fixture
def found() -> report.Coverage:
    flows = [parse(f"# Voor wie <thee> drinkt.{FLOW}", "thee.toml")]
    flows += [parse(FLOW.replace('"thee"', f'"thee_{number}"'), f"thee_{number}.toml") for number in range(8)]
    flows += [parse(FLOW.replace('"communicatie"', '"huis"').replace('"thee"', '"menu"'), "menu.toml")]
    flows += [parse(FLOW, "thee.tr.toml")]  # the same flow in another form
    return report.coverage(flows, [parse_ready(MESSAGE, "uitje.toml")], {"uitje": "Uitje & feest"})


def test_each_stands_in_its_kind_phase_and_cell(found: report.Coverage) -> None:
    data = report.as_data(found)
    assert data["kinds"]["communicatie"]["hoofd"] == ["thee", *(f"thee_{number}" for number in range(8))]
    assert data["kinds"]["buurt"] == {"voor": ["uitje"], "hoofd": [], "na": []}
    assert "huis" not in data["kinds"]
    assert data["house"] == ["menu"]
    cells = {cell["cell"]: cell for cell in data["cells"]}
    assert list(cells) == list(range(1, 13))
    assert (cells[3]["who"], cells[3]["how"], len(cells[3]["entries"])) == ("meedenken", "eigen kind", 9)
    assert (cells[9]["who"], cells[9]["how"], cells[9]["entries"]) == ("meeleven", "thuis", ["uitje"])
    assert cells[12] == {
        "cell": 12, "who": "meebeslissen", "how": "thuis", "entries": [], "closed": "een school beslist niet thuis",
    }  # fmt: skip


def test_the_picture_and_the_page_say_what_is_empty_and_what_is_closed(found: report.Coverage) -> None:
    picture = ElementTree.fromstring(report.svg(found))
    said = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert said.count("nog niets") == 9
    assert "een school beslist niet thuis" in said
    assert "en nog 3" in said  # of nine, six are named
    page = report.page(found)
    assert "Uitje &amp; feest" in page
    assert 'title="Voor wie &lt;thee&gt; drinkt."' in page
    assert page.count("Thee 7") == 2  # in its cell, and in its kind and phase
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_the_command_writes_and_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[schools.vaart]\nname = "De Vaart"\n', encoding="utf-8")

    def run(*words: str) -> str:
        assert main(["--config", str(config), "coverage", *words]) == 0
        return capsys.readouterr().out

    shown = run()
    assert "voorlezen" in shown
    assert "closed: a" in shown
    cells = json.loads(run("--json"))["cells"]
    assert "voorlezen" in cells[1]["entries"]
    assert "open it in a browser" in run("--html", str(tmp_path / "c.html"))
    assert (tmp_path / "c.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    run("--svg", str(tmp_path / "c.svg"))
    assert ElementTree.fromstring((tmp_path / "c.svg").read_text(encoding="utf-8")).tag.endswith("svg")
