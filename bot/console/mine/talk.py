"""One talk: when and where, what the parent said before, and what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bot.booking import agreed as agreements
from bot.booking import before, sheet
from bot.booking.agreed import LONGEST, Agreed
from bot.booking.sheet import Asked, Said, Sheet
from bot.console.mine import forms, named
from bot.console.visit import TALKING, Answer, Gone, Page, Visit, get
from bot.model import Value
from bot.people import families
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import orders
from bot.translation.texts import SOURCE

HERE = "/mijn/{appointment}"
_STATES = ("planned", "held", "missed", "cancelled")
_TYPED = {"school": "", "thuis": "", "terug": "", "dag": "", "van": ""}


class Reply(NamedTuple):
    """An answer. `dutch`: where she wrote another language; `state`: done waiting failed own."""

    who: str
    text: str
    language: str
    dutch: str = ""
    state: str = orders.OWN
    by_machine: bool = False


class Question(NamedTuple):
    """What was asked, in Dutch, and what was answered."""

    text: str
    replies: Sequence[Reply]


class Part(NamedTuple):
    """One of the seven principles, with what belongs to it."""

    name: str
    questions: Sequence[Question]


class Paper(NamedTuple):
    """The sheet of a talk in words. `said`: whether there is anything on it."""

    parts: Sequence[Part]
    said: bool


class Agreement(NamedTuple):
    """What was agreed. `answers`: who said what to it."""

    school_does: str
    home_does: str
    look_on: str
    answers: Sequence[str]


class Readers(NamedTuple):
    """Who else may read what is agreed, each with a box to tick. `first`: why one asks before one ticks."""

    boxes: Sequence[tuple[int, str, bool]]
    first: str


def show(visit: Visit, tx: Tx) -> Answer:
    return page(visit, tx)


def page(visit: Visit, tx: Tx, wrong: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None) -> Page:
    """The talk; with what is wrong beside the form that it was in."""
    row = one(visit, tx)
    line = named.lines(visit, tx, [row], days=True)[0]
    found = sheet.sheet(tx, visit.config, row.id) if row.state in sheet.HAS_ONE else None
    day = row.starts_at.astimezone(visit.config.zone(row.school)).date()
    values: dict[str, Any] = {
        "room": "afspraken", "line": line, "day": visit.say.day(day), "at": day.isoformat(), "row": row,
        "number": forms.number_of(visit, tx, row.contact_id), "contact": row.contact_id,
        "video": tx.open("appointment.link", row.link) if row.link else "",
        "asks": before.how_far(tx, row.id, row.contact_id), "readers": readers(visit, tx, row),
        "reads": forms.reads(tx, row.school, row.contact_id),
        "paper": paper(visit, found) if found else None, "agreed": agreement(visit, tx, found) if found else None,
        "wrong": {"afspraken": "", "verzetten": "", "geweest": "", **(wrong or {})}, "longest": LONGEST,
        "typed": {**_TYPED, "dag": day.isoformat(), **_agreed(found), **(typed or {})},
        "first": visit.local.date().isoformat(), "last": (visit.local.date() + forms.AHEAD).isoformat(),
    }  # fmt: skip
    return Page("mijn_gesprek.html", values, 422 if wrong else 200)


def one(visit: Visit, tx: Tx) -> Any:
    """This talk. Raises Gone where it is none that was agreed upon."""
    number = visit.ids["appointment"]
    rows = named.rows(tx, t.appointment.c.id == number, t.appointment.c.state.in_(_STATES))
    if not rows:
        raise Gone
    return rows[0]


def paper(visit: Visit, found: Sheet) -> Paper:
    """The seven parts, each with its questions; where nobody was asked anything there is room to write."""
    parts = [
        Part(visit.say(f"mijn.deel_{part.principle}"), [_question(visit, found, each) for each in part.asked])
        for part in found.parts
    ]
    return Paper(parts, not found.is_empty)


def agreement(visit: Visit, tx: Tx, found: Sheet) -> Agreement | None:
    its: Agreed | None = found.agreed
    if its is None:
        return None
    names = families.of_contacts(tx, its.school, [each.contact_id for each in its.to])
    answers = [visit.say(f"mijn.zegt_{each.state}", wie=names.get(each.contact_id, "")) for each in its.to]
    return Agreement(
        its.school_does, its.home_does, visit.say.day(its.look_on) if its.look_on else "", answers
    )  # fmt: skip


def readers(visit: Visit, tx: Tx, row: Any) -> Readers:
    """The other parents; ticked is who came along, and who reads it where nobody came apart."""
    found = agreements.readers(tx, row.id, visit.now)
    names = families.of_contacts(tx, row.school, [row.contact_id, *(each.contact_id for each in found)])
    typed = visit.many.get("leest", ()) if "school" in visit.form else None
    boxes = [
        (
            each.contact_id,
            visit.say("mijn.leest_kwam" if each.came else "mijn.leest_ander", wie=names.get(each.contact_id, "")),
            each.reads if typed is None else str(each.contact_id) in typed,
        )
        for each in found
    ]
    apart = any(each.apart for each in found)
    return Readers(boxes, visit.say("mijn.leest_vraag", wie=names.get(row.contact_id, "")) if apart else "")


# --- in words
def _agreed(found: Sheet | None) -> Mapping[str, str]:
    its = found.agreed if found else None
    if its is None:
        return {}
    return {
        "school": its.school_does, "thuis": its.home_does, "terug": its.look_on.isoformat() if its.look_on else ""
    }  # fmt: skip


def _question(visit: Visit, found: Sheet, asked: Asked) -> Question:
    key = asked.question.key
    text = _dutch(visit, found, key) if visit.house.books.catalogue.has(key) else ""
    return Question(text, [_reply(visit, found, each) for each in asked.answers])


def _dutch(visit: Visit, found: Sheet, key: str) -> str:
    """What was put to her, as a Dutch parent reads it."""
    words = visit.house.books.catalogue.words(SOURCE)
    return words.say(key, {"kind": Value("name", first_name(found.child) or words.say("algemeen.uw_kind", {}))})


def _reply(visit: Visit, found: Sheet, said: Said) -> Reply:
    parent = found.parents.get(said.contact_id, "")
    who = visit.say("mijn.kind_zegt", kind=first_name(found.child)) if said.who == "child" else parent
    if said.key:  # what she pointed at
        return Reply(who, _dutch(visit, found, said.key), SOURCE)
    if said.medium:
        return Reply(who, visit.say(f"mijn.stuurde_{said.medium}"), visit.say.language)
    return Reply(who, said.text, said.language, said.dutch, said.state, said.origin != "person")


DOORS = (get(HERE, show, TALKING),)
