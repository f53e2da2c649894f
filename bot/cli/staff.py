"""The people at school: add somebody with her groups, list them; what is about one colleague is in colleague.py."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.cli import colleague, common, invite

if TYPE_CHECKING:
    from bot.channels.base import Channel
    from bot.model import Inbound, Request
    from bot.people.staff import StaffRow

_ROLES = ("leerkracht", "ib", "kansencoach", "administratie", "directie", "netwerk")
_PLAIN = argparse.RawDescriptionHelpFormatter
_ADD = """\
Adds somebody at school, with the groups she has in a school year. The same name (or key)
again changes her: the groups named now are hers from now on. Parents read her name as
it is written here: "juf Janneke"."""
_ADDRESS = """\
On Telegram people have a number that nobody sees, and an alarm needs it: duty = ["telegram:..."].
This shows a word; whoever is on duty sends it to the school's bot, and her address is shown.
Nothing else is read or lost. Do it before the bot runs: while it asks, no webhook comes."""
_EXAMPLES = """\
examples:
  ouderbrug staff add --school brug --name 'juf Janneke' --groups 'groep 4'
  ouderbrug staff add --name 'meester Tom' --groups 'groep 7' 'groep 8' --year 2027-2028
  ouderbrug staff add --name Noor --role kansencoach --groups 'groep 1' 'groep 2'"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("staff", help="the people at school: their groups, phones and hours")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)

    parser = verbs.add_parser(
        "add", help="add somebody, or change her groups", description=_ADD, epilog=_EXAMPLES, formatter_class=_PLAIN
    )
    parser.add_argument("--name", required=True, help="as parents read it: 'juf Janneke'")
    parser.add_argument("--groups", nargs="+", default=[], metavar="GROUP", help="her groups in this school year")
    parser.add_argument("--role", choices=_ROLES, default="leerkracht", help="what she does (default: leerkracht)")
    parser.add_argument("--key", default="", help="how commands name her (default: from her name)")
    common.add_school(parser)
    common.add_year(parser)
    common.add_config(parser)
    parser.set_defaults(run=add)

    parser = verbs.add_parser(
        "address", help="find out somebody's address on Telegram, for duty in config.toml", description=_ADDRESS,
        epilog="example:\n  ouderbrug staff address", formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, default=5.0, metavar="N", help="how long to wait (default: 5)")
    common.add_config(parser)
    parser.set_defaults(run=address)

    parser = verbs.add_parser(
        "list", help="list everybody with her groups", description="Lists everybody at school with her groups.",
        epilog="example:\n  ouderbrug staff list --school brug", formatter_class=_PLAIN,
    )  # fmt: skip
    common.add_school(parser)
    common.add_year(parser)
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=list_staff)
    colleague.add_verbs(verbs)
    invite.add_verbs(verbs)


def add(args: argparse.Namespace) -> int:
    """Add somebody, or change who has this key."""
    from bot.errors import ConfigError
    from bot.people import groups as school_groups
    from bot.people import staff
    from bot.people.addresses import same_name

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    key = args.key or same_name(args.name).replace(" ", "-")
    if not key:
        raise ConfigError("--name is empty; write for example 'juf Janneke'")
    groups = [group.strip() for given in args.groups for group in given.split(",") if group.strip()]
    opened = common.database(config)
    try:
        with opened.begin() as tx:
            year = common.year_of(args, school)
            staff.add(tx, school.key, key, args.name.strip(), args.role, groups, year)
            empty = school_groups.empty(tx, school.key, year, groups)
    finally:
        opened.close()
    common.console().print(f"{args.name.strip()} ({args.role}, {key}): {', '.join(groups) or 'no groups'}")
    if empty:
        names = ", ".join(empty)
        common.console(stderr=True).print(f"No child is in {names} yet: write a group as the file of families does.")
    return 0


def address(args: argparse.Namespace) -> int:
    """Wait for a word on every channel that can be asked, and show who sent it. 1 where nobody did."""
    import asyncio
    import secrets

    from bot.channels import drivers
    from bot.channels.base import Polls
    from bot.errors import ConfigError

    config = common.settings(args)
    asked = {name: replace(each, mode="polling") for name, each in config.channels.items()}
    channels = [each for each in drivers.make(asked, common.moment).values() if isinstance(each, Polls)]
    if not channels:
        raise ConfigError("no channel here hides who somebody is; add [channels.telegram], or write the phone number")
    word = f"DIENST-{secrets.randbelow(9000) + 1000}"
    common.console(stderr=True).print(f"Send this to the bot of the school: {word}")
    found = asyncio.run(_sender_of(word, channels[0], args.minutes * 60))
    print(found or "Nobody sent it.")
    return 0 if found else 1


async def _sender_of(word: str, channel: "Channel", seconds: float) -> str:
    """The address that sends this word within so many seconds; "" where none does. Confirms nothing."""
    import asyncio

    from bot.channels.base import Polls

    assert isinstance(channel, Polls)
    try:
        async with asyncio.timeout(seconds):
            while True:
                requests, _ = await channel.poll(0)
                for each in (mail for request in requests for mail in _read(channel, request)):
                    if each.text.strip().upper() == word:
                        return str(each.sender)
                await asyncio.sleep(1)
    except TimeoutError:
        return ""
    finally:
        await channel.close()


def _read(channel: "Channel", request: "Request") -> "list[Inbound]":
    from bot.model import Inbound

    try:
        return [mail for mail in channel.read(request) if isinstance(mail, Inbound)]
    except ValueError:
        return []


def list_staff(args: argparse.Namespace) -> int:
    """List everybody with her groups in a school year."""
    from bot.people import staff

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    opened = common.database(config)
    try:
        with opened.read() as tx:
            found = staff.everyone(tx, school.key, common.year_of(args, school))
            linked = staff.linked(tx, [row for row, _ in found])
    finally:
        opened.close()
    if args.json:
        common.print_json([
            {"key": row.key, "name": row.name, "role": row.role, "groups": groups, "linked": row.id in linked}
            for row, groups in found
        ])  # fmt: skip
    else:
        _show(found, linked, f"{school.name}, school year {common.year_of(args, school)}")
    return 0


def _show(found: "list[tuple[StaffRow, list[str]]]", linked: "set[int]", title: str) -> None:
    from rich.table import Table

    table = Table("name", "role", "groups", "key", "phone", title=title, title_justify="left")
    for row, groups in found:
        table.add_row(row.name, row.role, ", ".join(groups), row.key, "linked" if row.id in linked else "")
    common.console().print(table)
