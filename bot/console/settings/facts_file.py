"""Bring in a file with the times of all groups: first it is shown what changes, then it is done."""

import json
from collections.abc import Iterator, Sequence

from bot.console.settings import files, undo
from bot.console.visit import OFFICES, Answer, Go, Page, Visit, get, post
from bot.errors import RosterError
from bot.people import facts
from bot.people.facts import SCHOOL_DAYS, Fact
from bot.store.database import Tx

_WHATS = {*SCHOOL_DAYS, "gym", "ziek"}


def ask(visit: Visit, tx: Tx) -> Answer:
    return _page(200)


def _page(status: int, **values: object) -> Page:
    empty = {"change": None, "found": (), "carried": "", "faults": None, "wrong": ""}
    return Page("instellingen_feiten_bestand.html", {**empty, **values}, status)


def read(visit: Visit) -> list[Fact] | RosterError | None:
    """What the file says, or what is wrong with it."""
    return files.read(visit, lambda path: facts.read(path, visit.local.date()))


def preview(visit: Visit, tx: Tx) -> Answer:
    """What the file would change; nothing is changed."""
    found: list[Fact] | RosterError | None = visit.prepared
    if found is None:
        return _page(422, wrong=visit.say("bestand.geen"))
    if isinstance(found, RosterError):
        return _page(422, faults=files.faults(visit, found))
    change = facts.store(tx, visit.who.school, found, dry=True)
    shown = [(each.group or visit.say("feiten.hele_school"), _label(visit, each.what), each.value) for each in found]
    return _page(200, change=change, found=shown, carried=json.dumps([[*each[:3]] for each in found]))


def _label(visit: Visit, what: str) -> str:
    return visit.say.days(what) if what in SCHOOL_DAYS else visit.say(f"feiten.{what}")


def save(visit: Visit, tx: Tx) -> Answer:
    """What was shown is known from now on."""
    today = visit.local.date().isoformat()
    found = [Fact(*each, today) for each in _carried(visit.form.get("feiten", ""))]
    if not found:
        return _page(422, wrong=visit.say("bestand.geen"))
    groups = {each.group for each in found}
    was: list[Sequence[str]] = [[*each] for each in facts.everything(tx, visit.who.school) if each.group in groups]
    was += [[group] for group in sorted(groups)]
    facts.store(tx, visit.who.school, found)
    mark = undo.keep(visit, tx, "feiten", was)
    return Go("/instellingen/school", "klaar.feiten", undo=f"/instellingen/school/feiten/terug{mark}")


def _carried(text: str) -> Iterator[tuple[str, str, str]]:
    """What the page carried from the file, checked once more."""
    try:
        for group, what, value in json.loads(text):
            if what not in _WHATS or not 0 < len(value) <= 200 or len(group) > 80:
                return
            checked = facts.times(value, what) if what in SCHOOL_DAYS else value
            yield group, what, facts.days(value) if what == "gym" else checked
    except (ValueError, TypeError):
        return


DOORS = (
    get("/instellingen/school/bestand", ask, OFFICES),
    post("/instellingen/school/bestand/kijk", preview, OFFICES, "", files=True, before=read),
    post("/instellingen/school/bestand/bewaar", save, OFFICES, "feit"),
)
