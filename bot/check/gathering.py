"""An evening or an open day for each parent on the stage, with others who come, and what she said of it before."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot import hours as wall
from bot.check.casting import SCHOOLS, Parent
from bot.check.transcript import Evening
from bot.config import Config
from bot.gatherings import gatherings, guests, posters
from bot.gatherings.plan import KINDS, OPEN_DAY, OTHER, THEME, Plan
from bot.model import Value
from bot.people import contacts, staff
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.orders import Wanted
from bot.translation.texts import SOURCE

_DAY, _HOUR = datetime(2026, 11, 26), datetime(1, 1, 1, 19, 30)  # noqa: DTZ001 - a Thursday, by the wall
_WORDS, _REASON = "Wij maken samen een tuin bij school.", "De school is die avond dicht."
_SUMMARY = "Maak samen af wanneer de telefoon weg gaat."
_LASTS = 90
_STATES = {"komt": guests.COMING, "lijst": guests.LISTED, "plek": guests.OFFERED, "weg": guests.AWAY}
_HELD = timedelta(hours=4)


def lay(tx: Tx, config: Config, evening: Evening, parent: Parent, now: datetime) -> int:
    """Her own, as the header of the transcript has it; its number."""
    school, zone = SCHOOLS[0].key, SCHOOLS[0].zone
    kind = evening.what if evening.what in KINDS else THEME
    starts_at = wall.at(_DAY.date(), _HOUR.time(), zone)
    plan = Plan(
        school, kind, "Samen in gesprek", "de aula", starts_at, _LASTS, now, starts_at - timedelta(hours=2),
        f"rehearsal:{parent.contact_id}", evening.what if kind == THEME else "", (), evening.places,
        evening.childcare, evening.interpreter, _WORDS if kind == OTHER else "",
    )  # fmt: skip
    number = gatherings.make(tx, config, plan, staff.colleagues(tx, school)[0].id, now)
    told = {"state": gatherings.OPEN, "looked_at": now + timedelta(days=400)}  # nobody else comes in
    told |= {name: tx.seal(f"gathering.{name}", text) for name, text in (("reason", _REASON), ("summary", _SUMMARY))}
    tx.execute(update(t.gathering).where(t.gathering.c.id == number).values(told))
    _translate(tx, [plan.name, _WORDS, _REASON, _SUMMARY], parent.role.language, now)
    if kind == OPEN_DAY:
        parent.poster = posters.make(tx, gatherings.known(tx, number, school), now).code
        return number
    _visit(tx, number, parent.contact_id, now, guests.ASKED)
    for place in range(evening.taken):
        [other] = contacts.new_contacts(tx, ["nl"], now)
        held = evening.kept if place == 0 else None
        _visit(tx, number, other, now, guests.OFFERED if held else guests.COMING, held)
    for each in evening.hers:
        _came_about(tx, number, parent.contact_id, each, now)
    return number


def _came_about(tx: Tx, number: int, contact_id: int, which: str, now: datetime) -> None:
    if which in _STATES:
        _visit(tx, number, contact_id, now, _STATES[which], _HELD if which == "plek" else None)
    elif which == "af":
        tx.execute(update(t.gathering).where(t.gathering.c.id == number).values(state=gatherings.STOPPED))
        _visit(tx, number, contact_id, now, guests.OFF)


def _visit(
    tx: Tx, number: int, contact_id: int, now: datetime, state: str, held: timedelta | None = None
) -> None:  # fmt: skip
    guests.arrive(tx, number, contact_id, now)
    values = {"state": state, "hold_until": now + held if held else None, "listed_at": now}
    v = t.visitor.c
    tx.execute(update(t.visitor).where(v.gathering_id == number, v.contact_id == contact_id).values(values))


def begun(tx: Tx, flow: str, number: int) -> dict[str, Any]:
    """What a conversation about it begins with."""
    fields = {"avond": Value("number", str(number))}
    state = tx.execute(select(t.gathering.c.state).where(t.gathering.c.id == number)).scalar()
    if flow == "thema_nieuws":
        fields["wat"] = Value("text", "af" if state == gatherings.STOPPED else "verzet")
    if flow == "thema_dag":
        fields["wanneer"] = Value("text", "dag")
    return {"fields": fields, "scope": f"gathering:{number}:{flow}"}


def _translate(tx: Tx, texts: list[str], language: str, now: datetime) -> None:
    """On this stage everybody reads what the school wrote: what a machine makes of it is not rehearsed."""
    wanted = [Wanted(SCHOOLS[0].key, SOURCE, language, text) for text in texts if language != SOURCE]
    orders.order(tx, wanted, now)
    for each, said in orders.said(tx, wanted).items():
        done = {"state": orders.DONE, "said": tx.seal("translation.said", each.text)}
        tx.execute(update(t.translation).where(t.translation.c.id == said.id).values(done))
