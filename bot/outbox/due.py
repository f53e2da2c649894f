"""Which messages may be looked at now: the most pressing first, each school in its turn, each person's in order."""

from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Row,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
    update,
)

from bot.config import Config
from bot.outbox import limits
from bot.outbox.limits import Rates
from bot.outbox.queue import BULK
from bot.store.database import Tx
from bot.store.tables import Moment, contact, limiter, outbox

SCHOOLS = 5  # that have their turn in one claim: each costs a statement
SORTED = 50  # rows of a claim that are new and not pressing: most only find their lane
# These words stand in the statements themselves, or neither database would use the indexes that are made for them;
# and SQLite would plan a statement anew each time that a word is given which an index may be about.
QUEUED: ColumnElement[str] = literal_column("'queued'")
SENDING: ColumnElement[str] = literal_column("'sending'")
_earlier = outbox.alias("earlier")
_on_its_way = _earlier.c.status.in_([QUEUED, SENDING])
# What was put off because its sender was out of reach, or for its translation, keeps its place; what waits for the
# morning, for her or for her week does not.
_before_it = (
    ((_earlier.c.address_id == outbox.c.address_id) | (_earlier.c.reason == "translating"))
    & (_earlier.c.cls == outbox.c.cls)
    & func.coalesce(_earlier.c.reason, "").not_in(("quiet_hours", "knocked", "portfolio", "budget", "apart", "paused"))
)
_hers_before = and_(_earlier.c.contact_id == outbox.c.contact_id, _earlier.c.id < outbox.c.id)
_in_lane_before = and_(_earlier.c.lane != "", _earlier.c.rank <= outbox.c.rank)
# The place that is left in her week is not for a tip that was written earlier than what the school has to say.
# And an answer to her does not wait for what all are told.
_for_her_alone = _earlier.c.broadcast_id.is_(None)
_ranks_with_it = or_(_earlier.c.rank <= outbox.c.rank, and_(outbox.c.rank <= BULK, _for_her_alone))
_keeps_it = or_(
    _earlier.c.status == SENDING,
    and_(_earlier.c.lane == "", (_earlier.c.due_at <= bindparam("now")) | _before_it, _ranks_with_it),
    and_(_in_lane_before, _earlier.c.lane == outbox.c.lane),
)
# In a lane the expiry moves along with the time that the sender spent on others.
_spent = select(limiter.c.next_at).where(limiter.c.name == "spent:" + outbox.c.lane).scalar_subquery()
_moved = func.coalesce(type_coerce(_spent, BigInteger) - type_coerce(outbox.c.lane_at, BigInteger), 0)
_expiry = type_coerce(type_coerce(outbox.c.expires_at, BigInteger) + _moved, Moment).label("expires_at")
_DUE = (
    select(
        *(column for column in outbox.c if column.name != "expires_at"), _expiry,
        *contact.c["language", "rest_from", "rest_until"],
        and_(
            outbox.c.lane == "", exists().where(_hers_before, _on_its_way, _in_lane_before)
        ).label("behind"),  # one of hers waits in a lane already
    )
    .join(contact, contact.c.id == outbox.c.contact_id)
    .where(outbox.c.status == QUEUED, outbox.c.lane == bindparam("lane"), outbox.c.due_at <= bindparam("now"))
    .where(
        (outbox.c.cls == "urgent")  # nobody in danger waits until a doubt about another message is settled
        | ~exists().where(_hers_before, _on_its_way, _keeps_it)
    )
    .limit(bindparam("most"))
    .with_for_update(of=outbox, skip_locked=True)
)  # fmt: skip
_PRESSING = _DUE.where(outbox.c.rank < BULK).order_by(outbox.c.rank, outbox.c.due_at, outbox.c.id)
_OF_A_SCHOOL = _DUE.where(outbox.c.rank == bindparam("rank"), outbox.c.school == bindparam("school")).order_by(
    outbox.c.due_at, outbox.c.id
)
# Each school that has something to send, found by going from one to the next in the index, not by counting rows.
_SCHOOLS = text(f"""
    WITH RECURSIVE head(id) AS (
        SELECT (SELECT id FROM outbox WHERE status = 'queued' AND school IS NOT NULL
                ORDER BY school, lane, rank, due_at LIMIT 1)
        UNION ALL
        SELECT (SELECT id FROM outbox WHERE status = 'queued' AND (school, lane, rank) > (o.school, o.lane, o.rank)
                ORDER BY school, lane, rank, due_at LIMIT 1)
        FROM head JOIN outbox o ON o.id = head.id
    )
    SELECT o.school, o.lane, o.rank FROM head JOIN outbox o ON o.id = head.id
    WHERE o.rank >= {BULK} AND o.due_at <= :now
""").bindparams(bindparam("now", type_=Moment))  # noqa: S608 - a number of ours

