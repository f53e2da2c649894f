"""What rounds of talks ask: how many families chose, who wants to be called, where an interpreter is missing; and for
the coach who was missed twice."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time

from sqlalchemy import literal_column, select

from bot import hours
from bot.booking import appointments, instead, rounds
from bot.booking.appointments import Missed
from bot.booking.rounds import Round
from bot.console import reach
from bot.console.needs import Need, to
from bot.console.rounds import named, opened, standing
from bot.console.rounds.standing import Child
from bot.console.visit import CLASS, COACH, IB, Visit
from bot.people import families
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx

_MOST = 3


def going(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Rounds in which parents choose now, as far as they are hers; nothing once all have chosen."""
    if visit.who.role not in CLASS:
        return
    open_now = [each for each in rounds.listed(tx, visit.who.school) if each.takes(visit.now)]
    for each in [each for each in open_now if reach.may_see(tx, visit.who, "round", each.id)][:_MOST]:
        count = standing.count(_without_talks(tx, each, standing.children(tx, visit.who, each)))
        if count.families == count.chosen:
            continue
        closes = named.moment(visit, each.closes_at)
        text = visit.say("vandaag.ronde", naam=each.name, stand=opened.counted(visit, count))
        more = visit.say("vandaag.ronde.sluit", moment=closes)
        yield Need("ronde", text, to(visit, f"/afspraken/{each.id}"), more, id=each.id)


def _without_talks(tx: Tx, round_: Round, found: Sequence[Child]) -> list[Child]:
    """Who wants to be called and has said so in a talk that is open stands there on this page, and not here too."""
    th = t.thread.c
    here = select(th.contact_id, th.child_id).where(th.school == round_.school, th.state == literal_column("'open'"))
    talks = {tuple(row) for row in tx.execute(here)}
    there = [
        {(one.contact_id, each.id) in talks for one in each.parents if one.section == standing.CALL} for each in found
    ]
    return [
        each._replace(section=standing.NOTHING) if stands == {True} else each
        for each, stands in zip(found, there, strict=True)
    ]


def missed_twice(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Whom school has missed twice this year: for the coach, who may have another way; no blame."""
    if visit.who.role not in (COACH, IB):
        return
    for each in appointments.missed_twice(tx, visit.who.schools, _year_began(visit))[:_MOST]:
        known = reach.may_see(tx, visit.who, "contact", each.contact_id)
        where = to(visit, f"/gezinnen/{each.contact_id}") if known else ()
        who = _parent(visit, tx, each) if known else visit.say("vandaag.gemist.ouder", wie=_teacher(tx, each))
        text = visit.say("vandaag.gemist", wie=who, keer=each.times)
        yield Need("gemist", text, where, visit.say("vandaag.gemist.meer"), id=each.contact_id)


def without_interpreter(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Talks whose interpreter has stopped, where nobody else was free: somebody has to be found, or another moment."""
    if not (visit.who.is_office and rounds.every(tx, visit.who.school)):  # only their talks have interpreters
        return
    if found := instead.needed(tx, visit.who.school, visit.now):
        shown = [f"{named.moment(visit, each.talk.starts_at)} {visit.say.named(each.language)}" for each in found]
        more = ", ".join(shown[:_MOST]) + (" ..." if shown[_MOST:] else "")
        text = visit.say("vandaag.zonder_tolk", aantal=len(found))
        yield Need("zonder_tolk", text, to(visit, "/afspraken/tolken"), more)


def _parent(visit: Visit, tx: Tx, each: Missed) -> str:
    parent = families.of_contacts(tx, each.school, [each.contact_id]).get(each.contact_id, "")
    child = families.of_children(tx, [each.child_id]).get(each.child_id, "") if each.child_id else ""
    return visit.say("vandaag.ouder_van", ouder=parent, kind=first_name(child)) if child else parent


def _teacher(tx: Tx, each: Missed) -> str:
    """With whom it was, the last time: whoever does not know the family can ask there who it is."""
    a = t.appointment.c
    last = select(a.staff_id).where(a.contact_id == each.contact_id, a.state == "missed", a.school == each.school)
    number = tx.execute(last.order_by(a.starts_at.desc()).limit(1)).scalar()
    return named.staff(tx, [number]).get(number, "") if number else ""


def _year_began(visit: Visit) -> datetime:
    today = visit.local.date()
    first = today.replace(year=today.year - (today.month < 8), month=8, day=1)
    return hours.at(first, time.min, visit.school.zone)
