"""Reads the tables of a TOML file key by key; what does not fit is one error that names where it stands."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import ContentError

T = TypeVar("T")
_SPAN = re.compile(r"([0-9]{1,4})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Table:
    """A table whose keys are all known. Every reader raises ValueError: where, key, what it is and what it must be."""

    def __init__(self, raw: Any, where: str, known: Iterable[str]) -> None:
        self.raw: dict[str, Any] = raw
        self.where = f"{where}: " if where else ""
        if not isinstance(raw, dict):
            raise ValueError(f"{self.where}{raw!r} is no table")
        for key in raw:
            if key not in known:
                raise ValueError(f"{self.where}unknown key {key!r}; known are {', '.join(sorted(known))}")

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def text(self, key: str, default: str | None = None) -> str:
        return str(self._of(str, key, default, "a text"))

    def number(self, key: str, default: int | None = None) -> int:
        return int(self._of(int, key, default, "a number"))

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(key, default)
        if value not in allowed:
            raise ValueError(f"{self.where}{key} = {value!r}; it must be one of {', '.join(allowed)}")
        return value

    def span(self, key: str, default: str | None = None) -> timedelta:
        value = self.text(key, default)
        try:
            return span(value)
        except ValueError as error:
            raise ValueError(f"{self.where}{key}: {error}") from None

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        return self._all(str, key, default, "a list of texts")

    def numbers(self, key: str) -> tuple[int, ...]:
        return self._all(int, key, (), "a list of numbers")

    def flag(self, key: str) -> bool:
        """Whether it is said to be so; false where nothing stands."""
        return bool(self._of(bool, key, False, "true or false"))

    def table(self, key: str, known: Iterable[str]) -> "Table":
        """The table under `key`; an empty one where there is none."""
        return Table(self.raw.get(key, {}), f"{self.where}{key}", known)

    def wrong(self, key: str, wanted: str) -> ValueError:
        return ValueError(f"{self.where}{key} = {self.raw[key]!r}; it must be {wanted}")

    def _of(self, kind: type, key: str, default: Any, wanted: str) -> Any:
        if key not in self.raw:
            if default is None:
                raise ValueError(f"{self.where}{key!r} is missing")
            return default
        if not _is(kind, self.raw[key]):
            raise self.wrong(key, wanted)
        return self.raw[key]

    def _all(self, kind: type, key: str, default: tuple[Any, ...], wanted: str) -> tuple[Any, ...]:
        values = self.raw.get(key, default)
        if not (isinstance(values, list | tuple) and all(_is(kind, each) for each in values)):
            raise self.wrong(key, wanted)
        return tuple(values)


def span(text: str) -> timedelta:
    """`90m`, `24h`, `7d`, `2w` as a timedelta; raises ValueError on anything else."""
    match = _SPAN.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no length of time; write 90m, 24h, 7d or 2w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _is(kind: type, value: Any) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def read(path: Path, parse: Callable[[str, str], T]) -> T:
    """What `parse` makes of a file's text and name. Raises ContentError where it is no text."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise ContentError(f"{path.name}: not written in UTF-8 (byte {error.start})") from None
