"""A stage for rehearsals: the real bot and its database, a clock that we move, and channels without a wire."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, groupby
from typing import NamedTuple, Protocol

from sqlalchemy import func, select

from bot.channels.phone import LIMITS
from bot.check import deciding, gathering, shelving
from bot.check.casting import SCHOOLS, Heard, Parent, Role, cast
from bot.check.polling import asked, usual
from bot.check.talking import begun, lay
from bot.check.transcript import Evening, Poll, Shelved, Talks
from bot.config import ChannelSettings, Config
from bot.desk.books import Books
from bot.inbox.put import Note, put
from bot.model import Address, Inbound, Outbound, Receipt, Request
from bot.outbox.forms import Message
from bot.outbox.queue import load_parts
from bot.outbox.words import TRANSLATING
from bot.scheduler.playing import Playable, play
from bot.store.database import Database, Tx
from bot.store.tables import contact, outbox
from bot.translation.catalogue import Catalogue
from bot.translators import Translation

_SENDERS = {"whatsapp": "+31612000001", "sms": "+31612000002", "telegram": "debrug_bot"}
_A_BREATH = timedelta(seconds=1)  # before she answers


class Bot(Playable, Protocol):
    """What the stage needs of the bot."""

    books: Books

    @property
    def database(self) -> Database: ...

    @property
    def config(self) -> Config: ...

    @property
    def catalogue(self) -> Catalogue: ...

    async def receive(self, channel: str, request: Request) -> int: ...


class Said(NamedTuple):
    """What a parent types, or the option she taps under a message of ours."""

    text: str = ""
    choice: str = ""
    ours: str = ""


class Clock:
    """A clock that stands still until it is moved, and never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def move(self, to: datetime) -> None:
        self._now = max(self._now, to)


