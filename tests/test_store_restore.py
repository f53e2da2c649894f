"""A backup goes into an empty database of either engine as it was, or not at all."""

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bot.errors import BackupError, ConfigError
from bot.inbox.put import Note, put
from bot.model import Address, Part, Value
from bot.outbox import queue
from bot.people import contacts
from bot.store import backup, manifest, restore, schema, settings
from bot.store import tables as t
from bot.store.database import Database
from bot.store.manifest import Manifest
from bot.store.sealed import Ring
from tests.harness.parents import enrol

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
Make = Callable[[str], Database]


@pytest.fixture
def make(request: pytest.FixtureRequest, ring: Ring, tmp_path: Path) -> Iterator[Make]:
    """Makes databases without a table."""
    opened: list[tuple[Database, str]] = []

    def one(engine: str) -> Database:
        name = f"r{len(opened)}"
        url = f"sqlite:///{tmp_path / name}.db"
        if engine == "postgres":
            request.getfixturevalue("postgres_command")(f"CREATE DATABASE {name} TEMPLATE template0")
            url = request.getfixturevalue("postgres_server")(name)
        opened.append((Database(url, ring), name))
        return opened[-1][0]

    yield one
    for database, name in opened:
        database.close()
        if database.postgres:
            request.getfixturevalue("postgres_command")(f"DROP DATABASE {name} WITH (FORCE)")


def fill(database: Database) -> None:
    """Something in most tables: bytes, JSON with and without a value, booleans, signs of many scripts."""
    with database.begin() as tx:
        parents = enrol(tx, 40, NOW)
        parts = [Part("draad.antwoord", {"tekst": Value("text", "Çünkü — مرحبا 🌍")})]
        for parent in parents:
            draft = queue.Draft(parent.contact_id, "plan", "school", "brug", parts=parts, shown=[["ja", ""]])
            queue.put(tx, [draft], NOW)
            put(tx, [Note(parent.contact_id, "plan", f"plan:{parent.number}", {"say": "x"})], NOW)
        queue.put(tx, [queue.Draft(parents[0].contact_id, "plan", "school", None, parts=parts)], NOW)
        tx.execute(t.flow_version.insert(), {
            "version": "0123", "flow": "thee", "language": "", "source": bytes(range(256)), "published_at": NOW
        })  # fmt: skip
        photo = {
            "inbox_id": 1, "contact_id": parents[0].contact_id, "channel": "sms", "kind": "image", "state": "kept",
            "reference": tx.seal("media.reference", "f-1"), "name": tx.seal("media.name", ""), "due_at": NOW,
            "received_at": NOW, "data": tx.seal_bytes("media.data", bytes(range(255, 0, -1))),
        }  # fmt: skip
        tx.execute(t.media.insert(), photo)  # no text in any encoding
        settings.put(tx, "naam", 'één\ttwee\n"drie" \\ \u2028')


def saved(database: Database, folder: Path, at: datetime = NOW) -> tuple[Path, Manifest]:
    made = backup.save(database, folder, at)
    return made.folder, made.manifest


@pytest.mark.postgres
@pytest.mark.parametrize(("one", "other"), [("sqlite", "postgres"), ("postgres", "sqlite")])
def test_there_and_back_is_the_same(make: Make, tmp_path: Path, one: str, other: str) -> None:
    """Through both engines, row by row and byte by byte; and a new row finds a free number."""
    source, target = make(one), make(other)
    schema.prepare(source)
    fill(source)
    folder, first = saved(source, tmp_path / "one")
    with target.begin() as tx:
        restore.load(tx, folder, restore.check(folder, target.ring))
    schema.check(target)
    _, second = saved(target, tmp_path / "two")
    assert second.rows == first.rows > 300
    assert {each.table: (each.rows, each.sha256) for each in second.tables} == {
        each.table: (each.rows, each.sha256) for each in first.tables
    }
    with target.begin() as tx:
        contacts.resolve(tx, [Address("sms", "+31612990001")], NOW)
        assert tx.execute(select(func.max(t.contact.c.id))).scalar() == 41
        nothing = tx.execute(select(func.count()).where(t.outbox.c.shown.is_(None))).scalar()
    assert nothing == 1


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, ring: Ring) -> Path:
    """The folder of one backup."""
    home = tmp_path_factory.mktemp("kept")
    shutil.copy(sqlite_template, home / "source.db")
    source = Database(f"sqlite:///{home / 'source.db'}", ring)
    fill(source)
    folder, _ = saved(source, home / "backups")
    source.close()
    return folder


