"""Agreed talks: each step once, reminders at the right hour over both clock changes, nothing of what is off."""

import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.booking import appointments
from bot.booking.appointments import Talk
from bot.desk.handle import handle
from bot.errors import BotError, Taken
from bot.people import consent, staff
from bot.scheduler import followups
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import FATIMA, KARIN, MONDAY, OMAR, World, enrol, opened

ZONE = ZoneInfo("Europe/Amsterdam")
THURSDAY = datetime(2026, 11, 26, 15, 0, tzinfo=ZONE).astimezone(UTC)
PHONES = {"Fatima": FATIMA, "Karin": KARIN, "Omar": OMAR}


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        for guardian, who in PHONES.items():
            world.write(lambda tx, g=guardian, w=who: enrol(tx, g, w, "brug", ("school",), MONDAY))  # type: ignore[misc]
        yield world


def agree(
    world: World, at: datetime = THURSDAY, *, guardian: str = "Karin", school: str = "brug", tell: bool = False
) -> int:
    def work(tx: Tx) -> int:
        g = t.guardian.c
        child = tx.execute(select(g.child_id).where(g.contact_id == world.contact(PHONES[guardian]))).scalars().first()
        janneke = staff.by_key(tx, "brug", "janneke").id if school == "brug" else None
        talk = Talk(world.contact(PHONES[guardian]), school, at, 15, child, janneke)
        return appointments.plan(tx, world.bot.config, talk, world.clock(), tell=tell)

    return world.write(work)


def due(world: World, number: int) -> dict[str, datetime]:
    """When the reminders of a talk wait to be said, in wall time."""
    f = t.followup.c
    rows = world.rows(
        select(f.scope, f.due_at).where(f.scope.startswith(f"appointment:{number}:"), f.state == "waiting")
    )
    return {row.scope.rpartition(":")[2]: row.due_at.astimezone(ZONE) for row in rows}


async def test_she_is_told_and_reminded_and_answers_by_number(there: World) -> None:
    number = agree(there, THURSDAY.astimezone(ZONE), tell=True)  # whatever the zone in which it is noted
    assert await there.settled(KARIN) == ["afspraak.nieuw"]
    said = there.last(KARIN).message.text
    assert "op donderdag 26 november om 15:00 praten we over Lotte" in said
    assert {which: f"{at:%a %H:%M}" for which, at in due(there, number).items()} == {
        "dag": "Wed 15:00",
        "straks": "Thu 13:00",
    }
    assert await there.later(KARIN, days=2) == ["afspraak.dag"]
    assert there.last(KARIN).message.text.endswith("1 Ja, ik kom\n2 Ik kan niet"), "by SMS"
    assert await there.say(KARIN, "1") == ["afspraak.tot_dan"]
    assert await there.later(KARIN, days=1) == ["afspraak.straks"]
    assert there.words() == []


async def test_who_cannot_come_stands_in_the_teachers_thread_and_is_not_reminded_again(there: World) -> None:
    number = agree(there)
    assert await there.later(KARIN, days=2) == ["afspraak.dag"]
    assert await there.say(KARIN, "2") == ["afspraak.anders"]
    assert "juf Janneke" in there.last(KARIN).message.text
    assert there.words() == ["Kan niet komen: donderdag 26 november 15:00"]
    assert due(there, number) == {}
    assert await there.later(KARIN, days=3) == ["draad.laat"], "only that nobody has answered her yet"


@pytest.mark.parametrize("answer", ["1", "2"])
async def test_an_answer_about_a_talk_that_was_moved_changes_nothing(there: World, answer: str) -> None:
    number = agree(there)
    await there.later(KARIN, days=2)
    later = THURSDAY + timedelta(days=7)
    there.write(lambda tx: appointments.move(tx, there.bot.config, number, later, there.clock(), tell=False))
    assert await there.say(KARIN, answer) == ["afspraak.voorbij"]
    assert there.words() == []
    assert set(due(there, number)) == {"dag", "straks"}


