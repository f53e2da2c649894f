"""The nouns that all rooms share. Pure: no clock, no network, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """What became of a message that goes out."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Address(NamedTuple):
    """Where a person can be reached: `whatsapp:+31612000001`, `telegram:4711`."""

    channel: str
    value: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `channel:value`; raises ValueError where either is missing."""
        channel, colon, value = text.partition(":")
        if not (channel and colon and value):
            raise ValueError(f"not an address (channel:value): {channel or '?'}:…")
        return cls(channel, value)


class Choice(NamedTuple):
    """One option as a person sees it. The id is the API; the label is only paint."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message of a channel can carry. Lengths are in UTF-16 code units."""

    text: int
    interactive_text: int = 0  # the body of a message with buttons or a list
    buttons: int = 0
    button_label: int = 0
    rows: int = 0
    row_label: int = 0
    window: timedelta | None = None  # free text only so long after the parent's last message
    isolates: bool = True  # may carry invisible direction marks
    parts: bool = False  # is paid by SMS part


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request of a provider, as far as a driver may see it."""

    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message of a person, translated from the provider's words."""

    id: str  # the provider's id: one effect per id
    sender: Address
    text: str = ""
    choice: str = ""  # the id of the tapped option
    ours: str = ""  # our id of the message she taps on or replies to
    kind: str = "text"  # text choice voice image document location contact sticker reaction edit other
    name: str = ""  # the profile name, only ever stored sealed


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message as a channel must send it. `id` is ours and comes back in every receipt."""

    id: str
    to: Address
    text: str
    choices: tuple[Choice, ...] = ()
    layout: str = "plain"  # plain buttons list
    template: str = ""  # the key of an approved text, for outside the window
    language: str = ""  # for the template
    expires_at: datetime | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says became of a message of ours."""

    status: Status
    ours: str = ""
    theirs: str = ""
    code: str = ""


class Value(NamedTuple):
    """An answer or a field with its kind, so that it can be said in any language.

    kind: text name option weekday time number date link. `of` is the text key of the question for an option
    (its label stands under `of.value`); "" otherwise. Values: weekday `ma`..`zo`, time `19:30`, number `3`,
    date `2026-11-24`.
    """

    kind: str
    value: str
    of: str = ""


class Part(NamedTuple):
    """One text of a message: its key and its fields; the words come when it is sent."""

    key: str
    fields: Mapping[str, Value]
    language: str = ""  # only where it is not the reader's own of that day


class Offer(NamedTuple):
    """An option of a question: its id, and a label where no text key names it (a child, a language)."""

    id: str
    label: str = ""


WEEKDAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
RANKS = ("safety", "reply", "appointment", "question", "tip")
CLASSES = ("urgent", "reply", "appointment", "broadcast", "plan", "tip")
PURPOSES = ("school", "tips")
