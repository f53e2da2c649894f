"""Parents of two schools on a real database, and an outbox whose letters all arrive: when does each leave?"""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Row, func, select, update

from bot import config
from bot.app import Bot
from bot.check.rehearsal import Clock
from bot.model import Address, Part, Value
from bot.outbox import due, queue, send
from bot.outbox.queue import Draft, load_parts
from bot.outbox.send import Outcome
from bot.people import consent, contacts
from bot.store import tables as t
from bot.store.database import Database, Tx
from tests.harness.shelf import books
from tests.world import Line

T = TypeVar("T")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday; one o'clock at school
SCHOOLS = {"brug": {"name": "De Brug"}, "vaart": {"name": "De Vaart"}}
CHANNELS = ("sms", "whatsapp", "telegram")


class Street:
    """Whoever lives here may be written to by both schools. `raw` is what stands in config.toml besides."""

    def __init__(self, database: Database, home: Path, **raw: Any) -> None:
        channel = {"driver": "phone", "sender": "+31612000000", "api": "http://127.0.0.1:1", "rate": 100_000.0}
        raw = {"schools": SCHOOLS, "channels": dict.fromkeys(CHANNELS, channel), **raw}
        tokens = {f"BOT_CHANNELS_{name.upper()}_TOKEN": "a token of this test" for name in CHANNELS}
        self.clock = Clock(NOON)
        self.database = database
        self.lines = {name: Line(name) for name in CHANNELS}
        settings = config.parse(raw, home, tokens)
        self.bot = Bot(settings, database, clock=self.clock, channels=self.lines, books=books(settings))
        self.left: list[tuple[datetime, Row[Any]]] = []
        self._numbers = itertools.count(700_000_000)

    def live(self, count: int = 1, channel: str = "sms", **wishes: Any) -> list[int]:
        """So many more parents, each with these columns of `contact`."""

        def work(tx: Tx) -> list[int]:
            some = [Address(channel, f"+31{next(self._numbers)}".lstrip("+" * (channel == "telegram")))
                    for _ in range(count)]  # fmt: skip
            known = [contact_id for contact_id, _ in contacts.resolve(tx, some, NOON).values()]
            for contact_id in known:
                for school in SCHOOLS:
                    consent.give(tx, contact_id, school, channel, ("school", "tips"), "ja", None, NOON)
            if wishes:
                tx.execute(update(t.contact).where(t.contact.c.id.in_(known)).values(wishes))
            return known

        return self.write(work)

    def put(self, contact_id: int, cls: str = "broadcast", **given: Any) -> int:
        """Lay one message into the outbox; its row's id. `text` is what it says."""
        return self.put_all([contact_id], cls, **given)[0]

    def put_all(self, contact_ids: list[int], cls: str = "broadcast", **given: Any) -> list[int]:
        """The same to many."""
        text = given.pop("text", "Tot morgen!")
        drafts = [draft(contact_id, cls, text, **given) for contact_id in contact_ids]
        self.write(lambda tx: queue.put(tx, drafts, self.clock()))
        last = int(self.rows(select(func.max(t.outbox.c.id).label("id")))[0].id)
        return list(range(last - len(drafts) + 1, last + 1))

    def post(self) -> list[int]:
        """Everything that may leave now; the ids of its rows, in order."""
        sent: list[int] = []
        looked = 1
        while looked:
            with self.database.begin() as tx:
                letters, looked = send.claim(tx, self.bot.post, self.clock())
                send.note(tx, self.bot.post, [Outcome(letter, "sent", "p") for letter in letters], self.clock())
            sent += [letter.row_id for letter in letters]
        rows = {row.id: row for row in self.rows(select(t.outbox).where(t.outbox.c.id.in_(sent)))} if sent else {}
        self.left += [(self.clock(), rows[row_id]) for row_id in sent]
        return sent

    def play(self, step: float = 0, **span: float) -> None:
        """Time passes from due moment to due moment, in steps of at least `step` seconds; what may leave leaves."""
        end = self.clock() + timedelta(**span)
        self.post()
        while True:
            with self.database.read() as tx:
                then = due.next_moment(tx, self.bot.config, self.clock())
            if then is None or then > end:
                break
            self.clock.move(min(max(then, self.clock() + timedelta(seconds=step)), end))
            self.post()
        self.clock.move(end)

    def moments(self, contact_id: int) -> list[datetime]:
        """When something left for her."""
        return [moment for moment, row in self.left if row.contact_id == contact_id]

    def row(self, row_id: int) -> Row[Any]:
        return self.rows(select(t.outbox).where(t.outbox.c.id == row_id))[0]

    def state(self, row_id: int) -> tuple[str, str | None]:
        row = self.row(row_id)
        return row.status, row.reason

    def texts(self, row_id: int) -> list[str]:
        """What a row says, by what the school wrote."""
        with self.database.read() as tx:
            parts = load_parts(tx.open("outbox.parts", self.row(row_id).parts))[0]
        return [str(part.fields["tekst"].value) for part in parts]

    def rows(self, statement: Any) -> list[Row[Any]]:
        with self.database.read() as tx:
            return list(tx.execute(statement).all())

    def write(self, work: Callable[[Tx], T]) -> T:
        with self.database.begin() as tx:
            return work(tx)

    def change(self, row_id: int, **values: Any) -> None:
        """Say what became of a message."""
        self.write(lambda tx: tx.execute(update(t.outbox).where(t.outbox.c.id == row_id).values(values)))


def draft(contact_id: int, cls: str, text: str, *, key: str = "draad.antwoord", **given: Any) -> Draft:
    fields = {"leerkracht": Value("name", "juf Janneke"), "school": Value("name", "De Brug")}
    part = Part(key, {**fields, "tekst": Value("text", text)})
    return Draft(contact_id, cls, **{"purpose": "school", "school": "brug", **given}, parts=[part])