@pytest.fixture
def taken(kept: Path, tmp_path: Path) -> Path:
    """A copy of that backup, to be spoilt."""
    return Path(shutil.copytree(kept, tmp_path / "taken"))


def spoil_a_byte(folder: Path) -> None:
    file = folder / "contact.jsonl.gz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def change_a_row(folder: Path) -> None:
    """Whole and readable, and yet not what was written."""
    file = folder / "contact.jsonl.gz"
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    file.write_bytes(gzip.compress("\n".join([lines[0].replace(",17", ",18"), *lines[1:], ""]).encode()))


def lose_a_file(folder: Path) -> None:
    (folder / "setting.jsonl.gz").unlink()


def cut_the_manifest(folder: Path) -> None:
    file = folder / manifest.FILE
    file.write_text(file.read_text()[:-40])


def lose_the_manifest(folder: Path) -> None:
    (folder / manifest.FILE).unlink()


def rewrite(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    raw = json.loads((folder / manifest.FILE).read_text())
    change(raw)
    (folder / manifest.FILE).write_text(json.dumps(raw))


def tell_of_more_rows(folder: Path) -> None:
    rewrite(folder, lambda raw: raw["tables"][0].update(rows=10_000))  # type: ignore[index]


def lose_a_table(folder: Path) -> None:
    rewrite(folder, lambda raw: raw["tables"].pop())  # type: ignore[attr-defined]


def lead_outside(folder: Path) -> None:
    rewrite(folder, lambda raw: raw["tables"][0].update(table="../../etc"))  # type: ignore[index]


def come_from_the_future(folder: Path) -> None:
    rewrite(folder, lambda raw: raw.update(schema="9999"))


@pytest.mark.parametrize(
    "spoil", [spoil_a_byte, change_a_row, lose_a_file, cut_the_manifest, lose_the_manifest, tell_of_more_rows,
    lose_a_table, lead_outside, come_from_the_future],
)  # fmt: skip
def test_a_spoilt_one_leaves_the_database_empty(make: Make, taken: Path, spoil: Callable[[Path], None]) -> None:
    target = make("sqlite")
    spoil(taken)
    with pytest.raises(BackupError, match=r"; (take another|name the folder|use a newer)"):
        load(target, taken)
    assert schema.is_empty(target)


def load(target: Database, folder: Path) -> None:
    found = restore.check(folder, target.ring)
    with target.begin() as tx:
        restore.load(tx, folder, found)


def test_the_ring_of_another_is_refused_before_anything_is_written(taken: Path) -> None:
    other = Ring.make()
    with pytest.raises(ConfigError, match="the key ring here is not the one of this backup"):
        restore.check(taken, other)


def test_a_ring_without_the_key_it_was_sealed_with_is_refused(taken: Path, ring: Ring) -> None:
    """The same house, but its ring is an older copy that misses a key."""
    find = str(ring).splitlines()[-1]
    strange = Ring.parse("\n".join([str(Ring.make()).splitlines()[0], find]))
    with pytest.raises(ConfigError, match="the key ring here is not the one of this backup"):
        restore.check(taken, strange)


def test_a_ring_with_a_newer_key_fits(make: Make, taken: Path, ring: Ring) -> None:
    assert restore.check(taken, ring.with_newer_key()).rows > 300


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_only_an_empty_database_takes_it(make: Make, taken: Path, engine: str) -> None:
    """One whose tables a first start made is empty too; one that holds a row is not."""
    target = make(engine)
    schema.prepare(target)
    load(target, taken)
    with pytest.raises(ConfigError, match=r"holds rows already \(table \w+\)"):
        load(target, taken)


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_backup_of_before_gets_todays_schema(make: Make, tmp_path: Path, engine: str) -> None:
    older, target = make("sqlite"), make(engine)
    with older.begin() as tx:
        schema.upgrade_in(tx, "0001")
        row = {"it": tx.seal("contact.language", "tr")}
        tx.execute(text("INSERT INTO contact (id, language, created_at) VALUES (7, :it, 1795446000000)"), row)
    load(target, saved(older, tmp_path / "older")[0])
    schema.check(target)
    with target.read() as tx:
        [found] = tx.execute(select(t.contact)).all()
        language = tx.open("contact.language", found.language)
        assert (found.id, language, found.created_at) == (7, "tr", NOW)
        assert settings.get(tx, "keys.confirmed") == ""


def test_tables_of_others_are_left_alone(make: Make, taken: Path) -> None:
    target = make("sqlite")
    with target.begin() as tx:
        tx.execute(text("CREATE TABLE recipe (id INTEGER)"))
    with pytest.raises(ConfigError, match="holds tables that are not ours"):
        load(target, taken)
