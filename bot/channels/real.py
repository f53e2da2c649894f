"""What must be set before a bot writes to real people: whom to call in danger, addresses, and waits that hold."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from bot.channels.drivers import PLAYED
from bot.config import ChannelSettings, Config, School
from bot.errors import ConfigError

LONGEST = 13.0  # seconds: no driver waits longer for an answer (3 to connect, 10 to hear)
MARGIN = 15.0  # what is on the wire when a lease ends must be over before it may be sent again
_HERE = ("localhost", "127.0.0.1", "::1")


def names(config: Config) -> Sequence[str]:
    """The channels behind which are real people."""
    return [name for name, each in config.channels.items() if each.driver not in PLAYED]


def check(config: Config) -> None:
    """Raises ConfigError, in one line with the way out, where a real channel could do harm as it is set."""
    for wrong, where, way_out in _checks(config):
        if wrong:
            raise ConfigError(f"{where}: {way_out}")


def _checks(config: Config) -> Iterator[tuple[bool, str, str]]:
    real = names(config)
    for school in config.schools.values() if real else ():
        yield from _school(config, school, real)
    for name in real:
        yield from _channel(config, config.channels[name])


def _school(config: Config, school: School, real: Sequence[str]) -> Iterator[tuple[bool, str, str]]:
    where = f"[schools.{school.key}]"
    yield not school.urgent_phone.strip(), f"{where} urgent_phone", "a parent in danger is told this number; write it"
    way_out = "name whom an alarm calls, on a channel that is on, such as sms:+31612000001"
    yield not any(each.channel in real for each in school.duty_addresses), f"{where} duty", way_out
    for each in school.duty_addresses:
        off = each.channel not in config.channels
        yield off, f"{where} duty", f"{each.channel} is off; add [channels.{each.channel}] or name another address"


def _channel(config: Config, settings: ChannelSettings) -> Iterator[tuple[bool, str, str]]:
    web, waits = config.web, config.waits
    safe = web.public_url.startswith("https://") or _is_here(web.public_url)
    calls = settings.mode == "webhook"
    yield calls and not safe, "[web] public_url", f"[channels.{settings.name}] is called there; write https://..."
    if _is_here(settings.api):
        return  # the provider's stand-in on this machine answers as quickly as it is asked to
    yield waits.lease < LONGEST, "[waits] lease", f"an answer may take {LONGEST:g} seconds; write at least that"
    late = waits.resend < waits.lease + MARGIN
    yield late, "[waits] resend", f"write at least lease + {MARGIN:g}, or a message could go out twice"


def _is_here(url: str) -> bool:
    """Whether this address is on this machine."""
    return urlsplit(url).hostname in _HERE
