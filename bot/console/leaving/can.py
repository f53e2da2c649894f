"""What parents can do for the class, and which feasts families keep: by their own choice, for who knows them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from bot.console import households, told_us
from bot.console.households import Row
from bot.console.told_us import Own
from bot.console.visit import CLASS, Answer, Page, Visit, get
from bot.people import choices, known
from bot.people.choices import LISTS
from bot.people.known import Known
from bot.scheduler import feasts
from bot.store.database import Tx

AHEAD, WEEK = timedelta(days=35), timedelta(days=6)


class Volunteer(NamedTuple):
    """A parent who offered something. `sizes`: how much of it; `own`: in her own words."""

    contact_id: int
    name: str
    children: str
    language: str
    sizes: str
    own: list[Own]


class Kind(NamedTuple):
    name: str
    title: str
    people: list[Volunteer]


class Keeps(NamedTuple):
    """A family that keeps a feast."""

    contact_id: int
    name: str
    children: str


class Feast(NamedTuple):
    """A feast to come; `moon`: it may be a day earlier or later."""

    name: str
    day: str
    moon: bool
    people: list[Keeps]


def can(visit: Visit, tx: Tx) -> Answer:
    """By kind, who can do what; who only wrote something of her own stands last."""
    found = _families(visit, tx)
    told = {each: [one for one in hers if one.topic == "kunnen"] for each, hers in _known(visit, tx, found).items()}
    kinds = []
    for kind in (*LISTS["kunnen"].options, known.OWN):
        people = [
            _volunteer(visit, tx, found[contact], told[contact]) for contact in found if _offers(told[contact], kind)
        ]
        if people:
            title = told_us.named(visit, "kunnen", kind) if kind else visit.say("kunnen.eigen")
            kinds.append(Kind(kind or "eigen", title, people))
    return Page("gezinnen_kunnen.html", {"kinds": kinds})


def _offers(told: list[Known], kind: str) -> bool:
    some = {each.option for each in told} & {*LISTS["kunnen"].options}
    return kind in some if kind else bool(told) and not some and any(each.words for each in told)


def _volunteer(visit: Visit, tx: Tx, rows: list[Row], told: list[Known]) -> Volunteer:
    contact, language = rows[0].contact_id, tx.open("contact.language", rows[0].language)
    sizes = choices.sizes([each.option for each in told])
    return Volunteer(
        contact, households.names(tx, rows), _children(tx, rows), visit.say.named(language),
        ", ".join(told_us.named(visit, "kunnen", each) for each in sizes), told_us.own_words(tx, rows[0].school, told),
    )  # fmt: skip


def keep(visit: Visit, tx: Tx) -> Answer:
    """The feasts of the next weeks and who keeps them; nothing where nobody does."""
    return Page("gezinnen_feesten.html", {"feasts": _feasts(visit, tx, AHEAD)})


def this_week(visit: Visit, tx: Tx) -> list[str]:
    """`Suikerfeest, dinsdag 9 maart: 4 gezinnen`."""
    return [
        visit.say("feesten.week", feest=each.name, dag=each.day, aantal=len(each.people))
        for each in _feasts(visit, tx, WEEK)
    ]


def _feasts(visit: Visit, tx: Tx, ahead: timedelta) -> list[Feast]:
    today = visit.local.date()
    near = feasts.coming(feasts.load(visit.config.flows), today, today + ahead)
    found = _families(visit, tx) if near else {}
    told = _known(visit, tx, found)
    made = []
    for day, feast in near:
        people = [
            Keeps(contact, households.names(tx, rows), _children(tx, rows))
            for contact, rows in found.items()
            if any(each.topic == feasts.TOPIC and each.option == feast.name for each in told[contact])
        ]
        if people:
            name = told_us.named(visit, feasts.TOPIC, feast.name)
            made.append(Feast(name, visit.say.day(day), feast.moon, people))
    return made


# --- what they need
def _families(visit: Visit, tx: Tx) -> dict[int, list[Row]]:
    """Those of hers, by guardian; nobody with a contact bar."""
    found: dict[int, list[Row]] = {}
    for row in households.rows(visit, tx):
        if row.barred_at is None:
            found.setdefault(row.contact_id, []).append(row)
    return found


def _known(visit: Visit, tx: Tx, found: Mapping[int, list[Row]]) -> dict[int, list[Known]]:
    told: dict[int, list[Known]] = {each: [] for each in found}
    for school in dict.fromkeys(row.school for rows in found.values() for row in rows):
        for contact, hers in known.of(tx, school, found).items():
            told[contact] += hers
    return told


def _children(tx: Tx, rows: Iterable[Row]) -> str:
    names: dict[int, Any] = {row.child_id: tx.open("child.name", row.child) for row in rows}
    return ", ".join(names.values())


DOORS = (
    get("/gezinnen/kunnen", can, CLASS),
    get("/gezinnen/feesten", keep, CLASS),
)
