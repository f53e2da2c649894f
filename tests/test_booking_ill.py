"""A colleague is ill: everybody concerned hears of it once, with what is next, and nobody comes in vain."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.booking import appointments, ill, opening, requests
from bot.booking.appointments import Talk
from bot.booking.slots import Hours
from bot.errors import BotError
from bot.people import staff
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.round import DAY, invited, make, notes, plan, wall
from tests.world import ENROLLED, FATIMA, JAN, KARIN, MONDAY, OMAR, YEAR, World, enrol, opened


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        for guardian, who in ENROLLED.items():
            world.write(lambda tx, g=guardian, w=who: enrol(tx, g, w, "brug", ("school",), MONDAY))  # type: ignore[misc]
        yield world


async def booked(world: World) -> tuple[int, int]:
    """A round that is open; in it Karin has a talk with juf Janneke. The round and the talk."""
    at = wall(3, 15, month=12)
    number = make(world, early_at=None)
    world.clock.move(wall(25, 16))
    await opening.begin_due(world.bot.database, world.bot.books, world.clock())
    return number, world.write(lambda tx: agree(tx, world, KARIN, at, round_id=number))


def janneke(tx: Tx) -> int:
    return staff.by_key(tx, "brug", "janneke").id


def agree(tx: Tx, world: World, who: Any, at: datetime, **more: Any) -> int:
    contact_id, v = world.contact(who), t.invitee.c
    child = tx.execute(select(t.guardian.c.child_id).where(t.guardian.c.contact_id == contact_id)).scalars().first()
    talk = Talk(contact_id, "brug", at, 10, child, janneke(tx), **more)
    number = appointments.plan(tx, world.bot.config, talk, world.clock(), tell=False)
    tx.execute(update(t.invitee).where(v.contact_id == contact_id, v.child_id == child).values(state="booked"))
    return number


def absent(world: World, day: date = DAY, *, again: bool = True) -> int:
    config, now = world.bot.config, world.clock()
    return world.write(lambda tx: ill.absent(tx, config, janneke(tx), day, now, again=again))


async def test_she_hears_once_that_it_is_off_with_another_moment(there: World) -> None:
    number, talk = await booked(there)
    before = len(notes(there, number))
    assert there.write(lambda tx: ill.talks_of(tx, there.bot.config, janneke(tx), "brug", DAY, there.clock())) == 1
    assert (absent(there), absent(there)) == (1, 0)
    [row] = there.rows(select(t.appointment.c.state))
    assert row.state == "cancelled"
    assert invited(there, number)["Karin", "Lotte"] == "asked"
    who, hours = there.contact(KARIN), there.rows(select(t.talk_hours.c.staff_id))
    assert there.write(janneke) not in [row.staff_id for row in hours]
    assert [each.split(":")[:2] for each in notes(there, number)[before:]] == [[str(who), "ill"]]
    assert len(hours) == 1, "those of her colleague stand"
    said = there.rows(select(t.inbox.c.provider_id).where(t.inbox.c.provider_id.startswith(f"appointment:{talk}:")))
    assert said == [], "not twice"


@pytest.mark.parametrize("closed", [False, True])
async def test_without_another_moment_she_hears_that_school_looks_for_one_and_a_colleague_does(
    there: World, closed: bool
) -> None:
    number, _ = await booked(there)
    await there.settled(KARIN)
    before = notes(there, number)
    if closed:
        there.write(lambda tx: tx.execute(update(t.talk_round).values(state="closed")))
    assert absent(there, again=closed) == 2, "and what is kept for somebody"
    assert notes(there, number) == before
    assert invited(there, number)["Karin", "Lotte"] == "call"
    asked = there.write(lambda tx: requests.open_for(tx, "brug", [janneke(tx)]))
    assert [(each.contact_id, each.who) for each in asked] == [(there.contact(KARIN), "school")] * closed
    assert await there.settled(KARIN) == ["afspraak.ziek"]


async def test_the_other_parent_who_comes_along_hears_it_too_and_nobody_else(there: World) -> None:
    number, talk = await booked(there)
    alone = there.write(lambda tx: agree(tx, there, FATIMA, wall(3, 16, month=12)))
    rows = [
        {"appointment_id": of, "contact_id": there.contact(who), "role": role, "state": "yes", "changed_at": MONDAY}
        for of, who, role in ((alone, OMAR, "comes"), (talk, JAN, "summary"))
    ]
    there.write(lambda tx: tx.execute(t.guest.insert(), rows))
    before = there.rows(select(t.inbox.c.id))
    assert absent(there) == 2
    after = there.rows(select(t.inbox.c.contact_id).where(t.inbox.c.id.not_in([row.id for row in before])))
    assert sorted(row.contact_id for row in after) == sorted(map(there.contact, [KARIN, FATIMA, OMAR]))
    assert notes(there, number)[-1].startswith(f"{there.contact(KARIN)}:ill:")


async def test_other_days_and_what_has_begun_stand(there: World) -> None:
    number, _ = await booked(there)
    next_day = DAY + timedelta(days=1)
    assert absent(there, next_day) == 0
    there.clock.move(wall(3, 15, 1, month=12))
    there.write(lambda tx: tx.execute(update(t.talk_round).values(closes_at=wall(4, 12, month=12))))
    assert absent(there) == 0, "they are talking"
    assert invited(there, number)["Karin", "Lotte"] == "booked"
    with pytest.raises(BotError, match="nobody here"):
        there.write(lambda tx: ill.absent(tx, there.bot.config, 99, DAY, there.clock()))


async def test_who_shares_her_group_takes_over_where_she_has_no_hours_left(there: World) -> None:
    els = there.write(lambda tx: staff.add(tx, "brug", "els", "juf Els", "leerkracht", ["groep 4"], YEAR))

    def hours(tx: Tx) -> dict[str, Any]:
        mine = plan(tx).hours
        return {"hours": (*mine, Hours(els, DAY, mine[0].start, mine[0].until))}

    number = make(there, early_at=None, **there.write(hours))
    there.clock.move(wall(25, 16))
    await opening.begin_due(there.bot.database, there.bot.books, there.clock())
    v = t.invitee.c
    hers = select(v.staff_id).where(v.contact_id == there.contact(KARIN))
    assert there.rows(hers)[0].staff_id == there.write(janneke)
    absent(there)
    assert there.rows(hers)[0].staff_id == els
    assert len(notes(there, number)) == 4, "nobody had a talk with her, so nobody hears anything"


async def test_what_was_only_kept_for_somebody_goes_back_and_she_gets_another(there: World) -> None:
    number, talk = await booked(there)
    there.write(lambda tx: tx.execute(update(t.appointment).values(state="offered", hold_until=wall(26, 16))))
    there.write(lambda tx: tx.execute(update(t.invitee).values(state="offered")))
    assert absent(there) == 1
    [row] = there.rows(select(t.appointment.c.id, t.appointment.c.state))
    assert (row.id, row.state) == (talk, "let_go")
    assert there.rows(select(t.busy)) == []
    assert notes(there, number)[-1].startswith(f"{there.contact(KARIN)}:ill:")
