"""What a hundred conversations need, with a handful of statements."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Executable, Select, bindparam, func, or_, select

from bot.conversation import events
from bot.conversation.flow import Flow
from bot.desk.books import Books
from bot.model import HOME
from bot.people import consent
from bot.people.addresses import school_year
from bot.scheduler import followups, plans
from bot.schooldays import Schooldays
from bot.store import tables as t
from bot.store.database import Tx


class Letter(NamedTuple):
    """One event that waits for a contact: a message of hers, or a note of the house."""

    id: int
    kind: str  # message, enrol, or the kind of a note
    address_id: int | None
    channel: str
    received_at: datetime
    payload: dict[str, Any]


class AddressRow(NamedTuple):
    id: int
    channel: str
    linked_at: datetime | None
    answered_at: datetime | None
    heard_at: datetime | None


class GuardianRow(NamedTuple):
    """One child of this contact at a school, with the group of this school year and its teacher (sealed names)."""

    school: str
    name: bytes
    child_id: int
    child: bytes
    group: str | None
    teacher_id: int | None
    teacher: bytes | None


class Asked(NamedTuple):
    """What became of a question."""

    status: str
    due_at: datetime
    left_at: datetime | None


@dataclass(slots=True, eq=False)
class Live:
    """A run that is not over: the engine's part, and what the desk keeps beside it."""

    id: int | None
    flow: Flow | None  # None: this version cannot be read any more
    run: events.Run
    kept: list[int]  # inbox ids that a person must be able to read
    school: str | None
    child_id: int | None
    address_id: int | None
    state: str
    rev: int
    changed_at: datetime
    due_at: datetime | None
    expires_at: datetime
    result: str | None = None
    left_at: datetime | None = None  # when the open question first left; None where another left after it
    changed: bool = False
    loaded_rev: int = field(init=False)  # as the database had it: it must still be so when this is saved

    def __post_init__(self) -> None:
        self.loaded_rev = self.rev

    @property
    def asks(self) -> bool:
        return self.state != "ended" and self.run.waiting == "answer"

    def keep(self, letter_id: int) -> None:
        """A person must be able to read this letter."""
        if letter_id not in self.kept:
            self.kept.append(letter_id)
            self.changed = True

    def memory(self) -> str:
        return json.dumps([self.run, self.kept])


@dataclass(slots=True)
class Person:
    """One contact as the desk sees it."""

    id: int
    language: str
    paused_until: datetime | None = None
    rest: tuple[str, str] | None = None  # her own hours without messages, by the wall
    runs: list[Live] = field(default_factory=list)
    consents: set[tuple[str, str, str]] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)


# Made once: a statement that is built anew for every batch costs as much as running it. The columns stand in the
# order in which they are unpacked: to look a value up by its name costs as much as to decrypt it.
_THESE: BindParameter[list[int]] = bindparam("ids", expanding=True)
_CONTACTS = select(*t.contact.c["id", "language", "paused_until", "rest_from", "rest_until"]).where(
    t.contact.c.id.in_(_THESE)
)
_ADDRESSES = (
    select(*t.address.c["id", "contact_id", "channel", "linked_at", "answered_at", "heard_at"])
    .where(t.address.c.contact_id.in_(_THESE))
    .order_by(t.address.c.position, t.address.c.id)
)
_LETTERS = (
    select(*t.inbox.c["contact_id", "id", "kind", "address_id", "channel", "received_at", "payload"])
    .where(t.inbox.c.contact_id.in_(_THESE), t.inbox.c.state == "waiting")
    .order_by(t.inbox.c.id)
)
# When the open question first left: an answer that came before it answers something else.
_LEFT = (
    select(func.min(t.outbox.c.left_at))
    .where(t.outbox.c.run_id == t.run.c.id, t.outbox.c.step == t.run.c.step)
    .scalar_subquery()
)
# The question that left last, of whatever run: a number answers that one.
_ASKED = t.outbox.alias("asked")
_LAST = (
    select(t.outbox.c.id)
    .where(t.outbox.c.contact_id == t.run.c.contact_id, t.outbox.c.step.is_not(None), t.outbox.c.left_at.is_not(None))
    .order_by(t.outbox.c.left_at.desc(), t.outbox.c.id.desc())
    .limit(1)
    .correlate(t.run)
    .scalar_subquery()
)
_RUNS = (
    select(
        *t.run.c["contact_id", "memory", "id", "version", "school", "child_id", "address_id", "state", "rev"],
        *t.run.c["changed_at", "due_at", "expires_at"],
        *(_LEFT.label("left_at"), _ASKED.c.run_id, _ASKED.c.step, _ASKED.c.shown),
    )
    .select_from(t.run.outerjoin(_ASKED, _ASKED.c.id == _LAST))
    .where(t.run.c.contact_id.in_(_THESE), t.run.c.state != "ended")
    .order_by(t.run.c.id)
)


# What became of the questions of these runs; the newest of each step comes last.
_BECAME = (
    select(*t.outbox.c["run_id", "step", "status", "due_at", "left_at"])
    .where(t.outbox.c.run_id.in_(_THESE), t.outbox.c.step.is_not(None))
    .order_by(t.outbox.c.id)
)


