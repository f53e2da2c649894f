"""One talk with a parent: what was said, and the ways to answer, give on, promise or close (talk_deeds.py does it)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from bot.console import drafts, heard, numbers, reach, said
from bot.console.numbers import Number
from bot.console.talks import children_of, promised, waits
from bot.console.visit import NETWORK, TALKING, Answer, Page, Visit, get
from bot.desk import threads
from bot.desk.threads import Thread
from bot.hours import Rest
from bot.model import WEEKDAYS
from bot.outbox.address import REPLY_WINDOW, load_addressees
from bot.outbox.hours import REPLY_AT_ONCE, loud_from
from bot.people import barred, staff
from bot.people.addresses import first_name, school_year
from bot.people.staff import StaffRow
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.texts import SOURCE

MOST = 60  # lines; the others at a tap
_FORMS = ("antwoord", "door", "belofte")
_TYPED = ("antwoord", "aan", "woord", "belofte", "dag")  # the fields of its forms
_AHEAD = 30  # days in which the next school day is looked for


class Parent(NamedTuple):
    """With whom one talks. `name`: "" where she is not enrolled."""

    contact_id: int
    name: str
    first: str
    children: str
    groups: str
    today: str  # who of two teachers works today
    language: str
    phones: Sequence[Number]


class Promised(NamedTuple):
    """What somebody promised in this talk."""

    id: int
    words: str
    day: str
    who: str
    state: str
    late: bool


def show(visit: Visit, tx: Tx) -> Answer:
    """The page of one talk."""
    return page(visit, tx)


def page(visit: Visit, tx: Tx, wrong: Mapping[str, str] = {}) -> Page:
    """The talk; after a form with what was wrong in it, by the name of the form, and with what was typed."""
    thread = threads.one(tx, visit.ids["thread"], visit.now)
    parent, zone = _parent(visit, tx, thread), visit.config.zone(thread.school)
    answer_by = None if thread.kind == "gevaar" else thread.answer_by
    most = 0 if visit.query.get("alles") else MOST
    typed = dict.fromkeys(_TYPED, "") | (dict(visit.form) if wrong else {})
    text = typed["antwoord"] or drafts.of(tx, visit.who.staff_id, place(thread.id))
    values = {
        "thread": thread, "parent": parent, "lines": said.lines(visit, tx, thread, most, parent.language),
        "earlier": bool(most) and len(thread.messages) > most, "promises": _promises(visit, tx, thread),
        "since": _since(visit, thread), "promised": promised(visit, answer_by, thread.school),
        "blocked": blocked(visit, tx, thread), "reading": _reading(visit, thread, parent),
        "leaves": _leaves(visit, tx, thread), "colleagues": _receivers(visit, tx, thread),
        "wrong": dict.fromkeys(_FORMS, "") | dict(wrong), "typed": typed,
        "text": text, "place": place(thread.id), "looks": _looks(visit, thread, parent),
        "looked": "bekijk" in visit.query and not wrong,
        "preview": heard.preview(visit, tx, thread.school, text, parent.language) if "bekijk" in visit.query else None,
        "most": threads.LONGEST, "today": visit.local.date().isoformat(), "day": next_day(visit, tx, thread.school),
        "seen": max((each.id for each in thread.messages), default=0),
        "called": visit.say.moment(thread.call.raised_at, visit.now, zone) if thread.call else "",
    }  # fmt: skip
    return Page("gesprek.html", values, 422 if wrong else 200)


def place(thread_id: int) -> str:
    """Where her half written answer is kept."""
    return f"thread:{thread_id}"


def blocked(visit: Visit, tx: Tx, thread: Thread) -> str:
    """Why no answer can go to her: `verbod`, `stop`, or `weg` where there is no way; "" where it can."""
    if barred.is_shut(tx, thread.contact_id, thread.school, thread.child_id, visit.now):
        return "verbod"
    if thread.stopped:
        return "stop"
    for each in load_addressees(tx, [thread.contact_id])[thread.contact_id]:
        fresh = each.heard_at is not None and visit.now - each.heard_at < REPLY_WINDOW
        if not each.blocked and (fresh or (thread.school, each.channel, "school") in each.consents):
            return ""
    return "weg"


def receivers(tx: Tx, school: str) -> list[StaffRow]:
    """To whom a talk of this school can be given: who works there, and coaches who have it among theirs."""
    s, of = t.staff.c, t.staff_school.c
    coaches = select(of.staff_id).where(of.school == school)
    rows = select(s.id).where(or_(s.school == school, s.id.in_(coaches)), s.left_at.is_(None), s.role != NETWORK)
    found = [staff.by_id(tx, each) for each in tx.execute(rows.order_by(s.id)).scalars()]
    return [each._replace(school=school) for each in found if each is not None]


def next_day(visit: Visit, tx: Tx, school: str) -> str:
    """The next school day, on which a promise is due where nothing else is said."""
    days, today = visit.house.books.almanac.of(tx, school), visit.local.date()
    coming = (today + timedelta(days=number) for number in range(1, _AHEAD))
    return next(filter(days.is_school_day, coming), today + timedelta(days=1)).isoformat()


def _receivers(visit: Visit, tx: Tx, thread: Thread) -> list[tuple[str, str]]:
    say, out = visit.say, (thread.staff_id, visit.who.staff_id)
    rows = [each for each in receivers(tx, thread.school) if each.id not in out]
    named = sorted((f"{each.name} ({say(f'gesprek.rol_{each.role}')})", str(each.id)) for each in rows)
    back = [("leerkracht", say("gesprek.terug_naar_leerkracht"))] if thread.staff_id else []
    return [*back, *((number, name) for name, number in named)]


# --- with whom
def _parent(visit: Visit, tx: Tx, thread: Thread) -> Parent:
    g, m = t.group.c, t.membership.c
    of_hers = t.guardian.c.contact_id == thread.contact_id, t.guardian.c.school == thread.school
    seen = select(t.child.c.id).where(reach.children(visit.who))
    hers = select(t.guardian.c.child_id).where(*of_hers, t.guardian.c.child_id.in_(seen))
    about = m.child_id == thread.child_id if thread.child_id else m.child_id.in_(hers)
    year = school_year(visit.local.date())
    rows = tx.execute(select(g.id, g.name).join(t.membership, m.group_id == g.id).where(about, g.year == year)).all()
    names = children_of(tx, visit.who, [thread.contact_id]).get((thread.contact_id, thread.school), [])
    return Parent(
        thread.contact_id, thread.guardian, first_name(thread.guardian) if thread.guardian else "",
        thread.child or ", ".join(names), ", ".join(sorted({row.name for row in rows})),
        ", ".join(_today(visit, tx, [row.id for row in rows])), language_of(tx, thread), _phones(tx, thread),
    )  # fmt: skip


def language_of(tx: Tx, thread: Thread) -> str:
    """The language that she reads today."""
    c = t.contact.c
    return tx.open("contact.language", tx.execute(select(c.language).where(c.id == thread.contact_id)).scalar_one())


def _today(visit: Visit, tx: Tx, group_ids: Sequence[int]) -> list[str]:
    """Who of several teachers of a group works today; nobody where there is no question about it."""
    of, s = t.group_staff.c, t.staff.c
    rows = select(of.group_id, of.weekdays, s.name).join(t.staff, s.id == of.staff_id)
    rows = rows.where(of.group_id.in_(group_ids), s.left_at.is_(None)).order_by(of.substitute, s.id)
    found = tx.execute(rows).all()
    shared = {row.group_id for row in found if sum(each.group_id == row.group_id for each in found) > 1}
    day = WEEKDAYS[visit.local.weekday()]
    here = (row for row in found if row.group_id in shared and day in row.weekdays.split())
    return [*dict.fromkeys(tx.open("staff.name", row.name) for row in here)]


def _phones(tx: Tx, thread: Thread) -> list[Number]:
    """Her numbers: as the school's file has them, else those from which she writes."""
    g, a = t.guardian.c, t.address.c
    known = select(g.phone).where(g.contact_id == thread.contact_id, g.school == thread.school, g.phone.is_not(None))
    found = [tx.open("guardian.phone", each) for each in tx.execute(known).scalars() if each]
    if not found:
        own = select(a.sealed).where(a.contact_id == thread.contact_id, a.channel.in_(("whatsapp", "sms")))
        found = [tx.open("address.sealed", each) for each in tx.execute(own.order_by(a.position, a.id)).scalars()]
    return [*filter(None, map(numbers.number, (each for each in dict.fromkeys(found) if each.startswith("+"))))]


