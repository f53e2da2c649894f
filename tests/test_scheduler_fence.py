"""What the fence does to each kind of row: the past is over, the future stays, and a person sees what is uncertain."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.config import Config
from bot.inbox.put import Note, put
from bot.model import Address, Part
from bot.outbox import queue
from bot.people import contacts, logins, staff
from bot.scheduler import fence, followups
from bot.scheduler.almanac import Almanac
from bot.store import settings
from bot.store import tables as t
from bot.store.database import Database, Tx

NOW = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
ALMANAC = Almanac.load(Config(schools={}))
MARA = Address("sms", "+31612990001")
BROADCASTS = {
    "begun": ("starting", -1), "due": ("planned", -1), "coming": ("planned", 1), "asked": ("asked", -1),
    "going": ("going", -1),
}  # fmt: skip


@pytest.fixture
def contact_id(database: Database) -> int:
    with database.begin() as tx:
        return contacts.resolve(tx, [MARA], NOW)[MARA][0]


def a_run(tx: Tx, contact_id: int, due_at: datetime | None, expires_at: datetime, state: str = "active") -> int:
    values: dict[str, Any] = {
        "contact_id": contact_id, "flow": "thee", "version": "0", "rank": "question", "step": "dag", "rev": 3,
        "memory": tx.seal("run.memory", "[]"), "started_at": NOW, "changed_at": NOW, "state": state,
        "due_at": due_at, "expires_at": expires_at,
    }  # fmt: skip
    return int(tx.execute(t.run.insert().returning(t.run.c.id), values).scalar_one())


@pytest.mark.parametrize(
    ("due", "expires", "after"),
    [
        (-HOUR, WEEK, ("active", WEEK, 4)),  # the nudge may have been said: the question stays open until its end
        (None, WEEK, ("active", WEEK, 4)),  # its note was on the way to the desk
        (HOUR, WEEK, ("active", HOUR, 3)),  # still to come
        (-HOUR, -HOUR, ("ended", None, 4)),
        (None, -HOUR, ("ended", None, 4)),
    ],
)
def test_timers(
    database: Database, contact_id: int, due: timedelta | None, expires: timedelta,
    after: tuple[str, timedelta | None, int],
) -> None:  # fmt: skip
    with database.begin() as tx:
        a_run(tx, contact_id, None if due is None else NOW + due, NOW + expires)
        fenced = fence.put_up(tx, NOW)
        row = tx.execute(select(t.run)).one()
    state, moment, rev = after
    assert (row.state, row.due_at, row.rev) == (state, moment and NOW + moment, rev)
    assert fenced.timers == (state == "active" and rev == 4)
    with database.begin() as tx:
        assert followups.collect(tx, ALMANAC, NOW) == 0


def test_plans_go_on_from_their_next_week(database: Database, contact_id: int) -> None:
    """At the same time on the wall, and none is said for what was missed."""
    missed, coming = datetime(2026, 11, 24, 18, 30, tzinfo=UTC), datetime(2026, 12, 1, 18, 30, tzinfo=UTC)
    for scope, due_at, expires_at in (
        ("missed", missed, NOW + 9 * WEEK), ("coming", coming, NOW + WEEK), ("over", missed, NOW + HOUR / 4),
    ):  # fmt: skip
        row = {
            "contact_id": contact_id, "scope": scope, "flow": "thee", "say": "thee.straks", "kind": "plan",
            "cls": "plan", "purpose": "tips", "zone": "Europe/Amsterdam", "rule": {"weekday": "di", "time": "19:30"},
            "due_at": due_at, "expires_at": expires_at,
        }  # fmt: skip
        with database.begin() as tx:
            tx.execute(t.followup.insert(), row | {"fields": tx.seal("followup.fields", "{}")})
    with database.begin() as tx:
        assert fence.put_up(tx, NOW).plans == 2
        found = {row.scope: row for row in tx.execute(select(t.followup))}
        assert followups.collect(tx, ALMANAC, NOW) == 0
    assert [found[scope].due_at for scope in ("missed", "coming")] == [coming, coming]
    assert [(found[scope].rev, found[scope]._mapping["count"]) for scope in ("missed", "coming")] == [(1, 0), (0, 0)]
    assert found["over"].state == "done"


def test_messages_and_letters_that_are_not_certain(database: Database, contact_id: int) -> None:
    with database.begin() as tx:
        for status in ("queued", "sending", "sent", "failed"):
            queue.put(tx, [queue.Draft(contact_id, "plan", "school", None, parts=[Part("thee", {})])], NOW)
            newest = tx.execute(select(t.outbox.c.id).order_by(t.outbox.c.id.desc()).limit(1)).scalar_one()
            tx.execute(t.outbox.update().where(t.outbox.c.id == newest).values(status=status, token="t"))
        put(tx, [Note(contact_id, "plan", "plan:1:1", {})], NOW)
        fenced = fence.put_up(tx, NOW)
        rows = tx.execute(select(*t.outbox.c["status", "reason", "token"]).order_by(t.outbox.c.id)).all()
        letters = tx.execute(select(*t.inbox.c["state", "error"])).all()
    assert (fenced.unsent, fenced.letters, fenced.notes) == (2, 0, 1)
    assert [tuple(row) for row in rows[:2]] == [("unknown", "restored", None)] * 2
    assert sorted(row.status for row in rows[2:]) == ["failed", "sent"]
    assert [tuple(row) for row in letters] == [("failed", "restored")]


def test_no_message_gets_a_number_that_is_known_outside(database: Database, contact_id: int) -> None:
    drafts = [queue.Draft(contact_id, "plan", "school", None, parts=[Part("thee", {})], step="dag")]
    with database.begin() as tx:
        queue.put(tx, drafts, NOW)
        tx.execute(t.outbox.update().values(status="sent"))
        fence.put_up(tx, NOW)
        queue.put(tx, drafts, NOW)
        newest = tx.execute(select(t.outbox.c.id).where(t.outbox.c.status == "queued")).scalar_one()
    assert newest == int(NOW.timestamp() * 1000) + 1


def test_nobody_is_signed_in_again_by_a_backup(database: Database) -> None:
    with database.begin() as tx:
        token = logins.begin(tx, staff.add(tx, "brug", "an", "An", "ib", [], "2026-2027"), NOW, proven=True)
        fence.put_up(tx, NOW)
        assert logins.found(tx, token, NOW) is None


def test_the_house_remembers_when(database: Database, contact_id: int) -> None:
    """What is swept and what is in hand begins anew."""
    with database.begin() as tx:
        settings.put_moment(tx, "swept.sms", NOW - WEEK)
        tx.execute(t.chore.insert(), {"name": "sweep", "next_at": NOW - WEEK, "token": "lost"})
        fence.put_up(tx, NOW)
        assert settings.get_moment(tx, fence.AT) == settings.get_moment(tx, "swept.sms") == NOW
        assert tx.execute(select(t.chore)).all() == []


def test_a_broadcast_that_may_have_begun_does_not_go_on(database: Database) -> None:
    """One that is still to come goes at its time."""
    with database.begin() as tx:
        for key, (state, minutes) in BROADCASTS.items():
            row = {"school": "brug", "kind": "own", "what": "", "content": b"", "audience": [], "cls": "broadcast"}
            moments = {"made_at": NOW, "due_at": NOW + timedelta(minutes=minutes), "until_at": NOW + timedelta(days=1)}
            tx.execute(t.broadcast.insert(), {**row, **moments, "state": state, "key": key})
        fence.put_up(tx, NOW)
        found = {row.key: row.state for row in tx.execute(select(t.broadcast.c.key, t.broadcast.c.state))}
    assert found == {"begun": "stopped", "due": "late", "coming": "planned", "asked": "asked", "going": "going"}
