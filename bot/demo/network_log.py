"""What the phones' network remembers: a durable log of events, and the book of phones that they add up to."""

import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.channels.sms import sms_parts
from bot.demo.samples import PLACE, sample
from bot.errors import ConfigError
from bot.model import Address, Choice, File

Event = dict[str, Any]  # "what" is one of accepted said status seen heard


def restore(path: Path) -> Iterator[Event]:
    """The events in a log, if there is one. A torn last line (the power went) is cut off: nobody was promised it.

    Raises ConfigError where a line inside is damaged.
    """
    if not path.exists():
        return
    good = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break
            try:
                yield json.loads(line)
            except ValueError:
                raise ConfigError(f"{path.name}: line {number} is damaged; move the file away to start over") from None
            good += len(line)
    os.truncate(path, good)


class Log:
    """An append-only file of JSON lines. What was appended before `durable` returned survives a power cut."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("ab")
        self._appended = self._synced = 0
        self._one_sync = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network-log")

    def append(self, event: Event) -> None:
        self._file.write(json.dumps(event, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        self._appended += 1

    async def durable(self) -> None:
        """Wait until all that was appended is on the disk; those who wait together share one fsync."""
        mine = self._appended
        async with self._one_sync:
            if self._synced < mine:
                reached = self._appended
                await asyncio.get_running_loop().run_in_executor(self._thread, os.fsync, self._file.fileno())
                self._synced = reached

    def text(self) -> str:
        return self._path.read_text(encoding="utf-8")

    def close(self) -> None:
        self._thread.shutdown()
        self._file.close()


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """One bubble on a phone. `id` is what a tap refers to: our id of the bot's message, the network's of a parent's.

    status: sent, then delivered, then read; failed. A parent's message is delivered once the bot has confirmed it.
    """

    id: str
    sid: str  # the network's id, unique also where the same message arrives twice
    who: str  # bot parent
    text: str
    at: datetime
    choices: tuple[Choice, ...] = ()
    layout: str = "plain"
    status: str = "sent"
    parts: int = 0  # what an SMS is paid by
    kind: str = "text"
    answered: str = ""  # the option she tapped
    file: File | None = None  # what arrived instead of the text
    seen: bool = False  # she looked at it; only WhatsApp tells the bot, as `read`

    @property
    def new(self) -> bool:
        """Whether it arrived and she has not looked yet."""
        return self.who == "bot" and self.status == "delivered" and not self.seen


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook for the bot. `key` names it in the log once the bot has confirmed it."""

    key: str
    phone: Address
    path: str
    body: bytes


