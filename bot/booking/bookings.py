"""A parent books in a round: talks that are kept for her, that she confirms, or that go back to the others in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, exists, literal_column, select, text, update

from bot import hours as wall
from bot.booking import appointments, before, cells, diary, households, invited, own, said
from bot.booking.appointments import Talk
from bot.booking.invited import BOOKED, OFFERED, SHUT, Invited
from bot.booking.rounds import Round
from bot.booking.slots import Slot
from bot.booking.wanted import Placed, Proposal
from bot.config import Config
from bot.errors import Taken
from bot.store import tables as t
from bot.store.database import Tx
from bot.store.upsert import insert_new

HOLD = 14.0  # so many hours in which she may be woken: until the same time tomorrow
LAPSED, LET_GO = "lapsed", "let_go"  # nobody answered in time; she wanted another, or the other parent was first
_EVEN = 300  # seconds: until when, is a time that can be said
_a = t.appointment.c
_other = t.appointment.alias("other")
_STANDS = text("other.state IN ('offered', 'planned')")  # in the words of the index
_IS_OFFER = _a.state == literal_column("'offered'")  # in the words of the index
_AGREED = (  # made once: to put it together costs more than to run it
    update(t.appointment)
    .where(_a.id == bindparam("it"), _a.state == bindparam("was"))
    .where(~exists().where(_other.c.once == bindparam("only"), _other.c.id != _a.id, _STANDS))
    .values(state="planned", once=bindparam("only"), hold_until=None, changed_at=bindparam("now"))
)


def hold_until(config: Config, school: str, now: datetime, hours: float = HOLD) -> datetime:
    """Until when something is kept for her: after so many hours that are not quiet, on an even five minutes."""
    zone, quiet = config.zone(school), config.quiet(school)
    left, moment = timedelta(hours=hours), now
    while True:
        moment = wall.next_loud(moment, zone, quiet)
        night = wall.next_quiet(moment, zone, quiet)
        if moment + left <= night:
            return _even(moment + left)
        left -= night - moment
        moment = night


def offer(
    tx: Tx,
    config: Config,
    round_: Round,
    invited_: Sequence[Invited],
    proposal: Proposal,
    until: datetime,
    now: datetime,
) -> bool:
    """Keep these talks for her; what was kept for her in this round goes back first. False, with nothing changed,
    where one of them is somebody else's."""
    hers = {each.child_id: each for each in invited_ if each.child_id in proposal and each.state != SHUT}
    firsts = [placed.slot.starts_at for placed in proposal.values()]
    if not hers or len(hers) < len(proposal) or not round_.takes(now) or min(firsts) <= now:
        return False
    until = min(until, round_.closes_at, *firsts)
    for _ in range(2):
        try:
            with tx.connection.begin_nested():
                _keep(tx, round_, hers, proposal, until, now)
            return True
        except Taken:
            if not lapse(tx, now):  # what is over stands in nobody's way, also before the next tick
                return False
    return False


def offered(tx: Tx, round_id: int, contact_id: int) -> list[Talk]:
    """What is kept for her in this round, in the order of time."""
    return own.of_round(tx, round_id, contact_id, OFFERED)


def confirm(tx: Tx, config: Config, round_: Round, contact_id: int, now: datetime) -> list[Talk]:
    """What is kept for her is agreed; also what was kept until just now, where it is still free. [] where it is gone:
    then nothing has changed."""
    if not round_.takes(now):
        return []
    try:
        with tx.connection.begin_nested():
            talks, hers = _agree(tx, config, round_, contact_id, now)
    except Taken:
        return []
    for talk in talks:
        said.lay(tx, config, talk, now)
        begun(tx, config, round_, hers[talk.child_id or 0], talk, now)
    return talks


def begun(tx: Tx, config: Config, round_: Round, whose: Invited, talk: Talk, now: datetime) -> None:
    """What comes of it that a talk was agreed, also by hand: she is asked what she wants to say, and the other parent
    comes along or reads of it."""
    if round_.prepares:
        before.lay(tx, config, talk, now)
    if whose.shared:
        households.share(tx, talk, whose.how, now)


def see(tx: Tx, talk_id: int, placed: Placed) -> None:
    """A talk was put there by hand, or moved there: by video it is seen where those hours have it."""
    link = _links(tx, {0: placed}).get(placed.slot.hours_id)
    tx.execute(update(t.appointment).where(_a.id == talk_id).values(link=link))


def release(tx: Tx, contact_id: int, round_id: int, now: datetime) -> None:
    """She does not want what is kept for her."""
    cells.let_go(tx, [talk.id for talk in offered(tx, round_id, contact_id)], LET_GO, now)


def lapse(tx: Tx, now: datetime, most: int = 200) -> int:
    """Offers that nobody answered in time are over; how many."""
    over = select(_a.id).where(_IS_OFFER, _a.hold_until <= now).order_by(_a.hold_until, _a.id).limit(most)
    ids = tx.execute(over.with_for_update(skip_locked=True)).scalars().all()
    cells.let_go(tx, ids, LAPSED, now)
    return len(ids)


