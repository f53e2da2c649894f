"""What her own talks ask of a colleague today: those that come, those that somebody asked for, those left open."""

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Any

from bot import hours
from bot.console.mine import asked, day, named
from bot.console.mine.named import Line
from bot.console.needs import Need, Tap, to
from bot.console.visit import Visit
from bot.store.database import Tx

_SHOWN = 2  # by name; more are a number


def requests(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Somebody wants to talk with her."""
    found = asked.waiting(visit, tx)
    if len(found) > _SHOWN:
        text, where = visit.say("vandaag.wil_gesprek.meer", aantal=len(found)), "/mijn#vragen"
        yield Need("wil_gesprek", text, to(visit, where), found[0].since)
        return
    for each in found:
        whom = visit.say("vandaag.ouder_van", ouder=each.parent, kind=each.child) if each.child else each.parent
        tap = to(visit, f"{asked.HERE}/{each.id}", "noem_uren")
        yield Need("wil_gesprek", visit.say("vandaag.wil_gesprek", wie=whom), tap, each.since, id=each.id)


def talks(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Her talks of today that are still to come; and those that are over, of which nobody has said how they went."""
    rows = day.planned(visit, tx)
    coming = [row for row in rows if not day.is_over(visit, row)]
    over = [row for row in rows if day.is_over(visit, row)]
    if coming:  # those of today are asked about when her last one is over
        midnight = hours.at(visit.local.date(), time.min, visit.school.zone)
        over = [row for row in over if row.starts_at < midnight]
    yield from _coming(visit, tx, coming)
    yield from _over(visit, tx, over)


def _coming(visit: Visit, tx: Tx, rows: Sequence[Any]) -> Iterator[Need]:
    for line in named.lines(visit, tx, rows[:_SHOWN]):
        text = visit.say("vandaag.gesprek", uur=line.hour, wie=_who(visit, line))
        more = ", ".join(filter(None, (line.place, *line.notes)))
        yield Need("gesprek", text, to(visit, f"/mijn/{line.id}"), more, id=line.id)
    if rows[_SHOWN:]:
        text = visit.say("vandaag.gesprek.meer", aantal=len(rows) - _SHOWN)
        yield Need("gesprekken", text, to(visit, f"/mijn?dag={visit.local.date().isoformat()}"))


def _over(visit: Visit, tx: Tx, rows: Sequence[Any]) -> Iterator[Need]:
    if len(rows) > _SHOWN:
        text = visit.say("vandaag.geweest.meer", aantal=len(rows))
        yield Need("geweest", text, to(visit, "/mijn#open"))
        return
    for line in named.lines(visit, tx, rows, days=True):
        text = visit.say("vandaag.geweest", wie=_who(visit, line))
        yes = Tap(visit.say("vandaag.tik.geweest"), f"/mijn/{line.id}/geweest", sends=True)
        no = Tap(visit.say("vandaag.tik.anders"), f"/mijn/{line.id}")
        yield Need("geweest", text, (yes, no), f"{line.day} {line.hour}", id=line.id)


def _who(visit: Visit, line: Line) -> str:
    return visit.say("vandaag.ouder_van", ouder=line.parents, kind=line.child) if line.child else line.parents
