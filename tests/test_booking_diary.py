"""Whose time is free: a round's hours without what is given away, interpreters, and the talks a parent has."""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta

import pytest

from bot.booking import bookings, diary, interpreters
from bot.booking.slots import with_interpreter
from bot.booking.wanted import Span
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.evening import DAY, NOW, ZONE, Evening

WEDNESDAY = DAY + timedelta(days=1)


@pytest.fixture
def there(sqlite_url: str, ring: Ring) -> Iterator[Evening]:
    database = Database(sqlite_url, ring)
    yield Evening(database)
    database.close()


def keep(there: Evening, who: int, hour: str, *, day: int = 0, interpreter: int = 0, agreed: bool = True) -> int:
    """A talk of hers at this hour; its number."""
    place = there.slot(hour, day=day, interpreter=interpreter)
    proposal, hers, now = there.proposal(who, place), there.hers(who), there.now
    until = now + timedelta(days=1)
    assert there.write(lambda tx: bookings.offer(tx, there.config, there.round, hers, proposal, until, now))
    if agreed:
        assert there.write(lambda tx: bookings.confirm(tx, there.config, there.round, who, now))
    return int(there.talks("offered", "planned")[-1].id)


def free(there: Evening, teacher: int = 0, *, minutes: int = 0, but: Sequence[int] = ()) -> list[str]:
    """The slots of a teacher that are free, as `24 15:00`."""
    who = there.teachers[teacher]
    found = there.write(
        lambda tx: diary.free(tx, there.config, there.round, [who], there.now, minutes=minutes, but=but)
    )
    return [f"{each.starts_at.astimezone(ZONE):%d %H:%M}" for each in found[who]]


def heard(there: Evening, language: str, *days: date, but: Sequence[int] = ()) -> list[tuple[int, str]]:
    found = there.write(lambda tx: diary.interpreters(tx, there.config, "brug", language, days, there.now, but=but))
    return [(each.who, said(each)) for each in found]


def said(span: Span) -> str:
    begins, ends = span.starts_at.astimezone(ZONE), span.ends_at.astimezone(ZONE)
    return f"{begins:%d %H:%M}-{ends:%H:%M}"


def test_what_is_kept_or_agreed_is_not_free(there: Evening) -> None:
    one, other = there.family(), there.family()
    assert free(there) == [f"{day} 15:{minute}" for day in (24, 25) for minute in ("00", "15", "30", "45")]
    kept = keep(there, one, "15:00", agreed=False)
    keep(there, other, "15:30", day=1)
    assert free(there) == ["24 15:15", "24 15:30", "24 15:45", "25 15:00", "25 15:15", "25 15:45"]
    assert "24 15:00" in free(there, but=[kept]), "her own she may have again"
    assert free(there, minutes=with_interpreter(10)) == ["24 15:15", "24 15:30", "24 15:45", "25 15:00", "25 15:45"]
    assert len(free(there, teacher=1)) == 8
    assert there.write(lambda tx: diary.free(tx, there.config, there.round, [], there.now)) == {}


def test_nobody_is_asked_to_come_within_the_hour(there: Evening) -> None:
    day = there.slot("15:00").slot.starts_at
    there.now = day - timedelta(hours=1)
    assert free(there)[0] == "24 15:00"
    there.later(minutes=1)
    assert free(there)[0] == "24 15:15"
    there.later(days=1)
    assert free(there) == ["25 15:15", "25 15:30", "25 15:45"]
    there.later(hours=3)
    assert free(there) == []


def test_an_interpreter_is_free_between_her_talks(there: Evening) -> None:
    def made(name: str, *languages: str, school: str = "brug") -> int:
        number = there.write(lambda tx: interpreters.add(tx, school, name, languages, NOW))
        for day in (DAY, WEDNESDAY):
            walls = [(time(14, 30), time(15, 30)), (time(16), time(17))]
            there.write(lambda tx, day=day, walls=walls: interpreters.hours(tx, number, day, walls))  # type: ignore[misc]
        return number

    samira, _, _ = made("Samira", "ar", "fr"), made("Piotr", "pl"), made("Nour", "ar", school="vaart")
    family = there.family()
    talk = keep(there, family, "15:00", interpreter=samira)
    before = [(samira, "24 14:30-15:00"), (samira, "24 15:10-15:30"), (samira, "24 16:00-17:00")]
    assert heard(there, "ar", DAY) == before
    assert heard(there, "ar", DAY, but=[talk])[0] == (samira, "24 14:30-15:30")
    assert [when for _, when in heard(there, "fr", WEDNESDAY)] == ["25 14:30-15:30", "25 16:00-17:00"]
    assert heard(there, "tr", DAY) == heard(there, "ar") == heard(there, "ar", DAY + timedelta(days=6)) == []
    there.now = there.slot("15:20").slot.starts_at
    assert heard(there, "ar", DAY) == [(samira, "24 15:20-15:30"), (samira, "24 16:00-17:00")]
    there.now = NOW
    spans = there.write(lambda tx: diary.interpreters(tx, there.config, "brug", "ar", [DAY], NOW))
    assert {each.on_site for each in spans} == {False}, "she comes by phone too"
    there.write(lambda tx: interpreters.change(tx, samira, modes=["site"]))
    on_site = there.write(lambda tx: diary.interpreters(tx, there.config, "brug", "ar", [DAY], NOW))
    assert on_site == [each._replace(on_site=True) for each in spans]
    (block,) = there.write(lambda tx: diary.blocks(tx, spans))
    assert (said(block), block.who) == ("24 15:00-15:10", samira)
    assert there.write(lambda tx: diary.blocks(tx, spans, [talk])) == []
    there.write(lambda tx: interpreters.leave(tx, samira, NOW))
    assert heard(there, "ar", DAY) == []


def test_her_talks_are_hers_and_those_to_which_she_comes_along(there: Evening) -> None:
    one, other, third = there.family(), there.family(), there.family()
    number = keep(there, one, "15:00")
    keep(there, other, "15:30", agreed=False)

    def talks(who: int) -> list[str]:
        return [said(each) for each in there.write(lambda tx: diary.spans(tx, who, there.now))]

    assert talks(one) == ["24 15:00-15:10"]
    assert talks(other) == ["24 15:30-15:40"], "what is kept for her counts"
    assert talks(third) == []
    guest = {"appointment_id": number, "contact_id": third, "changed_at": NOW}
    there.write(lambda tx: tx.execute(t.guest.insert(), {**guest, "role": "comes", "state": "yes"}))
    assert talks(third) == ["24 15:00-15:10"]
    assert there.write(lambda tx: diary.spans(tx, third, there.now, but=[number])) == []
    there.later(days=30)
    assert talks(one) == []
