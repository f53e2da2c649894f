"""A child that leaves: its parents say so, look back and say goodbye; a talk without a reason; a child that writes."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.booking import requests
from bot.conversation.events import Finished
from bot.desk import context, handoff
from bot.desk.load import GuardianRow, Live
from bot.errors import BotError
from bot.model import Value
from bot.people import known
from bot.people.choices import SKIP
from bot.scheduler import leaving
from bot.store import tables as t
from bot.translation import orders
from bot.translation.languages import say_date
from bot.translation.orders import Wanted
from bot.translation.sentences import has_words
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
TOPIC = "vertrek"
_LONGEST = 1000
# What the teacher reads in Dutch.
_ADDRESS = "Verhuist, en blijft op deze school. Het nieuwe adres is er nog niet."
_MOVES = "Gaat naar een andere school"
_CHILD = "Een kind schreef op deze telefoon, en wil graag met u praten. Vraag het op school aan het kind zelf."


# --- a talk, without a reason
def talk(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Her teacher finds on her page that she wants to talk; `mens` where that cannot be."""
    row = _meant(case, live, given.get("kind", ""))
    if row is None:
        return Finished(case.at, "mens")
    live.school, live.child_id = row.school, row.child_id
    case.savepoint()
    try:
        requests.ask(case.tx, row.school, case.person.id, row.child_id, requests.PARENT, case.now)
    except BotError:
        return Finished(case.at, "mens")
    return Finished(case.at)


def _meant(case: "Case", live: Live, chosen: str) -> GuardianRow | None:
    """The child that she named, else the one this is about, else an only one."""
    rows = case.batch.families.get(case.person.id, ())
    wanted = int(chosen) if chosen.isdecimal() else live.child_id
    named = next((row for row in rows if row.child_id == wanted), None)
    return named or (rows[0] if len(rows) == 1 and wanted is None else None)


# --- she says that they move
def moving(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The school reads it in Dutch; nobody is taken off any list by it."""
    school = live.school or next(iter(case.schools), None)
    if school is None or case.letter is None:
        return Finished(case.at)
    line = _ADDRESS if given["wat"] == "adres" else _moves(given.get("datum", ""), given.get("waar", ""))
    context.tell_school(case, school, live.child_id, "vraag", line, live.kept)
    return Finished(case.at)


def _moves(day: str, where: str) -> str:
    when = say_date(SOURCE, date.fromisoformat(day), "full_date") if day else "datum nog niet bekend"
    to = where if where and where != "weet_niet" else "nog niet bekend"
    return f"{_MOVES}. Vanaf: {when}. Nieuwe school: {to}."


# --- goodbye
def going(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """Which child leaves, and when; `blijft` where it stays after all."""
    said = live.run.answers.get("datum")
    if said is None:  # where an author rehearses
        return Finished(case.at, fields={"datum": Value("date", (case.at.date() + timedelta(days=7)).isoformat())})
    school = case.books.config.schools.get(live.school or "")
    last = leaving.last_day(case.tx, school, live.child_id, case.now) if school and live.child_id else None
    return Finished(case.at, "ok" if last and last.isoformat() == said.value else "blijft")


def exit_answer(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """One of the three questions back: `goed` and `beter` in her words, `weer` as ja misschien nee or words."""
    over, words, choice = given["over"], given.get("woorden", ""), given.get("keuze", "")
    row = _meant(case, live, "")
    school = live.school or next(iter(case.schools), None)
    if school is None or words == SKIP or not (words or choice):
        return Finished(case.at)
    case.savepoint()
    option = f"{over}_{choice}" if choice else over
    known.note(
        case.tx, case.person.id, school, TOPIC, option, case.now, child_id=row.child_id if row else 0,
        words=words[:_LONGEST], language=case.person.language,
    )  # fmt: skip
    if words and case.person.language != SOURCE and has_words(words):
        wanted = Wanted(school, case.person.language, SOURCE, words[:_LONGEST])
        orders.order(case.tx, [wanted], case.now)
    return Finished(case.at)


# --- a child that writes on its parents' phone
def child(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The teacher reads that it wants to talk, and nothing of what it wrote."""
    row = _meant(case, live, given.get("kind", ""))
    school = row.school if row else live.school or next(iter(case.schools), None)
    if school is None or case.letter is None:
        return Finished(case.at)
    case.savepoint()
    child_id = row.child_id if row else None
    number = handoff.open_thread(case.tx, case.person.id, school, child_id, "kind", (), case.now)
    line = {
        "thread_id": number, "side": "parent", "at": case.now, "body": case.tx.seal("thread_message.body", _CHILD),
        "language": case.tx.seal("thread_message.language", SOURCE),
    }  # fmt: skip
    case.tx.execute(t.thread_message.insert(), line)
    return Finished(case.at)


ACTIONS: Mapping[str, Action] = {
    "family.talk": talk,
    "family.moving": moving,
    "family.leaving": going,
    "family.exit": exit_answer,
    "family.child": child,
}
