"""The driver `twilio` as the contract suite lists it, as sms and as whatsapp, against the stand-in of Twilio."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.channels.base import Clock
from bot.channels.twilio import TwilioChannel
from bot.channels.twilio_http import TIMEOUT
from bot.channels.twilio_inbound import SIGNATURE
from bot.channels.twilio_whatsapp import TwilioWhatsApp
from bot.config import ChannelSettings
from bot.model import Address, Choice, Form, Inbound, Media, Outbound, Receipt, Request, Status
from tests.fakes.bot import Listener, listening
from tests.fakes.clock import wall_clock
from tests.fakes.providers import IMPATIENT, NOWHERE, PAYLOADS, Case, Provider
from tests.fakes.server import serving
from tests.fakes.twilio import ACCOUNT, SMS, TOKEN, WHATSAPP, Twilio
from tests.fakes.twilio_hooks import Pace, signature
from tests.fakes.twilio_rules import Rules

PUBLIC = "https://bot.school.example"
QUICK = Pace(first=0.005, most=0.02)
ELIF, STRANGER = "+31612000001", "+31612000002"
_REFUSED = {"blocked": "21610", "spam": "63999"}


def driver(
    name: str, *, api: str = NOWHERE, token: str = TOKEN, timeout: httpx.Timeout = TIMEOUT, clock: Clock = wall_clock,
    hooks: str = "", sender: str = "", account: str = ACCOUNT,
) -> TwilioChannel:  # fmt: skip
    """The driver with settings as a school would write them."""
    settings = ChannelSettings(
        name, "twilio", sender=sender or (SMS if name == "sms" else WHATSAPP), account=account, api=api,
        hooks=hooks or f"{PUBLIC}/hooks/{name}", token=token,
    )  # fmt: skip
    kind = TwilioWhatsApp if name == "whatsapp" else TwilioChannel
    return kind(settings, clock, timeout=timeout)


def webhook(path: str, fields: Mapping[str, str], token: str = TOKEN, public: str = PUBLIC) -> Request:
    """As Twilio brings it."""
    body = urlencode(fields).encode()
    headers = {SIGNATURE: signature(token, public + path, fields), "content-type": "application/x-www-form-urlencoded"}
    return Request(path, headers, body)


async def prepared(channel: TwilioChannel, twilio: Twilio, message: Outbound) -> Outbound:
    """The message with a content, where WhatsApp must know it beforehand; a template is approved at once."""
    if not isinstance(channel, TwilioWhatsApp) or not (message.template or message.layout != "plain"):
        return message
    options: list[Choice] = []
    values: list[str] = []
    for choice in message.choices:
        values += choice
        options.append(Choice(f"{{{{{len(values) - 1}}}}}", f"{{{{{len(values)}}}}}"))
    form = Form(message.template, message.language or "nl", message.layout, message.text, tuple(options))
    content = await channel.make(form)
    if message.template:
        await channel.submit(content, form)
        twilio.approve(content)
    return replace(message, form=form, values=tuple(values), content=content)


def recorded(file: str) -> Request:
    """A request from tests/payloads/twilio: a line with the path, the headers, an empty line, the body."""
    head, _, body = (PAYLOADS / "twilio" / f"{file}.http").read_bytes().partition(b"\n\n")
    line, *headers = head.decode("ascii").splitlines()
    pairs = (header.partition(": ") for header in headers)
    return Request(line.removeprefix("POST "), {name.lower(): value for name, _, value in pairs}, body.rstrip(b"\n"))


class TwilioCase(Case):
    """Twilio as one of its two channels. WhatsApp's refusals come at once here; as statuses: test_channels_twilio."""

    signature = SIGNATURE
    refusals = {"blocked": "blocked 21610", "spam": "refused 63999"}  # noqa: RUF012

    def __init__(self, name: str) -> None:
        self.name = name
        self.person, self.stranger = Address(name, ELIF), Address(name, STRANGER)
        wrong = ("0612000001", "+31", f"whatsapp:{ELIF}", "jan", "", f"{ELIF}x", "+31612000001\n")
        self.nobody = [Address(name, each) for each in (*wrong, *(["NL.1349847212"] if name == "sms" else []))]

    def __str__(self) -> str:
        return f"twilio-{self.name}"

    def driver(self, *, api: str = NOWHERE, secret: str = TOKEN, impatient: bool = False) -> TwilioChannel:
        return driver(self.name, api=api, token=secret, timeout=IMPATIENT if impatient else TIMEOUT)

    def signed(self, path: str, body: bytes, secret: str = TOKEN) -> Request:
        from bot.channels.twilio_inbound import form

        fields = {name: "".join(values) for name, values in form(body).items()}
        return Request(path, {SIGNATURE: signature(secret, PUBLIC + path, fields)}, body)

    def payloads(self) -> Sequence[tuple[Request, Inbound | Receipt]]:
        return [(recorded(file), noun) for file, noun in _PAYLOADS[self.name].items()]

    def senseless(self) -> Sequence[Request]:
        path = f"/hooks/{self.name}"
        prefix = "whatsapp:" if self.name == "whatsapp" else ""
        whole = {"MessageSid": "SM" + "1" * 32, "AccountSid": ACCOUNT, "From": prefix + ELIF, "Body": "hallo"}
        wrong = [
            {"MessageSid": ""}, {"MessageSid": "SM1"}, {"MessageSid": "IN" + "1" * 32}, {"From": ""},
            {"From": "whatsapp:iemand"}, {"From": "telegram:1"}, {"From": "+31612000001é"}, {"NumMedia": "veel"},
        ]  # fmt: skip
        receipt = {"MessageSid": "SM" + "1" * 32, "AccountSid": ACCOUNT, "MessageStatus": "sent"}
        statuses = [
            {"MessageStatus": ""}, {"MessageStatus": "eaten"}, {"MessageSid": "7"}, {"ErrorCode": "very"},
        ]  # fmt: skip
        return [
            *(webhook(path, {**whole, **each}) for each in wrong),
            self.signed(path, f"AccountSid={ACCOUNT}&MessageSid=%FF%FE&From=\xff".encode("latin-1")),
            self.signed(path, f"AccountSid={ACCOUNT}".encode()),
            *(webhook(f"{path}/status/m-1", {**receipt, **each}) for each in statuses),
            webhook(f"{path}/status/", receipt),
            webhook(f"{path}/status/m-1/m-2", receipt),
            webhook(f"{path}/else", whole),
        ]

    @asynccontextmanager
    async def open(self, home: Path) -> AsyncIterator[Provider]:
        async with listening() as bot:
            rules = Rules(late=False)
            twilio = Twilio(home / "twilio.jsonl", hooks=bot.url, public=PUBLIC, rules=rules, pace=QUICK)
            async with serving(twilio.app()) as api:
                await twilio.say(self.person, "hoi")
                await bot.until(1)
                channel = self.driver(api=api)
                yield _TwilioProvider(api, channel, self.person, self.stranger, twilio, bot)
                await channel.close()


