"""A colleague is ill on a day of talks: whom that concerns, and whether they get another proposal; then it is said."""

from collections import Counter
from datetime import date
from typing import NamedTuple

from bot.booking import ill, rounds
from bot.booking.rounds import Round
from bot.booking.slots import Hours
from bot.console.rounds import dayplan, named, opened
from bot.console.rounds.sheet import a_day
from bot.console.sheets import whole
from bot.console.visit import CLASS, Answer, Go, Page, Visit, get, post
from bot.store.database import Tx


class Choice(NamedTuple):
    """A colleague on a day. `talks`: those that would be off, of whatever round."""

    staff_id: int
    name: str
    day: date
    label: str
    talks: int


def show(visit: Visit, tx: Tx) -> Answer:
    """Who, and when; or, where that is chosen, what it means."""
    return _page(visit, tx)


def _page(visit: Visit, tx: Tx, wrong: str = "") -> Page:
    round_ = opened.of(visit, tx)
    every = _choices(visit, tx, round_)
    chosen = _chosen(every, visit.query.get("wie", ""), visit.query.get("dag", ""))
    values = {
        "round": round_, "choices": every, "chosen": chosen, "wrong": wrong,
        "again": round_.takes(visit.now), "names": _names(visit, tx, round_, chosen) if chosen else [],
    }  # fmt: skip
    return Page("afspraken_ziek.html", values, 422 if wrong else 200)


def call_off(visit: Visit, tx: Tx) -> Answer:
    """All her talks of that day are off, and everybody concerned hears of it once."""
    round_ = opened.of(visit, tx)
    every = _choices(visit, tx, round_)
    chosen = _chosen(every, visit.form.get("wie", ""), visit.form.get("dag", ""))
    if chosen is None:
        return _page(visit, tx, visit.say("afspraken.fout_ziek"))
    ill.absent(
        tx, visit.config, chosen.staff_id, chosen.day, visit.now, again=visit.form.get("opnieuw", "") == "ja"
    )  # fmt: skip
    return Go(f"/afspraken/{round_.id}", "klaar.ziek", about=("staff", chosen.staff_id))


def _choices(visit: Visit, tx: Tx, round_: Round) -> list[Choice]:
    """The days that are still to come, or today; a teacher says it of herself only."""
    if round_.state not in (rounds.PLANNED, rounds.OPEN, rounds.CLOSED):
        return []
    today = visit.local.date()
    hours = [each for each in dayplan.shown_hours(visit, tx, round_) if each.day >= today]
    names, zone = named.staff(tx, {each.staff_id for each in hours}), visit.config.zone(round_.school)
    talks = _talks(visit, tx, round_, hours)
    many = Counter((each.starts_at.astimezone(zone).date(), each.staff_id) for each in talks)
    return [
        Choice(who, names.get(who, ""), day, visit.say.day(day), many[day, who])
        for day, who in sorted({(each.day, each.staff_id) for each in hours})
    ]


def _talks(visit: Visit, tx: Tx, round_: Round, hours: list[Hours]) -> list[dayplan.Piece]:
    pieces = dayplan.found(tx, round_, hours, visit.config.zone(round_.school))
    return [
        each for each in pieces
        if each.row is not None and each.row.state in ("planned", "offered") and each.starts_at > visit.now
    ]  # fmt: skip


def _names(visit: Visit, tx: Tx, round_: Round, chosen: Choice) -> list[str]:
    """`15.00 Amira`: the talks of this round."""
    hours = [each for each in dayplan.shown_hours(visit, tx, round_) if each.day == chosen.day]
    pieces = _talks(visit, tx, round_, [each for each in hours if each.staff_id == chosen.staff_id])
    words = named.words(visit, tx, [each.row for each in pieces if each.kind != dayplan.OTHER])
    zone = visit.config.zone(round_.school)
    return [
        f"{visit.say.hour(each.starts_at, zone)} {words[each.row.id].child}"
        for each in pieces
        if each.row.id in words
    ]  # fmt: skip


def _chosen(every: list[Choice], who: str, day: str) -> Choice | None:
    asked = whole(who), a_day(day)
    return next((each for each in every if (each.staff_id, each.day) == asked), None)


DOORS = (
    get("/afspraken/{round}/ziek", show, CLASS),
    post("/afspraken/{round}/ziek", call_off, CLASS, "ziek_gemeld"),
)
