"""What parents may ask about a group: school times, gym days, how to report ill; the office keeps it, with its date."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from bot.console.settings import undo
from bot.console.visit import OFFICES, Answer, Go, Gone, Page, Visit, get, post
from bot.people import facts
from bot.people.addresses import same_name, school_year
from bot.people.facts import SCHOOL_DAYS, Fact
from bot.store import tables as t
from bot.store.database import Tx

WHATS = (*SCHOOL_DAYS, "gym", "ziek")
_LONGEST = 200


class Line(NamedTuple):
    """One thing that is known: `value` as the form shows it."""

    what: str
    label: str
    value: str
    since: date | None = None
    fault: str = ""


class Known(NamedTuple):
    """A group, or the whole school where `key` is ""."""

    key: str
    name: str
    told: Sequence[str]  # in words, a line each
    newest: date | None
    here: bool = True  # there is such a group this year


def known(visit: Visit, tx: Tx) -> list[Known]:
    """The whole school, every group of this year, and what a file named besides."""
    every = facts.everything(tx, visit.who.school)
    named = {"": visit.say("feiten.hele_school"), **_groups(visit, tx)}
    others = {each.group: each.group for each in every if each.group not in named}
    return [_known(visit, key, name, every, here=key not in others) for key, name in {**named, **others}.items()]


def _known(visit: Visit, key: str, name: str, every: Sequence[Fact], *, here: bool) -> Known:
    own = {each.what: each for each in every if each.group == key}
    newest = max((date.fromisoformat(each.noted_on) for each in own.values()), default=None)
    return Known(key, name, list(_told(visit, own)), newest, here)


def _told(visit: Visit, own: Mapping[str, Fact]) -> Iterator[str]:
    for span, days in facts.times_of(own).items():
        shown = visit.say("feiten.vrij") if span == facts.FREE else span.replace(":", ".").replace("-", " - ")
        yield f"{visit.say.days(days)}: {shown}"
    if "gym" in own:
        yield visit.say("feiten.gym_op", dagen=visit.say.days(own["gym"].value))
    if "ziek" in own:
        yield own["ziek"].value


def _groups(visit: Visit, tx: Tx) -> dict[str, str]:
    g = t.group.c
    here = g.school == visit.who.school, g.year == school_year(visit.local.date())
    return {same_name(name): name for name in tx.execute(select(g.name).where(*here).order_by(g.name)).scalars()}


# --- the form of a group
def edit(visit: Visit, tx: Tx) -> Answer:
    key = _key(visit, tx, visit.query.get("groep", ""))
    own = {each.what: each for each in facts.everything(tx, visit.who.school) if each.group == key}
    lines = [_line(visit, what, own.get(what)) for what in WHATS]
    return _form(visit, tx, key, lines)


def _line(visit: Visit, what: str, fact: Fact | None) -> Line:
    value = "" if fact is None else visit.say.days(fact.value) if what == "gym" else fact.value
    return Line(what, _label(visit, what), value, date.fromisoformat(fact.noted_on) if fact else None)


def _label(visit: Visit, what: str) -> str:
    return visit.say.days(what) if what in SCHOOL_DAYS else visit.say(f"feiten.{what}")


def _form(visit: Visit, tx: Tx, key: str, lines: Sequence[Line], status: int = 200) -> Page:
    name = {"": visit.say("feiten.hele_school"), **_groups(visit, tx)}.get(key, key)
    return Page("instellingen_feiten.html", {"key": key, "name": name, "lines": lines}, status)


def _key(visit: Visit, tx: Tx, text: str) -> str:
    """The group that a form is about; what nobody here has is nothing."""
    key = same_name(text)
    if key and key not in _groups(visit, tx) and key not in {e.group for e in facts.everything(tx, visit.who.school)}:
        raise Gone
    return key


def save(visit: Visit, tx: Tx) -> Answer:
    """What the form says of this group is known from now on; an empty field is not known."""
    key, today = _key(visit, tx, visit.form.get("groep", "")), visit.local.date()
    read = [_read(visit, what, visit.form.get(what, "").strip()) for what in WHATS]
    if any(each.fault for each in read):
        return _form(visit, tx, key, read, 422)
    was = [each for each in facts.everything(tx, visit.who.school) if each.group == key]
    old = {each.what: each for each in was}
    new = [Fact(key, each.what, each.value, today.isoformat()) for each in read if each.value]
    facts.put(tx, visit.who.school, key, [_as_old(each, old.get(each.what)) for each in new])
    mark = undo.keep(visit, tx, "feiten", [[*each] for each in was] or [[key]])
    return Go("/instellingen/school", "klaar.feiten", undo=f"/instellingen/school/feiten/terug{mark}")


def _as_old(fact: Fact, old: Fact | None) -> Fact:
    """What is the same keeps its date."""
    return old if old and old.value == fact.value else fact


def _read(visit: Visit, what: str, text: str) -> Line:
    label = _label(visit, what)
    try:
        value = "" if not text else _value(what, text)
    except ValueError:
        return Line(what, label, text, fault=visit.say(f"feiten.fout_{'tijd' if what in SCHOOL_DAYS else what}"))
    return Line(what, label, value)


def _value(what: str, text: str) -> str:
    if what in SCHOOL_DAYS:
        return facts.times(text, what)
    if what == "gym":
        return facts.days(text)
    if len(text) > _LONGEST:
        raise ValueError
    return " ".join(text.split())


def undone(visit: Visit, tx: Tx) -> Answer:
    """As it was before the form, or the file."""
    was = undo.take(visit, tx, "feiten")
    if was is None:
        return Go("/instellingen/school", "klaar.terug_te_laat")
    for key in dict.fromkeys(each[0] for each in was):
        rows = [Fact(*each) for each in was if each[0] == key and len(each) == len(Fact._fields)]
        facts.put(tx, visit.who.school, key, rows)
    return Go("/instellingen/school", "klaar.teruggezet")


DOORS = (
    get("/instellingen/school/feiten", edit, OFFICES),
    post("/instellingen/school/feiten/bewaar", save, OFFICES, "feit"),
    post("/instellingen/school/feiten/terug", undone, OFFICES, "feit"),
)
