"""What a transaction has seen it does not look up again, until it has changed that itself."""

from datetime import datetime

from sqlalchemy import select

from bot.errors import Taken
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.many import Many


def settings(tx: Tx) -> list[str]:
    look = select(t.setting.c.name).order_by(t.setting.c.name)
    return tx.once("settings", [t.setting], lambda: list(tx.execute(look).scalars()))


def test_what_was_seen_is_seen_anew_when_it_was_written_or_taken_back(database: Database, now: datetime) -> None:
    write = Many(t.setting.insert())
    with database.begin() as tx:
        first = settings(tx)
        tx.execute(t.chore.insert(), {"name": "x", "next_at": now})
        assert settings(tx) is first, "of another table"
        tx.execute(t.setting.insert(), {"name": "a", "value": "1"})
        assert settings(tx) == [*first, "a"]
        try:
            with tx.connection.begin_nested():
                write(tx, [{"name": "b", "value": "1"}])
                assert settings(tx) == [*first, "a", "b"]
                raise Taken("and so it is taken back")
        except Taken:
            assert settings(tx) == [*first, "a"]
    with database.begin() as tx:
        assert settings(tx) is not first
