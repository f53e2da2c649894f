"""Who waits for a place: what comes free goes to the first in the line for whom it is enough, for some hours."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, literal_column, select, update

from bot import hours as wall
from bot.config import Config
from bot.gatherings import gatherings, guests, told
from bot.gatherings.gatherings import Gathering
from bot.gatherings.guests import ASKED, LISTED, OFFERED
from bot.inbox.put import put
from bot.people import barred, consent
from bot.store import tables as t
from bot.store.database import Tx

HOLD = timedelta(hours=4)  # in which nobody sleeps: so long a place is hers, then it is the next one's
FEW = 40  # offers that lapse in one write
_v = t.visitor.c
_HELD: ColumnElement[bool] = literal_column("visitor.state = 'offered'")  # the words of the index
_LAPSES = select(func.min(_v.hold_until)).where(_HELD)


def pass_on(tx: Tx, config: Config, gathering_id: int, now: datetime) -> int:
    """What is free is offered to who waited longest; to how many families."""
    here = guests.lock(tx, gathering_id)
    if here is None or not here.takes(now):
        return 0
    left, done = guests.free(tx, here), 0
    line = select(_v.contact_id, _v.people).where(_v.gathering_id == gathering_id, _v.state == LISTED)
    for row in tx.execute(line.order_by(_v.listed_at, _v.id)).all():
        if left is not None and left < 1:
            break
        if (left is None or row.people <= left) and _may_hear(tx, here, row.contact_id, now):
            _offer(tx, config, here, row.contact_id, now)
            left = None if left is None else left - row.people
            done += 1
    return done


def lapse(tx: Tx, config: Config, now: datetime) -> int:
    """Places that nobody took in time go on to the next; how many lapsed. Her late yes is a yes while there is room."""
    over = select(_v.id, _v.gathering_id).where(_HELD, _v.hold_until <= now).order_by(_v.hold_until).limit(FEW)
    rows = tx.execute(over).all()
    for gathering_id in sorted({row.gathering_id for row in rows}):
        guests.lock(tx, gathering_id)
        ids = [row.id for row in rows if row.gathering_id == gathering_id]
        still = _v.id.in_(ids), _v.state == OFFERED, _v.hold_until <= now
        tx.execute(update(t.visitor).where(*still).values(state=ASKED, hold_until=None, listed_at=None, changed_at=now))
        pass_on(tx, config, gathering_id, now)
    return len(rows)


def next_lapse(tx: Tx) -> datetime | None:
    """When the next place lapses."""
    found: datetime | None = tx.execute(_LAPSES).scalar()
    return found


def freed(tx: Tx, config: Config, contact_ids: "list[int]", now: datetime) -> None:
    """These people go (erased, or STOP): what they had is for who waits. To be called before their rows go."""
    for contact_id in contact_ids:
        for guest in guests.hers(tx, contact_id, now):
            gathering = gatherings.get(tx, guest.gathering_id)
            if gathering and guests.leave(tx, gathering, contact_id, guests.NO, now):
                pass_on(tx, config, gathering.id, now)


def _may_hear(tx: Tx, gathering: Gathering, contact_id: int, now: datetime) -> bool:
    given = {purpose for at, _, purpose in consent.open_for(tx, [contact_id])[contact_id] if at == gathering.school}
    return "school" in given and not barred.is_shut(tx, contact_id, gathering.school, None, now)


def _offer(tx: Tx, config: Config, gathering: Gathering, contact_id: int, now: datetime) -> None:
    until = min(_hold_until(config, gathering.school, now), gathering.closes_at)
    hers = _v.gathering_id == gathering.id, _v.contact_id == contact_id
    tx.execute(update(t.visitor).where(*hers).values(state=OFFERED, hold_until=until, changed_at=now))
    put(tx, [told.place(gathering, contact_id, until)], now)


def _hold_until(config: Config, school: str, now: datetime) -> datetime:
    """After so many hours that are not quiet."""
    zone, quiet = config.zone(school), config.quiet(school)
    left, moment = HOLD, now
    while True:
        moment = wall.next_loud(moment, zone, quiet)
        night = wall.next_quiet(moment, zone, quiet)
        if moment + left <= night:
            return moment + left
        left -= night - moment
        moment = night
