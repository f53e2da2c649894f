"""A talk that somebody asks for: one at a time, answered once, and then a round of one."""

from collections.abc import AsyncIterator, Callable
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.booking import opening, requests, rounds
from bot.booking.requests import Request
from bot.booking.slots import Hours
from bot.errors import BotError, Taken
from bot.people import barred, staff
from bot.store import tables as t
from bot.store.database import Database
from tests.harness.round import invited, notes, wall
from tests.world import FATIMA, KARIN, MONDAY, World, enrol, opened

DAY = date(2026, 12, 3)


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        for guardian, who in {"Karin": KARIN, "Fatima": FATIMA}.items():
            world.write(lambda tx, g=guardian, w=who: enrol(tx, g, w, "brug", ("school",), MONDAY))  # type: ignore[misc]
        yield world


def of(world: World, who: object = KARIN) -> tuple[int, int]:
    contact_id = world.contact(who)  # type: ignore[arg-type]
    g = t.guardian.c
    return contact_id, world.rows(select(g.child_id).where(g.contact_id == contact_id))[0].child_id


def ask(world: World, who: object = KARIN) -> int:
    contact_id, child_id = of(world, who)
    return world.write(lambda tx: requests.ask(tx, "brug", contact_id, child_id, "parent", world.clock()))


def answer(world: World, number: int, *walls: tuple[time, time], minutes: int = 15, day: date = DAY) -> int:
    config, now = world.bot.config, world.clock()
    janneke = world.write(lambda tx: staff.by_key(tx, "brug", "janneke").id)
    hours = [Hours(janneke, day, *each) for each in walls or ((time(15), time(16)),)]
    return world.write(lambda tx: requests.answer(tx, config, number, hours, minutes, janneke, now))


async def test_one_at_a_time_and_its_teacher_sees_it(there: World) -> None:
    number = ask(there)
    assert ask(there) == number
    contact_id, child_id = of(there)
    janneke, bas = (there.write(lambda tx, k=key: staff.by_key(tx, "brug", k).id) for key in ("janneke", "bas"))  # type: ignore[misc]

    def waiting(*staff_ids: int) -> list[Request]:
        return there.write(lambda tx: requests.open_for(tx, "brug", staff_ids or None))

    hers = Request(number, "brug", contact_id, child_id, janneke, "parent", "open", MONDAY)
    assert [waiting(), waiting(janneke), waiting(bas)] == [[hers], [hers], []]
    assert there.write(lambda tx: requests.open_for(tx, "vaart", None)) == []
    there.write(lambda tx: requests.call(tx, number, there.clock()))
    with pytest.raises(Taken):
        there.write(lambda tx: requests.drop(tx, number, there.clock()))
    assert waiting() == []
    again = ask(there)
    assert again != number, "that one is done"
    there.write(lambda tx: requests.drop(tx, again, there.clock()))
    with pytest.raises(BotError, match="no request 99"):
        there.write(lambda tx: requests.drop(tx, 99, there.clock()))


async def test_hours_make_a_round_of_one_in_which_she_is_asked(there: World) -> None:
    number = ask(there)
    made = answer(there, number, (time(15), time(16)), (time(17), time(17, 30)))
    assert answer(there, number) == made, "the same request again"
    with there.bot.database.read() as tx:
        found = rounds.get(tx, made)
        assert found is not None
        assert (found.kind, found.state, found.minutes, rounds.listed(tx, "brug")) == ("extra", "open", 15, [])
        assert found.closes_at == wall(3, 17, 15, month=12), "until the last moment at which a talk can begin"
    await opening.begin_due(there.bot.database, there.bot.books, there.clock())
    assert invited(there, made) == {("Karin", "Lotte"): "asked"}
    assert len(notes(there, made)) == 1
    for late in (requests.drop, requests.call):
        with pytest.raises(Taken):
            there.write(lambda tx, work=late: work(tx, number, there.clock()))  # type: ignore[misc]


async def test_the_same_hours_for_two_parents_begin_a_talk_later_for_the_second(there: World) -> None:
    first, second = ask(there), ask(there, FATIMA)
    answer(there, first)
    made = answer(there, second)
    with there.bot.database.read() as tx:
        assert [(each.start, each.until) for each in rounds.hours_of(tx, made)] == [(time(15, 15), time(16))]
    third = ask(there, FATIMA)
    with pytest.raises(Taken, match="given to others"):
        answer(there, third, (time(15), time(15, 30)))


@pytest.mark.parametrize(
    ("walls", "more", "says"),
    [
        ([(time(16), time(15))], {}, "later than the first"),
        ([(time(15), time(15, 10))], {}, "no talk fits"),
        ([(time(15, 3), time(16))], {}, "whole five minutes"),
        ([(time(22), time(23))], {}, "between 07:00 and 22:00"),
        ([(time(15), time(16))], {"minutes": 12}, "in steps of five"),
        ([(time(15), time(16))], {"day": date(2026, 11, 20)}, "is past"),
        ([(time(15), time(16)), (time(15, 30), time(17))], {}, "named twice"),
    ],
)
async def test_hours_that_cannot_be_are_refused(
    there: World, walls: list[tuple[time, time]], more: dict[str, object], says: str
) -> None:
    number = ask(there)
    with pytest.raises(BotError, match=says):
        answer(there, number, *walls, **more)  # type: ignore[arg-type]
    assert there.rows(select(t.talk_round)) == []


async def test_nobody_asks_about_a_child_of_which_she_may_not_hear(there: World) -> None:
    number, (contact_id, child_id) = ask(there), of(there)
    there.write(lambda tx: barred.bar(tx, contact_id, child_id, there.clock()))
    refused: list[Callable[[], int]] = [lambda: ask(there), lambda: answer(there, number)]
    for each in refused:
        with pytest.raises(BotError, match="nothing about"):
            each()
    other = of(there, FATIMA)[1]
    with pytest.raises(BotError, match="nothing about"):
        there.write(lambda tx: requests.ask(tx, "brug", contact_id, other, "parent", there.clock() + timedelta(days=1)))
