"""The schema in the migrations is the one in tables.py, and start-up refuses any other."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bot.config import Config, DatabaseSettings, School
from bot.errors import ConfigError
from bot.model import Address
from bot.people import contacts
from bot.store import schema
from bot.store.database import Database
from bot.store.sealed import Ring
from bot.store.tables import metadata

SCHOOLS = {"vaart": School("vaart", "De Vaart")}


@pytest.fixture
def empty(request: pytest.FixtureRequest, database: Database, tmp_path: Path, ring: Ring) -> Iterator[Database]:
    """A database beside the other one without any table."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    if database.postgres:
        command: Callable[[str], object] = request.getfixturevalue("postgres_command")
        command("CREATE DATABASE nothing TEMPLATE template0")
        url = request.getfixturevalue("postgres_server")("nothing")
    opened = Database(url, ring, readers=1)
    yield opened
    opened.close()
    if database.postgres:
        command("DROP DATABASE nothing WITH (FORCE)")


def catalogue(database: Database) -> set[str]:
    """All that the engine itself says about tables, columns, constraints and (partial) indexes, a line each."""
    if database.postgres:
        statement = """
            SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, character_maximum_length,
                column_default) FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace"""
    else:
        statement = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
    with database.read() as tx:
        found = [" ".join(row.split()) for row in tx.execute(text(statement)).scalars()]
    lines = {f"{row.partition('(')[0]}: {piece}" for row in found for piece in _pieces(row)}
    return {line for line in lines if "alembic_version" not in line}


def _pieces(row: str) -> list[str]:
    """The columns and constraints of a CREATE TABLE; any other row as it is."""
    if not row.startswith("CREATE TABLE"):
        return [row]
    return re.split(r", (?![^(]*\))", row.partition("(")[2].removesuffix(")").strip())


def test_migrations_make_what_alembic_reads_in_the_tables(database: Database) -> None:
    with database.read() as tx:
        differences = compare_metadata(MigrationContext.configure(tx.connection), metadata)
    assert differences == []


def test_migrations_make_what_the_tables_make_to_the_last_partial_index(database: Database, empty: Database) -> None:
    with empty.begin() as tx:
        metadata.create_all(tx.connection)
    migrated, made = catalogue(database), catalogue(empty)
    missing = [f"- only in the migrations: {line}" for line in sorted(migrated - made)]
    missing += [f"+ only in tables.py: {line}" for line in sorted(made - migrated)]
    assert not missing, "\n".join(missing)


def test_files_and_alembic_agree_on_the_revisions() -> None:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    steps = [step.revision for step in ScriptDirectory.from_config(settings).walk_revisions()]
    assert tuple(reversed(steps)) == schema.revisions()


def test_an_empty_database_gets_its_schema_and_keeps_it(empty: Database) -> None:
    assert schema.is_empty(empty)
    schema.prepare(empty)
    schema.prepare(empty)
    schema.upgrade(empty)
    schema.check(empty)
    assert not schema.is_empty(empty)


def test_an_empty_database_is_not_yet_ready(empty: Database) -> None:
    with pytest.raises(ConfigError, match=r"^the database is empty; run: ouderbrug database upgrade$"):
        schema.check(empty)


def test_a_newer_schema_is_refused(database: Database) -> None:
    with database.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for step in (schema.check, schema.prepare, schema.upgrade):
        with pytest.raises(ConfigError, match=r"^the database has schema 9999, this program knows up to \d{4}; use a"):
            step(database)


def test_an_older_schema_names_the_way_out(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    known = schema.revisions()
    monkeypatch.setattr(schema, "revisions", lambda: (*known, "0009"))
    with pytest.raises(
        ConfigError, match=r"has schema 0008, this program needs 0009; run: ouderbrug database upgrade$"
    ):
        schema.prepare(database)


def test_tables_of_others_are_left_alone(empty: Database) -> None:
    with empty.begin() as tx:
        tx.execute(text("CREATE TABLE recipe (id INTEGER)"))
    for step in (schema.prepare, schema.upgrade):
        with pytest.raises(ConfigError, match="holds tables that are not ours"):
            step(empty)


def settings(home: Path, url: str = "sqlite:///bot.db") -> Config:
    return Config(schools=SCHOOLS, database=DatabaseSettings(url, "bot.keys"), home=home)


def test_the_first_start_makes_ring_and_database_beside_the_config(tmp_path: Path) -> None:
    schema.open_database(settings(tmp_path), {}).close()
    assert (tmp_path / "bot.db").exists()
    assert (tmp_path / "bot.keys").stat().st_mode & 0o777 == 0o600
    schema.open_database(settings(tmp_path), {}).close()


def test_a_database_without_its_ring_is_refused(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "bot.db")
    with pytest.raises(ConfigError, match="the key ring is gone but the database is not"):
        schema.open_database(settings(tmp_path), {})


@pytest.mark.parametrize("content", [b"rommel", b"", b"\xff", None])
def test_a_ring_that_cannot_be_read_names_the_file_and_the_way_out(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bot.keys"
    path.mkdir(mode=0o700) if content is None else path.write_bytes(content)
    path.chmod(0o700 if content is None else 0o600)
    with pytest.raises(ConfigError, match=r"bot\.keys: .*put it back from its backup"):
        schema.open_database(settings(tmp_path), {})


def test_the_ring_can_come_from_the_environment(tmp_path: Path, database_url: str, ring: Ring) -> None:
    opened = schema.open_database(settings(tmp_path, database_url), {"BOT_KEYS": str(ring)})
    opened.close()
    assert not (tmp_path / "bot.keys").exists()
    (tmp_path / "given.keys").write_text(str(ring))
    schema.open_database(settings(tmp_path, database_url), {"BOT_KEYS_FILE": str(tmp_path / "given.keys")}).close()


@pytest.mark.parametrize("half", ["keys", "find"])
def test_the_ring_of_another_database_is_refused(database: Database, ring: Ring, half: str) -> None:
    """Every message would fail for good, and every parent would be a stranger."""
    with database.begin() as tx:
        contacts.resolve(tx, [Address("sms", "+31612000001")], datetime(2026, 11, 23, tzinfo=UTC))
    schema.check(database)
    other = dict(line.split() for line in str(Ring.make()).splitlines())
    mine = dict(line.split() for line in str(ring).splitlines())
    mixed = other | {"find": mine["find"]} if half == "keys" else mine | {"find": other["find"]}
    strange = Database(
        database.url.render_as_string(hide_password=False),
        Ring.parse("\n".join(f"{name} {key}" for name, key in mixed.items())),
        readers=1,
    )
    try:
        with pytest.raises(ConfigError, match="the key ring does not fit this database"):
            schema.check(strange)
    finally:
        strange.close()


def test_a_server_that_does_not_answer_is_one_line_without_password(tmp_path: Path) -> None:
    config = settings(tmp_path, f"postgresql+psycopg://ouderbrug:geheim@/school?host={tmp_path}")
    for keys in ({}, {"BOT_KEYS": str(Ring.make())}):
        with pytest.raises(ConfigError, match=r"^\[database\] postgresql") as raised:
            schema.open_database(config, keys)
        assert "geheim" not in str(raised.value)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("url", ["", "school.db", "mysql://localhost/school"])
def test_a_strange_address_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"\[database\] url"):
        schema.open_database(settings(tmp_path, url), {})


def test_a_new_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    schema.open_database(settings(tmp_path), {}).close()
    assert (tmp_path / "bot.db").stat().st_mode & 0o077 == 0
