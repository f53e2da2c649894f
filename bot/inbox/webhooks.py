"""Where providers bring what came in: checked, stored, and only then answered."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog

from bot.channels.base import Channel, Insists, Tidies
from bot.errors import ForgedRequest, place
from bot.inbox.receive import Mail
from bot.model import Request

log = structlog.get_logger()
BODY = 64 * 1024  # the largest webhook
COMMIT = 5.0  # seconds: a webhook that is not stored by then is answered 503, and comes again
TIDIES = 20  # politenesses under way at once; beyond that they are left out


class Webhooks:
    """`take` returns when mail is committed; `noted` is told whether it could be stored."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        take: Callable[[list[Mail]], Awaitable[None]],
        noted: Callable[[bool], None],
    ) -> None:
        self._channels = channels
        self._take = take
        self._noted = noted
        self._tidying: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def receive(self, channel: str, request: Request) -> int:
        """One webhook: check, store, and only then answer with an HTTP status."""
        driver = self._channels.get(channel)
        if driver is None:
            return 404
        if len(request.body) > BODY:
            return 413
        try:
            mail = driver.read(request)
        except ForgedRequest:
            return 403
        except ValueError:
            log.warning("webhook_senseless", channel=channel)
            return 200 if isinstance(driver, Insists) else 400
        if mail and not await self._stored(channel, mail):
            return 503
        if isinstance(driver, Tidies):
            self._tidy(driver, request)
        return 200

    async def _stored(self, channel: str, mail: list[Mail]) -> bool:
        """Whether it is committed, within the time that a provider waits."""
        try:
            async with asyncio.timeout(COMMIT):
                await self._take(mail)
        except Exception as error:  # whatever is wrong with the database: the provider must bring it again
            self._noted(False)
            log.error("webhook_not_stored", channel=channel, error=type(error).__name__, at=place(error))
            return False
        self._noted(True)
        return True

    def _tidy(self, driver: Tidies, request: Request) -> None:
        if len(self._tidying) < TIDIES and not self._stopping:
            task = asyncio.create_task(_politely(driver, request))
            self._tidying.add(task)
            task.add_done_callback(self._tidying.discard)

    def leave_off(self) -> None:
        """Be polite no more; what comes in is stored to the end."""
        self._stopping = True

    async def stop(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._tidying, return_exceptions=True)


async def _politely(driver: Tidies, request: Request) -> None:
    with suppress(Exception):  # it may as well not happen
        await driver.tidy(request)
