"""Forgetting people: who left, with all that is theirs, and nobody else; and nothing of an old year is left."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from bot.desk import handoff, threads
from bot.errors import BotError
from bot.heartbeat import all_chores
from bot.inbox.put import Note, put
from bot.model import HOME
from bot.people import codes, contacts, roster, staff, years
from bot.privacy import retention
from bot.store import schema
from bot.store import tables as t
from bot.store.columns import metadata
from bot.store.database import Database, Tx
from tests import world as there
from tests.harness.forgetting import (
    AUGUST,
    DAY,
    EVE,
    IN_YEAR,
    close_all,
    count,
    fill,
    forget,
    holding,
    leave,
    opened,
)
from tests.world import FATIMA, JAN, KARIN, OMAR, STRANGER, World


@pytest.fixture
async def full(database: Database, tmp_path: Path) -> World:
    """Both schools, with everything that a school year leaves behind."""
    async with there.opened(database, tmp_path) as world:
        for guardian, who in there.ENROLLED.items():
            world.enrol(guardian, who)
        world.clock.move(IN_YEAR)
        world.write(lambda tx: fill(tx, IN_YEAR))
        return world


# --- people
async def test_a_family_that_left_is_forgotten_with_all_that_is_hers(full: World) -> None:
    """Both parents of two households, and what others hold of them."""
    database = full.bot.database
    full.write(close_all)
    full.write(lambda tx: leave(tx, "Amira"))
    fatima, omar = full.contact(FATIMA), full.contact(OMAR)

    def before(tx: Tx) -> None:
        thread = handoff.open_thread(tx, fatima, "brug", None, "gevaar", [], AUGUST)
        alarm = {"thread_id": thread, "school": "brug", "position": 1, "state": "taken", "raised_at": AUGUST}
        number = tx.execute(insert(t.alarm).values(**alarm, taken_by=omar).returning(t.alarm.c.id)).scalar_one()
        tx.execute(update(t.thread).where(t.thread.c.id == thread).values(state="answered"))
        duty = contacts.resolve(tx, [there.COLLEAGUE], AUGUST)[there.COLLEAGUE][0]
        put(tx, [Note(duty, "start", f"alarm:{number}:{turn}", {}) for turn in (0, 1)], AUGUST)
        tx.execute(update(t.inbox).values(state="done"))
        codes.spend(tx, "7KQ29FMX", full.address(FATIMA), DAY)
        codes.make(tx, omar, "brug", "letter", DAY)
        tx.execute(insert(t.limiter).values(name=f"to:{full.address(FATIMA)}", next_at=DAY))

    full.write(before)
    await forget(database, EVE)
    assert count(database, t.contact, t.contact.c.id.in_([fatima, omar])) == 2
    await forget(database, DAY)
    for table in metadata.sorted_tables:
        if "contact_id" in table.c:
            assert count(database, table, table.c.contact_id.in_([fatima, omar])) == 0, table.name
    for word in ("Amira", "Haddad", "+31612000001"):
        assert holding(database, word) == set()
    with database.read() as tx:
        schema.try_keys(tx)  # empty addresses are addresses still
    assert await full.say(FATIMA, "Hallo"), "she is a stranger, and answered as one"
    assert count(database, t.alarm) == count(database, t.limiter, t.limiter.c.name.startswith("to:")) == 0
    calls = t.inbox.c.provider_id.startswith("alarm:")
    assert count(database, t.inbox, calls) == 0, "the next alarm may have the same number"
    assert count(database, t.address, t.address.c.contact_id.in_([full.contact(JAN), full.contact(KARIN)])) == 2


async def test_siblings_colleagues_and_duty_stay(full: World) -> None:
    database = full.bot.database
    jan, karin = full.contact(JAN), full.contact(KARIN)

    def write(tx: Tx) -> None:
        close_all(tx)
        leave(tx, "Tim")
        leave(tx, "Lotte")
        tx.execute(update(t.staff).where(t.staff.c.id == 1).values(contact_id=karin))
        contacts.resolve(tx, [there.COLLEAGUE], there.MONDAY)
        tx.execute(update(t.thread).where(t.thread.c.contact_id == jan).values(child_id=3))

    full.write(write)
    await forget(database, DAY)
    assert holding(database, "Tim") == holding(database, "Lotte") == set()
    assert holding(database, "Saar") == {"child.name"}
    assert count(database, t.contact, t.contact.c.id.in_([jan, karin])) == 2, "a sibling, and work at school"
    assert count(database, t.consent, t.consent.c.contact_id == karin, t.consent.c.withdrawn_at.is_(None)) > 0
    assert full.contact(there.COLLEAGUE), "who is on duty is no stranger"
    full.write(lambda tx: tx.execute(update(t.staff).where(t.staff.c.id == 1).values(left_at=AUGUST)))
    await forget(database, DAY + timedelta(hours=1))
    assert count(database, t.staff, t.staff.c.id == 1) == count(database, t.contact, t.contact.c.id == karin) == 0


async def test_who_left_waits_for_what_is_open(full: World) -> None:
    database = full.bot.database
    full.write(lambda tx: leave(tx, "Tim"))
    full.write(lambda tx: leave(tx, "Saar"))
    await forget(database, DAY)
    assert holding(database, "Tim") == {"child.name"}
    [open_talk] = [each for each in threads_of(database) if each.kind == "gevaar"]
    assert open_talk.guardian == "Jan Bakker", "the school still reads with whom it talks"
    full.write(lambda tx: threads.close(tx, open_talk.id, DAY))
    assert threads_of(database) == []
    await forget(database, DAY + timedelta(days=1))
    assert holding(database, "Bakker") == set()
    with pytest.raises(BotError, match="there is no thread 999"):
        full.write(lambda tx: threads.close(tx, 999, DAY))


def threads_of(database: Database) -> list[threads.Thread]:
    with database.read() as tx:
        return threads.waiting(tx)


@pytest.mark.parametrize(
    ("left_at", "goes"),
    [
        (datetime(2026, 12, 1, tzinfo=UTC), DAY),  # in mid-year: with its year
        (AUGUST, DAY),
        (datetime(2027, 9, 10, tzinfo=UTC), datetime(2027, 10, 10, 1, tzinfo=UTC)),  # said late: 30 days to correct it
    ],
)
async def test_when_a_child_goes(full: World, left_at: datetime, goes: datetime) -> None:
    full.write(close_all)
    full.write(lambda tx: leave(tx, "Lotte", left_at))
    await forget(full.bot.database, goes - timedelta(hours=4))
    assert holding(full.bot.database, "Visser, Lotte") | holding(full.bot.database, "Lotte") == {"child.name"}
    await forget(full.bot.database, goes)
    assert holding(full.bot.database, "Lotte") == set()


async def test_a_stranger_goes_after_thirty_days_of_silence(full: World) -> None:
    database = full.bot.database
    find = database.ring.find(str(STRANGER))
    await forget(database, IN_YEAR + timedelta(days=29))
    assert count(database, t.address, t.address.c.find == find) == 1
    await forget(database, IN_YEAR + timedelta(days=31))
    assert count(database, t.address, t.address.c.find == find) == 0


# --- ten years
async def test_after_ten_years_nothing_of_an_old_year_is_left(full: World, tmp_path: Path) -> None:
    """Each year a new file, new children and a daily round; what is sealed is opened and looked at."""
    database = full.bot.database
    for start in range(2027, 2037):
        year, now = f"{start}-{start + 1}", datetime(start, 8, 20, 10, tzinfo=UTC)
        path = tmp_path / f"{year}.csv"
        gone = "Bram,Ruud" if start > 2027 else "Tim Bakker,Jan Bakker"
        rows = f"groep 4,{gone},nl,0612000004" if start == 2027 else ""
        path.write_text(
            f"group,child,guardian,language,phone\n{rows}\ngroep 1,Kind {start},Ouder {start},nl,06130{start:05d}\n"
            + (f"groep 2,Kind {start - 1},Ouder {start - 1},nl,06130{start - 1:05d}\n" if start > 2027 else ""),
            encoding="utf-8",
        )
        with database.begin() as tx:
            close_all(tx)
            zone = full.bot.config.schools["brug"].zone
            years.turn(tx, "brug", year, roster.read(path), now, zone)
            staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", ["groep 1"], year)
        for day in range(0, 60, 20):
            await forget(database, now + timedelta(days=day))
        with database.begin() as tx:
            fill(tx, datetime(start, 11, 1, 12, tzinfo=UTC))
    with database.begin() as tx:
        close_all(tx)
        tx.execute(update(t.child).where(t.child.c.school == "vaart").values(left_at=now))
    await forget(database, datetime(2037, 8, 30, 2, tzinfo=UTC))
    await forget(database, datetime(2038, 9, 1, 2, tzinfo=UTC))
    assert holding(database) == set()
    assert set(opened(database)["child.name"]) == {"Kind 2036", "Kind 2035"}
    assert count(database, t.membership, t.membership.c.year < "2036-2037") == 0
    assert count(database, t.inbox, t.inbox.c.received_at < datetime(2036, 8, 1, tzinfo=UTC)) == 0
    assert holding(database, "+31612000001") == set()


async def test_the_chore_does_it_every_night(world: World) -> None:
    chore = next(each for each in all_chores(world.bot) if each.name == "retention")
    wait = await chore.work(world.clock())
    assert wait is not None
    assert (world.clock() + wait).astimezone(HOME).isoformat() == "2026-11-24T03:30:00+01:00"


def test_the_outlook_is_what_goes(full: World) -> None:
    database = full.bot.database
    with database.read() as tx:
        seen = retention.outlook(tx, full.bot.config, retention.next_moment(IN_YEAR))
        assert retention.outlook(tx, full.bot.config, IN_YEAR) == {"people": 4}, (
            "who had a code and became somebody else"
        )
    assert (seen["letters"], seen["talks"], seen["people"]) == (5, 1, 5)
    assert retention.next_moment(DAY).year == 2028
