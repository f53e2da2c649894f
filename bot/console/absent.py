"""Absent today: per group who is not there and who comes later, as parents report it; whom to call back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from bot.console import reach
from bot.console.numbers import Number, number
from bot.console.visit import CLASS, Answer, Go, Page, Visit, get, post
from bot.people import absences, contacts
from bot.people.absences import BY_HAND, LATE, Absence
from bot.people.addresses import school_year
from bot.schooldays import Schooldays
from bot.store import tables as t
from bot.store.database import Tx

YESTERDAY = "gisteren"
_CHANNELS = {"whatsapp": "WhatsApp", "telegram": "Telegram", "sms": "SMS"}
_DAY = timedelta(days=1)
_FAR = 120  # days: no holiday is longer


class Line(NamedTuple):
    """A child that is not there, or comes later."""

    id: int
    group: str
    child: str
    what: str  # ziek, komt om 10.30
    how: str  # WhatsApp 7.12
    also: str  # gisteren ook
    call: bool  # by SMS, so that somebody should call back
    number: Number | None
    called: str  # by whom and when
    words: str
    language: str


class Group(NamedTuple):
    name: str
    lines: Sequence[Line]


class Coming(NamedTuple):
    """What is reported for a later day."""

    day: str
    lines: Sequence[Line]


def show(visit: Visit, tx: Tx) -> Answer:
    """Today, and what is reported for later; or the last school day, without words and buttons."""
    days = visit.house.books.almanac.of(tx, visit.who.school)
    today = visit.local.date()
    before = school_day(days, today - _DAY, back=True)
    past = visit.query.get("dag") == YESTERDAY
    day = before if past else today
    found = _found(visit, tx, days, day)
    now = [each for each in found if each.day == day]
    lines = _lines(visit, tx, now, [each for each in found if each.day < day], past=past)
    later = [] if past else [each for each in found if each.day > day]
    values = {
        "past": past, "day": visit.say.day(day), "before": visit.say.day(before),
        "school_today": days.is_school_day(day), "groups": [*_groups(visit, tx, lines)],
        "count": _count(visit, now, lines),
        "coming": [*_coming(visit, tx, later)], "office": visit.who.is_office, "refresh": 0 if past else 60,
    }  # fmt: skip
    return Page("afwezig.html", values)


def sheet(visit: Visit, tx: Tx) -> Answer:
    """The same on paper, with a box to tick for each child."""
    days = visit.house.books.almanac.of(tx, visit.who.school)
    today = visit.local.date()
    found = _found(visit, tx, days, today)
    now = [each for each in found if each.day == today]
    lines = _lines(visit, tx, now, [each for each in found if each.day < today])
    values = {
        "day": visit.say.day(today), "hour": visit.say.hour(visit.now, visit.school.zone),
        "groups": [*_groups(visit, tx, lines)], "count": _count(visit, now, lines),
        "school_today": days.is_school_day(today),
    }  # fmt: skip
    return Page("afwezig_blad.html", values)


# --- what is looked up
def school_day(days: Schooldays, day: date, *, back: bool = False) -> date:
    """The first day from this one on (or `back`) with school; where there is none near, this day itself."""
    step = -_DAY if back else _DAY
    return next((each for each in (day + step * ahead for ahead in range(_FAR)) if days.is_school_day(each)), day)


def _found(visit: Visit, tx: Tx, days: Schooldays, day: date) -> list[Absence]:
    """What stands from the school day before `day` on, of the children that are hers to see."""
    every = absences.of_school(tx, visit.who.school, school_day(days, day - _DAY, back=True))
    c = t.child.c
    here = c.id.in_({each.child_id for each in every}), or_(c.left_at.is_(None), c.left_at > visit.now)
    hers = set(tx.execute(select(c.id).where(*here, reach.children(visit.who))).scalars())
    return [each for each in every if each.child_id in hers]


def _groups(visit: Visit, tx: Tx, lines: Iterable[Line]) -> Iterable[Group]:
    """Every group of this year that is hers to see; then the children who are in none."""
    by_group: dict[str, list[Line]] = {}
    for line in lines:
        by_group.setdefault(line.group, []).append(line)
    g = t.group.c
    here = g.school == visit.who.school, g.year == school_year(visit.local.date())
    names = tx.execute(select(g.name).where(*here).order_by(g.name)).scalars()
    hers = names if visit.who.is_office else visit.who.groups.values()
    for name in hers:
        yield Group(name, by_group.pop(name, []))
    for name, rest in sorted(by_group.items()):
        yield Group(name, rest)


def _coming(visit: Visit, tx: Tx, later: Sequence[Absence]) -> Iterable[Coming]:
    tomorrow = visit.local.date() + _DAY
    for day in sorted({each.day for each in later}):
        lines = _lines(visit, tx, [each for each in later if each.day == day], ())
        lines = [each._replace(what=f"{each.what} · {each.group}") for each in lines]
        yield Coming(visit.say("afwezig.morgen") if day == tomorrow else visit.say.day(day), lines)


def _lines(
    visit: Visit, tx: Tx, found: Sequence[Absence], before: Collection[Absence], *, past: bool = False
) -> list[Line]:
    """Each as it stands on the page, by name."""
    children = _children(visit, tx, {each.child_id for each in found})
    by_sms = [each for each in found if each.channel == "sms"]
    phones = absences.phones(tx, by_sms) if by_sms and not past else {}
    languages = contacts.languages(tx, sorted({each.contact_id for each in found if each.words and each.contact_id}))
    names = _colleagues(tx, {each.called_by for each in found if each.called_by})
    again = {each.child_id: each.day for each in before if each.kind != LATE}
    lines = []
    for each in found:
        name, group = children[each.child_id]
        called = each.called_at is not None
        lines.append(Line(
            each.id, group, name, _what(visit, each), _how(visit, each), _also(visit, again.get(each.child_id)),
            each.channel == "sms" and not called and not past, number(phones.get(each.child_id, "")),
            _called(visit, each, names) if called else "", "" if past else each.words,
            languages.get(each.contact_id or 0, "nl"),
        ))  # fmt: skip
    return sorted(lines, key=lambda line: (line.group, line.child.casefold()))


def _children(visit: Visit, tx: Tx, ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Name and group of this year."""
    c, m, g = t.child.c, t.membership.c, t.group.c
    in_year = (m.child_id == c.id) & (m.year == school_year(visit.local.date()))
    rows = tx.execute(
        select(c.id, c.name, g.name.label("group"))
        .select_from(t.child.outerjoin(t.membership, in_year).outerjoin(t.group, g.id == m.group_id))
        .where(c.id.in_(ids))
    )
    nowhere = visit.say("afwezig.zonder_groep")
    return {row.id: (tx.open("child.name", row.name), row.group or nowhere) for row in rows}


