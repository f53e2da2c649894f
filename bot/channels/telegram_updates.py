"""What an update of Telegram means. Pure.

Read by hand: the library's types take a value of any kind, and only fail where somebody uses it.
"""

import hashlib
import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from bot.channels.phone import OURS, PEOPLE
from bot.model import Address, Inbound, Media

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")  # what we ask Telegram to tell
PHOTO = 5_000_000  # bytes of the largest photo that is worth keeping

_Raw = Mapping[str, Any]
_FILES = {  # Telegram's field: our kind. An animation is also sent as a document, so it goes first
    "voice": "voice",
    "audio": "voice",
    "video_note": "video",
    "video": "video",
    "animation": "video",
    "document": "document",
    "sticker": "sticker",
}
_TYPES = {"voice": "audio/ogg", "video_note": "video/mp4", "sticker": "image/webp"}  # where it tells no type
_SERVICE = (  # she did something with the chat, but said nothing
    "pinned_message",
    "message_auto_delete_timer_changed",
    "chat_background_set",
    "write_access_allowed",
    "forum_topic_created",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
)
_NAME = 200  # signs of a name of a file or a person


def inbound(channel: str, update: _Raw) -> list[Inbound]:
    """What a person did, as letters for the inbox; none for groups and what we never asked for. Raises ValueError."""
    number = _whole(update, "update_id")
    if "message" in update:
        return _message(channel, number, _object(update, "message"))
    if "edited_message" in update:
        return _edit(channel, number, _object(update, "edited_message"))
    if "callback_query" in update:
        return _tap(channel, number, _object(update, "callback_query"))
    if "my_chat_member" in update:
        return _membership(channel, number, _object(update, "my_chat_member"))
    return []


class Chore(NamedTuple):
    """What politeness asks for after an update: answer a tap, or leave a group."""

    kind: Literal["answer", "leave"]
    id: str


def chore(update: _Raw) -> Chore | None:
    """What is to be done besides storing this update. Raises ValueError."""
    if "callback_query" in update:
        return Chore("answer", _text(_object(update, "callback_query"), "id"))
    for name in ("message", "edited_message", "my_chat_member"):
        if name not in update:
            continue
        event = _object(update, name)
        chat = _object(event, "chat")
        if _text(chat, "type") == "private" or (name == "my_chat_member" and _status(event) in ("left", "kicked")):
            return None
        return Chore("leave", str(_whole(chat, "id")))
    return None


# After a week of silence update ids start again anywhere, while the inbox knows an id for ever: so the second of the
# event stands behind it. It names nobody: an id is stored as it is.
def _id(number: int, moment: int) -> str:
    return f"{number}-{moment:x}"


def _message(channel: str, number: int, message: _Raw) -> list[Inbound]:
    if not _private(message) or any(name in message for name in _SERVICE):
        return []
    kind, media = _carried(message)
    return [
        Inbound(
            id=_id(number, _whole(message, "date")),
            sender=_address(channel, _object(message, "chat")),
            text=_words(message),
            kind=kind,
            name=_name(message.get("from")),
            media=media,
            album=_text(message, "media_group_id")[:64],
            theirs=_replied(message),
        )
    ]


def _edit(channel: str, number: int, message: _Raw) -> list[Inbound]:
    words = _words(message)
    if not _private(message) or not words:  # a shared place that moves comes as an edit every few seconds
        return []
    sender = _address(channel, _object(message, "chat"))
    moment = _whole(message, "edit_date")
    return [Inbound(_id(number, moment), sender, words, kind="edit", name=_name(message.get("from")))]


def _tap(channel: str, number: int, query: _Raw) -> list[Inbound]:
    message = _object(query, "message") if query.get("message") else {}
    if message and not _private(message):
        return []
    person = _object(query, "from")
    data, theirs = _text(query, "data"), _text(query, "id")
    if not theirs:
        raise ValueError("id: missing")
    # The upper half of a tap's id is the number of who tapped; hashed, it still is one id per tap.
    mark = f"q{hashlib.sha256(theirs.encode()).hexdigest()[:24]}"
    ours, bar, choice = data.partition("|")
    label = _label(message, data)
    letter = Inbound(mark, _address(channel, person), label, name=_name(person))
    if bar and choice and OURS.fullmatch(ours):
        return [Inbound(mark, letter.sender, label, choice, ours, "choice", letter.name)]
    # A button that another program once sent for this bot: what it says is all we know.
    return [letter if label else Inbound(mark, letter.sender, kind="other", name=letter.name)]


def _membership(channel: str, number: int, event: _Raw) -> list[Inbound]:
    if not _private(event) or _status(event) not in ("kicked", "left"):
        return []  # a group, or she opened the chat (again): her START follows
    return [Inbound(_id(number, _whole(event, "date")), _address(channel, _object(event, "chat")), kind="blocked")]


