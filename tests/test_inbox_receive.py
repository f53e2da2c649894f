"""Letters are stored once, on both databases; what arrives while a commit runs shares the next one."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from bot.inbox import receive
from bot.inbox.put import Note, put
from bot.inbox.receive import Counter, Mail
from bot.model import Address, Inbound
from bot.people import contacts
from bot.store import tables as t
from bot.store.database import Database, Tx

FATIMA = Address("whatsapp", "+31612000001")


def letters(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(t.inbox)).scalar_one())


def keep(tx: Tx, mail: list[Mail]) -> None:
    receive.store(tx, [each for each in mail if isinstance(each, Inbound)], datetime(2026, 11, 23, 15, tzinfo=UTC))


async def test_the_same_message_many_times_at_once_is_one_letter(database: Database, now: datetime) -> None:
    counter = Counter(database, lambda tx, mail: receive.store(tx, [m for m in mail if isinstance(m, Inbound)], now))
    ids = [f"m{place % 20}" for place in range(100)]
    await asyncio.gather(*(counter.take([Inbound(each, FATIMA, "hallo")]) for each in ids))
    assert letters(database) == 20


def test_what_is_delivered_twice_was_written_once(database: Database, now: datetime) -> None:
    """The window and the ten minutes of a reply count from her words, not from a provider's second try."""
    omar = Address("sms", "+31612000002")

    def heard() -> dict[str, datetime]:
        with database.read() as tx:
            return {row.channel: row.heard_at for row in tx.execute(select(t.address))}

    later = now + timedelta(hours=5)
    for moment, mail in ((now, [Inbound("m1", FATIMA)]), (later, [Inbound("m1", FATIMA), Inbound("m1", omar)])):
        with database.begin() as tx:
            receive.store(tx, mail, moment)
    assert heard() == {"whatsapp": now, "sms": later}


async def test_what_waits_shares_a_commit(database: Database) -> None:
    sizes = []

    def count(tx: Tx, mail: list[Mail]) -> None:
        sizes.append(len(mail))
        keep(tx, mail)

    counter = Counter(database, count, most=50)
    await asyncio.gather(*(counter.take([Inbound(f"m{place}", FATIMA)]) for place in range(120)))
    assert letters(database) == 120
    assert len(sizes) <= 4


async def test_a_letter_that_cannot_be_stored_spoils_no_other(database: Database) -> None:
    def failing(tx: Tx, mail: list[Mail]) -> None:
        keep(tx, mail)
        if any(isinstance(each, Inbound) and each.id == "m1" for each in mail):
            raise RuntimeError

    counter = Counter(database, failing)
    told = await asyncio.gather(
        *(counter.take([Inbound(f"m{place}", FATIMA)]) for place in range(3)), return_exceptions=True
    )
    assert [type(each) for each in told] == [type(None), RuntimeError, type(None)]
    assert letters(database) == 2, "what its webhook was told failed is not there"


def test_a_stranger_becomes_somebody_once(database: Database, now: datetime) -> None:
    messages = [Inbound(f"m{place}", Address("sms", f"+3161200001{place % 3}")) for place in range(9)]
    with database.begin() as tx:
        receive.store(tx, messages, now)
    with database.read() as tx:
        assert tx.execute(select(func.count()).select_from(t.contact)).scalar_one() == 3
        heard = tx.execute(select(t.address.c.heard_at)).scalars().all()
    assert heard == [now] * 3


def test_a_note_of_the_house_happens_once(database: Database, now: datetime) -> None:
    with database.begin() as tx:
        [contact_id] = contacts.new_contacts(tx, ["nl"], now)
        for moment in (now, now + timedelta(days=1)):
            put(tx, [Note(contact_id, "silent", "silent:1:1", {"run": 1, "rev": 1})], moment)
    assert letters(database) == 1
    with database.read() as tx:
        assert b"silent" not in tx.execute(select(t.inbox.c.payload)).scalar_one()


@pytest.mark.parametrize("text", ["\x00", "\ud800", "\u202e", "x" * 60_000, "😀" * 9000])
def test_words_are_kept_as_they_came(database: Database, now: datetime, text: str) -> None:
    with database.begin() as tx:
        receive.store(tx, [Inbound("m1", FATIMA, text)], now)
    with database.read() as tx:
        payload = tx.open("inbox.payload", tx.execute(select(t.inbox.c.payload)).scalar_one())
    assert json.loads(payload)["text"] == text


def test_what_is_heard_of_late_counts_from_when_she_wrote_it(database: Database, now: datetime) -> None:
    """A sweep finds what she wrote two days ago: no window opens, and what came after it stands."""
    karin, omar = Address("sms", "+31612000003"), Address("sms", "+31612000002")
    old = now - timedelta(days=2)
    with database.begin() as tx:
        receive.store(tx, [Inbound("new", omar), Inbound("shut", karin, kind="blocked")], now)
        tx.execute(update(t.address).where(t.address.c.find == tx.find(str(karin))).values(blocked_at=now))
    late = [Inbound(f"old-{who.value}", who, "hoi", written_at=old) for who in (FATIMA, omar, karin)]
    later = now + timedelta(hours=1)
    for _ in range(2):
        with database.begin() as tx:
            receive.store(tx, late, later)
    with database.read() as tx:
        found = {tx.open("address.sealed", row.sealed): row for row in tx.execute(select(t.address))}
        letters = select(t.inbox.c.received_at).where(t.inbox.c.provider_id.startswith("old-"))
        assert set(tx.execute(letters).scalars()) == {old}
    heard = {who: found[who.value].heard_at for who in (FATIMA, omar, karin)}
    assert heard == {FATIMA: old, omar: now, karin: None}
    assert found[karin.value].blocked_at == now
