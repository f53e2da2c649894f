"""A small world for tests: two fictional schools, their families, phones that only listen, and a clock that moves.

Everything goes the real way: a webhook is stored, the desk reads it, the outbox claims, renders and sends. Only the
provider is played, by a `Line` in this process that keeps to the real limits and can be told to fail.
"""

import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, func, select
from starlette.applications import Starlette

from bot import config
from bot.app import Bot
from bot.channels.phone import LIMITS
from bot.check.rehearsal import Clock
from bot.config import Config
from bot.desk import threads
from bot.errors import ForgedRequest
from bot.inbox import receive
from bot.inbox.put import Note, put
from bot.model import PURPOSES, Address, Inbound, Limits, Outbound, Part, Receipt, Request, Value
from bot.outbox import queue
from bot.outbox.queue import Draft, load_parts
from bot.people import codes, consent, contacts, letters, roster, staff
from bot.scheduler.playing import play
from bot.store import tables as t
from bot.store.database import Database, Tx
from bot.translation.machine import Engine, Machines
from bot.translators import Translation
from bot.web import application
from tests.harness.shelf import books

T = TypeVar("T")
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # four in the afternoon at school
YEAR = "2026-2027"
DUTY = ("sms:+31612009001", "sms:+31612009002")
A_MOMENT = timedelta(seconds=2)

FAMILIES = {
    "brug": """\
group,child,guardian,language,phone
groep 4,Amira Haddad,Fatima Haddad,ar,0612000001
groep 4,Amira Haddad,Omar Haddad,en,0612000002
groep 5,Can Yılmaz,Elif Yılmaz,tr,0612000003
groep 4,Tim Bakker,Jan Bakker,nl,0612000004
groep 5,Saar Bakker,Jan Bakker,nl,0612000004
groep 4,Lotte Visser,Karin Visser,nl,0612000005
""",
    "vaart": """\
group,child,guardian,language,phone
groep 3,Deniz Yılmaz,Elif Yılmaz,tr,0612000003
groep 3,Bram Visser,Ruud Visser,nl,0612000006
""",
}
TEACHERS = (
    ("brug", "janneke", "juf Janneke", "groep 4"),
    ("brug", "bas", "meester Bas", "groep 5"),
    ("vaart", "noor", "juf Noor", "groep 3"),
)
FATIMA = Address("whatsapp", "+31612000001")
OMAR = Address("sms", "+31612000002")
ELIF = Address("whatsapp", "+31612000003")
JAN = Address("telegram", "4711")
KARIN = Address("sms", "+31612000005")
STRANGER = Address("whatsapp", "+31612000099")
ENROLLED = {"Fatima": FATIMA, "Karin": KARIN, "Omar": OMAR, "Jan": JAN}  # in the fixture `world`
COLLEAGUE, NEXT_COLLEAGUE = map(Address.parse, DUTY)


def settings(home: Path) -> Config:
    """Two schools and three channels."""
    channel = {"driver": "phone", "sender": "+31612000000", "api": "http://127.0.0.1:1", "rate": 1000.0}
    raw = {
        "schools": {
            "brug": {"name": "De Brug", "urgent_phone": "030 123 45 67", "duty": list(DUTY)},
            "vaart": {"name": "De Vaart", "urgent_phone": "030 765 43 21", "duty": list(DUTY[1:])},
        },
        "channels": dict.fromkeys(LIMITS, channel),
        "budget": {"week": 50, "apart": 0},  # where the budget matters, a test asks for it
    }
    return config.parse(raw, home, {f"BOT_CHANNELS_{name.upper()}_TOKEN": "a token of this test" for name in LIMITS})


