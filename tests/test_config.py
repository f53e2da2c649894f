"""config.toml is the documentation: every key stands there; what is wrong is one line with a way out."""

import re
import tomllib
from dataclasses import fields
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import config, translators
from bot.channels import drivers, real
from bot.config import ChannelSettings, Config, DatabaseSettings, Languages, QuietHours, School, Waits, Web
from bot.errors import ConfigError
from bot.model import Address
from bot.translators import Access, Translation

FILE = Path(__file__).resolve().parent.parent / "config.toml"
TABLES = {
    "schools.brug": School, "languages": Languages, "database": DatabaseSettings, "web": Web,
    "quiet_hours": QuietHours, "waits": Waits,
}  # fmt: skip
# A table's own name, what follows from [web], and secrets, which never stand in the file.
ELSEWHERE = {"key", "name", "token", "secret", "hooks"}


def load(path: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    file = path / "config.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file, environment or {})


def documented() -> dict[str, Any]:
    """config.toml with everything that is commented out switched on."""
    commented = re.compile(r"^# (\[[a-z_.]+\]|\w+ +=)", re.MULTILINE)
    return tomllib.loads(commented.sub(r"\1", FILE.read_text(encoding="utf-8")))


def test_the_file_is_accepted_as_it_stands() -> None:
    found = config.load(FILE, {})
    assert found.schools["brug"].duty_addresses[0] == Address("sms", "+31612009001")
    assert found.home == FILE.parent


def test_what_is_commented_out_is_accepted_too() -> None:
    found = config.parse(documented(), FILE.parent, {})
    assert {name: each.driver for name, each in found.channels.items()} == {
        "sms": "twilio", "whatsapp": "twilio", "telegram": "telegram",
    }  # fmt: skip


def test_the_channels_of_the_file_are_good_enough_for_their_drivers() -> None:
    tokens = {f"BOT_CHANNELS_{name}_TOKEN": "0123456789abcdef0123456789abcdef" for name in ("SMS", "WHATSAPP")}
    telegram = {"BOT_CHANNELS_TELEGRAM_TOKEN": "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"}
    raw = documented() | {"web": {"public_url": "https://bot.school.nl"}}
    found = config.parse(raw, FILE.parent, tokens | telegram)
    real.check(found)
    assert set(drivers.make(found.channels, lambda: datetime.now(UTC))) == {"sms", "whatsapp", "telegram"}


@pytest.mark.parametrize(("table", "kind"), TABLES.items())
def test_every_key_is_documented(table: str, kind: Any) -> None:
    raw = documented()
    for name in table.split("."):
        raw = raw[name]
    assert {each.name for each in fields(kind)} - {"key"} == raw.keys()


def test_every_key_of_a_channel_is_documented_somewhere() -> None:
    shown = {key for table in documented()["channels"].values() for key in table}
    assert shown == {each.name for each in fields(ChannelSettings)} - ELSEWHERE


def test_every_key_of_translation_is_documented_somewhere() -> None:
    raw = documented()["translation"]
    reached = {name: raw.pop(name) for name in translators.MACHINES}
    assert raw.keys() == {each.name for each in fields(Translation)} - {"reached"}
    assert {key for table in reached.values() for key in table} == {each.name for each in fields(Access)} - ELSEWHERE
    found = config.parse(documented(), FILE.parent, {"BOT_TRANSLATION_DEEPL_KEY": "a key of this test"})
    assert found.translation.engine == Translation().engine == "none", "the file shows the default"
    assert found.translation.access("google").without_contract == translators.WITHOUT_CONTRACT
    assert found.translation.access("deepl").key == "a key of this test"


def test_every_key_has_a_comment() -> None:
    section = ""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        section = line if line.startswith("[") else section
        is_key = re.match(r"(# )?\w+ +=", line) and section not in ("[quiet_hours]", "[database]")
        assert not is_key or line.count("#") > line.startswith("#"), line


@pytest.mark.parametrize("kind", [Languages, DatabaseSettings, Web, QuietHours, Waits])
def test_the_file_shows_the_defaults(kind: Any) -> None:
    name = {Languages: "languages", DatabaseSettings: "database", Web: "web", QuietHours: "quiet_hours", Waits: "waits"}
    assert getattr(config.parse(documented(), FILE.parent, {}), name[kind]) == kind()


def test_values_arrive_in_their_kind(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        '[schools.a]\nname = "A"\n[channels.sms]\ndriver = "phone"\nrate = 3\n'
        '[quiet_hours]\nstart = 22:00:00\nend = "06:30"\n[waits]\nlease = 2.5\n',
    )
    assert found.channels["sms"].rate == 3.0
    assert (found.quiet_hours.start, found.quiet_hours.end) == (time(22), time(6, 30))
    assert found.waits.span("lease") == timedelta(seconds=2.5)
    assert found.school("a").zone.key == "Europe/Amsterdam"


GOOD = '[schools.a]\nname = "A"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no school; add a table [schools.<key>]"),
        ("[schools.a]\n", "[schools.a] name is missing"),
        ("schools = 3\n", "[schools] must be a table"),
        ("[schools]\na = 3\n", "[schools.a] must be a table"),
        ("[schools.a]\nname = 3\n", "[schools.a] name = 3 must be"),
        (GOOD + 'colour = "red"\n', "[schools.a] colour is unknown; known are name, timezone"),
        (GOOD + 'timezone = "Europe/Waterland"\n', "[schools.a] timezone = 'Europe/Waterland' is no zone; write"),
        (GOOD + 'timezone = "../etc"\n', "[schools.a] timezone = '../etc' is no zone"),
        (GOOD + 'region = "oost"\n', "[schools.a] region = 'oost'; it must be one of noord, midden, zuid"),
        (GOOD + 'duty = ["+31612000001"]\n', "[schools.a] duty: not an address"),
        (GOOD + 'duty = ["sms:06 12000001"]\n', "[schools.a] duty: sms:06 12000001 is no number"),
        (GOOD + 'duty = ["telegram:@juf"]\n', "[schools.a] duty: telegram:@juf is no Telegram id"),
        (GOOD + 'duty = "sms:+31612000001"\n', "[schools.a] duty must be a list"),
        (GOOD + "duty = [31612000001]\n", "[schools.a] duty must be a list of texts"),
        (GOOD + "[school]\n", "[school] is unknown; known tables are budget, channels"),
        (GOOD + "[languages]\noffered = []\n", "[languages] offered: name at least one"),
        (GOOD + '[languages]\nfallback = "de"\n', "[languages] fallback: 'de' is not offered"),
        (GOOD + '[languages]\nsend = "all"\n', '[languages] send: write "drafts" or "reviewed"'),
        (GOOD + "[web]\nport = 8000.5\n", "[web] port = 8000.5 must be of kind int"),
        (GOOD + "[web]\nport = true\n", "[web] port = True must be of kind int"),
        (GOOD + "[web]\nport = 70000\n", "[web] port: write a number"),
        (GOOD + '[web]\npublic_url = "bot.school.nl"\n', "[web] public_url: write for example"),
        (GOOD + '[web]\npublic_url = "https://bot.school.nl/"\n', "[web] public_url: write for example"),
        (GOOD + "[channels.sms]\n", "[channels.sms] driver is missing"),
        (GOOD + '[channels.sms]\ndriver = "phone"\ntoken = "x"\n', "[channels.sms] token is unknown"),
        (GOOD + '[channels.sms]\ndriver = "phone"\nrate = 0\n', "[channels.sms] rate: write messages a second"),
        (GOOD + '[channels.sms]\ndriver = "phone"\nrate = nan\n', "[channels.sms] rate: write messages a second"),
        (GOOD + '[channels.sms]\ndriver = "phone"\nrate = inf\n', "[channels.sms] rate: write messages a second"),
        (GOOD + '[quiet_hours]\nstart = "acht"\n', "[quiet_hours] start = 'acht' is no time; write \"21:00\""),
        (GOOD + "[quiet_hours]\nstart = 21\n", "[quiet_hours] start = 21 is no time"),
        (GOOD + '[quiet_hours]\nstart = "21:00+01:00"\n', "is no time"),
        (GOOD + '[quiet_hours]\nstart = "00:30"\n', "[quiet_hours]: start must come later"),
        ("translation = 3\n" + GOOD, "[translation] must be a table"),
        (GOOD + '[translation]\nengine = "babel"\n', "[translation] engine = 'babel': there are none, libretranslate"),
        (GOOD + "[translation]\nmotor = 3\n", "[translation] motor is unknown; known are engine, pairs"),
        (GOOD + "[translation]\npairs = 3\n", "[translation] pairs must be a table of texts"),
        (GOOD + '[translation]\npairs = { "nl-tr" = 3 }\n', "[translation] pairs must be a table of texts"),
        (GOOD + '[translation]\npairs = { nl = "deepl" }\n', "[translation] pairs nl: write two languages"),
        (GOOD + '[translation]\nengine = "libretranslate"\n', "[translation] engine: write where it listens"),
        (GOOD + '[translation]\nengine = "google"\n', "engine: first write [translation.google] without_contract ="),
        (
            GOOD + '[schools.a.translation]\npairs = { "nl-ti" = "google" }\n',
            "[schools.a.translation] pairs nl-ti: first",
        ),
        (GOOD + '[schools.a.translation]\nmotor = "deepl"\n', "[schools.a.translation] motor is unknown"),
        (GOOD + '[translation.deepl]\napi = "http://deepl.nl"\n', '[translation.deepl] api: write "https://'),
        (GOOD + '[translation.deepl]\nkey = "x"\n', "[translation.deepl] key is unknown"),
        (GOOD + "[waits]\nresend = 60\n", "[waits] resend: write more than settle"),
        (GOOD + "[waits]\ntick = 0\n", "[waits] tick: write seconds"),
        (GOOD + '[waits]\ntick = "1"\n', "[waits] tick = '1' must be of kind float"),
        ("schools = [", "Invalid value"),
        ("[schools.a]\n[schools.a]\n", "Cannot declare"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_key_and_way_out(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, text)
    line = str(error.value)
    assert "config.toml: " in line
    assert said in line
    assert "\n" not in line


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"weg\.toml: there is no such file; name one with --config"):
        config.load(tmp_path / "weg.toml", {})
    (tmp_path / "stuk.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"stuk\.toml"):
        config.load(tmp_path / "stuk.toml", {})
    with pytest.raises(ConfigError, match=str(tmp_path)):
        config.load(tmp_path, {})


def test_duty_on_a_channel_that_is_off_is_known() -> None:
    raw = {"schools": {"brug": {"name": "De Brug", "duty": ["sms:+31612009001", "telegram:700000001"]}}}
    channels = {"sms": {"driver": "phone"}}
    assert config.parse({**raw, "channels": channels}, FILE.parent, {}).unreachable_duty() == ["brug: telegram"]


def test_an_unknown_school_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match="there is no school 'x'; there are: brug"):
        config.load(FILE, {}).school("x")


CHANNEL = GOOD + '[channels.sms]\ndriver = "phone"\n'


def test_a_secret_comes_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    name, there = "BOT_CHANNELS_SMS_TOKEN", str(tmp_path / "secret")
    assert load(tmp_path, CHANNEL).channels["sms"].token == ""
    assert load(tmp_path, CHANNEL, {name: " from here "}).channels["sms"].token == "from here"
    assert load(tmp_path, CHANNEL, {f"{name}_FILE": there}).channels["sms"].token == "from a file"
    assert load(tmp_path, CHANNEL, {name: "from here", f"{name}_FILE": there}).channels["sms"].token == "from here"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_of_a_secret_that_cannot_be_read_says_which(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    with pytest.raises(ConfigError, match="BOT_CHANNELS_SMS_TOKEN_FILE"):
        load(tmp_path, CHANNEL, {"BOT_CHANNELS_SMS_TOKEN_FILE": str(tmp_path / "secret")})


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    found = load(tmp_path, CHANNEL, {"BOT_CHANNELS_SMS_TOKEN": "do not show me"})
    assert "do not show me" not in repr(found)
