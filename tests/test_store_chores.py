"""Work that one process does at a time, and what the house remembers; on both engines."""

import threading
from datetime import datetime, timedelta

from bot.store import chores, settings
from bot.store.database import Database, Tx

HOUR, LEASE = timedelta(hours=1), timedelta(seconds=30)


def test_it_is_taken_once_an_hour(database: Database, now: datetime) -> None:
    def take(at: datetime) -> bool:
        with database.begin() as tx:
            return chores.take(tx, "sweep:sms", HOUR, at)

    assert [take(now), take(now), take(now + HOUR / 2), take(now + HOUR), take(now + HOUR)] == [
        True, False, False, True, False,
    ]  # fmt: skip


def test_what_went_wrong_is_due_sooner(database: Database, now: datetime) -> None:
    soon = now + timedelta(minutes=5)
    with database.begin() as tx:
        assert chores.take(tx, "sweep:sms", HOUR, now)
        chores.put_off(tx, "sweep:sms", soon)
        assert not chores.take(tx, "sweep:sms", HOUR, soon - timedelta(seconds=1))
        assert chores.take(tx, "sweep:sms", HOUR, soon)


def test_of_many_at_once_one_is_told_yes(database: Database, now: datetime) -> None:
    """The first ones find no row, the next ones one that is due."""
    for at in (now, now + HOUR):
        told: list[bool] = []
        start = threading.Barrier(8)

        def race(at: datetime = at, told: list[bool] = told, start: threading.Barrier = start) -> None:
            start.wait()
            with database.begin() as tx:
                told.append(chores.take(tx, "sweep:sms", HOUR, at))

        racers = [threading.Thread(target=race) for _ in range(8)]
        for each in racers:
            each.start()
        for each in racers:
            each.join()
        assert sorted(told) == [False] * 7 + [True]


def test_a_holder_keeps_it_until_its_lease_runs_out(database: Database, now: datetime) -> None:
    def hold(tx: Tx, who: str, seconds: int) -> bool:
        return chores.hold(tx, "poll:telegram", who, LEASE, now + timedelta(seconds=seconds))

    with database.begin() as tx:
        assert hold(tx, "a", 0)
        assert not hold(tx, "b", 10)
        assert hold(tx, "a", 20)
        assert not hold(tx, "b", 40)  # it was held longer
        assert list(chores.held(tx, now + timedelta(seconds=40))) == ["poll:telegram"]
        assert hold(tx, "b", 50)  # its holder died
        assert not hold(tx, "a", 51)


def test_what_is_released_goes_to_the_next_at_once(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        assert chores.hold(tx, "poll:telegram", "a", LEASE, now)
        chores.release(tx, "poll:telegram", "b", now)  # not b's to give
        assert not chores.hold(tx, "poll:telegram", "b", LEASE, now)
        chores.release(tx, "poll:telegram", "a", now)
        assert chores.held(tx, now) == {}
        assert chores.hold(tx, "poll:telegram", "b", LEASE, now)


def test_the_house_remembers(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        assert settings.get(tx, "keys.confirmed") == ""
        settings.put(tx, "keys.confirmed", "one")
        settings.put(tx, "keys.confirmed", "two")
        assert settings.get_moment(tx, "restored_at") is None
        settings.put_moment(tx, "restored_at", now)
    with database.begin() as tx:
        assert settings.get(tx, "keys.confirmed") == "two"
        assert settings.get_moment(tx, "restored_at") == now
        settings.forget(tx, "keys.confirmed")
        assert settings.get(tx, "keys.confirmed") == ""


def test_a_clock_that_is_set_back_stops_nothing(database: Database, now: datetime) -> None:
    """A machine that woke in 2031 and was put right: what it took then is not out of reach for years."""
    wrong = now + timedelta(days=1800)
    with database.begin() as tx:
        assert chores.take(tx, "sweep:sms", HOUR, wrong)
        assert chores.hold(tx, "poll:telegram", "a", LEASE, wrong)
        assert chores.take(tx, "sweep:sms", HOUR, now)
        assert not chores.take(tx, "sweep:sms", HOUR, now)
        assert chores.hold(tx, "poll:telegram", "b", LEASE, now)
        assert not chores.hold(tx, "poll:telegram", "a", LEASE, now)
