"""The rooms of the settings: each with a line of what is there now, and a mark where something needs doing."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select

from bot.console.settings import health, staffing
from bot.console.visit import CLASS, COACH, EVERYONE, NETWORK, OFFICES, TALKING, Answer, Page, Visit, get
from bot.offers import referrals
from bot.offers.referrals import PASSED
from bot.people import facts, freedays
from bot.privacy import erase
from bot.store import tables as t
from bot.store.database import Tx

_AHEAD = 30  # days before the end of what is known in which somebody should look for the next holidays


class Room(NamedTuple):
    """`now`: what is there, in a line; `todo`: something needs doing."""

    path: str
    title: str
    now: str
    todo: bool = False


def show(visit: Visit, tx: Tx) -> Answer:
    return Page("instellingen.html", {"parts": list(_rooms(visit, tx))})


def _rooms(visit: Visit, tx: Tx) -> Iterator[Room]:
    for path, may, look in _ROOMS:
        if visit.who.role in may:
            now, todo = look(visit, tx)
            yield Room(path, visit.say(f"instellingen.{path.rpartition('/')[2]}"), now, todo)


def _mine(visit: Visit, tx: Tx) -> tuple[str, bool]:
    return visit.say("instellingen.mij.nu"), False


def _schools(visit: Visit, tx: Tx) -> tuple[str, bool]:
    return visit.say("instellingen.netwerk.nu", aantal=len(visit.who.schools)), False


def _school(visit: Visit, tx: Tx) -> tuple[str, bool]:
    known = len(facts.everything(tx, visit.who.school))
    return visit.say("instellingen.school.nu", aantal=known), not known


def _days(visit: Visit, tx: Tx) -> tuple[str, bool]:
    today = visit.local.date()
    study = sum(each.first >= today and each.kind == "studiedag" for each in freedays.of(tx, visit.who.school))
    until = visit.house.books.almanac.of(tx, visit.who.school).known_until
    short = until is None or (until - today).days < _AHEAD
    if short and visit.who.is_office:
        return visit.say("instellingen.dagen.kort", datum=until or date.max), True
    return visit.say("instellingen.dagen.nu", aantal=study), False


def _colleagues(visit: Visit, tx: Tx) -> tuple[str, bool]:
    people = staffing.everyone(visit, tx)
    outside = sum(not each.inside for each in people)
    if visit.who.is_office and outside:
        return visit.say("instellingen.collegas.zonder", aantal=outside), True
    return visit.say("instellingen.collegas.nu", aantal=len(people)), False


def _channels(visit: Visit, tx: Tx) -> tuple[str, bool]:
    wrong = sum(not each.well for each in health.channels(visit, tx))
    wrong += sum(each.kind == "wrong" for each in health.findings(visit, tx))
    if wrong:
        return visit.say("instellingen.kanalen.mis", aantal=wrong), True
    return visit.say("instellingen.kanalen.goed"), False


def _languages(visit: Visit, tx: Tx) -> tuple[str, bool]:
    return visit.say("instellingen.talen.nu", aantal=len(visit.config.languages.offered)), False


def _log(visit: Visit, tx: Tx) -> tuple[str, bool]:
    a, day = t.audit.c, visit.local.replace(hour=0, minute=0, second=0, microsecond=0)
    newest = select(a.at).where(a.school == visit.who.school).order_by(a.id.desc()).limit(200).subquery()
    many = tx.execute(select(func.count()).where(newest.c.at >= day)).scalar_one()
    return visit.say("instellingen.logboek.nu", aantal=many), False


def _forgotten(visit: Visit, tx: Tx) -> tuple[str, bool]:
    stuck = erase.troubled(tx, visit.who.schools)
    if stuck:
        return visit.say("instellingen.vergeten.mis", aantal=stuck), True
    return visit.say("instellingen.vergeten.nu"), False


def _offers(visit: Visit, tx: Tx) -> tuple[str, bool]:
    wait = sum(each.state != PASSED for each in referrals.going(tx, visit.who.schools))
    if wait:
        return visit.say("instellingen.aanbod.wacht", aantal=wait), True
    return visit.say("instellingen.aanbod.nu", aantal=len(visit.house.books.shelf.of(visit.who.school))), False


_LOOK = Callable[[Visit, Tx], tuple[str, bool]]
_ROOMS: tuple[tuple[str, frozenset[str], _LOOK], ...] = (
    ("/instellingen/mij", EVERYONE, _mine),
    ("/netwerk", frozenset({NETWORK}), _schools),
    ("/instellingen/school", OFFICES, _school),
    ("/instellingen/dagen", TALKING, _days),
    ("/instellingen/collegas", TALKING, _colleagues),
    ("/aanbod", OFFICES | {COACH}, _offers),
    ("/instellingen/kanalen", OFFICES | {NETWORK}, _channels),
    ("/instellingen/talen", CLASS, _languages),
    ("/instellingen/logboek", OFFICES, _log),
    ("/instellingen/vergeten", OFFICES, _forgotten),
)

DOORS = (get("/instellingen", show, EVERYONE),)
