"""What the desk knows beside the conversation: which school, child and teacher; and the way to a person."""

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, select, update

from bot.conversation import engine, events
from bot.conversation.answers import Question, understand
from bot.desk import handoff, passed
from bot.desk.load import GuardianRow, Letter, Live
from bot.model import Offer, Part, Value
from bot.outbox.queue import Draft
from bot.people import consent, staff
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.orders import Wanted
from bot.translation.sentences import has_words
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case

WAIT_AGAIN = timedelta(minutes=30)  # before a question that had to wait is tried again
_CHANNELS = {"whatsapp": "WhatsApp", "telegram": "Telegram", "sms": "SMS"}
_LINE = select(t.thread_message.c.id).where(t.thread_message.c.inbox_id == bindparam("letter"))
_NEW_LINE = t.thread_message.insert()


def ends_quietly(case: "Case", live: Live) -> bool:
    """Whether her silence ends this without a word: the question that is open meanwhile stays so."""
    assert live.flow is not None
    effects = engine.advance(live.flow, live.run, events.Silent(case.at), case.words).effects
    return all(isinstance(each, events.End) for each in effects)


def not_both(draft: Draft | None) -> None:
    """The question that it breaks into comes back in this very message: nobody is told that it will."""
    if draft is not None:
        draft.parts[:] = [part for part in draft.parts if part.key != "algemeen.wacht"]


def fill(
    case: "Case", key: str, given: Mapping[str, Value], school: str | None, child_id: int | None
) -> dict[str, Value]:
    """The fields that the text `key` needs: the answers so far, else what the desk knows."""
    fields = {}
    for name in case.books.catalogue.fields(key):
        fields[name] = given[name] if name in given else known(case, name, school, child_id)
    return fields


def known(case: "Case", name: str, school: str | None, child_id: int | None) -> Value:
    """One field from the context; a plain word of her language where nothing is known."""
    config = case.books.config
    words = case.books.catalogue.words(case.person.language)
    at = config.schools.get(school) if school else None
    if name == "school":
        return Value("name", at.name if at else words.say("algemeen.school", {}))
    if name == "leerkracht":
        row = teacher_of(case, school, child_id)
        sealed = row.teacher if row else None
        return Value("name", case.tx.open("staff.name", sealed) if sealed else words.say("algemeen.leerkracht", {}))
    if name == "kind":
        rows = children(case, school, child_id)
        names = ", ".join(first_name(case.tx.open("child.name", row.child)) for row in rows)
        return Value("name", names or words.say("algemeen.uw_kind", {}))
    if name == "kanaal":
        return Value("name", _CHANNELS.get(case.channel, case.channel))
    if name == "telefoon":
        return Value("name", (at.urgent_phone if at else "") or "112")
    if name == "privacy":
        return Value("link", f"{config.web.public_url}/privacy/", "language")
    return Value("text", "")


def children(case: "Case", school: str | None, child_id: int | None) -> list[GuardianRow]:
    """Her children at this school, or the one child."""
    rows = case.batch.families.get(case.person.id, ())
    return [
        row
        for row in rows
        if (child_id is None or row.child_id == child_id) and (school is None or row.school == school)
    ]


def teacher_of(case: "Case", school: str | None, child_id: int | None) -> GuardianRow | None:
    """The child whose teacher speaks; None where her children have different teachers and none is meant."""
    rows = children(case, school, child_id)
    return rows[0] if len({row.teacher_id for row in rows}) == 1 else None


