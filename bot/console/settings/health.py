"""Whether the channels work, seen from the rows: what leaves, comes in, waits and failed; only counts, no numbers."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, literal_column, select

from bot.channels import real
from bot.channels.phone import LIMITS
from bot.console.settings.languages import spoken
from bot.console.visit import Visit
from bot.model import CODES
from bot.outbox import limits
from bot.reports import doctor, status
from bot.reports.finding import OK, Result, look
from bot.store import tables as t
from bot.store.database import Tx

RECENT = 2_000  # the newest messages, of which each channel's last one is looked up
_DAY = timedelta(days=1)
_REFUSED = ("rejected", "refused", "paused", "disabled")


class Failed(NamedTuple):
    """So many messages failed for one reason: a word of CODES, or `anders`."""

    reason: str
    many: int


class Health(NamedTuple):
    """How a channel is. `rests_until`: nothing leaves before; `refused`: templates that may not leave."""

    name: str
    rests_until: datetime | None
    sent_at: datetime | None
    heard_at: datetime | None
    waiting: int
    failed: Sequence[Failed]
    approved: int
    pending: int
    refused: int

    @property
    def well(self) -> bool:
        """Whether nothing asks for a person: a `config` or `filtered` message does."""
        loud = any(each.reason in ("config", "filtered") for each in self.failed)
        return self.rests_until is None and not self.refused and not loud


def channels(visit: Visit, tx: Tx) -> list[Health]:
    """Each channel that is on, for the schools of who asks."""
    held = limits.held(tx, visit.config, visit.now)
    sent, heard = _sent(tx), _heard(tx)
    waiting, failed = _waiting(visit, tx), _failed(visit, tx)
    found = []
    for name in visit.config.channels:
        states: Mapping[str, int] = status.channel(tx, visit.config, name, visit.now)["templates"]
        refused = sum(states.get(each, 0) for each in _REFUSED)
        until = held.get(name)
        found.append(Health(
            name, until if until and until > visit.now else None, sent.get(name), heard.get(name),
            waiting.get(name, 0), failed.get(name, ()), states.get("approved", 0), states.get("pending", 0), refused,
        ))  # fmt: skip
    return found


def later(visit: Visit, tx: Tx) -> int:
    """How many messages of her schools wait for a later hour: it is quiet, or a week is full."""
    o = t.outbox.c
    mine = o.school.in_(visit.who.schools), o.status == literal_column("'queued'"), o.lane == ""
    return int(tx.execute(select(func.count()).select_from(t.outbox).where(*mine)).scalar_one())


def _sent(tx: Tx) -> dict[str, datetime]:
    """When each channel was last used, as far as that is among the newest messages."""
    o, a = t.outbox.c, t.address.c
    newest = select(o.address_id, o.left_at).order_by(o.id.desc()).limit(RECENT).subquery()
    last = select(a.channel, func.max(newest.c.left_at).label("at")).join(newest, newest.c.address_id == a.id)
    rows = tx.execute(last.where(newest.c.left_at.is_not(None)).group_by(a.channel))
    return {row.channel: row.at for row in rows}


def _heard(tx: Tx) -> dict[str, datetime]:
    a = t.address.c
    last = select(a.channel, func.max(a.heard_at).label("at")).where(a.heard_at.is_not(None))
    return {row.channel: row.at for row in tx.execute(last.group_by(a.channel))}


def _waiting(visit: Visit, tx: Tx) -> dict[str, int]:
    """What waits for the turn of a busy sender."""
    o = t.outbox.c
    mine = o.school.in_(visit.who.schools), o.status == literal_column("'queued'"), o.lane != ""
    rows = select(o.lane, func.count().label("many")).where(*mine).group_by(o.lane)
    return {row.lane: row.many for row in tx.execute(rows)}


def _failed(visit: Visit, tx: Tx) -> dict[str, list[Failed]]:
    """What did not arrive in the last day, by the first word of its reason."""
    o, a = t.outbox.c, t.address.c
    late = o.status == literal_column("'failed'"), o.settled_at > visit.now - _DAY
    rows = (
        select(a.channel, o.reason, func.count().label("many"))
        .join(t.address, a.id == o.address_id)
        .where(*late, o.school.in_(visit.who.schools))
        .group_by(a.channel, o.reason)
    )
    counted: dict[str, dict[str, int]] = {}
    for row in tx.execute(rows):
        word = (row.reason or "").partition(" ")[0]
        mine = counted.setdefault(row.channel, {})
        key = word if word in CODES else "anders"
        mine[key] = mine.get(key, 0) + row.many
    return {
        name: sorted((Failed(*each) for each in mine.items()), key=lambda each: -each.many)
        for name, mine in counted.items()
    }  # fmt: skip


def findings(visit: Visit, tx: Tx) -> list[Result]:
    """What the doctor finds without asking anybody outside, where it is not well."""
    config, books = visit.config, visit.house.books
    needed = {name: books.templates for name in real.names(config) if LIMITS[name].window is not None}
    found = [
        *doctor.settled(config), *doctor.kept(tx, config, visit.now, os.environ), *doctor.approved(tx, config, needed),
        *_languages(visit, tx),
    ]  # fmt: skip
    return [each for each in found if each.kind != OK]


def _languages(visit: Visit, tx: Tx) -> Iterator[Result]:
    """Whether parents of her school speak what is not offered."""
    unspoken = spoken(tx, (visit.who.school,)).keys() - {*visit.config.languages.offered}
    if unspoken and visit.who.is_office:
        yield look(
            "languages", f"parents speak what is not offered: {', '.join(sorted(unspoken))}", "[languages] offered"
        )
