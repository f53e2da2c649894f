"""What a hundred conversations need, with a handful of statements."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import select

from bot.conversation import events
from bot.conversation.flow import Flow
from bot.desk.books import Books
from bot.people import consent
from bot.people.addresses import school_year
from bot.store import tables as t
from bot.store.database import Tx


class Letter(NamedTuple):
    """One event that waits for a contact: a message of hers, or a note of the house."""

    id: int
    kind: str  # message, enrol, or the kind of a note
    address_id: int | None
    channel: str
    payload: dict[str, Any]
    received_at: datetime


class AddressRow(NamedTuple):
    id: int
    channel: str
    linked_at: datetime | None
    answered_at: datetime | None


class GuardianRow(NamedTuple):
    """One child of this contact at a school, with the group of this school year and its teacher (sealed names)."""

    school: str
    name: bytes
    child_id: int
    child: bytes
    group: str | None
    teacher_id: int | None
    teacher: bytes | None


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
    started_at: datetime
    changed_at: datetime
    due_at: datetime | None
    expires_at: datetime
    result: str | None = None
    left_at: datetime | None = None  # when the open question first left
    changed: bool = False

    @property
    def asks(self) -> bool:
        return self.state != "ended" and self.run.waiting == "answer"

    def memory(self) -> str:
        return json.dumps([self.run.dumps(), self.kept])


@dataclass(slots=True)
class Person:
    """One contact as the desk sees it."""

    id: int
    language: str
    addresses: dict[int, AddressRow] = field(default_factory=dict)
    runs: list[Live] = field(default_factory=list)
    consents: set[tuple[str, str, str]] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)


class Batch:
    """The people of one transaction, loaded; families only when someone needs them."""

    def __init__(self, tx: Tx, books: Books, contact_ids: Collection[int], now: datetime) -> None:
        self.tx = tx
        self.books = books
        self.now = now
        self.ids = sorted(contact_ids)
        rows = tx.execute(select(t.contact.c.id, t.contact.c.language).where(t.contact.c.id.in_(self.ids)))
        self.people = {row.id: Person(row.id, tx.open("contact.language", row.language)) for row in rows}
        self._addresses()
        self._runs()
        for contact_id, open_ones in consent.open_for(tx, self.ids).items():
            self.people[contact_id].consents = open_ones

    def load_letters(self) -> None:
        """All waiting events of these contacts, in the order in which they came."""
        waiting = (
            select(t.inbox)
            .where(t.inbox.c.contact_id.in_(self.ids), t.inbox.c.state == "waiting")
            .order_by(t.inbox.c.id)
        )
        for row in self.tx.execute(waiting):
            payload = json.loads(self.tx.open("inbox.payload", row.payload))
            letter = Letter(row.id, row.kind, row.address_id, row.channel, payload, row.received_at)
            self.people[row.contact_id].letters.append(letter)

    def _addresses(self) -> None:
        a = t.address.c
        columns = select(a.id, a.contact_id, a.channel, a.linked_at, a.answered_at)
        for row in self.tx.execute(columns.where(a.contact_id.in_(self.ids)).order_by(a.position, a.id)):
            self.people[row.contact_id].addresses[row.id] = AddressRow(
                row.id, row.channel, row.linked_at, row.answered_at
            )

    def _runs(self) -> None:
        asking: dict[int, Live] = {}
        live = select(t.run).where(t.run.c.contact_id.in_(self.ids), t.run.c.state != "ended").order_by(t.run.c.id)
        for row in self.tx.execute(live):
            run, kept = json.loads(self.tx.open("run.memory", row.memory))
            found = Live(
                row.id, self.books.library.version(row.version), events.Run.loads(run), kept, row.school,
                row.child_id, row.address_id,
                row.state, row.rev, row.started_at, row.changed_at, row.due_at, row.expires_at,
            )  # fmt: skip
            self.people[row.contact_id].runs.append(found)
            if found.asks:
                asking[row.id] = found
        self._left(asking)

    def _left(self, asking: dict[int, Live]) -> None:
        """When each open question first left: an answer that came before it answers something else."""
        o = t.outbox.c
        left = select(o.run_id, o.step, o.left_at).where(o.run_id.in_(sorted(asking)), o.left_at.is_not(None))
        for row in self.tx.execute(left) if asking else ():
            live = asking[row.run_id]
            if row.step == live.run.step and (live.left_at is None or row.left_at < live.left_at):
                live.left_at = row.left_at

    @cached_property
    def families(self) -> dict[int, Sequence[GuardianRow]]:
        """The children of every contact in this batch, in the school year of today."""
        g, c, m, gr, gs, s = (each.c for each in (t.guardian, t.child, t.membership, t.group, t.group_staff, t.staff))
        rows = self.tx.execute(
            select(
                g.contact_id, g.school, g.name, c.id.label("child_id"), c.name.label("child"), gr.name.label("group"),
                s.id.label("teacher_id"), s.name.label("teacher"),
            )
            .select_from(t.guardian)
            .join(t.child, c.id == g.child_id)
            .outerjoin(t.membership, (m.child_id == c.id) & (m.year == school_year(self.now.date())))
            .outerjoin(t.group, gr.id == m.group_id)
            .outerjoin(t.group_staff, gs.group_id == gr.id)
            .outerjoin(t.staff, s.id == gs.staff_id)
            .where(g.contact_id.in_(self.ids))
            .order_by(g.id, gs.substitute, gs.id)
        )  # fmt: skip
        found: dict[int, dict[int, GuardianRow]] = {contact_id: {} for contact_id in self.ids}
        for row in rows:
            known = GuardianRow(row.school, row.name, row.child_id, row.child, row.group, row.teacher_id, row.teacher)
            found[row.contact_id].setdefault(row.child_id, known)
        return {contact_id: list(children.values()) for contact_id, children in found.items()}

    def forget_families(self) -> None:
        """A code has brought children to somebody: they are loaded anew."""
        self.__dict__.pop("families", None)
