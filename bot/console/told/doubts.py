"""What sounded wrong to who read it: the Dutch, what she read, back in Dutch; written better, or found to be fine."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import or_, select, update

from bot.console.heard import Bit, bits, doubtful
from bot.console.visit import COACH, OFFICES, Answer, Go, Page, Visit, get, post
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation import better, work
from bot.translation.orders import PERSON
from bot.translation.schoolwords import terms
from bot.translation.turn import Known

LIST = "/vertalingen"
LOOKING = frozenset({COACH}) | OFFICES
LONGEST = 2000  # characters of a better translation
_MOST = 50


class Doubt(NamedTuple):
    """One translation that sounded wrong, to `many`. Who they are stands nowhere."""

    id: int
    text: str
    said: str
    source: str
    target: str
    back: Sequence[Bit]
    bits: Sequence[Bit]
    risks: Sequence[str]
    by_machine: bool
    many: int
    school: str
    typed: str = ""
    wrong: str = ""


def show(visit: Visit, tx: Tx) -> Answer:
    """All that is open, the oldest first."""
    return _page(visit, tx)


def mend(visit: Visit, tx: Tx) -> Answer:
    """She knows how it is said: from now on it is, for her school; on a coach's word in the whole network."""
    number, said = visit.ids["doubt"], visit.form.get("beter", "").strip()
    row = _of(tx, number)
    wrong = ""
    if not said:
        wrong = visit.say("vertalingen.fout_leeg")
    elif len(said) > LONGEST:
        wrong = visit.say("vertalingen.fout_lang", aantal=len(said) - LONGEST)
    elif row.said and said == tx.open("translation.said", row.said):
        wrong = visit.say("vertalingen.fout_zelfde")
    if wrong:
        return _page(visit, tx, number, wrong)
    known = Known.of(work.names(tx, row.school), visit.local.date())
    words = terms(visit.house.books.catalogue, row.source, row.target)
    coach = visit.who.role == COACH
    all_of_it = better.mend(
        tx, row.translation_id, said, known, words, visit.who.staff_id, visit.now, everywhere=coach
    )  # fmt: skip
    _settle(visit, tx, row, "mended")
    note = "vertaling_beter" if all_of_it else "vertaling_beter_hier" if coach else "vertaling_beter_school"
    return Go(LIST, f"klaar.{note}", f"{LIST}/{number}/terug")


def fine(visit: Visit, tx: Tx) -> Answer:
    """It was good as it was."""
    number = visit.ids["doubt"]
    _settle(visit, tx, _of(tx, number), "fine")
    return Go(LIST, "klaar.vertaling_goed", f"{LIST}/{number}/terug")


def reopen(visit: Visit, tx: Tx) -> Answer:
    """As it was before: what was read then, and somebody looks at it again."""
    row, d = _of(tx, visit.ids["doubt"]), t.doubt
    if row.doubt_state == "mended":
        better.restore(tx, row.translation_id, row.settled_at, everywhere=visit.who.role == COACH)
    again = update(d).where(d.c.translation_id == row.translation_id, d.c.settled_at == row.settled_at)
    tx.execute(again.values(state="open", settled_at=None, staff_id=None))
    return Go(LIST, "klaar.vertaling_terug")


# --- rows
def _settle(visit: Visit, tx: Tx, row: Any, state: str) -> None:
    """For all to whom it sounded wrong."""
    d = t.doubt
    of_it = update(d).where(
        d.c.translation_id == row.translation_id, or_(d.c.state == "open", d.c.id == row.doubt_id)
    )  # fmt: skip
    tx.execute(of_it.values(state=state, staff_id=visit.who.staff_id, settled_at=visit.now))


def _of(tx: Tx, number: int) -> Any:
    return tx.execute(_ROWS.where(t.doubt.c.id == number)).one()


_ROWS = select(
    t.doubt.c.id.label("doubt_id"), t.doubt.c.translation_id, t.doubt.c.school, t.doubt.c.settled_at,
    t.doubt.c.state.label("doubt_state"),
    *t.translation.c["text", "said", "back", "risks", "source", "target", "origin"],
).join(t.translation, t.translation.c.id == t.doubt.c.translation_id)  # fmt: skip


def _page(visit: Visit, tx: Tx, number: int = 0, wrong: str = "") -> Page:
    d = t.doubt.c
    here = _ROWS.where(d.school.in_(visit.who.schools), d.state == "open").order_by(d.at, d.id)
    found: dict[int, Doubt] = {}
    for row in tx.execute(here):
        before = found.get(row.translation_id)
        if before is None and len(found) < _MOST:
            before = _doubt(visit, tx, row)._replace(many=0)
        if before is None:
            continue
        if row.doubt_id == number:  # the form that was sent stands under one of those who said so
            before = before._replace(typed=visit.form.get("beter", ""), wrong=wrong)
        found[row.translation_id] = before._replace(many=before.many + 1)
    values = {
        "found": [*found.values()], "coach": visit.who.role == COACH, "several": len(visit.who.schools) > 1,
        "most": LONGEST, "room": "vandaag",
    }  # fmt: skip
    return Page("vertalingen.html", values, 422 if wrong else 200)


def _doubt(visit: Visit, tx: Tx, row: Any) -> Doubt:
    said = tx.open("translation.said", row.said) if row.said else ""
    back = tx.open("translation.back", row.back) if row.back else ""
    text = tx.open("translation.text", row.text)
    risks = doubtful(text, back, row.risks or (), row.source)
    return Doubt(
        row.doubt_id, text, said, row.source, row.target,
        bits(back, risks, row.source), bits(said, risks, row.target), risks, row.origin != PERSON, 1,
        visit.config.schools[row.school].name,
    )  # fmt: skip


DOORS = (
    get(LIST, show, LOOKING),
    post(f"{LIST}/{{doubt}}/beter", mend, LOOKING, "vertaling_beter", proven=True),
    post(f"{LIST}/{{doubt}}/goed", fine, LOOKING, "vertaling_goed"),
    post(f"{LIST}/{{doubt}}/terug", reopen, LOOKING, "vertaling_terug", proven=True),
)
