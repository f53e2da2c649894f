"""A family whose last child has left a school: what ends with it, whenever one looks and as often as one looks."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, and_, or_, select, update

from bot.store import tables as t
from bot.store.database import Tx


class Ending(NamedTuple):
    """What ends with the school for a family whose last child has left it: rows, and what they become."""

    table: Table
    which: ColumnElement[bool]
    values: dict[str, Any]


def endings(now: datetime) -> Iterator[Ending]:
    """Everything that is open and should not be, whenever one looks. A sibling who stays keeps all but what is about
    the child that left."""
    c, f, r, o = t.consent.c, t.followup.c, t.run.c, t.outbox.c
    her_yes = c.withdrawn_at.is_(None), _gone(c.contact_id, c.school, now), ~_colleague(c.contact_id, c.school)
    yield Ending(t.consent, and_(*her_yes), {"withdrawn_at": now, "withdrawn_by": "left"})
    about = select(t.child.c.id).where(t.child.c.left_at <= now)
    over = {"due_at": None, "rev": f.rev + 1}
    hers = or_(_gone(f.contact_id, f.school, now), f.child_id.in_(about))
    yield Ending(
        t.followup, and_(f.state == "waiting", f.kind != "digest", hers), {"state": "done", "reason": "left"} | over
    )
    theirs = or_(_gone(r.contact_id, r.school, now), r.child_id.in_(about))
    ended = {"state": "ended", "result": "left", "due_at": None, "changed_at": now, "rev": r.rev + 1}
    yield Ending(t.run, and_(r.state != "ended", r.rank != "safety", theirs), ended)
    bulk = o.status == "queued", o.cls.not_in(("urgent", "reply"))
    cancelled = {"status": "cancelled", "reason": "left", "settled_at": now}
    yield Ending(t.outbox, and_(*bulk, _gone(o.contact_id, o.school, now)), cancelled)


def end_ties(tx: Tx, now: datetime) -> None:
    """End at once what ends for those who have left already."""
    for each in endings(now):
        tx.execute(update(each.table).where(each.which).values(each.values))


def _gone(contact: ColumnElement[int], school: ColumnElement[str], now: datetime) -> ColumnElement[bool]:
    """Whether she had children at this school, and none of them is there any more."""
    g, c = t.guardian.alias(), t.child.alias()
    hers = select(g.c.id).join(c, c.c.id == g.c.child_id).where(g.c.contact_id == contact, g.c.school == school)
    stays = or_(c.c.left_at.is_(None), c.c.left_at > now)
    return and_(hers.where(~stays).exists(), ~hers.where(stays).exists())


def _colleague(contact: ColumnElement[int], school: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether she works there: then what she said yes to goes on."""
    s = t.staff.alias()
    works = select(s.c.id).where(s.c.contact_id == contact, s.c.school == school, s.c.left_at.is_(None))
    return works.exists()