def _colleagues(tx: Tx, ids: Collection[int]) -> Mapping[int, str]:
    rows: Iterable[Any] = tx.execute(select(t.staff.c.id, t.staff.c.name).where(t.staff.c.id.in_(ids)))
    return {row.id: tx.open("staff.name", row.name) for row in rows}


# --- in words
def _count(visit: Visit, found: Collection[Absence], lines: Collection[Line]) -> str:
    """`7 kinderen afwezig, 2 komen later`."""
    later = sum(each.kind == LATE for each in found)
    parts = [("afwezig.telling", len(lines) - later), ("afwezig.telling_later", later)]
    return ", ".join(visit.say(key, aantal=many) for key, many in parts if many)


def _what(visit: Visit, each: Absence) -> str:
    if each.kind == LATE and each.time:
        clock = each.time.replace(":", ".") if visit.say.language == "nl" else each.time
        return visit.say("afwezig.laat_om", tijd=clock)
    return visit.say(f"afwezig.{each.kind}")


def _how(visit: Visit, each: Absence) -> str:
    at = visit.say.moment(each.at, visit.now, visit.school.zone)
    if each.channel == BY_HAND:
        return visit.say("afwezig.via_school", tijd=at)
    return f"{_CHANNELS.get(each.channel, each.channel)} {at}"


def _also(visit: Visit, day: date | None) -> str:
    if day is None:
        return ""
    if day == visit.local.date() - _DAY:
        return visit.say("afwezig.gisteren_ook")
    return visit.say("afwezig.dag_ook", dag=visit.say.day(day))


def _called(visit: Visit, each: Absence, names: Mapping[int, str]) -> str:
    at = visit.say.moment(each.called_at or visit.now, visit.now, visit.school.zone)
    return visit.say("afwezig.is_gebeld", naam=names.get(each.called_by or 0, visit.school.name), tijd=at)


# --- what is done
def phoned(visit: Visit, tx: Tx) -> Answer:
    number = visit.ids["absence"]
    absences.called(tx, number, visit.who.staff_id, visit.now)
    return Go("/afwezig", "klaar.gebeld", f"/afwezig/{number}/niet_gebeld")


def not_phoned(visit: Visit, tx: Tx) -> Answer:
    absences.called(tx, visit.ids["absence"], None, visit.now)
    return Go("/afwezig", "klaar.niet_gebeld")


DOORS = (
    get("/afwezig", show, CLASS),
    get("/afwezig/blad", sheet, CLASS),
    post("/afwezig/{absence}/gebeld", phoned, CLASS, "gebeld"),
    post("/afwezig/{absence}/niet_gebeld", not_phoned, CLASS, "niet_gebeld"),
)
