"""While a parent waits: when her words are read, the promise to answer, what is said when it is late or given on."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desk import threads, waits
from bot.model import Address
from bot.people import staff
from bot.people.staff import StaffRow
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.office import employ
from tests.world import FATIMA, JAN, KARIN, MONDAY, World, enrol, opened

ZONE = ZoneInfo("Europe/Amsterdam")
WILS = Address("sms", "+31612000042")
DORAS = Address("sms", "+31612000043")


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        world.write(lambda tx: enrol(tx, "Karin", KARIN, "brug", ("school", "tips"), MONDAY))
        employ(world)
        yield world


def wall(moment: datetime | None) -> str:
    return f"{moment.astimezone(ZONE):%a %d-%m %H:%M}" if moment else ""


def at(world: World, day: int, hour: int, minute: int = 0, month: int = 11) -> None:
    world.clock.move(datetime(2026, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC))


def one(world: World, thread_id: int = 1) -> threads.Thread:
    with world.bot.database.read() as tx:
        return threads.one(tx, thread_id, world.clock())


def who(world: World, key: str) -> StaffRow:
    with world.bot.database.read() as tx:
        return staff.by_key(tx, "brug", key)


async def ask(world: World, words: str = "Mag Lotte eerder weg?", person: Address = KARIN) -> list[str]:
    await world.say(person, "mens")
    return await world.say(person, words)


async def link(world: World, phone: Address, key: str) -> None:
    code = world.write(lambda tx: staff.begin_link(tx, who(world, key), world.clock()))
    await world.say(phone, f"START {code}")


def answer(world: World, text: str = "Dat mag.", key: str = "janneke") -> None:
    row = who(world, key)
    world.write(lambda tx: threads.answer(tx, 1, row.name, text, world.clock(), staff_id=row.id))


# --- when it is read
async def test_within_her_hours_nothing_more_is_said(world: World) -> None:
    assert await ask(world) == ["mens.door"]


@pytest.mark.parametrize(
    ("day", "hour", "month", "key", "said"),
    [
        (24, 6, 11, "draad.vandaag", "Vandaag vanaf 08:00 leest juf Janneke"),
        (23, 20, 11, "draad.morgen", "Morgen vanaf 08:00 leest juf Janneke"),
        (27, 18, 11, "draad.dag", "Op maandag 30 november vanaf 08:00 leest juf Janneke"),
        (29, 14, 11, "draad.morgen", "Morgen vanaf 08:00"),
        (22, 11, 12, "draad.dag", "Op maandag 4 januari vanaf 08:00 leest juf Janneke"),
    ],
)
async def test_outside_them_she_reads_when(
    world: World, day: int, hour: int, month: int, key: str, said: str
) -> None:  # fmt: skip
    at(world, day, hour, month=month)
    assert await ask(world) == ["mens.door", key]
    assert said in world.last(KARIN).message.text
    assert len(world.read(KARIN)) == 2, "in one message with the thanks"


async def test_her_own_hours_count_not_the_schools(world: World) -> None:
    row = who(world, "janneke")
    world.write(lambda tx: staff.set_office(tx, row.id, {"ma": ["08:00", "12:00"], "di": [], "wo": ["09:30", "15:00"]}))
    assert await ask(world) == ["mens.door", "draad.dag"]
    assert "woensdag 25 november vanaf 09:30" in world.last(KARIN).message.text


async def test_what_nothing_explained_and_was_passed_on_too(world: World) -> None:
    at(world, 23, 20)
    await world.say(KARIN, "wanneer is het kerstdiner")
    assert await world.say(KARIN, "1") == ["mens.door", "draad.morgen"]


async def test_when_it_is_read_is_said_once_in_a_talk(world: World) -> None:
    await ask(world)
    answer(world)
    await world.settled(KARIN)
    at(world, 23, 20)
    assert await world.say(KARIN, "En dinsdag?") == ["draad.door", "draad.morgen"]
    assert await world.say(KARIN, "Of woensdag?") == ["draad.door"]


async def test_danger_waits_for_no_hours(world: World) -> None:
    at(world, 28, 23)
    assert await world.say(KARIN, "hij slaat mij") == ["gevaar.hulp"]


# --- the promise
@pytest.mark.parametrize(
    ("day", "hour", "month", "until"),
    [
        (23, 16, 11, "Wed 25-11 17:00"),
        (23, 22, 11, "Wed 25-11 17:00"),
        (27, 16, 11, "Tue 01-12 17:00"),
        (28, 10, 11, "Tue 01-12 17:00"),
        (17, 16, 12, "Mon 04-01 17:00"),
        (22, 11, 12, "Tue 05-01 17:00"),
    ],
)
async def test_an_answer_is_promised_within_two_working_days(
    world: World, day: int, hour: int, month: int, until: str
) -> None:
    at(world, day, hour, month=month)
    await ask(world)
    assert wall(one(world).answer_by) == until


async def test_more_words_do_not_move_it_and_an_answer_ends_it(world: World) -> None:
    await ask(world)
    at(world, 24, 12)
    await ask(world, "Het is voor de tandarts.")
    assert wall(one(world).answer_by) == "Wed 25-11 17:00"
    answer(world)
    assert one(world).answer_by is None
    await world.settled(KARIN)
    at(world, 24, 13)
    await world.say(KARIN, "En donderdag?")
    assert wall(one(world).answer_by) == "Thu 26-11 17:00", "her new words, a new promise"


async def test_a_danger_word_is_promised_an_answer_too(world: World) -> None:
    await world.say(KARIN, "hij slaat mij")
    assert wall(one(world).answer_by) == "Wed 25-11 17:00"
    assert await world.later(KARIN, days=3) == [], "but nothing about it stands on a phone that others may read"
    assert one(world).overdue_at is not None


# --- it is late
async def test_what_is_late_is_noted_once_and_said_once(there: World) -> None:
    await ask(there)
    assert await there.later(KARIN, days=2) == []
    assert await there.later(KARIN, hours=2) == ["draad.laat"]
    said = there.last(KARIN).message.text
    assert all(each in said for each in ("juf Janneke", "donderdag 26 november"))
    assert wall(one(there).overdue_at) == "Wed 25-11 17:00"
    assert await there.later(KARIN, days=5) == []
    assert wall(one(there).overdue_at) == "Wed 25-11 17:00"
    answer(there)
    assert await there.settled(KARIN) == ["draad.antwoord"]
    shown = one(there)
    assert (shown.state, shown.answer_by, shown.overdue_at) == ("answered", None, None)


async def test_two_processes_tell_it_once(there: World) -> None:
    await ask(there)
    at(there, 25, 17, 5)
    for _ in range(2):
        there.write(lambda tx: waits.collect(tx, there.bot.books.almanac, there.clock()))
    assert await there.settled(KARIN) == ["draad.laat"]
    assert await there.settled(KARIN) == []


async def test_an_answer_takes_back_what_waits_for_the_morning(world: World) -> None:
    await ask(world)
    at(world, 25, 22)
    assert await world.later(KARIN) == [], "nobody is woken"
    answer(world)
    assert await world.later(KARIN, hours=14) == ["draad.antwoord"]


async def test_thanks_are_not_waited_for(world: World) -> None:
    await ask(world)
    answer(world)
    await world.settled(KARIN)
    await world.say(KARIN, "Dank u wel")
    assert await world.later(KARIN, days=4) == []
    assert one(world).overdue_at is not None, "but a person looks"


async def test_a_question_in_a_talk_is(world: World) -> None:
    await ask(world)
    answer(world)
    await world.settled(KARIN)
    await world.say(KARIN, "En dinsdag?")
    assert await world.later(KARIN, days=4) == ["draad.laat"]


async def test_who_only_chose_something_waits_for_nothing(world: World) -> None:
    world.note(KARIN, "start", {"flow": "helpen", "school": "brug", "fields": {}})
    assert await world.settled(KARIN) == ["helpen.vraag"]
    assert await world.say(KARIN, "2") == ["helpen.dank"]
    assert one(world).state == "open"
    assert await world.later(KARIN, days=4) == []
    assert one(world).overdue_at is not None, "but the office hears of it"


async def test_after_a_stop_nothing_is_said(world: World) -> None:
    await ask(world)
    await world.say(KARIN, "STOP")
    assert await world.later(KARIN, days=4) == []
    assert one(world).stopped


async def test_a_parent_of_two_teachers_hears_whose_answer_is_late(world: World) -> None:
    await world.say(JAN, "mens")
    await world.say(JAN, "2")
    await world.say(JAN, "Mag Saar eerder weg?")
    assert await world.later(JAN, days=3) == ["draad.laat"]
    assert "meester Bas" in world.last(JAN).message.text


async def test_the_office_hears_the_next_morning_that_an_answer_is_late(there: World) -> None:
    await link(there, WILS, "wil")
    await link(there, DORAS, "dora")
    await ask(there)
    assert await there.later(WILS, days=2, hours=12) == []
    assert await there.later(WILS, hours=6) == ["beloofd.vandaag"]
    assert wall(there.clock())[:9] == "Thu 26-11"
    assert there.read(DORAS)[-1].keys == ("collega.welkom",), "the head only where there is no office"
    answer(there)
    assert await there.later(WILS, days=2) == []


async def test_where_there_is_no_office_the_head_hears_it(there: World) -> None:
    def leave(tx: Tx) -> None:
        tx.execute(t.staff.update().where(t.staff.c.role == "administratie").values(left_at=there.clock()))

    await link(there, DORAS, "dora")
    there.write(leave)
    await ask(there)
    assert await there.later(DORAS, days=3) == ["beloofd.vandaag"]


async def test_how_a_school_kept_its_promise(there: World) -> None:
    await ask(there)
    answer(there)
    await there.settled(KARIN)
    assert counted(there) == (1, 0, 0)
    await there.say(KARIN, "En dinsdag?")
    await there.later(days=4)
    assert counted(there) == (1, 0, 1)
    answer(there)
    assert counted(there) == (1, 1, 0)
    await there.settled(KARIN)
    await there.say(KARIN, "En woensdag?")
    await there.later(days=5)
    there.write(lambda tx: threads.close(tx, 1, there.clock()))
    assert counted(there) == (1, 2, 0), "closing does not make a promise kept"
    with there.bot.database.read() as tx:
        assert threads.kept(tx, "vaart", MONDAY, there.clock()) == (0, 0, 0)
        assert threads.kept(tx, "brug", MONDAY - timedelta(days=7), MONDAY) == (0, 0, 0)


def counted(world: World) -> tuple[int, int, int]:
    with world.bot.database.read() as tx:
        return threads.kept(tx, "brug", MONDAY, world.clock() + timedelta(minutes=1))


# --- somebody else has it
def give(world: World, to: str, by: str = "janneke", note: str = "") -> None:
    row = who(world, to) if to else None
    world.write(lambda tx: threads.give(tx, 1, row, who(world, by), note, world.clock()))


async def test_a_parent_reads_who_has_her_words_now(there: World) -> None:
    await ask(there)
    give(there, "fenna", note="Kun jij bellen?")
    assert await there.settled(KARIN) == [], "it may have been a slip"
    assert await there.later(KARIN, minutes=2) == ["draad.gegeven"]
    assert "van juf Janneke naar Fenna (coach)" in there.last(KARIN).message.text
    assert await there.say(KARIN, "mens") == ["mens.wat"]
    assert await there.say(KARIN, "Het is voor de tandarts.") == ["mens.door"]
    assert "naar Fenna" in there.last(KARIN).message.text
    answer(there, key="fenna")
    assert await there.settled(KARIN) == ["draad.antwoord"]
    assert "Bericht van Fenna:" in there.last(KARIN).message.text
    assert await there.say(KARIN, "Dank u") == ["draad.door"]
    assert "Fenna" in there.last(KARIN).message.text


async def test_given_and_taken_back_she_reads_nothing(there: World) -> None:
    await ask(there)
    give(there, "fenna")
    await there.settled(KARIN)
    give(there, "")
    assert await there.later(KARIN, hours=1) == []


async def test_given_on_at_once_she_reads_the_last_only(there: World) -> None:
    await ask(there)
    give(there, "fenna")
    await there.settled(KARIN)
    give(there, "ida", by="fenna")
    assert await there.later(KARIN, minutes=5) == ["draad.gegeven"]
    assert "van Fenna naar Ida (intern begeleider)" in there.last(KARIN).message.text
    give(there, "", by="ida")
    await there.settled(KARIN)
    assert await there.later(KARIN, minutes=5) == ["draad.gegeven"]
    assert "van Ida naar juf Janneke (leerkracht)" in there.last(KARIN).message.text


async def test_an_answer_that_is_quicker_takes_its_place(there: World) -> None:
    await ask(there)
    give(there, "fenna")
    await there.settled(KARIN)
    answer(there, key="fenna")
    assert await there.settled(KARIN) == ["draad.antwoord"]
    assert await there.later(KARIN, minutes=5) == []


async def test_at_night_she_reads_it_in_the_morning(world: World) -> None:
    employ(world)
    await ask(world)
    at(world, 23, 22)
    give(world, "fenna")
    assert await world.later(KARIN, hours=8) == []
    assert await world.later(KARIN, hours=3) == ["draad.gegeven"]


async def test_what_is_answered_or_dangerous_is_given_without_a_word(world: World) -> None:
    employ(world)
    await ask(world)
    answer(world)
    await world.settled(KARIN)
    give(world, "fenna")
    assert await world.later(KARIN, hours=1) == []
    await world.say(FATIMA, "زوجي يضربني")
    row = who(world, "fenna")
    world.write(lambda tx: threads.give(tx, 2, row, None, "", world.clock()))
    assert await world.later(FATIMA, hours=1) == []
