"""The poster of an open day: a code that anybody may send, and one line in each language."""

from typing import NamedTuple

from bot.console.evenings.opened import of
from bot.console.visit import OFFICES, Answer, Go, Gone, Page, Visit, get, post
from bot.gatherings import gatherings, posters
from bot.gatherings.gatherings import Gathering
from bot.gatherings.plan import OPEN_DAY
from bot.people import letters
from bot.store.database import Tx
from bot.translation.languages import LANGUAGES

_WELCOME, _SEND = "open_dag.poster_welkom", "open_dag.poster"


class Line(NamedTuple):
    """What the poster says in one language."""

    language: str
    direction: str
    welcome: str
    send: str


def make(visit: Visit, tx: Tx) -> Answer:
    """Its code works until the open day is over."""
    one = _open_day(visit, tx)
    if not one.is_coming(visit.now):
        return Go(f"/avonden/{one.id}")
    posters.make(tx, one, visit.now)
    return Go(f"/avonden/{one.id}/poster")


def show(visit: Visit, tx: Tx) -> Answer:
    """To print on A4; before there is one, the way to it."""
    one = _open_day(visit, tx)
    poster = posters.of(tx, one.id)
    values = {
        "one": one, "code": poster.code if poster else "", "lines": _lines(visit),
        "squares": list(letters.squares(poster.code, visit.config)) if poster else [],
        "works": one.state in gatherings.GOING and (poster.ends_at if poster else one.ends_at) > visit.now,
        "day": visit.say.day(one.starts_at.astimezone(visit.school.zone).date()),
        "hour": visit.say.hour(one.starts_at, visit.school.zone),
        "until": visit.say.hour(one.ends_at, visit.school.zone),
        "room": "afspraken",
    }  # fmt: skip
    return Page("avond_poster.html", values)


def _lines(visit: Visit) -> list[Line]:
    """One for each language that has these words; Dutch first."""
    books, found = visit.house.books.catalogue, []
    for code in visit.config.languages.offered:
        if books.complete(code, (_SEND, _WELCOME)):  # else the Dutch would stand there again
            words = books.words(code)
            found.append(Line(code, LANGUAGES[code].direction, words.say(_WELCOME, {}), words.say(_SEND, {})))
    return found


def _open_day(visit: Visit, tx: Tx) -> Gathering:
    one = of(visit, tx)
    if one.kind != OPEN_DAY:
        raise Gone
    return one


DOORS = (
    get("/avonden/{gathering}/poster", show, OFFICES),
    post("/avonden/{gathering}/poster", make, OFFICES, "avond_poster"),
)
