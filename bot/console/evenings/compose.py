"""A new evening or open day in one form, and a look at it before it goes."""

import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.broadcast.audience import Audience, receivers
from bot.channels import prices
from bot.console import drafts
from bot.console.evenings import sheet as sheets
from bot.console.evenings.sheet import KEY, PLACE, Sheet, fresh, keep, kept, typed
from bot.console.letters_page import groups_of
from bot.console.visit import CLASS, OFFICES, Answer, Go, Page, Visit, get, post
from bot.gatherings import gatherings
from bot.gatherings.plan import COFFEE, KINDS, LONGEST, MOST, NAME, OPEN_DAY, OTHER, THEMES, WORDS, Plan
from bot.gatherings.plan import PLACE as PLACE_LONG
from bot.model import Value
from bot.store.database import Tx
from bot.translation.texts import SOURCE

NEW, LOOK = "/avonden/nieuw", "/avonden/bekijk"
_PARTS = 2  # of an invitation by SMS


def blank(visit: Visit, tx: Tx) -> Answer:
    """A new sheet, or the one that she had begun."""
    begun = kept(visit, tx)
    return _page(visit, tx, begun or fresh(visit), {}, begun=begun is not None)


def look(visit: Visit, tx: Tx) -> Answer:
    """What she typed is kept, and she looks at what comes of it; nobody hears of it yet."""
    sheet = typed(visit)
    _, wrong = sheets.read(visit, tx, sheet)
    if wrong:
        return _page(visit, tx, sheet, wrong)
    keep(visit, tx, sheet)
    return Go(LOOK)


def empty(visit: Visit, tx: Tx) -> Answer:
    """She begins again."""
    drafts.forget(tx, visit.who.staff_id, PLACE)
    return Go(NEW)


def seen(visit: Visit, tx: Tx) -> Answer:
    """How many families it goes to, in which languages, when, and what that costs."""
    sheet = kept(visit, tx)
    if sheet is None:
        return Go(NEW)
    plan, wrong = sheets.read(visit, tx, sheet)
    return Go(NEW) if wrong else _preview(visit, tx, plan)


def make(visit: Visit, tx: Tx) -> Answer:
    """It goes as she saw it."""
    sheet = kept(visit, tx)
    if sheet is None:
        return Go("/avonden")
    plan, wrong = sheets.read(visit, tx, sheet)
    if wrong:
        return _page(visit, tx, sheet, wrong)
    number = gatherings.make(tx, visit.config, plan, visit.who.staff_id, visit.now)
    drafts.forget(tx, visit.who.staff_id, PLACE)
    return Go(f"/avonden/{number}", "klaar.avond_gemaakt", about=("gathering", number))


def _preview(visit: Visit, tx: Tx, plan: Plan) -> Page:
    audience = Audience(plan.school, groups=tuple(plan.groups), all=not plan.groups)
    every = receivers(tx, visit.config, audience, visit.now) if plan.kind != OPEN_DAY else []
    reached = [each for each in every if not each.why]
    tongues = Counter(visit.say.named(each.language) for each in reached)
    cost = sum(prices.euros(each.channel, parts=_PARTS, outside=not each.window) for each in reached)
    say, zone = visit.say, visit.school.zone
    named = gatherings.groups_of(tx, visit.config, plan.school, visit.now)
    values = {
        "plan": plan, "people": len(reached), "unreached": len(every) - len(reached),
        "tongues": sorted(tongues.items(), key=lambda each: (-each[1], each[0])),
        "cost": Value("amount", f"{cost:.2f}"),
        "groups": ", ".join(named[each] for each in plan.groups),
        "starts": say.moment(plan.starts_at, visit.now, zone), "invites": say.moment(plan.invites_at, visit.now, zone),
        "closes": say.moment(plan.closes_at, visit.now, zone), "at_once": plan.invites_at <= visit.now,
        "room": "afspraken", "words": _words(visit, plan) if plan.kind != OPEN_DAY else "",
    }  # fmt: skip
    return Page("avonden_bekijk.html", values)


def _words(visit: Visit, plan: Plan) -> str:
    """The invitation as a parent reads it who reads Dutch."""
    dutch, at = visit.house.books.catalogue.words(SOURCE), plan.starts_at.astimezone(visit.school.zone)
    fields = {
        "leerkracht": Value("name", visit.who.name), "school": Value("name", visit.school.name),
        "datum": Value("date", at.date().isoformat()), "tijd": Value("time", f"{at:%H:%M}"),
        "plek": Value("text", plan.place), "woorden": Value("text", plan.words),
        "wat": Value("text", dutch.say(f"thema.wat.{plan.theme}", {}) if plan.theme else ""),
    }  # fmt: skip
    return dutch.say({COFFEE: "koffie.vraag", OTHER: "koffie.eigen"}.get(plan.kind, "thema.vraag"), fields)


def _page(visit: Visit, tx: Tx, sheet: Sheet, wrong: Mapping[str, str], *, begun: bool = False) -> Page:
    sheet = sheet if sheet[KEY] else sheet.having(**{KEY: secrets.token_hex(8)})
    values: dict[str, Any] = {
        "sheet": sheet, "wrong": dict(wrong), "first_wrong": next(iter(wrong.values()), ""), "begun": begun,
        "groups": groups_of(visit, tx), "kinds": KINDS if visit.who.is_office else [k for k in KINDS if k != OPEN_DAY],
        "themes": THEMES, "long": NAME, "place_long": PLACE_LONG, "words_long": WORDS, "most": MOST, "longest": LONGEST,
        "whole": visit.who.role in OFFICES, "room": "afspraken",
    }  # fmt: skip
    return Page("avonden_nieuw.html", values, 422 if wrong else 200)


DOORS = (
    get(NEW, blank, CLASS),
    post(NEW, look, CLASS, ""),
    post(f"{NEW}/leeg", empty, CLASS, ""),
    get(LOOK, seen, CLASS),
    post(LOOK, make, CLASS, "avond_gemaakt"),
)
