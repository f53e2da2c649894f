"""What a conversation about an agreed talk does: look it up as it is now, and tell the teacher who cannot come."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.conversation.events import Finished
from bot.desk import context
from bot.desk.load import Live
from bot.desk.telling import tell
from bot.errors import ContentError
from bot.model import Value
from bot.people import staff
from bot.scheduler import afterwards
from bot.store.tables import thread
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case
    from bot.desk.load import Letter


def concerns_nothing(case: "Case", letter: "Letter") -> bool:
    """Whether this note is about a talk that was moved, cancelled or held since, or has begun."""
    number, which = (letter.payload["fields"].get(name, ["", ""])[1] for name in ("afspraak", "wanneer"))
    if not number:
        return False
    talk = appointments.look(case.tx, int(number))
    if talk is None or talk.starts_at <= case.now:
        return True
    same = letter.payload.get("until") in (None, talk.starts_at.isoformat())
    return not same or talk.state != ("cancelled" if which == "af" else "planned")


def look(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """The talk as it is today, with the name of whoever it is with; the result is what is to be said of it."""
    talk = _talk(case, live)
    if talk is None:
        raise ContentError("this talk does not exist")
    live.child_id, live.school = talk.child_id, talk.school
    live.expires_at = max(case.now, min(live.expires_at, talk.starts_at))
    at = talk.starts_at.astimezone(case.books.config.zone(talk.school))
    fields = {"datum": Value("date", at.date().isoformat()), "tijd": Value("time", f"{at:%H:%M}")}
    colleague = staff.by_id(case.tx, talk.staff_id) if talk.staff_id else None
    if colleague:
        fields["leerkracht"] = Value("name", colleague.name)
    return Finished(case.at, live.run.answers.get("wanneer", Value("text", "dag")).value, fields=fields)


def comes(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """She will be there; `voorbij` where the talk is not as it was any more."""
    return Finished(case.at, "ok" if _still(case, live) else "voorbij")


def cannot_come(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """It stands in the teacher's thread, with day and hour; she is not reminded of this talk any more."""
    talk = _still(case, live)
    if talk is None:
        return Finished(case.at, "voorbij")
    afterwards.drop(case.tx, case.person.id, f"appointment:{talk.id}:", "cannot_come")
    dutch = case.books.catalogue.words(SOURCE)
    when = " ".join(dutch.value(live.run.answers[name]) for name in ("datum", "tijd"))
    context.tell_school(case, talk.school, talk.child_id, "vraag", f"Kan niet komen: {when}", live.kept)
    return Finished(case.at)


def note(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """A good answer stands in the teacher's thread, and nobody has to do anything about it."""
    hers = thread.c.contact_id == case.person.id, thread.c.school == live.school, thread.c.kind != "gevaar"
    waiting = set(case.tx.execute(select(thread.c.id).where(*hers, thread.c.state == "open")).scalars())
    finished = tell(case, live, given)
    calm = thread.c.state == "open", thread.c.changed_at == case.now, thread.c.id.not_in(waiting)
    case.tx.execute(update(thread).where(*hers, *calm).values(state="answered"))
    return finished


def _talk(case: "Case", live: Live) -> Talk | None:
    """The talk that this is about; of none, as where an author rehearses, one of tomorrow."""
    given = live.run.answers.get("afspraak")
    if given:
        return appointments.look(case.tx, int(given.value))
    school = live.school or next(iter(case.books.config.schools))
    return Talk(case.person.id, school, case.now + timedelta(days=1), 10, live.child_id)


def _still(case: "Case", live: Live) -> Talk | None:
    """The talk, where it is planned for the moment that she was asked about."""
    talk = _talk(case, live)
    if talk is None or talk.state != "planned":
        return None
    if not talk.id:
        return talk
    at = talk.starts_at.astimezone(case.books.config.zone(talk.school))
    told = [live.run.answers[name].value for name in ("datum", "tijd")]
    return talk if told == [at.date().isoformat(), f"{at:%H:%M}"] else None


ACTIONS = {
    "booking.look": look,
    "booking.comes": comes,
    "booking.cannot_come": cannot_come,
    "handoff.note": note,
}
