"""What school and home agreed in a talk: she says whether it is so, and later how it goes."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.booking import agreed, appointments
from bot.booking.agreed import Agreed
from bot.booking.appointments import Talk
from bot.conversation.events import Finished
from bot.desk.load import Live
from bot.desk.telling import tell
from bot.model import Value
from bot.people import barred, staff
from bot.translation.texts import SOURCE

if TYPE_CHECKING:
    from bot.desk.case import Case
    from bot.desk.load import Letter

Action = Callable[["Case", Live, Mapping[str, str]], Finished]
_WHICH = "afspraken"
_EXAMPLE = ("Wij lezen elke dag samen.", "U leest voor bij het slapen.")  # for a rehearsal
_SOON = timedelta(days=14)


def concerns_nothing(case: "Case", letter: "Letter") -> bool:
    """Whether this note is about words that were written anew since, or about a day without school: it comes later."""
    number = letter.payload["fields"].get(_WHICH, ["", ""])[1]
    if not number:
        return False
    it = agreed.by_id(case.tx, int(number))
    talk = appointments.look(case.tx, it.appointment_id) if it else None
    if it is None or talk is None or letter.payload.get("made", it.version) != it.version:
        return True
    return letter.payload["flow"] == agreed.BACK and _is_later(case, talk, it)


def _is_later(case: "Case", talk: Talk, it: Agreed) -> bool:
    config, days = case.books.config, case.batch.days(talk.school)
    today = case.now.astimezone(config.zone(talk.school)).date()
    if days.is_school_day(today):
        return False
    case.savepoint()
    agreed.lay_back(case.tx, config, talk, it, days.school_day_after(today, 1), case.now)
    return True


def look(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """What was agreed: `klopt` where she is asked, `lees` where she only reads it, each with `_dag` where there is a
    day on which they look back; `niets` where it is not for her."""
    it, talk = _agreed(case, live)
    state = next((each.state for each in it.to if each.contact_id == case.person.id), "")
    if not state or barred.is_shut(case.tx, case.person.id, it.school, talk.child_id, case.now):
        return Finished(case.at, "niets")
    live.child_id, live.school = talk.child_id, it.school
    language = SOURCE if it.id else case.person.language  # nobody translates what is only rehearsed
    fields = {
        "school_doet": Value("words", it.school_does, language), "thuis_doet": Value("words", it.home_does, language),
    }  # fmt: skip
    if it.look_on:
        fields["datum"] = Value("date", it.look_on.isoformat())
    colleague = staff.by_id(case.tx, talk.staff_id) if talk.staff_id else None
    if colleague:
        fields["leerkracht"] = Value("name", colleague.name)
    asked = "lees" if state == agreed.TOLD else "klopt"
    return Finished(case.at, f"{asked}_dag" if it.look_on else asked, fields=fields)


def yes(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """It is so, for both."""
    _answer(case, live, True)
    return Finished(case.at)


def other(case: "Case", live: Live, given: Mapping[str, str]) -> Finished:
    """It was something else: that stands in the teacher's thread, and her words will."""
    _answer(case, live, False)
    return tell(case, live, given)


def _answer(case: "Case", live: Live, is_so: bool) -> None:
    it, _ = _agreed(case, live)
    case.savepoint()
    agreed.answer(case.tx, it.id, case.person.id, is_so, case.now)


def _agreed(case: "Case", live: Live) -> tuple[Agreed, Talk]:
    """What this is about; where an author rehearses, of a talk of today."""
    number = live.run.answers.get(_WHICH)
    it = agreed.by_id(case.tx, int(number.value)) if number else None
    talk = appointments.look(case.tx, it.appointment_id) if it else None
    if it is not None and talk is not None:
        return it, talk
    school = live.school or next(iter(case.books.config.schools))
    to, soon = agreed.To(case.person.id, agreed.ASKED, case.now), (case.at + _SOON).date()
    return (
        Agreed(0, 0, school, None, *_EXAMPLE, soon, case.now, (to,)),
        Talk(case.person.id, school, case.now, 15, live.child_id),
    )


ACTIONS: Mapping[str, Action] = {"agreeing.look": look, "agreeing.yes": yes, "agreeing.other": other}
