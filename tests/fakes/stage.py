"""A stage for the demo page: real phones and their real network, and a bot that knows four answers."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bot.demo.clock import Clock, moved, soon
from bot.demo.colleagues import Opened, Waiting
from bot.demo.network import Network
from bot.demo.network_log import PhoneMessage
from bot.demo.page import demo_routes
from bot.demo.school import PHONES, ZONE, Phone
from bot.demo.screen import Fact, Letter, Line
from bot.model import Address, Choice, Outbound
from tests.fakes.server import free_port, serving

CODE = "7KQ2-9FMX"
CHOICES = {
    "lijst": ("list", ("Voor het slapen", "Na het eten", "In het weekend", "Lukt nu niet")),
    "knoppen": ("buttons", ("Ja", "Nee")),
}

WEEK = (
    Line("a", "di 19.30", "2026-11-24T19:30+01:00", "herinnering voorlezen"),
    Line(
        "b", "wo 16.00", "2026-11-25T16:00+01:00", "vraag over helpen op school", "wacht: hooguit 3 berichten per week"
    ),
    Line("c", "do 19.30", "2026-11-26T19:30+01:00", "herinnering rekenen", "pauze tot 21 dec: niet gestuurd", True),
    Line("d", "za 9.30", "2026-11-28T09:30+01:00", "vraag over het rapport"),
    Line("e", "ma 30 nov 16.00", "2026-11-30T16:00+01:00", "vraag over voorlezen"),
)


class Scripted:
    """The page's stage. Whoever writes `lijst` or `knoppen` is asked something; all else is repeated."""

    phones = PHONES
    zone = ZONE

    def __init__(self, home: Path, url: str) -> None:
        self.clock = Clock(home / "clock.json")
        self.network = Network(home / "network.jsonl", hooks=url, token="a token of this test", now=self.clock)
        self.closed = False
        self.held: dict[str, str] = {}
        self.weeks: dict[str, tuple[Line, ...]] = {}
        self.last = "De demo is begonnen."
        self._numbers = itertools.count(1)

    def now(self) -> datetime:
        return self.clock()

    def lately(self) -> str:
        return self.last

    def messages(self, phone: Phone) -> Sequence[PhoneMessage]:
        return self.network.messages(phone.address)

    async def facts(self) -> Mapping[str, Fact]:
        return {phone.name: self._fact(phone) for phone in self.phones}

    def _fact(self, phone: Phone) -> Fact:
        letters = () if self.messages(phone) else tuple(Letter(name, CODE) for name in phone.guardians)
        note = self.held.get(phone.name, "nog niet ingeschreven" if letters else "")
        return Fact(note, letters, self.weeks.get(phone.name, ()))

    async def waiting(self) -> Waiting:
        return Waiting(0)

    async def sign_in(self, key: str) -> Opened | None:
        return Opened("ouderbrug", "a token") if key == "janneke" else None

    async def invite(self) -> str:
        return "/console/uitnodiging/a-token"

    async def next_due(self) -> datetime | None:
        return None

    async def say(self, phone: Phone, text: str, *, choice: str = "", ours: str = "", kind: str = "text") -> None:
        told = len(self.messages(phone))
        await self.network.say(phone.address, text, choice=choice, ours=ours, kind=kind)
        while len(self.messages(phone)) < told + 2:
            await asyncio.sleep(0.005)

    def read(self, phone: Phone) -> None:
        self.network.read(phone.address)

    async def move(self, move: str) -> None:
        before = self.clock()
        self.clock.move(moved(before, move, self.zone))
        self.last = f"De klok ging naar {soon(self.clock(), before, self.zone)}."
        self.held["jan"] = "uitgesteld tot 7.00: stille uren"
        if move == "day":
            self.weeks = dict.fromkeys(("jan", "fatima"), WEEK)

    async def changed(self, version: int, timeout: float) -> int:
        return await self.network.changed(version, timeout)

    async def hook(self, request: Request) -> Response:
        """What the network brings: an answer to each message, nothing to receipts."""
        if "/status/" not in request.url.path:
            heard = await request.json()
            layout, labels = CHOICES.get(heard["text"], ("plain", ()))
            text = heard["text"].encode("utf-8", "replace").decode()[:1000].strip() or heard["kind"]
            await self.network.accept(
                Outbound(
                    f"m{next(self._numbers)}",
                    Address(request.path_params["channel"], heard["from"]),
                    f"Ik hoorde: {text}",
                    tuple(Choice(f"keuze{number}", label) for number, label in enumerate(labels, 1)),
                    layout,
                )
            )
        return Response(status_code=204)

    def app(self) -> Starlette:
        hooks = [
            Route(path, self.hook, methods=["POST"]) for path in ("/hooks/{channel}", "/hooks/{channel}/status/{id}")
        ]
        return Starlette(routes=[*demo_routes(self), *hooks, Mount("/network", self.network.app())])


@contextmanager
def playing(home: Path) -> Iterator[str]:
    """The page over real HTTP, in a thread of its own; gives its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        stage = Scripted(home, url)
        await stage.network.start()
        async with serving(stage.app(), port):
            ready.set()
            while not stop.is_set():
                await asyncio.sleep(0.02)
            stage.closed = True
        await stage.network.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10), "the page did not start"
        yield url
    finally:
        stop.set()
        thread.join()
