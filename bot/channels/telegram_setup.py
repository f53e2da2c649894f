"""Tells Telegram how to treat our bot, and looks whether it does."""

import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from telegram import Bot, User, WebhookInfo

from bot.channels.base import Finding
from bot.channels.telegram_updates import ALLOWED
from bot.channels.telegram_wire import answer
from bot.config import ChannelSettings
from bot.errors import ChannelError

_CONNECTIONS = 20  # at once, from Telegram to us: the inbox commits what arrives together in one go
_LANGUAGE = re.compile(r"[a-z]{2}|")  # Telegram knows languages by two letters; "" is everybody else
_QUOTED = 200  # signs of what Telegram says went wrong


async def install(
    bot: Bot, settings: ChannelSettings, commands: Mapping[str, Sequence[tuple[str, str]]]
) -> list[Finding]:
    """Set or remove the webhook, and the commands of each language; says what was done and what failed."""
    name = settings.name
    if settings.mode == "polling":
        hook: Awaitable[Any] = bot.delete_webhook(drop_pending_updates=False)
        found = [await _done(hook, f"{name}: no webhook, the bot asks for updates itself")]
    else:
        hook = bot.set_webhook(
            settings.hooks,
            secret_token=settings.secret,
            allowed_updates=ALLOWED,
            max_connections=_CONNECTIONS,
            drop_pending_updates=False,
        )
        found = [await _done(hook, f"{name}: webhook {settings.hooks}")]
    for language, words in commands.items():
        if _LANGUAGE.fullmatch(language):
            call = bot.set_my_commands(words, language_code=language or None)
            found.append(await _done(call, f"{name}: commands in {language or 'any other language'}"))
    return found


async def examine(bot: Bot, settings: ChannelSettings) -> list[Finding]:
    """What Telegram says of the bot and its webhook, compared with the configuration."""
    try:
        return [
            *_of_bot(await answer(bot.get_me()), settings),
            *_of_webhook(await answer(bot.get_webhook_info()), settings),
        ]
    except ChannelError as error:
        return [
            Finding(False, f"{settings.name}: Telegram did not answer as it should ({error.code})", _way_out(error))
        ]


async def _done(call: Awaitable[Any], what: str) -> Finding:
    try:
        await answer(call)
    except ChannelError as error:
        return Finding(False, f"{what}: not taken ({error.code})", _way_out(error))
    return Finding(True, what)


def _way_out(error: ChannelError) -> str:
    word = error.code.partition(" ")[0]
    if word == "config":
        return "ask @BotFather for the token with /token and set BOT_CHANNELS_TELEGRAM_TOKEN"
    if word == "refused":
        return "Telegram wants a public https address on port 443, 80, 88 or 8443, and short commands in small letters"
    return "see whether this machine reaches api.telegram.org, then try again"


def _of_bot(me: User, settings: ChannelSettings) -> list[Finding]:
    name, username = settings.name, me.username or ""
    ours = settings.sender.lstrip("@")
    return [
        Finding(True, f"{name}: the token works"),
        _finding(
            username.casefold() == ours.casefold(),
            f"{name}: the bot is called @{username}",
            f'write sender = "{username}" in [channels.{name}], or set the token of @{ours}',
        ),
        _finding(
            not me.can_join_groups,
            f"{name}: nobody can add the bot to a group",
            "send @BotFather /setjoingroups and choose Disable; the bot leaves every group by itself",
        ),
        _finding(
            not me.can_read_all_group_messages,
            f"{name}: the bot reads no groups",
            "send @BotFather /setprivacy and choose Enable",
        ),
    ]


def _of_webhook(info: WebhookInfo, settings: ChannelSettings) -> list[Finding]:
    name = settings.name
    if settings.mode == "polling":
        return [
            _finding(not info.url, f"{name}: no webhook stands in the way", "restart the bot; it removes the webhook")
        ]
    again = "let the bot set its webhook again"
    waiting, said = info.pending_update_count, (info.last_error_message or "")[:_QUOTED]
    found = [
        _finding(info.url == settings.hooks, f"{name}: webhook {info.url or 'none'}", f"{again}: {settings.hooks}"),
        _finding(
            set(info.allowed_updates) == set(ALLOWED), f"{name}: Telegram tells what the bot needs to hear", again
        ),
        _finding(
            not (waiting and said),
            f"{name}: {waiting} updates wait at Telegram" + (f'; it last met "{said}"' if said else ""),
            "see whether public_url is reachable from outside with a valid certificate; after 403, " + again,
        ),
    ]
    if not settings.api and not settings.hooks.startswith("https://"):
        found.append(Finding(False, f"{name}: public_url is not https", 'write https, or mode = "polling"'))
    return found


def _finding(ok: bool, what: str, way_out: str) -> Finding:
    return Finding(ok, what, "" if ok else way_out)
