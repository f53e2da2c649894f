"""An interpreter stops or has no time: whoever speaks that language and is free comes to her talks; the others need
somebody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, select, update

from bot.booking import cells, diary, interpreters
from bot.booking.appointments import COLUMNS, Talk
from bot.booking.slots import Slot
from bot.booking.wanted import Span
from bot.config import Config
from bot.errors import Taken
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.languages import LANGUAGES

_a, _b = t.appointment.c, t.busy.c


class Without(NamedTuple):
    """A talk whose interpreter has stopped."""

    talk: Talk
    language: str


def needed(tx: Tx, school: str, now: datetime) -> list[Without]:
    """Talks to come whose interpreter has stopped, the next first; what was only kept for somebody is let go."""
    n, v, p = t.interpreter.c, t.invitee.c, t.contact.c
    stopped = select(n.id).where(n.school == school, n.left_at.is_not(None))
    hers = (v.round_id == _a.round_id) & (v.contact_id == _a.contact_id) & (v.child_id == _a.child_id)
    rows = (
        select(*t.appointment.c[Talk._fields], v.interpreter.label("asked"), p.language)
        .join(t.contact, p.id == _a.contact_id)
        .outerjoin(t.invitee, hers)
        .where(_a.interpreter_id.in_(stopped), _a.state == "planned", _a.starts_at > now)
        .order_by(_a.starts_at, _a.id)
    )
    return [Without(Talk._make(row[:-2]), _language(tx, row)) for row in tx.execute(rows)]


def _language(tx: Tx, row: Row[Any]) -> str:
    """The one that she asked for; else her own."""
    return str(row.asked if row.asked in LANGUAGES else tx.open("contact.language", row.language))


def fill(tx: Tx, config: Config, school: str, now: datetime) -> list[Without]:
    """Each of them gets another interpreter who is free then; those for which there is nobody. What is only kept for
    somebody goes back where the interpreter has no time any more."""
    _let_go(tx, config, school, now)
    every, zone = needed(tx, school, now), config.zone(school)
    days = {each.talk.starts_at.astimezone(zone).date() for each in every}
    free = {
        language: diary.interpreters(tx, config, school, language, days, now)
        for language in sorted({each.language for each in every})
    }
    given: list[Span] = []
    still = []
    for each in every:
        who = _who(each.talk, free[each.language], given)
        if who and _give(tx, each.talk, who):
            given.append(Span(each.talk.starts_at, each.talk.ends_at, who))
        else:
            still.append(each)
    return still


def _let_go(tx: Tx, config: Config, school: str, now: datetime) -> None:
    """Her hours were withdrawn: whoever answers the offer all the same is proposed another moment."""
    zone, kept = config.zone(school), (_a.school == school, _a.state == "offered", _a.interpreter_id.is_not(None))
    talks = [Talk._make(row) for row in tx.execute(COLUMNS.where(*kept, _a.starts_at > now))]
    if not talks:
        return
    first = min(talk.starts_at for talk in talks).astimezone(zone).date()
    given = interpreters.hours_of(tx, {talk.interpreter_id for talk in talks if talk.interpreter_id}, first)

    def stands(talk: Talk) -> bool:
        begins, ends = talk.starts_at.astimezone(zone), talk.ends_at.astimezone(zone)
        walls = given.get(talk.interpreter_id or 0, {}).get(begins.date(), ())
        return any(start <= begins.time() and ends.time() <= until for start, until in walls)

    cells.let_go(tx, [talk.id for talk in talks if not stands(talk)], "let_go", now)


def _who(talk: Talk, free: Sequence[Span], given: Sequence[Span]) -> int:
    """Somebody who is free all the time; 0 for nobody."""
    slot = Slot(talk.staff_id or 0, talk.starts_at, talk.minutes, talk.mode, talk.place)
    busy = {each.who for each in given if each.starts_at < talk.ends_at and talk.starts_at < each.ends_at}
    return next((each.who for each in free if each.who not in busy and each.covers(slot)), 0)


def _give(tx: Tx, talk: Talk, who: int) -> bool:
    """False where it was changed, or she was given away, in this moment."""
    as_it_was = _a.id == talk.id, _a.interpreter_id == talk.interpreter_id, _a.starts_at == talk.starts_at
    try:
        with tx.connection.begin_nested():
            if not tx.execute(update(t.appointment).where(*as_it_was).values(interpreter_id=who)).rowcount:
                return False
            tx.execute(delete(t.busy).where(_b.appointment_id == talk.id, _b.kind == cells.INTERPRETER))
            cells.take(tx, [cells.Time(talk.id, talk.starts_at, talk.minutes, None, interpreter_id=who)])
    except Taken:
        return False
    return True
