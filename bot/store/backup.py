"""Makes a backup: every table as it was at one moment, while the bot runs, in files that both engines can read."""

import gzip
import json
import os
import shutil
import tempfile
from binascii import b2a_base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

from sqlalchemy import LargeBinary, Table, func, select, text

from bot.errors import BackupError, ConfigError
from bot.store import manifest, schema, settings
from bot.store.database import Database, Tx
from bot.store.manifest import Hashing, Manifest, Packed

LAST = "backup.last"  # the setting that remembers when
_HALF = ".half-"
_GIVEN_UP = timedelta(days=1)  # a half one that nobody has touched for so long is nobody's work any more
_LEVEL = 1  # what is sealed cannot be packed any smaller; the rest can at once
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Watch = Callable[[int, int], None]  # so many rows of so many are done


class Made(NamedTuple):
    """A backup that is whole, and the older ones that gave way to it."""

    folder: Path
    manifest: Manifest
    size: int
    removed: tuple[Path, ...]


def save(
    database: Database, folder: Path, now: datetime, *, keep: int = 0, watch: Watch = lambda done, of: None
) -> Made:
    """Write a backup below `folder`; with `keep`, remove the oldest of this house beyond so many.

    It gets its name only when every file is on the disk, so a half one is never taken for a whole one.
    Raises BackupError, or ConfigError where the database is not ours.
    """
    whole = folder / now.strftime(manifest.MOMENT)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _half(folder) as half:
            made = _write(database, half, now, watch)
            _sync(half)
            half.rename(whole)
        _sync(folder)
        size = sum(each.stat().st_size for each in whole.iterdir())
        removed = tuple(_remove_oldest(folder, made.ring, keep)) if keep else ()
        _remove_given_up(folder, now)
    except OSError as error:
        raise BackupError(f"{folder}: no backup was made: {error.strerror or 'it cannot be written'}") from None
    if made.schema == schema.revisions()[-1]:
        with database.begin() as tx:
            settings.put_moment(tx, LAST, now)
    return Made(whole, made, size, removed)


@contextmanager
def _half(folder: Path) -> Iterator[Path]:
    """A folder (mode 0700) under a name that nobody takes for a backup; gone if it does not become one."""
    half = Path(tempfile.mkdtemp(prefix=_HALF, dir=folder))
    try:
        yield half
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _write(database: Database, folder: Path, now: datetime, watch: Watch) -> Manifest:
    with database.read() as tx:
        if tx.postgres:
            tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # a slow disk holds up nobody else
        revision = schema.revision(tx)
        tables = manifest.tables_of(tx.connection).sorted_tables
        total = sum(tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
        if not total:
            raise ConfigError(
                "[database] url: the database is empty, there is nothing to back up; is it the right one?"
            )
        counting = _Counting(watch, total)
        packed = tuple(_pack(tx, table, folder, counting) for table in tables)
    made = Manifest(revision, now, manifest.mark(database.ring), packed)
    with _open(folder / manifest.FILE) as file:
        file.write(made.text().encode())
        _to_disk(file)
    return made


class _Counting:
    """Tells whoever watches how many rows are done, over all tables."""

    def __init__(self, watch: Watch, total: int) -> None:
        self._watch = watch
        self._total = total
        self._done = 0

    def add(self, rows: int) -> int:
        self._done += rows
        self._watch(self._done, self._total)
        return rows


def _pack(tx: Tx, table: Table, folder: Path, counting: _Counting) -> Packed:
    """One table's rows, a JSON array each, in the order of their keys."""
    columns = tuple(column.name for column in table.columns)
    blobs = tuple(column.name for column in table.columns if isinstance(column.type, LargeBinary))
    at = [columns.index(name) for name in blobs]
    rows = 0
    at_once = manifest.rows_at_once(columns)
    everything = select(table).order_by(*table.primary_key).execution_options(yield_per=at_once)
    with tx.execute(everything) as found, _open(folder / f"{table.name}.jsonl.gz") as file:
        hashing = Hashing(file)
        with gzip.GzipFile("", "wb", _LEVEL, cast("Any", hashing), mtime=0) as packed:
            for part in found.partitions():
                packed.write("".join([_line(list(row), at) for row in part]).encode())
                rows += counting.add(len(part))
        _to_disk(file)
    return Packed(table.name, columns, blobs, rows, hashing.sha256)


def _line(values: list[Any], blobs: list[int]) -> str:
    for place in blobs:
        if values[place] is not None:
            values[place] = b2a_base64(values[place], newline=False).decode()
    return _ENCODE(values) + "\n"


def _remove_oldest(folder: Path, ring: str, keep: int) -> Iterator[Path]:
    """Only whole backups of this house go: those of another ring in the same folder stay."""
    mine = [path for path, each in manifest.found(folder) if each.ring == ring]
    for path in mine[:-keep]:
        shutil.rmtree(path)
        yield path


def _remove_given_up(folder: Path, now: datetime) -> None:
    """What a backup that was killed left behind."""
    for half in folder.glob(f"{_HALF}*"):
        if now - datetime.fromtimestamp(half.stat().st_mtime, UTC) > _GIVEN_UP:
            shutil.rmtree(half, ignore_errors=True)


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """A new file that only its owner can read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
