"""`ouderbrug backup` and `ouderbrug restore`: a copy of everything the bot knows, and back."""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import common

if TYPE_CHECKING:
    from bot.config import Config
    from bot.scheduler.fence import Fenced
    from bot.store.manifest import Manifest

_PLAIN = argparse.RawDescriptionHelpFormatter
_BACKUP = """\
Writes everything the bot knows to a new folder below DIR, as it was at one moment, while
the bot runs. What is personal stays sealed: keep the key ring apart from it, in another
safe place, for one is worth nothing without the other. A backup fits both engines."""
_BACKUP_EXAMPLES = """\
examples:
  ouderbrug backup /var/backups/ouderbrug --keep 14      every night, from a timer
  ouderbrug backup backups --json | jq -r .folder"""
_RESTORE = """\
Reads one backup into an empty database, or nothing at all. Stop the old bot first. Nothing
of the past is sent again: messages that were under way wait for a person, reminders go on
from their next week, and letters that were not read yet are shown as such."""
_RESTORE_EXAMPLES = """\
examples:
  ouderbrug restore backups/2026-11-23T150000Z
  ouderbrug restore backups/2026-11-23T150000Z --config /etc/ouderbrug/config.toml"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "backup", help="copy everything while the bot runs", description=_BACKUP, epilog=_BACKUP_EXAMPLES,
        formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder that holds the backups")
    parser.add_argument(
        "--keep", type=_some, default=0, metavar="N", help="keep the newest N backups of this bot, remove older ones"
    )
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=backup)

    parser = commands.add_parser(
        "restore", help="put a backup into an empty database", description=_RESTORE, epilog=_RESTORE_EXAMPLES,
        formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of one backup")
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=restore)


def _some(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("write how many backups to keep, 1 or more")
    return int(text)


def backup(args: argparse.Namespace) -> int:
    """Make a backup; say where it is."""
    from bot.privacy import written
    from bot.store import schema
    from bot.store.backup import save

    config = common.settings(args)
    _needs_ring(config, "the ring of this database")
    opened = schema.connect(config)
    start = time.monotonic()
    try:
        with _bar("Copying") as watch:
            made = save(opened, args.folder, common.moment(), keep=args.keep, watch=watch)
        written.copy(config.home, args.folder)
    finally:
        opened.close()
    if args.json:
        common.print_json({
            "folder": str(made.folder), "made_at": made.manifest.made_at.isoformat(), "schema": made.manifest.schema,
            "rows": made.manifest.rows, "bytes": made.size, "removed": [str(each) for each in made.removed],
            "tables": {each.table: each.rows for each in made.manifest.tables},
        })  # fmt: skip
        return 0
    out = common.console()
    seconds = time.monotonic() - start
    out.print(f"{made.folder}: {made.manifest.rows} rows, {made.size / 1e6:.1f} MB, in {seconds:.1f} s", soft_wrap=True)
    if made.removed:
        out.print(f"  {len(made.removed)} older backups removed")
    out.print("  the key ring is not in it: keep it apart, for without it nobody can read a name")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Fill an empty database and put up the fence, in one transaction; say what a person must do now."""
    from bot.privacy import erase, written
    from bot.scheduler import fence
    from bot.store import restore as reading
    from bot.store import schema

    config = common.settings(args)
    _needs_ring(config, "the ring that belongs to this backup")
    opened = schema.connect(config)
    try:
        found = reading.check(args.folder, opened.ring)
        with _bar("Restoring") as watch, opened.begin() as tx:
            reading.load(tx, args.folder, found, watch=watch)
            now = common.moment()
            fenced = fence.put_up(tx, now)
            forgotten = erase.again(tx, written.read(config.home, args.folder.resolve().parent), config, now)
    finally:
        opened.close()
    if args.json:
        tables = {each.table: each.rows for each in found.tables}
        common.print_json({
            "made_at": found.made_at.isoformat(), "rows": found.rows, "tables": tables, "fence": fenced._asdict(),
            "forgotten_again": forgotten,
        })  # fmt: skip
    else:
        _show(found, fenced, forgotten)
    return 0


def _needs_ring(config: "Config", which: str) -> None:
    """A new ring would open nothing; none is made here. Raises ConfigError."""
    from bot.errors import ConfigError
    from bot.store import keys

    if not keys.is_given() and not keys.file(config).exists():
        raise ConfigError(f"{keys.file(config)}: there is no key ring; put {which} here first, or into {keys.VARIABLE}")


@contextmanager
def _bar(what: str) -> "Iterator[Callable[[int, int], None]]":
    """A bar over all rows, where somebody is looking."""
    from rich.progress import Progress

    screen = common.console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def _show(found: "Manifest", fenced: "Fenced", forgotten: int) -> None:
    count = {each.table: each.rows for each in found.tables}
    out = common.console()
    out.print(f"Restored as it was on {found.made_at:%d-%m-%Y %H:%M} UTC: {found.rows} rows", soft_wrap=True)
    out.print(f"  {count['contact']} people, {count['child']} children, {count['outbox']} messages out")
    out.print("Nothing of the past is sent again:")
    out.print(f"  {fenced.unsent} messages were not sent then; they stay unknown until somebody settles them")
    out.print(f"  {fenced.letters} letters of parents and {fenced.notes} events were not read then; they are set aside")
    out.print(f"  {fenced.timers} timers wait for their end, {fenced.plans} reminders for their next week")
    out.print(f"  {fenced.threads} threads and {fenced.alarms} alarms are open")
    if forgotten:
        out.print(f"  {forgotten} people were forgotten since; the bot forgets them again as it starts")
    out.print("Now:")
    for number, line in enumerate(_NEXT, 1):
        out.print(f"  {number}. {line}", soft_wrap=True)


_NEXT = (
    "stop the old bot, and see to it that it does not start again",
    "what happened after the backup is lost: ask who said STOP or enrolled since then, and do it again",
    "ouderbrug doctor                  what is not well yet",
    "ouderbrug threads list            parents who wait for a person",
    "ouderbrug run                     start the bot; then settle what `ouderbrug outbox list` shows: again, or drop",
)
