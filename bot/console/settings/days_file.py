"""Bring in the school's own calendar (.ics) or sheet: first it is shown what changes, then it is done."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from bot.console.settings import days, files, undo
from bot.console.visit import OFFICES, Answer, Go, Page, Visit, get, post
from bot.errors import RosterError
from bot.people import freedays
from bot.people.freedays import Found
from bot.schooldays import Free
from bot.store.database import Tx

_SHOWN = 40  # events that do not sound free, and are only named
_MOST = 400  # free days of a file


class Line(NamedTuple):
    span: str
    name: str
    kind: str


def ask(visit: Visit, tx: Tx) -> Answer:
    return _page(200)


def _page(status: int, **values: object) -> Page:
    empty: dict[str, object] = {"seen": False, "faults": None, "wrong": "", "source": "", "carried": ""}
    return Page("instellingen_dagen_bestand.html", {**empty, **values}, status)


def read(visit: Visit) -> tuple[str, Found] | RosterError | None:
    """The name of the file and what it says, or what is wrong with it."""
    today, everything = visit.local.date(), visit.form.get("alles") == "ja"
    return files.read(visit, lambda path: (path.name, freedays.read(path, today, everything=everything)))


def preview(visit: Visit, tx: Tx) -> Answer:
    """What the file would change; nothing is changed."""
    came: tuple[str, Found] | RosterError | None = visit.prepared
    if came is None:
        return _page(422, wrong=visit.say("bestand.geen"))
    if isinstance(came, RosterError):
        return _page(422, faults=files.faults(visit, came))
    source, found = came
    if len(found.days) > _MOST:
        return _page(422, wrong=visit.say("bestand.groot"))
    return _page(200, **_seen(visit, tx, found, source))


def _seen(visit: Visit, tx: Tx, found: Found, source: str) -> dict[str, object]:
    change = freedays.plan(tx, visit.who.school, found.days, source)
    today = visit.local.date()
    return {
        "seen": True, "source": source, "many": len(found.days), "timed": found.timed,
        "added": _lines(visit, change.added), "changed": _lines(visit, change.changed),
        "removed": _lines(visit, change.removed), "carried": json.dumps(days.rows(found.days), ensure_ascii=False),
        "other": [(visit.say.day(day), what) for day, what in found.other[:_SHOWN]],
        "more": max(0, len(found.other) - _SHOWN),
        "old": bool(found.days) and all(each.last < today for each in found.days),
    }  # fmt: skip


def _lines(visit: Visit, found: Sequence[Free]) -> list[Line]:
    return [Line(days.span(visit, each), days.named(visit, each), each.kind) for each in found]


def save(visit: Visit, tx: Tx) -> Answer:
    """What was shown holds from now on; the newest file of a name counts."""
    source, today = visit.form.get("bron", "")[:80], visit.local.date()
    try:
        carried = list(days.of_rows(json.loads(visit.form.get("dagen", ""))))
        found = [freedays.check(each._replace(source=source, noted_on=today.isoformat()), today) for each in carried]
    except (ValueError, TypeError, RosterError):
        found = []
    if not found or not source:
        return _page(422, wrong=visit.say("bestand.geen"))
    before = {each[:3]: each for each in freedays.of(tx, visit.who.school)}
    change = freedays.store(tx, visit.who.school, found, source)
    new = [each for each in found if each[:3] not in before]
    was = [before[each[:3]] for each in found if each[:3] in before] + list(change.removed)
    mark = undo.keep(visit, tx, "dagen", [days.rows(new), days.rows(was)])
    return Go("/instellingen/dagen", "klaar.bestand", undo=f"/instellingen/dagen/terug{mark}")


DOORS = (
    get("/instellingen/dagen/bestand", ask, OFFICES),
    post("/instellingen/dagen/bestand/kijk", preview, OFFICES, "", files=True, before=read),
    post("/instellingen/dagen/bestand/bewaar", save, OFFICES, "dag"),
)
