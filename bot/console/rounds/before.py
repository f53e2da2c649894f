"""A round as it would be, before it opens: who has room for how many, siblings, and which languages need somebody."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import or_, select

from bot.booking import interpreters, rounds
from bot.booking.plan import Plan, seats
from bot.console.rounds import compose, named, wishes
from bot.console.rounds.compose import LOOK, NEW
from bot.console.rounds.sheet import forget, kept
from bot.console.visit import CLASS, Answer, Go, Page, Visit, get, post
from bot.people import contacts
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.texts import SOURCE

OPEN = f"{LOOK}/open"


class Room(NamedTuple):
    """What a colleague has for whom. `short`: there is less than children."""

    name: str
    slots: str
    children: str
    percent: int
    short: bool


class Tongue(NamedTuple):
    """A language in which some families read, and who interprets it in these days."""

    name: str
    families: str
    who: str
    there: bool


class Picture(NamedTuple):
    """Whom it is about."""

    children: int
    parents: int
    siblings: int  # parents with several children in it
    languages: Sequence[tuple[str, int]]


def show(visit: Visit, tx: Tx) -> Answer:
    """What comes of what she typed; nobody has heard of it."""
    sheet = kept(visit, tx)
    if sheet is None:
        return Go(NEW)
    plan, wrong = compose.checked(visit, tx, sheet)
    if wrong:
        return compose.page(visit, tx, sheet, wrong)._replace(status=200)
    return page(visit, tx, plan)


def page(visit: Visit, tx: Tx, plan: Plan, wrong: str = "") -> Page:
    """The look before; with what came in between."""
    facts = rounds.facts(tx, visit.config, plan.school, visit.now, but=plan.once)
    seen, say = picture(visit, tx, plan.groups), visit.say
    days = sorted({each.day for each in plan.hours})
    values = {
        "plan": plan, "wrong": wrong, "groups": ", ".join(facts.groups[each] for each in plan.groups),
        "days": [say.day(each) for each in days], "hints": wishes.warnings(visit, tx, plan), "seen": seen,
        "seats": [_room(visit, each.name, each.slots, each.children) for each in seats(plan, facts)],
        "tongues": _tongues(visit, tx, seen, days), "new": NEW, "open": OPEN,
        "opens": named.moment(visit, plan.opens_at), "at_once": plan.opens_at <= visit.now,
        "early": named.moment(visit, plan.early_at) if plan.early_at else "",
        "closes": named.moment(visit, plan.closes_at),
    }  # fmt: skip
    return Page("afspraken_bekijk.html", values, 422 if wrong else 200)


def begin(visit: Visit, tx: Tx) -> Answer:
    """It is made: at its moment the bot asks all those parents, in slices, by itself."""
    sheet = kept(visit, tx)
    if sheet is None:
        return Go("/afspraken", "klaar.al_gedaan")
    plan, wrong = compose.checked(visit, tx, sheet)
    if wrong:
        return compose.page(visit, tx, sheet, wrong)
    number = rounds.make(tx, visit.config, plan, visit.who.staff_id, visit.now)
    forget(visit, tx)
    return Go(f"/afspraken/{number}", "klaar.ronde", about=("round", number))


# --- whom it is about
def picture(visit: Visit, tx: Tx, group_ids: Collection[int]) -> Picture:
    """The children of these groups and the parents who may hear of them."""
    m, g, c = t.membership.c, t.guardian.c, t.child.c
    rows = tx.execute(
        select(m.child_id, g.contact_id)
        .join(t.guardian, g.child_id == m.child_id)
        .join(t.child, c.id == m.child_id)
        .where(m.group_id.in_(group_ids), g.barred_at.is_(None), or_(c.left_at.is_(None), c.left_at > visit.now))
        .distinct()
    ).all()
    of_parent = Counter(row.contact_id for row in rows)
    spoken = contacts.languages(tx, sorted(of_parent))
    tongues = Counter(each for each in spoken.values() if each != SOURCE)
    return Picture(
        len({row.child_id for row in rows}), len(of_parent), sum(many > 1 for many in of_parent.values()),
        sorted(tongues.items(), key=lambda each: (-each[1], each[0])),
    )  # fmt: skip


def _room(visit: Visit, name: str, slots: int, children: int) -> Room:
    say = visit.say
    return Room(
        name, say("afspraken.plekken", aantal=slots), say("afspraken.kinderen", aantal=children),
        min(100, children * 100 // max(slots, 1)), slots < children,
    )  # fmt: skip


def _tongues(visit: Visit, tx: Tx, seen: Picture, days: Collection[date]) -> list[Tongue]:
    """Those for whom somebody could interpret, or nobody can."""
    every = interpreters.of_school(tx, visit.who.school)
    hours = interpreters.hours_of(tx, [each.id for each in every], min(days)) if days else {}
    there = {who for who, walls in hours.items() if walls.keys() & set(days)}
    made = []
    for language, many in seen.languages:
        speak = [each for each in every if language in each.languages]
        free = [each.name for each in speak if each.id in there]
        key = "afspraken.tolk_er" if free else "afspraken.tolk_geen_uren" if speak else "afspraken.tolk_geen"
        who = ", ".join(free) if visit.who.is_office else ""
        made.append(
            Tongue(
                visit.say.named(language), visit.say("afspraken.ouders", aantal=many),
                who or visit.say(key), bool(free),
            )
        )  # fmt: skip
    return made


DOORS = (
    get(LOOK, show, CLASS),
    post(OPEN, begin, CLASS, "ronde_open"),
)
