"""Talks are kept for a parent, agreed on once, and go back in time; nobody is at two of them."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from bot.booking import appointments, bookings, households, ill, interpreters, waiting
from bot.errors import Taken
from bot.store.database import Database, Tx
from tests.harness.evening import DAY, NOW, ZONE, Evening


def offer(there: Evening, who: int, *hours: str, teacher: int = 0, day: int = 0) -> bool:
    """Keep slots at these hours for her, with one teacher after the other from `teacher` on."""
    places = [there.slot(hour, teacher=teacher + n, day=day) for n, hour in enumerate(hours)]
    proposal, hers = there.proposal(who, *places), there.hers(who)
    until = bookings.hold_until(there.config, "brug", there.now)
    return there.write(lambda tx: bookings.offer(tx, there.config, there.round, hers, proposal, until, there.now))


def confirm(there: Evening, who: int) -> list[str]:
    """The hours of what is agreed."""
    talks = there.write(lambda tx: bookings.confirm(tx, there.config, there.round, who, there.now))
    return [f"{talk.starts_at.astimezone(ZONE):%H:%M}" for talk in talks]


def lapse(there: Evening) -> int:
    return there.write(lambda tx: bookings.lapse(tx, there.now))


@pytest.fixture
def there(database: Database) -> Evening:
    return Evening(database)


def test_two_children_are_kept_agreed_on_and_reminded_of_together(there: Evening) -> None:
    (who,) = there.parents()
    for teacher in (0, 1):
        there.child(who, teacher=teacher)
    other = there.family()
    assert offer(there, who, "15:00", "15:15")
    kept = there.write(lambda tx: bookings.offered(tx, there.round.id, who))
    assert [(talk.place, talk.round_id, talk.state) for talk in kept] == [("lokaal 4", there.round.id, "offered")] * 2
    assert {talk.hold_until for talk in kept} == {NOW + timedelta(days=1)}
    assert not offer(there, other, "15:00"), "it is kept for her"
    assert there.states(other) == ["asked"]
    assert confirm(there, who) == ["15:00", "15:15"]
    assert confirm(there, who) == [], "each once"
    assert there.states(who) == ["booked", "booked"]
    assert there.reminders(who) == ["dag", "dag", "straks", "straks"]
    assert not offer(there, other, "15:00")
    assert offer(there, other, "15:30")
    there.is_whole()


def test_all_of_a_proposal_or_nothing_of_it(there: Evening) -> None:
    (who,) = there.parents()
    for teacher in (0, 1):
        there.child(who, teacher=teacher)
    other = there.family(teacher=1)
    assert offer(there, other, "15:15", teacher=1)
    assert offer(there, who, "15:45", "15:30")
    assert not offer(there, who, "15:00", "15:15"), "the second is somebody else's"
    assert confirm(there, who) == ["15:30", "15:45"], "what was kept for her still is"
    assert not offer(there, who, "15:00", "15:00"), "she cannot be in two rooms at once"
    there.is_whole()


def test_another_one_takes_the_place_of_the_first(there: Evening) -> None:
    who, other = there.family(), there.family()
    assert offer(there, who, "15:00")
    assert offer(there, who, "15:15")
    assert offer(there, other, "15:00"), "the first is free again"
    there.write(lambda tx: bookings.release(tx, who, there.round.id, there.now))
    assert there.states(who) == ["asked"]
    assert confirm(there, who) == [], "she did not want it"
    there.is_whole()


def test_a_hold_is_hers_until_its_moment_and_afterwards_as_long_as_nobody_takes_it(there: Evening) -> None:
    who, other, late = there.family(), there.family(), there.family()
    assert offer(there, who, "15:00")
    there.later(days=1, milliseconds=-1)
    assert lapse(there) == 0
    assert not offer(there, other, "15:00")
    there.later(milliseconds=1)
    assert offer(there, other, "15:00"), "at its moment, also before anybody has tidied up"
    assert confirm(there, who) == []
    assert there.states(who) == ["asked"]
    there.later(days=1)
    assert lapse(there) == 1
    assert lapse(there) == 0
    there.is_whole()
    assert confirm(there, other) == ["15:00"], "she is late, and it is still free"
    assert offer(there, late, "15:15")
    there.later(days=5)
    assert confirm(there, late) == [], "the round is closed"
    there.is_whole()


def test_a_hold_that_is_over_books_nothing_in_hours_that_were_withdrawn(there: Evening) -> None:
    who = there.family()
    assert offer(there, who, "15:00")
    there.later(days=2)
    assert lapse(there) == 1
    there.write(lambda tx: ill.absent(tx, there.config, there.teachers[0], DAY, there.now))
    assert confirm(there, who) == []
    assert (there.talks(), there.states(who)) == ([], ["asked"])
    there.is_whole()


@pytest.mark.parametrize(
    ("at", "hours", "until"),
    [
        ("2026-11-16 16:00", bookings.HOLD, "2026-11-17 16:00"),
        ("2026-11-16 22:30", bookings.HOLD, "2026-11-17 21:00"),
        ("2026-11-16 16:02", waiting.LIST_HOLD, "2026-11-16 20:05"),  # a time that can be said
        ("2026-11-16 19:00", waiting.LIST_HOLD, "2026-11-17 09:00"),
        ("2026-11-21 19:00", waiting.LIST_HOLD, "2026-11-22 14:00"),  # on Sunday she may sleep
        ("2026-10-24 20:00", waiting.LIST_HOLD, "2026-10-25 15:00"),  # the clock goes back in between
    ],
)
def test_a_hold_lasts_as_long_as_she_may_be_woken(there: Evening, at: str, hours: float, until: str) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=ZONE).astimezone(UTC)
    found = bookings.hold_until(there.config, "brug", now, hours)
    assert f"{found.astimezone(ZONE):%Y-%m-%d %H:%M}" == until


def test_an_interpreter_is_at_one_talk_at_a_time(there: Evening) -> None:
    who, other = there.family(), there.family(teacher=1)

    def take(contact: int, teacher: int) -> bool:
        proposal = there.proposal(contact, there.slot("15:00", teacher=teacher, interpreter=7))
        hers, until = there.hers(contact), NOW + timedelta(hours=1)
        return there.write(lambda tx: bookings.offer(tx, there.config, there.round, hers, proposal, until, NOW))

    assert take(who, 0)
    assert not take(other, 1)
    there.is_whole()


def test_what_was_kept_with_an_interpreter_who_left_is_not_booked(there: Evening) -> None:
    who = there.family()
    interpreter = there.write(lambda tx: interpreters.add(tx, "brug", "Tolk", ["ar"], NOW))
    proposal, hers = there.proposal(who, there.slot("15:00", interpreter=interpreter)), there.hers(who)
    until = NOW + timedelta(hours=14)
    assert there.write(lambda tx: bookings.offer(tx, there.config, there.round, hers, proposal, until, NOW))
    assert there.write(lambda tx: interpreters.leave(tx, interpreter, NOW)) == []
    assert confirm(there, who) == []
    assert there.states(who) == ["asked"]
    there.is_whole()


def test_a_talk_of_the_round_moves_counts_on_and_gives_its_time_back(there: Evening) -> None:
    who, other = there.family(), there.family()
    assert offer(there, who, "15:00")
    confirm(there, who)
    (talk,) = there.talks()
    assert offer(there, other, "15:30")
    to = there.slot("15:30")

    def move(tx: Tx) -> None:
        appointments.move(tx, there.config, talk.id, to.slot.starts_at, there.now, to=to)

    with pytest.raises(Taken, match="at that time already"):
        there.write(move)
    there.is_whole()
    to = there.slot("15:20", teacher=1, day=1)
    there.write(move)
    (moved,) = there.talks()
    assert (moved.staff_id, moved.moved, moved.id) == (there.teachers[1], 1, talk.id)
    assert offer(there, other, "15:00")
    there.write(lambda tx: appointments.cancel(tx, talk.id, there.now))
    assert there.states(who) == ["asked"]
    assert there.reminders(who) == []
    there.is_whole()


def test_who_is_missed_twice_is_named_to_the_coach(there: Evening) -> None:
    (who,) = there.parents()
    for _ in range(2):
        there.child(who)
    assert offer(there, who, "15:00", "15:15")
    confirm(there, who)
    there.later(days=9)
    for talk in there.talks():
        since = NOW - timedelta(days=60)
        assert there.write(lambda tx, s=since: appointments.missed_twice(tx, ["brug"], s)) == []  # type: ignore[misc]
        there.write(lambda tx, talk=talk: appointments.missed(tx, there.config, talk.id, there.now))  # type: ignore[misc]
    (found,) = there.write(lambda tx: appointments.missed_twice(tx, ["brug"], NOW))
    assert (found.contact_id, found.times) == (who, 2)
    assert there.reminders(who) == [str(talk.id) for talk in there.talks("missed")]
    there.is_whole()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_time_is_given_away_once_and_for_talks_that_stand(database: Database, seed: int) -> None:
    """A walk of many steps, each by whoever; what stands is checked after each."""
    dice = random.Random(seed)
    there = Evening(database, teachers=2, days=2)
    people = [there.family(teacher=n % 2) for n in range(4)]
    pair = there.parents(2)
    for _ in range(2):
        there.child(*pair, teacher=dice.randrange(2))
    for who in pair:
        there.write(lambda tx, who=who: households.choose(tx, there.round, who, "samen", there.now))  # type: ignore[misc]
    people += pair
    for _ in range(60):
        _step(there, dice, people)
        there.is_whole()
        assert set(there.states(people[0])) <= {"asked", "offered", "booked", "list"}


def _step(there: Evening, dice: random.Random, people: list[int]) -> None:
    who, hours = dice.choice(people), [f"15:{minute:02}" for minute in range(0, 50, 5)]
    planned = there.talks()
    talk = dice.choice(planned) if planned else None
    match dice.choice(["offer", "offer", "confirm", "release", "later", "lapse", "move", "cancel", "along"]):
        case "offer":
            offer(there, who, *dice.sample(hours, 2), teacher=0, day=dice.randrange(2))
        case "confirm":
            confirm(there, who)
        case "release":
            there.write(lambda tx: bookings.release(tx, who, there.round.id, there.now))
        case "later":
            there.later(hours=dice.choice([1, 9]))
        case "lapse":
            lapse(there)
        case "move" if talk:
            to = there.slot(dice.choice(hours), teacher=dice.randrange(2), day=dice.randrange(2))
            with suppress(Taken):
                there.write(
                    lambda tx: appointments.move(tx, there.config, talk.id, to.slot.starts_at, there.now, to=to)
                )
        case "cancel" if talk:
            there.write(lambda tx: appointments.cancel(tx, talk.id, there.now))
        case "along" if talk:
            yes = dice.random() < 0.7
            there.write(lambda tx: households.come_along(tx, talk.id, dice.choice(people), yes, there.now))