async def test_moved_and_cancelled_she_hears_of_and_the_old_hour_is_never_said(there: World) -> None:
    number = agree(there)
    later = datetime(2026, 12, 1, 8, 30, tzinfo=ZONE).astimezone(UTC)
    there.write(lambda tx: appointments.move(tx, there.bot.config, number, later, there.clock()))
    assert await there.settled(KARIN) == ["afspraak.verzet"]
    assert "dinsdag 1 december om 08:30" in there.last(KARIN).message.text
    assert await there.later(KARIN, days=6) == []
    assert await there.later(KARIN, days=1) == ["afspraak.dag"]
    there.write(lambda tx: appointments.cancel(tx, number, there.clock()))
    assert await there.settled(KARIN) == ["afspraak.af"]
    assert await there.later(KARIN, days=3) == []


async def test_a_cancelled_talk_takes_back_what_waits_in_the_queue(there: World) -> None:
    number = agree(there, datetime(2026, 11, 25, 9, 0, tzinfo=ZONE).astimezone(UTC))
    queued = t.outbox.c.scope == f"appointment:{number}:dag"

    there.clock.move(datetime(2026, 11, 24, 8, 0, 1, tzinfo=UTC))
    there.write(lambda tx: followups.collect(tx, there.bot.books.almanac, there.clock()))
    there.write(lambda tx: handle(tx, there.bot.books, there.clock()))  # and the sender is slow
    assert [row.status for row in there.rows(select(t.outbox.c.status).where(queued))] == ["queued"]
    there.write(lambda tx: appointments.cancel(tx, number, there.clock(), tell=False))
    assert [row.status for row in there.rows(select(t.outbox.c.status).where(queued))] == ["cancelled"]
    assert await there.later(KARIN, days=2) == []


async def test_nothing_is_said_past_the_talk(there: World) -> None:
    number = agree(there)
    there.clock.move(THURSDAY + timedelta(minutes=1))  # the machine was off
    assert await there.later(KARIN, days=2) == []
    assert due(there, number) == {}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((2027, 3, 29, 15, 0), "2027-03-28 15:00"),  # the night between has 23 hours
        ((2027, 3, 28, 15, 0), "2027-03-27 15:00"),
        ((2027, 11, 1, 15, 0), "2027-10-31 15:00"),  # and 25
        ((2027, 3, 29, 8, 30), "2027-03-28 12:00"),  # Sunday morning is quiet
        ((2026, 12, 1, 7, 0), "2026-11-30 07:00"),
        ((2026, 12, 1, 21, 30), "2026-11-30 20:00"),  # too late to be told on that day's evening
    ],
)
async def test_the_day_before_is_the_same_time_on_the_wall(there: World, at: tuple[int, ...], expected: str) -> None:
    moment = datetime(*at, tzinfo=ZONE).astimezone(UTC)  # type: ignore[arg-type,misc]
    number = agree(there, moment)
    assert f"{due(there, number)['dag']:%Y-%m-%d %H:%M}" == expected


async def test_each_step_happens_once_and_not_before_its_time(there: World) -> None:
    number = agree(there)
    config, now = there.bot.config, there.clock
    for early in (appointments.held, appointments.missed):
        with pytest.raises(BotError, match="has not begun"):
            there.write(lambda tx, step=early: step(tx, config, number, now()))  # type: ignore[misc]
    with pytest.raises(Taken, match="at that time already"):
        agree(there, THURSDAY + timedelta(minutes=10), guardian="Fatima")
    with pytest.raises(BotError, match="past"):
        agree(there, now() - timedelta(minutes=1))
    night = datetime(2026, 11, 27, 3, 0, tzinfo=ZONE).astimezone(UTC)
    with pytest.raises(BotError, match="a talk begins between 07:00 and 22:00, not at 03:00"):
        agree(there, night)
    with pytest.raises(BotError, match="not at 22:01"):
        there.write(lambda tx: appointments.move(tx, config, number, night - timedelta(minutes=299), now()))
    there.clock.move(THURSDAY + timedelta(hours=1))
    there.write(lambda tx: appointments.held(tx, config, number, now()))
    steps: list[Callable[[Tx], object]] = [
        lambda tx: appointments.held(tx, config, number, now()),
        lambda tx: appointments.missed(tx, config, number, now()),
        lambda tx: appointments.cancel(tx, number, now()),
        lambda tx: appointments.move(tx, config, number, now() + timedelta(days=1), now()),
    ]
    for step in steps:
        with pytest.raises(Taken, match="held already"):
            there.write(step)
    with pytest.raises(BotError, match="there is no appointment 99"):
        there.write(lambda tx: appointments.cancel(tx, 99, now()))


