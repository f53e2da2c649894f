"""A strict stand-in of Telegram: its rules for a bot, over HTTP on this machine, with a log that survives a kill.

It knows no idempotency and keeps no list of what the bot sent: like the real one it can never say what became of a
message whose answer was lost. Tests give each message a text of its own and count in the log.
"""

import argparse
import asyncio
import base64
import json
import signal
import socket
import sys
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette

from bot.demo.network_hooks import Redelivery
from bot.demo.network_log import Event, Log, restore
from bot.demo.network_rules import Dice, Faults
from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_book import BOT, DEFAULT, Book, Bubble
from tests.fakes.telegram_delivery import Delivery
from tests.fakes.telegram_http import application
from tests.fakes.telegram_rules import Fields, Refused

_QUICK = Redelivery()


class Telegram:
    """Chats, updates and faults. Lives in one event loop, between `start` and `stop` (its application does both)."""

    def __init__(
        self,
        log: Path,
        *,
        token: str,
        hooks: str = "",
        secret: str = "",
        faults: Faults | None = None,
        redelivery: Redelivery = _QUICK,
        rates: bool = False,
    ) -> None:
        """`hooks`: as if the webhook were set at the start. `rates`: one a second to a chat, thirty in all."""
        self.token = token
        self.dice = Dice(faults or Faults())
        self.book = Book()
        self.me: dict[str, Any] = {**BOT, "can_join_groups": False, "can_read_all_group_messages": False}
        for event in restore(log):
            self.book.apply(event)
        self._log = Log(log)
        self._rates = rates
        self._sent_at: deque[tuple[float, int]] = deque()
        self._news = asyncio.Event()
        self._poll: asyncio.Task[Any] | None = None
        self._delivery = Delivery(self.book, self.dice, redelivery, self._ended)
        if hooks:
            self._hook(hooks, secret, DEFAULT, 40)

    async def start(self) -> None:
        """Take up the updates that the bot has not confirmed."""
        self._delivery.wake()

    async def stop(self) -> None:
        if self._poll:
            self._poll.cancel()
        await self._delivery.stop()
        self._log.close()

    def app(self) -> Starlette:
        return application(self)

    def log(self) -> str:
        """All that was ever recorded, as lines of JSON."""
        return self._log.text()

    # --- the person with the phone ------------------------------------------------------------------------------------
    async def say(self, chat: int, text: str = "", **fields: Any) -> int:
        """She writes, or sends what `fields` hold (voice=..., reply_to_message=...); returns the update's id."""
        if self.book.people.get(chat) != "open":
            self._record({"what": "person", "chat": chat, "state": "open"})
        words = {"text": text} if text else {}
        return await self._update(chat, "message", {**self._message(chat), **words, **fields})

    async def send_file(self, chat: int, field: str, data: bytes, *, path: str = "", **fields: Any) -> int:
        """She sends a voice, photo, document ...; `fields` belong to the file, but caption and media_group_id."""
        file_id = f"Fi{uuid4().hex}"
        self._record(
            {"what": "file", "file_id": file_id, "path": path or f"{field}/file_{len(self.book.files)}",
             "data": base64.b64encode(data).decode()}
        )  # fmt: skip
        around = {name: fields.pop(name) for name in ("caption", "media_group_id") if name in fields}
        file = {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": len(data), **fields}
        return await self.say(chat, "", **{field: [file] if field == "photo" else file}, **around)

    async def tap(self, chat: int, message_id: int, choice: str) -> int:
        """She taps the button of this option, by its label or the option's id. Raises KeyError where there is none."""
        bubble = self.book.find(chat, message_id)
        data = next((d for label, d in bubble.buttons.items() if choice in (label, d.partition("|")[2])), None)
        if data is None:
            raise KeyError(choice)
        message = {**bubble.raw, "chat": _private(chat), "from": BOT}
        tap_id = str((chat << 32) + self.book.next_key)  # her number is its upper half, as in real ones
        query = {"id": tap_id, "from": _person(chat), "message": message, "chat_instance": "1", "data": data}
        return await self._update(chat, "callback_query", query)

    async def edit(self, chat: int, message_id: int, text: str) -> int:
        """She edits what she wrote."""
        message = {**self.book.find(chat, message_id).raw, "text": text, "edit_date": _second()}
        return await self._update(chat, "edited_message", message)

    async def block(self, chat: int) -> int:
        """She blocks the bot."""
        self._record({"what": "person", "chat": chat, "state": "blocked"})
        return await self._member(chat, _private(chat), "member", "kicked")

    async def open(self, chat: int) -> int:
        """She opens the chat (again), and has not said anything yet."""
        self._record({"what": "person", "chat": chat, "state": "open"})
        return await self._member(chat, _private(chat), "kicked", "member")

    async def add_to_group(self, group: int, by: int, text: str = "") -> None:
        """Somebody adds the bot to a group, and writes there."""
        self._record({"what": "group", "chat": group})
        self._record({"what": "person", "chat": by, "state": self.book.people.get(by, "seen")})
        chat = {"id": group, "type": "group", "title": "Ouders groep 5"}
        await self._member(by, chat, "left", "member")
        if text:
            await self._update(group, "message", {**self._message(by), "chat": chat, "text": text})

    async def tell(self, chat: int, kind: str, event: dict[str, Any]) -> int:
        """Any update at all, also a senseless one."""
        return await self._update(chat, kind, event)

    def messages(self, chat: int) -> list[Bubble]:
        """What stands on her phone, both directions, in order."""
        return [each for each in self.book.chats.get(chat, []) if not each.lost]

    def accepted(self, text: str) -> int:
        """How often a message with this text was accepted, for whom and whether lost or not."""
        return sum(each.who == "bot" and each.text == text for chat in self.book.chats.values() for each in chat)

    def shown(self, chat: int) -> list[str]:
        """The names of the files that the bot has put into a chat, in order."""
        raw = [each.raw for each in self.book.chats.get(chat, ()) if each.who == "bot"]
        kept = [each.get("voice") or each.get("document") or (each.get("photo") or [None])[-1] for each in raw]
        return [self.book.files[each["file_id"]].path for each in kept if each]

    def restart_ids(self, number: int) -> None:
        """After a week of silence the ids of updates start again anywhere."""
        self._record({"what": "ids", "next": number})

    # --- the methods --------------------------------------------------------------------------------------------------
    async def get_me(self, _: Fields) -> Any:
        return self.me

    async def send(self, fields: Fields) -> Any:
        chat, text, markup = rules.chat(self.book, fields), rules.text(fields), rules.keyboard(fields)
        return await self._sent(chat, {"text": text, **markup})

    async def send_what(self, kind: str, fields: Fields) -> Any:
        """A photo, a voice or a document: brought along, or one that it has already."""
        chat, given = rules.chat(self.book, fields), fields.file(kind)
        if isinstance(given, str) and given not in self.book.files:  # an address: where nobody can call us it fails
            raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
        if not isinstance(given, str):
            name, data = given
            rules.brought(kind, name, data)
            given = f"Fi{uuid4().hex}"
            self._record({"what": "file", "file_id": given, "path": name, "data": base64.b64encode(data).decode()})
        file = {"file_id": given, "file_unique_id": given[-8:]}
        sides, length = {"width": 90, "height": 60}, {"duration": 3}
        shown = {"photo": [{**file, **sides}], "voice": {**file, **length}, "document": file}
        return await self._sent(chat, {kind: shown[kind]})

    async def _sent(self, chat: int, what: dict[str, Any]) -> dict[str, Any]:
        if self._rates:
            self._slow_down(chat)
        number = self.book.next_message
        message = {"message_id": number, "date": _second(), "chat": _private(chat), "from": BOT, **what}
        self._record({"what": "sent", "chat": chat, "message": message, "lost": self.dice.hit("lose")})
        await self._log.durable()
        return message

    async def delete(self, fields: Fields) -> Any:
        """A message leaves the chat, for both, within 48 hours."""
        chat, number = fields.whole("chat_id"), fields.whole("message_id")
        try:
            found = self.book.find(chat, number)
        except KeyError:
            raise Refused(400, "Bad Request: message to delete not found") from None
        if _second() - int(found.raw.get("date", 0)) > 48 * 3600:
            raise Refused(400, "Bad Request: message can't be deleted")
        self._record({"what": "deleted", "chat": chat, "message": number})
        await self._log.durable()
        return True

    async def set_webhook(self, fields: Fields) -> Any:
        url, secret, allowed, most = rules.hook(fields)
        self._hook(url, secret, tuple(allowed) or DEFAULT, most, drop=fields.yes("drop_pending_updates"))
        await self._log.durable()
        return True

    async def delete_webhook(self, fields: Fields) -> Any:
        self._hook("", "", DEFAULT, 40, drop=fields.yes("drop_pending_updates"))
        return True

    async def get_webhook_info(self, _: Fields) -> Any:
        hook, error = self.book.hook, self.book.last_error
        info = {
            "url": hook.url, "has_custom_certificate": False, "pending_update_count": len(self.book.waiting),
            "max_connections": hook.connections, "allowed_updates": list(hook.allowed),
        }  # fmt: skip
        return {**info, "last_error_message": error, "last_error_date": _second()} if error else info

    async def get_updates(self, fields: Fields) -> Any:
        """From the first unconfirmed update on; asking from an offset confirms what is below it."""
        if self.book.hook.url:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, limit = fields.whole("offset", 0), min(max(fields.whole("limit", 100), 1), 100)
        if 0 < offset <= self.book.next_update + 9:  # farther ahead it is another series: it confirms nothing
            for key, (_, update) in list(self.book.waiting.items()):
                if update["update_id"] < offset:
                    self._record({"what": "heard", "key": key, "confirmed": True})
        if self._poll and not self._poll.done():
            self._poll.cancel()  # the older of two hears of it
        self._poll = waiting = asyncio.create_task(self._wait(fields.whole("timeout", 0)))
        await asyncio.wait([waiting])
        if waiting.cancelled():
            raise Refused(409, "Conflict: terminated by other getUpdates request; only one bot may run")
        return [update for _, update in self.book.waiting.values()][:limit]

    async def get_file(self, fields: Fields) -> Any:
        file = self.book.files.get(fields.text("file_id"))
        if file is None:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(file.data) > rules.DOWNLOAD:
            raise Refused(400, "Bad Request: file is too big")
        found = {"file_id": fields.text("file_id"), "file_unique_id": "u", "file_path": file.path}
        return {**found, "file_size": len(file.data)}

    async def answer_tap(self, fields: Fields) -> Any:
        number = fields.text("callback_query_id")
        if self.book.taps.get(number, True):
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._record({"what": "answered", "id": number})
        return True

    async def leave(self, fields: Fields) -> Any:
        chat = fields.whole("chat_id")
        if chat not in self.book.groups:
            raise Refused(400, "Bad Request: chat not found")
        self._record({"what": "left", "chat": chat})
        return True

    async def set_commands(self, fields: Fields) -> Any:
        language, commands = rules.commands(fields)
        self._record({"what": "commands", "language": language, "commands": commands})
        return True

    # --- inside -------------------------------------------------------------------------------------------------------
    def _message(self, chat: int) -> dict[str, Any]:
        number = self.book.next_message
        return {"message_id": number, "date": _second(), "chat": _private(chat), "from": _person(chat)}

    async def _member(self, by: int, chat: dict[str, Any], old: str, new: str) -> int:
        members = {"old_chat_member": {"user": BOT, "status": old}, "new_chat_member": {"user": BOT, "status": new}}
        event = {"chat": chat, "from": _person(by), "date": _second(), **members}
        return await self._update(chat["id"], "my_chat_member", event)

    async def _update(self, chat: int, kind: str, event: dict[str, Any]) -> int:
        number = self.book.next_update
        if kind in self.book.hook.allowed:
            update = {"update_id": number, kind: event}
            self._record({"what": "update", "key": self.book.next_key, "chat": chat, "update": update})
            await self._log.durable()
            self._news.set()
            self._delivery.wake()
        return number

    async def _wait(self, seconds: float) -> None:
        """Until an update waits, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.book.waiting:
                    self._news.clear()
                    await self._news.wait()

    def _hook(self, url: str, secret: str, allowed: tuple[str, ...], most: int, *, drop: bool = False) -> None:
        told = {"url": url, "secret": secret, "allowed": allowed, "connections": most, "drop": drop}
        self._record({"what": "hook", **told})
        with suppress(RuntimeError):  # no loop yet: `start` wakes it
            self._delivery.wake()

    def _slow_down(self, chat: int) -> None:
        now = asyncio.get_running_loop().time()
        while self._sent_at and self._sent_at[0][0] <= now - 1:
            self._sent_at.popleft()
        if len(self._sent_at) >= 30 or any(to == chat for _, to in self._sent_at):
            raise Refused(429, "Too Many Requests: retry after 1", retry_after=1)
        self._sent_at.append((now, chat))

    def _ended(self, key: int, confirmed: bool) -> None:
        self._record({"what": "heard", "key": key, "confirmed": confirmed})

    def _record(self, event: Event) -> None:
        event = {"at": datetime.now(UTC).isoformat(), **event}
        self._log.append(event)
        self.book.apply(event)


def _private(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private", "first_name": "Elif", "last_name": "Yıldız"}


def _person(chat: int) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "Elif", "last_name": "Yıldız", "language_code": "tr"}


def _second() -> int:
    return int(datetime.now(UTC).timestamp())


def main() -> int:
    """The stand-in as a process of its own, until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.telegram", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True, help="the file that remembers everything")
    parser.add_argument("--hooks", default="", metavar="URL", help="the bot's webhook; nothing: it asks for updates")
    parser.add_argument("--token", required=True)
    parser.add_argument("--secret", default="", help="what webhooks carry")
    parser.add_argument("--faults", type=json.loads, default={}, metavar="JSON", help='{"cut_after": 0.1}')
    parser.add_argument("--rates", action="store_true", help="one message a second to a chat, thirty in all")
    args = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", args.port), backlog=1024)
    telegram = Telegram(
        args.log, token=args.token, hooks=args.hooks, secret=args.secret, faults=Faults.parse(args.faults),
        rates=args.rates,
    )  # fmt: skip
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn stops first, then passes the signal on to us
    config = uvicorn.Config(telegram.app(), log_level="critical", timeout_graceful_shutdown=3)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
