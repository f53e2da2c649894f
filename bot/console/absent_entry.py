"""A child that is reported at the desk or by telephone: the office notes it, and takes back what was a mistake."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select

from bot.console import reach
from bot.console.absent import school_day
from bot.console.visit import OFFICES, Answer, Go, Gone, Page, Visit, get, post
from bot.conversation.clock import clock_times
from bot.conversation.folding import fold
from bot.people import absences
from bot.people.absences import KINDS, LATE, Report
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx

_LONGEST = 20  # of a time that is typed
_FIELDS = ("kind", "wat", "dag", "tijd")
_RANGE = ("07:00", "17:00")


class Children(NamedTuple):
    """A group to choose from: ids as they stand in the form, and names."""

    group: str
    children: list[tuple[str, str]]


def blank(visit: Visit, tx: Tx) -> Answer:
    days = _days(visit, tx)
    return _form(visit, tx, {"wat": "ziek", "dag": days[0].isoformat()}, "")


def enter(visit: Visit, tx: Tx) -> Answer:
    form = visit.form
    child_id, kind, day = form.get("kind", ""), form.get("wat", ""), form.get("dag", "")
    clock = _time(visit, form.get("tijd", "")) if kind == LATE else ""
    known = {each[0] for group in _groups(visit, tx) for each in group.children}
    if child_id and child_id not in known:
        raise Gone
    days = {each.isoformat(): each for each in _days(visit, tx)}
    wrong = next((name for name, bad in (
        ("kind", not child_id), ("wat", kind not in KINDS), ("dag", day not in days), ("tijd", clock is None),
    ) if bad), "")  # fmt: skip
    if wrong or clock is None:
        return _form(visit, tx, form, wrong)
    number, a = int(child_id), t.absence.c
    same = a.child_id == number, a.day == day
    stood = tx.execute(select(a.id).where(*same, a.withdrawn_at.is_(None))).first() is not None
    absences.report(tx, [Report(visit.who.school, number, days[day], kind, clock)], visit.now)
    made = tx.execute(select(a.id).where(*same)).scalar_one()
    back = "" if stood else f"/afwezig/{made}/terug"  # what a parent had reported does not go with a slip of the office
    return Go("/afwezig", "klaar.afwezig", back, ("absence", made))


def take_back(visit: Visit, tx: Tx) -> Answer:
    number = visit.ids["absence"]
    absences.withdraw(tx, [number], visit.now)
    return Go("/afwezig", "klaar.afwezig_terug", f"/afwezig/{number}/toch")


def put_back(visit: Visit, tx: Tx) -> Answer:
    absences.restore(tx, visit.ids["absence"])
    return Go("/afwezig", "klaar.afwezig_weer")


def _form(visit: Visit, tx: Tx, typed: Mapping[str, str], wrong: str) -> Page:
    values = {
        "groups": _groups(visit, tx), "kinds": [(kind, visit.say(f"afwezig.{kind}")) for kind in KINDS],
        "days": [(each.isoformat(), _named(visit, each)) for each in _days(visit, tx)],
        "typed": {name: typed.get(name, "") for name in _FIELDS},
        "wrong": visit.say(f"afwezig.fout_{wrong}") if wrong else "", "wrong_at": wrong,
    }  # fmt: skip
    return Page("afwezig_melden.html", values, 422 if wrong else 200)


def _named(visit: Visit, day: date) -> str:
    today = visit.local.date()
    near = {today: "afwezig.vandaag", today + timedelta(days=1): "afwezig.morgen"}.get(day)
    return visit.say(near) if near else visit.say.day(day)


def _days(visit: Visit, tx: Tx) -> list[date]:
    """The two school days that can be meant."""
    days = visit.house.books.almanac.of(tx, visit.who.school)
    first = school_day(days, visit.local.date())
    return [first, school_day(days, first + timedelta(days=1))]


def _time(visit: Visit, typed: str) -> str | None:
    """As a clock has it; "" where she does not know, None where it is no time."""
    if not typed.strip():
        return ""
    words = visit.house.books.catalogue.words(visit.who.language)
    found = clock_times(fold(typed[:_LONGEST]), words.tables.clocks, _RANGE)
    return found[0] if len(found) == 1 else None


def _groups(visit: Visit, tx: Tx) -> list[Children]:
    """All children of the school by group, by name."""
    c, m, g = t.child.c, t.membership.c, t.group.c
    here = m.year == school_year(visit.local.date()), g.school == visit.who.school, reach.children(visit.who)
    rows = tx.execute(
        select(c.id, c.name, g.name.label("group"))
        .select_from(t.child.join(t.membership, m.child_id == c.id).join(t.group, g.id == m.group_id))
        .where(*here, or_(c.left_at.is_(None), c.left_at > visit.now))
        .order_by(g.name)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.group, []).append((str(row.id), tx.open("child.name", row.name)))
    return [Children(group, sorted(each, key=lambda child: child[1].casefold())) for group, each in found.items()]


DOORS = (
    get("/afwezig/melden", blank, OFFICES),
    post("/afwezig/melden", enter, OFFICES, "afwezig"),
    post("/afwezig/{absence}/terug", take_back, OFFICES, "afwezig_terug"),
    post("/afwezig/{absence}/toch", put_back, OFFICES, "afwezig"),
)