def refused(tx: Tx, round_id: int, contact_id: int) -> list[Proposal]:
    """What she was offered in this round and did not take: not to be offered to her again."""
    found = own.of_round(tx, round_id, contact_id, LAPSED, LET_GO)
    return [{each.child_id or 0: _placed(each)} for each in sorted(found, key=lambda each: each.id)]


# --- all of it or nothing
def _keep(tx: Tx, round_: Round, hers: dict[int, Invited], proposal: Proposal, until: datetime, now: datetime) -> None:
    contact_id = next(iter(hers.values())).contact_id
    cells.let_go(tx, [talk.id for talk in offered(tx, round_.id, contact_id)], LET_GO, now)
    rows = _rows(tx, round_, contact_id, proposal)
    times = [
        cells.Time(0, row["starts_at"], row["minutes"], contact_id, row["staff_id"], row["interpreter_id"])
        for row in rows
    ]
    cells.alone(tx, *(row["once"] for row in rows), *cells.names(times))
    alike = {"state": OFFERED, "made_at": now, "changed_at": now, "hold_until": until}
    made = tx.execute(_made(insert_new(tx, t.appointment)), [row | alike for row in rows])
    ids = {row.child_id: row.id for row in made}
    if len(ids) < len(rows):
        raise Taken("there is a talk about this child in this round already")
    numbered = zip(times, rows, strict=True)
    cells.take(tx, [time._replace(appointment_id=ids[row["child_id"]]) for time, row in numbered])
    invited.change(tx, [each.id for each in hers.values()], now, state=OFFERED, listed_at=None)


@cache
def _made(new: Any) -> Any:
    return new.returning(_a.id, _a.child_id)


def _rows(tx: Tx, round_: Round, contact_id: int, proposal: Proposal) -> list[dict[str, Any]]:
    links = _links(tx, proposal)
    return [
        {
            "contact_id": contact_id, "school": round_.school, "round_id": round_.id, "child_id": child,
            "staff_id": slot.staff_id, "starts_at": slot.starts_at, "minutes": slot.minutes,
            "once": f"{round_.id}:{child}:{contact_id}", "mode": slot.mode, "place": slot.place,
            "link": links.get(slot.hours_id), "interpreter_id": who or None,
        }
        for child, (slot, who) in sorted(proposal.items())
    ]  # fmt: skip


def _agree(
    tx: Tx, config: Config, round_: Round, contact_id: int, now: datetime
) -> tuple[list[Talk], dict[int, Invited]]:
    hers = {each.child_id: each for each in invited.of(tx, round_.id, contact_id) if each.state not in (SHUT, BOOKED)}
    found = [each for each in _last(tx, round_.id, contact_id) if each.child_id in hers and each.starts_at > now]
    if not found:
        return [], hers
    names = {
        each.id: appointments.once(round_.id, each.child_id or 0, contact_id, hers[each.child_id or 0].how)
        for each in found
    }
    had = {f"{round_.id}:{each.child_id}:{contact_id}" for each in found}
    cells.alone(tx, *({*names.values()} - had))
    for each in found:
        still = {"it": each.id, "was": each.state, "only": names[each.id], "now": now}
        if tx.execute(_AGREED, still).rowcount == 0:
            raise Taken("that was changed by somebody else just now, or there is a talk about this child already")
    over = [each for each in found if each.state == LAPSED]
    if not all(diary.has_hours(tx, config, round_, _placed(each).slot) for each in over):
        raise Taken("those hours were withdrawn meanwhile")
    cells.give(tx, [each.time for each in over])
    invited.change(tx, [hers[each.child_id or 0].id for each in found], now, state=BOOKED, listed_at=None)
    return [each._replace(state="planned", hold_until=None) for each in found], hers


def _last(tx: Tx, round_id: int, contact_id: int) -> list[Talk]:
    """What was kept for her last, and is still, or was until just now."""
    kept = own.of_round(tx, round_id, contact_id, OFFERED, LAPSED, LET_GO)
    last = max((each.made_at for each in kept if each.made_at), default=None)
    return [each for each in kept if each.made_at == last and each.state != LET_GO]


def _links(tx: Tx, proposal: Proposal) -> dict[int, bytes]:
    """Where one meets by video, by the hours that it belongs to."""
    h = t.talk_hours.c
    ids = {placed.slot.hours_id for placed in proposal.values() if placed.slot.mode == "video"}
    if not ids:
        return {}
    rows = tx.execute(select(h.id, h.link).where(h.id.in_(ids), h.link.is_not(None)))
    return {row.id: tx.seal("appointment.link", tx.open("talk_hours.link", row.link)) for row in rows}


def _placed(talk: Talk) -> Placed:
    return Placed(Slot(talk.staff_id or 0, talk.starts_at, talk.minutes, talk.mode, talk.place))


def _even(moment: datetime) -> datetime:
    return moment + timedelta(seconds=-moment.timestamp() % _EVEN)
