"""A colleague's own phone: linked by a code, reminded once a day in her hours, and never taken for a parent's."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.desk.handle import handle
from bot.model import Address
from bot.people import staff
from bot.people.staff import StaffRow
from bot.scheduler import followups, promises
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import FATIMA, KARIN, MONDAY, YEAR, World, enrol, opened

ZONE = ZoneInfo("Europe/Amsterdam")
HERS = Address("sms", "+31612000041")
OFFICE = Address("sms", "+31612000042")
TUESDAY = date(2026, 11, 24)


@pytest.fixture
async def there(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, tmp_path) as world:
        world.write(lambda tx: enrol(tx, "Karin", KARIN, "brug", ("school", "tips"), MONDAY))
        yield world


def row(world: World, key: str = "janneke") -> StaffRow:
    with world.bot.database.read() as tx:
        return staff.by_key(tx, "brug", key)


async def link(world: World, who: Address = HERS, key: str = "janneke") -> list[str]:
    code = world.write(lambda tx: staff.begin_link(tx, row(world, key), world.clock()))
    return await world.say(who, f"START {code}")


def promise(world: World, due_on: date = TUESDAY, words: str = "bellen over gym", key: str = "janneke") -> int:
    def work(tx: Tx) -> int:
        number = promises.add(tx, staff.by_key(tx, "brug", key), words, due_on, world.clock())
        promises.lay_school(tx, world.bot.books.almanac, "brug", world.clock())
        return number

    return world.write(work)


def wall(world: World) -> str:
    return f"{world.clock().astimezone(ZONE):%a %d-%m %H:%M}"


async def test_a_code_links_her_own_phone_with_her_consent(there: World) -> None:
    assert await link(there) == ["collega.welkom"]
    assert row(there).contact_id == there.contact(HERS)
    [consent] = there.rows(select(t.consent).where(t.consent.c.contact_id == there.contact(HERS)))
    assert (consent.school, consent.channel, consent.purpose) == ("brug", "sms", "school")
    with there.bot.database.read() as tx:
        assert "hooguit een bericht per dag" in tx.open("consent.words", consent.words)
    with pytest.raises(Exception, match="staff unlink"):
        there.write(lambda tx: staff.begin_link(tx, row(there), there.clock()))


async def test_a_code_works_once_and_a_quarter_of_an_hour(there: World) -> None:
    code = there.write(lambda tx: staff.begin_link(tx, row(there), there.clock()))
    await there.later(minutes=16)
    assert await there.say(HERS, f"START {code}") == ["onbekend.antwoord", "onbekend.antwoord"]
    code = there.write(lambda tx: staff.begin_link(tx, row(there), there.clock()))
    assert await there.say(OFFICE, f"START {code}") == ["collega.welkom"]
    assert await there.say(FATIMA, f"START {code}") == ["onbekend.antwoord", "onbekend.antwoord"]


async def test_a_teacher_who_is_a_parent_too_stays_a_parent(there: World) -> None:
    before = there.contact(KARIN)
    consents = there.rows(select(t.consent.c.id).where(t.consent.c.contact_id == before))
    assert await link(there, KARIN) == ["collega.welkom"]
    assert row(there).contact_id == before == there.contact(KARIN)
    assert there.rows(select(t.consent.c.id).where(t.consent.c.contact_id == before)) == consents
    assert await there.say(KARIN, "menu") == ["menu.wat"]
    assert await there.say(KARIN, "help") == ["help.wat", "menu.wat"]
    there.write(lambda tx: staff.unlink(tx, row(there), there.clock()))
    assert row(there).contact_id is None
    assert await there.say(KARIN, "menu") == ["menu.wat"]


async def test_what_she_writes_beside_an_answer_is_explained_kindly(there: World) -> None:
    await link(there)
    for text in ("menu", "help", "mens", "hallo?", "voorlezen"):
        assert await there.say(HERS, text) == ["collega.uitleg"], text
    assert there.words() == []
    assert await there.say(HERS, "stop") == ["stop.klaar"]
    promise(there)
    assert await there.later(HERS, days=3) == []
    assert await there.say(HERS, "start") == ["start.terug"]
    assert await there.later(HERS, days=1) == ["beloofd.vandaag"]


async def test_one_number_a_day_when_her_hours_begin_and_no_words(there: World) -> None:
    await link(there)
    promise(there)
    promise(there, words="Karin Visser bellen")
    assert await there.later(HERS, hours=15, minutes=59) == []
    assert await there.later(HERS, minutes=2) == ["beloofd.vandaag"]
    assert wall(there) == "Tue 24-11 08:01"
    text = there.last(HERS).message.text
    assert "wachten 2 beloftes" in text
    assert not any(name in text for name in ("Karin", "gym", "Lotte"))
    assert await there.say(HERS, "1") == ["beloofd.dank"]
    assert await there.later(HERS, hours=23) == []
    assert await there.later(HERS, hours=2) == ["beloofd.vandaag"], "still open, so on Wednesday again"


async def test_what_is_kept_or_not_due_is_not_said(there: World) -> None:
    await link(there)
    number = promise(there)
    promise(there, date(2026, 12, 1))
    there.write(lambda tx: promises.settle(tx, number, "kept", there.clock()))
    assert await there.later(HERS, days=7) == []
    assert await there.later(HERS, days=1) == ["beloofd.vandaag"]
    assert wall(there).startswith("Tue 01-12")


async def test_never_on_a_free_day_and_only_in_her_own_hours(there: World) -> None:
    hours = {"ma": ["10:00", "12:00"], "di": []}
    there.write(lambda tx: staff.set_office(tx, row(there).id, hours))
    await link(there)
    there.write(
        lambda tx: tx.execute(
            t.free_day.insert().values(
                school="brug", first="2026-11-25", last="2026-11-27", kind="studiedag", name="", source="", noted_on=""
            )
        )
    )
    promise(there)
    assert await there.later(HERS, days=6, hours=17) == []  # Monday, nine o'clock
    assert await there.later(HERS, hours=1, minutes=1) == ["beloofd.vandaag"]
    assert wall(there).startswith("Mon 30-11 10:0")


async def test_without_a_phone_nothing_leaves(there: World) -> None:
    promise(there)
    await there.later(days=3)
    assert there.rows(select(t.followup.c.id).where(t.followup.c.kind == "digest")) == []
    await link(there)
    assert await there.later(HERS, days=1) == ["beloofd.vandaag"], "what was promised before she linked waits for her"


async def test_the_office_hears_of_what_stays_open_after_two_school_days(there: World) -> None:
    there.write(lambda tx: staff.add(tx, "brug", "balie", "Ank", "administratie", [], YEAR))
    await link(there)
    await link(there, OFFICE, "balie")
    promise(there)
    assert await there.later(OFFICE, days=3) == []  # Thursday afternoon
    assert await there.later(OFFICE, days=1) == ["beloofd.vandaag"]
    assert wall(there).startswith("Fri")


async def test_a_parents_question_is_not_pushed_aside(there: World) -> None:
    await link(there, KARIN)
    promise(there)
    there.clock.move(datetime(2026, 11, 24, 6, 59, 50, tzinfo=UTC))
    assert await there.say(KARIN, "voorlezen") == ["voorlezen.wanneer"]
    assert await there.later(KARIN, minutes=20) == []
    assert await there.say(KARIN, "4") == ["voorlezen.tip"]
    assert await there.later(KARIN, minutes=40) == ["beloofd.vandaag"]


async def test_two_processes_and_a_clock_set_back_say_it_once(there: World) -> None:
    await link(there)
    promise(there)
    almanac, books = there.bot.books.almanac, there.bot.books
    due = datetime(2026, 11, 24, 7, 0, 1, tzinfo=UTC)
    for _ in range(3):
        there.write(lambda tx: followups.collect(tx, almanac, due))
        there.write(lambda tx: handle(tx, books, due))
        # A second look at the same date, as after a clock that was set back.
        there.write(lambda tx: tx.execute(t.followup.update().values(state="waiting", due_at=due)))
    sent = there.rows(select(t.outbox.c.id).where(t.outbox.c.cls == "appointment"))
    assert len(sent) == 1


async def test_late_after_an_outage_it_waits_for_her_next_hours(there: World) -> None:
    await link(there)
    promise(there)
    there.clock.move(datetime(2026, 11, 24, 18, 0, tzinfo=UTC))  # seven in the evening
    assert await there.later(HERS, hours=12) == []
    assert await there.later(HERS, hours=2) == ["beloofd.vandaag"]
    assert wall(there).startswith("Wed 25-11")


async def test_unlinked_she_is_a_stranger_again_and_nothing_leaves(there: World) -> None:
    await link(there)
    promise(there)
    there.write(lambda tx: staff.unlink(tx, row(there), there.clock()))
    assert await there.later(HERS, days=3) == []
    assert await there.say(HERS, "menu") == ["onbekend.antwoord", "onbekend.antwoord"]
    assert await link(there) == ["collega.welkom"]


@pytest.mark.parametrize(("changes", "day"), [("2028-03-27", "2028-03-25"), ("2027-11-01", "2027-10-30")])
async def test_when_the_clock_changes_it_comes_once_at_the_hour_on_the_wall(
    there: World, changes: str, day: str
) -> None:
    there.clock.move(datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    await link(there)
    promise(there, date.fromisoformat(changes))
    assert await there.later(HERS, days=1, hours=12) == []
    assert await there.later(HERS, days=1) == ["beloofd.vandaag"]
    [row] = there.rows(select(t.outbox.c.left_at).where(t.outbox.c.cls == "appointment"))
    assert f"{row.left_at.astimezone(ZONE):%Y-%m-%d %H:%M}" == f"{changes} 08:00"


async def test_a_promise_made_in_her_hours_for_today_waits_until_tomorrow(there: World) -> None:
    await link(there)
    promise(there, MONDAY.date())
    assert await there.later(HERS, hours=10) == []
    assert await there.later(HERS, hours=7) == ["beloofd.vandaag"]
    assert there.clock() - MONDAY < timedelta(days=1)