class Book:
    """What the events add up to: each phone's messages, and the webhooks that the bot has not confirmed yet."""

    def __init__(self) -> None:
        self._take = {
            "accepted": self._accepted, "said": self._said, "status": self._status, "seen": self._seen,
            "heard": self._heard, "forgotten": self._forgotten,
        }  # fmt: skip
        self.waiting: dict[str, Hook] = {}  # in the order in which they came
        self._messages: dict[str, PhoneMessage] = {}
        self._phones: dict[Address, list[str]] = {}
        self._owner: dict[str, Address] = {}
        self._heard_at: dict[Address, datetime] = {}
        self._ours: dict[str, list[str]] = {}
        self._expires: dict[str, datetime] = {}
        self._arriving: set[str] = set()  # accepted, not yet on the phone, and not lost either

    def apply(self, event: Event) -> None:
        """Take in one event; what the bot must hear of it stands in `waiting` then."""
        self._take[event["what"]](event)

    def messages(self, phone: Address) -> list[PhoneMessage]:
        """What stands on a phone, both directions, in order."""
        return [self._messages[sid] for sid in self._phones.get(phone, ())]

    def heard_at(self, phone: Address) -> datetime | None:
        """When she last wrote."""
        return self._heard_at.get(phone)

    def find(self, ours: str, since: datetime) -> str | None:
        """The first message accepted with our id at or after `since`."""
        return next((sid for sid in self._ours.get(ours, ()) if self._messages[sid].at >= since), None)

    def kind(self, sid: str) -> str:
        """Of which kind a parent's message is; "" where there is none."""
        message = self._messages.get(sid)
        return message.kind if message and message.who == "parent" else ""

    def arriving(self) -> list[str]:
        """The messages that are accepted, but not yet on their phone."""
        return [sid for sid in self._messages if sid in self._arriving]

    def expired(self, sid: str, now: datetime) -> bool:
        return sid in self._expires and self._expires[sid] <= now

    def _accepted(self, event: Event) -> None:
        phone, sid = Address(event["channel"], event["to"]), event["sid"]
        message = PhoneMessage(
            id=event["id"],
            sid=sid,
            who="bot",
            text=event["text"],
            at=datetime.fromisoformat(event["at"]),
            choices=tuple(Choice(each["id"], each["label"]) for each in event["choices"]),
            layout=event["layout"],
            parts=sms_parts(event["text"]) if phone.channel == "sms" else 0,
            file=File(**event["file"]) if event.get("file") else None,
        )
        self._add(phone, message)
        self._ours.setdefault(message.id, []).append(sid)
        if event["expires_at"]:
            self._expires[sid] = datetime.fromisoformat(event["expires_at"])
        if not event["lost"]:
            self._arriving.add(sid)
        self._receipt(sid, "sent", "")

    def _said(self, event: Event) -> None:
        phone, sid = Address(event["channel"], event["from"]), event["id"]
        at = datetime.fromisoformat(event["at"])
        parts = sms_parts(event["text"]) if phone.channel == "sms" else 0
        self._add(phone, PhoneMessage(sid, sid, "parent", event["text"], at, kind=event["kind"], parts=parts))
        self._heard_at[phone] = at
        for theirs in self._ours.get(event["ours"], ()) if event["choice"] else ():
            self._messages[theirs] = replace(self._messages[theirs], answered=event["choice"])
        told = {name: event[name] for name in ("id", "from", "text", "choice", "ours", "kind")}
        told |= _carried(event)
        self._hook(sid, phone, f"/hooks/{phone.channel}", told)

    def _status(self, event: Event) -> None:
        sid, status = event["sid"], event["status"]
        self._messages[sid] = replace(self._messages[sid], status=status)
        self._arriving.discard(sid)
        self._receipt(sid, status, event["code"])

    def _seen(self, event: Event) -> None:
        self._messages[event["sid"]] = replace(self._messages[event["sid"]], seen=True)

    def _heard(self, event: Event) -> None:
        hook = self.waiting.pop(event["key"], None)
        if hook and hook.key in self._messages and event["confirmed"]:
            self._messages[hook.key] = replace(self._messages[hook.key], status="delivered")

    def _forgotten(self, event: Event) -> None:
        """Nobody can ask for it any more; what stands on her phone is hers."""
        for sids in self._ours.values():
            if event["sid"] in sids:
                sids.remove(event["sid"])

    def _add(self, phone: Address, message: PhoneMessage) -> None:
        self._messages[message.sid] = message
        self._owner[message.sid] = phone
        self._phones.setdefault(phone, []).append(message.sid)

    def _receipt(self, sid: str, status: str, code: str) -> None:
        phone = self._owner[sid]
        path = f"/hooks/{phone.channel}/status/{self._messages[sid].id}"
        self._hook(receipt_key(sid, status), phone, path, {"status": status, "code": code, "sid": sid})

    def _hook(self, key: str, phone: Address, path: str, told: Event) -> None:
        self.waiting[key] = Hook(key, phone, path, json.dumps(told, separators=(",", ":")).encode())


def _carried(event: Event) -> Event:
    """What the bot is told of a photo, a voice note or a place: not the file itself, which it may fetch."""
    if event["kind"] == "location":
        return {"media": {"name": PLACE}}
    sent = sample(event["kind"])
    return {"media": {"id": event["id"], "type": sent.content_type, "size": len(sent.data)}} if sent else {}


def receipt_key(sid: str, status: str) -> str:
    """Under which key the webhook waits that tells of this status."""
    return f"{sid}:{status}"
