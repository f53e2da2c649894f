"""One database, two engines: SQLite embedded, PostgreSQL for many machines. Synchronous, in worker threads."""

import asyncio
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, Table, create_engine, event
from sqlalchemy.engine import make_url

from bot.errors import ConfigError
from bot.store.sealed import Ring

T = TypeVar("T")
_UNDONE = "undone"  # how often something was taken back on this connection


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction: what a room works on. Sealing goes by `table.column`."""

    connection: Connection
    ring: Ring
    _seen: dict[Hashable, tuple[object, Any]] = field(default_factory=dict, compare=False, repr=False)
    _wrote: dict[str, int] = field(default_factory=dict, compare=False, repr=False)  # how often, by table

    def execute(
        self, statement: Executable, rows: Sequence[dict[str, Any]] | dict[str, Any] | None = None
    ) -> CursorResult[Any]:
        if statement.is_dml:
            self.wrote(statement.table.name)  # type: ignore[attr-defined]
        return self.connection.execute(statement, rows)

    def wrote(self, table: str) -> None:
        """What was seen of this table is not so any more."""
        self._wrote[table] = self._wrote.get(table, 0) + 1

    def once(self, key: Hashable, tables: Sequence[Table], look: Callable[[], T]) -> T:
        """What `look` finds, which is in these tables only: seen once in this transaction, and again when it has
        written to one of them or taken something back. Not for what another process must not have changed meanwhile."""
        stamp = self.connection.info.get(_UNDONE, 0), *[self._wrote.get(table.name, 0) for table in tables]
        if key in self._seen and self._seen[key][0] == stamp:
            found: T = self._seen[key][1]
            return found
        found = look()
        self._seen[key] = stamp, found
        return found

    def seal(self, column: str, text: str) -> bytes:
        return self.ring.seal(column, text)

    def open(self, column: str, sealed: bytes) -> str:
        return self.ring.open(column, sealed)

    def seal_bytes(self, column: str, data: bytes) -> bytes:
        return self.ring.seal_bytes(column, data)

    def open_bytes(self, column: str, sealed: bytes) -> bytes:
        return self.ring.open_bytes(column, sealed)

    def find(self, text: str) -> str:
        return self.ring.find(text)

    @property
    def postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"


class Database:
    """Opens transactions: `begin` to write, `read` to look; `write` and `fetch` do the same in a thread."""

    def __init__(self, url: str, ring: Ring, *, readers: int = 4) -> None:
        self.url = make_url(url)
        self.ring = ring
        self.postgres = self.url.get_backend_name() == "postgresql"
        if not self.postgres and self.url.get_backend_name() != "sqlite":
            raise ConfigError(f"[database] url: {self.url.get_backend_name()} is not one of sqlite, postgresql+psycopg")
        self._writer = _engine(url, "BEGIN IMMEDIATE", size=1 if not self.postgres else readers)
        self._reader = self._writer if self.postgres else _engine(url, "BEGIN", size=readers)
        # SQLite has one writer; a lock of our own queues threads fairly where SQLite would poll.
        self._lock = threading.Lock()
        self._write_pool = ThreadPoolExecutor(readers if self.postgres else 1, thread_name_prefix="write")
        self._read_pool = ThreadPoolExecutor(readers, thread_name_prefix="read")
        self._writing = 0  # transactions that are under way or wait for their turn

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """A transaction that writes; committed at the end, rolled back by any exception."""
        if self.postgres:
            with self._writer.begin() as connection:
                yield Tx(connection, self.ring)
            return
        with self._lock, self._writer.begin() as connection:
            yield Tx(connection, self.ring)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that only looks."""
        with self._reader.begin() as connection:
            yield Tx(connection, self.ring)

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one committed transaction, in a worker thread."""
        self._writing += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._write_pool, self._in(self.begin, work))
        finally:
            self._writing -= 1

    def awaited(self) -> bool:
        """Whether another transaction may wait for the one that writes now; on PostgreSQL nobody knows."""
        return self.postgres or self._writing > 1

    async def fetch(self, work: Callable[[Tx], T]) -> T:
        """Run `work`, which only looks, in a worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self._read_pool, self._in(self.read, work))

    def _in(self, transaction: Any, work: Callable[[Tx], T]) -> Callable[[], T]:
        def call() -> T:
            with transaction() as tx:
                return work(tx)

        return call

    def close(self) -> None:
        self._write_pool.shutdown()
        self._read_pool.shutdown()
        self._writer.dispose()
        self._reader.dispose()


class Alone(Database):
    """A database for one play, gone afterwards: nobody else waits for it, so its work is done at once."""

    def __init__(self, url: str, ring: Ring) -> None:
        super().__init__(url, ring, readers=1)
        for engine in (self._writer, self._reader):
            event.listen(engine, "connect", _forgetful)

    async def write(self, work: Callable[[Tx], T]) -> T:
        with self.begin() as tx:
            return work(tx)

    async def fetch(self, work: Callable[[Tx], T]) -> T:
        with self.read() as tx:
            return work(tx)


def _forgetful(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _engine(url: str, begin: str, *, size: int) -> Engine:
    """An engine that counts what it takes back. Not by events: one listener makes every statement dearer by a sixth."""
    engine = _made(url, begin, size=size)
    dialect = engine.dialect
    undo = dialect.do_rollback_to_savepoint

    def undone(connection: Connection, name: str) -> None:
        connection.info[_UNDONE] = connection.info.get(_UNDONE, 0) + 1
        undo(connection, name)

    dialect.do_rollback_to_savepoint = undone  # type: ignore[method-assign]
    return engine


def _made(url: str, begin: str, *, size: int) -> Engine:
    if make_url(url).get_backend_name() == "postgresql":
        # A commit means committed; and a process that freezes in mid-transaction does not hold up the others for ever.
        # And a server that is gone without a word is not waited for by the quarter of an hour.
        options = {
            "options": "-c synchronous_commit=on -c idle_in_transaction_session_timeout=30000",
            "connect_timeout": 10, "tcp_user_timeout": 15_000,
        }  # fmt: skip
        return create_engine(
            url, pool_size=size, max_overflow=2, pool_pre_ping=True, hide_parameters=True, connect_args=options
        )
    # A connection belongs to one worker thread at a time, and remembers how to carry out all that the bot ever asks.
    across = {"check_same_thread": False, "cached_statements": 1000}
    engine = create_engine(url, pool_size=size, max_overflow=0, hide_parameters=True, connect_args=across)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    def do_begin(dbapi_connection: Any) -> None:
        dbapi_connection.execute(begin)

    engine.dialect.do_begin = do_begin  # type: ignore[method-assign]
    return engine
