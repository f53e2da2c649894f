"""Texts that go to a reviewer and come back: a blank never overwrites, what has changed since is not taken."""

from pathlib import Path

import openpyxl
import polib
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from bot.errors import ContentError
from bot.translation import exchange, exchange_po, exchange_sheet
from bot.translation.exchange import Answer, Row
from bot.translation.languages import plural_header
from bot.translation.places import place

NL = [
    ("thee.dag", "Komt u?", "", ""), ("thee.dag.ja", "Ja", "", ""), ("thee.stop", "Stuur STOP.", "", "risk stop"),
    ("kw.thee", "thee, koffie", "", "list"), ("thee.som", "=1+1 is twee", "", ""),
    ("thee.kop", "{aantal} kop", "{aantal} koppen", ""),
]  # fmt: skip
PLACES = {"thee.dag": "thee / dag: asks", "kw.thee": "thee: words that begin it"}
OWN = {
    "thee.dag": "هل تأتون؟", "thee.dag.ja": "نعم", "thee.stop": "أرسلوا STOP.", "kw.thee": "شاي",
    "thee.som": "=1+1 يساوي اثنين",
}  # fmt: skip
CUPS = ("لا كوب", "كوب", "كوبان", "{aantal} أكواب", "{aantal} كوبا", "{aantal} كوب")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language in ("nl", "ar"):
        file = polib.POFile(wrapwidth=0)
        file.metadata = {"Language": language, "Content-Type": "text/plain; charset=utf-8", "X-Reviewed-By": "Nour"}
        file.metadata["Plural-Forms"] = plural_header(language)
        for key, one, many, mark in NL:
            entry = polib.POEntry(msgctxt=key, msgid=one, msgid_plural=many, comment=mark)
            if language == "ar":
                entry.msgstr = OWN.get(key, "")
                entry.msgstr_plural = dict(enumerate(CUPS)) if many else {}
                entry.flags = ["fuzzy"]
            file.append(entry)
        file.save(str(tmp_path / f"{language}.po"))
    return tmp_path


def rows(folder: Path, only: str = "") -> list[Row]:
    return exchange.rows(folder, "ar", PLACES, only)


def sheet(folder: Path, yours: dict[str, str], only: str = "") -> Path:
    """A sheet that was exported and in which somebody has filled in these cells."""
    path = folder / "terug.xlsx"
    exchange_sheet.save(path, "ar", rows(folder, only))
    book = openpyxl.load_workbook(path)
    for line in book.worksheets[0].iter_rows(min_row=2):
        if line[0].value in yours:
            line[4].value = yours[str(line[0].value)]
    book.save(path)
    return path


def po(folder: Path, yours: dict[str, str]) -> Path:
    """The same as a PO file: what is filled in there is fuzzy no more."""
    path = folder / "terug.po"
    exchange_po.save(path, "ar", rows(folder))
    file = polib.pofile(str(path), wrapwidth=0)
    for entry in file:
        said = {form: yours.get(f"{entry.msgctxt}[{form}]", "") for form in entry.msgstr_plural}
        if entry.msgctxt in yours or (said and all(said.values())):
            entry.flags = []
            entry.msgstr = entry.msgstr if yours.get(entry.msgctxt, "ok") == "ok" else yours[entry.msgctxt]
            entry.msgstr_plural = dict(said)
    file.save(str(path))
    return path


