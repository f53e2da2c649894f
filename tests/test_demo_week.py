"""The coming week of a phone, as the demo says it in Dutch; on both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.screen import Line
from bot.demo.week import weeks
from bot.model import Address
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.people import contacts
from bot.scheduler.almanac import Almanac
from bot.scheduler.plans import Rule
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.world import settings

FATIMA = Address("sms", "+31612000103")
TUESDAY = timedelta(hours=27, minutes=30)


@pytest.fixture
def almanac(tmp_path: Path) -> Almanac:
    return Almanac.load(settings(tmp_path))


def lay(tx: Tx, now: datetime, due_at: datetime, scope: str, **values: Any) -> None:
    contact, _ = contacts.resolve(tx, [FATIMA], now)[FATIMA]
    row = {
        "contact_id": contact, "school": "brug", "kind": scope.partition(":")[0], "scope": scope, "flow": "voorlezen",
        "say": "", "fields": tx.seal("followup.fields", "{}"), "cls": "plan", "purpose": "tips",
        "zone": "Europe/Amsterdam", "rule": Rule("di", "19:30", skip=("vakantie",)).dump(), "due_at": due_at,
        "expires_at": now + timedelta(days=200),
    }  # fmt: skip
    tx.execute(t.followup.insert().values({**row, **values}))


def lines(tx: Tx, almanac: Almanac, now: datetime) -> list[tuple[str, str, str]]:
    """When, what and why."""
    return [(each.when, each.what, each.why) for each in weeks(tx, almanac, [FATIMA], now, lambda *_: True)[FATIMA]]


def test_a_plan_a_journey_and_what_was_put_off(database: Database, almanac: Almanac, now: datetime) -> None:
    with database.begin() as tx:
        lay(tx, now, now + TUESDAY, "plan:voorlezen")
        lay(tx, now, now + timedelta(hours=48), "journey:jaar.helpen:brug:2026-2027", flow="helpen", reason="budget")
        lay(tx, now, now + timedelta(days=7), "appointment:7:dag_ervoor", kind="remind", flow="afspraak")
        contact, _ = contacts.resolve(tx, [FATIMA], now)[FATIMA]
        queue.put(tx, [Draft(contact, "broadcast", "school", "brug", due_at=now + timedelta(hours=15))], now)
        tx.execute(t.outbox.update().values(reason="quiet_hours"))
        tx.execute(t.contact.update().values(budget=3))
        assert lines(tx, almanac, now) == [
            ("di 7.00", "bericht voor de klas", "uitgesteld: stille uren"),
            ("di 19.30", "herinnering voorlezen", ""),
            ("wo 16.00", "vraag over helpen op school", "wacht: hooguit 3 berichten per week"),
            ("ma 30 nov 16.00", "herinnering aan de afspraak", ""),
        ]


def test_her_own_budget_and_her_pause_are_said(database: Database, almanac: Almanac, now: datetime) -> None:
    with database.begin() as tx:
        lay(tx, now, now + TUESDAY, "plan:voorlezen")
        lay(tx, now, now + timedelta(hours=48), "journey:jaar.helpen:brug:2026-2027", flow="helpen")
        lay(tx, now, now + timedelta(hours=49), "after:vraag:4", flow="na_vraag", reason="budget")
        tx.execute(t.contact.update().values(budget=1, paused_until=datetime(2026, 12, 20, 23, 0, tzinfo=UTC)))
        assert [why for _, _, why in lines(tx, almanac, now)] == [
            "pauze tot 21 dec: niet gestuurd", "pauze: wacht tot 21 dec", "wacht: hooguit 1 bericht per week",
        ]  # fmt: skip


def test_a_holiday_is_said(database: Database, almanac: Almanac) -> None:
    friday = datetime(2026, 12, 18, 15, 0, tzinfo=UTC)
    with database.begin() as tx:
        lay(tx, friday, datetime(2027, 1, 5, 18, 30, tzinfo=UTC), "plan:voorlezen")
        [line] = weeks(tx, almanac, [FATIMA], friday, lambda *_: False)[FATIMA]
    what = "herinnering voorlezen"
    key, iso = "plan-voorlezen-12221930", "2026-12-22T19:30+01:00"
    assert line == Line(key, "di 19.30", iso, what, "vakantie: overgeslagen", skipped=True)


def test_an_unknown_phone_has_no_week(database: Database, almanac: Almanac, now: datetime) -> None:
    with database.begin() as tx:
        assert weeks(tx, almanac, [FATIMA], now, lambda *_: True) == {}
