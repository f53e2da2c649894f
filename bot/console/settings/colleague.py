"""One colleague, for the office: her groups and days, her hours at school, and her way in."""

from collections.abc import Sequence
from datetime import time
from typing import Any, NamedTuple

import segno
from markupsafe import Markup

from bot.console.settings import colleagues, staffing, undo
from bot.console.settings.staffing import DAYS, Colleague
from bot.console.visit import OFFICES, Answer, Go, Page, Visit, get, post
from bot.people import logins, staff
from bot.scheduler import promises
from bot.store import tables as t
from bot.store.database import Tx


class Choice(NamedTuple):
    """A group she may have: on which days."""

    id: int
    name: str
    days: frozenset[str]
    substitute: bool


class Hours(NamedTuple):
    day: str
    label: str
    start: str
    until: str


def show(visit: Visit, tx: Tx) -> Answer:
    return _page(visit, tx)


def _page(visit: Visit, tx: Tx, status: int = 200, **given: object) -> Page:
    her = staffing.one(visit, tx)
    values = {
        "her": her, "role": visit.say(f"rol.{her.role}"), "state": colleagues.state(visit, her),
        "choices": _choices(visit, tx, her), "days": [(day, visit.say.days(day)) for day in DAYS],
        "hours": _hours(visit, her), "wrong": "", "signs": logins.name_of(visit.config, her.row),
        "last": staffing.is_last_of_office(visit, tx, her.id), "herself": her.id == visit.who.staff_id,
    }  # fmt: skip
    return Page("instellingen_collega.html", {**values, **given}, status)


def _choices(visit: Visit, tx: Tx, her: Colleague) -> list[Choice]:
    hers = {part.group_id: part for part in her.parts}
    return [
        Choice(number, name, frozenset(hers[number].weekdays.split()), hers[number].substitute)
        if number in hers else Choice(number, name, frozenset(), substitute=False)
        for number, name in staffing.groups(visit, tx).items()
    ]  # fmt: skip


# --- groups
def teach(visit: Visit, tx: Tx) -> Answer:
    """These groups are hers on these days from now on; a group without a day is not."""
    her = staffing.one(visit, tx)
    hers = []
    for number in staffing.groups(visit, tx):
        whole = visit.form.get(f"week_{number}") == "ja"
        chosen = " ".join(day for day in DAYS if whole or day in visit.many.get(f"dag_{number}", ()))
        if chosen:
            hers.append([number, chosen, visit.form.get(f"valt_in_{number}") == "ja"])
    was = [[part.group_id, part.weekdays, part.substitute] for part in her.parts]
    _set(visit, tx, her, hers)
    mark = undo.keep(visit, tx, "groepen", was)
    return Go(_to(her), "klaar.groepen", undo=f"{_to(her)}/groepen-terug{mark}")


def taught(visit: Visit, tx: Tx) -> Answer:
    """Her groups as they were."""
    her, was = staffing.one(visit, tx), undo.take(visit, tx, "groepen")
    if was is None:
        return Go(_to(her), "klaar.terug_te_laat")
    _set(visit, tx, her, [each for each in was if each[0] in staffing.groups(visit, tx)])
    return Go(_to(her), "klaar.teruggezet")


def _set(visit: Visit, tx: Tx, her: Colleague, hers: Sequence[Sequence[Any]]) -> None:
    of = t.group_staff.c
    here = of.staff_id == her.id, of.group_id.in_(list(staffing.groups(visit, tx)))
    tx.execute(t.group_staff.delete().where(*here))
    rows = [
        {"staff_id": her.id, "group_id": number, "weekdays": days, "substitute": substitute}
        for number, days, substitute in hers
    ]
    if rows:
        tx.execute(t.group_staff.insert(), rows)


# --- hours
def _hours(visit: Visit, her: Colleague) -> list[Hours]:
    office = staff.office_hours(her.row, visit.school)
    walls = {day: (f"{start:%H:%M}", f"{until:%H:%M}") for day, (start, until) in office.items()}
    return [Hours(day, visit.say.days(day), *walls.get(day, ("", ""))) for day in DAYS]


def hours(visit: Visit, tx: Tx) -> Answer:
    """When she is at school, and may be reminded; an empty day is a free one."""
    her = staffing.one(visit, tx)
    typed = [
        Hours(day, visit.say.days(day), visit.form.get(f"van_{day}", ""), visit.form.get(f"tot_{day}", ""))
        for day in DAYS
    ]
    try:
        walls = {each.day: _walls(each) for each in typed}
    except ValueError:
        return _page(visit, tx, 422, hours=typed, wrong=visit.say("collega.fout_uren"))
    schools = [f"{visit.school.office_from:%H:%M}", f"{visit.school.office_until:%H:%M}"]
    own = {day: span for day, span in (her.row.office or {}).items() if day not in DAYS}
    own |= {day: span for day, span in walls.items() if span != schools}
    mark = undo.keep(visit, tx, "uren", [her.row.office])
    _lay(visit, tx, her, own)
    return Go(_to(her), "klaar.uren", undo=f"{_to(her)}/uren-terug{mark}")


def _walls(each: Hours) -> list[str]:
    """From and until; [] for a free day. Raises ValueError."""
    if not each.start and not each.until:
        return []
    start, until = time.fromisoformat(each.start), time.fromisoformat(each.until)
    if start >= until:
        raise ValueError
    return [f"{start:%H:%M}", f"{until:%H:%M}"]


def _lay(visit: Visit, tx: Tx, her: Colleague, office: dict[str, Any]) -> None:
    staff.set_office(tx, her.id, office)
    promises.lay(tx, visit.house.books.almanac, her.row._replace(office=office), visit.now)


def hours_back(visit: Visit, tx: Tx) -> Answer:
    """Her hours as they were."""
    her, was = staffing.one(visit, tx), undo.take(visit, tx, "uren")
    if was is None:
        return Go(_to(her), "klaar.terug_te_laat")
    _lay(visit, tx, her, was[0] or {})
    return Go(_to(her), "klaar.teruggezet")


# --- the way in
def invite(visit: Visit, tx: Tx) -> Answer:
    """A new invitation, shown once: on paper or on this screen. One that lay about opens nothing any more."""
    her = staffing.one(visit, tx)
    link = logins.link(visit.config, logins.invite(tx, her.id, visit.now))
    square = segno.make(link, error="m", micro=False).svg_inline(omitsize=True, border=2)
    until = (visit.now + logins.INVITED).astimezone(visit.school.zone).date()
    values = {
        "her": her, "link": link, "square": Markup(square), "until": visit.say.day(until),  # noqa: S704 - our own
        "signs": logins.name_of(visit.config, her.row),
    }  # fmt: skip
    return Page("instellingen_uitnodiging.html", values)


def _to(her: Colleague) -> str:
    return f"/instellingen/collegas/{her.id}"


DOORS = (
    get("/instellingen/collegas/{staff}", show, OFFICES),
    post("/instellingen/collegas/{staff}/groepen", teach, OFFICES, "groep"),
    post("/instellingen/collegas/{staff}/groepen-terug", taught, OFFICES, "groep"),
    post("/instellingen/collegas/{staff}/uren", hours, OFFICES, "uren"),
    post("/instellingen/collegas/{staff}/uren-terug", hours_back, OFFICES, "uren"),
    post("/instellingen/collegas/{staff}/uitnodiging", invite, OFFICES, "uitgenodigd"),
)
