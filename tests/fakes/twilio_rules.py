"""What the stand-in of Twilio refuses, with Twilio's own codes, at once or by a status; and what goes wrong there."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.channels.phone import OURS, PEOPLE
from bot.demo.network_rules import Faults
from bot.model import Address, Choice
from tests.fakes.twilio_book import Book, Content

PARAMETERS = frozenset({
    "To", "From", "MessagingServiceSid", "Body", "ContentSid", "ContentVariables", "StatusCallback", "ValidityPeriod",
    "SmartEncoded", "MediaUrl",
})  # fmt: skip
PLACE = re.compile(r"\{\{([0-9]+)\}\}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_HOLES = re.compile(r"[\n\r\t]| {5}")
_BODY, _INTERACTIVE, _TITLE, _ROW = 1600, 1024, 20, 24
_BUTTONS, _APPROVED_BUTTONS, _ROWS = 3, 10, 10
MEDIA = {  # what WhatsApp takes, and how large
    "image/jpeg": 5 << 20, "image/png": 5 << 20, "application/pdf": 16 << 20, "audio/ogg": 16 << 20,
    "audio/mpeg": 16 << 20, "audio/mp4": 16 << 20, "audio/aac": 16 << 20, "audio/amr": 16 << 20,
}  # fmt: skip
_TYPES = {"twilio/text": "plain", "twilio/quick-reply": "buttons", "twilio/list-picker": "list"}
LANGUAGES = frozenset({  # of WhatsApp's templates, as far as a school may want them
    "nl", "en", "tr", "ar", "pl", "uk", "de", "fr", "es", "pt_BR", "pt_PT", "it", "ro", "bg", "fa", "ur", "prs_AF",
    "ps_AF", "ru", "hu", "sq", "hr", "sr", "el", "zh_CN", "vi", "hi", "id", "cs", "sk", "lt", "lv",
})  # fmt: skip


class Refused(Exception):  # noqa: N818 - it says what happened
    """A 4xx with Twilio's code."""

    def __init__(self, code: int, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.code, self.status = code, status


@dataclass(frozen=True, slots=True)
class TwilioFaults(Faults):
    """The faults of the phones' network, by the same names, and what only Twilio does."""

    refuse_code: str = "21610"
    shuffle: float = 0  # the statuses of a message come in the wrong order
    lose_hook: float = 0  # a webhook never comes


@dataclass(frozen=True, slots=True)
class Rules:
    """How strict the account is."""

    portfolio: int = 250  # people a day outside their windows
    rate: float = 0  # messages a second of a sender; 0: no limit
    late: bool = True  # WhatsApp's own refusals come as a status, as with the real Twilio; else at once
    approves: bool = False  # a template is approved as soon as it is submitted
    shows_content: bool = True  # the list shows what a content says
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that Twilio takes, and why WhatsApp will not (0: it will)."""

    person: Address
    sender: str
    receiver: str
    service: str
    ours: str
    callback: str
    text: str
    validity: int
    content: str = ""
    layout: str = "plain"
    choices: tuple[Choice, ...] = ()
    started: bool = False
    code: int = 0
    media: str = ""  # where its file is to be fetched


def letter(form: Mapping[str, str], book: Book, senders: Mapping[str, str], rules: Rules, now: datetime) -> Letter:
    """The message in this form. Raises Refused. `senders`: each sender and its messaging service."""
    for name in form:
        if name not in PARAMETERS:
            raise Refused(20001, f"{name} is no parameter that this account uses")
    person, receiver = _receiver(form.get("To", ""))
    sender, service = _sender(form, person.channel, senders)
    ours, callback = _callback(form.get("StatusCallback", ""))
    validity = form.get("ValidityPeriod", "")
    if not (validity.isascii() and validity.isdecimal() and 1 <= int(validity) <= 36000):
        raise Refused(20001, "ValidityPeriod is 1 to 36000 seconds")
    if person in book.stopped:
        raise Refused(21610, "Attempt to send to unsubscribed recipient")
    media = _media(form, person.channel)
    formed = "ContentSid" in form or "ContentVariables" in form
    text, layout, choices = _content(form, book) if formed else ("" if media else _body(form), "plain", ())
    code = started = 0
    if person.channel == "whatsapp":
        content = book.contents.get(form.get("ContentSid", ""))
        code = _whatsapp(content, choices, text, is_open=book.is_open(person, now))
        started = not book.is_open(person, now) and not code
        people = book.started(sender, now) if started else set()
        if started and person not in people and len(people) >= rules.portfolio:
            code, started = 63018, False
    if code and not rules.late:
        raise Refused(code, "refused by the channel")
    return Letter(
        person, sender, receiver, service, ours, callback, text, int(validity), form.get("ContentSid", ""), layout,
        choices, bool(started), code, media,
    )  # fmt: skip


def filled(words: str, values: Mapping[str, str]) -> str:
    """Words with their places filled. Raises Refused where a value is missing."""
    try:
        return PLACE.sub(lambda place: values[place[1]], words)
    except KeyError:
        raise Refused(63028, "a variable is missing") from None


def check_content(request: Any) -> None:
    """Raise Refused for what the Content API does not take."""
    if not isinstance(request, dict) or not isinstance(request.get("types"), dict) or not request["types"]:
        raise Refused(20001, "types are missing")
    if not request.get("language") or set(request["types"]) - set(_TYPES):
        raise Refused(20001, "language or types are unknown")
    samples = request.get("variables") or {}
    for kind, body in request["types"].items():
        text, options = parts(kind, body)
        most = {"plain": 0, "buttons": _APPROVED_BUTTONS, "list": _ROWS}[_TYPES[kind]]
        ids = [option.id for option in options]
        if not text.strip() or len(text) > (_BODY if _TYPES[kind] == "plain" else _INTERACTIVE):
            raise Refused(20001, "the body is empty or too long")
        if not bool(most) <= len(options) <= most or len(set(ids)) < len(ids):
            raise Refused(20001, "too few options, too many, or two with one id")
        if not all(option.id and option.label for option in options):
            raise Refused(20001, "an option without id or title")
        label = _ROW if _TYPES[kind] == "list" else _TITLE
        if any(len(option.label) > label for option in options if not PLACE.search(option.label)):
            raise Refused(20001, "a title is too long")
        words = " ".join([text, *(word for option in options for word in option)])
        if set(PLACE.findall(words)) - set(samples):
            raise Refused(20001, "a variable without sample")


def check_approval(content: Content, request: Any) -> None:
    """Raise Refused for what WhatsApp does not even look at."""
    name = request.get("name", "") if isinstance(request, dict) else ""
    if not re.fullmatch(r"[a-z0-9_]{1,512}", name) or request.get("category") not in ("UTILITY", "MARKETING"):
        raise Refused(20001, "name or category is malformed")
    kind, body = next(iter(content.request["types"].items()))
    text, _ = parts(kind, body)
    if _TYPES[kind] == "list":
        raise Refused(20001, "a list cannot be approved")
    if re.search(r"\A\s*\{\{|\}\}\s*\Z|\}\}\s*\{\{", text) or len(text) > _INTERACTIVE:
        raise Refused(20001, "a variable at an end, or two side by side")
    if content.request["language"] not in LANGUAGES:
        raise Refused(20001, "no language of templates")


def parts(kind: str, body: Mapping[str, Any]) -> tuple[str, list[Choice]]:
    """The words and the options of a content. Raises Refused."""
    try:
        if kind == "twilio/quick-reply":
            return body["body"], [Choice(each["id"], each["title"]) for each in body["actions"]]
        if kind == "twilio/list-picker":
            if not 0 < len(body["button"]) <= _TITLE:
                raise Refused(20001, "button is 1 to 20 signs")
            return body["body"], [Choice(each["id"], each["item"]) for each in body["items"]]
        return body["body"], []
    except (KeyError, TypeError):
        raise Refused(20001, "a field is missing") from None


def _receiver(written: str) -> tuple[Address, str]:
    channel = "whatsapp" if written.startswith("whatsapp:") else "sms"
    value = written.removeprefix("whatsapp:")
    if not written:
        raise Refused(21604, "A 'To' phone number is required")
    if not PEOPLE[channel].fullmatch(value):
        raise Refused(21211, "Invalid 'To' Phone Number")
    return Address(channel, value), written


def _sender(form: Mapping[str, str], channel: str, senders: Mapping[str, str]) -> tuple[str, str]:
    service = form.get("MessagingServiceSid", "")
    if service:
        if not _SERVICE.fullmatch(service):
            raise Refused(21701, "no such messaging service")
        for sender, mine in senders.items():
            if mine == service and sender.startswith("whatsapp:") == (channel == "whatsapp"):
                return sender, service
        raise Refused(21703, "the messaging service has no number")
    sender = form.get("From", "")
    if not sender:
        raise Refused(21603, "A 'From' phone number is required")
    if sender.startswith("whatsapp:") != (channel == "whatsapp"):
        raise Refused(21910, "From and To are not of one channel")
    if sender not in senders:
        raise Refused(63007 if channel == "whatsapp" else 21606, "not a sender of this account")
    return sender, ""


def _callback(url: str) -> tuple[str, str]:
    """Our id in the callback's address. Twilio can do without; we cannot."""
    parts_ = urlsplit(url)
    ours = parts_.path.rpartition("/status/")[2]
    if parts_.scheme not in ("http", "https") or "/status/" not in parts_.path or not OURS.fullmatch(ours):
        raise Refused(21609, "The 'StatusCallback' URL is not valid")
    return ours, url


def _body(form: Mapping[str, str]) -> str:
    body = form.get("Body", "")
    if not body.strip():
        raise Refused(21602, "Message body is required")
    if len(body) > _BODY:
        raise Refused(21617, "The concatenated message body exceeds the 1600 character limit")
    return body


def _media(form: Mapping[str, str], channel: str) -> str:
    """Where its file is. The real one drops the words beside a paper or a voice and says nothing; this one says so."""
    url = form.get("MediaUrl", "")
    if url and (channel != "whatsapp" or form.get("Body") or "ContentSid" in form):
        raise Refused(20001, "a file goes on WhatsApp, and alone")
    return url


def _content(form: Mapping[str, str], book: Book) -> tuple[str, str, tuple[Choice, ...]]:
    """What a content says with these values."""
    if "ContentSid" not in form:
        raise Refused(21654, "ContentSid Required")
    content = book.contents.get(form["ContentSid"])
    if content is None:
        raise Refused(21655, "The ContentSid is Invalid")
    values = _values(form.get("ContentVariables", "{}"))
    kind, body = next(iter(content.request["types"].items()))
    text, options = parts(kind, body)
    choices = tuple(Choice(filled(each.id, values), filled(each.label, values)) for each in options)
    return filled(text, values), _TYPES[kind], choices


def _values(written: str) -> Mapping[str, str]:
    try:
        values = json.loads(written)
    except ValueError:
        values = None
    if not isinstance(values, dict) or any(
        not isinstance(each, str) or not each or _HOLES.search(each) for each in values.values()
    ):
        raise Refused(21656, "The ContentVariables Parameter is invalid")
    return values


def _whatsapp(content: Content | None, choices: tuple[Choice, ...], text: str, *, is_open: bool) -> int:
    """Why WhatsApp will not deliver this; 0 where it will."""
    if content and content.state in ("rejected", "paused", "disabled"):
        return {"rejected": 63040, "paused": 63041, "disabled": 63042}[content.state]
    approved = content is not None and content.state == "approved"
    layout = _TYPES[next(iter(content.request["types"]))] if content else "plain"
    if not is_open and (not approved or layout == "list"):
        return 63016
    most = {"plain": 0, "buttons": _APPROVED_BUTTONS if approved else _BUTTONS, "list": _ROWS}[layout]
    label = _ROW if layout == "list" else _TITLE
    ids = {each.id for each in choices}
    if len(choices) > most or len(ids) < len(choices) or any(not 0 < len(each.label) <= label for each in choices):
        return 63005
    if (layout != "plain" or approved) and len(text) > _INTERACTIVE:
        return 63005
    return 0
