"""Parents who are enrolled and talk: through the real inbox and the real desk, into a real database."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import update

from bot import config
from bot.bench.talk import BEGIN, LAST, talk_of
from bot.config import Config
from bot.desk import flows
from bot.desk.books import Books
from bot.desk.handle import handle
from bot.inbox import receive
from bot.model import PURPOSES, Address, Inbound
from bot.people import consent, contacts
from bot.scheduler import followups
from bot.store import schema
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.store.sealed import Ring
from bot.translation.catalogue import Catalogue

SCHOOL = "brug"
SETTINGS = {"schools": {SCHOOL: {"name": "De Brug"}}}
CHANNELS = ("whatsapp", "sms", "telegram")
TOGETHER = 200  # webhooks that share a commit, as in inbox.receive.Counter


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on a real disk for as long as it is needed; what lies in memory cannot show what a commit costs."""
    path = Path(tempfile.mkdtemp(prefix="ouderbrug-bench-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def settings(home: Path) -> Config:
    return config.parse(SETTINGS, home, {})


def books(settings: Config) -> Books:
    """The real flows and words."""
    said = settings.languages
    catalogue = Catalogue.load(settings.locales, offered=said.offered, fallback=said.fallback, send=said.send)
    return Books.of(settings, catalogue, flows.read_folder(settings.flows))


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """A database with its schema, and with keys that nobody will miss."""
    database = Database(url, Ring.make())
    try:
        schema.prepare(database)
        yield database
    finally:
        database.close()


class Parents:
    """So many parents, each with an address, a language and consent."""

    def __init__(self, database: Database, books: Books, many: int) -> None:
        self.database = database
        self.books = books
        self.now: datetime = BEGIN
        self.addresses = [Address(CHANNELS[n % len(CHANNELS)], f"+31612{n:06}") for n in range(many)]
        self._written = 0
        with database.begin() as tx:
            books.library.publish(tx, self.now)
            for n, (contact_id, _) in enumerate(contacts.resolve(tx, self.addresses, self.now).values()):
                contacts.set_language(tx, contact_id, talk_of(n).language)
                consent.give(tx, contact_id, SCHOOL, self.addresses[n].channel, PURPOSES, "ja", None, self.now)

    def conversation(self) -> tuple[int, float]:
        """All hold their conversation once; says how many turns it took, and in how many seconds."""
        turns, seconds = 0, 0.0
        for question in range(LAST + 1):
            if question == LAST:
                self._a_week_goes_by()
            letters = self.letters(question)
            began = perf_counter()
            self._read(letters)
            seconds += perf_counter() - began
            turns += len(letters)
            self._leave()
        return turns, seconds

    def letters(self, question: int) -> list[Inbound]:
        """What they write next, in the words of the channel."""
        self.now += timedelta(minutes=1)
        letters = []
        for n, address in enumerate(self.addresses):
            text, tap = talk_of(n).said[question]
            if text or tap:
                self._written += 1
                kind = "choice" if tap else "text"
                letters.append(Inbound(f"in-{self._written}", address, text, tap, kind=kind))
        return letters

    def _read(self, letters: list[Inbound]) -> None:
        """Store, think, save: what `run` does with webhooks, in commits of the same size."""
        for start in range(0, len(letters), TOGETHER):
            with self.database.begin() as tx:
                receive.store(tx, letters[start : start + TOGETHER], self.now)
        self._clear_the_desk()

    def _clear_the_desk(self) -> None:
        busy = 1
        while busy:
            with self.database.begin() as tx:
                busy = handle(tx, self.books, self.now)

    def _leave(self) -> None:
        """What was queued has left, without a network; an answer to a question that never left would be stale."""
        with self.database.begin() as tx:
            gone = {"status": "sent", "left_at": self.now, "settled_at": self.now}
            tx.execute(update(t.outbox).where(t.outbox.c.status == "queued").values(gone))

    def _a_week_goes_by(self) -> None:
        """The week in which timers run out and plans come due; nobody measures it."""
        self.now += timedelta(days=8)
        self._collect()
        self._clear_the_desk()
        self._leave()

    def _collect(self) -> None:
        def collect(tx: Tx) -> int:
            return followups.collect(tx, self.books.almanac, self.now)

        busy = 1
        while busy:
            with self.database.begin() as tx:
                busy = collect(tx)
