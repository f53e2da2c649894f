"""`ouderbrug person`: everything that is kept of one parent, handed over or forgotten."""

import argparse
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import common

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.config import Config
    from bot.privacy.erase import Erasure
    from bot.store.database import Database, Tx

_PLAIN = argparse.RawDescriptionHelpFormatter
_WHO = """\
ADDRESS is how she is reached: sms:+31612000001, whatsapp:+31612000001, telegram:4711.
With - it is read from the keyboard or a pipe, so that it stands in no history of commands."""
_EXPORT = f"""\
Writes everything that is kept of her, and nothing of anybody else: a page to read, the same
as JSON, and what she sent. Colleagues' notes about her are in the JSON (promise): read them
before you hand it over, they may speak of others. --own leaves them out.

{_WHO}"""
_ERASE = f"""\
Forgets her: numbers, messages, answers, appointments. What stays is the school's own
administration of her child. Nobody can call it back. What providers still hold is asked back
by the bot as it runs; `person erasures` says what is left. Backups hold her until they are
gone; one that is put back forgets her again.

{_WHO}"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("person", help="hand over or forget what is kept of one parent")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = _verb(verbs, "show", "how much is kept of her, in counts", f"Counts only.\n\n{_WHO}", show)
    common.add_json(parser)
    parser = _verb(verbs, "export", "write everything that is kept of her", _EXPORT, export)
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER|FILE.zip", help="a new folder, or one file")
    parser.add_argument("--own", action="store_true", help="only what she may get without anybody reading it first")
    common.add_json(parser)
    parser = _verb(verbs, "erase", "forget her", _ERASE, erase)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    common.add_json(parser)
    parser = verbs.add_parser(
        "erasures", help="who is being forgotten, and what providers still hold", formatter_class=_PLAIN,
        description="Numbers only: erasures under way and done, and how many messages providers still hold.",
        epilog="example:\n  ouderbrug person erasures",
    )  # fmt: skip
    common.add_config(parser)
    common.add_json(parser)
    parser.set_defaults(run=erasures)


def _verb(verbs: Any, name: str, about: str, text: str, run: Any) -> argparse.ArgumentParser:
    more = {"export": " --to gegevens.zip", "erase": " --yes"}.get(name, "")
    example = f"examples:\n  ouderbrug person {name} sms:+31612000001{more}\n  ouderbrug person {name} -{more}"
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=about, description=text, epilog=example, formatter_class=_PLAIN
    )
    parser.add_argument("address", metavar="ADDRESS", help="how she is reached, or - to type it")
    common.add_config(parser)
    parser.set_defaults(run=run)
    return parser


@contextmanager
def _opened(args: argparse.Namespace) -> "Iterator[tuple[Config, Database]]":
    config = common.settings(args)
    database = common.database(config)
    try:
        yield config, database
    finally:
        database.close()


def _who(tx: "Tx", given: str) -> int:
    """Whose address it is. Raises BotError, without the address."""
    from sqlalchemy import select

    from bot.errors import BotError
    from bot.model import Address
    from bot.people.addresses import phone
    from bot.store import tables as t

    try:
        address = Address.parse(given)
        if address.channel in ("sms", "whatsapp"):
            address = Address(address.channel, phone(address.value))
    except ValueError:
        raise BotError("that is no address; write it as sms:+31612000001 or telegram:4711") from None
    find = select(t.address.c.contact_id).where(t.address.c.find == tx.find(str(address)))
    found = tx.execute(find).scalar()
    if found is None:
        raise BotError("nobody is known by that address; try her other channel")
    return int(found)


def _address(args: argparse.Namespace) -> str:
    if args.address != "-":
        return str(args.address)
    if sys.stdin.isatty():
        common.console(stderr=True).print("Address: ", end="")
    return sys.stdin.readline().strip()


def show(args: argparse.Namespace) -> int:
    """How many rows there are of her, by table."""
    from bot.privacy import export as exporting

    given = _address(args)
    with _opened(args) as (_, database), database.read() as tx:
        found = exporting.counts(tx, _who(tx, given))
    if args.json:
        common.print_json(found)
    for name, many in found.items() if not args.json else ():
        common.console().print(f"{many:6}  {name}")
    return 0


def export(args: argparse.Namespace) -> int:
    """Write a folder or a zip file, for its owner alone."""
    from bot.errors import BotError
    from bot.privacy import export as exporting
    from bot.reports import handout

    given, to = _address(args), args.to
    if to.exists():
        raise BotError(f"{to}: it is there already; name a new one")
    with _opened(args) as (config, database):
        words = common.catalogue(config)
        with database.read() as tx:
            found = exporting.everything(tx, config, _who(tx, given), common.moment(), inward=not args.own)
            if to.suffix == ".zip":
                data = handout.packed(tx, words, found)
                _keep(to, data)
            else:
                handout.files(tx, words, found, lambda name, data: _keep(to / name, data))
    rows = {name: len(each) for name, each in found.tables.items()}
    if args.json:
        common.print_json({"to": str(to), "rows": rows, "files": len(found.files)})
    else:
        out = f"{to}: {sum(rows.values())} rows of {len(rows)} tables, {len(found.files)} files"
        common.console().print(out, soft_wrap=True)
    return 0


def _keep(path: Path, data: bytes) -> None:
    """A new file that only its owner can read."""
    import os

    from bot.errors import BotError

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise BotError(f"{path}: {error.strerror}") from None


def erase(args: argparse.Namespace) -> int:
    """Forget her now; 1 where it stopped half-way."""
    import asyncio

    from bot.errors import BotError
    from bot.privacy import erase as erasing
    from bot.privacy import export as exporting

    given = _address(args)
    with _opened(args) as (config, database):
        with database.read() as tx:
            contact_id = _who(tx, given)
            counts = exporting.counts(tx, contact_id)
            if erasing.hindrance(tx, config, contact_id) == "bar":
                raise BotError("a contact bar would go with her; the office forgets her on its page, which says so")
        if not args.yes and not _sure(sum(counts.values())):
            common.console(stderr=True).print("Nothing was done.")
            return 1
        now = common.moment()
        with database.begin() as tx:
            number = erasing.begin(tx, config, contact_id, "command", now)
        done = asyncio.run(erasing.finish(database, config.home, number, now))
        with database.read() as tx:
            found = erasing.one(tx, number)
    if args.json:
        common.print_json(_plain(found))
    else:
        _tell(found)
    return 0 if done else 1


def _sure(rows: int) -> bool:
    common.console(stderr=True).print(
        f"{rows} rows of hers; nobody can call it back. Forget her? [type: vergeet] ", end=""
    )
    return sys.stdin.readline().strip().casefold() == "vergeet"


def _tell(found: "Erasure") -> None:
    out = common.console()
    out.print(f"Erasure {found.id}: {found.state}" + (f" ({found.reason})" if found.reason else ""))
    for room, many in found.went.items():
        out.print(f"{many:6}  {room}")
    for channel, states in found.left.items():
        told = ", ".join(f"{many} {_WORDS[state]}" for state, many in states.items())
        out.print(f"{channel}: {told}", soft_wrap=True)
    if found.state == "partly":
        out.print(f"It goes on by itself at {found.try_at:%Y-%m-%d %H:%M} UTC, while the bot runs.")


_WORDS = {
    "there": "still there, asked back while the bot runs", "gone": "gone there", "kept": "kept there for good",
}  # fmt: skip


def _plain(found: "Erasure") -> "Mapping[str, Any]":
    moments = {name: value.isoformat() for name, value in found._asdict().items() if hasattr(value, "isoformat")}
    return {**found._asdict(), **moments}


def erasures(args: argparse.Namespace) -> int:
    """All of them, newest first."""
    from bot.privacy import erase as erasing

    with _opened(args) as (_, database), database.read() as tx:
        found = erasing.listed(tx)
    if args.json:
        common.print_json([_plain(each) for each in found])
        return 0
    for each in found:
        _tell(each)
    if not found:
        common.console().print("Nobody asked to be forgotten.")
    return 0
