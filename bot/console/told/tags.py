"""Lists of children who belong together for a reason of the school, so that one can write to their families at once."""

from typing import NamedTuple

from sqlalchemy import or_, select

from bot.console import reach
from bot.console.told import choose
from bot.console.visit import OFFICES, Answer, Go, Gone, Page, Visit, get, post
from bot.errors import BotError
from bot.people import tags
from bot.people.addresses import same_name, school_year
from bot.store import tables as t
from bot.store.database import Tx

LISTS = "/berichten/lijsten"


class Pupil(NamedTuple):
    id: int
    name: str
    inside: bool


def show(visit: Visit, tx: Tx) -> Answer:
    """The lists of the school."""
    return _page(visit, tx)


def _page(visit: Visit, tx: Tx, wrong: str = "") -> Page:
    listed = tags.listed(tx, visit.who.school, visit.now)
    values = {"lists": listed, "wrong": wrong, "typed": visit.form.get("naam", ""), "longest": tags.LONGEST}
    return Page("berichten_lijsten.html", values, 422 if wrong else 200)


def make(visit: Visit, tx: Tx) -> Answer:
    """A new one; then who belongs to it."""
    try:
        number = tags.make(tx, visit.who.school, visit.form.get("naam", ""))
    except BotError as error:
        return _page(visit, tx, visit.say(f"lijsten.fout_{error}"))
    return Go(f"{LISTS}/{number}", about=("tag", number))


def one(visit: Visit, tx: Tx) -> Answer:
    """Who belongs to it, group by group."""
    number, who = visit.ids["tag"], visit.who
    groups = next(place.groups for place in choose.places(visit, tx) if place.school == who.school)
    asked = visit.query.get("groep", "")
    chosen = int(asked) if asked.isascii() and asked.isdigit() and int(asked[:18]) in groups else next(iter(groups), 0)
    if asked and asked != str(chosen):
        raise Gone
    name = tx.execute(select(t.tag.c.name).where(t.tag.c.id == number)).scalar_one()
    inside = tags.children(tx, who.school, number)
    pupils = _pupils(visit, tx, chosen, inside)
    values = {"id": number, "name": name, "groups": groups, "chosen": chosen, "pupils": pupils, "many": len(inside)}
    return Page("berichten_lijst.html", values)


def save(visit: Visit, tx: Tx) -> Answer:
    """Of the group that was on the page: who is ticked belongs to it, the others do not."""
    number, asked = visit.ids["tag"], visit.form.get("groep", "")
    group_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    if not reach.may_see(tx, visit.who, "group", group_id):
        return Go(f"{LISTS}/{number}", "klaar.lijst_niets")
    here = {each.id for each in _pupils(visit, tx, group_id, set())}
    ticked = {int(each) for each in visit.many.get("kind", ()) if each.isascii() and each.isdigit() and len(each) < 19}
    if not ticked <= here:
        raise Gone
    tags.put_in(tx, visit.who.school, number, ticked)
    tags.take_out(tx, visit.who.school, number, here - ticked)
    return Go(f"{LISTS}/{number}?groep={group_id}", "klaar.lijst")


def drop(visit: Visit, tx: Tx) -> Answer:
    """It is not needed any more; the children stay where they are."""
    tags.drop(tx, visit.who.school, visit.ids["tag"])
    return Go(LISTS, "klaar.lijst_weg")


def _pupils(visit: Visit, tx: Tx, group_id: int, inside: set[int]) -> list[Pupil]:
    """The children of a group this year, by name."""
    c, m = t.child.c, t.membership.c
    of = m.group_id == group_id, m.year == school_year(visit.local.date()), reach.children(visit.who)
    rows = tx.execute(
        select(c.id, c.name).join(t.membership, m.child_id == c.id)
        .where(*of, or_(c.left_at.is_(None), c.left_at > visit.now))
    )  # fmt: skip
    found = [Pupil(row.id, tx.open("child.name", row.name), row.id in inside) for row in rows]
    return sorted(found, key=lambda each: same_name(each.name))


DOORS = (
    get(LISTS, show, OFFICES),
    post(f"{LISTS}/nieuw", make, OFFICES, "lijst"),
    get(f"{LISTS}/{{tag}}", one, OFFICES),
    post(f"{LISTS}/{{tag}}/bewaar", save, OFFICES, "lijst"),
    post(f"{LISTS}/{{tag}}/weg", drop, OFFICES, "lijst_weg"),
)
