"""No one is woken: the school's hours, her own on top, and what had to wait leaves spread out."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot import hours
from bot.config import Config, QuietHours, School
from bot.hours import Rest
from bot.outbox.address import Addressee
from bot.outbox.hours import Hours, loud_from
from bot.store import tables as t
from bot.store.database import Database
from tests.harness.street import Street

ZONE = ZoneInfo("Europe/Amsterdam")
MINUTE = timedelta(minutes=1)
OWN = {"start": "20:00", "end": "08:00", "sunday_until": "10:00"}


@pytest.fixture
def street(database: Database, tmp_path: Path) -> Street:
    return Street(database, tmp_path)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


async def test_three_hundred_families_do_not_all_get_it_at_seven(street: Street) -> None:
    street.clock.move(wall("2026-11-24 02:00"))
    people = street.live(300)
    ids = street.put_all(people, "plan")
    assert street.post() == []
    rows = {row.contact_id: row for row in street.rows(select(t.outbox).where(t.outbox.c.id.in_(ids)))}
    assert {row.reason for row in rows.values()} == {"quiet_hours"}
    street.play(step=30, hours=5, minutes=30)
    assert len(street.left) == 300
    seven = wall("2026-11-24 07:00")
    assert min(moment for moment, _ in street.left) >= seven
    per_minute = Counter((row.due_at - seven) // MINUTE for row in rows.values())
    assert set(per_minute) == set(range(20))
    assert max(per_minute.values()) <= 20, "fifteen on average"
    for contact_id, row in rows.items():  # and the second look found that it could go
        [moment] = street.moments(contact_id)
        assert timedelta(0) <= moment - row.due_at <= MINUTE / 2
        assert row.expires_at - row.due_at == timedelta(hours=3)


async def test_what_fell_due_in_the_night_while_nobody_looked_is_spread_too(street: Street) -> None:
    people = street.live(100)
    due_at = wall("2026-11-24 06:30")
    street.put_all(people, "plan", due_at=due_at)
    street.clock.move(wall("2026-11-24 07:01"))  # the machine was off
    assert len(street.post()) < 15
    street.play(step=30, minutes=19)
    assert len(street.left) == 100


@pytest.mark.parametrize(
    ("back", "state"),
    [("07:01", ("queued", "quiet_hours")), ("07:19", ("sent", None)), ("07:45", ("expired", "too_late"))],
)
async def test_what_fell_due_in_the_night_is_late_from_the_morning_on(
    street: Street, back: str, state: tuple[str, str]
) -> None:
    [she] = street.live()
    row_id = street.put(she, "broadcast", due_at=wall("2026-11-24 03:30"))
    ended = street.put(she, "broadcast", due_at=wall("2026-11-24 03:30"), until=wall("2026-11-24 06:00"))
    place = loud_from(street.bot.config, "brug", None, she, wall("2026-11-24 03:30"))
    assert wall("2026-11-24 07:09") < place < wall("2026-11-24 07:19"), "hers, whatever her number"
    street.clock.move(wall(f"2026-11-24 {back}"))
    street.post()
    assert (street.state(row_id), street.state(ended)) == (state, ("expired", "too_late"))
    if state[0] == "queued":
        assert street.row(row_id).due_at == place
        assert street.row(row_id).expires_at == place + 10 * MINUTE


@pytest.mark.parametrize(("minutes", "places"), [(0.0, 1), (60.0, 20)])
async def test_a_school_says_how_long_that_takes(
    database: Database, tmp_path: Path, minutes: float, places: int
) -> None:
    street = Street(database, tmp_path, quiet_hours={"spread": minutes})
    street.clock.move(wall("2026-11-24 02:00"))
    street.put_all(street.live(30), "plan")
    street.play(hours=6, minutes=1)
    assert len({moment for moment, _ in street.left}) >= places
    assert max(moment for moment, _ in street.left) <= wall("2026-11-24 07:00") + timedelta(minutes=minutes)
    assert len(street.left) == 30


@pytest.mark.parametrize(
    ("now", "rest", "then"),
    [
        ("2026-11-24 06:45", ("22:30", "08:30"), "2026-11-24 08:30"),
        ("2026-11-24 06:45", ("08:00", "16:00"), "2026-11-24 07:00"),
        ("2026-11-24 09:00", ("08:00", "16:00"), "2026-11-24 16:00"),  # she sleeps after her night shift
        ("2026-11-28 20:30", ("20:00", "06:00"), "2026-11-29 12:00"),
        ("2026-11-29 12:30", ("08:00", "16:00"), "2026-11-29 16:00"),
    ],
)
async def test_her_own_rest_comes_on_top(street: Street, now: str, rest: tuple[str, str], then: str) -> None:
    street.clock.move(wall(now))
    [she] = street.live(rest_from=rest[0], rest_until=rest[1])
    plan, urgent = street.put(she, "plan"), street.put(she, "urgent")
    street.post()
    assert street.state(plan) == ("queued", "quiet_hours")
    assert street.state(urgent)[1] != "quiet_hours"
    assert timedelta(0) <= street.row(plan).due_at - wall(then) < 20 * MINUTE
    street.play(days=1)
    assert street.state(plan) == ("sent", None)


async def test_rest_that_leaves_nothing_after_the_school_changed_its_hours_gives_way(street: Street) -> None:
    [she] = street.live(rest_from="06:00", rest_until="22:00")
    row_id = street.put(she, "plan")
    assert street.post() == [row_id]


async def test_each_school_has_its_own_hours(database: Database, tmp_path: Path) -> None:
    schools = {"brug": {"name": "De Brug"}, "vaart": {"name": "De Vaart", "quiet_hours": OWN}}
    street = Street(database, tmp_path, schools=schools)
    street.clock.move(wall("2026-11-24 20:15"))
    one, other = street.live(2)
    there, here = street.put(one, school="vaart"), street.put(other)
    assert street.post() == [here]
    assert street.state(there) == ("queued", "quiet_hours")
    street.clock.move(wall("2026-11-25 07:59"))
    assert street.post() == []
    street.play(minutes=21)
    assert street.state(there) == ("sent", None)


# --- every minute, without a database
def letter(cls: str, due_at: datetime, **given: Any) -> Any:
    values = {"cls": cls, "school": "brug", "contact_id": 7, "rest_from": None, "rest_until": None, "until_at": None,
              "due_at": due_at, "expires_at": due_at + timedelta(days=9)}  # fmt: skip
    return cast("Any", SimpleNamespace(**{**values, **given}))


def addressee(heard_at: datetime | None = None) -> Addressee:
    return Addressee(1, "sms", b"", heard_at, False, ())


def config(quiet: QuietHours) -> Config:
    return Config({"brug": School("brug", "De Brug", quiet_hours=quiet)})


@pytest.mark.parametrize("monday", ["2026-11-23", "2027-03-22", "2026-10-19"], ids=["ordinary", "spring", "autumn"])
def test_every_third_minute_of_a_week_at_a_school_with_hours_of_its_own(monday: str) -> None:
    """A deferral ends in a loud moment, within the spread of the first one; asked again there, it may go."""
    quiet = QuietHours(**{name: time.fromisoformat(each) for name, each in OWN.items()})  # type: ignore[arg-type]
    there, rest = config(quiet), Rest.of("13:00", "15:00")
    moment = wall(f"{monday} 00:00")
    for _ in range(7 * 24 * 20):
        moment += 3 * MINUTE
        row = letter("plan", moment, rest_from="13:00", rest_until="15:00")
        local = moment.astimezone(ZONE)
        first = 10 if local.weekday() == 6 else 8
        is_loud = first <= local.hour < 20 and not 13 <= local.hour < 15
        later = Hours(there, moment).deferral(row, addressee())
        assert (later is None) == is_loud, local
        assert Hours(there, moment).deferral(letter("urgent", moment), addressee()) is None
        assert loud_from(there, "brug", rest, 7, moment) == (later or moment)
        if later:
            assert timedelta(0) <= later - hours.next_loud(moment, ZONE, quiet, rest) < 20 * MINUTE
            row.due_at = later
            assert Hours(there, later).deferral(row, addressee()) is None, "nothing waits twice"


@pytest.mark.parametrize(
    ("cls", "given", "heard", "last"),
    [
        ("plan", {}, None, "2026-11-24 21:00"),
        ("plan", {"rest_from": "19:00", "rest_until": "06:00"}, None, "2026-11-24 19:00"),
        ("plan", {"until_at": wall("2026-11-24 18:10")}, None, "2026-11-24 18:10"),
        ("urgent", {"until_at": wall("2026-11-24 18:10")}, None, "2026-11-24 18:10"),
        ("urgent", {"expires_at": wall("2026-11-24 18:20")}, None, "2026-11-24 18:20"),
        ("reply", {}, "2026-11-24 17:55", "2026-11-24 21:00"),
        ("reply", {"rest_from": "17:00", "rest_until": "06:00"}, "2026-11-24 17:55", "2026-11-24 18:05"),
        ("reply", {"rest_from": "18:01", "rest_until": "06:00"}, "2026-11-24 17:55", "2026-11-24 18:05"),
    ],
)
def test_a_provider_may_not_deliver_later(cls: str, given: dict[str, Any], heard: str | None, last: str) -> None:
    now = wall("2026-11-24 18:00")
    to = addressee(wall(heard) if heard else None)
    assert Hours(config(QuietHours()), now).last_moment(letter(cls, now, **given), to) == wall(last)
