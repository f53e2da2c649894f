"""`ouderbrug talks`: rounds of talks that parents book, opened from a file; see talks_going.py for what comes after."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import common, talks_going, talks_picture, talks_words

if TYPE_CHECKING:
    from bot.booking.plan import Facts, Plan, Problem
    from bot.config import Config, School
    from bot.store.database import Tx

_PLAIN = argparse.RawDescriptionHelpFormatter
_OPEN = """\
Opens a round of talks from a file: which groups, each colleague's hours, how long a talk is,
and from when until when parents choose. `talks example` shows such a file, with groups and
days of your school, to copy and to change.

First it shows what would be: for each colleague how many talks there is room for and how many
children come to her. Then it asks. Parents are invited from `opens` on, in their own language,
never at night. The same file twice is one round."""
_OPEN_EXAMPLES = """\
examples:
  ouderbrug talks example --school brug > round.toml
  ouderbrug talks check round.toml
  ouderbrug talks open round.toml
  ouderbrug talks open round.toml --yes --json

a round.toml:
  name   = "Rapportgesprekken"
  kind   = "rapport"                 # start, rapport or anders
  groups = ["groep 3", "groep 4"]
  length = 10
  opens  = "2026-11-24 16:00"
  early  = "2026-11-23 16:00"        # families with several children in it; may be left out
  closes = "2026-12-01 12:00"
  place  = "eigen lokaal"

  [[hours]]
  staff = "juf Janneke"
  day   = ["03-12-2026", "08-12-2026"]
  from  = "15:00"
  until = "20:30"
  break = ["17:00", "18:30"]"""
_CLOSE = """\
Closes a round: parents choose no more. The talks that are agreed stand."""
_STOP = """\
Stops a round: nobody is asked any more, and every talk of it that is still to come is called
off; the parents hear it. Where talks are agreed it asks first."""
_ILL = """\
A colleague is not there on a day. Her hours are withdrawn and her talks are off; everybody
concerned hears it in one message, and is offered another moment at once where the round is
still open. With --no-proposals they only hear that it is off."""

_ILL_EXAMPLES = """\
examples:
  ouderbrug talks ill juf-janneke --day 2026-12-03
  ouderbrug talks ill juf-janneke --day 03-12-2026 --no-proposals --yes"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("talks", help="rounds of talks that parents book in the chat")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)

    parser = _verb(verbs, "open", "open a round from a file", _OPEN, _OPEN_EXAMPLES)
    _add_file(parser)
    _add_yes(parser)
    common.add_json(parser)
    parser.set_defaults(run=open_round)

    about = "Says everything that is wrong with a round's file, and what it would come to. Nothing is opened."
    parser = _verb(
        verbs, "check", "look whether a file is right", about, "example:\n  ouderbrug talks check round.toml"
    )
    _add_file(parser)
    common.add_json(parser)
    parser.set_defaults(run=check)

    about = "Prints a round.toml with groups, a colleague and school days of this school."
    given = "example:\n  ouderbrug talks example --school brug > round.toml"
    _verb(verbs, "example", "a file to copy and to change", about, given).set_defaults(run=show_example)
    _register_going(verbs)


def _register_going(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """What is done with rounds that are there."""
    about = "Lists the rounds, the newest first: how many parents have booked, and how many have not."
    parser = _verb(verbs, "list", "the rounds, and how far they are", about, "example:\n  ouderbrug talks list --json")
    common.add_json(parser)
    parser.set_defaults(run=talks_going.show)

    parser = _verb(verbs, "close", "parents choose no more", _CLOSE, "example:\n  ouderbrug talks close 3")
    _add_number(parser)
    parser.set_defaults(run=talks_going.close)

    parser = _verb(verbs, "stop", "all of it is off", _STOP, "example:\n  ouderbrug talks stop 3")
    _add_number(parser)
    _add_yes(parser)
    parser.set_defaults(run=talks_going.stop)

    parser = _verb(verbs, "ill", "a colleague is not there on a day", _ILL, _ILL_EXAMPLES)
    parser.add_argument("staff", metavar="KEY", help="who; see staff list")
    parser.add_argument("--day", required=True, type=_day, metavar="DAY", help="2026-12-03 or 03-12-2026")
    parser.add_argument("--no-proposals", action="store_true", help="offer no other moment yet")
    _add_yes(parser)
    parser.set_defaults(run=talks_going.ill)


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str, description: str, epilog: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=about, description=description, epilog=epilog, formatter_class=_PLAIN)
    common.add_school(parser)
    common.add_config(parser)
    return parser


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the round; see talks example")


