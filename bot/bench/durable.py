"""Durable turns: stored, thought over, saved and committed; beside a peer in memory and the bare batch ceiling."""

import gc
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Protocol

from bot.bench import parents, server
from bot.bench.ceiling import Ceiling
from bot.bench.figures import LEAST_ROUNDS, Figure, Peer, Progress, Skipped, rounds
from bot.bench.parents import Parents
from bot.bench.server import Server

BOUND = 10_000
MANY = 600  # parents who talk at the same time
_NAMES = ("turns", "ceiling")


class Talks(Protocol):
    """Who is measured: all its parents say something; how many turns that took, in how many seconds."""

    def conversation(self) -> tuple[int, float]: ...


def sqlite(seconds: float, progress: Progress, many: int = MANY, least: int = LEAST_ROUNDS) -> list[Figure | Skipped]:
    """On SQLite: WAL, synchronous=FULL, a real file."""
    with parents.folder() as home:
        urls = [f"sqlite:///{home / name}.db" for name in _NAMES]
        own, *peers = _medians(urls, home, rounds(seconds, progress, least), many)
    return [Figure("durable turns, SQLite", own, "turns/s", BOUND, _peers(peers, rival=True))]


def postgres(
    seconds: float, progress: Progress, many: int = MANY, least: int = LEAST_ROUNDS, on: Server = server.alone
) -> list[Figure | Skipped]:
    """On PostgreSQL, with synchronous_commit as it comes: on."""
    what = "durable turns, PostgreSQL"
    with parents.folder() as home:
        try:
            with on(home, _NAMES) as urls:
                own, *peers = _medians(urls, home, rounds(seconds, progress, least), many)
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


def _medians(urls: Sequence[str], home: Path, played: Iterable[int], many: int) -> list[float]:
    """Turns a second of us and of the peers, in turns: what else this machine does hits all alike."""
    from bot.bench import peers  # telegram takes a while to import

    books = parents.books(parents.settings(home))
    with parents.open_database(urls[0]) as first, parents.open_database(urls[1]) as second:
        talkers = [peers.Peer(books, many, replies=replies) for replies in (True, False)]
        work: list[Talks] = [Parents(first, books, many), *talkers, Ceiling(second, many)]
        gc.freeze()  # as `run` does
        try:
            rates = [[turns / spent for turns, spent in (each.conversation() for each in work)] for _ in played]
        finally:
            gc.unfreeze()
            for talker in talkers:
                talker.close()
    return [median(each) for each in zip(*rates, strict=True)]
