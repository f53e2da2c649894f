"""Somebody leaves: what she has in hand goes to a colleague. There is no way back, so it is said in two steps."""

from bot.console.settings import staffing
from bot.console.settings.staffing import Colleague
from bot.console.visit import OFFICES, Answer, Go, Page, Visit, get, post
from bot.people import leaving, logins
from bot.scheduler import promises
from bot.store.database import Tx


def ask(visit: Visit, tx: Tx) -> Answer:
    return _page(visit, tx)


def _page(visit: Visit, tx: Tx, status: int = 200, wrong: str = "", to: Colleague | None = None) -> Page:
    """What she has in hand, and who takes it; with `to` the last question."""
    her = staffing.one(visit, tx)
    others = [each for each in staffing.everyone(visit, tx) if each.id != her.id]
    values = {
        "her": her, "others": others, "moved": leaving.in_hand(tx, her.row, staffing.year(visit)), "to": to,
        "last": staffing.is_last_of_office(visit, tx, her.id), "wrong": wrong,
        "herself": her.id == visit.who.staff_id,
    }  # fmt: skip
    return Page("instellingen_vertrek.html", values, status)


def sure(visit: Visit, tx: Tx) -> Answer:
    """Once more in words what is about to happen; nothing has changed yet."""
    to = _taker(visit, tx, visit.query.get("wie", ""))
    return _page(visit, tx, to=to, wrong="" if to else visit.say("vertrek.fout_wie"))


def leave(visit: Visit, tx: Tx) -> Answer:
    her, to = staffing.one(visit, tx), _taker(visit, tx, visit.form.get("wie", ""))
    if staffing.is_last_of_office(visit, tx, her.id):
        return _page(visit, tx, 422, visit.say("vertrek.laatste"))
    if to is None:
        return _page(visit, tx, 422, visit.say("vertrek.fout_wie"))
    leaving.leave(tx, her.row, to.row, staffing.year(visit), visit.now)
    logins.forget(tx, her.id, visit.now)
    promises.lay_school(tx, visit.house.books.almanac, visit.who.school, visit.now)
    return Go("/instellingen/collegas", "klaar.vertrek")


def _taker(visit: Visit, tx: Tx, text: str) -> Colleague | None:
    """Who takes over: somebody else of this school."""
    others = (each for each in staffing.everyone(visit, tx) if each.id != visit.ids["staff"])
    return next((each for each in others if str(each.id) == text), None)


DOORS = (
    get("/instellingen/collegas/{staff}/vertrek", ask, OFFICES),
    get("/instellingen/collegas/{staff}/vertrek/zeker", sure, OFFICES),
    post("/instellingen/collegas/{staff}/vertrek", leave, OFFICES, "vertrek"),
)
