"""What a parent hears while she waits for an answer: it is late and the school knows, or somebody else has it now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, func, select, update

from bot.desk import context, passed, talked
from bot.desk.load import Letter
from bot.inbox.put import Note, put
from bot.model import Part, Value
from bot.outbox import queue
from bot.outbox.address import is_stopped
from bot.outbox.queue import Draft
from bot.people import staff
from bot.scheduler import promises
from bot.scheduler.almanac import Almanac
from bot.store.database import Tx
from bot.store.tables import contact, outbox, thread, thread_message

if TYPE_CHECKING:
    from bot.desk.case import Case

SLICE = 20
MEANT = timedelta(minutes=1)  # so long a hand-over can be taken back before she hears of it
_MARKS = frozenset("?؟")  # of a question
_ROLES = ("leerkracht", "ib", "kansencoach", "administratie", "directie")
# These words stand in the statement itself, or neither database would use the index that is made for it.
_promised = thread.c.answer_by.is_not(None), thread.c.overdue_at.is_(None)
_LATE = select(*thread.c["id", "contact_id", "school", "child_id", "answer_by"]).where(
    *_promised, thread.c.state == "open", thread.c.answer_by <= bindparam("now")
)
_NEXT = select(func.min(thread.c.answer_by)).where(*_promised, thread.c.state == "open")
_ONE_LATE = _LATE.limit(1)


# --- an answer is late
def collect(tx: Tx, almanac: Almanac, now: datetime, *, most: int = SLICE) -> int:
    """Talks whose promised moment has passed: noted once, the office is told with its next digest, and the parent.

    Returns how many. People are locked before their rows, as the desk does.
    """
    found = tx.execute(_LATE.order_by(thread.c.answer_by, thread.c.id).limit(most), {"now": now}).all()
    if not found:
        return 0
    people = contact.c.id.in_(sorted({row.contact_id for row in found}))
    tx.execute(select(contact.c.id).where(people).order_by(contact.c.id).with_for_update(key_share=True)).all()
    these = _LATE.where(thread.c.id.in_([row.id for row in found])).order_by(thread.c.id)
    rows = tx.execute(these.with_for_update(), {"now": now}).all()
    tx.execute(update(thread).where(thread.c.id.in_([row.id for row in rows])).values(overdue_at=now))
    put(tx, [_note(row) for row in rows if row.school in almanac.config.schools], now)
    for school in sorted({row.school for row in rows} & almanac.config.schools.keys()):
        promises.lay_school(tx, almanac, school, now)
    return len(found)


def is_due(tx: Tx, now: datetime) -> bool:
    """Whether such a moment has passed and nobody noted it: asked at every tick, by looking only."""
    return tx.execute(_ONE_LATE, {"now": now}).first() is not None


def next_due(tx: Tx) -> datetime | None:
    """When the next promise to answer is over."""
    return tx.execute(_NEXT).scalar()


def _note(row: Row[Any]) -> Note:
    payload = {"thread": row.id, "school": row.school, "child": row.child_id}
    return Note(row.contact_id, "overdue", f"overdue:{row.id}:{row.answer_by.timestamp():.0f}", payload)


def overdue(case: "Case", letter: Letter) -> None:
    """One honest line, where she still waits. Nothing about danger stands on a phone that others may read."""
    row = _open(case, letter.payload["thread"])
    if row is None or row.overdue_at is None or not _asks(case, row.id):
        return
    day = passed.next_day(case, row.school)
    if day is not None:
        fields = {"leerkracht": _name(case, row, row.staff_id), "datum": Value("date", day.isoformat())}
        _say(case, row, Part("draad.laat", fields), f"overdue:{row.id}:")


def _asks(case: "Case", thread_id: int) -> bool:
    """Whether she waits for an answer: not where she only chose something, nor with thanks for the last answer."""
    m = thread_message.c
    last = select(func.max(m.id)).where(m.thread_id == thread_id, m.side == "school")
    answered: int = case.tx.execute(last).scalar() or 0
    since = select(m.body).where(m.thread_id == thread_id, m.side == "parent", m.id > answered)
    words = [case.tx.open("thread_message.body", body) for body in case.tx.execute(since).scalars()]
    flows = {flow.name for flow in case.books.library.flows}
    own = [each for each in words if each.partition(": ")[0] not in flows]  # see telling.tell
    # What has no words is a voice or a picture: that may be a question.
    return any(not answered or not each or not _MARKS.isdisjoint(each) for each in own)


# --- somebody else has it
def given(case: "Case", letter: Letter) -> None:
    """One line where she waits: who answers now. A minute later, for it may have been a slip."""
    payload = letter.payload
    row = _open(case, payload["thread"])
    if row is None or row.staff_id != payload["to"]:
        return
    case.savepoint()
    before = _taken_back(case, row.id)
    before = payload["before"] or 0 if before is None else before
    to = staff.by_id(case.tx, payload["to"]) if payload["to"] else None
    if before == (payload["to"] or 0):
        return
    role, words = to.role if to else "leerkracht", case.books.catalogue.words(case.person.language)
    by = talked.colleagues(case.tx, [payload["by"]] if payload["by"] else []).get(payload["by"])
    fields = {
        "door": Value("name", by) if by else context.known(case, "school", row.school, row.child_id),
        "leerkracht": _name(case, row, payload["to"]),
        "rol": Value("name", words.say(f"rol.{role if role in _ROLES else 'collega'}", {})),
    }
    _say(case, row, Part("draad.gegeven", fields), f"given:{row.id}:{before}", case.now + MEANT)


def _taken_back(case: "Case", thread_id: int) -> int | None:
    """Who had it, as far as she knows, where a line about that has not left yet; it does not leave any more."""
    o, scope = outbox.c, f"given:{thread_id}:"
    waits = o.contact_id == case.person.id, o.status == "queued", o.scope.startswith(scope)
    found = case.tx.execute(select(o.scope).where(*waits).limit(1)).scalar()
    queue.cancel_scope(case.tx, case.person.id, scope, "replaced", case.now)
    return int(found.removeprefix(scope)) if found else None


# --- both
def _open(case: "Case", thread_id: int) -> Row[Any] | None:
    """The talk, where she waits in it and may be written to."""
    rows = case.tx.execute(select(thread).where(thread.c.id == thread_id, thread.c.contact_id == case.person.id))
    row = rows.first()
    waits = row is not None and row.state == "open" and row.kind != "gevaar"
    return row if waits and not is_stopped(case.tx, thread_id) else None


def _name(case: "Case", row: Row[Any], staff_id: int | None) -> Value:
    names: Sequence[str] = list(talked.colleagues(case.tx, [staff_id] if staff_id else []).values())
    return Value("name", names[0]) if names else context.known(case, "leerkracht", row.school, row.child_id)


def _say(case: "Case", row: Row[Any], part: Part, scope: str, due_at: datetime | None = None) -> None:
    draft = Draft(case.person.id, "reply", "school", row.school, None, [part], thread_id=row.id, scope=scope)
    draft.due_at = due_at
    case.drafts.append(draft)
