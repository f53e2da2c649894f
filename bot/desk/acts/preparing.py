"""What a parent says before a talk: one question at a time, each may be passed over, and what she said is kept."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from bot.booking import appointments, before, hers, sheet
from bot.booking.appointments import Talk
from bot.booking.questions import MORE, by_id, questions
from bot.conversation.events import Finished
from bot.desk import handoff
from bot.desk.load import Live
from bot.model import Value
from bot.people import barred, staff
from bot.store import tables as t

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
SKIP, READY, NONE = "overslaan", "klaar", "geen"
_TALK, _ASKED, _HAD = "afspraak", "vraag_id", "gehad"  # what a run of this flow remembers
_REHEARSED = 0  # the number of the talk where an author rehearses


def look(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Which talk it is, with day, time and teacher; `geen` where she has none to come, `zelf` where she began."""
    talk = _talk(case, live)
    if talk is None:
        return Finished(case.at, NONE)
    fields = _about(case, live, talk)
    by_herself = case.letter is not None and case.letter.kind == "message"
    return Finished(case.at, "zelf" if by_herself else "ok", fields=fields)


def _about(case: "Case", live: Live, talk: Talk) -> dict[str, Value]:
    """From here on it is about this talk."""
    live.child_id, live.school = talk.child_id, talk.school
    live.expires_at = max(case.now, min(live.expires_at, talk.starts_at))
    at = talk.starts_at.astimezone(case.books.config.zone(talk.school))
    fields = {
        _TALK: Value("number", str(talk.id)), "datum": Value("date", at.date().isoformat()),
        "tijd": Value("time", f"{at:%H:%M}"),
    }  # fmt: skip
    colleague = staff.by_id(case.tx, talk.staff_id) if talk.staff_id else None
    if colleague:
        fields["leerkracht"] = Value("name", colleague.name)
    return fields