class Wireless:
    """A channel that keeps what it is given to send; with the limits of the real one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.limits = LIMITS[name]
        self.sent: list[Outbound] = []

    def read(self, request: Request) -> list[Inbound | Receipt]:
        raw = json.loads(request.body)
        return [Inbound(**{**raw, "sender": Address(*raw["sender"])})]

    async def send(self, message: Outbound) -> str:
        self.sent.append(message)
        return f"{self.name}-{message.id}"

    async def close(self) -> None:
        self.sent.clear()


def channels() -> dict[str, Wireless]:
    return {name: Wireless(name) for name in LIMITS}


def settings(config: Config) -> Config:
    """The flows, texts and hours of this configuration: fictional schools, lines on which nobody waits, no machine."""
    lines = {name: ChannelSettings(name, "phone", sender=sender, rate=1e5) for name, sender in _SENDERS.items()}
    schools = {school.key: school for school in SCHOOLS}
    return replace(config, schools=schools, channels=lines, translation=Translation())


class Stage:
    """A rehearsal. Several parents may stand on it: each line is played by all of them at once."""

    def __init__(
        self, bot: Bot, clock: Clock, lines: Mapping[str, Wireless], parents: Iterable[Parent] = ()
    ) -> None:  # fmt: skip
        """`parents`: who stands on it already."""
        self.bot = bot
        self.clock = clock
        self._lines = lines
        self._parents = {parent.address: parent for parent in parents}
        self._ids = count(1)
        self._rounds: dict[int, int] = {}  # of whom, and which
        self._evenings: dict[int, int] = {}

    async def open(self, talks: Talks, parents: Iterable[Parent]) -> None:
        """A round of talks in which each of these parents may book."""
        config, now = self.bot.config, self.clock()

        def make(tx: Tx) -> None:
            for each in parents:
                self._rounds[each.contact_id] = lay(tx, config, talks, each, now)

        await self.bot.database.write(make)

    async def offer(self, shelved: Shelved, parents: Iterable[Parent]) -> None:
        """What partners offer to these parents, in place of the school's own file."""
        now = self.clock()
        self.bot.books = replace(self.bot.books, shelf=shelving.shelf(shelved, now))

        def lay(tx: Tx) -> None:
            for each in parents:
                shelving.lay(tx, shelved, each, now)

        await self.bot.database.write(lay)

    async def gather(self, evening: Evening, parents: Iterable[Parent]) -> None:
        """Something to come to, for each of these parents her own."""
        config, now = self.bot.config, self.clock()

        def lay(tx: Tx) -> None:
            for each in parents:
                self._evenings[each.contact_id] = gathering.lay(tx, config, evening, each, now)

        await self.bot.database.write(lay)

    async def cast(self, roles: Sequence[Role]) -> list[Parent]:
        """Let these parents enter."""
        parents = await self.bot.database.write(lambda tx: cast(tx, roles, self.clock()))
        self._parents |= {parent.address: parent for parent in parents}
        return parents

    async def begin(self, flow: str, parents: Iterable[Parent], poll: Poll | None = None) -> None:
        """The house begins a flow with each of these parents; with a poll, each is asked her own."""
        start = {"flow": flow, "school": SCHOOLS[0].key, "fields": {}}
        poll = poll or usual(flow)

        def lay(tx: Tx) -> None:
            given = {each: asked(tx, flow, poll, each, self.clock()) if poll else {} for each in parents}
            rounds = {each: self._rounds[each.contact_id] for each in given if each.contact_id in self._rounds}
            given |= {each: begun(tx, flow, number, each) for each, number in rounds.items()}
            given |= {each: deciding.begun(tx, flow, each, self.clock()) for each in given if flow in deciding.FLOWS}
            given |= {each: shelving.begun(tx, each) for each in given if flow in shelving.FLOWS}
            given |= {
                each: gathering.begun(tx, flow, self._evenings[each.contact_id])
                for each in given
                if each.contact_id in self._evenings
            }
            put(
                tx,
                [
                    Note(each.contact_id, "start", f"rehearsal:{next(self._ids)}", {**start, **more})
                    for each, more in given.items()
                ],
                self.clock(),
            )

        await self.bot.database.write(lay)
        await self._settle()

    async def say(self, said: Mapping[Parent, Said]) -> None:
        """Each of these parents says something, a breath after the last line; the bot answers."""
        self.clock.move(self.clock() + _A_BREATH)
        await asyncio.gather(*(self._deliver(parent, each) for parent, each in said.items()))
        await self._settle()

    async def _deliver(self, parent: Parent, said: Said) -> None:
        kind = "choice" if said.choice else "text"
        letter = {
            "id": f"in-{next(self._ids)}", "sender": parent.address, "text": said.text, "choice": said.choice,
            "ours": said.ours, "kind": kind,
        }  # fmt: skip
        request = Request("/", {}, json.dumps(letter).encode())
        status = await self.bot.receive(parent.address.channel, request)
        if status != 200:
            raise RuntimeError(f"the bot answered a message with {status}")

    async def wait(self, span: timedelta) -> None:
        """Let time pass, from due moment to due moment."""
        await play(self.clock, self.bot, self.clock() + span)
        await self._hand_over()

    async def _settle(self) -> None:
        """Until all is said, also what waited for somebody's own words in her language."""
        await self.bot.settle()
        while soon := await self.bot.database.fetch(_translated):
            self.clock.move(soon)
            await self.bot.settle()
        await self._hand_over()

    async def _hand_over(self) -> None:
        """Give every parent what was sent to her since the last time."""
        sent = [message for line in self._lines.values() for message in line.sent if message.to in self._parents]
        for line in self._lines.values():
            line.sent.clear()
        rows = [(int(message.id.partition("-")[0]), message) for message in sent]
        if rows:
            found = await self.bot.database.fetch(lambda tx: _contents(tx, {row for row, _ in rows}))
            for row, same in groupby(sorted(rows, key=lambda each: each[0]), key=lambda each: each[0]):
                messages = tuple(message for _, message in same)
                parent = self._parents[messages[0].to]
                parent.contact_id, heard = found[row]
                parent.heard.append(heard._replace(messages=messages))


def _translated(tx: Tx) -> datetime | None:
    """When what waits for its words may leave."""
    waits = outbox.c.status == "queued", outbox.c.reason == TRANSLATING
    return tx.execute(select(func.min(outbox.c.due_at)).where(*waits)).scalar()


def _contents(tx: Tx, rows: Iterable[int]) -> dict[int, tuple[int, Heard]]:
    """To whom the outbox wrote these rows, what it meant to say, and in which language."""
    found = {}
    columns = select(outbox.c.id, outbox.c.contact_id, outbox.c.parts, contact.c.language)
    said = columns.join(contact, contact.c.id == outbox.c.contact_id).where(outbox.c.id.in_(sorted(rows)))
    for row in tx.execute(said):
        message = Message(*load_parts(tx.open("outbox.parts", row.parts)))
        found[row.id] = row.contact_id, Heard(message, tx.open("contact.language", row.language))
    return found
