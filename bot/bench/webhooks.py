"""Signed webhooks accepted and committed: over loopback HTTP, by the whole bot while it reads and answers."""

import asyncio
from collections.abc import Iterator
from itertools import count
from statistics import median
from time import perf_counter

from bot.bench import parents, process
from bot.bench.figures import Figure, Progress, Skipped, rounds
from bot.errors import BotError

CONNECTIONS = 32  # a provider that has much to deliver
MANY = 1000  # webhooks in a round


def measure(seconds: float, progress: Progress, many: int = MANY) -> list[Figure | Skipped]:
    numbers = count(1)
    with parents.folder() as home, process.phones() as network:
        bot = process.Bot(home, network)
        with bot.running():
            bot.hear(process.message(next(numbers), "hallo"))
            rates = []
            for _ in rounds(seconds, progress):
                requests = [_request(bot.port, process.message(next(numbers), "hallo")) for _ in range(many)]
                rates.append(many / asyncio.run(_deliver(bot.port, requests)))
    return [Figure("webhooks committed", median(rates), "webhooks/s")]


def _request(port: int, body: bytes) -> bytes:
    lines = [f"POST {process.HOOK} HTTP/1.1", f"host: 127.0.0.1:{port}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in process.headers(body).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _deliver(port: int, requests: list[bytes]) -> float:
    """Seconds until all are taken, over connections that stay open."""
    open_ones = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    waiting = iter(requests)
    began = perf_counter()
    await asyncio.gather(*(_talk(reader, writer, waiting) for reader, writer in open_ones))
    spent = perf_counter() - began
    for _, writer in open_ones:
        writer.close()
        await writer.wait_closed()
    return spent


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: Iterator[bytes]) -> None:
    for request in requests:
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise BotError(f"a webhook was answered with {answer[:20]!r}")