async def test_of_two_people_at_once_one_settles_it(there: World) -> None:
    number = agree(there)
    later = [THURSDAY + timedelta(days=days) for days in (1, 2, 3, 4)]
    won: list[datetime] = []

    def race(to: datetime) -> None:
        try:
            there.write(lambda tx: appointments.move(tx, there.bot.config, number, to, there.clock(), tell=False))
            won.append(to)
        except Taken:
            pass

    racers = [threading.Thread(target=race, args=(to,)) for to in later]
    for each in racers:
        each.start()
    for each in racers:
        each.join()
    [row] = there.rows(select(t.appointment.c.starts_at))
    assert won
    assert row.starts_at in won
    assert due(there, number)["dag"] == row.starts_at - timedelta(days=1)


async def test_after_a_talk_she_is_asked_at_the_agreed_date(there: World) -> None:
    number = agree(there)
    there.clock.move(THURSDAY + timedelta(hours=7))  # ten in the evening
    there.write(lambda tx: appointments.held(tx, there.bot.config, number, there.clock(), days=4))
    assert await there.later(KARIN, days=3) == []
    assert await there.later(KARIN, days=1) == ["na_gesprek.hoe"]
    assert await there.say(KARIN, "3") == ["na_gesprek.beter"]
    assert await there.say(KARIN, "Iets meer tijd graag") == ["mens.door", "draad.morgen"]
    assert there.words() == ["na_gesprek: Nee, niet echt", "Iets meer tijd graag"]


async def test_a_good_answer_is_noted_and_waits_for_nobody(there: World) -> None:
    number = agree(there)
    there.clock.move(THURSDAY + timedelta(hours=1))
    there.write(lambda tx: appointments.held(tx, there.bot.config, number, there.clock(), days=1))
    await there.later(KARIN, days=1)
    assert await there.say(KARIN, "1") == ["algemeen.fijn"]
    assert [row.state for row in there.rows(select(t.thread.c.state))] == ["answered"]


async def test_who_was_missed_is_asked_when_nobody_is_woken(there: World) -> None:
    evening = datetime(2026, 11, 26, 20, 45, tzinfo=ZONE).astimezone(UTC)
    number = agree(there, evening)
    there.clock.move(evening + timedelta(minutes=30))
    there.write(lambda tx: appointments.missed(tx, there.bot.config, number, there.clock()))
    assert await there.later(KARIN, hours=9) == []
    assert await there.later(KARIN, hours=4) == ["gemist.nieuw"]
    assert there.clock().astimezone(ZONE).date() == date(2026, 11, 27)
    assert await there.say(KARIN, "1") == ["gemist.moment"]
    assert there.words() == ["gemist: Ja, graag"]


async def test_a_question_is_asked_after_when_the_teacher_chose_so(there: World) -> None:
    await there.say(KARIN, "mens")
    await there.say(KARIN, "Wanneer is de schoolreis?")
    [thread] = there.rows(select(t.thread.c.id))
    there.write(lambda tx: appointments.check_back(tx, there.bot.config, thread.id, 7, there.clock()))
    assert await there.later(KARIN, days=6, hours=23) == ["draad.laat"]
    assert await there.later(KARIN, hours=2) == ["na_vraag.goed"]
    assert await there.say(KARIN, "2") == ["na_vraag.wat"]
    for days in (0, 61):
        with pytest.raises(BotError):
            there.write(lambda tx, d=days: appointments.check_back(tx, there.bot.config, thread.id, d, there.clock()))  # type: ignore[misc]


