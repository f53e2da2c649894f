"""The school's days: show what is free, bring in a calendar file, add and remove a day."""

import argparse
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import common

if TYPE_CHECKING:
    from bot.config import Config, School
    from bot.people.freedays import Change, Found
    from bot.schooldays import Free

_SHOWN = 10  # events on the screen that do not sound free
_PLAIN = argparse.RawDescriptionHelpFormatter
_SHOW = """\
Shows the days without school: the holidays of the school's region, public holidays, and the
school's own days, which go before. Beyond the last day that is shown as known, the bot says
that it does not know, and the teacher is asked."""
_IMPORT = """\
Brings in the school's own free days from a calendar (.ics) or a sheet (.csv, .xlsx) and shows
what that adds, changes and removes. Importing a file of the same name again replaces what
came from it before.

A sheet has the columns van, tot, wat (or datum, wat), with tot the last free day; a column
soort (vakantie, studiedag, vrij) may be added, and a line with a soort always counts. Of the
others, and of the whole days of a calendar, only those count whose words say that all are
free: a holiday, a studiedag, Koningsdag, "vrij", "geen school". In doubt (a time of day, one
group, "vervalt", other words beside it) a day is listed and not taken; --all takes them too.
Events that repeat themselves are refused."""
_IMPORT_EXAMPLES = """\
examples:
  ouderbrug calendar import vakanties.ics --school brug --dry-run   only shows
  ouderbrug calendar import vakanties.ics --school brug
  ouderbrug calendar import studiedagen.csv"""
