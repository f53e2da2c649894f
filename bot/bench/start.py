"""From the start of the process to its first answer, and the memory that it holds then."""

import os
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

from bot.bench import parents, process
from bot.bench.figures import LEAST_ROUNDS, Figure, Progress, Skipped, rounds
from bot.errors import BotError

SECONDS = 1.5
MEGABYTES = 150
_PATIENCE = 30.0
_numbers = count(1)


def measure(seconds: float, progress: Progress, least: int = LEAST_ROUNDS) -> list[Figure | Skipped]:
    with parents.folder() as home, process.phones() as network:
        bot = process.Bot(home, network)
        found = [_start(bot, network) for _ in rounds(seconds, progress, least)]
    waited, held = (median(each) for each in zip(*found, strict=True))
    figures: list[Figure | Skipped] = [Figure("start to first answer", waited, "s", SECONDS)]
    memory = "resident memory after it"
    return [*figures, Figure(memory, held, "MB", MEGABYTES) if held else Skipped(memory, "this system has no /proc")]


def _start(bot: process.Bot, network: process.Phones) -> tuple[float, float]:
    """Seconds until the network had an answer, and megabytes."""
    began = perf_counter()
    with bot.running() as running:
        bot.hear(process.message(next(_numbers), "hallo"))
        if not network.taken.acquire(timeout=_PATIENCE):
            raise BotError("the bot did not answer")
        return perf_counter() - began, resident(str(running.pid))


def resident(pid: str = "self") -> float:
    """Megabytes of memory that a process (by itself, this one) really holds; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
