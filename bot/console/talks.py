"""The talks that are hers: what waits for an answer first, then what was answered lately, then what is closed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from babel.dates import format_date
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from bot.console import reach, who
from bot.console.visit import COACH, IB, TALKING, TEACHER, Answer, Gone, Page, Visit, Who, get
from bot.conversation.folding import fold
from bot.desk import talked, threads
from bot.people import staff
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx

MOST = 50  # lines of a list
_GLANCE = {"wacht": MOST, "beantwoord": 10, "gesloten": 5}  # lines of each part, where all are shown
_STATES = {"wacht": threads.WAITING, "beantwoord": threads.ANSWERED, "gesloten": threads.CLOSED}
_SHORT = 140  # signs of her words in a line
_SPECIAL = ("mij", "spannend", "zonder")
_FOUND = 200  # families that one search looks at
_th = t.thread.c
Children = Mapping[tuple[int, str], Sequence[str]]  # their names by guardian and school


class Line(NamedTuple):
    """One talk in a list. `guardian`: "" for somebody who is not enrolled."""

    id: int
    guardian: str
    child: str
    words: str
    language: str
    besides: str  # what she sent besides words
    when: str
    promised: str
    given: str
    school: str
    danger: bool
    question: bool
    overdue: bool
    tense: bool
    lost: bool


class Part(NamedTuple):
    """One part of the list; `more` leads to what does not fit, `first` back to its beginning."""

    name: str
    lines: Sequence[Line]
    more: str = ""
    first: str = ""


class Link(NamedTuple):
    """A way to look at the list."""

    to: str
    name: str
    here: bool


def show(visit: Visit, tx: Tx) -> Answer:
    """The list, or the part of it that is asked for."""
    shown, sought = visit.query.get("toon", ""), " ".join(visit.query.get("zoek", "").split())[:80]
    views = _views(visit.who)
    if shown not in views:
        raise Gone
    wanted = [reach.threads(visit.who), *_whose(visit, tx)]
    if shown in _SPECIAL:
        wanted.append(_special(visit, shown))
    if sought:
        wanted.append(_th.contact_id.in_(_named(tx, visit.who, sought)))
    alone = shown if shown in _GLANCE else visit.query.get("deel", "")
    if alone not in ("", *_GLANCE):
        raise Gone
    parts = [_part(visit, tx, name, and_(*wanted), alone=name == alone) for name in _GLANCE if alone in (name, "")]
    links = [Link(_to(visit, toon=view), view or "alles", view == shown) for view in views]
    values = {
        "parts": [part for part in parts if part.lines or part.name in ("wacht", alone)],
        "links": links, "sought": sought, "shown": shown, "whose": visit.query.get("van", ""),
        "colleagues": _colleagues(visit, tx) if visit.who.is_office else [],
        "nothing": not any(part.lines for part in parts),
    }  # fmt: skip
    return Page("gesprekken.html", values)


def _views(who: Who) -> tuple[str, ...]:
    own = ("zonder",) if who.is_office else {COACH: ("mij", "spannend"), IB: ()}.get(who.role, ())
    return ("", "wacht", "beantwoord", "gesloten", *own)


def _to(visit: Visit, **changed: str) -> str:
    """This list, looked at in another way."""
    kept = {name: visit.query.get(name, "") for name in ("toon", "van", "zoek")} | changed
    asked = urlencode({name: value for name, value in kept.items() if value})
    return "/gesprekken" + (f"?{asked}" if asked else "")


# --- which ones
def _special(visit: Visit, shown: str) -> ColumnElement[bool]:
    if shown == "mij":
        return _th.staff_id == visit.who.staff_id
    return _th.tense if shown == "spannend" else _without_teacher(visit)


def _without_teacher(visit: Visit) -> ColumnElement[bool]:
    """Nobody has it: it was given to no one, and no group of this child has a teacher this year."""
    m, g, of, group = t.membership.alias(), t.guardian.alias(), t.group_staff.alias(), t.group.alias()
    taught = (m.c.group_id == of.c.group_id) & (group.c.id == m.c.group_id)
    taught &= group.c.year == school_year(visit.local.date())
    named = exists().where(m.c.child_id == _th.child_id, taught)
    parent = exists().where(g.c.contact_id == _th.contact_id, g.c.school == _th.school, g.c.child_id == m.c.child_id,
                            taught)  # fmt: skip
    return _th.staff_id.is_(None) & ~or_(named, _th.child_id.is_(None) & parent)


def _whose(visit: Visit, tx: Tx) -> list[ColumnElement[bool]]:
    """For the office: the talks of one colleague. Raises Gone where she is none of this school."""
    asked = visit.query.get("van", "")
    if not asked or not visit.who.is_office:
        return []
    row = staff.by_id(tx, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    if row is None or row.school not in visit.who.schools:
        raise Gone
    if row.role == TEACHER:
        return [reach.threads(who.colleague(tx, visit.config, row, visit.now, proven=False))]
    return [_th.staff_id == row.id]


def _colleagues(visit: Visit, tx: Tx) -> list[tuple[int, str]]:
    return sorted(((row.id, row.name) for row in staff.colleagues(tx, visit.who.school)), key=lambda each: each[1])


def _named(tx: Tx, who: Who, sought: str) -> list[int]:
    """Her families in which somebody has such a name."""
    g, c, words = t.guardian.c, t.child.c, fold(sought)
    rows = select(g.contact_id, g.name, c.name.label("child")).join(t.child, c.id == g.child_id)
    found: dict[int, None] = {}
    for row in tx.execute(rows.where(reach.children(who)).order_by(g.id.desc())):
        if words in fold(tx.open("guardian.name", row.name)) or words in fold(tx.open("child.name", row.child)):
            found[row.contact_id] = None
    return [*found][:_FOUND]


# --- the parts
def _part(visit: Visit, tx: Tx, name: str, where: ColumnElement[bool], *, alone: bool) -> Part:
    """One part of the list: a glance, or `alone` as much as a page holds, from where it is asked for."""
    most, after = (MOST, _after(visit)) if alone else (_GLANCE[name], None)
    if name == "beantwoord":  # what did not arrive stands among what waits
        where = and_(where, _th.id.not_in(select(talked.lost().subquery().c.thread_id)))
    found = threads.listed(tx, where, _STATES[name], visit.now, most + 1, after)
    kept = {"deel": name} if visit.query.get("toon", "") in _SPECIAL else {"toon": name}
    more = _to(visit, **kept, na=str(found[most - 1].id) if alone else "") if len(found) > most else ""
    return Part(name, _lines(visit, tx, found[:most]), more, _to(visit, **kept) if after else "")


def _after(visit: Visit) -> int | None:
    """The talk after which the list goes on."""
    asked = visit.query.get("na", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None


# --- what stands in a line
def _lines(visit: Visit, tx: Tx, found: Sequence[threads.Line]) -> list[Line]:
    since = _since(tx, [each.id for each in found if each.state == "open"])
    children = children_of(tx, visit.who, {each.contact_id for each in found if each.child_id is None})
    return [_line(visit, each, since.get(each.id, each.changed_at), children) for each in found]


def _line(visit: Visit, each: threads.Line, since: datetime, children: Children) -> Line:
    say, said, is_open = visit.say, each.last, each.state == "open"
    zone = visit.config.zone(each.school)
    when = waits(visit, since) if is_open else say.moment(each.changed_at, visit.now, zone)
    child = each.child or ", ".join(children.get((each.contact_id, each.school), ()))
    return Line(
        id=each.id, guardian=each.guardian, child=child,
        words=_short(said.text) if said else "", language=said.language if said else "nl",
        besides=", ".join(say(f"gesprek.soort_{sent.kind}") for sent in said.media) if said else "", when=when,
        promised=promised(visit, each.answer_by, each.school) if is_open and each.kind != "gevaar" else "",
        given=each.staff, danger=each.kind == "gevaar", question=each.kind == "vraag",
        school=visit.config.schools[each.school].name if len(visit.who.schools) > 1 else "",
        overdue=is_open and each.overdue_at is not None, tense=each.tense,
        lost=each.state == "answered" and bool(each.undelivered),
    )  # fmt: skip


def waits(visit: Visit, since: datetime) -> str:
    """How long somebody waits: `wacht 3 uur`."""
    time = visit.now - since
    said = visit.say.since(time)
    return visit.say("gesprekken.wacht_tijd", tijd=said) if time.total_seconds() >= 60 else said


def promised(visit: Visit, answer_by: datetime | None, school: str) -> str:
    """By when she was promised an answer, as one says it in this week: `antwoord beloofd voor dinsdag`."""
    if answer_by is None or answer_by <= visit.now:
        return ""
    zone = visit.config.zone(school)
    day, today = answer_by.astimezone(zone).date(), visit.now.astimezone(zone).date()
    if day == today:
        return visit.say("gesprekken.beloofd_vandaag")
    called = format_date(day, "EEEE", locale=visit.say.language) if (day - today).days < 7 else visit.say.day(day)
    return visit.say("gesprekken.beloofd_voor", dag=called)


def children_of(tx: Tx, who: Who, contact_ids: Collection[int]) -> Children:
    """The names of those children of these people that she may see, by school."""
    g, c = t.guardian.c, t.child.c
    rows = select(g.contact_id, g.school, c.name).join(t.child, c.id == g.child_id)
    found: dict[tuple[int, str], list[str]] = {}
    for row in tx.execute(rows.where(g.contact_id.in_(sorted(contact_ids)), reach.children(who)).order_by(c.id)):
        found.setdefault((row.contact_id, row.school), []).append(tx.open("child.name", row.name))
    return found


def _since(tx: Tx, ids: Sequence[int]) -> dict[int, datetime]:
    """When the first of her words came that nobody has answered yet."""
    m, answer = t.thread_message.c, t.thread_message.alias()
    later = exists().where(answer.c.thread_id == m.thread_id, answer.c.side == "school", answer.c.id > m.id)
    rows = select(m.thread_id, func.min(m.at).label("at")).where(m.thread_id.in_(ids), m.side == "parent", ~later)
    return {row.thread_id: row.at for row in tx.execute(rows.group_by(m.thread_id))}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1].rstrip() + "…"


DOORS = (get("/gesprekken", show, TALKING),)
