"""What is to come for a person: in order, with what is skipped and why; on both databases."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bot.conversation.events import Run
from bot.model import Address
from bot.outbox import queue
from bot.outbox.hours import loud_from
from bot.outbox.queue import Draft
from bot.people import contacts
from bot.scheduler import agenda
from bot.scheduler.agenda import Coming
from bot.scheduler.almanac import Almanac
from bot.scheduler.plans import Rule
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import settings

FATIMA, JAN = Address("sms", "+31612000103"), Address("sms", "+31612000104")
TUESDAY = timedelta(hours=27, minutes=30)  # from Monday four o'clock to half past seven
WEEK = timedelta(days=7)


@pytest.fixture
def almanac(tmp_path: Path) -> Almanac:
    return Almanac.load(settings(tmp_path))


def person(tx: Tx, now: datetime, who: Address = FATIMA, **wishes: Any) -> int:
    contact, _ = contacts.resolve(tx, [who], now)[who]
    if wishes:
        tx.execute(t.contact.update().where(t.contact.c.id == contact).values(**wishes))
    return contact


def lay(tx: Tx, contact: int, due_at: datetime, scope: str = "plan:voorlezen", **values: Any) -> None:
    rule = Rule("di", "19:30", fade=(4, 2), skip=("vakantie",)).dump()
    row = {
        "contact_id": contact, "school": "brug", "kind": scope.partition(":")[0], "scope": scope, "flow": "voorlezen",
        "say": "voorlezen.herinnering", "fields": tx.seal("followup.fields", "{}"), "cls": "plan", "purpose": "tips",
        "zone": "Europe/Amsterdam", "rule": rule, "due_at": due_at, "expires_at": due_at + timedelta(days=200),
    }  # fmt: skip
    tx.execute(t.followup.insert().values({**row, **values}))


def waits(tx: Tx, contact: int, waiting: str, now: datetime, due_at: datetime, **values: Any) -> None:
    """A conversation that waits for an answer, or for its moment."""
    memory = json.dumps([Run("hoe_vaak", waiting, nudged=values.pop("nudged", False)), {}])
    row = {
        "contact_id": contact, "flow": "voorlezen", "version": "v1", "rank": "question", "step": "hoe_vaak",
        "memory": tx.seal("run.memory", memory), "started_at": now, "changed_at": now, "due_at": due_at,
        "expires_at": now + timedelta(days=21),
    }  # fmt: skip
    tx.execute(t.run.insert().values({**row, **values}))


def test_everything_in_its_order(database: Database, almanac: Almanac, now: datetime) -> None:
    hour = timedelta(hours=1)
    with database.begin() as tx:
        mine = person(tx, now)
        lay(tx, mine, now + TUESDAY)
        lay(tx, mine, now + 30 * hour, "journey:jaar.rapport:brug:2026-2027", flow="rapport", reason="budget")
        lay(tx, mine, now + 40 * hour, "appointment:12:dag_ervoor", kind="remind", flow="afspraak")
        lay(tx, mine, now + 9 * WEEK, "after:gesprek:4", flow="na_gesprek")
        lay(tx, mine, now + hour, "plan:tandenpoetsen", state="done", reason="faded")
        waits(tx, mine, "timer", now, now + WEEK)
        waits(tx, mine, "answer", now, now + 24 * hour, flow="helpen")
        queue.put(tx, [Draft(mine, "broadcast", "school", "brug", due_at=now + 15 * hour)], now)
        tx.execute(t.outbox.update().values(reason="quiet_hours"))
        queue.put(tx, [Draft(mine, "reply", "school", "brug")], now)  # leaves at once
        found = agenda.coming(
            tx, almanac, [mine], now, nudges=lambda version, step: (version, step) == ("v1", "hoe_vaak")
        )
    assert found[mine] == [
        Coming(now + 15 * hour, "bericht", "broadcast", "quiet_hours"),
        Coming(now + 24 * hour, "nogmaals", "helpen"),
        Coming(now + TUESDAY, "plan", "voorlezen"),
        Coming(now + 30 * hour, "journey", "rapport", "budget"),
        Coming(now + 40 * hour, "remind", "afspraak"),
        Coming(now + WEEK, "vraag", "voorlezen"),
    ]


def test_silence_after_a_nudge_is_no_message(database: Database, almanac: Almanac, now: datetime) -> None:
    with database.begin() as tx:
        mine = person(tx, now)
        waits(tx, mine, "answer", now, now + timedelta(hours=1), nudged=True)
        waits(tx, mine, "answer", now, now + timedelta(hours=2), state="parked")
        waits(tx, mine, "answer", now, now + timedelta(hours=3), version="v2")
        found = agenda.coming(tx, almanac, [mine], now, nudges=lambda version, _: version == "v1")
        assert found[mine] == []
        waits(tx, mine, "answer", now, now + timedelta(hours=4))
        assert agenda.coming(tx, almanac, [mine], now)[mine] == [], "nobody said which steps nudge"


def test_what_falls_into_a_holiday_is_skipped(database: Database, almanac: Almanac) -> None:
    friday = datetime(2026, 12, 18, 15, 0, tzinfo=UTC)  # the last day before two weeks of holiday
    after = datetime(2027, 1, 5, 18, 30, tzinfo=UTC)
    with database.begin() as tx:
        mine = person(tx, friday)
        lay(tx, mine, after)
        week = agenda.coming(tx, almanac, [mine], friday)[mine]
        month = agenda.coming(tx, almanac, [mine], friday, days=28)[mine]
    first = Coming(datetime(2026, 12, 22, 18, 30, tzinfo=UTC), "plan", "voorlezen", "vakantie", skipped=True)
    assert week == [first]
    said = [Coming(moment, "plan", "voorlezen") for moment in (after, after + WEEK)]
    assert month == [first, first._replace(at=first.at + WEEK), *said]


def test_it_fades_and_a_rarer_plan_has_no_gaps(database: Database, almanac: Almanac, now: datetime) -> None:
    with database.begin() as tx:
        mine = person(tx, now)
        last = (now + TUESDAY - WEEK).isoformat()
        rule = Rule("di", "19:30", fade=(2, 2), skip=("vakantie",), last=last).dump()
        lay(tx, mine, now + TUESDAY, count=1, rule=rule)
        found = agenda.coming(tx, almanac, [mine], now, days=60)[mine]
    weeks = [(each.at - found[0].at).days // 7 for each in found]
    assert [(week, each.reason) for week, each in zip(weeks, found, strict=True)] == [
        (0, ""), (2, ""), (4, "vakantie"), (5, "vakantie"), (6, ""),
    ]  # fmt: skip


def test_a_pause_skips_her_plan_and_holds_back_a_journey(database: Database, almanac: Almanac, now: datetime) -> None:
    with database.begin() as tx:
        mine = person(tx, now, paused_until=now + timedelta(days=10))
        lay(tx, mine, now + TUESDAY)
        lay(tx, mine, now + timedelta(days=3), "journey:jaar.rapport:brug:2026-2027", flow="rapport")
        lay(tx, mine, now + timedelta(days=4), "appointment:12:dag_ervoor", kind="remind", flow="afspraak")
        found = agenda.coming(tx, almanac, [mine], now, days=10)[mine]
    assert [(each.kind, each.reason, each.skipped) for each in found] == [
        ("plan", "paused", True), ("journey", "paused", False), ("remind", "", False), ("plan", "paused", True),
    ]  # fmt: skip


def test_a_journey_that_a_pause_outlives_is_left_out(database: Database, almanac: Almanac, now: datetime) -> None:
    with database.begin() as tx:
        mine = person(tx, now, paused_until=now + timedelta(days=10))
        within = {"kind": "journey", "flow": "rapport"}
        lay(tx, mine, now + timedelta(days=3), "a", **within, expires_at=now + timedelta(days=10))
        lay(tx, mine, now + timedelta(days=4), "b", **within, expires_at=now + timedelta(days=11))
        # Put off already, past its end: by the pause, and for another reason.
        lay(tx, mine, now + timedelta(days=10), "c", **within, expires_at=now + timedelta(days=8), reason="paused")
        lay(tx, mine, now + timedelta(days=11), "d", **within, expires_at=now + timedelta(days=11), reason="budget")
        found = agenda.coming(tx, almanac, [mine], now, days=12)[mine]
    assert [(each.reason, each.skipped) for each in found] == [
        ("paused", True), ("paused", False), ("paused", True), ("budget", True),
    ]  # fmt: skip


def test_a_conversation_that_waits_out_a_pause_comes_when_it_is_loud(
    database: Database, almanac: Almanac, now: datetime
) -> None:
    midnight = datetime(2026, 11, 26, 23, tzinfo=UTC)  # on her own wall
    with database.begin() as tx:
        mine = person(tx, now, paused_until=midnight)
        values = {"rank": "question", "expires_at": midnight + timedelta(days=1)}
        waits(tx, mine, "timer", now, midnight, version="tip", **values)
        waits(tx, mine, "timer", now, now + timedelta(days=2), version="tip", flow="later", **values)
        waits(tx, mine, "timer", now, now + timedelta(days=1), version="tip", flow="over", expires_at=midnight)
        waits(tx, mine, "timer", now, midnight, version="broadcast", flow="school", **values)
        waits(tx, mine, "timer", now, midnight, version="urgent", flow="nood", rank="safety")
        found = agenda.coming(tx, almanac, [mine], now, classes=lambda version: version)[mine]
        loud = loud_from(almanac.config, None, None, mine, midnight)
    assert loud - midnight >= timedelta(hours=7)
    assert found == [
        Coming(now + timedelta(days=1), "vraag", "over", "paused", skipped=True),
        Coming(midnight, "vraag", "nood"),
        Coming(loud, "vraag", "later", "paused"),
        Coming(loud, "vraag", "school"),
        Coming(loud, "vraag", "voorlezen", "paused"),
    ]


def test_many_people_cost_no_more_statements(database: Database, almanac: Almanac, now: datetime) -> None:
    with database.begin() as tx:
        both = [person(tx, now), person(tx, now, JAN)]
        for each in both:
            lay(tx, each, now + TUESDAY)
        told: list[str] = []
        event.listen(tx.connection, "before_cursor_execute", lambda *given: told.append(given[2]))
        agenda.coming(tx, almanac, both, now)
        many = len(told)
        agenda.coming(tx, almanac, both[:1], now)
        assert (many, len(told) - many) == (4, 4)
        assert agenda.coming(tx, almanac, [], now) == {}
