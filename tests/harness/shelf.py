"""Books for a test: words and flows are read once per process, for reading them costs more than most tests."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from bot.config import Config, Languages
from bot.desk.books import Books
from bot.desk.flows import Library
from bot.scheduler.almanac import Almanac


def books(config: Config) -> Books:
    """As `Books.read` makes them, with a library of their own, because a library learns older versions."""
    plain = replace(config, schools={key: replace(each, journeys=()) for key, each in config.schools.items()})
    read = _read(_Folders(plain), config.languages, tuple(_written(config)))
    for school in config.schools.values():
        if {*school.journeys} - {each.name for each in read.journeys}:
            return Books.read(config)  # which says what is wrong
    library = Library(read.library.flows)
    return replace(read, config=config, library=library, almanac=Almanac(config, read.almanac.regional))


class _Folders:
    """A configuration, known again by its folders only."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.folders = config.flows, config.locales

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Folders) and self.folders == other.folders

    def __hash__(self) -> int:
        return hash(self.folders)


@lru_cache(maxsize=8)
def _read(of: _Folders, _languages: Languages, _written: tuple[tuple[Path, int], ...]) -> Books:
    return Books.read(of.config)


def _written(config: Config) -> Iterator[tuple[Path, int]]:
    """When each file was written: a test may change them."""
    for path in sorted((*config.locales.glob("*.po"), *config.flows.rglob("*.toml"))):
        yield path, path.stat().st_mtime_ns
