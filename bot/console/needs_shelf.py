"""What partners' offers ask: who wants to be called, who does not any more, and whose owner should be asked again."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, exists

from bot.console.needs import Need, to
from bot.console.shelf.named import parents, today
from bot.console.shelf.referred import LIST
from bot.console.visit import COACH, Visit
from bot.offers import referrals, seen, shelf
from bot.offers.referrals import BACK, PASSED
from bot.store import tables as t
from bot.store.database import Tx

_MOST = 3


def wanted(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Each parent with what she wants: for the coach, and where a school has none for its office."""
    if visit.who.role != COACH and not visit.who.is_office:
        return
    mine = () if visit.who.role == COACH else (_without_coach(),)
    todo = referrals.going(tx, visit.who.schools, t.referral.c.state != PASSED, *mine)
    for each in todo[:_MOST]:
        parent = parents(visit, tx, each.school, [each.contact_id])[each.contact_id]
        item = visit.house.books.shelf.get(each.offer)
        key = "toch_niet" if each.state == BACK else "nog_eens" if each.answer == "nee" else "wil"
        text = visit.say(f"vandaag.aanbod_{key}", ouder=parent.name, aanbod=item.name if item else each.offer)
        yield Need("aanbod", text, to(visit, f"{LIST}/{each.id}"), id=each.id)
    if more := len(todo[_MOST:]):
        yield Need("aanbod_meer", visit.say("vandaag.aanbod_meer", aantal=more), to(visit, LIST))


def unasked(visit: Visit, tx: Tx) -> Iterator[Need]:
    """Offers of which nobody knows whether they still hold: for the office."""
    if not visit.who.is_office:
        return
    school = visit.who.school
    offered = visit.house.books.shelf
    found = shelf.unasked(offered, school, seen.of(tx, school), today(visit, school)) if offered.items else []
    if found:
        names = ", ".join(each.name for each in found[:_MOST]) + (" ..." if found[_MOST:] else "")
        yield Need("aanbod_klopt", visit.say("vandaag.aanbod_klopt", aantal=len(found)), to(visit, "/aanbod"), names)


def _without_coach() -> ColumnElement[bool]:
    """Referrals of schools that have no coach."""
    s, of, here = t.staff.c, t.staff_school.c, t.referral.c.school
    coach: Any = s.role == COACH, s.left_at.is_(None)
    lent = exists().where(*coach, s.id == of.staff_id, of.school == here)
    return ~exists().where(*coach, s.school == here) & ~lent
