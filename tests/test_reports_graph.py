"""The picture of a flow: Mermaid, the boxes and lines, and the page with every screen."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.conversation.flow import Flow, load, parse
from bot.reports.drawing import draw
from bot.reports.graph import mermaid, page
from bot.reports.screens import Screen, screens
from bot.translation.catalogue import Catalogue

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("nl", "ar")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(ROOT / "locales", offered=LANGUAGES)


@pytest.fixture(scope="module")
def voorlezen() -> Flow:
    return load(ROOT / "flows" / "voorlezen.toml")


def screen(catalogue: Catalogue, flow: Flow, language: str, key: str) -> Screen:
    return next(each for each in screens(flow, language, catalogue) if each.key == key)


def test_mermaid_has_every_step_and_every_way(voorlezen: Flow) -> None:
    chart = mermaid(voorlezen).splitlines()
    assert chart[0] == "flowchart TD"
    assert '    step_wanneer(["wanneer<br/>voorlezen.wanneer (choice)"])' in chart
    assert '    step_wanneer -->|"lukt_niet"| step_tip' in chart
    assert '    step_hoe_vaak -->|"keren ≥ 5"| step_top' in chart
    assert '    step_wanneer -.->|"silence"| step_stil' in chart
    assert sum(line.count("[") > 0 or "((" in line for line in chart[1:]) == len(voorlezen.steps)


def test_a_step_called_end_is_no_word_of_mermaid() -> None:
    flow = parse(
        'flow="f"\nkind="huis"\nphase="hoofd"\nrank="reply"\nclass="reply"\npurpose="school"\n[step.end]\nend="done"',
        "f.toml",
    )
    assert "step_end" in mermaid(flow)


def test_boxes_stand_below_each_other_and_lines_end_at_them(voorlezen: Flow) -> None:
    drawing = draw(voorlezen)
    assert [box.step.name for box in drawing.boxes] == list(voorlezen.steps)
    for above, below in zip(drawing.boxes, drawing.boxes[1:], strict=False):
        assert above.top + above.height < below.top
    assert drawing.height >= drawing.boxes[-1].top + drawing.boxes[-1].height
    stil = drawing.boxes[-1]
    ends = [
        int(line.path.rpartition("V")[2].split("q")[0])
        for line in drawing.lines
        if line.kind == "silence" and line.arrow
    ]
    assert len(ends) == 1
    assert stil.top < ends[0] < stil.top + stil.height


def test_every_channel_shows_options_as_it_can(catalogue: Catalogue, voorlezen: Flow) -> None:
    shown = {each.channel: each for each in screen(catalogue, voorlezen, "nl", "voorlezen.wanneer").shown}
    assert {channel: each.pieces[-1].layout for channel, each in shown.items()} == {
        "whatsapp": "list", "sms": "plain", "telegram": "buttons",
    }  # fmt: skip
    assert shown["sms"].pieces[0].text.endswith("4 Het lukt nu niet")
    assert (shown["whatsapp"].parts, shown["sms"].parts) == (0, 2)


def test_fields_have_examples_and_weekdays_their_names(catalogue: Catalogue, voorlezen: Flow) -> None:
    planned = screen(catalogue, voorlezen, "nl", "voorlezen.gepland").shown[0].pieces[0].text
    assert "woensdag" in planned
    assert "19:30" in planned
    days = screen(catalogue, voorlezen, "ar", "voorlezen.dag").shown[0].pieces[0].choices
    assert days[0].label == "الاثنين"


def test_options_that_a_room_offers_are_not_guessed(catalogue: Catalogue) -> None:
    menu = load(ROOT / "flows" / "menu.toml")
    assert screen(catalogue, menu, "nl", "menu.wat").is_open


class Elements(HTMLParser):
    """What the page consists of."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_needs_nothing_else_and_reads_from_the_right(catalogue: Catalogue, voorlezen: Flow) -> None:
    source = page(voorlezen, catalogue, LANGUAGES)
    elements = Elements(source).found
    assert not [
        tag
        for tag, given in elements
        if tag in {"script", "link", "img"} or str(given.get("src", "")).startswith("http")
    ]
    assert not re.search(r"@import|url\(http", source)
    phones = [given for tag, given in elements if "phone" in str(given.get("class")).split()]
    assert {(given["data-channel"], given["lang"], given["dir"]) for given in phones} == {
        (channel, *reader) for channel in ("whatsapp", "sms", "telegram") for reader in (("nl", "ltr"), ("ar", "rtl"))
    }
    names = {given["id"] for _, given in elements if "id" in given}
    assert {str(given["href"])[1:] for tag, given in elements if "href" in given} <= names


def test_a_text_is_data_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "nl.po").write_text(
        'msgid ""\nmsgstr ""\n"Language: nl\\n"\n\nmsgctxt "f.a"\nmsgid "<b>vet</b>"\nmsgstr ""\n', encoding="utf-8"
    )
    flow = parse(
        'flow="f"\nkind="huis"\nphase="hoofd"\nrank="reply"\nclass="reply"\npurpose="school"\n[step.a]\nsay="f.a"\nend="x"',
        "f.toml",
    )
    source = page(flow, Catalogue.load(tmp_path, offered=("nl",)), ("nl",))
    assert "&lt;b&gt;vet&lt;/b&gt;" in source
    assert "<b>" not in source
