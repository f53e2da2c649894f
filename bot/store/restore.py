"""Reads a backup into an empty database, of either engine. What follows from it is the fence's work."""

import gzip
import json
from binascii import Error, a2b_base64
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, MetaData, Table, func, inspect, select, text

from bot.errors import BackupError, ConfigError
from bot.store import manifest, schema
from bot.store.database import Tx
from bot.store.manifest import Manifest, Packed
from bot.store.many import Many
from bot.store.sealed import Ring

_WRONG_RING = "the key ring here is not the one of this backup; put that one here first"
Watch = Callable[[int, int], None]  # so many rows of so many are done


def check(folder: Path, ring: Ring) -> Manifest:
    """Look at a backup before anything is written: whole, of a schema we know, and opened by this ring.

    Raises BackupError, or ConfigError where the ring is another's.
    """
    found = manifest.read(folder)
    if found.schema not in schema.revisions():
        newest = schema.revisions()[-1]
        raise BackupError(f"{folder}: it has schema {found.schema}, this program knows up to {newest}; use a newer one")
    if found.ring != manifest.mark(ring):
        raise ConfigError(f"{folder}: {_WRONG_RING}")
    manifest.verify(folder, found)
    for packed in found.tables:
        for row in islice(_rows(folder, packed), 1):
            for name in packed.bytes:
                if row[name] is not None and name != "source":  # the text of a flow is not sealed
                    _opens(folder, ring, f"{packed.table}.{name}", row[name])
    return found


def _opens(folder: Path, ring: Ring, column: str, sealed: bytes) -> None:
    try:
        ring.open_bytes(column, sealed)  # a photo is no text
    except ConfigError:
        raise ConfigError(f"{folder}: {_WRONG_RING}") from None


def load(tx: Tx, folder: Path, found: Manifest, *, watch: Watch = lambda done, of: None) -> None:
    """Fill an empty database with a backup that was checked, in this transaction, and bring it to today's schema.

    Raises ConfigError where the database is not empty, BackupError where a file is not what its manifest says.
    """
    _clear(tx)
    schema.upgrade_in(tx, found.schema)
    tables = manifest.tables_of(tx.connection)
    done = 0
    for packed in _in_order(tables, found):
        insert = Many(tables.tables[packed.table].insert())
        for rows in _slices(folder, packed):
            insert(tx, rows)
            done += len(rows)
            watch(done, found.rows)
    if found.schema != schema.revisions()[-1]:
        schema.upgrade_in(tx)
    if tx.postgres:
        _reset_sequences(tx)
    schema.try_keys(tx)


def _clear(tx: Tx) -> None:
    """Take away tables without a row, so that those of the backup's own revision can be made."""
    if not inspect(tx.connection).get_table_names():
        return
    schema.revision(tx)
    tables = manifest.tables_of(tx.connection)
    for table in tables.sorted_tables:
        if tx.execute(select(1).select_from(table).limit(1)).first():
            raise ConfigError(
                f"[database] url: this database holds rows already (table {table.name}); "
                "a backup goes only into an empty one: name a new one"
            )
    tables.drop_all(tx.connection)
    tx.execute(text("DROP TABLE alembic_version"))


def _in_order(tables: MetaData, found: Manifest) -> Iterator[Packed]:
    """The tables, each after those it refers to. Raises BackupError where there is one too few or too many."""
    by_name = {each.table: each for each in found.tables}
    if by_name.keys() != tables.tables.keys():
        strange = ", ".join(sorted(by_name.keys() ^ tables.tables.keys()))
        raise BackupError(f"the backup's tables are not those of schema {found.schema}: {strange}; take another backup")
    for table in tables.sorted_tables:
        packed = by_name[table.name]
        if set(packed.columns) != {column.name for column in table.columns}:
            raise BackupError(f"{packed.file}: its columns are not those of schema {found.schema}; take another backup")
        yield packed


def _slices(folder: Path, packed: Packed) -> Iterator[list[dict[str, Any]]]:
    rows = _rows(folder, packed)
    count = 0
    while some := list(islice(rows, packed.at_once)):
        count += len(some)
        yield some
    if count != packed.rows:
        raise BackupError(f"{folder / packed.file}: {count} rows instead of {packed.rows}; take another backup")


def _rows(folder: Path, packed: Packed) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(folder / packed.file, "rt", encoding="utf-8") as file:
            for line in file:
                row = dict(zip(packed.columns, json.loads(line), strict=True))
                for name in packed.bytes:
                    row[name] = None if row[name] is None else a2b_base64(row[name])
                yield row
    except (OSError, EOFError, ValueError, TypeError, Error):
        raise BackupError(f"{folder / packed.file}: it is damaged; take another backup") from None


def _reset_sequences(tx: Tx) -> None:
    """PostgreSQL counts on from where its own sequence is, not from the rows that were laid in."""
    for table in manifest.tables_of(tx.connection).sorted_tables:
        if "id" in table.columns and isinstance(table.columns["id"].type, Integer):
            start_after(tx.connection, table)


def start_after(connection: Connection, table: Table) -> None:
    """The next id of this table comes after its highest."""
    highest = connection.execute(select(func.max(table.c.id))).scalar()
    sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
    connection.execute(select(func.setval(sequence, highest or 1, highest is not None)))
