"""A ballot of her own for a parent on the stage, as it stands when the conversation about it begins."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from bot.check.casting import SCHOOLS, Parent
from bot.check.polling import translate
from bot.council import ballots, candidates, going, voting
from bot.council.ballots import DECISION, ELECTION, Plan
from bot.people import contacts, staff
from bot.store import tables as t
from bot.store.database import Tx

FLOWS = (*going.FLOWS, going.STANDS, going.TOLD)
_WEEK = timedelta(days=7)
_TITLE, _WORDS, _OUTCOME = "een dag uit", "Waar gaan wij heen op de dag uit?", "Wij gaan naar het bos."
_CHOICES = ("Het bos", "Het museum", "Het strand")
_STAND = (("Karin B.", "Ik denk graag mee over school."), ("Jan V.", "Ik wil dat elke ouder gehoord wordt."))
_OTHERS = 6  # who have voted before, where it is over


def begun(tx: Tx, flow: str, parent: Parent, now: datetime) -> dict[str, Any]:
    """With what her conversation begins."""
    kind = ELECTION if flow in (ELECTION, going.STANDS) else DECISION
    school, by = SCHOOLS[0].key, staff.colleagues(tx, SCHOOLS[0].key)[0]
    standing = flow == going.STANDS
    opens_at = now + _WEEK if standing else now
    plan = Plan(
        school, kind, _TITLE, _WORDS, _CHOICES if kind == DECISION else (), 2, None, opens_at, opens_at + _WEEK,
        by.id, f"rehearsal:{parent.contact_id}:{now.timestamp()}",
    )  # fmt: skip
    number = ballots.make(tx, plan, now)
    state = {going.STANDS: ballots.STANDING, going.TOLD: ballots.CLOSED}.get(flow, ballots.OPEN)
    others = contacts.new_contacts(tx, ["nl"] * _OTHERS, now)
    if kind == ELECTION and not standing:
        _list(tx, number, others, now)
    _set(tx, number, state=state, settled_at=now if state == ballots.CLOSED else None)
    it = ballots.get(tx, number)
    assert it is not None
    voting.lay(tx, it)
    rows = [{"ballot_id": number, "contact_id": each, "state": "asked"} for each in (*others, parent.contact_id)]
    tx.execute(t.voter.insert(), rows)
    if flow == going.TOLD:
        _vote(tx, number, others, now)
        ballots.tell(tx, number, _OUTCOME, now)
        _set(tx, number, settled_at=now)
    translate(tx, [_TITLE, _WORDS, _OUTCOME, *_CHOICES, *(each for _, each in _STAND)], parent.role.language, now)
    return going.start(tx, it, flow)


def _list(tx: Tx, number: int, people: list[int], now: datetime) -> None:
    _set(tx, number, state=ballots.STANDING, opens_at=now + _WEEK)
    it = ballots.get(tx, number)
    assert it is not None
    for who, (name, words) in zip(people, _STAND, strict=False):
        candidates.stand(tx, it, who, name, words, "nl", now)
    for each in candidates.every(tx, number):
        candidates.put(tx, it, each.id, candidates.ON_LIST, now)
    _set(tx, number, opens_at=now)


def _vote(tx: Tx, number: int, people: list[int], now: datetime) -> None:
    _set(tx, number, state=ballots.OPEN)
    for place, who in enumerate(people):
        voting.vote(tx, number, who, ["1" if place else "2"], now)
    _set(tx, number, state=ballots.CLOSED)


def _set(tx: Tx, number: int, **values: object) -> None:
    tx.execute(update(t.ballot).where(t.ballot.c.id == number).values(values))
