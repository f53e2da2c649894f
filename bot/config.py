"""config.toml and the environment as frozen dataclasses. Unknown keys are errors; secrets come from the environment."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot import translators
from bot.errors import ConfigError
from bot.model import HOME, REGIONS, Address
from bot.translators import Choice, Translation
from bot.typed import named, table

ROOT = Path(__file__).resolve().parent.parent
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_CHAT = re.compile(r"[1-9][0-9]{0,15}")  # no @name: a bot can write to a number only


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nobody is woken. What had to wait leaves spread over so many minutes."""

    start: time = time(21, 0)
    end: time = time(7, 0)
    sunday_until: time = time(12, 0)
    spread: float = 20.0


@dataclass(frozen=True, slots=True)
class School:
    """One school: its name as parents read it, whom to call, and its hours."""

    key: str
    name: str
    timezone: str = "Europe/Amsterdam"
    region: str = "midden"  # noord midden zuid: school holidays
    urgent_phone: str = ""
    duty: tuple[str, ...] = ()  # addresses (sms:+31...) that an alarm calls, one after the other
    phone: str = ""  # the office; parents report an ill child here
    ill_before: str = ""  # until when, such as 8:15
    office_from: time = time(8, 0)  # colleagues are reminded within these hours only, on school days
    office_until: time = time(17, 0)
    quiet_hours: QuietHours | None = None  # none: those of the whole deployment
    journeys: tuple[str, ...] = ()  # what is laid along its year, by the names of the files in flows/journeys
    translation: Choice | None = None  # none: as all schools

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def duty_addresses(self) -> tuple[Address, ...]:
        return tuple(map(Address.parse, self.duty))


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages a parent can choose, and what is said where a text is missing."""

    offered: tuple[str, ...] = ("nl", "en", "tr", "ar", "fa", "pl", "uk", "ti", "so", "bg", "es", "fr")
    fallback: str = "nl"
    send: str = "drafts"  # drafts reviewed


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    url: str = "sqlite:///ouderbrug.db"
    keys: str = "ouderbrug.keys"  # the key ring's file; BOT_KEYS in the environment goes first


@dataclass(frozen=True, slots=True)
class Web:
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://localhost:8000"


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """One channel. `rate`: messages a second of its sender; `per_person`: seconds between two to one person."""

    name: str
    driver: str
    sender: str = ""
    account: str = ""  # at the provider, where it has them
    api: str = ""  # "": the provider's own address
    mode: str = "webhook"  # or polling, where nobody can call us
    rate: float = 10.0
    per_person: float = 0.0
    portfolio: int = 0  # people a day that may be written to outside the window; 0: no such limit
    hooks: str = ""  # where the provider reaches us: public_url/hooks/name
    token: str = field(default="", repr=False)  # several, split by commas: the first sends, each may sign
    secret: str = field(default="", repr=False)  # what signs webhooks, where that is not the token

    @property
    def at_once(self) -> int:
        """Messages under way at the same time: enough to keep to the rate where answers take half a second."""
        return max(10, min(100, round(self.rate * 0.5)))

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(filter(None, (each.strip() for each in self.token.split(","))))


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a parent gets of what she did not ask for: messages in seven days, and minutes between two."""

    week: int = 3
    apart: float = 10.0


@dataclass(frozen=True, slots=True)
class Waits:
    """Every wait of the machinery, in seconds, so that a test need not wait."""

    tick: float = 1.0
    lease: float = 30.0  # how long a claimed message may be under way
    settle: float = 60.0  # before a message in doubt is looked up
    resend: float = 600.0  # before a message in doubt that was not found is sent again
    retry: float = 5.0  # after a message that surely did not go

    def span(self, name: str) -> timedelta:
        return timedelta(seconds=getattr(self, name))


@dataclass(frozen=True, slots=True)
class Config:
    schools: Mapping[str, School]
    languages: Languages = Languages()
    database: DatabaseSettings = DatabaseSettings()
    web: Web = Web()
    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)
    quiet_hours: QuietHours = QuietHours()
    budget: Budget = Budget()
    translation: Translation = field(default_factory=Translation)
    waits: Waits = Waits()
    flows: Path = ROOT / "flows"
    locales: Path = ROOT / "locales"
    home: Path = ROOT  # relative paths in the file start here
    phones: str = ""  # in the demo: the page of the phones

    def unreachable_duty(self) -> list[str]:
        """`school: channel` of people on duty whom an alarm cannot reach, because that channel is off."""
        on_duty = {(key, each.channel) for key, school in self.schools.items() for each in school.duty_addresses}
        return [f"{key}: {channel}" for key, channel in sorted(on_duty) if channel not in self.channels]

    def quiet(self, school: str | None) -> QuietHours:
        """The quiet hours of a school; of none, those of the whole deployment."""
        own = self.schools[school].quiet_hours if school and school in self.schools else None
        return own or self.quiet_hours

    def zone(self, school: str | None) -> ZoneInfo:
        """The zone whose wall clock counts."""
        return self.schools[school].zone if school and school in self.schools else HOME

    def school(self, key: str) -> School:
        """The school with this key. Raises ConfigError that names those there are."""
        if key not in self.schools:
            raise ConfigError(f"there is no school {key!r}; there are: {', '.join(self.schools)}")
        return self.schools[key]


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the file and the environment. Raises ConfigError: the file, the key and the way out in one line."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; name one with --config FILE") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; name another with --config FILE") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: this is no text in UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None
    try:
        return parse(raw, path.resolve().parent, environment)
    except ConfigError as error:
        raise ConfigError(f"{path.name}: {error}") from None


