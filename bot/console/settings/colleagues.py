"""Groups and colleagues: who teaches what on which days, who can sign in; the office adds somebody here."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.console.settings import staffing, undo
from bot.console.settings.staffing import DAYS, Colleague
from bot.console.visit import OFFICES, TALKING, Answer, Go, Page, Visit, get, post
from bot.people import logins, staff
from bot.people.addresses import same_name
from bot.store import tables as t
from bot.store.database import Tx

_LONGEST = 60


class Teaches(NamedTuple):
    """Somebody of a group, and what to say of her there: her days, that she stands in."""

    id: int
    name: str
    days: str
    substitute: bool


class Group(NamedTuple):
    name: str
    children: int
    teachers: Sequence[Teaches]


class Line(NamedTuple):
    """A colleague in the list; `state` says whether she can sign in, and `todo` that she cannot."""

    id: int
    name: str
    role: str
    groups: str
    state: str
    todo: bool


def show(visit: Visit, tx: Tx) -> Answer:
    people = staffing.everyone(visit, tx)
    lines = [_line(visit, each) for each in people]
    return Page("instellingen_collegas.html", {"groups": list(_groups(visit, tx, people)), "people": lines})


def _groups(visit: Visit, tx: Tx, people: Sequence[Colleague]) -> Iterator[Group]:
    many = staffing.children(visit, tx)
    for number, name in staffing.groups(visit, tx).items():
        hers = [(each, part) for each in people for part in each.parts if part.group_id == number]
        hers.sort(key=lambda pair: (pair[1].substitute, [DAYS.index(d) for d in pair[1].weekdays.split() if d in DAYS]))
        teachers = [Teaches(who.id, who.name, days(visit, part.weekdays), part.substitute) for who, part in hers]
        yield Group(name, many.get(number, 0), teachers)


def days(visit: Visit, weekdays: str) -> str:
    """Her days in words; "" where it is the whole week."""
    return "" if weekdays.split() == [*DAYS] else visit.say.days(weekdays)


def _line(visit: Visit, each: Colleague) -> Line:
    groups = ", ".join(part.group for part in each.parts)
    return Line(each.id, each.name, visit.say(f"rol.{each.role}"), groups, state(visit, each), not each.inside)


def state(visit: Visit, each: Colleague) -> str:
    """Whether she can sign in, in words."""
    if each.inside:
        return visit.say("collegas.tweede" if each.second else "collegas.binnen")
    if each.invited_until:
        return visit.say("collegas.uitgenodigd", datum=each.invited_until.astimezone(visit.school.zone).date())
    return visit.say("collegas.geen_inlog")


# --- somebody new
def ask(visit: Visit, tx: Tx) -> Answer:
    return _form(visit, tx)


def _form(visit: Visit, tx: Tx, status: int = 200, wrong: str = "") -> Page:
    chosen = {int(each) for each in visit.many.get("groep", ()) if each.isdecimal() and len(each) < 19}
    typed = {"naam": visit.form.get("naam", ""), "rol": visit.form.get("rol", "leerkracht"), "groepen": chosen}
    roles = [(role, visit.say(f"rol.{role}")) for role in staffing.ROLES]
    values = {"roles": roles, "groups": staffing.groups(visit, tx), "typed": typed, "wrong": wrong}
    return Page("instellingen_collega_nieuw.html", values, status)


def add(visit: Visit, tx: Tx) -> Answer:
    """She works here from now on; her page offers the invitation."""
    name, role = " ".join(visit.form.get("naam", "").split()), visit.form.get("rol", "")
    if not same_name(name) or role not in staffing.ROLES:
        return _form(visit, tx, 422, visit.say("collegas.fout_naam"))
    if len(name) > _LONGEST:
        return _form(visit, tx, 422, visit.say("collegas.fout_lang"))
    if any(same_name(each.name) == same_name(name) for each in staff.colleagues(tx, visit.who.school)):
        return _form(visit, tx, 422, visit.say("collegas.fout_dubbel", naam=name))
    chosen = visit.many.get("groep", ())
    groups = [name for number, name in staffing.groups(visit, tx).items() if str(number) in chosen]
    new = staff.add(tx, visit.who.school, _key(visit, tx, name), name, role, groups, staffing.year(visit))
    mark = undo.keep(visit, tx, "collega", new)
    to = f"/instellingen/collegas/{new}"
    return Go(to, "klaar.collega", undo=f"{to}/toch-niet{mark}", about=("staff", new))


def _key(visit: Visit, tx: Tx, name: str) -> str:
    """How commands name her, and she herself at signing in; never that of somebody who was here before."""
    plain = same_name(name).replace(" ", "-")
    number = 1
    while True:
        key = plain if number == 1 else f"{plain}-{number}"
        find = tx.find(f"staff:{visit.who.school}:{key}")
        taken = t.staff.select().where(t.staff.c.school == visit.who.school, t.staff.c.find == find)
        if tx.execute(taken).first() is None:
            return key
        number += 1


def not_after_all(visit: Visit, tx: Tx) -> Answer:
    """Take back somebody who was just added: nothing of hers is there yet."""
    her, new = staffing.one(visit, tx), undo.take(visit, tx, "collega")
    s, of = t.staff.c, t.group_staff.c
    touched = logins.state(tx, [her.id], visit.now)[her.id]
    given = tx.execute(t.thread.select().where(t.thread.c.staff_id == her.id)).first()
    if new != her.id or touched.accepted or given or staffing.is_last_of_office(visit, tx, her.id):
        return Go(f"/instellingen/collegas/{her.id}", "klaar.terug_te_laat")
    logins.forget(tx, her.id, visit.now)
    tx.execute(t.group_staff.delete().where(of.staff_id == her.id))
    tx.execute(t.staff.update().where(s.id == her.id).values(left_at=visit.now))
    return Go("/instellingen/collegas", "klaar.collega_terug")


DOORS = (
    get("/instellingen/collegas", show, TALKING),
    get("/instellingen/collegas/nieuw", ask, OFFICES),
    post("/instellingen/collegas/erbij", add, OFFICES, "collega"),
    post("/instellingen/collegas/{staff}/toch-niet", not_after_all, OFFICES, "collega"),
)