def test_a_sheet_looks_as_its_readers_read(folder: Path) -> None:
    path = sheet(folder, {})
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    assert page.sheet_view.rightToLeft
    assert page.freeze_panes == "B2"
    assert page.column_dimensions["G"].hidden
    assert all(page.column_dimensions[column].width > 20 for column in "ABCDEF")
    assert [page.cell(1, column).value for column in range(1, 7)] == ["key", "where", "Dutch", "now", "yours", "note"]
    first = [cell.value for cell in page[2]]
    assert first[:5] == ["thee.stop", "the bot: thee", "Stuur STOP.", "أرسلوا STOP.", None]  # risks come first
    assert "RISK" in str(first[5])
    assert page.cell(2, 3).fill.fgColor.rgb != page.cell(3, 3).fill.fgColor.rgb
    assert all(page.cell(2, column).alignment.wrap_text for column in range(1, 7))
    named = {str(line[0]): line for line in page.iter_rows(min_row=2, values_only=True)}
    assert [f"thee.kop[{form}]" in named for form in range(6)] == [True] * 6  # a row for each form
    assert named["thee.kop[2]"][2:6] == ("{aantal} kop / {aantal} koppen", "كوبان", None, "the form for 2")
    assert "a list" in str(named["kw.thee"][5])
    assert (named["thee.dag"][1], named["thee.dag.ja"][1]) == ("thee / dag: asks", "thee / dag: an answer to choose")


def test_what_a_spreadsheet_would_run_stays_words_and_comes_back(folder: Path) -> None:
    book = openpyxl.load_workbook(sheet(folder, {}))
    book.worksheets[0]["E2"].value = ArrayFormula("E2", "=1+1")
    book.save(folder / "som.xlsx")
    assert exchange_sheet.read(folder / "som.xlsx")[1][0].yours == "=1+1", "its text, which the check looks at"
    page = openpyxl.load_workbook(sheet(folder, {})).worksheets[0]
    cells = next(line for line in page.iter_rows(min_row=2) if line[0].value == "thee.som")
    assert (cells[2].value, cells[3].value) == ("'=1+1 is twee", "'=1+1 يساوي اثنين")
    assert {cell.data_type for line in page.iter_rows() for cell in line if cell.value} == {"s"}
    for words in ("=1", "+1", "-1", "@x", "'=1", "''-x", "gewoon", "'s ochtends", "x=1"):
        rows_ = [Row("a.b", None, "", ("x",), words, "", "draft", False, "1-2")]
        exchange_sheet.save(folder / "een.xlsx", "ar", rows_)
        said = openpyxl.load_workbook(folder / "een.xlsx").worksheets[0].cell(2, 4).value
        exchange_sheet.save(folder / "een.xlsx", "ar", [rows_[0]._replace(key=words)])
        assert said == words or str(said)[0] == "'"
        assert exchange_sheet.read(folder / "een.xlsx")[1][0].name == words


@pytest.mark.parametrize("form", [sheet, po], ids=["xlsx", "po"])
def test_what_comes_back_is_taken_and_a_blank_is_not(folder: Path, form) -> None:  # type: ignore[no-untyped-def]
    yours = {"thee.dag": "هل تستطيعون الحضور؟", "thee.dag.ja": "ok"}
    path = form(folder, yours)
    language, answers = (exchange_sheet if path.suffix == ".xlsx" else exchange_po).read(path)
    taken = exchange.take(folder, language, answers, "Samira Haddad")
    assert (language, set(taken.changed), set(taken.approved)) == ("ar", {"thee.dag"}, {"thee.dag.ja"})
    assert (taken.passed, taken.faults) == ({}, {})
    entries = {entry.msgctxt: entry for entry in taken.file}
    assert entries["thee.dag"].msgstr == "هل تستطيعون الحضور؟"
    assert [key for key, entry in entries.items() if not entry.fuzzy] == ["thee.dag", "thee.dag.ja"]
    assert entries["thee.stop"].msgstr == OWN["thee.stop"]
    assert taken.file.metadata["X-Reviewed-By"] == "Nour, Samira Haddad"
    assert polib.pofile(str(folder / "ar.po"))[0].fuzzy  # nothing is written here


def test_a_plural_is_reviewed_when_all_its_forms_are(folder: Path) -> None:
    every = {f"thee.kop[{form}]": "ok" for form in range(6)}
    for yours, left in (({**every, "thee.kop[1]": "كوب واحد"}, False), ({"thee.kop[1]": "كوب واحد"}, True)):
        _, answers = exchange_sheet.read(sheet(folder, yours))
        cups = next(entry for entry in exchange.take(folder, "ar", answers).file if entry.msgctxt == "thee.kop")
        assert (cups.fuzzy, cups.msgstr_plural[1], cups.msgstr_plural[2]) == (left, "كوب واحد", "كوبان")
    path = po(folder, {f"thee.kop[{form}]": text for form, text in enumerate(CUPS)})
    assert set(exchange.take(folder, *exchange_po.read(path)).approved) == {"thee.kop"}


