"""Takes letters to their channels, each channel at its own pace: a slow provider holds up nobody else's letters."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.channels.base import Clock
from bot.outbox import due, send
from bot.outbox.breaker import Breaker
from bot.outbox.claim import Letter, Post
from bot.outbox.send import Outcome
from bot.store.database import Database, Tx

A_MOMENT = 0.05  # seconds in which what comes back is gathered, to be written down together


class Postman:
    """One process's letters under way. `wake` is called when a round would find something to do."""

    def __init__(self, database: Database, post: Post, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._post = post
        self._clock = clock
        self._wake = wake
        self._hands = {name: each.at_once for name, each in post.config.channels.items()}
        self._under_way: Counter[str] = Counter()  # what is not yet written down
        self._tasks: set[asyncio.Task[None]] = set()
        self._back: list[Outcome] = []
        self._breaker = Breaker()
        self._looked_at: datetime | None = None
        self._begun = False
        self._stopping = False
        self._rounds = asyncio.Lock()

    async def round(self) -> int:
        """Write down what came back, claim what may go, send it off; returns how many rows it touched."""
        async with self._rounds:
            now = self._looked_at = self._clock()
            hands = {name: most - self._under_way[name] for name, most in self._hands.items()}
            back, self._back = self._back, []

            def work(tx: Tx) -> tuple[list[Letter], int]:
                if not self._begun:
                    due.leave_lanes(tx, self._post.config)
                send.note(tx, self._post, back, now, self._breaker)
                return ([], 0) if self._stopping else send.claim(tx, self._post, now, hands=hands)

            try:
                letters, looked = await self._database.write(work)
            except BaseException:
                self._back = back + self._back  # written down when the database is there again
                raise
            self._begun = True
            self._under_way.subtract(each.letter.channel for each in back)
            self._send_off(letters)
            return looked + len(back)

    async def look(self, now: datetime) -> None:
        """Ask about messages whose sender died or whose answer never came; what is heard is for the next round."""
        async with self._rounds:
            if not self._stopping:
                self._send_off(await self._database.write(lambda tx: send.reclaim(tx, self._post, now)))

    async def landed(self) -> bool:
        """Wait until everything under way has come back; whether there is something to write down."""
        if self._tasks:
            await asyncio.gather(*self._tasks)
        return bool(self._back)

    async def next_moment(self) -> datetime | None:
        """What was due at the last look and is still here waits for something else than time."""
        return await self._database.fetch(lambda tx: due.next_moment(tx, self._post.config, self._looked_at))

    def leave_off(self) -> None:
        """Begin nothing new."""
        self._stopping = True

    async def stop(self) -> None:
        """Wait for what is under way and write it down."""
        self.leave_off()
        while await self.landed():
            await self.round()

    def _send_off(self, letters: Sequence[Letter]) -> None:
        self._under_way.update(letter.channel for letter in letters)
        for letter in letters:
            task = asyncio.create_task(self._take(letter), name="letter")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _take(self, letter: Letter) -> None:
        channels, workshop = self._post.channels, self._post.workshop
        outcome = await send.post_one(letter, channels, self._clock, lambda: self._stopping, workshop)
        if not self._back:
            asyncio.get_running_loop().call_later(A_MOMENT, self._wake)
        self._back.append(outcome)
