"""Who is reached at a school, and why not: on both databases."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.people import audit, reached
from bot.people.reached import Reach
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import FATIMA, KARIN, MONDAY, OMAR, World, enrol, opened

DAY = timedelta(days=1)


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        for name, who in {"Fatima": FATIMA, "Omar": OMAR, "Karin": KARIN}.items():
            world.write(lambda tx, name=name, who=who: enrol(tx, name, who, "brug", ("school",), MONDAY))  # type: ignore[misc]
        yield world


def look(world: World, who: Any, school: str = "brug") -> Reach:
    hers = world.contact(who)
    return world.write(lambda tx: reached.of(tx, school, [hers]))[hers]


def message(world: World, who: Any, status: str, at: datetime) -> None:
    number = world.queue(who, "broadcast")
    values = {"status": status, "settled_at": at, "queued_at": at}
    world.write(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.id == number).values(values)))


def withdraw(world: World, by: str) -> None:
    world.write(lambda tx: tx.execute(update(t.consent).values(withdrawn_at=MONDAY + DAY, withdrawn_by=by)))


async def test_who_said_yes_is_reached(there: World) -> None:
    how = look(there, FATIMA)
    assert how.state == reached.READS
    assert [(way.channel, way.open) for way in how.ways] == [("whatsapp", True)]
    assert look(there, FATIMA, "vaart").state == reached.HALFWAY, "at another school she said nothing yet"


async def test_who_never_came_has_a_letter_or_none(there: World) -> None:
    def work(tx: Tx) -> tuple[Reach, Reach]:
        linked = select(t.address.c.contact_id)
        nobody = (
            tx.execute(select(t.guardian.c.contact_id).where(t.guardian.c.contact_id.not_in(linked))).scalars().first()
        )
        assert nobody is not None
        with_letter = reached.of(tx, "brug", [nobody])[nobody]
        tx.execute(t.code.delete())
        return with_letter, reached.of(tx, "brug", [nobody])[nobody]

    before, after = there.write(work)
    assert before == Reach(reached.NEW, code_until=MONDAY + 14 * DAY)
    assert after == Reach(reached.NEW)


@pytest.mark.parametrize(
    ("by", "state"), [("stop", "stop"), ("block", "geblokkeerd"), ("less", "uit"), ("office", "uit")]
)
async def test_what_closed_her_yes_is_the_reason(there: World, by: str, state: str) -> None:
    withdraw(there, by)
    how = look(there, KARIN)
    assert (how.state, how.since) == (state, MONDAY + DAY)


async def test_her_newest_word_counts(there: World) -> None:
    withdraw(there, "stop")
    await there.say(KARIN, "START")
    assert look(there, KARIN).state == reached.READS


async def test_a_number_that_is_dead(there: World) -> None:
    there.write(lambda tx: tx.execute(update(t.address).values(blocked_at=MONDAY + DAY)))
    how = look(there, OMAR)
    assert (how.state, how.since) == (reached.BLOCKED, MONDAY + DAY)


async def test_nothing_arrives_since_the_first_failure_after_the_last_good_one(there: World) -> None:
    for days, status in enumerate(("failed", "delivered", "failed", "cancelled", "failed"), 1):
        message(there, OMAR, status, MONDAY + days * DAY)
    how = look(there, OMAR)
    assert (how.state, how.since) == (reached.FAILS, MONDAY + 3 * DAY)
    message(there, OMAR, "read", MONDAY + 6 * DAY)
    assert look(there, OMAR).state == reached.READS


async def test_what_a_colleague_did_counts_for_two_weeks_and_at_her_school(there: World) -> None:
    def note(what: str, days: int, school: str = "brug", target: int = 7) -> None:
        there.write(lambda tx: audit.note(tx, school, 1, what, MONDAY + days * DAY, kind="contact", target=target))

    def alone(days: int) -> set[int]:
        return there.write(lambda tx: reached.left_alone(tx, "brug", MONDAY + days * DAY))

    note(reached.CALLED, 0)
    note(reached.FINE, 1, target=8)
    note(reached.FINE, 1, "vaart", 9)
    note("antwoord", 1, target=10)
    assert alone(2) == {7, 8}
    assert alone(14) == {8}
    assert alone(15) == set()
    note(reached.AGAIN, 15, target=8)
    note(reached.CALLED, 15)
    assert alone(16) == {7}
