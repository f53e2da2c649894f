"""The list of drivers: a new channel is one file and one line here."""

from collections.abc import Callable, Mapping

from bot.channels.base import Channel, Clock
from bot.channels.phone import PhoneChannel
from bot.config import ChannelSettings
from bot.errors import ConfigError


def _telegram(settings: ChannelSettings, clock: Clock) -> Channel:
    from bot.channels.telegram import TelegramChannel  # its library takes a while: only where it is used

    return TelegramChannel(settings, clock)


def _twilio(settings: ChannelSettings, clock: Clock) -> Channel:
    from bot.channels.twilio import TwilioChannel  # imported where it is used: the library takes 0.1 s and 15 MB
    from bot.channels.twilio_whatsapp import TwilioWhatsApp

    return (TwilioWhatsApp if settings.name == "whatsapp" else TwilioChannel)(settings, clock)


DRIVERS: Mapping[str, Callable[[ChannelSettings, Clock], Channel]] = {
    "phone": PhoneChannel,
    "telegram": _telegram,
    "twilio": _twilio,
}
PLAYED = frozenset({"phone"})  # no real person is behind these


def make(settings: Mapping[str, ChannelSettings], clock: Clock) -> dict[str, Channel]:
    """The channels of a configuration. Raises ConfigError that names the table and the way out."""
    channels = {}
    for name, each in settings.items():
        if each.driver not in DRIVERS:
            raise ConfigError(f"[channels.{name}] driver = {each.driver!r} is unknown; there are: {', '.join(DRIVERS)}")
        channels[name] = DRIVERS[each.driver](each, clock)
    return channels
