"""With whom the children of a group talk: who teaches it, and has hours in the round."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select, update

from bot.booking.plan import teacher
from bot.store import tables as t
from bot.store.database import Tx

_h = t.talk_hours.c


def teachers(tx: Tx, group_ids: Iterable[int]) -> dict[int, list[int]]:
    """Who teaches each of these groups: teachers first, substitutes last, then who is there on more days."""
    of, s = t.group_staff.c, t.staff.c
    rows = select(of.id, of.group_id, of.staff_id, of.weekdays, of.substitute, s.role).join(
        t.staff, s.id == of.staff_id
    )
    there = tx.execute(rows.where(of.group_id.in_([*group_ids]), s.left_at.is_(None))).all()
    found: dict[int, list[int]] = {}
    for row in sorted(there, key=_comes_first):
        found.setdefault(row.group_id, []).append(row.staff_id)
    return found


def staff_of(tx: Tx, round_id: int) -> dict[int, int | None]:
    """With whom the children of each group of a round talk: who has hours in it."""
    having = set(tx.execute(select(_h.staff_id).where(_h.round_id == round_id)).scalars())
    of = t.round_group.c
    ids = tx.execute(select(of.group_id).where(of.round_id == round_id).order_by(of.group_id)).scalars()
    return {group: teacher(those, having) for group, those in teachers(tx, ids).items()}


def assign(tx: Tx, round_id: int) -> None:
    """Whose teacher has no hours in the round, and who has no talk yet, comes to who shares the group and has."""
    with_whom = staff_of(tx, round_id)
    v, m = t.invitee.c, t.membership.c
    having = select(_h.staff_id).where(_h.round_id == round_id)
    astray = (
        v.round_id == round_id,
        v.state.not_in(("booked", "shut")),
        v.staff_id.is_(None) | v.staff_id.not_in(having),
    )
    for group, other in with_whom.items():
        if other:
            of_group = v.child_id.in_(select(m.child_id).where(m.group_id == group))
            tx.execute(update(t.invitee).where(*astray, of_group).values(staff_id=other))


def _comes_first(row: Row[Any]) -> tuple[Any, ...]:
    return row.role != "leerkracht", row.substitute, -len(row.weekdays.split()), row.id
