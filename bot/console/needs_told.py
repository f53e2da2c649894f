"""What messages to many ask of a colleague: a yes, one that did not begin, who did not get it; and what is done."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select

from bot.broadcast import progress, send
from bot.broadcast.progress import Line
from bot.console import reach
from bot.console.needs import Need, to
from bot.console.told import listing, named
from bot.console.visit import Visit
from bot.store import tables as t
from bot.store.database import Tx

_LATE = timedelta(minutes=2)  # what has not begun so long after its time has not begun
_LATELY = timedelta(hours=20)
_MOST = 5
_b = t.broadcast.c


class Done(NamedTuple):
    """`Studiedag: 27 van 28 gelezen`."""

    id: int
    text: str


def undecided(visit: Visit, tx: Tx) -> Iterator[Need]:
    """What should have begun and did not, and what somebody else would like to send to the families of this school."""
    waits = _b.state.in_(("planned", "starting")) & (_b.due_at < visit.now - _LATE)
    gone = _b.state.in_(("late", "dropped")) & (_b.due_at > visit.now - _LATELY)
    asked = (_b.state == "asked") & send.of_another(visit.who.staff_id) & (_b.until_at > visit.now)
    either = or_(waits, gone, asked) if visit.who.is_office else or_(waits, gone)
    columns = select(*_b["id", "school", "staff_id", "state", "due_at", "cls"])
    rows = tx.execute(columns.where(reach.broadcasts(visit.who), either).order_by(_b.id).limit(_MOST)).all()
    names = named.authors(tx, [row.staff_id for row in rows]) if rows else {}
    titles = _titles(visit, tx, [row.id for row in rows])
    for row in sorted(rows, key=lambda row: row.state == "asked"):
        if row.state == "asked":
            text = visit.say("vandaag.gevraagd", wie=names.get(row.staff_id, ""), wat=titles[row.id])
            yield Need("gevraagd", text, to(visit, f"/berichten/{row.id}"), urgent=row.cls == "urgent", id=row.id)
        else:
            when = visit.say.moment(row.due_at, visit.now, visit.config.zone(row.school))
            text = visit.say("vandaag.niet_begonnen", moment=when, wat=titles[row.id])
            yield Need("niet_begonnen", text, to(visit, f"/berichten/{row.id}", "wat_nu"), id=row.id)


def missed(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Her own, that did not arrive everywhere."""
    failed = {line.id: many for line in _hers(visit, tx) if (many := line.counts.get("failed", 0))}
    titles = _titles(visit, tx, [*failed])
    for number, many in failed.items():
        text = visit.say("vandaag.geen_bericht", aantal=many, wat=titles[number])
        yield Need("geen_bericht", text, to(visit, f"/berichten/{number}?wie=failed", "wat_nu"), id=number)


def done(visit: Visit, tx: Tx) -> list[Done]:
    """How far her messages of the last day are."""
    lines = _hers(visit, tx)
    titles = _titles(visit, tx, [each.id for each in lines])
    return [
        Done(each.id, visit.say("vandaag.verteld", wat=titles[each.id], hoe=listing.so_far(visit, each)))
        for each in lines
    ]


def _hers(visit: Visit, tx: Tx) -> list[Line]:
    """What she sent since yesterday."""
    since = _b.started_at > visit.now - _LATELY, _b.staff_id == visit.who.staff_id
    where: ColumnElement[bool] = listing.hers(visit) & since[0] & since[1]
    look = ("told", visit.who.staff_id), [t.broadcast, t.broadcast_to, t.outbox]
    return tx.once(*look, lambda: progress.listed(tx, where, _MOST))


def _titles(visit: Visit, tx: Tx, ids: Collection[int]) -> Mapping[int, str]:
    contents = named.contents(tx, ids) if ids else {}
    return {number: named.title(visit, content) for number, content in contents.items()}