def hand_off(case: "Case", live: Live, say: str, fields: Mapping[str, Value]) -> None:
    """Her words go to a thread of the school; she reads `say`, where there is one."""
    school = live.school or (case.schools[0] if case.schools else None)
    if school is None:
        return
    case.savepoint()
    rows = children(case, school, live.child_id)
    child_id = live.child_id or (rows[0].child_id if len(rows) == 1 else None)
    kind = "vraag" if live.flow is not None and live.flow.name == "vrij" else "mens"
    until = passed.promised(case, school)
    thread_id = handoff.open_thread(case.tx, case.person.id, school, child_id, kind, live.kept, case.now, until)
    if say:
        given_to = case.tx.execute(select(t.thread.c.staff_id).where(t.thread.c.id == thread_id)).scalar()
        name, when = _reader(case, school, child_id, given_to)
        case.say(Part(say, {**fields, "leerkracht": name}), live)
        if when:
            case.say(when, live)


def _reader(case: "Case", school: str, child_id: int | None, given_to: int | None) -> tuple[Value, Part | None]:
    """How who reads her words is called, and when she does, where that is not now."""
    teacher = teacher_of(case, school, child_id)
    reader_id = given_to or (teacher.teacher_id if teacher else None)
    reader = staff.by_id(case.tx, reader_id) if reader_id else None
    name = Value("name", reader.name) if reader else known(case, "leerkracht", school, child_id)
    return name, passed.later(case, school, reader, name)


def add_to_talk(case: "Case", letter: Letter) -> bool:
    """Her words belong to the talk with the teacher that is going on, if there is one. When they are read is said
    once: to the first after an answer."""
    talk = handoff.talk(case.tx, case.person.id, case.now)
    if talk is None:
        return False
    case.savepoint()
    until = passed.promised(case, talk.school)
    handoff.add(case.tx, talk.id, case.person.id, [letter.id], case.now, until)
    name, when = _reader(case, talk.school, talk.child_id, talk.staff_id)
    case.say(Part("draad.door", {"leerkracht": name}))
    if when and talk.state != "open":
        case.say(when)
    return True


def answer_to_school(case: "Case", letter: Letter) -> None:
    """Where school spoke last, a word that starts something may as well be her answer ("ziek"): it is passed on too."""
    talk = handoff.talk(case.tx, case.person.id, case.now)
    if talk is not None and talk.state == "answered":
        add_to_talk(case, letter)


def tell_school(
    case: "Case", school: str, child_id: int | None, kind: str, words: str, kept: Collection[int] = ()
) -> None:
    """What she means, in Dutch, in the thread that is open about this child, or a new one of this kind.

    The line is tied to her letter, so that the answer goes back to where she wrote; not where that letter stands in a
    thread by itself, now or later (`kept`).
    """
    assert case.letter is not None
    case.savepoint()
    until = passed.promised(case, school)
    thread_id = handoff.open_thread(case.tx, case.person.id, school, child_id, kind, (), case.now, until)
    letter = case.letter
    is_there = case.tx.execute(_LINE, {"letter": letter.id}).first() is not None
    is_free = letter.kind == "message" and not is_there and letter.id not in kept
    row = {
        "thread_id": thread_id, "side": "parent", "inbox_id": letter.id if is_free else None, "at": letter.received_at,
        "body": case.tx.seal("thread_message.body", words),
        "language": case.tx.seal("thread_message.language", SOURCE),
    }  # fmt: skip
    case.tx.execute(_NEW_LINE, row)


def answers_call(case: "Case", text: str, choice: str) -> bool:
    """Whether somebody on duty answers a call that has gone on to the next meanwhile: that still counts."""
    called = Question("alarm.oproep", "choice", (Offer("ik"),))
    if choice != "ik" and not (text and understand(called, text, case.words, case.at.date())):
        return False
    alarm_id = handoff.called_lately(case.tx, case.person.id, case.now)
    if alarm_id is None:
        return False
    case.savepoint()
    taken = handoff.take_alarm(case.tx, alarm_id, case.person.id, case.now)
    case.say(Part("alarm.dank" if taken else "alarm.al", {}))
    return True


