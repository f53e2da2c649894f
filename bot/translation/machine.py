"""Machines that translate: what each of them does for us, and which of them serves a school and a pair of languages."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from bot.config import Config
from bot.errors import ConfigError
from bot.translation.engines.deepl import DeepL
from bot.translation.engines.libretranslate import LibreTranslate
from bot.translators import Access


class Engine(Protocol):
    """One machine. It gets nothing that mask.py has not seen."""

    name: str

    def speaks(self, source: str, target: str) -> bool:
        """Whether it knows both languages, by our codes."""
        ...

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """As many texts as were asked for, in order, none empty. Raises TranslationError."""
        ...

    async def close(self) -> None: ...


def _microsoft(access: Access) -> Engine:
    from bot.translation.engines.threaded import Microsoft  # its library takes 0.2 s: only where it is used

    return Microsoft(access)


def _google(access: Access) -> Engine:
    from bot.translation.engines.threaded import Google

    return Google(access)


MAKERS: Mapping[str, Callable[[Access], Engine]] = {
    "libretranslate": LibreTranslate,
    "deepl": DeepL,
    "microsoft": _microsoft,
    "google": _google,
}
NAMELESS = frozenset({"google"})  # there is no contract: never a name, not even a doubtful one


class Machines:
    """The engines that are on, for whoever may use them."""

    def __init__(self, config: Config, engines: Mapping[str, Engine]) -> None:
        self._config = config
        self.engines = engines

    def chosen(self, school: str, source: str, target: str) -> str:
        """The name of the engine that the configuration gives this pair; "none" where there is none."""
        place = self._config.schools.get(school)
        return self._config.translation.engine_for(place.translation if place else None, source, target)

    def engine(self, school: str, source: str, target: str) -> Engine | None:
        """The engine that serves this school in this pair; None where nobody does."""
        found = self.engines.get(self.chosen(school, source, target))
        return found if found and found.speaks(source, target) else None

    async def close(self) -> None:
        for each in self.engines.values():
            await each.close()


def named(config: Config) -> list[str]:
    """The engines that some school uses."""
    schools = config.schools.values()
    used = config.translation.named(None).union(*(config.translation.named(each.translation) for each in schools))
    return [name for name in MAKERS if name in used]


def make(config: Config) -> Machines:
    """The engines of a configuration. Raises ConfigError where a key is missing."""
    return Machines(config, {name: MAKERS[name](config.translation.access(name)) for name in named(config)})


def open_engines(config: Config) -> tuple[Machines, dict[str, ConfigError]]:
    """Those that can be opened as they are set, and what is wrong with the others."""
    opened: dict[str, Engine] = {}
    wrong: dict[str, ConfigError] = {}
    for name in named(config):
        try:
            opened[name] = MAKERS[name](config.translation.access(name))
        except ConfigError as error:
            wrong[name] = error
    return Machines(config, opened), wrong
