"""Books for a test: the words are read once per process, for reading them costs more than most tests."""

from functools import lru_cache
from pathlib import Path

from bot.config import Config
from bot.desk import flows
from bot.desk.books import Books
from bot.translation.catalogue import Catalogue


def books(config: Config) -> Books:
    """As `app.read_books` makes them; flows are read anew, because a library learns older versions."""
    said = config.languages
    written = tuple(path.stat().st_mtime_ns for path in sorted(config.locales.glob("*.po")))  # a test may change them
    words = _catalogue(config.locales, written, said.offered, said.fallback, said.send)
    return Books.of(config, words, flows.read_folder(config.flows))


@lru_cache(maxsize=8)
def _catalogue(folder: Path, _: tuple[int, ...], offered: tuple[str, ...], fallback: str, send: str) -> Catalogue:
    return Catalogue.load(folder, offered=offered, fallback=fallback, send=send)
