"""The addresses of a contact, and whether a message may go there: consent is asked again at the last moment."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, select

from bot.config import Config
from bot.model import Address, Limits
from bot.people import consent
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.tables import address

REPLY_WINDOW = timedelta(hours=24)  # a reply to her own message needs no consent so long
_THESE = address.c.contact_id.in_(bindparam("ids", expanding=True))
_OF_PEOPLE = select(address).where(_THESE).order_by(address.c.position, address.c.id)


@dataclass(frozen=True, slots=True)
class Addressee:
    """One address of a contact, with what may be written there: {(school, channel, purpose)}."""

    id: int
    channel: str
    sealed: bytes
    heard_at: datetime | None
    blocked: bool
    consents: Collection[tuple[str, str, str]]

    def open(self, tx: Tx) -> Address:
        return Address(self.channel, tx.open("address.sealed", self.sealed))

    def window_closed(self, window: timedelta | None, now: datetime) -> bool:
        return window is not None and (self.heard_at is None or now - self.heard_at >= window)

    def limits_now(self, limits: Limits, now: datetime) -> Limits:
        """Outside the window an approved template goes: shorter, and without a list."""
        if not self.window_closed(limits.window, now):
            return limits
        return replace(limits, text=limits.interactive_text, rows=0)


def load_addressees(tx: Tx, contact_ids: Collection[int]) -> dict[int, list[Addressee]]:
    """The addresses of contacts, in the order in which they are tried."""
    consents = consent.open_for(tx, sorted(contact_ids))
    found: dict[int, list[Addressee]] = {contact_id: [] for contact_id in contact_ids}
    for row in tx.execute(_OF_PEOPLE, {"ids": sorted(contact_ids)}):
        allowed = consents.get(row.contact_id, set())
        found[row.contact_id].append(
            Addressee(row.id, row.channel, row.sealed, row.heard_at, row.blocked_at is not None, allowed)
        )
    return found


def may_write(tx: Tx, row: Row[Any], to: Addressee, config: Config, now: datetime) -> bool:
    """Whether her consent, her own words of today, or her duty allow this row to go there."""
    if (row.school, to.channel, row.purpose) in to.consents:
        return True
    if row.cls not in ("reply", "urgent") or row.broadcast_id:  # what all are told is no word to her alone
        return False
    if to.heard_at is not None and now - to.heard_at < REPLY_WINDOW:
        return not (row.thread_id and is_stopped(tx, row.thread_id))
    on_duty = config.schools[row.school].duty_addresses if row.school in config.schools else ()
    return row.cls == "urgent" and to.open(tx) in on_duty


def is_stopped(tx: Tx, thread_id: int) -> bool:
    """Whether she sent STOP after her last words in this thread, and has not opened its school again."""
    c, m = t.consent.c, t.thread_message.c
    last = select(func.max(m.at)).where(m.thread_id == thread_id, m.side == "parent").scalar_subquery()
    hers = c.contact_id == t.thread.c.contact_id
    stopped = exists().where(hers, c.withdrawn_by == "stop", c.withdrawn_at > last)
    open_again = exists().where(hers, c.school == t.thread.c.school, c.purpose == "school", c.withdrawn_at.is_(None))
    return tx.execute(select(t.thread.c.id).where(t.thread.c.id == thread_id, stopped, ~open_again)).first() is not None
