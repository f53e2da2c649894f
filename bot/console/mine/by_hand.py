"""A talk that a colleague plans herself with one family: she has agreed on it at the door, or by phone."""

from collections.abc import Mapping
from typing import NamedTuple

from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.console import households
from bot.console.mine import forms
from bot.console.visit import CLASS, Answer, Go, Gone, Page, Visit, get, post
from bot.errors import BotError, Taken
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Tx

HERE = "/gezinnen/{contact}/gesprek"
MINUTES = ("10", "15", "20", "30", "45", "60")
_FIELDS = ("kind", "wie", "dag", "van", "minuten", "vorm", "plaats", "adres")


class Choice(NamedTuple):
    """A child, or a colleague."""

    id: int
    name: str


def show(visit: Visit, tx: Tx) -> Answer:
    return _page(visit, tx, {}, "")


def plan(visit: Visit, tx: Tx) -> Answer:
    """It is agreed upon, and she reads it with day, hour and place."""
    typed = {name: visit.form.get(name, "").strip()[: forms.LONGEST[name]] for name in _FIELDS}
    school, children = _children(visit, tx)
    child = _chosen(children, typed["kind"])
    with_whom = _chosen(_colleagues(visit, tx, school), typed["wie"])
    if child is None or with_whom is None or typed["minuten"] not in MINUTES or typed["vorm"] not in forms.MODES:
        return _page(visit, tx, typed, visit.say("mijn.fout_kies"))
    if typed["vorm"] == "video" and not forms.is_address(typed["adres"]):
        return _page(visit, tx, typed, visit.say("mijn.fout_adres"))
    try:
        at = forms.a_moment(visit, school, typed["dag"], typed["van"])
    except ValueError:
        return _page(visit, tx, typed, visit.say("mijn.fout_moment"))
    if not visit.now < at <= visit.now + forms.AHEAD:
        return _page(visit, tx, typed, visit.say("mijn.fout_voorbij"))
    talk = Talk(
        visit.ids["contact"], school, at, int(typed["minuten"]), child.id, with_whom.id, mode=typed["vorm"],
        place=" ".join(typed["plaats"].split()),
    )  # fmt: skip
    try:
        number = appointments.plan(tx, visit.config, talk, visit.now)
    except Taken:
        return _page(visit, tx, typed, visit.say("mijn.fout_bezet"))
    except BotError:
        return _page(visit, tx, typed, visit.say("mijn.fout_hours_at_night"))
    _remember(tx, number, typed)
    return Go(f"/mijn/{number}", "klaar.gesprek_gepland")


def _remember(tx: Tx, number: int, typed: Mapping[str, str]) -> None:
    """Where a talk by video is seen."""
    if typed["vorm"] == "video":
        a = t.appointment
        tx.execute(a.update().where(a.c.id == number).values(link=tx.seal("appointment.link", typed["adres"])))


def _page(visit: Visit, tx: Tx, typed: Mapping[str, str], wrong: str) -> Page:
    school, children = _children(visit, tx)
    rows = [row for row in households.rows(visit, tx, contact=visit.ids["contact"]) if row.school == school]
    name = households.names(tx, [row for row in rows if row.contact_id == visit.ids["contact"]])
    given = {**dict.fromkeys(_FIELDS, ""), "minuten": "15", "vorm": "school", "wie": str(visit.who.staff_id), **typed}
    values = {
        "contact": visit.ids["contact"], "name": name, "children": children, "typed": given, "wrong": wrong,
        "colleagues": _colleagues(visit, tx, school), "minutes": MINUTES, "modes": forms.MODES,
        "first": visit.local.date().isoformat(), "last": (visit.local.date() + forms.AHEAD).isoformat(),
    }  # fmt: skip
    return Page("mijn_plannen.html", values, 422 if wrong else 200)


def _children(visit: Visit, tx: Tx) -> tuple[str, list[Choice]]:
    """Her children of whom she may hear, at one school. Raises Gone where there is none."""
    hers = [
        row
        for row in households.rows(visit, tx, contact=visit.ids["contact"])
        if row.contact_id == visit.ids["contact"] and row.barred_at is None
    ]
    here = [row for row in hers if row.school == visit.who.school] or hers
    if not here:
        raise Gone
    found = {row.child_id: tx.open("child.name", row.child) for row in here if row.school == here[0].school}
    return here[0].school, [Choice(*each) for each in found.items()]


def _colleagues(visit: Visit, tx: Tx, school: str) -> list[Choice]:
    """With whom: a teacher with herself; an office plans for everybody."""
    if not visit.who.is_office:
        return [Choice(visit.who.staff_id, visit.who.name)]
    return [Choice(row.id, row.name) for row in staff.colleagues(tx, school)]


def _chosen(choices: list[Choice], asked: str) -> Choice | None:
    """The one that was asked for; where there is one only, nobody is asked."""
    return next((each for each in choices if len(choices) == 1 or str(each.id) == asked), None)


DOORS = (get(HERE, show, CLASS), post(HERE, plan, CLASS, "gesprek_gepland"))