# --- what a message carries -------------------------------------------------------------------------------------------
def _carried(message: _Raw) -> tuple[str, tuple[Media, ...]]:
    """The kind of a message, and what it holds besides words."""
    for field, kind in _FILES.items():
        if field in message:
            return kind, (_file(kind, _object(message, field), _TYPES.get(field, "")),)
    if "photo" in message:
        return "image", (_photo(message["photo"]),)
    if "location" in message:
        return "location", (Media("location", name=_place(_object(message, "location"))),)
    if "contact" in message:
        return "contact", (Media("contact", name=_card(_object(message, "contact"))),)
    return ("text" if "text" in message else "other"), ()


def _file(kind: str, file: _Raw, usual: str) -> Media:
    if kind == "sticker" and (file.get("is_animated") or file.get("is_video")):
        usual = "application/x-tgsticker" if file.get("is_animated") else "video/webm"
    return Media(
        kind=kind,
        reference=_reference(file),
        content_type=_text(file, "mime_type")[:100] or usual,
        size=_whole(file, "file_size", missing=0),
        name=(_text(file, "file_name") or _text(file, "emoji"))[:_NAME],
    )


def _photo(sizes: Any) -> Media:
    """The largest that may be kept; Telegram sends each photo in several sizes."""
    if not isinstance(sizes, list) or not sizes or not all(isinstance(each, dict) for each in sizes):
        raise ValueError("photo: not a list of sizes")
    ordered = sorted(sizes, key=lambda each: _whole(each, "file_size", missing=0))
    fitting = [each for each in ordered if _whole(each, "file_size", missing=0) <= PHOTO]
    best = (fitting or ordered[:1])[-1]
    return Media("image", _reference(best), "image/jpeg", _whole(best, "file_size", missing=0))


def _place(location: _Raw) -> str:
    found = [location.get(name) for name in ("latitude", "longitude")]
    if any(isinstance(each, bool) or not isinstance(each, int | float) or not math.isfinite(each) for each in found):
        raise ValueError("location: not two numbers")
    return ",".join(f"{each:.6f}".rstrip("0").rstrip(".") for each in found)


def _card(contact: _Raw) -> str:
    phone = _text(contact, "phone_number")
    words = (_text(contact, "first_name"), _text(contact, "last_name"), f"+{phone}" if phone.isdecimal() else phone)
    return " ".join(filter(None, words))[:_NAME]


def _words(message: _Raw) -> str:
    venue = _object(message, "venue") if "venue" in message else {}
    named = ", ".join(filter(None, (_text(venue, "title"), _text(venue, "address"))))
    return _text(message, "text") or _text(message, "caption") or named


def _replied(message: _Raw) -> str:
    """The number of the bot's message that she replies to."""
    answered = message.get("reply_to_message")
    if not isinstance(answered, dict) or not _robot(answered.get("from")):
        return ""
    return str(_whole(answered, "message_id"))


def _label(message: _Raw, data: str) -> str:
    """What stands on the tapped button; "" where the message is too old to be shown along."""
    rows = message["reply_markup"].get("inline_keyboard") if isinstance(message.get("reply_markup"), dict) else None
    buttons = [each for row in rows if isinstance(row, list) for each in row] if isinstance(rows, list) else []
    found = (each for each in buttons if isinstance(each, dict) and each.get("callback_data") == data)
    return next((_text(each, "text") for each in found), "")


# --- fields -----------------------------------------------------------------------------------------------------------
def _private(event: _Raw) -> bool:
    return _text(_object(event, "chat"), "type") == "private"


def _robot(person: Any) -> bool:
    return isinstance(person, dict) and person.get("is_bot") is True


def _address(channel: str, chat: _Raw) -> Address:
    value = str(_whole(chat, "id"))
    if not PEOPLE["telegram"].fullmatch(value):
        raise ValueError("id: nobody's")
    return Address(channel, value)


def _name(person: Any) -> str:
    if not isinstance(person, dict):
        return ""
    return " ".join(filter(None, (_text(person, "first_name"), _text(person, "last_name"))))[:_NAME]


def _status(event: _Raw) -> str:
    return _text(_object(event, "new_chat_member"), "status")


def _reference(file: _Raw) -> str:
    found = _text(file, "file_id")
    if not (0 < len(found) <= 250 and found.isascii() and found.isprintable()):
        raise ValueError("file_id: malformed")
    return found


def _object(raw: _Raw, name: str) -> _Raw:
    value = raw.get(name)
    if not isinstance(value, dict):
        raise ValueError(f"{name}: not an object")
    return value


def _text(raw: _Raw, name: str) -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name}: not a text")
    return value


def _whole(raw: _Raw, name: str, *, missing: int | None = None) -> int:
    value = raw.get(name, missing)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 63:
        raise ValueError(f"{name}: not a whole number")
    return value
