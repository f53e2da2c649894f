"""Which of the rooms that are mostly silent have anything to say today: one statement; only those are asked on."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, literal_column, select

from bot.booking import rounds
from bot.console import (
    needs_council,
    needs_day,
    needs_doubts,
    needs_evenings,
    needs_mine,
    needs_rounds,
    needs_school,
    needs_shelf,
)
from bot.console.needs import Finder
from bot.console.visit import Visit
from bot.council import ballots
from bot.gatherings import gatherings
from bot.store import tables as t
from bot.store.database import Tx


def _there(table: Any, *which: Any) -> ColumnElement[bool]:
    """Whether her schools have such a row."""
    return exists().where(table.c.school.in_(bindparam("schools", expanding=True)), *which)


_ABSENT = _there(t.absence, t.absence.c.day == bindparam("today"), t.absence.c.withdrawn_at.is_(None))
# Of each at least all that its finder looks at, whoever asks. The words of an index stand in the statement itself.
ROOMS: Mapping[Finder, ColumnElement[bool]] = {
    needs_mine.requests: _there(t.talk_request, literal_column("talk_request.state = 'open'")),
    needs_day.call_back: _ABSENT,
    needs_day.absent: _ABSENT,
    needs_rounds.without_interpreter: _there(t.talk_round),
    needs_rounds.going: _there(t.talk_round, t.talk_round.c.state == rounds.OPEN),
    needs_council.votes: _there(t.ballot, t.ballot.c.state.in_((ballots.ASKED, ballots.CLOSED))),
    needs_doubts.doubts: _there(t.doubt, literal_column("doubt.state = 'open'")),
    needs_evenings.untold: _there(t.gathering, t.gathering.c.state.in_((gatherings.OPEN, gatherings.CLOSED))),
    needs_shelf.wanted: _there(t.referral, literal_column("referral.state IN ('open', 'passed', 'back')")),
    needs_school.forgotten: _there(t.erasure, t.erasure.c.state == "partly"),
}
_ASKED = select(*(each.label(f"room_{number}") for number, each in enumerate(ROOMS.values())))


def among(visit: Visit, tx: Tx, finders: Sequence[Finder]) -> list[Finder]:
    """These without those that have nothing to say, in the same order."""
    asked = {"schools": visit.who.schools, "today": visit.local.date().isoformat()}
    row = tx.execute(_ASKED, asked).one()
    silent = {finder for finder, there in zip(ROOMS, row, strict=True) if not there}
    return [each for each in finders if each not in silent]
