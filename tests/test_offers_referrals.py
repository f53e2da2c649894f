"""A parent's yes to be called: one at a time for an offer, asked about once a week later, on both databases."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.offers import checking, referrals
from bot.offers.referrals import BACK, CALLED, CLOSED, OPEN, PASSED
from bot.people import contacts
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests.world import MONDAY, settings

WEEK = timedelta(days=7)


@pytest.fixture
def database(database_url: str, ring: Ring) -> Iterator[Database]:
    """Each engine in turn."""
    opened = Database(database_url, ring, readers=8)
    yield opened
    opened.close()


def people(database: Database, many: int) -> list[int]:
    with database.begin() as tx:
        return contacts.new_contacts(tx, ["nl"] * many, MONDAY)


def ask(database: Database, who: int, offer: str = "taalcafe") -> bool:
    with database.begin() as tx:
        return referrals.ask(tx, who, "brug", offer, MONDAY)


def state(database: Database, number: int) -> str:
    with database.read() as tx:
        found = referrals.get(tx, number)
    assert found
    return found.state


def move(database: Database, number: int, was: str, then: str) -> bool:
    with database.begin() as tx:
        return referrals.move(tx, number, [was], then, 7, MONDAY)


def at_once(*works: object) -> None:
    """Each in a thread of its own, beginning at the same moment."""
    gate = threading.Barrier(len(works))

    def run(work: object) -> None:
        gate.wait()
        work()  # type: ignore[operator]

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


@pytest.mark.postgres
def test_one_is_open_for_an_offer_however_often_she_says_yes(database: Database) -> None:
    [who] = people(database, 1)
    new: list[bool] = []
    at_once(*[lambda: new.append(ask(database, who))] * 6)
    assert sorted(new) == [False] * 5 + [True]
    assert ask(database, who, "zwemles"), "of another offer she may say yes too"
    with database.read() as tx:
        mine = referrals.of_contact(tx, who, "brug")
    number = mine[-1].id
    assert move(database, number, OPEN, PASSED)
    assert not ask(database, who), "it is with the partner already"
    assert move(database, number, PASSED, CALLED)
    assert ask(database, who), "what is settled can be asked for again"
    with database.begin() as tx:
        assert not referrals.reopen(tx, number, 7, MONDAY), "the new one stands"
    assert state(database, number) == CALLED


@pytest.mark.postgres
def test_each_is_asked_once_a_week_later_whoever_looks(database: Database, tmp_path: Path) -> None:
    config, whom = settings(tmp_path), people(database, 4)
    for who in whom:
        ask(database, who)
    with database.begin() as tx:
        for each in referrals.going(tx, ["brug"])[:3]:
            referrals.move(tx, each.id, [OPEN], PASSED, 7, MONDAY)
    early, due = MONDAY + WEEK - timedelta(seconds=1), MONDAY + WEEK

    def begin(now: object = due) -> int:
        with database.begin() as tx:
            return checking.begin(tx, config, now)  # type: ignore[arg-type]

    with database.read() as tx:
        assert checking.next_due(tx) == due
    assert begin(early) == 0
    counts: list[int] = []
    at_once(*[lambda: counts.append(begin())] * 4)
    assert sum(counts) == 3
    with database.read() as tx:
        notes = tx.execute(select(t.inbox.c.contact_id, t.inbox.c.kind)).all()
        assert checking.next_due(tx) is None
    assert sorted(row.contact_id for row in notes) == whom[:3]
    assert {row.kind for row in notes} == {"start"}
    # Nobody called: it is passed on once more, and asked about once more.
    with database.begin() as tx:
        first = referrals.of_contact(tx, whom[0], "brug")[0]
        assert referrals.answered(tx, first.id, whom[0], "nee", due)
        assert not referrals.answered(tx, first.id, whom[0], "ja", due), "it is open again"
        assert referrals.move(tx, first.id, [OPEN], PASSED, 7, due)
    assert begin(due + WEEK) == 1


@pytest.mark.parametrize(("passed", "then"), [(False, CLOSED), (True, BACK)])
def test_she_takes_it_back_at_any_time_and_nobody_else_can(
    sqlite_url: str, ring: Ring, passed: bool, then: str
) -> None:
    database = Database(sqlite_url, ring)
    she, other = people(database, 2)
    ask(database, she)
    with database.begin() as tx:
        number = referrals.of_contact(tx, she, "brug")[0].id
        if passed:
            referrals.move(tx, number, [OPEN], PASSED, 7, MONDAY)
        assert referrals.take_back(tx, number, other, MONDAY) == ""
        assert not referrals.answered(tx, number, other, "ja", MONDAY)
        assert referrals.take_back(tx, number, she, MONDAY) == then
        assert referrals.take_back(tx, number, she, MONDAY) == "", "once is enough"
        assert checking.next_due(tx) is None, "she is not asked about it"
        if passed:  # a colleague tells the partner; done by mistake, it stands as it was
            assert referrals.move(tx, number, [BACK], CLOSED, 7, MONDAY)
            assert referrals.reopen(tx, number, 7, MONDAY)
    assert state(database, number) == (BACK if passed else CLOSED)
    database.close()


def test_a_note_is_sealed_and_what_is_old_leaves_the_page(sqlite_url: str, ring: Ring) -> None:
    database = Database(sqlite_url, ring)
    [she] = people(database, 1)
    ask(database, she)
    later = MONDAY + timedelta(days=61)

    def settled(tx: Tx) -> list[int]:
        return [len(referrals.settled(tx, ["brug"], now)) for now in (MONDAY, later)]

    with database.begin() as tx:
        number = referrals.of_contact(tx, she, "brug")[0].id
        referrals.note(tx, number, "Belt na vieren.", 7, MONDAY)
        kept = tx.execute(select(t.referral.c.note)).scalar_one()
        assert b"vieren" not in kept
        found = referrals.get(tx, number)
        assert found
        assert found.note == "Belt na vieren."
        tx.execute(update(t.referral).values(state=CALLED))
        referrals.was_useful(tx, number, she, "veel", MONDAY)
        assert settled(tx) == [1, 0]
    database.close()
