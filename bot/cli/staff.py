"""The people at school: add somebody with her groups, list them."""

import argparse
from typing import TYPE_CHECKING

from bot.cli import common

if TYPE_CHECKING:
    from bot.people.staff import StaffRow

_ROLES = ("leerkracht", "ib", "kansencoach", "administratie", "directie")
_PLAIN = argparse.RawDescriptionHelpFormatter
_ADD = """\
Adds somebody at school, with the groups she has in a school year. The same name (or key)
again changes her: the groups named now are hers from now on. Parents read her name as
it is written here: "juf Janneke"."""
_EXAMPLES = """\
examples:
  ouderbrug staff add --school brug --name 'juf Janneke' --groups 'groep 4'
  ouderbrug staff add --name 'meester Tom' --groups 'groep 7' 'groep 8' --year 2027-2028
  ouderbrug staff add --name Noor --role kansencoach --groups 'groep 1' 'groep 2'"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("staff", help="add and list the people at school")
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
        "list", help="list everybody with her groups", description="Lists everybody at school with her groups.",
        epilog="example:\n  ouderbrug staff list --school brug", formatter_class=_PLAIN,
    )  # fmt: skip
    common.add_school(parser)
    common.add_year(parser)
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=list_staff)


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


def list_staff(args: argparse.Namespace) -> int:
    """List everybody with her groups in a school year."""
    from bot.people import staff

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    opened = common.database(config)
    try:
        with opened.read() as tx:
            found = staff.everyone(tx, school.key, common.year_of(args, school))
    finally:
        opened.close()
    if args.json:
        common.print_json([
            {"key": row.key, "name": row.name, "role": row.role, "groups": groups} for row, groups in found
        ])  # fmt: skip
    else:
        _show(found, f"{school.name}, school year {common.year_of(args, school)}")
    return 0


def _show(found: "list[tuple[StaffRow, list[str]]]", title: str) -> None:
    from rich.table import Table

    table = Table("name", "role", "groups", "key", title=title, title_justify="left")
    for row, groups in found:
        table.add_row(row.name, row.role, ", ".join(groups), row.key)
    common.console().print(table)