_ADD_EXAMPLES = """\
examples:
  ouderbrug calendar add --school brug --from 2027-03-10 --kind studiedag --name Studiedag
  ouderbrug calendar add --from 2027-04-24 --to 2027-05-09 --kind vakantie --name Meivakantie"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    family = commands.add_parser("calendar", help="the days without school: show, import, add, remove")
    verbs = family.add_subparsers(title="commands", metavar="COMMAND", required=True)
    examples = "examples:\n  ouderbrug calendar show --school brug\n  ouderbrug calendar show --from 2027-01-01 --json"
    parser = _verb(verbs, "show", "show the days without school", _SHOW, examples, show)
    parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="from this day on (default: today)")
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="up to and with this day")
    common.add_json(parser)

    parser = _verb(verbs, "import", "bring in a calendar file", _IMPORT, _IMPORT_EXAMPLES, import_file)
    parser.add_argument("file", type=Path, metavar="FILE", help="an .ics, .csv or .xlsx file")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument("--all", action="store_true", dest="everything", help="take every day, whatever it is called")
    common.add_json(parser)

    parser = _verb(verbs, "add", "add one day or holiday", "Adds one day or holiday.", _ADD_EXAMPLES, add)
    parser.add_argument("--from", dest="first", type=_day, required=True, metavar="DAY", help="the first free day")
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="the last free day (default: the same)")
    kinds = ("vakantie", "studiedag", "vrij")
    parser.add_argument("--kind", choices=kinds, default="vrij", help="what it is (default: vrij)")
    parser.add_argument("--name", required=True, help="as parents read it: Meivakantie, Goede Vrijdag")

    about = "Removes the school's own days that begin on a day; holidays of the region stay."
    example = "example:\n  ouderbrug calendar remove --school brug --from 2027-03-10"
    parser = _verb(verbs, "remove", "remove a day of the school's own", about, example, remove)
    parser.add_argument("--from", dest="first", type=_day, required=True, metavar="DAY", help="the first free day")


def _verb(verbs: Any, name: str, about: str, text: str, examples: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=about, description=text, epilog=examples, formatter_class=_PLAIN
    )
    common.add_school(parser)
    common.add_config(parser)
    parser.set_defaults(run=run)
    return parser


def _day(text: str) -> date:
    from bot.people.freedays import day

    try:
        return day(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write a day as 2027-03-10") from None


def _school(args: argparse.Namespace) -> "tuple[Config, School, date]":
    """The configuration, the school that is meant, and its today."""
    config = common.settings(args)
    school = config.schools[common.school_key(config, args.school)]
    return config, school, common.moment().astimezone(school.zone).date()


def show(args: argparse.Namespace) -> int:
    """What is free, and until when that is known."""
    from bot.scheduler.almanac import Almanac

    config, school, today = _school(args)
    almanac = Almanac.load(config)
    opened = common.database(config)
    try:
        with opened.read() as tx:
            days = almanac.of(tx, school.key)
    finally:
        opened.close()
    first, last = args.first or today, args.last or date.max
    found = [free for free in days.free if free.last >= first and free.first <= last]
    if args.json:
        known = days.known_until.isoformat() if days.known_until else None
        common.print_json({"known_until": known, "free": [_plain(free) for free in found]})
        return 0
    common.console().print(_table(found, f"{school.name}, region {school.region}"))
    common.console().print(f"Known until {days.known_until:%d-%m-%Y}." if days.known_until else "Nothing is known.")
    return 0


def _plain(free: "Free") -> dict[str, str]:
    return {
        "first": free.first.isoformat(), "last": free.last.isoformat(), "kind": free.kind, "name": free.name,
        "source": free.source, "noted_on": free.noted_on,
    }  # fmt: skip


def _table(found: "Iterable[Free]", title: str) -> Any:
    from rich.table import Table

    table = Table("from", "until", "kind", title=title, title_justify="left", box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = True
    for head in ("name", "source"):
        table.add_column(head, overflow="fold")
    table.add_column("of", no_wrap=True)
    for free in found:
        table.add_row(_shown(free.first), _shown(free.last), free.kind, free.name, free.source, free.noted_on)
    return table


def _shown(day: date) -> str:
    return f"{('ma', 'di', 'wo', 'do', 'vr', 'za', 'zo')[day.weekday()]} {day:%d-%m-%Y}"


def _span(free: "Free") -> str:
    return _shown(free.first) + (f" t/m {_shown(free.last)}" if free.last > free.first else "")


def import_file(args: argparse.Namespace) -> int:
    """Show what a file changes, and change it."""
    from bot.errors import RosterError
    from bot.people import freedays

    config, school, today = _school(args)
    opened = common.database(config)
    try:
        found = freedays.read(args.file, today, everything=args.everything)
        with opened.begin() as tx:
            source = args.file.name
            change = freedays.plan(tx, school.key, found.days, source)
            if not args.dry_run and found.days:
                freedays.store(tx, school.key, found.days, source)
    except RosterError as error:
        return common.refused(args.file, error.lines, as_json=args.json)
    finally:
        opened.close()
    if args.json:
        shown = {name: [_plain(free) for free in days] for name, days in change._asdict().items()}
        other = [{"day": day.isoformat(), "what": what} for day, what in found.other]
        common.print_json({**shown, "timed": found.timed, "left_alone": other, "saved": not args.dry_run})
    else:
        _show_change(change, found, school.name, today, dry=args.dry_run)
    return 0


def _show_change(change: "Change", found: "Found", school: str, today: date, *, dry: bool) -> None:
    out = common.console()
    out.print(f"{school}: {len(found.days)} free days or holidays in the file")
    for sign, days in (("+", change.added), ("~", change.changed), ("-", change.removed)):
        for free in days:
            out.print(f"  {sign} {_span(free)}: {free.name} ({free.kind})")
    if not any(change):
        out.print("  nothing changes")
    if found.timed:
        out.print(f"  {found.timed} events with a time of day were left alone")
    for day, what in found.other[:_SHOWN]:
        out.print(f"  left alone, for it does not sound free: {_shown(day)} {what}")
    if len(found.other) > _SHOWN:
        out.print(f"  and {len(found.other) - _SHOWN} more; --json shows all, --all takes them")
    if found.days and all(free.last < today for free in found.days):
        out.print("  all of it lies in the past; is it last year's file?")
    if dry:
        out.print("Nothing was saved (--dry-run).")


def add(args: argparse.Namespace) -> int:
    """Add one day or holiday."""
    from bot.errors import ConfigError, RosterError
    from bot.people import freedays
    from bot.schooldays import Free

    config, school, today = _school(args)
    words = " ".join(args.name.split())
    guessed, name = freedays.guess(words)
    free = Free(args.first, args.last or args.first, args.kind, name if guessed == args.kind else words)
    free = free._replace(source=freedays.BY_HAND, noted_on=today.isoformat())
    try:
        freedays.check(free, today)
    except RosterError as error:
        raise ConfigError("; ".join(error.lines.values())) from None
    opened = common.database(config)
    try:
        with opened.begin() as tx:
            freedays.save(tx, school.key, [free])
    finally:
        opened.close()
    days = (free.last - free.first + timedelta(days=1)).days
    said = f"{school.name}: {words} ({free.kind}), {_span(free)}, {days} {'day' if days == 1 else 'days'}"
    common.console().print(said, soft_wrap=True)
    return 0


def remove(args: argparse.Namespace) -> int:
    """Remove the school's own days that begin on a day; 1 where there are none."""
    from bot.people import freedays

    config, school, _ = _school(args)
    opened = common.database(config)
    try:
        with opened.begin() as tx:
            gone = [free for free in freedays.of(tx, school.key) if free.first == args.first]
            freedays.remove(tx, school.key, gone)
    finally:
        opened.close()
    for free in gone:
        common.console().print(f"{school.name}: {free.name} ({free.kind}) is removed")
    if not gone:
        common.console(stderr=True).print(f"{school.name} has no own day that begins on {_shown(args.first)}.")
    return 0 if gone else 1