def say_answer(case: "Case", payload: Mapping[str, Any]) -> None:
    """A person of the school answers her."""
    key, text = "draad.antwoord", payload["text"]
    given = {"tekst": Value("words", text, SOURCE)}
    if payload.get("name"):
        given["leerkracht"] = Value("name", payload["name"])
    fields = fill(case, key, given, payload["school"], payload.get("child"))
    draft = Draft(
        case.person.id, "reply", "school", payload["school"], payload.get("address"), [Part(key, fields)],
        thread_id=payload["thread"], scope=f"answer:{payload['line']}" if "line" in payload else None,
    )  # fmt: skip
    case.drafts.append(draft)
    if case.person.language != SOURCE and has_words(text):  # so that it is ready when the message may leave
        case.savepoint()
        orders.order(case.tx, [Wanted(payload["school"], SOURCE, case.person.language, text)], case.now)


# Made once: to put them together costs more than to run them.
_OURS, _THEIRS = (
    select(*t.outbox.c["run_id", "step", "school"])
    .where(named == bindparam("it"), t.outbox.c.contact_id == bindparam("who"))
    .order_by(t.outbox.c.id.desc())
    .limit(1)
    for named in (t.outbox.c.id, t.outbox.c.provider_id)
)


def meant(tx: Tx, letter: Letter, contact_id: int) -> Row[Any] | None:
    """Our message that she taps on or replies to, with `run_id`, `step` and `school`; None where that is none."""
    ours, theirs = letter.payload.get("ours", ""), letter.payload.get("theirs", "")
    number = ours.partition("-")[0]
    if number.isascii() and number.isdigit() and len(number) < 19:
        return tx.execute(_OURS, {"it": int(number), "who": contact_id}).first()
    if theirs and not ours:
        return tx.execute(_THEIRS, {"it": theirs, "who": contact_id}).first()
    return None


def is_coming(tx: Tx, live: Live) -> bool:
    """Whether the open question of this run still waits to leave."""
    waits = t.outbox.c.run_id == live.id, t.outbox.c.step == live.run.step, t.outbox.c.status == "queued"
    return live.id is not None and tx.execute(select(t.outbox.c.id).where(*waits).limit(1)).first() is not None


def letter(tx: Tx, letter_id: int) -> Letter | None:
    """A letter of hers that was read before."""
    row = tx.execute(select(t.inbox).where(t.inbox.c.id == letter_id)).first()
    if row is None:
        return None
    payload = json.loads(tx.open("inbox.payload", row.payload))
    return Letter(row.id, row.kind, row.address_id, row.channel, row.received_at, payload)


def last_heard(tx: Tx, contact_id: int) -> str | None:
    """The school of the message that left for her last."""
    o = t.outbox.c
    left = select(o.school).where(o.contact_id == contact_id, o.left_at.is_not(None), o.school.is_not(None))
    return tx.execute(left.order_by(o.left_at.desc(), o.id.desc()).limit(1)).scalar()


def shut_out(case: "Case", letter: Letter) -> None:
    """She closed this channel: her yes for it is withdrawn, and what waits for this address only does not leave."""
    case.savepoint()
    if not any(_opens(each, letter) for each in case.person.letters):
        a = t.address.c
        silent_since = (a.heard_at <= letter.received_at) | a.heard_at.is_(None)
        here = update(t.address).where(a.id == letter.address_id, silent_since)
        case.tx.execute(here.values(blocked_at=case.now))
    consent.withdraw(case.tx, case.person.id, "block", case.now, channel=letter.channel)
    case.person.consents = consent.open_for(case.tx, [case.person.id])[case.person.id]
    o = t.outbox.c
    waits = o.contact_id == case.person.id, o.address_id == letter.address_id, o.status == "queued"
    gone = {"status": "cancelled", "reason": "blocked", "settled_at": case.now}
    case.tx.execute(update(t.outbox).where(*waits).values(gone))


def _opens(other: Letter, blocked: Letter) -> bool:
    """Who writes after that has opened it again."""
    return other.id > blocked.id and other.address_id == blocked.address_id and other.payload.get("kind") != "blocked"
