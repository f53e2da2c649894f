"""Keeps the PO files of all languages in step with the Dutch one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polib

from bot.errors import ContentError
from bot.translation.languages import plural_forms, plural_header
from bot.translation.texts import SOURCE, concerns, marks, open_po


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one file: keys that are new, have become stale, took over their Dutch, or are gone."""

    added: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    written: bool = False


Report = Mapping[str, Change]  # by language


def sync(folder: Path) -> Report:
    """Give every file the keys of nl.po in its order, empty where they are new.

    Where the Dutch has changed, the translation becomes stale: fuzzy, with the Dutch that it was made from. Lists
    (`#. list`) only take over the Dutch: they are each language's own. A second run changes nothing, byte for byte.
    Raises ContentError.
    """
    source = _source(folder)
    return {path.stem: _sync_file(path, source) for path in _translations(folder)}


def touch(folder: Path, key: str) -> Report:
    """The Dutch of `key` changed, its meaning did not: the translations take it over without becoming stale.

    A translation that has become stale is so no longer. Raises ContentError where there is no such key.
    """
    source = _source(folder)
    if key not in source:
        raise ContentError(f"{SOURCE}.po: there is no text {key}")
    report = {}
    for path in _translations(folder):
        file = open_po(path)
        touched = [entry for entry in file if entry.msgctxt == key and not entry.obsolete]
        renewed = tuple(entry.msgctxt for entry in touched if _take_over(entry, source[key]))
        report[path.stem] = Change(renewed=renewed, written=bool(renewed) and write(path, file))
    return report


def _source(folder: Path) -> "dict[str, polib.POEntry]":
    return {entry.msgctxt: entry for entry in open_po(folder / f"{SOURCE}.po") if not entry.obsolete}


def _translations(folder: Path) -> "list[Path]":
    return sorted(path for path in folder.glob("*.po") if path.stem != SOURCE)


def _sync_file(path: Path, source: "Mapping[str, polib.POEntry]") -> Change:
    file = open_po(path)
    own = {entry.msgctxt: entry for entry in file if not entry.obsolete}
    entries, stale, renewed = [], [], []
    source = {key: dutch for key, dutch in source.items() if concerns(key, path.stem)}
    for key, dutch in source.items():
        entry = own.get(key) or polib.POEntry(msgctxt=key, msgid=dutch.msgid)
        if _differs(entry, dutch):
            if "list" in marks(dutch) or not _is_translated(entry):
                _take_over(entry, dutch)
                renewed += [key] if key in own else []
            else:
                _make_stale(entry, dutch)
                stale.append(key)
        _dress(entry, dutch, path.stem)
        entries.append(entry)
    file[:] = entries
    _complete_header(file, path.stem)
    return Change(
        added=tuple(key for key in source if key not in own),
        stale=tuple(stale),
        renewed=tuple(renewed),
        dropped=tuple(key for key in own if key not in source),
        written=write(path, file),
    )


def _differs(entry: polib.POEntry, dutch: polib.POEntry) -> bool:
    return (entry.msgid, entry.msgid_plural or "") != (dutch.msgid, dutch.msgid_plural or "")


def _is_translated(entry: polib.POEntry) -> bool:
    return bool(entry.msgstr) or any(entry.msgstr_plural.values())


def _is_stale(entry: polib.POEntry) -> bool:
    return entry.fuzzy and entry.previous_msgid is not None


def _make_stale(entry: polib.POEntry, dutch: polib.POEntry) -> None:
    """Fuzzy, with the Dutch that it was made from, however often that has changed since; unless it has changed back."""
    if not _is_stale(entry):
        entry.previous_msgid, entry.previous_msgid_plural = entry.msgid, entry.msgid_plural or None
    entry.msgid, entry.msgid_plural = dutch.msgid, dutch.msgid_plural
    if "fuzzy" not in entry.flags:
        entry.flags.append("fuzzy")
    if (entry.previous_msgid, entry.previous_msgid_plural or "") == (dutch.msgid, dutch.msgid_plural or ""):
        _freshen(entry)


def _take_over(entry: polib.POEntry, dutch: polib.POEntry) -> bool:
    """Take the Dutch as it is now, not stale. Whether that changed anything."""
    changed = _differs(entry, dutch) or _is_stale(entry)
    entry.msgid, entry.msgid_plural = dutch.msgid, dutch.msgid_plural
    _freshen(entry)
    return changed


def _freshen(entry: polib.POEntry) -> None:
    """Not stale any more; it stays fuzzy, for whether a speaker had read it before cannot be known."""
    entry.previous_msgid = entry.previous_msgid_plural = None


def _dress(entry: polib.POEntry, dutch: polib.POEntry, language: str) -> None:
    """The Dutch file's comments, and as many plural forms as the language has."""
    entry.comment = dutch.comment
    if not dutch.msgid_plural:
        if entry.msgstr_plural:  # it had plurals before
            entry.msgstr, entry.msgstr_plural = entry.msgstr_plural[max(entry.msgstr_plural)], {}
        return
    had = {int(form): words for form, words in entry.msgstr_plural.items()}
    if entry.msgstr:  # it had none before
        had, entry.msgstr = {plural_forms(language) - 1: entry.msgstr}, ""
    entry.msgstr_plural = {form: had.get(form, "") for form in range(plural_forms(language))}


def _complete_header(file: polib.POFile, language: str) -> None:
    """What Poedit, Weblate and the check expect; who reviewed is for people to fill in."""
    file.metadata.update({"Language": language, "Content-Type": "text/plain; charset=utf-8"})
    defaults = {"MIME-Version": "1.0", "Content-Transfer-Encoding": "8bit", "Plural-Forms": plural_header(language)}
    for name, value in {"Project-Id-Version": "Ouderbrug", **defaults, "X-Reviewed-By": ""}.items():
        file.metadata.setdefault(name, value)


def write(path: Path, file: polib.POFile) -> bool:
    """Write the file where its bytes changed, never half."""
    text = str(file).encode()
    if not text.endswith(b"\n"):
        text += b"\n"
    if path.read_bytes() == text:
        return False
    fresh = path.with_suffix(".po.new")
    fresh.write_bytes(text)
    os.replace(fresh, path)
    return True
