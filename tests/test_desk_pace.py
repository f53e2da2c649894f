"""How much the desk reads in one transaction: a webhook never waits long for it, and alone it does not dawdle."""

import asyncio
import threading

from bot.desk.pace import FEWEST, LONG, MOST, TURN, Pace
from bot.store.database import Database


def test_alone_it_reads_ever_more_together_and_never_has_enough() -> None:
    desk = Pace(lambda: False)
    seen = []
    for _ in range(7):
        desk.begin()
        seen.append(desk.most)
        assert not desk.is_enough()
        desk.learn(desk.most)
    assert seen == [10, 20, 40, 80, 160, 200, 200]
    desk.learn(0)
    assert desk.most == MOST


def test_while_somebody_waits_it_ends_soon_and_learns_how_many_are_few() -> None:
    clock = iter([0.0, LONG, LONG + 0.001, 2 * TURN, 1.0, 1.0 + 10 * TURN])
    desk = Pace(lambda: True, lambda: next(clock))
    desk.begin()
    assert not desk.is_enough()
    assert desk.is_enough()
    desk.learn(80)
    assert desk.most == 40
    desk.begin()
    desk.learn(20)
    assert desk.most == FEWEST


async def test_who_waits_for_the_writer_is_seen_by_who_has_it(database: Database) -> None:
    began, go = threading.Event(), threading.Event()

    def alone(_: object) -> bool:
        return database.awaited()

    def writes(_: object) -> bool:
        began.set()
        go.wait(10)
        return database.awaited()

    assert await database.write(alone) is database.postgres, "on PostgreSQL nobody knows"
    first = asyncio.create_task(database.write(writes))
    await asyncio.to_thread(began.wait, 10)
    second = asyncio.create_task(database.write(alone))
    await asyncio.sleep(0)
    go.set()
    assert await first
    await second
    assert database.awaited() is database.postgres
