"""`ouderbrug council`: decisions with parents and elections, opened from a file, listed, closed."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import common, talks_going

if TYPE_CHECKING:
    from bot.store.database import Tx

_PLAIN = argparse.RawDescriptionHelpFormatter
_OPEN = """\
Opens a decision from a file: what it is about, the choices, from when until when. Every
parent who can be reached is asked once, in her own language, never at night. Votes are
secret: nobody finds out who chose what, whatever he may read. An election waits for a second
person at school, on its page. The same file twice is one ballot."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("council", help="decisions with parents, and elections")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)

    given = (
        "examples:\n  ouderbrug council example > trip.toml\n"
        "  ouderbrug council open trip.toml --by janneke --school brug"
    )
    parser = _verb(verbs, "open", "open a decision from a file", _OPEN, given)
    parser.add_argument("file", type=Path, metavar="FILE", help="the ballot; see council example")
    parser.add_argument("--by", required=True, metavar="KEY", help="in whose name parents are asked; see staff list")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(run=open_one)

    parser = verbs.add_parser(
        "example", help="a file to copy", description="Prints a file to copy and to change.", formatter_class=_PLAIN,
        epilog="example:\n  ouderbrug council example > trip.toml",
    )  # fmt: skip
    parser.set_defaults(run=example)

    about = "Lists the ballots, the newest first: how many have voted, of how many. What they chose is on no list."
    parser = _verb(verbs, "list", "the ballots, and who has voted", about, "example:\n  ouderbrug council list --json")
    common.add_json(parser)
    parser.set_defaults(run=show)

    about = "Closes a ballot now: the votes until now count. The school writes what came of it on its page."
    parser = _verb(verbs, "close", "the last vote is in", about, "example:\n  ouderbrug council close 3")
    parser.add_argument("number", type=int, metavar="N", help="the number of the ballot; see council list")
    parser.set_defaults(run=close)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str, description: str, epilog: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=about, description=description, epilog=epilog, formatter_class=_PLAIN)
    common.add_school(parser)
    common.add_config(parser)
    return parser


def example(args: argparse.Namespace) -> int:
    """Print a file to copy."""
    from bot.council.file import EXAMPLE

    print(EXAMPLE, end="")
    return 0


def open_one(args: argparse.Namespace) -> int:
    """Show whom it would ask, ask, and plan it. 1 where it was not done."""
    from bot.council import ballots, file, going
    from bot.errors import Taken
    from bot.people import staff

    now = common.moment()
    text = common.text_of(args.file)
    with common.at_school(args) as (config, school, base):
        with base.read() as tx:
            by = staff.by_key(tx, school.key, args.by).id
            plan = file.read(text, school.key, by, school.zone, now)
            there = ballots.is_there(tx, school.key, plan.key)
            many = len(going.voters(tx, config, school.key, now))
            if not there and ballots.is_busy(tx, school.key, plan.kind):
                raise Taken(f"a {plan.kind} is going on at this school already; two at once ask parents too much")
        if not there and not talks_going.agreed(args, f"Ask {many} parents about {plan.title}?"):
            return 1
        with base.begin() as tx:
            number = ballots.make(tx, plan, now)
    planned = "waits for a second person, on its page" if plan.kind == ballots.ELECTION else "is planned"
    said = "was made of this file before" if there else planned
    common.console().print(f"Ballot {number}, {plan.title}, {said}.", soft_wrap=True)
    return 0


def show(args: argparse.Namespace) -> int:
    """List the ballots, and how many have voted."""
    from rich.table import Table

    with common.at_school(args) as (_, school, base), base.read() as tx:
        rows = _rows(tx, school.key)
    if args.json:
        common.print_json(rows)
        return 0
    if not rows:
        common.console().print("There is no ballot yet. Next: ouderbrug council example > ballot.toml")
        return 0
    table = Table(title=f"Ballots of {school.name}", box=None, pad_edge=False)
    for name in ("N", "kind", "title", "state", "closes", "voted", "asked"):
        table.add_column(name)
    for row in rows:
        table.add_row(*(str(row[name]) for name in ("id", "kind", "title", "state", "closes_at", "voted", "asked")))
    common.console().print(table)
    return 0


def _rows(tx: "Tx", school: str) -> "list[dict[str, Any]]":
    from bot.council import ballots, voting

    rows: list[dict[str, Any]] = []
    for each in ballots.listed(tx, school):
        voted, asked = voting.turnout(tx, each.id)
        rows.append({
            "id": each.id, "kind": each.kind, "title": each.title, "state": each.state,
            "closes_at": f"{each.closes_at:%Y-%m-%dT%H:%MZ}", "voted": voted, "asked": asked,
        })  # fmt: skip
    return rows


def close(args: argparse.Namespace) -> int:
    """The last vote is in."""
    from bot.council import ballots
    from bot.errors import BotError, Taken

    with common.at_school(args) as (_, school, base), base.begin() as tx:
        found = ballots.get(tx, args.number)
        if found is None or found.school != school.key:
            raise BotError(f"there is no ballot {args.number}; see ouderbrug council list")
        if not ballots.close_now(tx, found.id, common.moment()):
            raise Taken(f"ballot {found.id} is {found.state}")
    common.console().print(f"Ballot {found.id}, {found.title}, closes now; its page has the result.", soft_wrap=True)
    return 0
