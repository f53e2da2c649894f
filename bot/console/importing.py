"""The office brings in its file of families: first what would change, name by name, then that and nothing else."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select

from bot.console import drafts
from bot.console.numbers import readable
from bot.console.visit import OFFICES, Answer, File, Go, Page, Upload, Visit, get, post
from bot.console.words import Say
from bot.errors import RosterError
from bot.people import roster
from bot.people.addresses import school_year
from bot.people.roster import preview
from bot.people.roster.preview import Preview
from bot.people.roster.save import alone, look_up
from bot.people.roster.sheet import Sheet
from bot.people.roster.wrong import kinds
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import upsert

PLACE = "inlezen"
COLUMNS = ("group", "child", "guardian", "language", "phone", "id")
OPEN = 12  # so many names stand there at once; more are folded
MISTAKES = 100  # on the page
_EXAMPLE = (
    ("groep 4", "Elif Yılmaz", "Ayşe Yılmaz", "Turks", "0612000001", "1001"),
    ("groep 4", "Elif Yılmaz", "Mehmet Yılmaz", "Nederlands", "", "1001"),
    ("groep 6", "Daan de Boer", "José de Boer", "Nederlands", "0612000003", "1002"),
)


class Waiting(NamedTuple):
    """A file that lies ready, sealed, until it is read in or thrown away."""

    name: str
    year: str
    data: bytes
    since: datetime


class Read(NamedTuple):
    """That file, and what it says or what is wrong with it."""

    file: Waiting
    sheet: Sheet | RosterError


class Moved(NamedTuple):
    before: str
    after: str
    names: Sequence[str]
    folded: bool


class Change(NamedTuple):
    name: str
    child: str
    what: str
    before: str
    after: str
    note: str


class Mistake(NamedTuple):
    line: int
    texts: Sequence[str]


def start(visit: Visit, tx: Tx) -> Answer:
    """What the file looks like, and where to choose it."""
    return _choose(visit, tx)


def example(visit: Visit, _tx: Tx) -> Answer:
    """A file to begin with, as Dutch spreadsheets open it."""
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=";")
    table.writerow([visit.say(f"inlezen.kolom.{column}") for column in COLUMNS])
    table.writerows(_EXAMPLE)
    return File("gezinnen.csv", "text/csv", text.getvalue().encode("utf-8-sig"))


def sealed(visit: Visit) -> bytes | None:
    """The file that came, as it is kept."""
    file, year = visit.files.get("bestand"), visit.form.get("jaar", "")
    return _sealed(visit, file, year) if file and file.data and year in _years(visit) else None


def take(visit: Visit, tx: Tx) -> Answer:
    """The file came; nothing is read in yet."""
    if visit.prepared is None:
        return _choose(visit, tx, visit.say("inlezen.kies_bestand"), 422)
    _keep(visit, tx, visit.prepared)
    return Go("/inlezen/bekijk")


def look(visit: Visit, tx: Tx) -> Answer:
    """What would change."""
    waiting = _waiting(visit, tx)
    return _preview(visit, tx, waiting, _found(visit, tx, _read(waiting))) if waiting else Go("/inlezen")


def other_year(visit: Visit, tx: Tx) -> Answer:
    """It is the file of another school year."""
    waiting, year = _waiting(visit, tx), visit.form.get("jaar", "")
    if waiting is None or year not in _years(visit):
        return Go("/inlezen")
    _keep(visit, tx, _sealed(visit, Upload(waiting.name, waiting.data), year))
    return Go("/inlezen/bekijk")


def forget(visit: Visit, tx: Tx) -> Answer:
    drafts.forget(tx, visit.who.staff_id, PLACE)
    return Go("/inlezen", "klaar.inlezen_weg")


def lies_ready(visit: Visit) -> Read | None:
    """What she is about to bring in."""
    with visit.house.database.read() as tx:
        waiting = _waiting(visit, tx)
    return _read(waiting) if waiting else None


def bring_in(visit: Visit, tx: Tx) -> Answer:
    """Exactly what was shown; where that is not so any more, it is shown anew."""
    read: Read | None = visit.prepared
    if read is None or not _lies(visit, tx, read.file):
        return Go("/inlezen/bekijk")
    file, sheet = read
    if isinstance(sheet, RosterError):
        return _preview(visit, tx, file, _found(visit, tx, read), status=422)
    school, year = visit.who.school, file.year
    alone(tx, school)
    matched = look_up(tx, school, sheet)
    found = preview.compare(tx, school, year, sheet, now=visit.now, matched=matched)
    if found.mistakes:
        return _preview(visit, tx, file, found, status=422)
    if visit.form.get("zo") != preview.mark(tx, found):
        return _preview(visit, tx, file, found, visit.say("inlezen.intussen"), 422)
    if found.doubts and visit.form.get("klopt") != "ja":
        return _preview(visit, tx, file, found, visit.say("inlezen.kruis_aan"), 422)
    report = roster.load(tx, school, year, sheet, visit.now, matched=matched)
    drafts.forget(tx, visit.who.staff_id, PLACE)
    counts = {
        "kinderen": len(found.new), "ouders": report.created, "groep": report.moved, "anders": len(found.changes),
        "brieven": report.codes,
    }  # fmt: skip
    return Go("/inlezen/gedaan?" + "&".join(f"{name}={count}" for name, count in counts.items()))


def done(visit: Visit, _tx: Tx) -> Answer:
    """What was done, in numbers."""
    names = ("kinderen", "ouders", "groep", "anders", "brieven")
    counts = {name: _count(visit.query.get(name, "")) for name in names}
    lines = [visit.say(f"inlezen.gedaan.{name}", aantal=count) for name, count in counts.items() if count]
    return Page("inlezen_gedaan.html", {"lines": lines, "letters": counts["brieven"]})


def _choose(visit: Visit, tx: Tx, wrong: str = "", status: int = 200) -> Page:
    running, coming = _years(visit)
    waiting = _waiting(visit, tx)
    values = {
        "wrong": wrong, "years": [(running, "dit_jaar"), (coming, "volgend_jaar")],
        "year": visit.form.get("jaar", running), "waiting": waiting.name if waiting else "",
        "columns": [
            (visit.say(f"inlezen.kolom.{each}"), visit.say(f"inlezen.uitleg.{each}"), _EXAMPLE[0][place])
            for place, each in enumerate(COLUMNS)
        ],
    }  # fmt: skip
    return Page("inlezen.html", values, status)


def _read(waiting: Waiting) -> Read:
    try:
        return Read(waiting, preview.read(waiting.name, waiting.data))
    except RosterError as error:
        return Read(waiting, error)


def _found(visit: Visit, tx: Tx, read: Read) -> Preview:
    file, sheet = read
    if isinstance(sheet, RosterError):
        return Preview(file.year, mistakes=tuple(sorted(sheet.lines.items())))
    return preview.compare(tx, visit.who.school, file.year, sheet, now=visit.now)


def _preview(visit: Visit, tx: Tx, waiting: Waiting, found: Preview, told: str = "", status: int = 200) -> Page:
    say, (running, coming) = visit.say, _years(visit)
    other = coming if waiting.year == running else running
    mistakes = [Mistake(line, list(_texts(say, text))) for line, text in found.mistakes]
    values: dict[str, Any] = {
        "told": told, "file": waiting.name, "found": found, "mark": preview.mark(tx, found), "other": other,
        "later": waiting.year == coming, "mistakes": mistakes[:MISTAKES], "more": max(0, len(mistakes) - MISTAKES),
        "broken": any(kind.name == "tekens" for _, text in found.mistakes for kind in kinds(text)),
        "new": [(each.name, each.group, [(one.name, say.named(one.language)) for one in each.parents])
                for each in found.new],
        "joined": [(each.name, say.named(each.language), each.child) for each in found.joined],
        "parted": [(each.name, each.child) for each in found.parted],
        "moves": [Moved(each.before, each.after, each.names, len(each.names) > OPEN) for each in found.moves],
        "changes": [_change(say, each) for each in found.changes], "open": OPEN, "unspoken": _unspoken(visit, found),
    }  # fmt: skip
    return Page("inlezen_bekijk.html", values, status)


def _change(say: Say, change: preview.Change) -> Change:
    spoken = change.what == "language"
    before, after = (say.named(each) if spoken else each for each in (change.before, change.after))
    if change.what == "phone":
        before, after = readable(before), readable(after)
    note = say("inlezen.koos_zelf") if change.kept else ""
    nothing = say("inlezen.niets")
    return Change(
        change.name, change.child, say(f"inlezen.wat.{change.what}"), before or nothing, after or nothing, note
    )


def _texts(say: Say, text: str) -> "Sequence[str]":
    """What is wrong with a line, in the reader's language, with the way out."""
    said = []
    for name, fields in kinds(text):
        words = {
            field: ", ".join(say(f"inlezen.kolom.{each}") for each in str(value).split(", "))
            if field == "kolom" else value
            for field, value in fields.items()
        }  # fmt: skip
        said.append(say(f"inlezen.fout.{name}", **words))
    return said or [say("inlezen.fout.anders")]


