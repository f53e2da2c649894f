"""A vote is counted: that she voted in one row, what was voted in others, which nothing leads from one to the other.

All rows of a tally are written at every vote, and all remarks at every remark: else a database that notes which
transaction wrote a row last would tell who chose what.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, delete, func, insert, select, update

from bot.council.ballots import ELECTION, OPEN, UNSURE, Ballot, get
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

FEWEST = 5  # with fewer votes nobody reads what was chosen: one could guess whose it is
_IDS = 1 << 53  # a remark gets its number by lot, not in order of time
_VOTED, _ASKED = "#voted", "#asked"  # beside the choices, from when it closes: who is forgotten later still counts
_v, _t, _r = t.voter.c, t.tally.c, t.remark.c


def ids(tx: Tx, ballot: Ballot) -> list[str]:
    """What can be chosen: numbers of choices or of candidates, and that she does not know."""
    c = t.candidate.c
    if ballot.kind != ELECTION:
        return [*(each for each, _ in ballot.options), UNSURE]
    rows = tx.execute(select(c.id).where(c.ballot_id == ballot.id, c.state == "listed").order_by(c.id)).scalars()
    return [*map(str, rows), UNSURE]


def lay(tx: Tx, ballot: Ballot) -> None:
    """The empty tally, once."""
    rows = [{"ballot_id": ballot.id, "option": each, "votes": 0} for each in ids(tx, ballot)]
    tx.execute(insert_new(tx, t.tally), rows)


def vote(tx: Tx, ballot_id: int, contact_id: int, chosen: Sequence[str], now: datetime) -> str:
    """Count her vote: `ok`; `al` where she voted before, `over` where it is closed or not hers to vote in.

    Who closes it waits for this, and so does whoever else votes: it is short.
    """
    tx.execute(select(t.ballot.c.id).where(t.ballot.c.id == ballot_id).with_for_update(key_share=True)).all()
    ballot = get(tx, ballot_id)
    if ballot is None or not ballot.takes(now) or not chosen or not {*chosen} <= {*ids(tx, ballot)}:
        return "al" if ballot is not None and has_voted(tx, ballot_id, contact_id) else "over"
    hers = _v.ballot_id == ballot_id, _v.contact_id == contact_id
    if not tx.execute(update(t.voter).where(*hers, _v.state != "voted").values(state="voted")).rowcount:
        return "al" if has_voted(tx, ballot_id, contact_id) else "over"
    more = case((_t.option.in_({*chosen}), 1), else_=0)
    tx.execute(update(t.tally).where(_t.ballot_id == ballot_id).values(votes=_t.votes + more))
    return "ok"


def has_voted(tx: Tx, ballot_id: int, contact_id: int) -> bool:
    hers = _v.ballot_id == ballot_id, _v.contact_id == contact_id, _v.state == "voted"
    return tx.execute(select(_v.id).where(*hers)).first() is not None


def remark(tx: Tx, ballot_id: int, words: str, language: str, now: datetime) -> bool:
    """What somebody wrote beside her vote, without who; False where it is closed."""
    tx.execute(select(t.ballot.c.id).where(t.ballot.c.id == ballot_id).with_for_update(key_share=True)).all()
    ballot = get(tx, ballot_id)
    if ballot is None or not ballot.takes(now):
        return False
    row = {
        "id": secrets.randbelow(_IDS) + 1, "ballot_id": ballot_id, "words": tx.seal("remark.words", words),
        "language": tx.seal("remark.language", language),
    }  # fmt: skip
    tx.execute(insert(t.remark), row)
    tx.execute(update(t.remark).where(_r.ballot_id == ballot_id).values(ballot_id=ballot_id))
    return True


def turnout(tx: Tx, ballot_id: int) -> tuple[int, int]:
    """How many have voted, of how many; of a closed one as it was when it closed."""
    kept = select(_t.option, _t.votes).where(_t.ballot_id == ballot_id, _t.option.in_((_VOTED, _ASKED)))
    found = {each.option: int(each.votes) for each in tx.execute(kept)}
    if found:
        return found[_VOTED], found[_ASKED]
    hers = func.count(case((_v.state == "voted", 1))).label("voted")
    row = tx.execute(select(func.count().label("asked"), hers).where(_v.ballot_id == ballot_id)).one()
    return int(row.voted), int(row.asked)


def settle(tx: Tx, ballot_id: int, now: datetime) -> bool:
    """It closes. With too few votes what was chosen is thrown away, and what was written beside it. False: it was not
    open any more."""
    b = t.ballot.c
    still = b.id == ballot_id, b.state == OPEN
    values = {"state": "closed", "settled_at": None}
    if not tx.execute(update(t.ballot).where(*still).values(values)).rowcount:
        return False
    voted, asked = turnout(tx, ballot_id)
    if voted < FEWEST:
        tx.execute(delete(t.tally).where(_t.ballot_id == ballot_id))
        tx.execute(delete(t.remark).where(_r.ballot_id == ballot_id))
    else:
        counted = {_VOTED: voted, _ASKED: asked}
        rows = [{"ballot_id": ballot_id, "option": name, "votes": many} for name, many in counted.items()]
        tx.execute(insert_new(tx, t.tally), rows)
    return True
