"""What is due becomes one event: said, begun, left out, put off or over; by however many processes."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, text, update

from bot.config import Config, School
from bot.model import Address
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.people import consent, contacts, wishes
from bot.scheduler import followups, plans
from bot.scheduler.almanac import Almanac
from bot.scheduler.plans import PlanRow, Rule
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring

DUE = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)  # a Tuesday, half past seven in the evening at school
SOON, HOUR, DAY, WEEK = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
NOW = DUE + SOON
ALMANAC = Almanac.load(Config(schools={"brug": School("brug", "De Brug")}))
RULE = Rule("di", "19:30", 1, (4, 2), ("vakantie",))
MARA = Address("sms", "+31612990001")


@pytest.fixture
def contact_id(database: Database) -> int:
    with database.begin() as tx:
        return parents(tx, [MARA])[0]


def parents(tx: Tx, addresses: list[Address]) -> list[int]:
    """People who have said yes to everything."""
    found = contacts.resolve(tx, addresses, NOW)
    ids = [found[each][0] for each in addresses]
    for each in ids:
        consent.give(tx, each, "brug", "sms", ("school", "tips"), "ja", None, NOW)
    return ids


def a_plan(
    contact_id: int, rule: Rule = RULE, due_at: datetime = DUE, expires_at: datetime = DUE + 30 * WEEK
) -> PlanRow:
    return PlanRow(
        contact_id, "brug", "plan:voorlezen", "voorlezen", "voorlezen.herinnering", "{}", "plan", "tips",
        "Europe/Amsterdam", rule.dump(), due_at, expires_at,
    )  # fmt: skip


def a_row(tx: Tx, contact_id: int, **given: Any) -> int:
    values = {
        "contact_id": contact_id, "school": "brug", "kind": "journey", "scope": "journey:jaar.start:brug:2026-2027",
        "flow": "voorlezen", "say": "", "fields": tx.seal("followup.fields", "{}"), "cls": "tip", "purpose": "tips",
        "zone": "Europe/Amsterdam", "rule": {}, "due_at": DUE, "expires_at": DUE + 2 * WEEK, **given,
    }  # fmt: skip
    return int(tx.execute(t.followup.insert().returning(t.followup.c.id), values).scalar_one())


def collect(database: Database, now: datetime = NOW) -> int:
    with database.begin() as tx:
        return followups.collect(tx, ALMANAC, now)


def the_row(database: Database) -> Row[Any]:
    with database.read() as tx:
        return tx.execute(select(t.followup)).one()


def notes(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """The events of the house: kind and payload."""
    with database.read() as tx:
        rows = tx.execute(select(t.inbox).where(t.inbox.c.channel == "bot").order_by(t.inbox.c.id))
        return [(row.kind, json.loads(tx.open("inbox.payload", row.payload))) for row in rows]


def left(tx: Tx, contact_id: int, at: datetime, cls: str = "plan", scope: str | None = None) -> None:
    queue.put(tx, [Draft(contact_id, cls, "tips", "brug", scope=scope)], at)
    tx.execute(update(t.outbox).where(t.outbox.c.left_at.is_(None)).values(status="sent", left_at=at))


def a_full_week(tx: Tx, contact_id: int) -> None:
    for days in (5, 2, 1):
        left(tx, contact_id, NOW - days * DAY)


# --- plans
def test_a_plan_is_said_and_waits_for_its_next_week(database: Database, contact_id: int) -> None:
    with database.begin() as tx:
        plans.save(tx, [a_plan(contact_id)])
    assert [collect(database), collect(database)] == [1, 0]
    [(kind, payload)] = notes(database)
    assert (kind, payload["scope"], payload["until"]) == ("plan", "plan:voorlezen", (DUE + 3 * HOUR).isoformat())
    row = the_row(database)
    assert (row.due_at, row.state, plans.said(row), row.rev) == (DUE + WEEK, "waiting", 1, 1)


@pytest.mark.parametrize(
    ("begin", "reason", "after"),
    [
        (lambda tx, it: wishes.pause(tx, it, NOW + DAY), "paused", (WEEK, 0)),
        (lambda tx, it: consent.withdraw(tx, it, "stop", NOW), "no_consent", (WEEK, 0)),
        (lambda tx, it: tx.execute(update(t.followup).values(due_at=DUE - 5 * WEEK)), "too_late", (WEEK, 0)),
    ],
)
def test_a_plan_that_is_left_out_does_not_count(
    database: Database, contact_id: int, begin: Callable[[Tx, int], Any], reason: str, after: tuple[timedelta, int]
) -> None:
    with database.begin() as tx:
        plans.save(tx, [a_plan(contact_id)])
        begin(tx, contact_id)
    assert collect(database) == 1
    row = the_row(database)
    assert (row.reason, row.due_at - DUE, plans.said(row)) == (reason, *after)
    assert notes(database) == []


def test_a_day_that_has_become_free_since_is_left_out(database: Database, contact_id: int) -> None:
    day = {"school": "brug", "first": "2026-11-24", "last": "2026-12-01", "kind": "vakantie", "name": "eigen week"}
    with database.begin() as tx:
        plans.save(tx, [a_plan(contact_id)])
        tx.execute(t.free_day.insert(), day | {"source": "school", "noted_on": "2026-11-23"})
    assert collect(database) == 1
    row = the_row(database)
    assert (row.reason, row.due_at, plans.said(row)) == ("vakantie", DUE + 2 * WEEK, 0)


@pytest.mark.parametrize(
    ("count", "expires", "reason"), [(5, 30 * WEEK, "faded"), (0, 3 * DAY, "year_over"), (0, -SOON, "year_over")]
)
def test_a_plan_ends(database: Database, contact_id: int, count: int, expires: timedelta, reason: str) -> None:
    with database.begin() as tx:
        plans.save(tx, [a_plan(contact_id, expires_at=DUE + expires)])
        tx.execute(update(t.followup).values(count=count))
    collect(database)
    row = the_row(database)
    assert (row.state, row.reason, len(notes(database))) == ("done", reason, int(expires > SOON))


def test_what_was_laid_ready_but_never_left_does_not_count(database: Database, contact_id: int) -> None:
    """The week was full: the outbox dropped it. The one before it did leave."""
    with database.begin() as tx:
        plans.save(tx, [a_plan(contact_id)])
    counts = []
    for week, leaves in enumerate((True, False, True)):
        collect(database, NOW + week * WEEK)
        counts.append(plans.said(the_row(database)))
        if leaves:
            with database.begin() as tx:
                left(tx, contact_id, NOW + week * WEEK, scope="plan:voorlezen")
    collect(database, NOW + 3 * WEEK)
    assert [*counts, plans.said(the_row(database))] == [1, 2, 2, 3]


def test_what_never_left_is_taken_back_once_however_often_the_next_is_left_out(
    database: Database, contact_id: int
) -> None:
    with database.begin() as tx:
        plans.save(tx, [a_plan(contact_id)])
        tx.execute(update(t.followup).values(count=4, rule=RULE._replace(last=(DUE - WEEK).isoformat()).dump()))
        wishes.pause(tx, contact_id, NOW + 3 * WEEK)
    for week in range(3):
        collect(database, NOW + week * WEEK)
        assert plans.said(the_row(database)) == 3


def test_asking_again_replaces_the_plan_and_makes_its_note_void(database: Database, contact_id: int) -> None:
    with database.begin() as tx:
        plans.save(tx, [a_plan(contact_id)])
    collect(database)
    with database.begin() as tx:
        plans.save(tx, [a_plan(contact_id, due_at=DUE + DAY)])
    row = the_row(database)
    [(_, payload)] = notes(database)
    assert (row.due_at, plans.said(row), row.reason) == (DUE + DAY, 0, None)
    assert row.rev == 2 != payload["rev"] + 1


# --- what comes once
@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"kind": "journey"}, "start"),
        ({"kind": "after", "scope": "after:talk:1", "cls": "appointment", "purpose": "school"}, "start"),
        ({"kind": "remind", "scope": "appointment:1:day", "say": "afspraak.morgen", "purpose": "school"}, "plan"),
        ({"kind": "digest", "scope": "digest:1", "purpose": "school"}, "digest"),
    ],
)
def test_what_comes_once_becomes_an_event_of_its_kind(
    database: Database, contact_id: int, values: dict[str, Any], kind: str
) -> None:
    with database.begin() as tx:
        it = a_row(tx, contact_id, child_id=7, **values)
    assert [collect(database), collect(database)] == [1, 0]
    [(found, payload)] = notes(database)
    assert (found, payload["followup"], payload["rev"], payload["child"]) == (kind, it, 0, 7)
    assert payload["until"] == (DUE + 2 * WEEK).isoformat()
    assert (the_row(database).state, the_row(database).rev) == ("done", 1)


@pytest.mark.parametrize(
    ("begin", "reason", "until"),
    [
        (lambda tx, it: consent.withdraw(tx, it, "stop", NOW), "no_consent", DUE + DAY),
        (lambda tx, it: wishes.pause(tx, it, NOW + 3 * DAY), "paused", NOW + 3 * DAY),
        (a_full_week, "budget", NOW + 2 * DAY),
        (lambda tx, it: left(tx, it, NOW - 4 * 60 * SOON), "apart", NOW + 6 * 60 * SOON),
        (lambda tx, it: wishes.rest(tx, it, ("19:00", "20:00")), "quiet", None),
    ],
)
def test_a_flow_that_may_not_begin_now_is_put_off(
    database: Database, contact_id: int, begin: Callable[[Tx, int], Any], reason: str, until: datetime | None
) -> None:
    with database.begin() as tx:
        a_row(tx, contact_id)
        begin(tx, contact_id)
    assert [collect(database), collect(database)] == [1, 0]
    row = the_row(database)
    assert (row.state, row.reason, row.rev, notes(database)) == ("waiting", reason, 1, [])
    if until is None:  # her rest ends at eight, and what waited leaves spread out
        assert DUE + HOUR / 2 <= row.due_at <= DUE + HOUR
    else:
        assert row.due_at == until
    assert collect(database, DUE + 2 * WEEK) == 1
    assert (the_row(database).state, the_row(database).reason) == ("dropped", reason)


def test_two_flows_for_one_person_do_not_begin_at_once(database: Database, contact_id: int) -> None:
    with database.begin() as tx:
        a_row(tx, contact_id)
        a_row(tx, contact_id, scope="journey:jaar.lezen:brug:2026-2027")
    collect(database)
    with database.read() as tx:
        assert sorted(row.reason or "" for row in tx.execute(select(t.followup))) == ["", "apart"]


# --- side by side
@pytest.mark.postgres
def test_two_processes_do_each_row_once(postgres_url: str, ring: Ring) -> None:
    people = 400
    bases = [Database(postgres_url, ring) for _ in range(2)]
    with bases[0].begin() as tx:
        ids = parents(tx, [Address("sms", f"+31612{number:06}") for number in range(people)])
        plans.save(tx, [a_plan(each) for each in ids])

    def work(database: Database) -> int:
        done = 0
        while True:
            with database.begin() as tx:
                found = followups.collect(tx, ALMANAC, NOW, most=20)
            if not found:
                return done
            done += found

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(work, bases))
    said = Counter(payload["followup"] for _, payload in notes(bases[0]))
    with bases[0].read() as tx:
        assert {(plans.said(row), row.rev) for row in tx.execute(select(t.followup))} == {(1, 1)}
    for each in bases:
        each.close()
    assert (sum(done), len(said), set(said.values())) == (people, people, {1})


def test_a_tick_finds_what_is_due_in_the_index(database: Database, contact_id: int) -> None:
    with database.begin() as tx:
        a_row(tx, contact_id)
        if tx.postgres:
            tx.execute(text("SET LOCAL enable_seqscan = off"))
        for statement in (followups.DUE.params(now=NOW, most=500), followups.NEXT):
            sql = statement.compile(tx.connection, compile_kwargs={"literal_binds": True}).string
            explain = "EXPLAIN " if tx.postgres else "EXPLAIN QUERY PLAN "
            plan = "\n".join(str(row) for row in tx.execute(text(explain + sql.replace("FOR UPDATE SKIP LOCKED", ""))))
            assert "ix_followup_due" in plan, plan


# --- the fence
def test_the_fence_passes_over_every_kind(database: Database, contact_id: int) -> None:
    with database.begin() as tx:
        plans.save(tx, [a_plan(contact_id)])
        for kind in ("journey", "after", "remind", "digest"):
            a_row(tx, contact_id, kind=kind, scope=f"{kind}:1", say="x" if kind == "remind" else "")
        assert followups.pass_over(tx, NOW) == (0, 5)
        rows = {row.kind: row for row in tx.execute(select(t.followup))}
    plan = rows.pop("plan")
    assert (plan.state, plan.due_at, plans.said(plan), plan.reason) == ("waiting", DUE + WEEK, 0, "restored")
    assert {(row.state, row.reason) for row in rows.values()} == {("dropped", "restored")}
    assert collect(database) == 0
    assert notes(database) == []
