"""A new message, on one page: to whom it goes and what it says; every part of it works without scripts."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.broadcast import filled
from bot.console import reach
from bot.console.sheets import whole
from bot.console.told import choose, files, named, preview, wording
from bot.console.told.sheet import CHOICES, FIELD, KEY, Sheet, forget, keep, kept, looked_at, typed
from bot.console.visit import EVERYONE, TALKING, TEACHER, Answer, Go, Gone, Page, Visit, get, post
from bot.store import tables as t
from bot.store.database import Tx

NEW, LOOK = "/berichten/nieuw", "/berichten/bekijk"
_SHOWN = 4  # answers of a question that one sees at once


class Blank(NamedTuple):
    """A field of a ready message, to be filled in."""

    name: str
    label: str
    type: str
    value: str
    optional: bool


class Prepared(NamedTuple):
    """A ready message to choose."""

    name: str
    label: str
    fields: list[Blank]


class Theme(NamedTuple):
    name: str
    label: str
    messages: list[Prepared]


def blank(visit: Visit, tx: Tx) -> Answer:
    """A new sheet, or the one that she had begun."""
    over, family = visit.query.get("over", ""), visit.query.get("gezin", "")
    if over:
        return page(visit, tx, _about(visit, tx, over), {})
    if family:
        return page(visit, tx, _for(visit, tx, family), {})
    begun = kept(visit, tx, fresh(visit))
    return page(visit, tx, begun or fresh(visit), {}, begun=begun is not None)


def fresh(visit: Visit) -> Sheet:
    """Where there is only one group to choose, it is chosen."""
    groups = list(visit.who.groups) if visit.who.role == TEACHER else []
    return Sheet({"groep": [str(each) for each in groups] if len(groups) == 1 else [], **_ready(visit)})


def _ready(visit: Visit) -> dict[str, list[str]]:
    """The ready message that a link to this page names."""
    asked = visit.query.get("klaar", "")
    return {"soort": ["klaar"], "klaar": [asked]} if asked in visit.house.books.ready else {}


def _about(visit: Visit, tx: Tx, over: str) -> Sheet:
    """Words for those for whom another message was. Raises Gone where that is not hers."""
    sheet = Sheet({"over": [over], "soort": ["zelf"]})
    if not sheet.number("over") or not reach.may_see(tx, visit.who, "broadcast", sheet.number("over")):
        raise Gone
    return sheet


def _for(visit: Visit, tx: Tx, family: str) -> Sheet:
    """A sheet for one family, from its page: those of its children that are hers. Raises Gone where there is none."""
    g = t.guardian.c
    theirs = select(g.child_id).where(g.contact_id == whole(family), g.school == visit.who.school)
    rows = tx.execute(theirs.join(t.child, t.child.c.id == g.child_id).where(reach.children(visit.who)))
    children = [str(each) for each in rows.scalars()]
    sheet = Sheet({"kind": children, **_ready(visit)})
    if not children or not choose.audiences(visit, tx, sheet):
        raise Gone
    return sheet


def look(visit: Visit, tx: Tx) -> Answer:
    """What she wrote is kept, what no machine has put into another language yet is ordered; then she looks at it."""
    before, (sheet, unfit) = looked_at(visit, tx), files.taken(visit, tx, typed(visit))
    if before is not None and before.having(**{KEY: ""}).dump() == sheet.having(**{KEY: ""}).dump():
        sheet = before  # nothing was changed: it is the same message
    audiences = choose.audiences(visit, tx, sheet)
    content, wrong = wording.content(visit, tx, sheet)
    if not audiences:
        wrong = {"aan": visit.say("bericht.fout_aan"), **wrong}
    if wrong or unfit:  # what came with the form is not kept then
        again = {files.FIELD: visit.say("bericht.bijlage_nog_eens")} if files.upload(visit) else {}
        return page(visit, tx, typed(visit), {**wrong, **again, **unfit})
    keep(visit, tx, sheet)
    preview.order(visit, tx, audiences, content)
    return Go(LOOK)


def attach(visit: Visit, tx: Tx) -> Answer:
    """A file joins what she is writing, which is kept as it is."""
    sheet, unfit = files.taken(visit, tx, typed(visit))
    if not unfit and files.upload(visit) is None:
        unfit = {files.FIELD: visit.say("bericht.fout_bestand_leeg")}
    if unfit:
        return page(visit, tx, typed(visit), unfit)
    keep(visit, tx, sheet)
    return Go(f"{NEW}#bijlage")


def detach(visit: Visit, tx: Tx) -> Answer:
    """Out with it again."""
    keep(visit, tx, files.without(visit, tx, typed(visit)))
    return Go(f"{NEW}#bijlage")


def empty(visit: Visit, tx: Tx) -> Answer:
    """She begins again."""
    forget(visit, tx)
    return Go(NEW)


def page(visit: Visit, tx: Tx, sheet: Sheet, wrong: Mapping[str, str], *, begun: bool = False) -> Page:
    """The sheet; after a form with what is wrong in it, and with what was typed."""
    there, today = choose.places(visit, tx), visit.local.date()
    chosen = sheet["soort"] or "klaar"
    values: dict[str, Any] = {
        "file": files.shown(visit, tx, sheet.number(files.FIELD)), "may_attach": files.may(visit),
        "sheet": sheet, "wrong": dict(wrong), "first_wrong": next(iter(wrong.values()), ""), "begun": begun,
        "places": there, "several": len(there) > 1, "polls": choose.polls(visit, tx), "asks": choose.asks(visit),
        "chosen": chosen, "themes": _themes(visit, sheet), "over": sheet.number("over"),
        "family": named.children(tx, choose.audiences(visit, tx, sheet)) if sheet.all("kind") else "",
        "nobody": not any(place.groups or place.whole for place in there),
        "hows": [(each, visit.say(f"bericht.hoe_{each}")) for each in wording.FLOWS], "how": sheet["hoe"] or "janee",
        "rows": range(1, CHOICES + 1), "shown": _SHOWN, "most": filled.OF_WORDS,
        "urgent": visit.who.role not in (TEACHER, "ib"), "today": today.isoformat(),
        "last": sheet["tot"] or (today + wording.ANSWERS).isoformat(), "choice": filled.OF_CHOICE,
        "far": (today + timedelta(days=400)).isoformat(),
    }  # fmt: skip
    return Page("bericht_nieuw.html", values, 422 if wrong else 200)


def _themes(visit: Visit, sheet: Sheet) -> list[Theme]:
    found = []
    for theme, messages in groupby(visit.house.books.ready.values(), key=lambda each: each.theme):
        prepared = [
            Prepared(
                each.name,
                visit.say(f"klaarbericht.{each.name}"),
                [
                    Blank(
                        f"{FIELD}{each.name}.{field.name}",
                        visit.say(f"veld.{field.name}"),
                        field.type,
                        sheet[f"{FIELD}{each.name}.{field.name}"],
                        field.optional,
                    )
                    for field in each.fields.values()
                ],
            )
            for each in messages
        ]
        found.append(Theme(theme, visit.say(f"thema.{theme}"), prepared))
    return found


DOORS = (
    get(NEW, blank, EVERYONE),
    post(NEW, look, EVERYONE, "", files=True, before=files.prepared),
    post(f"{NEW}/bijlage", attach, TALKING, "", files=True, before=files.prepared),
    post(f"{NEW}/bijlage/weg", detach, TALKING, "", files=True),
    post(f"{NEW}/leeg", empty, EVERYONE, ""),
)
