"""A backup is whole or it is not there, it is of one moment while others write, and nothing in it can be read."""

import gzip
import json
import os
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, select, text

from bot.errors import BackupError, ConfigError
from bot.model import Address
from bot.people import contacts
from bot.store import backup, manifest, restore, schema, settings
from bot.store import tables as t
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.parents import enrol

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
PERSONAL = (b"Kind 1", b"Ouder", b"Janneke", b"+3161")


@pytest.fixture
def filled(database: Database) -> Database:
    """A school with five parents, on each engine in turn."""
    with database.begin() as tx:
        enrol(tx, 5, NOW)
    return database


def stranger(database: Database, number: int) -> None:
    """One contact and one address more."""
    with database.begin() as tx:
        contacts.resolve(tx, [Address("sms", f"+3161299{number:04}")], NOW)


def test_every_table_is_there_and_nothing_can_be_read(filled: Database, tmp_path: Path) -> None:
    made = backup.save(filled, tmp_path / "backups", NOW)
    assert made.folder == tmp_path / "backups" / "2026-11-23T150000Z"
    counts = {each.table: each.rows for each in made.manifest.tables}
    assert {"contact": 5, "address": 5, "child": 5, "group": 1, "staff": 1, "outbox": 0}.items() <= counts.items()
    manifest.verify(made.folder, manifest.read(made.folder))
    held = [made.folder, *made.folder.iterdir()]
    assert [oct(each.stat().st_mode & 0o777) for each in held] == ["0o700", *["0o600"] * (len(counts) + 1)]
    for file in made.folder.glob("*.gz"):
        content = gzip.decompress(file.read_bytes())
        assert not any(word in content for word in PERSONAL)
    keys = [line.split()[1] for line in str(filled.ring).splitlines()]
    assert not any(key in (made.folder / manifest.FILE).read_text() for key in keys)


def test_it_is_of_one_moment_while_others_write(filled: Database, tmp_path: Path) -> None:
    """Between any two tables a stranger writes: her contact and her address are both not there."""
    written: list[int] = []

    def write(done: int, of: int) -> None:
        stranger(filled, len(written))
        written.append(done)

    made = backup.save(filled, tmp_path, NOW, watch=write)
    counts = {each.table: each.rows for each in made.manifest.tables}
    assert (counts["contact"], counts["address"]) == (5, 5)
    assert len(written) > 5
    assert written[-1] == made.manifest.rows


