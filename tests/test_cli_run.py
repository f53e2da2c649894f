"""`ouderbrug run` in a process of its own: it serves, it logs nothing personal, and it stops when it is told to."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.channels.phone import SIGNATURE, sign
from bot.store.sealed import Ring
from tests.fakes import command
from tests.fakes.command import Command
from tests.fakes.server import free_port

HELLO = json.dumps({"id": "m1", "from": "+31612000001", "text": "hallo, met Fatima"}).encode()
SIGNED = {SIGNATURE: sign("a token of this test", "/hooks/sms", HELLO)}


@contextmanager
def running(ouderbrug: Command, url: str) -> Iterator["subprocess.Popen[str]"]:
    """The bot in its own process, once it answers."""
    line, pipe = ouderbrug.line("run"), subprocess.PIPE
    with subprocess.Popen(
        line, text=True, env=ouderbrug.environment, cwd=command.ROOT, stdout=pipe, stderr=pipe
    ) as bot:
        try:
            _wait(lambda: httpx.get(f"{url}/health", trust_env=False).status_code == 200)
            yield bot
        finally:
            bot.kill()


def _wait(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if ready():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise TimeoutError


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(sqlite_url: str, ring: Ring, tmp_path: Path, how: signal.Signals) -> None:
    port = free_port()
    url, ouderbrug = f"http://127.0.0.1:{port}", command.on(sqlite_url, ring, tmp_path, port=port)
    with running(ouderbrug, url) as bot:
        assert httpx.post(f"{url}/hooks/sms", content=HELLO, headers=SIGNED, trust_env=False).status_code == 200
        _wait(lambda: httpx.get(f"{url}/health", trust_env=False).json()["inbox_waiting"] == 0)
        bot.send_signal(how)
        out, err = bot.communicate(timeout=15)
    assert (bot.returncode, out) == (0, "")
    assert [json.loads(line) for line in err.splitlines()] == []
    assert ouderbrug.json("status")["inbox"] == {"done": 1}


def test_a_provider_that_cannot_be_reached_is_no_reason_to_fall(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    port = free_port()
    url, ouderbrug = f"http://127.0.0.1:{port}", command.on(sqlite_url, ring, tmp_path, port=port)
    with running(ouderbrug, url) as bot:
        httpx.post(f"{url}/hooks/sms", content=HELLO, headers=SIGNED, trust_env=False)
        _wait(lambda: ouderbrug.json("status")["outbox"].get("queued") == 1)
        assert bot.poll() is None
        bot.terminate()
        _, err = bot.communicate(timeout=15)
    assert "31612" not in err
    assert "Fatima" not in err


def test_what_it_cannot_start_with_is_one_line(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    ouderbrug = command.on(sqlite_url, ring, tmp_path)
    short = Command(ouderbrug.config, {**ouderbrug.environment, "BOT_CHANNELS_SMS_TOKEN": "short"})
    other = Command(ouderbrug.config, {**ouderbrug.environment, "BOT_KEYS": str(Ring.make()) + "x"})
    nowhere = Command(tmp_path / "weg.toml", ouderbrug.environment)
    for broken, said in ((short, "BOT_CHANNELS_SMS_TOKEN"), (other, "key ring"), (nowhere, "no such file")):
        done = broken("run")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert said in done.stderr


def test_a_port_in_use_is_one_line(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command.on(sqlite_url, ring, tmp_path, port=port)("run")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"[web] port {port}" in done.stderr
