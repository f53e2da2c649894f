"""Forgetting somebody because she asks: begun at once, then room by room in small transactions until nothing is left.

It stops anywhere and goes on where it stopped: every step looks for what is there still. What goes wrong is noted down
with a code and tried again; nobody is told that it is done before it is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Integer, Row, bindparam, exists, func, literal_column, select, update

from bot.config import Config
from bot.errors import BotError, place
from bot.gatherings import waiting
from bot.outbox import queue
from bot.people import consent
from bot.privacy import rooms, written
from bot.privacy.rooms import ROOMS
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.upsert import insert_new

log = structlog.get_logger()
GRACE = timedelta(minutes=1)  # for her last message, and what the provider says of it
PATIENCE = timedelta(minutes=10)  # so long what is under way to her is waited for
AGAIN = timedelta(minutes=15)  # after something went wrong
FORGOTTEN = "forgotten"  # why a row ended
_GOING: Any = literal_column("erasure.state IN ('asked', 'going', 'partly')")  # the words of the index
_e = t.erasure.c
_DUE = (
    select(_e.id)
    .where(_GOING, _e.try_at <= bindparam("now"))
    .order_by(_e.try_at, _e.id)
    .limit(bindparam("most", type_=Integer))
)
_OF_SCHOOLS = t.guardian, t.thread, t.consent, t.known, t.referral  # also where no child of hers is


class Erasure(NamedTuple):
    """Somebody who is being forgotten, or was."""

    id: int
    contact_id: int
    school: str | None
    asked: str  # parent staff command restored
    state: str  # asked going partly done
    step: str
    went: Mapping[str, int]  # rows by room
    left: Mapping[str, Mapping[str, int]]  # channel -> there gone kept
    asked_at: datetime
    try_at: datetime | None
    done_at: datetime | None
    reason: str | None


def hindrance(tx: Tx, config: Config, contact_id: int, schools: Sequence[str] | None = None) -> str:
    """Why a person has to look at it first, "" for nothing: `work` (she works at school), `duty` (she is called in
    need), `bar` (a contact bar would go with her), `elsewhere` (she has to do with schools beside these)."""
    s, g, a = t.staff.c, t.guardian.c, t.address.c
    if _is(tx, s.contact_id == contact_id, s.left_at.is_(None)):
        return "work"
    on_duty = {tx.find(str(each)) for school in config.schools.values() for each in school.duty_addresses}
    if _is(tx, a.contact_id == contact_id, a.find.in_(sorted(on_duty))):
        return "duty"
    if _is(tx, g.contact_id == contact_id, g.barred_at.is_not(None)):
        return "bar"
    if schools is not None:
        there = [(each.c.contact_id == contact_id, each.c.school.not_in(schools)) for each in _OF_SCHOOLS]
        return "elsewhere" if any(_is(tx, *each) for each in there) else ""
    return ""


def _is(tx: Tx, *which: Any) -> bool:
    return bool(tx.execute(select(exists().where(*which))).scalar())


def begin(
    tx: Tx, config: Config, contact_id: int, asked: str, now: datetime, *,
    school: str | None = None, staff_id: int | None = None, why: str = "",
) -> int:  # fmt: skip
    """From now on nothing reaches her but the answer that she waits for; the rest follows in a minute. The number of
    the erasure, the same for the second time. `asked`: parent (the desk ends her conversations) staff command restored.

    Raises BotError where she works at school or is on duty, or is not there.
    """
    lock = select(t.contact.c.created_at).where(t.contact.c.id == contact_id).with_for_update(key_share=True)
    person = tx.execute(lock).first()
    if person is None:
        raise BotError("there is nobody of that number")
    why_not = hindrance(tx, config, contact_id) if asked != "restored" else ""  # she was forgotten already
    if why_not in ("work", "duty"):
        raise BotError(f"she is not only a parent here ({why_not}): unlink her phone first")
    row = {
        "contact_id": contact_id, "school": school or rooms.school_of(tx, contact_id), "asked": asked,
        "staff_id": staff_id, "why": why, "state": "asked", "step": "", "asked_at": now, "try_at": now + GRACE,
        "left": {"partners": rooms.partners(tx, contact_id), "since": written.number(person.created_at)},
    }  # fmt: skip
    if asked in ("command", "restored"):  # she does not talk with us right now
        row["try_at"] = now
    tx.execute(insert_new(tx, t.erasure), row)
    waiting.freed(tx, config, [contact_id], now)
    _hush(tx, contact_id, now, talking=asked == "parent")
    return int(tx.execute(select(_e.id).where(_e.contact_id == contact_id)).scalar_one())


def _hush(tx: Tx, contact_id: int, now: datetime, *, talking: bool) -> None:
    """Nothing is sent to her any more but the answer that is on its way."""
    consent.withdraw(tx, contact_id, "office", now)  # what her START would not open again
    queue.cancel(tx, contact_id, FORGOTTEN, now)
    f, r = t.followup.c, t.run.c
    over = {"state": "done", "reason": FORGOTTEN, "due_at": None, "rev": f.rev + 1}
    tx.execute(update(t.followup).where(f.contact_id == contact_id, f.state == "waiting").values(over))
    if not talking:
        ended = {"state": "ended", "result": FORGOTTEN, "due_at": None, "changed_at": now, "rev": r.rev + 1}
        tx.execute(update(t.run).where(r.contact_id == contact_id, r.state != "ended").values(ended))


# --- the work
async def go_on(database: Database, home: Path, now: datetime, most: int = 20) -> int:
    """Go on with those whose time has come; says how many are done. One that fails holds up no other."""
    return sum([
        await finish(database, home, number, now) for number in await database.fetch(lambda tx: due(tx, now, most))
    ])  # fmt: skip


def due(tx: Tx, now: datetime, most: int) -> list[int]:
    """Those that go on now, by their numbers."""
    return list(tx.execute(_DUE, {"now": now, "most": most}).scalars())


async def finish(database: Database, home: Path, number: int, now: datetime) -> bool:
    """All the steps that are left of one; False where it has to wait or went wrong, which is noted down."""
    try:
        await asyncio.to_thread(written.down, home, database, number)
        while await database.write(lambda tx: step(tx, number, now)):
            pass
    except Exception as error:  # a loop: noted where people see it, and tried again
        name = type(error).__name__
        log.error("erasure_failed", erasure=number, error=name, at=place(error))
        await database.write(lambda tx: _fail(tx, number, name, now))
    return bool(await database.fetch(lambda tx: _is(tx, _e.id == number, _e.state == "done")))


def _fail(tx: Tx, number: int, reason: str, now: datetime) -> None:
    put_off = {"state": "partly", "reason": reason[:40], "try_at": now + AGAIN}
    tx.execute(update(t.erasure).where(_e.id == number, _e.state != "done").values(put_off))


def step(tx: Tx, number: int, now: datetime) -> bool:
    """One slice of it; False where there is nothing more to do now."""
    row = tx.execute(select(t.erasure).where(_e.id == number).with_for_update()).first()
    if row is None or row.state == "done":
        return False
    if wait := _under_way(tx, row, now):
        tx.execute(update(t.erasure).where(_e.id == number).values(reason=wait, try_at=now + GRACE))
        return False
    names = [room.name for room in ROOMS]
    at = names.index(row.step) if row.step in names else 0
    room = ROOMS[at]
    many = room.work(tx, rooms.Whose(number, row.contact_id, row.asked_at, now))
    left = dict(row.left or {})
    went = dict(left.get("went", {}))
    went[room.name] = went.get(room.name, 0) + many
    values: dict[str, Any] = {"state": "going", "step": room.name, "left": {**left, "went": went}, "reason": None}
    if not many:
        values["step"] = names[at + 1] if at + 1 < len(names) else room.name
        if at + 1 == len(names):
            values |= _end(tx, row.contact_id, now)
    tx.execute(update(t.erasure).where(_e.id == number).values(values))
    return bool(values["state"] != "done")


def _end(tx: Tx, contact_id: int, now: datetime) -> dict[str, Any]:
    """Done, unless something came in meanwhile: then it begins anew."""
    if rooms.is_anything_left(tx, contact_id):
        return {"step": ROOMS[0].name}
    rooms.nobody_there(tx, contact_id)
    return {"state": "done", "done_at": now, "try_at": None}


def _under_way(tx: Tx, row: Row[Any], now: datetime) -> str:
    """What has to be over first: a message on its way to her, one of hers that nobody read, a call for help."""
    al, th, o, i = t.alarm.c, t.thread.c, t.outbox.c, t.inbox.c
    called = select(al.id).join(t.thread, th.id == al.thread_id).where(th.contact_id == row.contact_id)
    if tx.execute(called.where(al.state == "open", th.state == "open").limit(1)).first():
        return "alarm"
    if tx.execute(select(o.id).where(o.contact_id == row.contact_id, o.status == "sending").limit(1)).first():
        return "sending"
    if row.step or now - row.asked_at >= PATIENCE:
        return ""
    waits = o.contact_id == row.contact_id, o.status == "queued"
    unread = i.contact_id == row.contact_id, i.state == "waiting", i.channel != "bot"
    return "sending" if _is(tx, *waits) or _is(tx, *unread) else ""


# --- looking
def listed(tx: Tx, schools: Sequence[str] | None = None, most: int = 100) -> list[Erasure]:
    """Everybody who was or is being forgotten, newest first."""
    rows = select(t.erasure).order_by(_e.id.desc()).limit(most)
    rows = rows if schools is None else rows.where(_e.school.in_(schools))
    return [_erasure(tx, row) for row in tx.execute(rows).all()]


def one(tx: Tx, number: int) -> Erasure:
    """The erasure of this number. Raises BotError."""
    row = tx.execute(select(t.erasure).where(_e.id == number)).first()
    if row is None:
        raise BotError(f"there is no erasure {number}")
    return _erasure(tx, row)


def _erasure(tx: Tx, row: Row[Any]) -> Erasure:
    le = t.leftover.c
    counted = select(le.channel, le.state, func.count().label("many")).where(le.erasure_id == row.id)
    left: dict[str, dict[str, int]] = {}
    for each in tx.execute(counted.group_by(le.channel, le.state).order_by(le.channel, le.state)):
        left.setdefault(each.channel, {})[each.state] = each.many
    if partners := (row.left or {}).get("partners"):  # told by a person at school, who has to tell them this too
        left["partner"] = {"kept": partners}
    went = {name: many for name, many in (row.left or {}).get("went", {}).items() if many}
    return Erasure(
        row.id, row.contact_id, row.school, row.asked, row.state, row.step, went, left, row.asked_at, row.try_at,
        row.done_at, row.reason,
    )  # fmt: skip


def counts(tx: Tx) -> dict[str, int]:
    """How many are in which state, and how many messages providers still hold: for `ouderbrug status`."""
    found = {row.state: row.many for row in tx.execute(select(_e.state, func.count().label("many")).group_by(_e.state))}
    there = select(func.count()).where(t.leftover.c.state == "there")
    held = int(tx.execute(there).scalar_one())
    return found | ({"held_by_providers": held} if held else {})


def troubled(tx: Tx, schools: Sequence[str]) -> int:
    """How many went wrong half-way at these schools."""
    stuck = _e.state == "partly", _e.school.in_(schools)
    return int(tx.execute(select(func.count()).where(*stuck)).scalar_one())


def again(tx: Tx, known: Sequence[tuple[int, datetime]], config: Config, now: datetime) -> int:
    """A backup was put back: whoever was forgotten after it was made is forgotten again. `known`: contact and since
    when it was one, for a number may be somebody else's by now. Says how many begin."""
    begun = 0
    for contact_id, since in known:
        same = t.contact.c.id == contact_id, t.contact.c.created_at == since
        done = select(_e.id).where(_e.contact_id == contact_id, _e.state == "done")
        if not _is(tx, *same) or tx.execute(done).first():
            continue
        tx.execute(update(t.staff).where(t.staff.c.contact_id == contact_id).values(contact_id=None))
        begin(tx, config, contact_id, "restored", now)
        begun += 1
    return begun
