"""Talks with parents as a page or a command shows them: one with all its words, or a list of what waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select, text, true, union

from bot.desk import talked
from bot.desk.talked import Alarm, ThreadMessage
from bot.errors import BotError
from bot.outbox.address import is_stopped
from bot.store import tables as t
from bot.store.database import Tx

WAITING, ANSWERED, CLOSED, ALL = "waiting", "answered", "closed", ""  # which threads a list shows
_open = t.thread.alias("open_one")


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
    contact_id: int = 0
    child_id: int | None = None
    staff_id: int | None = None  # whom it was given to; None: it is the teacher's
    staff: str = ""  # her name
    answer_by: datetime | None = None  # what the school promised her; None where nobody waits
    overdue_at: datetime | None = None  # since when the office has it too
    tense: bool = False
    opened_at: datetime | None = None
    call: Alarm | None = None
    stopped: bool = False  # she sent STOP since: no answer may go to her


class Line(NamedTuple):
    """One talk in a list. `last` is what the parent said last, None where her words are gone."""

    id: int
    school: str
    kind: str
    state: str
    child: str
    guardian: str
    changed_at: datetime
    alarm: str
    last: ThreadMessage | None
    undelivered: str
    contact_id: int
    child_id: int | None
    staff_id: int | None
    staff: str
    answer_by: datetime | None
    overdue_at: datetime | None
    tense: bool


class Kept(NamedTuple):
    """How a school kept its promise to answer within two working days."""

    in_time: int
    late: int  # answered, or closed, after the promised moment
    open_and_late: int


def waiting(tx: Tx, school: str | None = None) -> list[Thread]:
    """The threads that are open or whose answer did not reach her, what is urgent first, then what waits longest."""
    where = t.thread.c.school == school if school else true()
    return _threads(tx, tx.execute(_list(where, WAITING)).all())


def one(tx: Tx, thread_id: int, now: datetime) -> Thread:
    """One thread with all that a page shows of it. Raises BotError where there is none."""
    rows = tx.execute(_columns().where(t.thread.c.id == thread_id)).all()
    if not rows:
        raise BotError(f"there is no thread {thread_id}")
    return _threads(tx, rows)[0]._replace(stopped=is_stopped(tx, thread_id))


def listed(
    tx: Tx, where: ColumnElement[bool], state: str, now: datetime, most: int, after: int | None = None
) -> list[Line]:
    """The next `most` threads of this list after the thread `after`; only what these show is opened.

    `state`: WAITING (open, or the answer did not arrive; danger first, then what is overdue, then what waits longest),
    ANSWERED, CLOSED or ALL (newest first).
    """
    chosen = _list(where, state)
    if after is not None:
        chosen = chosen.where(_behind(state, after))
    rows = tx.execute(chosen.limit(most)).all()
    ids, known = [row.id for row in rows], _around(tx, rows)
    words = talked.last_words(tx, ids)
    return [
        Line(
            row.id, row.school, row.kind, row.state, known.child(tx, row), known.guardian(row), row.changed_at,
            known.alarm(row), words.get(row.id), row.why or "", row.contact_id, row.child_id, row.staff_id,
            known.staff.get(row.staff_id, ""), row.answer_by, row.overdue_at, row.tense,
        )
        for row in rows
    ]  # fmt: skip


def about(tx: Tx, thread_id: int, school: str) -> tuple[int, int | None]:
    """Whose thread this is, and about which child. Raises BotError where this school has no such thread."""
    th = t.thread.c
    row = tx.execute(select(th.contact_id, th.child_id).where(th.id == thread_id, th.school == school)).first()
    if row is None:
        raise BotError(f"there is no thread {thread_id} at this school; see: ouderbrug threads list")
    return row.contact_id, row.child_id


def kept(tx: Tx, school: str, since: datetime, until: datetime) -> Kept:
    """How many promises to answer were kept from `since` until `until`, by when they were settled."""
    m, th = t.thread_message.c, t.thread.c
    joined = select(m.at, m.answer_by).select_from(t.thread_message).join(t.thread, th.id == m.thread_id)
    those = joined.where(th.school == school, m.answer_by.is_not(None), m.at >= since, m.at < until).subquery()
    columns = func.count().filter(those.c.at <= those.c.answer_by), func.count().filter(those.c.at > those.c.answer_by)
    answered = tx.execute(select(columns[0].label("in_time"), columns[1].label("late")).select_from(those)).one()
    mine = select(func.count()).where(th.school == school, th.overdue_at.is_not(None))
    closed = mine.where(th.state == "closed", th.overdue_at >= since, th.overdue_at < until)
    still = mine.where(th.state == "open")
    late = answered.late + tx.execute(closed).scalar_one()
    return Kept(answered.in_time, late, tx.execute(still).scalar_one())


class _Around(NamedTuple):
    """What belongs to the rows of a list: names and calls."""

    guardians: dict[tuple[int, str], str]
    alarms: dict[int, Alarm]
    staff: dict[int, str]

    def child(self, tx: Tx, row: Any) -> str:
        return tx.open("child.name", row.child) if row.child else ""

    def guardian(self, row: Any) -> str:
        return self.guardians.get((row.contact_id, row.school), "")

    def alarm(self, row: Any) -> str:
        return self.alarms[row.id].state if row.id in self.alarms else ""


def _around(tx: Tx, rows: Sequence[Any]) -> _Around:
    return _Around(
        talked.guardians(tx, [row.contact_id for row in rows]),
        talked.alarms(tx, [row.id for row in rows]),
        talked.colleagues(tx, [row.staff_id for row in rows if row.staff_id is not None]),
    )


def _threads(tx: Tx, rows: Sequence[Any]) -> list[Thread]:
    known, messages = _around(tx, rows), talked.messages(tx, [row.id for row in rows])
    return [
        Thread(
            row.id, row.school, row.kind, row.state, known.child(tx, row), known.guardian(row), row.changed_at,
            known.alarm(row), messages.get(row.id, []), row.why or "", row.contact_id, row.child_id, row.staff_id,
            known.staff.get(row.staff_id, ""), row.answer_by, row.overdue_at, row.tense, row.opened_at,
            known.alarms.get(row.id),
        )
        for row in rows
    ]  # fmt: skip


def _columns() -> Any:
    lost = talked.lost().subquery("lost")
    joined = select(t.thread, t.child.c.name.label("child"), lost.c.why).select_from(t.thread)
    return joined.outerjoin(t.child, t.child.c.id == t.thread.c.child_id).outerjoin(
        lost, (lost.c.thread_id == t.thread.c.id) & (t.thread.c.state != "closed")
    )


def _list(where: ColumnElement[bool], state: str) -> Any:
    th, chosen = t.thread.c, _columns().where(where)
    if state == WAITING:
        lost = talked.lost().subquery("missed")
        open_ones = select(_open.c.id).where(text("open_one.state = 'open'"))  # in the words of the index
        chosen = chosen.where(th.id.in_(union(open_ones, select(lost.c.thread_id))), th.state != "closed")
        return chosen.order_by(_place(), th.changed_at, th.id)
    chosen = chosen.where(th.state == state) if state else chosen
    return chosen.order_by(th.changed_at.desc(), th.id.desc())


def _place() -> ColumnElement[int]:
    """Danger before all else, then what is overdue."""
    return case((t.thread.c.kind == "gevaar", 0), (t.thread.c.overdue_at.is_not(None), 1), else_=2)


def _behind(state: str, after: int) -> ColumnElement[bool]:
    """What comes after this thread in the list."""
    th, last = t.thread.c, select(t.thread).where(t.thread.c.id == after).subquery("last_one")
    at = select(last.c.changed_at).scalar_subquery()
    if state != WAITING:
        return or_(th.changed_at < at, and_(th.changed_at == at, th.id < after))
    place = select(
        case((last.c.kind == "gevaar", 0), (last.c.overdue_at.is_not(None), 1), else_=2)
    ).scalar_subquery()  # fmt: skip
    later = or_(th.changed_at > at, and_(th.changed_at == at, th.id > after))
    return or_(_place() > place, and_(_place() == place, later))
