"""The question of the term: which one, what parents will read, and what became of the last ones."""

from typing import NamedTuple

from bot.broadcast import termly
from bot.broadcast.termly import Chosen
from bot.console.visit import OFFICES, Answer, Go, Page, Visit, get, post
from bot.people.addresses import school_year
from bot.store.database import Tx

PAGE = "/raad/vraag"


class Ready(NamedTuple):
    """A question to choose."""

    name: str
    words: str
    choices: tuple[str, ...]


def show(visit: Visit, tx: Tx) -> Answer:
    return _page(visit, tx)


def _page(visit: Visit, tx: Tx, wrong: str = "") -> Page:
    which, done = _term(visit, tx), termly.asked(tx, visit.who.school, _year(visit))
    catalogue = visit.house.books.catalogue
    found = []
    for name in termly.QUESTIONS.get(which, ()):
        content = termly.content(catalogue, name)
        found.append(Ready(name, content.fields["tekst"].value, tuple(content.choices)))
    values = {
        "term": which, "questions": found if which not in done else [], "wrong": wrong,
        "chosen": visit.form.get("vraag", termly.QUESTIONS[which][0] if which else ""),
        "done": [(each, number) for each, number in sorted(done.items())], "is_asked": which in done,
    }  # fmt: skip
    return Page("raad_vraag.html", values, 422 if wrong else 200)


def ask(visit: Visit, tx: Tx) -> Answer:
    """All parents of the school are asked; one question a term, so never more than three a year."""
    which, name = _term(visit, tx), visit.form.get("vraag", "")
    if which in termly.asked(tx, visit.who.school, _year(visit)):
        return _page(visit, tx, visit.say("raad.vraag_al"))
    chosen = Chosen(visit.who.school, _year(visit), which, name, visit.who.staff_id)
    number = termly.ask(tx, visit.house.books.catalogue, chosen, visit.config.languages.offered, visit.now)
    if number is None:
        return _page(visit, tx, visit.say("raad.vraag_welke"))
    return Go(f"/berichten/{number}", about=("broadcast", number))


def _year(visit: Visit) -> str:
    return school_year(visit.local.date())


def _term(visit: Visit, tx: Tx) -> int:
    days = visit.house.books.almanac.of(tx, visit.who.school)
    return termly.term(days, _year(visit), visit.local.date())


DOORS = (
    get(PAGE, show, OFFICES),
    post(PAGE, ask, OFFICES, "raad_vraag", proven=True),
)