def parse(raw: Mapping[str, Any], home: Path, environment: Mapping[str, str]) -> Config:
    """The configuration from parsed TOML. Raises ConfigError."""
    known = {"schools", "languages", "database", "web", "channels", "quiet_hours", "budget", "translation", "waits"}
    for key in raw:
        if key not in known:
            raise ConfigError(f"[{key}] is unknown; known tables are {', '.join(sorted(known))}")
    schools = {key: table(School, body, f"schools.{key}", key=key) for key, body in named(raw, "schools")}
    if not schools:
        raise ConfigError("there is no school; add a table [schools.<key>] with name = ...")
    for school in schools.values():
        _check_school(school)
    web = table(Web, raw.get("web", {}), "web")
    channels = {
        name: table(
            ChannelSettings, body, f"channels.{name}", name=name, hooks=f"{web.public_url}/hooks/{name}",
            token=secret(f"BOT_CHANNELS_{name.upper()}_TOKEN", environment),
            secret=secret(f"BOT_CHANNELS_{name.upper()}_SECRET", environment),
        )
        for name, body in named(raw, "channels")
    }  # fmt: skip
    config = Config(
        schools=schools,
        languages=table(Languages, raw.get("languages", {}), "languages"),
        database=table(DatabaseSettings, raw.get("database", {}), "database"),
        web=web,
        channels=channels,
        quiet_hours=table(QuietHours, raw.get("quiet_hours", {}), "quiet_hours"),
        budget=table(Budget, raw.get("budget", {}), "budget"),
        translation=translators.parse(raw.get("translation", {}), lambda name: secret(name, environment)),
        waits=table(Waits, raw.get("waits", {}), "waits"),
        home=home,
    )
    translators.check(config.translation, {key: school.translation for key, school in schools.items()})
    for wrong, where, way_out in _checks(config):
        if wrong:
            raise ConfigError(f"{where}: {way_out}")
    return config


def secret(name: str, environment: Mapping[str, str]) -> str:
    """A secret from the environment: NAME, or the file that NAME_FILE points to; "" where neither is set."""
    if name in environment:
        return environment[name].strip()
    file = environment.get(f"{name}_FILE")
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{name}_FILE: {error.strerror}: {file}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name}_FILE: not written in UTF-8: {file}") from None


def _checks(config: Config) -> Iterator[tuple[bool, str, str]]:
    """Values that are of the right kind but cannot work: whether so, where, and the way out."""
    languages, web = config.languages, config.web
    yield not languages.offered, "[languages] offered", 'name at least one language, such as "nl"'
    yield languages.fallback not in languages.offered, "[languages] fallback", f"{languages.fallback!r} is not offered"
    yield languages.send not in ("drafts", "reviewed"), "[languages] send", 'write "drafts" or "reviewed"'
    yield not 0 <= web.port < 65536, "[web] port", "write a number from 1 to 65535"
    good = web.public_url.startswith(("http://", "https://")) and not web.public_url.endswith("/")
    yield not good, "[web] public_url", 'write for example "https://bot.school.nl", without a slash at the end'
    named_hours = {f"[schools.{key}.quiet_hours]": school.quiet_hours for key, school in config.schools.items()}
    for where, quiet in {"[quiet_hours]": config.quiet_hours, **named_hours}.items():
        loud = quiet is None or max(quiet.end, quiet.sunday_until) < quiet.start
        yield not loud, where, "start must come later on the day than end and sunday_until"
        yield not (quiet is None or 0 <= quiet.spread <= 120), f"{where} spread", "write minutes, from 0 to 120"
    yield not 0 <= config.budget.week <= 50, "[budget] week", "write messages in seven days, from 0 to 50"
    yield not 0 <= config.budget.apart <= 1440, "[budget] apart", "write minutes, from 0 to 1440"
    for name, channel in config.channels.items():
        yield not 0 < channel.rate < 1e6, f"[channels.{name}] rate", "write messages a second, more than 0"
        yield channel.mode not in ("webhook", "polling"), f"[channels.{name}] mode", 'write "webhook" or "polling"'
        yield channel.portfolio < 0, f"[channels.{name}] portfolio", "write people a day, or 0 for no limit"
        yield not 0 <= channel.per_person < 1e6, f"[channels.{name}] per_person", "write seconds, 0 or more"
    short = config.waits.resend <= config.waits.settle
    yield short, "[waits] resend", "write more than settle: first it is looked up, then it is sent again"
    for each in fields(Waits):
        yield not 0 < getattr(config.waits, each.name) < 1e9, f"[waits] {each.name}", "write seconds, more than 0"


def _check_school(school: School) -> None:
    where = f"[schools.{school.key}]"
    if school.region not in REGIONS:
        raise ConfigError(f"{where} region = {school.region!r}; it must be one of {', '.join(REGIONS)}")
    try:
        ZoneInfo(school.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(
            f"{where} timezone = {school.timezone!r} is no zone; write for example Europe/Amsterdam"
        ) from None
    try:
        duty = school.duty_addresses
    except ValueError as error:
        raise ConfigError(f"{where} duty: {error}; write for example sms:+31612000001") from None
    if school.office_from >= school.office_until:
        raise ConfigError(f"{where} office_until must be later on the day than office_from")
    for each in duty:  # an alarm to a number in another spelling would reach nobody
        if each.channel in ("sms", "whatsapp") and not _PHONE.fullmatch(each.value):
            raise ConfigError(f"{where} duty: {each} is no number; write for example {each.channel}:+31612000001")
        if each.channel == "telegram" and not _CHAT.fullmatch(each.value):
            raise ConfigError(f"{where} duty: {each} is no Telegram id; write its number, such as telegram:123456789")
