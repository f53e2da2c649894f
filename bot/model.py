"""The nouns that all rooms share. Pure: no clock, no network, no database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple
from zoneinfo import ZoneInfo


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
    files: frozenset[str] = frozenset()  # the content types that it carries; of others a link goes


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request of a provider, as far as a driver may see it."""

    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class File(NamedTuple):
    """Something that goes out besides words: where it can be fetched, what it is, and a name that tells nothing."""

    url: str
    content_type: str
    name: str


class Media(NamedTuple):
    """Something she sent besides words. `reference` tells the driver where to fetch it; "" where there is nothing to
    fetch: a place (its coordinates are the name), a shared contact (its words are the name)."""

    kind: str  # voice image video document location contact sticker
    reference: str = ""
    content_type: str = ""
    size: int = 0  # bytes as the provider says; 0: unknown
    name: str = ""  # a file's name, `52.0907,5.1214`, `Elif +31612000003`


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message of a person, translated from the provider's words."""

    id: str  # the provider's id: one effect per id
    sender: Address
    text: str = ""
    choice: str = ""  # the id of the tapped option
    ours: str = ""  # our id of the message she taps on or replies to
    kind: str = "text"  # text choice voice image video document location contact sticker reaction edit blocked other
    name: str = ""  # the profile name, only ever stored sealed
    media: tuple[Media, ...] = ()
    album: str = ""  # what belongs together carries the same mark
    alias: str = ""  # another name of the sender on this channel, which stays when her number vanishes
    theirs: str = ""  # the provider's id of the message she taps on or replies to, where it does not know ours
    written_at: datetime | None = None  # when she wrote it, where we hear of it later than at once


class Form(NamedTuple):
    """The fixed part of a message that a provider must know beforehand: words with places {{1}}, {{2}} ... in them.

    `template` is the text key of what may leave outside the window; "" for a question within it. Two messages with
    an equal form share what the provider made of it.
    """

    template: str
    language: str
    layout: str  # plain buttons list
    body: str
    options: tuple[Choice, ...] = ()  # ids and labels may hold places too
    fields: tuple[str, ...] = ()  # the names of what stands at the places, in order
    opener: str = ""  # what stands on the button that opens a list

    @property
    def key(self) -> str:
        """32 hexadecimal digits that are the same for equal forms."""
        return sha256(json.dumps(self, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def shape(self) -> str:
        """What another wording of the same text must have too, to stand in for it."""
        return f"{' '.join(self.fields)}|{' '.join(option.id for option in self.options)}"


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
    form: Form | None = None  # where the provider must know it beforehand
    values: tuple[str, ...] = ()  # what fills its places
    content: str = ""  # the provider's id of the form
    file: File | None = None  # goes instead of the text, which says where it is found


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says became of a message of ours. `code`: a word of CODES and the provider's own, `off 30003`."""

    status: Status
    ours: str = ""
    theirs: str = ""
    code: str = ""


class Value(NamedTuple):
    """An answer or a field with its kind, so that it can be said in any language.

    kind: text name option weekday days time number amount date monthday full_date moments link words file. `of` is the
    text key of the question for an option (its label stands under `of.value`), the language of somebody's own `words`
    (they are translated for who reads another), the content type of a `file`; "" otherwise. Values: weekday `ma`..`zo`,
    days `ma wo`, time `19:30`, number `3`, amount in euros `4.50`, date `2026-11-24` (said as Tuesday 24 November;
    monthday without Tuesday, full_date also with its year), moments: lines `2026-11-26T15:10 Amira` by the wall, said
    in a row as short as they can be; file: the address where it can be fetched.
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
    """An option of a question: its id, and a label where no text key names it (a child, a language).

    `of`: the language of a label that somebody wrote herself; it is translated for who reads another.
    """

    id: str
    label: str = ""
    of: str = ""


# Why a message did not arrive, in one word for all providers; errors and receipts begin their code with it.
CODES = (
    "blocked",  # she closed this channel
    "window",  # only an approved template may go now
    "absent",  # nobody has this address on this channel
    "dead",  # the number does not exist (any more)
    "off",  # the phone is off or out of reach: later perhaps
    "limit",  # the provider lets no more of this kind through to her today
    "template",  # the template is not approved, or its values do not fit
    "filtered",  # held to be spam: somebody must look
    "config",  # our account, sender or rights: nothing can leave on this channel
    "refused",  # anything else that is final, by the provider's own code
)
HOME = ZoneInfo("Europe/Amsterdam")  # whose clock counts where no school is known
REGIONS = ("noord", "midden", "zuid")  # whose school holidays count
WEEKDAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
RANKS = ("safety", "reply", "appointment", "question", "tip")
CLASSES = ("urgent", "reply", "appointment", "broadcast", "plan", "tip")
PURPOSES = ("school", "tips")
