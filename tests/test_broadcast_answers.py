"""What people answer to a question to many: places that are never passed, one reminder, and what it comes to."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.broadcast import again, answers, send
from bot.broadcast import hers as whose
from bot.broadcast.answers import FULL, NO, WAITS, YES
from bot.broadcast.audience import Audience
from bot.broadcast.content import QUESTION, WORDS, Content
from bot.broadcast.send import Plan
from bot.model import PURPOSES, Offer, Value
from bot.people import consent, contacts, staff
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests import world as there
from tests.world import MONDAY as NOW

FEAST = Content(QUESTION, "peiling", {WORDS: Value("words", "Wat eten wij?", "nl")}, ("Soep", "Couscous"))
HELP = Content(QUESTION, "helpt_mee", FEAST.fields, places=2)
WEEK = timedelta(days=7)
CONFIG = there.settings(Path("."))


@pytest.fixture
def tx(sqlite_url: str, ring: Ring, tmp_path: Path) -> Iterator[Tx]:
    """Two schools with their families; nobody has been asked anything."""
    database = Database(sqlite_url, ring, readers=1)
    with database.begin() as opened:
        there.open_schools(opened, tmp_path)
        yield opened
    database.close()


def hers(tx: Tx) -> int:
    """The group of juf Janneke, where there is a school."""
    return tx.execute(select(t.group_staff.c.group_id).where(t.group_staff.c.staff_id == 1)).scalar() or 1


def ask(tx: Tx, content: Content, people: Sequence[int], key: str = "form-1") -> int:
    """A question that has gone to these people."""
    plan = Plan(Audience("brug", groups=[hers(tx)]), content, "broadcast", 1, key, NOW, NOW + WEEK)
    number = send.make(tx, plan, NOW)
    went(tx, number, people)
    return number


def went(tx: Tx, number: int, people: Sequence[int]) -> None:
    tx.execute(update(t.broadcast).where(t.broadcast.c.id == number).values(state="going", started_at=NOW))
    tx.execute(
        t.broadcast_to.insert(), [{"broadcast_id": number, "contact_id": each, "children": []} for each in people]
    )


def crowd(tx: Tx, many: int, language: str = "nl") -> list[int]:
    return contacts.new_contacts(tx, [language] * many, NOW)


def parents(tx: Tx) -> dict[str, int]:
    """The parents of the school by their first names."""
    rows = tx.execute(select(t.guardian).where(t.guardian.c.school == "brug")).all()
    return {tx.open("guardian.name", row.name).partition(" ")[0]: row.contact_id for row in rows}


def say(tx: Tx, number: int, who: int, *ids: str, after: int = 0) -> str:
    """`after`: minutes."""
    return answers.answer(tx, number, who, ids, NOW + timedelta(minutes=after))


def test_the_last_answer_of_each_guardian_counts_and_the_teacher_sees_whose_it_is(tx: Tx) -> None:
    who = parents(tx)
    number = ask(tx, FEAST, [who["Fatima"], who["Omar"], who["Karin"]])
    assert answers.choices(tx, number) == [Offer("1", "Soep", "nl"), Offer("2", "Couscous", "nl")]
    assert {say(tx, number, who["Fatima"], "1"), say(tx, number, who["Omar"], "2")} == {"ok"}  # of one child
    assert say(tx, number, who["Fatima"], "2", after=1) == "ok"
    found = answers.results(tx, number)
    assert [(each.label, each.count, each.names) for each in found.choices] == [
        ("Soep", 0, ()),
        ("Couscous", 2, ("Fatima Haddad", "Omar Haddad")),
    ]
    assert (found.asked, found.answered, found.most) == (3, 2, 2)
    assert answers.unanswered(tx, number) == [who["Karin"]]


def test_a_question_without_answers_yet_shows_what_can_be_answered(tx: Tx) -> None:
    assert [each.id for each in answers.results(tx, ask(tx, HELP, crowd(tx, 1))).choices] == [YES, NO, FULL, WAITS]
    yesno = FEAST._replace(what="peiling_janee", choices=())
    assert [each.id for each in answers.results(tx, ask(tx, yesno, crowd(tx, 1), "form-2")).choices] == [YES, NO]
    number = FEAST._replace(what=answers.NUMBER, choices=())
    assert answers.results(tx, ask(tx, number, crowd(tx, 1), "form-3")).choices == ()
    assert answers.results(tx, 4711) == answers.Results((), 0, 0)
    assert (say(tx, 4711, 1, "1"), answers.choices(tx, 4711)) == ("over", [])


def test_numbers_are_told_from_low_to_high_and_add_up(tx: Tx) -> None:
    people = crowd(tx, 3)
    number = ask(tx, FEAST._replace(what=answers.NUMBER, choices=()), people)
    for who, given in zip(people, ("10", "2", "2"), strict=True):
        say(tx, number, who, given)
    found = answers.results(tx, number)
    assert ([(each.label, each.count) for each in found.choices], found.total) == ([("2", 2), ("10", 1)], 14)


def test_an_understanding_check_counts_who_named_all_that_is_right(tx: Tx) -> None:
    people = crowd(tx, 3)
    content = FEAST._replace(what="begrip", choices=("Schoenen", "Bal", "Handdoek"), right=(1, 3))
    number = ask(tx, content, people)
    for who, ids in zip(people, (["3", "1"], ["1"], ["1", "2", "3"]), strict=True):
        say(tx, number, who, *ids)
    found = answers.results(tx, number)
    assert (found.understood, [(each.count, each.right) for each in found.choices]) == (
        1,
        [(3, True), (1, False), (2, True)],
    )


def test_languages_are_told_apart_only_where_nobody_can_be_guessed(tx: Tx) -> None:
    people = [*crowd(tx, 5), *crowd(tx, 5, "ar")]
    number = ask(tx, FEAST, people)
    for who in people[:-1]:
        say(tx, number, who, "1")
    assert [dict(each.languages) for each in answers.results(tx, number).choices] == [{}, {}]
    say(tx, number, people[-1], "2")
    assert [dict(each.languages) for each in answers.results(tx, number).choices] == [{"nl": 5, "ar": 4}, {"ar": 1}]


# --- places
def test_a_place_that_is_given_back_goes_to_who_waits_longest_and_may_hear_it(tx: Tx) -> None:
    first, second, stopped, waits, later = crowd(tx, 5)
    for who in (waits, later):
        consent.give(tx, who, "brug", "sms", PURPOSES, "ja", None, NOW)
    number = ask(tx, HELP, [first, second, stopped, waits, later])
    assert [say(tx, number, who, YES) for who in (first, second, stopped)] == ["ok", "ok", FULL]
    assert answers.tapped(tx, number, stopped) == (FULL,)
    assert [say(tx, number, who, WAITS, after=n) for n, who in enumerate((stopped, waits, later))] == ["ok"] * 3
    assert say(tx, number, first, YES, after=4) == "ok"  # who has a place keeps it
    say(tx, number, first, NO, after=5)
    standing = [answers.tapped(tx, number, who) for who in (first, second, stopped, waits, later)]
    assert standing == [(NO,), (YES,), (WAITS,), (YES,), (WAITS,)]
    told = tx.execute(select(t.inbox.c.contact_id, t.inbox.c.kind)).all()
    assert [(row.contact_id, row.kind) for row in told] == [(waits, "start")]


def test_who_would_wait_gets_a_place_that_came_free_meanwhile(tx: Tx) -> None:
    first, second, third = crowd(tx, 3)
    number = ask(tx, HELP, [first, second, third])
    assert [say(tx, number, who, YES) for who in (first, second, third)] == ["ok", "ok", FULL]
    say(tx, number, first, NO)
    assert say(tx, number, third, WAITS) == "ok"
    assert answers.tapped(tx, number, third) == (YES,)


def test_the_places_are_never_passed_however_many_answer_at_once(database: Database) -> None:
    with database.begin() as tx:
        people = crowd(tx, 12)
        number = ask(tx, HELP._replace(places=5), people)
    together = threading.Barrier(4)

    def answered(some: Sequence[int]) -> list[str]:
        together.wait(10)
        said = []
        for given in (YES, NO, YES):  # she hesitates, so that places come free while others ask for them
            for who in some:
                with database.begin() as tx:
                    said.append(answers.answer(tx, number, who, [given], NOW))
        return said

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(answered, [people[n::4] for n in range(4)]))
    with database.read() as tx:
        yes, *_ = answers.results(tx, number).choices
    assert yes.count == 5


# --- its end, and afterwards
def test_after_its_end_nothing_is_written_down_unless_it_was_asked_again(tx: Tx) -> None:
    early, late, silent = crowd(tx, 3)
    number = ask(tx, FEAST, [early, late, silent])
    say(tx, number, early, "1")
    end = NOW + WEEK
    assert answers.answer(tx, number, late, ["1"], end) == "over"
    reminder = again.remind(tx, CONFIG, number, 1, NOW)
    assert reminder is not None
    went(tx, reminder, [late, silent])
    assert answers.answer(tx, reminder, late, ["2"], end - timedelta(seconds=1)) == "ok"
    tx.execute(update(t.broadcast).where(t.broadcast.c.id == reminder).values(until_at=end + WEEK))
    assert answers.answer(tx, number, silent, ["2"], end) == "ok"
    assert [each.count for each in answers.results(tx, reminder).choices] == [1, 2]  # those of the first
    rows = tx.execute(select(t.broadcast_to.c.answer).where(t.broadcast_to.c.broadcast_id == reminder)).scalars()
    assert [*rows] == [["2"], ["2"]]


def test_who_has_not_answered_is_asked_once_more_and_only_once(tx: Tx) -> None:
    early, late = crowd(tx, 2)
    number = ask(tx, FEAST, [early, late])
    say(tx, number, early, "1")
    first = again.remind(tx, CONFIG, number, 1, NOW)
    assert first is not None
    row = tx.execute(select(t.broadcast).where(t.broadcast.c.id == first)).one()
    assert (row.about_id, Audience("brug", *row.audience).unanswered, row.until_at) == (number, number, NOW + WEEK)
    assert Content.load(tx.open("broadcast.content", row.content)) == FEAST
    assert again.remind(tx, CONFIG, number, 1, NOW) == first
    assert again.is_reminded(tx, number)
    assert send.take_back(tx, first, NOW)
    assert not again.is_reminded(tx, number)
    assert again.remind(tx, CONFIG, number, 1, NOW) not in (None, first)
    say(tx, number, late, "1")
    assert again.remind(tx, CONFIG, number, 1, NOW) is None


def test_nobody_is_reminded_of_what_was_stopped_or_of_families_that_are_hers_no_more(tx: Tx) -> None:
    people = crowd(tx, 2)
    stopped, number = ask(tx, FEAST, people), ask(tx, FEAST, people, "form-2")
    send.stop(tx, stopped, NOW)
    assert again.remind(tx, CONFIG, stopped, 1, NOW) is None
    for year, may in (("2025-2026", False), ("2026-2027", True)):
        tx.execute(update(t.group).where(t.group.c.id == hers(tx)).values(year=year))
        assert again.may_remind(tx, CONFIG, number, 1, NOW) is may, year
    assert not again.may_remind(tx, CONFIG, number, 2, NOW), "it is not the group of meester Bas"
    office = staff.add(tx, "brug", "wil", "Wil", staff.OFFICE, [], there.YEAR)
    assert again.may_remind(tx, CONFIG, number, office, NOW)
    reminder = again.remind(tx, CONFIG, number, 1, NOW)
    assert reminder is not None
    asked = Audience("brug", unanswered=reminder)  # nobody answered that one either
    assert whose.may_tell(tx, CONFIG, 1, asked, NOW)
    tx.execute(t.group_staff.delete().where(t.group_staff.c.staff_id == 1))
    assert not whose.may_tell(tx, CONFIG, 1, asked, NOW)


def test_a_question_that_is_not_kept_any_more_is_over(tx: Tx, now: datetime) -> None:
    assert again.remind(tx, CONFIG, 4711, 1, now) is None
