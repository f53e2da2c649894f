"""The list of drivers: a new channel is one file and one line here."""

from collections.abc import Callable, Mapping

from bot.channels.base import Channel
from bot.channels.phone import PhoneChannel
from bot.config import ChannelSettings
from bot.errors import ConfigError

DRIVERS: Mapping[str, Callable[[ChannelSettings], Channel]] = {"phone": PhoneChannel}


def make(settings: Mapping[str, ChannelSettings]) -> dict[str, Channel]:
    """The channels of a configuration. Raises ConfigError that names the table and the way out."""
    channels = {}
    for name, each in settings.items():
        if each.driver not in DRIVERS:
            raise ConfigError(f"[channels.{name}] driver = {each.driver!r} is unknown; there are: {', '.join(DRIVERS)}")
        channels[name] = DRIVERS[each.driver](each)
    return channels
