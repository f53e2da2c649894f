"""The phones' network as a process of its own: what it answered with 2xx survives a kill, and it stops when asked."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from bot.channels.phone import PhoneChannel
from bot.config import ChannelSettings
from bot.errors import ChannelError, InDoubt
from bot.model import Address, Outbound
from tests.fakes.bot import Listener, listening
from tests.fakes.clock import wall_clock
from tests.fakes.providers import TOKEN
from tests.fakes.server import free_port

ROOT = Path(__file__).parent.parent
FATIMA = Address("sms", "+31612000103")


class Process:
    """A network in a process, on a log that outlives it."""

    def __init__(self, log: Path, hooks: str) -> None:
        self.port = free_port()
        self.log = log
        self.hooks = hooks
        self.url = f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self, **faults: float) -> AsyncIterator[asyncio.subprocess.Process]:
        """The process, until it is stopped or the block ends."""
        options = {
            "port": self.port, "log": self.log, "hooks": self.hooks, "token": TOKEN, "faults": json.dumps(faults),
        }  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot.demo.network", *words, cwd=ROOT)
        try:
            await self._answers()
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _answers(self) -> None:
        async with asyncio.timeout(20), httpx.AsyncClient() as http:
            while True:
                try:
                    await http.get(f"{self.url}/log")
                except httpx.ConnectError:
                    await asyncio.sleep(0.02)
                else:
                    return

    def driver(self) -> PhoneChannel:
        return PhoneChannel(ChannelSettings("sms", "phone", api=self.url, token=TOKEN), wall_clock)

    def accepted(self) -> list[str]:
        """Our ids of the messages that the log has as accepted, in order."""
        events = map(json.loads, self.log.read_text().splitlines())
        return [each["id"] for each in events if each["what"] == "accepted"]


@pytest.fixture
async def bot() -> AsyncIterator[Listener]:
    async with listening() as listener:
        yield listener


@pytest.fixture
def network(tmp_path: Path, bot: Listener) -> Process:
    return Process(tmp_path / "network.jsonl", bot.url)


async def test_it_stops_when_asked_and_goes_on_where_it_was(network: Process, bot: Listener) -> None:
    async with httpx.AsyncClient() as http:
        async with network.running() as process:
            listeners = [
                each.laddr.ip for each in psutil.Process(process.pid).net_connections() if each.status == "LISTEN"
            ]
            assert listeners == ["127.0.0.1"]
            await http.post(f"{network.url}/phones/{FATIMA}/say", json={"text": "een"})
            await bot.until(1)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        async with network.running():
            await http.post(f"{network.url}/phones/{FATIMA}/say", json={"text": "twee"})
            await bot.until(2)
    assert [each["text"] for each in bot.messages()] == ["een", "twee"]


async def test_what_it_accepted_survives_kills(network: Process) -> None:
    acknowledged: list[str] = []

    async def send(driver: PhoneChannel, batch: int) -> None:
        for number in range(1000):
            message = Outbound(f"m-{batch}-{number}", FATIMA, "hallo")
            try:
                await driver.send(message)
            except ChannelError:
                return
            acknowledged.append(message.id)

    for batch in range(3):
        driver = network.driver()
        async with network.running(delay=1, delay_by=60) as process:
            sending = asyncio.create_task(send(driver, batch))
            while len(acknowledged) < 20 * (batch + 1):
                await asyncio.sleep(0.005)
            process.kill()
            await sending
        await driver.close()
    accepted = network.accepted()
    assert set(acknowledged) <= set(accepted)
    assert len(set(accepted)) == len(accepted)
    assert [each for each in accepted if each in set(acknowledged)] == acknowledged


async def test_faults_are_set_at_the_start_and_later(network: Process) -> None:
    driver = network.driver()
    async with network.running(cut_after=1), httpx.AsyncClient() as http:
        with pytest.raises(InDoubt):
            await driver.send(Outbound("m-1", FATIMA, "hallo"))
        assert (await http.post(f"{network.url}/faults", json={})).status_code == 204
        await driver.send(Outbound("m-2", FATIMA, "hallo"))
    await driver.close()
    assert network.accepted() == ["m-1", "m-2"]


@pytest.mark.parametrize(
    "wrong",
    [{"hooks": "http://192.0.2.1"}, {"faults": '{"explode": 1}'}, {"port": "many"}, {"log": str(ROOT)}],
    ids=str,
)
async def test_wrong_options_are_told_in_a_line(tmp_path: Path, wrong: dict[str, str]) -> None:
    options = {
        "port": str(free_port()),
        "log": str(tmp_path / "log"),
        "hooks": "http://127.0.0.1:1",
        "token": TOKEN,
        **wrong,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.demo.network", *words, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    assert process.returncode == 2
    assert "error:" in told.decode()
    assert "Traceback" not in told.decode()
