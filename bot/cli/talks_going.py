"""`ouderbrug talks list|close|stop|ill`: rounds of talks that are there, and a colleague who is not."""

import argparse
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from bot.cli import common, talks_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.store.database import Database, Tx


def agreed(args: argparse.Namespace, question: str) -> bool:
    """Whether somebody says yes. Raises BotError where nobody is there to ask."""
    from bot.errors import BotError

    if args.yes:
        return True
    if getattr(args, "json", False) or not sys.stdin.isatty():
        raise BotError(f"{question} Nothing was done; add --yes")
    said = input(f"{question} Type yes: ").strip().casefold() in {"yes", "y", "ja", "j"}
    if not said:
        common.console(stderr=True).print("Nothing was done.")
    return said


def show(args: argparse.Namespace) -> int:
    """List the rounds, and how far they are."""
    with common.at_school(args) as (_, school, base), base.read() as tx:
        rows = talks_picture.rows(tx, school)
    if args.json:
        common.print_json(rows)
    elif not rows:
        common.console().print("There is no round yet. Next: ouderbrug talks example > round.toml")
    else:
        talks_picture.table(rows, school.name)
    return 0


def close(args: argparse.Namespace) -> int:
    """Parents choose no more."""
    from bot.booking import rounds
    from bot.errors import Taken

    with common.at_school(args) as (_, school, base), base.begin() as tx:
        found = rounds.known(tx, args.number, school.key)
        if not rounds.close(tx, found.id, common.moment()):
            raise Taken(f"round {found.id} is {found.state} already")
    common.console().print(
        f"Round {found.id}, {found.name}, is closed: parents choose no more, what is agreed stands.", soft_wrap=True
    )
    return 0


def stop(args: argparse.Namespace) -> int:
    """All of it is off, slice by slice."""
    from bot.booking import ill as off
    from bot.booking import rounds
    from bot.errors import Taken

    now = common.moment()
    with common.at_school(args) as (_, school, base):
        with base.read() as tx:
            found = rounds.known(tx, args.number, school.key)
            stand = talks_picture.standing(tx, found.id, now)
        if stand and not agreed(args, f"{stand} talks of {found.name} are agreed; call them all off?"):
            return 1
        with base.begin() as tx:
            stopped = rounds.stop(tx, found.id, now)
        if not stopped and not stand:
            raise Taken(f"round {found.id} is {found.state} already")
        done = 0
        while some := _slice(base, found.id, now, off.call_off):
            done += some
    common.console().print(f"Round {found.id}, {found.name}, is stopped; {done} talks are called off.", soft_wrap=True)
    return 0


def _slice(base: "Database", number: int, now: datetime, work: "Callable[[Tx, int, datetime], int]") -> int:
    with base.begin() as tx:
        return work(tx, number, now)


def ill(args: argparse.Namespace) -> int:
    """A colleague is not there."""
    from bot.booking import ill as off
    from bot.people import staff

    now = common.moment()
    with common.at_school(args) as (config, school, base):
        with base.read() as tx:
            row = staff.by_key(tx, school.key, args.staff)
            many = off.talks_of(tx, config, row.id, school.key, args.day, now)
        said = f"{many} {'talk' if many == 1 else 'talks'} of {row.name} on {args.day:%d-%m-%Y}"
        if many and not agreed(args, f"{said}: call them off?"):
            return 1
        with base.begin() as tx:
            done = off.absent(tx, config, row.id, args.day, now, again=not args.no_proposals)
    next_ = "the parents hear that it is off" if args.no_proposals else "the parents hear it, with another moment"
    told = f"; {next_}" if done else ""
    common.console().print(
        f"{row.name} has no hours on {args.day:%d-%m-%Y} any more; {done} called off{told}.", soft_wrap=True
    )
    return 0