def _families() -> Select[Any]:
    """The children of these contacts with groups and teachers; after the contact in the order of a GuardianRow."""
    g, c, m, gr, gs, s = (each.c for each in (t.guardian, t.child, t.membership, t.group, t.group_staff, t.staff))
    return (
        select(g.contact_id, g.school, g.name, c.id, c.name, gr.name, s.id, s.name)
        .select_from(t.guardian)
        .join(t.child, c.id == g.child_id)
        .outerjoin(t.membership, (m.child_id == c.id) & (m.year == bindparam("year")))
        .outerjoin(t.group, gr.id == m.group_id)
        .outerjoin(t.group_staff, gs.group_id == gr.id)
        .outerjoin(t.staff, (s.id == gs.staff_id) & (s.role == "leerkracht") & s.left_at.is_(None))
        .where(g.contact_id.in_(_THESE), or_(c.left_at.is_(None), c.left_at > bindparam("now")), g.barred_at.is_(None))
        .where(g.school.in_(bindparam("schools", expanding=True)))  # one that is gone from it answers nobody
        .order_by(g.id, s.id.is_(None), gs.substitute, gs.id)
    )


_FAMILIES = _families()
_BARRED = select(*t.guardian.c["contact_id", "child_id"]).where(
    t.guardian.c.contact_id.in_(_THESE), t.guardian.c.barred_at.is_not(None)
)


class Batch:
    """The people of one transaction, loaded; addresses and families only when someone needs them."""

    def __init__(self, tx: Tx, books: Books, contact_ids: Collection[int], now: datetime) -> None:
        self.tx = tx
        self.books = books
        self.now = now
        self._days: dict[str | None, Schooldays] = {}
        self.ids = sorted(contact_ids)
        self.people = {
            contact_id: Person(
                contact_id, tx.open("contact.language", language), paused_until, (start, until) if start else None
            )
            for contact_id, language, paused_until, start, until in self._rows(_CONTACTS)
        }
        for contact_id, memory, *row in self._rows(_RUNS):
            self.people[contact_id].runs.append(self._live(tx.open("run.memory", memory), *row))
        for contact_id, open_ones in consent.open_for(tx, self.ids).items():
            self.people[contact_id].consents = open_ones

    def load_letters(self) -> None:
        """All waiting events of these contacts, in the order in which they came."""
        for contact_id, letter_id, kind, address_id, channel, received_at, payload in self._rows(_LETTERS):
            opened = json.loads(self.tx.open("inbox.payload", payload))
            letter = Letter(letter_id, kind, address_id, channel, received_at, opened)
            self.people[contact_id].letters.append(letter)

    def _rows(self, statement: Executable) -> Sequence[Any]:
        return self.tx.execute(statement, {"ids": self.ids}).all()

    def _live(self, memory: str, run_id: int, version: str, *row: Any) -> Live:
        *columns, left_at, asking, step, shown = row
        conversation, kept = json.loads(memory)
        run = events.Run.unpack(conversation)
        asked_last = (asking, step, shown) == (run_id, run.step, [offer.id for offer in run.offers])
        live = Live(run_id, self.books.library.version(version), run, kept, *columns)
        live.left_at = left_at if asked_last else None
        return live

    @cached_property
    def addresses(self) -> dict[int, dict[int, AddressRow]]:
        """The addresses of every contact in this batch, by their ids, in the order in which they are tried."""
        found: dict[int, dict[int, AddressRow]] = {contact_id: {} for contact_id in self.ids}
        for row in self._rows(_ADDRESSES):
            found[row.contact_id][row.id] = AddressRow(
                row.id, row.channel, row.linked_at, row.answered_at, row.heard_at
            )
        return found

    @cached_property
    def families(self) -> dict[int, Sequence[GuardianRow]]:
        """The children of every contact in this batch, in the school year of today."""
        asked = {"year": school_year(self.now.astimezone(HOME).date()), "schools": list(self.books.config.schools)}
        found: dict[int, dict[int, GuardianRow]] = {contact_id: {} for contact_id in self.ids}
        rows: Sequence[Any] = self.tx.execute(_FAMILIES, {"ids": self.ids, "now": self.now, **asked}).all()
        for contact_id, *row in rows:
            known = GuardianRow(*row)
            found[contact_id].setdefault(known.child_id, known)
        return {contact_id: list(children.values()) for contact_id, children in found.items()}

    @cached_property
    def barred(self) -> set[tuple[int, int]]:
        """Of these contacts, who may hear nothing about which child."""
        return {(contact_id, child_id) for contact_id, child_id in self._rows(_BARRED)}

    @cached_property
    def forgotten(self) -> set[int]:
        """Who asked to be forgotten, and in a minute is: whatever she still writes is a stranger's."""
        going = select(t.erasure.c.contact_id).where(t.erasure.c.contact_id.in_(_THESE), t.erasure.c.state != "done")
        return set(self.tx.execute(going, {"ids": self.ids}).scalars())

    @cached_property
    def revs(self) -> dict[int, int]:
        """The revisions of the follow-ups that came to this desk as notes, as they are now."""
        return followups.revs(self.tx, [each.payload["followup"] for each in self._notes("followup")])

    @cached_property
    def asked(self) -> dict[tuple[int, str], Asked]:
        """Of the runs whose time has come, what became of each question: by run and step."""
        rows = self.tx.execute(_BECAME, {"ids": [each.payload["run"] for each in self._notes("run")]})
        return {(row.run_id, row.step): Asked(row.status, row.due_at, row.left_at) for row in rows}

    def _notes(self, name: str) -> list[Letter]:
        return [each for person in self.people.values() for each in person.letters if name in each.payload]

    @cached_property
    def planners(self) -> set[int]:
        """Who has a plan of her own."""
        return plans.planners(self.tx, self.ids)

    def days(self, school: str | None) -> Schooldays:
        """The days of a school, looked up once."""
        if school not in self._days:
            self._days[school] = self.books.almanac.of(self.tx, school)
        return self._days[school]

    def forget_families(self) -> None:
        """A code has brought children to somebody: they are loaded anew."""
        self.__dict__.pop("families", None)
