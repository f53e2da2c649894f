"""What the stand-in of Telegram refuses, as the real one does."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.channels.sms import utf16_units
from tests.fakes.telegram_book import Book

TEXT = 4096
BUTTONS = 100
DATA = 64  # bytes
DOWNLOAD = 20_000_000
_LARGEST = {"photo": 10_000_000, "voice": 50_000_000, "document": 50_000_000}
_STARTS = {"photo": (b"\xff\xd8\xff", b"\x89PNG"), "voice": (b"OggS", b"ID3", b"\xff\xfb"), "document": (b"",)}
_LOOPBACK = ("127.0.0.1", "localhost")
_PORTS = (None, 443, 80, 88, 8443)
_KNOWN: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "sendmessage": "chat_id text reply_markup link_preview_options disable_notification protect_content "
        "parse_mode entities reply_parameters",
        "sendphoto": "chat_id photo",
        "sendvoice": "chat_id voice",
        "senddocument": "chat_id document",
        "getupdates": "offset limit timeout allowed_updates",
        "setwebhook": "url secret_token allowed_updates max_connections drop_pending_updates ip_address",
        "deletewebhook": "drop_pending_updates",
        "getwebhookinfo": "",
        "getme": "",
        "getfile": "file_id",
        "answercallbackquery": "callback_query_id text show_alert url cache_time",
        "leavechat": "chat_id",
        "deletemessage": "chat_id message_id",
        "setmycommands": "commands scope language_code",
    }.items()
}


class Refused(Exception):  # noqa: N818 - its name says what happened
    """An answer that is not ok."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.parameters = parameters


class Fields:
    """The fields of a request, each of the kind that the method asks for."""

    def __init__(self, method: str, raw: Mapping[str, Any]) -> None:
        unknown = set(raw) - _KNOWN[method]
        if unknown:  # the real one ignores these; a test wants to know
            raise Refused(400, f"Bad Request: unknown fields {sorted(unknown)}")
        self._raw = raw

    def text(self, name: str, missing: str | None = None) -> str:
        value = self._raw.get(name, missing)
        if not isinstance(value, str):
            raise Refused(400, f"Bad Request: {name} is empty")
        return value

    def file(self, name: str) -> "str | tuple[str, bytes]":
        """A file that was brought, with its name; or what stands for one."""
        value = self._raw.get(name)
        if not isinstance(value, tuple):
            return self.text(name)
        return str(value[0]), bytes(value[1])

    def whole(self, name: str, missing: int | None = None) -> int:
        value = self._raw.get(name, missing)
        if not re.fullmatch(r"-?[0-9]{1,18}", str(value)):
            raise Refused(400, f"Bad Request: {name} must be an integer")
        return int(str(value))

    def yes(self, name: str) -> bool:
        return str(self._raw.get(name, "false")).lower() == "true"

    def json(self, name: str, kind: type, missing: Any = None) -> Any:
        value = self._raw.get(name, missing)
        try:
            found = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            found = None
        if not isinstance(found, kind):
            raise Refused(400, f"Bad Request: can't parse {name}")
        return found

    def has(self, name: str) -> bool:
        return name in self._raw


def known(method: str) -> bool:
    return method.lower() in _KNOWN


def chat(book: Book, fields: Fields) -> int:
    """The chat that a message may go to."""
    found = fields.whole("chat_id")
    state = book.people.get(found)
    if found in book.groups or state == "open":
        return found
    if state == "blocked":
        raise Refused(403, "Forbidden: bot was blocked by the user")
    if state == "seen":
        raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
    raise Refused(400, "Bad Request: chat not found")


def text(fields: Fields) -> str:
    found = fields.text("text").strip().replace("\x00", "")
    if not found:
        raise Refused(400, "Bad Request: message text is empty")
    if utf16_units(found) > TEXT:
        raise Refused(400, "Bad Request: message is too long")
    if fields.has("parse_mode"):  # texts are data: a name with an underscore would lose it
        raise Refused(400, "Bad Request: can't parse entities")
    return found


def brought(kind: str, name: str, data: bytes) -> None:
    """Whether this can be shown as what it is said to be."""
    is_m4a = kind == "voice" and data[4:11] == b"ftypM4A"
    if not name or not 0 < len(data) <= _LARGEST[kind] or not (data.startswith(_STARTS[kind]) or is_m4a):
        raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED" if kind == "photo" else "Bad Request: wrong file")


def keyboard(fields: Fields) -> Mapping[str, Any]:
    """The buttons below a message."""
    if not fields.has("reply_markup"):
        return {}
    markup = fields.json("reply_markup", dict)
    rows = markup.get("inline_keyboard")
    if set(markup) != {"inline_keyboard"} or not isinstance(rows, list) or not all(isinstance(r, list) for r in rows):
        raise Refused(400, "Bad Request: object expected as reply markup")
    buttons = [each for row in rows for each in row]
    if len(buttons) > BUTTONS:
        raise Refused(400, "Bad Request: reply markup is too long")
    for each in buttons:
        if set(each) != {"text", "callback_data"} or not str(each["text"]).strip():
            raise Refused(400, "Bad Request: can't parse inline keyboard button")
        if not 0 < len(each["callback_data"].encode()) <= DATA:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return {"reply_markup": markup}


def hook(fields: Fields) -> tuple[str, str, Sequence[str], int]:
    """Address, secret, what is told and connections of a webhook. On this machine http is allowed too."""
    url = fields.text("url", "")
    address = urlsplit(url)
    if url and address.hostname not in _LOOPBACK:
        if address.scheme != "https":
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if address.port not in _PORTS:
            raise Refused(400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    secret = fields.text("secret_token", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise Refused(400, "Bad Request: secret token contains unallowed characters")
    most = fields.whole("max_connections", 40)
    if not 1 <= most <= 100:
        raise Refused(400, "Bad Request: max_connections is out of range")
    return url, secret, fields.json("allowed_updates", list, []), most


def commands(fields: Fields) -> tuple[str, list[dict[str, str]]]:
    """The language, and its commands."""
    language, found = fields.text("language_code", ""), fields.json("commands", list)
    if not re.fullmatch(r"([a-z]{2})?", language):
        raise Refused(400, "Bad Request: invalid language code specified")
    for each in found:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", each["command"]) or not 1 <= len(each["description"]) <= 256:
            raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
    if len(found) > 100:
        raise Refused(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
    return language, found
