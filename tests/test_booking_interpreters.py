"""Interpreters: who they are, when they have time, and the talks of a day in a row, without a parent's name."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.booking import bookings, instead, interpreters, invited
from bot.booking.interpreters import Interpreter, Job
from bot.errors import BotError
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.evening import DAY as EVENING
from tests.harness.evening import NOW, Evening
from tests.world import FATIMA, KARIN, MONDAY, World

ZONE = ZoneInfo("Europe/Amsterdam")
DAY = date(2027, 3, 28)  # the clock changes: its night is an hour shorter


def samira(tx: Tx, name: str = " Samira  Aziz ", cost: int = 6000) -> int:
    said = ["Arabisch", "tr", "ar"]
    return interpreters.add(tx, "brug", name, said, MONDAY, phone="+31612009101", modes=["video", "phone"], cost=cost)


async def test_who_interprets_is_sealed_listed_changed_and_leaves(world: World) -> None:
    number = world.write(samira)
    [row] = world.rows(select(t.interpreter))
    assert b"Samira" not in row.name
    assert b"612009101" not in row.phone

    def listed() -> list[Interpreter]:
        return world.write(lambda tx: interpreters.of_school(tx, "brug"))

    hers = Interpreter(number, "brug", "Samira Aziz", "+31612009101", ("ar", "tr"), ("phone", "video"), 6000)
    assert listed() == [hers]
    world.write(lambda tx: interpreters.change(tx, number, phone="", languages=["pl"], modes=["site"], cost=0))
    assert listed() == [hers._replace(phone="", languages=("pl",), modes=("site",), cost=0)]
    assert world.write(lambda tx: interpreters.of_school(tx, "vaart")) == []
    with pytest.raises(BotError, match="no interpreter"):
        world.write(lambda tx: interpreters.known(tx, number, "vaart"))
    world.write(lambda tx: interpreters.hours(tx, number, DAY, [(time(15), time(16))]))
    assert world.write(lambda tx: interpreters.leave(tx, number, MONDAY)) == []
    assert listed() == []
    assert world.rows(select(t.interpreter_hours)) == []
    assert world.write(lambda tx: interpreters.of_school(tx, "brug", left=True))[0].left_at == MONDAY


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": " "}, "a name of at most"),
        ({"languages": ["klingon"]}, "'klingon' is no language"),
        ({"languages": []}, "at least one language"),
        ({"modes": ["fax"]}, "comes by phone, video, site"),
        ({"modes": []}, "comes by"),
        ({"cost": -1}, "between 0 and 1000 euros"),
        ({"kin": "child"}, "has no kin"),
    ],
)
async def test_what_cannot_be_is_said(world: World, given: dict[str, object], says: str) -> None:
    number = world.write(samira)
    with pytest.raises(BotError, match=says):
        world.write(lambda tx: interpreters.change(tx, number, **given))


async def test_hours_that_meet_become_one_and_odd_ones_are_refused(world: World) -> None:
    number = world.write(samira)

    def say(*walls: tuple[time, time]) -> list[tuple[time, time]]:
        return world.write(lambda tx: interpreters.hours(tx, number, DAY, walls))

    assert say((time(17), time(18)), (time(15), time(16, 30)), (time(16), time(17)), (time(19), time(20))) == [
        (time(15), time(18)), (time(19), time(20)),
    ]  # fmt: skip
    assert say((time(15), time(16))) == [(time(15), time(16))], "all of that day"
    assert world.write(lambda tx: interpreters.hours_of(tx, [number], DAY)) == {number: {DAY: [(time(15), time(16))]}}
    assert world.write(lambda tx: interpreters.hours_of(tx, [number], DAY + timedelta(days=1))) == {}
    with pytest.raises(BotError, match="16:00 until 15:00 is no time"):
        say((time(16), time(15)))
    with pytest.raises(BotError, match="whole five minutes"):
        say((time(15, 2), time(16)))
    assert say() == []


async def test_the_talks_of_a_day_stand_in_a_row_with_language_and_cost(world: World) -> None:
    def work(tx: Tx) -> tuple[int, int, int]:
        first, second = samira(tx), samira(tx, "Tolkcentrum", 0)
        janneke = staff.by_key(tx, "brug", "janneke").id
        row = {"school": "brug", "name": "Rapport", "kind": "rapport", "per": "child", "minutes": 10, "key": "r"}
        moments = {"opens_at": MONDAY, "closes_at": MONDAY, "made_at": MONDAY}
        round_id = tx.execute(t.talk_round.insert().returning(t.talk_round.c.id), {**row, **moments}).scalar_one()
        child = tx.execute(select(t.guardian.c.child_id)).scalars().first()
        for hour, who, parent, state in (
            (16, first, FATIMA, "planned"), (15, first, KARIN, "held"), (17, first, KARIN, "cancelled"),
            (15, second, KARIN, "planned"),
        ):  # fmt: skip
            at = datetime.combine(DAY, time(hour), ZONE)
            talk = {"contact_id": world.contact(parent), "school": "brug", "child_id": child, "staff_id": janneke}
            when = {"starts_at": at, "minutes": 15, "made_at": MONDAY, "changed_at": MONDAY, "place": "lokaal 4"}
            given = {**talk, **when, "interpreter_id": who, "round_id": round_id, "state": state}
            tx.execute(t.appointment.insert(), given)
        asked = {"round_id": round_id, "contact_id": world.contact(KARIN), "child_id": child, "school": "brug"}
        tx.execute(t.invitee.insert(), {**asked, "interpreter": "tr", "asks_at": MONDAY, "changed_at": MONDAY})
        return first, second, round_id

    first, second, round_id = world.write(work)
    config = world.bot.config
    jobs = world.write(lambda tx: interpreters.day(tx, config, "brug", DAY))
    assert [(job.interpreter_id, f"{job.starts_at.astimezone(ZONE):%H:%M}", job.language) for job in jobs] == [
        (first, "15:00", "tr"), (first, "16:00", "ar"), (second, "15:00", "tr"),
    ]  # fmt: skip
    assert jobs[0][3:7] == (15, "juf Janneke", "school", "lokaal 4")
    assert "child" not in "".join(Job._fields), "of whose child it is stands nowhere"
    assert world.write(lambda tx: interpreters.day(tx, config, "brug", DAY - timedelta(days=1))) == []
    assert world.write(lambda tx: interpreters.of_round(tx, round_id)) == jobs
    assert world.write(lambda tx: interpreters.cost(tx, round_id)) == 3000, "half an hour of sixty euros"
    [left] = world.write(lambda tx: interpreters.leave(tx, first, MONDAY))
    [without] = world.write(lambda tx: instead.needed(tx, "brug", MONDAY))
    assert (without.talk.id, without.language) == (left, "ar"), "somebody else has to come"


@pytest.fixture
def there(database: Database) -> Evening:
    return Evening(database)


def test_another_interpreter_who_is_free_comes_instead_and_the_others_are_named(there: Evening) -> None:
    """Not one who has a talk then, speaks another language or interprets in the room only where a talk is by phone."""

    def made(name: str, language: str, *walls: tuple[time, time], mode: str = "phone") -> int:
        number = there.write(lambda tx: interpreters.add(tx, "brug", name, [language], NOW, modes=[mode]))
        there.write(lambda tx: interpreters.hours(tx, number, EVENING, walls))
        return number

    first = made("Samira", "ar", (time(15), time(17)))
    second = made("Nour", "ar", (time(15), time(15, 40)))
    made("Piotr", "pl", (time(15), time(17)))
    for hour, who in (("15:00", first), ("15:15", first), ("15:30", first), ("15:45", first), ("15:15", second)):
        parent, teacher = there.family(teacher=who == second), int(who == second)
        hers, place = there.hers(parent), there.slot(hour, teacher=teacher, interpreter=who)
        slot = place.slot._replace(mode="phone" if hour == "15:30" else "school")
        proposal = {hers[0].child_id: place._replace(slot=slot)}
        until = there.now + timedelta(days=1)
        there.write(lambda tx: invited.change(tx, [hers[0].id], NOW, interpreter="ar"))  # noqa: B023
        assert there.write(lambda tx: bookings.offer(tx, there.config, there.round, hers, proposal, until, NOW))  # noqa: B023
        assert there.write(lambda tx: bookings.confirm(tx, there.config, there.round, parent, NOW))  # noqa: B023

    def still() -> list[str]:
        found = there.write(lambda tx: instead.fill(tx, there.config, "brug", NOW))
        return [f"{each.talk.starts_at.astimezone(ZONE):%H:%M} {each.language}" for each in found]

    assert still() == [], "nobody has stopped"
    there.write(lambda tx: interpreters.change(tx, second, modes=["site"]))
    there.write(lambda tx: interpreters.leave(tx, first, NOW))
    assert still() == ["15:15 ar", "15:30 ar", "15:45 ar"]
    there.is_whole()
    third = made("Amal", "ar", (time(15), time(18)))
    assert still() == []
    assert [talk.interpreter_id for talk in there.talks()] == [second, third, third, third, second]
    there.is_whole()
