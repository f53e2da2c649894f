"""What one does in a talk: answer, give on, promise, call the coach in, close; nearly all of it can be undone."""

import json
from datetime import date, timedelta

from sqlalchemy import select

from bot.console import drafts, heard, reach, talk
from bot.console.visit import TALKING, Answer, Go, Gone, Visit, post
from bot.desk import handoff, threads
from bot.desk.threads import Thread
from bot.people import staff
from bot.people.staff import StaffRow
from bot.scheduler import promises
from bot.store import tables as t
from bot.store.database import Tx

_NOTE = 200  # characters of a line for a colleague
_AGAIN = timedelta(minutes=10)  # the same words within so long are one answer
_FARTHEST = timedelta(days=365)  # a promise is due within a year


def answer(visit: Visit, tx: Tx) -> Answer:
    """An answer to her, in Dutch."""
    number, words = visit.ids["thread"], visit.form.get("antwoord", "").strip()
    wrong = ""
    thread = threads.one(tx, number, visit.now)
    if _said_already(visit, thread, words):
        drafts.forget(tx, visit.who.staff_id, talk.place(number))
        return Go(f"/gesprekken/{number}", "klaar.al_gedaan")
    if why := talk.blocked(visit, tx, thread):
        wrong = visit.say("gesprek.verbod" if why == "verbod" else "gesprek.fout_gestopt")
    elif not words:
        wrong = visit.say("gesprek.fout_leeg")
    elif len(words) > threads.LONGEST:
        wrong = visit.say("gesprek.fout_lang", aantal=len(words) - threads.LONGEST)
    if wrong:
        return talk.page(visit, tx, {"antwoord": wrong})
    threads.answer(tx, number, visit.who.name, words, visit.now, staff_id=visit.who.staff_id)
    heard.order_answer(tx, thread, talk.language_of(tx, thread), words, visit.now)
    drafts.forget(tx, visit.who.staff_id, talk.place(number))
    return Go(f"/gesprekken/{number}", "klaar.gestuurd")


def _said_already(visit: Visit, thread: Thread, words: str) -> bool:
    """She has the talk open in two windows, and sent the same from the other one just before."""
    if not thread.messages:
        return False
    last, me = thread.messages[-1], visit.who.staff_id
    return (last.side, last.staff_id, last.text) == ("school", me, words) and visit.now - last.at < _AGAIN


# --- to whom it belongs
def give(visit: Visit, tx: Tx) -> Answer:
    """A colleague has it from here on."""
    number, note = visit.ids["thread"], visit.form.get("woord", "").strip()
    thread = threads.one(tx, number, visit.now)
    asked = visit.form.get("aan", "")
    to = next((each for each in talk.receivers(tx, thread.school) if str(each.id) == asked), None)
    if to is None and not (asked == "leerkracht" and thread.staff_id):
        return talk.page(visit, tx, {"door": visit.say("gesprek.fout_aan_wie")})
    if len(note) > _NOTE:
        return talk.page(visit, tx, {"door": visit.say("gesprek.fout_woord", aantal=len(note) - _NOTE)})
    threads.give(tx, number, to, _me(visit, tx), note, visit.now)
    return _back(visit, tx, "klaar.doorgegeven", "terug")


def take_back(visit: Visit, tx: Tx) -> Answer:
    """Who had it before has it again."""
    number = visit.ids["thread"]
    before = _before(tx, number)
    here = talk.receivers(tx, threads.one(tx, number, visit.now).school)
    to = next((each for each in here if each.id == before), None)
    threads.give(tx, number, to, _me(visit, tx), "", visit.now)
    return _back(visit, tx, "klaar.teruggegeven")


def _before(tx: Tx, thread_id: int) -> int | None:
    """Who had it before it was given on last; None: the teacher."""
    m, i = t.thread_message.c, t.inbox.c
    last = select(m.id).where(m.thread_id == thread_id, m.side == "given").order_by(m.id.desc()).limit(1)
    line = tx.execute(last).scalar()
    sealed = tx.execute(select(i.payload).where(i.channel == "bot", i.provider_id == f"given:{line}")).scalar()
    before: int | None = json.loads(tx.open("inbox.payload", sealed)).get("before") if sealed else None
    return before


def _me(visit: Visit, tx: Tx) -> StaffRow | None:
    return staff.by_id(tx, visit.who.staff_id)


def _back(visit: Visit, tx: Tx, note: str, undo: str = "") -> Go:
    """To the talk again; to the list where it is not hers to see any more."""
    number = visit.ids["thread"]
    if not reach.may_see(tx, visit.who, "thread", number):
        return Go("/gesprekken", note)
    return Go(f"/gesprekken/{number}", note, undo=f"/gesprekken/{number}/{undo}" if undo else "")


