"""`ouderbrug year`: open a new school year, and see what stands in the years and when what is forgotten."""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import common, roster

if TYPE_CHECKING:
    from bot.config import School
    from bot.people.roster import Sheet
    from bot.people.years import Turn
    from bot.store.database import Database

_PLAIN = argparse.RawDescriptionHelpFormatter
_SHOWN = 30  # names on the screen
_OPEN = """\
Opens a school year. With the office's file (as for `roster import`) that file is the truth:
children in it get their group, and who was at school and is not in it leaves. Without a
file groups move up by their number (groep 3 -> groep 4) and group 8 leaves; what cannot be
told from a name, such as groep 7/8 or 4a, needs the file.

First it shows what changes, then it does all of it or nothing. Where children are missing
who should go on, it asks; where they are more than one in ten, it wants --yes, and also where
more than one in ten would change group in a year that already runs. It may be done before
1 August: until then everything stays as it is. A family whose last child leaves
keeps all until that day; then its consent, its plans and what waits end by themselves."""
_OPEN_EXAMPLES = """\
examples:
  ouderbrug year open families.csv --school brug --year 2027-2028 --dry-run
  ouderbrug year open families.csv --school brug --year 2027-2028
  ouderbrug year open --year 2027-2028"""
_SHOW = """\
Shows each school year with its groups and children, who leaves and when, which groups have
no teacher yet, and what will be erased on which day. In counts: no names, no words."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("year", help="open a new school year, see what is erased when")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)

    parser = verbs.add_parser(
        "open", help="open a school year: groups move up, group 8 leaves", description=_OPEN, epilog=_OPEN_EXAMPLES,
        formatter_class=_PLAIN,
    )  # fmt: skip
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the families of that year, .csv or .xlsx")
    parser.add_argument(
        "--year", required=True, metavar="YEAR", help="the one that runs or the one that comes: 2027-2028"
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument("--yes", action="store_true", help="do it although children are missing or change group")
    _add_common(parser)
    parser.set_defaults(run=open_year)

    parser = verbs.add_parser(
        "show", help="years, who leaves, and what is erased when", description=_SHOW,
        epilog="examples:\n  ouderbrug year show --school brug\n  ouderbrug year show --json | jq .erased",
        formatter_class=_PLAIN,
    )  # fmt: skip
    _add_common(parser)
    parser.set_defaults(run=show)


def _add_common(parser: argparse.ArgumentParser) -> None:
    common.add_school(parser)
    common.add_json(parser)
    common.add_config(parser)


def open_year(args: argparse.Namespace) -> int:
    """Show what changes, and do it. 1 where it was not done."""
    from bot.errors import ConfigError, RosterError
    from bot.people import roster as files
    from bot.people import years
    from bot.people.addresses import is_school_year

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    now = common.moment()
    if not is_school_year(args.year):
        raise ConfigError("--year: write a school year as 2027-2028")
    years.check(args.year, now.astimezone(school.zone).date())
    opened = common.database(config)
    try:
        sheet = files.read(args.file) if args.file else None
        with opened.begin() as tx:
            turn = years.preview(tx, school.key, args.year, sheet, now, school.zone)
            names = years.names(tx, [each.child_id for each in turn.missing])
        if not args.json:
            _show_turn(turn, school, names)
        refused = "" if args.dry_run else _refusal(turn, args)
        if not (args.dry_run or refused):
            _do(opened, turn, school, sheet, now)
    except RosterError as error:
        return roster.refused(args, error.lines)
    finally:
        opened.close()
    done = not (args.dry_run or refused)
    if args.json:
        common.print_json(_data(turn, done))
    _say_end(turn, refused, done=done, quiet=args.json)
    return 1 if refused else 0


def _do(opened: "Database", turn: "Turn", school: "School", sheet: "Sheet | None", now: datetime) -> None:
    """All of it in one transaction, and only what was shown."""
    from bot.errors import BotError
    from bot.people import years

    with opened.begin() as tx:
        if years.turn(tx, school.key, turn.year, sheet, now, school.zone) != turn:
            raise BotError("something changed meanwhile, so nothing was done; look at it again")


def _refusal(turn: "Turn", args: argparse.Namespace) -> str:
    """Why it is not done; "" where it may be."""
    missing = len(turn.missing)
    if args.yes or not (missing or turn.is_too_late):
        return ""
    if turn.is_too_late:
        return f"{_too_late(turn)} If they really do, add --yes"
    told = f"{missing} of {turn.stayed} children who should go on are not in the file"
    if turn.in_doubt:
        return f"{told}; is a group missing in it? If they really leave, add --yes"
    if args.json or not sys.stdin.isatty():
        return f"{told}; if they leave, add --yes"
    answer = input(f"{told}. Do they leave? Type yes: ")
    return "" if answer.strip().casefold() in {"yes", "y", "ja", "j"} else "you did not say yes"


def _too_late(turn: "Turn") -> str:
    """What a next year's file would do to the year that runs."""
    coming = f"{turn.year[5:]}-{int(turn.year[5:]) + 1}"
    return (
        f"{turn.year} runs already: of {turn.settled} children in its groups {turn.changing} would change group and "
        f"{turn.going} would leave. Is this next year's file? Then say --year {coming}. Or is a group missing in it?"
    )


