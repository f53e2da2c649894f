"""Who is reached at a school, and who is not: why, and since when. Never how often anybody answers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, select

from bot.people.contacts import slices
from bot.store import tables as t
from bot.store.database import Tx

READS, FAILS, NEW, HALFWAY = "bereikt", "mislukt", "nieuw", "halverwege"
STOPPED, BLOCKED, OFF = "stop", "geblokkeerd", "uit"
# What a colleague did about it, as the audit has it.
CALLED, FINE, AGAIN = "gezin_gebeld", "gezin_komt_goed", "gezin_toch_niet"
HIDDEN = timedelta(days=14)  # so long it is left alone after that
_ARRIVED, _FAILED = ("sent", "delivered", "read"), ("failed",)


class Way(NamedTuple):
    """One channel of hers."""

    id: int
    channel: str
    linked_at: datetime
    heard_at: datetime | None
    blocked_at: datetime | None
    open: bool  # whether she wants messages of this school there


class Reach(NamedTuple):
    """How far a guardian is reached. `since`: of what is wrong; `code_until`: of the letter that lies at home."""

    state: str
    ways: tuple[Way, ...] = ()
    since: datetime | None = None
    code_until: datetime | None = None

    @property
    def reads(self) -> bool:
        """Whether the school can write to her, however it went the last time."""
        return self.state in (READS, FAILS)


def of(tx: Tx, school: str, contact_ids: Iterable[int]) -> dict[int, Reach]:
    """How far each of these guardians is reached by this school."""
    ids = sorted(set(contact_ids))
    ways, said, codes = _ways(tx, ids), _said(tx, school, ids), _codes(tx, school, ids)
    found = {each: _reach(ways.get(each, ()), said.get(each, ()), codes.get(each)) for each in ids}
    for contact_id, since in _failing(tx, school, [each for each in ids if found[each].reads]).items():
        found[contact_id] = found[contact_id]._replace(state=FAILS, since=since)
    return found


def left_alone(tx: Tx, school: str, now: datetime) -> set[int]:
    """Whom a colleague has called, or knows to be fine: for two weeks nobody else is asked to look."""
    a = t.audit.c
    here = select(a.id).where(a.school == school)
    before = tx.execute(here.where(a.at <= now - HIDDEN).order_by(a.id.desc()).limit(1)).scalar() or 0
    done = a.school == school, a.id > before, a.kind == "contact", a.what.in_((CALLED, FINE, AGAIN))
    newest = {row.target: row.what for row in tx.execute(select(a.target, a.what).where(*done).order_by(a.id))}
    return {contact_id for contact_id, what in newest.items() if what != AGAIN}


def _reach(ways: Sequence[Any], said: Sequence[Any], code_until: datetime | None) -> Reach:
    """From her addresses, in order, and the newest word about each channel."""
    wanted = {row.channel for row in said if row.withdrawn_at is None}
    hers = tuple(
        Way(row.id, row.channel, row.linked_at, row.heard_at, row.blocked_at, row.channel in wanted) for row in ways
    )
    if not hers:
        return Reach(NEW, code_until=code_until)
    if any(way.open and way.blocked_at is None for way in hers):
        return Reach(READS, hers, code_until=code_until)
    closed = max((row for row in said if row.withdrawn_at), key=lambda row: row.withdrawn_at, default=None)
    shut = [way.blocked_at for way in hers if way.blocked_at]
    if len(shut) == len(hers):
        return Reach(BLOCKED, hers, max(shut), code_until)
    if closed is None:
        return Reach(HALFWAY, hers, max(way.linked_at for way in hers), code_until)
    why = {"stop": STOPPED, "block": BLOCKED}.get(closed.withdrawn_by, OFF)
    return Reach(why, hers, closed.withdrawn_at, code_until)


def _ways(tx: Tx, ids: Sequence[int]) -> Mapping[int, Sequence[Any]]:
    """The addresses that a code vouched for; another name of the same phone is not another channel."""
    a = t.address.c
    columns = a["contact_id", "id", "channel", "linked_at", "heard_at", "blocked_at"]
    return _by_contact(tx, ids, lambda some: (
        select(*columns).where(a.contact_id.in_(some), a.linked_at.is_not(None), a.alias_of.is_(None))
        .order_by(a.position, a.id)
    ))  # fmt: skip


def _said(tx: Tx, school: str, ids: Sequence[int]) -> Mapping[int, Sequence[Any]]:
    """Her newest word about messages of this school on each channel."""
    c = t.consent.c
    newest = (
        select(func.max(c.id).label("id"))
        .where(c.contact_id.in_(bindparam("ids", expanding=True)), c.school == school, c.purpose == "school")
        .group_by(c.contact_id, c.channel)
    )
    columns = select(*c["contact_id", "channel", "withdrawn_at", "withdrawn_by"]).where(c.id.in_(newest))
    return _by_contact(tx, ids, lambda some: columns.params(ids=some))


def _codes(tx: Tx, school: str, ids: Sequence[int]) -> dict[int, datetime]:
    """Until when the code on her letter works, or worked."""
    c, found = t.code.c, {}
    for some in slices(ids):
        hers = c.contact_id.in_(some), c.school == school, c.purpose == "letter", c.used_at.is_(None)
        for row in tx.execute(
            select(c.contact_id, func.max(c.expires_at).label("until")).where(*hers).group_by(c.contact_id)
        ):
            found[row.contact_id] = row.until
    return found


def _failing(tx: Tx, school: str, ids: Sequence[int]) -> dict[int, datetime]:
    """Since when nothing arrives, of those whose last message did not."""
    o = t.outbox.c
    told = o.contact_id == t.contact.c.id, o.school == school, o.status.in_((*_ARRIVED, *_FAILED))
    last = select(o.status).where(*told).order_by(o.id.desc()).limit(1).correlate(t.contact).scalar_subquery()
    failed: list[int] = []
    for some in slices(ids):
        rows = tx.execute(select(t.contact.c.id, last.label("last")).where(t.contact.c.id.in_(some)))
        failed += [row.id for row in rows if row.last in _FAILED]
    mine = and_(o.contact_id.in_(failed), o.school == school)
    good = select(o.contact_id, func.max(o.id).label("id")).where(mine, o.status.in_(_ARRIVED)).group_by(o.contact_id)
    after = {row.contact_id: row.id for row in tx.execute(good)} if failed else {}
    since: dict[int, datetime] = {}
    bad = select(o.id, o.contact_id, o.settled_at, o.queued_at).where(mine, o.status.in_(_FAILED)).order_by(o.id)
    for row in tx.execute(bad) if failed else ():
        if row.id > after.get(row.contact_id, 0):
            since.setdefault(row.contact_id, row.settled_at or row.queued_at)
    return since


def _by_contact(tx: Tx, ids: Sequence[int], statement: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for some in slices(ids):
        for row in tx.execute(statement(some)):
            found.setdefault(row.contact_id, []).append(row)
    return found
