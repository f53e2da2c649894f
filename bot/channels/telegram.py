"""The driver `telegram`: a bot of Telegram, told by webhook or, where nobody can call us, by asking for updates."""

import hmac
import json
import mimetypes
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.constants import FileSizeLimit

from bot.channels import telegram_setup, telegram_updates
from bot.channels.base import Clock, Fetched, Finding
from bot.channels.bodies import json_object
from bot.channels.phone import LIMITS, PEOPLE
from bot.channels.sms import utf16_units
from bot.channels.telegram_files import Files
from bot.channels.telegram_updates import ALLOWED
from bot.channels.telegram_wire import TIMEOUT, Wire, answer
from bot.config import ChannelSettings
from bot.errors import Blocked, ChannelError, ConfigError, ForgedRequest, InDoubt, Rejected, Throttled
from bot.model import Address, Inbound, Outbound, Receipt, Request

SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
API = "https://api.telegram.org"
LONG_POLL = timedelta(seconds=25)

_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{30,100}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_BUTTON = 64  # bytes of what a tap brings back
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_POLITE = 3.0  # seconds that politeness may take
_GRACE = 10.0  # seconds over a long poll's own time
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG", "image/png"),
    (b"GIF8", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"%PDF", "application/pdf"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)


class TelegramChannel:
    """A bot of Telegram. `settings.sender` is its username, `settings.secret` what Telegram signs webhooks with.

    Opens nothing and asks nothing before it must: Telegram being down does not stop the bot from starting.
    """

    def __init__(
        self,
        settings: ChannelSettings,
        _: Clock,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        long_poll: timedelta = LONG_POLL,
    ) -> None:
        check(settings)
        self.name = settings.name
        self.limits = LIMITS["telegram"]
        self.insists = True  # it repeats an update for a day, and the chat waits
        self.polling = settings.mode == "polling"
        self._settings = settings
        # Where we ask for updates nobody else may bring them, so nobody else knows this secret.
        self._secret = secrets.token_urlsafe(32) if self.polling else settings.secret
        self._polite = min(_POLITE, timeout.read or _POLITE)
        self._long_poll = int(long_poll.total_seconds())
        api = (settings.api or API).rstrip("/")
        context = httpx.create_ssl_context(trust_env=False)
        self._wire = Wire(timeout, context, settings.at_once)
        self._bot = Bot(
            settings.tokens[0],
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=self._wire,
            get_updates_request=self._wire,
        )
        self._files = Files(self._bot, self._wire)
        self._unhooked = False

    def read(self, request: Request) -> list[Inbound | Receipt]:
        """Check the secret and translate an update. Raises ForgedRequest or ValueError."""
        given = request.headers.get(SECRET, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret.encode()):
            raise ForgedRequest
        if not request.path.endswith(f"/hooks/{self.name}"):
            raise ValueError("not a path of this channel")
        return [*telegram_updates.inbound(self.name, json_object(request.body))]

    async def send(self, message: Outbound) -> str:
        """Hand over one message; returns Telegram's number of it in this chat. Raises ChannelError.

        Where Telegram does not take a file, the text goes, which says where it is found.
        """
        chat, keyboard = _chat(message.to), _keyboard(message, self.limits.buttons, self.limits.button_label)
        sent = await self._files.send(chat, message.file) if message.file else None
        if sent is None:
            sent = await answer(
                self._bot.send_message(
                    chat, _sendable(message.text), reply_markup=keyboard, link_preview_options=_NO_PREVIEW
                )
            )
        if not (isinstance(sent, Message) and isinstance(sent.message_id, int)):
            raise InDoubt("telegram: an answer that makes no sense")
        return str(sent.message_id)

    async def close(self) -> None:
        await self._wire.shutdown()

    async def poll(self, offset: int) -> tuple[Sequence[Request], int]:
        """Waits for updates; asking from the returned offset confirms them. Raises ChannelError."""
        try:
            updates = await self._updates(offset)
        except Throttled as error:
            if error.code != "config 409" or self._unhooked:
                raise
            # A webhook of before keeps the updates from us; once only, or two bots would fight over it.
            self._unhooked = True
            await answer(self._bot.delete_webhook(drop_pending_updates=False))
            updates = await self._updates(offset)
        found = [each for each in updates if isinstance(each, dict) and isinstance(each.get("update_id"), int)]
        requests = [Request(f"/hooks/{self.name}", {SECRET: self._secret}, json.dumps(each).encode()) for each in found]
        # Not the highest ever: after a week of silence the ids start again anywhere, and an old offset would never
        # confirm them. Where nothing waits, zero means the same and cannot grow stale.
        return requests, (found[-1]["update_id"] + 1 if found else 0)

    async def _updates(self, offset: int) -> list[Any]:
        asked = {"offset": offset, "limit": 100, "timeout": self._long_poll, "allowed_updates": json.dumps(ALLOWED)}
        url = f"{self._bot.base_url}/getUpdates?{urlencode(asked)}"
        updates = await answer(self._wire.ask(url, self._long_poll + _GRACE))
        if not isinstance(updates, list):
            raise InDoubt("telegram: an answer that makes no sense")
        return updates

    async def tidy(self, request: Request) -> None:
        """Stop the spinner of a tap; leave a group. Never raises."""
        try:
            chore = telegram_updates.chore(json_object(request.body))
            if chore and chore.kind == "answer":
                await answer(self._bot.answer_callback_query(chore.id, read_timeout=self._polite))
            elif chore:
                await answer(self._bot.leave_chat(int(chore.id), read_timeout=self._polite))
        except (ChannelError, ValueError):
            pass  # the tap is too old, or somebody else was first

    async def fetch(self, reference: str, most: int) -> Fetched:
        """The file behind `Media.reference`, up to `most` bytes. Raises ChannelError."""
        file = await answer(self._bot.get_file(reference))
        most = min(most, FileSizeLimit.FILESIZE_DOWNLOAD)
        if not file.file_path or (file.file_size or 0) > most:
            raise Rejected("telegram: the file is gone or too large", "refused size")
        data = await self._wire.download(file.file_path, most)
        return Fetched(_content_type(file.file_path, data), data)

    async def forget(self, provider_id: str) -> bool:
        """Take a message of ours out of the chat, which Telegram allows for 48 hours. Raises ChannelError."""
        chat, _, number = provider_id.partition(":")
        if not (PEOPLE["telegram"].fullmatch(chat) and number.isascii() and number.isdigit()):
            return False
        try:
            return bool(await answer(self._bot.delete_message(int(chat), int(number))))
        except (Rejected, Blocked):  # too old, gone, or she closed the chat: there is nothing more to be done
            return False

    async def install(self, commands: Mapping[str, Sequence[tuple[str, str]]]) -> Sequence[Finding]:
        """Tell Telegram where to bring updates, and the commands per language: (word, what it does). Never raises."""
        return await telegram_setup.install(self._bot, self._settings, commands)

    async def examine(self) -> Sequence[Finding]:
        """Token, username, groups and webhook as Telegram has them. Never raises."""
        return await telegram_setup.examine(self._bot, self._settings)


