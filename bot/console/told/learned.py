"""What people worded better for all schools: the sentence without what was personal in it, how it is said since, and by
whom, in her role. The network may take one away."""

from typing import Any, NamedTuple

from sqlalchemy import select

from bot.console.visit import COACH, NETWORK, Answer, Go, Page, Visit, get, post
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import phrases
from bot.translation.mask import MARK
from bot.translation.orders import PERSON

LIST = "/vertalingen/geleerd"
_MOST = 200
_GAP = "…"  # where a name stood
_ROWS = (
    select(*t.phrase.c["id", "source", "target", "text", "said", "made_at"], t.staff.c.role)
    .outerjoin(t.staff, t.staff.c.id == t.phrase.c.staff_id)
    .where(t.phrase.c.origin == PERSON)
    .order_by(t.phrase.c.made_at.desc(), t.phrase.c.id)
    .limit(_MOST)
)


class Learned(NamedTuple):
    """One sentence as a person words it."""

    id: int
    source: str
    target: str
    text: str
    said: str
    by: str
    at: str


def show(visit: Visit, tx: Tx) -> Answer:
    """All of the network, the newest first."""
    return _page(visit, tx)


def drop(visit: Visit, tx: Tx) -> Answer:
    """It is not said so any more: the next time a machine is asked."""
    asked = visit.form.get("zin", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    if not phrases.drop(tx, number):
        return _page(visit, tx, visit.say("geleerd.fout_weg"))
    return Go(LIST, "klaar.geleerd_weg", about=("phrase", number))


def _page(visit: Visit, tx: Tx, wrong: str = "") -> Page:
    found = [_learned(visit, tx, row) for row in tx.execute(_ROWS)]
    values = {"found": found, "network": visit.who.role == NETWORK, "wrong": wrong, "room": "vandaag"}
    return Page("vertalingen_geleerd.html", values, 422 if wrong else 200)


def _learned(visit: Visit, tx: Tx, row: Any) -> Learned:
    text = tx.open("phrase.text", row.text) if row.text else _GAP
    by = visit.say(f"rol.{row.role}") if row.role else visit.say("gesprek.iemand")
    return Learned(
        row.id, row.source, row.target, MARK.sub(_GAP, text), MARK.sub(_GAP, tx.open("phrase.said", row.said)), by,
        visit.say.moment(row.made_at, visit.now, visit.school.zone),
    )  # fmt: skip


DOORS = (
    get(LIST, show, frozenset({COACH, NETWORK})),
    post(f"{LIST}/weg", drop, frozenset({NETWORK}), "geleerd_weg", proven=True),
)
