"""Forgetting in time: which words go when, what stays, and that nothing falls over what is gone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.demo import notes
from bot.desk import context, handoff, threads
from bot.desk.load import Batch, Letter
from bot.errors import BotError
from bot.outbox import view
from bot.outbox.queue import load_parts
from bot.privacy import retention
from bot.store import tables as t
from bot.store.database import Database
from tests import world as there
from tests.harness.forgetting import (
    AUGUST,
    DAY,
    EVE,
    IN_YEAR,
    SECRET,
    close_all,
    count,
    fill,
    forget,
    holding,
    opened,
)
from tests.world import JAN, KARIN, World


@pytest.fixture
async def full(database: Database, tmp_path: Path) -> World:
    """Both schools, with everything that a school year leaves behind."""
    async with there.opened(database, tmp_path) as world:
        for guardian, who in there.ENROLLED.items():
            world.enrol(guardian, who)
        world.clock.move(IN_YEAR)
        world.write(lambda tx: fill(tx, IN_YEAR))
        return world


# --- words
async def test_words_go_thirty_days_after_the_school_year(full: World) -> None:
    database = full.bot.database
    everywhere = {
        "inbox.payload", "outbox.body", "outbox.parts", "run.memory", "thread_message.body", "followup.fields",
        "promise.words",
    }  # fmt: skip
    assert holding(database) == {*everywhere, "absence.words"}
    await forget(database, EVE)  # why a child was not there goes with the school day
    assert holding(database) == everywhere
    done = await forget(database, DAY)
    assert holding(database) == {"thread_message.body", "promise.words"}
    open_ones = opened(database)
    assert [each for each in open_ones["thread_message.body"] if SECRET in each] == [f"{SECRET} open"]
    assert [each for each in open_ones["promise.words"] if each] == [f"{SECRET} open"]
    assert (done["letters"], done["messages"], done["appointments"]) == (4, 1, 1)
    with database.read() as tx:
        assert retention.held_up(tx, DAY) == {"open_talks": 1, "open_promises": 1}
    assert await forget(database, DAY + timedelta(hours=1)) == {}, "twice is once"
    database_rows = count(database, t.inbox, t.inbox.c.channel != "bot"), count(database, t.outbox)
    assert database_rows == (4, 1), "ids, states and times stay; the stranger is gone altogether"
    full.write(close_all)
    await forget(database, DAY + timedelta(days=1))
    assert holding(database) == set()


async def test_what_is_of_this_year_stays(full: World) -> None:
    database = full.bot.database
    with database.begin() as tx:
        fill(tx, AUGUST + timedelta(days=1))
    await forget(database, DAY)
    assert holding(database) >= {"inbox.payload", "outbox.body", "outbox.parts", "run.memory", "followup.fields"}


async def test_interrupted_it_goes_on(full: World) -> None:
    """Stopped after every slice in turn, and with what was found before but is not old any more."""
    database, config = full.bot.database, full.bot.config
    m = retention.marks(database, config, DAY)
    done = 0
    for rule in (each._replace(most=2) for each in retention.rules(m)):
        with database.read() as tx:
            ids = retention.find(tx, rule, m)
        with database.begin() as tx:
            done += retention.erase(tx, rule, m, ids)
        with database.begin() as tx:
            assert retention.erase(tx, rule, m, ids) == 0, rule.name
    assert done > 5
    await forget(database, DAY)
    assert holding(database) == {"thread_message.body", "promise.words"}


async def test_a_talk_that_is_taken_up_again_meanwhile_stays(full: World) -> None:
    database = full.bot.database
    m = retention.marks(database, full.bot.config, DAY)
    rule = next(each for each in retention.WORDS if each.name == "talks")
    with database.begin() as tx:
        ids = retention.find(tx, rule, m)
        assert len(ids) == 1
        tx.execute(update(t.thread).where(t.thread.c.id.in_(ids)).values(state="open"))
        assert retention.erase(tx, rule, m, ids) == 0


async def test_a_question_that_still_waits_keeps_its_words(full: World) -> None:
    database = full.bot.database
    full.write(lambda tx: tx.execute(update(t.run).values(state="active")))
    full.write(lambda tx: tx.execute(update(t.outbox).values(run_id=select(func.min(t.run.c.id)).scalar_subquery())))
    await forget(database, DAY)
    assert {"outbox.body", "run.memory"} <= holding(database)


# --- readers of what is gone
async def test_nobody_falls_over_what_is_gone(full: World) -> None:
    database, bot = full.bot.database, full.bot
    full.write(lambda tx: tx.execute(update(t.outbox).values(status="unknown", thread_id=1)))
    full.write(close_all)
    await forget(database, DAY)
    jan = full.contact(JAN)
    with database.begin() as tx:
        assert threads.waiting(tx) == []
        assert [each.status for each in view.entries(tx, ("unknown",), DAY, 9)] == ["unknown"]
        row_id = tx.execute(select(t.outbox.c.id)).scalar_one()
        with pytest.raises(BotError, match="has no words any more"):
            view.again(tx, row_id, DAY, late=True)
        assert load_parts(tx.open("outbox.parts", tx.execute(select(t.outbox.c.parts)).scalar_one()))[0] == []
        for each in tx.execute(select(t.inbox.c.id)).scalars().all():
            letter = context.letter(tx, each)
            assert letter is not None
            assert (letter.payload["text"], letter.payload["kind"]) == ("", "text")
        number = tx.execute(select(func.min(t.inbox.c.id)).where(t.inbox.c.contact_id == jan)).scalar_one()
        tapped = Letter(number, "message", None, "sms", DAY, {"ours": f"{row_id}-0"})
        found = context.meant(tx, tapped, jan)
        assert found is not None
        assert found.school == "brug"
        assert context.last_heard(tx, jan) == "brug"
        assert notes.notes(tx, [JAN, KARIN], DAY)
        batch = Batch(tx, bot.books, [jan], DAY)
        batch.load_letters()
        assert not batch.people[jan].runs
        assert not batch.people[jan].letters
        kept = handoff.open_thread(tx, jan, "brug", None, "mens", [number], DAY)
        assert tx.execute(select(t.thread.c.state).where(t.thread.c.id == kept)).scalar_one() == "open"


async def test_life_goes_on_after_it(full: World) -> None:
    """She writes and is answered; a new answer of school is not taken for last year's of the same number."""
    full.write(close_all)
    await forget(full.bot.database, DAY)
    full.clock.move(datetime(2027, 9, 1, 10, tzinfo=UTC))
    assert await full.say(JAN, "MENU")
    assert await full.say(JAN, "MENS")
    await full.say(JAN, "Mag ik u iets vragen?")
    [thread] = full.rows(select(t.thread.c.id).where(t.thread.c.state == "open"))
    full.write(lambda tx: threads.answer(tx, thread.id, "juf Janneke", "Ja hoor", full.clock()))
    assert await full.settled(JAN) == ["draad.antwoord"]
    assert full.inbox() == ["done"]
