"""Signed webhooks of Twilio, accepted and committed over loopback HTTP; beside a bare Starlette that inserts a row."""

import asyncio
import os
import sys
from collections.abc import Callable
from itertools import count
from statistics import median, quantiles
from typing import NamedTuple

from bot.bench import hooks, parents, process
from bot.bench.figures import LEAST_ROUNDS, Figure, Peer, Progress, Skipped, rounds

BOUND = 2_000
PATIENT = 300  # webhooks a second, on which the slowest of a hundred is measured
SLOWEST = 50  # milliseconds


class Size(NamedTuple):
    """How much is measured; in the suite, little."""

    many: int = 2_000  # webhooks in a round
    rounds: int = LEAST_ROUNDS
    pause: float = 3.0  # seconds in which what came at once is answered
    evenly: float = 2.0  # seconds of one webhook after the other, or more


WHOLE = Size()


def measure(seconds: float, progress: Progress, size: Size = WHOLE) -> list[Figure | Skipped]:
    with parents.folder() as home, process.phones() as network:
        (home / "web").mkdir()
        (home / "all").mkdir()
        web = process.Bot(home / "web", network, account=hooks.ACCOUNT)
        whole = process.Bot(home / "all", network, account=hooks.ACCOUNT)
        port = process.free_port()
        bare = [sys.executable, "-m", "bot.bench.bare", str(port), str(home / "bare.db")]
        with web.accepting(), whole.running(), process.running(bare, os.environ):
            for each in (web.port, whole.port, port):
                process.until_open(each)
            makes = [_maker(web.port, web.port), _maker(port, port), _maker(whole.port, whole.port)]
            ports = [web.port, port, whole.port]
            rates = [
                [
                    size.many / asyncio.run(hooks.deliver(to, [make() for _ in range(size.many)]))
                    for to, make in zip(ports, makes, strict=True)
                ]
                for _ in rounds(seconds, progress, size.rounds)
            ]
            took = asyncio.run(_evenly(whole.port, makes[2], size.pause, max(seconds, size.evenly)))
    accepted, inserted, answered = (median(each) for each in zip(*rates, strict=True))
    return [
        Figure(
            "signed webhooks committed",
            accepted,
            "webhooks/s",
            BOUND,
            (Peer("Starlette, one bare insert each", inserted),),
        ),
        Figure("the same, while it also answers", answered, "webhooks/s"),
        Figure(f"slowest of a hundred at {PATIENT}/s", 1000 * quantiles(took, n=100)[98], "ms", SLOWEST),
    ]


def _maker(port: int, public: int) -> Callable[[], bytes]:
    numbers = count(1)
    return lambda: hooks.request(port, f"http://localhost:{public}", process.TOKEN, next(numbers))


async def _evenly(port: int, make: Callable[[], bytes], pause: float, seconds: float) -> list[float]:
    await asyncio.sleep(pause)  # what the rounds before left to answer
    return await hooks.deliver_evenly(port, [make() for _ in range(int(PATIENT * seconds))], PATIENT)
