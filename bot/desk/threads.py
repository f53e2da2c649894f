"""What waits for a person of the school, and the way back: an answer goes to the parent through the inbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select, update

from bot.desk import attached
from bot.desk.attached import Attached
from bot.errors import BotError
from bot.inbox.put import Note, put
from bot.outbox.address import is_stopped
from bot.store import tables as t
from bot.store.database import Tx

_NOT_ARRIVED = ("failed", "expired", "unknown", "cancelled")
LONGEST = 1000  # characters of an answer


class ThreadMessage(NamedTuple):
    side: str  # parent school
    text: str
    language: str
    at: datetime
    media: tuple[Attached, ...] = ()


class Thread(NamedTuple):
    """One talk between a parent and the school. `alarm` is open, taken or "" where there is none; `undelivered` is why
    the school's last answer did not reach her, "" where it did or is still on its way."""

    id: int
    school: str
    kind: str
    state: str
    child: str
    guardian: str
    changed_at: datetime
    alarm: str
    messages: Sequence[ThreadMessage]
    undelivered: str = ""


def waiting(tx: Tx, school: str | None = None) -> list[Thread]:
    """The threads that are open or whose answer did not reach her, what is urgent first, then what waits longest."""
    th = t.thread.c
    columns = select(t.thread, t.child.c.name.label("child")).outerjoin(t.child, t.child.c.id == th.child_id)
    lost = _undelivered(tx)
    chosen = columns.where(or_(th.state == "open", th.id.in_(lost)), th.state != "closed")
    chosen = chosen.order_by(th.kind != "gevaar", th.changed_at, th.id)
    rows = tx.execute(chosen.where(th.school == school) if school else chosen).all()
    names = _guardians(tx, [row.contact_id for row in rows])
    al = t.alarm.c
    called = select(al.thread_id, al.state).where(al.thread_id.in_([row.id for row in rows])).order_by(al.id)
    alarms = {row.thread_id: row.state for row in tx.execute(called)}
    messages = _messages(tx, [row.id for row in rows])
    return [
        Thread(
            row.id, row.school, row.kind, row.state, tx.open("child.name", row.child) if row.child else "",
            names.get((row.contact_id, row.school), ""), row.changed_at, alarms.get(row.id, ""),
            messages.get(row.id, []), lost.get(row.id, ""),
        )
        for row in rows
    ]  # fmt: skip


def _undelivered(tx: Tx) -> dict[int, str]:
    """Why the last answer in a thread did not arrive, by thread; what somebody dropped is settled."""
    o = t.outbox.c
    newest = select(func.max(o.id)).where(o.thread_id.is_not(None)).group_by(o.thread_id)
    rows = select(o.thread_id, o.status, o.reason).where(o.id.in_(newest), o.status.in_(_NOT_ARRIVED))
    return {row.thread_id: row.reason or row.status for row in tx.execute(rows) if row.reason != "dropped"}


def answer(tx: Tx, thread_id: int, name: str, text: str, now: datetime) -> None:
    """Answer a parent in Dutch, in the name of `name`. Raises BotError where that cannot be."""
    if not text.strip():
        raise BotError("an answer needs words")
    if len(text) > LONGEST:
        raise BotError(f"an answer has at most {LONGEST} characters; this one has {len(text)}")
    row = tx.execute(select(t.thread).where(t.thread.c.id == thread_id)).first()
    if row is None:
        raise BotError(f"there is no thread {thread_id}")
    if is_stopped(tx, thread_id):
        raise BotError("she has sent STOP since, so nothing may be sent to her; give her a call")
    language = tx.seal("thread_message.language", "nl")
    body = tx.seal("thread_message.body", text)
    said = {"thread_id": thread_id, "side": "school", "body": body, "language": language, "at": now}
    made = tx.execute(t.thread_message.insert().returning(t.thread_message.c.id), said).scalar_one()
    tx.execute(update(t.thread).where(t.thread.c.id == thread_id).values(state="answered", changed_at=now))
    payload = {
        "thread": thread_id, "school": row.school, "child": row.child_id, "name": name, "text": text,
        "address": _wrote_from(tx, thread_id),
    }  # fmt: skip
    put(tx, [Note(row.contact_id, "answer", f"answer:{made}", payload)], now)


def close(tx: Tx, thread_id: int, now: datetime) -> None:
    """Nobody has to answer any more; a call to the people on duty about it ends too. Raises BotError."""
    th, al = t.thread.c, t.alarm.c
    if not tx.execute(update(t.thread).where(th.id == thread_id).values(state="closed")).rowcount:
        raise BotError(f"there is no thread {thread_id}")
    ringing = update(t.alarm).where(al.thread_id == thread_id, al.state == "open")
    tx.execute(ringing.values(state="taken", taken_at=now))


def about(tx: Tx, thread_id: int, school: str) -> tuple[int, int | None]:
    """Whose thread this is, and about which child. Raises BotError where this school has no such thread."""
    th = t.thread.c
    row = tx.execute(select(th.contact_id, th.child_id).where(th.id == thread_id, th.school == school)).first()
    if row is None:
        raise BotError(f"there is no thread {thread_id} at this school; see: ouderbrug threads list")
    return row.contact_id, row.child_id


def _wrote_from(tx: Tx, thread_id: int) -> int | None:
    """The address of her last words in this thread: that is where she waits for the answer."""
    rows = select(t.inbox.c.address_id).join(t.thread_message, t.thread_message.c.inbox_id == t.inbox.c.id)
    newest = rows.where(t.thread_message.c.thread_id == thread_id).order_by(t.inbox.c.id.desc()).limit(1)
    return tx.execute(newest).scalar()


def _guardians(tx: Tx, contact_ids: Sequence[int]) -> dict[tuple[int, str], str]:
    g = t.guardian.c
    rows = tx.execute(select(g.contact_id, g.school, g.name).where(g.contact_id.in_(contact_ids)).order_by(g.id))
    found: dict[tuple[int, str], list[str]] = {}
    for row in rows:
        names = found.setdefault((row.contact_id, row.school), [])
        name = tx.open("guardian.name", row.name)
        if name not in names:
            names.append(name)
    return {key: " / ".join(names) for key, names in found.items()}


def _messages(tx: Tx, thread_ids: Sequence[int]) -> dict[int, list[ThreadMessage]]:
    m = t.thread_message
    rows = tx.execute(select(m).where(m.c.thread_id.in_(thread_ids)).order_by(m.c.at, m.c.id)).all()
    sent = attached.of_letters(tx, [row.inbox_id for row in rows if row.inbox_id is not None])
    found: dict[int, list[ThreadMessage]] = {}
    for row in rows:
        text, language = tx.open("thread_message.body", row.body), tx.open("thread_message.language", row.language)
        media = tuple(sent.get(row.inbox_id, ()))
        found.setdefault(row.thread_id, []).append(ThreadMessage(row.side, text, language, row.at, media))
    return found