# --- how it stands
def _since(visit: Visit, thread: Thread) -> str:
    """How long she waits, since the first of her words that nobody has answered."""
    if thread.state != "open":
        return ""
    began: datetime | None = None
    for each in reversed(thread.messages):
        if each.side == "school":
            break
        began = each.at if each.side == "parent" else began
    return waits(visit, began or thread.changed_at)


def _looks(visit: Visit, thread: Thread, parent: Parent) -> bool:
    """Whether an answer can be looked at in her language."""
    return parent.language != SOURCE and heard.can(visit, thread.school, SOURCE, parent.language)


def _reading(visit: Visit, thread: Thread, parent: Parent) -> str:
    """In which language she gets to read an answer today."""
    name = parent.first or visit.say("gesprek.deze_ouder")
    if parent.language == SOURCE:
        return visit.say("gesprek.leest_nl", naam=name)
    how = "leest_vertaald" if _looks(visit, thread, parent) else "leest_anders"
    return visit.say(f"gesprek.{how}", naam=name, taal=visit.say.named(parent.language))


def _leaves(visit: Visit, tx: Tx, thread: Thread) -> str:
    """When an answer leaves, where that is not now; what she wrote in the last ten minutes is answered at once."""
    a, c = t.address.c, t.contact.c
    heard = tx.execute(select(a.heard_at).where(a.contact_id == thread.contact_id, a.heard_at.is_not(None))).scalars()
    if any(visit.now - each <= REPLY_AT_ONCE for each in heard if each):
        return ""
    row = tx.execute(select(c.rest_from, c.rest_until).where(c.id == thread.contact_id)).one()
    rest = Rest.of(row.rest_from, row.rest_until)
    loud = loud_from(visit.config, thread.school, rest, thread.contact_id, visit.now)
    return visit.say.moment(loud, visit.now, visit.config.zone(thread.school)) if loud > visit.now else ""


def _promises(visit: Visit, tx: Tx, thread: Thread) -> list[Promised]:
    """What was promised here and not dropped, what is due first on top."""
    p = t.promise.c
    rows: Sequence[Any] = tx.execute(
        select(t.promise, t.staff.c.name).join(t.staff, t.staff.c.id == p.staff_id)
        .where(p.thread_id == thread.id, p.state != "dropped").order_by(p.state.desc(), p.due_on, p.id)
    ).all()  # fmt: skip
    return [
        Promised(
            row.id, tx.open("promise.words", row.words), visit.say.day(date.fromisoformat(row.due_on)),
            tx.open("staff.name", row.name), row.state,
            row.state == "open" and row.due_on < visit.local.date().isoformat(),
        )
        for row in rows
    ]  # fmt: skip


DOORS = (get("/gesprekken/{thread}", show, TALKING),)