_EVER = datetime.min.replace(tzinfo=UTC)
# One look into the index per rank.
_NEXT_OF_RANKS = select(
    *(
        select(func.min(outbox.c.due_at))
        .where(outbox.c.status == QUEUED, outbox.c.lane == "", outbox.c.rank == rank)
        .where(outbox.c.due_at > bindparam("after"))
        .scalar_subquery()
        .label(f"rank{rank}")
        for rank in range(BULK + 4)
    )
)


def due(tx: Tx, now: datetime, rates: Rates, most: int) -> list[Row[Any]]:
    """Up to `most` rows whose time has come, locked, each with its reader's language.

    What waits in the lane of a busy sender is left there: of each lane only as many as may leave now.
    """
    channels = rates.config.channels
    room = {"": most} | {channel: rates.room(channel, bulk=False) for channel in channels}
    rows: list[Row[Any]] = []
    used = tx.execute(_lanes(tuple(sorted(channels, reverse=True))), {"now": now}).one()
    lanes = [lane for lane, waits in used._mapping.items() if waits]
    for lane in [*lanes, ""]:  # what has waited in a lane was there before what is new
        _fetch(tx, _PRESSING, {"now": now, "lane": lane}, room, most, rows)
    rows.sort(key=lambda row: (row.rank, row.lane == "", row.due_at, row.id))
    room = {"": min(room[""], SORTED)} | {each: min(room[each], rates.room(each, bulk=True)) for each in channels}
    heads = [each for each in tx.execute(_SCHOOLS, {"now": now}) if room.get(each.lane)] if len(rows) < most else []
    for rank, lane in sorted({(each.rank, each.lane) for each in heads}, key=lambda each: (each[0], each[1] == "")):
        everyone = sorted(each.school for each in heads if (each.rank, each.lane) == (rank, lane))
        # Whose turn it is: lots are drawn anew every time.
        schools = Random(f"{now} {rank} {lane}").sample(everyone, min(SCHOOLS, len(everyone)))  # noqa: S311
        more = False
        for place, school in enumerate(schools):
            share = -(-room[lane] // (len(schools) - place))
            given = {"now": now, "lane": lane, "rank": rank, "school": school}
            more |= _fetch(tx, _OF_A_SCHOOL, given, room, min(most, len(rows) + share), rows)
        if more or len(schools) < len(everyone):  # what matters less waits until these are gone
            room[lane] = 0
    return rows


@cache
def _lanes(channels: tuple[str, ...]) -> Executable:
    """Whether anything pressing waits in the lane of each: mostly not, and then nobody need look closely."""
    waits = outbox.c.status == QUEUED, outbox.c.rank < BULK, outbox.c.due_at <= bindparam("now")
    return select(*(exists().where(*waits, outbox.c.lane == channel).label(channel) for channel in channels))


def _fetch(
    tx: Tx, statement: Any, given: dict[str, Any], room: dict[str, int], upto: int, rows: list[Row[Any]]
) -> bool:
    """Add rows until there are `upto`, or the lane has no more room; whether there may be more."""
    lane = given["lane"]
    most = min(room[lane], upto - len(rows))
    if most <= 0:
        return True
    found = tx.execute(statement, {**given, "most": most}).all()
    room[lane] -= len(found)
    rows += found
    return len(found) == most


def next_moment(tx: Tx, config: Config, after: datetime | None = None) -> datetime | None:
    """When the next queued message may leave, later than `after`: its time has come, or its sender is free."""
    found = tx.execute(_NEXT_OF_RANKS, {"after": after or _EVER}).one()
    free_at = limits.next_free(tx, config, after)
    return min([moment for moment in (*found, free_at) if moment is not None], default=None)


def leave_lanes(tx: Tx, config: Config) -> None:
    """What waits for a channel that is gone looks for another way."""
    gone = outbox.c.status == QUEUED, outbox.c.lane.not_in(["", *config.channels])
    tx.execute(update(outbox).where(*gone).values(lane="", lane_at=None))
