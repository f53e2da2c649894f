"""Enrolment at the door: one button, a square as large as the screen, and green as soon as she is in."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import segno
from markupsafe import Markup
from sqlalchemy import Row, select

from bot.console import reach
from bot.console.letters_page import groups_of, year_of
from bot.console.visit import CLASS, TALKING, Answer, Go, Gone, Page, Visit, get, post
from bot.people import codes, letters
from bot.people.addresses import first_name, same_name
from bot.people.contacts import enrolled
from bot.people.links import links
from bot.store import tables as t
from bot.store.database import Tx

NAMES = {"whatsapp": "WhatsApp", "sms": "SMS", "telegram": "Telegram"}  # in the order in which most have them


class Parent(NamedTuple):
    """Who stands at the door, as the school knows her."""

    contact_id: int
    school: str
    name: str
    language: str
    children: Sequence[str]
    group: str = ""
    enrolled: bool = False


class Tab(NamedTuple):
    channel: str
    name: str
    chosen: bool


class Group(NamedTuple):
    id: int
    name: str
    waiting: int


def walk(visit: Visit, tx: Tx) -> Answer:
    """A whole group at the start talk: who is not yet enrolled."""
    groups = groups_of(visit, tx)
    asked = visit.query.get("groep", "")
    group = _group(asked, groups) or (next(iter(groups)) if len(groups) == 1 else 0)
    parents = _parents(visit, tx)
    if not group:
        waiting = [(_of(parents, name), number, name) for number, name in groups.items()]
        shown = [Group(number, name, sum(not each.enrolled for each in those)) for those, number, name in waiting]
        return Page("deur_groepen.html", {"groups": shown})
    here = _of(parents, groups[group])
    todo = [each for each in here if not each.enrolled]
    values = {
        "group": group, "name": groups[group], "todo": todo, "joined": len(here) - len(todo), "refresh": 30,
        "several": len(groups) > 1,
    }  # fmt: skip
    return Page("deur_groep.html", values)


def start(visit: Visit, tx: Tx) -> Answer:
    """One guardian, one button."""
    parent = _parent(visit, tx, visit.ids["contact"])
    group = _group(visit.query.get("groep", ""), groups_of(visit, tx))
    values = {"parent": parent, "joined": bool(enrolled(tx, [parent.contact_id])), "group": group}
    return Page("deur.html", values)


def make(visit: Visit, tx: Tx) -> Answer:
    """Her code: the one of her letter if that works, so that the letter at home works too; else a fresh one."""
    parent = _parent(visit, tx, visit.ids["contact"])
    if parent.contact_id not in codes.letters(tx, [parent.contact_id], parent.school, visit.now):
        codes.make(tx, parent.contact_id, parent.school, "letter", visit.now)
    c = t.code.c
    hers = c.contact_id == parent.contact_id, c.school == parent.school, c.purpose == "letter", c.used_at.is_(None)
    number = tx.execute(select(c.id).where(*hers).order_by(c.id.desc())).scalars().first()
    group = _group(visit.query.get("groep", ""), groups_of(visit, tx))
    return Go(f"/gezinnen/deur/scan?brief={number}" + (f"&groep={group}" if group else ""))


def scan(visit: Visit, tx: Tx) -> Answer:
    """The square, until she has used it. The code leads to her also where the school joins her to somebody known."""
    if "brief" not in visit.query:
        return Go("/gezinnen/deur")
    code = _code(visit, tx)
    parent = _parent(visit, tx, code.contact_id)._replace(school=code.school)
    groups = groups_of(visit, tx)
    group = _group(visit.query.get("groep", ""), groups)
    joined = code.used_at is not None
    signs = codes.opened(tx, code.sealed)
    found = links(signs, visit.config.channels)
    channels = [each for each in NAMES if each in found]
    asked = visit.query.get("kanaal", "")
    channel = asked if asked in channels else next(iter(channels), "")
    values: dict[str, Any] = {
        "parent": parent, "first": first_name(parent.name), "joined": joined, "old": code.expires_at <= visit.now,
        "group": group, "number": code.id, "code": signs, "refresh": 0 if joined else 3,
        "tabs": [Tab(each, NAMES[each], each == channel) for each in channels],
        "picture": _square(found[channel]) if channel and not joined else "",
        "sender": letters.shown(visit.config.channels[channel].sender) if channel else "",
        "scan": _in_her_words(visit, parent.language), "next": _next(visit, tx, parent, groups.get(group, "")),
    }  # fmt: skip
    return Page("deur_scan.html", values)


def _square(link: str) -> Markup:
    """Dark on white with its quiet zone, whatever the page around it looks like."""
    made = segno.make(link, error="m", micro=False)
    return Markup(made.svg_inline(omitsize=True, border=4, dark="#000", light="#fff"))  # noqa: S704 - our own link


def _in_her_words(visit: Visit, language: str) -> dict[str, str]:
    words = visit.house.books.catalogue.reader(language, ("deur.scan",))
    return {"text": words.say("deur.scan", {}), "language": words.language, "direction": words.direction}


def _code(visit: Visit, tx: Tx) -> Row[Any]:
    """The code that the page shows, if it is of somebody whom she may see. Raises Gone."""
    asked = visit.query.get("brief", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        raise Gone
    c = t.code.c
    hers = c.id == int(asked), c.school.in_(visit.who.schools), c.purpose == "letter"
    found = tx.execute(select(t.code).where(*hers)).first()
    if found is None or not reach.may_see(tx, visit.who, "contact", found.contact_id):
        raise Gone
    return found


def _parent(visit: Visit, tx: Tx, contact_id: int) -> Parent:
    """As the school knows her, with those of her children that this colleague may see. Raises Gone."""
    g, c = t.guardian.c, t.child.c
    hers = (
        select(g.school, g.name, g.language, c.name.label("child"))
        .join(t.child, c.id == g.child_id)
        .where(g.contact_id == contact_id, g.barred_at.is_(None), reach.children(visit.who))
        .order_by(g.school != visit.who.school, c.id)
    )
    found = tx.execute(hers).all()
    if not found:
        raise Gone
    school = found[0].school
    children = (first_name(tx.open("child.name", row.child)) for row in found if row.school == school)
    name, language = tx.open("guardian.name", found[0].name), tx.open("guardian.language", found[0].language)
    return Parent(contact_id, school, name, language, list(dict.fromkeys(children)))


def _parents(visit: Visit, tx: Tx) -> list[Parent]:
    """Every guardian of this school year, once per group."""
    found: dict[tuple[str, int], Parent] = {}
    for row in letters.rows(tx, visit.who.school, year_of(visit), visit.now):
        key = same_name(row.group), row.contact_id
        child = first_name(row.child)
        known = found.get(key)
        if known is None:
            found[key] = Parent(
                row.contact_id, visit.who.school, row.guardian, row.language, [child], row.group, row.enrolled
            )
        elif child not in known.children:
            found[key] = known._replace(children=[*known.children, child])
    return list(found.values())


def _of(parents: Sequence[Parent], group: str) -> list[Parent]:
    return [each for each in parents if same_name(each.group) == same_name(group)]


def _next(visit: Visit, tx: Tx, parent: Parent, group: str) -> Parent | None:
    """The next guardian of the group who is not yet enrolled, from this one on and round."""
    if not group:
        return None
    here = _of(_parents(visit, tx), group)
    at = next((place for place, each in enumerate(here) if each.contact_id == parent.contact_id), -1) + 1
    return next(
        (each for each in here[at:] + here[:at] if not each.enrolled and each.contact_id != parent.contact_id), None
    )


def _group(asked: str, groups: dict[int, str]) -> int:
    """The group of this walk, 0 without one. Raises Gone for one that is not hers."""
    if not asked:
        return 0
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19 and int(asked) in groups):
        raise Gone
    return int(asked)


# Before the doors of the families: /gezinnen/{contact} would take `deur` for an id.
DOORS = (
    get("/gezinnen/deur", walk, CLASS),
    get("/gezinnen/deur/scan", scan, TALKING),
    get("/gezinnen/{contact}/deur", start, TALKING),
    post("/gezinnen/{contact}/deur", make, TALKING, "deur"),
)
