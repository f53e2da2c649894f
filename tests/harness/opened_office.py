"""Both schools open in a thread of their own, over real HTTP: for browsers that people use."""

import asyncio
import shutil
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from playwright.sync_api import Browser, BrowserContext

from bot.console.serve import cookie
from bot.people import logins, staff
from bot.store.database import Database
from bot.store.sealed import Ring
from bot.translation.machine import Engine
from tests.fakes.server import serving
from tests.harness.office import employ
from tests.harness.rights import PEOPLE, People, people
from tests.world import World, opened

T = TypeVar("T")


class OpenOffice(NamedTuple):
    """A bot at work; `call` lets people do something in its thread, such as `call(world.say(FATIMA, "hallo"))`."""

    url: str
    world: World
    people: People
    loop: asyncio.AbstractEventLoop
    tokens: dict[str, str]  # all her windows are of one browser

    def call(self, work: Awaitable[T]) -> T:
        async def done() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result(60)

    def token(self, key: str) -> str:
        """A browser's token, for who works here."""
        if key not in self.tokens:
            self.tokens[key] = self.world.write(
                lambda tx: logins.begin(tx, staff.by_key(tx, PEOPLE[key], key).id, self.world.clock(), proven=True)
            )
        return self.tokens[key]

    def browser_of(self, key: str, browser: Browser, **options: Any) -> BrowserContext:
        """A browser window in which she is signed in ("" for nobody)."""
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        if key:
            context.add_cookies([{"name": cookie(self.world.bot), "value": self.token(key), "url": self.url}])
        return context


@contextmanager
def open_office(furnished: Path, home: Path, ring: Ring, engine: Engine | None = None) -> Iterator[OpenOffice]:
    """Both schools with a row of every kind for everybody, on SQLite, at four on a Monday. `engine`: translates."""
    shutil.copy(furnished, home / "office.db")
    ready, over, given = threading.Event(), asyncio.Event(), []

    async def serve() -> None:
        database = Database(f"sqlite:///{home / 'office.db'}", ring)
        async with opened(database, home, furnished=True) as world:
            if engine:
                world.translating(engine)
            employ(world)
            there = await people(world)
            await world.bot.start(ticking=False)
            async with serving(world.web()) as url:
                given.append(OpenOffice(url, world, there, asyncio.get_running_loop(), {}))
                ready.set()
                await over.wait()
                world.bot.leave_off()  # open pages are let go
            await world.bot.stop()

    thread = threading.Thread(target=asyncio.run, args=[serve()], daemon=True)
    thread.start()
    assert ready.wait(60), "the office did not open"
    try:
        yield given[0]
    finally:
        given[0].loop.call_soon_threadsafe(over.set)
        thread.join(30)
