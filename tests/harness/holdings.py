"""A row of one parent, and of another, in every table; and a look at every column, sealed or not."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import JSON, Boolean, Integer, LargeBinary, String, Table, insert, select
from sqlalchemy.sql.type_api import TypeEngine

from bot.conversation.events import Run
from bot.model import Address, Value
from bot.outbox.fit import Piece, dump
from bot.people import contacts
from bot.privacy.holdings import HOLDINGS
from bot.store import tables as t
from bot.store.columns import Moment, metadata
from bot.store.database import Database, Tx

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
_numbers = count(1)
_POINTS = {  # numbers of rows that no foreign key says
    "child_id": "child", "staff_id": "staff", "approved_by": "staff", "called_by": "staff", "taken_staff": "staff",
    "thread_id": "thread", "run_id": "run", "broadcast_id": "broadcast", "round_id": "talk_round",
}  # fmt: skip
_NONE = ("alias_of", "merged_into", "about_id", "interpreter_id", "taken_by", "inbox_id", "left_at", "barred_at",
         "settled_at", "withdrawn_at")  # fmt: skip
_WORDS = {
    "channel": "sms", "school": "brug", "status": "delivered", "step": "wanneer", "year": "2026-2027", "kind": "mens",
    "asked": "command", "day": "2026-11-23", "time": "10:30", "due_on": "2026-11-23", "first": "2026-11-23",
    "last": "2026-11-23", "seen_on": "2026-11-23", "from_at": "15:00", "until_at": "16:00", "side": "parent",
}  # fmt: skip
SHARED = {each.name for each in metadata.sorted_tables} - {each.table.name for each in HOLDINGS} | {
    "child", "membership", "tagged", "staff", "agreement",
}  # fmt: skip


class Sown:
    """Whose rows they are: `word` stands in everything that is sealed, `number` is her phone."""

    def __init__(self, word: str, number: str) -> None:
        self.word, self.number = word, number
        self.ids: dict[str, int] = {}

    @property
    def contact_id(self) -> int:
        return self.ids["contact"]

    @property
    def signs(self) -> tuple[str, ...]:
        return self.word, self.number, self.number[-9:], f"SM{self.word}"


def sow(tx: Tx, word: str, number: str, shared: dict[str, int]) -> Sown:
    """One row of hers in every table that may hold one; what is the school's is there once, in `shared`."""
    sown = Sown(word, number)
    contact_id, address_id = contacts.resolve(tx, [Address("sms", number)], NOW)[Address("sms", number)]
    sown.ids |= {"contact": contact_id, "address": address_id}
    for table in metadata.sorted_tables:
        if table.name in ("contact", "address", "leftover", "erasure", "audit") or "id" not in table.c:
            continue
        if table.name in SHARED and table.name in shared:
            continue
        row = {column.name: _value(tx, table, column, sown, shared) for column in table.c if column.name != "id"}
        made = tx.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
        (shared if table.name in SHARED else sown.ids)[table.name] = made
    tx.execute(t.address.update().where(t.address.c.id == address_id).values(linked_at=NOW, heard_at=NOW))
    return sown


def _value(tx: Tx, table: Table, column: Any, sown: Sown, shared: Mapping[str, int]) -> Any:
    ids = {**shared, **sown.ids}
    to = next((key.column.table.name for key in column.foreign_keys), _POINTS.get(column.name))
    special = _special(table.name, column.name, sown)
    if special is not None:
        return tx.seal(f"{table.name}.{column.name}", special) if isinstance(column.type, LargeBinary) else special
    if to is not None:
        return ids.get(to)
    if column.name in _NONE or (column.name == "contact_id" and table.name == "staff"):
        return None
    if isinstance(column.type, LargeBinary):
        whose = "school" if table.name in SHARED else sown.word
        return whose.encode() if table.name == "flow_version" else tx.seal(f"{table.name}.{column.name}", whose)
    return _plain(column, column.type)


def _special(table: str, name: str, sown: Sown) -> Any:
    """What readers have to understand."""
    mark = f"{next(_numbers):032x}"
    run = Run("wanneer", answers={"naam": Value("text", sown.word)})
    parts = [[["draad.antwoord", {"tekst": ["words", sown.word, "nl"]}, ""]], "", "", None]
    return {
        "inbox.payload": json.dumps({"text": sown.word, "choice": "", "ours": "", "kind": "text", "name": sown.word}),
        "inbox.provider_id": f"SM{sown.word}", "outbox.provider_id": f"SM{sown.word}", "inbox.kind": "message",
        "inbox.state": "done", "outbox.parts": json.dumps(parts),
        "outbox.body": dump([Piece(sown.word)]), "outbox.cls": "reply", "outbox.pieces": 2,
        "run.memory": json.dumps([run, []]), "run.state": "ended",
        "followup.fields": json.dumps({"naam": ["text", sown.word, ""]}), "followup.state": "done",
        "followup.scope": f"plan:{mark}", "thread_message.language": "tr", "prepared.language": "tr",
        "candidate.language": "tr", "known.language": "tr", "address.channel": "sms", "busy.kind": "contact",
        "busy.who": sown.ids.get("contact"), "thread.state": "closed", "alarm.state": "taken",
        "appointment.state": "held", "referral.state": "closed", "voter.state": "voted", "media.state": "kept",
        "absence.day": f"2026-11-{next(_numbers) % 27 + 1:02d}", "appointment.once": None, "guest.role": "comes",
        "interpreter.languages": ["tr"], "draft.place": f"thread:{sown.ids.get('thread', 0)}", "staff.find": mark,
        "tag.name": f"tag {mark[-4:]}", "promise.state": "kept",
    }.get(f"{table}.{name}", mark if name in ("find", "form", "key", "token") else None)  # fmt: skip


def _plain(column: Any, kind: TypeEngine[Any]) -> Any:
    if isinstance(kind, Moment):
        return NOW
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, JSON):
        return []
    if isinstance(kind, String):
        return _WORDS.get(column.name, "x")[: kind.length]
    return 1 if isinstance(kind, Integer) else next(_numbers)


# --- looking
def everything(database: Database) -> Iterator[tuple[str, str]]:
    """Every value of every row, as (table.column, text): what is sealed as it is stored and opened."""
    with database.read() as tx:
        for table in metadata.sorted_tables:
            for row in tx.execute(select(table)):
                for name, value in row._mapping.items():
                    where = f"{table.name}.{name}"
                    if isinstance(value, bytes | memoryview) and table.name != "flow_version":
                        yield where, bytes(value).decode("latin-1")
                        yield where, tx.open_bytes(where, bytes(value)).decode("utf-8", "replace")
                    else:
                        yield where, str(value)


def of(database: Database, contact_id: int) -> dict[str, list[Any]]:
    """All rows of a parent, as they are stored, by table."""
    with database.read() as tx:
        return {
            each.table.name: list(map(repr, tx.execute(select(each.table).where(each.hers(contact_id))).all()))
            for each in HOLDINGS
        }
