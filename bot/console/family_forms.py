"""What is changed on a parent's page: language, channels, consent, code, number, and a contact bar."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.console import drafts, households
from bot.console.family import show
from bot.console.visit import CLASS, OFFICES, Answer, Door, Go, Gone, Page, Visit, post
from bot.model import PURPOSES
from bot.people import addresses, barred, codes, consent, contacts, ways
from bot.people.ways import Taken
from bot.store import tables as t
from bot.store.database import Tx

UNDO = timedelta(minutes=15)  # so long a mistake is a mistake; later it is hers to say yes again
_Form = Callable[[Visit, Tx], Answer]


def _contact(visit: Visit) -> int:
    return visit.ids["contact"]


def _page(visit: Visit) -> str:
    return f"/gezinnen/{_contact(visit)}"


def _wrong(visit: Visit, tx: Tx, field: str, **typed: str) -> Page:
    """The page again, with what is wrong beside the field."""
    page = show(visit, tx)
    assert isinstance(page, Page)
    wrong = {**page.values["wrong"], field: visit.say(f"gezin.fout.{field}")}
    return page._replace(values={**page.values, "wrong": wrong, **typed}, status=422)


# --- what one can take back stands sealed beside her drafts
def _remember(visit: Visit, tx: Tx, what: str, before: str) -> None:
    drafts.keep(tx, visit.who.staff_id, f"{what}:{_contact(visit)}", before, visit.now)


def _before(visit: Visit, tx: Tx, what: str) -> str:
    """What it was. Raises Gone where nothing was changed lately."""
    place = f"{what}:{_contact(visit)}"
    before = drafts.of(tx, visit.who.staff_id, place)
    drafts.forget(tx, visit.who.staff_id, place)
    if not before:
        raise Gone
    return before


def _lately(visit: Visit, text: str) -> datetime:
    """Raises Gone where it is too long ago to be a mistake."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Gone from None
    if at.tzinfo is None or not timedelta(0) <= visit.now - at <= UNDO:
        raise Gone
    return at


def _as_left(visit: Visit, kept: str, now: str) -> str:
    """What it was, of `before after moment`. Raises Gone where it is too long ago, or was changed again since."""
    before, after, at = kept.split(" ")
    _lately(visit, at)
    if after != now:
        raise Gone
    return before


# --- language
def _language(visit: Visit, tx: Tx) -> Answer:
    chosen, contact_id = visit.form.get("taal", ""), _contact(visit)
    if chosen not in visit.config.languages.offered:
        return _wrong(visit, tx, "taal")
    was = contacts.languages(tx, [contact_id])[contact_id]
    _remember(visit, tx, "taal", f"{was} {chosen} {visit.now.isoformat()}")
    _speak(visit, tx, chosen)
    return Go(_page(visit), "klaar.taal_ouder", undo=f"{_page(visit)}/taal-terug")


def _language_back(visit: Visit, tx: Tx) -> Answer:
    before = _as_left(visit, _before(visit, tx, "taal"), contacts.languages(tx, [_contact(visit)])[_contact(visit)])
    if before not in {*visit.config.languages.offered, visit.config.languages.fallback}:
        raise Gone
    _speak(visit, tx, before)
    return Go(_page(visit), "klaar.teruggezet")


def _speak(visit: Visit, tx: Tx, language: str) -> None:
    """All that she gets, and the letter of who is not enrolled yet."""
    contacts.set_language(tx, _contact(visit), language)
    sealed = tx.seal("guardian.language", language)
    tx.execute(update(t.guardian).where(*_rows_here(visit)).values(language=sealed))


