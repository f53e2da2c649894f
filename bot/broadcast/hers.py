"""Whether families are still hers to write to: for an office all of its school, else those of her groups this year."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from bot.broadcast.audience import Audience, is_narrow
from bot.config import Config
from bot.people import staff
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx

_OFFICES = (staff.OFFICE, staff.HEAD)


def may_tell(tx: Tx, config: Config, staff_id: int, audience: Audience, now: datetime) -> bool:
    """Whether she works there, and everybody it is meant for is hers today."""
    her = staff.by_id(tx, staff_id)
    if her is None or her.role in _OFFICES:
        return her is not None and her.school == audience.school
    whom = _whom(tx, audience)
    wider = whom.all or whom.levels or whom.tags  # she had another role then
    groups = _groups(tx, config, staff_id, audience.school, now)
    return not wider and set(whom.groups) <= groups and _are_in(tx, whom.children, groups)


def _are_in(tx: Tx, children: Collection[int], groups: Collection[int]) -> bool:
    """Whether each of these children is in one of these groups."""
    m = t.membership.c
    found = tx.execute(select(m.child_id).where(m.child_id.in_([*children]), m.group_id.in_([*groups]))).scalars()
    return set(children) <= set(found) if children else True


def _whom(tx: Tx, audience: Audience) -> Audience:
    """Where it is for who did not answer a question, and nothing else is chosen: for whom that was."""
    if audience.unanswered is None or audience.all or is_narrow(audience):
        return audience
    b = t.broadcast.c
    row = tx.execute(select(b.school, b.audience).where(b.id == audience.unanswered)).first()
    return _whom(tx, Audience(row.school, *row.audience)) if row else audience


def _groups(tx: Tx, config: Config, staff_id: int, school: str, now: datetime) -> set[int]:
    year = school_year(now.astimezone(config.zone(school)).date())
    g, of = t.group.c, t.group_staff.c
    hers = select(g.id).join(t.group_staff, of.group_id == g.id)
    return set(tx.execute(hers.where(of.staff_id == staff_id, g.school == school, g.year == year)).scalars())
