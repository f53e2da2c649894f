"""A database of the first version, with what waits in it, is taken to today's schema and works on; on both engines."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, inspect

from bot.errors import ConfigError
from bot.model import Address, Part, Value
from bot.outbox.queue import Draft, dump_parts
from bot.store import schema
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from tests import world

WHO = Address("sms", "+31612000001")


@pytest.fixture
def old(request: pytest.FixtureRequest, database: Database, tmp_path: Path, ring: Ring) -> Iterator[Database]:
    """A database with schema 0001, beside the other one."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if database.postgres:
        command: Callable[[str], object] = request.getfixturevalue("postgres_command")
        command("CREATE DATABASE old TEMPLATE template0")
        url = request.getfixturevalue("postgres_server")("old")
    opened = Database(url, ring)
    with opened.begin() as tx:
        schema.upgrade_in(tx, "0001")
    yield opened
    opened.close()
    if database.postgres:
        command("DROP DATABASE old WITH (FORCE)")


def insert(tx: Tx, table: Table, **values: Any) -> int:
    """A row as the old program wrote it: with the columns of its time."""
    here = {column["name"] for column in inspect(tx.connection).get_columns(table.name)}
    assert values.keys() <= here
    return int(tx.execute(table.insert().values(values).returning(table.c.id)).scalar_one())


def fill(tx: Tx, now: datetime) -> None:
    """A parent who wrote a word, and to whom a message waits to go."""
    contact = insert(tx, t.contact, language=tx.seal("contact.language", "nl"), created_at=now)
    address = insert(
        tx, t.address, contact_id=contact, channel=WHO.channel, find=tx.find(str(WHO)),
        sealed=tx.seal("address.sealed", WHO.value), position=0, linked_at=now, heard_at=now,
    )  # fmt: skip
    insert(
        tx, t.consent, contact_id=contact, school="brug", channel=WHO.channel, purpose="school",
        words=tx.seal("consent.words", "ja"), given_at=now,
    )  # fmt: skip
    said = {"text": "hallo", "choice": "", "ours": "", "kind": "text", "name": ""}
    insert(
        tx, t.inbox, channel=WHO.channel, provider_id="m1", contact_id=contact, address_id=address, kind="message",
        payload=tx.seal("inbox.payload", json.dumps(said)), received_at=now, state="waiting",
    )  # fmt: skip
    fields = {name: Value("name", "juf Janneke") for name in ("leerkracht", "school")}
    parts = [Part("draad.antwoord", fields | {"tekst": Value("text", "Tot morgen!")})]
    draft = Draft(contact, "plan", "school", "brug", parts=parts)
    insert(
        tx, t.outbox, contact_id=contact, school="brug", cls="plan", purpose="school", status="queued", rank=4,
        parts=tx.seal("outbox.parts", dump_parts(draft)), queued_at=now, due_at=now,
        expires_at=now + world.A_MOMENT * 90,
        piece=0, pieces=1, tries=0,
    )  # fmt: skip


async def test_what_waits_in_an_old_database_goes_on(old: Database, tmp_path: Path, now: datetime) -> None:
    with old.begin() as tx:
        fill(tx, now)
    with pytest.raises(
        ConfigError, match=r"has schema 0001, this program needs \d{4}; run: ouderbrug database upgrade$"
    ):
        schema.prepare(old)
    schema.upgrade(old)
    schema.prepare(old)
    async with world.opened(old, tmp_path) as there:
        there.clock.move(now + world.A_MOMENT)
        await there.bot.settle()
        heard = [heard.message.text for heard in there.read(WHO)]
        assert any("Tot morgen!" in text for text in heard)
        assert len(heard) == 2, "and an answer to her word"
        assert {row.state for row in there.rows(t.inbox.select())} == {"done"}
        assert {row.status for row in there.rows(t.outbox.select())} == {"sent"}
        assert await there.say(WHO, "mens") != []
