"""Talks that somebody asked for: name hours in which she may choose, call, or say that it is not needed any more."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import combinations
from typing import NamedTuple

from bot import hours
from bot.booking import requests
from bot.booking.faults import meet, wall_fault
from bot.booking.requests import Request
from bot.booking.slots import Hours
from bot.console.mine import forms, named
from bot.console.numbers import Number
from bot.console.visit import TALKING, TEACHER, Answer, Go, Gone, Page, Visit, get, post
from bot.errors import BotError
from bot.people import families
from bot.people.addresses import first_name
from bot.store.database import Tx

HERE = "/mijn/vraag"
ROWS = 3  # of hours in the form
_ROOM = timedelta(hours=1)  # she has to read it and choose
MINUTES = ("10", "15", "20", "30", "45")
_CELLS = tuple(f"{what}{row}" for row in range(1, ROWS + 1) for what in ("dag", "van", "tot"))
_FIELDS = ("minuten", "vorm", "plaats", "adres", *_CELLS)


class Wish(NamedTuple):
    """A request in words. `who`: who asked, as `ouder wil een gesprek`."""

    id: int
    parent: str
    child: str
    who: str
    since: str


def waiting(visit: Visit, tx: Tx) -> list[Wish]:
    """Those that wait for this colleague: a teacher's own; at an office also those that nobody looks after."""
    if visit.who.role == TEACHER:
        mine = [each for each in requests.open_for(tx, visit.who.school, [visit.who.staff_id]) if each.staff_id]
    elif visit.who.is_office:
        every = requests.open_for(tx, visit.who.school)
        mine = [each for each in every if each.staff_id in (None, visit.who.staff_id)]
    else:
        every = [each for school in visit.who.schools for each in requests.open_for(tx, school)]
        mine = [each for each in every if each.staff_id == visit.who.staff_id]
    return [_wish(visit, tx, each) for each in mine]


def show(visit: Visit, tx: Tx) -> Answer:
    return _page(visit, tx, {}, "")


def offer(visit: Visit, tx: Tx) -> Answer:
    """Hours in which she may choose; from here on she books as in a round."""
    typed = {name: visit.form.get(name, "").strip()[: forms.LONGEST[name]] for name in _FIELDS}
    request = _known(visit, tx)
    found = _hours(visit, request, typed)
    wrong = found if isinstance(found, str) else _fault(visit, request, found, typed)
    if wrong or isinstance(found, str):
        return _page(visit, tx, typed, wrong)
    try:
        links = {found[0].staff_id: typed["adres"]} if typed["vorm"] == "video" else {}
        requests.answer(
            tx, visit.config, request.id, found, int(typed["minuten"]), visit.who.staff_id, visit.now, links=links
        )
    except BotError:  # what we check ourselves is right: somebody was first, or there is a contact bar
        return _page(visit, tx, typed, visit.say("mijn.fout_intussen"))
    return Go("/mijn", "klaar.uren_gestuurd")


def phone(visit: Visit, tx: Tx) -> Answer:
    """She calls, or has called; nothing more comes of it here."""
    return _settled(visit, tx, "call")


def drop(visit: Visit, tx: Tx) -> Answer:
    return _settled(visit, tx, "drop")


def _settled(visit: Visit, tx: Tx, how: str) -> Answer:
    try:
        (requests.call if how == "call" else requests.drop)(tx, visit.ids["talk_request"], visit.now)
    except BotError:
        return Go("/mijn", "klaar.al_gedaan")
    return Go("/mijn", "klaar.gebeld" if how == "call" else "klaar.vraag_weg")


# --- the page
def _page(visit: Visit, tx: Tx, typed: Mapping[str, str], wrong: str) -> Page:
    request = _known(visit, tx)
    number: Number | None = forms.number_of(visit, tx, request.contact_id)
    values = {
        "room": "afspraken", "wish": _wish(visit, tx, request), "open": request.state == requests.OPEN,
        "state": visit.say(f"mijn.vraag_{request.state}"), "number": number,
        "typed": {**dict.fromkeys(_FIELDS, ""), "minuten": "15", "vorm": "school", **typed},
        "wrong": wrong, "rows": range(1, ROWS + 1),
        "minutes": MINUTES, "modes": forms.MODES, "first": visit.local.date().isoformat(),
        "last": (visit.local.date() + forms.AHEAD).isoformat(),
    }  # fmt: skip
    return Page("mijn_vraag.html", values, 422 if wrong else 200)


def _known(visit: Visit, tx: Tx) -> Request:
    request = requests.get(tx, visit.ids["talk_request"])
    if request is None:
        raise Gone
    return request


def _wish(visit: Visit, tx: Tx, request: Request) -> Wish:
    name = families.of_contacts(tx, request.school, [request.contact_id]).get(request.contact_id, "")
    child = families.of_children(tx, [request.child_id]).get(request.child_id, "")
    day = named.short(visit, request.made_at.astimezone(visit.config.zone(request.school)).date())
    return Wish(request.id, name, first_name(child), visit.say(f"mijn.vraagt_{request.who}"), day)


# --- what was typed
def _with(visit: Visit, request: Request) -> int:
    """With whom the talk is: a teacher with herself; an office answers for the teacher of the child."""
    return (request.staff_id or visit.who.staff_id) if visit.who.is_office else visit.who.staff_id


def _hours(visit: Visit, request: Request, typed: Mapping[str, str]) -> list[Hours] | str:
    """The hours that were typed, or what is wrong with them."""
    if typed["minuten"] not in MINUTES or typed["vorm"] not in forms.MODES:
        return visit.say("mijn.fout_kies")
    try:
        found = [*_read(_with(visit, request), typed)]
    except ValueError:
        return visit.say("mijn.fout_uren")
    return found or visit.say("mijn.fout_geen_uren")


def _read(staff_id: int, typed: Mapping[str, str]) -> Iterator[Hours]:
    """Raises ValueError where a row is half filled."""
    for row in range(1, ROWS + 1):
        day, start, until = (typed[f"{what}{row}"] for what in ("dag", "van", "tot"))
        if start or until:
            walls = forms.a_day(day), forms.a_time(start), forms.a_time(until)
            yield Hours(staff_id, *walls, typed["vorm"], typed["plaats"], row)


def _fault(visit: Visit, request: Request, found: Sequence[Hours], typed: Mapping[str, str]) -> str:
    zone = visit.config.zone(request.school)
    if typed["vorm"] == "video" and not forms.is_address(typed["adres"]):
        return visit.say("mijn.fout_adres")
    for each in found:
        begins = hours.at(each.day, each.start, zone)
        if fault := wall_fault(each, int(typed["minuten"])):
            return visit.say(f"mijn.fout_{fault}")
        if not visit.now + _ROOM <= begins <= visit.now + forms.AHEAD:
            return visit.say("mijn.fout_voorbij")
    return visit.say("mijn.fout_dubbel") if any(meet(*pair) for pair in combinations(found, 2)) else ""


DOORS = (
    get(HERE + "/{talk_request}", show, TALKING),
    post(HERE + "/{talk_request}/uren", offer, TALKING, "gesprek_uren"),
    post(HERE + "/{talk_request}/bel", phone, TALKING, "gesprek_gebeld"),
    post(HERE + "/{talk_request}/weg", drop, TALKING, "gesprek_vraag_weg"),
)
