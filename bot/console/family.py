"""One guardian's page: what the school knows of her and does for her. What she said in a flow is hers alone."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from babel.dates import format_skeleton
from sqlalchemy import select

from bot.console import households, numbers, reach, told_us, unreached
from bot.console.households import CHANNELS, Row
from bot.console.numbers import Number
from bot.console.visit import CLASS, TALKING, Answer, Gone, Page, Visit, get
from bot.model import PURPOSES
from bot.outbox.fit import as_read
from bot.people import codes, reached
from bot.people.reached import Reach, Way
from bot.scheduler import leaving
from bot.store import tables as t
from bot.store.database import Tx

MOST = 10  # talks on the page
_th = t.thread.c


class Other(NamedTuple):
    """Another guardian of the child: a name, and nothing else."""

    contact_id: int
    name: str


class Child(NamedTuple):
    """A child of hers. `absent`: what is known of today; `barred`: since when she may hear nothing about it; `leaves`:
    its last day here, where that is known."""

    id: int
    name: str
    group: str
    absent: str
    barred: str
    leaves: str
    others: Sequence[Other]


class Channel(NamedTuple):
    """A channel of hers, its state in words."""

    id: int
    name: str
    state: str
    warn: bool


class Said(NamedTuple):
    """What she said about a purpose on a channel, in the words that she was asked with."""

    channel: str
    what: str
    words: str


class Purpose(NamedTuple):
    name: str
    open: bool
    said: Sequence[Said]


class Item(NamedTuple):
    """A talk, an appointment or a promise. `to`: its page, "" where it has none."""

    to: str
    text: str
    when: str


def show(visit: Visit, tx: Tx) -> Answer:
    """Her page; the children of whom this colleague knows nothing do not stand on it."""
    contact_id = visit.ids["contact"]
    every = households.rows(visit, tx, contact=contact_id)
    hers = sorted(
        (row for row in every if row.contact_id == contact_id), key=lambda row: row.school != visit.who.school
    )
    if not hers:
        raise Gone
    school = hers[0].school
    how = reached.of(tx, school, [contact_id])[contact_id]
    spoken = households.language(tx, hers[0], how)
    offered = dict.fromkeys((*visit.config.languages.offered, spoken))
    number = _number(tx, hers)
    invites = visit.who.role in CLASS and any(row.barred_at is None for row in hers)
    code = codes.letters(tx, [contact_id], school, visit.now).get(contact_id, "") if invites else ""
    values: dict[str, Any] = {
        "contact": contact_id, "name": households.names(tx, hers), "children": _children(visit, tx, every, contact_id),
        "class": visit.who.role in CLASS, "invites": invites, "spoken": spoken,
        "language_name": visit.say.named(spoken),
        "languages": [(each, visit.say.named(each)) for each in offered],
        "channels": [_channel(visit, way) for way in how.ways], "trouble": _trouble(visit, how, hers),
        "purposes": _purposes(visit, tx, contact_id, school), "code": code,
        "until": unreached.day(visit, how.code_until) if code and how.code_until else "",
        "told": told_us.of(visit, tx, dict.fromkeys(row.school for row in hers), contact_id),
        "wishes": _wishes(visit, tx, contact_id), "talks": _talks(visit, tx, contact_id),
        "agreed": _agreed(visit, tx, contact_id, {row.child_id for row in hers}),
        "number": number, "typed": number.shown if number else "", "wrong": {"taal": "", "nummer": "", "vertrek": ""},
        "today": visit.local.date().isoformat(),
    }  # fmt: skip
    return Page("gezin.html", values)


def _trouble(visit: Visit, how: Reach, hers: Iterable[Row]) -> str:
    """Why she is not reached; nothing where she should hear of none of them."""
    open_ones = [row for row in hers if not row.barred_at]
    return unreached.reason(visit, how) if open_ones and how.state != reached.READS else ""


def _children(visit: Visit, tx: Tx, every: Sequence[Row], contact_id: int) -> list[Child]:
    mine = {row.child_id: row for row in every if row.contact_id == contact_id}
    a = t.absence.c
    today = a.child_id.in_(mine), a.day == visit.local.date().isoformat(), a.withdrawn_at.is_(None)
    absent = {row.child_id: row.kind for row in tx.execute(select(a.child_id, a.kind).where(*today))}
    made = []
    for number, row in mine.items():
        others: dict[int, list[Row]] = {}
        for each in every:
            if each.child_id == number and each.contact_id != contact_id:
                others.setdefault(each.contact_id, []).append(each)
        made.append(Child(
            number, tx.open("child.name", row.child), row.group or "",
            visit.say(f"gezin.afwezig.{absent[number]}") if number in absent else "",
            unreached.day(visit, row.barred_at) if row.barred_at else "",
            _leaves(visit, tx, row),
            [Other(who, households.names(tx, rows)) for who, rows in others.items()],
        ))  # fmt: skip
    return made


def _leaves(visit: Visit, tx: Tx, row: Row) -> str:
    last = leaving.last_day(tx, visit.config.schools[row.school], row.child_id, visit.now)
    return visit.say.full(last) if last else ""


def _channel(visit: Visit, way: Way) -> Channel:
    """`sinds 3 september, vandaag nog gehoord`."""
    say = visit.say
    since = say("gezin.kanaal.sinds", dag=_short(visit, way.linked_at))
    if way.heard_at is None:
        heard = say("gezin.kanaal.stil")
    elif way.heard_at.astimezone(visit.school.zone).date() == visit.local.date():
        heard = say("gezin.kanaal.vandaag")
    else:
        heard = say("gezin.kanaal.gehoord", dag=_short(visit, way.heard_at))
    told = [since, heard]
    if way.blocked_at:
        told = [since, say("gezin.kanaal.dicht", dag=_short(visit, way.blocked_at))]
    elif not way.open:
        told.append(say("gezin.kanaal.uit"))
    return Channel(
        way.id, CHANNELS.get(way.channel, way.channel), ", ".join(told), bool(way.blocked_at) or not way.open
    )


def _purposes(visit: Visit, tx: Tx, contact_id: int, school: str) -> list[Purpose]:
    """What she said yes to, when, by whom it was closed, and in which words."""
    c = t.consent.c
    newest: dict[tuple[str, str], Any] = {}
    for row in tx.execute(select(t.consent).where(c.contact_id == contact_id, c.school == school).order_by(c.id)):
        newest[row.purpose, row.channel] = row
    return [
        Purpose(
            purpose, any(row.withdrawn_at is None for row in _of(newest, purpose)),
            [_said(visit, tx, row) for row in _of(newest, purpose)],
        )
        for purpose in PURPOSES
    ]  # fmt: skip


def _of(newest: dict[tuple[str, str], Any], purpose: str) -> list[Any]:
    return [row for (each, _), row in newest.items() if each == purpose]


def _said(visit: Visit, tx: Tx, row: Any) -> Said:
    day = _short(visit, row.withdrawn_at or row.given_at)
    by = f"gezin.nee.{row.withdrawn_by or 'stop'}" if row.withdrawn_at else "gezin.ja"
    words = as_read(tx.open("consent.words", row.words))
    return Said(CHANNELS.get(row.channel, row.channel), visit.say(by, dag=day), words)


def _wishes(visit: Visit, tx: Tx, contact_id: int) -> list[str]:
    """How much she gets, and when she is left alone."""
    say, columns = visit.say, t.contact.c["budget", "rest_from", "rest_until", "paused_until"]
    row = tx.execute(select(*columns).where(t.contact.c.id == contact_id)).one()
    week = visit.config.budget.week if row.budget is None else row.budget
    told = [say("gezin.week", aantal=week)]
    if row.rest_from:
        told.append(say("gezin.rust", van=_wall(visit, row.rest_from), tot=_wall(visit, row.rest_until)))
    if row.paused_until and row.paused_until > visit.now:
        told.append(say("gezin.pauze", dag=unreached.day(visit, row.paused_until)))
    return told


def _talks(visit: Visit, tx: Tx, contact_id: int) -> list[Item]:
    """The newest talks with her that this colleague may see."""
    hers = select(t.thread).where(_th.contact_id == contact_id, reach.threads(visit.who))
    return [
        Item(
            f"/gesprekken/{row.id}", visit.say(f"gezin.gesprek.{row.state}"),
            visit.say.moment(row.changed_at, visit.now, visit.school.zone),
        )
        for row in tx.execute(hers.order_by(_th.changed_at.desc(), _th.id.desc()).limit(MOST))
    ]  # fmt: skip


def _agreed(visit: Visit, tx: Tx, contact_id: int, children: set[int]) -> list[Item]:
    """Talks that are planned about children of whom she knows, and what was promised, as far as it is hers to see."""
    a, p, zone = t.appointment.c, t.promise.c, visit.school.zone
    planned = a.contact_id == contact_id, a.school.in_(visit.who.schools), a.state == "planned"
    about = a.child_id.in_(children) | a.child_id.is_(None)
    joined = select(a.starts_at, t.staff.c.name).select_from(
        t.appointment.outerjoin(t.staff, t.staff.c.id == a.staff_id)
    )
    found = []
    for row in tx.execute(joined.where(*planned, about, a.starts_at >= visit.now).order_by(a.starts_at)):
        whom = tx.open("staff.name", row.name) if row.name else ""
        text = visit.say("gezin.afspraak.met", wie=whom) if whom else visit.say("gezin.afspraak")
        found.append(Item("", text, visit.say.moment(row.starts_at, visit.now, zone)))
    mine = p.contact_id == contact_id, p.state == "open", reach.RULES["promise"](visit.who)
    for row in tx.execute(select(p.words, p.due_on).where(*mine).order_by(p.due_on, p.id)):
        due = visit.say("gezin.beloofd", dag=date.fromisoformat(row.due_on))
        found.append(Item("", tx.open("promise.words", row.words), due))
    return found


def _number(tx: Tx, hers: Sequence[Row]) -> Number | None:
    return numbers.number(next(filter(None, (households.shown_number(tx, row) for row in hers)), ""))


def _short(visit: Visit, at: datetime) -> str:
    """`3 september`, with its year where that is another one."""
    local = at.astimezone(visit.school.zone)
    skeleton = "MMMMd" if local.year == visit.local.year else "yMMMMd"
    return format_skeleton(skeleton, local, locale=visit.say.language)


def _wall(visit: Visit, wall: str) -> str:
    return visit.say.hour(
        datetime.combine(visit.local.date(), time.fromisoformat(wall), visit.school.zone), visit.school.zone
    )


DOORS = (get("/gezinnen/{contact}", show, TALKING),)
