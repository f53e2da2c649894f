"""Brings webhooks to the bot: phones side by side, one phone strictly in order, again until the bot confirms."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from bot.channels.phone import SIGNATURE, sign
from bot.demo.network_log import Hook
from bot.demo.network_rules import Dice
from bot.errors import ConfigError
from bot.model import Address

_AT_ONCE = 16
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TIMEOUT = httpx.Timeout(10, connect=3)
_ONE = httpx.Limits(max_connections=1, keepalive_expiry=3)


@dataclass(frozen=True, slots=True)
class Redelivery:
    """How a webhook without a 2xx is delivered again: the waits double from `first` to `most` seconds."""

    first: float = 0.05
    most: float = 1.0
    tries: int = 5000  # more than an hour; what comes behind it on this phone waits as long

    def wait(self, attempt: int) -> float:
        return min(self.first * 2.0 ** min(attempt, 20), self.most)


class Hooks:
    """The queue of webhooks of each phone. `done` hears how each ended: confirmed by the bot, or given up."""

    def __init__(
        self, bot: str, token: str, dice: Dice, done: Callable[[Hook, bool], None], redelivery: Redelivery
    ) -> None:
        address = urlsplit(bot)
        if address.hostname not in _LOOPBACK:
            raise ConfigError(f"the phones' network only speaks to a bot on this machine, not to {address.hostname}")
        self._bot = bot.rstrip("/")
        self._prefix = address.path.rstrip("/")
        self._token = token
        self._dice = dice
        self._done = done
        self._redelivery = redelivery
        self._queues: dict[Address, deque[Hook]] = {}
        self._workers: dict[Address, asyncio.Task[None]] = {}
        # A client for each connection: httpx looks at all connections of a pool before every request.
        context = httpx.create_ssl_context(trust_env=False)
        self._clients = [
            httpx.AsyncClient(verify=context, timeout=_TIMEOUT, limits=_ONE, follow_redirects=False, trust_env=False)
            for _ in range(_AT_ONCE)
        ]
        self._free: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        for client in self._clients:
            self._free.put_nowait(client)

    def put(self, hook: Hook) -> None:
        """Queue a webhook behind those of the same phone; needs a running event loop."""
        self._queues.setdefault(hook.phone, deque()).append(hook)
        if hook.phone not in self._workers:
            self._workers[hook.phone] = asyncio.create_task(self._work(hook.phone))

    async def stop(self) -> None:
        """Break off what is under way; it stays unconfirmed."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        for client in self._clients:
            await client.aclose()

    async def _work(self, phone: Address) -> None:
        queue = self._queues[phone]
        while queue:
            hook = queue[0]
            self._done(hook, await self._deliver(hook))
            queue.popleft()
        del self._workers[phone], self._queues[phone]

    async def _deliver(self, hook: Hook) -> bool:
        if self._dice.hit("delay"):
            await asyncio.sleep(self._dice.faults.delay_by)
        for attempt in range(self._redelivery.tries):
            if await self._post(hook):
                if self._dice.hit("double"):
                    await self._post(hook)
                return True
            await asyncio.sleep(self._redelivery.wait(attempt))
        return False

    async def _post(self, hook: Hook) -> bool:
        signature = sign(self._token, self._prefix + hook.path, hook.body)
        headers = {SIGNATURE: signature, "Content-Type": "application/json"}
        client = await self._free.get()
        try:
            response = await client.post(self._bot + hook.path, content=hook.body, headers=headers)
        except httpx.RequestError:
            return False
        finally:
            self._free.put_nowait(client)
        return response.is_success
