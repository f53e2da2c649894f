"""Promises at school: noted, listed with what is overdue first, closed once, and laid for the right morning."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot import config
from bot.errors import BotError, Taken
from bot.people import contacts, staff
from bot.people.staff import StaffRow
from bot.scheduler import promises
from bot.scheduler.almanac import Almanac
from bot.schooldays import Free, Regional
from bot.store import tables as t
from bot.store.database import Database, Tx

YEAR = "2026-2027"
ZONE = ZoneInfo("Europe/Amsterdam")
FREE = Free(date(2026, 12, 19), date(2027, 1, 3), "vakantie", "kerst")


@pytest.fixture
def almanac() -> Almanac:
    settings = config.parse({"schools": {"brug": {"name": "De Brug"}, "vaart": {"name": "De Vaart"}}}, config.ROOT, {})
    loaded = Almanac.load(settings)
    return replace(loaded, regional=Regional("test", "", loaded.regional.known_until, {"midden": (FREE,)}))


@pytest.fixture
def tx(database: Database) -> Iterator[Tx]:
    with database.begin() as opened:
        yield opened


def janneke(tx: Tx, now: datetime) -> StaffRow:
    number = staff.add(tx, "brug", "janneke", "juf Janneke", "leerkracht", [], YEAR)
    [contact_id] = contacts.new_contacts(tx, ["nl"], now)
    tx.execute(t.staff.update().where(t.staff.c.id == number).values(contact_id=contact_id))
    return staff.by_key(tx, "brug", "janneke")


def due(tx: Tx) -> str:
    """When her digest waits, by the clock on the wall; "" where none does."""
    moment = tx.execute(select(t.followup.c.due_at).where(t.followup.c.state == "waiting")).scalar()
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}" if moment else ""


def test_what_is_overdue_comes_first_and_each_is_closed_once(tx: Tx, now: datetime) -> None:
    row = janneke(tx, now)
    later, soon = (promises.add(tx, row, words, day, now) for words, day in _TWO)
    assert [each.id for each in promises.open_ones(tx, "brug")] == [soon, later]
    assert [each.words for each in promises.open_ones(tx, "brug", row.id)] == ["bellen over gym", "boek zoeken"]
    assert promises.open_ones(tx, "vaart") == promises.open_ones(tx, "brug", row.id + 1) == []
    assert promises.settle(tx, soon, "kept", now) == "brug"
    for state in ("kept", "dropped"):
        with pytest.raises(Taken, match="kept already"):
            promises.settle(tx, soon, state, now)
    with pytest.raises(BotError, match="no promise 99"):
        promises.settle(tx, 99, "kept", now)


_TWO = (("boek zoeken", date(2026, 12, 1)), ("bellen over gym", date(2026, 11, 24)))


def test_words_are_sealed_and_a_thread_must_be_of_this_school(tx: Tx, now: datetime) -> None:
    row = janneke(tx, now)
    promises.add(tx, row, "bellen over gym", date(2026, 11, 24), now)
    assert b"gym" not in tx.execute(select(t.promise.c.words)).scalar_one()
    for words in ("", "  ", "x" * 201):
        with pytest.raises(BotError, match="characters"):
            promises.add(tx, row, words, date(2026, 11, 24), now)
    talk = {"contact_id": row.contact_id, "school": "vaart", "kind": "mens", "opened_at": now, "changed_at": now}
    number = tx.execute(t.thread.insert().returning(t.thread.c.id), talk).scalar_one()
    with pytest.raises(BotError, match=f"no thread {number}"):
        promises.add(tx, row, "bellen", date(2026, 11, 24), now, thread_id=number)
    here = tx.execute(t.thread.insert().returning(t.thread.c.id), {**talk, "school": "brug"}).scalar_one()
    promises.add(tx, row, "bellen", date(2026, 11, 24), now, thread_id=here)
    assert [each.thread_id for each in promises.open_ones(tx, "brug")] == [None, here]


@pytest.mark.parametrize(
    ("made", "day", "office", "expected"),
    [
        ("2026-11-23 16:00", "2026-11-24", {}, "2026-11-24 08:00"),
        ("2026-11-23 16:00", "2026-11-23", {}, "2026-11-24 08:00"),  # today's hours have begun
        ("2026-11-23 06:00", "2026-11-23", {}, "2026-11-23 08:00"),
        ("2026-11-23 16:00", "2026-11-28", {}, "2026-11-30 08:00"),  # a Saturday
        ("2026-11-23 16:00", "2026-12-19", {}, "2027-01-04 08:00"),  # a holiday
        ("2026-11-23 16:00", "2026-11-24", {"di": [], "wo": ["12:30", "15:00"]}, "2026-11-25 12:30"),
        ("2028-03-24 16:00", "2028-03-26", {}, "2028-03-27 08:00"),  # the night has 23 hours
        ("2027-10-29 16:00", "2027-10-31", {}, "2027-11-01 08:00"),  # and 25
    ],
)
def test_the_digest_waits_for_the_morning_on_which_something_is_due(
    tx: Tx, almanac: Almanac, made: str, day: str, office: dict[str, list[str]], expected: str
) -> None:
    now = datetime.fromisoformat(made).replace(tzinfo=ZONE).astimezone(UTC)
    row = janneke(tx, now)._replace(office=office)
    number = promises.add(tx, row, "bellen", date.fromisoformat(day), now)
    promises.lay(tx, almanac, row, now)
    assert due(tx) == expected
    promises.settle(tx, number, "dropped", now)
    promises.lay(tx, almanac, row, now)
    assert due(tx) == ""


def test_nothing_is_laid_for_who_has_linked_no_phone(tx: Tx, almanac: Almanac, now: datetime) -> None:
    staff.add(tx, "brug", "bas", "meester Bas", "leerkracht", [], YEAR)
    promises.add(tx, staff.by_key(tx, "brug", "bas"), "bellen", date(2026, 11, 24), now)
    promises.lay_school(tx, almanac, "brug", now)
    assert due(tx) == ""


def test_the_office_is_told_when_two_school_days_have_gone_by(tx: Tx, almanac: Almanac, now: datetime) -> None:
    office = janneke(tx, now)
    tx.execute(t.staff.update().where(t.staff.c.id == office.id).values(role="administratie"))
    staff.add(tx, "brug", "bas", "meester Bas", "leerkracht", [], YEAR)
    promises.add(tx, staff.by_key(tx, "brug", "bas"), "bellen", date(2026, 11, 26), now)  # a Thursday
    promises.lay_school(tx, almanac, "brug", now)
    assert due(tx) == "2026-12-01 08:00"  # Friday and Monday have gone by
    days = almanac.of(tx, "brug")
    office = staff.by_key(tx, "brug", "janneke")
    assert promises.waiting_for(tx, office, days, date(2026, 11, 30)) == 0
    assert promises.waiting_for(tx, office, days, date(2026, 12, 1)) == 1
