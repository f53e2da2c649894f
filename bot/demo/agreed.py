"""What the teacher promised and agreed, on her page: a short list, and plain forms to note more of it."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from functools import partial
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot import hours
from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.config import Config
from bot.demo import clock
from bot.demo.forms import back, plain, read_form
from bot.demo.school import SCHOOL, TEACHER
from bot.demo.screen import visible
from bot.errors import BotError
from bot.people import families, staff
from bot.people.contacts import enrolled
from bot.scheduler import promises
from bot.scheduler.almanac import Almanac
from bot.scheduler.promises import Promise
from bot.store import tables as t
from bot.store.database import Tx

_DAYS = 3  # after a talk until she is asked how it was
_MINUTES = 10
_STRANGE = "Dat formulier klopt niet, of het komt van een andere pagina."
_PAST = "Kies een dag en uur die nog komen, tussen 7.00 en 22.00 uur, waarop nog niets is afgesproken."


class Item(NamedTuple):
    """A line of the list."""

    id: int
    when: str
    iso: str
    what: str
    late: bool = False


class Agreed(NamedTuple):
    """All that she has promised and agreed, and with whom she can agree on more: (contact-child, names)."""

    promised: tuple[Item, ...] = ()
    talks: tuple[Item, ...] = ()
    parents: tuple[tuple[str, str], ...] = ()


Work = Callable[[Tx, Almanac, datetime], None]


class Desk(Protocol):
    """What these forms need of the stage."""

    @property
    def zone(self) -> ZoneInfo: ...

    def now(self) -> datetime: ...

    async def agreed(self) -> Agreed: ...

    async def note(self, work: Work) -> bool:
        """Do it in one go; returns when it is on its way. False where it cannot be."""
        ...


Answer = Callable[[Desk, Request], Awaitable[Response]]


def routes(desk: Desk) -> list[BaseRoute]:
    def route(path: str, answer: Answer) -> Route:
        return Route(path, partial(answer, desk), methods=["POST"])

    return [
        route("/juf/beloofd", promise), route("/juf/beloofd/{number:int}", kept),
        route("/juf/gesprek", agree), route("/juf/gesprek/{number:int}", settle),
    ]  # fmt: skip


def read(tx: Tx, zone: ZoneInfo, now: datetime) -> Agreed:
    """What her page shows."""
    today = now.astimezone(zone).date()
    promised = [_promised(each, zone, today) for each in promises.open_ones(tx, SCHOOL)]
    found = appointments.planned(tx, SCHOOL)
    guardians = families.of_contacts(tx, SCHOOL, {talk.contact_id for talk in found})
    children = families.of_children(tx, {talk.child_id for talk in found if talk.child_id})
    talks = []
    for talk in found:
        at, late = talk.starts_at.astimezone(zone).isoformat(timespec="minutes"), talk.starts_at <= now
        who = f"{guardians.get(talk.contact_id, '')} over {children.get(talk.child_id or 0, '')}"
        talks.append(Item(talk.id, clock.soon(talk.starts_at, now, zone), at, visible(who), late))
    return Agreed(tuple(promised), tuple(talks), tuple(_parents(tx)))


def _promised(each: Promise, zone: ZoneInfo, today: date) -> Item:
    noon = hours.at(each.due_on, time(12), zone)
    return Item(each.id, clock.day(noon, zone), each.due_on.isoformat(), visible(each.words), each.due_on < today)


def _parents(tx: Tx) -> list[tuple[str, str]]:
    """Who reads us, each with each of her children."""
    g = t.guardian.c
    rows = tx.execute(select(g.contact_id, g.child_id).where(g.school == SCHOOL).order_by(g.id)).all()
    reached = enrolled(tx, {row.contact_id for row in rows})
    guardians = families.of_contacts(tx, SCHOOL, reached)
    children = families.of_children(tx, {row.child_id for row in rows if row.contact_id in reached})
    pairs = dict.fromkeys((row.contact_id, row.child_id) for row in rows if row.contact_id in reached)
    return [(f"{who}-{child}", visible(f"{guardians[who]} over {children[child]}")) for who, child in pairs]


# --- the forms
async def promise(desk: Desk, request: Request) -> Response:
    """She promised something."""
    form = await read_form(request)
    words, due = (form or {}).get("text", "").strip(), _date((form or {}).get("due", ""))
    if form is None or not words or due is None:
        return plain("Schrijf wat je beloofde, en voor welke dag." if form else _STRANGE, 422)

    def work(tx: Tx, almanac: Almanac, now: datetime) -> None:
        promises.add(tx, _teacher(tx), words, due, now)
        promises.lay_school(tx, almanac, SCHOOL, now)

    done = await desk.note(work)
    return back("/juf") if done else plain(f"Een belofte heeft hooguit {promises.LONGEST} tekens.", 422)


async def kept(desk: Desk, request: Request) -> Response:
    """It is done."""

    def work(tx: Tx, almanac: Almanac, now: datetime) -> None:
        promises.settle(tx, request.path_params["number"], "kept", now)
        promises.lay_school(tx, almanac, SCHOOL, now)

    if await read_form(request) is None:
        return plain(_STRANGE, 413)
    await desk.note(work)
    return back("/juf")


async def agree(desk: Desk, request: Request) -> Response:
    """She agreed on a talk with a parent."""
    form = await read_form(request) or {}
    who, at = form.get("who", ""), _wall(form.get("at", ""), desk.zone)
    pairs = {value for value, _ in (await desk.agreed()).parents}
    if at is None or who not in pairs:
        return plain("Kies met wie, en een dag en uur." if form else _STRANGE, 422)
    contact_id, child_id = map(int, who.split("-"))

    def work(tx: Tx, almanac: Almanac, now: datetime) -> None:
        talk = Talk(contact_id, SCHOOL, at, _MINUTES, child_id, _teacher(tx).id)
        appointments.plan(tx, almanac.config, talk, now)

    return back("/juf") if await desk.note(work) else plain(_PAST, 422)


async def settle(desk: Desk, request: Request) -> Response:
    """It was held or missed, or it is off."""
    form = await read_form(request) or {}
    step = _STEPS.get(form.get("stap", ""))
    if step is None:
        return plain(_STRANGE, 422)
    number = request.path_params["number"]
    await desk.note(lambda tx, almanac, now: step(tx, almanac.config, number, now))
    return back("/juf")


def _held(tx: Tx, config: Config, number: int, now: datetime) -> None:
    appointments.held(tx, config, number, now, days=_DAYS)


def _off(tx: Tx, config: Config, number: int, now: datetime) -> None:
    appointments.cancel(tx, number, now)


_STEPS = {"geweest": _held, "gemist": appointments.missed, "af": _off}


def _teacher(tx: Tx) -> staff.StaffRow:
    found = [each for each in staff.colleagues(tx, SCHOOL) if each.name == TEACHER]
    if not found:
        raise BotError("the teacher has left")
    return found[0]


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _wall(text: str, zone: ZoneInfo) -> datetime | None:
    """A moment as the browser writes it, `2026-11-26T15:00`, by the clock at school."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return hours.at(moment.date(), moment.time(), zone) if moment.tzinfo is None else None
