"""A file that came with a form, where rooms that read files find it; and what is wrong with it, in words."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

from bot.console.visit import Upload, Visit
from bot.errors import RosterError

T = TypeVar("T")
_ODD = re.compile(r"[^\w .()+-]")
_MOST = 12  # lines of a file that are named; the others are counted
# What a room says of a line, by a word that is only in it, and the text that says it here.
_FAULTS = (
    ("three years away", "jaar"), ("lasts from", "jaar"), ("before it begins", "volgorde"), ("kind must be", "soort"),
    ("what the day is", "naam"), ("longer than", "lang"), ("no column", "kolom"), ("the file is empty", "leeg"),
    ("no free day", "leeg"), ("there is no time", "leeg"), ("time of a school", "tijd"), ("is no time", "tijd"),
    ("gym is no list", "gym"), ("stands on line", "dubbel"), ("group is", "groep"), ("stands there twice", "kolom"),
    ("larger than", "groot"),
)  # fmt: skip


class Fault(NamedTuple):
    line: int
    text: str


class Faults(NamedTuple):
    """The first lines that are wrong, and how many more."""

    shown: tuple[Fault, ...]
    more: int


def read(visit: Visit, reads: Callable[[Path], T]) -> T | RosterError | None:
    """What the file says, or what is wrong with it; None where none came."""
    upload = visit.files.get("bestand")
    if upload is None:
        return None
    try:
        with _laid(upload) as path:
            return reads(path)
    except RosterError as error:
        return error


@contextmanager
def _laid(upload: Upload) -> Iterator[Path]:
    """The file under its own name, for as long as it is read."""
    given = PurePath(_ODD.sub("_", upload.name.replace("\\", "/").rpartition("/")[2]))
    name = f"{given.stem[:60] or 'bestand'}{given.suffix[:8].lower()}"
    with TemporaryDirectory(prefix="ouderbrug-") as folder:
        path = Path(folder) / name
        path.write_bytes(upload.data)
        yield path


def faults(visit: Visit, error: RosterError) -> Faults:
    """What is wrong with which lines, as somebody at school would say it."""
    found = [Fault(line, visit.say(f"bestand.{_fault(text)}")) for line, text in sorted(error.lines.items())]
    return Faults(tuple(found[:_MOST]), max(0, len(found) - _MOST))


def _fault(text: str) -> str:
    return next((word for mark, word in _FAULTS if mark in text), "anders")
