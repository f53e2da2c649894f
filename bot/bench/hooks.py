"""Webhooks as Twilio signs and sends them, and a crowd of connections that delivers them."""

import asyncio
import hmac
from base64 import b64encode
from collections.abc import Iterator, Sequence
from time import perf_counter
from urllib.parse import parse_qsl, urlencode

from bot.errors import BotError

CONNECTIONS = 32  # a provider that has much to deliver
ACCOUNT = "AC" + "0" * 32
_PATH = "/hooks/sms"


def request(port: int, public_url: str, token: str, number: int) -> bytes:
    """A signed HTTP request: somebody writes an SMS."""
    fields = {
        "MessageSid": f"SM{number:032x}", "AccountSid": ACCOUNT, "From": f"+31612{number % 1_000_000:06}",
        "To": "+31612000000", "Body": "hallo", "NumMedia": "0", "SmsStatus": "received", "ApiVersion": "2010-04-01",
        "FromCountry": "NL", "ToCountry": "NL", "NumSegments": "1",
    }  # fmt: skip
    body = urlencode(fields).encode()
    lines = [
        f"POST {_PATH} HTTP/1.1", f"host: 127.0.0.1:{port}", "content-type: application/x-www-form-urlencoded",
        f"x-twilio-signature: {_sign(token, public_url + _PATH, body)}", f"content-length: {len(body)}",
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


def _sign(token: str, url: str, body: bytes) -> str:
    joined = url + "".join(name + value for name, value in sorted(parse_qsl(body.decode(), keep_blank_values=True)))
    return b64encode(hmac.digest(token.encode(), joined.encode(), "sha1")).decode()


async def deliver(port: int, requests: Sequence[bytes]) -> float:
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


async def deliver_evenly(port: int, requests: Sequence[bytes], rate: float) -> list[float]:
    """One request every 1/rate seconds; how many seconds each took from the moment it was due."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    began = perf_counter()

    async def one(number: int, what: bytes) -> float:
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - perf_counter()))
        line = await free.get()
        await _exchange(*line, what)
        free.put_nowait(line)
        return perf_counter() - due

    took = await asyncio.gather(*(one(number, what) for number, what in enumerate(requests)))
    while not free.empty():
        free.get_nowait()[1].close()
    return took


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, requests: Iterator[bytes]) -> None:
    for each in requests:
        await _exchange(reader, writer, each)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, what: bytes) -> None:
    writer.write(what)
    answer = await reader.readuntil(b"\r\n\r\n")
    if not answer.startswith(b"HTTP/1.1 200"):
        raise BotError(f"a webhook was answered with {answer[:20]!r}")
