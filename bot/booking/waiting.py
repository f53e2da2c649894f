"""Who waits for a place in a round: what comes free goes to the first whose wish it fits, one after the other."""

from collections.abc import Collection, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, literal_column, select, update

from bot.booking import bookings, cells, invited, proposals, rounds
from bot.booking.invited import ASKED, LISTED, Invited
from bot.booking.rounds import Round
from bot.booking.slots import Slot
from bot.booking.wanted import Wish
from bot.config import Config
from bot.inbox.put import Note, put
from bot.model import WEEKDAYS, Value
from bot.store import tables as t
from bot.store.database import Tx

FLOW = "plek_vrij"
LIST_HOLD = 4.0  # so many hours in which she may be woken it is hers, then it is the next one's
FEW = 3  # families that are looked at in one write
_MANY = 8  # children that a family may have in a round
_i, _r = t.invitee.c, t.talk_round.c
_LISTED: ColumnElement[bool] = literal_column("invitee.state = 'list'")  # the words of the index


def join(tx: Tx, invited_ids: Collection[int], now: datetime) -> None:
    """She waits for a place; whoever waits already keeps hers in the line."""
    closes = select(_r.closes_at).where(_r.id == _i.round_id).scalar_subquery()  # nothing is to be asked until then
    those = _i.id.in_(invited_ids), _i.state != LISTED
    values = {"state": LISTED, "listed_at": now, "asks_at": closes, "changed_at": now}
    tx.execute(update(t.invitee).where(*those).values(values))


def leave(tx: Tx, invited_ids: Collection[int], now: datetime) -> None:
    """She does not wait any more."""
    those = _i.id.in_(invited_ids), _i.state == LISTED
    tx.execute(update(t.invitee).where(*those).values(state=ASKED, listed_at=None, changed_at=now))


def freed(tx: Tx, config: Config, round_id: int, staff_id: int | None, now: datetime) -> int:
    """Something came free with this colleague: to how many it is offered now."""
    cells.call_up(tx, round_id, staff_id, now)
    return pass_on(tx, config, now)


def pass_on(tx: Tx, config: Config, now: datetime, most: int = FEW) -> int:
    """What came free is offered to who waited longest; up to `most` families are looked at. How many were offered one.

    Everything that gives time back calls up who waits for it (cells.call_up); here their turn comes.
    """
    done = 0
    for round_id, hers in _called_up(tx, now, most):
        round_ = rounds.get(tx, round_id)
        if round_ is None:
            continue
        if _offer(tx, config, round_, hers, now):
            done += 1
        else:
            ids = [each.id for each in hers]
            tx.execute(update(t.invitee).where(_i.id.in_(ids), _i.state == LISTED).values(asks_at=round_.closes_at))
    return done


def _called_up(tx: Tx, now: datetime, most: int) -> Iterator[tuple[int, list[Invited]]]:
    """Families whose turn it is, in the order of the line; none with whom the desk is busy just now."""
    going = _r.state == "open", _r.closes_at > now
    turn = select(_i.round_id, _i.contact_id).join(t.talk_round).where(_LISTED, _i.asks_at <= now, *going)
    found = tx.execute(turn.order_by(_i.listed_at, _i.id).limit(most * _MANY)).all()
    rows = [*dict.fromkeys(found)][:most]  # not by the database: SQLite would walk through all who are invited
    ids = {row.contact_id for row in rows}
    lock = select(t.contact.c.id).where(t.contact.c.id.in_(ids)).order_by(t.contact.c.id)
    free = set(tx.execute(lock.with_for_update(skip_locked=True, key_share=True)).scalars())
    for row in rows:
        if row.contact_id in free:
            hers = [each for each in invited.of(tx, row.round_id, row.contact_id) if each.state == LISTED]
            if hers:
                yield row.round_id, hers


def _offer(tx: Tx, config: Config, round_: Round, hers: list[Invited], now: datetime) -> bool:
    who, wish = hers[0].contact_id, hers[0].wish
    before = bookings.refused(tx, round_.id, who)
    found = proposals.best(tx, config, round_, hers, now, wish=wish, besides=before)
    zone = config.zone(round_.school)
    refused = {(placed.slot.staff_id, placed.slot.starts_at) for each in before for placed in each.values()}
    for proposal in found:
        slots = [placed.slot for placed in proposal.values()]
        if not slots or any((slot.staff_id, slot.starts_at) in refused or not fits(wish, slot, zone) for slot in slots):
            continue
        until = bookings.hold_until(config, round_.school, now, LIST_HOLD)
        if bookings.offer(tx, config, round_, hers, proposal, until, now):
            _tell(tx, round_, who, now)
            return True
    return False


def fits(wish: Wish, slot: Slot, zone: ZoneInfo) -> bool:
    """Whether this slot is as she wished."""
    begins, ends = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    days = wish.weekdays or wish.days
    if days and WEEKDAYS[begins.weekday()] not in wish.weekdays and begins.date() not in wish.days:
        return False
    return not (wish.after and begins.time() < wish.after) and not (wish.before and ends.time() > wish.before)


def _tell(tx: Tx, round_: Round, contact_id: int, now: datetime) -> None:
    first = bookings.offered(tx, round_.id, contact_id)[0]
    scope = f"round:{round_.id}:plek"
    payload = {
        "flow": FLOW, "school": round_.school, "child": None,
        "fields": {"ronde": list(Value("number", str(round_.id)))},
        "scope": scope, "until": (first.hold_until or first.starts_at).isoformat(),
    }  # fmt: skip
    put(tx, [Note(contact_id, "start", f"{scope}:{contact_id}:{first.id}", payload)], now)
