"""The PO files as the check reads them: every entry with its Dutch, its marks and its gaps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polib

from bot.check.finding import Place
from bot.translation.texts import FIELD, SOURCE, fields, marks, open_po

FIELD_OR_BRACE = r"\{[^{}]*\}|[{}]"
_BRACED = re.compile(FIELD_OR_BRACE)
_COMMA = re.compile(r"[,،、]")


@dataclass(frozen=True, slots=True)
class Text:
    """One entry: its Dutch forms, and its own (none where it is not translated)."""

    key: str
    dutch: tuple[str, ...]
    forms: tuple[str, ...]
    draft: bool = False
    stale: bool = False
    marks: frozenset[str] = frozenset()  # risk stop list; those of the Dutch count

    @property
    def is_list(self) -> bool:
        return "list" in self.marks

    @property
    def is_plural(self) -> bool:
        return len(self.dutch) > 1

    @property
    def fields(self) -> frozenset[str]:
        return fields(self.forms)

    def words(self) -> tuple[str, ...]:
        """The words of a comma-separated list."""
        return tuple(filter(None, (word.strip() for form in self.forms for word in _COMMA.split(form))))


@dataclass(frozen=True, slots=True)
class Locale:
    """One PO file."""

    language: str
    texts: Mapping[str, Text]
    header: Mapping[str, str] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return f"locales/{self.language}.po"

    @property
    def place(self) -> Place:
        return Place(self.file, self.language)


def load(path: Path) -> Locale:
    """Read a PO file; in the Dutch one the msgid is the text. Raises ContentError."""
    file = open_po(path)
    entries = (_text(entry, is_source=path.stem == SOURCE) for entry in file if not entry.obsolete)
    return Locale(path.stem, {text.key: text for text in entries}, file.metadata)


def _text(entry: polib.POEntry, *, is_source: bool) -> Text:
    dutch = (entry.msgid, entry.msgid_plural) if entry.msgid_plural else (entry.msgid,)
    forms = tuple(entry.msgstr_plural[index] for index in sorted(entry.msgstr_plural)) or (entry.msgstr,)
    return Text(
        key=entry.msgctxt,
        dutch=dutch,
        forms=dutch if is_source else forms if any(forms) else (),
        draft=entry.fuzzy,
        stale=entry.fuzzy and entry.previous_msgid is not None,
        marks=marks(entry),
    )


def strange_braces(form: str) -> str:
    """The first thing in braces that is no plain field: {0}, {kind!r}, {}, a lone brace; "" for none."""
    return next((found for found in _BRACED.findall(form) if not FIELD.fullmatch(found)), "")


def without_fields(form: str) -> str:
    """A text with a space where its fields stand."""
    return _BRACED.sub(" ", form)
