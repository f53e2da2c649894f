"""Opens the database with its key ring, and sees to it that its schema is the one this program knows."""

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from sqlalchemy import inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError

from bot.config import Config
from bot.errors import ConfigError, Unreachable
from bot.model import Address
from bot.store import keys
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from bot.store.tables import address, contact

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_023_001  # one process at a time makes or changes the schema
_WAY_OUT = "run: ouderbrug database upgrade"


def open_database(config: Config, environment: Mapping[str, str] = os.environ) -> Database:
    """The database of this configuration, with its ring; an empty one gets its schema. Raises ConfigError."""
    database = connect(config, environment)
    try:
        prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def connect(config: Config, environment: Mapping[str, str] = os.environ) -> Database:
    """The database with its ring, whatever its schema. Raises ConfigError: one line, without a password."""
    url = _absolute(config.database.url, config.home)
    try:
        ring = keys.load(config, environment, nothing_yet=lambda: _nothing_at(url))
        _make_private(url)
        database = Database(url, ring)
        is_empty(database)
    except ModuleNotFoundError as error:
        raise ConfigError(f"[database] url: {error}") from None
    except (DatabaseError, InterfaceError) as error:
        away = Unreachable if make_url(url).get_backend_name() == "postgresql" else ConfigError
        raise away(f"[database] {_without_password(url)}: {_first_line(error)}") from None
    return database


def _make_private(url: str) -> None:
    """An SQLite file that is not there yet is made for its owner alone; its companions take after it."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite" and where.database and where.database != ":memory:":
        with suppress(OSError):  # it is there, or cannot be: the database says so itself
            os.close(os.open(where.database, os.O_CREAT | os.O_EXCL, 0o600))


def prepare(database: Database) -> None:
    """Give an empty database its schema; refuse any other that is not today's. Raises ConfigError."""
    if is_empty(database):
        upgrade(database)
    check(database)


def is_empty(database: Database) -> bool:
    """Whether nobody has made a table here yet."""
    with database.read() as tx:
        return not inspect(tx.connection).get_table_names()


def upgrade(database: Database) -> None:
    """Take every step this database has not had yet, in one transaction. Raises ConfigError where it is not ours."""
    with database.begin() as tx:
        upgrade_in(tx)


def upgrade_in(tx: Tx, to: str = "head") -> None:
    """Take the steps up to revision `to` in this transaction. Raises ConfigError where the database is not ours."""
    from alembic import command  # slow to import, and a start seldom needs it
    from alembic.config import Config as AlembicConfig

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if tx.postgres:
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if inspect(tx.connection).get_table_names():  # another process may have been first
        revision(tx)
    settings.attributes["connection"] = tx.connection
    command.upgrade(settings, to)


def check(database: Database) -> None:
    """Raises ConfigError, in one line, unless the schema is exactly the newest this program knows."""
    with database.read() as tx:
        found = revision(tx)
    if found != revisions()[-1]:
        raise ConfigError(f"the database has schema {found}, this program needs {revisions()[-1]}; {_WAY_OUT}")
    try:
        with database.read() as tx:
            try_keys(tx)
    except ConfigError as error:
        raise ConfigError(f"[database] keys: {error}; put the ring back that was made with it") from None


@cache
def revisions() -> tuple[str, ...]:
    """Every schema this program knows, oldest first; a step's file is named by its revision."""
    return tuple(sorted(path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))


def try_keys(tx: Tx) -> None:
    """Raises ConfigError where the ring is another database's: every message would fail, every parent be a stranger."""
    for order in (contact.c.id, contact.c.id.desc()):
        for language in tx.execute(select(contact.c.language).order_by(order).limit(1)).scalars():
            tx.open("contact.language", language)
    for row in tx.execute(select(address).order_by(address.c.id.desc()).limit(1)):
        if tx.find(str(Address(row.channel, tx.open("address.sealed", row.sealed)))) != row.find:
            raise ConfigError("address.find: the key ring does not fit this database")


def revision(tx: Tx) -> str:
    """The revision of this database. Raises ConfigError where it has none, or one from a newer program."""
    tables = inspect(tx.connection).get_table_names()
    if "alembic_version" not in tables:
        state = "is empty" if not tables else "holds tables that are not ours"
        raise ConfigError(f"the database {state}; {_WAY_OUT if not tables else 'name another in [database] url'}")
    known = ", ".join(tx.execute(text("SELECT version_num FROM alembic_version")).scalars()) or "none"
    if known not in revisions():
        newest = revisions()[-1]
        raise ConfigError(f"the database has schema {known}, this program knows up to {newest}; use a newer program")
    return known


def is_there(config: Config) -> bool:
    """Whether this configuration has a database with anything in it; looking makes none."""
    try:
        return not _nothing_at(_absolute(config.database.url, config.home))
    except (ModuleNotFoundError, DatabaseError, InterfaceError):
        return True  # who opens it is told what is wrong


def _nothing_at(url: str) -> bool:
    """Whether the database holds no table yet, seen without its ring."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite":
        file = Path(where.database or "")
        return not file.exists() or file.stat().st_size == 0
    database = Database(url, Ring.make(), readers=1)
    try:
        return is_empty(database)
    finally:
        database.close()


def _absolute(url: str, home: Path) -> str:
    """A relative SQLite file starts in the folder of config.toml."""
    try:
        where = make_url(url)
    except ArgumentError:
        raise ConfigError("[database] url is no address; write for example sqlite:///ouderbrug.db") from None
    if where.get_backend_name() != "sqlite" or not where.database or where.database == ":memory:":
        return url
    return where.set(database=str(home / where.database)).render_as_string(hide_password=False)


def _without_password(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def _first_line(error: DatabaseError | InterfaceError) -> str:
    return str(error.orig).strip().partition("\n")[0]
