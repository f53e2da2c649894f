"""What the stand-in of Telegram remembers: events that add up to chats, updates that wait, a webhook and files."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.demo.network_log import Event

BOT = {"id": 900000001, "is_bot": True, "first_name": "De Brug", "username": "DeBrugBot"}
DEFAULT = (  # what is told where nobody says otherwise: all but reactions and other members
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member", "poll",
)  # fmt: skip


@dataclass
class Bubble:
    """A message in a chat. `buttons`: what stands on each, and what a tap on it brings back."""

    message_id: int
    who: str  # bot parent
    text: str
    buttons: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hook:
    """Where updates are brought; "" where they are asked for."""

    url: str = ""
    secret: str = ""
    allowed: tuple[str, ...] = DEFAULT
    connections: int = 40


@dataclass(frozen=True)
class File:
    path: str
    data: bytes


class Book:
    """What the events add up to."""

    def __init__(self) -> None:
        self.hook = Hook()
        self.people: dict[int, str] = {}  # open blocked seen
        self.groups: set[int] = set()
        self.chats: dict[int, list[Bubble]] = {}
        self.waiting: dict[int, tuple[int, dict[str, Any]]] = {}  # key -> chat and update, in order
        self.files: dict[str, File] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.taps: dict[str, bool] = {}  # id -> whether it was answered
        self.next_update = 700_000_001
        self.next_key = self.next_message = 1
        self.last_error = ""
        self._take = {
            "person": self._person, "group": self._group, "left": self._left, "update": self._update,
            "heard": self._heard, "sent": self._sent, "hook": self._hook, "commands": self._commands,
            "answered": self._answered, "file": self._file, "ids": self._ids,
            "deleted": self._deleted,
        }  # fmt: skip

    def apply(self, event: Event) -> None:
        """Take in one event."""
        self._take[event["what"]](event)

    def of_chat(self, chat: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """The updates of this chat that wait: key and update."""
        return ((key, update) for key, (owner, update) in self.waiting.items() if owner == chat)

    def find(self, chat: int, message_id: int) -> Bubble:
        """A message in a chat. Raises KeyError."""
        return next((each for each in self.chats.get(chat, ()) if each.message_id == message_id), None) or _missing()

    def _person(self, event: Event) -> None:
        self.people[event["chat"]] = event["state"]

    def _group(self, event: Event) -> None:
        self.groups.add(event["chat"])

    def _left(self, event: Event) -> None:
        self.groups.discard(event["chat"])

    def _update(self, event: Event) -> None:
        update, chat = event["update"], event["chat"]
        self.next_update = update["update_id"] + 1
        self.next_key = event["key"] + 1
        self.waiting[event["key"]] = (chat, update)
        if "message" in update:
            message = update["message"]
            self.next_message = message["message_id"] + 1
            text = message.get("text") or message.get("caption") or ""
            self.chats.setdefault(chat, []).append(Bubble(message["message_id"], "parent", text, raw=message))
        if "edited_message" in update:
            edited = update["edited_message"]
            self.find(chat, edited["message_id"]).text = edited["text"]
        if "callback_query" in update:
            self.taps[update["callback_query"]["id"]] = False

    def _heard(self, event: Event) -> None:
        self.waiting.pop(event["key"], None)
        self.last_error = ""

    def _sent(self, event: Event) -> None:
        message = event["message"]
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        buttons = {each["text"]: each["callback_data"] for row in rows for each in row}
        self.next_message = message["message_id"] + 1
        bubble = Bubble(message["message_id"], "bot", message.get("text", ""), buttons, event["lost"], message)
        self.chats.setdefault(event["chat"], []).append(bubble)

    def _deleted(self, event: Event) -> None:
        self.chats[event["chat"]].remove(self.find(event["chat"], event["message"]))

    def _hook(self, event: Event) -> None:
        self.hook = Hook(event["url"], event["secret"], tuple(event["allowed"]), event["connections"])
        if event["drop"]:
            self.waiting.clear()

    def _commands(self, event: Event) -> None:
        self.commands[event["language"]] = event["commands"]

    def _answered(self, event: Event) -> None:
        self.taps[event["id"]] = True

    def _file(self, event: Event) -> None:
        self.files[event["file_id"]] = File(event["path"], base64.b64decode(event["data"]))

    def _ids(self, event: Event) -> None:
        self.next_update = event["next"]


def _missing() -> Bubble:
    raise KeyError("there is no such message in this chat")
