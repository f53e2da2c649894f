"""Which files go out on which channel as themselves, under which names, and where nobody could fetch them. Pure."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.config import ChannelSettings

# The content types that are kept to be sent; names tell nothing about anybody. Twilio wants them short and plain.
NAMES: Mapping[str, str] = {
    "image/jpeg": "foto.jpg", "image/png": "foto.png", "application/pdf": "brief.pdf",
    "audio/ogg": "stem.ogg", "audio/mpeg": "stem.mp3", "audio/mp4": "stem.m4a", "audio/webm": "stem.webm",
}  # fmt: skip
WHATSAPP = frozenset(NAMES) - {"audio/webm"}
TELEGRAM = frozenset(NAMES)
LARGEST = 5 * 1024 * 1024  # of a picture on WhatsApp, which is the least that any of them takes
HERE = ("localhost", "127.0.0.1", "::1")


def is_here(url: str) -> bool:
    """Whether only this machine can reach this address."""
    return urlsplit(url).hostname in HERE


def carried(settings: ChannelSettings, kinds: frozenset[str]) -> frozenset[str]:
    """Of these kinds, those that this channel can be given: Twilio fetches them at our public address."""
    return frozenset() if settings.driver == "twilio" and is_here(settings.hooks) else kinds
