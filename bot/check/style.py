"""How the texts are to be written, as the house has laid it down in `locales/style.toml`: bounds, words, sayings."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.conversation.shape import Table, read
from bot.errors import ContentError

FILE = "style.toml"


@dataclass(frozen=True, slots=True)
class Saying:
    """A way of saying that hurts or is hard to read: how it is recognised, why not, and what is better."""

    pattern: "re.Pattern[str]"
    why: str
    better: str
    pages: bool = True  # colleagues should not read it either


@dataclass(frozen=True, slots=True)
class Style:
    """The rules. Without a file nothing is asked of the words."""

    sentence: int = 0  # words in a sentence of the Dutch; 0 = as many as it likes
    word: int = 0  # letters in a word
    clauses: int = 0  # of these words in a sentence
    clause: frozenset[str] = frozenset()
    known: Mapping[str, str] = field(default_factory=dict)  # long, and yet known: why
    active: frozenset[str] = frozenset()  # look like a passive and are none
    sayings: tuple[Saying, ...] = ()
    foreign: Mapping[str, frozenset[str]] = field(default_factory=dict)  # small words of nl and en, left behind
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)  # which of them are a language's own
    twice: Mapping[str, frozenset[str]] = field(default_factory=dict)  # said twice in a row on purpose
    capitals: frozenset[str] = frozenset()  # stand in capitals and are no keywords


def load(folder: Path) -> Style:
    """The style of these texts; none where there is no file. Raises ContentError."""
    path = folder / FILE
    return read(path, parse) if path.exists() else Style()


def parse(source: str, file: str) -> Style:
    """Read a style from TOML. Raises ContentError that names the file and the key."""
    try:
        return _style(tomllib.loads(source))
    except (ValueError, re.error) as error:  # also what tomllib raises
        raise ContentError(f"{file}: {error}") from None


def _style(raw: dict[str, Any]) -> Style:
    whole = Table(raw, "", ("level", "known", "say", "leftovers", "own", "twice"))
    level = whole.table("level", ("sentence", "word", "clauses", "clause", "active", "capitals"))
    return Style(
        sentence=level.number("sentence", 0),
        word=level.number("word", 0),
        clauses=level.number("clauses", 0),
        clause=frozenset(level.texts("clause")),
        known={word: _reason(word, reason) for word, reason in raw.get("known", {}).items()},
        active=frozenset(level.texts("active")),
        sayings=tuple(_saying(each) for each in raw.get("say", [])),
        foreign=_words(raw.get("leftovers", {})),
        own=_words(raw.get("own", {})),
        twice=_words(raw.get("twice", {})),
        capitals=frozenset(level.texts("capitals")),
    )


def _reason(word: str, reason: Any) -> str:
    if not (isinstance(reason, str) and reason.strip()):
        raise ValueError(f"known: {word}: say why parents know it")
    return reason


def _saying(raw: Any) -> Saying:
    table = Table(raw, "say", ("pattern", "why", "better", "pages"))
    pages = table.raw.get("pages", True)
    if not isinstance(pages, bool):
        raise table.wrong("pages", "true or false")
    return Saying(re.compile(table.text("pattern"), re.IGNORECASE), table.text("why"), table.text("better"), pages)


def _words(raw: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """Words by language, each language as one line of text."""
    return {language: frozenset(str(words).split()) for language, words in raw.items()}
