"""`ouderbrug run` in processes of its own: they serve, log nothing personal, share the work, and stop when told to."""

import json
import os
import re
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
def running(ouderbrug: Command, url: str, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """The bot in its own process, once it answers."""
    line, pipe = ouderbrug.line("run", *words), subprocess.PIPE
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
    assert [json.loads(line)["event"] for line in err.splitlines()] == ["started"]
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


def test_a_second_process_on_one_sqlite_file_is_refused(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    port = free_port()
    ouderbrug = command.on(sqlite_url, ring, tmp_path, port=port)
    with running(ouderbrug, f"http://127.0.0.1:{port}") as bot:
        done = ouderbrug("run", "--port", str(free_port()))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "a bot runs on this SQLite file already" in done.stderr
        bot.kill()
        bot.communicate()
    with running(ouderbrug, f"http://127.0.0.1:{port}"):
        """What was killed is in nobody's way."""


@pytest.mark.postgres
def test_one_takes_webhooks_and_another_works(postgres_url: str, ring: Ring, tmp_path: Path) -> None:
    hooks, work = free_port(), free_port()
    ouderbrug = command.on(postgres_url, ring, tmp_path, port=hooks)
    url, other = f"http://127.0.0.1:{hooks}", f"http://127.0.0.1:{work}"
    with running(ouderbrug, url, "--only", "web") as web:
        assert httpx.post(f"{url}/hooks/sms", content=HELLO, headers=SIGNED, trust_env=False).status_code == 200
        time.sleep(0.5)
        assert httpx.get(f"{url}/health", trust_env=False).json()["inbox_waiting"] == 1
        with running(ouderbrug, other, "--only", "work", "--port", str(work)) as worker:
            assert httpx.post(f"{other}/hooks/sms", content=HELLO, headers=SIGNED, trust_env=False).status_code == 404
            _wait(lambda: httpx.get(f"{url}/health", trust_env=False).json()["inbox_waiting"] == 0)
            second = json.dumps({"id": "m2", "from": "+31612000001", "text": "nog iets"}).encode()
            signed = {SIGNATURE: sign("a token of this test", "/hooks/sms", second)}
            httpx.post(f"{url}/hooks/sms", content=second, headers=signed, trust_env=False)
            _wait(lambda: httpx.get(f"{other}/health", trust_env=False).json()["inbox_waiting"] == 0)
            for each in (worker, web):
                each.terminate()
                each.communicate(timeout=15)
                assert each.returncode == 0


def test_a_second_signal_ends_it_at_once(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    """Even while a provider keeps it waiting for the answer to a message."""
    port = free_port()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = f"http://127.0.0.1:{silent.getsockname()[1]}"
        url, ouderbrug = f"http://127.0.0.1:{port}", command.on(sqlite_url, ring, tmp_path, port=port, api=api)
        with running(ouderbrug, url) as bot:
            httpx.post(f"{url}/hooks/sms", content=HELLO, headers=SIGNED, trust_env=False)
            _wait(lambda: ouderbrug.json("status")["outbox"].get("sending") == 1)
            bot.terminate()
            time.sleep(0.5)
            assert bot.poll() is None, "it waits for the answer"
            began = time.monotonic()
            bot.terminate()
            bot.communicate(timeout=10)
            assert time.monotonic() - began < 2
            assert bot.returncode != 0
    assert ouderbrug.json("status")["outbox"] == {"sending": 1}, "the next start looks after it"


def test_a_database_that_is_away_is_worth_another_start(ring: Ring, tmp_path: Path) -> None:
    """Exit 2 would tell systemd not to try again; a server that starts later than the bot is no mistake."""
    done = command.on(f"postgresql+psycopg://bot:geheim@/x?host={tmp_path}", ring, tmp_path, port=free_port())("run")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "[database]" in done.stderr
    assert "geheim" not in done.stderr


# --- what a real channel asks for
REAL = """
[schools.brug]
name = "De Brug"
urgent_phone = "030 123 45 67"
duty = ["sms:+31612009001"]
[database]
url = "sqlite:///bot.db"
[web]
port = {port}
public_url = "https://bot.debrug.example"
[channels.sms]
driver = "twilio"
account = "AC00000000000000000000000000000000"
sender = "+31612000000"
api = "http://127.0.0.1:1"
"""


@pytest.fixture
def school(tmp_path: Path) -> Command:
    """A school with a real channel, whose ring the bot makes itself."""
    config = tmp_path / "config.toml"
    config.write_text(REAL.format(port=free_port()))
    secrets = {"BOT_CHANNELS_SMS_TOKEN": "0123456789abcdef0123456789abcdef"}
    return Command(config, {name: value for name, value in os.environ.items() if name != "BOT_KEYS"} | secrets)


def refused(school: Command) -> str:
    """The one line with which it does not start."""
    done = school("run")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith("ouderbrug: config.toml: ")
    return done.stderr


def test_a_real_channel_starts_only_when_it_can_do_no_harm(school: Command, tmp_path: Path) -> None:
    text = school.config.read_text()
    school.config.write_text(text.replace('duty = ["sms:+31612009001"]', ""))
    assert "[schools.brug] duty" in refused(school)
    school.config.write_text(text)
    short = Command(school.config, {**school.environment, "BOT_CHANNELS_SMS_TOKEN": "x"})
    assert "BOT_CHANNELS_SMS_TOKEN" in refused(short)
    assert not (tmp_path / "bot.db").exists(), "nothing was made yet"
    assert "ouderbrug keys confirm" in refused(school)
    copy = tmp_path / "copy.keys"
    copy.write_bytes((tmp_path / "ouderbrug.keys").read_bytes())
    assert school("keys", "confirm", str(copy)).returncode == 0
    url = f"http://127.0.0.1:{re.findall(r'port = ([0-9]+)', text)[0]}"
    with running(school, url):
        assert httpx.post(f"{url}/hooks/sms", content=b"From=x", trust_env=False).status_code == 403


def test_the_operators_own_ring_needs_no_word(school: Command) -> None:
    own = Command(school.config, {**school.environment, "BOT_KEYS": str(Ring.make())})
    url = f"http://127.0.0.1:{re.findall(r'port = ([0-9]+)', school.config.read_text())[0]}"
    with running(own, url) as bot:
        bot.terminate()
        out, err = bot.communicate(timeout=15)
    assert (out, json.loads(err)["event"]) == ("", "started")


def test_a_part_of_a_bot_on_sqlite_would_answer_nobody(sqlite_url: str, ring: Ring, tmp_path: Path) -> None:
    done = command.on(sqlite_url, ring, tmp_path, port=free_port())("run", "--only", "web")
    assert done.returncode == 2
    assert "leave out --only, or use PostgreSQL" in done.stderr