# --- channels
def _address(visit: Visit) -> int:
    text = visit.form.get("adres", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Gone
    return int(text)


def _order(visit: Visit, tx: Tx) -> Answer:
    if not ways.reorder(tx, _contact(visit), _address(visit), up=visit.form.get("hoe") == "op"):
        raise Gone
    return Go(_page(visit), "klaar.kanaal")


def _take_away(visit: Visit, tx: Tx) -> Answer:
    taken = ways.take_away(tx, _contact(visit), _address(visit), visit.now)
    if taken is None:
        raise Gone
    before = f"{taken.address_id} {taken.linked_at.isoformat()} {taken.position} {taken.at.isoformat()}"
    _remember(visit, tx, "kanaal", before)
    return Go(_page(visit), "klaar.kanaal_weg", undo=f"{_page(visit)}/kanaal-terug")


def _give_back(visit: Visit, tx: Tx) -> Answer:
    number, linked, position, at = _before(visit, tx, "kanaal").split(" ")
    taken = Taken(int(number), datetime.fromisoformat(linked), int(position), _lately(visit, at))
    if not ways.give_back(tx, _contact(visit), taken, visit.now):
        raise Gone
    return Go(_page(visit), "klaar.teruggezet")


# --- consent
def _withdraw(visit: Visit, tx: Tx) -> Answer:
    """She said so by phone or at the door."""
    purpose = visit.form.get("doel", "")
    if purpose not in PURPOSES:
        raise Gone
    consent.withdraw(tx, _contact(visit), "office", visit.now, school=visit.who.school, purpose=purpose)
    _remember(visit, tx, "toestemming", visit.now.isoformat())
    return Go(_page(visit), f"klaar.toestemming_{purpose}", undo=f"{_page(visit)}/toestemming-terug")


def _not_withdrawn(visit: Visit, tx: Tx) -> Answer:
    consent.give_back(tx, _contact(visit), _lately(visit, _before(visit, tx, "toestemming")), visit.now)
    return Go(_page(visit), "klaar.teruggezet")


# --- code and number
def _code(visit: Visit, tx: Tx) -> Answer:
    if barred.is_shut(tx, _contact(visit), visit.who.school, None, visit.now):
        raise Gone
    codes.make(tx, _contact(visit), visit.who.school, "letter", visit.now)
    return Go(_page(visit), "klaar.nieuwe_code")


def _number(visit: Visit, tx: Tx) -> Answer:
    """What the school calls; the bot writes there only after a code came from it."""
    typed = visit.form.get("nummer", "").strip()[:40]
    try:
        number = addresses.phone(typed) if typed else ""
    except ValueError:
        return _wrong(visit, tx, "nummer", typed=typed)
    _remember(visit, tx, "nummer", f"{_known_number(visit, tx)} {number or '-'} {visit.now.isoformat()}")
    _save_number(visit, tx, number)
    return Go(_page(visit), "klaar.nummer_ouder", undo=f"{_page(visit)}/nummer-terug")


def _number_back(visit: Visit, tx: Tx) -> Answer:
    before = _as_left(visit, _before(visit, tx, "nummer"), _known_number(visit, tx))
    try:
        _save_number(visit, tx, "" if before == "-" else addresses.phone(before))
    except ValueError:
        raise Gone from None
    return Go(_page(visit), "klaar.teruggezet")


def _known_number(visit: Visit, tx: Tx) -> str:
    """The one of the school's file, `-` where there is none."""
    first = tx.execute(select(t.guardian.c.phone).where(*_rows_here(visit)).order_by(t.guardian.c.id)).scalar()
    return tx.open("guardian.phone", first) if first else "-"


def _save_number(visit: Visit, tx: Tx, number: str) -> None:
    sealed = tx.seal("guardian.phone", number) if number else None
    tx.execute(update(t.guardian).where(*_rows_here(visit)).values(phone=sealed))


def _rows_here(visit: Visit) -> tuple[Any, ...]:
    return t.guardian.c.contact_id == _contact(visit), t.guardian.c.school == visit.who.school


# --- contact bar
def _bar(visit: Visit, tx: Tx) -> Answer:
    child = _child(visit, tx)
    barred.bar(tx, _contact(visit), child, visit.now)
    return Go(_page(visit), "klaar.contactverbod", undo=f"{_page(visit)}/contactverbod-op?kind={child}")


def _lift(visit: Visit, tx: Tx) -> Answer:
    barred.lift(tx, _contact(visit), _child(visit, tx), visit.now)
    return Go(_page(visit), "klaar.contactverbod_op")


def _child(visit: Visit, tx: Tx) -> int:
    """One of her children here, from the form or the address. Raises Gone."""
    asked = visit.form.get("kind") or visit.query.get("kind", "")
    found = {row.child_id for row in households.rows(visit, tx, contact=_contact(visit))}
    hers = {row.child_id for row in tx.execute(select(t.guardian.c.child_id).where(*_rows_here(visit)))}
    child = next((each for each in found & hers if str(each) == asked), None)
    if child is None:
        raise Gone
    return child


_FORMS: tuple[tuple[str, _Form, frozenset[str], str], ...] = (
    ("taal", _language, CLASS, "taal_ouder"),
    ("taal-terug", _language_back, CLASS, "taal_ouder"),
    ("volgorde", _order, CLASS, "kanaal"),
    ("kanaal-weg", _take_away, CLASS, "kanaal_weg"),
    ("kanaal-terug", _give_back, CLASS, "kanaal"),
    ("toestemming-weg", _withdraw, OFFICES, "toestemming_weg"),
    ("toestemming-terug", _not_withdrawn, OFFICES, "toestemming_terug"),
    ("code", _code, CLASS, "nieuwe_code"),
    ("nummer", _number, OFFICES, "nummer_ouder"),
    ("nummer-terug", _number_back, OFFICES, "nummer_ouder"),
    ("contactverbod", _bar, OFFICES, "contactverbod"),
    ("contactverbod-op", _lift, OFFICES, "contactverbod_op"),
)
DOORS: tuple[Door, ...] = tuple(
    post(f"/gezinnen/{{contact}}/{path}", form, may, what) for path, form, may, what in _FORMS
)
