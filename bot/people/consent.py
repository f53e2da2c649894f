"""Consent: what she said yes to, for which school, channel and purpose, when, and in which words."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bot.config import Config
from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

_OPEN = select(*t.consent.c["contact_id", "school", "channel", "purpose"]).where(
    t.consent.c.contact_id.in_(bindparam("ids", expanding=True)), t.consent.c.withdrawn_at.is_(None)
)
_COPIED = ("contact_id", "school", "channel", "purpose", "words", "inbox_id")


def give(
    tx: Tx, contact_id: int, school: str, channel: str, purposes: Iterable[str],
    words: str, inbox_id: int | None, now: datetime,
) -> None:  # fmt: skip
    """Record her yes to `words`, the text she answered; what was open already stays as it was given."""
    rows = [
        {
            "contact_id": contact_id, "school": school, "channel": channel, "purpose": purpose,
            "words": tx.seal("consent.words", words), "inbox_id": inbox_id, "given_at": now,
        }
        for purpose in purposes
    ]  # fmt: skip
    if rows:
        tx.execute(insert_new(tx, t.consent), rows)


def withdraw(
    tx: Tx, contact_id: int, by: str, now: datetime, *,
    channel: str | None = None, school: str | None = None, purpose: str | None = None,
) -> int:  # fmt: skip
    """Close all that is open, or only one channel's, school's or purpose's; `by` is stop, block or office.

    Says how many it closed.
    """
    closing = update(t.consent).where(t.consent.c.contact_id == contact_id, t.consent.c.withdrawn_at.is_(None))
    if channel is not None:
        closing = closing.where(t.consent.c.channel == channel)
    if school is not None:
        closing = closing.where(t.consent.c.school == school)
    if purpose is not None:
        closing = closing.where(t.consent.c.purpose == purpose)
    return int(tx.execute(closing.values(withdrawn_at=now, withdrawn_by=by)).rowcount)


def reopen(
    tx: Tx, contact_id: int, now: datetime, *,
    except_channel: str | None = None, except_school: str | None = None, except_purpose: str | None = None,
    unblocked: str = "", before: datetime | None = None,
) -> int:  # fmt: skip
    """Open again what her STOP closed: all of it, or what her last STOP closed but for one channel, school or purpose.

    `unblocked`: a channel that she had blocked and writes on again; what that closed is opened too. `before`: her
    START is heard of late; what she closed after she had written it stays closed.

    An exception looks at the last STOP only, so that "only this channel" does not undo an earlier choice.
    Says how many it opened.
    """
    stopped = [row for row in _closed(tx, contact_id, unblocked) if before is None or row.withdrawn_at < before]
    excepted = {except_channel, except_school, except_purpose} - {None}
    if excepted:
        last = _last(stopped)
        stopped = [row for row in last if not excepted & {row.channel, row.school, row.purpose}]
    rows = [{name: getattr(row, name) for name in _COPIED} | {"given_at": now} for row in stopped]
    if rows:
        tx.execute(insert(t.consent), rows)
    return len(rows)


def give_back(tx: Tx, contact_id: int, closed_at: datetime, now: datetime) -> int:
    """The office closed something by mistake: open again what it closed at that moment. Says how many."""
    c = t.consent.c
    theirs = c.contact_id == contact_id, c.withdrawn_by == "office", c.withdrawn_at == closed_at
    rows = [dict(row._mapping) for row in tx.execute(select(*c[_COPIED]).where(*theirs))]
    if rows:
        tx.execute(insert_new(tx, t.consent), [row | {"given_at": now} for row in rows])
    return len(rows)


def keep_closed(tx: Tx, contact_id: int, purpose: str) -> None:
    """She chose to do without this purpose: what her STOP or a block closed of it is not opened again by START."""
    hers = t.consent.c.contact_id == contact_id, t.consent.c.purpose == purpose
    closed = t.consent.c.withdrawn_by.in_(("stop", "block"))
    tx.execute(update(t.consent).where(*hers, closed).values(withdrawn_by="less"))


def closed_by_stop(tx: Tx, contact_id: int) -> set[tuple[str, str, str]]:
    """What her last STOP closed: (school, channel, purpose)."""
    return {(row.school, row.channel, row.purpose) for row in _last(_closed(tx, contact_id))}


def _closed(tx: Tx, contact_id: int, unblocked: str = "") -> list[Any]:
    """The consents whose newest state is that a STOP closed them, or a block on the channel `unblocked`."""
    newest: dict[tuple[str, str, str], Any] = {}
    for row in tx.execute(select(t.consent).where(t.consent.c.contact_id == contact_id).order_by(t.consent.c.id)):
        newest[row.school, row.channel, row.purpose] = row
    return [
        row
        for row in newest.values()
        if row.withdrawn_by == "stop" or (row.withdrawn_by == "block" and row.channel == unblocked)
    ]


def _last(stopped: list[Any]) -> list[Any]:
    last = max((row.withdrawn_at for row in stopped), default=None)
    return [row for row in stopped if row.withdrawn_at == last]


def open_for(tx: Tx, contact_ids: Iterable[int]) -> dict[int, set[tuple[str, str, str]]]:
    """What each contact has said yes to and not withdrawn: (school, channel, purpose)."""
    found: dict[int, set[tuple[str, str, str]]] = {contact: set() for contact in contact_ids}
    for some in slices(found):
        rows: Sequence[Any] = tx.execute(_OPEN, {"ids": some}).all()
        for contact_id, school, channel, purpose in rows:
            found[contact_id].add((school, channel, purpose))
    return found


def reachable(tx: Tx, config: Config, school: str, contact_ids: Iterable[int]) -> set[int]:
    """Those whom the school can write to: an address that is not shut, on a channel that is there, and her yes."""
    a, c = t.address.c, t.consent.c
    yes = (c.contact_id == a.contact_id) & (c.channel == a.channel) & c.withdrawn_at.is_(None)
    here = c.school == school, c.purpose == "school", a.blocked_at.is_(None), a.channel.in_(config.channels)
    found: set[int] = set()
    for some in slices(sorted(contact_ids)):
        rows = select(a.contact_id).join(t.consent, yes).where(*here, a.contact_id.in_(some))
        found.update(tx.execute(rows).scalars())
    return found
