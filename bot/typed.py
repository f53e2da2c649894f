"""Dataclasses out of TOML tables, each key checked for its name and its type. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import time
from typing import Any, get_args, get_type_hints

from bot.errors import ConfigError


def named(raw: Mapping[str, Any], what: str) -> Iterable[tuple[str, Any]]:
    """The tables under `what`, each with its name."""
    tables = raw.get(what, {})
    if not isinstance(tables, Mapping):
        raise ConfigError(f"[{what}] must be a table")
    return tables.items()


def table(kind: Any, body: Any, where: str, **given: Any) -> Any:
    """A dataclass from a TOML table, each key checked for name and type."""
    if not isinstance(body, Mapping):
        raise ConfigError(f"[{where}] must be a table")
    hints = get_type_hints(kind)
    known = {each.name: each for each in fields(kind) if each.name not in given}
    for key in body:
        if key not in known:
            raise ConfigError(f"[{where}] {key} is unknown; known are {', '.join(known)}")
    for name, each in known.items():
        if name not in body and each.default is MISSING and each.default_factory is MISSING:
            raise ConfigError(f"[{where}] {name} is missing")
    values = {key: _value(hints[key], value, f"[{where}] {key}") for key, value in body.items()}
    return kind(**given, **values)


def _value(hint: Any, value: Any, where: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is time:
        return _clock(value, where)
    if inner := next((each for each in get_args(hint) if is_dataclass(each)), None):  # `QuietHours | None`
        return table(inner, value, where.removeprefix("[").replace("] ", "."))
    if hint == tuple[str, ...]:
        if not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
            raise ConfigError(f"{where} must be a list of texts")
        return tuple(value)
    if hint == Mapping[str, str]:
        if not (isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values())):
            raise ConfigError(f"{where} must be a table of texts")
        return dict(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ConfigError(f"{where} = {value!r} must be of kind {hint.__name__}")
    return value


def _clock(value: Any, where: str) -> time:
    try:
        found = value if isinstance(value, time) else time.fromisoformat(value)
        if found.tzinfo is None:
            return found
    except (TypeError, ValueError):
        pass
    raise ConfigError(f'{where} = {value!r} is no time; write "21:00"')
