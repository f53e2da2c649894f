"""Where the key ring comes from, whether people have a copy of it elsewhere, and how it gets a newer key."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.config import Config, secret
from bot.errors import ConfigError
from bot.store import settings
from bot.store.database import Tx
from bot.store.sealed import Ring, from_file, read, write

VARIABLE = "BOT_KEYS"
_CONFIRMED = "keys.confirmed"  # the fingerprint of the ring that somebody has a copy of


def load(config: Config, environment: Mapping[str, str], *, nothing_yet: Callable[[], bool]) -> Ring:
    """The ring: from the environment, else its file; made only where there is `nothing_yet`. Raises ConfigError."""
    if given := secret(VARIABLE, environment):
        try:
            return Ring.parse(given)
        except ConfigError as error:
            raise ConfigError(f"{VARIABLE}: {error}; `ouderbrug keys make` prints one") from None
    path = file(config)
    return from_file(path, may_make=path.exists() or nothing_yet())


def file(config: Config) -> Path:
    """Where the ring is, unless the environment brings it."""
    return config.home / config.database.keys


def is_given(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment brings the ring: then whoever put it there keeps it."""
    return bool(secret(VARIABLE, environment))


def confirm(tx: Tx) -> None:
    """Somebody has a copy of this ring elsewhere."""
    settings.put(tx, _CONFIRMED, tx.ring.fingerprint)


def is_confirmed(tx: Tx) -> bool:
    """Whether somebody said so of just this ring."""
    return settings.get(tx, _CONFIRMED) == tx.ring.fingerprint


def check_backed_up(tx: Tx, config: Config, environment: Mapping[str, str] = os.environ) -> None:
    """Raises ConfigError where the loss of one file would make every name and number unreadable for ever."""
    if not is_given(environment) and not is_confirmed(tx):
        raise ConfigError(
            f"[database] keys: nobody said that {file(config)} is backed up, and without it no name can be read; "
            "copy it to another medium, then run: ouderbrug keys confirm COPY"
        )


def rotate(path: Path) -> Ring:
    """Add a newer key to the ring in this file; the old ones stay. Returns the new ring. Raises ConfigError."""
    ring = read(path).with_newer_key()
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    write(new, ring)
    was = path.stat()
    if was.st_uid != os.geteuid():  # run as root: the bot must still be able to read it
        os.chown(new, was.st_uid, was.st_gid)
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return ring
