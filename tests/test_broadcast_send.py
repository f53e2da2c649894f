"""What people decide about a broadcast: one of five, a wait in which it can be taken back, a second person, a stop."""

import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.broadcast import send
from bot.broadcast.progress import STATES
from bot.errors import Throttled, Unsent
from bot.outbox import send as outbox
from bot.outbox.send import Outcome
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Database
from tests.harness.telling import (
    ASKED,
    HOLD,
    OWN_WORDS,
    became,
    did,
    made,
    named,
    plan,
    progress_of,
    row,
    stopped,
    urgent,
)
from tests.world import ENROLLED, FATIMA, JAN, KARIN, OMAR, YEAR, World, opened

MINUTE = timedelta(minutes=1)
TOLD = (OMAR, JAN, KARIN)  # Fatima's window is closed, and Elif has no phone here


@pytest.fixture
async def both(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """The world on both databases."""
    async with opened(database, tmp_path) as there:
        for name, who in ENROLLED.items():
            there.enrol(name, who)
        yield there


def side_by_side(*deeds: Callable[[], None]) -> None:
    threads = [threading.Thread(target=deed) for deed in deeds]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)


# --- before it begins
async def test_five_times_makes_one(both: World) -> None:
    now, ids = both.clock(), []

    def make() -> None:
        ids.append(both.write(lambda tx: send.make(tx, plan(tx, OWN_WORDS, now), now)))

    side_by_side(*[make] * 5)
    assert len(ids) == 5
    assert len({*ids}) == 1
    assert made(both, key="another") not in ids
    assert len(both.rows(select(t.broadcast.c.id))) == 2


async def test_it_waits_two_minutes_and_can_be_taken_back(world: World) -> None:
    first, second = made(world), made(world, key="2")
    assert row(world, first).due_at == world.clock() + HOLD
    await world.later(seconds=110)
    assert world.read(KARIN) == []
    assert did(world, send.take_back, first)
    assert not did(world, send.take_back, first)
    await world.later(seconds=20)
    assert [heard.keys for heard in world.read(KARIN)] == [("bericht.eigen",)]
    assert not did(world, send.take_back, second)
    assert [row(world, each).state for each in (first, second)] == ["taken_back", "going"]


async def test_a_second_person_agrees_or_does_not(world: World) -> None:
    bas = world.rows(select(t.staff.c.id).where(t.staff.c.school == "brug").order_by(t.staff.c.id.desc()))[0].id
    first, second, third, fourth = (made(world, key=key, asks=True) for key in "abcd")
    author = row(world, first).staff_id
    await world.later(minutes=30)
    assert row(world, first).state == "asked"
    assert not did(world, send.agree, first, author), "nobody agrees with herself"
    assert did(world, send.agree, first, bas)
    assert row(world, first).due_at == world.clock() + HOLD
    assert did(world, send.refuse, second, bas)
    assert did(world, send.take_back, third)
    assert not did(world, send.agree, second, bas)
    world.clock.move(row(world, fourth).until_at - MINUTE)
    assert not did(world, send.agree, fourth, bas), "when it might go it would be of no use"
    states = [(row(world, each).state, row(world, each).approved_by) for each in (first, second, third)]
    assert states == [("planned", bas), ("refused", bas), ("taken_back", None)]


async def test_who_has_a_row_in_the_office_too_does_not_agree_with_herself(world: World) -> None:
    wil = world.write(lambda tx: staff.add(tx, "brug", "wil", "Janneke", staff.OFFICE, [], YEAR))
    first, second = (made(world, key=key, asks=True) for key in "ab")
    hers = update(t.staff).where(t.staff.c.id.in_([wil, row(world, first).staff_id]))
    world.write(lambda tx: tx.execute(hers.values(contact_id=world.contact(KARIN))))
    assert not did(world, send.agree, first, wil)
    assert not did(world, send.refuse, first, wil)
    world.write(lambda tx: tx.execute(hers.values(contact_id=None)))
    assert did(world, send.agree, first, wil)
    assert did(world, send.refuse, second, wil)


async def test_what_was_meant_for_later_may_go_sooner(world: World) -> None:
    later = made(world, due_at=world.clock() + timedelta(hours=2))
    assert did(world, send.send_now, later)
    assert row(world, later).due_at == world.clock() + HOLD
    world.clock.move(world.clock() + MINUTE)
    assert not did(world, send.send_now, later), "and nobody puts it off by asking again"


# --- half-way
async def test_stopped_half_way_it_says_who_has_not_got_it(both: World) -> None:
    it = urgent(both)
    await both.bot.tick()
    letters, _ = both.write(
        lambda tx: outbox.claim(tx, both.bot.post, both.clock(), hands={"sms": 1, "telegram": 0, "whatsapp": 0})
    )
    (letter,) = letters
    on_its_way = next(who for who in (OMAR, KARIN) if who == letter.message.to)
    missing = {FATIMA, *TOLD} - {on_its_way}
    elif_ = next(each for each, (state, _) in became(both, it).items() if state == "unreachable")
    assert stopped(both, it) == sorted([*named(both, *missing), elif_])
    both.write(lambda tx: outbox.note(tx, both.bot.post, [Outcome(letter, "sent", "p1")], both.clock()))
    await both.later(minutes=10)
    assert [len(both.read(who)) for who in (FATIMA, *TOLD)] == [0] * 4, "the other was not carried by this line"
    assert became(both, it)[both.contact(on_its_way)] == ("sent", "")
    assert became(both, it)[both.contact(JAN)] == ("not_sent", "stopped")
    counts = {"sent": 1, "not_sent": 3, "unreachable": 1}
    assert progress_of(both, it).counts == {each: counts.get(each, 0) for each in STATES}
    assert progress_of(both, it).state == "stopped"
    assert stopped(both, it) == sorted([*named(both, *missing), elif_]), "a second time says the same"


