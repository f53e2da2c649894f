"""The bare batch ceiling: equal rows inserted, selected and updated with SQLAlchemy Core, without a thought."""

from itertools import count
from time import perf_counter
from typing import Any

from sqlalchemy import BindParameter, bindparam, select, update

from bot.bench.parents import CHANNELS, TOGETHER
from bot.bench.talk import BEGIN
from bot.model import Address
from bot.people import contacts
from bot.store.database import Database, Tx
from bot.store.tables import inbox, outbox, run

BATCH = 100
_PAYLOAD, _MEMORY, _PARTS = b"p" * 110, b"m" * 190, b"o" * 190  # as long as the sealed ones
_IDS: BindParameter[list[int]] = bindparam("ids", expanding=True)
_LETTERS = select(inbox).where(inbox.c.contact_id.in_(_IDS), inbox.c.state == "waiting").order_by(inbox.c.id)
_RUNS = select(run).where(run.c.contact_id.in_(_IDS), run.c.state != "ended")
_STEP = update(run).where(run.c.id == bindparam("it")).values(memory=bindparam("new_memory"), rev=run.c.rev + 1)
_DONE = update(inbox).where(inbox.c.id.in_(_IDS)).values(state="done", handled_at=BEGIN)


class Ceiling:
    """As many contacts as there are parents, each with a run that goes nowhere."""

    def __init__(self, database: Database, many: int) -> None:
        self.database = database
        self._numbers = count(1)
        with database.begin() as tx:
            addresses = [Address(CHANNELS[n % len(CHANNELS)], f"+31612{n:06}") for n in range(many)]
            self.contacts = [contact_id for contact_id, _ in contacts.resolve(tx, addresses, BEGIN).values()]
            tx.execute(run.insert(), [_run(contact_id) for contact_id in self.contacts])

    def conversation(self) -> tuple[int, float]:
        """One letter of everybody; says how many turns that were, and in how many seconds."""
        began = perf_counter()
        for some in _slices(self.contacts, TOGETHER):
            with self.database.begin() as tx:
                tx.execute(inbox.insert(), [_letter(next(self._numbers), contact_id) for contact_id in some])
        for some in _slices(self.contacts, BATCH):
            with self.database.begin() as tx:
                _turn(tx, some)
        return len(self.contacts), perf_counter() - began


def _turn(tx: Tx, contact_ids: list[int]) -> None:
    letters = tx.execute(_LETTERS, {"ids": contact_ids}).all()
    runs = tx.execute(_RUNS, {"ids": contact_ids}).all()
    tx.execute(_STEP, [{"it": row.id, "new_memory": _MEMORY} for row in runs])
    tx.execute(outbox.insert(), [_reply(row.contact_id, row.id) for row in runs])
    tx.execute(_DONE, {"ids": [row.id for row in letters]})


def _slices(ids: list[int], size: int) -> list[list[int]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _letter(number: int, contact_id: int) -> dict[str, Any]:
    return {
        "channel": "sms", "provider_id": f"in-{number}", "contact_id": contact_id, "kind": "message",
        "payload": _PAYLOAD, "received_at": BEGIN, "state": "waiting",
    }  # fmt: skip


def _run(contact_id: int) -> dict[str, Any]:
    return {
        "contact_id": contact_id, "school": "brug", "flow": "voorlezen", "version": "0", "rank": "question",
        "state": "active", "step": "dag", "memory": _MEMORY, "rev": 0, "started_at": BEGIN, "changed_at": BEGIN,
        "due_at": BEGIN, "expires_at": BEGIN,
    }  # fmt: skip


def _reply(contact_id: int, run_id: int) -> dict[str, Any]:
    return {
        "contact_id": contact_id, "school": "brug", "cls": "reply", "purpose": "tips", "parts": _PARTS,
        "run_id": run_id, "step": "dag", "status": "queued", "rank": 1,
        "queued_at": BEGIN, "due_at": BEGIN, "expires_at": BEGIN,
    }  # fmt: skip
