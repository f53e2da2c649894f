"""The line under a phone says what happened, what waits and why; on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.demo.notes import notes
from bot.model import Address
from bot.outbox import queue
from bot.outbox.queue import Draft
from bot.people import contacts
from bot.store import tables as t
from bot.store.database import Database, Tx

FATIMA = Address("sms", "+31612000103")
NIGHT = timedelta(hours=15)  # from four in the afternoon to seven in the morning


def queued(tx: Tx, now: datetime, **values: object) -> None:
    """A message for Fatima, in the state that is given."""
    contact, address = contacts.resolve(tx, [FATIMA], now)[FATIMA]
    queue.put(tx, [Draft(contact, "plan", "tips", "de-brug", address)], now)
    newest = t.outbox.select().order_by(t.outbox.c.id.desc()).limit(1)
    tx.execute(update(t.outbox).where(t.outbox.c.id == tx.execute(newest).one().id).values(**values))


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"status": "queued", "reason": "quiet_hours", "due_at": NIGHT}, "uitgesteld tot di 7.00: stille uren"),
        ({"status": "queued", "due_at": NIGHT}, "gaat om di 7.00 weg"),
        ({"status": "queued"}, "onderweg"),
        ({"status": "sending", "reason": "in_doubt"}, "misschien niet aangekomen; dat wordt nagevraagd"),
        ({"status": "sent", "left_at": timedelta(0)}, "verstuurd om 16.00"),
        ({"status": "delivered", "left_at": timedelta(0)}, "bezorgd om 16.00"),
        ({"status": "read", "settled_at": timedelta(minutes=-90)}, "gelezen om 14.30"),
        ({"status": "unknown"}, "misschien niet aangekomen; de school ziet dit staan"),
        ({"status": "expired", "reason": "too_late"}, "niet verstuurd: het was te laat om nog nuttig te zijn"),
        ({"status": "cancelled", "reason": "no_consent"}, "niet verstuurd: hiervoor is geen toestemming"),
        ({"status": "cancelled", "reason": "stop"}, "niet verstuurd: zij heeft STOP gezegd"),
        ({"status": "cancelled", "reason": "budget"}, "niet verstuurd: deze week waren er al genoeg berichten"),
        ({"status": "cancelled", "reason": "paused"}, "niet verstuurd: er is pauze"),
        ({"status": "cancelled", "reason": "merged"}, "staat in het volgende bericht"),
        (
            {"status": "queued", "reason": "budget", "due_at": NIGHT},
            "uitgesteld tot di 7.00: deze week al genoeg berichten",
        ),
        ({"status": "failed", "reason": "E30007"}, "niet aangekomen: het kanaal weigerde dit bericht"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_became_of_the_last_message(
    database: Database, now: datetime, values: dict[str, object], line: str
) -> None:
    moments = {name: now + value if isinstance(value, timedelta) else value for name, value in values.items()}
    with database.begin() as tx:
        queued(tx, now, **moments)
        assert notes(tx, [FATIMA], now)[FATIMA] == line


def test_what_waits_goes_before_what_was_sent_later(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        queued(tx, now, status="queued", reason="quiet_hours", due_at=now + NIGHT)
        queued(tx, now, status="delivered", left_at=now)
        assert notes(tx, [FATIMA], now)[FATIMA] == "uitgesteld tot di 7.00: stille uren"


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (None, ""),
        ("paused", "herinnering niet gestuurd: pauze"),
        ("vakantie", "herinnering overgeslagen: vakantie"),
        ("too_late", "herinnering niet gestuurd: het was te laat"),
    ],
)
def test_why_her_own_reminder_was_left_out(database: Database, now: datetime, reason: str | None, line: str) -> None:
    with database.begin() as tx:
        contact, _ = contacts.resolve(tx, [FATIMA], now)[FATIMA]
        tx.execute(
            t.followup.insert().values(
                contact_id=contact, kind="plan", scope="plan:voorlezen", flow="voorlezen", say="voorlezen.herinnering",
                fields=tx.seal("followup.fields", "{}"), cls="plan", purpose="tips", zone="Europe/Amsterdam",
                rule={"weekday": "di", "time": "19:30"}, due_at=now, expires_at=now + NIGHT, reason=reason,
            )
        )  # fmt: skip
        assert notes(tx, [FATIMA], now)[FATIMA] == line


def test_for_whom_she_waits(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        contact, _ = contacts.resolve(tx, [FATIMA], now)[FATIMA]
        talk = {"contact_id": contact, "school": "de-brug", "opened_at": now, "changed_at": now}
        for kind, state in (("mens", "open"), ("vraag", "open"), ("mens", "answered")):
            tx.execute(t.thread.insert().values(kind=kind, state=state, **talk))
        assert notes(tx, [FATIMA], now)[FATIMA] == "wacht op juf Janneke"
        danger = tx.execute(t.thread.insert().values(kind="gevaar", **talk).returning(t.thread.c.id)).scalar_one()
        tx.execute(t.alarm.insert().values(thread_id=danger, school="de-brug", raised_at=now))
        assert notes(tx, [FATIMA], now)[FATIMA] == "nood: de dienst is gebeld · wacht op juf Janneke"
        tx.execute(update(t.alarm).values(state="taken"))
        assert notes(tx, [FATIMA], now)[FATIMA] == "nood: de dienst heeft het overgenomen · wacht op juf Janneke"
        tx.execute(update(t.thread).values(state="answered"))
        assert notes(tx, [FATIMA], now)[FATIMA] == ""


def test_an_unknown_phone_has_no_line(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        assert notes(tx, [FATIMA, Address("telegram", "700000107")], now) == {}
