"""Rates as rows: turns, parts, distances, and what rests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.config import ChannelSettings, Config, School
from bot.outbox import limits
from bot.store import tables as t
from bot.store.database import Database
from tests.world import KARIN, World

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def settings(rate: float, per_person: float = 0.0) -> Config:
    channel = ChannelSettings("sms", "phone", "+31612000000", rate=rate, per_person=per_person)
    return Config({"a": School("a", "A")}, channels={"sms": channel})


def taken(database: Database, config: Config, now: datetime, most: int = 1000, units: int = 1) -> int:
    """How many messages of so many units may leave now."""
    with database.begin() as tx:
        rates = limits.load(tx, config, now)
        count = 0
        while count < most and rates.take("sms", 1, bulk=True) == now:
            rates.spend("sms", units - 1)
            count += 1
        rates.save(tx)
    return count


def test_after_a_rest_it_begins_with_one_turn(database: Database) -> None:
    for hour, (rate, first) in enumerate(((1.0, 1), (10.0, 1), (80.0, 5), (200.0, 11))):
        config, now = settings(rate), NOON + timedelta(hours=hour)
        assert taken(database, config, now) == first
        assert taken(database, config, now) == 0
        assert taken(database, config, now + timedelta(minutes=5)) == first


@pytest.mark.parametrize("rate", [1.0, 80.0, 300.0])
def test_at_work_it_keeps_to_its_rate_however_often_it_is_asked(database: Database, rate: float) -> None:
    config = settings(rate)
    for hour, pause in enumerate((0.05, 0.2, 0.9)):
        began, count, seconds = NOON + timedelta(hours=hour), 0, 0.0
        while seconds < 12:
            count += taken(database, config, began + timedelta(seconds=seconds))
            seconds += pause
        assert 12 * rate * 0.97 - rate - 1 <= count <= 12 * rate * 1.03 + 1


def test_a_text_of_three_parts_takes_three_turns(database: Database) -> None:
    config, count = settings(10.0), 0
    for tenth in range(91):
        count += taken(database, config, NOON + timedelta(seconds=tenth / 10), units=3)
    assert count == 1 + 90 // 3


async def test_what_leaves_by_sms_is_counted_by_parts(world: World) -> None:
    slow = {name: replace(each, rate=1.0) for name, each in world.bot.config.channels.items()}
    world.restart(channels=slow)
    world.queue(KARIN, text="woord " * 60)  # three parts
    await world.post()
    [free_at] = world.rows(select(t.limiter.c.next_at).where(t.limiter.c.name == "sms:+31612000000"))
    assert timedelta(seconds=2.9) <= free_at.next_at - world.clock() <= timedelta(seconds=3)


def test_patience_holds_a_sender(database: Database) -> None:
    config = settings(10.0)
    assert taken(database, config, NOON) == 1
    with database.begin() as tx:
        limits.hold(tx, config, "sms", NOON + timedelta(seconds=30))
        assert limits.held(tx, config, NOON) == {"sms": NOON + timedelta(seconds=30)}
    assert taken(database, config, NOON + timedelta(seconds=29)) == 0
    assert taken(database, config, NOON + timedelta(seconds=30)) == 1


def test_a_start_tries_a_channel_that_refused_us_again(database: Database) -> None:
    config = settings(1.0)
    assert taken(database, config, NOON, most=1) == 1
    with database.begin() as tx:
        limits.hold(tx, config, "sms", NOON + timedelta(minutes=5))
        limits.try_again(tx, config, NOON + timedelta(seconds=2))
    assert taken(database, config, NOON + timedelta(seconds=3)) > 0


@pytest.mark.parametrize(("rate", "hands"), [(0.1, 10), (10.0, 10), (80.0, 40), (1000.0, 100)])
def test_a_quick_sender_has_more_under_way(rate: float, hands: int) -> None:
    assert settings(rate).channels["sms"].at_once == hands


def test_no_more_than_somebody_has_hands_for(database: Database) -> None:
    config = settings(1000.0)
    with database.begin() as tx:
        rates = limits.load(tx, config, NOON, {"sms": 2})
        assert [rates.take("sms", 1, bulk=False) for _ in range(3)] == [NOON, NOON, None]
        rates = limits.load(tx, config, NOON, {"sms": -40})  # doubts are looked after however full the hands are
        assert rates.take("sms", 1, bulk=False) is None


def test_bulk_keeps_a_distance_to_one_person(database: Database) -> None:
    config = settings(100.0, per_person=6.0)
    with database.begin() as tx:
        rates = limits.load(tx, config, NOON)
        rates.know(tx, [1, 2])
        later = NOON + timedelta(seconds=6)
        assert [rates.take("sms", who, bulk=True) for who in (1, 1, 2)] == [NOON, later, NOON]
        assert rates.take("sms", 1, bulk=False) == NOON
