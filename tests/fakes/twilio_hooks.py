"""How the stand-in of Twilio calls the bot: signed as Twilio signs, repeated as the address asks, else lost."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from bot.demo.network_log import Event
from bot.demo.network_rules import Dice

_AT_ONCE = 16
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TIMEOUT = httpx.Timeout(15, connect=5)
_NO_TLS = httpx.create_ssl_context(trust_env=False)  # only this machine is called; made once, for it takes a while
_ONE = httpx.Limits(max_connections=1, keepalive_expiry=3)


def signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """X-Twilio-Signature: base64 of an HMAC-SHA1 over the address and the fields in the order of their names."""
    said = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


@dataclass(frozen=True, slots=True)
class Pace:
    """How a webhook is delivered again: the waits double from `first` to `most` seconds. Twilio gives up after 15."""

    first: float = 0.05
    most: float = 3.0
    forgiving: bool = False  # repeats until it is heard, which Twilio does not

    def wait(self, attempt: int) -> float:
        return min(self.first * 2.0 ** min(attempt, 20), self.most)


class Hooks:
    """Brings webhooks, many at once and in no order. `done` hears the key of each, and whether the bot took it."""

    def __init__(
        self, bot: str, public: str, token: Callable[[], str], dice: Dice, done: Callable[[str, bool], None], pace: Pace
    ) -> None:
        """`public`: the bot's address as Twilio knows it, where a proxy stands before it; "" where none does."""
        self._bot = bot.rstrip("/")
        self._public = public.rstrip("/") or self._bot
        self._token, self._dice, self._done, self._pace = token, dice, done, pace
        self._tasks: set[asyncio.Task[None]] = set()
        self._clients = [
            httpx.AsyncClient(verify=_NO_TLS, timeout=_TIMEOUT, limits=_ONE, trust_env=False) for _ in range(_AT_ONCE)
        ]
        self._free: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        for client in self._clients:
            self._free.put_nowait(client)

    def place(self, url: str) -> str:
        """Where this address really is on this machine. Raises ValueError for one that leads elsewhere."""
        real = url.replace(self._public, self._bot, 1) if url.startswith(self._public + "/") else url
        if urlsplit(real).hostname not in _LOOPBACK:
            raise ValueError("an address that is not on this machine")
        return real

    async def fetch(self, url: str) -> tuple[str, bytes]:
        """The file at an address of the bot, as Twilio asks for it: its head first. Nothing where it is not there."""
        client = await self._free.get()
        try:
            head, found = [await client.request(how, self.place(url)) for how in ("HEAD", "GET")]
        except (httpx.RequestError, ValueError):
            return "", b""
        finally:
            self._free.put_nowait(client)
        said = [each.headers.get("content-type", "").partition(";")[0] for each in (head, found)]
        return (said[1], found.content) if found.status_code == 200 and said[0] == said[1] else ("", b"")

    def put(self, *hooks: Event, after: float = 0) -> None:
        """Bring these webhooks, one after the other; others overtake them."""
        task = asyncio.create_task(self._bring(hooks, after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Break off what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for client in self._clients:
            await client.aclose()

    async def _bring(self, hooks: tuple[Event, ...], after: float) -> None:
        if self._dice.hit("delay"):
            after += self._dice.faults.delay_by
        await asyncio.sleep(after)
        for hook in hooks:
            if self._dice.hit("lose_hook"):
                self._done(hook["key"], False)
                continue
            taken = await self._deliver(hook)
            if taken and self._dice.hit("double"):
                await self._post(hook)
            self._done(hook["key"], taken)

    async def _deliver(self, hook: Event) -> bool:
        _, _, fragment = hook["url"].partition("#")
        asked = dict(parse_qsl(fragment))
        tries, always = 1 + int(asked.get("rc", "1")), asked.get("rp", "ct") == "all"
        attempt = 0
        while self._pace.forgiving or attempt < tries:
            status = await self._post(hook)
            if 200 <= status < 300:
                return True
            if status and not always and not self._pace.forgiving:
                return False  # it was answered; without rp=all that is the end
            await asyncio.sleep(self._pace.wait(attempt))
            attempt += 1
        return False

    async def _post(self, hook: Event) -> int:
        """The status of the answer; 0 where there was none."""
        url = hook["url"].partition("#")[0]
        headers = {
            "X-Twilio-Signature": signature(self._token(), url, hook["fields"]),
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "I-Twilio-Idempotency-Token": hook["key"],
        }
        client = await self._free.get()
        try:
            body = urlencode(hook["fields"]).encode()
            return (await client.post(self.place(url), content=body, headers=headers)).status_code
        except httpx.RequestError:
            return 0
        finally:
            self._free.put_nowait(client)
