"""One parent of a round, for who helps her: a talk booked, moved or called off by hand, or her question asked again."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.booking import appointments, bookings, diary, invited, opening, rounds
from bot.booking.appointments import Talk
from bot.booking.propose import Placed
from bot.booking.rounds import Round
from bot.booking.slots import Slot, with_interpreter
from bot.console.rounds import named, standing
from bot.console.rounds.standing import Parent
from bot.console.visit import CLASS, Answer, Go, Gone, Page, Visit, get, post
from bot.errors import BotError, Taken
from bot.people import families
from bot.store import tables as t
from bot.store.database import Tx

_STAMP = "%Y%m%dT%H%M"


class One(NamedTuple):
    """A parent with a child in a round, and the talk that she has or is kept for her."""

    row: Any
    round: Round
    parent: Parent

    @property
    def talk(self) -> standing.Talk | None:
        talk = self.parent.talk
        return talk if talk is not None and talk.state in ("planned", "offered") else None

    @property
    def language(self) -> str:
        """In which somebody should interpret."""
        asked: str = self.row.interpreter
        return "" if asked == invited.NO_INTERPRETER else asked


class Place(NamedTuple):
    """A moment that one can choose."""

    stamp: str
    at: str


class Day(NamedTuple):
    label: str
    places: Sequence[Place]


def show(visit: Visit, tx: Tx) -> Answer:
    return page(visit, tx)


def page(visit: Visit, tx: Tx, wrong: str = "") -> Page:
    """How far she is, and the moments that are still free at her child's teacher."""
    one, say = _one(visit, tx), visit.say
    zone = visit.config.zone(one.round.school)
    free = _others(one, _free(visit, tx, one))
    days = [
        Day(say.day(day), [Place(_stamp(slot), say.hour(slot.starts_at, zone)) for slot, _ in some])
        for day, some in groupby(free, key=lambda each: each[0].starts_at.astimezone(zone).date())
    ]
    talk = one.talk if one.talk and one.talk.state == "planned" else None
    values = {
        "one": one.row, "round": one.round, "wrong": wrong, "days": days, "talk": talk is not None,
        "over": talk is not None and talk.starts_at <= visit.now,
        "child": families.of_children(tx, [one.row.child_id]).get(one.row.child_id, ""),
        "parent": families.of_contacts(tx, one.round.school, [one.row.contact_id]).get(one.row.contact_id, ""),
        "teacher": named.staff(tx, [one.row.staff_id]).get(one.row.staff_id, "") if one.row.staff_id else "",
        "state": standing.said(visit, one.parent), "asks": one.round.takes(visit.now) and talk is None,
        "language": say.named(one.language) if one.language else "", "chosen": visit.form.get("plek", ""),
        "helped": any(who for _, who in free), "may": one.round.state in (rounds.OPEN, rounds.CLOSED),
        "how": say(f"afspraken.hoe_{one.row.how}") if one.row.how else "",
    }  # fmt: skip
    return Page("afspraken_gezin.html", values, 422 if wrong else 200)


def _one(visit: Visit, tx: Tx) -> One:
    """Who is meant. Raises Gone."""
    i = t.invitee.c
    row = tx.execute(select(t.invitee).where(i.id == visit.ids["invitee"])).one()
    round_ = rounds.get(tx, row.round_id)
    if round_ is None:
        raise Gone
    found = standing.children(tx, visit.who, round_, child=row.child_id)
    parent = next((each for child in found for each in child.parents if each.id == row.id), None)
    if parent is None:
        raise Gone
    return One(row, round_, parent)


def _free(visit: Visit, tx: Tx, one: One) -> list[tuple[Slot, int]]:
    """What is free at her child's teacher, with who interprets then; 0 for nobody."""
    if not one.row.staff_id or one.round.state not in (rounds.OPEN, rounds.CLOSED):
        return []
    but = [one.talk.id] if one.talk else []
    whose = {one.row.staff_id}
    if one.language:
        long = with_interpreter(one.round.minutes)
        slots = diary.free(tx, visit.config, one.round, whose, visit.now, minutes=long, but=but)[one.row.staff_id]
        found = [*_interpreted(visit, tx, one, slots, but)]
        if found:
            return found
    slots = diary.free(tx, visit.config, one.round, whose, visit.now, but=but)[one.row.staff_id]
    return [(slot, 0) for slot in slots]


def _others(one: One, found: Sequence[tuple[Slot, int]]) -> list[tuple[Slot, int]]:
    """Without the moment that is hers already."""
    hers = one.talk.starts_at if one.talk and one.talk.state == "planned" else None
    return [each for each in found if each[0].starts_at != hers]


def _interpreted(
    visit: Visit, tx: Tx, one: One, slots: Sequence[Slot], but: Sequence[int]
) -> Iterator[tuple[Slot, int]]:  # fmt: skip
    days = {slot.starts_at.astimezone(visit.config.zone(one.round.school)).date() for slot in slots}
    spans = diary.interpreters(tx, visit.config, one.round.school, one.language, days, visit.now, but=but)
    for slot in slots:
        span = next((span for span in spans if span.covers(slot)), None)
        if span is not None:
            yield slot, span.who