def check(settings: ChannelSettings) -> None:
    """Raise ConfigError where these settings cannot work; it never shows a secret."""
    where, variable = f"[channels.{settings.name}]", f"BOT_CHANNELS_{settings.name.upper()}"
    if settings.name != "telegram":
        raise ConfigError(f"{where} the driver telegram serves [channels.telegram] alone")
    if not (settings.tokens and _TOKEN.fullmatch(settings.tokens[0])):
        raise ConfigError(f"{where} the token is no bot token; set {variable}_TOKEN to what @BotFather gave")
    if settings.mode == "webhook" and not _SECRET.fullmatch(settings.secret):
        raise ConfigError(
            f"{where} the secret is missing or unfit; set {variable}_SECRET to 16 to 256 letters, digits, - or _"
        )
    if not _USERNAME.fullmatch(settings.sender.lstrip("@")):
        raise ConfigError(f'{where} sender must be the bot\'s username; write for example sender = "DeBrugBot"')
    if settings.api and not settings.api.startswith(("http://", "https://")):
        raise ConfigError(f'{where} api must be an address; leave it out, or write for example "http://127.0.0.1:8001"')


def _chat(to: Address) -> int:
    if not PEOPLE["telegram"].fullmatch(to.value):
        raise Rejected("telegram: nobody can have this number", "absent address")
    return int(to.value)


def _keyboard(message: Outbound, most: int, longest: int) -> InlineKeyboardMarkup | None:
    """A button below the other for each option; a tap brings back our id and the option's."""
    if message.layout == "plain":
        return None
    ids = {choice.id for choice in message.choices}
    fits = 0 < len(ids) == len(message.choices) <= most and all(ids)
    if message.layout != "buttons" or not fits:
        raise Rejected("telegram: options that it does not carry", "refused options")
    rows = []
    for choice in message.choices:
        data = f"{message.id}|{_sendable(choice.id)}"
        if not 0 < utf16_units(_sendable(choice.label)) <= longest or len(data.encode()) > _BUTTON:
            raise Rejected("telegram: an option that is too long", "refused options")
        rows.append([InlineKeyboardButton(choice.label, callback_data=data)])
    return InlineKeyboardMarkup(rows)


def _sendable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        unfit = Rejected("telegram: a text that nobody can show", "refused text")
    else:
        return text
    raise unfit


def _content_type(path: str, data: bytes) -> str:
    """By what a file begins with, then by its name: Telegram itself does not say."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return "audio/mp4" if data[8:11] == b"M4A" else "video/mp4"
    found = (kind for start, kind in _MAGIC if data.startswith(start))
    return next(found, mimetypes.guess_type(path)[0] or "application/octet-stream")