@dataclass
class _TwilioProvider(Provider):
    api: str
    channel: TwilioChannel
    person: Address
    stranger: Address
    twilio: Twilio
    bot: Listener

    @property
    def site(self) -> str:
        return PUBLIC

    def faults(self, **faults: Any) -> None:
        if "refuse_code" in faults:
            faults["refuse_code"] = _REFUSED[faults["refuse_code"]]
        self.twilio.fault(**faults)

    def accepted(self, message: Outbound) -> int:
        return self.twilio.accepted(message.id)

    async def ready(self, message: Outbound) -> Outbound:
        return await prepared(self.channel, self.twilio, message)

    async def told(self) -> Request:
        sid = await self.twilio.say(self.person, "hallo")
        await self.bot.wait(lambda: any(sid.encode() in each.body for each in self.bot.heard))
        return next(each for each in self.bot.heard if sid.encode() in each.body)


_MEDIA = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{{}}/Media/ME{'5' * 32}"
_PHOTO, _VOICE = "MM" + "b" * 32, "MM" + "c" * 32
_PAYLOADS: dict[str, dict[str, Inbound | Receipt]] = {
    "sms": {
        "sms-text": Inbound("SM" + "a" * 32, Address("sms", ELIF), "حسنا شكرا، متى الرحلة؟ 🙂"),
        "sms-photo": Inbound(
            _PHOTO, Address("sms", ELIF), kind="image", media=(Media("image", _MEDIA.format(_PHOTO), "image/jpeg"),)
        ),
        "sms-delivered": Receipt(Status.DELIVERED, "17-0", "SM" + "d" * 32),
        "sms-off": Receipt(Status.FAILED, "17-0", "SM" + "d" * 32, "off 30003"),
        "sms-stopped": Receipt(Status.FAILED, "18-0-1", "SM" + "d" * 32, "blocked 21610"),
    },
    "whatsapp": {
        "whatsapp-text": Inbound("SM" + "e" * 32, Address("whatsapp", ELIF), "Evet, olur + belki?", name="Elif & Can"),
        "whatsapp-button": Inbound(
            "SM" + "f" * 32, Address("whatsapp", ELIF), "Bij het naar bed gaan", "bedtijd", kind="choice",
            name="Elif & Can", theirs="SM" + "d" * 32, alias="NL.1349847212",
        ),
        "whatsapp-list": Inbound(
            "SM" + "0" * 32, Address("whatsapp", "NL.1349847212"), "In het weekend", "weekend", kind="choice",
            theirs="SM" + "d" * 32,
        ),
        "whatsapp-voice": Inbound(
            _VOICE, Address("whatsapp", ELIF), kind="voice", name="Elif & Can",
            media=(Media("voice", _MEDIA.format(_VOICE), "audio/ogg"),),
        ),
        "whatsapp-place": Inbound(
            "SM" + "3" * 32, Address("whatsapp", ELIF), kind="location", name="Elif & Can",
            media=(Media("location", name="52.0907,5.1214 De Brug"),),
        ),
        "whatsapp-read": Receipt(Status.READ, "17-0", "SM" + "d" * 32),
        "whatsapp-window": Receipt(Status.FAILED, "17-0", "SM" + "d" * 32, "window 63016"),
    },
}  # fmt: skip
