"""Her week: no more than so many over all schools and children, with distance between them; what does not fit waits, is
joined with another or falls away, and whoever sent it can see why."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update

from bot.outbox import budget, queue
from bot.outbox.budget import Wait
from bot.store import tables as t
from bot.store.database import Database
from tests.harness.street import NOON, Street

WEEK, DAY, MINUTE = timedelta(days=7), timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def street(database: Database, tmp_path: Path) -> Street:
    """Three in a week, ten minutes apart; no hour is quiet, so that only the week counts."""
    return Street(database, tmp_path, quiet_hours={"start": "23:59:59", "end": "00:00", "sunday_until": "00:00"})


def spend(street: Street, contact_id: int, *ago: timedelta, cls: str = "broadcast") -> None:
    """So long ago she got something."""
    now = street.clock()
    for each in ago:
        row_id = street.put(contact_id, cls)
        street.change(row_id, status="delivered", left_at=now - each)


def plan(street: Street, contact_id: int, due_at: datetime, scope: str = "plan:voorlezen") -> None:
    """She has chosen a moment of her own."""
    row = {
        "contact_id": contact_id, "school": "brug", "kind": "plan", "scope": scope, "flow": "voorlezen", "say": "x",
        "fields": b"", "cls": "plan", "purpose": "tips", "zone": "Europe/Amsterdam", "rule": {}, "state": "waiting",
        "count": 0, "due_at": due_at, "expires_at": due_at + 40 * WEEK, "rev": 0,
    }  # fmt: skip
    street.write(lambda tx: tx.execute(t.followup.insert().values(row)))


def wait(street: Street, contact_id: int, cls: str) -> Wait | None:
    with street.database.read() as tx:
        return budget.load(tx, street.bot.config, [contact_id], street.clock()).wait(contact_id, cls)


# --- how many
async def test_three_in_any_seven_days_over_two_schools_and_three_classes(street: Street) -> None:
    [she, other] = street.live(2)
    for day in range(30):
        street.clock.move(NOON + day * DAY)
        street.put(she, "broadcast", until=street.clock() + 2 * DAY)
        street.put(she, "plan", school="vaart")
        street.put(she, "tip", school="vaart", purpose="tips", until=street.clock() + 3 * DAY)
        street.play(hours=20)
    left = street.moments(she)
    assert len(left) >= 12, "the week is used"
    for moment in left:
        assert sum(moment - WEEK < each <= moment for each in left) <= 3
    assert all(later - earlier >= 10 * MINUTE for earlier, later in pairwise(left))
    assert street.moments(other) == []
    states = {(row.status, row.reason) for row in street.rows(select(t.outbox))}
    assert states <= {
        ("sent", None), ("cancelled", "budget"), ("expired", "budget"), ("cancelled", "merged"), ("queued", "budget"),
        ("expired", "too_late"),
    }  # fmt: skip


async def test_the_window_rolls(street: Street) -> None:
    [she] = street.live()
    spend(street, she, 6 * DAY, 2 * DAY, DAY)
    row_id = street.put(she)
    assert street.post() == []
    assert street.state(row_id) == ("queued", "budget")
    assert street.row(row_id).due_at == NOON + DAY
    street.play(days=1)
    assert street.moments(she) == [NOON + DAY]


async def test_what_she_asks_for_and_what_presses_is_outside_it(street: Street) -> None:
    [she] = street.live()
    spend(street, she, 3 * DAY, 2 * DAY, MINUTE)
    street.write(
        lambda tx: tx.execute(update(t.address).where(t.address.c.contact_id == she).values(heard_at=street.clock()))
    )
    ids = [street.put(she, cls) for cls in ("reply", "appointment", "urgent", "reply")]
    assert sorted(street.post()) == ids
    assert wait(street, she, "reply") is wait(street, she, "appointment") is wait(street, she, "urgent") is None


@pytest.mark.parametrize(("own", "most"), [(None, 3), (1, 1), (5, 5), (0, 0)])
async def test_her_own_number_goes_first(street: Street, own: int | None, most: int) -> None:
    [she] = street.live(budget=own)
    ids = [street.put(she, text=str(n), until=NOON + DAY) for n in range(6)]
    street.play(hours=3)
    assert len(street.moments(she)) == most
    assert [street.state(each) for each in ids[most:]] == [("expired", "budget")] * (6 - most), "told at once"


async def test_none_at_all_is_told_at_once(street: Street) -> None:
    [she] = street.live(budget=0)
    ids = [street.put(she, cls) for cls in ("broadcast", "plan", "tip")]
    assert street.post() == []
    assert [street.state(each) for each in ids] == [
        ("expired", "budget"),
        ("cancelled", "budget"),
        ("expired", "budget"),
    ]
    assert wait(street, she, "tip") == Wait("budget", NOON + WEEK, never=True)


async def test_what_failed_took_nothing_of_her_week(street: Street) -> None:
    [she] = street.live()
    spend(street, she, 3 * DAY, 2 * DAY, DAY)
    street.change(1, status="failed")
    assert wait(street, she, "broadcast") is None


# --- what becomes of what does not fit
async def test_a_plan_that_does_not_fit_falls_away(street: Street) -> None:
    [she] = street.live()
    spend(street, she, 3 * DAY, 2 * DAY, DAY)
    row_id = street.put(she, "plan")
    street.post()
    assert street.state(row_id) == ("cancelled", "budget")


async def test_a_plan_waits_for_what_left_a_little_later_last_week(street: Street) -> None:
    """Every week at the same minute, and in spring a week is an hour shorter: it is not dropped for that."""
    [she] = street.live(budget=1)
    spend(street, she, WEEK - timedelta(hours=1), cls="plan")
    row_id = street.put(she, "plan")
    street.post()
    assert street.state(row_id) == ("queued", "budget")
    street.play(hours=1)
    assert street.state(row_id) == ("sent", None)


async def test_a_plan_grows_no_younger_by_waiting(street: Street) -> None:
    [she] = street.live(budget=1)
    spend(street, she, WEEK - timedelta(hours=2), cls="plan")
    row_id = street.put(she, "plan")
    street.post()
    before = street.row(row_id)
    assert before.expires_at == NOON + queue.LIFE["plan"]


async def test_a_question_of_a_conversation_is_not_dropped(street: Street) -> None:
    [she] = street.live()
    spend(street, she, 3 * DAY, 2 * DAY, DAY)
    row_id = street.put(she, "plan", run_id=7, step="hoe")
    street.play(days=5)
    assert street.state(row_id) == ("sent", None)
    assert street.moments(she) == [NOON + 4 * DAY]


async def test_a_tip_leaves_room_for_her_own_plans(street: Street) -> None:
    [she] = street.live()
    plan(street, she, NOON + DAY)
    plan(street, she, NOON + 3 * DAY, "plan:rekenen")
    assert wait(street, she, "tip") is None
    spend(street, she, DAY)
    found = wait(street, she, "tip")
    assert found == Wait("budget", NOON + 6 * DAY)
    assert wait(street, she, "broadcast") is wait(street, she, "plan") is None
    row_id = street.put(she, "tip", purpose="tips")
    street.post()
    assert street.state(row_id) == ("queued", "budget")


async def test_two_plans_a_week_leave_room_for_one_tip(street: Street) -> None:
    """The plan of last week makes place for that of this week."""
    [she] = street.live()
    spend(street, she, 6 * DAY, DAY, cls="plan")
    plan(street, she, NOON + DAY - timedelta(seconds=2))
    plan(street, she, NOON + 6 * DAY, "plan:rekenen")
    assert wait(street, she, "tip") is None
    plan(street, she, NOON + 2 * DAY, "plan:praten")
    assert wait(street, she, "tip") is not None


async def test_more_plans_than_fit_leave_no_room(street: Street) -> None:
    [she] = street.live(budget=1)
    plan(street, she, NOON + 2 * DAY)
    assert wait(street, she, "tip") == Wait("budget", NOON + DAY), "tomorrow it is asked again"


async def test_the_last_place_is_for_what_ranks_higher_not_for_what_was_written_first(street: Street) -> None:
    [she] = street.live()
    spend(street, she, 3 * DAY, 2 * DAY)
    tip, own, school = (street.put(she, cls) for cls in ("tip", "plan", "broadcast"))
    assert street.post() == [school]
    assert (street.state(own), street.state(tip)) == (("cancelled", "budget"), ("queued", "budget"))


async def test_when_something_fell_away_is_known(street: Street) -> None:
    [she] = street.live(budget=0)
    dropped, expired = street.put(she, "plan"), street.put(she)
    street.post()
    assert {street.row(each).settled_at for each in (dropped, expired)} == {NOON}


# --- a pause
async def test_a_pause_drops_plans_and_puts_off_tips_but_not_the_school(street: Street) -> None:
    [she] = street.live(paused_until=NOON + 3 * DAY)
    dropped, late, school = (street.put(she, cls) for cls in ("plan", "tip", "broadcast"))
    assert street.post() == [school]
    assert street.state(dropped) == ("cancelled", "paused")
    assert street.state(late) == ("queued", "paused")
    assert wait(street, she, "tip") == Wait("paused", NOON + 3 * DAY)
    street.play(days=3)
    assert street.state(late) == ("sent", None)
    assert wait(street, she, "plan") != Wait("paused", NOON + 3 * DAY), "it is over"


async def test_what_ends_before_the_pause_does_is_told_at_once(street: Street) -> None:
    [she] = street.live(paused_until=NOON + 3 * DAY)
    row_id = street.put(she, "tip", until=NOON + DAY)
    street.post()
    assert street.state(row_id) == ("expired", "paused")


# --- distance
async def test_a_backlog_leaves_ten_minutes_apart(street: Street) -> None:
    [she, other] = street.live(2, budget=20)
    for number in range(6):  # the machine was off
        street.put(she, "broadcast", school=("brug", "vaart")[number % 2], text=str(number))
    street.put(she, "plan")
    street.put(other)
    street.play(hours=3)
    left = street.moments(she)
    assert len(left) == 7
    assert all(later - earlier >= 10 * MINUTE for earlier, later in pairwise(left))
    assert left[-1] <= NOON + 70 * MINUTE
    assert street.moments(other) == [NOON]
    order = [row.id for _, row in street.left if row.contact_id == she]
    assert order == sorted(order), "in the order in which they were said"


async def test_what_she_asks_for_leaves_between(street: Street) -> None:
    [she] = street.live()
    first = street.put(she)
    second = street.put(she, text="Nog iets.")
    assert street.post() == [first]
    assert street.state(second) == ("queued", "apart")
    talk = street.put(she, "appointment")
    assert street.post() == [talk]


async def test_a_distance_of_nothing(database: Database, tmp_path: Path) -> None:
    street = Street(database, tmp_path, budget={"apart": 0})
    [she] = street.live()
    ids = [street.put(she) for _ in range(3)]
    assert street.post() == ids


# --- what has its place already
@pytest.mark.parametrize("given", [{"piece": 1, "pieces": 2}, {"hop": 1}, {"reason": "not_arrived", "tries": 1}])
async def test_what_has_begun_to_leave_is_not_held_up(street: Street, given: dict[str, Any]) -> None:
    [she] = street.live()
    spend(street, she, 3 * DAY, 2 * DAY, MINUTE)
    row_id = street.put(she)
    body = street.write(lambda tx: tx.seal("outbox.body", json.dumps([["eerst", [], "plain"], ["dan", [], "plain"]])))
    where = street.rows(select(t.address.c.id).where(t.address.c.contact_id == she))[0].id
    left_at = NOON - MINUTE if "piece" in given else None
    street.write(
        lambda tx: tx.execute(
            update(t.outbox)
            .where(t.outbox.c.id == row_id)
            .values(**given, body=body, left_at=left_at, address_id=where)
        )
    )
    assert street.post()[:1] == [row_id]


@pytest.mark.parametrize("given", [{"hop": 1}, {"reason": "not_arrived", "tries": 1}])
async def test_what_goes_again_in_an_hour_keeps_its_place(street: Street, given: dict[str, Any]) -> None:
    """Her phone was off: another message does not take the place, or she would get four this week."""
    [she] = street.live()
    spend(street, she, 3 * DAY, 2 * DAY)
    first = street.put(she)
    in_an_hour = {**given, "due_at": NOON + timedelta(hours=1), "expires_at": NOON + DAY}
    street.write(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.id == first).values(in_an_hour)))
    second = street.put(she)
    assert street.post() == []
    assert street.state(second) == ("queued", "budget")
    street.clock.move(NOON + timedelta(hours=1))
    assert street.post() == [first]


async def test_a_message_of_two_pieces_counts_once(street: Street) -> None:
    [she] = street.live(channel="telegram")
    row_id = street.put(she, text="woord " * 900)
    street.post()
    assert street.row(row_id).pieces > 1
    assert street.state(row_id) == ("sent", None)
    ids = [street.put(she, "plan") for _ in range(2)]
    street.play(hours=1)
    assert [street.state(each) for each in ids] == [("sent", None)] * 2
    assert wait(street, she, "plan") == Wait("budget", NOON + WEEK)


# --- the look-up
async def test_one_statement_however_many_they_are(street: Street) -> None:
    people = street.live(50)
    seen: list[str] = []
    with street.database.begin() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *call: seen.append(call[2]))
        found = budget.load(tx, street.bot.config, people, NOON)
        assert [found.wait(each, "tip") for each in people] == [None] * 50
        found.note(people[0])
        assert found.wait(people[0], "plan") == Wait("apart", NOON + 10 * MINUTE)
    assert len(seen) == 2, "the second is about her plans, and only a tip asks for it"


async def test_the_index_of_the_week_is_used(street: Street) -> None:
    street.live(3)
    seen: list[tuple[str, Any]] = []
    with street.database.begin() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *call: seen.append((call[2], call[3])))
        budget.load(tx, street.bot.config, [1, 2, 3], NOON)
        if tx.postgres:
            tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN " if tx.postgres else "EXPLAIN QUERY PLAN "
        assert "ix_outbox_week" in str(tx.connection.exec_driver_sql(explain + seen[0][0], seen[0][1]).all())
