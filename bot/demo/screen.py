"""What one sees on a phone: messages of the network as bubbles. Pure; a message is data, whatever is in it."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from bot.demo.network_log import PhoneMessage
from bot.demo.school import Phone
from bot.model import Choice, File

SHOWN = 100  # the newest so many; a phone shows no more at once either
RTL = frozenset({"ar", "fa", "prs", "ur", "ckb"})
SKINS = {"whatsapp": "WhatsApp", "sms": "SMS", "telegram": "Telegram"}
TICKS = {"sent": "verzonden", "delivered": "bezorgd", "read": "gelezen", "failed": "niet aangekomen"}


class Letter(NamedTuple):
    """A letter from school that lies beside a phone: for whom, and the code in it."""

    guardian: str
    code: str


class Line(NamedTuple):
    """One line of the week that is to come: when, what, and why it waits or is skipped."""

    key: str  # the same as long as it is the same thing
    when: str
    iso: str
    what: str
    why: str = ""
    skipped: bool = False


class Fact(NamedTuple):
    """What the bot knows of a phone: what just happened and why, the letters not yet answered, and what is to come."""

    note: str = ""
    letters: tuple[Letter, ...] = ()
    week: tuple[Line, ...] = ()


class Piece(NamedTuple):
    """A stretch of a message; `link` where one may follow it."""

    text: str
    link: bool = False


class Thing(NamedTuple):
    """A picture, a sound or a paper in a message: where it is on this same site, and its name."""

    what: str
    path: str
    name: str


class Bubble(NamedTuple):
    """One message on the screen."""

    key: str  # the network's id, unique also where the same message arrives twice
    ours: str  # what a tap refers to
    who: str
    text: tuple["Piece", ...]
    at: str
    iso: str
    day: str  # a heading where a new day begins
    kind: str
    ticks: str
    new: bool
    parts: int
    layout: str
    choices: tuple[Choice, ...]
    answered: str
    thing: Thing | None


class Screen(NamedTuple):
    """One phone as the page draws it."""

    phone: Phone
    words: "Words"
    bubbles: tuple[Bubble, ...]
    hidden: int  # older messages that are not shown
    unread: int
    fact: Fact

    @property
    def direction(self) -> str:
        return "rtl" if self.phone.language in RTL else "ltr"

    @property
    def skin(self) -> str:
        return SKINS.get(self.phone.channel, self.phone.channel)


class Words(NamedTuple):
    """What the phone itself says, in the language it is set to."""

    field: str
    send: str
    pick: str
    attach: str
    chosen: str
    voice: str
    image: str
    location: str
    sticker: str
    other: str


_WORDS = {
    "nl": Words(
        "Bericht", "Stuur", "Kies", "Bijlage", "gekozen", "Spraakbericht", "Foto", "Locatie", "Sticker", "Bericht"
    ),
    "en": Words(
        "Message", "Send", "Choose", "Attach", "chosen", "Voice message", "Photo", "Location", "Sticker", "Message"
    ),
    "tr": Words("Mesaj", "Gönder", "Seç", "Ekle", "seçildi", "Sesli mesaj", "Fotoğraf", "Konum", "Çıkartma", "Mesaj"),
    "pl": Words(
        "Wiadomość",
        "Wyślij",
        "Wybierz",
        "Dodaj",
        "wybrano",
        "Wiadomość głosowa",
        "Zdjęcie",
        "Lokalizacja",
        "Naklejka",
        "Wiadomość",
    ),
    "uk": Words(
        "Повідомлення",
        "Надіслати",
        "Обрати",
        "Додати",
        "обрано",
        "Голосове",
        "Фото",
        "Місце",
        "Наліпка",
        "Повідомлення",
    ),
    "ar": Words("رسالة", "إرسال", "اختر", "إرفاق", "تم الاختيار", "رسالة صوتية", "صورة", "موقع", "ملصق", "رسالة"),
}
KINDS = ("voice", "image", "location", "sticker")

_LINK = re.compile(r"(https?://[^\s\u2066-\u2069]*[^\s\u2066-\u2069.,;:!?()])")
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def visible(text: str) -> str:
    """The text with what no page can carry shown as a sign: control characters and half characters."""
    return _INVISIBLE.sub(_sign, text.replace("\r\n", "\n"))


def _sign(match: "re.Match[str]") -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 32 else "\u2421" if code == 127 else "\ufffd"


def words(language: str) -> Words:
    return _WORDS.get(language, _WORDS["en"])


def screen(phone: Phone, messages: Sequence[PhoneMessage], fact: Fact, zone: ZoneInfo) -> Screen:
    """The newest messages of a phone, with a heading where a new day begins."""
    return Screen(
        phone=phone,
        words=words(phone.language),
        bubbles=tuple(_bubbles(phone, messages[-SHOWN:], zone)),
        hidden=max(0, len(messages) - SHOWN),
        unread=sum(each.new for each in takewhile(lambda each: each.who == "bot", reversed(messages))),
        fact=fact,
    )


def _bubbles(phone: Phone, messages: Iterable[PhoneMessage], zone: ZoneInfo) -> Iterable[Bubble]:
    day = None
    for each in messages:
        local = each.at.astimezone(zone)
        heading = _heading(local.date(), phone.language) if local.date() != day else ""
        day = local.date()
        yield Bubble(
            key=each.sid,
            ours=each.id,
            who=each.who,
            text=tuple(_pieces(visible(each.text), links=each.who == "bot")),
            at=f"{local:%H:%M}",
            iso=local.isoformat(timespec="minutes"),
            day=heading,
            kind=each.kind,
            ticks=each.status if each.status in TICKS else "",
            new=each.new,
            parts=each.parts if phone.channel == "sms" else 0,
            layout=each.layout,
            choices=tuple(Choice(visible(choice.id), visible(choice.label)) for choice in each.choices),
            answered=each.answered,
            thing=_thing(each.file) if each.file else None,
        )


def _thing(file: File) -> Thing:
    """What it is by its content type. Whatever host its address names: the page is on the same one."""
    what = {"image": "picture", "audio": "sound"}.get(file.content_type.partition("/")[0], "paper")
    return Thing(what, urlsplit(file.url).path, file.name)


def _pieces(text: str, *, links: bool) -> Iterable[Piece]:
    """The school's own links can be followed; what a parent types stays plain."""
    parts = _LINK.split(text) if links else [text]
    return (Piece(part, link=bool(place % 2)) for place, part in enumerate(parts) if part)


@lru_cache(maxsize=256)
def _heading(day: date, language: str) -> str:
    return format_skeleton("MMMEd", datetime(day.year, day.month, day.day), locale=language)  # noqa: DTZ001 - a date
