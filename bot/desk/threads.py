"""What waits for a person of the school, and the way back: an answer goes to the parent through the inbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.desk import talked
from bot.desk.talked import Alarm, ThreadMessage
from bot.desk.talks import ALL, ANSWERED, CLOSED, WAITING, Kept, Line, Thread, about, kept, listed, one, waiting
from bot.errors import BotError
from bot.inbox.put import Note, put
from bot.outbox import queue
from bot.outbox.address import is_stopped
from bot.people import barred
from bot.people.staff import StaffRow
from bot.store import tables as t
from bot.store.database import Tx

__all__ = [
    "ALL", "ANSWERED", "CLOSED", "LONGEST", "WAITING", "Alarm", "Kept", "Line", "Thread", "ThreadMessage", "about",
    "answer", "close", "give", "kept", "listed", "one", "reopen", "set_tense", "waiting",
]  # fmt: skip

LONGEST = 1000  # characters of an answer, and of a note for a colleague


def answer(
    tx: Tx, thread_id: int, name: str, text: str, now: datetime, *, staff_id: int | None = None
) -> int:  # fmt: skip
    """Answer a parent in Dutch, in the name of `name`; the number of the line. Raises BotError where that cannot be.

    `staff_id`: the colleague who writes, whose name it is where none is given; without her it is the child's teacher's.
    """
    if not text.strip():
        raise BotError("an answer needs words")
    _fits(text, "an answer")
    row = _row(tx, thread_id)
    if is_stopped(tx, thread_id):
        raise BotError("she has sent STOP since, so nothing may be sent to her; give her a call")
    if barred.is_shut(tx, row.contact_id, row.school, row.child_id, now):
        raise BotError("nothing about this child may be said to her: there is a contact bar; see: the office")
    made = _line(tx, thread_id, "school", text, now, staff_id=staff_id, answer_by=row.answer_by)
    settled = {"state": "answered", "changed_at": now, "answer_by": None, "overdue_at": None}
    tx.execute(update(t.thread).where(t.thread.c.id == thread_id).values(settled))
    _end_call(tx, thread_id, staff_id, now)
    _say_nothing_else(tx, row, "answered", now)
    name = name or (talked.colleagues(tx, [staff_id]).get(staff_id, "") if staff_id else "")
    payload = {
        "thread": thread_id, "school": row.school, "child": row.child_id, "name": name, "text": text,
        "address": _wrote_from(tx, thread_id), "line": made,
    }  # fmt: skip
    put(tx, [Note(row.contact_id, "answer", f"{talked.ANSWER}{made}", payload)], now)
    return made


def close(tx: Tx, thread_id: int, now: datetime, *, staff_id: int | None = None) -> None:
    """Nobody has to answer any more; a call to the people on duty about it ends too. Raises BotError.

    What was overdue stays noted: closing does not make a promise kept.
    """
    row = _row(tx, thread_id)
    tx.execute(update(t.thread).where(t.thread.c.id == thread_id).values(state="closed", answer_by=None))
    _end_call(tx, thread_id, staff_id, now)
    _say_nothing_else(tx, row, "closed", now)


def reopen(tx: Tx, thread_id: int, now: datetime) -> None:
    """It was closed, or answered, too soon: somebody looks at it again. No new promise to her. Raises BotError."""
    _row(tx, thread_id)
    tx.execute(update(t.thread).where(t.thread.c.id == thread_id).values(state="open"))


def set_tense(tx: Tx, thread_id: int, tense: bool, now: datetime) -> None:
    """A difficult talk: the school's coach looks along, or does not any more. Raises BotError."""
    _row(tx, thread_id)
    tx.execute(update(t.thread).where(t.thread.c.id == thread_id).values(tense=tense))


def give(
    tx: Tx, thread_id: int, to: StaffRow | None, by: StaffRow | None, note: str, now: datetime
) -> None:  # fmt: skip
    """Give a talk to a colleague, with a note for her; `to` None: back to the teacher. The parent reads one line.

    Nothing happens where she has it already; given back within a minute, the parent reads nothing. Raises BotError.
    """
    row = _row(tx, thread_id)
    _fits(note, "a note")
    if to is not None and to.school != row.school:
        raise BotError(f"{to.key} does not work at this school")
    receiver = to.id if to else None
    if row.staff_id == receiver:
        return
    made = _line(tx, thread_id, "given", note, now, staff_id=receiver)
    tx.execute(update(t.thread).where(t.thread.c.id == thread_id).values(staff_id=receiver))
    payload = {
        "thread": thread_id, "school": row.school, "child": row.child_id, "before": row.staff_id, "to": receiver,
        "by": by.id if by else None, "address": _wrote_from(tx, thread_id),
    }  # fmt: skip
    put(tx, [Note(row.contact_id, "given", f"given:{made}", payload)], now)


def _fits(words: str, what: str) -> None:
    if len(words) > LONGEST:
        raise BotError(f"{what} has at most {LONGEST} characters; this one has {len(words)}")


def _row(tx: Tx, thread_id: int) -> Any:
    row = tx.execute(select(t.thread).where(t.thread.c.id == thread_id)).first()
    if row is None:
        raise BotError(f"there is no thread {thread_id}")
    return row


def _line(tx: Tx, thread_id: int, side: str, text: str, now: datetime, **more: Any) -> int:
    body, language = tx.seal("thread_message.body", text), tx.seal("thread_message.language", "nl")
    said = {"thread_id": thread_id, "side": side, "body": body, "language": language, "at": now, **more}
    return int(tx.execute(t.thread_message.insert().returning(t.thread_message.c.id), said).scalar_one())


def _end_call(tx: Tx, thread_id: int, staff_id: int | None, now: datetime) -> None:
    """Who answers or closes it has it: nobody else is called about it."""
    al = t.alarm.c
    ringing = update(t.alarm).where(al.thread_id == thread_id, al.state == "open")
    tx.execute(ringing.values(state="taken", taken_at=now, taken_staff=staff_id))


def _say_nothing_else(tx: Tx, row: Any, why: str, now: datetime) -> None:
    """What waits to be said about the waiting (see waits.py) is not said any more."""
    for line in ("overdue", "given"):
        queue.cancel_scope(tx, row.contact_id, f"{line}:{row.id}:", why, now)


def _wrote_from(tx: Tx, thread_id: int) -> int | None:
    """The address of her last words in this thread: that is where she waits for the answer."""
    rows = select(t.inbox.c.address_id).join(t.thread_message, t.thread_message.c.inbox_id == t.inbox.c.id)
    newest = rows.where(t.thread_message.c.thread_id == thread_id).order_by(t.inbox.c.id.desc()).limit(1)
    return tx.execute(newest).scalar()