# --- how it stands
def close(visit: Visit, tx: Tx) -> Answer:
    """Nobody has to answer any more; but what came while she looked is read first."""
    m, seen = t.thread_message.c, visit.query.get("tot", "")
    if seen.isascii() and seen.isdigit() and len(seen) < 19:
        newer = m.thread_id == visit.ids["thread"], m.side == "parent", m.id > int(seen)
        if tx.execute(select(m.id).where(*newer).limit(1)).first():
            return talk.page(visit, tx, {"antwoord": visit.say("gesprek.fout_intussen")})
    threads.close(tx, visit.ids["thread"], visit.now, staff_id=visit.who.staff_id)
    return _back(visit, tx, "klaar.gesloten", "heropen")


def reopen(visit: Visit, tx: Tx) -> Answer:
    """Somebody looks at it again."""
    threads.reopen(tx, visit.ids["thread"], visit.now)
    return _back(visit, tx, "klaar.heropend")


def tense(visit: Visit, tx: Tx) -> Answer:
    """The coach looks along."""
    threads.set_tense(tx, visit.ids["thread"], True, visit.now)
    return _back(visit, tx, "klaar.spannend", "rustig")


def calm(visit: Visit, tx: Tx) -> Answer:
    """The coach does not have to look along any more."""
    threads.set_tense(tx, visit.ids["thread"], False, visit.now)
    return _back(visit, tx, "klaar.rustig", "spannend")


def take_alarm(visit: Visit, tx: Tx) -> Answer:
    """She sees to it: nobody else on duty is called."""
    mine = handoff.take_by_staff(tx, visit.ids["thread"], visit.who.staff_id, visit.now)
    return _back(visit, tx, "klaar.alarm" if mine else "klaar.alarm_al")


# --- promises
def promise(visit: Visit, tx: Tx) -> Answer:
    """She will do something, by a day."""
    words, today = visit.form.get("belofte", "").strip(), visit.local.date()
    try:
        due = date.fromisoformat(visit.form.get("dag", ""))
    except ValueError:
        due = None
    wrong = ""
    if not words:
        wrong = visit.say("gesprek.fout_belofte_leeg")
    elif len(words) > promises.LONGEST:
        wrong = visit.say("gesprek.fout_belofte_lang", aantal=len(words) - promises.LONGEST)
    elif due is None or not today <= due <= today + _FARTHEST:
        wrong = visit.say("gesprek.fout_dag")
    me = _me(visit, tx)
    if wrong or due is None or me is None:
        return talk.page(visit, tx, {"belofte": wrong})
    number = visit.ids["thread"]
    school = threads.one(tx, number, visit.now).school
    made = promises.add(tx, me._replace(school=school), words, due, visit.now, thread_id=number)
    promises.lay_school(tx, visit.house.books.almanac, school, visit.now)
    return _back(visit, tx, "klaar.belofte", f"beloofd/{made}/weg")


def kept(visit: Visit, tx: Tx) -> Answer:
    """It is done."""
    return _settle(visit, tx, "kept", "klaar.nagekomen")


def dropped(visit: Visit, tx: Tx) -> Answer:
    """It is not needed any more."""
    return _settle(visit, tx, "dropped", "klaar.belofte_weg")


def _settle(visit: Visit, tx: Tx, state: str, note: str) -> Answer:
    p, number = t.promise.c, visit.ids["promise"]
    row = tx.execute(select(p.thread_id, p.state).where(p.id == number)).one()
    if row.thread_id != visit.ids["thread"]:
        raise Gone
    if row.state != "open":
        return _back(visit, tx, "klaar.al_gedaan")
    school = promises.settle(tx, number, state, visit.now)
    promises.lay_school(tx, visit.house.books.almanac, school, visit.now)
    return _back(visit, tx, note)


_TALK = "/gesprekken/{thread}"
DOORS = (
    post(f"{_TALK}/antwoord", answer, TALKING, "antwoord"),
    post(f"{_TALK}/door", give, TALKING, "door"),
    post(f"{_TALK}/terug", take_back, TALKING, "door_terug"),
    post(f"{_TALK}/klaar", close, TALKING, "klaar"),
    post(f"{_TALK}/heropen", reopen, TALKING, "heropend"),
    post(f"{_TALK}/spannend", tense, TALKING, "spannend"),
    post(f"{_TALK}/rustig", calm, TALKING, "rustig"),
    post(f"{_TALK}/alarm", take_alarm, TALKING, "alarm"),
    post(f"{_TALK}/beloofd", promise, TALKING, "beloofd"),
    post(f"{_TALK}/beloofd/{{promise}}/gedaan", kept, TALKING, "belofte_gedaan"),
    post(f"{_TALK}/beloofd/{{promise}}/weg", dropped, TALKING, "belofte_weg"),
)