def _unspoken(visit: Visit, found: Preview) -> str:
    """Languages of parents that the bot does not speak here: they would wonder why all is in another."""
    languages = visit.config.languages
    names = [visit.say.named(each) for each in found.languages if each not in languages.offered]
    if not names:
        return ""
    return visit.say("inlezen.taal_nog_niet", talen=", ".join(names), anders=visit.say.named(languages.fallback))


def _years(visit: Visit) -> tuple[str, str]:
    """The school year that runs, and the one after it."""
    running = school_year(visit.local.date())
    end = int(running[5:])
    return running, f"{end}-{end + 1}"


def _sealed(visit: Visit, file: Upload, year: str) -> bytes:
    head = json.dumps({"name": file.name[-80:], "year": year, "school": visit.who.school}).encode()
    return visit.house.database.ring.seal_bytes("draft.body", head + b"\n" + file.data)


def _keep(visit: Visit, tx: Tx, body: bytes) -> None:
    row = {"staff_id": visit.who.staff_id, "place": PLACE, "body": body, "changed_at": visit.now}
    upsert(tx, t.draft, [row], key=["staff_id", "place"])


def _waiting(visit: Visit, tx: Tx) -> Waiting | None:
    """Her file that lies ready, of this school and of a year that can be brought in."""
    row = tx.execute(select(*t.draft.c["body", "changed_at"]).where(*_hers(visit))).first()
    if row is None:
        return None
    head, _, data = tx.open_bytes("draft.body", row.body).partition(b"\n")
    try:
        told = json.loads(head)
        name, year, school = (str(told[each]) for each in ("name", "year", "school"))
    except (ValueError, KeyError, TypeError):
        return None  # something else lies there
    hers = school == visit.who.school and year in _years(visit)
    return Waiting(name, year, data, row.changed_at) if hers else None


def _lies(visit: Visit, tx: Tx, file: Waiting) -> bool:
    """Whether it still lies there, and no other in its place."""
    return tx.execute(select(t.draft.c.changed_at).where(*_hers(visit))).scalar() == file.since


def _hers(visit: Visit) -> tuple[ColumnElement[bool], ...]:
    return t.draft.c.staff_id == visit.who.staff_id, t.draft.c.place == PLACE


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


DOORS = (
    get("/inlezen", start, OFFICES),
    get("/inlezen/voorbeeld", example, OFFICES),
    post("/inlezen/bestand", take, OFFICES, "", files=True, before=sealed),
    get("/inlezen/bekijk", look, OFFICES),
    post("/inlezen/jaar", other_year, OFFICES, ""),
    post("/inlezen/weg", forget, OFFICES, ""),
    post("/inlezen/lees-in", bring_in, OFFICES, "inlezen", before=lies_ready),
    get("/inlezen/gedaan", done, OFFICES),
)
