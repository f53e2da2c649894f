"""Fictional parents for a rehearsal, put into the database the way the office and their letters would."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from bot.config import School
from bot.model import PURPOSES, Address, Outbound, Part
from bot.outbox.forms import Message
from bot.people import codes, consent, contacts, facts, roster, staff
from bot.people.addresses import school_year
from bot.people.facts import Fact
from bot.people.roster import Sheet
from bot.people.roster.sheet import Line
from bot.store import tables as t
from bot.store.database import Tx

SCHOOLS = tuple(
    School(key, name, urgent_phone="0612000198", duty=("sms:+31612000199",), phone="0612000197", ill_before="8:15")
    for key, name in (("brug", "De Brug"), ("vaart", "De Vaart"))
)
CHILDREN = (("Amira", "groep 4", "juf Janneke"), ("Yusuf", "groep 6", "meester Bas"), ("Noor", "groep 1", "juf Anke"))
_PHONES = ("whatsapp", "sms", "telegram")
_KNOWN = ("groep 4", {"ma": "8:30-14:00", "di": "8:30-14:00", "wo": "8:30-12:15", "gym": "di vr"})  # of no other group


class Role(NamedTuple):
    """Who a parent is. Without purposes she is not enrolled yet: she holds a letter with a code."""

    language: str
    channel: str
    purposes: tuple[str, ...] = PURPOSES
    children: int = 1  # each with a teacher of its own
    phones: int = 1  # channels on which she is enrolled
    schools: int = 1  # at which her children are; the first child at the first


class Heard(NamedTuple):
    """What a parent got at once: what was meant to be said, in her language, and the messages that it became."""

    said: Message
    language: str
    messages: tuple[Outbound, ...] = ()

    @property
    def parts(self) -> Sequence[Part]:
        return self.said.parts

    @property
    def ask(self) -> str:
        """The question it asks; "" where it asks none."""
        return self.said.ask

    @property
    def options(self) -> tuple[str, ...]:
        """The options of that question, in order."""
        return tuple(each[0] for each in self.said.shown or ())

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.messages)


@dataclass(eq=False, slots=True)
class Parent:
    """A parent on the stage, with all she has read."""

    role: Role
    address: Address
    contact_id: int
    code: str
    poster: str = ""  # the code of an open day
    heard: list[Heard] = field(default_factory=list)

    @property
    def asked(self) -> Heard | None:
        """The last question she was asked."""
        return next((heard for heard in reversed(self.heard) if heard.ask), None)


def cast(tx: Tx, roles: Sequence[Role], now: datetime) -> list[Parent]:
    """One family for each role. Who has purposes is enrolled and has just written; the others hold their letter."""
    year = school_year(now.date())
    for number, school in enumerate(SCHOOLS):
        lines = [line for place, role in enumerate(roles) for line in _lines(place, role, number)]
        if lines:
            roster.load(tx, school.key, year, Sheet(lines, frozenset(lines[0].cells)), now)
            for _, group, teacher in CHILDREN:
                staff.add(tx, school.key, teacher, teacher, "leerkracht", [group], year)
    group, known = _KNOWN
    facts.store(tx, SCHOOLS[0].key, [Fact(group, what, known[what], "2026-09-01") for what in known])
    first, second = (_owners(tx, school.key) for school in SCHOOLS)
    letters = codes.letters(tx, first.values(), SCHOOLS[0].key, now)
    parents = []
    for place, role in enumerate(roles):
        contact_id = first[_phone(place)]
        if _phone(place) in second:
            contacts.adopt(tx, second[_phone(place)], contact_id)
        parents.append(Parent(role, _address(role.channel, place), contact_id, letters[contact_id]))
        if role.purposes:
            _enrol(tx, parents[-1], place, now)
    return parents


def _lines(place: int, role: Role, school: int) -> list[Line]:
    """The rows of a family in the file of one school; child and school by turns."""
    found = []
    for number, (child, group, _) in enumerate(CHILDREN[: max(role.children, role.schools)]):
        if number % role.schools == school:
            cells = {"id": f"{place}-{number}", "group": group, "child": child, "guardian": "Fatima Haddad"}
            found.append(Line(2 * place + number + 2, {**cells, "language": role.language, "phone": _phone(place)}))
    return found


def _phone(place: int) -> str:
    return f"+31612{100_000 + place}"


def _address(channel: str, place: int) -> Address:
    return Address(channel, str(700_000_001 + place) if channel == "telegram" else _phone(place))


def _owners(tx: Tx, school: str) -> dict[str, int]:
    """The contact of each phone in the school's file."""
    guardian = t.guardian.c
    rows = tx.execute(select(guardian.contact_id, guardian.phone).where(guardian.school == school)).all()
    return {tx.open("guardian.phone", row.phone): row.contact_id for row in rows}


_HEARD = update(t.address).where(t.address.c.id == bindparam("it")).values(heard_at=bindparam("now"))


def _enrol(tx: Tx, parent: Parent, place: int, now: datetime) -> None:
    """On her own channel first, then on others, at each of her schools."""
    role = parent.role
    own = [role.channel, *(each for each in _PHONES if each != role.channel)][: role.phones]
    for address in (_address(channel, place) for channel in own):
        address_id = contacts.resolve(tx, [address], now)[address][1]
        contacts.link(tx, address_id, parent.contact_id, now)
        tx.execute(_HEARD, {"it": address_id, "now": now})
        for school in SCHOOLS[: role.schools]:
            consent.give(tx, parent.contact_id, school.key, address.channel, role.purposes, "rehearsal", None, now)
