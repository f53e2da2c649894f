"""One message to many: asked, planned with 120 seconds to take it back, under way, and what became of it by name."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.broadcast import again, progress, send
from bot.broadcast.audience import Audience
from bot.broadcast.content import OWN, QUESTION, READY, WORDS, Content
from bot.broadcast.progress import STATES, Person
from bot.console.households import CHANNELS
from bot.console.said import WHY
from bot.console.told import files, named, polls, preview, wording
from bot.console.told.sheet import FIELD, KEY, Sheet
from bot.console.visit import CLASS, TALKING, Answer, Page, Visit, get
from bot.store import tables as t
from bot.store.database import Tx

BEGUN = ("starting", "going", "done", "stopped")
SOON = timedelta(minutes=10)  # what leaves within so long is counted down
MOST = 100  # people by name; the others at a tap
_TROUBLE = ("failed", "unreachable", "not_sent")
_JOINS = ("geen_weg", "geen_toestemming")  # who can be enrolled at the door
_WAITS = ("quiet_hours", "budget", "portfolio", "knocked")  # what is said of all who wait for the same
_LATE = timedelta(minutes=2)  # what has not begun so long after its time has not begun


class Bar(NamedTuple):
    """How many have it so far."""

    state: str
    label: str
    many: int
    percent: int
    trouble: bool


class Somebody(NamedTuple):
    """A person in the list of names."""

    contact_id: int
    name: str
    children: str
    how: str
    state: str
    why: str
    next: str


def show(visit: Visit, tx: Tx) -> Answer:
    return page(visit, tx)


def page(visit: Visit, tx: Tx, wrong: str = "") -> Page:
    """Its page; after a form that could not be done with the reason."""
    number, say = visit.ids["broadcast"], visit.say
    row = tx.execute(select(t.broadcast).where(t.broadcast.c.id == number)).one()
    content = Content.load(tx.open("broadcast.content", row.content))
    audience = Audience(row.school, *row.audience)
    author = named.authors(tx, [row.staff_id, row.approved_by])
    zone = visit.config.zone(row.school)
    its = select(t.broadcast.c.id).where(t.broadcast.c.id == number)
    hers = tx.execute(its.where(~send.of_another(visit.who.staff_id))).first() is not None
    values: dict[str, Any] = {
        "id": number, "row": row, "title_of": named.title(visit, content), "wrong": wrong, "hers": hers,
        "to": named.to_whom(visit, tx, audience), "author": author.get(row.staff_id, ""),
        "approved": author.get(row.approved_by, ""), "several": len(visit.who.schools) > 1,
        "text": named.dutch(visit, row.school, author.get(row.staff_id, ""), content),
        "school_of": visit.config.schools[row.school].name, "urgent": row.cls == "urgent",
        "reason": tx.open("broadcast.reason", row.reason) if row.reason else "",
        "made": say.moment(row.made_at, visit.now, zone), "due": say.moment(row.due_at, visit.now, zone),
        "late": row.due_at < visit.now - _LATE, "asked_again": None, "picture": None,
        "soon": row.state == "planned" and visit.now <= row.due_at <= visit.now + SOON,
        "left": _left(visit, row.due_at), "seconds": max(0, int((row.due_at - visit.now).total_seconds())),
        "state": row.state, "bars": [], "waits": [], "people": [], "chosen": "", "more": 0, "poll": None,
        "remind": False,
        "open_until": say.moment(row.until_at, visit.now, zone), "over": row.until_at <= visit.now,
        "kind": row.kind, "about": row.about_id, "refresh": 0, "file": files.shown(visit, tx, content.file_id),
    }  # fmt: skip
    if row.state in ("asked", "planned"):
        at = max(row.due_at, visit.now)
        leaves = preview.Leaves(values["author"], at, row.until_at, row.cls == "urgent")
        values["picture"] = preview.picture(visit, tx, audience, content, leaves)
        values["refresh"] = 10
    if row.state in BEGUN:
        values |= _under_way(visit, tx, number, row.state)
        values["poll"] = polls.of(visit, tx, number) if row.kind == QUESTION else None
        values["remind"] = visit.who.role in CLASS and _may_remind(visit, tx, row)
    return Page("bericht.html", values, 422 if wrong else 200)


def state_of(tx: Tx, number: int) -> str:
    return str(tx.execute(select(t.broadcast.c.state).where(t.broadcast.c.id == number)).scalar_one())


def _may_remind(visit: Visit, tx: Tx, row: Any) -> bool:
    """Once, while somebody has not answered and answers count."""
    if row.kind != QUESTION or row.about_id or again.is_reminded(tx, row.id):
        return False
    return again.may_remind(tx, visit.config, row.id, visit.who.staff_id, visit.now)


def _left(visit: Visit, due_at: datetime) -> str:
    """`1 minuut en 40 seconden`, without scripts too."""
    seconds = max(0, int((due_at - visit.now).total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02}"


# --- how far it is
def _under_way(visit: Visit, tx: Tx, number: int, state: str) -> Mapping[str, Any]:
    so_far = progress.of(tx, number)
    chosen = visit.query.get("wie", "")
    total = max(1, sum(so_far.counts.values()))
    bars = [
        Bar(each, visit.say(f"berichten.staat_{each}"), many, round(100 * many / total), each in _TROUBLE)
        for each in STATES if (many := so_far.counts.get(each, 0))
    ]  # fmt: skip
    wanted = [each for each in so_far.people if each.state == chosen] if chosen in STATES else []
    wanted = wanted if chosen in STATES else [each for each in so_far.people if each.state in _TROUBLE]
    hers = preview.seen(visit, tx, [each.contact_id for each in wanted])
    shown = [each for each in wanted if each.contact_id in hers]
    most = len(shown) if visit.query.get("alles") else MOST
    return {
        "bars": bars, "waits": _waits(visit, so_far.people), "state": so_far.state,
        "chosen": chosen if chosen in STATES else "",
        "people": [_somebody(visit, each) for each in shown[:most]], "more": max(0, len(shown) - most),
        "hidden": len(wanted) - len(shown), "total": sum(so_far.counts.values()),
        "refresh": 5 if so_far.state in ("starting", "going") else 60,
    }  # fmt: skip


def _waits(visit: Visit, people: Sequence[Person]) -> list[str]:
    """How many wait for what, and from when the first of them read it."""
    found: dict[str, list[datetime]] = {}
    for each in people:
        if each.state == "queued" and each.reason in _WAITS and each.at and each.at > visit.now:
            found.setdefault(each.reason, []).append(each.at)
    say, zone = visit.say, visit.school.zone
    return [
        say(f"berichten.wacht_{each}", aantal=len(found[each]), moment=say.moment(min(found[each]), visit.now, zone))
        for each in _WAITS
        if each in found
    ]


def _somebody(visit: Visit, each: Person) -> Somebody:
    say = visit.say
    how = " · ".join(filter(None, (CHANNELS.get(each.channel, each.channel), say.named(each.language))))
    why = next_ = ""
    if each.state == "unreachable":
        why = say(f"bericht.waarom_{each.reason}")
        next_ = say("berichten.bel_of_deur" if each.reason in _JOINS else "berichten.bel_zelf")
    elif each.state in _TROUBLE:
        cause = WHY.get(each.reason.partition(" ")[0], "geweigerd")
        why = say(f"gesprek.waarom_{cause}") if each.reason else ""
        next_ = "" if cause == "gestopt" else say(f"berichten.{'ander_nummer' if cause == 'nummer' else 'bel_zelf'}")
    elif each.state in ("queued", "sending") and each.at and each.at > visit.now + timedelta(minutes=1):
        why = say("gesprek.lot_wacht", moment=say.moment(each.at, visit.now, visit.school.zone))
    return Somebody(
        each.contact_id, each.name, ", ".join(each.children), how, say(f"berichten.staat_{each.state}"), why, next_
    )  # fmt: skip


# --- to change it and send it again
def sheet_of(visit: Visit, tx: Tx, number: int) -> Sheet:
    """The form that says the same again, with a key of its own."""
    row = tx.execute(select(t.broadcast).where(t.broadcast.c.id == number)).one()
    content, audience = Content.load(tx.open("broadcast.content", row.content)), Audience(row.school, *row.audience)
    whom = {
        "groep": [str(each) for each in audience.groups], "jaar": [str(each) for each in audience.levels],
        "tag": [str(each) for each in audience.tags], "alle": [row.school] if audience.all else [],
        "niet": [str(audience.unanswered)] if audience.unanswered else [],
        "over": [str(row.about_id)] if row.about_id and row.kind == OWN else [],
    }  # fmt: skip
    urgent = {"dringend": ["1"], "reden": [tx.open("broadcast.reason", row.reason)]} if row.reason else {}
    file = {"bestand": [str(content.file_id)]} if content.file_id else {}
    return Sheet({KEY: [secrets.token_hex(8)], **whom, **urgent, **file, **_said(content)})


def _said(content: Content) -> Mapping[str, Sequence[str]]:
    if content.kind == READY:
        fields = {f"{FIELD}{content.what}.{name}": [value.value] for name, value in content.fields.items()}
        return {"soort": ["klaar"], "klaar": [content.what], **fields}
    words = content.fields[WORDS].value
    if content.kind == OWN:
        return {"soort": ["zelf"], "tekst": [words]}
    how = next((each for each, flow in wording.FLOWS.items() if flow == content.what), "")
    choices = {f"keuze{number}": [each] for number, each in enumerate(content.choices, 1)}
    return {
        "soort": ["vraag"], "vraag": [words], "hoe": [how], "klopt": [str(each) for each in content.right],
        "plaatsen": [str(content.places or "")], **choices,
    }  # fmt: skip


DOORS = (get("/berichten/{broadcast}", show, TALKING),)
