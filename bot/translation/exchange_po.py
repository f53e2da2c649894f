"""A PO file for a reviewer, as Poedit and Weblate open it: what loses `fuzzy` there is ok or new."""

import re
from collections.abc import Sequence
from pathlib import Path

import polib

from bot.errors import ContentError
from bot.translation.exchange import Answer, Row
from bot.translation.languages import plural_header

_STAMP = re.compile(r"^stamp (\S+)$", re.MULTILINE)


def save(path: Path, language: str, rows: Sequence[Row]) -> None:
    """Write these rows."""
    file = polib.POFile(wrapwidth=0)
    file.metadata = {
        "Project-Id-Version": "Ouderbrug", "Language": language, "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_header(language), "X-Reviewed-By": "",
    }  # fmt: skip
    entries: dict[str, polib.POEntry] = {}
    for row in rows:
        entry = entries.get(row.key)
        if entry is None:
            entry = entries[row.key] = polib.POEntry(msgctxt=row.key, msgid=row.dutch[0])
            entry.msgid_plural = "" if row.form is None else row.dutch[1]
            entry.comment = "\n".join(filter(None, (row.place, row.note if row.form is None else "")))
            entry.flags = [] if row.state == "reviewed" else ["fuzzy"]
        entry.comment += f"\nstamp {row.stamp}"
        if row.form is None:
            entry.msgstr = row.now
        else:
            entry.msgstr_plural[row.form] = row.now
    file.extend(entries.values())
    file.save(str(path))


def read(path: Path) -> tuple[str, list[Answer]]:
    """The language of such a file and its answers. What is still fuzzy has not been answered. Raises ContentError."""
    try:
        file = polib.pofile(path.read_text(encoding="utf-8"), wrapwidth=0)
    except (OSError, ValueError) as problem:
        raise ContentError(f"{path.name}: {problem}") from None
    answers = []
    for entry in file:
        stamps = _STAMP.findall(entry.comment)
        forms = [entry.msgstr_plural[form] for form in sorted(entry.msgstr_plural, key=int)] or [entry.msgstr]
        for form, said in enumerate(forms):
            name = f"{entry.msgctxt}[{form}]" if entry.msgid_plural else entry.msgctxt
            mark = stamps[form] if form < len(stamps) else ""
            answers.append(Answer(entry.linenum or 0, name, mark, "" if entry.fuzzy else said))
    return file.metadata.get("Language", ""), answers
