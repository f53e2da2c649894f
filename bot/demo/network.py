"""The phones' network: plays WhatsApp, SMS and Telegram with their limits, over HTTP on this machine alone.

As strict as a real provider: it knows no idempotency, accepts what it is given once more, and remembers all of it.
"""

import argparse
import asyncio
import json
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette

from bot.channels.phone import PEOPLE, wire
from bot.demo.network_hooks import Hooks, Redelivery
from bot.demo.network_http import application
from bot.demo.network_log import Book, Event, Hook, Log, PhoneMessage, receipt_key, restore
from bot.demo.network_rules import READ_RECEIPTS, Dice, Faults, check
from bot.demo.samples import Sample, sample
from bot.errors import BotError, Rejected
from bot.model import Address, Outbound


class Network:
    """The phones, their messages and their faults. Lives in one event loop, between `start` and `stop`."""

    def __init__(
        self,
        log: Path,
        *,
        hooks: str,
        token: str,
        now: Callable[[], datetime],
        faults: Faults | None = None,
        redelivery: Redelivery | None = None,
    ) -> None:
        """`hooks` is the bot's address, on this machine. Restores what the log holds; raises ConfigError."""
        self._now = now
        self.token = token
        self.dice = Dice(faults or Faults())  # may be loaded anew at any time
        self._hooks = Hooks(hooks, token, self.dice, self._confirmed, redelivery or Redelivery())
        self._book = Book()
        self._version = 0
        self._news = asyncio.Event()
        self._travelling: dict[str, asyncio.TimerHandle] = {}
        for event in restore(log):
            self._book.apply(event)
            self._version += 1
        self._log = Log(log)

    async def start(self) -> None:
        """Take up what was under way when the network stopped: webhooks not confirmed, messages not arrived."""
        for key in list(self._book.waiting):
            self._put(key)
        for sid in self._book.arriving():
            self._depart(sid)

    async def stop(self) -> None:
        """Stop delivering. What is under way is taken up at the next start."""
        for journey in self._travelling.values():
            journey.cancel()
        await self._hooks.stop()
        self._log.close()

    # --- the person with the phone ---

    async def say(
        self, address: Address, text: str = "", *, choice: str = "", ours: str = "", kind: str = "text"
    ) -> str:
        """She types, or taps the option `choice` of the message `ours`; the bot hears it. Returns the message's id.

        Raises ValueError where nobody can have this address, or the message has no such option.
        """
        if address.channel not in PEOPLE or not PEOPLE[address.channel].fullmatch(address.value):
            raise ValueError("nobody can have this address")
        if choice:
            text, kind = self._label(address, choice, ours), "choice"
        self.read(address)
        sid = f"IN{uuid4().hex}"
        told = {"text": text, "choice": choice, "ours": ours, "kind": kind}
        self._record({"what": "said", "id": sid, "channel": address.channel, "from": address.value, **told})
        await self._log.durable()
        self._put(sid)
        return sid

    def read(self, address: Address) -> None:
        """She looked: what had arrived is seen, and where the channel has read receipts the bot hears of it."""
        for message in self.messages(address):
            if not message.new:
                continue
            if address.channel in READ_RECEIPTS:
                self._advance(message.sid, "read")
            else:
                self._record({"what": "seen", "sid": message.sid})

    def messages(self, address: Address) -> list[PhoneMessage]:
        """What stands on a phone, both directions, in order."""
        return self._book.messages(address)

    async def changed(self, version: int, timeout: float) -> int:
        """Wait until something happened after `version`, `timeout` seconds at most; returns the newest version."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._version <= version:
                    await self._news.wait()
        return self._version

    def _label(self, address: Address, choice: str, ours: str) -> str:
        for message in self.messages(address):
            for option in message.choices if message.id == ours else ():
                if option.id == choice:
                    return option.label
        raise ValueError("there is no such option on this phone")

    # --- what becomes of a message ---

    async def accept(self, message: Outbound) -> str:
        """Take a message of the bot and bring it to its phone; returns the network's id.

        Raises Rejected where the channel would not take it.
        """
        check(message, self._book.heard_at(message.to), self._now())
        sid = f"PM{uuid4().hex}"
        lost = self.dice.hit("lose")
        self._record({"what": "accepted", "sid": sid, **wire(message), "lost": lost})
        await self._log.durable()
        self._put(receipt_key(sid, "sent"))
        if not lost:
            self._depart(sid)
        return sid

    def find(self, ours: str, since: datetime) -> str | None:
        """The network's id of the bot's message with this id, accepted at or after `since`."""
        return self._book.find(ours, since)

    def forget(self, sid: str) -> None:
        """What the network knows of this message goes; on the phone it stays."""
        self._record({"what": "forgotten", "sid": sid})

    def file(self, sid: str) -> Sample:
        """What a parent sent along with this message. Raises Rejected where there is nothing."""
        found = sample(self._book.kind(sid))
        if found is None:
            raise Rejected("there is no such file", "absent")
        return found

    def log(self) -> str:
        """All that was ever recorded, as lines of JSON."""
        return self._log.text()

    def app(self) -> Starlette:
        """The HTTP side, to serve alone or to mount; whoever mounts it calls `start` and `stop` himself."""
        return application(self)

    def _depart(self, sid: str) -> None:
        if self.dice.hit("delay"):
            loop = asyncio.get_running_loop()
            self._travelling[sid] = loop.call_later(self.dice.faults.delay_by, self._arrive, sid)
        else:
            self._arrive(sid)

    def _arrive(self, sid: str) -> None:
        self._travelling.pop(sid, None)
        if self._book.expired(sid, self._now()):
            self._advance(sid, "failed", "expired")
        else:
            self._advance(sid, "delivered")

    def _advance(self, sid: str, status: str, code: str = "") -> None:
        self._record({"what": "status", "sid": sid, "status": status, "code": code})
        self._put(receipt_key(sid, status))

    def _confirmed(self, hook: Hook, heard: bool) -> None:
        self._record({"what": "heard", "key": hook.key, "confirmed": heard})

    def _record(self, event: Event) -> None:
        event = {"at": self._now().isoformat(), **event}
        self._log.append(event)
        self._book.apply(event)
        self._version += 1
        self._news.set()
        self._news = asyncio.Event()

    def _put(self, key: str) -> None:
        self._hooks.put(self._book.waiting[key])


def main() -> int:
    """The network as a process of its own, until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m bot.demo.network", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True, help="the file that remembers everything")
    parser.add_argument("--hooks", required=True, metavar="URL", help="the bot's address, on this machine")
    parser.add_argument("--token", required=True, help="the secret that both sides sign with")
    parser.add_argument("--faults", type=_faults, metavar="JSON", help='what goes wrong: {"cut_after": 0.1}')
    args = parser.parse_args()
    try:
        listener = socket.create_server(("127.0.0.1", args.port), backlog=1024)
        network = Network(args.log, hooks=args.hooks, token=args.token, now=_now, faults=args.faults)
    except (BotError, OSError) as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn stops first, then passes the signal on to us
    config = uvicorn.Config(network.app(), log_level="critical", timeout_graceful_shutdown=3)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _faults(text: str) -> Faults:
    return Faults.parse(json.loads(text))


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
