"""What the phones' network refuses, as the real channels do, and what it can be told to do wrong."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from bot.channels.phone import LIMITS, OURS, PEOPLE
from bot.channels.sms import utf16_units
from bot.errors import Rejected
from bot.model import Address, Choice, File, Limits, Outbound

_CHOICE_ID = 64  # bytes: Telegram's callback data, the tightest of all
READ_RECEIPTS = frozenset({"whatsapp"})  # an SMS has none, and Telegram tells no bot who has read it
_APPROVED_BUTTONS = 10  # an approved WhatsApp template may have more buttons than a message in the window


def outbound(raw: Mapping[str, Any]) -> Outbound:
    """The message in a request of the bot. Raises Rejected where it is malformed."""
    try:
        expires = raw["expires_at"]
        return Outbound(
            id=_string(raw["id"]),
            to=Address(_string(raw["channel"]), _string(raw["to"])),
            text=_string(raw["text"]),
            choices=tuple(Choice(_string(each["id"]), _string(each["label"])) for each in raw["choices"]),
            layout=_string(raw["layout"]),
            template=_string(raw["template"]),
            language=_string(raw["language"]),
            expires_at=None if expires is None else moment(expires),
            file=_file(raw),
        )
    except (KeyError, TypeError, ValueError):
        raise Rejected("a field is missing or of the wrong kind", "malformed") from None


def _file(raw: Mapping[str, Any]) -> File | None:
    """The file that goes with it. Raises KeyError or TypeError where it is none."""
    given = raw.get("file")
    return File(*(_string(given[name]) for name in File._fields)) if given else None


def check(message: Outbound, heard_at: datetime | None, now: datetime) -> None:
    """Raise Rejected, with a code, where the channel would not take this message. `heard_at`: when she last wrote."""
    if message.to.channel not in LIMITS:
        raise Rejected("there is no such channel", "channel")
    if not PEOPLE[message.to.channel].fullmatch(message.to.value):
        raise Rejected("nobody can have this address", "number")
    if not OURS.fullmatch(message.id):
        raise Rejected("an id is 1 to 64 letters, digits, dots, dashes or underscores", "id")
    if message.to.channel == "telegram" and heard_at is None:
        raise Rejected("a bot cannot write first", "not-started")
    limits = LIMITS[message.to.channel]
    closed = limits.window is not None and (heard_at is None or now - heard_at >= limits.window)
    if closed and (not message.template or message.layout == "list"):
        raise Rejected("she has not written for 24 hours: only an approved template, without a list", "window")
    _check_choices(message, limits, approved=closed)
    if message.file and (message.file.content_type not in limits.files or closed or message.choices):
        raise Rejected("this channel carries no such file, or not now", "file")
    _check_text(message, limits, approved=closed)


def _check_choices(message: Outbound, limits: Limits, *, approved: bool) -> None:
    room = _room(limits, approved=approved)
    if message.layout not in room:
        raise Rejected(f"this channel has no {message.layout}", "layout")
    most, label = room[message.layout]
    if not bool(most) <= len(message.choices) <= most:
        raise Rejected(f"{message.layout} has at most {most} choices", "choices")
    if any(not 0 < utf16_units(choice.label) <= label for choice in message.choices):
        raise Rejected(f"a label has 1 to {label} signs", "label")
    ids = {choice.id for choice in message.choices}
    if len(ids) < len(message.choices) or any(not 0 < len(each.encode()) <= _CHOICE_ID for each in ids):
        raise Rejected(f"choices have ids of their own, of at most {_CHOICE_ID} bytes", "choices")


def _check_text(message: Outbound, limits: Limits, *, approved: bool) -> None:
    most = limits.interactive_text if approved or message.layout != "plain" else limits.text
    if not message.text.strip() or utf16_units(message.text) > most:
        raise Rejected(f"a text has 1 to {most} signs", "text")


def _room(limits: Limits, *, approved: bool) -> dict[str, tuple[int, int]]:
    """The layouts of a channel: how many choices, and how long their labels."""
    room = {"plain": (0, 0)}
    if limits.buttons:
        room["buttons"] = (_APPROVED_BUTTONS if approved else limits.buttons, limits.button_label)
    if limits.rows:
        room["list"] = (limits.rows, limits.row_label)
    return room


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # half a surrogate pair fails here: no phone can show it
    return value


def moment(text: str) -> datetime:
    """An aware datetime from its ISO form. Raises ValueError, also where it has no zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment without a zone")
    return found


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, each as a probability from 0 to 1; times in seconds. The same seed throws the same dice."""

    seed: int = 0
    # The bot hands over a message, and is answered wrongly:
    refuse: float = 0  # 400 with refuse_code; "blocked" is a parent who closed the channel
    refuse_code: str = "blocked"
    throttle: float = 0  # 429 with throttle_for
    throttle_for: float = 1
    error_before: float = 0  # 500, not accepted
    error_after: float = 0  # 500, but accepted
    cut_before: float = 0  # the socket is cut, not accepted
    cut_after: float = 0  # the socket is cut, but accepted
    late: float = 0  # accepted, answered late_by later
    late_by: float = 2
    # On the way to the phone, or of a webhook to the bot:
    lose: float = 0  # accepted, but it never reaches the phone
    delay: float = 0  # it arrives delay_by later
    delay_by: float = 2
    double: float = 0  # a webhook is delivered twice

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Faults":
        """Faults from JSON. Raises ValueError that names the field."""
        known = [each.name for each in fields(cls)]
        for name, value in raw.items():
            if name not in known:
                raise ValueError(f"{name} is no fault; there are {', '.join(known)}")
            if not isinstance(value, str if name == "refuse_code" else int | float):
                raise ValueError(f"{name} = {value!r} is of the wrong kind")
        return cls(**raw)


class Dice:
    """Decides by chance what goes wrong, and the same each time for the same seed."""

    def __init__(self, faults: Faults) -> None:
        self.load(faults)

    def load(self, faults: Faults) -> None:
        self.faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - repeatable on purpose

    def hit(self, fault: str) -> bool:
        """Whether this fault happens now."""
        chance: float = getattr(self.faults, fault)
        return chance > 0 and self._random.random() < chance
