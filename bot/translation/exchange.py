"""Texts that leave for a reviewer and come back: what a row holds, and which answers are taken."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polib

from bot.errors import ContentError
from bot.translation.languages import LANGUAGES, plural_form
from bot.translation.places import place
from bot.translation.texts import PAGES, SOURCE, concerns, marks, open_po

ONLY = ("drafts", "stale", "risk")
REVIEWED = "X-Reviewed-By"
_OK = "ok"
_NOTES = {
    "risk": "RISK: an error here would hurt",
    "stop": "says how to stop: STOP stays STOP",
    "list": "a list, with commas: what parents type; your own words, not a translation",
}


class Row(NamedTuple):
    """One text, or one plural form of it, as a reviewer gets it."""

    key: str
    form: int | None
    place: str
    dutch: tuple[str, ...]  # two where something is counted
    now: str
    note: str
    state: str  # reviewed draft stale missing
    risk: bool
    stamp: str  # of the Dutch and of `now`, to know afterwards whether either has changed

    @property
    def name(self) -> str:
        """The key, with the number of the plural form."""
        return self.key if self.form is None else f"{self.key}[{self.form}]"


class Answer(NamedTuple):
    """What came back in one row: `yours` is a new text, "ok", or "" where nobody wrote anything."""

    line: int
    name: str
    stamp: str
    yours: str


class Taken(NamedTuple):
    """What becomes of the answers. `faults` and `passed` say why, by the line; `file` has the answers in it."""

    language: str
    file: polib.POFile
    changed: Mapping[str, int]  # key -> the last line about it
    approved: Mapping[str, int]
    passed: Mapping[int, str]  # not taken: the Dutch or the translation has changed since
    faults: Mapping[int, str]
    blank: int


def rows(folder: Path, language: str, known: Mapping[str, str], only: str = "") -> list[Row]:
    """Every text of a language for its reviewer: what would hurt first, then in the order of the Dutch. Raises
    ContentError where there is no such language, or it is not in step with the Dutch."""
    if language == SOURCE:
        raise ContentError("the Dutch is the source: it is not reviewed as a translation")
    if language not in LANGUAGES or not (folder / f"{language}.po").exists():
        raise ContentError(f"there is no {language}.po in {folder.name}/")
    source, own = _entries(folder, SOURCE), _entries(folder, language)
    found = [row for key, dutch in source.items() if key in own for row in _rows(dutch, own[key], language, known)]
    lacking = [key for key in source if key not in own and concerns(key, language)]
    if lacking:
        raise ContentError(f"{language}.po lacks {lacking[0]}; run: ouderbrug text sync")
    return sorted(
        filter(lambda row: _wanted(row, only), found), key=lambda row: (row.key.startswith(PAGES), not row.risk)
    )


def _entries(folder: Path, language: str) -> dict[str, polib.POEntry]:
    return {entry.msgctxt: entry for entry in open_po(folder / f"{language}.po") if not entry.obsolete}


def _rows(dutch: polib.POEntry, own: polib.POEntry, language: str, known: Mapping[str, str]) -> Iterator[Row]:
    note = "; ".join(_NOTES[mark] for mark in ("risk", "stop", "list") if mark in marks(dutch))
    for form, now in _forms(own):
        plural = f"the form for {_examples(language, form)}" if form is not None else ""
        said = (dutch.msgid, dutch.msgid_plural) if dutch.msgid_plural else (dutch.msgid,)
        yield Row(
            own.msgctxt, form, place(own.msgctxt, known), said, now, "; ".join(filter(None, (note, plural))),
            _state(own), "risk" in marks(dutch), stamp(dutch, now),
        )  # fmt: skip


def _examples(language: str, form: int) -> str:
    """Numbers that go with this form: "3, 4, 5"."""
    numbers = [str(number) for number in range(201) if plural_form(language, number) == form]
    return ", ".join(numbers[:3])


def _forms(entry: polib.POEntry) -> list[tuple[int | None, str]]:
    if entry.msgid_plural:
        return [(int(form), entry.msgstr_plural[form]) for form in sorted(entry.msgstr_plural, key=int)]
    return [(None, entry.msgstr)]


def _state(entry: polib.POEntry) -> str:
    if not all(now for _, now in _forms(entry)):
        return "missing"
    if not entry.fuzzy:
        return "reviewed"
    return "draft" if entry.previous_msgid is None else "stale"


def _wanted(row: Row, only: str) -> bool:
    return {"drafts": row.state != "reviewed", "stale": row.state == "stale", "risk": row.risk}.get(only, True)


def stamp(dutch: polib.POEntry, now: str) -> str:
    """A short mark of the Dutch and one of its translation."""
    return f"{_hash(dutch.msgid, dutch.msgid_plural or '')}-{_hash(now)}"


def _hash(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:8]


def take(folder: Path, language: str, answers: Sequence[Answer], reviewer: str = "") -> Taken:
    """The file of a language with these answers in it; nothing is written. A blank changes nothing.

    Where the Dutch or the translation has changed since the texts left, the answer is passed over. A text that is
    answered as a whole is a draft no more. Raises ContentError.
    """
    path = folder / f"{language}.po"
    if language == SOURCE or language not in LANGUAGES or not path.exists():  # the file says it: no way out of here
        raise ContentError(f"these are texts in {language!r}, and there is no such translation")
    file, source = open_po(path), _entries(folder, SOURCE)
    own = {
        _name(entry, form): (entry, form, now) for entry in file for form, now in _forms(entry) if not entry.obsolete
    }
    said: dict[str, Answer] = {}
    passed: dict[int, str] = {}
    faults: dict[int, str] = {}
    for answer in (each for each in answers if each.yours):
        if answer.name not in own or own[answer.name][0].msgctxt not in source:
            faults[answer.line] = f"there is no text {answer.name}"
        elif answer.name in said:
            faults[answer.line] = f"{answer.name} stands there twice"
        else:
            entry, _, now = own[answer.name]
            wrong = _since(answer, stamp(source[entry.msgctxt], now), entry, source[entry.msgctxt])
            if wrong:
                passed[answer.line] = f"{answer.name}: {wrong}"
            elif answer.yours.lower() == _OK and not now:
                faults[answer.line] = f"{answer.name} is empty: there is nothing that could be ok"
            else:
                said[answer.name] = answer
    changed, approved = _lay_in(own, said)
    if reviewer and (changed or approved):
        _sign(file, reviewer)
    blank = sum(not each.yours for each in answers)
    return Taken(language, file, changed, approved, passed, faults, blank)


def _name(entry: polib.POEntry, form: int | None) -> str:
    return entry.msgctxt if form is None else f"{entry.msgctxt}[{form}]"


def _since(answer: Answer, today: str, entry: polib.POEntry, dutch: polib.POEntry) -> str:
    """What has changed since this row left; "" where nothing has."""
    then, now = answer.stamp.split("-"), today.split("-")
    if len(then) != len(now):
        return "its last column is gone; export anew"
    if then[0] != now[0] or (entry.msgid, entry.msgid_plural or "") != (dutch.msgid, dutch.msgid_plural or ""):
        return "the Dutch has changed since; run `ouderbrug text sync` and export it anew"
    return "the translation has changed since; export it anew" if then[1] != now[1] else ""


def _lay_in(
    own: Mapping[str, tuple[polib.POEntry, int | None, str]], said: Mapping[str, Answer]
) -> tuple[dict[str, int], dict[str, int]]:
    changed: dict[str, int] = {}
    approved: dict[str, int] = {}
    for name, answer in said.items():
        entry, form, now = own[name]
        if answer.yours.lower() == _OK or answer.yours == now:
            approved[entry.msgctxt] = answer.line if entry.fuzzy else 0
        else:
            changed[entry.msgctxt] = answer.line
            if form is None:
                entry.msgstr = answer.yours
            else:
                entry.msgstr_plural[form] = answer.yours
    for name in said:
        entry = own[name][0]
        if all(_name(entry, form) in said for form, _ in _forms(entry)):
            entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
            entry.previous_msgid = entry.previous_msgid_plural = None
    return changed, {key: line for key, line in approved.items() if line and key not in changed}


def _sign(file: polib.POFile, reviewer: str) -> None:
    names = [name.strip() for name in file.metadata.get(REVIEWED, "").split(",") if name.strip()]
    file.metadata[REVIEWED] = ", ".join(dict.fromkeys([*names, reviewer]))
