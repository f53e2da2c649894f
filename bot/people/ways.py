"""The channels of a parent, as the school helps her with them: another order, one that is not hers any more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select, update

from bot.people import consent, contacts
from bot.store import tables as t
from bot.store.database import Tx


class Taken(NamedTuple):
    """What must be known to give a channel back."""

    address_id: int
    linked_at: datetime
    position: int
    at: datetime


def reorder(tx: Tx, contact_id: int, address_id: int, *, up: bool) -> bool:
    """One place up or down in the order in which her channels are tried; False where it is not hers or at the end."""
    rows = _hers(tx, contact_id)
    at = next((place for place, row in enumerate(rows) if row.id == address_id), None)
    to = None if at is None else at - 1 if up else at + 1
    if at is None or to is None or not 0 <= to < len(rows):
        return False
    order = [row.id for row in rows]
    order[at], order[to] = order[to], order[at]
    a = t.address.c
    for place, number in enumerate(order):
        tx.execute(update(t.address).where(a.id == number).values(position=place))
    behind = a.contact_id == contact_id, a.alias_of.is_not(None)
    tx.execute(update(t.address).where(*behind).values(position=len(order)))
    return True


def take_away(tx: Tx, contact_id: int, address_id: int, now: datetime) -> Taken | None:
    """This phone is not hers any more: whoever writes from it is a stranger. None where it is not hers."""
    tx.execute(select(t.contact.c.id).where(t.contact.c.id == contact_id).with_for_update(key_share=True))
    rows = _hers(tx, contact_id)
    row = next((each for each in rows if each.id == address_id), None)
    if row is None:
        return None
    language = contacts.languages(tx, [contact_id])[contact_id]
    stranger = contacts.new_contacts(tx, [language], now)[0]
    a, i = t.address.c, t.inbox.c
    both = select(a.id).where(a.contact_id == contact_id, or_(a.id == address_id, a.alias_of == address_id))
    ids = list(tx.execute(both).scalars())
    unread = i.contact_id == contact_id, i.address_id.in_(ids), i.state == "waiting"
    tx.execute(update(t.inbox).where(*unread).values(contact_id=stranger))
    tx.execute(update(t.address).where(a.id.in_(ids)).values(contact_id=stranger, linked_at=None))
    h = t.handout.c  # what was opened for her on that phone is not for whoever has it now
    tx.execute(update(t.handout).where(h.contact_id == contact_id, h.expires_at > now).values(expires_at=now))
    if not any(each.channel == row.channel for each in rows if each.id != address_id):
        consent.withdraw(tx, contact_id, "office", now, channel=row.channel)
    return Taken(address_id, row.linked_at, row.position, now)


def give_back(tx: Tx, contact_id: int, taken: Taken, now: datetime) -> bool:
    """It was a mistake: the channel is hers again, as it was. False where it is somebody's already."""
    a = t.address.c
    free = a.id == taken.address_id, a.linked_at.is_(None), a.contact_id != contact_id
    if tx.execute(select(a.id).where(*free)).first() is None:
        return False
    contacts.link(tx, taken.address_id, contact_id, now)
    as_it_was = {"linked_at": taken.linked_at, "position": taken.position}
    tx.execute(update(t.address).where(a.id == taken.address_id).values(as_it_was))
    consent.give_back(tx, contact_id, taken.at, now)
    return True


def _hers(tx: Tx, contact_id: int) -> Sequence[Any]:
    """Her channels in order; another name of the same phone goes with it."""
    a = t.address.c
    linked = a.contact_id == contact_id, a.linked_at.is_not(None), a.alias_of.is_(None)
    columns = a["id", "channel", "linked_at", "position"]
    return tx.execute(select(*columns).where(*linked).order_by(a.position, a.id)).all()
