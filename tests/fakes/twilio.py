"""Stands in for Twilio, strictly: SMS and WhatsApp of one account, over HTTP on this machine, with a durable log.

As the real one it knows no idempotency and its list shows nothing of ours. What it refuses: twilio_rules.py; what it
remembers: twilio_book.py; how it calls the bot: twilio_hooks.py; what may be asked of it: twilio_api.py.
`python -m tests.fakes.twilio --port P --log FILE --hooks URL --token T --account AC... --faults JSON` is a process.
"""

import argparse
import asyncio
import json
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette

from bot.channels.phone import PEOPLE
from bot.demo.network_log import Event, Log, PhoneMessage, restore
from bot.demo.network_rules import Dice, Faults
from bot.model import Address
from tests.fakes.twilio_api import application
from tests.fakes.twilio_book import STARTS, STOPS, Book, Message, file_of
from tests.fakes.twilio_hooks import Hooks, Pace
from tests.fakes.twilio_rules import MEDIA, Letter, Refused, Rules, TwilioFaults, check_approval, check_content, letter

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "a-twilio-token-that-only-tests-know"
SERVICE = "MG" + "00112233445566778899aabbccddeeff"
SMS, WHATSAPP = "+3197010200001", "+3197010200002"
SENDERS = {SMS: SERVICE, f"whatsapp:{WHATSAPP}": SERVICE}
RETRY = "#rc=5&rp=all"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 24
_FILES = {
    "voice": ("audio/ogg", b"OggS" + b"\0" * 24), "image": ("image/jpeg", b"\xff\xd8\xff\xe0" + b"\0" * 24),
    "video": ("video/mp4", b"\0\0\0\x18ftypmp42"), "document": ("application/pdf", b"%PDF-1.4 "),
    "contact": ("text/vcard", b"BEGIN:VCARD\r\nEND:VCARD\r\n"), "sticker": ("image/webp", b"RIFF\0\0\0\0WEBP"),
}  # fmt: skip


