"""What the stand-in of Twilio remembers: messages both ways, contents, who stopped; all of it out of a durable log."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from bot.demo.network_log import Event, PhoneMessage
from bot.model import Address, Choice

STOPS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
STARTS = frozenset({"START", "YES", "UNSTOP"})
WINDOW = timedelta(hours=24)


@dataclass(slots=True)
class Message:
    """A message as Twilio's list shows it, and what it knows besides."""

    sid: str
    person: Address
    direction: str  # inbound outbound-api
    sender: str  # as written at Twilio, with whatsapp:
    receiver: str
    text: str
    at: datetime
    ours: str = ""
    service: str = ""
    status: str = "queued"
    code: int = 0
    sent_at: datetime | None = None
    callback: str = ""
    content: str = ""
    layout: str = "plain"
    choices: tuple[Choice, ...] = ()
    expires_at: datetime | None = None
    fate: int = 0  # the code it will fail with; -1: it never arrives
    answered: str = ""
    seen: bool = False
    kind: str = "text"
    media: list[dict[str, str]] = field(default_factory=list)

    def shown(self, account: str) -> dict[str, Any]:
        """As the API shows it: nothing of ours is in it."""
        base = f"/2010-04-01/Accounts/{account}/Messages/{self.sid}"
        return {
            "sid": self.sid, "account_sid": account, "api_version": "2010-04-01", "body": self.text,
            "from": self.sender, "to": self.receiver, "direction": self.direction, "status": self.status,
            "messaging_service_sid": self.service or None, "num_segments": "1", "num_media": str(len(self.media)),
            "error_code": self.code or None, "error_message": None, "price": None, "price_unit": "USD",
            "date_created": format_datetime(self.at), "date_updated": format_datetime(self.at),
            "date_sent": format_datetime(self.sent_at) if self.sent_at else None, "uri": f"{base}.json",
            "subresource_uris": {"media": f"{base}/Media.json"},
        }  # fmt: skip

    def bubble(self) -> PhoneMessage:
        """As it stands on her phone."""
        who = "parent" if self.direction == "inbound" else "bot"
        status = {"queued": "sent", "undelivered": "failed"}.get(self.status, self.status)
        return PhoneMessage(
            self.sid if who == "parent" else self.ours, self.sid, who, self.text, self.at, self.choices, self.layout,
            status, kind=self.kind, answered=self.answered, seen=self.seen,
        )  # fmt: skip


@dataclass(slots=True)
class Content:
    """A form that Twilio knows, and what WhatsApp says of it."""

    sid: str
    at: datetime
    request: Mapping[str, Any]
    name: str = ""  # at WhatsApp, once it was submitted
    category: str = ""
    state: str = "unsubmitted"
    reason: str = ""

    def shown(self, account: str) -> dict[str, Any]:
        at = self.at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"sid": self.sid, "account_sid": account, "date_created": at, "date_updated": at, **self.request}

    def approval(self) -> dict[str, Any]:
        return {
            "name": self.name, "category": self.category, "content_type": next(iter(self.request["types"])),
            "status": self.state, "rejection_reason": self.reason, "allow_category_change": True,
        }  # fmt: skip


class Book:
    """What the events of the log add up to."""

    def __init__(self) -> None:
        self.all: dict[str, Message] = {}
        self.contents: dict[str, Content] = {}
        self.gone: set[str] = set()  # deleted: the record is gone, what is on her phone is hers
        self.stopped: set[Address] = set()
        self.heard_at: dict[Address, datetime] = {}
        self.waiting: dict[str, Event] = {}  # webhooks that are not confirmed
        self.people: dict[Address, list[str]] = {}
        self._ours: dict[str, list[str]] = {}
        self._started: dict[str, dict[Address, datetime]] = {}

    def apply(self, event: Event) -> None:
        """Take in one event."""
        getattr(self, f"_{event['what']}")(event, datetime.fromisoformat(event["at"]))

    def messages(self, person: Address) -> list[Message]:
        return [self.all[sid] for sid in self.people.get(person, ())]

    def of_ours(self, ours: str) -> list[Message]:
        return [self.all[sid] for sid in self._ours.get(ours, ())]

    def is_open(self, person: Address, now: datetime) -> bool:
        """Whether free text may go to her on WhatsApp."""
        return person in self.heard_at and now - self.heard_at[person] < WINDOW

    def started(self, sender: str, now: datetime) -> set[Address]:
        """The people this sender wrote to outside their windows within a day."""
        return {person for person, at in self._started.get(sender, {}).items() if at > now - WINDOW}

    def files(self) -> Iterator[tuple[Message, dict[str, str]]]:
        for message in self.all.values():
            for file in message.media:
                yield message, file

    def _accepted(self, event: Event, at: datetime) -> None:
        expires = event["expires_at"]
        message = Message(
            event["sid"], Address(event["channel"], event["to"]), "outbound-api", event["sender"], event["receiver"],
            event["text"], at, event["id"], event["service"], callback=event["callback"], content=event["content"],
            layout=event["layout"], choices=tuple(Choice(*each) for each in event["choices"]),
            expires_at=datetime.fromisoformat(expires) if expires else None, fate=event["fate"],
            media=event["media"],
        )  # fmt: skip
        self._add(message)
        self._ours.setdefault(message.ours, []).append(message.sid)
        if event["started"]:
            self._started.setdefault(message.sender, {}).setdefault(message.person, at)

    def _said(self, event: Event, at: datetime) -> None:
        person = Address(event["channel"], event["from"])
        self._add(
            Message(
                event["id"], person, "inbound", event["sender"], event["receiver"], event["text"], at,
                status="received", sent_at=at, kind=event["kind"], media=event["media"],
            )
        )  # fmt: skip
        self.heard_at[person] = at
        for message in self.of_ours(event["ours"]) if event["choice"] else ():
            message.answered = event["choice"]
        word = event["text"].strip().upper()
        if person.channel == "sms" and word in STOPS:
            self.stopped.add(person)
        elif word in STARTS:
            self.stopped.discard(person)

    def _status(self, event: Event, at: datetime) -> None:
        message = self.all[event["sid"]]
        message.status, message.code = event["status"], event["code"]
        message.sent_at = message.sent_at or at

    def _seen(self, event: Event, _at: datetime) -> None:
        self.all[event["sid"]].seen = True

    def _forgotten(self, event: Event, _at: datetime) -> None:
        self.gone.add(event["sid"])

    def _hook(self, event: Event, _at: datetime) -> None:
        self.waiting[event["key"]] = event

    def _heard(self, event: Event, _at: datetime) -> None:
        self.waiting.pop(event["key"], None)

    def _content(self, event: Event, at: datetime) -> None:
        self.contents[event["sid"]] = Content(event["sid"], at, event["request"])

    def _approval(self, event: Event, _at: datetime) -> None:
        content = self.contents[event["sid"]]
        content.state, content.reason = event["state"], event["reason"]
        content.name, content.category = event["name"] or content.name, event["category"] or content.category

    def _add(self, message: Message) -> None:
        self.all[message.sid] = message
        self.people.setdefault(message.person, []).append(message.sid)


def file_of(sid: str, content_type: str, data: bytes) -> dict[str, str]:
    """A file as the log keeps it."""
    return {"sid": sid, "content_type": content_type, "data": base64.b64encode(data).decode()}


def moment(text: str) -> datetime:
    """A filter's time: a day, or a second in UTC. Raises ValueError."""
    shape = "%Y-%m-%d" if len(text) == 10 else "%Y-%m-%dT%H:%M:%SZ"
    return datetime.strptime(text, shape).replace(tzinfo=UTC)
