"""What a parent has on one day: she is asked and reminded of all of it at once."""

from collections.abc import Sequence

from sqlalchemy import select

from bot.booking import own
from bot.booking.appointments import Talk
from bot.config import Config
from bot.store import tables as t
from bot.store.database import Tx

CANNOT = "cannot_come"  # why she is not reminded of a talk that nobody has moved yet
_f = t.followup.c


def talks(tx: Tx, config: Config, talk: Talk, contact_id: int) -> list[Talk]:
    """Her talks at this school on the day of this one, in the order of time; not those to which she cannot come."""
    zone = config.zone(talk.school)
    day = talk.starts_at.astimezone(zone).date()
    there = [each for each in own.talks(tx, contact_id) if each.state == "planned" and each.school == talk.school]
    same = {each.id: each for each in there if each.starts_at.astimezone(zone).date() == day}
    if len(same) > 1:
        scopes = {_scope(each, which): each.id for each in same.values() for which in ("dag", "straks")}
        off = _f.contact_id == contact_id, _f.scope.in_(scopes), _f.state == "dropped", _f.reason == CANNOT
        for scope in tx.execute(select(_f.scope).where(*off)).scalars():
            same.pop(scopes[scope], None)
    return [*same.values()]


def is_said(tx: Tx, same: Sequence[Talk], talk: Talk, contact_id: int, which: str) -> bool:
    """Whether the reminder of another of these talks has named this one too: the first that is due speaks for all."""
    scopes = {_scope(each, which): each for each in same}
    done = _f.contact_id == contact_id, _f.scope.in_(scopes), _f.state == "done"
    rows = tx.execute(select(_f.scope, _f.due_at, _f.expires_at).where(*done)).all()
    known = ((row.due_at, scopes[row.scope]) for row in rows if row.expires_at == scopes[row.scope].starts_at)
    first = min(((due_at, each.starts_at, each.id) for due_at, each in known), default=None)
    return first is not None and first[-1] != talk.id


def _scope(talk: Talk, which: str) -> str:
    return f"appointment:{talk.id}:{which}"
