"""What a parent is proposed now: out of what is free, with what stands, and with an interpreter where she wants one."""

from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.booking import bookings, interpreters, invited, proposals
from bot.booking.wanted import Proposal, Wish
from bot.store.database import Database
from bot.store.sealed import Ring
from bot.store.tables import invitee
from tests.harness.evening import DAY, NOW, ZONE, Evening


@pytest.fixture
def there(sqlite_url: str, ring: Ring) -> Iterator[Evening]:
    database = Database(sqlite_url, ring)
    yield Evening(database)
    database.close()


def ask(there: Evening, who: int, **given: Any) -> list[Proposal]:
    hers = given.pop("hers", None) or there.hers(who)
    return there.write(lambda tx: proposals.best(tx, there.config, there.round, hers, there.now, **given))


def hours(found: Sequence[Proposal]) -> list[list[str]]:
    """Of each proposal the moments of her children, in their order."""
    return [[f"{each[number].slot.starts_at.astimezone(ZONE):%d %H:%M}" for number in sorted(each)] for each in found]


def take(there: Evening, who: int, proposal: Proposal, *, agreed: bool = True) -> None:
    hers, until = there.hers(who), there.now + timedelta(days=1)
    assert there.write(lambda tx: bookings.offer(tx, there.config, there.round, hers, proposal, until, there.now))
    if agreed:
        assert there.write(lambda tx: bookings.confirm(tx, there.config, there.round, who, there.now))


def siblings(there: Evening) -> int:
    """A parent of two children with two teachers."""
    (who,) = there.parents()
    for teacher in (0, 1):
        there.child(who, teacher=teacher)
    return who


def test_each_family_is_proposed_what_the_others_left(there: Evening) -> None:
    """Until nothing is free; and what is proposed can be kept, in whatever order they come."""
    found = []
    for who in (siblings(there), there.family(), siblings(there), there.family(teacher=1)):
        (best,) = ask(there, who)
        take(there, who, best)
        found += hours([best])
    assert found == [["24 15:00", "24 15:15"], ["24 15:15"], ["24 15:30", "24 15:45"], ["24 15:00"]]
    there.is_whole()
    for _ in range(20):
        last = there.family()
        if not (best_now := ask(there, last)):
            break
        take(there, last, best_now[0])
    assert ask(there, last) == []
    there.is_whole()


def test_what_is_kept_for_her_she_may_have_again(there: Evening) -> None:
    who = siblings(there)
    (best,) = ask(there, who)
    take(there, who, best, agreed=False)
    assert ask(there, who) == [best], "her own offer is not in her way"
    others = ask(there, who, besides=[best], most=4)
    assert hours(others)[0] != hours([best])[0]
    assert all(len(each) == 2 for each in others)
    assert "25 15:00" in {first for first, _ in hours(others)}


def test_what_stands_stays_and_the_other_child_comes_next_to_it(there: Evening) -> None:
    who = siblings(there)
    one, two = there.hers(who)
    slot = there.slot("15:30", day=1)
    take(there, who, {one.child_id: slot})
    assert hours(ask(there, who, hers=[two])) == [["25 15:15"]]
    talk = there.talks()[0].id
    assert hours(ask(there, who, hers=[one], besides=[{one.child_id: slot}], keep=[talk])) == [["24 15:00"]]


def test_her_wish_of_now_else_the_one_of_before(there: Evening) -> None:
    who = there.family()
    (hers,) = there.hers(who)
    there.write(lambda tx: invited.change(tx, [hers.id], NOW, wish=Wish(weekdays=("wo",))))
    assert hours(ask(there, who)) == [["25 15:00"]]
    assert hours(ask(there, who, wish=Wish(after=time(15, 30)))) == [["24 15:30"]]


def test_with_an_interpreter_it_lasts_longer_and_he_is_there(there: Evening) -> None:
    one, other = there.family(), there.family()
    there.write(lambda tx: tx.execute(update(invitee).values(interpreter="ar")))
    assert ask(there, one) == [], "nobody interprets it"
    number = there.write(lambda tx: interpreters.add(tx, "brug", "Samira", ["ar"], NOW))
    day = DAY + timedelta(days=1)
    there.write(lambda tx: interpreters.hours(tx, number, day, [(time(15, 10), time(16))]))
    (best,) = ask(there, one)
    (placed,) = best.values()
    assert (hours([best]), placed.slot.minutes, placed.interpreter_id) == ([["25 15:15"]], 15, number)
    take(there, one, best)
    (next_,) = ask(there, other)
    assert hours([next_]) == [["25 15:45"]], "behind the talk and the teacher's pause"
    take(there, other, next_)
    there.is_whole()
    third = there.family(teacher=1)
    assert hours(ask(there, third)) == [["24 15:00"]], "who speaks Dutch needs none"


def test_who_has_no_teacher_is_not_proposed_a_talk(there: Evening) -> None:
    who = there.family()
    there.write(lambda tx: tx.execute(update(invitee).values(staff_id=None)))
    assert ask(there, who) == []
