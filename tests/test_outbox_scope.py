"""What waits gives way to what is newer, ends where it is of no use any more, or joins what says the same."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from bot.outbox import queue, send
from bot.outbox.queue import Draft
from bot.store import tables as t
from bot.store.database import Database
from tests.harness.street import NOON, Street, draft

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
AWAKE = {"start": "23:59:59", "end": "00:00", "sunday_until": "00:00"}


@pytest.fixture
def street(database: Database, tmp_path: Path) -> Street:
    return Street(database, tmp_path, quiet_hours=AWAKE, budget={"apart": 0})


def spent(street: Street, count: int = 1, channel: str = "sms", **wishes: Any) -> list[int]:
    """Parents whose week is full: their first message leaves six days ago."""
    people = street.live(count, channel, budget=1, **wishes)
    for row_id in street.put_all(people):
        street.change(row_id, status="delivered", left_at=NOON - 6 * DAY)
    return people


def put(street: Street, *drafts: Draft) -> list[int]:
    """Lay these into the outbox at once; the ids of the rows that there are now."""
    street.write(lambda tx: queue.put(tx, drafts, street.clock()))
    return [row.id for row in street.rows(select(t.outbox.c.id).order_by(t.outbox.c.id))]


# --- the newest state only
async def test_the_newest_takes_the_place_of_what_waits(street: Street) -> None:
    she, other = street.live(2)
    one: dict[str, Any]
    two: dict[str, Any]
    one, two = {"scope": "round:1", "due_at": NOON + HOUR}, {"scope": "round:2", "due_at": NOON + HOUR}
    old = put(street, draft(she, "broadcast", "a", **one), draft(she, "broadcast", "b", **two),
              draft(other, "broadcast", "c", **one), draft(she, "broadcast", "d", due_at=NOON + HOUR))  # fmt: skip
    put(street, draft(she, "broadcast", "nieuw", **one))
    assert [street.state(each) for each in old] == [
        ("cancelled", "replaced"), ("queued", None), ("queued", None), ("queued", None)
    ]  # fmt: skip
    street.play(hours=2)
    assert {row.id for _, row in street.left} == {2, 3, 4, 5}


async def test_after_an_outage_only_the_last_state_leaves(street: Street) -> None:
    [she] = street.live()
    for number in range(5):
        street.put(she, "appointment", scope="appointment:7:day", text=str(number))
    street.play(hours=1)
    assert [street.texts(row.id) for _, row in street.left] == [["4"]]


async def test_of_two_in_one_breath_the_last(street: Street) -> None:
    [she] = street.live()
    rows = put(street, *(draft(she, "broadcast", each, scope="x") for each in "ab"))
    assert [street.texts(each) for each in rows] == [["b"]]


async def test_what_has_begun_to_leave_is_not_taken_back(street: Street) -> None:
    she, other = street.live(2)
    half, sent = street.put(she, scope="x"), street.put(other, scope="x")
    street.post()
    street.change(half, status="queued", piece=1, pieces=2)
    put(street, draft(she, "broadcast", "nieuw", scope="x"), draft(other, "broadcast", "nieuw", scope="x"))
    assert (street.state(half)[0], street.state(sent)[0]) == ("queued", "sent")


async def test_many_drafts_take_few_statements_and_without_scope_none_more(street: Street) -> None:
    people = street.live(60)
    seen: list[str] = []

    def counted(scope: str | None) -> int:
        seen.clear()
        drafts = [draft(each, "broadcast", "x", scope=scope) for each in people]
        with street.database.begin() as tx:
            event.listen(tx.connection, "before_cursor_execute", lambda *call: seen.append(call[2]))
            queue.put(tx, drafts, NOON)
        return len(seen)

    assert (counted(None), counted("round:1"), counted("round:1")) == (1, 2, 2)
    states = street.rows(select(t.outbox.c.status, func.count().label("many")).group_by(t.outbox.c.status))
    assert {row.status: row.many for row in states} == {"queued": 120, "cancelled": 60}


async def test_a_cancelled_appointment_sends_no_reminder(street: Street) -> None:
    she, other = street.live(2)
    later = {"due_at": NOON + DAY}
    scopes = ["appointment:7:day", "appointment:7:hour", "appointment:70:day", "appointment_7:day", None]
    for scope in scopes:
        street.put(she, "appointment", scope=scope, **later)
    street.put(other, "appointment", scope="appointment:7:day", **later)
    cancelled = street.write(lambda tx: queue.cancel_scope(tx, she, "appointment:7:", "cancelled", NOON))
    assert cancelled == 2
    street.play(days=2)
    assert {row.scope for _, row in street.left if row.contact_id == she} == set(scopes[2:])
    assert street.state(1) == ("cancelled", "cancelled")
    assert len(street.moments(other)) == 1


# --- a hard end
async def test_nothing_leaves_after_its_end(street: Street) -> None:
    [she] = street.live()
    row_id = street.put(she, "appointment", due_at=NOON + HOUR, until=NOON + 2 * HOUR)
    street.clock.move(NOON + 2 * HOUR)
    assert street.post() == []
    assert street.state(row_id) == ("expired", "too_late")


async def test_what_would_wait_beyond_its_end_is_told_at_once(database: Database, tmp_path: Path) -> None:
    street = Street(database, tmp_path)
    street.clock.move(NOON.replace(hour=21))
    [she] = street.live()
    early, late = (street.put(she, "appointment", until=NOON.replace(hour=hour, day=24)) for hour in (5, 12))
    street.post()
    assert street.state(early) == ("expired", "quiet_hours")
    assert street.state(late) == ("queued", "quiet_hours")
    street.play(hours=12)
    assert street.state(late) == ("sent", None)


async def test_a_provider_may_not_deliver_after_the_end(street: Street) -> None:
    [she] = street.live()
    street.put(she, "appointment", until=NOON + timedelta(minutes=20))
    with street.database.begin() as tx:
        [letter], _ = send.claim(tx, street.bot.post, NOON)
    assert letter.message.expires_at == NOON + timedelta(minutes=20)


# --- two that wait become one
async def test_two_broadcasts_that_ask_nothing_leave_as_one(street: Street) -> None:
    [she] = spent(street)
    first = street.put(she, text="Er is luizencontrole.", until=NOON + 3 * DAY)
    second = street.put(she, text="De sportdag is in mei.", until=NOON + 2 * DAY)
    third = street.put(she, text="Er is nieuwe soep.")
    assert street.post() == []
    assert street.state(first) == ("queued", "budget")
    for each in (second, third):
        assert street.state(each) == ("cancelled", "merged")
        assert street.row(each).merged_into == first
    assert street.texts(first) == ["Er is luizencontrole.", "De sportdag is in mei.", "Er is nieuwe soep."]
    assert street.row(first).until_at == NOON + 2 * DAY, "the earlier end"
    street.play(days=3)
    assert [(moment, row.id) for moment, row in street.left] == [(NOON + DAY, first)]
    with street.database.read() as tx:
        body = tx.open("outbox.body", street.row(first).body)
    assert all(text in body for text in street.texts(first))


@pytest.mark.parametrize(
    ("of_first", "of_second"),
    [
        ({}, {"school": "vaart"}),
        ({}, {"purpose": "tips"}),
        ({"step": "hoe", "run_id": 7}, {}),
        ({}, {"step": "hoe", "run_id": 7}),
        ({"scope": "round:1"}, {}),  # a newer one may take its place
        ({}, {"scope": "round:1"}),
        ({}, {"until": NOON + DAY + HOUR / 2}),  # it would take the other along into its end
        ({"until": NOON + DAY + HOUR / 2}, {}),
    ],
)
async def test_what_stays_by_itself(street: Street, of_first: dict[str, Any], of_second: dict[str, Any]) -> None:
    [she] = spent(street)
    first, second = street.put(she, **of_first), street.put(she, **of_second)
    street.post()
    assert street.state(first) == street.state(second) == ("queued", "budget")


async def test_what_is_useless_by_then_is_not_joined_but_told(street: Street) -> None:
    [she] = spent(street)
    first, second = street.put(she), street.put(she, until=NOON + HOUR)
    street.post()
    assert street.state(first) == ("queued", "budget")
    assert street.state(second) == ("expired", "budget")
    assert street.texts(first) == ["Tot morgen!"]


@pytest.mark.parametrize(("heard", "state"), [(NOON, ("cancelled", "merged")), (None, ("queued", "budget"))])
async def test_behind_a_closed_window_only_what_is_approved_for_it_stays_by_itself(
    street: Street, heard: Any, state: tuple[str, str]
) -> None:
    """`voorlezen.herinnering` may leave late as an approved text, but not as half of something longer."""
    [she] = spent(street, channel="whatsapp")
    street.write(lambda tx: tx.execute(update(t.address).where(t.address.c.contact_id == she).values(heard_at=NOON)))
    key = "draad.antwoord" if heard else "voorlezen.herinnering"
    rows = put(street, *(draft(she, "broadcast", each, key=key) for each in "ab"))
    street.post()
    assert street.state(rows[-1]) == state


@pytest.mark.parametrize("approved", [0, 1])
async def test_what_is_approved_is_not_made_longer_by_what_is_not(street: Street, approved: int) -> None:
    [she] = spent(street, channel="whatsapp")
    street.write(lambda tx: tx.execute(update(t.address).where(t.address.c.contact_id == she).values(heard_at=NOON)))
    keys = ["draad.antwoord", "draad.antwoord"]
    keys[approved] = "voorlezen.herinnering"
    rows = put(street, *(draft(she, "broadcast", "x", key=key) for key in keys))
    street.post()
    assert {street.state(each) for each in rows[-2:]} == {("queued", "budget")}


@pytest.mark.parametrize("spoilt", [0, 1])
async def test_what_cannot_be_read_holds_up_nobody(street: Street, spoilt: int) -> None:
    [she], [other] = spent(street), street.live()
    both = street.put(she), street.put(she)
    street.change(both[spoilt], parts=b"\x00" * 60)
    row_id = street.put(other)
    assert street.post() == [row_id]
    assert {street.state(each) for each in both} == {("queued", "budget")}


async def test_everybody_in_a_school_at_once(street: Street) -> None:
    people = spent(street, 30)
    first, second = street.put_all(people, text="een"), street.put_all(people, text="twee")
    street.post()
    assert {street.state(each) for each in first} == {("queued", "budget")}
    assert {street.state(each) for each in second} == {("cancelled", "merged")}
    assert [street.row(each).merged_into for each in second] == first
