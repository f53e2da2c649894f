"""What a conversation about an agreed talk does: look it up as it is now, and tell the teacher who cannot come."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from bot.booking import appointments, before, one_day
from bot.booking.appointments import Talk
from bot.conversation.answers import Question, understand
from bot.conversation.events import Finished, Run
from bot.desk import context
from bot.desk.acts import booking, booking_mine, booking_words, deciding, polls
from bot.desk.load import Live
from bot.desk.telling import tell
from bot.errors import ContentError
from bot.model import Offer, Part, Value
from bot.outbox.queue import load_parts
from bot.people import staff
from bot.scheduler import afterwards
from bot.store import tables as t
from bot.store.tables import thread

if TYPE_CHECKING:
    from bot.desk.case import Case
    from bot.desk.load import Letter

_AGAIN = timedelta(days=14)  # so long an answer is known as one to a talk
_REMINDS = ("dag", "straks")
_NOT, _ALL = "welk", "alle"  # to which talk she cannot come


def concerns_nothing(case: "Case", letter: "Letter") -> bool:
    """Whether this note is about a talk that was moved, cancelled or held since, or has begun; or of which she was
    reminded with another of that day."""
    if "ronde" in letter.payload["fields"]:
        return booking.concerns_nobody(case, letter)
    number, which = (letter.payload["fields"].get(name, ["", ""])[1] for name in ("afspraak", "wanneer"))
    if not number:
        return False
    talk = appointments.look(case.tx, int(number))
    if not which:
        return letter.payload["flow"] == before.FLOW and _is_asked(case, letter, talk)
    if talk is None or talk.starts_at <= case.now:
        return True
    same = letter.payload.get("until") in (None, talk.starts_at.isoformat())
    if not same or talk.state != ("cancelled" if which in ("af", "ziek") else "planned"):
        return True
    return which in _REMINDS and one_day.is_said(case.tx, _that_day(case, talk), talk, case.person.id, which)


def _is_asked(case: "Case", letter: "Letter", talk: Talk | None) -> bool:
    """Whether what she wants to say before this talk is asked behind another one."""
    due_at = letter.payload.get("due_at")
    if talk is None or not due_at:
        return False
    return before.is_asked(case.tx, talk, case.person.id, datetime.fromisoformat(due_at))


def answered_again(case: "Case", text: str, choice: str = "") -> bool:
    """Whether she answers once more what is over: a poll; or a talk, and she reads what is agreed, or that nobody books
    any more."""
    if deciding.answered_twice(case, text, choice):
        return True
    o, r = t.outbox.c, t.run.c
    asked = select(o.parts, r.memory, r.state, r.flow).join(t.run, r.id == o.run_id)
    asked = asked.where(o.contact_id == case.person.id, o.step.is_not(None), o.left_at > case.now - _AGAIN)
    row = case.tx.execute(asked.order_by(o.left_at.desc(), o.id.desc()).limit(1)).first()
    if row is None or row.flow not in booking.FLOWS or row.state != "ended":
        return not choice and polls.answered_again(case, text)
    known = Run.unpack(json.loads(case.tx.open("run.memory", row.memory))[0]).answers
    _, ask, kind, shown = load_parts(case.tx.open("outbox.parts", row.parts))
    question = Question(ask, kind, tuple(Offer(*each) for each in shown or ()))
    answers = choice in {each.id for each in question.offers} if choice else bool(
        text and understand(question, text, case.words, case.at.date()))  # fmt: skip
    if "ronde" not in known or not answers:
        return False
    case.start("gesprek", fields={"ronde": known["ronde"]})
    return True


def look(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The talk as it is today, with the name of whoever it is with; the result is what is to be said of it: `dag_meer`
    and `straks_meer` where she has several that day."""
    talk = _talk(case, live)
    if talk is None:
        raise ContentError("this talk does not exist")
    live.child_id, live.school = talk.child_id, talk.school
    live.expires_at = max(case.now, min(live.expires_at, talk.starts_at))
    at = talk.starts_at.astimezone(case.books.config.zone(talk.school))
    which = live.run.answers.get("wanneer", Value("text", "dag")).value
    fields = {"datum": Value("date", at.date().isoformat()), "tijd": Value("time", f"{at:%H:%M}")}
    same = [each for each in _that_day(case, talk) if each.starts_at > case.now] if which in _REMINDS else []
    if len(same) > 1:
        fields |= booking_words.names(case, [each.child_id for each in same], [each.staff_id for each in same])
        fields |= {"tijden": booking_words.hours(case, same), "gesprekken": _numbers(same)}
        return Finished(case.at, f"{which}_meer", fields=fields)
    colleague = staff.by_id(case.tx, talk.staff_id) if talk.staff_id else None
    if colleague:
        fields["leerkracht"] = Value("name", colleague.name)
    return Finished(case.at, which, fields=fields)


