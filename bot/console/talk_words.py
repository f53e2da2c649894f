"""Both ways in a talk: look at an answer in her language before it is sent; ask again for what she wrote."""

from sqlalchemy import delete

from bot.console import drafts, heard, talk
from bot.console.visit import TALKING, Answer, Go, Visit, post
from bot.desk import threads
from bot.store import tables as t
from bot.store.database import Tx


def look(visit: Visit, tx: Tx) -> Answer:
    """What she has written so far in the parent's language, and back. It keeps itself; nothing is sent."""
    number, words = visit.ids["thread"], visit.form.get("antwoord", "").strip()
    thread = threads.one(tx, number, visit.now)
    wrong = ""
    if not words:
        wrong = visit.say("gesprek.fout_leeg")
    elif len(words) > threads.LONGEST:
        wrong = visit.say("gesprek.fout_lang", aantal=len(words) - threads.LONGEST)
    if wrong:
        return talk.page(visit, tx, {"antwoord": wrong})
    tx.execute(
        delete(t.done).where(t.done.c.form == tx.find(f"form:{visit.form.get('_form', '')}"))
    )  # it may still send
    drafts.keep(tx, visit.who.staff_id, talk.place(number), words, visit.now)
    heard.order_answer(tx, thread, talk.language_of(tx, thread), words, visit.now)
    return Go(f"/gesprekken/{number}?bekijk=1#vertaling")


def again(visit: Visit, tx: Tx) -> Answer:
    """Have one line translated once more."""
    number, line = visit.ids["thread"], visit.form.get("regel", "")
    thread = threads.one(tx, number, visit.now)
    asked = (each for each in thread.messages if str(each.id) == line)
    heard.order(tx, thread, talk.language_of(tx, thread), asked, visit.now)
    return Go(f"/gesprekken/{number}", "klaar.vertaling_gevraagd")


_TALK = "/gesprekken/{thread}"
DOORS = (post(f"{_TALK}/bekijk", look, TALKING, ""), post(f"{_TALK}/vertaal", again, TALKING, ""))
