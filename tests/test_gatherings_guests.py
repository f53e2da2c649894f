"""Places under pressure, on both databases: never more come than fit in, and what breaks off half-way is done once."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.config import Config
from bot.gatherings import gatherings, guests, opening, told, waiting
from bot.gatherings.plan import Plan
from bot.people import contacts
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests.world import settings

RACERS, PLACES = 32, 7


@pytest.fixture
def database(database_url: str, ring: Ring) -> Iterator[Database]:
    """Each engine in turn, with a connection for each racer."""
    opened = Database(database_url, ring, readers=RACERS)
    yield opened
    opened.close()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return settings(tmp_path)


def evening(database: Database, config: Config, now: datetime, places: int | None) -> tuple[int, list[int]]:
    """An open evening, and people who may come."""
    starts_at = now + timedelta(days=3)
    plan = Plan("brug", "koffie", "Koffie", "de aula", starts_at, 60, now, starts_at - timedelta(hours=1), "een")
    with database.begin() as tx:
        number = gatherings.make(tx, config, plan._replace(places=places), None, now)
        tx.execute(t.gathering.update().values(state=gatherings.OPEN))
        return number, contacts.new_contacts(tx, ["nl"] * RACERS, now)


def states(database: Database, number: int) -> Counter[str]:
    with database.read() as tx:
        return Counter(each.state for each in guests.listed(tx, number))


def test_thirty_two_at_once_and_exactly_as_many_come_as_fit_in(
    database: Database, config: Config, now: datetime
) -> None:
    number, people = evening(database, config, now, PLACES)
    gate, got, broken = threading.Barrier(RACERS), list[str](), list[str]()

    def want(who: int) -> None:
        gate.wait()
        try:
            with database.begin() as tx:
                one = gatherings.known(tx, number, "brug")
                got.append(guests.take(tx, one, who, now))
                if got[-1] == guests.FULL:
                    guests.enlist(tx, one, who, now)
        except Exception as error:  # nothing but "no" may come out
            broken.append(repr(error))

    racers = [threading.Thread(target=want, args=(who,)) for who in people]
    for each in racers:
        each.start()
    for each in racers:
        each.join()
    assert broken == []
    assert states(database, number) == {guests.COMING: PLACES, guests.LISTED: RACERS - PLACES}


def test_what_comes_free_goes_to_the_first_for_whom_it_is_enough(
    database: Database, config: Config, now: datetime
) -> None:
    number, people = evening(database, config, now, 2)
    with database.begin() as tx:
        tx.execute(t.consent.insert(), [_yes(tx, each, now) for each in people[:4]])
        one = gatherings.known(tx, number, "brug")
        assert guests.take(tx, one, people[0], now, people=2) == guests.TAKEN
        assert guests.take(tx, one, people[1], now, people=3) == guests.FULL
        for place, many in ((1, 3), (2, 2), (3, 1)):
            guests.enlist(tx, one, people[place], now + timedelta(seconds=place), people=many)
        assert guests.take(tx, one, people[0], now, people=1) == guests.TAKEN, "one less"
        assert waiting.pass_on(tx, config, number, now) == 1
        assert guests.of(tx, number, people[3]).state == guests.OFFERED  # type: ignore[union-attr]
        assert guests.leave(tx, one, people[3], guests.NO, now), "her place is free again"
        waiting.freed(tx, config, [people[0]], now)
        assert guests.of(tx, number, people[2]).state == guests.OFFERED  # type: ignore[union-attr]
        assert guests.take(tx, one, people[1], now, people=1) == guests.FULL, "what is kept for somebody is taken"


def _yes(tx: Tx, contact_id: int, now: datetime) -> dict[str, object]:
    return {
        "contact_id": contact_id, "school": "brug", "channel": "sms", "purpose": "school",
        "words": tx.seal("consent.words", "ja"), "given_at": now,
    }  # fmt: skip


def a_slice(database: Database, number: int, now: datetime, *, killed: bool) -> None:
    with database.begin() as tx:
        opening._call_off(tx, gatherings.known(tx, number, "brug"), now)
        if killed:
            raise KeyboardInterrupt


async def test_called_off_and_broken_off_half_way_everybody_hears_it_once(
    database: Database, config: Config, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, people = evening(database, config, now, None)
    with database.begin() as tx:
        for each in people:
            guests.take(tx, gatherings.known(tx, number, "brug"), each, now)
        assert gatherings.stop(tx, number, "De spreker is ziek.", now)
    monkeypatch.setattr(opening, "FEW", 5)
    with pytest.raises(KeyboardInterrupt):
        a_slice(database, number, now, killed=True)  # within a slice: nothing of it was done
    a_slice(database, number, now, killed=False)
    for _ in range(2):
        await opening.begin_due(database, type("Books", (), {"config": config})(), now)
    with database.read() as tx:
        rows = tx.execute(select(t.inbox.c.contact_id).where(t.inbox.c.provider_id.startswith(told.scope(number))))
        assert sorted(rows.scalars()) == sorted(people)
        assert gatherings.known(tx, number, "brug").settled_at == now
    assert states(database, number) == {guests.OFF: RACERS}