def _stamp(slot: Slot) -> str:
    return slot.starts_at.astimezone(UTC).strftime(_STAMP)


# --- what is done
def book(visit: Visit, tx: Tx) -> Answer:
    """She has a talk at this moment, or her talk is at this moment from now on; she hears of it."""
    one = _one(visit, tx)
    placed = next(
        (each for each in _others(one, _free(visit, tx, one)) if _stamp(each[0]) == visit.form.get("plek", "")), None
    )
    if placed is None:
        return page(visit, tx, visit.say("afspraken.fout_plek"))
    try:
        moved = _give(visit, tx, one, Placed(*placed))
    except Taken:
        return page(visit, tx, visit.say("afspraken.fout_net_weg"))
    except BotError:
        return page(visit, tx, visit.say("afspraken.fout_kan_niet"))
    return Go(_to(one), "klaar.gesprek_verzet" if moved else "klaar.gesprek_geboekt", about=_about(one))


def _give(visit: Visit, tx: Tx, one: One, placed: Placed) -> bool:
    """Whether a talk was moved. Raises Taken, BotError."""
    slot, talk = placed.slot, one.talk
    if talk is not None and talk.state == "planned":
        appointments.move(tx, visit.config, talk.id, slot.starts_at, visit.now, to=placed)
        bookings.see(tx, talk.id, placed)
        return True
    if talk is not None:
        bookings.release(tx, one.row.contact_id, one.round.id, visit.now)
    agreed = Talk(
        one.row.contact_id, one.round.school, slot.starts_at, slot.minutes, one.row.child_id, slot.staff_id,
        round_id=one.round.id, mode=slot.mode, place=slot.place, interpreter_id=placed.interpreter_id or None,
    )  # fmt: skip
    number = appointments.plan(tx, visit.config, agreed, visit.now)
    bookings.see(tx, number, placed)
    for each in invited.of(tx, one.round.id, one.row.contact_id):
        if each.id == one.row.id:
            bookings.begun(tx, visit.config, one.round, each, agreed._replace(id=number), visit.now)
    return False


def cancel(visit: Visit, tx: Tx) -> Answer:
    """It is off; she hears of it, and may choose again while the round is open."""
    one = _one(visit, tx)
    talk = one.talk
    if talk is None or talk.state != "planned" or talk.starts_at <= visit.now:
        return page(visit, tx, visit.say("afspraken.fout_geen_gesprek"))
    appointments.cancel(tx, talk.id, visit.now)
    return Go(_to(one), "klaar.gesprek_af", about=_about(one))


def away(visit: Visit, tx: Tx) -> Answer:
    """She said that she does not come: she is not asked any more."""
    one = _one(visit, tx)
    if one.talk is not None and one.talk.state == "planned":
        return page(visit, tx, visit.say("afspraken.fout_eerst_af"))
    if one.talk is not None:
        bookings.release(tx, one.row.contact_id, one.round.id, visit.now)
    invited.change(tx, [one.row.id], visit.now, state=invited.AWAY)
    return Go(_to(one), "klaar.komt_niet", undo=f"{_to(one)}/komt-toch", about=_about(one))


def back(visit: Visit, tx: Tx) -> Answer:
    """She comes after all."""
    one = _one(visit, tx)
    if one.row.state in (invited.AWAY, invited.CALL):
        invited.change(tx, [one.row.id], visit.now, state=invited.ASKED)
    return Go(_to(one), "klaar.teruggezet", about=_about(one))


def ask(visit: Visit, tx: Tx) -> Answer:
    """The bot asks her again."""
    one = _one(visit, tx)
    if not one.round.takes(visit.now) or one.parent.section == standing.LOST:
        return page(visit, tx, visit.say("afspraken.fout_vraag"))
    if one.row.state in (invited.AWAY, invited.CALL, invited.LISTED, invited.SUMMARY):
        invited.change(tx, [one.row.id], visit.now, state=invited.ASKED)
    if not opening.invite(tx, visit.config, one.round.id, [one.row.contact_id], visit.now):
        return page(visit, tx, visit.say("afspraken.fout_vraag"))
    return Go(_to(one), "klaar.nog_eens_gevraagd", about=_about(one))


def _to(one: One) -> str:
    return f"/afspraken/gezin/{one.row.id}"


def _about(one: One) -> tuple[str, int | None]:
    return "contact", int(one.row.contact_id)


DOORS = (  # before the rounds: they would take `gezin` for an id
    get("/afspraken/gezin/{invitee}", show, CLASS),
    post("/afspraken/gezin/{invitee}/boek", book, CLASS, "gesprek_geboekt"),
    post("/afspraken/gezin/{invitee}/af", cancel, CLASS, "gesprek_af"),
    post("/afspraken/gezin/{invitee}/komt-niet", away, CLASS, "gesprek_komt_niet"),
    post("/afspraken/gezin/{invitee}/komt-toch", back, CLASS, "gesprek_komt_toch"),
    post("/afspraken/gezin/{invitee}/vraag", ask, CLASS, "gesprek_gevraagd"),
)
