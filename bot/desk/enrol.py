"""A code at the door: whose it is, and which contact this phone belongs to from now on."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from bot.desk import colleague
from bot.desk.load import Letter
from bot.gatherings import posters
from bot.gatherings.told import WHICH
from bot.model import Part, Value
from bot.people import codes, contacts
from bot.people.codes import Spent
from bot.store.tables import address

if TYPE_CHECKING:
    from bot.desk.case import Case

_ONE_ANSWER = timedelta(hours=24)  # an unknown number gets one SMS a day: more would cost money and tell nothing


def read_code(case: "Case", letter: Letter, text: str) -> bool:
    """Whether this message was (meant as) a code; then everything about it is done."""
    found = codes.read(text)
    if found is None or case.person.id in case.batch.forgotten:
        return False
    known = case.known
    if known and not found.meant and not (codes.is_one(case.tx, found.code) or posters.is_one(case.tx, found.code)):
        return False  # eight letters from someone we know: a word
    assert letter.address_id is not None
    case.savepoint()
    if poster := posters.read(case.tx, found.code, letter.address_id, case.now):
        fields = {WHICH: Value("number", str(poster.gathering_id))}
        case.start("open_dag", school=poster.school, fields=fields)
        return True
    spent = codes.spend(case.tx, found.code, letter.address_id, case.now)
    if spent is None or not _bring_together(case, letter, spent):
        answer_stranger(case, always=known)
    return True


def _bring_together(case: "Case", letter: Letter, spent: Spent) -> bool:
    """One contact for this phone and this guardian. False where both are people of their own already."""
    assert letter.address_id is not None
    if spent.purpose == "staff":
        return colleague.bring_together(case, letter, spent)
    here = case.addresses[letter.address_id]
    if spent.contact_id == case.person.id:
        contacts.link(case.tx, here.id, case.person.id, case.now)
        case.start("inschrijven", school=spent.school)
    elif here.linked_at is None and not case.person.consents:
        contacts.link(case.tx, here.id, spent.contact_id, case.now)
        case.moved = (spent.contact_id, letter._replace(kind="enrol", payload={"school": spent.school}))
    elif contacts.adopt(case.tx, spent.contact_id, case.person.id):
        case.batch.forget_families()
        case.start("inschrijven", school=spent.school)
    else:
        return False
    return True


def answer_stranger(case: "Case", *, always: bool = False, wordless: bool = False) -> None:
    """The one friendly answer that tells nothing: for no code, a wrong one, a used one and an old one alike.

    Ten photos get it once.
    """
    letter = case.letter
    assert letter is not None and letter.address_id is not None
    here = case.addresses[letter.address_id]
    lately = here.answered_at is not None and case.now - here.answered_at < _ONE_ANSWER
    if lately and not always and (wordless or here.channel == "sms"):
        return
    case.savepoint()
    case.tx.execute(update(address).where(address.c.id == here.id).values(answered_at=case.now))
    case.addresses[here.id] = here._replace(answered_at=case.now)
    languages = [case.person.language] if always else dict.fromkeys([case.books.config.languages.fallback, "en"])
    for language in languages:
        case.say(Part("onbekend.antwoord", {}, language))
