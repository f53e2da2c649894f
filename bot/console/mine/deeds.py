"""What one does with a talk: it was held, nobody came, another moment, it is off, what was agreed."""

from datetime import date
from typing import Any

from bot.booking import agreed, appointments, undone
from bot.console.mine import forms, talk
from bot.console.visit import TALKING, Answer, Go, Page, Visit, post
from bot.errors import BotError, Taken
from bot.people import audit
from bot.store.database import Tx


def held(visit: Visit, tx: Tx) -> Answer:
    """They have talked; what was agreed is written on the same page."""
    row = talk.one(visit, tx)
    try:
        appointments.held(tx, visit.config, row.id, visit.now)
    except BotError:  # somebody was first, or it has not begun
        return _not_so(visit, tx)
    return Go(_page(visit), "klaar.gesprek_geweest", undo=f"{_page(visit)}/toch-niet")


def missed(visit: Visit, tx: Tx) -> Answer:
    """Nobody came: she gets one kind message with another proposal."""
    row = talk.one(visit, tx)
    try:
        appointments.missed(tx, visit.config, row.id, visit.now)
    except BotError:
        return _not_so(visit, tx)
    said = "klaar.gesprek_gemist" if forms.reads(tx, row.school, row.contact_id) else "klaar.gesprek_gemist_zelf"
    return Go(_page(visit), said, undo=f"{_page(visit)}/toch-niet")


def reopen(visit: Visit, tx: Tx) -> Answer:
    """It was a slip; as long as she was told nothing it is as it was."""
    row = talk.one(visit, tx)
    try:
        undone.reopen(tx, row.id, visit.now)
    except BotError:
        return _not_so(visit, tx)
    return Go(_page(visit), "klaar.teruggezet")


def move(visit: Visit, tx: Tx) -> Answer:
    """Another moment, of which she is told."""
    row, day, wall = talk.one(visit, tx), visit.form.get("dag", ""), visit.form.get("van", "")
    typed = {"dag": day[:10], "van": wall[:5]}
    try:
        at = forms.a_moment(visit, row.school, day, wall)
    except ValueError:
        return talk.page(visit, tx, {"verzetten": visit.say("mijn.fout_moment")}, typed)
    if not visit.now < at <= visit.now + forms.AHEAD:
        return talk.page(visit, tx, {"verzetten": visit.say("mijn.fout_voorbij")}, typed)
    if at == row.starts_at:
        return Go(_page(visit))
    try:
        appointments.move(tx, visit.config, row.id, at, visit.now)
    except Taken:
        return talk.page(visit, tx, {"verzetten": visit.say("mijn.fout_bezet")}, typed)
    except BotError:
        return talk.page(visit, tx, {"verzetten": visit.say("mijn.fout_hours_at_night")}, typed)
    return Go(_page(visit), "klaar.gesprek_verzet")


def cancel(visit: Visit, tx: Tx) -> Answer:
    """It is off, and she is told."""
    row = talk.one(visit, tx)
    try:
        appointments.cancel(tx, row.id, visit.now)
    except BotError:
        return _not_so(visit, tx)
    return Go(_page(visit), "klaar.gesprek_af")


def agree(visit: Visit, tx: Tx) -> Answer:
    """What school does, what home does, when they look back; whoever writes that down has talked."""
    row, form = talk.one(visit, tx), visit.form
    typed = {name: form.get(name, "").strip()[:1000] for name in ("school", "thuis", "terug")}
    today = visit.now.astimezone(visit.config.zone(row.school)).date()
    try:
        look_on = date.fromisoformat(typed["terug"]) if typed["terug"] else None
    except ValueError:
        return talk.page(visit, tx, {"afspraken": visit.say("mijn.fout_dag")}, typed)
    came = agreed.of(tx, row.id)
    if word := agreed.wrong(typed["school"], typed["thuis"], look_on, today, came.look_on if came else None):
        return talk.page(visit, tx, {"afspraken": visit.say(f"mijn.fout_{word}", aantal=agreed.LONGEST)}, typed)
    try:
        if row.state == "planned":
            appointments.held(tx, visit.config, row.id, visit.now)
        given = typed["school"], typed["thuis"], look_on
        agreed.write(tx, visit.config, row.id, *given, visit.who.staff_id, visit.now, tell=_reads(visit, tx, row))
    except BotError:
        return _not_so(visit, tx, "afspraken")
    return Go(_page(visit), "klaar.afspraken_na")


def _reads(visit: Visit, tx: Tx, row: Any) -> list[int]:
    """The other parents who read it too; that it was shared with them is noted."""
    ticked = visit.many.get("leest", ())
    found = [each.contact_id for each in agreed.readers(tx, row.id, visit.now) if str(each.contact_id) in ticked]
    for one in found:
        who, at = visit.who.staff_id, visit.now
        audit.note(tx, row.school, who, "afspraken_gedeeld", at, kind="contact", target=one)
    return found


def _not_so(visit: Visit, tx: Tx, where: str = "geweest") -> Page:
    """Somebody changed it meanwhile; the page shows how it stands."""
    return talk.page(visit, tx, {where: visit.say("mijn.fout_intussen")})


def _page(visit: Visit) -> str:
    return f"/mijn/{visit.ids['appointment']}"


DOORS = (
    post(f"{talk.HERE}/geweest", held, TALKING, "gesprek_geweest"),
    post(f"{talk.HERE}/gemist", missed, TALKING, "gesprek_gemist"),
    post(f"{talk.HERE}/toch-niet", reopen, TALKING, "gesprek_terug"),
    post(f"{talk.HERE}/verzetten", move, TALKING, "gesprek_verzet"),
    post(f"{talk.HERE}/af", cancel, TALKING, "gesprek_af"),
    post(f"{talk.HERE}/afspraken", agree, TALKING, "afspraken_na"),
)
