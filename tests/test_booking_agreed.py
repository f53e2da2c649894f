"""What was agreed in a talk: both say that it is so, others only read it, and once somebody looks back."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.booking import agreed, appointments
from bot.errors import BotError
from bot.people import barred, staff
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.foreign import translated
from tests.harness.table import THURSDAY, ZONE, agree, along
from tests.world import FATIMA, KARIN, MONDAY, OMAR, World, enrol, opened

SCHOOL, HOME = "Wij lezen elke dag samen.", "U leest voor bij het slapen."
LOOK = date(2026, 12, 15)  # a Tuesday


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        for guardian, who in {"Fatima": FATIMA, "Karin": KARIN, "Omar": OMAR}.items():
            world.write(lambda tx, g=guardian, w=who: enrol(tx, g, w, "brug", ("school",), MONDAY))  # type: ignore[misc]
        yield world


def talked(world: World, who: object = KARIN) -> int:
    """A talk that is over now."""
    number = agree(world, who, prepares=False)  # type: ignore[arg-type]
    world.clock.move(THURSDAY + timedelta(minutes=20))
    world.write(lambda tx: appointments.held(tx, world.bot.config, number, world.clock()))
    return number


def write(world: World, number: int, home: str = HOME, look_on: date | None = LOOK, school: str = SCHOOL) -> int:
    def work(tx: Tx) -> int:
        janneke = staff.by_key(tx, "brug", "janneke").id
        return agreed.write(tx, world.bot.config, number, school, home, look_on, janneke, world.clock())

    return world.write(work)


def states(world: World, number: int) -> dict[int, str]:
    with world.bot.database.read() as tx:
        found = agreed.of(tx, number)
    return {each.contact_id: each.state for each in found.to} if found else {}


async def test_both_say_that_it_is_so_and_once_they_look_back(there: World) -> None:
    number = talked(there)
    write(there, number)
    assert await there.settled(KARIN) == ["afspraken_na.klopt_dag"]
    text = there.last(KARIN).message.text
    assert f"School: {SCHOOL} Thuis: {HOME} Op dinsdag 15 december kijken we terug." in text
    assert states(there, number) == {there.contact(KARIN): "asked"}
    assert await there.say(KARIN, "ja") == ["afspraken_na.dank"]
    assert states(there, number) == {there.contact(KARIN): "yes"}
    with there.bot.database.read() as tx:
        found = agreed.of(tx, number)
    assert found is not None
    assert (found.is_confirmed, found.school_does, found.home_does, found.look_on) == (True, SCHOOL, HOME, LOOK)
    write(there, number)
    assert await there.settled(KARIN) == [], "the same once more says nothing"

    there.clock.move(datetime(2026, 12, 15, 15, 29, tzinfo=ZONE).astimezone(UTC))
    assert await there.later(KARIN, minutes=2) == ["terugkijken.hoe"], "at the hour of their talk"
    assert await there.say(KARIN, "1") == ["algemeen.fijn"]
    assert there.words() == [], "the teacher reads it, and has to do nothing"
    bodies = there.rows(select(t.thread_message.c.body))
    with there.bot.database.read() as tx:
        assert [tx.open("thread_message.body", row.body) for row in bodies] == ["terugkijken: Het gaat goed"]
    assert await there.later(KARIN, days=30) == [], "once"


async def test_what_was_something_else_goes_to_the_teacher_and_is_asked_again(there: World) -> None:
    number = talked(there)
    write(there, number)
    await there.settled(KARIN)
    assert await there.say(KARIN, "2") == ["afspraken_na.wat"]
    assert (await there.say(KARIN, "Twee keer per week"))[0] == "mens.door"
    assert states(there, number) == {there.contact(KARIN): "other"}
    assert there.words() == ["afspraken_na: Het is anders", "Twee keer per week"]
    write(there, number, "U leest twee keer per week voor.")
    assert await there.settled(KARIN) == ["afspraken_na.klopt_dag"]
    write(there, number, "U leest drie keer per week voor.")
    assert set(await there.say(KARIN, "1")) == {"afspraken_na.klopt_dag"}
    assert states(there, number) == {there.contact(KARIN): "asked"}, "her yes was to other words"
    assert await there.say(KARIN, "1") == ["afspraken_na.dank"]
    assert states(there, number) == {there.contact(KARIN): "yes"}
    assert len(there.rows(select(t.agreement))) == 1


async def test_each_reads_it_in_her_own_language_and_who_only_reads_is_not_asked(there: World) -> None:
    number = talked(there, FATIMA)
    for language in ("ar", "en"):
        for line, said in ((SCHOOL, "SCHOOL"), (HOME, "HOME")):
            translated(there, "nl", language, line, f"{said}-{language}")
    open_window = t.address.update().values(heard_at=there.clock())
    there.write(lambda tx: tx.execute(open_window))
    along(there, number, OMAR, role="summary")
    write(there, number, look_on=None)
    await there.later(minutes=1)
    assert there.last(FATIMA).keys[0] == "afspraken_na.klopt"
    assert SCHOOL not in there.last(FATIMA).message.text
    assert "SCHOOL-ar" in there.last(FATIMA).message.text
    assert "HOME-en" in there.last(OMAR).message.text
    assert there.last(OMAR).keys[0] == "afspraken_na.lees"
    assert states(there, number) == {there.contact(FATIMA): "asked", there.contact(OMAR): "told"}
    assert not agreed_answer(there, number, OMAR), "he was not asked"
    assert await there.later(days=30) == []
    assert not [heard for heard in there.read(FATIMA) if "terugkijken.hoe" in heard.keys], "no day was named"


def agreed_answer(world: World, number: int, who: object) -> bool:
    [row] = world.rows(select(t.agreement.c.id).where(t.agreement.c.appointment_id == number))
    contact_id = world.contact(who)  # type: ignore[arg-type]
    return world.write(lambda tx: agreed.answer(tx, row.id, contact_id, True, world.clock()))


async def test_nothing_goes_to_who_is_barred_or_whose_child_has_left(there: World) -> None:
    number = talked(there, FATIMA)
    along(there, number, OMAR)
    [child] = there.rows(select(t.appointment.c.child_id).where(t.appointment.c.id == number))
    there.write(lambda tx: barred.bar(tx, there.contact(OMAR), child.child_id, there.clock()))
    write(there, number)
    there.write(lambda tx: barred.bar(tx, there.contact(FATIMA), child.child_id, there.clock()))
    assert await there.settled(FATIMA) == []
    assert there.read(OMAR) == []
    assert await there.later(FATIMA, days=40) == []
    write(there, number, "U leest nog vaker voor.")
    assert states(there, number) == {}
    assert await there.later(FATIMA, days=40) == []

    other = agree(there, KARIN, there.clock() + timedelta(days=1), prepares=False)
    there.clock.move(there.clock() + timedelta(days=2))
    left = t.child.update().where(
        t.child.c.id == select(t.appointment.c.child_id).where(t.appointment.c.id == other).scalar_subquery()
    )
    there.write(lambda tx: tx.execute(left.values(left_at=there.clock())))
    write(there, other, look_on=None)
    assert await there.settled(KARIN) == []
    assert states(there, other) == {}


async def test_they_look_back_on_a_day_with_school(there: World) -> None:
    number = talked(there)
    write(there, number, look_on=date(2026, 12, 19))  # a Saturday, and Christmas holidays come after it
    await there.settled(KARIN)
    await there.say(KARIN, "1")
    assert await there.later(KARIN, days=30) == []
    there.clock.move(datetime(2027, 1, 4, 15, 0, tzinfo=ZONE).astimezone(UTC))
    assert await there.later(KARIN, minutes=31) == ["terugkijken.hoe"]
    assert await there.say(KARIN, "nog niet begonnen") == ["terugkijken.nog_niet"]


@pytest.mark.parametrize(
    ("school", "home", "look_on", "word"),
    [
        (" ", HOME, LOOK, "leeg"), (SCHOOL, "\n", LOOK, "leeg"), (SCHOOL, "u" * 241, LOOK, "lang"),
        (SCHOOL, HOME, date(2026, 12, 3), "voorbij"), (SCHOOL, HOME, date(2028, 1, 1), "ver"),
        (SCHOOL, HOME, None, ""), (SCHOOL + "\n" + SCHOOL, HOME, LOOK, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_put_to_a_parent(school: str, home: str, look_on: date | None, word: str) -> None:
    assert agreed.wrong(school, home, look_on, date(2026, 12, 3)) == word


async def test_nothing_is_agreed_before_there_was_a_talk(there: World) -> None:
    number = agree(there, KARIN, prepares=False)
    with pytest.raises(BotError, match="nothing to agree"):
        write(there, number)
    there.write(lambda tx: appointments.cancel(tx, number, there.clock(), tell=False))
    there.clock.move(THURSDAY + timedelta(hours=1))
    with pytest.raises(BotError, match="nothing to agree"):
        write(there, number)
    other = agree(there, KARIN, there.clock() + timedelta(hours=3))
    there.clock.move(there.clock() + timedelta(hours=4))
    with pytest.raises(BotError, match="leeg"):
        write(there, other, "")
    assert there.rows(select(t.agreement)) == []