async def test_what_has_not_begun_is_not_stopped(world: World) -> None:
    it = made(world)
    assert stopped(world, it) == []
    assert row(world, it).state == "planned"


async def test_a_question_is_not_asked_any_more(world: World) -> None:
    """Not where its note lies unread, nor where it waits to leave; and it is not open where it never left."""
    world.lines["sms"].troubles.extend([Unsent("no connection")] * 3)
    it = made(world, ASKED, until=world.clock() + timedelta(days=1))
    world.clock.move(world.clock() + HOLD)
    await world.bot.tick()
    waiting = world.rows(select(t.inbox.c.provider_id).where(t.inbox.c.state == "waiting"))
    assert {each.provider_id for each in waiting} == {f"broadcast:{it}:{each}" for each in named(world, FATIMA, *TOLD)}
    world.write(
        lambda tx: tx.execute(update(t.inbox).where(t.inbox.c.contact_id == world.contact(JAN)).values(state="x"))
    )
    while await world.bot.read_letters():
        pass
    runs = world.rows(select(t.run).where(t.run.c.flow == "peiling_janee"))
    assert [each.state for each in runs] == ["active"] * 3
    world.write(lambda tx: tx.execute(update(t.inbox).where(t.inbox.c.state == "x").values(state="waiting")))
    assert len(stopped(world, it)) == 5
    await world.later(minutes=5)
    assert [world.read(who) for who in (FATIMA, *TOLD)] == [[]] * 4
    runs = world.rows(select(t.run).where(t.run.c.flow == "peiling_janee"))
    assert [(each.state, each.result) for each in runs] == [("ended", "stopped")] * 3
    assert {state for state, _ in became(world, it).values()} == {"not_sent", "unreachable"}
    assert await world.say(KARIN, "ja") != ["peiling.dank"]


async def test_two_that_had_become_one_message_part_again(world: World) -> None:
    """Her week is full: two broadcasts wait as one. Whichever is stopped, the other is still said."""
    world.write(lambda tx: tx.execute(update(t.contact).values(budget=1)))
    before = made(world, key="0")
    await world.later(minutes=10)
    assert became(world, before)[world.contact(KARIN)] == ("sent", "")
    for stop_first in (True, False):
        week = world.clock() + timedelta(days=9)
        ids = [made(world, key=f"{n} {stop_first}", until=week) for n in (1, 2)]
        await world.later(minutes=10)
        assert [became(world, each)[world.contact(KARIN)] for each in ids] == [("queued", "budget")] * 2
        rows = select(func.count()).where(t.outbox.c.status == "queued", t.outbox.c.contact_id == world.contact(KARIN))
        assert world.rows(rows)[0][0] == 1
        gone, stays = ids if stop_first else ids[::-1]
        stopped(world, gone)
        assert became(world, gone)[world.contact(KARIN)] == ("not_sent", "stopped")
        assert became(world, stays)[world.contact(KARIN)] == ("queued", "budget")
        heard = len(world.read(KARIN))
        await world.later(days=8)
        assert [each.keys for each in world.read(KARIN)[heard:]] == [("bericht.eigen",)]
        assert became(world, stays)[world.contact(KARIN)][0] == "sent"


async def test_a_sender_that_asks_for_patience_leaves_it_stoppable(world: World) -> None:
    world.lines["sms"].troubles.append(Throttled(timedelta(minutes=5)))
    it = made(world)
    world.clock.move(world.clock() + HOLD)
    await world.bot.tick()
    await world.bot.settle()
    waiting = [each for each, (state, _) in became(world, it).items() if state == "queued"]
    assert waiting
    assert {*waiting} <= {*stopped(world, it)}
    await world.later(minutes=20)
    assert not {*waiting} & {each for each, (state, _) in became(world, it).items() if state == "sent"}


async def test_what_comes_back_from_a_sender_after_the_stop_stays(both: World) -> None:
    """It was in somebody's hands when it was stopped, and did not leave: nobody tries again, nor asks its question."""
    for content in (OWN_WORDS, ASKED):
        it = made(both, content, key=content.kind, until=both.clock() + timedelta(days=1))
        both.clock.move(both.clock() + HOLD + MINUTE)
        await both.bot.tick()
        while await both.bot.read_letters():
            pass
        letters, _ = both.write(lambda tx: outbox.claim(tx, both.bot.post, both.clock()))
        assert len(letters) > 1
        in_hand = {each for each, (state, _) in became(both, it).items() if state == "sending"}
        assert not in_hand & {*stopped(both, it)}
        back = [Outcome(each, "later", code="unsent") for each in letters]
        both.write(lambda tx, back=back: outbox.note(tx, both.bot.post, back, both.clock()))  # type: ignore[misc]
        await both.later(minutes=10)
        assert [len(both.read(who)) for who in TOLD] == [0] * len(TOLD)
        assert {became(both, it)[each] for each in in_hand} == {("not_sent", "stopped")}
    runs = select(t.run.c.state).where(t.run.c.flow == "peiling_janee", t.run.c.contact_id.in_(in_hand))
    assert [each.state for each in both.rows(runs)] == ["ended"] * len(in_hand)
