"""The bot as a process of its own, as `run` starts it, with a stand-in for the phones' network on this machine."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import perf_counter, sleep

from bot import config
from bot.channels.phone import SIGNATURE, sign
from bot.errors import BotError
from bot.store import schema
from bot.store.sealed import Ring

TOKEN = "bench-bench-bench-bench"  # noqa: S105  between two processes of this measurement
HOOK = "/hooks/whatsapp"
_ENVIRONMENT = {"BOT_CHANNELS_WHATSAPP_TOKEN": TOKEN, "BOT_CHANNELS_SMS_TOKEN": TOKEN}
_PATIENCE = 30.0  # seconds, on the slowest machine
_TOML = """
[schools.brug]
name = "De Brug"
[database]
url = "{database}"
keys = "bench.keys"
[web]
port = {port}
[channels.whatsapp]
driver = "phone"
api = "http://127.0.0.1:{network}"
sender = "+31612000000"
"""
_REAL = """
[schools.brug]
name = "De Brug"
urgent_phone = "030 123 45 67"
duty = ["sms:+31612009001"]
[database]
url = "{database}"
[web]
port = {port}
public_url = "http://localhost:{port}"
[channels.sms]
driver = "twilio"
account = "{account}"
api = "http://127.0.0.1:{network}"
sender = "+31612000000"
rate = 80
"""


class Phones(ThreadingHTTPServer):
    """Takes every message and counts them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.taken = threading.Semaphore(0)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Taking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Phones

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        answer = b'{"sid": "SM0123456789abcdef0123456789abcdef"}'
        self.send_response(201)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.server.taken.release()

    def log_message(self, *_: object) -> None:
        """Nothing: this is no server of anybody."""


@contextmanager
def phones() -> Iterator[Phones]:
    """A network of phones in a thread of this process."""
    with Phones() as network:
        thread = threading.Thread(target=network.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield network
        finally:
            network.shutdown()
            thread.join()


class Bot:
    """A bot that can be started again and again in one folder; its database is there before."""

    def __init__(self, home: Path, network: Phones, *, account: str = "", database: str = "") -> None:
        """With an `account` its one channel is real SMS, else WhatsApp as the phones play it."""
        self.port = free_port()
        self.database = database or f"sqlite:///{home / 'bench.db'}"
        self.environment = _ENVIRONMENT | ({"BOT_KEYS": str(Ring.make())} if account else {})
        filled = (_REAL if account else _TOML).format(
            port=self.port, network=network.port, account=account, database=self.database
        )
        self._file = home / f"config-{self.port}.toml"
        self._file.write_text(filled, encoding="utf-8")
        schema.open_database(self.settings(), self.environment).close()

    def settings(self) -> config.Config:
        return config.load(self._file, self.environment)

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """The process, which may not listen yet. `words` are further arguments of `run`."""
        command = [sys.executable, "-m", "bot", "--config", str(self._file), "run", *words]
        with running(command, os.environ | self.environment) as it:
            yield it

    @contextmanager
    def accepting(self) -> Iterator[subprocess.Popen[bytes]]:
        """Only its hooks."""
        command = [sys.executable, "-m", "bot.bench.accepting", str(self._file)]
        with running(command, os.environ | self.environment) as it:
            yield it

    def hear(self, body: bytes) -> None:
        """Deliver a webhook as soon as the bot takes it, as a provider would that tries again."""
        until = perf_counter() + _PATIENCE
        while perf_counter() < until:
            try:
                connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
                connection.request("POST", HOOK, body, headers(body))
                if connection.getresponse().status == 200:
                    return
            except ConnectionError:
                sleep(0.005)
            finally:
                connection.close()
        raise BotError("the bot did not start")


@contextmanager
def running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is asked to end, and has ended, when this is over."""
    with subprocess.Popen(command, cwd=config.ROOT, env=environment, stderr=subprocess.DEVNULL) as it:  # noqa: S603
        try:
            yield it
        finally:
            it.terminate()
            it.wait(_PATIENCE)


def until_open(port: int) -> None:
    """Wait until somebody listens there. Raises BotError."""
    until = perf_counter() + _PATIENCE
    while perf_counter() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.01)
        else:
            return
    raise BotError("nobody listens")


def message(number: int, text: str) -> bytes:
    """The body of a webhook: somebody writes."""
    return json.dumps({"id": f"in-{number}", "from": f"+31612{number % 1_000_000:06}", "text": text}).encode()


def headers(body: bytes) -> dict[str, str]:
    return {SIGNATURE: sign(TOKEN, HOOK, body), "content-type": "application/json"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
