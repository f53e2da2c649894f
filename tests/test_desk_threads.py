"""Talks as a page shows them: one with all its words and what became of each answer, lists page by page, hand-overs."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.desk import handoff, threads
from bot.errors import BotError
from bot.model import PURPOSES, Receipt, Status
from bot.outbox import receipts
from bot.people import staff
from bot.people.staff import StaffRow
from bot.privacy import ties
from bot.store import tables as t
from bot.store.database import Database
from tests.harness.office import employ
from tests.world import COLLEAGUE, FATIMA, JAN, KARIN, MONDAY, NEXT_COLLEAGUE, World, enrol, opened

HERE = t.thread.c.school == "brug"


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        for name, phone in (("Karin", KARIN), ("Fatima", FATIMA), ("Jan", JAN)):
            world.write(partial(enrol, guardian=name, who=phone, school="brug", purposes=PURPOSES, now=MONDAY))
        employ(world)
        yield world


def who(world: World, key: str, school: str = "brug") -> StaffRow:
    with world.bot.database.read() as tx:
        return staff.by_key(tx, school, key)


def one(world: World, thread_id: int = 1) -> threads.Thread:
    with world.bot.database.read() as tx:
        return threads.one(tx, thread_id, world.clock())


def lines(world: World, state: str = threads.WAITING, most: int = 10, after: int | None = None) -> list[threads.Line]:
    with world.bot.database.read() as tx:
        return threads.listed(tx, HERE, state, world.clock(), most, after)


def answer(world: World, text: str = "Dat mag.", thread_id: int = 1, name: str = "", key: str = "janneke") -> int:
    writer = who(world, key).id
    return world.write(
        lambda tx: threads.answer(tx, thread_id, name, text, world.clock(), staff_id=writer)
    )  # fmt: skip


async def ask(world: World, words: str = "Mag Lotte eerder weg?") -> None:
    await world.say(KARIN, "mens")
    await world.say(KARIN, words)


# --- one talk
async def test_a_talk_with_all_that_a_page_shows(there: World) -> None:
    await ask(there)
    row = who(there, "fenna")
    there.write(lambda tx: threads.give(tx, 1, row, who(there, "janneke"), "Kun jij bellen?", there.clock()))
    there.write(lambda tx: threads.set_tense(tx, 1, True, there.clock()))
    number = answer(there, name="Fenna", key="fenna")
    await there.settled(KARIN)
    shown = one(there)
    assert (shown.child, shown.guardian, shown.kind, shown.state) == (
        "Lotte Visser",
        "Karin Visser",
        "mens",
        "answered",
    )
    assert (shown.contact_id, shown.staff, shown.tense, shown.call) == (there.contact(KARIN), "Fenna", True, None)
    said = [(each.side, each.text, each.language, each.staff, each.delivery) for each in shown.messages]
    assert said == [
        ("parent", "Mag Lotte eerder weg?", "nl", "", ""),
        ("given", "Kun jij bellen?", "nl", "Fenna", ""),
        ("school", "Dat mag.", "nl", "Fenna", "sent"),
    ]
    assert shown.messages[2].id == number
    with pytest.raises(BotError, match="no thread 99"):
        one(there, 99)


async def test_what_became_of_each_answer(there: World) -> None:
    await ask(there)
    answer(there)
    await there.settled(KARIN)
    first = there.last(KARIN).message.id
    there.write(lambda tx: receipts.apply(tx, [Receipt(Status.DELIVERED, first)], there.clock()))
    answer(there, "En neem een jas mee.")
    assert [each.delivery for each in one(there).messages if each.side == "school"] == ["delivered", "queued"]
    await there.settled(KARIN)
    [*_, last] = there.rows(select(t.outbox.c.id).order_by(t.outbox.c.id))
    lost = update(t.outbox).where(t.outbox.c.id == last.id).values(status="failed", reason="dead")
    there.write(lambda tx: tx.execute(lost))
    shown = one(there)
    assert [(each.delivery, each.reason) for each in shown.messages if each.side == "school"] == [
        ("delivered", ""), ("failed", "dead"),
    ]  # fmt: skip
    assert shown.undelivered == "dead"
    assert [(each.id, each.undelivered) for each in lines(there)] == [(1, "dead")], "somebody has to call her"
    there.write(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.id == last.id).values(reason="dropped")))
    assert lines(there) == []


async def test_a_line_about_a_hand_over_that_is_lost_is_no_lost_answer(there: World) -> None:
    await ask(there)
    answer(there)
    await there.settled(KARIN)
    await there.say(KARIN, "En dinsdag?")
    row = who(there, "fenna")
    there.write(lambda tx: threads.give(tx, 1, row, None, "", there.clock()))
    await there.settled(KARIN)
    there.write(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.status == "queued").values(status="failed")))
    assert one(there).undelivered == ""


async def test_whoever_answers_is_named_where_nobody_says_how(there: World) -> None:
    await ask(there)
    answer(there, key="ida")
    await there.settled(KARIN)
    assert "Bericht van Ida:" in there.last(KARIN).message.text


# --- lists
async def test_what_waits_comes_by_need_and_page_by_page(there: World) -> None:
    await ask(there)
    await there.later(days=3)
    await there.say(JAN, "mens")
    await there.say(JAN, "1")
    await there.say(JAN, "Tim is ziek")
    await there.say(FATIMA, "زوجي يضربني")
    assert [(each.kind, each.guardian) for each in lines(there)] == [
        ("gevaar", "Fatima Haddad"), ("mens", "Karin Visser"), ("mens", "Jan Bakker"),
    ], "danger, then what is overdue, then what waits longest"  # fmt: skip
    first = lines(there, most=1)
    second = lines(there, most=1, after=first[0].id)
    third = lines(there, most=1, after=second[0].id)
    assert [each[0].kind for each in (first, second, third)] == ["gevaar", "mens", "mens"]
    assert [each[0].last.text for each in (second, third) if each[0].last] == ["Mag Lotte eerder weg?", "Tim is ziek"]
    assert second[0].overdue_at is not None
    assert lines(there, after=third[0].id) == []
    with there.bot.database.read() as tx:
        assert threads.listed(tx, t.thread.c.school == "vaart", threads.ALL, there.clock(), 10) == []


async def test_what_is_done_comes_newest_first(there: World) -> None:
    await ask(there)
    await there.say(JAN, "mens")
    await there.say(JAN, "1")
    await there.say(JAN, "Tim is ziek")
    answer(there)
    there.clock.move(there.clock() + timedelta(minutes=5))
    answer(there, thread_id=2)
    assert [each.id for each in lines(there, threads.ANSWERED)] == [2, 1]
    assert [each.id for each in lines(there, threads.ANSWERED, after=2)] == [1]
    there.write(lambda tx: threads.close(tx, 2, there.clock()))
    assert [each.id for each in lines(there, threads.CLOSED)] == [2]
    assert [each.id for each in lines(there, threads.ALL)] == [2, 1]
    there.write(lambda tx: threads.reopen(tx, 2, there.clock()))
    assert [each.id for each in lines(there)] == [2]


# --- hand-overs
async def test_a_talk_is_given_within_the_school_only(there: World) -> None:
    await ask(there)
    strange = who(there, "kees", "vaart")
    with pytest.raises(BotError, match="does not work at this school"):
        there.write(lambda tx: threads.give(tx, 1, strange, None, "", there.clock()))
    with pytest.raises(BotError, match="at most 1000"):
        there.write(lambda tx: threads.give(tx, 1, who(there, "ida"), None, "x" * 1001, there.clock()))
    there.write(lambda tx: threads.give(tx, 1, who(there, "ida"), None, "", there.clock()))
    there.write(lambda tx: threads.give(tx, 1, who(there, "ida"), None, "", there.clock()))
    assert [each.staff for each in one(there).messages if each.side == "given"] == ["Ida"], "she has it already"


# --- a call to the people on duty
async def test_a_call_that_is_taken_on_the_page_calls_nobody_else(there: World) -> None:
    await there.say(KARIN, "hij slaat mij")
    assert one(there).alarm == "open"
    assert take(there, "wil")
    assert not take(there, "fenna"), "somebody was first"
    assert take(there, "wil"), "she has it already"
    assert await there.say(COLLEAGUE, "1") == ["alarm.al"]
    assert await there.later(NEXT_COLLEAGUE, hours=1) == []
    call = one(there).call
    assert call is not None
    assert (call.state, call.by) == ("taken", "Wil")


async def test_the_page_and_her_own_phone_agree(there: World) -> None:
    code = there.write(lambda tx: staff.begin_link(tx, who(there, "wil"), there.clock()))
    await there.say(COLLEAGUE, f"START {code}")
    await there.say(KARIN, "hij slaat mij")
    await there.settled(COLLEAGUE)
    assert await there.say(COLLEAGUE, "1") == ["alarm.dank"]
    call = one(there).call
    assert call is not None
    assert call.by == "Wil"
    assert not take(there, "fenna")
    assert take(there, "wil"), "it is hers by her phone"
    assert await there.say(COLLEAGUE, "1") == ["alarm.dank"], "and by the page"


async def test_who_answers_has_the_call(there: World) -> None:
    await there.say(KARIN, "hij slaat mij")
    answer(there, "Ik bel u nu.", key="wil")
    assert await there.later(NEXT_COLLEAGUE, hours=1) == []
    call = one(there).call
    assert call is not None
    assert (call.state, call.by) == ("taken", "Wil")
    assert not take(there, "fenna")


def take(world: World, key: str) -> bool:
    row = who(world, key)
    return world.write(lambda tx: handoff.take_by_staff(tx, 1, row.id, world.clock()))


async def test_her_words_outlive_a_colleague_without_her_name(there: World) -> None:
    await there.say(KARIN, "hij slaat mij")
    take(there, "wil")
    answer(there, "Ik bel u nu.", key="wil")
    gone = who(there, "wil").id
    there.write(lambda tx: ties.without_colleague(tx, [gone]))
    there.write(lambda tx: tx.execute(t.staff.delete().where(t.staff.c.id == gone)))
    shown = one(there)
    assert shown.call is not None
    assert (shown.call.by, shown.messages[-1].staff_id, shown.messages[-1].text) == ("", None, "Ik bel u nu.")
