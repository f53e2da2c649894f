"""Every rule of forgetting, by what goes first: words, then people, then the rows that outlived their words."""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from bot.model import HOME
from bot.outbox.queue import Draft, dump_parts
from bot.people import absences, parting
from bot.privacy import community, rounds, ties, told
from bot.privacy.rule import Marks, Old, Rule, holds
from bot.store import tables as t
from bot.store.database import Tx

NO_WORDS = json.dumps({"text": "", "choice": "", "ours": "", "kind": "text", "name": ""})
NO_PARTS = dump_parts(Draft(0, "reply", "school", None))


# --- words
def _notes(m: Marks) -> ColumnElement[bool]:
    """Our own events are no proof of anything; and what they are named after may be gone, and its number used anew."""
    i = t.inbox.c
    return and_(i.channel == "bot", i.state != "waiting", i.received_at < m.over)


def _letters(m: Marks) -> ColumnElement[bool]:
    i = t.inbox.c
    return and_(i.channel != "bot", i.state != "waiting", i.received_at < m.over, holds(i.payload, NO_WORDS))


def _messages(m: Marks) -> ColumnElement[bool]:
    """But for the question of a conversation that still goes on."""
    o = t.outbox.c
    live = select(t.run.c.id).where(t.run.c.state != "ended", t.run.c.id == o.run_id).exists()
    has_words = or_(o.body.is_not(None), holds(o.parts, NO_PARTS))
    return and_(o.status.not_in(("queued", "sending")), o.queued_at < m.over, has_words, ~live)


def _runs(m: Marks) -> ColumnElement[bool]:
    r = t.run.c
    return and_(r.state == "ended", r.changed_at < m.over, holds(r.memory, ""))


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
    return and_(f.expires_at <= m.over, or_(f.state == "waiting", holds(f.fields, "{}")))


def _promises(m: Marks) -> ColumnElement[bool]:
    p = t.promise.c
    return and_(p.state != "open", func.coalesce(p.settled_at, p.made_at) < m.over, holds(p.words, ""))


def _no_letter(tx: Tx, _: Marks) -> dict[str, Any]:
    return {"payload": tx.seal("inbox.payload", NO_WORDS)}


def _no_message(tx: Tx, _: Marks) -> dict[str, Any]:
    return {"parts": tx.seal("outbox.parts", NO_PARTS), "body": None, "shown": None}


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
    *rounds.WORDS,
    *community.WORDS,
    *told.WORDS,
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
    *rounds.ROWS,
    *community.ROWS,
    *told.ROWS,
)  # fmt: skip


def rules(m: Marks) -> Iterable[Rule]:
    """Everything, in an order in which nothing holds up what comes after it."""
    yield from WORDS
    yield PEOPLE[0]
    for each in parting.endings(m.now):
        values = _always(each.values) if each.values is not None else None
        yield Rule(f"ended {each.table.name}", each.table, _as_is(each.which), values)
    yield from (*PEOPLE[1:], *ROWS)


def _as_is(which: ColumnElement[bool]) -> Old:
    return lambda _: which


def _always(values: dict[str, Any]) -> Callable[[Tx, Marks], dict[str, Any]]:
    return lambda _tx, _m: values
