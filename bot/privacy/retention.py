"""Forgetting in time: 30 days after a school year its words go, and everything about those who left with it.

What is to go is found on a reader and erased by its id in small transactions, each of which looks again: it can stop
anywhere and be done twice. Rows outlive their words by a year: then one can count, and no provider brings them again.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, update

from bot import hours
from bot.config import Config
from bot.model import HOME
from bot.outbox.queue import Draft, dump_parts
from bot.people import absences, audit, logins, parting
from bot.privacy import ties
from bot.store import tables as t
from bot.store.database import Database, Tx

AFTER = timedelta(days=30)
AT = time(3, 30)  # at night, where both clock changes leave the hour alone
SLICE = 500
_FIRST = (8, 30)  # 30 days after 31 July
_SEAL = 29  # bytes that sealing adds
_NO_WORDS = json.dumps({"text": "", "choice": "", "ours": "", "kind": "text", "name": ""})
_NO_PARTS = dump_parts(Draft(0, "reply", "school", None))


class Marks(NamedTuple):
    """What is old at `now`."""

    now: datetime
    ended: str  # the last school year that is over since 30 days: 2026-2027
    over: datetime  # when it ended: words of before that go
    gone: datetime  # when the one before it ended: rows of before that go
    duty: tuple[str, ...]  # who is on duty is no stranger: hashed addresses

    @property
    def silent(self) -> datetime:
        return self.now - AFTER


Old = Callable[[Marks], ColumnElement[bool]]


class Rule(NamedTuple):
    """Rows of a table that are old, and what becomes of them: `values`, or they go (None). `name` is for people."""

    name: str
    table: Table
    old: Old
    values: Callable[[Tx, Marks], dict[str, Any]] | None = None
    before: Callable[[Tx, Sequence[int]], None] | None = None  # what has to go first
    most: int = SLICE


def marks(tx_or_database: Tx | Database, config: Config, now: datetime) -> Marks:
    """What is old now, by the clock of the country."""
    year = _last(now)
    on_duty = {str(each) for school in config.schools.values() for each in school.duty_addresses}
    finds = tuple(sorted(map(tx_or_database.ring.find, on_duty)))
    return Marks(now, f"{year - 1}-{year}", _end(year), _end(year - 1), finds)


def _last(now: datetime) -> int:
    """The year in whose summer the last school year ended that is over since 30 days."""
    today = now.astimezone(HOME).date()
    return today.year if today >= date(today.year, *_FIRST) else today.year - 1


def next_moment(now: datetime) -> datetime:
    """The next 30 August: then the words of the school year go."""
    return hours.at(date(_last(now) + 1, *_FIRST), AT, HOME)


def next_night(now: datetime) -> datetime:
    """The next time that the work is done."""
    today = hours.at(now.astimezone(HOME).date(), AT, HOME)
    return today if today > now else hours.at(now.astimezone(HOME).date() + timedelta(days=1), AT, HOME)


def _end(year: int) -> datetime:
    return hours.at(date(year, 8, 1), time(0), HOME)


# --- words
def _notes(m: Marks) -> ColumnElement[bool]:
    """Our own events are no proof of anything; and what they are named after may be gone, and its number used anew."""
    i = t.inbox.c
    return and_(i.channel == "bot", i.state != "waiting", i.received_at < m.over)


def _letters(m: Marks) -> ColumnElement[bool]:
    i = t.inbox.c
    return and_(i.channel != "bot", i.state != "waiting", i.received_at < m.over, _holds(i.payload, _NO_WORDS))


def _messages(m: Marks) -> ColumnElement[bool]:
    """But for the question of a conversation that still goes on."""
    o = t.outbox.c
    live = select(t.run.c.id).where(t.run.c.state != "ended", t.run.c.id == o.run_id).exists()
    has_words = or_(o.body.is_not(None), _holds(o.parts, _NO_PARTS))
    return and_(o.status.not_in(("queued", "sending")), o.queued_at < m.over, has_words, ~live)


def _runs(m: Marks) -> ColumnElement[bool]:
    r = t.run.c
    return and_(r.state == "ended", r.changed_at < m.over, _holds(r.memory, ""))


def _threads(m: Marks) -> ColumnElement[bool]:
    """Talks that nobody has to do anything for any more."""
    th = t.thread.c
    return and_(th.state == "answered", th.changed_at < m.over, ~ties.promised(th.id))


def _talk(m: Marks) -> ColumnElement[bool]:
    th = t.thread.c
    ended = select(th.id).where(th.state == "closed", th.changed_at < m.over)
    return t.thread_message.c.thread_id.in_(ended)


def _plans(m: Marks) -> ColumnElement[bool]:
    f = t.followup.c
    return and_(f.expires_at <= m.over, or_(f.state == "waiting", _holds(f.fields, "{}")))


def _promises(m: Marks) -> ColumnElement[bool]:
    p = t.promise.c
    return and_(p.state != "open", func.coalesce(p.settled_at, p.made_at) < m.over, _holds(p.words, ""))


def _holds(column: ColumnElement[bytes], blank: str) -> ColumnElement[bool]:
    """Whether more is sealed in it than `blank`, by its length."""
    return func.length(column) > _SEAL + len(blank)


def _no_letter(tx: Tx, _: Marks) -> dict[str, Any]:
    return {"payload": tx.seal("inbox.payload", _NO_WORDS)}


def _no_message(tx: Tx, _: Marks) -> dict[str, Any]:
    return {"parts": tx.seal("outbox.parts", _NO_PARTS), "body": None, "shown": None}


def _no_plan(tx: Tx, _: Marks) -> dict[str, Any]:
    return {"state": "done", "due_at": None, "fields": tx.seal("followup.fields", "{}")}


WORDS = (
    Rule("events of the house", t.inbox, _notes),
    Rule("letters", t.inbox, _letters, _no_letter),
    Rule("messages", t.outbox, _messages, _no_message),
    Rule("conversations", t.run, _runs, lambda tx, _: {"memory": tx.seal("run.memory", "")}),
    Rule("talks", t.thread, _threads, lambda _, m: {"state": "closed"}),
    Rule("words in talks", t.thread_message, _talk),
    Rule("plans", t.followup, _plans, _no_plan),
    Rule("promises", t.promise, _promises, lambda tx, _: {"words": tx.seal("promise.words", "")}),
    Rule("appointments", t.appointment, lambda m: t.appointment.c.starts_at < m.over),
    Rule("reasons of absences", t.absence, lambda m: absences.is_over(m.now), lambda _tx, _m: {"words": None}),
    Rule("absences", t.absence, lambda m: t.absence.c.day < m.over.astimezone(HOME).date().isoformat()),
    Rule("codes", t.code, lambda m: t.code.c.expires_at < m.over),
    Rule("wrong codes", t.attempt, lambda m: t.attempt.c.at < m.now - timedelta(days=1)),
)

# --- people
PEOPLE = (
    Rule("forgotten children", t.child, lambda m: ties.forgotten(m.ended), lambda _, m: {"left_at": m.gone}),
    Rule(
        "children", t.child, lambda m: ties.child_left(m.ended, m.over, m.silent), before=ties.without_child, most=100,
    ),
    Rule("consents", t.consent, lambda m: ties.consent_of_nobody(m.silent)),
    Rule(
        "colleagues", t.staff, lambda m: ties.colleague_left(m.over), before=ties.without_colleague,
        most=100,
    ),
    Rule("people", t.contact, lambda m: ties.nobody(m.silent, m.now, m.duty), before=ties.without_contact, most=10),
)  # fmt: skip

# --- rows
ROWS = (
    Rule(
        "rows of letters", t.inbox, lambda m: and_(t.inbox.c.state != "waiting", t.inbox.c.received_at < m.gone),
        before=ties.without_letter, most=250,
    ),
    Rule(
        "rows of messages", t.outbox,
        lambda m: and_(t.outbox.c.status.not_in(("queued", "sending")), t.outbox.c.queued_at < m.gone),
        most=250,
    ),
    Rule(
        "rows of conversations", t.run, lambda m: and_(t.run.c.state == "ended", t.run.c.changed_at < m.gone),
    ),
    Rule(
        "rows of talks", t.thread,
        lambda m: and_(t.thread.c.state == "closed", t.thread.c.changed_at < m.gone, ~ties.promised(t.thread.c.id)),
    ),
    Rule(
        "rows of plans", t.followup, lambda m: and_(t.followup.c.state != "waiting", t.followup.c.expires_at < m.gone),
    ),
    Rule("rows of promises", t.promise, lambda m: and_(t.promise.c.state != "open", t.promise.c.settled_at < m.gone)),
    Rule("groups", t.group, lambda m: t.group.c.year < m.ended, most=20),
)  # fmt: skip


def rules(m: Marks) -> Iterable[Rule]:
    """Everything, in an order in which nothing holds up what comes after it."""
    yield from WORDS
    yield PEOPLE[0]
    for each in parting.endings(m.now):
        yield Rule(f"ended {each.table.name}", each.table, _as_is(each.which), _always(each.values))
    yield from (*PEOPLE[1:], *ROWS)


def _as_is(which: ColumnElement[bool]) -> Old:
    return lambda _: which


def _always(values: dict[str, Any]) -> Callable[[Tx, Marks], dict[str, Any]]:
    return lambda _tx, _m: values


# --- the work
async def forget(database: Database, config: Config, now: datetime) -> dict[str, int]:
    """Erase all that is old; returns how many rows by rule. Interrupted, it goes on where there is something left."""
    m = marks(database, config, now)
    done: dict[str, int] = {}
    for rule in rules(m):
        after = 0
        while ids := await database.fetch(_finding(rule, m, after)):
            done[rule.name] = done.get(rule.name, 0) + await database.write(_erasing(rule, m, ids))
            after = ids[-1]
    await database.write(lambda tx: tx.execute(delete(t.daily).where(t.daily.c.day < m.gone.date().isoformat())))
    await database.write(lambda tx: logins.clear(tx, now))
    while await database.write(lambda tx: audit.forget(tx, now)):
        pass
    return done


def _finding(rule: Rule, m: Marks, after: int) -> Callable[[Tx], Sequence[int]]:
    return lambda tx: find(tx, rule, m, after)


def _erasing(rule: Rule, m: Marks, ids: Sequence[int]) -> Callable[[Tx], int]:
    return lambda tx: erase(tx, rule, m, ids)


def find(tx: Tx, rule: Rule, m: Marks, after: int = 0) -> Sequence[int]:
    """The next rows that are old, by their ids."""
    key = rule.table.c.id
    return tx.execute(select(key).where(key > after, rule.old(m)).order_by(key).limit(rule.most)).scalars().all()


def erase(tx: Tx, rule: Rule, m: Marks, ids: Sequence[int]) -> int:
    """Erase those of them that still are old; returns how many."""
    key = rule.table.c.id
    still = select(key).where(key.in_(ids), rule.old(m)).order_by(key).with_for_update(of=rule.table)
    those = tx.execute(still).scalars().all()
    if those and rule.before:
        rule.before(tx, those)
    if those and rule.values:
        tx.execute(update(rule.table).where(key.in_(those)).values(rule.values(tx, m)))
    elif those:
        tx.execute(delete(rule.table).where(key.in_(those)))
    return len(those)


# --- what an operator sees
def outlook(tx: Tx, config: Config, at: datetime) -> dict[str, int]:
    """How many rows would go at that moment, as things are now."""
    m = marks(tx, config, at)
    found = {}
    for rule in (*WORDS, *PEOPLE, *ROWS):
        many = tx.execute(select(func.count()).select_from(rule.table).where(rule.old(m))).scalar_one()
        if many:
            found[rule.name] = int(many)
    return found


def held_up(tx: Tx, now: datetime) -> dict[str, int]:
    """What would have gone but waits for a person: talks that are open and promises that are not kept."""
    over, th, p = _end(_last(now)), t.thread.c, t.promise.c
    waits = {
        "open_talks": select(func.count()).where(th.state == "open", th.changed_at < over),
        "open_promises": select(func.count()).where(p.state == "open", p.made_at < over),
    }
    return {name: int(tx.execute(each).scalar_one()) for name, each in waits.items()}