def test_a_half_one_is_nothing(filled: Database, tmp_path: Path) -> None:
    def stumble(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.save(filled, tmp_path / "backups", NOW, watch=stumble)
    assert list((tmp_path / "backups").iterdir()) == []
    with filled.read() as tx:
        assert settings.get_moment(tx, backup.LAST) is None


def test_what_a_killed_one_left_is_never_taken_for_whole(filled: Database, tmp_path: Path) -> None:
    first = backup.save(filled, tmp_path, NOW).folder
    left = first.rename(tmp_path / ".half-killed")
    assert manifest.found(tmp_path) == []
    today = datetime.now(UTC)
    backup.save(filled, tmp_path, today, keep=1)
    assert left.exists(), "it may still be under way"
    yesterday = (today - timedelta(days=2)).timestamp()
    os.utime(left, (yesterday, yesterday))
    backup.save(filled, tmp_path, today + timedelta(seconds=1), keep=1)
    assert not left.exists()


def test_the_newest_are_kept_and_those_of_others_too(filled: Database, tmp_path: Path) -> None:
    theirs = backup.save(filled, tmp_path, NOW - timedelta(days=9)).folder
    raw = json.loads((theirs / manifest.FILE).read_text())
    (theirs / manifest.FILE).write_text(json.dumps(raw | {"ring": manifest.mark(Ring.make())}))
    for day in range(4):
        made = backup.save(filled, tmp_path, NOW + timedelta(days=day), keep=2)
    assert made.removed == (tmp_path / "2026-11-24T150000Z",)
    left = sorted(each.name for each in tmp_path.iterdir() if each.is_dir() and each.name.startswith("2026"))
    assert left == [theirs.name, "2026-11-25T150000Z", "2026-11-26T150000Z"]
    with filled.read() as tx:
        assert settings.get_moment(tx, backup.LAST) == NOW + timedelta(days=3)


def test_the_same_second_twice_leaves_the_first(filled: Database, tmp_path: Path) -> None:
    first = backup.save(filled, tmp_path, NOW)
    with pytest.raises(BackupError, match="no backup was made"):
        backup.save(filled, tmp_path, NOW)
    manifest.verify(first.folder, first.manifest)
    assert [path for path, _ in manifest.found(tmp_path)] == [first.folder]


def test_a_place_that_cannot_hold_it_is_one_line(filled: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupError, match=r"file: no backup was made: \w"):
        backup.save(filled, tmp_path / "file", NOW)


def test_nothing_is_not_backed_up(database: Database, tmp_path: Path) -> None:
    """An empty database beside the right one would push the good backups out."""
    with pytest.raises(ConfigError, match="the database is empty"):
        backup.save(database, tmp_path, NOW)
    assert list(tmp_path.glob("2026*")) == []


def test_a_schema_of_before_is_backed_up_as_it_is(ring: Ring, tmp_path: Path) -> None:
    """`database upgrade` says: make a backup first. By then the new program is there."""
    database = Database(f"sqlite:///{tmp_path / 'older.db'}", ring)
    with database.begin() as tx:
        schema.upgrade_in(tx, "0001")
        dutch = {"it": tx.seal("contact.language", "nl")}
        tx.execute(text("INSERT INTO contact (language, created_at) VALUES (:it, 1)"), dutch)
    made = backup.save(database, tmp_path / "backups", NOW)
    database.close()
    assert made.manifest.schema == "0001"
    assert "setting" not in {each.table for each in made.manifest.tables}


def test_files_of_parents_do_not_fill_the_memory(filled: Database, tmp_path: Path) -> None:
    """Two dozen photos of half a megabyte: neither writing nor reading a backup holds them all at once."""
    with filled.begin() as tx:
        mother = tx.execute(select(t.contact.c.id).limit(1)).scalar_one()
        for number in range(24):
            letter = {"channel": "sms", "provider_id": f"m{number}", "contact_id": mother}
            sealed = {name: tx.seal(f"media.{name}", "x") for name in ("reference", "name")}
            sealed["data"] = tx.seal_bytes("media.data", bytes(500_000))
            payload = tx.seal("inbox.payload", "{}")
            letter |= {"kind": "message", "payload": payload, "received_at": NOW, "state": "done"}
            inbox_id = tx.execute(t.inbox.insert().returning(t.inbox.c.id), letter).scalar_one()
            row = {"inbox_id": inbox_id, "contact_id": mother, "channel": "sms", "kind": "image", "due_at": NOW}
            tx.execute(t.media.insert(), {**row, **sealed, "state": "kept", "received_at": NOW})
    tracemalloc.start()
    try:
        made = backup.save(filled, tmp_path / "backups", NOW)
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        fresh = Database(f"sqlite:///{tmp_path / 'fresh.db'}", filled.ring)
        with fresh.begin() as tx:
            restore.load(tx, made.folder, restore.check(made.folder, fresh.ring))
            assert tx.execute(select(func.count()).select_from(t.media)).scalar_one() == 24
        fresh.close()
        read = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert max(written, read) < 25_000_000, "all of it is 12 MB, and several times that on its way"


def test_a_slow_disk_does_not_break_it_off(filled: Database, tmp_path: Path) -> None:
    """PostgreSQL hangs up on who is idle in a transaction; to write a large table to a slow disk takes longer."""

    def impatient(connection: Connection) -> None:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 100"))

    if filled.postgres:
        event.listen(filled._reader, "begin", impatient)
    try:
        made = backup.save(filled, tmp_path, NOW, watch=lambda done, of: time.sleep(0.3 if done == of else 0))
    finally:
        if filled.postgres:
            event.remove(filled._reader, "begin", impatient)
    manifest.verify(made.folder, made.manifest)
