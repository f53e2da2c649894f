"""Who translates what people write themselves: [translation] and [schools.<key>.translation] of the configuration."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bot.errors import ConfigError
from bot.typed import table

NONE = "none"
MACHINES = ("libretranslate", "deepl", "microsoft", "google")
ENGINES = (NONE, *MACHINES)
WITHOUT_CONTRACT = "er is geen contract en wij sturen geen namen"  # what a school writes to have Google's open page
_OPEN = ("libretranslate",)  # it may stand in the school's own network, without https
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which engine, where no pair says otherwise, and the pairs such as "nl-ti", which count both ways."""

    engine: str = ""  # "": as in [translation]
    pairs: Mapping[str, str] = field(default_factory=dict)

    def of(self, source: str, target: str) -> str:
        """The engine for this pair; "" where this choice says nothing."""
        there, back = f"{source}-{target}", f"{target}-{source}"
        return self.pairs.get(there) or self.pairs.get(back) or self.engine


@dataclass(frozen=True, slots=True)
class Access:
    """Where an engine is reached, and by which key."""

    api: str = ""  # "": the provider's own address
    region: str = ""  # Microsoft: where the key was made
    without_contract: str = ""  # Google: WITHOUT_CONTRACT, in so many words
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Translation:
    """The engines of all schools."""

    engine: str = NONE
    pairs: Mapping[str, str] = field(default_factory=dict)
    reached: Mapping[str, Access] = field(default_factory=dict)

    def engine_for(self, own: Choice | None, source: str, target: str) -> str:
        """What the school says goes before what all say, and in each of them a pair before the engine."""
        common = Choice(self.engine, self.pairs).of(source, target)
        return (own.of(source, target) if own else "") or common or NONE

    def access(self, engine: str) -> Access:
        return self.reached.get(engine, Access())

    def named(self, own: Choice | None) -> set[str]:
        """The engines that a school may come by."""
        names = {self.engine, *self.pairs.values()}
        return (names | {own.engine, *own.pairs.values()} if own else names) - {NONE, ""}


def parse(body: Any, secret: Callable[[str], str]) -> Translation:
    """[translation]; the keys come from the environment by `secret`. Raises ConfigError."""
    if not isinstance(body, Mapping):
        raise ConfigError("[translation] must be a table")
    reached = {
        name: table(
            Access, body.get(name, {}), f"translation.{name}", key=secret(f"BOT_TRANSLATION_{name.upper()}_KEY")
        )
        for name in MACHINES
    }  # fmt: skip
    rest = {key: value for key, value in body.items() if key not in reached}
    return table(Translation, rest, "translation", reached=reached)  # type: ignore[no-any-return]


def check(common: Translation, schools: Mapping[str, Choice | None]) -> None:
    """Raises ConfigError: where, and the way out."""
    choices = {"[translation]": Choice(common.engine, common.pairs)}
    choices |= {f"[schools.{key}.translation]": own for key, own in schools.items() if own}
    for where, choice in choices.items():
        for wrong, what, way_out in _checks(common, choice):
            if wrong:
                raise ConfigError(f"{where} {what}: {way_out}")
    for name, access in common.reached.items():
        if access.api and not _is_address(access.api, open_too=name in _OPEN):
            raise ConfigError(f'[translation.{name}] api: write "https://..." (http only on this machine)')


def _checks(common: Translation, choice: Choice) -> Iterator[tuple[bool, str, str]]:
    named = {"engine": choice.engine, **{f"pairs {pair}": engine for pair, engine in choice.pairs.items()}}
    for what, engine in named.items():
        yield engine not in (*ENGINES, ""), f"{what} = {engine!r}", f"there are {', '.join(ENGINES)}"
        accepted = engine != "google" or common.access(engine).without_contract == WITHOUT_CONTRACT
        yield not accepted, what, f'first write [translation.google] without_contract = "{WITHOUT_CONTRACT}"'
        nowhere = engine == "libretranslate" and not common.access(engine).api
        yield nowhere, what, "write where it listens: [translation.libretranslate] api"
    for pair in choice.pairs:
        source, _, target = pair.partition("-")
        yield not (source and target) or source == target, f"pairs {pair}", 'write two languages, such as "nl-ti"'


def _is_address(url: str, *, open_too: bool) -> bool:
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and (open_too or parts.hostname in _HERE))
    return safe and bool(parts.hostname) and not url.endswith("/")
