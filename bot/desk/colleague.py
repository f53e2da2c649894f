"""A colleague's own phone: a code links it, once a day it says what waits; all else she finds on the page."""

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.conversation import engine
from bot.model import Part, Value
from bot.people import consent, contacts, staff
from bot.people.codes import Spent
from bot.people.staff import DIGEST, StaffRow
from bot.scheduler import daily, promises

if TYPE_CHECKING:
    from bot.desk.case import Case
    from bot.desk.load import Letter

WORDS = "collega.koppelen"  # what she agrees to by sending the code
_AGAIN = timedelta(minutes=30)  # before what had to wait for another question is tried again


# --- linking
def bring_together(case: "Case", letter: "Letter", spent: Spent) -> bool:
    """A code of `staff link` came: this phone is hers. A parent stays who she is; False where the code is nobody's."""
    assert letter.address_id is not None
    row = _place(case, spent.contact_id, spent.school)
    if row is None:
        return False
    here = case.addresses[letter.address_id]
    if here.linked_at is None and not case.person.consents and case.person.id != spent.contact_id:
        contacts.link(case.tx, here.id, spent.contact_id, case.now)
        case.moved = (spent.contact_id, letter._replace(kind="colleague", payload={"school": spent.school}))
    else:
        contacts.link(case.tx, here.id, case.person.id, case.now)
        staff.link(case.tx, row, case.person.id)
        _welcome(case, spent.school)
    return True


def linked(case: "Case", letter: "Letter") -> None:
    """Her phone has just become hers."""
    _welcome(case, letter.payload["school"])


def _place(case: "Case", contact_id: int, school: str) -> StaffRow | None:
    return next((row for row in staff.at_school(case.tx, contact_id) if row.school == school), None)


def _welcome(case: "Case", school: str) -> None:
    """She has agreed by sending the code; what was promised before waits for her from now on."""
    assert case.letter is not None
    case.savepoint()
    dutch = case.books.catalogue.words("nl")
    words = dutch.say(WORDS, {"school": Value("name", case.books.config.school(school).name)})
    consent.give(case.tx, case.person.id, school, case.channel, ("school",), words, case.letter.id, case.now)
    case.person.consents |= {(school, case.channel, "school")}
    if row := _place(case, case.person.id, school):
        promises.lay(case.tx, case.books.almanac, row, case.now)
    case.say(Part("collega.welkom", {"school": Value("name", case.books.config.school(school).name)}))


# --- what she writes
def answered(case: "Case", house: str) -> bool:
    """Whether a colleague who is no parent writes what is no answer to us: then she hears what this is for."""
    if house in ("stop", "start", "taal") or (case.asking is not None and not house):
        return False
    if case.batch.families.get(case.person.id) or not staff.at_school(case.tx, case.person.id):
        return False
    case.say(Part("collega.uitleg", {}))
    return True


# --- once a day
def remind(case: "Case", letter: "Letter") -> None:
    """What waits for her, by number only: once on a school day, in her office hours, where nothing else is asked."""
    row = staff.by_id(case.tx, int(letter.payload["scope"].partition(":")[2]))
    if row is None or row.contact_id != case.person.id or row.school not in case.books.config.schools:
        return
    case.savepoint()
    almanac = case.books.almanac
    days, today = almanac.of(case.tx, row.school), case.now.astimezone(almanac.zone(row.school)).date()
    until = promises.closes(almanac, row, days, case.now)
    waiting = promises.waiting_for(case.tx, row, days, today)
    may = any((school, purpose) == (row.school, "school") for school, _, purpose in case.person.consents)
    if until and waiting and may and _is_busy(case) and case.now + _AGAIN < until:
        promises.lay(case.tx, almanac, row, case.now, not_before=case.now + _AGAIN)
        return
    promises.lay(case.tx, almanac, row, case.now)
    if until and waiting and may and daily.once(case.tx, f"digest:{row.id}", today, case.now):
        number = {"aantal": Value("number", str(waiting))}
        case.start(DIGEST, school=row.school, fields=number)
        if case.drafts:
            case.drafts[-1].until = until


def _is_busy(case: "Case") -> bool:
    """Whether another question is open, which a reminder does not push aside."""
    live = case.asking
    if live is None or live.flow is None or live.flow.name == DIGEST:
        return False
    return engine.question(live.flow, live.run) is not None
