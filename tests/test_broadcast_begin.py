"""A broadcast on its way: begun once, in time, for whom it is meant; kills, races and limits change nothing of that."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import event, select, update

from bot.broadcast import begin, send
from bot.broadcast.audience import Audience
from bot.broadcast.content import READY, Content
from bot.errors import Unsent
from bot.model import PURPOSES, Address
from bot.outbox import send as outbox
from bot.people import consent, contacts, staff, wishes
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.approving import approved
from tests.harness.telling import ASKED, HOLD, OWN_WORDS, SNOW, became, did, made, named, progress_of, row, urgent
from tests.world import ENROLLED, FATIMA, JAN, KARIN, OMAR, YEAR, World, opened

T = TypeVar("T")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
async def both(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    """The world on both databases."""
    async with opened(database, tmp_path) as there:
        for name, who in ENROLLED.items():
            there.enrol(name, who)
        yield there


class Killed(BaseException):
    """Nobody catches it."""


class Dying:
    """A database whose process is killed before the write of this number."""

    def __init__(self, database: Database, lives: int) -> None:
        self.fetch, self._write, self._lives = database.fetch, database.write, lives

    async def write(self, work: Callable[[Tx], T]) -> T:
        self._lives -= 1
        if self._lives < 0:
            raise Killed
        return await self._write(work)


def crowd(world: World, many: int, channel: str = "whatsapp") -> list[int]:
    """So many parents with a child in a group of their own, who have said yes."""

    def work(tx: Tx) -> list[int]:
        now = world.clock()
        phones = [Address(channel, f"+3161201{number:04}") for number in range(many)]
        ids = [contact_id for contact_id, _ in contacts.resolve(tx, phones, now).values()]
        group = {"school": "brug", "year": "2026-2027", "name": "groep 8"}
        group_id = tx.execute(t.group.insert().returning(t.group.c.id), group).scalar_one()
        for each in ids:
            consent.give(tx, each, "brug", channel, PURPOSES, "ja", None, now)
            child = {"school": "brug", "name": tx.seal("child.name", f"Kind {each}"), "created_at": now}
            child_id = tx.execute(t.child.insert().returning(t.child.c.id), child).scalar_one()
            sealed = {"name": tx.seal("guardian.name", f"Ouder {each}"), "language": tx.seal("guardian.language", "nl")}
            tx.execute(t.guardian.insert(), {"contact_id": each, "child_id": child_id, "school": "brug", **sealed})
            tx.execute(t.membership.insert(), {"child_id": child_id, "group_id": group_id, "year": "2026-2027"})
        return ids

    return world.write(work)


def eights(world: World) -> Audience:
    return Audience("brug", [world.rows(select(t.group.c.id).where(t.group.c.name == "groep 8"))[0].id])


# --- when
async def test_ten_minutes_late_it_does_not_begin(world: World) -> None:
    """The machine was off. Neither does what is of no use any more, however late it is."""
    just, late = made(world, key="1"), made(world, key="2")
    world.write(lambda tx: tx.execute(update(t.broadcast).where(t.broadcast.c.id == late).values(due_at=world.clock())))
    useless = made(world, key="3", until=world.clock() + 10 * MINUTE)
    world.write(
        lambda tx: tx.execute(
            update(t.broadcast).where(t.broadcast.c.id == useless).values(due_at=world.clock() + 8 * MINUTE)
        )
    )
    world.clock.move(world.clock() + HOLD + 9 * MINUTE)
    await world.bot.tick()
    await world.bot.settle()
    assert [row(world, each).state for each in (just, late, useless)] == ["going", "late", "late"]
    assert row(world, late).settled_at == world.clock()
    assert len(world.read(KARIN)) == 1


async def test_in_the_quiet_hours_it_begins_and_waits_for_the_morning(world: World) -> None:
    night = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    it = made(world, due_at=night, until=night + DAY)
    assert await world.bot.next_due() == night
    world.clock.move(night)
    await world.bot.tick()
    await world.bot.settle()
    assert row(world, it).state == "going"
    assert became(world, it)[world.contact(KARIN)] == ("queued", "quiet_hours")
    assert progress_of(world, it).state == "going"
    await world.later(hours=10)
    assert became(world, it)[world.contact(KARIN)] == ("sent", "")
    assert progress_of(world, it).state == "done"


async def test_what_cannot_be_said_holds_up_nobody(world: World) -> None:
    broken = made(world, Content(READY, "bestaat_niet"), key="1")
    fine = made(world, key="2")
    await world.later(minutes=3)
    assert [row(world, each).state for each in (broken, fine)] == ["planned", "going"]
    await world.later(minutes=10)
    assert row(world, broken).state == "late"


# --- for whom
async def test_who_cannot_be_reached_is_in_the_list_too(world: World) -> None:
    it = made(world, SNOW)
    await world.later(minutes=3)
    told = row(world, it)
    assert (told.people, told.families) == (5, 4)
    assert [each.name for each in progress_of(world, it).people if each.state == "unreachable"] == ["Elif Yılmaz"]
    rows = world.rows(select(t.outbox).where(t.outbox.c.broadcast_id == it))
    assert sorted(each.contact_id for each in rows) == named(world, FATIMA, OMAR, JAN, KARIN)
    assert {(each.cls, each.purpose, each.until_at) for each in rows} == {("broadcast", "school", told.until_at)}


async def test_who_mourns_is_left_alone_for_a_week(both: World) -> None:
    parents = crowd(both, 2)
    both.write(lambda tx: wishes.pause(tx, parents[0], both.clock() + 30 * DAY))
    made(both, Content(READY, "condoleance"), audience=eights(both))
    both.clock.move(both.clock() + HOLD)
    await both.bot.tick()
    rows = both.rows(select(*t.contact.c["id", "paused_until"]).where(t.contact.c.paused_until.is_not(None)))
    left = {each.id: (each.paused_until - both.clock()).days for each in rows}
    assert left == {parents[0]: 29, parents[1]: 7}


async def test_a_question_is_asked_once_and_keeps_its_end(world: World) -> None:
    until = world.clock() + timedelta(hours=5)
    it = made(world, ASKED, until=until)
    await world.later(minutes=3)
    assert world.last(KARIN).keys == ("peiling.janee",)
    rows = world.rows(select(t.outbox).where(t.outbox.c.broadcast_id == it))
    assert [(each.step, each.until_at) for each in rows] == [("vraag", until)] * 4
    assert await world.say(KARIN, "ja") == ["peiling.dank"]
    assert became(world, it)[world.contact(KARIN)] == ("answered", "")


async def test_what_is_for_families_that_are_hers_no_more_does_not_begin(world: World) -> None:
    """She planned it long ahead, and has another group now, another role, or left. A yes of the school still counts."""
    wil = world.write(lambda tx: staff.add(tx, "brug", "wil", "Wil", staff.OFFICE, [], YEAR))
    everybody = Audience("brug", all=True)
    lost, agreed = made(world, key="1"), made(world, key="2", asks=True)
    wide, office = made(world, key="3", audience=everybody), made(world, key="4", audience=everybody, staff_id=wil)
    assert did(world, send.agree, agreed, wil)
    world.write(lambda tx: staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", ["groep 4"], YEAR))
    still = made(world, key="5", audience=Audience("brug", groups=[world.rows(select(t.group_staff.c.group_id))[0][0]]))
    await world.later(minutes=3)
    told = [row(world, each) for each in (lost, wide, agreed, office, still)]
    assert [each.state for each in told] == ["dropped", "dropped", "going", "going", "going"]
    assert (told[0].settled_at is None, told[0].people) == (False, 0)
    gone = made(world, key="6", audience=everybody, staff_id=wil)
    world.write(lambda tx: tx.execute(update(t.staff).where(t.staff.c.id == wil).values(left_at=world.clock())))
    await world.later(minutes=3)
    assert row(world, gone).state == "dropped"


# --- kills and races
@pytest.mark.parametrize("content", [SNOW, ASKED], ids=["message", "question"])
async def test_killed_between_two_slices_it_goes_on(
    both: World, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    monkeypatch.setattr(begin, "SLICE", 1)
    it = made(both, content)
    now = both.clock() + HOLD
    for lives in (0, 1, 0, 2):
        with pytest.raises(Killed):
            await begin.begin_due(Dying(both.bot.database, lives), both.bot.books, now)  # type: ignore[arg-type]
    assert row(both, it).state == "starting"
    await begin.begin_due(both.bot.database, both.bot.books, now)
    assert row(both, it).state == "going"
    await both.later(minutes=3)
    rows = both.rows(select(t.outbox.c.contact_id).where(t.outbox.c.broadcast_id == it))
    assert sorted(each.contact_id for each in rows) == named(both, FATIMA, OMAR, JAN, KARIN)


async def test_two_processes_begin_it_once(both: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begin, "SLICE", 1)
    it = made(both)
    now = both.clock() + HOLD
    many = await asyncio.gather(*(begin.begin_due(both.bot.database, both.bot.books, now) for _ in range(3)))
    assert sum(many) == 4
    assert len(both.rows(select(t.outbox.c.id).where(t.outbox.c.broadcast_id == it))) == 4


async def test_taken_back_at_the_last_moment_it_goes_or_it_does_not(both: World) -> None:
    database, states = both.bot.database, set()
    for number in range(6):
        it = made(both, key=f"{number}")
        at = both.clock() + HOLD
        told = await database.fetch(partial(begin._look, books=both.bot.books, broadcast_id=it, now=at))
        assert told
        opened = partial(database.write, partial(begin._open, told=told, now=at))
        taken = partial(database.write, partial(send.take_back, broadcast_id=it, now=at))
        if number == 0:  # surely the one, surely the other, and then whichever is quicker
            begun, back = await opened(), await taken()
        elif number == 1:
            back, begun = await taken(), await opened()
        else:
            begun, back = await asyncio.gather(opened(), taken())
        assert bool(begun.laid) != back
        assert row(both, it).state == ("taken_back" if back else "going")
        tables = (t.outbox, t.broadcast_to)
        many = [len(both.rows(select(each.c.id).where(each.c.broadcast_id == it))) for each in tables]
        assert many == ([0, 0] if back else [4, 5])
        states.add(back)
    assert states == {True, False}


# --- what the outbox asks of each
async def test_the_window_closes_in_an_outage(world: World) -> None:
    """Own words wait behind a knock; what is known beforehand goes as an approved text."""
    line, (parent,), who = await approved(world), crowd(world, 1), Address("whatsapp", "+31612010000")
    await world.say(who, "menu")
    until = world.clock() + 3 * DAY
    own, ready = (made(world, each, audience=eights(world), until=until, key=each.kind) for each in (OWN_WORDS, SNOW))
    world.clock.move(world.clock() + HOLD)
    await world.bot.tick()
    line.troubles.extend([Unsent("no connection")] * 3)
    await world.bot.settle()
    assert {became(world, each)[parent][0] for each in (own, ready)} == {"queued"}
    line.troubles.clear()
    world.write(lambda tx: tx.execute(update(t.address).values(heard_at=None)))
    await world.later(minutes=5)
    assert [became(world, each)[parent] for each in (own, ready)] == [("queued", "knocked"), ("sent", "")]
    assert sorted(heard.keys for heard in world.read(who)[-2:]) == [("bericht.school_dicht",), ("klop.vraag",)]
    assert "bericht.eigen" in await world.say(who, "1")
    assert progress_of(world, own).state == "done"


async def test_the_portfolio_is_full_at_family_250(world: World) -> None:
    ids = crowd(world, 255)
    channels = world.bot.config.channels
    world.restart(channels={**channels, "whatsapp": replace(channels["whatsapp"], portfolio=250)})
    await approved(world, "bericht.school_dicht", languages=["nl"])
    it = made(world, SNOW, audience=eights(world), until=world.clock() + 3 * DAY)
    await world.later(minutes=4)
    counts = progress_of(world, it).counts
    assert (counts["sent"], counts["queued"], len(ids)) == (250, 5, 255)
    assert {why for state, why in became(world, it).values() if state == "queued"} == {"portfolio"}
    assert progress_of(world, it).state == "going"
    await world.later(days=1)
    assert progress_of(world, it).counts["sent"] == 255
    assert progress_of(world, it).state == "done"


async def test_an_urgent_one_takes_its_turn_and_asks_for_consent(world: World) -> None:
    """06:45 in the quiet hours: at once; but an answer goes before it, and who stopped is left in peace."""
    world.clock.move(datetime(2026, 11, 24, 5, 45, tzinfo=UTC))
    await world.say(OMAR, "menu")
    await world.say(JAN, "menu")
    it = urgent(world)
    await world.bot.tick()
    assert {each.rank for each in world.rows(select(t.outbox.c.rank).where(t.outbox.c.broadcast_id == it))} == {2}
    await world.say(OMAR, "STOP", settle=False)
    while await world.bot.read_letters():
        pass
    world.write(lambda tx: consent.withdraw(tx, world.contact(JAN), "stop", world.clock()))
    await world.say(KARIN, "menu", settle=False)
    answer = world.queue(KARIN, "reply")
    letters, _ = world.write(lambda tx: outbox.claim(tx, world.bot.post, world.clock(), hands={"sms": 2}))
    mine = [letter.row_id for letter in letters if letter.message.to == KARIN]
    assert mine == [answer], "what all are told waits behind it"
    await world.later(minutes=10)
    after = became(world, it)
    assert after[world.contact(JAN)] == ("not_sent", "no_consent")
    assert after[world.contact(OMAR)][0] == "not_sent"
    assert after[world.contact(KARIN)] == ("sent", "")
    assert row(world, it).started_at - row(world, it).made_at < MINUTE


# --- how quickly
async def test_every_statement_goes_by_an_index(both: World) -> None:
    it = made(both)
    database, seen = both.bot.database, []
    with database.begin() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *call: seen.append((call[2], call[3])))
        begin.next_due(tx)
        told = begin._look(tx, both.bot.books, it, both.clock())
        assert told
        begin._open(tx, told, both.clock())
        send.stop(tx, it, both.clock())
        if tx.postgres:
            tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN " if tx.postgres else "EXPLAIN QUERY PLAN "
        plans = [
            (sql, str(tx.connection.exec_driver_sql(explain + sql, given).all()))
            for sql, given in list(seen)
            if sql.startswith(("SELECT", "UPDATE")) and not isinstance(given, list)
        ]
    assert len(plans) > 10
    big = ("outbox", "inbox", "broadcast_to", "run", "broadcast")
    scans = [f"{how} {name}" for how in ("SCAN", "Seq Scan on") for name in big]
    slow = [(sql, found) for sql, found in plans if any(scan in found for scan in scans)]
    assert not slow
    assert any("ix_broadcast_due" in found for _, found in plans)
    assert any("ix_outbox_broadcast" in found for _, found in plans)
