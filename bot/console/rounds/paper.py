"""The day plan of a round on paper: a page for each colleague, with room to write."""

from datetime import timedelta
from typing import NamedTuple

from bot.booking import rounds
from bot.console.rounds import dayplan, named
from bot.console.rounds import opened as one
from bot.console.visit import CLASS, Answer, Page, Visit, get
from bot.store.database import Tx


class Line(NamedTuple):
    """A talk, or a place that is free still."""

    at: str
    until: str
    child: str
    parent: str
    notes: str


class Sheet(NamedTuple):
    name: str
    place: str
    lines: list[Line]


def show(visit: Visit, tx: Tx) -> Answer:
    """A day of all of them, or of one."""
    round_ = one.of(visit, tx)
    hours = dayplan.shown_hours(visit, tx, round_)
    day = one.chosen_day(visit, hours)
    here = [each for each in hours if each.day == day]
    zone = visit.config.zone(round_.school)
    pieces = dayplan.found(tx, round_, here, zone)
    words = named.words(visit, tx, [each.row for each in pieces if each.kind not in (dayplan.FREE, dayplan.OTHER)])
    names = named.staff(tx, {each.staff_id for each in here})
    sheets = [
        Sheet(
            name, ", ".join(dict.fromkeys(each.place for each in here if each.staff_id == who and each.place)),
            [_line(visit, round_, each, words) for each in pieces if each.staff_id == who],
        )
        for who, name in sorted(names.items(), key=lambda each: each[1].casefold())
    ]  # fmt: skip
    values = {"round": round_, "day": visit.say.day(day) if day else "", "sheets": sheets}
    return Page("afspraken_blad.html", values)


def _line(
    visit: Visit, round_: rounds.Round, piece: dayplan.Piece, words: "dict[int, named.Words]"
) -> Line:  # fmt: skip
    zone = visit.config.zone(round_.school)
    at = visit.say.hour(piece.starts_at, zone)
    until = visit.say.hour(piece.starts_at + timedelta(minutes=piece.minutes), zone)
    if piece.kind in (dayplan.FREE, dayplan.OTHER):
        return Line(at, until, "", "", visit.say(f"afspraken.blok_{piece.kind}"))
    said = words[piece.row.id]
    notes = [visit.say("afspraken.blok_voorstel")] if piece.kind == dayplan.OFFERED else []
    return Line(at, until, said.child, said.parent, ", ".join([*notes, *said.notes]))


DOORS = (get("/afspraken/{round}/blad", show, CLASS),)
