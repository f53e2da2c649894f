"""The real bot and the phones' network as processes, to be started, killed and looked into."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bot import config
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.fakes import twilio, warm
from tests.fakes.server import free_port

ROOT = Path(__file__).parent.parent.parent
FULL = bool(os.environ.get("TORTURE"))  # `make torture`: the full size
TOKEN = "a-token-that-only-tests-know"
BOT_TOKEN = "7000000001:a-token-that-only-tests-know-of-it"
SCHOOL = "brug"
CHANNELS = ("whatsapp", "sms", "telegram")
_MOMENT = re.compile(r'"timestamp": "[^"]*"')
# An answer takes no longer than a lease, and nothing is under way any more when it would be sent again.
WAITS = {"tick": 0.1, "lease": 1.5, "settle": 0.3, "resend": 3.0, "retry": 0.1}
PATIENCE = 600 if FULL else 60
_NO_TLS = httpx.create_ssl_context(trust_env=False)  # only this machine is called; made once, for it takes a while


class Warm:
    """A bot that is forked from a process which has imported everything; it is at work all the sooner."""

    def __init__(self, words: Sequence[str], complaints: Path, environment: Mapping[str, str]) -> None:
        self._process = warm.start(words, complaints, complaints, cwd=ROOT, env=environment)

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, sign: signal.Signals) -> None:
        if self._process.pid and self.poll() is None:
            os.kill(self._process.pid, sign)

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> int:
        self._process.join()
        return self._process.exitcode or 0


class Process:
    """A process of this test: started, looked at and ended by its own id. What it complains of goes to a file."""

    def __init__(self, name: str, words: Sequence[str], home: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.complaints = home / f"{name}.err"
        env = {**os.environ, **environment}
        self._process: Warm | subprocess.Popen[bytes]
        if words[0] == "bot" and not FULL:
            self._process = Warm(words[1:], self.complaints, env)
            return
        with self.complaints.open("ab") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *words], cwd=ROOT, stderr=complaints, stdout=complaints, env=env
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, sign: signal.Signals) -> None:
        self._process.send_signal(sign)

    def kill(self) -> None:
        """SIGKILL, and gone."""
        self._process.kill()
        self._process.wait()

    async def ended(self, seconds: float) -> int:
        """Wait for its end; returns the exit code."""
        await until(lambda: not self.alive, f"the end of {self.name}", seconds)
        return self._process.wait()


@dataclass(frozen=True)
class Provider:
    """Who carries the messages: its process, what it is told at its start, its levers, and its channels' settings."""

    module: str
    channels: Mapping[str, str]  # each with its sender
    settings: str  # of each channel; {api} is the provider's address
    words: tuple[str, ...] = ()
    levers: str = ""  # where tests ask it for things
    hooks: str = ""  # behind the bot's address
    tokens: Mapping[str, str] = field(default_factory=dict)
    more: str = ""  # tables of the configuration besides


PHONES = Provider(
    "bot.demo.network", dict.fromkeys(CHANNELS, "+31612000000"), 'driver = "phone"\napi = "{api}"', ("--token", TOKEN)
)
TWILIO = Provider(
    "tests.fakes.twilio", {"sms": twilio.SMS, "whatsapp": twilio.WHATSAPP},
    f'driver = "twilio"\naccount = "{twilio.ACCOUNT}"\napi = "{{api}}"', ("--token", TOKEN, "--forgiving"), "/test",
)  # fmt: skip
TELEGRAM = Provider(
    "tests.fakes.telegram", {"telegram": "DeBrugBot"}, 'driver = "telegram"\napi = "{api}"',
    ("--token", BOT_TOKEN, "--secret", TOKEN), hooks="/hooks/telegram",
    tokens={"BOT_CHANNELS_TELEGRAM_TOKEN": BOT_TOKEN, "BOT_CHANNELS_TELEGRAM_SECRET": TOKEN},
)  # fmt: skip


