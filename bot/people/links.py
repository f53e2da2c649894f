"""Links that open a chat with the code already typed: one per channel that has a sender. Pure."""

from collections.abc import Mapping
from urllib.parse import quote

from bot.config import ChannelSettings


def links(code: str, channels: Mapping[str, ChannelSettings]) -> dict[str, str]:
    """Channel -> link that sends `code` (XXXX-XXXX) to the bot; only for channels with a sender."""
    makers = {
        "whatsapp": lambda sender: f"https://wa.me/{sender.lstrip('+')}?text={quote(f'START {code}')}",
        "telegram": lambda sender: f"https://t.me/{sender.lstrip('@')}?start={code.replace('-', '')}",
        "sms": lambda sender: f"sms:{sender}?body={quote(f'START {code}')}",
    }
    return {name: makers[name](s.sender) for name, s in channels.items() if name in makers and s.sender}
