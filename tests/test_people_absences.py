"""Reports of absence: one row per child and day, the newest counts, and words that go with the school day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.people import absences
from bot.people.absences import ILL, LATE, OTHER, Report
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests import world as there
from tests.harness.forgetting import forget
from tests.world import open_schools

MORNING = datetime(2026, 11, 24, 6, 12, tzinfo=UTC)  # twelve past seven at school
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def tx(database: Database, tmp_path: Path) -> Iterator[Tx]:
    with database.begin() as tx:
        open_schools(tx, tmp_path)
        yield tx


def child(tx: Tx, name: str) -> int:
    rows = tx.execute(select(t.child.c.id, t.child.c.name))
    return next(int(row.id) for row in rows if tx.open("child.name", row.name).startswith(name))


def guardian(tx: Tx, name: str) -> int:
    rows = tx.execute(select(t.guardian.c.contact_id, t.guardian.c.name))
    return next(int(row.contact_id) for row in rows if tx.open("guardian.name", row.name).startswith(name))


def standing(tx: Tx, since: date = TODAY) -> list[tuple[date, str, str, str]]:
    return [(each.day, each.kind, each.time, each.words) for each in absences.of_school(tx, "brug", since)]


def test_the_newest_counts_and_there_is_one_row(tx: Tx) -> None:
    amira = child(tx, "Amira")
    absences.report(tx, [Report("brug", amira, TODAY, ILL, words="koorts", channel="sms")], MORNING)
    [first] = absences.of_school(tx, "brug", TODAY)
    absences.called(tx, first.id, 7, MORNING)
    absences.report(tx, [Report("brug", amira, TODAY, LATE, "10:30", channel="whatsapp")], MORNING + timedelta(hours=1))
    [newest] = absences.of_school(tx, "brug", TODAY)
    assert (newest.id, newest.kind, newest.time, newest.words) == (first.id, LATE, "10:30", "")
    assert newest.called_at is None, "what is new was not called about"
    assert newest.at == MORNING + timedelta(hours=1)


def test_several_children_and_days_of_one_school_only(tx: Tx) -> None:
    amira, lotte, deniz = (child(tx, name) for name in ("Amira", "Lotte", "Deniz"))
    absences.report(
        tx,
        [
            Report("brug", lotte, TOMORROW, OTHER),
            Report("brug", amira, TODAY, ILL),
            Report("vaart", deniz, TODAY, ILL),
        ],
        MORNING,
    )
    assert standing(tx) == [(TODAY, ILL, "", ""), (TOMORROW, OTHER, "", "")]
    assert standing(tx, TOMORROW) == [(TOMORROW, OTHER, "", "")]
    hers = absences.of_children(tx, {lotte: TODAY, amira: TOMORROW})
    assert [each.child_id for each in hers] == [lotte]
    assert absences.of_children(tx, {}) == []


def test_taken_back_and_put_back(tx: Tx) -> None:
    amira = child(tx, "Amira")
    absences.report(tx, [Report("brug", amira, TODAY, ILL, words="koorts")], MORNING)
    [each] = absences.of_school(tx, "brug", TODAY)
    absences.withdraw(tx, [each.id], MORNING)
    assert standing(tx) == []
    absences.restore(tx, each.id)
    assert standing(tx) == [(TODAY, ILL, "", "")], "her words do not come back"
    absences.withdraw(tx, [each.id], MORNING)
    absences.report(tx, [Report("brug", amira, TODAY, ILL)], MORNING)
    assert standing(tx) == [(TODAY, ILL, "", "")], "ill again"


def test_a_call_is_noted_and_taken_back(tx: Tx) -> None:
    absences.report(tx, [Report("brug", child(tx, "Amira"), TODAY, ILL, channel="sms")], MORNING)
    [each] = absences.of_school(tx, "brug", TODAY)
    absences.called(tx, each.id, 3, MORNING)
    [each] = absences.of_school(tx, "brug", TODAY)
    assert (each.called_at, each.called_by) == (MORNING, 3)
    absences.called(tx, each.id, None, MORNING)
    [each] = absences.of_school(tx, "brug", TODAY)
    assert (each.called_at, each.called_by) == (None, None)


def test_who_reported_is_called_back_first_and_never_who_is_barred(tx: Tx) -> None:
    amira, fatima, omar = child(tx, "Amira"), guardian(tx, "Fatima"), guardian(tx, "Omar")
    absences.report(tx, [Report("brug", amira, TODAY, ILL, channel="sms", contact_id=omar)], MORNING)
    found = absences.of_school(tx, "brug", TODAY)
    assert absences.phones(tx, found) == {amira: "+31612000002"}
    g = t.guardian.c
    tx.execute(update(t.guardian).where(g.contact_id == omar).values(barred_at=MORNING))
    assert absences.phones(tx, found) == {amira: "+31612000001"}
    tx.execute(update(t.guardian).where(g.contact_id == fatima).values(phone=None))
    assert absences.phones(tx, found) == {}


@pytest.mark.parametrize(("hour", "kept"), [(16, True), (17, False)])  # in UTC: half past five is between
def test_words_go_when_the_school_day_is_over(tx: Tx, hour: int, kept: bool) -> None:
    amira, lotte = child(tx, "Amira"), child(tx, "Lotte")
    absences.report(
        tx, [Report("brug", amira, TODAY, ILL, words="koorts"), Report("brug", lotte, TOMORROW, ILL, words="tandarts")],
        MORNING,
    )  # fmt: skip
    absences.forget_words(tx, MORNING.replace(hour=hour, minute=0))
    assert [words for *_, words in standing(tx)] == ["koorts" if kept else "", "tandarts"]
    absences.forget_words(tx, MORNING + timedelta(days=9))
    assert [words for *_, words in standing(tx)] == ["", ""]


def test_the_school_day_is_over_at_half_past_five(tx: Tx) -> None:
    over = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    assert absences.next_over(MORNING) == over
    assert absences.next_over(over) == over + timedelta(days=1)


async def test_a_school_year_leaves_no_absence_behind(database: Database, tmp_path: Path) -> None:
    async with there.opened(database, tmp_path) as world:
        made = [Report("brug", 1, TODAY, ILL, words="koorts"), Report("brug", 1, date(2027, 8, 31), ILL)]
        world.write(lambda tx: absences.report(tx, made, MORNING))
        done = await forget(database, MORNING + timedelta(days=1))
        assert done == {"reasons of absences": 1}
        await forget(database, datetime(2027, 8, 29, 1, 30, tzinfo=UTC))
        assert len(world.rows(select(t.absence))) == 2
        await forget(database, datetime(2027, 8, 30, 1, 30, tzinfo=UTC))
        assert [row.day for row in world.rows(select(t.absence))] == ["2027-08-31"]
