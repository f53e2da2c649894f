"""Many rows by one prepared statement: as typed, as counted and as durable as SQLAlchemy's own way."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.store.database import Database
from bot.store.many import Many
from bot.store.tables import contact, followup

AT = datetime(2026, 11, 23, 15, 0, 0, 123000, tzinfo=UTC)
_INSERT = Many(followup.insert())
_UPDATE = Many(
    update(followup)
    .where(followup.c.scope == bindparam("which"))
    .values(due_at=bindparam("new_due_at"), rule=bindparam("new_rule"), rev=bindparam("new_rev"))
)


def row(contact_id: int, scope: str, due_at: datetime | None) -> dict[str, Any]:
    return {
        "contact_id": contact_id, "school": None, "kind": "plan", "scope": scope, "flow": "voorlezen", "say": "x",
        "fields": b"\x00\xff", "cls": "plan", "purpose": "tips", "zone": "Europe/Amsterdam", "rule": {"weekday": "di"},
        "state": "waiting", "count": 0, "due_at": due_at, "expires_at": AT, "rev": 0,
    }  # fmt: skip


def test_values_keep_their_types_and_rows_are_counted(database: Database) -> None:
    with database.begin() as tx:
        contact_id = tx.execute(
            contact.insert().returning(contact.c.id),
            {"language": b"nl", "created_at": AT},
        ).scalar_one()
        for part in (["a", "b"], ["c"]):  # prepared once, used again
            assert _INSERT(tx, [row(contact_id, scope, AT if scope == "a" else None) for scope in part]) == len(part)
        changed = [
            {"which": which, "new_due_at": AT, "new_rule": {"weekday": which}, "new_rev": 1}
            for which in ("b", "c", "nobody")
        ]
        assert _UPDATE(tx, changed) == 2
    with database.read() as tx:
        found = tx.execute(select(followup).order_by(followup.c.scope)).all()
    assert [each.due_at for each in found] == [AT, AT, AT]
    assert [each.rule["weekday"] for each in found] == ["di", "b", "c"]
    assert [each.rev for each in found] == [0, 1, 1]
    assert all(bytes(each.fields) == b"\x00\xff" and each.school is None for each in found)
