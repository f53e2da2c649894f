"""A broadcast whose time has come: it is settled whom it is for, then laid into the outbox, slice by slice."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Protocol

import structlog
from sqlalchemy import ColumnElement, Row, bindparam, exists, func, literal_column, select, update

from bot.broadcast import attachments, compose, hers, send
from bot.broadcast.audience import Audience, Receiver, families, nameless
from bot.broadcast.content import QUESTION, READY, WORDS, Content
from bot.broadcast.halt import note_key
from bot.config import Config
from bot.errors import place
from bot.inbox.put import Note, put
from bot.model import Value
from bot.outbox import queue
from bot.outbox.queue import LIFE, Draft
from bot.people import staff, wishes
from bot.store.database import Database, Tx
from bot.store.many import Many
from bot.store.tables import broadcast, broadcast_to, outbox

log = structlog.get_logger()
LATE = LIFE["broadcast"]  # what has not begun so long after its time does not begin
SLICE = 500  # people in one write: nobody waits long for the writer
_b, _to = broadcast.c, broadcast_to.c
_COMING: ColumnElement[bool] = literal_column("state IN ('planned', 'starting')")  # the words of the index
_NEXT = select(func.min(_b.due_at)).where(_COMING)
_DUE = (
    select(*_b["id", "state", "due_at", "until_at"])
    .where(_COMING, _b.due_at <= bindparam("now"))
    .order_by(_b.due_at, _b.id)
)
_ADD = Many(broadcast_to.insert())
_GOT_IT = exists().where(outbox.c.broadcast_id == _to.broadcast_id, outbox.c.contact_id == _to.contact_id)


class Books(compose.Books, Protocol):
    """What is needed here of what lies on the desk."""

    @property
    def config(self) -> Config: ...


class Told(NamedTuple):
    """A broadcast that begins: the message that everybody gets, or what everybody's question begins with.

    `people`: whom it is for; None where that was settled before. `lost`: these families are not its sender's any more.
    `peace`: until when they get nothing but what is needed.
    """

    id: int
    people: Sequence[Receiver] | None
    draft: Draft | None = None
    question: Mapping[str, Any] | None = None
    lost: bool = False
    peace: datetime | None = None


class Slice(NamedTuple):
    """So many people were told something just now. `last`: the row of the last of them; 0 where that was all."""

    told: Told | None = None
    laid: int = 0
    last: int = 0


def next_due(tx: Tx) -> datetime | None:
    """When the next broadcast has to begin."""
    return tx.execute(_NEXT).scalar()


async def begin_due(database: Database, books: Books, now: datetime) -> int:
    """Begin everything that is due, up to `now`, and say for how many people. Two processes at once change nothing."""
    rows = await database.fetch(lambda tx: _due(tx, now))
    slices = deque(await asyncio.gather(*(_begun(database, books, row, now) for row in rows)))
    many = 0
    while slices:  # every school in its turn
        told, laid, last = slices.popleft()
        many += laid
        if told and last:
            slices.append(await database.write(partial(_lay, told=told, after=last, now=now)))
    return many


def _due(tx: Tx, now: datetime) -> Sequence[Row[Any]]:
    return tx.execute(_DUE, {"now": now}).all()


async def _begun(database: Database, books: Books, row: Row[Any], now: datetime) -> Slice:
    """It is settled whom this one is for, and the first of them are told; nobody where it does not begin."""
    late = now - row.due_at > LATE or row.until_at <= now
    if row.state == "planned" and late:
        await database.write(partial(_give_up, broadcast_id=row.id, state="late", now=now))
        return Slice()
    try:
        told = await database.fetch(partial(_look, books=books, broadcast_id=row.id, now=now))
        return await database.write(partial(_open, told=told, now=now)) if told else Slice()
    except Exception as error:  # a loop: noted, and the others go on; what never begins becomes late
        log.error("broadcast_failed", broadcast=row.id, error=type(error).__name__, at=place(error))
        if row.state == "starting" and late:  # who has not got it stands in its list
            await database.write(partial(send.stop, broadcast_id=row.id, now=now))
        return Slice()


def _give_up(tx: Tx, broadcast_id: int, state: str, now: datetime) -> None:
    planned = _b.id == broadcast_id, _b.state == "planned"
    tx.execute(update(broadcast).where(*planned).values(state=state, settled_at=now))


def _look(tx: Tx, books: Books, broadcast_id: int, now: datetime) -> Told | None:
    """What it says and, where it has not begun, to whom."""
    row = tx.execute(select(broadcast).where(_b.id == broadcast_id, _COMING)).first()
    if row is None:
        return None
    people = None
    if row.state == "planned":
        audience = Audience(row.school, *row.audience)
        if not (row.approved_by or hers.may_tell(tx, books.config, row.staff_id, audience, now)):
            return Told(row.id, (), lost=True)
        people = nameless(tx, books.config, audience, now)
    content = Content.load(tx.open("broadcast.content", row.content))
    if content.kind == QUESTION:
        return Told(row.id, people, question=_question(tx, books, row, content))
    school = books.config.schools[row.school]
    ready = books.ready[content.what] if content.kind == READY else None
    purpose = ready.purpose if ready else "school"
    file = attachments.value(tx, books.config.web.public_url, content.file_id)
    parts = compose.parts(books, school, _sender(tx, row), content, file)
    draft = Draft(0, row.cls, purpose, row.school, parts=parts, until=row.until_at, broadcast_id=row.id)
    return Told(row.id, people, draft, peace=now + ready.peace if ready and ready.peace else None)


def _question(tx: Tx, books: Books, row: Row[Any], content: Content) -> Mapping[str, Any]:
    """With what the conversation of each of them begins."""
    fields = {
        "leerkracht": Value("name", _sender(tx, row)), "school": Value("name", books.config.schools[row.school].name),
        "vraag": content.fields[WORDS], "peiling": Value("number", str(row.about_id or row.id)),
    }  # fmt: skip
    return {
        "flow": content.what, "school": row.school, "child": None, "fields": fields, "broadcast": row.id,
        "until": row.until_at.isoformat(),
    }  # fmt: skip


def _sender(tx: Tx, row: Row[Any]) -> str:
    """The name of who sends it. Raises LookupError where nobody knows her any more."""
    sender = staff.by_id(tx, row.staff_id)
    if sender is None:
        raise LookupError("who wrote it is gone")
    return sender.name


def _open(tx: Tx, told: Told, now: datetime) -> Slice:
    """From here on it has begun, and for these people; not where somebody has taken it back, or has begun it."""
    if told.lost:
        _give_up(tx, told.id, "dropped", now)
        return Slice()
    if told.people is not None:
        values = {
            "state": "starting", "started_at": now, "people": len(told.people), "families": families(told.people),
        }  # fmt: skip
        planned = _b.id == told.id, _b.state == "planned"
        if not tx.execute(update(broadcast).where(*planned).values(values)).rowcount:
            return Slice()
        if told.people:
            _ADD(tx, [_row(told.id, each) for each in told.people])
    return _lay(tx, told, 0, now)


def _row(broadcast_id: int, person: Receiver) -> dict[str, Any]:
    children = [child.id for child in person.children]
    contact_id, why = person.contact_id, person.why or None
    return {"broadcast_id": broadcast_id, "contact_id": contact_id, "children": children, "why": why}


def _lay(tx: Tx, told: Told, after: int, now: datetime) -> Slice:
    """The next slice, behind this row. Whoever was told before a kill is passed over: her message stands in the
    outbox, her note in the inbox."""
    state = tx.execute(select(_b.state).where(_b.id == told.id).with_for_update()).scalar_one()
    if state != "starting":  # stopped meanwhile
        return Slice()
    theirs = select(_to.id, _to.contact_id).where(_to.broadcast_id == told.id, _to.why.is_(None), _to.id > after)
    rows = tx.execute(theirs.where(~_GOT_IT).order_by(_to.id).limit(SLICE)).all()
    people = [row.contact_id for row in rows]
    if told.draft:
        queue.put_alike(tx, told.draft, people, now)
        if told.peace:
            wishes.leave_alone(tx, people, told.peace)
    elif told.question:
        notes = [Note(each, "start", note_key(told.id, each), {**told.question}) for each in people]
        put(tx, notes, now)
    if len(rows) == SLICE:
        return Slice(told, len(rows), rows[-1].id)
    tx.execute(update(broadcast).where(_b.id == told.id).values(state="going"))
    return Slice(told, len(rows))
