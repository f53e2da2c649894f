"""Our own PO files are read as polib reads them; whatever looks different is left to polib."""

from pathlib import Path

import polib
import pytest

from bot.config import ROOT
from bot.translation import plain
from bot.translation.texts import open_po

HEAD = 'msgid ""\nmsgstr ""\n"Language: tr\\n"\n\n'
ONE = 'msgctxt "a.b"\nmsgid "een"\nmsgstr "bir"\n'


@pytest.mark.parametrize("path", sorted((ROOT / "locales").glob("*.po")), ids=lambda path: path.stem)
def test_all_that_is_ours(path: Path) -> None:
    found = plain.entries(path.read_text(encoding="utf-8"))
    assert found == [plain.of(entry) for entry in open_po(path)]
    assert found


@pytest.mark.parametrize(
    "entry",
    [
        ONE,
        '#. list\n#. stop risk\n' + ONE,
        "#, fuzzy\n" + ONE,
        "#, c-format, fuzzy\n" + ONE,
        '#, fuzzy\n#| msgid "twee"\n' + ONE,
        '#, fuzzy\n#| msgid ""\n#| "twee\\n"\n#| "drie"\n' + ONE,
        '#, fuzzy\n#| msgid_plural "tweeën"\n' + ONE,
        "# a reader said so\n#\n" + ONE,
        'msgctxt "a.b"\nmsgid ""\n"een\\n"\n"\\ttwee \\"drie\\" \\\\n"\nmsgstr ""\n',
        'msgctxt "a.b"\nmsgid "{n} kind"\nmsgid_plural "{n} kinderen"\nmsgstr[1] "b"\nmsgstr[0] ""\n"a\\n"\n"c"\n',
        ONE + '\n#. risk\nmsgctxt "a.c"\nmsgid "een"\nmsgstr ""\n',
    ],
)  # fmt: skip
def test_what_is_read_is_what_polib_reads(entry: str) -> None:
    file = polib.pofile(HEAD + entry)
    assert plain.entries(HEAD + entry) == [plain.of(each) for each in file]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ONE,  # no head
        HEAD + 'msgid "een"\nmsgstr "bir"\n',  # no key
        HEAD + 'msgctxt ""\nmsgid "een"\nmsgstr "bir"\n',
        HEAD + 'msgctxt "a.b"\nmsgid ""\nmsgstr "bir"\n',
        HEAD + ONE + "\n" + ONE,  # twice
        HEAD + "#~ " + ONE.replace("\n", "\n#~ ").removesuffix("#~ "),
        HEAD + "#: bot/a.py:1\n" + ONE,
        HEAD + ONE.replace('"bir"', '"b"ir"'),
        HEAD + ONE.replace('"bir"', '"bir'),
        HEAD + ONE.replace("bir", "b\u2028ir"),  # there polib takes a line to end
        HEAD + ONE.replace("msgid", "  msgid"),
        HEAD + ONE + ONE.replace("a.b", "a.c"),  # nothing between two
        HEAD + ONE + "\n# the end\n",
        "\ufeff" + HEAD + ONE,
    ],
)  # fmt: skip
def test_whatever_looks_different_is_left_to_polib(text: str) -> None:
    assert plain.entries(text) is None
