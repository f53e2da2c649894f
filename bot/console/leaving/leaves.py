"""A child that leaves: its last day is noted on its parents' page; who leaves, and what they said looking back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from bot.console import reach, told_us
from bot.console.family import show
from bot.console.told_us import Own
from bot.console.visit import CLASS, Answer, Go, Gone, Page, Visit, get, post
from bot.desk.acts.departing import TOPIC
from bot.people import known
from bot.people.addresses import school_year
from bot.people.known import Known
from bot.scheduler import leaving
from bot.store import tables as t
from bot.store.database import Tx

_FAR = timedelta(days=400)
_WORDS = ("goed", "beter", "weer")
_AGAIN = ("ja", "misschien", "nee")


class Child(NamedTuple):
    """`to`: a page of one of its parents."""

    name: str
    last: str
    to: str


class Question(NamedTuple):
    """One of the three questions back, with what was answered: in words, without any name."""

    title: str
    counts: Sequence[str]
    own: Sequence[Own]


# --- noted on the parent's page
def mark(visit: Visit, tx: Tx) -> Answer:
    """This is its last day; its parents are asked and greeted a week before it."""
    contact, number, school = visit.ids["contact"], _child(visit, tx), visit.who.school
    last = _day(visit.form.get("laatste", ""))
    today = visit.local.date()
    if last is None or not today <= last <= today + _FAR:
        page = show(visit, tx)
        assert isinstance(page, Page)
        wrong = {**page.values["wrong"], "vertrek": visit.say("gezin.fout.vertrek")}
        return page._replace(values={**page.values, "wrong": wrong}, status=422)
    leaving.mark(tx, visit.config.schools[school], number, last, visit.now)
    return Go(f"/gezinnen/{contact}", "klaar.kind_vertrekt", undo=f"/gezinnen/{contact}/vertrek-terug?kind={number}")


def stays(visit: Visit, tx: Tx) -> Answer:
    """It stays after all."""
    leaving.unmark(tx, visit.who.school, _child(visit, tx), visit.now)
    return Go(f"/gezinnen/{visit.ids['contact']}", "klaar.kind_blijft")


def _child(visit: Visit, tx: Tx) -> int:
    """One of her children at this school that this colleague may see. Raises Gone."""
    asked = visit.form.get("kind") or visit.query.get("kind", "")
    g = t.guardian.c
    theirs = select(g.child_id).join(t.child, t.child.c.id == g.child_id)
    here = g.contact_id == visit.ids["contact"], g.school == visit.who.school, reach.children(visit.who)
    hers: list[int] = list(tx.execute(theirs.where(*here)).scalars())
    number = next((each for each in hers if str(each) == asked), None)
    if number is None:
        raise Gone
    return number


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-24") else None
    except ValueError:
        return None


# --- who leaves, and what they say
def overview(visit: Visit, tx: Tx) -> Answer:
    """Who leaves; for the office also what families of this school year answered, without their names."""
    mine = tx.execute(select(t.child.c.id).where(reach.children(visit.who))).scalars().all()
    g = t.guardian.c
    made = []
    for each in leaving.coming(tx, visit.school, visit.now, mine):
        parent = tx.execute(select(g.contact_id).where(g.child_id == each.child_id).order_by(g.id).limit(1)).scalar()
        made.append(Child(tx.open("child.name", each.name), visit.say.full(each.last), f"/gezinnen/{parent}"))
    answers = _answers(visit, tx) if visit.who.is_office else []
    return Page("gezinnen_vertrek.html", {"children": made, "questions": answers})


def _answers(visit: Visit, tx: Tx) -> list[Question]:
    k, school = t.known.c, visit.who.school
    people = tx.execute(select(k.contact_id).where(k.school == school, k.topic == TOPIC).distinct()).scalars().all()
    begins = datetime(int(school_year(visit.local.date())[:4]), 8, 1, tzinfo=UTC)
    told = known.of(tx, school, people)
    said = [each for hers in told.values() for each in hers if each.topic == TOPIC and each.said_at >= begins]
    made = []
    for name in _WORDS:
        these = [each for each in said if each.option.partition("_")[0] == name]
        if these:
            counts = _counts(visit, these) if name == "weer" else []
            made.append(Question(visit.say(f"vertrekt.{name}"), counts, told_us.own_words(tx, school, these)))
    return made


def _counts(visit: Visit, these: Iterable[Known]) -> list[str]:
    many = Counter(each.option.partition("_")[2] for each in these)
    return [visit.say(f"vertrekt.weer.{each}", aantal=many[each]) for each in _AGAIN if many[each]]


DOORS = (
    get("/gezinnen/vertrek", overview, CLASS),
    post("/gezinnen/{contact}/vertrek", mark, CLASS, "kind_vertrekt"),
    post("/gezinnen/{contact}/vertrek-terug", stays, CLASS, "kind_blijft"),
)