class Line:
    """A provider that takes what fits its limits, writes it down, and fails as it is told, once per trouble."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.limits: Limits = LIMITS[name]
        self.sent: list[Outbound] = []
        self.troubles: deque[Exception | None] = deque()  # None: this one goes well
        self.swallows = False  # whether a trouble comes after the message was taken

    def read(self, request: Request) -> list[Inbound | Receipt]:
        raise ForgedRequest  # what people write comes by `say`

    async def send(self, message: Outbound) -> str:
        trouble = self.troubles.popleft() if self.troubles else None
        if trouble is None or self.swallows:
            self._check(message)
            self.sent.append(message)
        if trouble is not None:
            raise trouble
        return f"{self.name}-{message.id}"

    async def find(self, message: Outbound, since: datetime, others: Collection[str]) -> str:
        return f"{self.name}-{message.id}" if any(each.id == message.id for each in self.sent) else ""

    async def close(self) -> None:
        """Nothing to close."""

    def _check(self, message: Outbound) -> None:
        most = self.limits.interactive_text if message.layout != "plain" else self.limits.text
        assert 0 < len(message.text.encode("utf-16-le")) // 2 <= most, "a provider would refuse this length"
        assert (
            len(message.choices)
            <= {"plain": 0, "buttons": self.limits.buttons, "list": self.limits.rows}[message.layout]
        )


class Heard(NamedTuple):
    """A message as its receiver met it: what was said by key, and how it looked."""

    keys: tuple[str, ...]
    message: Outbound

    @property
    def options(self) -> tuple[str, ...]:
        return tuple(choice.id for choice in self.message.choices)


class World:
    """The bot with its surroundings. People are addresses; what they get to read comes back from `say`."""

    def __init__(self, bot: Bot, clock: Clock, lines: Mapping[str, Line]) -> None:
        self.bot = bot
        self.clock = clock
        self.lines = lines
        self.engines: dict[str, Engine] = {}  # see `translating`
        self._ids = itertools.count(1)
        self._said: dict[int, tuple[str, ...]] = {}  # an outbox row never changes its keys
        self._web: tuple[Bot, Starlette] | None = None

    # --- what people do
    async def say(
        self, who: Address, text: str = "", *, choice: str = "", ours: str = "", kind: str = "text", settle: bool = True
    ) -> list[str]:
        """She writes or taps; the keys of what she reads next. Without `settle` the bot does not read it yet."""
        self.clock.move(self.clock() + A_MOMENT)
        kind = "choice" if choice else kind
        message = Inbound(f"in-{next(self._ids)}", who, text, choice, ours, kind)
        self.write(lambda tx: receive.store(tx, [message], self.clock()))
        return await self.settled(who) if settle else []

    async def tap(self, who: Address, choice: str) -> list[str]:
        """She taps an option of the last message she got."""
        return await self.say(who, choice=choice, ours=self.read(who)[-1].message.id)

    async def settled(self, who: Address) -> list[str]:
        """Let the bot come to rest; the keys of what `who` reads because of it."""
        before = len(self.read(who))
        self.clock.move(self.clock() + A_MOMENT)
        await self.bot.settle()
        return [key for heard in self.read(who)[before:] for key in heard.keys]

    async def later(self, who: Address | None = None, **span: float) -> list[str]:
        """Time passes as it would have; the keys of what `who` reads meanwhile."""
        before = len(self.read(who)) if who else 0
        await play(self.clock, self.bot, self.clock() + timedelta(**span))
        return [key for heard in self.read(who)[before:] for key in heard.keys] if who else []

    def read(self, who: Address) -> list[Heard]:
        """All that she got, in order."""
        got = [message for message in self.lines[who.channel].sent if message.to == who]
        return [Heard(self._keys(message), message) for message in got]

    def last(self, who: Address) -> Heard:
        return self.read(who)[-1]

    # --- what the house does
    def code(self, guardian: str, school: str = "brug", purpose: str = "letter") -> str:
        """A fresh code for a guardian of the school's file."""
        return self.write(
            lambda tx: codes.make(tx, _guardian(tx, guardian, school, self.clock()), school, purpose, self.clock())
        )

    def enrol(self, guardian: str, who: Address, school: str = "brug", purposes: tuple[str, ...] = PURPOSES) -> int:
        """She enrolled a while ago: her address is linked, her language known, her consent given. Her contact id."""
        return self.write(lambda tx: enrol(tx, guardian, who, school, purposes, self.clock()))

    def restart(self, **changes: Any) -> None:
        """The bot begins again on the same database; `changes` are of its Config."""
        config = replace(self.bot.config, **changes)
        machines = Machines(config, self.engines)
        self.bot = Bot(
            config, self.bot.database, clock=self.clock, channels=self.lines, books=books(config), machines=machines
        )
        self.write(lambda tx: self.bot.books.publish(tx, self.clock()))

    def translating(self, engine: Engine) -> None:
        """The bot begins again with this machine, for every school and pair. See tests/fakes/translators.py."""
        self.engines = {engine.name: engine}
        self.restart(translation=Translation(engine.name))

    def web(self) -> Starlette:
        """The web side of the bot that is there now; one, as in the house, for all who look."""
        if self._web is None or self._web[0] is not self.bot:
            self._web = self.bot, application(self.bot)
        return self._web[1]

    def queue(self, who: Address, cls: str = "plan", **given: Any) -> int:
        """Lay one message into the outbox; its row's id. `key` and `text` are what it says."""
        fields = {name: Value("name", "juf Janneke") for name in ("leerkracht", "school")}
        fields["tekst"] = Value("text", given.pop("text", "Tot morgen!"))
        parts = [Part(given.pop("key", "draad.antwoord"), fields)]
        draft = Draft(self.contact(who), cls, **{"purpose": "school", "school": "brug", **given}, parts=parts)
        self.write(lambda tx: queue.put(tx, [draft], self.clock()))
        return int(self.rows(select(func.max(t.outbox.c.id).label("id")))[0].id)

    def outbox(self, row_id: int) -> Row[Any]:
        return self.rows(select(t.outbox).where(t.outbox.c.id == row_id))[0]

    def state(self, row_id: int) -> tuple[str, str | None]:
        """What became of a message, and why."""
        row = self.outbox(row_id)
        return row.status, row.reason

    async def post(self, seconds: float = 0.1) -> None:
        """A little later: ask about messages in doubt, then send what may leave."""
        self.clock.move(self.clock() + timedelta(seconds=seconds))
        await self.bot.look_after_doubt(self.clock())
        await self.bot.settle()

    def note(self, who: Address, kind: str, payload: dict[str, Any]) -> None:
        """The house lays an event into the inbox."""
        key = f"test:{next(self._ids)}"
        self.write(lambda tx: put(tx, [Note(self.contact(who), kind, key, payload)], self.clock()))

    def address(self, who: Address) -> int:
        with self.bot.database.read() as tx:
            found = select(t.address.c.id).where(t.address.c.find == tx.find(str(who)))
            return int(tx.execute(found).scalar_one())

    def contact(self, who: Address) -> int:
        """The contact this address belongs to."""
        with self.bot.database.read() as tx:
            found = select(t.address.c.contact_id).where(t.address.c.find == tx.find(str(who)))
            return int(tx.execute(found).scalar_one())

    def words(self, thread_id: int | None = None) -> list[str]:
        """What parents wrote into the open threads, in order."""
        with self.bot.database.read() as tx:
            open_ones = [thread for thread in threads.waiting(tx) if thread_id in (None, thread.id)]
        return [said.text for thread in open_ones for said in thread.messages if said.side == "parent"]

    def rows(self, statement: Any) -> list[Row[Any]]:
        """What the database holds."""
        with self.bot.database.read() as tx:
            return list(tx.execute(statement).all())

    def inbox(self) -> list[str]:
        """The states of all letters, each once."""
        return sorted({row.state for row in self.rows(select(t.inbox.c.state))})

    def write(self, work: Callable[[Tx], T]) -> T:
        with self.bot.database.begin() as tx:
            return work(tx)

    def _keys(self, message: Outbound) -> tuple[str, ...]:
        row_id = int(message.id.partition("-")[0])
        if row_id not in self._said:
            with self.bot.database.read() as tx:
                sealed = tx.execute(select(t.outbox.c.parts).where(t.outbox.c.id == row_id)).scalar_one()
                self._said[row_id] = tuple(part.key for part in load_parts(tx.open("outbox.parts", sealed))[0])
        return self._said[row_id]


