"""Parents who put themselves forward: by their own words, on the list when the office has put them there."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update

from bot.council.ballots import LISTED, Ballot
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import upsert

OFFERED, ON_LIST, WITHDRAWN = "offered", "listed", "withdrawn"
OF_NAME, OF_WORDS = 20, 160  # signs at most: a name is a line of a list on a phone
_c = t.candidate.c


class Candidate(NamedTuple):
    """`name` as she wants it on the list; `words`: one sentence, in `language`."""

    id: int
    ballot_id: int
    contact_id: int
    name: str
    words: str
    language: str
    state: str


def stand(tx: Tx, ballot: Ballot, contact_id: int, name: str, words: str, language: str, now: datetime) -> str:
    """She puts herself forward, anew where she did before: `ok`; `lang` where name or sentence is too long, `over`."""
    if not ballot.listens(now):
        return "over"
    name, words = " ".join(name.split()), " ".join(words.split())
    if not name or len(name) > OF_NAME or len(words) > OF_WORDS:
        return "lang"
    row = {
        "ballot_id": ballot.id, "contact_id": contact_id, "name": tx.seal("candidate.name", name),
        "words": tx.seal("candidate.words", words), "language": tx.seal("candidate.language", language),
        "state": OFFERED, "changed_at": now,
    }  # fmt: skip
    upsert(tx, t.candidate, [row], key=["ballot_id", "contact_id"])
    return "ok"


def every(tx: Tx, ballot_id: int) -> list[Candidate]:
    """All who put themselves forward, in the order in which they did."""
    rows = tx.execute(select(*_c[tuple(Candidate._fields)]).where(_c.ballot_id == ballot_id).order_by(_c.id))
    return [
        Candidate(
            row.id, row.ballot_id, row.contact_id, tx.open("candidate.name", row.name),
            tx.open("candidate.words", row.words), tx.open("candidate.language", row.language), row.state,
        )
        for row in rows
    ]  # fmt: skip


def on_list(tx: Tx, ballot_id: int) -> Sequence[Candidate]:
    """Who can be chosen."""
    return [each for each in every(tx, ballot_id) if each.state == ON_LIST]


def put(tx: Tx, ballot: Ballot, candidate_id: int, state: str, now: datetime) -> str:
    """The office puts somebody on the list or takes her off: `ok`, `vol`, or `over` where voting has begun."""
    if not ballot.listens(now):
        return "over"
    tx.execute(select(t.ballot.c.id).where(t.ballot.c.id == ballot.id).with_for_update(key_share=True)).all()
    many = select(func.count()).where(_c.ballot_id == ballot.id, _c.state == ON_LIST, _c.id != candidate_id)
    if state == ON_LIST and tx.execute(many).scalar_one() >= LISTED:
        return "vol"
    this = _c.id == candidate_id, _c.ballot_id == ballot.id
    return "ok" if tx.execute(update(t.candidate).where(*this).values(state=state, changed_at=now)).rowcount else "over"
