"""The PO files as they are read: one Text per key, with what may be said of it."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import polib

from bot.errors import ContentError

SOURCE = "nl"
PAGES = "console."  # how the keys of the pages begin; colleagues read them, in these languages
OF_PAGES = ("nl", "en")
FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_COMMA = re.compile(r"[,،、]")


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one key in one language; `forms` has one text, or one per plural form."""

    key: str
    forms: tuple[str, ...]
    draft: bool = False  # no speaker has read it yet
    stale: bool = False  # its Dutch has changed since
    broken: bool = False  # and not only in its words: the fields are others now
    marks: frozenset[str] = frozenset()  # risk stop list

    def may_go(self, send: str) -> bool:
        """Whether a parent may get it: `drafts` sends what nobody has reviewed too."""
        return bool(self.forms) and not self.broken and not (self.draft and send == "reviewed")

    def words(self) -> tuple[str, ...]:
        """The words of a comma-separated list."""
        return tuple(filter(None, (word.strip() for form in self.forms for word in _COMMA.split(form))))


def fields(forms: Iterable[str]) -> frozenset[str]:
    """The fields of a text: `{kind}`."""
    return frozenset(name for form in forms for name in FIELD.findall(form))


def open_po(path: Path) -> polib.POFile:
    """A PO file as polib has it, without wrapping and with every key once. Raises ContentError."""
    try:
        file = polib.pofile(path.read_text(encoding="utf-8"), wrapwidth=0)
    except (OSError, ValueError) as problem:
        raise ContentError(f"{path.name}: {problem}") from None
    seen: set[str] = set()
    for entry in file:
        if entry.obsolete:
            continue
        if not entry.msgctxt:
            raise ContentError(f"{path.name}: line {entry.linenum} has no key (msgctxt)")
        if entry.msgctxt in seen:
            raise ContentError(f"{path.name}: {entry.msgctxt} stands there twice")
        seen.add(entry.msgctxt)
    return file


class _Entry(NamedTuple):
    """What is asked of an entry of a PO file, each time texts are loaded."""

    key: str
    forms: tuple[str, ...]  # its words; in the Dutch file the msgid is the text
    of: frozenset[str]  # the fields of the Dutch that it belongs to
    draft: bool
    stale: bool
    marks: frozenset[str]


def _entries(path: Path) -> Sequence[_Entry]:
    """What stands in a file, but for what is obsolete. Raises ContentError."""
    try:
        return _read(path.resolve(), path.stat().st_mtime_ns)
    except OSError as problem:
        raise ContentError(f"{path.name}: {problem}") from None


@lru_cache(32)
def _read(path: Path, _written: int) -> Sequence[_Entry]:
    """Once for each time it is written: to read all languages takes longer than everything else at a start."""
    return [_entry(each, path.stem) for each in open_po(path) if not each.obsolete]


def _entry(entry: polib.POEntry, language: str) -> _Entry:
    dutch = (entry.msgid, entry.msgid_plural) if entry.msgid_plural else (entry.msgid,)
    forms = tuple(entry.msgstr_plural[form] for form in sorted(entry.msgstr_plural)) or (entry.msgstr,)
    stale = entry.fuzzy and entry.previous_msgid is not None
    said = dutch if language == SOURCE else forms
    return _Entry(sys.intern(entry.msgctxt), said, fields(dutch), entry.fuzzy, stale, marks(entry))


def concerns(key: str, language: str) -> bool:
    """Whether this language has such a text: what only colleagues read is in two of them."""
    return language in OF_PAGES or not key.startswith(PAGES)


def marks(entry: polib.POEntry) -> frozenset[str]:
    """What the Dutch says of a text: `risk`, `stop` or `list`."""
    return frozenset(entry.comment.split()) & {"risk", "stop", "list"}


def load_source(folder: Path) -> dict[str, Text]:
    """The Dutch texts, in their order: there the msgid is the text. Raises ContentError."""
    path = folder / f"{SOURCE}.po"
    texts = {}
    for entry in _entries(path):
        texts[entry.key] = Text(entry.key, entry.forms, marks=entry.marks)
        _refuse_strange_braces(path, texts[entry.key])
    return texts


def load(folder: Path, language: str, source: Mapping[str, Text]) -> dict[str, Text]:
    """The texts of a language that the Dutch has too. Raises ContentError."""
    path = folder / f"{language}.po"
    texts = {}
    for entry in _entries(path):
        if entry.key in source:
            texts[entry.key] = _text(entry, path, source[entry.key])
    return texts


def _text(entry: _Entry, path: Path, dutch: Text) -> Text:
    """A translation. Fields that its Dutch does not know are an error, unless the Dutch changed after it was made."""
    of, own, now = entry.of, fields(entry.forms), fields(dutch.forms)
    text = Text(
        key=dutch.key,
        forms=entry.forms if all(entry.forms) else (),
        draft=entry.draft,
        stale=entry.stale,
        broken=(entry.stale or of != now) and own != now,
        marks=dutch.marks,
    )
    if "list" in dutch.marks:
        return text
    _refuse_strange_braces(path, text)
    if not text.broken and text.forms and own - now:
        raise ContentError(f"{path.name}: {dutch.key} has the field {{{min(own - now)}}}, which the Dutch text has not")
    return text


def _refuse_strange_braces(path: Path, text: Text) -> None:
    if "list" in text.marks:
        return
    for form in text.forms:
        if set(FIELD.sub("", form)) & {"{", "}"}:
            raise ContentError(f"{path.name}: {text.key}: what stands in braces must be a plain name, such as {{kind}}")
