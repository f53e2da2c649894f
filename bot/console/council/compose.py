"""All ballots in a list, and a new one in one form; then somebody looks at it before parents hear of it."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import NamedTuple

from bot import hours as wall
from bot.console.rounds import named
from bot.console.rounds.sheet import a_day
from bot.console.sheets import whole
from bot.console.visit import OFFICES, Answer, Go, Page, Visit, get, post
from bot.council import ballots, voting
from bot.council.ballots import DECISION, ELECTION, OPEN, Ballot, Plan
from bot.store.database import Tx

BEGINS, ENDS = time(16), time(20)  # parents are asked after school, and have the last day until the evening
_FIRST, _LAST = timedelta(days=1), timedelta(days=11)
_CALL = timedelta(days=14)  # so long parents can put themselves forward


class Line(NamedTuple):
    """One ballot of the list."""

    id: int
    title: str
    about: str
    state: str


def show(visit: Visit, tx: Tx) -> Answer:
    """All of them, the newest first."""
    found = [Line(each.id, each.title, _about(visit, tx, each), stands(visit, each)) for each in _all(visit, tx)]
    return Page("raad.html", {"lines": found})


def _all(visit: Visit, tx: Tx) -> list[Ballot]:
    return ballots.listed(tx, visit.who.school)


def _about(visit: Visit, tx: Tx, it: Ballot) -> str:
    if it.state not in (OPEN, ballots.CLOSED, ballots.TOLD):
        return visit.say(f"raad.soort_{it.kind}")
    voted, asked = voting.turnout(tx, it.id)
    return visit.say("raad.opkomst", aantal=voted, ouders=asked)


def stands(visit: Visit, it: Ballot) -> str:
    """`Open tot do 26 nov 20.00`, or in which state it is."""
    moment = it.closes_at if it.state == OPEN else it.opens_at
    return visit.say(f"raad.is_{it.state}", moment=named.moment(visit, moment))


# --- a new one
def blank(visit: Visit, tx: Tx) -> Answer:
    """An empty form; only the days are filled in, to be changed."""
    kind = ELECTION if visit.query.get("soort") == ELECTION else DECISION
    first = visit.local.date() + (_CALL if kind == ELECTION else _FIRST)
    typed = {"soort": kind, "plekken": "3", "van": first.isoformat(), "tot": (first + _LAST - _FIRST).isoformat()}
    return _form(visit, tx, typed, {})


def make(visit: Visit, tx: Tx) -> Answer:
    """Written down; nobody hears of it before somebody has looked at it."""
    plan, wrong = _plan(visit)
    if not wrong and ballots.is_busy(tx, visit.who.school, plan.kind):
        wrong = {"titel": visit.say("raad.fout_bezig")}
    if wrong:
        return _form(visit, tx, visit.form, wrong)
    number = ballots.make(tx, plan, visit.now, asks=True)
    return Go(f"/raad/{number}", "klaar.raad_nieuw", about=("ballot", number))


def _plan(visit: Visit) -> tuple[Plan, dict[str, str]]:
    form = visit.form
    kind = ELECTION if form.get("soort") == ELECTION else DECISION
    choices = [" ".join(form.get(f"keuze{number}", "").split()) for number in range(1, ballots.MOST + 1)]
    first, last = a_day(form.get("van", "")), a_day(form.get("tot", ""))
    zone = visit.school.zone
    opens_at: datetime = wall.at(first, BEGINS, zone) if first else visit.now
    closes_at: datetime = wall.at(last, ENDS, zone) if last else visit.now
    plan = Plan(
        visit.who.school, kind, " ".join(form.get("titel", "").split()), form.get("tekst", "").strip(),
        [each for each in choices if each] if kind == DECISION else (), whole(form.get("plekken", "")) or 0,
        visit.now if kind == ELECTION else None, opens_at, closes_at, visit.who.staff_id,
        f"form:{form.get('_form', '')}",
    )  # fmt: skip
    found = ballots.problems(plan, visit.now)
    if first is None:
        found["van"] = ballots.EMPTY
    return plan, {name: visit.say(f"raad.fout_{word}") for name, word in found.items()}


def _form(visit: Visit, tx: Tx, typed: Mapping[str, str], wrong: Mapping[str, str]) -> Page:
    values = {
        "sheet": {name: typed.get(name, "") for name in (
            "soort", "titel", "tekst", "plekken", "van", "tot", *(f"keuze{each}" for each in range(1, 6)))},
        "wrong": wrong, "election": typed.get("soort") == ELECTION, "today": visit.local.date().isoformat(),
        "long": {"titel": ballots.OF_TITLE, "tekst": ballots.OF_WORDS, "keuze": ballots.OF_CHOICE},
        "seats": ballots.SEATS, "fewest": voting.FEWEST,
    }  # fmt: skip
    return Page("raad_nieuw.html", values, 422 if wrong else 200)


DOORS = (
    get("/raad", show, OFFICES),
    get("/raad/nieuw", blank, OFFICES),
    post("/raad/nieuw", make, OFFICES, "raad_nieuw"),
)
