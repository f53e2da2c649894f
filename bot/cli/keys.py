"""`ouderbrug keys`: the key ring, without which nobody can read a name, and whether there is a copy of it."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.common import add_config, add_json, console, database, print_json, settings
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.config import Config
    from bot.store.sealed import Ring

SIGNS = 8  # of the fingerprint, typed by who keeps the ring elsewhere
_ASK = f"Type the last {SIGNS} signs of the fingerprint that `ouderbrug keys show` shows: "
_SHOW = """\
example:
  ouderbrug keys show"""
_CONFIRM = """\
examples:
  ouderbrug keys confirm /media/usb/ouderbrug.keys
  ouderbrug keys confirm --stored-elsewhere        it is in a password manager"""
_MAKE = """\
example:
  ouderbrug keys make > ring.txt"""
_ROTATE = """\
example:
  ouderbrug keys rotate"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("keys", help="the key ring, and whether it is backed up")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    shown = _add(verbs, "show", "which ring is in use, without its keys", _SHOW, show)
    add_json(shown)
    confirmed = _add(verbs, "confirm", "say that there is a copy of the ring elsewhere", _CONFIRM, confirm)
    confirmed.add_argument("copy", type=Path, nargs="?", metavar="FILE", help="the copy, on another medium")
    confirmed.add_argument(
        "--stored-elsewhere", action="store_true", help="it is kept where no file is, such as a password manager"
    )
    _add(verbs, "make", "print a new ring, for BOT_KEYS or a file of your own", _MAKE, make)
    _add(
        verbs,
        "rotate",
        "add a newer key to the ring's file; the old ones go on opening. Stop the bot first",
        _ROTATE,
        rotate,
    )


def _add(
    verbs: Any, name: str, about: str, examples: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=about, description=f"{about[0].upper()}{about[1:]}.", epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add_config(parser)
    parser.set_defaults(run=run)
    return parser


def show(args: argparse.Namespace) -> int:
    """Fingerprint, number of keys, where they come from, and whether they are kept elsewhere too."""
    from bot.store import keys

    config = settings(args)
    base = database(config)
    try:
        with base.read() as tx:
            found = {
                "fingerprint": base.ring.fingerprint, "keys": len(base.ring), "from": _source(config),
                "confirmed": keys.is_given() or keys.is_confirmed(tx),
            }  # fmt: skip
    finally:
        base.close()
    if args.json:
        print_json(found)
        return 0
    kept = "yes" if found["confirmed"] else "nobody said so yet; run: ouderbrug keys confirm COPY"
    for name, value in (*list(found.items())[:3], ("kept elsewhere too", kept)):
        console().print(f"{name}: {value}")
    return 0


def confirm(args: argparse.Namespace) -> int:
    """Compare the copy with the ring in use, and remember that it is there. Raises ConfigError."""
    from bot.store import keys

    if (args.copy is None) != args.stored_elsewhere:
        raise ConfigError("name the copy of the ring, or say --stored-elsewhere")
    config = settings(args)
    base = database(config)
    try:
        near = args.copy is not None and _compare(args.copy, config, base.ring)
        if args.copy is None:
            _typed(base.ring)
        with base.begin() as tx:
            keys.confirm(tx)
    finally:
        base.close()
    print(f"The ring {base.ring.fingerprint} is kept elsewhere too.")
    if near:
        print("But this copy is on the same disk: when that breaks, both are gone.", file=sys.stderr)
    return 0


def _compare(copy: Path, config: "Config", ring: "Ring") -> bool:
    """Whether the copy is on the same disk as the ring. Raises ConfigError where it is no copy of it."""
    from bot.store import keys
    from bot.store.sealed import Ring

    used = keys.file(config)
    if not copy.is_file():
        raise ConfigError(f"{copy}: there is no such file")
    if used.exists() and copy.samefile(used):
        raise ConfigError(f"{copy}: this is the ring itself; name a copy of it, on another medium")
    try:
        other = Ring.parse(copy.read_text(encoding="ascii"))
    except (ConfigError, OSError, UnicodeDecodeError):
        raise ConfigError(f"{copy}: this is no key ring; copy {_source(config)} again") from None
    if other.fingerprint != ring.fingerprint:
        raise ConfigError(f"{copy}: this is another ring than the one in use; copy {_source(config)} again")
    return used.exists() and copy.stat().st_dev == used.stat().st_dev


def _typed(ring: "Ring") -> None:
    if sys.stdin.isatty():
        print(_ASK, end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().replace(" ", "").strip().lower() != ring.fingerprint[-SIGNS:]:
        raise ConfigError(f"these are not the last {SIGNS} signs; ouderbrug keys show shows them")


def make(_: argparse.Namespace) -> int:
    """Print a new ring: the only command that shows keys."""
    from bot.store.sealed import Ring

    print(Ring.make(), end="")
    return 0


def rotate(args: argparse.Namespace) -> int:
    """Add a newer key to the ring's file. Raises ConfigError where the ring is not in a file."""
    from bot.store import keys

    config = settings(args)
    if keys.is_given():
        raise ConfigError(f"{keys.VARIABLE} is yours: add a line with the next number and a key of ouderbrug keys make")
    base = database(config)
    base.close()  # it opened, so this is its ring
    ring = keys.rotate(keys.file(config))
    print(f"The ring is {ring.fingerprint} now and has {len(ring)} keys.")
    print("Copy it elsewhere, run: ouderbrug keys confirm COPY, and start every bot anew: an old one cannot read on.")
    return 0


def _source(config: "Config") -> str:
    from bot.store import keys

    return keys.VARIABLE if keys.is_given() else str(keys.file(config))
