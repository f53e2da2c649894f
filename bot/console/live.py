"""What has changed lately, for open pages: one look a second per school, however many pages listen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Any

from sqlalchemy import func, select

from bot.console.visit import House
from bot.store import tables as t
from bot.store.database import Tx

LOOK = 1.0  # seconds between two looks
ALIVE = 20.0  # seconds after which a silent line says that it is still there
MOST = 400  # pages that listen at once: the lines that are left are for webhooks and pages; the others ask each minute
Stamp = tuple[Any, ...]


def stamp(tx: Tx, school: str) -> Stamp:
    """Something else as soon as a page of this school may look different."""
    th, c, a, s = t.thread.c, t.code.c, t.absence.c, t.audit.c
    newest = (
        select(func.max(th.changed_at)).where(th.school == school),
        select(func.max(c.used_at)).where(c.school == school, c.used_at.is_not(None)),
        select(func.max(a.id)).where(a.school == school),
        select(func.max(a.at)).where(a.school == school),
        select(func.max(a.withdrawn_at)).where(a.school == school, a.withdrawn_at.is_not(None)),
        select(func.max(s.id)).where(s.school == school),
    )
    row = tx.execute(select(*(each.scalar_subquery().label(f"n{place}") for place, each in enumerate(newest)))).one()
    return tuple(row)


class Watch:
    """The newest stamp of each school; whoever asks first looks, the others wait for her answer."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.listening = 0
        self._seen: dict[str, tuple[float, Stamp]] = {}
        self._looking = asyncio.Lock()

    async def newest(self, schools: tuple[str, ...]) -> tuple[Stamp, ...]:
        async with self._looking:
            late = [school for school in schools if self._seen.get(school, (-LOOK,))[0] <= monotonic() - LOOK]
            if late:
                found = await self._house.database.fetch(lambda tx: {school: stamp(tx, school) for school in late})
                self._seen |= {school: (monotonic(), each) for school, each in found.items()}
        return tuple(self._seen[school][1] for school in schools)

    async def lines(self, schools: tuple[str, ...], still_in: Callable[[], Any]) -> AsyncIterator[str]:
        """Server-sent events: `changed` whenever a page may look different, until she is signed out."""
        self.listening += 1
        try:
            async for line in self._lines(schools, still_in):
                yield line
        finally:
            self.listening -= 1

    async def _lines(self, schools: tuple[str, ...], still_in: Callable[[], Any]) -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        seen = await self.newest(schools)
        asked = monotonic()
        while not self._house.stopping:
            await asyncio.sleep(LOOK)
            if monotonic() - asked > ALIVE:  # also where a busy school leaves no silence
                asked = monotonic()
                if not await still_in():
                    return
                yield ": still here\n\n"
            now = await self.newest(schools)
            if now != seen:
                seen = now
                yield "event: changed\ndata: 1\n\n"
