"""Files to Telegram: each is handed over once, then goes to everybody else by Telegram's own name for it.

Telegram could fetch a file at our address too, but not where nobody can call us, and of a voice no more than 1 MB. So
we bring it: from our own address, as anybody would fetch it, because a driver knows no database.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from telegram import Bot, Message

from bot.channels.files import LARGEST
from bot.channels.telegram_wire import Wire, answer
from bot.errors import ChannelError, Rejected, Unsent
from bot.model import File

_REMEMBERED = 1000
_WRITING = 10.0  # seconds for it to leave; with hearing the answer that stays within a lease
_NOT_NOW = 600.0  # seconds in which what could not be brought is not tried again: the link goes
_HEARD = ("audio/ogg", "audio/mpeg", "audio/mp4")


class Files:
    """What Telegram has of our files."""

    def __init__(self, bot: Bot, wire: Wire) -> None:
        self._bot = bot
        self._wire = wire
        self._known: OrderedDict[str, str] = OrderedDict()  # our address: Telegram's id
        self._links: OrderedDict[str, float] = OrderedDict()  # our address: until when only its link goes
        self._under_way: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def send(self, chat: int, file: File) -> Message | None:
        """Send it; None where Telegram does not take it, or it cannot be fetched. Raises ChannelError."""
        if self._is_known(file):
            return await self._again(chat, file)
        lock = self._under_way.setdefault(file.url, asyncio.Lock())
        others = lock.locked()
        async with lock:
            if not others:
                return await self._bring(chat, file)
        if not self._is_known(file):  # whoever brought it failed; not all of them one after the other
            raise Unsent("telegram: the file did not get there yet", "file")
        return await self._again(chat, file)

    def _is_known(self, file: File) -> bool:
        return file.url in self._known or self._links.get(file.url, 0) > asyncio.get_running_loop().time()

    async def _again(self, chat: int, file: File) -> Message | None:
        known = self._known.get(file.url)
        return await self._send(chat, file, known) if known else None

    async def _bring(self, chat: int, file: File) -> Message | None:
        try:
            data = await self._wire.download(file.url, LARGEST)
        except ChannelError:
            sent = None
        else:
            sent = await self._send(chat, file, data)
        if named := _id(sent):
            _remember(self._known, file.url, named)
        else:
            _remember(self._links, file.url, asyncio.get_running_loop().time() + _NOT_NOW)
        return sent

    async def _send(self, chat: int, file: File, what: "str | bytes") -> Message | None:
        method, field = self._method(file.content_type)
        named = {"filename": file.name} if isinstance(what, bytes) else {}
        try:
            return await answer(method(chat, **{field: what}, **named, write_timeout=_WRITING))
        except Rejected as error:
            if error.code.startswith("absent"):  # it is she who is not there
                raise
            self._known.pop(file.url, None)
            return None

    def _method(self, content_type: str) -> "tuple[Callable[..., Awaitable[Message]], str]":
        if content_type.startswith("image/"):
            return self._bot.send_photo, "photo"
        if content_type in _HEARD:
            return self._bot.send_voice, "voice"
        return self._bot.send_document, "document"


def _remember(where: OrderedDict[str, Any], url: str, what: Any) -> None:
    where[url] = what
    while len(where) > _REMEMBERED:
        where.popitem(last=False)


def _id(sent: Any) -> str:
    """Telegram's id of the file in this message; of a picture that of the largest."""
    found = [*(getattr(sent, "photo", None) or ())][-1:] or [
        each for name in ("voice", "audio", "document") if (each := getattr(sent, name, None))
    ]
    return str(found[0].file_id) if found else ""
