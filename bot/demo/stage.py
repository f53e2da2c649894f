"""The stage of the demo: the real bot, the phones' network and the clock, as the page needs them."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from bot.console.serve import cookie
from bot.console.visit import House
from bot.demo import colleagues, school
from bot.demo.clock import Clock, hour, moved, soon
from bot.demo.colleagues import Opened, Waiting
from bot.demo.network import Network
from bot.demo.network_log import PhoneMessage
from bot.demo.notes import notes
from bot.demo.school import PHONES, ZONE, Phone
from bot.demo.screen import SKINS, TICKS, Fact, Letter, Line
from bot.demo.week import weeks
from bot.people import logins
from bot.scheduler.playing import Playable, play
from bot.store.database import Tx

_MOMENT = timedelta(seconds=1)
PATIENCE = 3.0  # seconds that a page without scripts waits for the answer


class Bot(Playable, House, Protocol):
    """What the demo needs of the bot."""


class LiveStage:
    """Everything the page shows is read here, and everything one does on it goes through here."""

    phones = PHONES
    zone = ZONE

    def __init__(self, bot: Bot, network: Network, clock: Clock, home: Path) -> None:
        self._bot = bot
        self._network = network
        self._clock = clock
        self._home = home
        self._one_play = asyncio.Lock()
        self._played: tuple[datetime, str] | None = None
        self.closed = False
        self._moved = asyncio.Event()
        self._answering: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        return self._clock()

    def messages(self, phone: Phone) -> Sequence[PhoneMessage]:
        return self._network.messages(phone.address)

    def read(self, phone: Phone) -> None:
        self._network.read(phone.address)

    async def changed(self, version: int, timeout: float) -> int:
        """The phones changed, or the clock was moved, or the demo ends."""
        either = {
            asyncio.create_task(self._network.changed(version, timeout)),
            asyncio.create_task(self._moved.wait()),
        }
        _, late = await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        for each in late:
            each.cancel()
        return await self._network.changed(version, 0)

    def close(self) -> None:
        """Let go of every open page."""
        self.closed = True
        self._moved.set()

    async def next_due(self) -> datetime | None:
        return await self._bot.next_due()

    async def facts(self) -> Mapping[str, Fact]:
        now = self.now()

        def look(tx: Tx) -> dict[str, Fact]:
            addresses = [phone.address for phone in self.phones]
            lines, codes = notes(tx, addresses, now), school.letters(tx, now)
            coming = weeks(tx, self._bot.books.almanac, addresses, now, self._nudges, self._class)
            return {
                phone.name: _fact(phone, lines.get(phone.address, ""), codes, coming.get(phone.address, ()))
                for phone in self.phones
            }

        return await self._bot.database.fetch(look)

    def _nudges(self, version: str, step: str) -> bool:
        """Whether silence at this step is answered with words."""
        flow = self._bot.books.library.version(version)
        timeout = flow.steps[step].timeout if flow and step in flow.steps else None
        return bool(timeout and timeout.say)

    def _class(self, version: str) -> str:
        """What a pause goes by."""
        flow = self._bot.books.library.version(version)
        return flow.cls if flow else ""

    async def waiting(self) -> Waiting:
        return await self._bot.database.fetch(colleagues.waiting)

    async def sign_in(self, key: str) -> Opened | None:
        now = self.now()

        def begin(tx: Tx) -> str | None:
            row = colleagues.known(tx, key)
            return logins.begin(tx, row.id, now, proven=True) if row else None

        token = await self._bot.database.write(begin)
        return Opened(cookie(self._bot), token) if token else None

    async def invite(self) -> str:
        now = self.now()
        token = await self._bot.database.write(lambda tx: colleagues.invite(tx, now))
        return logins.link(self._bot.config, token)

    async def say(self, phone: Phone, text: str, *, choice: str = "", ours: str = "", kind: str = "text") -> None:
        message = await self._network.say(phone.address, text, choice=choice, ours=ours, kind=kind)
        await self._patiently(self._answered(phone, message))

    async def _answered(self, phone: Phone, message: str) -> None:
        version = 0
        while any(each.sid == message and each.status == "sent" for each in self.messages(phone)):
            version = await self.changed(version, PATIENCE)
        await self._settled()

    async def _settled(self) -> None:
        await self._bot.settle()
        while (due := await self._bot.next_due()) and (wait := due - self.now()) < _MOMENT:  # a sender takes turns
            await asyncio.sleep(max(0.01, wait.total_seconds()))
            await self._bot.settle()

    async def _patiently(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for the bot, but not for ever; what it has begun is never broken off."""
        task = asyncio.create_task(work)
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        await asyncio.wait({task}, timeout=PATIENCE)

    async def move(self, move: str) -> None:
        async with self._one_play:
            before = self.now()
            known = {each.sid for phone in self.phones for each in self.messages(phone)}
            await play(self._clock, self._bot, moved(before, move, self.zone))
            now = self.now()
            await self._bot.database.write(lambda tx: school.prepare(tx, self._home, now))  # letters live two weeks
            new = sum(each.sid not in known for phone in self.phones for each in self.messages(phone))
        count = {0: "er was niets te versturen", 1: "er ging één bericht weg"}.get(
            new, f"er gingen {new} berichten weg"
        )
        self._played = now, f"Tot {soon(now, before, self.zone)}: {count}."
        self._moved.set()
        self._moved = asyncio.Event()

    def lately(self) -> str:
        newest = max(
            ((each.at, each.who, phone, each.status) for phone in self.phones for each in self.messages(phone)[-1:]),
            key=lambda each: each[0],
            default=None,
        )
        if self._played and (newest is None or newest[0] <= self._played[0]):
            return self._played[1]
        if newest is None:
            return "Kies een telefoon en stuur de code uit de brief."
        at, who, phone, status = newest
        what = "schreef iets" if who == "parent" else f"kreeg een bericht: {TICKS.get(status, status)}"
        return f"{hour(at, self.zone)} · {phone.short} {what} ({SKINS[phone.channel]})"


def _fact(phone: Phone, line: str, codes: Mapping[str, str], week: tuple[Line, ...]) -> Fact:
    letters = tuple(Letter(name, codes[name]) for name in phone.guardians if name in codes)
    if not line:
        line = "nog niet ingeschreven: de brief ligt klaar" if letters else "" if phone.guardians else school.ON_DUTY
    return Fact(line, letters, week)
