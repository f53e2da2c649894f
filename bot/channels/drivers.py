"""The list of drivers: a new channel is one file and one line here."""

from collections.abc import Callable, Mapping

from bot.channels.base import Channel, Clock
from bot.channels.phone import PhoneChannel
from bot.config import ChannelSettings
from bot.errors import ConfigError

DRIVERS: Mapping[str, Callable[[ChannelSettings, Clock], Channel]] = {"phone": PhoneChannel}
PLAYED = frozenset({"phone"})  # no real person is behind these


def make(settings: Mapping[str, ChannelSettings], clock: Clock) -> dict[str, Channel]:
    """The channels of a configuration. Raises ConfigError that names the table and the way out."""
    channels = {}
    for name, each in settings.items():
        if each.driver not in DRIVERS:
            raise ConfigError(f"[channels.{name}] driver = {each.driver!r} is unknown; there are: {', '.join(DRIVERS)}")
        channels[name] = DRIVERS[each.driver](each, clock)
    return channels
