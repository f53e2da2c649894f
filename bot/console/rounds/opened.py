"""A round on its page: the day in blocks, how far every family is, and what one can do about it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from bot import hours as wall
from bot.booking import interpreters, opening, rounds
from bot.booking.plan import NAME
from bot.booking.rounds import Round
from bot.booking.slots import Hours
from bot.console.rounds import dayplan, named, standing
from bot.console.rounds.sheet import a_day, a_time
from bot.console.visit import CLASS, Answer, Go, Gone, Page, Visit, get, post
from bot.model import Value
from bot.store import tables as t
from bot.store.database import Tx

REMINDED = "ronde_herinnerd"  # what the audit says of a reminder: there is one of each round


class Day(NamedTuple):
    """A day one can look at."""

    iso: str
    label: str
    here: bool


def show(visit: Visit, tx: Tx) -> Answer:
    return page(visit, tx)


def page(visit: Visit, tx: Tx, wrong: str = "") -> Page:
    """The round as it is; with what came in between."""
    round_, say = of(visit, tx), visit.say
    hours = dayplan.shown_hours(visit, tx, round_)
    day = chosen_day(visit, hours)
    found = standing.children(tx, visit.who, round_)
    zone = visit.config.zone(round_.school)
    parts = dayplan.parts(visit, tx, round_, hours, day) if day else []
    values: dict[str, Any] = {
        "round": round_, "wrong": wrong, "groups": ", ".join(rounds.groups(tx, round_.id).values()),
        "moments": moments(visit, round_), "count": counted(visit, standing.count(found)),
        "days": [Day(each.isoformat(), say.day(each), each == day) for each in _days(hours)],
        "day": day.isoformat() if day else "", "day_named": say.day(day) if day else "",
        "parts": parts, "kinds": dayplan.legend(parts),
        "sections": standing.sections(visit, tx, round_, found), "hers": runs(visit, round_),
        "silent": len(standing.silent(found)) if runs(visit, round_) and may_remind(tx, round_) else 0,
        "cost": _cost(visit, tx, round_), "name": visit.form.get("naam", round_.name), "long": NAME,
        "closes_day": visit.form.get("sluit_dag", f"{round_.closes_at.astimezone(zone):%Y-%m-%d}"),
        "closes_at": visit.form.get("sluit_uur", f"{round_.closes_at.astimezone(zone):%H:%M}"),
        "refresh": 60 if round_.state == rounds.OPEN else 0,
    }  # fmt: skip
    return Page("afspraken_ronde.html", values, 422 if wrong else 200)


# --- what others need of it
def of(visit: Visit, tx: Tx) -> Round:
    """The round in the address. Raises Gone."""
    found = rounds.get(tx, visit.ids["round"])
    if found is None:
        raise Gone
    return found


def runs(visit: Visit, round_: Round) -> bool:
    """Whether she may change, close and stop it: the office, or who opened it."""
    return visit.who.is_office or round_.staff_id == visit.who.staff_id


def chosen_day(visit: Visit, hours: Sequence[Hours]) -> date | None:
    """The day she asked for; else the first that is not over, else the last."""
    days, asked = _days(hours), a_day(visit.query.get("dag", ""))
    if asked in days:
        return asked
    today = visit.local.date()
    return next((each for each in days if each >= today), days[-1] if days else None)


def moments(visit: Visit, round_: Round) -> str:
    """`Open tot do 26 nov 20.00`, or in which state it is."""
    say = visit.say
    moment = round_.opens_at if round_.state == rounds.PLANNED else round_.closes_at
    if round_.state == rounds.PLANNED and round_.early_at and round_.early_at < round_.opens_at:
        early = named.moment(visit, round_.early_at)
        return say("afspraken.is_planned_vroeg", vroeg=early, moment=named.moment(visit, moment))
    return say(f"afspraken.is_{round_.state}", moment=named.moment(visit, moment))


def counted(visit: Visit, count: standing.Count) -> str:
    """`14 van 28 gezinnen hebben gekozen, 3 willen gebeld worden`."""
    families = visit.say("afspraken.van_gezinnen", aantal=count.families)
    said = [visit.say("afspraken.hebben_gekozen", aantal=count.chosen, gezinnen=families)]
    said += [visit.say("afspraken.willen_bellen", aantal=count.call)] if count.call else []
    said += [visit.say("afspraken.wachten", aantal=count.waits)] if count.waits else []
    return ", ".join(said)


def may_remind(tx: Tx, round_: Round) -> bool:
    """Once for each round, while it is open."""
    a = t.audit.c
    done = a.school == round_.school, a.what == REMINDED, a.kind == "round", a.target == round_.id
    return round_.state == rounds.OPEN and tx.execute(select(a.id).where(*done).limit(1)).first() is None


def _days(hours: Sequence[Hours]) -> list[date]:
    return sorted({each.day for each in hours})


def _cost(visit: Visit, tx: Tx, round_: Round) -> str:
    """What interpreters cost so far, for who pays them."""
    cents = interpreters.cost(tx, round_.id) if visit.who.is_office else 0
    return visit.say("afspraken.kosten", bedrag=Value("amount", f"{cents / 100:.2f}")) if cents else ""


# --- what is done
def remind(visit: Visit, tx: Tx) -> Answer:
    """Those who have not answered are asked once more."""
    round_ = _hers(visit, tx)
    if not may_remind(tx, round_):
        return page(visit, tx, visit.say("afspraken.al_herinnerd"))
    silent = standing.silent(standing.children(tx, visit.who, round_))
    opening.invite(tx, visit.config, round_.id, silent, visit.now)
    return Go(f"/afspraken/{round_.id}", "klaar.ronde_herinnerd", about=("round", round_.id))


def change(visit: Visit, tx: Tx) -> Answer:
    """Another name, or until when parents choose; one that was closed is open again until then."""
    round_ = _hers(visit, tx)
    name, closes = " ".join(visit.form.get("naam", "").split()), _closes(visit)
    if not 0 < len(name) <= NAME:
        return page(visit, tx, visit.say("rounds.fault.no_name"))
    if closes is None:
        return page(visit, tx, visit.say("afspraken.fout_sluit"))
    if not rounds.change(tx, round_.id, visit.now, name=name, closes_at=closes):
        return page(visit, tx, visit.say("afspraken.fout_sluit_voorbij"))
    return Go(f"/afspraken/{round_.id}", "klaar.ronde_anders")


def close(visit: Visit, tx: Tx) -> Answer:
    """Parents choose no more; what was agreed stands."""
    round_ = _hers(visit, tx)
    if not rounds.close(tx, round_.id, visit.now):
        return page(visit, tx, visit.say("afspraken.fout_niet_open"))
    return Go(f"/afspraken/{round_.id}", "klaar.ronde_dicht")


def sure(visit: Visit, tx: Tx) -> Answer:
    """What stopping would mean, before it is done."""
    round_ = _hers(visit, tx)
    talks = [each for some in standing.talks_of(tx, round_.id).values() for each in some]
    off = sum(each.state == "planned" and each.starts_at > visit.now for each in talks)
    values = {"round": round_, "off": off, "may": round_.state != rounds.STOPPED}
    return Page("afspraken_stop.html", values)


def stop(visit: Visit, tx: Tx) -> Answer:
    """All of it is off; parents who had chosen hear so."""
    round_ = _hers(visit, tx)
    if not rounds.stop(tx, round_.id, visit.now):
        return page(visit, tx, visit.say("afspraken.fout_niet_open"))
    return Go(f"/afspraken/{round_.id}", "klaar.ronde_gestopt")


def _hers(visit: Visit, tx: Tx) -> Round:
    round_ = of(visit, tx)
    if not runs(visit, round_):
        raise Gone
    return round_


def _closes(visit: Visit) -> datetime | None:
    day, at = a_day(visit.form.get("sluit_dag", "")), a_time(visit.form.get("sluit_uur", ""))
    return wall.at(day, at, visit.school.zone) if day and at else None


DOORS = (
    get("/afspraken/{round}", show, CLASS),
    post("/afspraken/{round}/herinner", remind, CLASS, REMINDED),
    post("/afspraken/{round}/verander", change, CLASS, "ronde_anders"),
    post("/afspraken/{round}/sluit", close, CLASS, "ronde_dicht"),
    get("/afspraken/{round}/stop", sure, CLASS),
    post("/afspraken/{round}/stop", stop, CLASS, "ronde_gestopt"),
)
