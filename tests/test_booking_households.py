"""Two households of one child: each chooses unseen by the other; together one books and the other may come along."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.booking import agreed, appointments, households
from bot.booking.appointments import Talk
from bot.errors import BotError, Taken
from bot.people import barred
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.evening import NOW, Evening
from tests.test_booking_bookings import confirm, offer


class Pair(Evening):
    """Two parents of one child, and a third who has nothing to do with it."""

    def __init__(self, database: Database, **given: str) -> None:
        super().__init__(database, **given)  # type: ignore[arg-type]
        self.one, self.two = self.parents(2)
        self.kid = self.child(self.one, self.two)
        self.stranger = self.family()

    def choose(self, who: int, how: str) -> None:
        self.write(lambda tx: households.choose(tx, self.round, who, how, self.now))

    def theirs(self, who: int) -> Talk | None:
        return self.write(lambda tx: households.theirs(tx, self.round.id, self.kid, who))

    def along(self, who: int, yes: bool = True) -> bool:
        number = self.talks()[0].id
        return self.write(lambda tx: households.come_along(tx, number, who, yes, self.now))

    def guests(self) -> list[tuple[int, str, str]]:
        g = t.guest.c
        return [tuple(row) for row in self.rows(select(g.contact_id, g.role, g.state).order_by(g.id))]

    def asks(self, who: int) -> bool:
        return self.write(lambda tx: households.asks_how(tx, self.round, who))

    def book(self, who: int, hour: str = "15:00") -> Talk:
        assert offer(self, who, hour)
        assert confirm(self, who) == [hour]
        return next(Talk._make(row) for row in self.rows(appointments.COLUMNS) if row.contact_id == who)


@pytest.fixture
def there(database: Database) -> Pair:
    return Pair(database)


def test_who_is_asked_how_and_what_she_may_choose(there: Pair) -> None:
    assert there.asks(there.one)
    assert not there.asks(there.stranger), "there is nobody else"
    there.choose(there.one, "apart")
    assert not there.asks(there.one)
    assert there.asks(there.two), "and she learns nothing of it"
    (other,) = there.write(lambda tx: households.others(tx, there.round.id, there.kid, there.one))
    assert other.contact_id == there.two
    there.write(lambda tx: barred.bar(tx, there.one, there.kid, NOW))
    assert not there.asks(there.two), "nobody else may book"
    with pytest.raises(BotError):
        there.choose(there.one, "liever niet")


def test_in_a_round_with_one_talk_for_each_child_nobody_comes_apart(database: Database) -> None:
    there = Pair(database, per="child")
    with pytest.raises(BotError):
        there.choose(there.one, "apart")


@pytest.mark.parametrize("per", ["child", "household"])
def test_who_comes_into_the_round_when_the_other_has_booked_alone_may_come_along(database: Database, per: str) -> None:
    """Where each child has one talk; else she has her own, and nothing is revealed."""
    there = Evening(database, per=per)
    one, two = there.parents(2)
    kid = there.child(one)
    assert offer(there, one, "15:00")
    assert confirm(there, one) == ["15:00"]
    there.join(two, kid)
    assert there.write(lambda tx: households.asks_how(tx, there.round, two))
    assert there.write(lambda tx: households.theirs(tx, there.round.id, kid, two)) is None, "before she has chosen"
    there.write(lambda tx: households.choose(tx, there.round, two, "samen", there.now))
    talk = there.write(lambda tx: households.theirs(tx, there.round.id, kid, two))
    assert (talk is not None) == (per == "child")
    assert there.states(two) == ["booked" if talk else "asked"]
    if talk:
        assert there.write(lambda tx: households.come_along(tx, talk.id, two, True, there.now))
    there.is_whole()


def test_apart_each_has_her_own_and_knows_nothing_of_the_other(there: Pair) -> None:
    there.choose(there.one, "apart")
    there.choose(there.two, "samen")
    first = there.book(there.one)
    assert there.theirs(there.two) is None
    assert there.notes(there.two) == []
    there.book(there.two, "15:30")
    assert there.theirs(there.one) is None
    assert not there.write(lambda tx: households.come_along(tx, first.id, there.two, True, there.now))
    assert there.guests() == []
    there.is_whole()


def test_together_who_books_first_has_it_and_the_other_comes_along(there: Pair) -> None:
    for who in (there.one, there.two):
        there.choose(who, "samen")
    assert offer(there, there.two, "15:45"), "each is proposed something, whatever the other has"
    talk = there.book(there.one)
    assert there.states(there.two) == ["booked"]
    assert confirm(there, there.two) == [], "there is one talk about a child"
    assert there.theirs(there.two) == talk
    assert there.theirs(there.one) is None
    assert there.theirs(there.stranger) is None
    assert there.notes(there.two) == [f"appointment:{talk.id}:samen:{there.two}:0:{int(talk.starts_at.timestamp())}"]
    assert there.along(there.two)
    assert there.along(there.two), "saying so twice changes nothing"
    assert not there.along(there.stranger)
    assert not there.along(there.one), "it is hers"
    assert there.reminders(there.two) == ["dag", "straks"]
    assert there.write(lambda tx: households.readers(tx, talk.id)) == [there.one, there.two]
    there.is_whole()
    assert there.along(there.two, yes=False)
    assert there.reminders(there.two) == []
    assert there.write(lambda tx: households.readers(tx, talk.id)) == [there.one]
    there.is_whole()


def test_who_chooses_together_later_finds_the_talk_and_who_lets_the_other_go_reads_of_it(there: Pair) -> None:
    there.choose(there.one, "samen")
    there.choose(there.two, "ander")
    assert there.states(there.two) == ["summary"]
    talk = there.book(there.one)
    assert there.theirs(there.two) is None
    assert there.notes(there.two) == []
    assert there.guests() == [(there.two, "summary", "yes")]
    assert there.write(lambda tx: households.readers(tx, talk.id)) == [there.one, there.two]
    there.choose(there.two, "samen")
    assert there.theirs(there.two) == talk
    assert there.guests() == [(there.two, "comes", "asked")]
    there.choose(there.two, "ander")
    assert there.guests() == [(there.two, "summary", "yes")]


def test_a_guest_goes_with_the_talk_as_far_as_she_is_free(there: Pair) -> None:
    for who in (there.one, there.two):
        there.choose(who, "samen")
    talk = there.book(there.one)
    there.along(there.two)
    own = there.child(there.two, teacher=1)
    elsewhere = Talk(there.two, "brug", there.slot("15:45").slot.starts_at, 10, own, there.teachers[1])
    there.write(lambda tx: appointments.plan(tx, there.config, elsewhere, there.now))

    def move(hour: str) -> None:
        at = there.slot(hour).slot.starts_at
        there.write(lambda tx: appointments.move(tx, there.config, talk.id, at, there.now))

    move("15:30")
    assert there.guests() == [(there.two, "comes", "yes")]
    assert len(there.reminders(there.two)) == 4
    there.is_whole()
    move("15:45")
    assert there.guests() == [(there.two, "comes", "asked")], "she has another talk then"
    assert len(there.reminders(there.two)) == 2
    there.is_whole()
    assert not there.along(there.two)
    move("15:10")
    assert there.along(there.two)
    there.write(lambda tx: appointments.cancel(tx, talk.id, there.now))
    assert there.reminders(there.one) == []
    assert len(there.reminders(there.two)) == 2
    assert there.states(there.one) + there.states(there.two)[:1] == ["asked", "asked"]
    assert any(":af:" in key for key in there.notes(there.two))
    there.is_whole()


def test_a_bar_takes_a_guest_away_and_gives_the_talk_of_who_is_barred_to_the_other(there: Pair) -> None:
    for who in (there.one, there.two):
        there.choose(who, "samen")
    talk = there.book(there.one)
    there.along(there.two)
    there.write(lambda tx: barred.bar(tx, there.two, there.kid, there.now))
    assert there.guests() == [(there.two, "off_comes", "yes")]
    assert there.reminders(there.two) == []
    assert there.states(there.two) == ["shut"]
    assert there.write(lambda tx: households.readers(tx, talk.id)) == [there.one]
    assert not there.along(there.two)
    there.is_whole()
    there.write(lambda tx: barred.lift(tx, there.two, there.kid, there.now))
    assert there.guests() == [(there.two, "comes", "yes")], "a mistake takes nothing with it"
    assert there.states(there.two) == ["booked"]
    assert there.reminders(there.two) == ["dag", "straks"]
    there.is_whole()
    there.write(lambda tx: barred.bar(tx, there.one, there.kid, there.now))
    (row,) = there.talks()
    assert (row.id, row.contact_id) == (talk.id, there.two)
    assert there.reminders(there.one) == []
    assert there.reminders(there.two) == ["dag", "straks"]
    there.is_whole()


@pytest.mark.parametrize("how", ["samen", "ander"])
def test_who_reads_of_it_does_so_again_and_who_has_something_else_then_is_asked_again(there: Pair, how: str) -> None:
    there.choose(there.one, "samen")
    there.choose(there.two, how)
    talk = there.book(there.one)
    if how == "samen":
        there.along(there.two)
    there.write(lambda tx: barred.bar(tx, there.two, there.kid, there.now))
    assert there.write(lambda tx: households.readers(tx, talk.id)) == [there.one]
    own = there.child(there.two, teacher=1)
    elsewhere = Talk(there.two, "brug", talk.starts_at, 10, own, there.teachers[1])
    there.write(lambda tx: appointments.plan(tx, there.config, elsewhere, there.now))
    there.write(lambda tx: barred.lift(tx, there.two, there.kid, there.now))
    expected = ("comes", "asked") if how == "samen" else ("summary", "yes")
    assert there.guests() == [(there.two, *expected)]
    assert there.states(there.two)[0] == ("booked" if how == "samen" else "summary")
    assert there.write(lambda tx: households.readers(tx, talk.id)) == [there.one, *[there.two] * (how == "ander")]
    there.is_whole()


def test_what_ends_apart_leaves_the_other_parent_the_talk_that_she_has(there: Pair) -> None:
    there.choose(there.one, "apart")
    there.choose(there.two, "samen")
    first = there.book(there.one)
    there.book(there.two, "15:45")
    there.write(lambda tx: appointments.cancel(tx, first.id, there.now))
    assert (there.states(there.one), there.states(there.two)) == (["asked"], ["booked"])
    there.book(there.one, "15:15")
    there.write(lambda tx: barred.bar(tx, there.one, there.kid, there.now))
    assert (there.states(there.one), there.states(there.two)) == (["shut"], ["booked"])


def test_a_bar_that_was_a_mistake_gives_a_talk_back_where_its_hour_is_free(there: Pair) -> None:
    there.choose(there.one, "apart")
    talk = there.book(there.one)
    there.write(lambda tx: barred.bar(tx, there.one, there.kid, there.now))
    there.is_whole()
    assert [row.id for row in there.talks("cancelled")] == [talk.id]
    there.write(lambda tx: barred.lift(tx, there.one, there.kid, there.now))
    assert there.states(there.one) == ["booked"]
    there.is_whole()
    there.write(lambda tx: barred.bar(tx, there.one, there.kid, there.now))
    assert offer(there, there.stranger, "15:05")
    there.write(lambda tx: barred.lift(tx, there.one, there.kid, there.now))
    assert there.talks() == []
    there.is_whole()
    with pytest.raises(Taken):
        there.write(lambda tx: appointments.cancel(tx, talk.id, there.now))


def test_what_home_does_is_not_read_by_the_other_where_she_came_apart(there: Pair) -> None:
    there.choose(there.one, "apart")
    there.choose(there.two, "ander")
    talk = there.book(there.one)
    assert there.write(lambda tx: households.readers(tx, talk.id)) == [there.one, there.two], "she asked to read it"
    there.now = talk.starts_at + timedelta(minutes=20)
    lines = "Wij lezen elke dag.", "Thuis bij mij om zeven uur."

    def write(tell: list[int] | None = None) -> dict[int, str]:
        def work(tx: Tx) -> dict[int, str]:
            agreed.write(tx, there.config, talk.id, *lines, None, there.teachers[0], there.now, tell=tell)
            its = agreed.of(tx, talk.id)
            return {each.contact_id: each.state for each in its.to} if its else {}

        return there.write(work)

    [reader] = there.write(lambda tx: agreed.readers(tx, talk.id, there.now))
    assert reader == (there.two, False, True, False)
    assert write() == {there.one: "asked"}, "of itself nothing goes from one home to the other"
    assert not [each for each in there.notes(there.two) if each.startswith("agreed:")]
    assert write([there.two, there.stranger]) == {there.one: "asked", there.two: "told"}, "the teacher asked her first"
    (first,) = [each for each in there.notes(there.two) if each.startswith("agreed:")]
    assert len([each for each in there.notes(there.one) if each.startswith("agreed:")]) == 1, "she is not asked again"
    assert there.notes(there.stranger) == []
    assert write([]) == {there.one: "asked"}, "and finds it no more"
    assert first.split(":")[2] == str(there.two)