def _show_turn(turn: "Turn", school: "School", names: dict[int, str]) -> None:
    from rich.table import Table

    out = common.console()
    table = Table("from", "to", "children", title=f"{school.name}, school year {turn.year}", title_justify="left")
    table.columns[2].justify = "right"
    for was, to, many in turn.moves:
        table.add_row(was or "(new)", to, str(many))
    through = len(turn.leavers) - len(turn.missing)
    if through:
        table.add_row("groep 8", "(leaves)", str(through))
    if turn.missing:
        table.add_row("(not in the file)", "(leaves)", str(len(turn.missing)))
    out.print(table)
    if turn.leavers:
        out.print(f"Who leaves is a parent of this school until {turn.leaves_at.astimezone(school.zone):%d-%m-%Y}.")
    for each in turn.missing[:_SHOWN]:
        who = names.get(each.child_id, "") if out.is_terminal else ""  # a log gets no names
        out.print(f"  leaves, child {each.child_id}: {' '.join(filter(None, (who, f'({each.group})')))}")
    if len(turn.missing) > _SHOWN:
        out.print(f"  and {len(turn.missing) - _SHOWN} more")


def _say_end(turn: "Turn", refused: str, *, done: bool, quiet: bool) -> None:
    err = common.console(stderr=True)
    if refused:
        err.print(f"Nothing was done: {refused}.", soft_wrap=True)
    if quiet or refused:
        return
    if not done:
        if turn.is_too_late:
            common.console().print(f"{_too_late(turn)} It wants --yes.", soft_wrap=True)
        common.console().print("This was a rehearsal; nothing was done.")
        return
    out = common.console()
    out.print("Done.")
    if turn.codes:
        out.print(
            f"  {turn.codes} new codes; print the letters: ouderbrug roster letters --year {turn.year} --out letters"
        )
    if turn.without_teacher:
        named = ", ".join(turn.without_teacher)
        out.print(f"  without a teacher: {named}. Next: ouderbrug staff add --year {turn.year} --name ... --groups ...")


def _data(turn: "Turn", done: bool) -> dict[str, Any]:
    return {
        "year": turn.year,
        "done": done,
        "moves": [{"from": was, "to": to, "children": many} for was, to, many in turn.moves],
        "leaving": len(turn.leavers),
        "leaves_at": turn.leaves_at.isoformat(timespec="seconds"),
        "missing": [each.child_id for each in turn.missing],
        "going_on": turn.stayed,
        "in_groups": turn.settled,
        "changing_group": turn.changing,
        "codes": turn.codes,
        "groups_without_teacher": list(turn.without_teacher),
    }


def show(args: argparse.Namespace) -> int:
    """Show the years, who leaves, and what is erased when."""
    from bot.people import years
    from bot.privacy import retention

    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    now = common.moment()
    at = retention.next_moment(now)
    opened = common.database(config)
    try:
        with opened.read() as tx:
            found = years.overview(tx, school.key, now)
            found["erased"] = [
                {"on": each.date().isoformat(), "rows": retention.outlook(tx, config, each)} for each in (now, at)
            ]
            found["held_up"] = retention.held_up(tx, now)
    finally:
        opened.close()
    if args.json:
        common.print_json(found)
    else:
        _show_years(found, school.name)
    return 0


def _show_years(found: dict[str, Any], school: str) -> None:
    from rich.table import Table

    out = common.console()
    table = Table("year", "children", "groups", "without a teacher", title=school, title_justify="left")
    for each in found["years"]:
        without = ", ".join(each["groups_without_teacher"])
        table.add_row(each["year"], str(each["children"]), str(each["groups"]), without or "-")
    out.print(table)
    for each in found["leaving"]:
        out.print(f"{each['children']} children leave on {each['on']}" if each["to_come"] else
                  f"{each['children']} children left on {each['on']}, not erased yet")  # fmt: skip
    out.print("What is erased counts all schools of this bot:")
    for each in found["erased"]:
        rows = ", ".join(f"{many} {name}" for name, many in each["rows"].items()) or "nothing"
        out.print(f"  by {each['on']}: {rows}")
    held = found["held_up"]
    if any(held.values()):
        out.print(
            f"Waits for a person, and is not erased: {held['open_talks']} open talks (ouderbrug threads list), "
            f"{held['open_promises']} open promises"
        )
