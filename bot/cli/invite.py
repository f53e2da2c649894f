"""`ouderbrug staff invite|schools`: the way in to the pages, on paper too, and the schools of a coach."""

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import common

if TYPE_CHECKING:
    from bot.config import Config
    from bot.people.staff import StaffRow

_PLAIN = argparse.RawDescriptionHelpFormatter
_INVITE = """\
Makes a link with which a colleague chooses a password for the pages. It works once, for
seven days; a new one replaces the one before. Who forgot her password gets one too: when
she takes it up, all her sign-ins end. Hand it to her yourself, on paper or on a screen."""
_INVITE_EXAMPLES = """\
examples:
  ouderbrug staff invite janneke --school brug
  ouderbrug staff invite janneke --letter janneke.html   then open and print it"""
_SCHOOLS = """\
Gives a coach, or somebody of the network, other schools beside the own one, or takes them.
Without --give and --take it shows them. Somebody of the network without any sees all."""
_SCHOOLS_EXAMPLES = """\
examples:
  ouderbrug staff schools fenna --school brug --give vaart
  ouderbrug staff schools fenna --school brug --take vaart"""


def add_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The commands of `staff` about who may come in."""
    parser = verbs.add_parser(
        "invite", help="let a colleague in to the pages", description=_INVITE, epilog=_INVITE_EXAMPLES,
        formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("key", help="how commands name her; see staff list")
    parser.add_argument("--letter", type=Path, metavar="FILE", help="also write a sheet to print (HTML)")
    common.add_school(parser)
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=invite)

    parser = verbs.add_parser(
        "schools", help="the schools of a coach", description=_SCHOOLS, epilog=_SCHOOLS_EXAMPLES, formatter_class=_PLAIN
    )
    parser.add_argument("key", help="how commands name her; see staff list")
    parser.add_argument("--give", nargs="+", default=[], metavar="SCHOOL", help="these are hers too")
    parser.add_argument("--take", nargs="+", default=[], metavar="SCHOOL", help="these are not hers any more")
    common.add_school(parser)
    common.add_config(parser)
    parser.set_defaults(run=schools)


def invite(args: argparse.Namespace) -> int:
    """Make an invitation, show it, and write its sheet."""
    from bot.people import logins, staff

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    now = common.moment()
    base = common.database(config)
    try:
        with base.begin() as tx:
            row = staff.by_key(tx, school.key, args.key)
            token = logins.invite(tx, row.id, now)
    finally:
        base.close()
    link, until = logins.link(config, token), (now + logins.INVITED).astimezone(school.zone)
    name = logins.name_of(config, row)
    if args.letter:
        _write(args.letter, sheet(config, row, link, until.date() - timedelta(days=1)))
    if args.json:
        common.print_json({"link": link, "name": name, "until": until.isoformat(timespec="minutes")})
        return 0
    out = common.console()
    out.print(link, soft_wrap=True)
    out.print(f"{row.name} signs in as {name}. The link works once, until {until:%Y-%m-%d %H:%M}.", soft_wrap=True)
    if args.letter:
        out.print(f"{args.letter}: print it, hand it over, and throw the file away.", soft_wrap=True)
    if not logins.is_private(config.web.public_url):
        note = "The pages stay closed without https: see [web] public_url in the configuration."
        common.console(stderr=True).print(note, soft_wrap=True)
    return 0


def sheet(config: "Config", row: "StaffRow", link: str, until: date) -> str:
    """A page to print: the link, a square to scan, and three lines. `until`: the last whole day it works."""
    from bot.console.account import square
    from bot.console.words import Say, render
    from bot.people import logins

    say = Say(common.catalogue(config).words("nl"))
    values = {
        "who": row.name, "school": config.schools[row.school].name, "name": logins.name_of(config, row), "link": link,
        "square": square(link), "until": say.day(until),
    }  # fmt: skip
    return render("blad.html", say, values)


def _write(path: Path, text: str) -> None:
    """For her eyes only. Raises ConfigError."""
    from bot.errors import ConfigError

    try:
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None


def schools(args: argparse.Namespace) -> int:
    """Give and take schools, and show them."""
    from bot.console.visit import COACH, NETWORK
    from bot.errors import BotError
    from bot.people import logins, staff

    config = common.settings(args)
    school = common.school_key(config, args.school)
    give, take = ([config.school(each).key for each in named] for named in (args.give, args.take))
    base = common.database(config)
    try:
        with base.begin() as tx:
            row = staff.by_key(tx, school, args.key)
            if (give or take) and row.role not in (COACH, NETWORK):
                raise BotError(f"{row.key} is {row.role}: only a kansencoach or netwerk has several schools")
            logins.give_schools(tx, row.id, give, take)
            hers = logins.schools_of(tx, row.id)
    finally:
        base.close()
    every = row.role == NETWORK and not hers
    own = {row.school} if row.role != NETWORK else set()
    shown = ", ".join(sorted(config.schools if every else {*hers, *own}))
    common.console().print(f"{row.name} ({row.role}): {shown}")
    return 0