def way(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """`sms` where she can send nothing but words."""
    return Finished(case.at, "sms" if case.channel == "sms" else "ok")


def following(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The next question that she has not answered and not passed over; at the end `klaar`, or `niets` said."""
    talk = _known(case, live)
    if talk is None:
        return Finished(case.at, NONE)
    said, had = before.said_by(case.tx, talk.id, case.person.id), _had(live)
    still = [each for each in _unsaid(case, talk) if each not in had]
    if not had and not still:
        still = [MORE.id]  # she has answered all of them before, and wants to add something
    if still and READY not in had:
        return Finished(case.at, still[0], fields={_ASKED: Value("text", still[0])})
    if not said and not any(had.values()):
        return Finished(case.at, "niets")
    return Finished(case.at, READY, fields={"link": hers.link(case.tx, case.books.config, talk.id, case.person.id)})


def another(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Another talk of hers about which she has said nothing yet: `ook`, with whom it is about; `geen` for none."""
    done = _known(case, live)
    open_ones = (each for each in _coming(case) if done and each.id != done.id and _is_hers(case, each))
    talk = next((each for each in open_ones if before.still(case.tx, each.id, case.person.id)), None)
    if talk is None:
        return Finished(case.at, NONE)
    return Finished(case.at, "ook", fields={**_about(case, live, talk), _HAD: Value("text", "")})


def keep(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Keep her answer, unless she passes the question over; a voice note or a drawing also lies in her talk with the
    teacher, who need not answer it."""
    talk, had, question = _known(case, live), _had(live), live.run.answers[_ASKED].value
    value = live.run.answers["antwoord"]
    passed = value.kind == "option" and value.value in (SKIP, READY)
    had[question] = not passed
    if passed and value.value == READY:
        had[READY] = False
    elif not passed and talk is not None and talk.id:
        _keep(case, live, talk, question, value)
    return Finished(
        case.at, fields={_HAD: Value("text", " ".join(f"{each}{'+' * said}" for each, said in had.items()))}
    )


def no(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She would rather not: nobody asks again before this talk, or before one about another child."""
    talk = _known(case, live)
    if talk is not None and talk.id:
        case.savepoint()
        for each in _coming(case):
            before.drop(case.tx, each.id, case.person.id, "prepared")
    return Finished(case.at)


# --- keeping
def _keep(case: "Case", live: Live, talk: Talk, question: str, value: Value) -> None:
    case.savepoint()
    text, language = value.value, case.person.language
    if value.kind == "option":
        text, language = f"{value.of}.{value.value}", sheet.KEY
    letter = case.letter
    if letter is not None and letter.kind == "message" and letter.payload["kind"] in sheet.MEDIA:
        _put_aside(case, live, talk, letter.id)
    sheet.keep(case.tx, talk.id, case.person.id, question, by_id(question).who, text, language, case.now)
    before.drop(case.tx, talk.id, case.person.id, "prepared")


def _put_aside(case: "Case", live: Live, talk: Talk, letter_id: int) -> None:
    """Into her thread about this child, which waits for nobody because of it."""
    th = t.thread.c
    here = th.contact_id == case.person.id, th.school == talk.school, th.child_id == talk.child_id
    waiting = set(case.tx.execute(select(th.id).where(*here, th.state == "open")).scalars())
    number = handoff.open_thread(case.tx, case.person.id, talk.school, talk.child_id, "mens", [letter_id], case.now)
    if number not in waiting:
        case.tx.execute(update(t.thread).where(th.id == number).values(state="answered", answer_by=None))
    live.kept = [each for each in live.kept if each != letter_id]


def _had(live: Live) -> dict[str, bool]:
    """The questions of this conversation so far, and whether she answered."""
    words = live.run.answers.get(_HAD, Value("text", "")).value.split()
    return {each.rstrip("+"): each.endswith("+") for each in words}


# --- which talk
def _known(case: "Case", live: Live) -> Talk | None:
    """The talk of this conversation, where it is still to come and she still sits at the table."""
    number = live.run.answers.get(_TALK)
    if number is None or number.value == str(_REHEARSED):
        return _rehearsed(case, live)
    talk = appointments.look(case.tx, int(number.value))
    return talk if talk is not None and _is_hers(case, talk) else None


def _talk(case: "Case", live: Live) -> Talk | None:
    """The talk that the house asks about; where she begins by herself, the next one with questions left."""
    if _TALK in live.run.answers:
        return _known(case, live)
    if case.letter is not None and case.letter.kind == "message":
        coming = [talk for talk in _coming(case) if _is_hers(case, talk)]
        return next((talk for talk in coming if _unsaid(case, talk)), next(iter(coming), None))
    return _rehearsed(case, live)


def _unsaid(case: "Case", talk: Talk) -> list[str]:
    """The questions about this talk that she has not answered."""
    said = before.said_by(case.tx, talk.id, case.person.id)
    return [each.id for each in questions(sheet.level_of(case.tx, case.books.config, talk)) if each.id not in said]


def _rehearsed(case: "Case", live: Live) -> Talk:
    """Where an author rehearses there is none: one of the day after tomorrow, about her first child."""
    rows = case.batch.families.get(case.person.id, ())
    child_id = live.child_id or next((row.child_id for row in rows if live.school in (None, row.school)), None)
    school = live.school or next(iter(case.books.config.schools))
    return Talk(case.person.id, school, case.now + timedelta(days=2), 15, child_id)


def _is_hers(case: "Case", talk: Talk) -> bool:
    if talk.state != "planned" or talk.starts_at <= case.now:
        return False
    shut = barred.is_shut(case.tx, case.person.id, talk.school, talk.child_id, case.now)
    return not shut and case.person.id in sheet.table(case.tx, talk)


def _coming(case: "Case") -> list[Talk]:
    a, g = t.appointment.c, t.guest.c
    along = select(g.appointment_id).where(g.contact_id == case.person.id, g.role == "comes", g.state == "yes")
    next_ones = or_(a.contact_id == case.person.id, a.id.in_(along)), a.state == "planned", a.starts_at > case.now
    ids = case.tx.execute(select(a.id).where(*next_ones).order_by(a.starts_at, a.id)).scalars().all()
    return [talk for talk in (appointments.look(case.tx, each) for each in ids) if talk is not None]


ACTIONS: Mapping[str, Action] = {
    "preparing.look": look,
    "preparing.way": way,
    "preparing.next": following,
    "preparing.another": another,
    "preparing.keep": keep,
    "preparing.no": no,
}