def _add_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, metavar="N", help="the number of the round; see talks list")


def _add_yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _day(text: str) -> Any:
    from bot.people.freedays import day

    try:
        return day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


# --- a file
def _read(
    args: argparse.Namespace, tx: "Tx", config: "Config", school: "School", now: datetime
) -> "tuple[Plan | None, Facts, list[Problem], list[str]]":
    """The plan, what the school has, what is wrong with it, and what could not be read at all."""
    from bot.booking import roundfile, rounds

    text = common.text_of(args.file)
    facts = rounds.facts(tx, config, school.key, now)
    plan, wrong = roundfile.read(text, school.key, facts, now)
    return plan, facts, rounds.problems(tx, config, plan, now) if plan else [], wrong


def _refused(args: argparse.Namespace, wrong: list[str], found: "list[Problem]") -> int:
    if args.json:
        more = [talks_words.plain(each) for each in found]
        common.print_json({"problems": [{"code": "unreadable", "warns": False, "says": each} for each in wrong] + more})
    else:
        for each in (*wrong, *(talks_words.sentence(each) for each in found)):
            common.console(stderr=True).print(f"{args.file.name}: {each}", soft_wrap=True)
    return 1


def check(args: argparse.Namespace) -> int:
    """Say what is wrong with a file, and what it would come to; 1 where it cannot be opened."""
    with common.at_school(args) as (config, school, base), base.read() as tx:
        plan, facts, found, wrong = _read(args, tx, config, school, common.moment())
    if plan is None or any(not each.warns for each in found):
        return _refused(args, wrong, found)
    if args.json:
        common.print_json(talks_picture.data(plan, facts, found))
    else:
        talks_picture.show(plan, facts, found, school.name)
    return 0


def open_round(args: argparse.Namespace) -> int:
    """Show what would be, ask, and plan it. 1 where it was not done."""
    from bot.booking import rounds

    now = common.moment()
    with common.at_school(args) as (config, school, base):
        with base.read() as tx:
            plan, facts, found, wrong = _read(args, tx, config, school, now)
            there = rounds.same(tx, plan) if plan else None
        if plan is None or (not there and any(not each.warns for each in found)):
            return _refused(args, wrong, found)
        if not args.json and not there:
            talks_picture.show(plan, facts, found, school.name)
        if not (there or talks_going.agreed(args, f"Open {plan.name}?")):
            return 1
        with base.begin() as tx:
            number = there or rounds.make(tx, config, plan, None, now)
            state = rounds.known(tx, number, school.key).state
    if args.json:
        common.print_json({"id": number, "state": state, "new": not there, **talks_picture.data(plan, facts, found)})
        return 0
    if there:
        common.console().print(f"Round {number} was made of this file before; it is {state}.", soft_wrap=True)
    else:
        opens = (plan.early_at or plan.opens_at).astimezone(school.zone)
        at = f"from {opens:%d-%m-%Y %H:%M} on" if opens > now else "now"
        common.console().print(f"Round {number} is planned: parents are invited {at}, never at night.", soft_wrap=True)
    return 0


def show_example(args: argparse.Namespace) -> int:
    """Print a file to copy."""
    from bot.booking import roundfile, rounds

    now = common.moment()
    with common.at_school(args) as (config, school, base), base.read() as tx:
        facts = rounds.facts(tx, config, school.key, now)
    print(roundfile.example(facts, now.astimezone(school.zone).date()), end="")
    return 0
