"""Brings updates to the bot's webhook: chats side by side, one chat strictly in order, again until it says 2xx."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

from bot.demo.network_hooks import Redelivery
from bot.demo.network_rules import Dice
from tests.fakes.telegram_book import Book

SECRET = "X-Telegram-Bot-Api-Secret-Token"
_TIMEOUT = httpx.Timeout(10, connect=3)


class Delivery:
    """The workers, one per chat with updates that wait. `done` hears how each ended: confirmed, or given up."""

    def __init__(self, book: Book, dice: Dice, redelivery: Redelivery, done: Callable[[int, bool], None]) -> None:
        self._book = book
        self._dice = dice
        self._redelivery = redelivery
        self._done = done
        self._workers: dict[int, asyncio.Task[None]] = {}
        limits = httpx.Limits(max_connections=16, keepalive_expiry=3)
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, limits=limits, trust_env=False)

    def wake(self) -> None:
        """Look for chats with updates that nobody brings yet."""
        if not self._book.hook.url:
            return
        for chat in {chat for chat, _ in self._book.waiting.values()} - set(self._workers):
            self._workers[chat] = asyncio.create_task(self._work(chat))

    async def stop(self) -> None:
        """Break off what is under way; it stays unconfirmed."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await self._client.aclose()

    async def _work(self, chat: int) -> None:
        try:
            while self._book.hook.url:
                key, update = next(self._book.of_chat(chat), (0, {}))
                if not key:
                    break
                await self._deliver(key, update)
        finally:
            del self._workers[chat]

    async def _deliver(self, key: int, update: dict[str, Any]) -> None:
        if self._dice.hit("delay"):
            await asyncio.sleep(self._dice.faults.delay_by)
        for attempt in range(self._redelivery.tries):
            if not self._book.hook.url or key not in self._book.waiting:
                return
            if await self._post(update):
                if self._dice.hit("double"):
                    await self._post(update)
                self._done(key, True)
                return
            await asyncio.sleep(self._redelivery.wait(attempt))
        self._done(key, False)

    async def _post(self, update: dict[str, Any]) -> bool:
        hook = self._book.hook
        headers = {"Content-Type": "application/json"} | ({SECRET: hook.secret} if hook.secret else {})
        try:
            response = await self._client.post(hook.url, content=json.dumps(update).encode(), headers=headers)
        except httpx.RequestError:
            self._book.last_error = "Connection refused"
            return False
        if not response.is_success:
            self._book.last_error = f"Wrong response from the webhook: {response.status_code}"
        return response.is_success