@dataclass
class Stage:
    """A school with its configuration and database, where processes can be started and are gone after the test."""

    home: Path
    database_url: str
    ring: Ring
    waits: Mapping[str, float] = field(default_factory=lambda: WAITS)
    provider: Provider = PHONES
    bots: tuple[int, ...] = ()  # ports
    network_port: int = field(default_factory=free_port)
    database: Database = field(init=False)  # where the test itself looks
    _processes: list[Process] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.home / "network.jsonl"

    @property
    def network_url(self) -> str:
        return f"http://127.0.0.1:{self.network_port}"

    @property
    def _secrets(self) -> dict[str, str]:
        tokens = {f"BOT_CHANNELS_{name.upper()}_TOKEN": TOKEN for name in CHANNELS}
        return {**tokens, **self.provider.tokens, "BOT_KEYS": str(self.ring)}

    def settings(self) -> config.Config:
        """The configuration for a bot inside the test."""
        return config.load(self._config_file(0), self._secrets)

    def _config_file(self, port: int) -> Path:
        """The file of the bot on this port: no hour is quiet, no week full, no channel slow."""
        settings = self.provider.settings.format(api=self.network_url)
        channels = "".join(
            f'[channels.{name}]\n{settings}\nsender = "{sender}"\nrate = 1e5\n'
            for name, sender in self.provider.channels.items()
        )
        channel = next(iter(self.provider.channels))
        colleague = "700009001" if channel == "telegram" else "+31612009001"
        duty = f'urgent_phone = "030 123 45 67"\nduty = ["{channel}:{colleague}"]'
        waits = "\n".join(f"{name} = {seconds}" for name, seconds in self.waits.items())
        path = self.home / f"bot-{port}.toml"
        path.write_text(
            f'[schools.{SCHOOL}]\nname = "De Brug"\n{duty}\n[database]\nurl = "{self.database_url}"\n[web]\n'
            f'port = {port}\npublic_url = "{self.bot_url(0)}"\n'
            f"{channels}{self.provider.more}\n"
            f'[quiet_hours]\nstart = "23:59:59"\nend = "00:00"\nsunday_until = "00:00"\n'
            f"[budget]\nweek = 50\napart = 0\n[waits]\n{waits}\n"
        )
        return path

    async def open_bot(self, number: int = 0) -> Process:
        """One of the bots, once it answers."""
        bot = self.start_bot(number)
        await answers(f"{self.bot_url(number)}/health", bot)
        return bot

    def start_bot(self, number: int = 0, *more: str) -> Process:
        """One of the bots; a second one with the same number finds the same port. `more`: arguments of `run`."""
        words = ("bot", "run", "--config", str(self._config_file(self.port(number))), *more)
        return self._started(f"bot-{number}", words, self._secrets)

    def port(self, number: int) -> int:
        """Where this bot listens."""
        while len(self.bots) <= number:
            self.bots = (*self.bots, free_port())
        return self.bots[number]

    def start_network(self, **faults: float) -> Process:
        """The phones' network; it brings its webhooks to the first bot."""
        hooks = self.bot_url(0) + self.provider.hooks
        options = {"port": str(self.network_port), "log": str(self.log), "hooks": hooks, "faults": json.dumps(faults)}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return self._started("network", (self.provider.module, *words, *self.provider.words), {})

    def bot_url(self, number: int) -> str:
        return f"http://127.0.0.1:{self.port(number)}"

    def complaints(self, name: str) -> str:
        """What the processes of this name wrote on standard error, but that they have started; and not when, for a
        fraction of a second may look like anything."""
        lines = (self.home / f"{name}.err").read_text().splitlines(keepends=True)
        return "".join(_MOMENT.sub("", line) for line in lines if '"event": "started"' not in line)

    def _started(self, name: str, words: Sequence[str], environment: Mapping[str, str]) -> Process:
        process = Process(name, words, self.home, environment)
        self._processes.append(process)
        return process

    @contextmanager
    def open(self) -> Iterator["Stage"]:
        """Open the database; at the end no process is left."""
        self.database = Database(self.database_url, self.ring, readers=1)
        try:
            yield self
        finally:
            for process in self._processes:
                process.kill()
            self.database.close()


async def until(here: Callable[[], bool], what: str, seconds: float = PATIENCE, pause: float = 0.01) -> None:
    """Wait until it is so; says what did not happen."""
    try:
        async with asyncio.timeout(seconds):
            while not here():
                await asyncio.sleep(pause)
    except TimeoutError:
        raise AssertionError(f"waited {seconds} s in vain for {what}") from None


async def answers(url: str, process: Process) -> None:
    """Wait until this process answers at this address."""
    async with httpx.AsyncClient(verify=_NO_TLS) as http, asyncio.timeout(PATIENCE):
        while True:
            assert process.alive, f"{process.name} ended: {process.complaints.read_text()[-2000:]}"
            try:
                await http.get(url)
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                return


async def all_of(tasks: Iterable[Coroutine[None, None, None]]) -> None:
    """All side by side; the first that fails ends the others, and is what the test shows."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in tasks:
                group.create_task(each)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
