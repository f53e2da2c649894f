"""What partners offer, and who wants to be called, as a colleague reads it."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from bot.console.numbers import Number, number
from bot.console.visit import COACH, OFFICES, Visit
from bot.offers import shelf
from bot.offers.rows import Item
from bot.offers.shelf import Seen
from bot.people import contacts, families
from bot.people.addresses import first_name
from bot.store import tables as t
from bot.store.database import Tx
from bot.translation.languages import LANGUAGES

LOOKING = OFFICES | {COACH}
OVER, ASK = "over", "ask"
HIDDEN = (OVER, shelf.FULL, shelf.GONE)  # parents do not see these


class Parent(NamedTuple):
    """What is passed on: her first name, her number and her language."""

    name: str
    number: Number | None
    language: str


class Line(NamedTuple):
    """An offer on the page. `state`: over full gone, or ask (somebody should ask its owner); "" where it holds."""

    item: Item
    state: str
    number: Number | None
    theme: str
    languages: str
    ages: str
    cost: str
    until: date | None
    checked: date


def today(visit: Visit, school: str) -> date:
    return visit.now.astimezone(visit.config.zone(school)).date()


def state(item: Item, seen: Mapping[str, Seen], day: date) -> str:
    if shelf.is_over(item, seen, day):
        return OVER
    if item.key in seen and seen[item.key].state in (shelf.FULL, shelf.GONE):
        return seen[item.key].state
    return ASK if shelf.asks(item, seen, day) else ""


def line(visit: Visit, item: Item, seen: Mapping[str, Seen], day: date) -> Line:
    every = set(item.languages) >= set(LANGUAGES)
    spoken = visit.say("aanbod.alle_talen") if every else ", ".join(map(visit.say.named, item.languages))
    return Line(
        item, state(item, seen, day), number(item.phone), visit.say(f"aanbod.thema_{item.theme}"), spoken,
        _ages(visit, item), _cost(visit, item), shelf.ends(item, seen), shelf.looked(item, seen),
    )  # fmt: skip


def _ages(visit: Visit, item: Item) -> str:
    low, high = item.youngest, item.oldest
    if low is None and high is None:
        return ""
    if high is None:
        return visit.say("aanbod.leeftijd_vanaf", jaar=low or 0)
    return visit.say("aanbod.leeftijd_van_tot", van=low or 0, tot=high)


def _cost(visit: Visit, item: Item) -> str:
    if item.cost is None:
        return ""
    if not item.cost:
        return visit.say("aanbod.gratis")
    amount = f"€ {item.cost:.2f}".replace(".", ",") if visit.say.language == "nl" else f"€ {item.cost:.2f}"
    return visit.say(f"aanbod.per_{item.per}", bedrag=amount) if item.per else amount


def parents(visit: Visit, tx: Tx, school: str, contact_ids: Collection[int]) -> dict[int, Parent]:
    """Each of them, as her name may be passed on."""
    ids = sorted({*contact_ids})
    names, spoken, phones = families.of_contacts(tx, school, ids), contacts.languages(tx, ids), _phones(tx, school, ids)
    nobody = visit.say("aanbod.een_ouder")
    return {
        each: Parent(
            first_name(names[each]) if names.get(each) else nobody, number(phones.get(each, "")),
            visit.say.named(spoken.get(each, "nl")),
        )
        for each in ids
    }  # fmt: skip


def _phones(tx: Tx, school: str, ids: Collection[int]) -> dict[int, str]:
    """The number on which she writes with school; else the one in the school's file."""
    a, g = t.address.c, t.guardian.c
    found: dict[int, str] = {}
    filed = select(g.contact_id, g.phone).where(g.school == school, g.contact_id.in_(ids), g.phone.is_not(None))
    for row in tx.execute(filed.order_by(g.id)):
        found.setdefault(row.contact_id, tx.open("guardian.phone", row.phone))
    linked = a.linked_at.is_not(None), a.blocked_at.is_(None), a.channel.in_(("whatsapp", "sms"))
    hers = select(a.contact_id, a.sealed).where(a.contact_id.in_(ids), *linked)
    for row in tx.execute(hers.order_by(a.position.desc(), a.id.desc())):
        written = tx.open("address.sealed", row.sealed)
        if written.startswith("+"):
            found[row.contact_id] = written
    return found
