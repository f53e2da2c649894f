"""Keeping the PO files in step: stale, added, dropped, and nothing else, byte for byte."""

from pathlib import Path

import polib
import pytest

from bot.errors import ContentError
from bot.translation.sync import sync, touch

LOCALES = Path(__file__).parent.parent / "locales"
NL = [
    ("a.een", "Een {kind}", ""),
    ("a.twee", "Twee", "risk"),
    ("a.twee.words", "twee, 2", "list"),
    ("a.drie", "Drie", ""),
]


def write(path: Path, entries: list[polib.POEntry]) -> None:
    file = polib.POFile(wrapwidth=0)
    file.metadata = {"Language": path.stem, "Content-Type": "text/plain; charset=utf-8", "X-Reviewed-By": "Ayşe"}
    file.extend(entries)
    file.save(str(path))


def dutch(folder: Path, *texts: tuple[str, str, str]) -> None:
    write(folder / "nl.po", [polib.POEntry(msgctxt=key, msgid=text, comment=mark) for key, text, mark in texts])


def read(folder: Path, language: str = "tr") -> dict[str, polib.POEntry]:
    return {entry.msgctxt: entry for entry in polib.pofile(str(folder / f"{language}.po"), wrapwidth=0)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three languages: Turkish reviewed and out of order, Arabic empty."""
    dutch(tmp_path, *NL)
    write(
        tmp_path / "tr.po",
        [
            polib.POEntry(msgctxt="a.twee.words", msgid="twee, 2", msgstr="iki", comment="list", flags=["fuzzy"]),
            polib.POEntry(msgctxt="a.twee", msgid="Twee", msgstr="İki", tcomment="read aloud"),
            polib.POEntry(msgctxt="a.een", msgid="Een {kind}", msgstr="Bir {kind}"),
            polib.POEntry(msgctxt="a.weg", msgid="Weg", msgstr="Git"),
        ],
    )
    write(tmp_path / "ar.po", [])
    return tmp_path


def test_new_keys_come_in_the_dutch_order_and_old_ones_go(folder: Path) -> None:
    report = sync(folder)
    assert list(read(folder)) == list(read(folder, "ar")) == [key for key, _, _ in NL]
    assert report["tr"].added == ("a.drie",)
    assert report["tr"].dropped == ("a.weg",)
    assert report["tr"].stale == ()
    assert read(folder)["a.drie"].msgstr == ""
    assert read(folder, "ar")["a.twee.words"].msgstr == ""
    assert read(folder)["a.twee"].comment == "risk"
    assert read(folder)["a.twee"].tcomment == "read aloud"
    assert not read(folder)["a.twee"].fuzzy
    assert polib.pofile(str(folder / "tr.po")).metadata["X-Reviewed-By"] == "Ayşe"


def test_a_changed_dutch_text_makes_the_others_stale(folder: Path) -> None:
    dutch(folder, ("a.een", "Eén {kind}", ""), *NL[1:])
    assert sync(folder)["tr"].stale == ("a.een",)
    entry = read(folder)["a.een"]
    assert (entry.msgid, entry.previous_msgid, entry.msgstr, entry.fuzzy) == (
        "Eén {kind}",
        "Een {kind}",
        "Bir {kind}",
        True,
    )
    assert not read(folder, "ar")["a.een"].fuzzy  # there is nothing to be stale
    dutch(folder, ("a.een", "Het {kind}", ""), *NL[1:])
    sync(folder)
    assert read(folder)["a.een"].previous_msgid == "Een {kind}"  # still what it was translated from
    dutch(folder, *NL)
    sync(folder)
    assert read(folder)["a.een"].previous_msgid is None


def test_a_list_is_each_languages_own(folder: Path) -> None:
    dutch(folder, *NL[:2], ("a.twee.words", "twee, tweede", "list"), NL[3])
    report = sync(folder)
    entry = read(folder)["a.twee.words"]
    assert report["tr"].stale == ()
    assert report["tr"].renewed == ("a.twee.words",)
    assert (entry.msgid, entry.msgstr, entry.previous_msgid) == ("twee, tweede", "iki", None)


def test_a_second_run_changes_no_byte(folder: Path) -> None:
    dutch(folder, ("a.een", 'Eén\n\n{kind} "zo"', ""), *NL[1:])
    assert sync(folder)["tr"].written
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    report = sync(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not any(change.written or change.added or change.stale or change.dropped for change in report.values())


def test_touch_keeps_a_translation_fresh(folder: Path) -> None:
    sync(folder)
    dutch(folder, ("a.een", "Eén {kind}", ""), *NL[1:])
    assert touch(folder, "a.een")["tr"].renewed == ("a.een",)
    entry = read(folder)["a.een"]
    assert (entry.msgid, entry.previous_msgid, entry.fuzzy) == ("Eén {kind}", None, False)
    assert not sync(folder)["tr"].written
    assert touch(folder, "a.een")["tr"].renewed == ()


def test_touch_also_heals_what_is_already_stale(folder: Path) -> None:
    dutch(folder, ("a.een", "Eén {kind}", ""), *NL[1:])
    sync(folder)
    touch(folder, "a.een")
    assert read(folder)["a.een"].previous_msgid is None
    assert read(folder)["a.een"].fuzzy  # whether a speaker had read it is no longer known
    with pytest.raises(ContentError, match=r"there is no text a\.niets"):
        touch(folder, "a.niets")


def test_plurals_get_as_many_forms_as_the_language_has(folder: Path) -> None:
    plural = polib.POEntry(
        msgctxt="a.keer", msgid="{aantal} keer", msgid_plural="{aantal} keren", msgstr_plural={0: "", 1: ""}
    )
    write(
        folder / "nl.po",
        [plural, polib.POEntry(msgctxt="a.twee", msgid="Twee", msgid_plural="Tweeën", msgstr_plural={0: "", 1: ""})],
    )
    assert sync(folder)["tr"].stale == ("a.twee",)
    assert read(folder, "ar")["a.keer"].msgstr_plural == dict.fromkeys(range(6), "")
    assert read(folder)["a.twee"].msgstr_plural == {0: "", 1: "İki"}
    assert not any(change.written for change in sync(folder).values())
    dutch(folder, ("a.twee", "Twee", ""))
    sync(folder)
    assert read(folder)["a.twee"].msgstr == "İki"


def test_a_file_that_is_no_po_is_named_and_none_is_written(folder: Path) -> None:
    (folder / "zz.po").write_text("geen PO", encoding="utf-8")
    with pytest.raises(ContentError, match=r"zz\.po"):
        touch(folder, "a.een")


def test_the_files_of_this_house_are_in_step(tmp_path: Path) -> None:
    for path in LOCALES.glob("*.po"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert {language: change for language, change in sync(tmp_path).items() if change.written} == {}
