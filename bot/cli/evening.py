"""`ouderbrug evening`: evenings on a theme, coffee and open days, opened from a file, listed, closed, stopped, told."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import common, talks_going

if TYPE_CHECKING:
    from bot.store.database import Tx

_PLAIN = argparse.RawDescriptionHelpFormatter
_OPEN = """\
Opens an evening from a file: what it is, for which groups, when and where. Families are
invited in their own language, never at night. An open day invites nobody: it has a poster
with a code that new families send. The same file twice is one evening."""
_STOP = """\
Calls an evening off. Who would come hears so once, with the reason."""
_TOLD = """\
Afterwards: what it was about, in at most 400 signs of Dutch, goes to who could not come."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("evening", help="evenings on a theme, coffee and open days")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)

    given = "examples:\n  ouderbrug evening example > media.toml\n  ouderbrug evening open media.toml --school brug"
    parser = _verb(verbs, "open", "open an evening from a file", _OPEN, given)
    parser.add_argument("file", type=Path, metavar="FILE", help="the evening; see evening example")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(run=open_one)

    about = "Prints a file to copy and to change."
    parser = verbs.add_parser(
        "example", help="a file to copy", description=about, formatter_class=_PLAIN,
        epilog="example:\n  ouderbrug evening example > media.toml",
    )  # fmt: skip
    parser.set_defaults(run=example)

    about = "Lists the evenings, what comes last first: how many people come, and who waits."
    parser = _verb(verbs, "list", "the evenings, and who comes", about, "example:\n  ouderbrug evening list --json")
    common.add_json(parser)
    parser.set_defaults(run=show)

    about = "Nobody signs up any more; who comes, comes."
    parser = _verb(verbs, "close", "close the sign-up", about, "example:\n  ouderbrug evening close 3")
    _add_number(parser)
    parser.set_defaults(run=close)

    given = 'example:\n  ouderbrug evening stop 3 --why "De spreker is ziek."'
    parser = _verb(verbs, "stop", "call it off", _STOP, given)
    _add_number(parser)
    parser.add_argument("--why", required=True, metavar="WORDS", help="the reason, in Dutch, as parents read it")
    parser.set_defaults(run=stop)

    given = 'example:\n  ouderbrug evening told 3 --text "Maak samen af wanneer de telefoon weg gaat."'
    parser = _verb(verbs, "told", "tell who could not come", _TOLD, given)
    _add_number(parser)
    parser.add_argument("--text", required=True, metavar="WORDS", help="what it was about, in Dutch")
    parser.set_defaults(run=told)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str, description: str, epilog: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=about, description=description, epilog=epilog, formatter_class=_PLAIN)
    common.add_school(parser)
    common.add_config(parser)
    return parser


def _add_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, metavar="N", help="the number of the evening; see evening list")


def example(args: argparse.Namespace) -> int:
    """Print a file to copy."""
    from bot.gatherings.file import EXAMPLE

    print(EXAMPLE, end="")
    return 0


def open_one(args: argparse.Namespace) -> int:
    """Show what would be, ask, and plan it. 1 where it was not done."""
    from bot.gatherings import file, gatherings

    now = common.moment()
    text = common.text_of(args.file)
    with common.at_school(args) as (config, school, base):
        with base.read() as tx:
            plan = file.read(text, school.key, gatherings.groups_of(tx, config, school.key, now), school.zone, now)
            there = gatherings.same(tx, school.key, plan.key)
        starts = plan.starts_at.astimezone(school.zone)
        if not there and not talks_going.agreed(args, f"Open {plan.name}, {starts:%d-%m-%Y %H:%M}, {plan.place}?"):
            return 1
        with base.begin() as tx:
            number = gatherings.make(tx, config, plan, None, now)
    said = "was made of this file before." if there else "is planned: families are invited, never at night."
    common.console().print(f"Evening {number}, {plan.name}, {said}", soft_wrap=True)
    return 0


def show(args: argparse.Namespace) -> int:
    """List the evenings, and who comes."""
    from rich.table import Table

    with common.at_school(args) as (_, school, base), base.read() as tx:
        rows = _rows(tx, school.key)
    if args.json:
        common.print_json([row | {"starts_at": row["starts_at"].isoformat()} for row in rows])
        return 0
    if not rows:
        common.console().print("There is no evening yet. Next: ouderbrug evening example > evening.toml")
        return 0
    table = Table(title=f"Evenings of {school.name}", box=None, pad_edge=False)
    for name in ("N", "name", "starts", "state", "people", "children", "waiting"):
        table.add_column(name)
    for row in rows:
        starts = row["starts_at"].astimezone(school.zone)
        cells = (row["id"], row["name"], f"{starts:%d-%m-%Y %H:%M}", row["state"], row["people"], row["children"])
        table.add_row(*map(str, cells), str(row["waiting"]))
    common.console().print(table)
    return 0


def _rows(tx: "Tx", school: str) -> "list[dict[str, Any]]":
    from bot.gatherings import gatherings, guests

    rows: list[dict[str, Any]] = []
    for each in gatherings.listed(tx, school):
        count = guests.counted(guests.listed(tx, each.id))
        rows.append({
            "id": each.id, "kind": each.kind, "name": each.name, "starts_at": each.starts_at, "state": each.state,
            "places": each.places, "people": count.people, "families": count.families, "children": count.children,
            "interpreters": dict(count.interpreters), "waiting": count.waiting,
        })  # fmt: skip
    return rows


def close(args: argparse.Namespace) -> int:
    """Nobody signs up any more."""
    from bot.errors import Taken
    from bot.gatherings import gatherings

    with common.at_school(args) as (_, school, base), base.begin() as tx:
        found = gatherings.known(tx, args.number, school.key)
        if not gatherings.close(tx, found.id, common.moment()):
            raise Taken(f"evening {found.id} is {found.state} already")
    common.console().print(f"Evening {found.id}, {found.name}, is closed: who comes, comes.", soft_wrap=True)
    return 0


def stop(args: argparse.Namespace) -> int:
    """It is off; the bot tells who would come."""
    from bot.errors import BotError, Taken
    from bot.gatherings import gatherings
    from bot.gatherings.plan import REASON

    if not 0 < len(args.why) <= REASON:
        raise BotError(f"--why has 1 to {REASON} signs")
    with common.at_school(args) as (_, school, base), base.begin() as tx:
        found = gatherings.known(tx, args.number, school.key)
        if not gatherings.stop(tx, found.id, args.why, common.moment()):
            raise Taken(f"evening {found.id} is {found.state}, or over")
    common.console().print(f"Evening {found.id}, {found.name}, is off: who would come hears so.", soft_wrap=True)
    return 0


def told(args: argparse.Namespace) -> int:
    """What it was about goes to who could not come."""
    from bot.errors import Taken
    from bot.gatherings import gatherings

    with common.at_school(args) as (_, school, base), base.begin() as tx:
        found = gatherings.known(tx, args.number, school.key)
        if not gatherings.tell(tx, found.id, args.text, common.moment()):
            raise Taken(f"evening {found.id} is not over yet, or was told before")
    common.console().print(f"Who could not come to evening {found.id} reads what it was about.", soft_wrap=True)
    return 0
