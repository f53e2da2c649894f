"""What stands in threads, opened: words, whose they are, and what became of each answer. Only for the threads asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, func, or_, select, text

from bot.desk import attached
from bot.desk.attached import Attached
from bot.inbox.put import CHANNEL
from bot.store import tables as t
from bot.store.database import Tx

# An answer that did not arrive. The words are those of the index.
LOST = "outbox.thread_id IS NOT NULL AND outbox.status IN ('failed', 'expired', 'unknown', 'cancelled')"
ANSWER = "answer:"  # the scope of a message that carries an answer, with the number of its line


class ThreadMessage(NamedTuple):
    """One line of a talk. `given`: who has it from here on is `staff`, and the words are the note for her.

    `delivery` of the school's: queued sending sent delivered read failed expired unknown cancelled, "" where that is
    not known (any more); `reason` says why it did not arrive.
    """

    side: str  # parent school given
    text: str
    language: str
    at: datetime
    media: tuple[Attached, ...] = ()
    id: int = 0
    staff_id: int | None = None  # who wrote it, or who has it from here on
    staff: str = ""
    delivery: str = ""
    reason: str = ""


class Alarm(NamedTuple):
    """The newest call to the people on duty about a thread. `by`: the colleague who took it, where she is known."""

    id: int
    state: str  # open taken
    raised_at: datetime
    taken_at: datetime | None
    by: str = ""


def messages(tx: Tx, thread_ids: Sequence[int]) -> dict[int, list[ThreadMessage]]:
    """All lines of these threads, in order."""
    m = t.thread_message
    rows = tx.execute(select(m).where(m.c.thread_id.in_(thread_ids)).order_by(m.c.at, m.c.id)).all()
    became = deliveries(tx, thread_ids)
    unread = _unread(tx, [row.id for row in rows if row.side == "school" and row.id not in became])
    return opened(tx, rows, became | unread)


def last_words(tx: Tx, thread_ids: Sequence[int]) -> dict[int, ThreadMessage]:
    """The parent's last words in each of these threads."""
    m = t.thread_message.c
    newest = select(func.max(m.id)).where(m.thread_id.in_(thread_ids), m.side == "parent").group_by(m.thread_id)
    rows = tx.execute(select(t.thread_message).where(m.id.in_(newest))).all()
    return {thread_id: lines[-1] for thread_id, lines in opened(tx, rows, {}).items()}


def opened(tx: Tx, rows: Iterable[Any], became: dict[int, tuple[str, str]]) -> dict[int, list[ThreadMessage]]:
    """These rows of thread_message, by thread; `became` is what `deliveries` found."""
    rows = list(rows)
    sent = attached.of_letters(tx, [row.inbox_id for row in rows if row.inbox_id is not None])
    names = colleagues(tx, {row.staff_id for row in rows if row.staff_id is not None})
    found: dict[int, list[ThreadMessage]] = {}
    for row in rows:
        line = ThreadMessage(
            row.side, tx.open("thread_message.body", row.body), tx.open("thread_message.language", row.language),
            row.at, tuple(sent.get(row.inbox_id, ())), row.id, row.staff_id, names.get(row.staff_id, ""),
            *became.get(row.id, ("", "")),
        )  # fmt: skip
        found.setdefault(row.thread_id, []).append(line)
    return found


# --- what became of an answer
def deliveries(tx: Tx, thread_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """State and reason of the message that carries an answer, by the number of the answer's line."""
    o = t.outbox.c
    rows = select(o.scope, o.status, o.reason).where(o.thread_id.in_(thread_ids), o.scope.startswith(ANSWER))
    return {
        int(row.scope.removeprefix(ANSWER)): (row.status, row.reason or "") for row in tx.execute(rows.order_by(o.id))
    }


def _unread(tx: Tx, line_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """The same of answers that the desk has not read yet, or could not."""
    i = t.inbox.c
    notes = i.channel == CHANNEL, i.provider_id.in_([f"{ANSWER}{number}" for number in line_ids])
    rows = tx.execute(select(i.provider_id, i.state, i.error).where(*notes, i.state != "done"))
    return {
        int(row.provider_id.removeprefix(ANSWER)): ("failed", row.error or "")
        if row.state == "failed"
        else ("queued", "")
        for row in rows
    }


def lost() -> Any:
    """The threads whose last answer did not arrive and that nobody dropped: a statement of thread_id and why."""
    o, later = t.outbox, t.outbox.alias("later")
    carries = or_(later.c.scope.is_(None), later.c.scope.startswith(ANSWER))
    newer = exists().where(later.c.thread_id == o.c.thread_id, later.c.id > o.c.id, carries)
    why = func.coalesce(o.c.reason, o.c.status).label("why")
    answers = or_(o.c.scope.is_(None), o.c.scope.startswith(ANSWER)), func.coalesce(o.c.reason, "") != "dropped"
    return select(o.c.thread_id, why).where(text(LOST), *answers, ~newer)


# --- people
def guardians(tx: Tx, contact_ids: Iterable[int]) -> dict[tuple[int, str], str]:
    """How these people are called at each school: `Fatima Haddad`, two names where she stands there with two."""
    g = t.guardian.c
    hers = g.contact_id.in_(sorted(set(contact_ids)))
    rows = tx.execute(select(g.contact_id, g.school, g.name).where(hers).order_by(g.id))
    found: dict[tuple[int, str], list[str]] = {}
    for row in rows:
        names = found.setdefault((row.contact_id, row.school), [])
        name = tx.open("guardian.name", row.name)
        if name not in names:
            names.append(name)
    return {key: " / ".join(names) for key, names in found.items()}


def colleagues(tx: Tx, staff_ids: Iterable[int]) -> dict[int, str]:
    """The names of people at school, also of who has left."""
    rows = tx.execute(select(t.staff.c.id, t.staff.c.name).where(t.staff.c.id.in_(sorted(set(staff_ids)))))
    return {row.id: tx.open("staff.name", row.name) for row in rows}


def alarms(tx: Tx, thread_ids: Sequence[int]) -> dict[int, Alarm]:
    """The newest call about each of these threads."""
    al, s = t.alarm.c, t.staff.c
    called = select(t.alarm, s.name).outerjoin(t.staff, or_(s.id == al.taken_staff, _her_phone()))
    rows = tx.execute(called.where(al.thread_id.in_(thread_ids)).order_by(al.id))
    return {
        row.thread_id: Alarm(
            row.id, row.state, row.raised_at, row.taken_at, tx.open("staff.name", row.name) if row.name else ""
        )
        for row in rows
    }


def _her_phone() -> Any:
    """Whose linked phone answered the call."""
    al, s = t.alarm.c, t.staff.c
    return al.taken_staff.is_(None) & (s.contact_id == al.taken_by) & (s.school == al.school) & s.left_at.is_(None)
