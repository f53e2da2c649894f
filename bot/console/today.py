"""Today: what needs this person now, at most five things, each with the one tap that does it; then what is done."""

from collections.abc import Iterator
from datetime import datetime, time
from functools import partial
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import select

from bot import hours
from bot.console import (
    drafts,
    needs_astir,
    needs_council,
    needs_day,
    needs_doubts,
    needs_evenings,
    needs_mine,
    needs_rounds,
    needs_school,
    needs_shelf,
    needs_talks,
    needs_told,
)
from bot.console.leaving import can
from bot.console.needs import Finder
from bot.console.visit import CLASS, EVERYONE, NETWORK, TALKING, Answer, Go, Page, Visit, get, post
from bot.model import WEEKDAYS
from bot.scheduler import promises
from bot.store import tables as t
from bot.store.database import Tx

# The most pressing first.
FINDERS: tuple[Finder, ...] = (
    needs_talks.talks, needs_told.undecided, needs_talks.given_on, needs_mine.requests, needs_talks.not_arrived,
    needs_told.missed, needs_day.promises, needs_day.call_back, needs_mine.talks, needs_rounds.without_interpreter,
    needs_rounds.missed_twice, needs_day.absent, needs_rounds.going, needs_school.channels, needs_school.unreached,
    needs_council.votes, needs_council.question, needs_doubts.doubts, needs_evenings.untold, needs_shelf.wanted,
    needs_shelf.unasked,
    needs_talks.waiting_elsewhere, needs_school.forgotten, needs_school.days,
    needs_school.colleagues, needs_school.herself,
)  # fmt: skip
MOST = 5
_DEEDS, _LOOK = 8, 200
_EVENING, _AFTERNOON, _MORNING = time(18), time(12), time(6)


class Deed(NamedTuple):
    """What she did today."""

    at: datetime
    hour: str
    text: str
    many: str  # `3 keer`, "" where it was once


def show(visit: Visit, tx: Tx) -> Answer:
    """Her day; the network has a page of its own."""
    if visit.who.role == NETWORK:
        return Go("/netwerk")
    found = [need for finder in needs_astir.among(visit, tx, FINDERS) for need in finder(visit, tx)]
    shown = found if "alles" in visit.query else found[:MOST]
    values = {
        "greeting": _greeting(visit), "needs": shown, "rest": len(found) - len(shown), "deeds": [*_deeds(visit, tx)],
        "tomorrow": needs_day.tomorrow(visit, tx), "theirs": _whose_day(visit, tx), "doors": visit.who.role in CLASS,
        "sent": needs_told.done(visit, tx),
        "feasts": can.this_week(visit, tx) if visit.who.role in CLASS else [],
        "refresh": 60,
    }  # fmt: skip
    return Page("vandaag.html", values)


def kept(visit: Visit, tx: Tx) -> Answer:
    """She did what she had promised."""
    number = visit.ids["promise"]
    _settle(visit, tx, number, "kept")
    return Go("/vandaag", "klaar.beloofd", undo=f"/vandaag/beloofd/{number}/terug")


def reopened(visit: Visit, tx: Tx) -> Answer:
    """It was not done after all."""
    _settle(visit, tx, visit.ids["promise"], "open")
    return Go("/vandaag")


def _settle(visit: Visit, tx: Tx, number: int, state: str) -> None:
    school = promises.reopen(tx, number) if state == "open" else promises.settle(tx, number, state, visit.now)
    promises.lay_school(tx, visit.house.books.almanac, school, visit.now)


def put_aside(kind: str, visit: Visit, tx: Tx) -> Answer:
    """Not now: it is asked again in two weeks."""
    drafts.keep(tx, visit.who.staff_id, needs_school.PUT_ASIDE + kind, visit.local.date().isoformat(), visit.now)
    return Go("/vandaag", "klaar.later", undo=f"/vandaag/later/{kind}/terug")


def taken_up(kind: str, visit: Visit, tx: Tx) -> Answer:
    """It stands there again."""
    drafts.forget(tx, visit.who.staff_id, needs_school.PUT_ASIDE + kind)
    return Go("/vandaag")


# --- beside what asks for her
def _greeting(visit: Visit) -> str:
    """`Goedemorgen, Janneke`: without the `juf` before it."""
    wall = visit.local.time()
    part = "avond" if wall >= _EVENING or wall < _MORNING else "middag" if wall >= _AFTERNOON else "morgen"
    names = visit.who.name.split()
    called = next((name for name in names if name[:1].isupper()), visit.who.name)
    return visit.say(f"vandaag.goede{part}", naam=called)


def _deeds(visit: Visit, tx: Tx) -> Iterator[Deed]:
    """What she did today, the newest first; the same several times after one another is one line."""
    a, say = t.audit.c, visit.say
    midnight = hours.at(visit.local.date(), time.min, visit.school.zone)
    hers = select(a.what, a.at).where(a.staff_id == visit.who.staff_id, a.at >= midnight)
    rows = tx.execute(hers.order_by(a.at.desc(), a.id.desc()).limit(_LOOK)).all()
    told = [row for row in rows if visit.house.books.catalogue.has(f"console.log.{row.what}")]
    for what, same in [(what, list(same)) for what, same in groupby(told, key=lambda row: row.what)][:_DEEDS]:
        many = say("vandaag.keer", aantal=len(same)) if len(same) > 1 else ""
        yield Deed(same[0].at, say.hour(same[0].at, visit.school.zone), say(f"log.{what}"), many)


def _whose_day(visit: Visit, tx: Tx) -> str:
    """`Vandaag is het de dag van juf Petra`, where she shares a group and today is not hers."""
    if not visit.who.groups:
        return ""
    of, s = t.group_staff.c, t.staff.c
    columns = select(of.group_id, of.staff_id, of.weekdays, s.name).join(t.staff, s.id == of.staff_id)
    rows = tx.execute(columns.where(of.group_id.in_(visit.who.groups), s.left_at.is_(None)).order_by(s.id)).all()
    today = WEEKDAYS[visit.local.weekday()]
    works = {row.staff_id: row.name for row in rows if today in row.weekdays.split()}
    if visit.who.staff_id in works or not works:
        return ""
    names = " / ".join(tx.open("staff.name", name) for name in works.values())
    return visit.say("vandaag.dag_van", wie=names)


DOORS = (
    get("/vandaag", show, EVERYONE),
    post("/vandaag/beloofd/{promise}/gedaan", kept, TALKING, "belofte_gedaan"),
    post("/vandaag/beloofd/{promise}/terug", reopened, TALKING, "belofte_open"),
    *(post(f"/vandaag/later/{kind}", partial(put_aside, kind), TALKING, "") for kind in needs_school.ASIDE),
    *(post(f"/vandaag/later/{kind}/terug", partial(taken_up, kind), TALKING, "") for kind in needs_school.ASIDE),
)