class Twilio:
    """One account. Lives in one event loop, between `start` and `stop`."""

    def __init__(
        self,
        log: Path,
        *,
        hooks: str,
        public: str = "",
        token: str = TOKEN,
        account: str = ACCOUNT,
        senders: Mapping[str, str] = SENDERS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        faults: Faults | None = None,
        rules: Rules | None = None,
        pace: Pace | None = None,
    ) -> None:
        """`hooks`: the bot's address on this machine; `public`: as Twilio knows it, where that is another."""
        self.account, self.token, self.senders = account, token, dict(senders)
        self.rules = rules or Rules()  # may be set anew at any time
        self.dice = Dice(TwilioFaults(**asdict(faults)) if faults else TwilioFaults())
        self.webhooks = {name: f"{(public or hooks).rstrip('/')}/hooks/{name}{RETRY}" for name in ("sms", "whatsapp")}
        self.status, self.type, self.balance = "active", "Full", "84.20"
        self.countries = {"NL"}
        self.hidden: set[str] = set()  # what a subaccount may not see: balance countries
        self.unreachable: dict[Address, int] = {}  # whom it cannot reach, and with which code
        self.base = ""  # where it is asked, for addresses of pages and files
        self.book = Book()
        self.now = now
        self._hooks = Hooks(hooks, public, lambda: self.token, self.dice, self._confirmed, pace or Pace())
        self._recent: dict[str, deque[datetime]] = {}
        self._travelling: dict[str, asyncio.TimerHandle] = {}
        self._version, self._news = 0, asyncio.Event()
        for event in restore(log):
            self.book.apply(event)
            self._version += 1
        self._log = Log(log)

    async def start(self) -> None:
        """Take up what was under way: webhooks not confirmed, messages not arrived."""
        for hook in list(self.book.waiting.values()):
            self._hooks.put(hook)
        for message in [*self.book.all.values()]:
            if message.direction == "inbound" or message.status not in ("queued", "sent"):
                continue
            if message.fate > 0:
                self._fail(message.sid, message.fate)
            elif not message.fate:
                self._arrive(message.sid, 0)

    async def stop(self) -> None:
        for journey in self._travelling.values():
            journey.cancel()
        await self._hooks.stop()
        self._log.close()

    # --- the person with the phone
    async def say(
        self, person: Address, text: str = "", *, choice: str = "", ours: str = "", kind: str = "text",
        media: Sequence[tuple[str, bytes]] = (), also: Mapping[str, str] | None = None,
    ) -> str:  # fmt: skip
        """She writes, or taps the option `choice` of our message `ours`, or sends files; the bot hears of it.

        `also`: fields of the webhook as Twilio might add them (ProfileName, ExternalUserId, Latitude). Returns its id.
        Raises ValueError where nobody can have this address, or the message has no such option.
        """
        if person.channel not in PEOPLE or not PEOPLE[person.channel].fullmatch(person.value):
            raise ValueError("nobody can have this address")
        told = dict(also or {})
        if choice:
            text, told, kind = *self._tap(person, choice, ours, told), "choice"
        elif ours:
            told["OriginalRepliedMessageSid"] = self.book.of_ours(ours)[-1].sid
        files = [*media] or ([_FILES[kind]] if kind in _FILES else [])
        if kind == "location" and "Latitude" not in told:
            told |= {"Latitude": "52.0907", "Longitude": "5.1214", "Label": "School"}
        sid = f"{'MM' if files else 'SM'}{uuid4().hex}"
        kept = [file_of(f"ME{uuid4().hex}", *file) for file in files]
        written = f"whatsapp:{person.value}" if person.channel == "whatsapp" else person.value
        sender = next(each for each in self.senders if each.startswith("whatsapp:") == (person.channel == "whatsapp"))
        self.look(person)
        self._record({
            "what": "said", "id": sid, "channel": person.channel, "from": person.value, "sender": written,
            "receiver": sender, "text": text, "choice": choice, "ours": ours, "kind": kind, "media": kept,
        })  # fmt: skip
        self._hook(sid, person, self.webhooks[person.channel], self._told(self.book.all[sid], told))
        await self._log.durable()
        self._hooks.put(self.book.waiting[sid])
        return sid

    def look(self, person: Address) -> None:
        """She looked at her phone; WhatsApp tells the bot, if she lets it."""
        for message in self.book.messages(person):
            if message.bubble().new:
                self._record({"what": "seen", "sid": message.sid})
                if person.channel == "whatsapp":
                    self._advance(message.sid, "read")

    read = look

    def messages(self, person: Address) -> list[PhoneMessage]:
        """What stands on a phone, both directions, in order."""
        return [each.bubble() for each in self.book.messages(person)]

    def accepted(self, ours: str) -> int:
        """How often it accepted our message with this id."""
        return len(self.book.of_ours(ours))

    def fault(self, **faults: Any) -> None:
        """From now on only these faults."""
        self.dice.load(TwilioFaults.parse(faults))

    async def changed(self, version: int, timeout: float) -> int:
        """Wait until something happened after `version`, `timeout` seconds at most; returns the newest version."""
        try:
            async with asyncio.timeout(timeout):
                while self._version <= version:
                    await self._news.wait()
        except TimeoutError:
            pass
        return self._version

    # --- what the account is asked
    async def accept(self, form: Mapping[str, str]) -> Message:
        """Take a message of the bot and bring it to its phone. Raises Refused."""
        now = self.now()
        taken = letter(form, self.book, self.senders, self.rules, now)
        try:
            self._hooks.place(taken.callback)
        except ValueError as error:
            raise Refused(21609, str(error)) from None
        self._limit(taken.sender, now)
        sid = f"{'MM' if taken.media else 'SM'}{uuid4().hex}"
        media, unfit = await self._fetched(taken.media)
        fate = taken.code or unfit or self.unreachable.get(taken.person, 0) or -int(self.dice.hit("lose"))
        self._record(self._accepted(sid, taken, now) | {"fate": fate, "media": media})
        await self._log.durable()
        if fate > 0:
            self._fail(sid, fate)
        elif fate:
            self._advance(sid, "sent")
        else:
            self._depart(sid)
        return self.book.all[sid]

    def create_content(self, request: Any) -> str:
        """Make a content known. Raises Refused."""
        check_content(request)
        sid = f"HX{uuid4().hex}"
        self._record({"what": "content", "sid": sid, "request": request})
        return sid

    def submit(self, sid: str, request: Any) -> None:
        """Ask WhatsApp to approve a content. Raises Refused."""
        content = self.book.contents[sid]
        check_approval(content, request)
        taken = {(each.name, each.request["language"]) for each in self.book.contents.values()}
        if content.state != "unsubmitted" or (request["name"], content.request["language"]) in taken:
            raise Refused(20001, "a template of this name and language is there already")
        self.decide(sid, "approved" if self.rules.approves else "received", request["name"], request["category"])

    def decide(self, sid: str, state: str, name: str = "", category: str = "", reason: str = "") -> None:
        """What WhatsApp says of a template: approved rejected pending paused disabled."""
        said = {"state": state, "name": name, "category": category, "reason": reason}
        self._record({"what": "approval", "sid": sid, **said})

    def approve(self, *sids: str) -> None:
        """WhatsApp approves these templates, or all that wait."""
        waiting = [sid for sid, each in self.book.contents.items() if each.state in ("received", "pending")]
        for sid in sids or waiting:
            self.decide(sid, "approved")

    def log(self) -> str:
        """All that was ever recorded, as lines of JSON."""
        return self._log.text()

    def app(self) -> Starlette:
        """The HTTP side; alone it starts and stops this."""
        return application(self)

    # --- how
    def _tap(self, person: Address, choice: str, ours: str, told: dict[str, str]) -> tuple[str, dict[str, str]]:
        for message in self.book.messages(person):
            for option in message.choices if ours and message.ours == ours else ():
                if option.id == choice:
                    told |= {"OriginalRepliedMessageSid": message.sid, "OriginalRepliedMessageSender": message.sender}
                    if message.layout == "list":
                        return option.label, told | {"ListId": choice, "ListTitle": option.label}
                    return option.label, told | {"ButtonPayload": choice, "ButtonText": option.label}
        raise ValueError("there is no such option on this phone")

    def _told(self, message: Message, also: Mapping[str, str]) -> dict[str, str]:
        """The fields of a webhook about a message of hers."""
        told = {
            "MessageSid": message.sid, "SmsSid": message.sid, "SmsMessageSid": message.sid, "ApiVersion": "2010-04-01",
            "AccountSid": self.account, "From": message.sender, "To": message.receiver, "Body": message.text,
            "NumMedia": str(len(message.media)), "NumSegments": "1", "SmsStatus": "received",
        }  # fmt: skip
        for number, file in enumerate(message.media):
            url = (
                f"https://api.twilio.com/2010-04-01/Accounts/{self.account}/Messages/{message.sid}/Media/{file['sid']}"
            )
            told |= {f"MediaUrl{number}": url, f"MediaContentType{number}": file["content_type"]}
        if message.person.channel == "whatsapp":
            told |= {"ProfileName": "Ouder", "MessageType": _message_type(message)}
            if message.person.value.startswith("+"):
                told["WaId"] = message.person.value[1:]
        else:
            told |= {"FromCountry": "NL", "ToCountry": "NL"}
            word = message.text.strip().upper()
            if word in STOPS | STARTS:
                told["OptOutType"] = "STOP" if word in STOPS else "START"
        return told | dict(also)

    def _accepted(self, sid: str, taken: Letter, now: datetime) -> Event:
        text = taken.text if self.rules.shows_content or not taken.content else ""
        return {
            "what": "accepted", "sid": sid, "id": taken.ours, "channel": taken.person.channel,
            "to": taken.person.value, "sender": taken.sender, "receiver": taken.receiver, "service": taken.service,
            "text": f"Sent from your Twilio trial account - {text}" if self.rules.trial else text,
            "content": taken.content, "layout": taken.layout, "choices": [list(each) for each in taken.choices],
            "callback": taken.callback, "started": taken.started, "validity": taken.validity,
            "expires_at": (now + timedelta(seconds=taken.validity)).isoformat(),
        }  # fmt: skip

    async def _fetched(self, url: str) -> tuple[list[dict[str, str]], int]:
        """The file of a message; or why WhatsApp will not bring it."""
        if not url:
            return [], 0
        content_type, data = await self._hooks.fetch(url)
        if not 0 < len(data) <= MEDIA.get(content_type, 0):
            return [], 63019
        return [file_of(f"ME{uuid4().hex}", content_type, data)], 0

    def _limit(self, sender: str, now: datetime) -> None:
        if not self.rules.rate:
            return
        recent = self._recent.setdefault(sender, deque())
        while recent and now - recent[0] >= timedelta(seconds=1):
            recent.popleft()
        if len(recent) >= self.rules.rate:
            raise Refused(20429, "Too many requests", 429)
        recent.append(now)

    def _fail(self, sid: str, code: int) -> None:
        self._advance(sid, "failed" if code in (63016, 63018) else "undelivered", code)

    def _depart(self, sid: str) -> None:
        if self.dice.hit("shuffle"):
            self._record({"what": "status", "sid": sid, "status": "delivered", "code": 0})
            self._hooks.put(*(self._status_hook(sid, status, 0) for status in ("delivered", "sent")))
            return
        if self.dice.hit("delay"):
            self._advance(sid, "sent")
            self._arrive(sid, self.dice.faults.delay_by)
            return
        self._record({"what": "status", "sid": sid, "status": "delivered", "code": 0})
        self._hooks.put(*(self._status_hook(sid, status, 0) for status in ("sent", "delivered")))

    def _arrive(self, sid: str, after: float) -> None:
        def arrived() -> None:
            del self._travelling[sid]
            expires = self.book.all[sid].expires_at
            if expires and expires <= self.now():
                self._advance(sid, "undelivered", 30036)
            else:
                self._advance(sid, "delivered")

        self._travelling[sid] = asyncio.get_running_loop().call_later(after, arrived)

    def _advance(self, sid: str, status: str, code: int = 0) -> None:
        self._record({"what": "status", "sid": sid, "status": status, "code": code})
        self._hooks.put(self._status_hook(sid, status, code))

    def _status_hook(self, sid: str, status: str, code: int) -> Event:
        message = self.book.all[sid]
        told = {
            "MessageSid": sid, "SmsSid": sid, "AccountSid": self.account, "From": message.sender,
            "To": message.receiver, "MessageStatus": status, "SmsStatus": status, "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if code:
            told["ErrorCode"] = str(code)
        if message.person.channel == "whatsapp":
            told |= {"ChannelPrefix": "whatsapp", "ChannelInstallSid": "XE" + "0" * 32}
        return self._hook(f"{sid}:{status}", message.person, message.callback, told)

    def _hook(self, key: str, person: Address, url: str, told: Mapping[str, str]) -> Event:
        self._record({"what": "hook", "key": key, "person": str(person), "url": url, "fields": dict(told)})
        return self.book.waiting[key]

    def _confirmed(self, key: str, taken: bool) -> None:
        self._record({"what": "heard", "key": key, "confirmed": taken})

    def forget(self, sid: str) -> None:
        """A record is deleted, and the files that hang on it."""
        self._record({"what": "forgotten", "sid": sid})

    def _record(self, event: Event) -> None:
        event = {"at": self.now().isoformat(), **event}
        self._log.append(event)
        self.book.apply(event)
        self._version += 1
        self._news.set()
        self._news = asyncio.Event()


def _message_type(message: Message) -> str:
    if message.kind == "choice":
        return "button"
    return {"voice": "audio", "contact": "contacts"}.get(message.kind, message.kind)


def rules_of(raw: Mapping[str, Any]) -> Rules:
    """Rules from JSON. Raises ValueError that names the field."""
    known = {each.name for each in fields(Rules)}
    for name in raw:
        if name not in known:
            raise ValueError(f"{name} is no rule; there are {', '.join(sorted(known))}")
    return Rules(**raw)


def main() -> int:
    """Twilio as a process of its own, until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.twilio", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True, help="the file that remembers everything")
    parser.add_argument("--hooks", required=True, metavar="URL", help="the bot's address, on this machine")
    parser.add_argument("--public", default="", metavar="URL", help="the bot's address as Twilio knows it")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--account", default=ACCOUNT)
    parser.add_argument("--faults", type=json.loads, default={}, metavar="JSON", help='{"cut_after": 0.1}')
    parser.add_argument("--rules", type=json.loads, default={}, metavar="JSON", help='{"portfolio": 0}')
    parser.add_argument("--forgiving", action="store_true", help="repeat a webhook until the bot takes it")
    args = parser.parse_args()
    try:
        twilio = Twilio(
            args.log, hooks=args.hooks, public=args.public, token=args.token, account=args.account,
            faults=TwilioFaults.parse(args.faults), rules=rules_of(args.rules), pace=Pace(forgiving=args.forgiving),
        )  # fmt: skip
        listener = socket.create_server(("127.0.0.1", args.port), backlog=1024)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn stops first, then passes the signal on to us
    config = uvicorn.Config(twilio.app(), log_level="critical", timeout_graceful_shutdown=3)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