def test_what_has_changed_since_is_named_and_left(folder: Path) -> None:
    both = [sheet(folder, {"thee.dag": "ok", "thee.dag.ja": "بلى", "thee.stop": "ok"}), po(folder, {"thee.dag": "ok"})]
    answers = [read(path)[1] for read, path in zip((exchange_sheet.read, exchange_po.read), both, strict=True)]
    dutch, own = polib.pofile(str(folder / "nl.po"), wrapwidth=0), polib.pofile(str(folder / "ar.po"), wrapwidth=0)
    dutch[0].msgid = "Komt u vandaag?"
    own[1].msgstr = "أجل"
    dutch.save()
    own.save()
    taken = exchange.take(folder, "ar", answers[0])
    assert sorted(taken.passed.values()) == [
        "thee.dag.ja: the translation has changed since; export it anew",
        "thee.dag: the Dutch has changed since; run `ouderbrug text sync` and export it anew",
    ]
    assert (set(taken.changed), set(taken.approved)) == (set(), {"thee.stop"})
    assert "the Dutch has changed" in next(iter(exchange.take(folder, "ar", answers[1]).passed.values()))


def test_rows_that_mean_nothing_are_faults(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = rows(folder)[0]
    said = [Answer(2, good.name, good.stamp, "x"), Answer(3, good.name, good.stamp, "y"), Answer(4, "a.b", "1-2", "z")]
    assert exchange.take(folder, "ar", said).faults == {3: "thee.stop stands there twice", 4: "there is no text a.b"}
    assert "last column" in exchange.take(folder, "ar", [Answer(2, good.name, "", "x")]).passed[2]
    (folder / "up.po").write_bytes((folder / "ar.po").read_bytes())
    for language in ("xx", "up", f"../{folder.name}/ar"):  # as a file says it that came back
        with pytest.raises(ContentError, match="no such translation"):
            exchange.take(folder, language, [])
    (folder / "leeg.xlsx").write_bytes(b"PK nothing")
    with pytest.raises(ContentError, match="no Excel file"):
        exchange_sheet.read(folder / "leeg.xlsx")
    openpyxl.Workbook().save(folder / "leeg.xlsx")
    with pytest.raises(ContentError, match="first row must be"):
        exchange_sheet.read(folder / "leeg.xlsx")
    monkeypatch.setattr(exchange_sheet, "_UNPACKED", 1000)
    with pytest.raises(ContentError, match="too large inside"):
        exchange_sheet.read(folder / "leeg.xlsx")


def test_only_what_is_asked_for_leaves(folder: Path) -> None:
    own = polib.pofile(str(folder / "ar.po"), wrapwidth=0)
    own[0].flags = []
    own[1].previous_msgid = "Jawel"
    own[3].msgstr = ""
    own.save()
    names = {only: [row.key for row in rows(folder, only)] for only in ("", *exchange.ONLY)}
    assert len(names[""]) == 11
    assert names["stale"] == ["thee.dag.ja"]
    assert names["risk"] == ["thee.stop"]
    assert "thee.dag" not in names["drafts"]
    assert "kw.thee" in names["drafts"]
    with pytest.raises(ContentError, match="the Dutch is the source"):
        exchange.rows(folder, "nl", {})
    with pytest.raises(ContentError, match=r"there is no xx\.po"):
        exchange.rows(folder, "xx", {})


def test_where_a_text_stands_is_said_of_all() -> None:
    assert place("thee.dag.ja.words", PLACES) == "thee / dag: an answer to choose; other ways to write it"
    assert place("console.vandaag.titel", PLACES) == "page vandaag of the school"
