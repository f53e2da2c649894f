"""Good news first: for whom the next message would be the first that school sends by itself."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, literal_column, select

from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Tx

_o = t.outbox.c
_COUNTED: ColumnElement[bool] = literal_column("outbox.cls IN ('broadcast', 'plan', 'tip')")  # the words of the index


def never_told(tx: Tx, school: str, contact_ids: Collection[int]) -> set[int]:
    """Who has read nothing of this school but what belongs to enrolling, and never talked with anybody there."""
    found = set(contact_ids)
    for some in slices(sorted(contact_ids)):
        told = select(_o.contact_id).where(
            _o.contact_id.in_(some), _o.left_at.is_not(None), _COUNTED, _o.school == school
        )
        talked = select(t.thread.c.contact_id).where(t.thread.c.contact_id.in_(some), t.thread.c.school == school)
        found -= set(tx.execute(told.distinct()).scalars()) | set(tx.execute(talked.distinct()).scalars())
    return found
