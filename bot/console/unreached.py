"""Who is not reached: why, and what to do next, in order. Nobody is ranked, and nobody's answers are counted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from bot.console import households, reach
from bot.console.households import Key, Row
from bot.console.numbers import Number, number
from bot.console.visit import COACH, TALKING, Answer, Go, Visit, post
from bot.people import reached, staff
from bot.people.addresses import same_name
from bot.people.reached import Reach
from bot.store import tables as t
from bot.store.database import Tx

LIST = "/gezinnen?niet-bereikt=1"


class Lost(NamedTuple):
    """A guardian who is not reached. `thread`: a talk of hers that can be given to the coach; 0: none."""

    contact_id: int
    name: str
    children: str
    reason: str
    number: Number | None
    coaches: str
    thread: int


def rows_of(visit: Visit, tx: Tx, found: Sequence[Row], known: Mapping[Key, Reach]) -> dict[Key, list[Row]]:
    """Who is not reached; without those about whom a colleague did something in the last two weeks."""
    hers: dict[Key, list[Row]] = {}
    for row in found:
        if not row.barred_at and known[row.key].state != reached.READS:
            hers.setdefault(row.key, []).append(row)
    schools = {school for school, _ in hers}
    alone = {(school, each) for school in schools for each in reached.left_alone(tx, school, visit.now)}
    return {key: rows for key, rows in hers.items() if key not in alone}


def of(visit: Visit, tx: Tx, found: Sequence[Row], known: Mapping[Key, Reach]) -> list[Lost]:
    """What is to be done about each of them, by name."""
    hers = rows_of(visit, tx, found, known)
    coaches = {school: _coaches(tx, school) for school in {school for school, _ in hers}}
    threads = _threads(visit, tx, {contact_id for _, contact_id in hers})
    made = [
        Lost(
            key[1], households.names(tx, rows), ", ".join(households.children_of(tx, rows)),
            reason(visit, known[key]), number(households.shown_number(tx, rows[0])), coaches[key[0]],
            threads.get(key[1], 0),
        )
        for key, rows in hers.items()
    ]  # fmt: skip
    return sorted(made, key=lambda each: same_name(each.name))


def reason(visit: Visit, how: Reach) -> str:
    """Why she is not reached, in words."""
    say = visit.say
    if how.state == reached.NEW:
        if how.code_until is None:
            return say("gezinnen.reden.geen_brief")
        works = how.code_until > visit.now
        return say("gezinnen.reden.brief" if works else "gezinnen.reden.verlopen", dag=day(visit, how.code_until))
    return say(f"gezinnen.reden.{how.state}", dag=day(visit, how.since or visit.now))


def day(visit: Visit, at: datetime) -> str:
    """`dinsdag 24 november`."""
    return visit.say.day(at.astimezone(visit.school.zone).date())


def _coaches(tx: Tx, school: str) -> str:
    return ", ".join(row.name for row in staff.colleagues(tx, school) if row.role == COACH)


def _threads(visit: Visit, tx: Tx, contact_ids: set[int]) -> dict[int, int]:
    """The newest open talk with each of them that this colleague may see."""
    th = t.thread.c
    hers = select(th.contact_id, func.max(th.id).label("id")).where(
        th.contact_id.in_(contact_ids), th.state != "closed"
    )
    rows = tx.execute(hers.where(reach.threads(visit.who)).group_by(th.contact_id))
    return {row.contact_id: row.id for row in rows}


def _called(visit: Visit, tx: Tx) -> Answer:
    return _done(visit, reached.CALLED)


def _fine(visit: Visit, tx: Tx) -> Answer:
    return _done(visit, reached.FINE)


def _done(visit: Visit, what: str) -> Answer:
    """That the audit knows is enough: it is read from there for two weeks."""
    contact_id = visit.ids["contact"]
    return Go(LIST, f"klaar.{what}", undo=f"/gezinnen/{contact_id}/toch-niet")


def _again(visit: Visit, tx: Tx) -> Answer:
    return Go(LIST, "klaar.teruggezet")


DOORS = (
    post("/gezinnen/{contact}/gebeld", _called, TALKING, reached.CALLED),
    post("/gezinnen/{contact}/komt-goed", _fine, TALKING, reached.FINE),
    post("/gezinnen/{contact}/toch-niet", _again, TALKING, reached.AGAIN),
)