def comes(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She will be there; `voorbij` where the talk is not as it was any more."""
    return Finished(case.at, "ok" if _still(case, live) else "voorbij")


def which_not(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """To which of her talks of that day she cannot come, or to none of them; not asked where only one is left."""
    still = _still(case, live)
    offers = [Offer(str(each.id), booking_words.child_at(case, each)) for each in still]
    if len(offers) < 2:
        return Finished(case.at, "only", fields={_NOT: Value("text", _ALL)})
    return Finished(case.at, offers=(*offers, Offer(_ALL)))


def cannot_come(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`open` where she may choose another moment at once; else it stands in the teacher's thread, with day and hour,
    and she is not reminded of this talk any more."""
    chosen = live.run.answers.get(_NOT, Value("text", _ALL)).value
    talks = [each for each in _still(case, live) if chosen in (_ALL, str(each.id))]
    if not talks:
        return Finished(case.at, "voorbij")
    results = {each.id: _off(case, live, each) for each in talks}
    free = [each for each in talks if results[each.id] == "open"]
    if not free:
        return Finished(case.at, "ok" if "ok" in results.values() else next(iter(results.values())))
    if "ok" in results.values():
        case.say(Part("afspraak.anders", {}), live)
    about = {"ronde": str(free[0].round_id), "afspraak": str(free[0].id)}
    fields = {name: Value("number", number) for name, number in about.items()}
    return Finished(case.at, "open", fields={**fields, "antwoord": Value("text", "ander")})


def _off(case: "Case", live: Live, talk: Talk) -> str:
    """She cannot come to this one: `open`, `gast`, `voorbij`, or `ok`: the teacher reads it."""
    if talk.contact_id != case.person.id or (talk.round_id and booking.in_round(case, talk.round_id)):
        return booking_mine.call_off(case, live, talk)
    afterwards.drop(case.tx, case.person.id, f"appointment:{talk.id}:", one_day.CANNOT)
    live.child_id = talk.child_id
    words = f"Kan niet komen: {booking_words.in_dutch(case, talk)}"
    context.tell_school(case, talk.school, talk.child_id, "vraag", words, live.kept)
    return "ok"


def note(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """A good answer stands in the teacher's thread, and nobody has to do anything about it."""
    hers = thread.c.contact_id == case.person.id, thread.c.school == live.school, thread.c.kind != "gevaar"
    waiting = set(case.tx.execute(select(thread.c.id).where(*hers, thread.c.state == "open")).scalars())
    finished = tell(case, live, given)
    calm = thread.c.state == "open", thread.c.changed_at == case.now, thread.c.id.not_in(waiting)
    case.tx.execute(update(thread).where(*hers, *calm).values(state="answered"))
    return finished


def _talk(case: "Case", live: Live) -> Talk | None:
    """The talk that this is about; of none, as where an author rehearses, one of tomorrow."""
    given = live.run.answers.get("afspraak")
    if given:
        return appointments.look(case.tx, int(given.value))
    school = live.school or next(iter(case.books.config.schools))
    return Talk(case.person.id, school, case.now + timedelta(days=1), 10, live.child_id)


def _still(case: "Case", live: Live) -> list[Talk]:
    """The talk, or the talks of that day, that are planned for the moment that she was asked about."""
    answers = live.run.answers
    if "gesprekken" in answers:
        talks = [appointments.look(case.tx, int(number)) for number in answers["gesprekken"].value.split()]
    else:
        talks = [_talk(case, live)]
        if talks[0] and not talks[0].id:
            return [talks[0]]
    zone = case.books.config.zone
    said = answers["tijden" if "gesprekken" in answers else "tijd"].value.replace(",", " ").split()
    walls = [(each, each.starts_at.astimezone(zone(each.school))) for each in talks if each]
    return [
        each for each, at in walls
        if each.state == "planned" and at.date().isoformat() == answers["datum"].value and f"{at:%H:%M}" in said
    ]  # fmt: skip


def _that_day(case: "Case", talk: Talk) -> list[Talk]:
    """What she has that day of which she may hear."""
    every = one_day.talks(case.tx, case.books.config, talk, case.person.id) if talk.id else []
    return [each for each in every if (case.person.id, each.child_id) not in case.batch.barred]


def _numbers(talks: Sequence[Talk]) -> Value:
    return Value("text", " ".join(str(each.id) for each in talks))


ACTIONS = {
    "booking.look": look,
    "booking.comes": comes,
    "booking.cannot_come": cannot_come,
    "handoff.note": note,
}
OFFERS = {"booking.which_not": which_not}
