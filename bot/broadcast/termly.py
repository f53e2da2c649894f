"""The question of the term: one ready question to all parents in each third of the year, with the result back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update

from bot.broadcast import send
from bot.broadcast.audience import Audience
from bot.broadcast.content import QUESTION, WORDS, Content
from bot.broadcast.send import NOT_BEGUN, Plan
from bot.model import Value
from bot.schooldays import Schooldays
from bot.store.database import Tx
from bot.store.tables import broadcast, translation
from bot.translation import orders
from bot.translation.catalogue import Catalogue
from bot.translation.orders import PERSON, Wanted
from bot.translation.texts import SOURCE

# By term: each has its text under `vraag.<name>` and its answers under `vraag.<name>.1` and so on.
QUESTIONS: Mapping[int, Sequence[str]] = {
    1: ("welkom", "vinden", "berichten"),
    2: ("huiswerk", "veilig", "contact"),
    3: ("weten", "gehoord", "meedoen"),
}
ANSWERS = 4
_TERM = timedelta(weeks=14)
_ASKED_IN, _UNTIL = timedelta(weeks=7), timedelta(weeks=11)  # from its eighth week on, three weeks
_OPEN = timedelta(days=7)
_b = broadcast.c


def term(days: Schooldays, year: str, today: date) -> int:
    """Which third of the school year it is, 1 to 3; 0 where nobody has said when it began."""
    first = days.starts(year)
    if first is None or today < first:
        return 0
    return min((today - first) // _TERM + 1, 3)


def is_time(days: Schooldays, year: str, today: date) -> bool:
    """Whether it is the moment of its question: from the eighth week of the term on, where one still can."""
    first, which = days.starts(year), term(days, year, today)
    since = today - first - (which - 1) * _TERM if first and which else timedelta(0)
    return bool(which) and _ASKED_IN <= since < _UNTIL


def asked(tx: Tx, school: str, year: str) -> dict[int, int]:
    """The questions of this year: by term the broadcast."""
    begins = _key(year, "")
    rows = tx.execute(
        select(_b.id, _b.key).where(_b.school == school, _b.key.startswith(begins), _b.state.not_in(NOT_BEGUN))
    )
    return {int(row.key.removeprefix(begins).split(":")[0]): row.id for row in rows}


class Chosen(NamedTuple):
    """The question that a school has chosen for a term of a year."""

    school: str
    year: str
    term: int
    name: str
    staff_id: int


def ask(tx: Tx, catalogue: Catalogue, chosen: Chosen, languages: Sequence[str], now: datetime) -> int | None:
    """Ask all parents of a school; None where this term's question was asked, or this is none of its questions. In each
    language it is what people wrote, and not what a machine makes of it."""
    school, which = chosen.school, chosen.term
    if chosen.name not in QUESTIONS.get(which, ()) or which in asked(tx, school, chosen.year):
        return None
    begins = _key(chosen.year, f"{which}:")
    before = tx.execute(select(_b.id).where(_b.school == school, _b.key.startswith(begins))).all()
    for language in languages:
        _lay_words(tx, catalogue, school, chosen.name, language, now)
    said, key = content(catalogue, chosen.name), f"{begins}{len(before)}"
    plan = Plan(Audience(school, all=True), said, "broadcast", chosen.staff_id, key, now, now + _OPEN)
    return send.make(tx, plan, now)


def content(catalogue: Catalogue, name: str) -> Content:
    """The question as a colleague would have written it."""
    words, *labels = _texts(catalogue, SOURCE, name)
    return Content(QUESTION, "peiling", {WORDS: Value("words", words, SOURCE)}, tuple(labels))


def _texts(catalogue: Catalogue, language: str, name: str) -> list[str]:
    keys = [f"vraag.{name}", *(f"vraag.{name}.{number}" for number in range(1, ANSWERS + 1))]
    found = [catalogue.text(language, key) for key in keys]
    return [text.forms[0] for text in found if text and text.forms and text.forms[0]]


def _lay_words(tx: Tx, catalogue: Catalogue, school: str, name: str, language: str, now: datetime) -> None:
    dutch, theirs = (_texts(catalogue, each, name) for each in (SOURCE, language))
    if language == SOURCE or len(dutch) != len(theirs):
        return
    said = {Wanted(school, SOURCE, language, each): text for each, text in zip(dutch, theirs, strict=True)}
    orders.order(tx, said, now)
    for wanted, found in orders.said(tx, said.keys()).items():
        done = {"state": orders.DONE, "said": tx.seal("translation.said", said[wanted]), "origin": PERSON}
        tx.execute(update(translation).where(translation.c.id == found.id).values(done))


def _key(year: str, rest: str) -> str:
    return f"term:{year}:{rest}"
