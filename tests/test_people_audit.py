"""Who did what: it stays two years, and nobody gets the number of somebody whom it names."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from bot.people import audit, staff
from bot.privacy import ties
from bot.store import tables as t
from bot.store.database import Database

LONG_AGO = datetime(2020, 9, 1, tzinfo=UTC)


def test_after_two_years_it_goes_and_not_before(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        for at in (LONG_AGO, LONG_AGO + timedelta(days=1), now - timedelta(days=700), now):
            audit.note(tx, "brug", 1, "antwoord", at)
    with database.begin() as tx:
        assert [audit.forget(tx, now), audit.forget(tx, now)] == [2, 0]
    with database.read() as tx:
        assert [deed.at for deed in audit.latest(tx, "brug", 9)] == [now, now - timedelta(days=700)]


def test_what_the_database_holds_is_left_to_it(database: Database, now: datetime) -> None:
    """A clock that runs ahead takes nothing away, and stops nothing either."""
    with database.begin() as tx:
        audit.note(tx, "brug", 1, "antwoord", datetime.now(UTC))
    with database.begin() as tx:
        assert audit.forget(tx, now + timedelta(days=9000)) == 0
    with pytest.raises(DBAPIError), database.begin() as tx:
        tx.execute(update(t.audit).values(what="iets_anders"))


def test_the_newest_number_stays_while_the_audit_names_it(database: Database, now: datetime) -> None:
    """SQLite gives the highest number again as soon as it is free: somebody new would have done it all."""
    with database.begin() as tx:
        first, second = (staff.add(tx, "brug", key, key, "leerkracht", [], "2026-2027") for key in ("an", "bo"))
        for each in (first, second):
            audit.note(tx, "brug", each, "antwoord", now)
        tx.execute(update(t.staff).values(left_at=now))
        gone = select(t.staff.c.id).where(ties.colleague_left(now))
        assert list(tx.execute(gone).scalars()) == [first]
        later = {"school": "brug", "role": "ib", "find": "x", "key": b"x", "name": b"x"}
        tx.execute(insert(t.staff).values(later))
        assert list(tx.execute(gone.order_by(t.staff.c.id)).scalars()) == [first, second]
