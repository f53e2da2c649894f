"""To a person and back: threads, and the alarm that calls the people on duty."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, case, func, literal, null, select, update

from bot.config import School
from bot.inbox.put import Note, put
from bot.model import Value
from bot.people import contacts
from bot.store.database import Tx
from bot.store.tables import Moment, alarm, contact, inbox, staff, thread, thread_message
from bot.translation import orders
from bot.translation.orders import Wanted
from bot.translation.sentences import has_words
from bot.translation.texts import SOURCE

TALK = timedelta(hours=48)  # so long after the school's answer her words still belong to the talk
ON_CALL = timedelta(hours=24)  # so long a late answer to a call still counts
ROUNDS = 3  # how often an alarm goes round the people on duty
_APART = ("gevaar", "kind")  # kinds of talks that are not mixed with others: what stands there is not for every reader


# Made once: to put them together costs more than to run them.
_LANGUAGE = select(contact.c.language).where(contact.c.id == bindparam("contact"))
_THESE: BindParameter[list[int]] = bindparam("letters", expanding=True)
_THERE = select(thread_message.c.inbox_id).where(thread_message.c.inbox_id.in_(_THESE))
_LETTERS = (
    select(*inbox.c["id", "payload", "received_at"])
    .where(inbox.c.id.in_(_THESE), inbox.c.channel != "bot")
    .order_by(inbox.c.id)
)
_WAITS, _BY = thread.c.state == "open", bindparam("by", type_=Moment())
_OPENED = (
    update(thread)
    .where(thread.c.id == bindparam("it"))
    .values(
        state="open",
        changed_at=bindparam("at"),
        answer_by=case((_WAITS, func.coalesce(thread.c.answer_by, _BY)), else_=_BY),
        overdue_at=case((_WAITS, thread.c.overdue_at), else_=null()),
    )
)


_NEW = thread.insert().returning(thread.c.id)


@cache
def _going(apart: bool, of_none: bool) -> Select[tuple[int]]:
    """The thread that is not closed; `apart`: of this kind, `of_none`: about no child."""
    c = thread.c
    kind = c.kind == bindparam("of") if apart else c.kind.not_in(_APART)
    child = c.child_id.is_(None) if of_none else c.child_id == bindparam("child")
    hers = c.contact_id == bindparam("contact"), c.school == bindparam("at"), child
    return select(c.id).where(*hers, kind, c.state != "closed")


def open_thread(
    tx: Tx, contact_id: int, school: str, child_id: int | None, kind: str, inbox_ids: Sequence[int], now: datetime,
    answer_by: datetime | None = None,
) -> int:  # fmt: skip
    """Her letters in a thread: the one that is open about this child at this school, or a new one.

    A danger word has a thread of its own, and so has a child that writes; what she asks and what nobody understood
    belong together. `answer_by`: until when the school answers.
    """
    about = {"contact": contact_id, "at": school, "child": child_id, "of": kind}
    found = tx.execute(_going(kind in _APART, child_id is None), about).scalar()
    if found is None:
        row = {
            "contact_id": contact_id,
            "school": school,
            "child_id": child_id,
            "kind": kind,
            "state": "open",
            "opened_at": now,
            "changed_at": now,
        }
        found = int(tx.execute(_NEW, row).scalar_one())
    add(tx, found, contact_id, inbox_ids, now, answer_by)
    return found


def add(
    tx: Tx, thread_id: int, contact_id: int, inbox_ids: Sequence[int], now: datetime, answer_by: datetime | None = None
) -> None:
    """Put letters of hers into a thread; one that lies in a thread already stays there.

    What she adds before an answer came does not move the moment by which it was promised.
    """
    language = tx.open("contact.language", tx.execute(_LANGUAGE, {"contact": contact_id}).scalar_one())
    these = {"letters": list(inbox_ids)}
    there = set(tx.execute(_THERE, these).scalars())
    letters = tx.execute(_LETTERS, these).all()
    texts = {
        row.id: json.loads(tx.open("inbox.payload", row.payload))["text"] for row in letters if row.id not in there
    }
    rows = [
        {
            "thread_id": thread_id, "side": "parent", "inbox_id": row.id, "at": row.received_at,
            "body": tx.seal("thread_message.body", texts[row.id]),
            "language": tx.seal("thread_message.language", language),
        }
        for row in letters
        if row.id in texts
    ]  # fmt: skip
    if rows:
        tx.execute(thread_message.insert(), rows)
        _in_dutch(tx, thread_id, language, texts.values(), now)
    tx.execute(_OPENED, {"it": thread_id, "at": now, "by": answer_by})


def _in_dutch(tx: Tx, thread_id: int, language: str, texts: Collection[str], now: datetime) -> None:
    """Order what she wrote for who reads it at school. Her language is that of her contact: nobody guesses it."""
    if language == SOURCE or not any(map(has_words, texts)):
        return
    school = tx.execute(select(thread.c.school).where(thread.c.id == thread_id)).scalar_one()
    orders.order(tx, [Wanted(school, language, SOURCE, text) for text in texts if has_words(text)], now)


_TALKING = (
    select(thread)
    .where(thread.c.contact_id == bindparam("contact"), thread.c.state.in_(("answered", "open")))
    .where(thread.c.changed_at > bindparam("since"))
    .where(
        select(thread_message.c.id)
        .where(thread_message.c.thread_id == thread.c.id, thread_message.c.side == "school")
        .exists()
    )
    .order_by(thread.c.changed_at.desc())
    .limit(1)
)


def talk(tx: Tx, contact_id: int, now: datetime) -> Row[Any] | None:
    """The thread in which a person of the school answered her lately: what she writes now belongs there."""
    return tx.execute(_TALKING, {"contact": contact_id, "since": now - TALK}).first()


_NEWEST = (
    select(thread)
    .join(thread_message, thread_message.c.thread_id == thread.c.id)
    .where(thread.c.contact_id == bindparam("contact"), thread.c.changed_at >= bindparam("since"))
    .where(thread_message.c.side == "parent")
    .order_by(thread_message.c.id.desc())
    .limit(1)
)


def newest(tx: Tx, contact_id: int, since: datetime) -> Row[Any] | None:
    """The thread into which her last words went, where that was so lately."""
    return tx.execute(_NEWEST, {"contact": contact_id, "since": since}).first()


def last_letter(tx: Tx, thread_id: int) -> int:
    """Her last words in this thread, by their letter."""
    m = thread_message.c
    hers = select(m.inbox_id).where(m.thread_id == thread_id, m.inbox_id.is_not(None))
    return int(tx.execute(hers.order_by(m.id.desc()).limit(1)).scalar_one())


# --- alarm
def raise_alarm(
    tx: Tx, contact_id: int, school: School, inbox_ids: Sequence[int], now: datetime, answer_by: datetime | None = None
) -> None:
    """A danger word: a thread, and a call without any name or text to the first on duty."""
    thread_id = open_thread(tx, contact_id, school.key, None, "gevaar", inbox_ids, now, answer_by)
    last = tx.execute(select(alarm).where(alarm.c.thread_id == thread_id, alarm.c.state == "open")).first()
    if last and last.position < ROUNDS * len(school.duty):
        return  # they are being called
    if last:  # it went round in vain: from here on a new one stands for it
        tx.execute(update(alarm).where(alarm.c.id == last.id).values(state="renewed"))
    row = {"thread_id": thread_id, "school": school.key, "position": 0, "state": "open", "raised_at": now}
    alarm_id = int(tx.execute(alarm.insert().returning(alarm.c.id), row).scalar_one())
    _call(tx, alarm_id, 0, school, now)


def call_next(tx: Tx, alarm_id: int, school: School, now: datetime) -> None:
    """Nobody answered: the next on duty, three times round."""
    row = tx.execute(select(alarm).where(alarm.c.id == alarm_id, alarm.c.state == "open")).first()
    if row is None:
        return
    position = row.position + 1
    tx.execute(update(alarm).where(alarm.c.id == alarm_id).values(position=position))
    if position < ROUNDS * len(school.duty):
        _call(tx, alarm_id, position, school, now)


def take_alarm(tx: Tx, alarm_id: int, contact_id: int, now: datetime) -> bool:
    """Somebody on duty takes it, or has it already, also on the page; False where a colleague was first."""
    hers = select(staff.c.id).where(staff.c.contact_id == contact_id)
    has_it = (alarm.c.taken_by == contact_id) | alarm.c.taken_staff.in_(hers)
    mine = update(alarm).where(alarm.c.id == alarm_id, (alarm.c.state == "open") | has_it)
    return tx.execute(mine.values(state="taken", taken_at=now, taken_by=contact_id)).rowcount == 1


def take_by_staff(tx: Tx, thread_id: int, staff_id: int, now: datetime) -> bool:
    """A colleague takes the call about this thread on the page, or has it already, also by her own phone: nobody else
    is called. False where somebody was first, or nobody was called."""
    phone = select(staff.c.contact_id).where(staff.c.id == staff_id, staff.c.contact_id.is_not(None))
    has_it = (alarm.c.taken_staff == staff_id) | alarm.c.taken_by.in_(phone)
    last = select(func.max(alarm.c.id)).where(alarm.c.thread_id == thread_id).scalar_subquery()
    mine = update(alarm).where(alarm.c.id == last, (alarm.c.state == "open") | has_it)
    taken_at = case((alarm.c.state == "open", literal(now, Moment())), else_=alarm.c.taken_at)
    return tx.execute(mine.values(state="taken", taken_at=taken_at, taken_staff=staff_id)).rowcount == 1


def called_lately(tx: Tx, contact_id: int, now: datetime) -> int | None:
    """The last alarm that this contact was called for today."""
    called = inbox.c.contact_id == contact_id, inbox.c.channel == "bot", inbox.c.provider_id.startswith("alarm:")
    lately = select(inbox.c.provider_id).where(*called, inbox.c.received_at > now - ON_CALL)
    key = tx.execute(lately.order_by(inbox.c.id.desc()).limit(1)).scalar()
    return int(key.split(":")[1]) if key else None


def _call(tx: Tx, alarm_id: int, position: int, school: School, now: datetime) -> None:
    if not school.duty:
        return
    to = school.duty_addresses[position % len(school.duty)]
    contact_id, address_id = contacts.resolve(tx, [to], now)[to]
    fields = {"alarm": list(Value("number", str(alarm_id)))}
    payload = {"flow": "alarm", "school": school.key, "address": address_id, "fields": fields}
    put(tx, [Note(contact_id, "start", f"alarm:{alarm_id}:{position}", payload)], now)
