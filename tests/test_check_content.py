"""What `bot check` reads, and what it finds in the files as a whole."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.check import (
    answers,
    cells,
    dutch,
    everything,
    goodnews,
    journeys,
    leftovers,
    locales,
    reading,
    ready,
    signs,
    sizes,
    steps,
    templates,
    texts,
)
from bot.check.content import Content
from bot.check.finding import Finding
from bot.config import Languages
from bot.conversation import flow as flows
from tests.fakes.tea import FLOW, TEXTS, Tea, entry, header


@pytest.fixture
def tea(tmp_path: Path) -> Tea:
    return Tea(tmp_path)


def _plural(*forms: str) -> str:
    lines = "".join(f'msgstr[{place}] "{form}"\n' for place, form in enumerate(forms))
    return f'msgctxt "thee.kop"\nmsgid "Eén kop"\nmsgid_plural "{{aantal}} koppen"\n{lines}\n'


def _loaded(tmp_path: Path, language: str, body: str) -> locales.Locale:
    (tmp_path / f"{language}.po").write_text(header(language) + body, encoding="utf-8")
    return locales.load(tmp_path / f"{language}.po")


@pytest.mark.parametrize(
    ("forms", "found"),
    [
        (("{aantal}", "{aantal} a", "{aantal} b", "{aantal} c", "{aantal} d", "{aantal} e"), []),
        (("{aantal}", "{aantal} a"), ["has 2 of 6 plural forms"]),
        (("{aantal}", "", "{aantal} b", "{aantal} c", "{aantal} d", "{aantal} e"), ["has 5 of 6 plural forms"]),
    ],
)
def test_arabic_has_six_plural_forms(tmp_path: Path, forms: tuple[str, ...], found: list[str]) -> None:
    dutch, arabic = _loaded(tmp_path, "nl", _plural("", "")), _loaded(tmp_path, "ar", _plural(*forms))
    content = Content((), {"nl": dutch, "ar": arabic}, Languages(("nl", "ar")))
    assert [each.message for each in texts.damaged(content)] == found


def test_two_flows_do_not_start_with_one_word(tea: Tea) -> None:
    tea.flow(FLOW.replace('"thee"', '"koffie"').replace("kw.thee", "kw.koffie"), "koffie.toml")
    tea.words({"kw.koffie": ("koffie, Theedrinken", "kahve")})
    assert [each.key for each in tea.findings() if "also starts" in each.message] == ["kw.thee"]


def test_what_a_wrong_name_cuts_off_is_not_called_unreached(tea: Tea) -> None:
    tea.flow(FLOW.replace('ma = "groet", do', 'ma = "groot", do'))
    found = [each.message for each in tea.findings()]
    assert "goes to 'groot', which is no step" in found
    assert "is never reached" not in found


def test_a_flow_in_the_menu_has_a_label_there(tea: Tea) -> None:
    head = FLOW.partition("start =")[0].replace('"thee"', '"menu"')
    ask = '[step.wat]\nask = "menu.wat"\noptions_from = "desk.menu"\nsave = "keuze"\n'
    tea.flow(f'{head}{ask}[step.kies]\nstart = "{{keuze}}"\n', "menu.toml")
    tea.flow(FLOW.replace("[step", "menu = 50\n[step", 1))
    found = [(each.file, each.where, each.key) for each in tea.findings() if each.message == "option without a label"]
    assert found == [("flows/thee.toml", "menu", "menu.wat.thee")]


def test_a_language_that_is_offered_has_a_file(tea: Tea) -> None:
    (tea.config.locales / "tr.po").unlink()
    assert [(each.file, each.where) for each in tea.findings()] == [("config.toml", "tr")]


def test_a_header_says_what_tools_need(tea: Tea) -> None:
    path = tea.config.locales / "tr.po"
    path.write_text(path.read_text().replace("Language: tr", "Language: nl").replace("X-Reviewed-By", "X-Read-By"))
    assert {each.key for each in tea.findings()} == {"Language", "X-Reviewed-By"}


def test_a_text_that_the_dutch_lacks_or_that_has_another_dutch(tea: Tea) -> None:
    tea.words(also=entry("thee.oud", "Oud", "Eski"))
    path = tea.config.locales / "tr.po"
    path.write_text(path.read_text().replace('msgid "Genoteerd."', 'msgid "Opgeschreven."'))
    assert {each.key: each.way_out for each in tea.findings()} == dict.fromkeys(
        ("thee.oud", "thee.koppen"), "run: bot text sync"
    )


def test_what_the_code_says_must_be_there(tea: Tea) -> None:
    spoken = replace(tea.content(), said=frozenset({"thee.stil", "thee.weg", "kw."}))
    assert [each.key for each in everything.findings(spoken)] == ["thee.weg"]


def test_drafts_are_missing_where_only_reviewed_texts_may_go(tea: Tea) -> None:
    tea.words(flags={"thee.koppen": "#, fuzzy\n"})
    assert tea.findings() == []
    strict = replace(tea.content(), languages=Languages(("nl", "tr"), send="reviewed"))
    assert [(each.key, each.message) for each in everything.findings(strict)] == [
        ("thee.koppen", "may not be sent as it is; parents read Dutch")
    ]


def test_files_that_cannot_be_read_are_findings(tea: Tea) -> None:
    tea.flow(FLOW.replace("cell = 3", "cell = 12"))
    tea.flow(FLOW, "anders.toml")
    (tea.config.locales / "tr.po").write_text("msgid", encoding="utf-8")
    _, unread = reading.read(tea.config, (), ())
    assert [(each.file, each.level) for each in unread] == [
        ("flows/anders.toml", "error"), ("flows/thee.toml", "error"), ("locales/tr.po", "error"),
    ]  # fmt: skip
    assert "cell 12" in unread[1].message


def test_what_the_code_quotes_counts_as_used(tmp_path: Path) -> None:
    (tmp_path / "room.py").write_text('say("thee.stil", f"kw.{name}", "demo.db")')
    assert set(reading.mentioned(tmp_path)) == {"thee.stil", "kw."}


def test_languages_in_numbers(tea: Tea) -> None:
    tea.words(
        {"thee.groet": ("Tot dan!", "")},
        flags={"thee.koppen": "#, fuzzy\n", "thee.dag": '#, fuzzy\n#| msgid "Hoe laat?"\n'},
    )
    read = tea.content()
    measured, _ = sizes.measure(read, tea.config.locales)
    dutch, turkish = everything.counts(read, measured)
    assert (dutch.language, dutch.texts, dutch.missing) == ("nl", len(TEXTS), 0)
    assert turkish[1:7] == (True, len(TEXTS) - 1, len(TEXTS) - 3, 1, 1, 1)
    assert turkish.parts == 7


def test_every_check_is_in_the_list() -> None:
    """A check that nobody calls finds nothing."""
    made = {
        check
        for room in (answers, cells, dutch, goodnews, journeys, leftovers, ready, signs, steps, templates, texts)
        for check in vars(room).values()
        if _is_check(check, room.__name__)
    }
    assert made == set(everything.CHECKS) - {sizes.labels_too_long}


def _is_check(value: object, room: str) -> bool:
    if not inspect.isfunction(value) or value.__module__ != room or value.__name__.startswith("_"):
        return False
    return inspect.get_annotations(value) == {"content": Content, "return": Iterator[Finding]}


def test_a_flow_of_its_own_for_one_language(tea: Tea) -> None:
    tea.flow(FLOW.replace("thee.koppen", "thee.bardak"), "thee.tr.toml")
    assert flows.load(tea.config.flows / "thee.tr.toml").language == "tr"
    assert [(each.file, each.key) for each in tea.findings()] == [("flows/thee.tr.toml", "thee.bardak")]
