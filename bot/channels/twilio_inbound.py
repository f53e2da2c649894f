"""What Twilio tells us, as nouns: forms of messages and of statuses, and whose signature they carry."""

import hmac
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bot.channels.phone import OURS, PEOPLE
from bot.channels.twilio_codes import worded
from bot.errors import ForgedRequest
from bot.model import Address, Inbound, Media, Receipt, Status

SIGNATURE = "x-twilio-signature"
# Without this a webhook that we answer with a 5xx is lost: Twilio repeats only a failed connection, and only once.
RETRY = "#rc=5&rp=all"
SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")

_FIELDS = 500
_MOST_MEDIA = 10
_CODE = re.compile(r"[0-9]{1,6}")
_CHOICE = re.compile(r"[!-~]{1,256}")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,12})?")
_NO_PERSON = re.compile(r"[0-9]{3,6}|[A-Za-z0-9 &.+_-]{0,10}[A-Za-z][A-Za-z0-9 &.+_-]{0,10}")  # 1234, a firm's name
_STATUSES = {
    "sent": Status.SENT, "delivered": Status.DELIVERED, "read": Status.READ,
    "undelivered": Status.FAILED, "failed": Status.FAILED, "canceled": Status.FAILED,
}  # fmt: skip
_UNDER_WAY = ("accepted", "scheduled", "queued", "sending")
_KINDS = {"contacts": "contact", "sticker": "sticker", "reaction": "reaction"}  # MessageType, where it says more


class Form(dict[str, list[str]]):
    """The fields of a webhook. The validator asks for repeated fields in this way."""

    def getlist(self, name: str) -> list[str]:
        return self[name]

    def text(self, name: str) -> str:
        """The value of a field; "" where it is missing. Raises ValueError where it stands there twice."""
        values = self.get(name, [""])
        if len(values) > 1:
            raise ValueError(f"{name}: there are two")
        return values[0]


def form(body: bytes) -> Form:
    """The fields of a body, whatever bytes it holds. Raises ForgedRequest where they are far too many for Twilio."""
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        raise ForgedRequest from None
    fields = Form()
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def check(headers: Mapping[str, str], url: str, fields: Form, tokens: Sequence[str], account: str) -> None:
    """Raise ForgedRequest unless one of our tokens signed these fields for this address, and for our account."""
    given = headers.get(SIGNATURE, "")
    if not given or not given.isascii():
        raise ForgedRequest
    if not any(token and _signed(RequestValidator(token), url, fields, given) for token in tokens):
        raise ForgedRequest
    if fields.get("AccountSid") != [account]:
        raise ForgedRequest


def _signed(validator: RequestValidator, url: str, fields: Form, given: str) -> bool:
    """Whether this is the signature for our address; `validate` reckons it twice, with a port and without."""
    if hmac.compare_digest(validator.compute_signature(url, fields), given):
        return True
    return bool(validator.validate(url, fields, given))


def receipts(fields: Form, ours: str) -> list[Receipt]:
    """What a status says of our message `ours`; nothing while it is still under way at Twilio. Raises ValueError."""
    status = fields.text("MessageStatus") or fields.text("SmsStatus")
    sid, code = fields.text("MessageSid"), fields.text("ErrorCode")
    if not OURS.fullmatch(ours):
        raise ValueError("our id: malformed")
    if status in _UNDER_WAY:
        return []
    if status not in _STATUSES or not SID.fullmatch(sid) or (code and not _CODE.fullmatch(code)):
        raise ValueError("status: malformed")
    if _STATUSES[status] is not Status.FAILED:
        return [Receipt(_STATUSES[status], ours, sid)]
    return [Receipt(Status.FAILED, ours, sid, worded(code or status))]


def inbound(channel: str, fields: Form) -> list[Inbound]:
    """The message in a webhook; nothing where no person can have sent it. Raises ValueError."""
    sid = fields.text("MessageSid")
    if not SID.fullmatch(sid):
        raise ValueError("MessageSid: malformed")
    written = fields.text("From")
    if channel == "sms" and _NO_PERSON.fullmatch(written):
        return []  # a firm's name or a short code: there is nobody to answer
    choice = fields.text("ButtonPayload") or fields.text("ListId")
    if not _CHOICE.fullmatch(choice):  # a button that another program once sent: what it says is all we know
        choice = ""
    media = _media(fields)
    sender = person(channel, written)
    theirs = fields.text("OriginalRepliedMessageSid")
    return [
        Inbound(
            id=sid,
            sender=sender,
            text=fields.text("Body"),
            choice=choice,
            kind=_kind(fields, choice, media),
            name=fields.text("ProfileName"),
            media=media,
            alias=_alias(sender, fields.text("ExternalUserId")),
            theirs=theirs if SID.fullmatch(theirs) else "",
        )
    ]


def person(channel: str, written: str) -> Address:
    """A person as Twilio writes her: `+31...`, `whatsapp:+31...`, `whatsapp:NL....`. Raises ValueError."""
    prefix = "whatsapp:" if channel == "whatsapp" else ""
    value = written.removeprefix(prefix)
    if not written.startswith(prefix) or not PEOPLE[channel].fullmatch(value):
        raise ValueError("From: malformed")
    return Address(channel, value)


def kind_of(content_type: str, channel: str = "") -> str:
    """What a file is to people."""
    whole = content_type.partition(";")[0].strip().lower()
    if whole == "image/webp" and channel == "whatsapp":
        return "sticker"  # WhatsApp takes photos as JPEG and PNG only
    if whole in ("text/vcard", "text/x-vcard", "text/directory"):
        return "contact"
    return {"audio": "voice", "image": "image", "video": "video"}.get(whole.partition("/")[0], "document")


def _media(fields: Form) -> tuple[Media, ...]:
    count = fields.text("NumMedia") or "0"
    if not re.fullmatch(r"[0-9]{1,2}", count):
        raise ValueError("NumMedia: malformed")
    channel = "whatsapp" if fields.text("From").startswith("whatsapp:") else "sms"
    found = []
    for number in range(min(int(count), _MOST_MEDIA)):
        url, content_type = fields.text(f"MediaUrl{number}"), fields.text(f"MediaContentType{number}")
        if url:
            found.append(Media(kind_of(content_type, channel), url[:500], content_type[:120]))
    latitude, longitude = fields.text("Latitude"), fields.text("Longitude")
    if _DEGREES.fullmatch(latitude) and _DEGREES.fullmatch(longitude):
        place = fields.text("Label") or fields.text("Address")
        found.append(Media("location", name=f"{latitude},{longitude} {place}".strip()[:200]))
    return tuple(found)


def _kind(fields: Form, choice: str, media: Sequence[Media]) -> str:
    if choice:
        return "choice"
    told = _KINDS.get(fields.text("MessageType"))
    if told:
        return told
    if media:
        return media[0].kind
    return "text" if fields.text("Body") else "other"


def _alias(sender: Address, user_id: str) -> str:
    """Her WhatsApp user id, where she is still known by her number."""
    user_id = user_id.removeprefix("whatsapp:")
    return user_id if _USER_ID.fullmatch(user_id) and user_id != sender.value else ""
