"""What parents ask about groups: bring in school times and gym days, show them."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli import common

if TYPE_CHECKING:
    from bot.people.facts import Fact

_PLAIN = argparse.RawDescriptionHelpFormatter
_IMPORT = """\
Brings in school times and gym days from a .csv or .xlsx file, a row per group. Parents can
ask for them, and read them with the date of today as the day on which they were noted.

  groep           groep 4; alle for the whole school (a group's own row goes before it)
  ma di wo do vr  8:30-14:00, or vrij where the group has no school
  gym             ma, do
  ziek            how to report an ill child, in the school's own words (optional)

A row counts for all that is known of its group: what it leaves empty is forgotten. Groups
that are not in the file keep what they have."""
_IMPORT_EXAMPLES = """\
examples:
  ouderbrug facts import schooltijden.csv --school brug --dry-run   only shows
  ouderbrug facts import schooltijden.xlsx"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("facts", help="school times and gym days of the groups: import, show")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)

    parser = verbs.add_parser(
        "import", help="bring in school times and gym days", description=_IMPORT, epilog=_IMPORT_EXAMPLES,
        formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("file", type=Path, metavar="FILE", help="a .csv or .xlsx file")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    common.add_school(parser)
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=import_file)

    parser = verbs.add_parser(
        "show", help="show what is known of the groups", formatter_class=_PLAIN,
        description="Shows what is known of the groups, and since when.",
        epilog="example:\n  ouderbrug facts show --school brug",
    )  # fmt: skip
    common.add_school(parser)
    common.add_json(parser)
    common.add_config(parser)
    parser.set_defaults(run=show)


def import_file(args: argparse.Namespace) -> int:
    """Bring in the whole file, or say which lines are wrong."""
    from bot.errors import RosterError
    from bot.people import facts, groups
    from bot.people.addresses import school_year

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    today = common.moment().astimezone(school.zone).date()
    opened = common.database(config)
    try:
        found = facts.read(args.file, today)
        with opened.begin() as tx:
            change = facts.store(tx, school.key, found, dry=args.dry_run)
            empty = groups.empty(tx, school.key, school_year(today), filter(None, change.groups))
    except RosterError as error:
        return common.refused(args.file, error.lines, as_json=args.json)
    finally:
        opened.close()
    if args.json:
        common.print_json({**change._asdict(), "empty": empty, "saved": not args.dry_run})
        return 0
    out = common.console()
    counts = f"{change.added} new, {change.changed} changed, {change.removed} removed"
    out.print(f"{school.name}: {len(found)} facts of {len(change.groups)} groups: {counts}")
    if empty:
        names = ", ".join(empty)
        common.console(stderr=True).print(f"No child is in {names} yet: write a group as the file of families does.")
    if args.dry_run:
        out.print("Nothing was saved (--dry-run).")
    return 0


def show(args: argparse.Namespace) -> int:
    """Show what is known of the groups."""
    from bot.people import facts

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    opened = common.database(config)
    try:
        with opened.read() as tx:
            found = facts.everything(tx, school.key)
    finally:
        opened.close()
    if args.json:
        common.print_json([{**fact._asdict(), "group": fact.group or facts.ALL} for fact in found])
    else:
        _show(found, school.name)
    return 0


def _show(found: "list[Fact]", title: str) -> None:
    from rich.table import Table

    from bot.people.facts import ALL, times_of

    table = Table("group", "school times", "gym", "ziek", "of", title=title, title_justify="left")
    for group in dict.fromkeys(fact.group for fact in found):
        own = {fact.what: fact for fact in found if fact.group == group}
        times = ", ".join(f"{days} {span}" for span, days in times_of(own).items())
        gym, ill = (own[what].value if what in own else "" for what in ("gym", "ziek"))
        table.add_row(group or ALL, times, gym, ill, min(fact.noted_on for fact in own.values()))
    common.console().print(table)
