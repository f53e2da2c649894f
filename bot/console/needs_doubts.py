"""Translations that sounded wrong to who read them: for the coach, and where a school has none for its office."""

from collections.abc import Iterator

from sqlalchemy import exists, func, select

from bot.console.needs import Need, to
from bot.console.visit import COACH, Visit
from bot.store import tables as t
from bot.store.database import Tx


def doubts(visit: Visit, tx: Tx) -> Iterator[Need]:
    """How many are open."""
    d, s, of = t.doubt.c, t.staff.c, t.staff_school.c
    if visit.who.role != COACH and not visit.who.is_office:
        return
    mine = [d.school.in_(visit.who.schools), d.state == "open"]
    if visit.who.role != COACH:
        here = s.role == COACH, s.left_at.is_(None)
        mine += [
            ~exists().where(*here, s.school == d.school),
            ~exists().where(*here, s.id == of.staff_id, of.school == d.school),
        ]
    many = tx.execute(select(func.count(d.translation_id.distinct())).where(*mine)).scalar_one()
    if many:
        yield Need("vertalingen", visit.say("vandaag.vertalingen", aantal=many), to(visit, "/vertalingen"))