async def test_what_is_only_told_gives_the_open_question_back(there: World) -> None:
    """She is choosing a date when her talk is announced: the next answer still means the question."""
    await there.say(KARIN, "mens")
    agree(there, tell=True)
    told = await there.settled(KARIN)
    assert told == ["afspraak.nieuw", "algemeen.verder", "mens.wat"]
    assert await there.say(KARIN, "Mag het een uur later?") == ["mens.door"]


async def test_a_reminder_waits_half_an_hour_for_what_she_leaves_open_and_no_longer(there: World) -> None:
    agree(there)
    there.clock.move(THURSDAY - timedelta(days=1, minutes=10))
    assert await there.say(KARIN, "pauze") == ["pauze.tot"]
    assert await there.later(KARIN, minutes=20) == []
    assert await there.later(KARIN, minutes=25) == ["algemeen.wacht", "afspraak.dag"]


async def test_of_two_talks_on_one_day_she_is_reminded_once_and_of_what_is_left(there: World) -> None:
    first, second = agree(there), agree(there, THURSDAY + timedelta(minutes=20))
    agree(there, THURSDAY + timedelta(days=1))
    assert await there.later(KARIN, days=1, hours=23, minutes=45) == ["afspraak.dag_meer"]
    said = "Op donderdag 26 november praten we met u: Lotte 15:00 (juf Janneke), Lotte 15:20 (juf Janneke). Kunt u"
    assert said in there.last(KARIN).message.text
    assert await there.say(KARIN, "2") == ["afspraak.welk"]
    assert await there.say(KARIN, "1") == ["afspraak.anders"]
    assert there.words() == ["Kan niet komen: donderdag 26 november 15:00"]
    assert await there.later(KARIN, hours=22) == ["afspraak.straks"], "what is left, and once"
    assert "Vandaag om 15:20" in there.last(KARIN).message.text
    assert (await there.later(KARIN, hours=3))[-1] == "afspraak.dag"
    assert (due(there, first), due(there, second)) == ({}, {})


async def test_a_second_talk_is_reminded_of_when_the_first_is_off_or_on_another_day(there: World) -> None:
    first, second = agree(there), agree(there, THURSDAY + timedelta(minutes=20))
    there.write(lambda tx: appointments.move(
        tx, there.bot.config, second, THURSDAY - timedelta(minutes=30), there.clock(), tell=False))  # fmt: skip
    there.write(lambda tx: appointments.cancel(tx, first, there.clock(), tell=False))
    assert await there.later(KARIN, days=1, hours=23) == ["afspraak.dag"]
    assert "om 14:30" in there.last(KARIN).message.text
    third = agree(there, THURSDAY + timedelta(hours=1))
    assert await there.later(KARIN, hours=22) == ["afspraak.straks_meer"]
    assert await there.say(KARIN, "1") == ["afspraak.welk"]
    there.write(lambda tx: appointments.cancel(tx, third, there.clock(), tell=False))
    assert await there.say(KARIN, "3") == ["afspraak.anders"]
    assert there.words() == ["Kan niet komen: donderdag 26 november 14:30"]


async def test_a_tap_under_the_older_of_two_questions_answers_that_one(there: World) -> None:
    fatima = there.contact(FATIMA)
    there.write(lambda tx: consent.give(tx, fatima, "vaart", "whatsapp", ("school",), "ja", None, MONDAY))
    agree(there, guardian="Fatima")
    agree(there, THURSDAY + timedelta(minutes=20), guardian="Fatima", school="vaart")  # which asks for itself
    assert await there.later(FATIMA, days=1, hours=23, minutes=10) == ["afspraak.dag"]
    older = there.last(FATIMA).message.id
    assert await there.later(FATIMA, minutes=45) == ["afspraak.dag"]
    assert await there.say(FATIMA, choice="ik_kan_niet", ours=older) == [
        "afspraak.anders", "algemeen.verder", "afspraak.dag",
    ]  # fmt: skip
    assert there.words() == ["Kan niet komen: donderdag 26 november 15:00"]
    assert await there.say(FATIMA, "1") == ["afspraak.tot_dan"]
