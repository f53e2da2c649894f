"""What a ballot came to: counts of a decision, names of an election, each told to parents in the same words."""

import hashlib
from typing import NamedTuple

from sqlalchemy import select

from bot.council import candidates, voting
from bot.council.ballots import DECISION, UNSURE, Ballot
from bot.store import tables as t
from bot.store.database import Tx

_t = t.tally.c


class Counted(NamedTuple):
    """One choice. `label`: in Dutch, "" of who did not know."""

    id: str
    label: str
    votes: int


class Result(NamedTuple):
    """A closed ballot. `counts`: of a decision, the most chosen first; `seats`: of an election, who has one; `lot`: the
    mark by which it was drawn between who had as many votes, "" where nothing was drawn.

    `few`: too few votes to tell anything. `equal`: of a decision, two were chosen most often: the council decides.
    """

    voted: int
    asked: int
    counts: tuple[Counted, ...] = ()
    seats: tuple[str, ...] = ()
    few: bool = False
    equal: bool = False
    lot: str = ""


class Remark(NamedTuple):
    """What somebody wrote beside her vote."""

    words: str
    language: str


def of(tx: Tx, ballot: Ballot) -> Result:
    """What it came to, of one that is closed."""
    voted, asked = voting.turnout(tx, ballot.id)
    if voted < voting.FEWEST:
        return Result(voted, asked, few=True)
    counted = tx.execute(select(_t.option, _t.votes).where(_t.ballot_id == ballot.id))
    votes = {row.option: int(row.votes) for row in counted}
    if ballot.kind == DECISION:
        return _decided(ballot, votes, voted, asked)
    return _elected(tx, ballot, votes, voted, asked)


def _decided(ballot: Ballot, votes: dict[str, int], voted: int, asked: int) -> Result:
    chosen = [Counted(each, label, votes.get(each, 0)) for each, label in ballot.options]
    ranked = sorted(chosen, key=lambda each: -each.votes)
    equal = ranked[0].votes == ranked[1].votes
    return Result(voted, asked, (*ranked, Counted(UNSURE, "", votes.get(UNSURE, 0))), equal=equal)


def _elected(tx: Tx, ballot: Ballot, votes: dict[str, int], voted: int, asked: int) -> Result:
    """Who has as many votes as another, where there is one seat: the lot decides, so that a list of names comes out of
    every election. It hangs on numbers that nobody can choose, and anybody can draw it again."""
    mark = f"{ballot.id}-{voted}-{asked}"
    names = {str(each.id): each.name for each in candidates.on_list(tx, ballot.id)}
    ranked = sorted(names, key=lambda each: (-votes.get(each, 0), _drawn(mark, each)))
    winners, rest = ranked[: ballot.seats], ranked[ballot.seats :]
    drawn = bool(winners and rest) and votes.get(winners[-1], 0) == votes.get(rest[0], 0)
    seats = sorted((names[each] for each in winners), key=str.casefold)
    return Result(voted, asked, seats=tuple(seats), lot=mark if drawn else "")


def _drawn(mark: str, candidate: str) -> str:
    return hashlib.sha256(f"{mark}:{candidate}".encode()).hexdigest()


def remarks(tx: Tx, ballot_id: int) -> list[Remark]:
    """What parents wrote, in no order of time."""
    r = t.remark.c
    rows = tx.execute(select(r.words, r.language).where(r.ballot_id == ballot_id).order_by(r.id))
    return [Remark(tx.open("remark.words", row.words), tx.open("remark.language", row.language)) for row in rows]
