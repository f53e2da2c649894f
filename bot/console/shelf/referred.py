"""Who wants to be called about an offer: what to say to whom, and what became of it."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from bot.console import reach
from bot.console.numbers import number
from bot.console.shelf.named import LOOKING, Parent, parents
from bot.console.visit import Answer, Go, Gone, Page, Visit, get, post
from bot.offers import referrals
from bot.offers.referrals import BACK, CALLED, CLOSED, OPEN, PASSED, Referral
from bot.offers.rows import Item
from bot.store.database import Tx

LIST = "/aanbod/ouders"
LONGEST = 300  # characters of a note
_SETTLED = (CALLED, CLOSED)


class Line(NamedTuple):
    """One yes of a parent, in words."""

    it: Referral
    parent: Parent
    offer: str
    owner: str
    stands: str
    school: str


def show(visit: Visit, tx: Tx) -> Answer:
    """What there is to do; what runs; what ended lately."""
    going = _lines(visit, tx, referrals.going(tx, visit.who.schools))
    values = {
        "todo": [each for each in going if each.it.state != PASSED],
        "runs": [each for each in going if each.it.state == PASSED],
        "over": _lines(visit, tx, referrals.settled(tx, visit.who.schools, visit.now)),
        "several": len(visit.who.schools) > 1,
    }
    return Page("aanbod_ouders.html", values)


def one(visit: Visit, tx: Tx) -> Answer:
    """What to say, to whom, and the button for what was done."""
    return _page(visit, tx)


def _page(visit: Visit, tx: Tx, typed: str | None = None, wrong: str = "") -> Page:
    it = _of(visit, tx)
    [line] = _lines(visit, tx, [it])
    item = _item(visit, it)
    contact = reach.may_see(tx, visit.who, "contact", it.contact_id)
    values = {
        "line": line, "item": item, "to": number(item.phone) if item else None, "say": _say(visit, line, item),
        "family": it.contact_id if contact else 0, "typed": it.note if typed is None else typed, "wrong": wrong,
        "most": LONGEST, "settled": it.state in _SETTLED,
    }  # fmt: skip
    return Page("aanbod_ouder.html", values, 422 if wrong else 200)


def _say(visit: Visit, line: Line, item: Item | None) -> str:
    """The very words for the partner: her first name, number and language, and nothing about a child."""
    fields = {
        "contact": item.contact if item else "", "ik": visit.who.name, "school": line.school,
        "ouder": line.parent.name, "aanbod": line.offer, "taal": line.parent.language,
    }  # fmt: skip
    if line.it.state == BACK:
        return visit.say("aanbod.zeg_toch_niet", **{name: fields[name] for name in fields if name != "taal"})
    if line.parent.number:
        return visit.say("aanbod.zeg", **fields, nummer=line.parent.number.shown)
    return visit.say("aanbod.zeg_zonder", **fields)


# --- what is done
def move(state: str, visit: Visit, tx: Tx) -> Answer:
    """Passed on, called, or closed."""
    was = {PASSED: (OPEN,), CALLED: (OPEN, PASSED), CLOSED: (OPEN, PASSED, BACK), OPEN: (PASSED,)}[state]
    it = _of(visit, tx)
    if not referrals.move(tx, it.id, was, state, visit.who.staff_id, visit.now):
        return _page(visit, tx, wrong=visit.say("aanbod.staat_anders"))
    here = f"{LIST}/{it.id}"
    if state == OPEN:
        return Go(here, "klaar.aanbod_open")
    undo = f"{here}/open" if state == PASSED else f"{here}/heropen"
    return Go(here if state == PASSED else LIST, f"klaar.aanbod_{state}", undo)


def reopen(visit: Visit, tx: Tx) -> Answer:
    it = _of(visit, tx)
    if not referrals.reopen(tx, it.id, visit.who.staff_id, visit.now):
        return _page(visit, tx, wrong=visit.say("aanbod.staat_anders"))
    return Go(f"{LIST}/{it.id}", "klaar.aanbod_open")


def note(visit: Visit, tx: Tx) -> Answer:
    """A line for colleagues."""
    it, words = _of(visit, tx), visit.form.get("notitie", "").strip()
    if len(words) > LONGEST:
        return _page(visit, tx, words, visit.say("aanbod.te_lang", aantal=len(words) - LONGEST))
    referrals.note(tx, it.id, words, visit.who.staff_id, visit.now)
    return Go(f"{LIST}/{it.id}", "klaar.aanbod_notitie")


# --- in words
def _of(visit: Visit, tx: Tx) -> Referral:
    found = referrals.get(tx, visit.ids["referral"])
    if found is None:
        raise Gone
    return found


def _item(visit: Visit, it: Referral) -> Item | None:
    return visit.house.books.shelf.get(it.offer)


def _lines(visit: Visit, tx: Tx, found: Sequence[Referral]) -> list[Line]:
    known: dict[tuple[str, int], Parent] = {}
    for school in {each.school for each in found}:
        hers = [each.contact_id for each in found if each.school == school]
        known |= {(school, number): each for number, each in parents(visit, tx, school, hers).items()}
    lines = []
    for each in found:
        item = _item(visit, each)
        name, owner = (item.name, item.owner) if item else (each.offer, "")
        school = visit.config.schools[each.school].name
        lines.append(
            Line(each, known[each.school, each.contact_id], name, owner, _stands(visit, each), school)
        )  # fmt: skip
    return lines


def _stands(visit: Visit, it: Referral) -> str:
    def at(moment: datetime) -> str:
        return visit.say.moment(moment, visit.now, visit.config.zone(it.school))

    if it.state == OPEN:
        again = "nog_eens" if it.answer == "nee" else "gevraagd"
        return visit.say(f"aanbod.{again}", moment=at(it.changed_at if it.answer == "nee" else it.asked_at))
    if it.state == PASSED:
        passed = visit.say("aanbod.doorgegeven", moment=at(it.passed_at or it.changed_at))
        asked = "" if it.check_at else f" {visit.say('aanbod.gevraagd_of')}"
        return passed + asked
    if it.state == BACK:
        return visit.say("aanbod.bedacht", moment=at(it.changed_at))
    useful = f" {visit.say(f'aanbod.nut_{it.answer}')}" if it.answer in ("veel", "beetje", "niets") else ""
    return visit.say(f"aanbod.is_{it.state}", moment=at(it.changed_at)) + useful


DOORS = (
    get(LIST, show, LOOKING),
    get(f"{LIST}/{{referral}}", one, LOOKING),
    post(f"{LIST}/{{referral}}/door", partial(move, PASSED), LOOKING, "aanbod_door"),
    post(f"{LIST}/{{referral}}/gebeld", partial(move, CALLED), LOOKING, "aanbod_gebeld"),
    post(f"{LIST}/{{referral}}/klaar", partial(move, CLOSED), LOOKING, "aanbod_klaar"),
    post(f"{LIST}/{{referral}}/open", partial(move, OPEN), LOOKING, "aanbod_open"),
    post(f"{LIST}/{{referral}}/heropen", reopen, LOOKING, "aanbod_open"),
    post(f"{LIST}/{{referral}}/notitie", note, LOOKING, "aanbod_notitie"),
)