def open_schools(tx: Tx, home: Path) -> None:
    """The families and teachers of both schools, as the office imports them."""
    for school, families in FAMILIES.items():
        file = home / f"{school}.csv"
        file.write_text(families, encoding="utf-8")
        roster.load(tx, school, YEAR, roster.read(file), MONDAY)
    for school, key, name, group in TEACHERS:
        staff.add(tx, school, key, name, "leerkracht", [group], YEAR)


def enrol(tx: Tx, guardian: str, who: Address, school: str, purposes: Iterable[str], now: datetime) -> int:
    """See World.enrol."""
    contact_id = _guardian(tx, guardian, school, now)
    found = contacts.resolve(tx, [who], now)
    contacts.link(tx, found[who][1], contact_id, now)
    consent.give(tx, contact_id, school, who.channel, purposes, "ja", None, now)
    return contact_id


def _guardian(tx: Tx, name: str, school: str, now: datetime) -> int:
    rows = letters.rows(tx, school, YEAR, now)
    return next(row.contact_id for row in rows if row.guardian.startswith(name))


def furnish(tx: Tx, home: Path) -> None:
    """Both schools, and the four parents of the fixture `world`."""
    open_schools(tx, home)
    for guardian, who in ENROLLED.items():
        enrol(tx, guardian, who, "brug", PURPOSES, MONDAY)


@asynccontextmanager
async def opened(database: Database, home: Path, *, furnished: bool = False) -> AsyncIterator[World]:
    """The world on this database, which is empty or `furnished` already."""
    lines = {name: Line(name) for name in LIMITS}
    clock = Clock(MONDAY)
    config = settings(home)
    bot = Bot(config, database, clock=clock, channels=lines, books=books(config))
    with database.begin() as tx:
        if not furnished:
            open_schools(tx, home)
        bot.books.publish(tx, clock())
    yield World(bot, clock, lines)
