"""Many parents want one slot at the same moment: one has it, the others hear that at once and get another."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from bot.booking import bookings, proposals
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests.harness.evening import Evening

RACERS, CONNECTIONS = 64, 32
FULL = bool(os.environ.get("TORTURE"))
ATTEMPTS = 100_000 if FULL else 4 * RACERS  # of the long race, on each engine
LOOKS = 25  # rounds between two looks at everything that is given away
HOURS = [f"15:{minute:02}" for minute in range(0, 50, 5)]


@pytest.fixture
def database(database_url: str, ring: Ring) -> Iterator[Database]:
    """Each engine in turn, with as many connections as half of the racers."""
    opened = Database(database_url, ring, readers=CONNECTIONS)
    yield opened
    opened.close()


class Race:
    """Racers who stay, each with a thread and a connection of her own: at a sign all of them want the same slot."""

    def __init__(self, there: Evening, racers: Sequence[int], hours: Sequence[str]) -> None:
        self.there, self.racers = there, racers
        self.attempts = 0
        self._asked = {
            hour: {who: (there.hers(who), there.proposal(who, there.slot(hour))) for who in racers} for hour in hours
        }
        self._hour, self._won, self._broken = "", list[int](), list[str]()
        self._gate = threading.Barrier(len(racers) + 1)
        self._threads = [threading.Thread(target=self._run, args=(who,)) for who in racers]

    def __enter__(self) -> "Race":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._hour = ""
        self._gate.wait()
        for each in self._threads:
            each.join()

    def run(self, hour: str) -> list[int]:
        """Who got it."""
        self._hour = hour
        self._won.clear()
        self._gate.wait()
        self._gate.wait()
        assert self._broken == []
        return [*self._won]

    def _run(self, who: int) -> None:
        while True:
            self._gate.wait()
            if not self._hour:
                return
            try:
                if self._attempt(who):
                    self._won.append(who)
            except Exception as error:  # nothing but "no" may come out
                self._broken.append(repr(error))
            self._gate.wait()

    def _attempt(self, who: int) -> bool:
        there, (hers, proposal) = self.there, self._asked[self._hour][who]
        until = there.now + timedelta(hours=4)
        got = there.write(lambda tx: bookings.offer(tx, there.config, there.round, hers, proposal, until, there.now))
        with _COUNT:
            self.attempts += 1
        return got


_COUNT = threading.Lock()


def again(there: Evening, who: int) -> bool:
    """She is proposed something else in the same answer, and it is kept for her."""

    def work(tx: Tx) -> bool:
        hers = there_hers[who]
        found = proposals.best(tx, there.config, there.round, hers, there.now)
        until = there.now + timedelta(hours=4)
        return bool(found) and bookings.offer(tx, there.config, there.round, hers, found[0], until, there.now)

    there_hers = {who: there.hers(who)}
    return there.write(work)


def test_of_sixty_four_one_has_the_slot_and_the_others_get_another(database: Database) -> None:
    there = Evening(database, teachers=1, days=20)
    racers = [there.family() for _ in range(RACERS)]
    with Race(there, racers, ["15:00"]) as race:
        won = race.run("15:00")
    assert len(won) == 1
    assert all(again(there, who) for who in racers if who not in won)
    places = Counter((talk.staff_id, talk.starts_at) for talk in there.talks("offered"))
    assert len(places) == RACERS, "each her own"
    for who in racers:
        assert len(there.write(lambda tx, w=who: bookings.confirm(tx, there.config, there.round, w, there.now))) == 1  # type: ignore[misc]
    there.is_whole()


@pytest.mark.slow
def test_a_hundred_thousand_attempts_and_nobody_is_there_twice(database: Database) -> None:
    """Round after round on another slot; what was won goes back, lapses or, now and then, is agreed on."""
    there, dice = Evening(database, teachers=1, days=1), random.Random(7)
    racers = [there.family() for _ in range(RACERS)]
    began, agreed = time.monotonic(), list[datetime]()
    with Race(there, racers, HOURS) as race:
        for number in range(-(-ATTEMPTS // RACERS)):
            hour = dice.choice(HOURS)
            at = there.slot(hour).slot.starts_at
            won = race.run(hour)
            near = any(abs(at - each) < timedelta(minutes=10) for each in agreed)
            assert len(won) == (0 if near else 1), number
            for who in won:
                settle(there, who, at, agreed, dice.random())
            if number % LOOKS == 0:
                there.is_whole()
        assert race.attempts >= ATTEMPTS
    there.is_whole()
    assert sorted(talk.starts_at for talk in there.talks()) == sorted(agreed)
    print(f"{race.attempts} attempts, {time.monotonic() - began:.0f} seconds")


def settle(there: Evening, who: int, at: datetime, agreed: list[datetime], chance: float) -> None:
    """What becomes of a slot that somebody has."""
    if chance < 0.01 and len(agreed) < 2:
        assert there.write(lambda tx: bookings.confirm(tx, there.config, there.round, who, there.now))
        agreed.append(at)
    elif chance < 0.5:
        there.write(lambda tx: bookings.release(tx, who, there.round.id, there.now))
    else:
        assert there.write(lambda tx: bookings.lapse(tx, there.now + timedelta(hours=4))) == 1
